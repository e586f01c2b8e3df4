"""Evidence: each tier, its limits in time, and who wins where several broadcasts could."""

from datetime import datetime

import pandas as pd
import pytest

from liveattr.profit.basis import line_bases
from tests.profit.world import World, at, in_room, show_world


def bases(world: World, **options: object) -> pd.DataFrame:
    with world.connect() as con:
        line_bases(con, **options)  # type: ignore[arg-type]
        return con.execute("FROM basis ORDER BY line_id, tier, turn").df()


def found(world: World, **options: object) -> list[tuple[str, str]]:
    """Tier and broadcast of each evidence, best first."""
    rows = bases(world, **options)
    return list(zip(rows.basis, rows.broadcast_id, strict=True))


def bare(**header: object) -> World:
    """A broadcast, and an order in the mall that nothing ties to it."""
    order = {"platform": "mall", "created_at": at("01-22 20:30"), **header}
    return show_world().order("m1", {"paid_fen": 100}, **order)


def test_an_order_that_nothing_ties_has_no_evidence() -> None:
    assert found(bare()) == []


def test_the_room_of_the_line() -> None:
    rows = bases(show_world().order("o1", in_room(), created_at=at("02-20 10:00")))
    assert rows[["basis", "broadcast_id", "evidence", "confidence"]].to_numpy().tolist() == [
        ["explicit_room", "b1", "r1", 1.0]
    ]
    assert rows.decided_at.item() == pd.Timestamp(at("02-20 10:00"))


def test_a_room_number_of_another_platform_is_another_room() -> None:
    assert found(show_world().order("o1", in_room(), platform="kuaishou")) == []


def test_of_two_broadcasts_in_one_room_the_latest_that_had_begun_counts() -> None:
    world = show_world()
    times = {"b0": "01-21 20:00", "b2": "01-22 20:05", "b3": "01-23 20:00"}
    for name, start in times.items():
        world.add(
            "broadcast",
            broadcast_id=name,
            platform_room_id="r1",
            start_at=at(start),
            end_at=at(start) + pd.Timedelta(hours=3),
        )
    rows = bases(world.order("o1", in_room(), created_at=at("01-22 20:10")))
    rooms = rows[rows.basis == "explicit_room"]
    assert rooms.broadcast_id.tolist() == ["b2", "b1", "b0", "b3"]
    assert rooms.turn.tolist() == [1, 2, 3, 4]
    assert rows.superseded_at.isna().tolist() == [True] + [False] * (len(rows) - 1)


def test_equal_begins_go_by_broadcast_id() -> None:
    world = show_world().add("broadcast", broadcast_id="b0", platform_room_id="r1")
    rows = bases(world.order("o1", in_room()))
    assert rows[rows.basis == "explicit_room"].broadcast_id.tolist() == ["b0", "b1"]


def with_link(world: World, *, ok: bool | None = True, broadcast: str | None = "b1") -> World:
    return world.add(
        "tracked_link",
        link_id="L",
        source_code="live_A",
        broadcast_id=broadcast,
        campaign_id="A",
        signature_ok=ok,
    )


@pytest.mark.parametrize("ok", [True, None])
def test_the_link_on_the_order(ok: bool | None) -> None:
    assert found(with_link(bare(link_id="L"), ok=ok)) == [("tracked_link", "b1")]


def test_a_forged_link_counts_for_nothing_and_neither_does_the_code_beside_it() -> None:
    world = with_link(bare(link_id="L", source_code="b1"), ok=False)
    assert found(world) == []


def test_a_link_that_names_only_a_campaign_is_no_evidence_of_a_broadcast() -> None:
    assert found(with_link(bare(link_id="L"), broadcast=None)) == []


def test_the_source_code_of_the_order() -> None:
    assert found(with_link(bare(source_code="live_A"))) == [("tracked_link", "b1")]
    assert found(bare(source_code="b1")) == [("tracked_link", "b1")]
    named = bare(source_code="live_20260122_A")
    named.rows["broadcast"][0]["source_code"] = "live_20260122_A"
    assert found(named) == [("tracked_link", "b1")]


