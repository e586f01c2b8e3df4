"""What people do in a segment, and what of it leaves a trace: watching, clicks, jumps, the mall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from liveattr.simulate.accounts import has_text, second_browser
from liveattr.simulate.browsing import MALL_NAMES, logged_in, mall_events
from liveattr.simulate.clicks import clicked, moments, to_the_mall
from liveattr.simulate.consenting import bindings_of
from liveattr.simulate.coupons import price_lines
from liveattr.simulate.fates import draw_fates
from liveattr.simulate.jump import COPIED, JUMP_US, KEPT, fates, link_of
from liveattr.simulate.noise import arrive, bot_visits
from liveattr.simulate.order_ids import order_ids
from liveattr.simulate.rooms import Rooms, rooms_of
from liveattr.simulate.visibility import seen_live
from liveattr.simulate.visits import event_number, visit_key, visits
from liveattr.simulate.watching import live_events, stays
from liveattr.simulate.world import BRUSHED, DIRECT, MALL, PLACES, Segment, World

__all__ = ["Behaviour", "make_events"]

_CREATED, _PURCHASE = MALL_NAMES.index("order_created"), MALL_NAMES.index("purchase")
_SESSION = 255
"""The number among a visit's events that names its session."""


@dataclass(frozen=True)
class Behaviour:
    """What a segment leaves in the event files, in codes and numbers, and the clicks behind it.

    Attributes
    ----------
    live
        What the merchant gets of the rooms, in the order of arrival: the columns of
        `watching.live_events` and of `noise.arrive`, and `source int8` (0 the Douyin push, 1 an own
        player).
    mall
        Events of the mall in the order of arrival: `event, person, day, ts_us, received_us, again,
        name, session uint64, channel int8, link int32 (-1: none or lost), lost bool (the link's
        parameters are), sku int16 (-1), mall_order int64 (row of `mall_orders`, -1), logged bool,
        browser2 bool`.
    mall_orders
        `order, order_id, qty, value_fen, paid, created_us, paid_us`: orders placed in the mall.
    bindings
        `binding uint64, person, ts_us, kind int8` (see `consenting.BINDINGS`).
    clicks
        Every exposure that was followed, whoever knows of it: `person, day, ts_us` (true time),
        `channel, broadcast, order (-1), mall bool` (it led into the mall), `link int32 (-1), fate int8`
        (what became of the link, see `jump`) and `tracked bool`: in the room's own shop always; in the
        mall if the link was kept, or a search or the shelf is known as the way.
    rooms
        Aggregates of the rooms, as the platforms tell them.
    identifiers
        As `accounts.make_identifiers` returns; kept for the writers.
    """

    live: pd.DataFrame
    mall: pd.DataFrame
    mall_orders: pd.DataFrame
    bindings: pd.DataFrame
    clicks: pd.DataFrame
    rooms: Rooms
    identifiers: pd.DataFrame


def make_events(segment: Segment, world: World, identifiers: pd.DataFrame) -> Behaviour:
    """Turn the exposures, orders and lost wishes of a segment into events.

    Every order has its click; every order in the mall has its session, `order_created` at its own
    second and, if it is paid, one `purchase` at the second of the payment.
    """
    frame = visits(segment, world)
    follows, in_room = clicked(frame, world), frame["broadcast"].to_numpy() >= 0
    bots = bot_visits(frame, world)
    room = pd.concat([frame[in_room], bots], ignore_index=True)
    stay = stays(room, world, np.r_[follows[in_room], np.zeros(len(bots), dtype=bool)])
    followed = frame[follows].reset_index(drop=True)
    at_us = moments(followed, world)
    from_room = in_room[follows]
    at_us[from_room] = stay["click_us"].to_numpy()[: int(in_room.sum())][follows[in_room]]
    into = to_the_mall(followed, world)
    link = np.where(into, link_of(followed, world, at_us), -1).astype(np.int32)
    fate = np.where(link >= 0, fates(followed, world), KEPT).astype(np.int8)
    jumps = np.full(len(stay), -1, dtype=np.int32)
    jumps[np.flatnonzero(follows[in_room])] = link[from_room]
    live = live_events(stay, world, jumps)
    seen = live[seen_live(live, world)]
    rooms = rooms_of(segment, world, stay, live)
    del live, stay, room, frame
    orders = _mall_orders(segment, world)
    mall, logins = _mall(
        followed[into], at_us[into], link[into], fate[into], orders, world, identifiers
    )
    return Behaviour(
        live=_arrive_live(seen, world),
        mall=arrive(mall, world, "mall_events"),
        mall_orders=orders,
        bindings=bindings_of(segment, world, identifiers, logins),
        clicks=_clicks(followed, at_us, into, link, fate),
        rooms=rooms,
        identifiers=identifiers,
    )


