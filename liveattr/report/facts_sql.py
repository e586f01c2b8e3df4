"""The SQL behind `campaign_facts`, one constant a question.

Rows of `statement_row` carry the money of this campaign already cut into whole fen; a key is
`<platform>/<id>`. What is keyed by an order line stays on it; a refund or account row that names
only an order is spread over this campaign's lines of that order by what was paid (largest
remainder, ties by line_id), so that every sum by line, product and day equals the statement.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from liveattr.ledger import MERCHANT_SKU, create_line_ledger, cut_sql
from liveattr.profit.shares import UNATTRIBUTED

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "ADS",
    "BROADCASTS",
    "CAMPAIGN",
    "CAMPAIGNS",
    "CATEGORIES",
    "CURRENCY",
    "DAILY",
    "DELAYS",
    "EVIDENCE",
    "IDENTITY",
    "NULLABLE",
    "PATHS",
    "PRODUCTS",
    "REST_FACTS",
    "REST_ROWS",
    "RULES",
    "STATEMENT",
    "STEPS",
    "TRUTH",
    "TRUTH_BROADCASTS",
    "create_lines",
    "create_rest_lines",
]

NULLABLE: dict[Any, Any] = {
    pa.int64(): pd.Int64Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}
"""Arrow type → pandas type, so that whole numbers stay whole next to a null."""

STATEMENT = """
SELECT pos, section, line, variant, amount_fen, value_ppm, given, coverage_ppm, n_rows,
       source_tables
FROM statement WHERE campaign_id = $campaign_id AND as_of = $as_of
ORDER BY pos, line, CASE variant WHEN 'low' THEN 1 WHEN 'base' THEN 2 ELSE 3 END
"""

CAMPAIGN = """
SELECT campaign_id, kind, title, start_at, end_at, currency
FROM campaign WHERE campaign_id = $campaign_id
"""

CAMPAIGNS = "SELECT count(DISTINCT campaign_id) FROM statement WHERE as_of = $as_of"

BROADCASTS = """
SELECT broadcast_id, platform, host_id, start_at, end_at, business_on, title
FROM broadcast WHERE campaign_id = $campaign_id
ORDER BY start_at, broadcast_id
"""

RULES = """
SELECT model, version,
       coalesce(sum(orders) FILTER (value = $campaign_id), 0) AS orders,
       CAST(coalesce(sum(net_fen) FILTER (value = $campaign_id), 0) AS BIGINT) AS net_fen,
       CAST(coalesce(sum(n) FILTER (value = $campaign_id), 0) AS BIGINT) AS n,
       CAST(sum(net_fen) AS BIGINT) AS shop_fen,
       min(low) FILTER (value = $campaign_id) AS low,
       min(high) FILTER (value = $campaign_id) AS high,
       min(level) FILTER (value = $campaign_id) AS level
FROM credit_total WHERE grain = 'campaign' AND as_of = $as_of
GROUP BY model, version
ORDER BY CASE model WHEN 'first' THEN 1 WHEN 'last' THEN 2 WHEN 'last_non_direct' THEN 3
                    WHEN 'linear' THEN 4 WHEN 'position' THEN 5 WHEN 'time_decay' THEN 6
                    ELSE CASE WHEN starts_with(model, 'markov') THEN 7 ELSE 8 END END,
         model, version
"""

PATHS = """
SELECT path, n_orders, people, net_fen FROM path_total
WHERE campaign_id = $campaign_id AND as_of = $as_of
ORDER BY path = '(other)', n_orders DESC, path
"""

STEPS = """
SELECT pos, from_channel, to_channel, n_orders FROM path_step
WHERE campaign_id = $campaign_id AND as_of = $as_of
ORDER BY pos, from_channel, to_channel
"""

DELAYS = """
SELECT pos, within, n_orders FROM order_delay
WHERE campaign_id = $campaign_id AND as_of = $as_of ORDER BY pos
"""

ADS = """
SELECT pay_type, n_orders, paid_fen, net_fen, also_touched FROM ad_credit
WHERE campaign_id = $campaign_id AND as_of = $as_of ORDER BY pay_type
"""

_RANK = """CASE tier WHEN 'explicit_room' THEN 1 WHEN 'tracked_link' THEN 2
    WHEN 'platform_ad' THEN 3 WHEN 'rule' THEN 4 WHEN 'host_time' THEN 5 WHEN 'window' THEN 6
    ELSE 7 END"""

_MINE = """
CREATE TEMP TABLE mine AS
SELECT s.platform, s.line_id, s.share_low, s.share, s.share_high, s.tier, s.tier_high,
       l.shop_id, l.order_id, l.sku_id, l.merchant_code, l.title, l.qty