def test_the_link_decides_alone_against_the_code() -> None:
    world = with_link(bare(link_id="L", source_code="b2"))
    world.add("broadcast", broadcast_id="b2", start_at=at("01-22 20:05"))
    assert found(world) == [("tracked_link", "b1")]


CLICK = at("01-22 10:00")


def clicked(created: datetime, **token: str) -> World:
    """Somebody clicked b1's link at 10:00, and buys in the mall later."""
    world = with_link(bare(created_at=created, account_token="u", platform="mall"))
    return world.add("event", event_id="e1", event_at=CLICK, link_id="L", **token)


@pytest.mark.parametrize(
    ("created", "hit"),
    [
        ("01-22 10:00:00", False),
        ("01-22 10:00:01", True),
        ("01-23 10:00:00", True),
        ("01-23 10:00:01", False),
    ],
)
def test_a_click_counts_for_a_day_and_only_before_the_order(created: str, hit: bool) -> None:
    world = clicked(at(created), account_token="u")
    assert found(world, tracked_link_hours=24) == ([("tracked_link", "b1")] if hit else [])


def test_a_click_of_somebody_else_is_nothing() -> None:
    assert found(clicked(at("01-22 11:00"), account_token="v")) == []


def test_a_click_on_a_forged_link_is_nothing() -> None:
    world = clicked(at("01-22 11:00"), account_token="u")
    world.rows["tracked_link"][0]["signature_ok"] = False
    assert found(world) == []


def test_a_person_is_known_by_two_tokens() -> None:
    world = clicked(at("01-22 11:00"), visitor_token="w")
    assert found(world) == []
    world.add("person_member", kind="visitor", id="w", person_id="p1")
    world.add("person_member", kind="mall_account", id="u", person_id="p1")
    assert found(world) == [("tracked_link", "b1")]


def test_an_unverified_phone_is_nobody() -> None:
    world = clicked(at("01-22 11:00"), phone_token="f")
    world.rows["order_header"][0].update(account_token=None, phone_token="f")
    assert found(world) == []
    world.add("person_member", kind="phone", id="f", person_id="p1")
    assert found(world) == [("tracked_link", "b1")]


def test_the_latest_click_counts_and_clocks_are_set_right() -> None:
    world = clicked(at("01-22 11:00"), account_token="u")
    world.add("broadcast", broadcast_id="b0", start_at=at("01-20 20:00"), end_at=at("01-20 21:00"))
    world.add("tracked_link", link_id="M", broadcast_id="b0")
    late = {"event_at": at("01-22 10:30"), "account_token": "u", "source": "fast"}
    world.add("event", event_id="e2", link_id="M", **late)
    assert found(world) == [("tracked_link", "b0")]
    assert found(world, clock_offset_s={"fast": 3600.0}) == [("tracked_link", "b1")]


def test_the_orders_own_link_beats_a_later_click() -> None:
    world = clicked(at("01-22 11:00"), account_token="u")
    world.add("broadcast", broadcast_id="b2", start_at=at("01-22 09:00"), end_at=at("01-22 09:30"))
    world.rows["order_header"][0]["source_code"] = "b2"
    assert found(world) == [("tracked_link", "b2")]


def test_an_ad_leads_to_the_broadcast_that_its_spend_names() -> None:
    world = bare().add("platform_ad_order", order_id="m1", placed_at=at("01-22 20:30"))
    assert found(world) == []
    world.add("ad_spend", broadcast_id="b1", room_id="other")
    assert found(world) == [("platform_ad", "b1")]


def test_an_ad_leads_to_the_room_of_its_spend_and_may_name_the_child() -> None:
    world = show_world().order("o1", {"line_id": "o1-a"}, {"line_id": "o1-b"})
    world.rows["broadcast"][0]["end_at"] = at("01-22 20:05")
    world.add("platform_ad_order", order_id="o1-b").add("ad_spend", room_id="r1")
    rows = bases(world, window_hours=0)
    assert rows[["line_id", "basis", "broadcast_id", "evidence"]].to_numpy().tolist() == [
        ["o1-b", "platform_ad", "b1", "ad"]
    ]


