"""What the tests of trust look at: queries on a connection, frames out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.bench.trust_events import ACCOUNT
from liveattr.bench.trust_world import UserRates
from liveattr.identity.evidence import kind_sql
from liveattr.incrementality.shop_days import ShopDays
from liveattr.tables import LIVE_PLATFORMS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "read_credit",
    "read_credited",
    "read_donors",
    "read_rates",
    "read_shown",
    "read_sold",
    "read_tipping",
]

RARE = 0.25
"""A room on air on more of the days is a daily room; the broadcasts of others are shows."""

_SOLD = """
SELECT CAST(o.day_on - CAST($first_on AS DATE) AS BIGINT) AS day, l.merchant_sku AS sku, count(*) AS n
FROM line_ledger AS l
JOIN shop_order AS o
  ON o.platform = l.platform AND o.shop_id = l.shop_id AND o.order_id = l.order_id
WHERE l.counted AND l.paid_at IS NOT NULL AND l.merchant_sku IS NOT NULL
GROUP BY ALL ORDER BY ALL"""

_SHOWN = """
SELECT DISTINCT r.room, CAST(r.day_on - CAST($first_on AS DATE) AS BIGINT) AS day, p.sku_id AS sku
FROM broadcast_plan AS p
JOIN room_day AS r ON r.broadcast_id = p.broadcast_id
WHERE coalesce(p.state, 'held') = 'held'
ORDER BY ALL"""

_CREDIT = """
SELECT c.campaign_id, t.person, CAST(sum(c.net_fen) AS BIGINT) AS net_fen
FROM credit AS c JOIN touch AS t ON t.touch_id = c.touch_id
WHERE c.model = $model AND c.as_of = $as_of AND c.campaign_id NOT LIKE '(%'
GROUP BY ALL ORDER BY ALL"""

_ENDS = """
SELECT value AS campaign_id, low, high, level FROM credit_total
WHERE model = $model AND as_of = $as_of AND grain = 'campaign' AND value NOT LIKE '(%'
ORDER BY value"""

_TIPPING = """
SELECT subject, hazard_ratio, tipping, people, gross, gross_low, gross_high FROM lift
WHERE as_of = $as_of AND subject_kind = 'room' AND tipping IS NOT NULL AND gross IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY subject ORDER BY chosen DESC, method DESC) = 1
ORDER BY subject"""

_DONOR = f"""
CREATE OR REPLACE TEMP TABLE donor AS
WITH member AS (
    SELECT kind, id, person_id FROM person_member WHERE known_to_at IS NULL AND valid_to_at IS NULL
), viewer AS (
    SELECT e.platform AS live_platform, m.person_id, min(e.account_token) AS live_token
    FROM (SELECT DISTINCT platform, account_token FROM event
          WHERE platform IN ({", ".join(f"'{name}'" for name in LIVE_PLATFORMS)})
            AND starts_with(name, 'live') AND account_token IS NOT NULL) AS e
    JOIN member AS m ON m.id = e.account_token AND m.kind = 'uid_' || e.platform
    GROUP BY ALL
)
SELECT v.live_platform, v.live_token, h.platform, h.shop_id, h.order_id
FROM order_header AS h
JOIN member AS m ON m.id = h.account_token AND m.kind = {kind_sql("account_token", "h.platform")}
JOIN viewer AS v ON v.person_id = m.person_id
WHERE h.paid_at IS NOT NULL AND NOT h.is_test AND h.created_at < $end_at"""

_ONE_PLATFORM = """
DELETE FROM donor WHERE live_platform <> (
    SELECT live_platform FROM donor GROUP BY ALL ORDER BY count(*) DESC, live_platform LIMIT 1)"""

_OF_DONOR = """
SELECT x.*{more} FROM {table} AS x JOIN donor AS d
  ON d.platform = x.platform AND d.shop_id = x.shop_id AND d.order_id = x.order_id
