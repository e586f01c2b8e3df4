"""What plans and analyses of days off air need of a lake: orders by day, festivals, guest shows, rooms."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from liveattr.incrementality.memory import memory_of
from liveattr.incrementality.shop_days import (
    ShopDays,
    create_room_day,
    create_shop_order,
    read_days,
)
from liveattr.ledger import create_line_ledger

if TYPE_CHECKING:
    from liveattr.lake import Lake
    from liveattr.settings import Settings

__all__ = ["daily_rooms", "days_frame", "held_rooms", "shop_days"]

_READS = (
    "order_header", "order_line", "refund", "refund_line", "account_ledger", "sku_map",
    "broadcast", "campaign",
)  # fmt: skip
_OFTEN = 0.25
"""A room that is on air on fewer of its days holds shows; there is no day on which it is off."""
_RECENT = 56
"""[days] Of which a room's weekdays are read."""
_SHOW_KEEPS = 0.3
"""Share of a guest show's effect that is left on the next day."""
_SHOWS = "/shows"


def shop_days(lake: Lake, as_of: date, settings: Settings) -> ShopDays:
    """Read orders and broadcasts by day.

    Parameters
    ----------
    lake
        An open lake.
    as_of
        Last business date.
    settings
        Zone and refund window.

    Raises
    ------
    MissingDataError
        If there is no paid order.
    """
    with lake.connect(_READS) as con:
        window = settings.refund_window_days
        create_line_ledger(con, as_of=as_of, zone=settings.zone, refund_window_days=window)
        create_shop_order(con, settings.zone)
        create_room_day(con, as_of)
        return read_days(con, as_of)


def days_frame(shop: ShopDays, festivals: tuple[date, ...] = ()) -> pd.DataFrame:
    """Return `day_on, orders` and what explains orders without being planned.

    Parameters
    ----------
    shop
        The days.
    festivals
        Days of platforms' festivals.

    Returns
    -------
    pandas.DataFrame
        One row a day: `day_on, orders` [orders], `festival` (0, 1), and a column a platform with guest
        shows: what of them works on the day.
    """
    frame = pd.DataFrame({"day_on": shop.dates, "orders": shop.orders})
    frame["festival"] = shop.marked(festivals).astype(float)
    for room in shop.rooms:
        if room.endswith(_SHOWS):
            held = shop.held(shop.broadcasts["room"] == room)
            frame[room] = memory_of(held.astype(float), _SHOW_KEEPS)
    return frame


def held_rooms(shop: ShopDays) -> pd.DataFrame:
    """Return the days on which rooms were on air: `room, day_on`."""
    held = shop.broadcasts[["room", "day_on"]].drop_duplicates()
    return held.assign(day_on=pd.to_datetime(held["day_on"])).reset_index(drop=True)


def daily_rooms(shop: ShopDays) -> dict[str, tuple[int, ...]]:
    """Return the rooms that are often on air, each with its weekdays (Monday is 0).

    A weekday is a room's where it was on air on a quarter of such days in the last eight weeks.
    """
    recent = slice(max(shop.days - _RECENT, 0), None)
    weekday = shop.dates.weekday.to_numpy()[recent]
    found = {}
    for room in shop.rooms:
        held = shop.held(shop.broadcasts["room"] == room)[recent]
        if held.mean() <= _OFTEN or room.endswith(_SHOWS):
            continue
        share = np.bincount(weekday, held, 7) / np.maximum(np.bincount(weekday, minlength=7), 1)
        found[room] = tuple(np.flatnonzero(share >= _OFTEN).tolist())
    return found
