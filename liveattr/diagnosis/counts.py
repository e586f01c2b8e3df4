"""Counts of the products of the latest broadcasts, out of the tables of a lake."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from liveattr.diagnosis import counts_sql as sql
from liveattr.ledger import create_line_ledger
from liveattr.units import SHANGHAI, day_end_at

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

__all__ = ["COUNT_READS", "read_counts"]

COUNT_READS = (
    "event", "broadcast", "broadcast_plan", "broadcast_metric", "product", "sku_map", "order_header",
    "order_line", "order_state_event", "refund", "refund_line", "account_ledger", "stock_snapshot",
    "purchase_order",
)  # fmt: skip
"""Tables that are read."""

DAYS, SPAN, PAST = 14, 28, 56
"""[days] Window of a row; broadcasts of so many days are told; own past before the window."""

_PRODUCT = """
CREATE OR REPLACE TEMP TABLE sku_product AS
SELECT DISTINCT l.merchant_sku, x.product_id
FROM line_ledger AS l JOIN order_line AS x ON x.platform = l.platform AND x.line_id = l.line_id
WHERE l.merchant_sku IS NOT NULL AND x.product_id IS NOT NULL"""


def read_counts(
    con: DuckDBPyConnection,
    as_of: date,
    zone: str = SHANGHAI,
    *,
    days: int = DAYS,
    span: int = SPAN,
) -> pd.DataFrame:
    """Count for each product of each broadcast what the mall did of it, as known at the end of a date.

    Parameters
    ----------
    con
        Connection with the tables `COUNT_READS`.
    as_of
        Business date.
    zone
        The shop's zone.
    days
        [days] Window of a row.
    span
        [days] Broadcasts of so many days up to `as_of` are told.

    Returns
    -------
    pandas.DataFrame
        As `diagnose_products` takes it, sorted by broadcast and product: one row for each that the plan of
        a held broadcast names. The window of a row is the `days` days that end `days` after the broadcast,
        or on `as_of` if that is sooner: of a broadcast of yesterday it holds days before it too, so that
        its products have numbers at all.

    Notes
    -----
    Orders of the mall are those of no live platform. A visitor counts once a day; a bounce is a session
    that saw this page and nothing else. Where a room tells no clicks of a product, the visitors of its
    page who came by the broadcast's link stand in. A count of stock holds until the next one, or until
    goods come; days without any count are not known. Wrong where goods ran out between two counts: the
    days before a count of nothing are taken as in stock.
    """
    end_at = day_end_at(as_of, zone)
    create_line_ledger(con, as_of=as_of, zone=zone, refund_window_days=0)
    con.execute(_PRODUCT)
    given = {
        "as_of": as_of, "end_at": end_at, "zone": zone, "days": days, "span": span, "past": PAST,
        "from_at": end_at - timedelta(days=span + days + PAST),
    }  # fmt: skip
    for text in (
        sql.SHOWN,
        sql.STEPS,
        sql.BACK,
        sql.ORDERS,
        sql.ORDER_DAYS,
        sql.ARRIVED,
        sql.OUT,
        sql.ROOM,
    ):
        con.execute(text, {k: v for k, v in given.items() if f"${k}" in text})
    return con.sql(sql.COUNTS, params={k: given[k] for k in ("days", "past")}).df()
