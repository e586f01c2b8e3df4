"""Shares of orders → money of order lines in whole fen, and the sums by channel, campaign, ….

Everything is whole numbers until the end: lines, touches and dimensions are codes, weights are
whole, and what a line has is cut by the largest remainder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from liveattr.attribution.rule_based import RULES, RuleParameters, rule_version, share_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["GRAINS", "NONE", "NO_TOUCH", "UNATTRIBUTED", "create_credit", "credit_sql", "total_sql"]

GRAINS = ("channel", "campaign", "broadcast", "host", "sku", "action")
"""Dimensions over which credit is summed up."""

UNATTRIBUTED = "(unattributed)"
"""Money of lines whose order no touch precedes."""

NONE = "(none)"
"""Money of touches that have no campaign, broadcast, …, so that every grain sums to the ledger."""

NO_TOUCH = -1
"""`touch_id` of the row (unattributed)."""

NANO = 1_000_000_000
"""Parts of an order that are summed: whole numbers add up to the same in any order."""

_ORDER = """
CREATE OR REPLACE TEMP TABLE credit_order AS
SELECT row_number() OVER (ORDER BY o.code, l.platform, l.shop_id, l.order_id) AS order_no,
       o.code AS order_key, l.platform, l.shop_id, l.order_id, l.n_lines
FROM (
    SELECT platform, shop_id, order_id,
           sum(CASE WHEN counted AND paid_at IS NOT NULL THEN 1 ELSE 0 END) AS n_lines
    FROM line_ledger GROUP BY platform, shop_id, order_id
) AS l
LEFT JOIN (SELECT code, value FROM dimension WHERE kind = 'order') AS o
  ON o.value = l.platform || chr(9) || l.shop_id || chr(9) || l.order_id"""

_SHARE = """
CREATE OR REPLACE TEMP TABLE credit_share AS
SELECT s.rule, o.order_no, o.n_lines, s.pos, s.touch_id, s.weight, s.total
FROM ({shares}) AS s
JOIN credit_order AS o ON o.order_key = s.order_key"""

_PATH = """(
    SELECT j.order_key, j.pos, j.n, j.ts_us, j.touch_id, d.value AS channel
    FROM journey AS j
    JOIN touch AS t ON t.touch_id = j.touch_id
    JOIN dimension AS d ON d.kind = 'channel' AND d.code = t.channel
    WHERE j.order_key IS NOT NULL
      AND j.order_key IN (SELECT order_key FROM credit_order))"""

_LINE = """
CREATE OR REPLACE TEMP TABLE credit_line AS
SELECT CAST(row_number() OVER (ORDER BY o.order_no) AS INTEGER) AS line, o.order_no,
       l.platform, l.line_id, l.net_fen, x.order_no IS NOT NULL AS touched
FROM line_ledger AS l
JOIN credit_order AS o
  ON o.platform = l.platform AND o.shop_id = l.shop_id AND o.order_id = l.order_id
LEFT JOIN (SELECT DISTINCT order_no FROM credit_share) AS x ON x.order_no = o.order_no"""

_PART = """
CREATE OR REPLACE TEMP TABLE credit_part AS
SELECT s.rule, l.line, s.touch_id, CAST(1 AS DOUBLE) AS share, l.net_fen
FROM credit_share AS s
JOIN credit_line AS l ON l.order_no = s.order_no
WHERE s.weight = s.total
UNION ALL
SELECT rule, line, touch_id, share,
       CAST(sign_ * (floor_ + CASE WHEN turn_ <= left_ THEN 1 ELSE 0 END) AS BIGINT) AS net_fen
