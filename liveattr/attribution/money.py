"""Shares of orders → money of order lines in whole fen.

Everything is whole numbers until the end: lines, touches and dimensions are codes, weights are
whole, and what a line has is cut by the largest remainder.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from liveattr.attribution.credit_path import NANO, CreditPlan, create_credit_path
from liveattr.attribution.model_fit import LakeFit, fit_models
from liveattr.attribution.model_shares import WEIGHT_UNIT, share_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["GRAINS", "NONE", "NO_TOUCH", "UNATTRIBUTED", "create_credit", "credit_sql"]

GRAINS = ("channel", "campaign", "broadcast", "host", "sku", "action")
"""Dimensions over which credit is summed up."""

UNATTRIBUTED = "(unattributed)"
"""Money of lines whose order no touch precedes."""

NONE = "(none)"
"""Money of touches that have no campaign, broadcast, …, so that every grain sums to the ledger."""

NO_TOUCH = -1
"""`touch_id` of the row (unattributed)."""

_SPLIT = """
CREATE OR REPLACE TEMP TABLE credit_split AS
SELECT model, unit, scenario, mass, pos, touch_id, key, weight, total
FROM ({shares})"""

_REST = f"""
CREATE OR REPLACE TEMP TABLE credit_rest AS
WITH unsure AS (
    SELECT unit, CAST({NANO} - sum(mass) AS BIGINT) AS rest
    FROM (SELECT DISTINCT unit, scenario, mass FROM credit_path WHERE scenario > 0)
    GROUP BY unit
), part AS (
    SELECT s.model, s.unit, min(s.pos) AS pos, s.touch_id,
           sum(CAST(round(CAST(s.weight AS DOUBLE) / s.total * s.mass * {WEIGHT_UNIT // NANO})
               AS BIGINT)) AS weight
    FROM credit_split AS s
    WHERE s.scenario > 0
    GROUP BY s.model, s.unit, s.touch_id
    UNION ALL
    SELECT m.model, u.unit, 0, {NO_TOUCH}, u.rest * {WEIGHT_UNIT // NANO}
    FROM unsure AS u CROSS JOIN credit_model AS m
    WHERE u.rest > 0
)
SELECT model, unit, pos, touch_id, CAST(weight AS BIGINT) AS weight,
       CAST(sum(weight) OVER (PARTITION BY model, unit) AS BIGINT) AS total
FROM part WHERE weight > 0
UNION ALL
SELECT m.model, u.unit, 0, {NO_TOUCH}, 1, 1
FROM credit_unit AS u
CROSS JOIN credit_model AS m
LEFT JOIN (SELECT DISTINCT unit FROM credit_path) AS p ON p.unit = u.unit
WHERE p.unit IS NULL"""

_SHARE = """
CREATE OR REPLACE TEMP VIEW credit_share AS
SELECT model, unit, pos, touch_id, weight, total FROM credit_split WHERE scenario = 0
UNION ALL
FROM credit_rest"""

_PART = """
CREATE OR REPLACE TEMP TABLE credit_part AS
WITH line AS (
    SELECT line, {unit} AS unit, net_fen FROM credit_line
)
SELECT s.model, l.line, s.touch_id, CAST(1 AS DOUBLE) AS share, l.net_fen
FROM credit_share AS s
JOIN line AS l ON l.unit = s.unit
WHERE s.weight = s.total
UNION ALL
SELECT model, line, touch_id, share,
       CAST(sign_ * (floor_ + CASE WHEN turn_ <= left_ THEN 1 ELSE 0 END) AS BIGINT) AS net_fen
FROM (
    SELECT model, line, touch_id, share, sign_, floor_,
           abs_ - sum(floor_) OVER (PARTITION BY model, line) AS left_,
           row_number() OVER (PARTITION BY model, line ORDER BY rest_ DESC, pos) AS turn_
    FROM (
        SELECT s.model, l.line, s.touch_id, s.pos,
               CAST(s.weight AS DOUBLE) / CAST(s.total AS DOUBLE) AS share,
               sign(l.net_fen) AS sign_, abs(l.net_fen) AS abs_,
               CAST((CAST(abs(l.net_fen) AS HUGEINT) * s.weight) // s.total AS BIGINT) AS floor_,
               CAST((CAST(abs(l.net_fen) AS HUGEINT) * s.weight) % s.total AS BIGINT) AS rest_
        FROM credit_share AS s
        JOIN line AS l ON l.unit = s.unit
        WHERE s.weight < s.total
    )
)"""

_TOUCH_TEXT = """
CREATE OR REPLACE TEMP TABLE touch_text AS
SELECT t.touch_id, {values}
FROM touch AS t {joins}
WHERE t.touch_id IN (SELECT touch_id FROM credit_share)
UNION ALL
SELECT {no_touch}, {nothing}""".format(
    values=", ".join(f"coalesce({g}.value, '{NONE}') AS {g}" for g in GRAINS),
    joins=" ".join(
        f"LEFT JOIN dimension AS {g} ON {g}.kind = '{g}' AND {g}.code = t.{g}" for g in GRAINS
    ),
    no_touch=NO_TOUCH,
    nothing=", ".join(f"'{UNATTRIBUTED}'" for _ in GRAINS),
)


def create_credit(con: DuckDBPyConnection, plan: CreditPlan | None = None) -> dict[str, LakeFit]:
    """Create the temporary tables from which `credit_sql` and `totals` read.

    Parameters
    ----------
    con
        Connection on which `line_ledger, journey, touch, dimension` can be read; for a match of
        goods also `sku_map` and `product`.
    plan
        Which models, and how; by default the six rules.

    Returns
    -------
    dict
        Model → fitted chain, for `credit_totals`.

    Notes
    -----
    `credit_part` has one row for each model, line and touch with a share: `model, line, touch_id,
    share, net_fen`. The parts of a line are floor(|net| × weight / total) with the sign of the
    net; the fen that are left go one each to the largest remainders, of equal ones to the earlier
    touch. So they sum to the line's money, whatever its sign. What no touch precedes is a part of
    the touch `NO_TOUCH`.
    """
    plan = plan or CreditPlan()
    create_credit_path(con, plan)
    rows = ", ".join(f"('{m}', '{_quoted(v)}')" for m, v in plan.versions().items())
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE credit_model AS "
        f"SELECT * FROM (VALUES {rows}) AS t (model, version)"
    )
    fits = fit_models(con, plan)
    shares = share_sql(
        "credit_path",
        plan.models,
        plan.parameters,
        by=("unit", "scenario", "mass"),
        keep=("touch_id", "key"),
        key="key",
        skipped="skipped",
    )
    con.execute(_SPLIT.format(shares=shares))
    con.execute(_REST)
    con.execute(_SHARE)
    con.execute(_PART.format(unit="order_no" if plan.sku_match == "none" else "line"))
    con.execute(_TOUCH_TEXT)
    return fits


def credit_sql(as_of: date) -> str:
    """Write SQL for the rows of the table `credit`, from what `create_credit` made."""
    named = ("campaign", "broadcast", "host", "sku", "action")
    texts = ", ".join(
        f"CASE WHEN t.{name} NOT IN ('{NONE}', '{UNATTRIBUTED}') THEN t.{name} END AS {column}"
        for name, column in zip(
            named,
            ("campaign_id", "broadcast_id", "host_id", "sku_id", "event_name"),
            strict=True,
        )
    )
    return f"""
SELECT m.model, m.version, l.platform, l.line_id, p.touch_id, t.channel, {texts}, p.share, p.net_fen,
       DATE '{as_of}' AS as_of
FROM credit_part AS p
JOIN credit_line AS l ON l.line = p.line
JOIN touch_text AS t ON t.touch_id = p.touch_id
JOIN credit_model AS m ON m.model = p.model"""


def _quoted(text: str) -> str:
    return text.replace("'", "''")
