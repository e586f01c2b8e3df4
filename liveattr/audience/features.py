"""`audience_features`: what each person did in and after a broadcast, product by product, and their orders.

Columns (nothing after the moment of freezing is used):

- `person_id`; `sku_id`: merchant's SKU, else the platform's product or SKU; null: no product is known
- `watch_s` [s] in the room; where no source tells the stay, from the first to the last thing done in it,
  which is too little; `comments` in the room (the text is kept nowhere)
- `clicks, jumps` (landings over a tracked link), `views, carts` of the product, since the window began
- `unpaid`: orders of the product that were placed since then and not paid
- `bought`: paid orders of the product, or of a variant (same name and brand in `product`), since then
  that were not wholly refunded
- `bought_like`: the same of the product, a variant or any other product of its category; where
  `product` tells no category it is `bought`
- `orders_since`: such orders of anything since then; `orders`: of all time
- `coupon_orders`: of these with a discount; `coupon_share`: shrunken towards the shop's share by
  empirical Bayes, null with fewer than three orders (unknown is not sensitive)
- `return_share`: share of paid orders with a refund, null with fewer than three
- `recency_days` since the newest order; `gap_days`: median gap between order days of the person, of the
  shop where the person has fewer than two gaps
- `orders_before`: orders in the 7 days before the window; `p_30, p_60, p_90` of the table `repurchase`

Of a list about a broadcast also `p_product_7`: the chance that the person buys the product within 7 days if nobody
writes (`soon`); null for all where too few earlier broadcasts tell it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.audience import features_sql as sql
from liveattr.journeys import create_member_code, create_order_code, create_test_person
from liveattr.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "FEATURE_READS",
    "count_late",
    "create_people_codes",
    "read_features",
]

FEATURE_READS = (
    "broadcast",
    "broadcast_plan",
    "event",
    "tracked_link",
    "order_header",
    "order_line",
    "refund",
    "refund_line",
    "sku_map",
    "product",
    "person_member",
    "identifier_quarantine",
    "consent_state",
    "test_account",
    "repurchase",
)
"""Tables that are read."""


def create_people_codes(con: DuckDBPyConnection, settings: Settings) -> None:
    """Create the temporary tables of people, orders and goods that all moments share."""
    create_member_code(con)
    create_test_person(con)
    create_order_code(con, zone=settings.zone, clock_offset_s=settings.clock_offset_s)
    con.execute(sql.LEFT_OUT)
    con.execute(sql.GOODS)
    con.execute(sql.KIN)


def read_features(
    con: DuckDBPyConnection,
    *,
    as_of: date,
    from_at: datetime,
    at: datetime,
    settings: Settings,
    broadcast_id: str | None = None,
) -> pd.DataFrame:
    """Return `audience_features`.

    Parameters
    ----------
    con
        Connection on which the tables of `FEATURE_READS` can be read, after `create_people_codes`: one connection may
        read many moments.
    as_of
        Business date of the rows of `repurchase` that are used.
    from_at, at
        Begin of the window, and the moment of freezing: what came later is not used.
    settings
        Zone, offsets of clocks.
    broadcast_id
        Only people who were in this room, or came over one of its links; products of its plan, if it
        has one. None: everybody who did or bought anything.

    Returns
    -------
    pandas.DataFrame
        One row a person and product, columns as the module says, in their order.

    Notes
    -----
    coupon_share = (k + m s) / (n + s) with k of n orders with a discount, m the shop's share, s =
    m (1 - m) / var - 1 from the moments E[k (k - 1) / n (n - 1)] = E[p²] over people with two orders or
    more, kept between 0.5 and 1000. Test accounts, and people who took consent to attribution back, are
    left out as a whole (gate G4). A discount that everybody got tells nothing of a person.
    """
    values = {"at": at, "from_at": from_at, "zone": settings.zone}
    con.execute(sql.BOUGHT, {"at": at, "zone": settings.zone})
    con.execute(sql.DID, {"at": at, "from_at": from_at, "broadcast": broadcast_id})
    con.execute(sql.ITEM, {"from_at": from_at, "broadcast": broadcast_id})
    con.execute(sql.BUYER, {**values, "week_at": from_at - timedelta(days=7)})
    return con.sql(sql.FEATURES, params={"as_of": as_of, "broadcast": broadcast_id}).df()


def count_late(con: DuckDBPyConnection, *, from_at: datetime, at: datetime) -> int:
    """Count events of the window that we got only after the moment of freezing."""
    values = {"from_at": from_at, "at": at}
    [(found,)] = con.execute(sql.LATE, values).fetchall()
    return int(found)
