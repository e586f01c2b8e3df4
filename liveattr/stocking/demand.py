"""Orders, counts of stock and broadcasts of a lake, as the history and the plan that forecasts read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from liveattr.errors import MissingDataError, ParameterError
from liveattr.ledger import create_line_ledger
from liveattr.stocking import demand_sql as sql
from liveattr.units import SHANGHAI, as_day, day_end_at

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = [
    "PANEL_READS",
    "create_demand_lines",
    "demand_calendar",
    "demand_panel",
    "read_calendar",
    "read_panel",
]

PANEL_READS = (
    "order_header",
    "order_line",
    "refund",
    "refund_line",
    "account_ledger",
    "sku_map",
    "product",
    "stock_snapshot",
    "purchase_order",
    "broadcast",
    "broadcast_plan",
    "event",
)
"""Tables that are read."""
LONGEST = 1095
"""[days] Of history at most."""
AHEAD_DAYS = 28
"""[days] Goods that are launched within so long are in the panel already, without a day of their own."""
FEW_PIECES, FEW_SHARE = 2, 0.1
"""[pieces], of the most since the count: with no more left by the books it may be out, as books err."""
SILENT = 3.0
"""[sales] So many are missed at the usual pace before it is taken for out: by chance in 1 of 20 cases."""
TEXTS = ("sku_id", "host", "category", "price_band")


def demand_panel(
    lake: Lake, *, as_of: date | str | None = None, zone: str = SHANGHAI
) -> pd.DataFrame:
    """Read what each SKU sold on each business day, and whether it could be bought.

    Parameters
    ----------
    lake
        A lake with orders.
    as_of
        Business date: what was known at its end. By default the day of the newest payment.
    zone
        The shop's zone.

    Returns
    -------
    pandas.DataFrame
        A row a SKU and day, from its first day to `as_of`, sorted by sku_id, on:

        - sku_id: the merchant's code; on: business day
        - units [pieces] paid; net_units [pieces] of them not come back, as known at the end of `as_of`
        - in_stock: it could be bought all day long; false: its units say nothing of what was wanted
        - live_show: 1 if a show has it (an account that is on air on fewer than a third of its days);
          all SKUs if the show has no running order
        - live_minutes [min] planned on air, all rooms together
        - price_ratio: least planned price in a room / usual price, 0.2 to 2; 1: none is planned
        - clicks in rooms, and pages opened in the mall; null before the first click that was told
        - host of the show; category, price_band (`(unknown)` where none is told)

        `attrs`: `unmapped_lines`, `unmapped_units` (paid lines whose goods have no merchant's code: in no
        row), `counted` (SKUs with a count of stock).

    Raises
    ------
    MissingDataError
        If `as_of` is left out and nothing was ever paid.

    Notes
    -----
    Lines are those of the ledger: no test orders, no gifts, only normal trade; a line is of the day of
    its payment. A SKU begins with its launch (not told: with the first count on hand), at the latest with its
    first sale, and never before the first payment of the shop.

    A day without stock is missing, not zero: `in_stock` is false if it could not be bought during any
    part of the day. That is so

    - from a count without sellable pieces (all warehouses; reserved ones cannot be bought) to the next
      sale, receipt or count, and from the last sale before such a count: the day on which it ran out is
      missing too, as its sales are less than was wanted;
    - from the last sale before a receipt or count, or before the end, if the books (last count plus
      receipts less sales) have nothing left by then; books below nothing tell nothing of the end;
    - from a sale with which they fall to 2 pieces or a tenth of their height, if then nothing happens
      for so long that three sales would have been usual: books err by orders that were never paid, and
      goods come in unnoticed.

    A day that was out in part but sold no less than the mean of full days alike (with or without a
    show) counts as in stock: it says more of demand than its absence would. Receipts are those of
    `purchase_order` with a received quantity, on the day on which they were expected. Without any count
    everything counts as in stock, and days without demand cannot be told from days without stock. Days
    after the shop's newest payment are missing.

    Wrong where counts are far apart and goods came in unnoticed: the days until the next sale are missing
    then, which makes slow goods look quicker; and where much runs out on its best days: what was wanted
    beyond the stock is not seen by anything here.
    """
    with lake.connect(PANEL_READS) as con:
        day = _newest(con, zone) if as_of is None else as_day(as_of)
        return read_panel(con, day, zone)


def demand_calendar(
    lake: Lake, *, as_of: date | str, days: int = 28, zone: str = SHANGHAI
) -> pd.DataFrame:
    """Read what is planned for each SKU on the days ahead.

    Parameters
    ----------
    lake
        A lake with orders; broadcasts that begin after `as_of` are its plan.
    as_of
        Business date.
    days
        [days] How many, ≥ 1, from the day after `as_of`.
    zone
        The shop's zone.

    Returns
    -------
    pandas.DataFrame
        sku_id, on, live_show, live_minutes, price_ratio, host as of `demand_panel`; a row a SKU of that
        panel and day, sorted. A day without a planned broadcast is one without: fill the plan in first.

    Raises
    ------
    ParameterError
        If `days` is below 1.
    """
    with lake.connect(PANEL_READS) as con:
        create_demand_lines(con, as_day(as_of), zone)
        return read_calendar(con, as_day(as_of), days, zone)


def read_panel(con: DuckDBPyConnection, as_of: date, zone: str = SHANGHAI) -> pd.DataFrame:
    """Read `demand_panel` on a connection with the tables `PANEL_READS`.

    Leaves what `create_demand_lines` makes on it.
    """
    create_demand_lines(con, as_of, zone)
    given = {"zone": zone, "end_at": day_end_at(as_of, zone)}
    con.execute(sql.STOCK_STEPS, {**given, "as_of": as_of})
    few = {"few_pieces": FEW_PIECES, "few_share": FEW_SHARE, "silent": SILENT}
    con.execute(sql.OUT, {**given, **few})
    con.execute(sql.CLICKS, given)
    _create_planned(con, as_of, as_of - timedelta(days=LONGEST), as_of)
    panel = _typed(con.sql(sql.PANEL, params={"as_of": as_of}).df())
    [(lines, units)] = con.sql(sql.UNMAPPED).fetchall()
    [(counted,)] = con.sql(
        "SELECT count(DISTINCT sku_id) FROM stock_step WHERE what = 'count'"
    ).fetchall()
    panel.attrs |= {"unmapped_lines": lines, "unmapped_units": units, "counted": counted}
    return panel


def read_calendar(
    con: DuckDBPyConnection, as_of: date, days: int, zone: str = SHANGHAI
) -> pd.DataFrame:
    """Read `demand_calendar` on a connection with `PANEL_READS`, after `read_panel` of the same day.

    `create_demand_lines` of that day is enough: the ledger is made once for all that read it.
    """
    if days < 1:
        raise ParameterError(f"days must be at least 1, not {days}")
    ahead = {"from_on": as_of + timedelta(days=1), "to_on": as_of + timedelta(days=days)}
    _create_planned(con, as_of, ahead["from_on"], ahead["to_on"])
    return _typed(con.sql(sql.CALENDAR, params=ahead).df())


def create_demand_lines(con: DuckDBPyConnection, as_of: date, zone: str = SHANGHAI) -> None:
    """Create the temporary tables `demand_line`, `usual_price` and `demand_sku`."""
    create_line_ledger(con, as_of=as_of, zone=zone, refund_window_days=0)
    con.execute(sql.LINES)
    con.execute(sql.USUAL_PRICE, {"as_of": as_of})
    end = {"zone": zone, "end_at": day_end_at(as_of, zone)}
    con.execute(sql.SKUS, {**end, "as_of": as_of, "longest": LONGEST - 1, "ahead_days": AHEAD_DAYS})


def _create_planned(con: DuckDBPyConnection, as_of: date, first: date, last: date) -> None:
    con.execute(sql.DAILY_ROOM, {"as_of": as_of})
    con.execute(sql.SHOWS, {"from_on": first, "to_on": last})
    con.execute(sql.PLANNED)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return texts as objects, None where there is none, whatever the engine made of them."""
    for name in TEXTS:
        if name in frame:
            value = frame[name].astype(object)
            frame[name] = np.where(value.notna(), value, np.array(None, object))
    return frame.assign(on=pd.to_datetime(frame["on"]).astype("datetime64[ns]"))


def _newest(con: DuckDBPyConnection, zone: str) -> date:
    query = "SELECT CAST(timezone($zone, max(paid_at)) AS DATE) FROM order_header"
    [(found,)] = con.sql(query, params={"zone": zone}).fetchall()
    day: Any = found
    if not isinstance(day, date):
        raise MissingDataError(
            "the lake has no paid order yet, so there is no history of demand; read orders first"
        )
    return day
