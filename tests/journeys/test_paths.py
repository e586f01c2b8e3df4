"""Journeys: which touches precede which order, and those of people who did not buy."""

import pytest

from liveattr.errors import ParameterError
from liveattr.journeys import create_journey
from tests.journeys.looking import look, paths
from tests.rows import Rows, at


def test_only_what_came_before() -> None:
    world = Rows().bought("01-22 20:00")
    for time in ("01-22 19:00", "01-22 20:00", "01-22 20:45"):
        world.seen(time)
    assert paths(world) == {"1": ["01-22 19:00:00"]}


def test_lookback_of_exactly_its_length_counts() -> None:
    world = Rows().bought("01-22 20:00")
    for time in ("01-20 19:59:59", "01-20 20:30:00", "01-21 10:00"):
        world.seen(time)
    assert paths(world, lookback=2) == {"1": ["01-20 20:30:00", "01-21 10:00:00"]}
    edge = Rows().bought("01-22 20:00").seen("01-20 20:00")
    assert paths(edge, lookback=2) == {"1": ["01-20 20:00:00"]}
    over = Rows().bought("01-22 20:00:01").seen("01-20 20:00")
    assert paths(over, lookback=2) == {}


def test_each_kind_of_touch_has_its_window() -> None:
    world = Rows().bought("01-22 20:00")
    world.seen("01-21 20:00", name="live_impression", broadcast_id="b1")
    world.seen("01-21 20:00", name="live_enter", broadcast_id="b2")
    world.seen("01-20 20:00", name="live_product_click", broadcast_id="b3")
    world.seen("01-19 20:00", name="live_enter", broadcast_id="b4")
    windows = {"view": 0.5, "click": 2, "live_watch": 2}
    assert paths(world, windows=windows) == {"1": ["01-20 20:00:00", "01-21 20:00:00"]}
    assert len(paths(world)["1"]) == 4
    assert paths(world, windows=windows, lookback=1) == {"1": ["01-21 20:00:00"]}
    assert len(paths(world, windows={"view": 0})["1"]) == 3


def test_unknown_kind_is_refused_with_a_suggestion() -> None:
    with look(Rows()) as con, pytest.raises(ParameterError, match="did you mean 'click'"):
        create_journey(con, touch_windows={"clik": 3})


def test_a_touch_belongs_to_every_order_that_follows() -> None:
    world = Rows().bought("01-22 20:00").bought("01-23 20:00", "2")
    world.seen("01-22 19:00").seen("01-23 19:00")
    assert paths(world) == {
        "1": ["01-22 19:00:00"],
        "2": ["01-22 19:00:00", "01-23 19:00:00"],
    }


def test_touches_of_one_moment_are_ordered_by_their_number() -> None:
    world = Rows().bought("01-22 20:00")
    world.seen("01-22 19:00", channel="b")
    world.seen("01-22 19:00", channel="a")
    with look(world) as con:
        found = con.execute(
            "SELECT j.pos, d.value FROM journey AS j JOIN touch AS t ON t.touch_id = j.touch_id "
            "JOIN dimension AS d ON d.kind = 'channel' AND d.code = t.channel ORDER BY j.pos"
        ).fetchall()
    assert found == [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    ("ahead_s", "expected"), [(0, {}), (60, {"1": ["01-22 20:00:00"]}), (59, {})]
)
def test_clock_offset_of_the_events(ahead_s: float, expected: dict[str, list[str]]) -> None:
    """The mall's clock is 60 s ahead: its 20:01 was 20:00, before the order of 20:00:01."""
    world = Rows().bought("01-22 20:00:01", source="orders").seen("01-22 20:01", source="mall")
    assert paths(world, offset={"mall": ahead_s}) == expected


def test_clock_offset_of_the_orders() -> None:
    world = Rows().bought("01-22 20:00", source="orders").seen("01-22 20:00:30", source="mall")
    assert paths(world, offset={"orders": -60}) == {"1": ["01-22 20:00:30"]}
    assert paths(world, offset={"other's": 5}) == {}


def test_dated_by_day_only() -> None:
    """An event at midnight precedes an order at the same midnight, and any later one."""
    world = Rows().bought("01-22 00:00").seen("01-22 00:00")
    assert paths(world) == {"1": ["01-22 00:00:00"]}
    world = Rows().bought("01-22 09:00").seen("01-22 00:00")
    assert paths(world) == {"1": ["01-22 00:00:00"]}
    world = Rows().bought("01-22 09:00").seen("01-22 09:00")
    assert paths(world) == {}


def test_orders_of_test_accounts_are_left_out_and_their_people_did_not_fail_to_buy() -> None:
    world = Rows().bought("01-22 20:00", is_test=True).seen("01-22 19:00")
    assert paths(world) == {}
    world = Rows().seen("01-22 19:00")
    assert paths(world) == {"-1": ["01-22 19:00:00"]}
    assert paths(world.add("test_account", kind="mall_account", id_token="a")) == {}


def test_people_who_did_not_buy_have_the_last_days_of_the_data() -> None:
    world = Rows().bought("01-31 00:00", account_token="other")
    world.seen("01-28 23:59").seen("01-29 01:00").seen("01-30 12:00")
    assert paths(world, lookback=2) == {"-1": ["01-29 01:00:00", "01-30 12:00:00"]}
    assert paths(world, lookback=2, windows={"view": 1}) == {"-1": ["01-30 12:00:00"]}


def test_who_bought_has_no_journey_without_an_order() -> None:
    world = Rows().bought("01-22 20:00").seen("01-22 21:00")
    assert paths(world) == {}


def test_order_of_a_shared_number_on_two_platforms() -> None:
    world = Rows().bought("01-22 20:00")
    world.add("order_header", order_id="1", platform="youzan", created_at=at("01-22 21:00"),
              account_token="b")  # fmt: skip
    world.seen("01-22 19:00").seen("01-22 20:30", account_token="b")
    with look(world) as con:
        found = con.execute(
            "SELECT d.value, j.ts_us FROM journey AS j "
            "JOIN dimension AS d ON d.kind = 'order' AND d.code = j.order_key ORDER BY 1"
        ).fetchall()
    assert [value for value, _ in found] == ["mall\ts\t1", "youzan\ts\t1"]


def test_journey_numbers_of_orders_come_first() -> None:
    world = Rows().bought("01-22 20:00").seen("01-22 19:00")
    world.seen("01-22 19:00", account_token="b")
    with look(world) as con:
        found = con.execute(
            "SELECT journey_id, order_key, order_ts_us IS NULL FROM journey ORDER BY 1"
        ).fetchall()
    assert found[0] == (1, 1, False)
    assert found[1][0] > 1
    assert found[1][1:] == (None, True)
