"""The ledger: what the money of each order line is as of a business date.

Everybody who speaks of a line's money (credit rules, the statement) reads it here, so all sums
meet to the fen. The SQL runs on a DuckDB connection on which the canonical tables are views.

Decisions
---------
- A line counts if its order is of no test account, it is no gift and its trade kind is normal.
  A line that does not count stays visible with 0 in every money column.
- What comes back needs a payment: refunds and account rows touch only counted lines that were
  paid before the end of the as-of date.
- A refund's moment is `done_at`, else `updated_at`, else `applied_at`. Money came back before
  shipping if `before_shipping` says so or, where that is null, if the type is before_shipping.
- Pieces came back if the refund was before shipping or of type return_refund, never more than the
  line has. A refund without lines: its pieces are spread by the lines' pieces; where it names no
  pieces, all of them if its goods money reaches what the order's counted lines paid, else none.
- `subsidy_back_fen` holds what refund rows say; for an order none of whose refunds says anything,
  what the account ledger says (tag subsidy_back, out is positive).
- An account row names a line or an order; a number that is both names the line. A row of an order
  is spread over its counted lines: subsidy_back by subsidies, commission_back and service_fee_back
  by refunded money, freight_insurance and compensation by what was paid; if all these weights are
  0, in equal parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from liveattr import units
from liveattr.settings import Settings, load_settings

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["MERCHANT_SKU", "create_line_ledger", "create_unit_cost", "cut_sql", "line_ledger"]

_UNIT_COST = """
CREATE OR REPLACE TEMP TABLE unit_cost AS
SELECT l.platform, l.line_id, c.cogs_fen
FROM line_ledger AS l
JOIN (
    SELECT merchant_sku, cogs_fen, valid_from_on,
           lead(valid_from_on) OVER (PARTITION BY merchant_sku ORDER BY valid_from_on) AS valid_to_on
    FROM sku_cogs
) AS c
  ON c.merchant_sku = l.merchant_sku AND c.valid_from_on <= l.paid_on
 AND (c.valid_to_on IS NULL OR l.paid_on < c.valid_to_on)
WHERE l.counted AND l.paid_at IS NOT NULL
"""

_READS = ("order_header", "order_line", "refund", "refund_line", "account_ledger", "sku_map")

MERCHANT_SKU = """
SELECT platform, platform_sku_id, merchant_sku, valid_from_at,
       lead(valid_from_at) OVER (
           PARTITION BY platform, platform_sku_id ORDER BY valid_from_at) AS valid_to_at
FROM sku_map
"""
"""SQL: `sku_map` with the moment at which each mapping ends (null: it still holds)."""

_LINE = f"""
CREATE OR REPLACE TEMP TABLE ledger_line AS
SELECT l.platform, l.line_id, l.shop_id, l.order_id, l.sku_id,
       coalesce(l.merchant_code, m.merchant_sku) AS merchant_sku,
       l.qty, h.created_at,
       CASE WHEN h.paid_at < $end_at THEN h.paid_at END AS paid_at,
       CASE WHEN h.paid_at < $end_at
            THEN CAST(timezone($zone, h.paid_at) AS DATE) END AS paid_on,
       NOT h.is_test AND NOT l.is_gift AND l.trade_kind = 'normal' AS counted,
       NOT h.is_test AND NOT l.is_gift AND l.trade_kind = 'normal'
           AND h.paid_at IS NOT NULL AND h.paid_at < $end_at AS earning,
       h.status IN ('cancelled', 'closed')
           AND coalesce(h.updated_at, h.finished_at, h.paid_at, h.created_at) < $end_at AS closed,
       l.paid_fen, l.sub_platform_fen, l.sub_author_fen
FROM order_line AS l
JOIN order_header AS h
  ON h.platform = l.platform AND h.shop_id = l.shop_id AND h.order_id = l.order_id
LEFT JOIN ({MERCHANT_SKU}) AS m
  ON l.merchant_code IS NULL AND m.platform = l.platform AND m.platform_sku_id = l.sku_id
 AND m.valid_from_at <= h.created_at
 AND (m.valid_to_at IS NULL OR h.created_at < m.valid_to_at)
WHERE h.created_at < $end_at
"""

_REFUND = """
CREATE OR REPLACE TEMP TABLE ledger_refund AS
SELECT r.platform, r.refund_id, r.shop_id, r.order_id, r.qty,
       r.refund_fen - r.postage_fen AS refund_fen, r.subsidy_back_fen,
       coalesce(r.before_shipping, r.type = 'before_shipping') AS before,
       coalesce(r.before_shipping, r.type = 'before_shipping')
           OR r.type = 'return_refund' AS goods_back,
       x.refund_id IS NULL AS whole
FROM refund AS r
LEFT JOIN (SELECT DISTINCT platform, refund_id FROM refund_line) AS x
  ON x.platform = r.platform AND x.refund_id = r.refund_id
