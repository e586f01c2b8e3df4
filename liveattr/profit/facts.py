"""Counts that a statement needs beside its amounts: how many lines, and how complete they are.

A line of a platform that sends bills is settled by it some days later; the brand's own mall settles
nothing, so a line of it never waits for a settlement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from liveattr.profit.shares import UNATTRIBUTED, VARIANTS
from liveattr.tables import LIVE_PLATFORMS

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

__all__ = ["campaign_amounts", "campaign_facts", "line_facts"]

_LINE_FACT = """
CREATE OR REPLACE TEMP TABLE line_fact AS
WITH state AS (
    SELECT l.platform, l.line_id, l.order_id, l.shop_id,
           l.paid_at IS NOT NULL AS paid,
           l.refund_before_fen + l.refund_after_fen + l.subsidy_back_fen > 0
               AND l.refund_before_fen + l.refund_after_fen >= l.paid_fen AS refunded,
           l.qty_back < l.qty AS kept
    FROM line_ledger AS l WHERE l.counted
), trade AS (
    SELECT platform, line_id, count(*) AS rows, count(*) FILTER (trade_type = 0) AS rows_0
    FROM settled GROUP BY platform, line_id
)
SELECT s.platform, s.line_id,
       CASE WHEN s.paid THEN s.platform || chr(9) || s.shop_id || chr(9) || s.order_id END
           AS order_key,
       s.paid AND NOT s.refunded AS open,
       s.paid AND (s.kept OR NOT s.refunded) AS goods,
       c.line_id IS NOT NULL AS costed,
       coalesce(t.rows, 0) > 0 AS traded, coalesce(t.rows_0, 0) > 0 AS settled,
       s.platform IN ({platforms}) AS settling
FROM state AS s
LEFT JOIN unit_cost AS c ON c.platform = s.platform AND c.line_id = s.line_id
LEFT JOIN trade AS t ON t.platform = s.platform AND t.line_id = s.line_id
"""

_FACTS = f"""
WITH grid AS (
    SELECT c.campaign_id, v.variant
    FROM (
        SELECT campaign_id FROM campaign
        UNION SELECT campaign_id FROM broadcast
        UNION SELECT campaign_id FROM share WHERE campaign_id <> '{UNATTRIBUTED}'
    ) AS c
    CROSS JOIN (VALUES {", ".join(f"('{v}')" for v in VARIANTS)}) AS v (variant)
), owned AS (
    SELECT DISTINCT variant, campaign_id, platform, line_id FROM share
    WHERE campaign_id <> '{UNATTRIBUTED}'
), counted AS (
    SELECT o.variant, o.campaign_id, count(DISTINCT f.order_key) AS orders,
           count(*) FILTER (f.open AND (f.settling OR f.settled)) AS lines_open,
           count(*) FILTER (f.open AND f.settled) AS lines_settled,
           count(*) FILTER (f.open AND f.settling AND NOT f.settled) AS lines_unsettled,
           count(*) FILTER (f.goods) AS lines_goods,
           count(*) FILTER (f.goods AND f.costed) AS lines_costed,
           bool_or(f.costed) AS has_cogs, bool_or(f.settled) AS has_settlement,
           bool_or(f.traded) AS has_trade
    FROM owned AS o
    JOIN line_fact AS f ON f.platform = o.platform AND f.line_id = o.line_id
    GROUP BY o.variant, o.campaign_id
), mature AS (
    SELECT r.variant, r.campaign_id, sum(r.amount_fen) AS mature_fen
    FROM cut_row AS r
    JOIN line_ledger AS l ON l.platform = r.platform AND l.line_id = r.line_id AND l.mature
    WHERE r.line = 'gmv_paid' GROUP BY r.variant, r.campaign_id
)
SELECT g.campaign_id, g.variant,
       EXISTS (SELECT 1 FROM line_ledger) AS has_orders,
       EXISTS (SELECT 1 FROM refund) AS has_refunds,
       coalesce(c.has_cogs, false) AS has_cogs,
       coalesce(c.has_settlement, false) AS has_settlement,
       coalesce(c.has_trade, false) AS has_trade,
       coalesce(c.orders, 0) AS orders, coalesce(c.lines_open, 0) AS lines_open,
       coalesce(c.lines_settled, 0) AS lines_settled,
       coalesce(c.lines_unsettled, 0) AS lines_unsettled,
       coalesce(c.lines_goods, 0) AS lines_goods, coalesce(c.lines_costed, 0) AS lines_costed,
       CAST(coalesce(m.mature_fen, 0) AS BIGINT) AS mature_fen