def test_an_ad_with_several_broadcasts_leads_to_that_of_its_last_hour_before_the_order() -> None:
    world = bare(created_at=at("01-25 12:00"))
    for day in (20, 24, 26):
        start = at(f"01-{day} 20:00")
        world.add("broadcast", broadcast_id=f"d{day}", start_at=start, end_at=start)
        world.add("ad_spend", hour_at=start, broadcast_id=f"d{day}")
    world.add("platform_ad_order", order_id="m1")
    assert found(world) == [("platform_ad", "d24")]


def test_an_ad_without_a_name_leads_to_what_was_on_air_on_the_orders_platform() -> None:
    world = show_world().order("o1", {}, created_at=at("01-25 12:00"))
    world.add("platform_ad_order", order_id="o1", placed_at=at("01-22 23:00"))
    assert found(world) == [("platform_ad", "b1")]
    world.rows["platform_ad_order"][0]["placed_at"] = at("01-22 23:00:01")
    assert found(world) == []


@pytest.mark.parametrize(
    ("created", "hit"),
    [
        ("01-22 19:59:59", False),
        ("01-22 20:00:00", True),
        ("01-23 00:00:00", True),
        ("01-23 00:00:01", False),
    ],
)
def test_host_and_time_from_begin_to_grace(created: str, hit: bool) -> None:
    world = show_world().order("o1", {"host_id": "h1"}, created_at=at(created), platform="mall")
    rows = found(world, host_time_grace_minutes=60)
    assert rows == ([("host_time", "b1")] if hit else [])


@pytest.mark.parametrize(("created", "hit"), [("01-23 23:00:00", True), ("01-23 23:00:01", False)])
def test_window_of_a_broadcast_without_plan_takes_any_sku(created: str, hit: bool) -> None:
    world = show_world().order("o1", {}, created_at=at(created))
    assert found(world, window_hours=24) == ([("window", "b1")] if hit else [])


def test_window_of_a_planned_broadcast_takes_its_skus() -> None:
    world = show_world().order("o1", {"merchant_code": "sku", "sku_id": "p1"})
    world.add("broadcast_plan", broadcast_id="b1", sku_id="other")
    assert found(world) == []
    world.add("broadcast_plan", broadcast_id="b1", sku_id="sku")
    assert found(world) == [("window", "b1")]
    world.rows["broadcast_plan"][1]["sku_id"] = "p1"
    assert found(world) == [("window", "b1")]


def test_a_broadcast_across_midnight_is_one() -> None:
    world = show_world()
    world.rows["broadcast"][0].update(start_at=at("01-22 22:00"), end_at=at("01-23 02:00"))
    for order, time in (("o1", "01-22 22:30"), ("o2", "01-23 01:59"), ("o3", "01-23 08:30")):
        world.order(order, {"host_id": "h1"}, created_at=at(time))
    rows = bases(world)
    best = rows[rows.superseded_at.isna()].set_index("line_id").basis.to_dict()
    assert best == {"o1": "host_time", "o2": "host_time", "o3": "window"}
    assert set(rows.broadcast_id) == {"b1"}


def test_all_evidence_is_kept_and_the_best_counts() -> None:
    world = with_link(show_world())
    order = {"created_at": at("01-22 21:00"), "link_id": "L"}
    world.order("o1", in_room(host_id="h1"), **order)
    world.add("platform_ad_order", order_id="o1")
    rows = bases(world)
    tiers = ["explicit_room", "tracked_link", "platform_ad", "host_time", "window"]
    assert rows.basis.tolist() == tiers
    assert rows.turn.tolist() == [1, 2, 3, 1, 2]
    assert rows.superseded_at.isna().tolist() == [True, False, False, False, False]


def test_evidence_does_not_ask_for_payment_or_for_what_counts() -> None:
    world = show_world().order("o1", in_room(is_gift=True), paid_at=None)
    assert ("explicit_room", "b1") in found(world)


def test_without_broadcasts_there_is_no_evidence() -> None:
    assert found(World().order("o1", in_room())) == []
