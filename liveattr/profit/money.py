"""The signed amounts of every order line, row by row of their sources, and their cut by share.

Each source row's part on a line is cut by itself, so Σ campaigns + (unattributed) is that row's
amount to the fen; the sum over rows is then exact for every statement line.

An account-ledger row of a tag that a settlement also shows (commission_back, service_fee_back)
counts only for orders none of whose lines has a reversal (trade_type 1 to 3) in the settlement.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from liveattr import units
from liveattr.ledger import create_unit_cost
from liveattr.profit.allocate import cut_sql
from liveattr.profit.basis import HARD_TIERS, TIERS
from liveattr.profit.shares import UNATTRIBUTED

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["cut_rows", "money_rows"]

_SETTLED = """
CREATE OR REPLACE TEMP TABLE settled AS
SELECT l.platform, l.line_id, l.shop_id, l.order_id, s.trade_type,
       s.platform || '/' || s.request_no || '/' || s.line_id || '/' || s.trade_type AS source_key,
       s.commission_fen, s.service_fee_fen,
       s.channel_fee_fen + s.colonel_fee_fen + s.other_fee_fen AS channel_fee_fen
FROM settlement_line AS s
JOIN line_ledger AS l ON l.platform = s.platform AND l.line_id = s.line_id AND l.counted
WHERE s.settled_at < $end_at
"""

_LINE = """
CREATE OR REPLACE TEMP TABLE money_line AS
SELECT l.platform, l.line_id, l.shop_id, l.order_id, l.qty, l.qty_back,
       l.platform || '/' || l.line_id AS source_key,
       l.gmv_created_fen, l.paid_fen, l.sub_platform_fen, l.sub_author_fen
FROM line_ledger AS l
WHERE l.counted AND {wanted}
"""

_SHARED_ONLY = """EXISTS (
    SELECT 1 FROM share AS s WHERE s.platform = l.platform AND s.line_id = l.line_id)"""

_ORDER_ROWS = """
SELECT platform, line_id, 'gmv_created' AS line, 'order_line' AS source_table, source_key,
       gmv_created_fen AS amount_fen FROM money_line
UNION ALL
SELECT platform, line_id, 'gmv_paid', 'order_line', source_key, paid_fen FROM money_line
UNION ALL
SELECT platform, line_id, 'subsidy_platform', 'order_line', source_key, sub_platform_fen
FROM money_line
UNION ALL
SELECT platform, line_id, 'subsidy_author', 'order_line', source_key, sub_author_fen
FROM money_line
UNION ALL
SELECT l.platform, l.line_id, 'cogs', 'order_line', l.source_key,
       -c.cogs_fen * (l.qty - l.qty_back)
FROM money_line AS l
JOIN unit_cost AS c ON c.platform = l.platform AND c.line_id = l.line_id
"""

_BACK_ROWS = """
SELECT r.platform, r.line_id, u.line, r.source_table, r.source_key,
       CASE u.line WHEN 'refund_before_shipping' THEN -r.refund_before_fen
                   WHEN 'refund_after_shipping' THEN -r.refund_after_fen
                   ELSE -r.subsidy_back_fen END
FROM line_refund AS r
JOIN money_line AS l ON l.platform = r.platform AND l.line_id = r.line_id
CROSS JOIN (VALUES ('refund_before_shipping'), ('refund_after_shipping'), ('subsidy_back'))
    AS u (line)
"""

_FEE_ROWS = """
SELECT s.platform, s.line_id, CASE WHEN s.trade_type = 0 THEN u.line ELSE u.line || '_back' END,
       'settlement_line', s.source_key,
       CASE u.line WHEN 'commission' THEN -s.commission_fen
                   WHEN 'service_fee' THEN -s.service_fee_fen
                   ELSE -s.channel_fee_fen END
