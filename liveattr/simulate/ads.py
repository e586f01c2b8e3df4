"""What is spent on feed ads, and what the ad platform claims for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.world import DAY_US, FEED, KOL, MALL, OWN

if TYPE_CHECKING:
    from liveattr.simulate.order_life import Orders
    from liveattr.simulate.world import World

__all__ = ["ADVERTISER", "WINDOW_DAYS", "Ads", "ad_orders", "ad_report"]

ADVERTISER = "1770000000004463"
WINDOW_DAYS = 7
_PRODUCT_AD = 1801220000000000090
_ROOM_AD = 1801220000000000010
"""Number of an ad that leads to a room, and of the channel that it leads to."""

_HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Ads(Block):
    """Spend of the shop on Douyin feed ads: into its rooms, and on product cards.

    The shop steers its spend by what the room sells; so spend follows sales, not the reverse.
    """

    own_share: float = knob(0.50, 0, 2, "spend ÷ what the own room sells in its shop")
    kol_share: float = knob(0.25, 0, 2, "spend ÷ what a KOL show sells in its shop")
    product_share: float = knob(0.30, 0, 5, "spend on product cards ÷ what feed buyers pay")
    claimed: float = knob(0.35, 0, 1, "orders of a room that the ad platform claims as well")
    into_room: float = knob(0.30, 0, 1, "feed orders of a day with a broadcast led by its ad")
    per_thousand_fen: int = knob(5000, 1, 10**7, "price of 1000 impressions", unit="fen")
    click_rate: float = knob(0.03, 0, 1, "clicks per impression")
    enter_rate: float = knob(0.7, 0, 1, "entries into the room per click")


def ad_orders(orders: Orders, world: World) -> pd.DataFrame:
    """Return the orders that the ad platform claims.

    Returns
    -------
    pandas.DataFrame
        `order, order_id, ad_id, broadcast` (-1: a product card), `hour_us, day, created_us, paid`
        (bool), `paid_fen, direct` (bool), ordered by order: Douyin orders by a feed ad, and a part
        of those of the rooms, that feed ads had nothing to do with.
    """
    block = world.parameters.ads
    head = orders.headers[orders.headers["place"] == 0].reset_index(drop=True)
    path, day = head["path"].to_numpy(), head["day"].to_numpy()
    led, claimed, direct, _ = cells(world.seed, "ads", head["order"].to_numpy(), day)
    on_air = np.full(world.parameters.size.all_days, -1, dtype=np.int64)
    own = world.calendar[world.calendar["channel"] == OWN]
    on_air[own["day"].to_numpy()] = own.index
    fed = path == FEED
    room = np.where(led < block.into_room, on_air[day], -1)
    broadcast = np.where(fed, room, head["broadcast"].to_numpy())
    hit = (fed | ((broadcast >= 0) & (claimed < block.claimed))) & block.on
    frame = head[["order", "order_id", "day", "created_us", "paid_fen"]].assign(
        broadcast=broadcast, direct=direct < 0.6, paid=head["paid_us"] > 0
    )[hit]
    return _with_hours(frame.reset_index(drop=True), world)


def _with_hours(frame: pd.DataFrame, world: World) -> pd.DataFrame:
    """Add the ad and its hour: inside the broadcast, or the day of a product card."""
    code = frame["broadcast"].to_numpy()
    first, last = _hours(world)
    day_us = world.start_us + frame["day"].to_numpy().astype(np.int64) * DAY_US
    hour = frame["created_us"].to_numpy() // _HOUR_US * _HOUR_US
    if len(first):
        hour = np.where(code >= 0, np.clip(hour, first[code], last[code]), day_us)
    else:
        hour = day_us
    return frame.assign(ad_id=_ad_of(code, world), hour_us=hour)


def _hours(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return begin of the first and of the last hour of each broadcast."""
    begin = world.calendar["start_us"].to_numpy() // _HOUR_US * _HOUR_US
    end = (world.calendar["end_us"].to_numpy() - 1) // _HOUR_US * _HOUR_US
    return begin, end