def _clicks(
    followed: pd.DataFrame,
    at_us: NDArray[np.int64],
    into: NDArray[np.bool_],
    link: NDArray[np.int32],
    fate: NDArray[np.int8],
) -> pd.DataFrame:
    channel = followed["channel"].to_numpy()
    known = np.where(link >= 0, fate == KEPT, channel != DIRECT)
    columns = followed[["person", "day", "channel", "broadcast", "order"]]
    return columns.assign(ts_us=at_us, mall=into, link=link, fate=fate, tracked=known)


def _arrive_live(seen: pd.DataFrame, world: World) -> pd.DataFrame:
    """Let events of Douyin come by the push, those of Channels by an own player."""
    douyin = (world.calendar["platform"] == PLACES[0]).to_numpy()[seen["broadcast"].to_numpy()]
    parts = [
        arrive(seen[douyin], world, "live_events").assign(source=np.int8(0)),
        arrive(seen[~douyin], world, "generic_events").assign(source=np.int8(1)),
    ]
    return pd.concat(parts, ignore_index=True)


def _mall_orders(segment: Segment, world: World) -> pd.DataFrame:
    orders = segment.orders
    orders = orders[(orders["place"] == MALL) & (orders["kind"] != BRUSHED)]
    orders = orders.sort_values("order", ignore_index=True)
    lines = price_lines(orders, world)
    fate = draw_fates(orders, lines, world)
    return pd.DataFrame(
        {
            "order": orders["order"],
            "order_id": pd.Series(order_ids(orders), dtype=pd.ArrowDtype(pa.string())),
            "qty": lines.qty.sum(axis=1),
            "value_fen": lines.paid.sum(axis=1),
            "paid": fate.paid,
            "created_us": orders["created_us"],
            "paid_us": fate.paid_us,
        }
    )


def _mall(
    frame: pd.DataFrame,
    at_us: NDArray[np.int64],
    link: NDArray[np.int32],
    fate: NDArray[np.int8],
    orders: pd.DataFrame,
    world: World,
    identifiers: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events of sessions in the mall, and who logged in with which browser when."""
    frame = frame.reset_index(drop=True)
    person, day = frame["person"].to_numpy(), frame["day"].to_numpy()
    number = np.searchsorted(orders["order"].to_numpy(), frame["order"].to_numpy())
    placed = frame["order"].to_numpy() >= 0
    paid, paid_us = (_of(orders[c].to_numpy(), number, placed) for c in ("paid", "paid_us"))
    login = logged_in(frame, world, identifiers["linked_day"].to_numpy())
    jumped_us = at_us + np.where(link >= 0, JUMP_US, 0)
    events = mall_events(frame, world, jumped_us, login, paid.astype(bool), paid_us)
    row, name = events.pop("row").to_numpy(), events["name"].to_numpy()
    other = second_browser(world, identifiers, person, day)
    two = has_text(identifiers, "visitor_2", person)
    other = np.where(fate == COPIED, two & ~other, other)  # it is opened somewhere else
    ordering = np.isin(name, (_CREATED, _PURCHASE))
    events = events.assign(
        person=person[row],
        day=day[row],
        session=event_number(visit_key(frame), _SESSION)[row],
        channel=frame["channel"].to_numpy()[row],
        link=np.where(fate == KEPT, link, -1).astype(np.int32)[row],
        lost=(fate != KEPT)[row],
        mall_order=np.where(ordering, number[row], -1),
        browser2=other[row],
    )
    logins = pd.DataFrame({"person": person, "day": day, "browser2": other, "ts_us": jumped_us})
    return events, logins[login].reset_index(drop=True)


def _of(
    values: NDArray[np.generic], at: NDArray[np.int64], known: NDArray[np.bool_]
) -> NDArray[np.int64]:
    found = np.zeros(len(at), dtype=np.int64)
    found[known] = values[at[known]]
    return found
