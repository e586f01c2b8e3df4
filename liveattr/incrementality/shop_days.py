"""The shop day by day: paid orders of all shops together, and which room was on air when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import MissingDataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["ShopDays", "create_room_day", "create_shop_order", "read_days"]

NIGHT_ENDS = 6
"""[hour of the day] At the latest: a room that never goes off air does not take the next day along."""

_LATE_HOURS = f"""
CREATE OR REPLACE TEMP TABLE late_hours AS
SELECT late_on, max(least(end_at, timezone($zone, late_on + INTERVAL {NIGHT_ENDS} HOUR))) AS until_at
FROM (
    SELECT end_at, CAST(timezone($zone, end_at) AS DATE) AS late_on
    FROM broadcast WHERE CAST(timezone($zone, start_at) AS DATE) < CAST(timezone($zone, end_at) AS DATE)
)
GROUP BY late_on"""

_SHOP_ORDER = """
CREATE OR REPLACE TEMP TABLE shop_order AS
SELECT platform, shop_id, order_id, late_on - CAST(coalesce(o.at < l.until_at, false) AS INTEGER) AS day_on
FROM (
    SELECT platform, shop_id, order_id, min(created_at) AS at,
           CAST(timezone($zone, min(created_at)) AS DATE) AS late_on
    FROM line_ledger WHERE counted AND paid_at IS NOT NULL
    GROUP BY platform, shop_id, order_id
) AS o
LEFT JOIN late_hours AS l USING (late_on)"""

_ROOM_DAY = """
CREATE OR REPLACE TEMP TABLE room_day AS
SELECT b.broadcast_id, b.campaign_id,
       b.platform || '/' || CASE WHEN c.kind = 'show' THEN 'shows'
           ELSE coalesce(b.account_id, b.host_id, b.platform_room_id, '') END AS room,
       b.business_on AS day_on
FROM broadcast AS b
LEFT JOIN campaign AS c ON c.campaign_id = b.campaign_id
WHERE b.business_on <= $as_of"""


@dataclass(frozen=True)
class ShopDays:
    """Orders and broadcasts of a span of days without a gap.

    Attributes
    ----------
    first_on
        Business date of day 0.
    orders
        [orders] Shape (days,): paid orders of all the brand's shops by the day on which they were
        placed; no test accounts.
    rooms
        Rooms in order of their names: platform/account, guest shows of a platform as platform/shows.
    broadcasts
        `broadcast_id, campaign_id, room, day_on, day`, in order of day and id.
    """

    first_on: date
    orders: NDArray[np.int64]
    rooms: tuple[str, ...]
    broadcasts: pd.DataFrame

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.orders)

    @property
    def dates(self) -> pd.DatetimeIndex:
        """The days as dates."""
        return pd.date_range(self.first_on, periods=self.days, name="day_on")

    @property
    def weekend(self) -> NDArray[np.bool_]:
        """Shape (days,): Saturdays and Sundays."""
        return np.asarray(self.dates.weekday >= 5)

    @property
    def on_air(self) -> NDArray[np.bool_]:
        """Shape (rooms, days): whether a room was on air."""
        return np.array([self.held(self.broadcasts["room"] == room) for room in self.rooms])

    def held(self, which: pd.Series | NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the days of some of the broadcasts, shape (days,); `which` is aligned with them."""
        found = np.zeros(self.days, dtype=bool)
        found[self.broadcasts.loc[which, "day"]] = True
        return found

    def marked(self, dates: list[date] | tuple[date, ...]) -> NDArray[np.bool_]:
        """Return which days are among some dates, shape (days,)."""
        return np.asarray(self.dates.isin(pd.to_datetime(list(dates))))


def create_shop_order(con: DuckDBPyConnection, zone: str) -> None:
    """Create the temporary tables `shop_order` (platform, shop_id, order_id, day_on) and `late_hours`.

    Parameters
    ----------
    con
        Connection with `broadcast` and the temporary table `line_ledger` (`create_line_ledger`).
    zone
        The shop's zone: it decides what day an order is of.

    Notes
    -----
    An order is there if any of its lines counts and was paid as of the ledger's date. While a broadcast
    runs past midnight it is still the day before (`late_hours`: late_on, until_at): what viewers order
    at half past twelve is of that evening, and would look like a memory of it.
    """
    con.execute(_LATE_HOURS, {"zone": zone})
    con.execute(_SHOP_ORDER, {"zone": zone})


def create_room_day(con: DuckDBPyConnection, as_of: date) -> None:
    """Create the temporary table `room_day` (broadcast_id, campaign_id, room, day_on).

    Parameters
    ----------
    con
        Connection on which `broadcast` and `campaign` can be read.
    as_of
        Later broadcasts are left out.

    Notes
    -----
    A room is an account that goes on air; guest hosts' shows (campaigns of kind show) are rare
    each, so those of a platform are one room. A broadcast that crosses midnight is of its first day.
    """
    con.execute(_ROOM_DAY, {"as_of": as_of})


def read_days(con: DuckDBPyConnection, as_of: date) -> ShopDays:
    """Read the days from the first paid order to `as_of`.

    Parameters
    ----------
    con
        Connection with `shop_order` and `room_day`.
    as_of
        Last day.

    Raises
    ------
    MissingDataError
        If there is no paid order.
    """
    counted = con.sql(
        "SELECT day_on, count(*) AS n FROM shop_order GROUP BY ALL ORDER BY day_on"
    ).df()
    if counted.empty:
        raise MissingDataError(f"there is no paid order up to {as_of}, so no lift can be told")
    dates = pd.date_range(counted["day_on"].iloc[0], pd.Timestamp(as_of), name="day_on")
    orders = counted.set_index("day_on")["n"].reindex(dates, fill_value=0).to_numpy(np.int64)
    held = con.sql("SELECT * FROM room_day ORDER BY day_on, broadcast_id").df()
    held["day"] = (pd.to_datetime(held["day_on"]) - dates[0]).dt.days
    held = held[(held["day"] >= 0) & (held["day"] < len(dates))].reset_index(drop=True)
    return ShopDays(dates[0].date(), orders, tuple(sorted(set(held["room"]))), held)
