"""Numbers of orders, lines and claims, each platform's in its own form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from liveattr.simulate.coupons import Ints
from liveattr.simulate.world import DAY_US, MALL

__all__ = ["Ids", "order_ids"]

_ZONE_US = 8 * 3_600_000_000


class Ids:
    """Numbers of orders and lines as text, each platform in its own form."""

    def __init__(self, orders: pd.DataFrame) -> None:
        self.number = orders["order"].to_numpy().astype(np.int64)
        self.place = orders["place"].to_numpy()
        self.created = orders["created_us"].to_numpy()
        self.date = _dates(self.created)
        self.order = self._order()

    def _order(self) -> pa.Array:
        douyin = 69 * 10**17 + self.date % 10**6 * 10**11 + self.number * 100 + 11
        channels = 3708 * 10**15 + self.date % 10**6 * 10**9 + self.number
        mall = pc.binary_join_element_wise(
            "E",
            _text(self.date * 10**6 + _clock(self.created)),
            pc.utf8_lpad(_text(self.number), 10, "0"),
            "",
        )
        platform = _text(np.where(self.place == 0, douyin, channels))
        return pc.if_else(pa.array(self.place == MALL), mall, platform)

    def line(self, row: Ints, number: Ints, sku: pd.Series | None = None) -> pa.Array:
        """Return the ids of lines `number` (1, 2, 3) of the orders in these rows."""
        place = self.place[row]
        own = (self.number[row] % 10**9) * 100 + 10 + number
        douyin = 69 * 10**17 + self.date[row] % 10**6 * 10**11 + own
        mall = 286 * 10**16 + own
        plain = _text(np.where(place == 0, douyin, mall))
        if sku is None:
            return plain
        whole = pc.binary_join_element_wise(self.order.take(pa.array(row)), pa.array(sku), "-")
        return pc.if_else(pa.array(place == 1), whole, plain)

    def claim(self, row: Ints, number: Ints) -> pa.Array:
        """Return the ids of claims."""
        start = np.array([714 * 10**16, 2 * 10**18, 31 * 10**16])[self.place[row]]
        return _text(start + self.number[row] * 100 + number)


def order_ids(orders: pd.DataFrame) -> pa.Array:
    """Return the order numbers that the shops give these orders, as text."""
    return Ids(orders).order


def _text(numbers: Ints) -> pa.Array:
    return pa.array(numbers).cast(pa.string())


def _dates(us: Ints) -> Ints:
    """Return local dates as yyyymmdd."""
    day = ((us + _ZONE_US) // DAY_US).astype("datetime64[D]")
    year = day.astype("datetime64[Y]")
    month = day.astype("datetime64[M]")
    years, months = year.astype(np.int64) + 1970, month.astype(np.int64) % 12 + 1
    days = (day - month.astype("datetime64[D]")).astype(np.int64) + 1
    return years * 10_000 + months * 100 + days


def _clock(us: Ints) -> Ints:
    """Return local times of day as hhmmss."""
    second = (us + _ZONE_US) % DAY_US // 1_000_000
    return second // 3600 * 10_000 + second // 60 % 60 * 100 + second % 60
