"""What an event is about: channel, broadcast, campaign, host, SKU and kind, case by case."""

from typing import Any

import pytest

from tests.journeys.looking import touches
from tests.rows import Rows, at


def show() -> Rows:
    """Broadcast b1 of campaign A, room r1, host h1, 20:00 to 23:00 on 22 January."""
    world = Rows().add("campaign", campaign_id="A").add("campaign", campaign_id="M", kind="mailing")
    world.add("broadcast", broadcast_id="b1", platform_room_id="r1", host_id="h1")
    return world.add(
        "tracked_link", link_id="L1", broadcast_id="b1", product_id="p9", signature_ok=True,
        valid_from_at=at("01-22 20:00"), valid_to_at=at("01-23 20:00"),
    ).add("tracked_link", link_id="L2", campaign_id="M", host_id="h2")  # fmt: skip


def about(world: Rows | None = None, time: str = "01-22 20:10", **values: Any) -> dict[str, Any]:
    """The touch of one event; empty where it is none."""
    found = touches((world or show()).seen(time, **values))
    return found[0] if found else {}


def each(*cases: dict[str, Any]) -> list[dict[str, Any]]:
    """The touches of events of one moment, each of an account of its own; empty where it is none."""
    world = show()
    for number, values in enumerate(cases):
        world.seen("01-22 20:10", account_token=f"{number:02}", **values)
    found = {touch["person"]: touch for touch in touches(world)}
    return [found.get(number + 1, {}) for number in range(len(cases))]


