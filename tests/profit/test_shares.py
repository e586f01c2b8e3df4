"""Shares of lines: low, base and high, and what happens where evidence and rule meet."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from liveattr.errors import MissingDataError, TableError
from tests.profit.world import FAR, World, at, in_room, show_world

SOFT = {"platform": "mall", "created_at": at("01-22 20:30")}


def shares(world: World, **options: Any) -> dict[str, dict[str, list[tuple]]]:
    """Variant → line → (campaign, broadcast, tier, share), in order."""
    with world.settled(**options) as con:
        frame = con.execute("FROM share ORDER BY variant, line_id, campaign_id, tier").df()
    out: dict[str, dict[str, list[tuple]]] = {"low": {}, "base": {}, "high": {}}
    for row in frame.itertuples():
        part = (row.campaign_id, row.broadcast_id, row.tier, round(row.share, 6))
        out[row.variant].setdefault(row.line_id, []).append(part)
    return out


def credited(*parts: tuple[str | None, str | None, float], **line: Any) -> World:
    """Mall order m1 with credit (campaign, broadcast, share); no campaign = (unattributed)."""
    world = show_world().add("touch", touch_id=1)
    world.order("m1", {"paid_fen": 1000, **line}, **SOFT)
    for n, (campaign, broadcast, share) in enumerate(parts):
        touch = -1 if campaign is None and broadcast is None else n
        world.add(
            "credit",
            platform="mall",
            line_id="m1",
            touch_id=touch,
            campaign_id=campaign,
            broadcast_id=broadcast,
            share=share,
        )
    return world


def test_hard_evidence_takes_the_whole_line_in_every_variant() -> None:
    world = show_world().order("o1", in_room(paid_fen=1))
    whole = {"o1": [("A", "b1", "explicit_room", 1.0)]}
    assert shares(world) == {"low": whole, "base": whole, "high": whole}


def test_hard_evidence_beats_the_rule() -> None:
    world = credited(("M", None, 1.0), host_id="h1")
    world.rows["order_header"][0]["source_code"] = "b1"
    whole = {"m1": [("A", "b1", "tracked_link", 1.0)]}
    assert shares(world) == {"low": whole, "base": whole, "high": whole}


def test_the_rule_shares_what_has_no_hard_evidence() -> None:
    found = shares(credited(("M", None, 0.75), ("x", "b1", 0.25)))
    ruled = {"m1": [("A", "b1", "rule", 0.25), ("M", "(none)", "rule", 0.75)]}
    assert found == {"low": {}, "base": ruled, "high": ruled}


def test_what_the_rule_leaves_goes_to_soft_evidence_in_high_only() -> None:
    found = shares(credited(("M", None, 0.25), (None, None, 0.75), host_id="h1"))
    rule = ("M", "(none)", "rule", 0.25)
    assert found["base"] == {"m1": [("(unattributed)", "(none)", "none", 0.75), rule]}
    assert found["high"] == {"m1": [("A", "b1", "host_time", 0.75), rule]}
    assert found["low"] == {}


def test_rule_and_soft_evidence_may_meet_in_one_campaign() -> None:
    world = credited(("A", "b1", 0.25), (None, None, 0.75), host_id="h1", paid_fen=3)
    found = shares(world)
    assert found["high"]["m1"] == [("A", "b1", "host_time", 0.75), ("A", "b1", "rule", 0.25)]
    assert world.amounts(variant="high")["gmv_paid"] == 3
    assert world.amounts(variant="base")["gmv_paid"] == 1


def test_host_and_time_beats_the_window_and_neither_is_needed() -> None:
    world = show_world()
    world.add("broadcast", broadcast_id="b2", campaign_id="B", start_at=at("01-22 20:20"))
    for order, line in (("o1", {"host_id": "h1"}), ("o2", {}), ("o3", {})):
        world.order(order, line, created_at=at("01-22 20:30"))
    world.rows["order_header"][2]["created_at"] = at("01-28 20:30")
    found = shares(world)
    assert found["low"] == found["base"] == {}
    assert found["high"] == {
        "o1": [("A", "b1", "host_time", 1.0)],
        "o2": [("B", "b2", "window", 1.0)],
    }


def test_a_touch_of_no_campaign_is_unattributed() -> None:
    found = shares(credited((None, "unknown", 0.5), ("M", "unknown", 0.5)))
    parts = [("(unattributed)", "(none)", "none", 0.5), ("M", "(none)", "rule", 0.5)]
    assert found["base"] == {"m1": parts}


def test_touches_of_one_broadcast_are_added() -> None:
    found = shares(credited(("A", "b1", 1 / 6), ("A", "b1", 1 / 6), ("M", None, 2 / 3)))
    assert found["base"]["m1"] == [("A", "b1", "rule", 0.333333), ("M", "(none)", "rule", 0.666667)]


def test_lines_that_do_not_count_have_no_share() -> None:
    world = show_world().order("o1", in_room(is_gift=True)).order("o2", in_room(), is_test=True)
    assert shares(world) == {"low": {}, "base": {}, "high": {}}


def test_without_touches_every_line_without_evidence_is_unattributed() -> None:
    world = show_world().order("m1", {"paid_fen": 1}, **SOFT)
    assert shares(world)["base"] == {}


def test_touches_without_credit_ask_for_attribute() -> None:
    world = credited((None, None, 1.0))
    world.rows["credit"][0]["as_of"] = date(2026, 3, 1)
    with pytest.raises(MissingDataError, match=r"attribute\(lake"):
        shares(world)
    with pytest.raises(MissingDataError, match="'linear'"):
        shares(world, rule="linear")


def test_credit_that_is_there_twice_or_in_part_is_refused() -> None:
    with pytest.raises(TableError, match=r"gives 0\.500000 of line 'm1'"):
        shares(credited(("M", None, 0.5)))
    world = credited(("M", None, 1.0))
    world.add("credit", platform="mall", line_id="m1", touch_id=1, share=1.0, version="2")
    with pytest.raises(TableError, match="'1', '2'"):
        shares(world)


def test_shares_of_a_line_sum_to_one() -> None:
    world = credited(("M", None, 1 / 3), ("A", "b1", 1 / 3), (None, None, 1 / 3), host_id="h1")
    with world.settled() as con:
        frame = con.execute("FROM share").df()
    sums = frame.groupby(["variant", "line_id"]).share.sum()
    assert (sums - 1).abs().max() < 1e-12 and set(frame.as_of) == {pd.Timestamp(FAR)}