WHERE r.status = 'done'
  AND coalesce(r.done_at, r.updated_at, r.applied_at) < $end_at
"""

_WHOLE_REFUND = """
WITH part AS (
    SELECT r.platform, r.refund_id, l.line_id, r.refund_fen, r.subsidy_back_fen,
           greatest(l.paid_fen, 0) AS paid_weight,
           greatest(l.sub_platform_fen + l.sub_author_fen, 0) AS sub_weight,
           greatest(l.qty, 0) AS qty_weight,
           CASE WHEN NOT r.goods_back THEN 0
                WHEN r.qty IS NOT NULL THEN r.qty
                WHEN r.refund_fen >= sum(l.paid_fen) OVER o THEN sum(l.qty) OVER o
                ELSE 0 END AS pieces
    FROM ledger_refund AS r
    JOIN ledger_line AS l
      ON l.platform = r.platform AND l.order_id = r.order_id
     AND (l.shop_id = r.shop_id OR '(default)' IN (l.shop_id, r.shop_id))
    WHERE r.whole AND l.earning
    WINDOW o AS (PARTITION BY r.platform, r.refund_id)
)
SELECT platform, refund_id, line_id, 'refund' AS what, refund_fen AS amount, paid_weight AS weight
FROM part
UNION ALL
SELECT platform, refund_id, line_id, 'subsidy', subsidy_back_fen, sub_weight FROM part
UNION ALL
SELECT platform, refund_id, line_id, 'qty', pieces, qty_weight FROM part
"""

_ACCOUNT = """
WITH row_ AS (
    SELECT platform, account_trade_no, tag, order_id,
           CASE WHEN direction = 'in' THEN amount_fen ELSE -amount_fen END AS amount
    FROM account_ledger
    WHERE "at" < $end_at AND order_id IS NOT NULL
      AND tag IN ('subsidy_back', 'commission_back', 'service_fee_back',
                  'freight_insurance', 'compensation')
), line AS (
    SELECT l.platform, l.line_id, l.order_id, greatest(l.paid_fen, 0) AS paid,
           greatest(l.sub_platform_fen + l.sub_author_fen, 0) AS sub,
           greatest(coalesce(r.back, 0), 0) AS back
    FROM ledger_line AS l
    LEFT JOIN (SELECT platform, line_id, sum(refund_before_fen + refund_after_fen) AS back
               FROM line_refund GROUP BY platform, line_id) AS r
      ON r.platform = l.platform AND r.line_id = l.line_id
    WHERE l.earning
), hit AS (
    SELECT a.platform, a.account_trade_no, a.tag, a.amount, l.line_id, l.paid, l.sub, l.back
    FROM row_ AS a JOIN line AS l ON l.platform = a.platform AND l.line_id = a.order_id
    UNION ALL
    SELECT a.platform, a.account_trade_no, a.tag, a.amount, l.line_id, l.paid, l.sub, l.back
    FROM row_ AS a JOIN line AS l ON l.platform = a.platform AND l.order_id = a.order_id
    WHERE NOT EXISTS (SELECT 1 FROM line AS x
                      WHERE x.platform = a.platform AND x.line_id = a.order_id)
)
SELECT platform, account_trade_no, tag, line_id, amount,
       CASE WHEN tag = 'subsidy_back' THEN sub
            WHEN tag IN ('commission_back', 'service_fee_back') THEN back
            ELSE paid END AS weight
FROM hit
"""

_LEDGER = """
CREATE OR REPLACE TEMP TABLE line_ledger AS
WITH back AS (
    SELECT platform, line_id, sum(refund_before_fen) AS before, sum(refund_after_fen) AS after,
           sum(subsidy_back_fen) AS subsidy, sum(qty_back) AS qty
    FROM line_refund GROUP BY platform, line_id
), money AS (
    SELECT l.platform, l.line_id, l.shop_id, l.order_id, l.sku_id, l.merchant_sku, l.qty,
           l.created_at, l.paid_at, l.paid_on, l.counted, l.closed,
           CASE WHEN l.counted THEN l.paid_fen ELSE 0 END AS gmv_created_fen,
           CASE WHEN l.earning THEN l.paid_fen ELSE 0 END AS paid_fen,
           CASE WHEN l.earning THEN l.sub_platform_fen ELSE 0 END AS sub_platform_fen,
           CASE WHEN l.earning THEN l.sub_author_fen ELSE 0 END AS sub_author_fen,
           CAST(coalesce(b.before, 0) AS BIGINT) AS refund_before_fen,
           CAST(coalesce(b.after, 0) AS BIGINT) AS refund_after_fen,
           CAST(coalesce(b.subsidy, 0) AS BIGINT) AS subsidy_back_fen,
           CAST(least(coalesce(b.qty, 0), l.qty) AS BIGINT) AS qty_back
    FROM ledger_line AS l
    LEFT JOIN back AS b ON b.platform = l.platform AND b.line_id = l.line_id
)
SELECT platform, line_id, shop_id, order_id, sku_id, merchant_sku, qty, created_at, paid_at,
       paid_on, counted, gmv_created_fen, paid_fen, sub_platform_fen, sub_author_fen,
       refund_before_fen, refund_after_fen, subsidy_back_fen, qty_back,
       paid_fen + sub_platform_fen + sub_author_fen
           - refund_before_fen - refund_after_fen - subsidy_back_fen AS net_fen,
       closed OR coalesce(date_diff('day', paid_on, $as_of) >= $refund_window_days, false)
           AS mature