FROM (
    SELECT platform, line_id,
           coalesce(sum(share) FILTER (variant = 'low'), 0) AS share_low,
           coalesce(sum(share) FILTER (variant = 'base'), 0) AS share,
           coalesce(sum(share) FILTER (variant = 'high'), 0) AS share_high,
           min_by(tier, {rank}) FILTER (variant = 'base') AS tier,
           max_by(tier, {rank}) FILTER (variant = 'high') AS tier_high
    FROM line_share
    WHERE campaign_id {who} AND as_of = $as_of AND share > 0
    GROUP BY platform, line_id
) AS s
JOIN order_line AS l ON l.platform = s.platform AND l.line_id = s.line_id
"""

_HITS = """
CREATE TEMP TABLE hit AS
WITH taken AS (
    SELECT campaign_id, variant, line, source_table, source_key, amount_fen FROM statement_row
    WHERE campaign_id {who} AND as_of = $as_of AND amount_fen <> 0
      AND ((variant = 'base' AND line IN ('gmv_paid', 'subsidy_platform', 'subsidy_author',
               'refund_before_shipping', 'refund_after_shipping', 'subsidy_back'))
           OR (variant = 'high' AND line = 'gmv_paid'))
)
SELECT t.*, m.platform, m.line_id FROM taken AS t
JOIN mine AS m ON t.source_table = 'order_line'
 AND t.source_key = m.platform || '/' || m.line_id
UNION ALL
SELECT t.*, m.platform, m.line_id FROM taken AS t
JOIN refund_line AS r ON t.source_table = 'refund_line'
 AND t.source_key = r.platform || '/' || r.refund_id || '/' || r.line_id
JOIN mine AS m ON m.platform = r.platform AND m.line_id = r.line_id
UNION ALL
SELECT t.*, m.platform, m.line_id FROM taken AS t
JOIN refund AS r ON t.source_table = 'refund'
 AND t.source_key = r.platform || '/' || r.refund_id
JOIN mine AS m ON m.platform = r.platform AND m.order_id = r.order_id
UNION ALL
SELECT t.*, m.platform, m.line_id FROM taken AS t
JOIN account_ledger AS a ON t.source_table = 'account_ledger'
 AND t.source_key = a.platform || '/' || a.account_trade_no
JOIN mine AS m ON m.platform = a.platform AND a.order_id IN (m.line_id, m.order_id)
"""

_WEIGHED = """(
    SELECT h.*, h.amount_fen AS amount, coalesce(p.paid, 0) AS weight
    FROM hit AS h
    LEFT JOIN (SELECT platform, line_id, sum(greatest(amount_fen, 0)) AS paid FROM hit
               WHERE variant = 'base' AND line = 'gmv_paid' GROUP BY platform, line_id) AS p
      ON p.platform = h.platform AND p.line_id = h.line_id
    WHERE h.source_table IN ('refund', 'account_ledger')
)"""

_CUT = cut_sql(
    _WEIGHED,
    by=["campaign_id", "variant", "line", "source_table", "source_key"],
    order=["platform", "line_id"],
)

_MONEY = f"""
CREATE TEMP TABLE money AS
SELECT platform, line_id,
       coalesce(sum(part) FILTER (variant = 'base' AND line = 'gmv_paid'), 0) AS paid_fen,
       coalesce(-sum(part) FILTER (variant = 'base' AND line LIKE 'refund_%'), 0) AS refund_fen,
       coalesce(sum(part) FILTER (variant = 'base'), 0) AS kept_fen,
       coalesce(sum(part) FILTER (variant = 'high'), 0) AS paid_high_fen
FROM (
    SELECT variant, platform, line_id, line, amount_fen AS part FROM hit
    WHERE source_table IN ('order_line', 'refund_line')
    UNION ALL
    SELECT variant, platform, line_id, line, part FROM ({_CUT})
)
GROUP BY platform, line_id
"""

_LINES = f"""
CREATE TEMP TABLE line AS
SELECT m.platform, m.order_id, m.line_id,
       CASE WHEN c.paid_fen <> 0 OR c.kept_fen <> 0
            THEN CAST(timezone($zone, h.paid_at) AS DATE) END AS paid_on,
       coalesce(m.merchant_code, k.merchant_sku) AS merchant_sku, m.sku_id,
       coalesce(p.name, m.title) AS name, p.spec, p.category, m.qty,
       coalesce(m.tier, 'none') AS tier, coalesce(m.tier_high, 'none') AS tier_high,
       m.share_low, m.share, m.share_high,
       CAST(coalesce(c.paid_fen, 0) AS BIGINT) AS paid_fen,
       CAST(coalesce(c.refund_fen, 0) AS BIGINT) AS refund_fen,
       CAST(coalesce(c.kept_fen, 0) AS BIGINT) AS kept_fen,
       CAST(coalesce(c.paid_high_fen, 0) AS BIGINT) AS paid_high_fen
