"""Everything that is measured of a small world: rows that agree with each other, whatever the truth."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from liveattr.bench.evidence import Evidence
from liveattr.incrementality.measure import Lift, measure
from liveattr.ledger import create_line_ledger
from liveattr.settings import Settings
from liveattr.simulate import live_through, make_world

SETTINGS = Settings(threads=1, fake_broadcasts=10)


def _measured(evidence: Evidence, as_of: date, since_on: date | None) -> Lift:
    con = evidence.connection
    create_line_ledger(con, as_of=as_of, zone=SETTINGS.zone, refund_window_days=15)
    return measure(con, as_of=as_of, settings=SETTINGS, since_on=since_on)


@pytest.fixture(scope="module")
def world():
    """1,500 people for 80 days, as a shop sees them."""
    values = {"size.persons": 1500, "size.days": 80, "size.after_days": 0, "purchase.base": -4.6}
    story = live_through(make_world("demo", seed=3, values=values), truth="none")
    with Evidence(story.frames(), 0, SETTINGS) as evidence:
        assert evidence.touches is not None
        yield evidence


@pytest.fixture(scope="module")
def lift(world):
    return _measured(world, date(2026, 3, 20), date(2026, 1, 20))


def test_each_subject_stands_on_one_row(lift):
    chosen = lift.rows[lift.rows["chosen"]]
    subjects = lift.rows[["subject_kind", "subject"]].drop_duplicates()
    assert (
        len(chosen) == len(subjects) == len(chosen[["subject_kind", "subject"]].drop_duplicates())
    )
    assert set(lift.rows["method"]) == {"pooled", "baseline"}
    told = lift.rows["gross"].notna()
    assert lift.rows.loc[~told, "reason"].notna().all()
    assert lift.rows.loc[told, "grade"].isin(["B", "C"]).all()
    assert lift.shop.broadcasts["day_on"].min() < pd.Timestamp("2026-01-20")
    assert min(lift.rows["since_on"]) >= date(2026, 1, 20)


def test_interval_p_value_and_net_agree(lift):
    rows = lift.rows[lift.rows["gross"].notna()]
    assert (rows["gross_low"] <= rows["gross"]).all()
    assert (rows["gross"] <= rows["gross_high"]).all()
    beyond = (rows["gross_low"] > 0) | (rows["gross_high"] < 0)
    assert (rows["p_value"] <= 1 - rows["level"] + 1e-9)[beyond].all()
    assert (rows["p_value"] >= 1 - rows["level"] - 1e-9)[~beyond].all()
    positive = rows[rows["net"].notna() & (rows["gross_low"] > 0)]
    assert len(positive)
    assert (positive["net"] <= positive["gross"] + 1e-9).all()
    assert set(positive["net_grade"]) == {"D"}


def test_months_of_a_room_sum_to_it(lift):
    rows = lift.rows[(lift.rows["method"] == "pooled") & lift.rows["gross"].notna()]
    by_name = rows.set_index(["subject_kind", "subject"])["gross"]
    months = by_name["campaign"].filter(like="own_").sum()
    assert months == pytest.approx(by_name["room", "douyin/shancha_douyin"], rel=0.03)


def test_a_room_that_shows_no_viewer_says_so(lift):
    room = lift.rows.set_index("subject").loc["channels/shancha_channels"]
    assert room["reason"] == "not_seen"
    assert pd.isna(room["people"])
    assert pd.isna(room["tipping"])
    seen = lift.rows.set_index("subject").loc["douyin/shancha_douyin"]
    assert seen["people"] > 100
    assert seen["tipping"] > 1


def test_orders_of_a_lift_are_orders_of_the_shop(world, lift):
    known = world.connection.sql("SELECT platform, shop_id, order_id FROM shop_order").df()
    key = ["platform", "shop_id", "order_id"]
    assert len(lift.orders.merge(known, on=key)) == len(lift.orders)
    assert not lift.orders.duplicated(["campaign_id", *key]).any()
    assert lift.orders["weight"].between(0, 1, inclusive="right").all()


def test_the_band_starts_before_and_ends_after(lift):
    for campaign, band in lift.days.groupby("campaign_id"):
        assert band["held"].any(), campaign
        assert (band["low"] <= band["baseline"] + 1e-6).all()
        assert (band["baseline"] <= band["high"] + 1e-6).all()
        days = pd.to_datetime(band["day_on"])
        assert (days.diff().dropna() == pd.Timedelta(days=1)).all()


def test_same_seed_same_bytes(world, lift):
    again = _measured(world, date(2026, 3, 20), date(2026, 1, 20))
    for name in ("rows", "days", "orders"):
        pd.testing.assert_frame_equal(getattr(lift, name), getattr(again, name), check_exact=True)


def test_later_days_are_not_known_yet(world):
    early = _measured(world, date(2026, 1, 25), None)
    assert early.shop.days == 24 or early.shop.days == 25
    assert early.rows["gross"].isna().all()
    assert set(early.rows["reason"]) <= {"few_days", "no_orders"}
    assert np.isfinite(early.rows["n"].astype(float)).all()