ORDER BY x.platform, x.shop_id, x.order_id{key}"""

_CREDITED = """
SELECT coalesce(sum(c.share), 0) AS found FROM credit AS c
JOIN order_line AS l ON l.platform = c.platform AND l.line_id = c.line_id
JOIN broadcast AS b ON b.broadcast_id = c.broadcast_id AND b.account_id = $account
WHERE c.model = $model AND starts_with(l.order_id, 'trust') AND ends_with(l.line_id, 'd0-0')"""

_PEOPLE = """
SELECT count(DISTINCT coalesce(m.person_id, i.id)) AS n FROM (
    SELECT DISTINCT account_token AS id FROM event
    WHERE account_token IS NOT NULL AND name LIKE 'live%'
    UNION SELECT DISTINCT coalesce(account_token, unionid_token, openid_token, phone_token)
    FROM order_header WHERE paid_at IS NOT NULL AND NOT is_test
) AS i LEFT JOIN person_member AS m ON m.id = i.id AND m.known_to_at IS NULL
WHERE i.id IS NOT NULL"""

_REFUNDED = """
SELECT avg(CASE WHEN back > 0 THEN 1.0 ELSE 0.0 END) AS share FROM (
    SELECT sum(refund_before_fen + refund_after_fen) AS back FROM line_ledger
    WHERE counted AND paid_at IS NOT NULL GROUP BY platform, shop_id, order_id)"""


def read_sold(con: DuckDBPyConnection, days: ShopDays) -> pd.DataFrame:
    """Return `day, sku, n`: paid lines of each merchant SKU by day."""
    return con.sql(_SOLD, params={"first_on": days.first_on}).df()


def read_shown(con: DuckDBPyConnection, days: ShopDays) -> pd.DataFrame:
    """Return `room, day, sku`: what was on the list of a room's broadcasts."""
    return con.sql(_SHOWN, params={"first_on": days.first_on}).df()


def read_credit(
    con: DuckDBPyConnection, as_of: date, model: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `campaign_id, person, net_fen` of a rule, and `campaign_id, low, high, level`."""
    known = {"as_of": as_of, "model": model}
    return con.sql(_CREDIT, params=known).df(), con.sql(_ENDS, params=known).df()


def read_tipping(con: DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """Return the lift of each room that comes from viewers, with its tipping factor."""
    return con.sql(_TIPPING, params={"as_of": as_of}).df()


def read_donors(
    con: DuckDBPyConnection, end_at: object
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Return orders of people who were seen in a live room, and their lines; None where nobody was.

    The headers also say `live_platform`, that of which most are, and `live_token`, who the person is there.
    """
    con.execute(_DONOR, {"end_at": end_at})
    con.execute(_ONE_PLATFORM)
    more = ", d.live_platform, d.live_token"
    headers = con.sql(_OF_DONOR.format(table="order_header", more=more, key="")).df()
    lines = con.sql(_OF_DONOR.format(table="order_line", more="", key=", x.line_id")).df()
    return None if headers.empty else (headers, lines)


def read_credited(con: DuckDBPyConnection, model: str) -> float:
    """Return how many orders placed minutes after a planted click credit gives to a planted broadcast."""
    given = {"model": model, "account": ACCOUNT}
    return float(con.sql(_CREDITED, params=given).fetchall()[0][0])


def read_rates(con: DuckDBPyConnection, days: ShopDays) -> UserRates:
    """Return the rates of the shop, for worlds like it."""
    [(people,)] = con.sql(_PEOPLE).fetchall()
    [(refunded,)] = con.sql(_REFUNDED).fetchall()
    shares = pd.Series(days.on_air.mean(axis=1), index=list(days.rooms)).sort_values()
    daily = shares[shares > RARE].iloc[::-1]
    rare = [room for room in shares.index if room not in daily.index]
    shows = int(days.broadcasts["room"].isin(rare).sum())
    return UserRates(
        people=int(people),
        days=days.days,
        orders=int(days.orders.sum()),
        own_share=float(daily.iloc[0]) if len(daily) else None,
        second_share=float(daily.iloc[1]) if len(daily) > 1 else None,
        show_gap_days=days.days / shows if shows else None,
        refund_share=None if refunded is None else float(refunded),
    )