FROM grid AS g
LEFT JOIN counted AS c ON c.campaign_id = g.campaign_id AND c.variant = g.variant
LEFT JOIN mature AS m ON m.campaign_id = g.campaign_id AND m.variant = g.variant
"""

_AMOUNTS = """
SELECT campaign_id, variant, line, CAST(sum(amount_fen) AS BIGINT) AS amount_fen,
       count(*) FILTER (amount_fen <> 0) AS n_rows
FROM campaign_row GROUP BY campaign_id, variant, line ORDER BY campaign_id, variant, line
"""

_ROWS = f"""
CREATE OR REPLACE TEMP TABLE campaign_row AS
SELECT campaign_id, variant, line, source_table, source_key,
       CAST(sum(amount_fen) AS BIGINT) AS amount_fen
FROM cut_row WHERE campaign_id <> '{UNATTRIBUTED}'
GROUP BY campaign_id, variant, line, source_table, source_key
UNION ALL
SELECT c.campaign_id, f.variant, c.line, c.source_table, c.source_key, c.amount_fen
FROM cost_row AS c JOIN campaign_fact AS f ON f.campaign_id = c.campaign_id
"""


def campaign_facts(con: DuckDBPyConnection, billed: Sequence[str] = LIVE_PLATFORMS) -> pd.DataFrame:
    """Count the lines of each campaign and variant: what `broadcast_statement` takes as `facts`.

    Parameters
    ----------
    con
        Connection with `campaign, broadcast, refund` and the temporary tables of
        `create_line_ledger`, `line_shares`, `money_rows` and `cut_rows`.
    billed
        Platforms that settle with a bill: a line of theirs waits for it.

    Returns
    -------
    pandas.DataFrame
        One row per campaign (of table campaign, of a broadcast, or with a share) and variant:
        `campaign_id, variant, has_orders, has_refunds, has_cogs, has_settlement, has_trade,
        orders, lines_open, lines_settled, lines_unsettled, lines_goods, lines_costed,
        mature_fen`; `broadcast_statement` says what they mean.
    """
    line_facts(con, billed)
    con.execute(f"CREATE OR REPLACE TEMP TABLE campaign_fact AS {_FACTS}")
    return con.execute("SELECT * FROM campaign_fact ORDER BY campaign_id, variant").df()


def line_facts(con: DuckDBPyConnection, billed: Sequence[str] = LIVE_PLATFORMS) -> None:
    """Create the temporary table `line_fact`: how complete the books are of each line that counts.

    Needs `line_ledger`, and `unit_cost` and `settled` of `money_rows`. Columns: `platform, line_id`,
    `order_key` (null: not paid), `open` (paid, not fully refunded), `goods` (paid, money or pieces
    stayed), `costed`, `traded` (has a settlement row), `settled` (one of trade_type 0), `settling` (of
    a platform in `billed`).
    """
    platforms = ", ".join(f"'{name}'" for name in billed) or "NULL"
    con.execute(_LINE_FACT.format(platforms=platforms))


def campaign_amounts(con: DuckDBPyConnection) -> pd.DataFrame:
    """Sum the rows of each campaign, variant and line: what `broadcast_statement` takes as `rows`.

    Needs `cut_row`, `cost_row` and `campaign_facts`; leaves `campaign_row`, the rows of
    `statement_row`. A cost of a campaign that nobody knows is in neither.

    Returns
    -------
    pandas.DataFrame
        `campaign_id, variant, line, amount_fen` (signed) and `n_rows` (rows that are not 0).
    """
    con.execute(_ROWS)
    return con.execute(_AMOUNTS).df()