def _ad_of(broadcast: np.ndarray, world: World) -> np.ndarray:
    if not len(world.calendar):
        return np.full(len(broadcast), _PRODUCT_AD)
    channel = world.calendar["channel"].to_numpy()[broadcast].astype(np.int64)
    return np.where(broadcast >= 0, _ROOM_AD + channel, _PRODUCT_AD)


def ad_report(orders: Orders, world: World) -> pd.DataFrame:
    """Return the ad report: one row an ad and hour (rooms) or day (product cards).

    Returns
    -------
    pandas.DataFrame
        `ad_id, hour_us, room_id` (null for product cards), `spend_fen, shows, clicks, enters,
        claimed_orders, claimed_fen`, ordered by hour and ad. A broadcast's rows are whole only if
        all its orders are in `orders`.
    """
    block = world.parameters.ads
    head = orders.headers[(orders.headers["place"] != MALL) & (orders.headers["paid_us"] > 0)]
    rooms = _room_hours(head, world)
    fed = orders.headers[(orders.headers["path"] == FEED) & (orders.headers["paid_us"] > 0)]
    days = fed.groupby("day")["paid_fen"].sum()
    noise = cells(world.seed, "ad spend", days.index.to_numpy(dtype=np.int64), 9)[0]
    cards = pd.DataFrame(
        {
            "ad_id": np.full(len(days), _PRODUCT_AD),
            "hour_us": world.start_us + days.index.to_numpy(dtype=np.int64) * DAY_US,
            "room_id": pd.Series([None] * len(days), dtype=object),
            "spend_fen": _spend(days.to_numpy(), block.product_share, noise),
        }
    )
    frame = pd.concat([f for f in (rooms, cards) if len(f)] or [cards], ignore_index=True)
    counts = (frame["spend_fen"] > 0) & (frame["hour_us"] < world.end_us) & block.on
    frame = frame[counts]
    shows = frame["spend_fen"] * 1000 // block.per_thousand_fen
    clicks = (shows * block.click_rate).astype(np.int64)
    enters = np.where(frame["room_id"].notna(), (clicks * block.enter_rate).astype(np.int64), 0)
    frame = frame.assign(shows=shows, clicks=clicks, enters=enters)
    claims = ad_orders(orders, world)
    found = claims[claims["paid"]].groupby(["ad_id", "hour_us"])["paid_fen"].agg(["size", "sum"])
    found = found.rename(columns={"size": "claimed_orders", "sum": "claimed_fen"}).reset_index()
    frame = frame.merge(found, on=["ad_id", "hour_us"], how="left")
    whole = frame[["claimed_orders", "claimed_fen"]].fillna(0).astype(np.int64)
    frame[["claimed_orders", "claimed_fen"]] = whole
    return frame.sort_values(["hour_us", "ad_id"], ignore_index=True)


def _spend(sold: np.ndarray, share: float | np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return a share of what was sold, a third more or less, in whole fen."""
    found: np.ndarray = (sold * share * (0.7 + 0.6 * noise)).astype(np.int64)
    return found


def _room_hours(head: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return spend by hour of the Douyin broadcasts that sold something."""
    block, calendar = world.parameters.ads, world.calendar
    sold = head[head["broadcast"] >= 0].groupby("broadcast")["paid_fen"].sum()
    code = sold.index.to_numpy(dtype=np.int64)
    if not len(code):
        return pd.DataFrame()
    mine = np.isin(calendar["channel"].to_numpy()[code], (OWN, KOL))
    code, money = code[mine], sold.to_numpy()[mine]
    first, last = _hours(world)
    count = (last[code] - first[code]) // _HOUR_US + 1
    row = np.repeat(np.arange(len(code)), count)
    hour = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    channel = calendar["channel"].to_numpy()[code]
    share = np.where(channel == KOL, block.kol_share, block.own_share)
    noise = cells(world.seed, "ad spend", code[row], hour)[0]
    return pd.DataFrame(
        {
            "ad_id": _ad_of(code, world)[row],
            "hour_us": first[code][row] + hour * _HOUR_US,
            "room_id": calendar["platform_room_id"].to_numpy()[code][row],
            "spend_fen": _spend(money[row] / count[row], share[row], noise),
        }
    )
