"""What the ad platform claims of a campaign's orders, and which of them were touched."""

from collections.abc import Sequence
from typing import Any

import pytest

from liveattr.ledger import create_line_ledger
from liveattr.profit.ad_credit import create_ad_credit
from liveattr.profit.basis import line_bases
from liveattr.tables import get_table
from tests.profit.world import FAR, ZONE, World, at, refunded


def two_shows() -> World:
    """Campaigns A (b1, from 20:00) and B (b2, from 21:00); neither room is named by any order."""
    world = World().add("broadcast", broadcast_id="b1", platform_room_id="r1")
    return world.add(
        "broadcast",
        broadcast_id="b2",
        platform_room_id="r2",
        campaign_id="B",
        start_at=at("01-22 21:00"),
    )


def sell(world: World, order_id: str, *fen: int, **header: Any) -> World:
    """Add an order at 22:00 with a line for each net amount; 10 fen more were paid for each."""
    lines = [{"line_id": f"{order_id}-{n}", "paid_fen": f + 10} for n, f in enumerate(fen)]
    world.order(order_id, *lines, **{"created_at": at("01-22 22:00"), **header})
    for line in lines:
        refunded(world, line["line_id"], 10)
        world.rows["refund"][-1]["order_id"] = order_id
        world.rows["refund_line"][-1]["order_id"] = order_id
    return world


def say(world: World, ad_id: str, order_id: str, pay_type: str | None, **more: Any) -> World:
    return world.add("platform_ad_order", ad_id=ad_id, order_id=order_id, pay_type=pay_type, **more)


def touch(
    world: World,
    order_id: str,
    *,
    broadcast: str | None = None,
    campaign: str | None = None,
    weight: float = 1.0,
) -> World:
    """Add a touch before an order, with the codes of what it names."""

    def code(kind: str, value: str | None) -> int | None:
        rows = world.rows["dimension"]
        if value is not None and (kind, value) not in {(r["kind"], r["value"]) for r in rows}:
            world.add("dimension", kind=kind, code=len(rows) + 1, value=value)
        return next((r["code"] for r in rows if (r["kind"], r["value"]) == (kind, value)), None)

    key, touch_id = code("order", f"douyin\ts\t{order_id}"), len(world.rows["touch"]) + 1
    world.add(
        "touch",
        touch_id=touch_id,
        broadcast=code("broadcast", broadcast),
        campaign=code("campaign", campaign),
    )
    return world.add(
        "journey", journey_id=key, order_key=key, pos=touch_id, touch_id=touch_id, weight=weight
    )


def claims(world: World) -> Sequence[tuple[Any, ...]]:
    """Campaign, pay type, orders, paid, net, also touched."""
    with world.connect() as con:
        create_line_ledger(con, as_of=FAR, zone=ZONE, refund_window_days=15)
        line_bases(con)
        create_ad_credit(con, FAR)
        rows = con.execute("FROM ad_credit").df()
    assert list(rows) == list(get_table("ad_credit").names)
    assert (rows.as_of.dt.date == FAR).all() or rows.empty
    return list(rows.drop(columns="as_of").itertuples(index=False, name=None))


def test_what_the_ad_platform_claims() -> None:
    """Ad x led to A before the orders and to B after; order 1 twice, order 2 by one of its lines."""
    world = two_shows()
    touch(sell(world, "1", 100, 20), "1", broadcast="b1")
    touch(sell(world, "2", 30, 400), "2", broadcast="b2")
    touch(sell(world, "unpaid", 100, paid_at=None, status="created"), "unpaid", broadcast="b1")
    world.add("ad_spend", ad_id="x", broadcast_id="b1", hour_at=at("01-22 20:00"))
    world.add("ad_spend", ad_id="x", broadcast_id="b2", hour_at=at("01-22 23:00"))
    world.add("ad_spend", ad_id="y", room_id="r2", hour_at=at("01-22 21:00"))
    say(world, "x", "1", "indirect", window_days=1)
    say(world, "x", "1", "direct")
    say(world, "x", "2-0", "indirect")
    say(world, "y", "1", "indirect")
    say(world, "x", "unpaid", "direct")
    say(world, "x", "unknown", "direct")
    say(world, "y", "2", None)
    say(world, "y", "2", "direct", is_pay=False, window_days=1)
    say(world, "no spend", "2-1", "direct")
    assert claims(world) == [
        ("A", "direct", 1, 140, 120, 1),
        ("A", "indirect", 1, 40, 30, 0),
        ("B", "direct", 1, 410, 400, 1),
        ("B", "indirect", 1, 140, 120, 0),
    ]


def test_it_does_not_matter_which_evidence_took_the_line() -> None:
    """The platform wrote the room of A on the line, so its money is A's; the ad still says B."""
    world = two_shows().order("1", {"room_id": "r1", "paid_fen": 70})
    say(world.add("ad_spend", broadcast_id="b2"), "ad", "1", "direct")
    assert claims(world) == [("B", "direct", 1, 70, 70, 0)]


@pytest.mark.parametrize("late", ["direct", "indirect"])
def test_each_ad_of_a_broadcast_says_its_own(late: str) -> None:
    """Ad x is not counted as paid; z is, for a line; another account has an ad of the same number."""
    world = sell(two_shows(), "1", 30, 400)
    for ad in ("x", "y", "z"):
        world.add("ad_spend", ad_id=ad, broadcast_id="b1")
    world.add("ad_spend", account="other", ad_id="z", broadcast_id="b2")
    say(world, "x", "1", "direct", is_pay=False)
    say(world, "y", "1-1", "indirect")
    say(world, "z", "1-1", late)
    say(world, "z", "1", "indirect", account="other")
    assert claims(world) == [
        ("A", late, 1, 410, 400, 0),
        ("B", "indirect", 1, 450, 430, 0),
    ]


def test_a_touch_is_of_its_broadcasts_campaign_else_of_the_one_it_names() -> None:
    world = two_shows().add("ad_spend", broadcast_id="b1")
    for order_id in "123456":
        kind = "direct" if order_id in "134" else "indirect"
        say(sell(world, order_id, 100), "ad", order_id, kind)
    touch(world, "1", broadcast="b1", campaign="B")
    touch(world, "2", broadcast="b2", campaign="A")
    touch(world, "3", broadcast="b0", campaign="A")
    touch(world, "4", campaign="A")
    touch(world, "4", broadcast="b1")
    touch(world, "5", broadcast="b1", weight=0.9)
    touch(world, "6")
    assert claims(world) == [("A", "direct", 3, 330, 300, 3), ("A", "indirect", 3, 330, 300, 0)]


def test_without_a_report_by_order_there_is_nothing() -> None:
    assert claims(touch(sell(two_shows(), "1", 100), "1", broadcast="b1")) == []
