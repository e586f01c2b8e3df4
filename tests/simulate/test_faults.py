"""Faults that are shown: what prices and counts of stock tell of them, and what they leave alone."""

import numpy as np
import pandas as pd
import pytest

from liveattr.simulate import Interventions, Story, World, live_through, make_world
from liveattr.simulate.world import MALL

FROM, TO, STRENGTH = 20, 40, 0.6
SMALL = {"size.persons": 150, "size.days": 50, "size.after_days": 0}


def world(traces: str) -> World:
    plain = make_world("tiny", values=SMALL)
    start = pd.Timestamp(plain.parameters.size.start_on)
    faults = {
        "sku": plain.goods["merchant_sku"].to_numpy()[:2],
        "kind": ["price", "stock"],
        "from_on": start + pd.Timedelta(days=FROM),
        "to_on": start + pd.Timedelta(days=TO - 1),
        "strength": STRENGTH,
    }
    given = Interventions(faults=pd.DataFrame(faults))
    return make_world("tiny", values=SMALL | {"faults.traces": traces}, interventions=given)


@pytest.fixture(scope="module")
def stories() -> dict[str, Story]:
    return {traces: live_through(world(traces), "none") for traces in ("hidden", "shown")}


def test_a_price_fault_raises_the_price_of_the_mall_and_nothing_else(
    stories: dict[str, Story],
) -> None:
    plain, shown = stories["hidden"].world.prices, stories["shown"].world.prices
    raised = np.argwhere(plain != shown)
    assert set(raised[:, 0]) == {MALL} and set(raised[:, 1]) == {0}
    assert sorted(raised[:, 2]) == list(range(FROM, TO))
    ratio = shown[MALL, 0, FROM:TO] / plain[MALL, 0, FROM:TO]
    assert ratio == pytest.approx((1 - STRENGTH) ** (-1 / 3), rel=0.02)
    assert (shown % 100 == 0).all(), "whole yuan"


def test_a_stock_fault_empties_counts_and_moves_no_order(stories: dict[str, Story]) -> None:
    plain, shown = (stories[t].frames()["stock_snapshot"] for t in ("hidden", "shown"))
    both = plain.merge(shown, how="left", on=["merchant_sku", "captured_at"])
    assert both["on_hand_y"].notna().all(), "every usual count is still there"
    moved = both[both["on_hand_x"] != both["on_hand_y"]]
    code = stories["shown"].world.goods["merchant_sku"].iloc[1]
    mine = shown[shown["merchant_sku"] == code].sort_values("captured_at")
    start = pd.to_datetime(stories["shown"].world.start_us, unit="us", utc=True)
    day = (mine["captured_at"] - start).dt.days
    during = mine[(day >= FROM) & (day < TO)]
    assert len(during) == TO - FROM, "a count each morning"
    assert set(moved["merchant_sku"]) <= {code}
    empty = during["on_hand"].eq(0)
    assert 0.35 < empty.mean() < 0.85 and (during["in_stock"] == ~empty).all()
    assert (day == TO).sum() == 1, "and one when it is over"
    demand = [stories[t].truth.demand for t in ("hidden", "shown")]
    pd.testing.assert_frame_equal(*demand)
