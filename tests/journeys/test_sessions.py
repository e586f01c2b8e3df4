"""Touches: the first event of each session of a person in a channel, broadcast and link."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journeys.looking import look, times, touches
from tests.rows import Rows, at

GAP = 30


def test_a_pause_of_exactly_the_gap_stays_in_the_session() -> None:
    world = Rows().seen("01-22 20:00").seen("01-22 20:30")
    assert times(world) == ["01-22 20:00:00"]
    world = Rows().seen("01-22 20:00").seen("01-22 20:30:01")
    assert times(world) == ["01-22 20:00:00", "01-22 20:30:01"]


def test_a_session_may_be_longer_than_the_gap() -> None:
    world = Rows()
    for time in ("20:00", "20:29", "20:58", "21:27", "21:58"):
        world.seen(f"01-22 {time}")
    assert times(world) == ["01-22 20:00:00", "01-22 21:58:00"]
    assert times(world, gap=10) == [
        f"01-22 {t}:00" for t in ("20:00", "20:29", "20:58", "21:27", "21:58")
    ]


@pytest.mark.parametrize(
    "other",
    [{"channel": "sms"}, {"broadcast_id": "b2"}, {"account_token": "b"}, {"link_id": "L"}],
    ids=lambda values: next(iter(values)),
)
def test_person_channel_broadcast_and_link_tell_sessions_apart(other: dict[str, str]) -> None:
    world = Rows().add("broadcast", broadcast_id="b2").add("tracked_link", link_id="L")
    world.seen("01-22 20:00").seen("01-22 20:05", **other)
    assert len(times(world)) == 2


def test_sku_campaign_and_name_do_not_tell_sessions_apart() -> None:
    world = Rows().seen("01-22 20:00", sku_id="1", name="view_item")
    world.seen("01-22 20:05", sku_id="2", campaign_id="C", name="add_to_cart")
    [touch] = touches(world)
    assert (touch["sku"], touch["action"], touch["campaign"]) == ("1", "view_item", None)


def test_of_two_events_at_one_moment_the_stronger_kind_stays() -> None:
    world = Rows().seen("01-22 20:00", broadcast_id="b", name="live_impression")
    world.seen("01-22 20:00", broadcast_id="b", name="live_enter")
    [touch] = touches(world)
    assert touch["action"] == "live_enter"


def test_a_watch_counts_from_its_beginning() -> None:
    world = Rows().seen("01-22 21:00", name="live_leave", watch_ms=3_600_000)
    assert times(world) == ["01-22 20:00:00"]
    world.seen("01-22 20:00", name="live_enter")
    assert times(world) == ["01-22 20:00:00"]


def test_two_identifiers_of_one_person_share_a_session() -> None:
    world = Rows().seen("01-22 20:00").seen("01-22 20:10", visitor_token="v")
    assert len(times(world)) == 2
    world.bound("visitor:v", "mall_account:a")
    assert times(world) == ["01-22 20:00:00"]


def test_phone_counts_only_when_verified() -> None:
    world = Rows().seen("01-22 20:00", phone_token="p", visitor_token="v")
    world.seen("01-22 20:10", phone_token="p")
    with look(world) as con:
        who = con.execute(
            "SELECT m.kind FROM touch AS t JOIN member_code AS m ON m.person = t.person"
        ).fetchall()
    assert who == [("visitor",)]
    world.bound("phone:p", "mall_account:z", "phone_verified")
    assert times(world) == ["01-22 20:00:00"]


def test_the_strongest_identifier_decides() -> None:
    world = Rows().seen("01-22 20:00", account_token="a", visitor_token="v")
    world.seen("01-22 20:10", account_token="b", visitor_token="v")
    assert len(times(world)) == 2


def test_events_of_nobody_are_left_out() -> None:
    assert times(Rows().seen("01-22 20:00", device_token="d")) == []


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 6 * 60),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["sms", "push"]),
        st.sampled_from(["page_view", "search"]),
    ),
    max_size=30,
)


def world_of(events: list[tuple[int, str, str, str]]) -> Rows:
    world = Rows()
    for minute, who, channel, name in events:
        time = f"01-22 {10 + minute // 60:02}:{minute % 60:02}"
        world.seen(time, account_token=who, channel=channel, name=name)
    for who in {event[1] for event in events}:
        world.add(
            "person_member",
            kind="mall_account",
            id=who,
            person_id=who,
            known_from_at=at("01-01 00:00"),
        )
    return world


@settings(deadline=None, max_examples=15)
@given(EVENTS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_sessions_as_by_hand_in_any_order_with_repeats(events, random, buckets) -> None:
    """The same touches as a loop finds, whatever the order, the repeats, the buckets."""
    expected = []
    last: dict[tuple[str, str], int] = {}
    for minute, who, channel, _ in sorted(events):
        if minute - last.get((who, channel), -GAP - 1) > GAP:
            expected.append((who, channel, minute))
        last[who, channel] = minute
    events = events + events[: len(events) // 2]
    random.shuffle(events)
    found = touches(world_of(events), buckets=buckets)
    in_minutes = [
        (t["channel"], int(t["time"][6:8]) * 60 + int(t["time"][9:11]) - 600) for t in found
    ]
    assert sorted(in_minutes) == sorted((channel, minute) for _, channel, minute in expected)
    assert found == touches(world_of(events[::-1]), buckets=3)