def picked(touch: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(touch[name] for name in names)


PLACE = ("channel", "broadcast", "campaign", "host", "touch_kind")


def test_broadcast_by_room_id_of_the_same_platform() -> None:
    touch = about(platform="douyin", name="live_enter", room_id="r1")
    assert picked(touch, *PLACE) == ("live", "b1", "A", "h1", 3)
    other = about(platform="kuaishou", name="live_enter", room_id="r1")
    assert picked(other, *PLACE) == ("live", None, None, None, 3)


def test_the_event_itself_goes_before_link_and_room() -> None:
    world = show().add("broadcast", broadcast_id="b2", campaign_id="B", host_id="h2")
    touch = about(world, platform="douyin", name="live_enter", room_id="r1", broadcast_id="b2")
    assert picked(touch, *PLACE) == ("live", "b2", "B", "h2", 3)
    named = about(broadcast_id="b1", campaign_id="C", host_id="h9", channel="sms", sku_id="s")
    assert picked(named, *PLACE, "sku") == ("sms", "b1", "C", "h9", 1, "s")


def test_link_goes_before_room() -> None:
    world = show().add("broadcast", broadcast_id="b2", campaign_id="B", platform_room_id="r2")
    touch = about(world, platform="douyin", name="page_view", room_id="r2", link_id="L1")
    assert touch["broadcast"] == "b1"


@pytest.mark.parametrize(
    ("time", "broadcast"),
    [
        ("01-22 19:59:59", None),
        ("01-22 20:00", "b1"),
        ("01-23 19:59:59", "b1"),
        ("01-23 20:00", None),
    ],
)
def test_link_counts_while_it_is_valid(time: str, broadcast: str | None) -> None:
    touch = about(time=time, name="mall_landing", link_id="L1")
    expected = ("live", "b1", 2, "p9") if broadcast else ("direct", None, 1, None)
    assert picked(touch, "channel", "broadcast", "touch_kind", "sku") == expected


@pytest.mark.parametrize(
    ("signature_ok", "channel"), [(True, "live"), (None, "live"), (False, "direct")]
)
def test_forged_link_does_not_count(signature_ok: bool | None, channel: str) -> None:
    world = show().add("tracked_link", link_id="L3", broadcast_id="b1", signature_ok=signature_ok)
    assert about(world, name="mall_landing", link_id="L3")["channel"] == channel


def test_unknown_link_is_no_link() -> None:
    assert picked(about(name="mall_landing", link_id="?"), "channel", "touch_kind") == ("direct", 1)


def test_link_of_a_campaign_without_broadcast() -> None:
    touch = about(name="mall_landing", link_id="L2")
    assert picked(touch, *PLACE) == ("mailing", None, "M", "h2", 2)


def test_link_of_nothing_known() -> None:
    world = show().add("tracked_link", link_id="L3", product_id="p")
    assert picked(about(world, link_id="L3"), *PLACE) == ("link", None, None, None, 2)


def test_campaign_of_a_mall_visit_gives_the_channel() -> None:
    found = each(*({"campaign_id": name} for name in ("M", "A", "unknown")))
    assert [touch["channel"] for touch in found] == ["mailing", "live", "direct"]


def test_unknown_broadcast_is_kept_by_its_id() -> None:
    touch = about(broadcast_id="b7")
    assert picked(touch, *PLACE) == ("live", "b7", None, None, 1)


@pytest.mark.parametrize(
    ("time", "broadcast"),
    [("01-20 10:00", "b1"), ("01-23 19:59", "b1"), ("01-24 20:00", "b2"), ("01-30 10:00", "b2")],
)
def test_a_room_number_that_is_used_again(time: str, broadcast: str) -> None:
    world = show().add(
        "broadcast", broadcast_id="b2", platform_room_id="r1",
        start_at=at("01-24 20:00"), end_at=at("01-24 23:00"),
    )  # fmt: skip
    touch = about(world, time=time, platform="douyin", name="live_enter", room_id="r1")
    assert touch["broadcast"] == broadcast


KINDS: list[tuple[dict[str, Any], int]] = [
    ({"name": "live_impression"}, 1),
    ({"name": "live_enter"}, 3),
    ({"name": "live_leave"}, 1),
    ({"name": "live_leave", "watch_ms": 5}, 3),
    ({"name": "live_product_click"}, 2),
    ({"name": "live_link_click"}, 2),
    ({"name": "live_comment"}, 1),
    ({"name": "live_comment", "touch_kind": "live_watch"}, 3),
    ({"name": "page_view"}, 1),
    ({"name": "page_view", "link_id": "L1"}, 2),
    ({"name": "live_impression", "link_id": "L1"}, 1),
    ({"name": "scan", "channel": "poster"}, 1),
    ({"name": "scan", "channel": "poster", "touch_kind": "click"}, 2),
]


def test_kind_of_touch() -> None:
    found = each(*(values for values, _ in KINDS))
    for touch, (values, kind) in zip(found, KINDS, strict=True):
        assert touch["touch_kind"] == kind, values


def test_orders_refunds_and_logins_are_never_touches() -> None:
    names = ["order_created", "purchase", "order_cancelled", "refund", "login", "bind_phone"]
    cases = [{"name": name} for name in (*names, "sign_up")]
    named = [case | {"channel": "sms", "broadcast_id": "b1"} for case in cases]
    *never, touch = each(*cases, *named, {"name": "page_view"})
    assert touch and not any(never)


def test_an_unknown_name_is_a_touch_only_with_channel_broadcast_or_link() -> None:
    more = ({}, {"campaign_id": "M"}, {"channel": "app"}, {"link_id": "L1"}, {"broadcast_id": "b1"})
    found = each(*({"name": "heartbeat"} | values for values in more))
    assert [touch.get("channel") for touch in found] == [None, None, "app", "live", "live"]
    assert found[:2] == [{}, {}]


def test_sku_is_the_events_own_then_its_product_then_the_links() -> None:
    link = {"link_id": "L1"}
    found = each(link | {"sku_id": "s", "product_id": "p"}, link | {"product_id": "p"}, link, {})
    assert [touch["sku"] for touch in found] == ["s", "p", "p9", None]


def test_quotes_in_names_do_no_harm() -> None:
    touch = about(channel="o'ffer", sku_id="'; --", campaign_id='"')
    assert picked(touch, "channel", "sku", "campaign") == ("o'ffer", "'; --", '"')
