"""Causes of hand-made counts: each leak, no leak, too little to tell, and odd input."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from liveattr.diagnosis import EVIDENCE, diagnose_products
from liveattr.errors import ParameterError


def counts(many=10):
    """Return healthy products of one broadcast, all alike; the past has the same rates."""
    return pd.DataFrame({
        "broadcast_id": "b1", "merchant_sku": [f"S{i}" for i in range(many)], "category": "c",
        "shows": 1000.0, "clicks": 100.0, "visitors": 800.0, "carts": 150.0, "buyers": 80.0,
        "bounces": 50.0, "usual_visitors": 3000.0, "usual_buyers": 300.0, "usual_bounces": 187.5,
        "paid": 80.0, "refunded": 6.0,
        "parcels": 100.0, "late": 1.0, "room_paid": 20.0, "room_refunded": 6.0,
        "arrived": 50.0, "arrive_expected": 50.0, "ship_days": 1.2, "mall_price_fen": 10900.0,
        "room_price_fen": 10000.0, "out_share": 0.0,
    })  # fmt: skip


LOST = {"buyers": 32.0, "bounces": 98.0}
LEAKS = {
    "price": {**LOST, "mall_price_fen": 13900.0},
    "page": LOST,
    "stock": {**LOST, "out_share": 0.5},
    "logistics": {"refunded": 35.0, "late": 40.0, "ship_days": 3.5},
}
FIRST = {
    "price": "price_gap",
    "page": "conversion",
    "stock": "out_share",
    "logistics": "refund_rate",
}


@pytest.mark.parametrize("cause", list(LEAKS))
def test_each_leak_is_named_and_nothing_else(cause):
    frame = counts()
    for name, value in LEAKS[cause].items():
        frame.loc[3, name] = value
    told = diagnose_products(frame).set_index("merchant_sku")
    assert told.loc["S3", "cause"] == cause and told.loc["S3", "strength"] > 0.5
    assert set(told.drop("S3")["cause"]) == {"none"}
    codes = [code for code, _ in json.loads(told.loc["S3", "evidence"])]
    assert codes[0] == FIRST[cause] and set(codes) <= set(EVIDENCE)


def test_a_dear_product_that_sells_is_no_leak_and_one_nobody_can_buy_is_no_page():
    frame = counts()
    frame.loc[3, "mall_price_fen"] = 13900.0
    frame.loc[5, ["buyers", "bounces"]] = [120.0, 10.0]
    assert set(diagnose_products(frame)["cause"]) == {"none"}
    frame.loc[5, ["buyers", "bounces", "out_share"]] = [8.0, 122.0, 0.9]
    told = diagnose_products(frame).set_index("merchant_sku")
    assert told.loc["S5", "cause"] == "stock" and told.loc["S3", "cause"] == "none"


def test_a_product_that_never_sold_well_is_judged_by_its_own_past():
    frame = counts()
    for name, value in LOST.items():
        frame.loc[3, name] = value
    frame.loc[3, ["usual_buyers", "usual_bounces"]] = [120.0, 367.5]
    told = diagnose_products(frame).set_index("merchant_sku").loc["S3"]
    assert told["cause"] == "none" and told["conversion"] == pytest.approx(1, abs=0.15)


def test_slow_parcels_are_told_by_their_age_before_anybody_complains():
    frame = counts()
    frame.loc[3, "arrived"] = 15.0
    assert diagnose_products(frame).set_index("merchant_sku").loc["S3", "cause"] == "logistics"


def test_without_bounces_the_buyers_of_all_visitors_decide():
    frame = counts().drop(columns=["bounces", "usual_bounces"])
    frame.loc[3, "buyers"] = 25.0
    assert diagnose_products(frame).set_index("merchant_sku").loc["S3", "cause"] == "page"


def test_few_visitors_are_not_enough_data():
    frame = counts()
    frame.loc[3, ["visitors", "carts", "buyers", "bounces", "paid", "parcels"]] = [
        20,
        1,
        0,
        2,
        0,
        0,
    ]
    told = diagnose_products(frame).set_index("merchant_sku").loc["S3"]
    assert told["cause"] == "not enough data" and np.isnan(told["strength"])
    assert 0 < told["low"] < told["conversion"] < told["high"]


def test_every_row_once_in_any_order_and_the_input_stays():
    frame = pd.concat([counts(), counts().assign(broadcast_id="b0")], ignore_index=True)
    kept = frame.copy(deep=True)
    told = diagnose_products(frame)
    pd.testing.assert_frame_equal(frame, kept)
    keys = frame[["broadcast_id", "merchant_sku"]].sort_values(["broadcast_id", "merchant_sku"])
    pd.testing.assert_frame_equal(
        told[keys.columns], keys.reset_index(drop=True), check_dtype=False
    )
    pd.testing.assert_frame_equal(diagnose_products(frame[::-1]), told)
    assert told["heat"].to_numpy() == pytest.approx(np.ones(len(told)))


def test_a_hot_product_has_heat_above_one():
    frame = counts()
    frame.loc[2, "clicks"] = 400.0
    heat = diagnose_products(frame)["heat"].to_numpy()
    assert heat[2] > 2.5 and (np.delete(heat, 2) < 1).all()


@pytest.mark.parametrize("columns", [["broadcast_id", "merchant_sku"], None])
def test_empty_and_bare_frames_are_told_without_an_error(columns):
    frame = counts() if columns is None else counts()[columns]
    assert len(diagnose_products(frame[:0])) == 0
    bare = diagnose_products(frame[["broadcast_id", "merchant_sku"]])
    assert set(bare["cause"]) == {"not enough data"}
    assert len(diagnose_products(frame[:1])) == 1


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -3.0, 1e12])
def test_odd_numbers_are_told_without_an_error(value):
    for name in counts().columns[3:]:
        frame = counts(4)
        frame.loc[1, name] = value
        told = diagnose_products(frame)
        assert len(told) == 4 and told["strength"].dropna().between(0, 1).all(), name


def test_wrong_frames_are_refused():
    with pytest.raises(ParameterError, match="merchant_sku"):
        diagnose_products(counts()[["broadcast_id"]])
    with pytest.raises(ParameterError, match="twice"):
        diagnose_products(pd.concat([counts(), counts()]))
    with pytest.raises(ParameterError, match="sure"):
        diagnose_products(counts(), sure=2)