FROM mine AS m
JOIN order_header AS h
  ON h.platform = m.platform AND h.shop_id = m.shop_id AND h.order_id = m.order_id
LEFT JOIN ({MERCHANT_SKU}) AS k
  ON m.merchant_code IS NULL AND k.platform = m.platform AND k.platform_sku_id = m.sku_id
 AND k.valid_from_at <= h.created_at
 AND (k.valid_to_at IS NULL OR h.created_at < k.valid_to_at)
LEFT JOIN product AS p ON p.merchant_sku = coalesce(m.merchant_code, k.merchant_sku)
LEFT JOIN money AS c ON c.platform = m.platform AND c.line_id = m.line_id
"""

_REST_LINES = """
CREATE TEMP TABLE line AS
SELECT g.platform, g.order_id, g.line_id, g.paid_on, g.merchant_sku, g.sku_id,
       coalesce(p.name, l.title) AS name, p.spec, p.category, g.qty,
       'none' AS tier, 'none' AS tier_high,
       1 - coalesce(m.share_low, 0) AS share_low, 1 - coalesce(m.share, 0) AS share,
       1 - coalesce(m.share_high, 0) AS share_high,
       CAST(g.paid_fen - coalesce(c.paid_fen, 0) AS BIGINT) AS paid_fen,
       CAST(g.refund_before_fen + g.refund_after_fen - coalesce(c.refund_fen, 0) AS BIGINT)
           AS refund_fen,
       CAST(g.net_fen - coalesce(c.kept_fen, 0) AS BIGINT) AS kept_fen,
       CAST(g.paid_fen - coalesce(c.paid_high_fen, 0) AS BIGINT) AS paid_high_fen
FROM line_ledger AS g
JOIN order_line AS l ON l.platform = g.platform AND l.line_id = g.line_id
LEFT JOIN product AS p ON p.merchant_sku = g.merchant_sku
LEFT JOIN mine AS m ON m.platform = g.platform AND m.line_id = g.line_id
LEFT JOIN money AS c ON c.platform = g.platform AND c.line_id = g.line_id
WHERE g.counted AND coalesce(m.share, 0) < 1
"""

REST_ROWS = """
WITH whole AS (
    UNPIVOT (
        SELECT sum(gmv_created_fen) AS gmv_created, sum(paid_fen) AS gmv_paid,
               sum(sub_platform_fen) AS subsidy_platform, sum(sub_author_fen) AS subsidy_author,
               -sum(refund_before_fen) AS refund_before_shipping,
               -sum(refund_after_fen) AS refund_after_shipping,
               -sum(subsidy_back_fen) AS subsidy_back
        FROM line_ledger
    ) ON COLUMNS(*) INTO NAME line VALUE amount
), claimed AS (
    SELECT variant, line, sum(amount_fen) AS amount FROM statement
    WHERE as_of = $as_of GROUP BY variant, line
)
SELECT '(unattributed)' AS campaign_id, v.variant, w.line,
       CAST(w.amount - coalesce(c.amount, 0) AS BIGINT) AS amount_fen
FROM whole AS w CROSS JOIN (VALUES ('low'), ('base'), ('high')) AS v (variant)
LEFT JOIN claimed AS c ON c.variant = v.variant AND c.line = w.line
"""

REST_FACTS = """
SELECT '(unattributed)' AS campaign_id, v.variant,
       EXISTS (SELECT 1 FROM line_ledger) AS has_orders,
       EXISTS (SELECT 1 FROM refund) AS has_refunds,
       false AS has_cogs, false AS has_settlement, false AS has_trade,
       count(DISTINCT (l.platform, l.order_id)) FILTER (l.paid_on IS NOT NULL) AS orders,
       0 AS lines_open, 0 AS lines_settled, 0 AS lines_unsettled,
       count(*) AS lines_goods, 0 AS lines_costed,
       CAST(coalesce(sum(l.paid_fen) FILTER (g.mature), 0) AS BIGINT) AS mature_fen
FROM line AS l
JOIN line_ledger AS g ON g.platform = l.platform AND g.line_id = l.line_id
CROSS JOIN (VALUES ('low'), ('base'), ('high')) AS v (variant)
GROUP BY v.variant
"""

EVIDENCE = f"""
SELECT * FROM (
    SELECT tier, 'base' AS variant, count(*) FILTER (paid_fen <> 0) AS lines,
           CAST(sum(paid_fen) AS BIGINT) AS paid_fen
    FROM line WHERE share > 0 GROUP BY tier
    UNION ALL
    SELECT tier_high, 'high', count(*), CAST(sum(paid_high_fen - paid_fen) AS BIGINT)
    FROM line WHERE paid_high_fen > paid_fen GROUP BY tier_high
) WHERE paid_fen <> 0 AND tier <> 'none'
ORDER BY variant, {_RANK}
"""

_SUMS = """CAST(sum(paid_fen) AS BIGINT) AS paid_fen,
       CAST(sum(refund_fen) AS BIGINT) AS refund_fen, CAST(sum(kept_fen) AS BIGINT) AS kept_fen,
       count(*) AS lines, count(*) FILTER (refund_fen <> 0) AS refunded_lines"""

PRODUCTS = f"""
SELECT coalesce(merchant_sku, sku_id) AS sku, min(name) AS name, min(spec) AS spec,
       min(category) AS category, {_SUMS}
