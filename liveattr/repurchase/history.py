"""Orders and live events of the people of a lake, as a model of repurchase takes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.journeys import create_member_code, create_order_code, create_test_person
from liveattr.ledger import create_line_ledger
from liveattr.repurchase import history_sql as sql
from liveattr.units import SHANGHAI, day_end_at

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["HISTORY_READS", "History", "read_history"]

HISTORY_READS = (
    "event",
    "order_header",
    "order_line",
    "refund",
    "refund_line",
    "account_ledger",
    "sku_map",
    "product",
    "person_member",
    "identifier_quarantine",
    "consent_state",
    "test_account",
    "line_basis",
)
"""Tables that are read."""


@dataclass(frozen=True)
class History:
    """What `read_history` returns.

    Attributes
    ----------
    orders
        `person_id, order_id, ordered_at, value_fen, refunded_fen, refunded_at, category, quantity,
        with_coupon, live`: a row an order and category, see `landmarks`.
    events
        `person_id, ts, kind, value`: a row a person, day and kind, see `landmarks`.
    people
        `person_id, reason`: everybody with a paid order; reason is null, or why they are in neither
        frame: `withdrawn`, `test_account`.
    newest_on
        Business date of the newest order or event by then; None: there is none.
    """

    orders: pd.DataFrame
    events: pd.DataFrame
    people: pd.DataFrame
    newest_on: date | None


def read_history(con: DuckDBPyConnection, as_of: date, zone: str = SHANGHAI) -> History:
    """Read who ordered what and who watched, as known at the end of a business date.

    Parameters
    ----------
    con
        Connection on which the tables of `HISTORY_READS` can be read.
    as_of
        Business date.
    zone
        The shop's zone.

    Returns
    -------
    History
        Sorted, so that it does not depend on the order of rows.

    Notes
    -----
    An order is of the day on which it was paid: nobody knew of it before. Its value is what was paid and
    the subsidies for it; what came back has the moment of the last refund. If all that was paid came back
    it is wholly refunded, whatever became of its subsidies. An order with several categories has a row
    for each; goods without a category are `(unknown)`. `quantity` counts pieces as ordered.
    `with_coupon`: somebody bore a discount. `live`: a room id or a tracked link ties it to a broadcast.

    Test accounts, and people who took consent to attribution back, are left out as a whole (gate G7).
    Orders of unknown people are of nobody.

    A visit is a room on a day in which the person did anything but see it offered; a jump is a landing in
    the mall with a tracked link. Sources that do not tell the stay have no `watch_minutes`.
    """
    create_line_ledger(con, as_of=as_of, zone=zone, refund_window_days=0)
    create_member_code(con)
    create_test_person(con)
    create_order_code(con, zone=zone)
    con.execute(sql.LEFT_OUT)
    con.execute(sql.LINE_BACK)
    until = {"zone": zone, "end_at": day_end_at(as_of, zone)}
    orders = con.sql(sql.ORDERS).df()
    orders["refunded_at"] = pd.to_datetime(orders["refunded_at"], utc=True)
    people = con.sql(sql.BUYERS).df().astype({"reason": object})
    [(newest,)] = con.sql(sql.NEWEST, params=until).fetchall()
    return History(orders, con.sql(sql.EVENTS, params=until).df(), people, newest)
