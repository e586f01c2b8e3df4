"""Orders of listed people after their list was sent: how many, and their margin as of a date."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.journeys import create_member_code, create_order_code
from liveattr.ledger import create_line_ledger, create_unit_cost
from liveattr.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["READS", "count_crossed", "create_recall_order", "read_arms", "read_outcomes"]

READS = (
    "order_header",
    "order_line",
    "refund",
    "refund_line",
    "account_ledger",
    "sku_map",
    "sku_cogs",
    "person_member",
    "person_alias",
    "identifier_quarantine",
    "consent_state",
)

_RECALL_ORDER = """
CREATE OR REPLACE TEMP TABLE recall_order AS
WITH line AS (
    SELECT l.platform, l.shop_id, l.order_id, l.created_at, l.paid_fen, l.net_fen,
           l.refund_before_fen + l.refund_after_fen AS back_fen,
           coalesce(c.cogs_fen, 0) * (l.qty - l.qty_back) AS goods_fen,
           coalesce(o.sub_shop_fen, 0) AS shop_fen
    FROM line_ledger AS l
    JOIN order_line AS o ON o.platform = l.platform AND o.line_id = l.line_id
    LEFT JOIN unit_cost AS c ON c.platform = l.platform AND c.line_id = l.line_id
    WHERE l.counted AND l.paid_at IS NOT NULL
), bill AS (
    SELECT platform || chr(9) || shop_id || chr(9) || order_id AS value, min(created_at) AS placed_at,
           sum(net_fen) - sum(goods_fen) AS margin_fen, sum(shop_fen) AS shop_fen,
           NOT (sum(back_fen) > 0 AND sum(back_fen) >= sum(paid_fen)) AS kept
    FROM line GROUP BY ALL
)
SELECT p.person_id, b.placed_at, CAST(b.margin_fen AS BIGINT) AS margin_fen,
       CAST(b.shop_fen AS BIGINT) AS shop_fen, b.kept
FROM bill AS b
JOIN order_code AS c ON c.value = b.value
JOIN person_code AS p ON p.person = c.person"""

_OUTCOMES = """
SELECT person_id, count(*) FILTER (kept) > 0 AS bought,
       CAST(count(*) FILTER (kept) AS BIGINT) AS orders,
       CAST(sum(margin_fen) AS BIGINT) AS net_margin_fen,
       CAST(coalesce(sum(greatest($coupon - shop_fen, 0)) FILTER (kept), 0) AS BIGINT) AS coupon_fen
FROM recall_order
WHERE placed_at >= $from_at AND placed_at < $to_at
GROUP BY person_id ORDER BY person_id"""

_ARMS = """
WITH RECURSIVE merged AS (
    SELECT old_person_id, arg_max(person_id, "at") AS person_id
    FROM person_alias WHERE why = 'merge' AND old_person_id <> person_id GROUP BY old_person_id
), step AS (
    SELECT person_id AS listed, person_id AS now_id, 0 AS depth
    FROM audience_member WHERE audience_id = $audience_id
    UNION ALL
    SELECT s.listed, m.person_id, s.depth + 1
    FROM step AS s JOIN merged AS m ON m.old_person_id = s.now_id WHERE s.depth < 20
)
SELECT f.now_id AS person_id, a.arm,
       coalesce(a.removed_at >= $send_at, true) AS sent
FROM audience_member AS a
JOIN (SELECT listed, arg_max(now_id, depth) AS now_id FROM step GROUP BY listed) AS f
  ON f.listed = a.person_id
WHERE a.audience_id = $audience_id
QUALIFY row_number() OVER (
    PARTITION BY f.now_id ORDER BY (a.person_id = f.now_id) DESC, a.person_id) = 1
ORDER BY person_id"""

_CROSSED = """
SELECT count(DISTINCT h.person_id)
FROM audience_member AS h
JOIN audience_member AS c
  ON c.person_id = h.person_id AND c.audience_id <> h.audience_id AND c.arm = 'contact'
JOIN audience AS a ON a.audience_id = c.audience_id
WHERE h.audience_id = $audience_id AND h.arm = 'holdout'
  AND a.send_from_at >= $from_at AND a.send_from_at < $to_at"""


def create_recall_order(con: DuckDBPyConnection, *, as_of: date, settings: Settings) -> None:
    """Create the temporary table `recall_order`: paid orders of known people with their margin.

    Parameters
    ----------
    con
        Connection on which the tables of `READS` can be read.
    as_of
        Business date: refunds that were known at its end.
    settings
        Zone, refund window, offsets of clocks.

    Notes
    -----
    `person_id, placed_at, margin_fen, shop_fen, kept`, one row a paid order. margin = net money
    (subsidies in, refunds out) - goods that stayed with the buyer; without a cost of the SKU the
    goods count 0. kept: not wholly refunded. shop_fen: discount that the shop bore, in the price already.
    """
    window = settings.refund_window_days
    create_line_ledger(con, as_of=as_of, zone=settings.zone, refund_window_days=window)
    create_unit_cost(con)
    create_member_code(con)
    create_order_code(con, zone=settings.zone, clock_offset_s=settings.clock_offset_s)
    con.execute(_RECALL_ORDER)


def read_outcomes(
    con: DuckDBPyConnection, *, from_at: datetime, days: int, coupon_fen: int = 0
) -> pd.DataFrame:
    """Return what people ordered within some days.

    Parameters
    ----------
    con
        Connection with `recall_order`.
    from_at
        Moment from which orders count.
    days
        [days] For so long.
    coupon_fen
        Cost of the coupon for each order. What the shop took off the price of the order is in its
        money already, so only the rest of it is `coupon_fen`.

    Returns
    -------
    pandas.DataFrame
        `person_id, bought, orders, net_margin_fen, coupon_fen`, people with a paid order only.
    """
    span = {"from_at": from_at, "to_at": from_at + timedelta(days=days)}
    return con.sql(_OUTCOMES, params={**span, "coupon": coupon_fen}).df()


def read_arms(con: DuckDBPyConnection, audience_id: str, send_at: datetime) -> pd.DataFrame:
    """Return the arms of a list by what its people are called today.

    Parameters
    ----------
    con
        Connection with `audience_member` and `person_alias`.
    audience_id
        The list.
    send_at
        Who was taken off before it got no message.

    Returns
    -------
    pandas.DataFrame
        `person_id, arm, sent`. People who were merged since are one, with the arm of the id that
        stayed.
    """
    return con.sql(_ARMS, params={"audience_id": audience_id, "send_at": send_at}).df()


def count_crossed(
    con: DuckDBPyConnection, audience_id: str, *, from_at: datetime, days: int
) -> int:
    """Count who was held out of a list and contacted by another one while orders counted.

    Parameters
    ----------
    con
        Connection with `audience` and `audience_member`.
    audience_id
        The list.
    from_at, days
        As `read_outcomes`.

    Returns
    -------
    int
        [people] Each of them draws the difference towards 0: the frequency cap should count
        held-out people as contacted.
    """
    span = {"from_at": from_at, "to_at": from_at + timedelta(days=days)}
    [(found,)] = con.execute(_CROSSED, {"audience_id": audience_id, **span}).fetchall()
    return int(found)