FROM money
"""


def cut_sql(
    source: str,
    *,
    by: Sequence[str],
    order: Sequence[str],
    keep: Sequence[str] = (),
    amount: str = "amount",
    weight: str = "weight",
) -> str:
    """Write SQL that cuts an amount into whole parts by weight: the largest remainder.

    Parameters
    ----------
    source
        Relation or `(subquery)` with the columns below; one row for each part to be made.
    by
        Columns that say which rows share one amount (equal on all of them).
    order
        Columns that break ties between equal remainders: the first gets the unit.
    keep
        Further columns of the result.
    amount, weight
        Integer columns; weights are not negative. If all weights of a group are 0 they count as
        equal.

    Returns
    -------
    str
        A query with the columns `by`, `order`, `keep` and `part` (BIGINT).

    Notes
    -----
    A part is floor(|amount| × weight / total), and the units that are left go one each to the
    rows with the largest remainders; the sign of the amount is put back at the end. So the parts
    of a group sum to its amount, have its sign, and a larger weight never gets less. Products are
    HUGEINT (DECIMAL(38,0) on engines without it), so nothing overflows.

    Examples
    --------
    >>> import duckdb
    >>> rows = "(VALUES ('a', 100, 1), ('b', 100, 1), ('c', 100, 1)) AS t (who, amount, weight)"
    >>> duckdb.sql(cut_sql(rows, by=["amount"], order=["who"]) + " ORDER BY who").fetchall()
    [(100, 'a', 34), (100, 'b', 33), (100, 'c', 33)]
    """
    columns = ", ".join(dict.fromkeys((*by, *order, *keep)))
    group, ties = ", ".join(by), ", ".join(order)
    return f"""
SELECT {columns},
       CAST(sign_ * (floor_ + CASE WHEN turn_ <= abs_ - floors_ THEN 1 ELSE 0 END) AS BIGINT) AS part