FROM settled AS s
JOIN money_line AS l ON l.platform = s.platform AND l.line_id = s.line_id
CROSS JOIN (VALUES ('commission'), ('service_fee'), ('channel_fee')) AS u (line)
"""

_ACCOUNT_ROWS = """
SELECT a.platform, a.line_id, a.tag, a.source_table, a.source_key, a.amount_fen
FROM line_account AS a
JOIN money_line AS l ON l.platform = a.platform AND l.line_id = a.line_id
WHERE a.tag <> 'subsidy_back' AND NOT (
    a.tag IN ('commission_back', 'service_fee_back') AND EXISTS (
        SELECT 1 FROM settled AS s
        WHERE s.trade_type <> 0 AND s.platform = l.platform AND s.shop_id = l.shop_id
          AND s.order_id = l.order_id))
"""

_SOFT = ", ".join(f"'{tier}'" for tier in TIERS if tier not in HARD_TIERS)

_PIECES = f"""
SELECT s.variant, m.row_no, s.rest, s.campaign_id,
       s.broadcast_id, s.parts AS weight, m.amount_fen AS amount
FROM (
    SELECT variant, platform, line_id, campaign_id, broadcast_id,
           campaign_id = '{UNATTRIBUTED}' OR tier IN ({_SOFT}) AS rest, sum(parts) AS parts
    FROM share WHERE share < 1 GROUP BY ALL
) AS s
JOIN money_row AS m ON m.platform = s.platform AND m.line_id = s.line_id
"""


def money_rows(
    con: DuckDBPyConnection, *, as_of: date, zone: str, shared_only: bool = True
) -> None:
    """Create the temporary table `money_row`: every amount of an order line with its source row.

    Parameters
    ----------
    con
        Connection with `settlement_line, sku_cogs` and the temporary tables of
        `create_line_ledger` and `line_shares`.
    as_of, zone
        Business date and the shop's zone; what counts happened before the end of that date.
    shared_only
        Leave out lines of which no campaign has a share (most, where the mall is large).

    Notes
    -----
    Columns: `platform, line_id, line` (of the statement), `source_table, source_key, amount_fen`
    (signed, never 0) and `row_no`, which only tells rows apart. `unit_cost` and `settled` are left
    for `campaign_facts`. What the platform shows (gmv_paid_surface) has no rows of its own: they
    are those of gmv_paid.
    """
    create_unit_cost(con)
    con.execute(_SETTLED, {"end_at": units.day_end_at(as_of, zone)})
    con.execute(_LINE.format(wanted=_SHARED_ONLY if shared_only else "true"))
    rows = "UNION ALL".join((_ORDER_ROWS, _BACK_ROWS, _FEE_ROWS, _ACCOUNT_ROWS))
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE money_row AS
SELECT row_number() OVER () AS row_no, platform, line_id, line, source_table, source_key,
       CAST(amount_fen AS BIGINT) AS amount_fen
FROM ({rows}) WHERE amount_fen <> 0""")
    con.execute("DROP TABLE money_line")


def cut_rows(con: DuckDBPyConnection) -> None:
    """Create the temporary table `cut_row`: each amount of `money_row` cut by `share`.

    Notes
    -----
    Columns: `variant, campaign_id, platform, line_id, line, source_table, source_key, amount_fen`.
    Parts of one row go to (campaign_id, broadcast_id); among equal remainders in that order,
    (unattributed) last. What soft evidence takes in `high` is cut as (unattributed) was in `base`,
    to the fen, so no campaign's money shrinks from base to high. Lines that nobody shares are not
    in it.
    """
    cut = cut_sql(
        f"({_PIECES})",
        by=["variant", "row_no"],
        order=["rest", "campaign_id", "broadcast_id"],
    )
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE cut_row AS
SELECT s.variant, s.campaign_id, m.platform, m.line_id, m.line, m.source_table, m.source_key,
       m.amount_fen
FROM share AS s
JOIN money_row AS m ON m.platform = s.platform AND m.line_id = s.line_id
WHERE s.share = 1
UNION ALL
SELECT c.variant, c.campaign_id, m.platform, m.line_id, m.line, m.source_table, m.source_key,
       c.part
FROM ({cut}) AS c
JOIN money_row AS m ON m.row_no = c.row_no
WHERE c.part <> 0""")