FROM (
    SELECT rule, line, touch_id, share, sign_, floor_,
           abs_ - sum(floor_) OVER (PARTITION BY rule, line) AS left_,
           row_number() OVER (PARTITION BY rule, line ORDER BY rest_ DESC, pos) AS turn_
    FROM (
        SELECT s.rule, l.line, s.touch_id, s.pos,
               CAST(s.weight AS DOUBLE) / CAST(s.total AS DOUBLE) AS share,
               sign(l.net_fen) AS sign_, abs(l.net_fen) AS abs_,
               CAST((CAST(abs(l.net_fen) AS HUGEINT) * s.weight) // s.total AS BIGINT) AS floor_,
               CAST((CAST(abs(l.net_fen) AS HUGEINT) * s.weight) % s.total AS BIGINT) AS rest_
        FROM credit_share AS s
        JOIN credit_line AS l ON l.order_no = s.order_no
        WHERE s.weight < s.total
    )
)"""

_TOUCH_TEXT = """
CREATE OR REPLACE TEMP TABLE touch_text AS
SELECT t.touch_id, {values}
FROM touch AS t {joins}
WHERE t.touch_id IN (SELECT touch_id FROM credit_share)""".format(
    values=", ".join(f"{g}.value AS {g}" for g in GRAINS),
    joins=" ".join(
        f"LEFT JOIN dimension AS {g} ON {g}.kind = '{g}' AND {g}.code = t.{g}" for g in GRAINS
    ),
)


def create_credit(
    con: DuckDBPyConnection,
    *,
    rules: Sequence[str] = RULES,
    parameters: RuleParameters | None = None,
) -> None:
    """Create the temporary tables from which `credit_sql` and `total_sql` read.

    Parameters
    ----------
    con
        Connection on which `line_ledger, journey, touch, dimension` can be read.
    rules, parameters
        Which rules, and how.

    Notes
    -----
    `credit_part` has one row for each rule, line and touch with a share: `rule, line, touch_id,
    share, net_fen`. The parts of a line are floor(|net| × weight / total) with the sign of the
    net; the fen that are left go one each to the largest remainders, of equal ones to the earlier
    touch. So they sum to the line's money, whatever its sign. Lines of orders without a touch are
    in `credit_line` with `touched` false.
    """
    con.execute(_ORDER)
    con.execute(_SHARE.format(shares=share_sql(_PATH, rules, parameters)))
    con.execute(_LINE)
    con.execute(_PART)
    con.execute(_TOUCH_TEXT)
    rows = ", ".join(f"('{rule}', '{_quoted(rule_version(rule, parameters))}')" for rule in rules)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE credit_rule AS SELECT * FROM (VALUES {rows}) "
        f"AS t (rule, version)"
    )


def credit_sql(as_of: date) -> str:
    """Write SQL for the rows of the table `credit`, from what `create_credit` made."""
    return f"""
SELECT r.rule AS model, r.version, l.platform, l.line_id, p.touch_id, t.channel,
       t.campaign AS campaign_id, t.broadcast AS broadcast_id, t.host AS host_id, t.sku AS sku_id,
       t.action AS event_name, p.share, p.net_fen, DATE '{as_of}' AS as_of
FROM credit_part AS p
JOIN credit_line AS l ON l.line = p.line
JOIN touch_text AS t ON t.touch_id = p.touch_id
JOIN credit_rule AS r ON r.rule = p.rule
UNION ALL
SELECT r.rule, r.version, l.platform, l.line_id, CAST({NO_TOUCH} AS BIGINT), '{UNATTRIBUTED}',
       NULL, NULL, NULL, NULL, NULL, CAST(1 AS DOUBLE), l.net_fen, DATE '{as_of}'
FROM credit_line AS l
CROSS JOIN credit_rule AS r
WHERE NOT l.touched"""


def total_sql(as_of: date) -> str:
    """Write SQL for the rows of the table `credit_total`, from what `create_credit` made.

    Notes
    -----
    An order counts by its lines that count and are paid as of the date, each by an equal part;
    `orders` adds up their shares in 10⁻⁹ of an order. `n` counts those lines, each once for a
    value, however many of its touches have the value. Every rule and grain has the row
    (unattributed), and `net_fen` over all values of a grain is the sum over the ledger.
    """
    parts = " UNION ALL ".join([_untouched_sql(), *(_grain_sql(grain) for grain in GRAINS)])
    return f"""
SELECT r.rule AS model, r.version, x.grain, x.value, DATE '{as_of}' AS as_of,
       CAST(sum(x.nano) AS DOUBLE) / {NANO} AS orders, CAST(sum(x.net_fen) AS BIGINT) AS net_fen,
       CAST(NULL AS DOUBLE) AS low, CAST(NULL AS DOUBLE) AS high, CAST(NULL AS DOUBLE) AS level,
       CAST(sum(x.n) AS BIGINT) AS n
FROM ({parts}) AS x
JOIN credit_rule AS r ON r.rule = x.rule
GROUP BY r.rule, r.version, x.grain, x.value
HAVING x.value = '{UNATTRIBUTED}' OR sum(x.n) > 0 OR sum(x.net_fen) <> 0"""


def _grain_sql(grain: str) -> str:
    """Write money, then orders and lines, by the values of one dimension of the touch."""
    value = f"coalesce(t.{grain}, '{NONE}')"
    return f"""
SELECT p.rule, '{grain}' AS grain, {value} AS value, 0 AS nano, sum(p.net_fen) AS net_fen, 0 AS n
FROM (SELECT rule, touch_id, sum(net_fen) AS net_fen FROM credit_part GROUP BY rule, touch_id) AS p
JOIN touch_text AS t ON t.touch_id = p.touch_id
GROUP BY p.rule, {value}
UNION ALL
SELECT rule, '{grain}', value, sum(nano), 0, sum(n_lines)
FROM (
    SELECT s.rule, s.order_no, {value} AS value, max(s.n_lines) AS n_lines,
           sum(CAST(round(CAST(s.weight AS DOUBLE) / s.total * {NANO}) AS BIGINT)) AS nano
    FROM credit_share AS s
    JOIN touch_text AS t ON t.touch_id = s.touch_id
    WHERE s.n_lines > 0
    GROUP BY s.rule, s.order_no, {value}
)
GROUP BY rule, value"""


def _untouched_sql() -> str:
    grains = ", ".join(f"('{grain}')" for grain in GRAINS)
    return f"""
SELECT r.rule, g.grain, '{UNATTRIBUTED}' AS value, u.nano, m.net_fen, u.n
FROM (
    SELECT coalesce(sum(CASE WHEN n_lines > 0 THEN {NANO} ELSE 0 END), 0) AS nano,
           coalesce(sum(n_lines), 0) AS n
    FROM credit_order WHERE order_no NOT IN (SELECT order_no FROM credit_share)
) AS u
CROSS JOIN (
    SELECT coalesce(sum(net_fen), 0) AS net_fen FROM credit_line WHERE NOT touched
) AS m
CROSS JOIN credit_rule AS r
CROSS JOIN (VALUES {grains}) AS g (grain)"""


def _quoted(text: str) -> str:
    return text.replace("'", "''")