FROM (
    SELECT {columns}, sign_, abs_, floor_, row_number() OVER w_ AS turn_,
           sum(floor_) OVER (w_ ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS floors_
    FROM (
        SELECT {columns}, sign_, abs_, product_ // total_ AS floor_, product_ % total_ AS rest_
        FROM (
            SELECT {columns}, sign({amount}) AS sign_, abs({amount}) AS abs_,
                   CASE WHEN weights_ = 0 THEN rows_ ELSE weights_ END AS total_,
                   CAST(abs({amount}) AS HUGEINT)
                       * CASE WHEN weights_ = 0 THEN 1 ELSE {weight} END AS product_
            FROM (
                SELECT *, sum({weight}) OVER (PARTITION BY {group}) AS weights_,
                       count(*) OVER (PARTITION BY {group}) AS rows_
                FROM {source}
            )
        )
    )
    WINDOW w_ AS (PARTITION BY {group} ORDER BY rest_ DESC, {ties})
)"""


def create_line_ledger(
    con: DuckDBPyConnection, *, as_of: date, zone: str, refund_window_days: int
) -> None:
    """Create the temporary table `line_ledger` on a connection: each line's money as of a date.

    Parameters
    ----------
    con
        Connection on which `order_header, order_line, refund, refund_line, account_ledger` and
        `sku_map` can be read.
    as_of
        Business date; what counts happened before its end.
    zone
        The shop's zone, e.g. Asia/Shanghai.
    refund_window_days
        [days] After so many days a paid line is mature: hardly any refund comes any more.

    Notes
    -----
    One row per order line created before the end of `as_of`: `platform, line_id, shop_id,
    order_id, sku_id, merchant_sku, qty, created_at, paid_at, paid_on, counted, gmv_created_fen,
    paid_fen, sub_platform_fen, sub_author_fen, refund_before_fen, refund_after_fen,
    subsidy_back_fen, qty_back, net_fen, mature`; `paid_at` is null where nothing was paid yet.
    net_fen = paid + subsidies - refunds - subsidies given back. Postage is no goods money.

    Two more temporary tables lead down to the source rows: `line_refund` (part of each refund, or
    of each account row that stands in for one, on each line) and `line_account` (part of each
    account row with a tag of the statement on each line; in is positive).
    """
    end = {"end_at": units.day_end_at(as_of, zone)}
    con.execute(_LINE, {**end, "zone": zone})
    con.execute(_REFUND, end)
    _create_line_refund(con)
    _create_line_account(con, end)
    _add_subsidies_of_account(con)
    con.execute(_LEDGER, {"as_of": as_of, "refund_window_days": refund_window_days})
    con.execute("DROP TABLE ledger_line; DROP TABLE ledger_refund")


def create_unit_cost(con: DuckDBPyConnection) -> None:
    """Create the temporary table `unit_cost` (platform, line_id, cogs_fen): what one piece cost.

    Parameters
    ----------
    con
        Connection with `sku_cogs` and the temporary table `line_ledger`.

    Notes
    -----
    One row a paid line whose SKU had a cost on the day of payment; cogs_fen is of one unit.
    """
    con.execute(_UNIT_COST)


def _create_line_refund(con: DuckDBPyConnection) -> None:
    cut = cut_sql(f"({_WHOLE_REFUND})", by=["platform", "refund_id", "what"], order=["line_id"])
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE line_refund AS
WITH part AS (
    SELECT l.platform, x.refund_id, l.line_id, 'refund_line' AS source_table,
           l.platform || '/' || x.refund_id || '/' || x.line_id AS source_key,
           x.refund_fen, x.subsidy_back_fen, x.qty
    FROM refund_line AS x
    JOIN ledger_line AS l ON l.platform = x.platform AND l.line_id = x.line_id AND l.earning
    UNION ALL
    SELECT platform, refund_id, line_id, 'refund', platform || '/' || refund_id,
           sum(part) FILTER (what = 'refund'), sum(part) FILTER (what = 'subsidy'),
           sum(part) FILTER (what = 'qty')
    FROM ({cut}) GROUP BY platform, refund_id, line_id
)
SELECT p.platform, p.line_id, p.source_table, p.source_key,
       CAST(CASE WHEN r.before THEN p.refund_fen ELSE 0 END AS BIGINT) AS refund_before_fen,
       CAST(CASE WHEN r.before THEN 0 ELSE p.refund_fen END AS BIGINT) AS refund_after_fen,
       CAST(p.subsidy_back_fen AS BIGINT) AS subsidy_back_fen,
       CAST(CASE WHEN r.goods_back THEN p.qty ELSE 0 END AS BIGINT) AS qty_back
FROM part AS p
JOIN ledger_refund AS r ON r.platform = p.platform AND r.refund_id = p.refund_id""")


def _create_line_account(con: DuckDBPyConnection, end: dict[str, datetime]) -> None:
    cut = cut_sql(
        f"({_ACCOUNT})", by=["platform", "account_trade_no"], order=["line_id"], keep=["tag"]
    )
    con.execute(
        f"""
CREATE OR REPLACE TEMP TABLE line_account AS
SELECT platform, line_id, tag, 'account_ledger' AS source_table,
       platform || '/' || account_trade_no AS source_key, part AS amount_fen
FROM ({cut})""",
        end,
    )


def _add_subsidies_of_account(con: DuckDBPyConnection) -> None:
    con.execute("""
INSERT INTO line_refund
SELECT a.platform, a.line_id, a.source_table, a.source_key, 0, 0, -a.amount_fen, 0
FROM line_account AS a
JOIN ledger_line AS l ON l.platform = a.platform AND l.line_id = a.line_id
WHERE a.tag = 'subsidy_back' AND NOT EXISTS (
    SELECT 1 FROM line_refund AS r
    JOIN ledger_line AS x ON x.platform = r.platform AND x.line_id = r.line_id
    WHERE x.platform = l.platform AND x.shop_id = l.shop_id AND x.order_id = l.order_id
      AND r.subsidy_back_fen <> 0)""")


def line_ledger(lake: Lake, *, as_of: date | str, settings: Settings | None = None) -> pd.DataFrame:
    """Return the money of each order line as of a business date.

    Parameters
    ----------
    lake
        An open lake.
    as_of
        Business date; what counts happened before its end.
    settings
        Zone and refund window; by default those of `liveattr.toml`.

    Returns
    -------
    pandas.DataFrame
        The columns that `create_line_ledger` lists, ordered by platform and line_id; money in
        fen. The sum of `net_fen` over counted, paid lines is the revenue R of platforms.md
        section 4, and what every credit rule sums to.
    """
    known = settings or load_settings()
    with lake.connect(_READS) as con:
        create_line_ledger(
            con,
            as_of=units.as_day(as_of),
            zone=known.zone,
            refund_window_days=known.refund_window_days,
        )
        return con.execute("SELECT * FROM line_ledger ORDER BY platform, line_id").df()
