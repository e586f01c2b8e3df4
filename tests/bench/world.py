"""A world of five people whose credit can be worked out by hand, and a made-up truth for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from liveattr.bench.one import Lived
from liveattr.bench.worlds import WorldPlan, draw_worlds
from liveattr.tables import get_table

DAY = timedelta(days=1)
T0 = datetime(2026, 2, 11, 12, 0, tzinfo=UTC)
SINCE_US = int((T0 - 5 * DAY).timestamp() * 1e6)
OWN, SECOND, KOL = "own_2026-02", "second_2026-02", "kol_20260211"
CAMPAIGNS = {OWN: "own_room", SECOND: "second_room", KOL: "kol"}
GROSS = {"own_room": 2.0, "second_room": 1.0, "kol": 4.0}


def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of a table, with the columns that they name."""
    assert not rows or set(rows[0]) <= set(get_table(name).names)
    return pd.DataFrame(rows)


def frames() -> dict[str, pd.DataFrame]:
    """Anna: own room (enter), KOL (click), order in the KOL's room. Bo: search, order in the mall.

    Cem: own room (click) ten days before an order. Dai: an order without any touch. Eva: an order
    after a click at the KOL's, both before the time that counts.
    """
    shows = {OWN: ("b_own", "r1"), SECOND: ("b_second", "r2"), KOL: ("b_kol", "r3")}
    broadcast = [
        {
            "broadcast_id": name,
            "campaign_id": campaign,
            "platform": "channels" if campaign == SECOND else "douyin",
            "platform_room_id": room,
            "start_at": T0 - 30 * DAY,
            "end_at": T0 + 30 * DAY,
            "business_on": T0.date(),
        }
        for campaign, (name, room) in shows.items()
    ]
    campaign = [{"campaign_id": c, "kind": "series"} for c in shows]
    event = [
        _event(1, "anna", "live_enter", T0 - DAY, room="r1"),
        _event(2, "anna", "live_product_click", T0 - 0.5 * DAY, room="r3"),
        _event(3, "bo", "view_item", T0 - DAY, channel="search"),
        _event(4, "cem", "live_product_click", T0 - 10 * DAY, room="r1"),
        _event(5, "eva", "live_product_click", T0 - 12 * DAY, room="r3"),
    ]
    head, line = [], []
    placed = [("anna", T0, "r3"), ("bo", T0, None), ("cem", T0, None), ("dai", T0, None)]
    for number, (who, at, room) in enumerate([*placed, ("eva", T0 - 11 * DAY, None)]):
        key = {"platform": "douyin", "shop_id": "(default)", "order_id": f"o{number}"}
        head.append(
            {
                **key,
                "created_at": at,
                "paid_at": at,
                "status": "paid",
                "account_token": who,
                "currency": "CNY",
            }
            | {"is_test": False}
        )
        line.append({**key, "line_id": f"l{number}", "qty": 1, "paid_fen": 100, "room_id": room})
    return {
        "broadcast": table("broadcast", broadcast),
        "campaign": table("campaign", campaign),
        "event": table("event", event),
        "order_header": table("order_header", head),
        "order_line": table("order_line", line),
    }


def _event(
    number: int,
    who: str,
    name: str,
    at: datetime,
    *,
    room: str | None = None,
    channel: str | None = None,
) -> dict[str, Any]:
    return {
        "platform": "douyin",
        "event_id": f"e{number}",
        "name": name,
        "event_at": at,
        "account_token": who,
        "room_id": room,
        "channel": channel,
    }


def effects(gross: dict[str, float]) -> pd.DataFrame:
    """A truth whose net is half of its gross, for rooms and campaigns."""
    rooms = [("channel", room, orders) for room, orders in gross.items()]
    shows = [("campaign", campaign, gross[room]) for campaign, room in CAMPAIGNS.items()]
    rows = [
        (kind, subject, horizon, orders * part)
        for kind, subject, orders in (*rooms, *shows)
        for horizon, part in (("gross", 1.0), ("net_14", 0.7), ("net", 0.5))
    ]
    return pd.DataFrame(rows, columns=["subject_kind", "subject", "horizon", "orders"])


def fake_live(plan: WorldPlan, *, oracle: float = 1.0, size: float = 1000.0) -> Lived:
    """A world of the frames above; the oracle is right, or wrong by a factor."""
    gross = {room: orders * size for room, orders in GROSS.items()}
    told = pd.DataFrame(
        [("channel", room, orders * oracle) for room, orders in gross.items()],
        columns=["subject_kind", "subject", "orders"],
    )
    return Lived(frames(), SINCE_US, effects(gross), told)


def broken_live(plan: WorldPlan) -> Lived:
    """A world whose oracle tells a tenth too much."""
    return fake_live(plan, oracle=1.1)


def failing_live(plan: WorldPlan) -> Lived:
    """The second world cannot be drawn."""
    if plan.number == 1:
        raise ValueError("no such place")
    return fake_live(plan)


def plans(n: int) -> list[WorldPlan]:
    return draw_worlds(n, preset="tiny", seed=7)
