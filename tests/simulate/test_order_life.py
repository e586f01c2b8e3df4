import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import ParameterError
from liveattr.simulate.brushing import extra_orders
from liveattr.simulate.money import order_money
from liveattr.simulate.order_life import Orders, live_on
from liveattr.simulate.world import (
    BRUSHED,
    DAY_US,
    DIRECT,
    INJECTED,
    KOL,
    NORMAL,
    TESTED,
    Interventions,
)

from .made import lived, rows, segment


@pytest.fixture(scope="module")
def story() -> tuple:
    world, orders = lived()
    return world, orders, live_on(orders, world)


def of_orders(frame: pd.DataFrame, numbers: np.ndarray) -> pd.DataFrame:
    mine = frame[frame["order"].isin(numbers)]
    keys = [c for c in ("order", "line", "claim_id", "trade_type", "number") if c in mine]
    return mine.sort_values(keys, ignore_index=True)


def same(left: Orders, right: Orders, numbers: np.ndarray) -> None:
    for field in dataclasses.fields(Orders):
        pd.testing.assert_frame_equal(
            of_orders(getattr(left, field.name), numbers),
            of_orders(getattr(right, field.name), numbers),
        )


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**31))
def test_fate_does_not_depend_on_who_else_orders_or_in_which_row(seed: int) -> None:
    world, orders = lived()
    some = orders.sample(300, random_state=seed)
    same(live_on(some, world), live_on(orders, world), some["order"].to_numpy())


def test_another_way_changes_that_order_alone(story: tuple) -> None:
    world, orders, life = story
    changed = orders.copy()
    changed.loc[7, ["path", "place", "broadcast"]] = (DIRECT, 2, -1)
    others = orders["order"].drop(index=7).to_numpy()
    same(live_on(changed, world), life, others)


def test_nothing_is_known_of_the_time_after_the_end(story: tuple) -> None:
    world, orders, life = story
    late = orders.assign(created_us=orders["created_us"] + 10 * DAY_US)
    assert 0 < len(live_on(late, world).headers) < len(orders)
    for field in dataclasses.fields(Orders):
        frame = getattr(life, field.name)
        for name in (c for c in frame if c.endswith("_us")):
            assert frame[name].max() < world.end_us, (field.name, name)


def test_times_follow_each_other(story: tuple) -> None:
    head, claims = story[2].headers, story[2].claims
    for before, after in (
        ("created_us", "paid_us"),
        ("paid_us", "shipped_us"),
        ("shipped_us", "finished_us"),
    ):
        both = (head[before] > 0) & (head[after] > 0)
        assert both.any() and (head[before] < head[after])[both].all()
    assert (head["updated_us"] >= head["paid_us"]).all()
    assert (head["paid_us"] % 1_000_000 == 0).all()
    done = claims[claims["done_us"] > 0]
    assert (done["applied_us"] < done["done_us"]).all()
    at = claims.merge(head, on="order", suffixes=("", "_order"))
    before = at["type"] == "before_shipping"
    assert (at["shipped_us"] == 0)[before].all()
    assert (at["applied_us"] > at["shipped_us"])[~before].all()
    lag = (at["done_us"] - at["paid_us"])[~before & (at["state"] == 1)] / 86_400_000_000
    assert lag.between(2.9, 20).all()


def test_shares_are_those_of_the_parameters(story: tuple) -> None:
    world, _, _ = story
    orders = rows(world, 20_000, 3)
    orders["kind"], orders["qty"], orders["sku2"] = NORMAL, 1, -1
    money = order_money(orders, world)
    assert money["paid"].mean() == pytest.approx(0.92, abs=0.01)
    back = (money["refund_fen"] > 0)[money["paid"]].groupby(orders["path"]).mean()
    assert back[[0, 1]].between(0.26, 0.34).all()
    assert 0.36 < back[KOL] < 0.44
    assert back[3:].between(0.09, 0.15).all()


def test_switched_off_everybody_pays_and_keeps() -> None:
    world, _ = lived(order_life__on=False, money__on=False)
    orders = rows(world, 500, 1)
    orders["kind"] = NORMAL
    life = live_on(orders, world)
    assert (life.headers["paid_us"] > 0).mean() > 0.99
    assert not len(life.claims) and not life.lines["is_gift"].any()
    assert life.headers[["shop_fen", "platform_fen", "author_fen"]].to_numpy().sum() == 0


def test_late_parcels_come_back(story: tuple) -> None:
    world = dataclasses.replace(story[0], faults=story[0].faults.iloc[:0])
    orders = rows(world, 4000, 5).assign(kind=NORMAL, place=2)
    fault = {"merchant_sku": "", "sku": 3, "kind": "logistics", "from_day": 10, "to_day": 40}
    faulty = dataclasses.replace(world, faults=pd.DataFrame([{**fault, "strength": 1.0}]))
    hit = (orders["sku"] == 3) & orders["day"].between(10, 39)
    calm, late = (order_money(orders, w)["refund_fen"] > 0 for w in (world, faulty))
    assert late[hit].mean() > calm[hit].mean() + 0.2
    assert (late == calm)[~hit].all()
    reasons = live_on(orders[hit], faulty).claims["reason"]
    assert (reasons == 3).all()


def test_orders_that_nobody_wished_for() -> None:
    world, orders = lived(brushing__share=0.5)
    given_ = pd.DataFrame(
        {
            "person": [5, 6],
            "at": ["2026-02-01 10:00:00", "2026-02-02 11:30:00"],
            "place": ["youzan", "douyin"],
            "sku": [world.goods["merchant_sku"][2]] * 2,
            "path": [[("own_room", 90), ("search", 5)], []],
        }
    )
    world = dataclasses.replace(world, interventions=Interventions(orders=given_))
    wished = orders[orders["kind"] == NORMAL]
    extra = extra_orders(segment(wished, world), world)
    assert extra["order"].is_unique and not extra["order"].isin(wished["order"]).any()
    brushed = extra[extra["kind"] == BRUSHED]
    rooms = wished[(wished["broadcast"] >= 0) & (wished["place"] != 2)]
    assert 0.3 < len(brushed) / len(rooms) < 0.7
    assert (world.people["kind"][brushed["person"]] == 1).all()
    end = world.calendar["end_us"].to_numpy()[brushed["broadcast"]]
    assert (brushed["created_us"].to_numpy() <= end).all()
    put_in = extra[extra["kind"] == INJECTED]
    assert put_in["path"].tolist() == [3, DIRECT] and put_in["place"].tolist() == [2, 0]
    assert put_in["created_us"].iloc[0] == pd.Timestamp("2026-02-01 02:00").value // 1000
    assert (extra["kind"] == TESTED).any()
    money = order_money(extra, world)
    assert money["paid"][extra["kind"] == BRUSHED].all()
    tests = extra["kind"] == TESTED
    assert (money["net_fen"][tests] == 0).all()


def test_a_wrong_injected_order_is_named() -> None:
    world, orders = lived()
    wrong = pd.DataFrame(
        {"person": [5], "at": ["2026-02-01 10:00"], "place": ["moon"], "sku": ["x"], "path": [[]]}
    )
    world = dataclasses.replace(world, interventions=Interventions(orders=wrong))
    with pytest.raises(ParameterError, match=r"place 'moon' is not known; douyin"):
        extra_orders(segment(orders, world), world)
