"""What the ad platform's report by order gives to a campaign, beside what was seen of these orders.

The report names an order or a child order (a line), an ad, and whether the conversion was direct or
indirect. Which broadcast an ad leads to is the evidence `platform_ad` of `liveattr.profit.basis`.
Here it counts even where harder evidence took the line: this is what the ad platform says.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["create_ad_credit"]

_ORDER = """
CREATE OR REPLACE TEMP TABLE ad_credit_order AS
WITH led AS (
    SELECT e.platform, e.line_id, b.campaign_id, e.ad.account AS account, e.ad.ad_id AS ad_id
    FROM (
        SELECT platform, line_id, broadcast_id, unnest(ads) AS ad
        FROM basis AS x WHERE x.basis = 'platform_ad'
    ) AS e
    JOIN broadcast AS b ON b.broadcast_id = e.broadcast_id
), line AS (
    SELECT d.campaign_id, d.account, d.ad_id, l.platform, l.shop_id, l.order_id, l.line_id,
           l.paid_fen, l.net_fen
    FROM led AS d
    JOIN line_ledger AS l ON l.platform = d.platform AND l.line_id = d.line_id
    WHERE l.counted AND l.paid_at IS NOT NULL
), said AS (
    SELECT account, ad_id, order_id, pay_type = 'direct' AS direct
    FROM platform_ad_order
    WHERE coalesce(is_pay, true) AND pay_type IN ('direct', 'indirect')
), hit AS (
    SELECT l.*, s.direct FROM line AS l
    JOIN said AS s ON s.account = l.account AND s.ad_id = l.ad_id AND s.order_id = l.order_id
    UNION
    SELECT l.*, s.direct FROM line AS l
    JOIN said AS s ON s.account = l.account AND s.ad_id = l.ad_id AND s.order_id = l.line_id
), once AS (
    SELECT campaign_id, platform, shop_id, order_id, line_id, paid_fen, net_fen,
           bool_or(direct) AS direct
    FROM hit GROUP BY ALL
)
SELECT campaign_id, platform || chr(9) || shop_id || chr(9) || order_id AS value,
       bool_or(direct) AS direct, sum(paid_fen) AS paid_fen, sum(net_fen) AS net_fen
FROM once GROUP BY campaign_id, platform, shop_id, order_id"""

_TOUCHED = """
CREATE OR REPLACE TEMP TABLE ad_credit_touched AS
SELECT DISTINCT coalesce(b.campaign_id, g.value) AS campaign_id, o.value
FROM dimension AS o
JOIN journey AS j ON j.order_key = o.code
JOIN touch AS t ON t.touch_id = j.touch_id
LEFT JOIN dimension AS d ON d.kind = 'broadcast' AND d.code = t.broadcast
LEFT JOIN broadcast AS b ON b.broadcast_id = d.value
LEFT JOIN dimension AS g ON g.kind = 'campaign' AND g.code = t.campaign
WHERE o.kind = 'order' AND j.weight >= 1 AND o.value IN (SELECT value FROM ad_credit_order)"""

_AD_CREDIT = """
CREATE OR REPLACE TEMP TABLE ad_credit AS
SELECT x.campaign_id, CASE WHEN x.direct THEN 'direct' ELSE 'indirect' END AS pay_type,
       CAST($as_of AS DATE) AS as_of, CAST(count(*) AS BIGINT) AS n_orders,
       CAST(sum(x.paid_fen) AS BIGINT) AS paid_fen, CAST(sum(x.net_fen) AS BIGINT) AS net_fen,
       CAST(count(s.value) AS BIGINT) AS also_touched
FROM ad_credit_order AS x
LEFT JOIN ad_credit_touched AS s ON s.campaign_id = x.campaign_id AND s.value = x.value
GROUP BY x.campaign_id, x.direct
ORDER BY x.campaign_id, pay_type"""


def create_ad_credit(con: DuckDBPyConnection, as_of: date) -> None:
    """Create the temporary table `ad_credit`, with the columns of the lake's.

    Parameters
    ----------
    con
        Connection with `basis` (`liveattr.profit.basis.line_bases`), `line_ledger` as of the date
        (`liveattr.ledger.create_line_ledger`), `platform_ad_order, broadcast, journey, touch` and
        `dimension`.
    as_of
        Business date: the column of that name. What counts is in `line_ledger`.

    Notes
    -----
    An order counts once for each campaign, however many of its lines, ads and windows the report has:
    as direct if one of these rows says so. Rows that the platform did not count as paid, and rows that
    are neither direct nor indirect, are left out. Money is that of the lines that the report names: all
    lines of an order, or the child order alone. Only lines that count and are paid as of the date are
    there. Ads of two campaigns may each be given the same order, so campaigns must not be summed.

    `also_touched` counts the orders that a touch of the campaign surely precedes: a row of a fuzzy link
    (weight below 1) does not count. A touch belongs to the campaign of its broadcast, else to the one
    that it names.
    """
    con.execute(_ORDER)
    con.execute(_TOUCHED)
    con.execute(_AD_CREDIT, {"as_of": as_of})
    con.execute("DROP TABLE ad_credit_order; DROP TABLE ad_credit_touched")