FROM line WHERE paid_fen <> 0 OR kept_fen <> 0
GROUP BY ALL ORDER BY kept_fen DESC, paid_fen DESC, sku
"""

CATEGORIES = f"""
SELECT category, {_SUMS}
FROM line WHERE paid_fen <> 0 OR kept_fen <> 0
GROUP BY category ORDER BY kept_fen DESC, paid_fen DESC, category
"""

DAILY = f"""
SELECT paid_on, {_SUMS}
FROM line WHERE paid_on IS NOT NULL AND (paid_fen <> 0 OR kept_fen <> 0)
GROUP BY paid_on ORDER BY paid_on
"""

HELD_BACK = """
SELECT count(*) FILTER (WHERE NOT expected), count(*) FILTER (WHERE reason_code = 'ORPHAN')
FROM quarantine_row WHERE released_at IS NULL
    AND ingest_id NOT IN (SELECT ingest_id FROM ingest_batch WHERE status = 'replaced')"""

TRUTH = """
SELECT horizon, orders, gmv_fen, net_fen, margin_fen, fixed_cost_fen, true_roi, world
FROM known_truth WHERE campaign_id = $campaign_id AND broadcast_id = ''
ORDER BY CASE horizon WHEN 'gross' THEN 1 WHEN 'net_3' THEN 2 WHEN 'net_14' THEN 3
                      WHEN 'net_60' THEN 4 ELSE 5 END, horizon
"""

TRUTH_BROADCASTS = """
SELECT t.broadcast_id, min(b.start_at) AS start_at, coalesce(min(c.credited), 0) AS credited,
       max(t.orders) FILTER (t.horizon = 'gross') AS gross,
       max(t.orders) FILTER (t.horizon = 'net') AS net
FROM known_truth AS t
LEFT JOIN broadcast AS b ON b.broadcast_id = t.broadcast_id
LEFT JOIN (
    SELECT s.broadcast_id, count(DISTINCT (l.platform, l.order_id)) AS credited
    FROM line_share AS s JOIN line AS l ON l.platform = s.platform AND l.line_id = s.line_id
    WHERE s.campaign_id = $campaign_id AND s.as_of = $as_of AND s.variant = 'base' AND s.share > 0
      AND l.paid_fen > 0
    GROUP BY s.broadcast_id
) AS c ON c.broadcast_id = t.broadcast_id
WHERE t.campaign_id = $campaign_id AND t.broadcast_id <> ''
GROUP BY t.broadcast_id ORDER BY start_at, t.broadcast_id
"""

IDENTITY = """
SELECT measure, n FROM identity_count
WHERE (grain = 'campaign' AND value = $campaign_id) OR (grain = 'all' AND measure IN (
    'withdrawn', 'candidates', 'false_match_bound_ppm'))
ORDER BY measure
"""

CURRENCY = """
SELECT h.currency FROM line AS l
JOIN order_header AS h ON h.platform = l.platform AND h.order_id = l.order_id
GROUP BY h.currency ORDER BY count(*) DESC, h.currency LIMIT 1
"""


def create_lines(con: DuckDBPyConnection, campaign_id: str, as_of: date, zone: str) -> None:
    """Create the temporary table `line`: each order line that has to do with a campaign."""
    _create_money(con, "= $campaign_id", {"campaign_id": campaign_id, "as_of": as_of})
    con.execute(_LINES, {"zone": zone})


def create_rest_lines(
    con: DuckDBPyConnection, as_of: date, zone: str, refund_window_days: int
) -> None:
    """Create `line` for what no campaign can claim: the ledger minus what campaigns have."""
    create_line_ledger(con, as_of=as_of, zone=zone, refund_window_days=refund_window_days)
    _create_money(con, f"<> '{UNATTRIBUTED}'", {"as_of": as_of})
    con.execute(_REST_LINES)


def _create_money(con: DuckDBPyConnection, who: str, asked: dict[str, object]) -> None:
    con.execute(_MINE.format(who=who, rank=_RANK), asked)
    con.execute(_HITS.format(who=who), asked)
    con.execute(_MONEY)
