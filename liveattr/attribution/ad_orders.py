"""What the ad platform's report by order gives to a campaign, beside what was seen of these orders.

The report names an order or a child order (a line), an ad, and whether the conversion was direct or
indirect. An ad leads to the broadcast of its latest hour with spend up to the order, else of its first
hour; where no spend of it is known, to the broadcast that was on air when the order was placed. That is
also how `liveattr.profit.basis` finds it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["AD_READS", "create_ad_credit"]

AD_READS = ("platform_ad_order", "ad_spend")

_NAMED = """
CREATE OR REPLACE TEMP TABLE ad_named AS
WITH line AS (
    SELECT platform, shop_id, order_id, line_id, epoch_us(created_at) AS created_us
    FROM line_ledger WHERE counted AND paid_at IS NOT NULL
), said AS (
    SELECT account, ad_id, order_id, epoch_us(placed_at) AS placed_us,
           CASE WHEN pay_type = 'direct' THEN 1 ELSE 0 END AS direct
    FROM platform_ad_order
    WHERE coalesce(is_pay, true) AND pay_type IN ('direct', 'indirect')
), hit AS (
    SELECT l.platform, l.line_id, l.created_us, s.account, s.ad_id, s.placed_us, s.direct
    FROM said AS s JOIN line AS l ON l.order_id = s.order_id
    UNION
    SELECT l.platform, l.line_id, l.created_us, s.account, s.ad_id, s.placed_us, s.direct
    FROM said AS s JOIN line AS l ON l.line_id = s.order_id
)
SELECT row_number() OVER (ORDER BY platform, line_id, account, ad_id) AS named, *
FROM (
    SELECT platform, line_id, account, ad_id, created_us, max(direct) AS direct,
           coalesce(min(placed_us), created_us) AS placed_us
    FROM hit GROUP BY platform, line_id, account, ad_id, created_us
)"""

_LED = """
CREATE OR REPLACE TEMP TABLE ad_led AS
WITH aired AS (
    SELECT platform, platform_room_id, broadcast_id, campaign_id,
           epoch_us(start_at) AS start_us, epoch_us(end_at) AS end_us
    FROM broadcast
), spent AS (
    SELECT s.account, s.ad_id, epoch_us(s.hour_at) AS hour_us, b.platform, b.broadcast_id,
           b.campaign_id, b.start_us, false AS by_room
    FROM ad_spend AS s JOIN aired AS b ON b.broadcast_id = s.broadcast_id
    UNION ALL
    SELECT s.account, s.ad_id, epoch_us(s.hour_at), b.platform, b.broadcast_id, b.campaign_id,
           b.start_us, true
    FROM ad_spend AS s JOIN aired AS b ON b.platform_room_id = s.room_id
    WHERE s.broadcast_id IS NULL
), hour AS (
    SELECT n.named,
           coalesce(max(CASE WHEN s.hour_us <= n.placed_us THEN s.hour_us END), min(s.hour_us))
               AS hour_us
    FROM ad_named AS n
    JOIN spent AS s ON s.account = n.account AND s.ad_id = n.ad_id
    WHERE NOT s.by_room OR s.platform = n.platform
    GROUP BY n.named
), led AS (
    SELECT n.named, s.campaign_id,
           row_number() OVER (
               PARTITION BY n.named
               ORDER BY CASE WHEN s.start_us <= n.created_us THEN 0 ELSE 1 END,
                        s.start_us DESC, s.broadcast_id) AS turn
    FROM hour AS h
    JOIN ad_named AS n ON n.named = h.named
    JOIN spent AS s
      ON s.account = n.account AND s.ad_id = n.ad_id AND s.hour_us = h.hour_us
    WHERE NOT s.by_room OR s.platform = n.platform
), on_air AS (
    SELECT n.named, b.campaign_id,
           row_number() OVER (
               PARTITION BY n.named ORDER BY b.start_us DESC, b.broadcast_id) AS turn
    FROM ad_named AS n
    JOIN aired AS b
      ON b.platform = n.platform AND n.placed_us >= b.start_us AND n.placed_us <= b.end_us
    LEFT JOIN hour AS h ON h.named = n.named
    WHERE h.named IS NULL
)
SELECT n.platform, n.line_id, c.campaign_id, max(n.direct) AS direct
FROM ad_named AS n
JOIN (SELECT * FROM led WHERE turn = 1 UNION ALL SELECT * FROM on_air WHERE turn = 1) AS c
  ON c.named = n.named
GROUP BY n.platform, n.line_id, c.campaign_id"""

_AD_CREDIT = """
CREATE OR REPLACE TEMP TABLE ad_credit AS
SELECT x.campaign_id, CASE WHEN x.direct = 1 THEN 'direct' ELSE 'indirect' END AS pay_type,
       DATE '{as_of}' AS as_of, CAST(count(*) AS BIGINT) AS n_orders,
       CAST(sum(x.paid_fen) AS BIGINT) AS paid_fen, CAST(sum(x.net_fen) AS BIGINT) AS net_fen,
       CAST(count(s.order_key) AS BIGINT) AS also_touched
FROM (
    SELECT a.campaign_id, l.platform || chr(9) || l.shop_id || chr(9) || l.order_id AS value,
           max(a.direct) AS direct, sum(l.paid_fen) AS paid_fen, sum(l.net_fen) AS net_fen
    FROM ad_led AS a
    JOIN line_ledger AS l ON l.platform = a.platform AND l.line_id = a.line_id
    GROUP BY a.campaign_id, l.platform, l.shop_id, l.order_id
) AS x
JOIN summary_campaign AS c ON c.campaign_id = x.campaign_id
LEFT JOIN dimension AS o ON o.kind = 'order' AND o.value = x.value
LEFT JOIN summary_seen AS s ON s.campaign = c.campaign AND s.order_key = o.code
GROUP BY x.campaign_id, x.direct
ORDER BY x.campaign_id, pay_type"""


def create_ad_credit(con: DuckDBPyConnection, as_of: date) -> None:
    """Create the temporary table `ad_credit`.

    Parameters
    ----------
    con
        Connection with `platform_ad_order, ad_spend, broadcast, dimension, line_ledger`, and
        `summary_campaign` (campaign, campaign_id) and `summary_seen` (campaign, order_key) of
        `liveattr.attribution.path_summary`: the orders that a touch of a campaign precedes.
    as_of
        Business date: the column of that name.

    Notes
    -----
    An order counts once for each campaign, however many of its lines, ads and windows the report has:
    as direct if one of these rows says so. Rows that the platform did not count as paid, and rows that
    are neither direct nor indirect, are left out. Money is that of the lines that the report names: all
    lines of an order, or the child order alone. Only lines that count and are paid as of the date are
    there. Ads of two campaigns may each be given the same order, so campaigns must not be summed.
    """
    con.execute(_NAMED)
    con.execute(_LED)
    con.execute(_AD_CREDIT.format(as_of=as_of))
    con.execute("DROP TABLE ad_named; DROP TABLE ad_led")
