"""Which part of an order line belongs to which campaign, in three variants of belief.

- low: hard evidence only; every other line is (unattributed).
- base: hard evidence; the other lines take the shares that rule R gives.
- high: as base, but what rule R leaves (unattributed) of a line goes to the broadcast with its
  best soft evidence, if it has any.

A line with hard evidence belongs wholly to the best broadcast. Only lines that count in the
ledger have shares. A line that is wholly (unattributed) has no row; a line that is so in part
has a row for the rest, so the shares of a line that is there sum to 1.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from liveattr.errors import MissingDataError, TableError
from liveattr.profit.allocate import SHARE_PARTS, SHARE_TOLERANCE, parts_sql
from liveattr.profit.basis import HARD_TIERS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["NO_BROADCAST", "UNATTRIBUTED", "VARIANTS", "line_shares"]

VARIANTS = ("low", "base", "high")
UNATTRIBUTED = "(unattributed)"
NO_BROADCAST = "(none)"

_CREDIT = """
CREATE OR REPLACE TEMP TABLE rule_credit AS
SELECT version, platform, line_id, touch_id, campaign_id, broadcast_id, share
FROM credit WHERE model = $rule AND as_of = $as_of
"""

_RULE = f"""
CREATE OR REPLACE TEMP TABLE rule_part AS
WITH named AS (
    SELECT c.platform, c.line_id, {parts_sql("c.share")} AS parts,
           CASE WHEN c.touch_id >= 0 THEN coalesce(b.campaign_id, c.campaign_id) END AS campaign_id,
           b.broadcast_id
    FROM rule_credit AS c
    LEFT JOIN broadcast AS b ON b.broadcast_id = c.broadcast_id
), part AS (
    SELECT platform, line_id, coalesce(campaign_id, '{UNATTRIBUTED}') AS campaign_id,
           CASE WHEN campaign_id IS NULL THEN '{NO_BROADCAST}'
                ELSE coalesce(broadcast_id, '{NO_BROADCAST}') END AS broadcast_id,
           sum(parts) AS parts
    FROM named WHERE parts > 0
    GROUP BY 1, 2, 3, 4
)
SELECT p.platform, p.line_id, p.campaign_id, p.broadcast_id, CAST(p.parts AS BIGINT) AS parts
FROM part AS p
JOIN line_ledger AS l ON l.platform = p.platform AND l.line_id = p.line_id AND l.counted
WHERE NOT EXISTS (SELECT 1 FROM hard_line AS h
                  WHERE h.platform = p.platform AND h.line_id = p.line_id)
"""

_TIER = f"""
CREATE OR REPLACE TEMP TABLE {{name}}_line AS
SELECT e.platform, e.line_id, b.campaign_id, e.broadcast_id, e.basis AS tier
FROM basis AS e
JOIN broadcast AS b ON b.broadcast_id = e.broadcast_id
JOIN line_ledger AS l ON l.platform = e.platform AND l.line_id = e.line_id AND l.counted
WHERE e.turn = 1 AND e.tier {{test}} {len(HARD_TIERS)}
"""

_SOFT = f"""
CREATE OR REPLACE TEMP TABLE soft_part AS
SELECT s.platform, s.line_id, s.campaign_id, s.broadcast_id, s.tier,
       CASE WHEN k.line_id IS NULL THEN {SHARE_PARTS} ELSE coalesce(u.parts, 0) END AS parts
FROM soft_line AS s
LEFT JOIN (SELECT DISTINCT platform, line_id FROM rule_part) AS k
  ON k.platform = s.platform AND k.line_id = s.line_id
LEFT JOIN rule_part AS u
  ON u.platform = s.platform AND u.line_id = s.line_id AND u.campaign_id = '{UNATTRIBUTED}'
WHERE NOT EXISTS (SELECT 1 FROM hard_line AS h
                  WHERE h.platform = s.platform AND h.line_id = s.line_id)
"""

_SHARE = f"""
CREATE OR REPLACE TEMP TABLE share AS
WITH touched AS (
    SELECT DISTINCT platform, line_id FROM rule_part WHERE campaign_id <> '{UNATTRIBUTED}'
), ruled AS (
    SELECT r.platform, r.line_id, r.campaign_id, r.broadcast_id, r.parts,
           CASE WHEN r.campaign_id = '{UNATTRIBUTED}' THEN 'none' ELSE 'rule' END AS tier,
           s.line_id IS NOT NULL AS softened
    FROM rule_part AS r
    JOIN touched AS t ON t.platform = r.platform AND t.line_id = r.line_id
    LEFT JOIN soft_part AS s ON s.platform = r.platform AND s.line_id = r.line_id
), part AS (
    SELECT v.variant, h.platform, h.line_id, h.campaign_id, h.broadcast_id, h.tier,
           {SHARE_PARTS} AS parts
    FROM hard_line AS h CROSS JOIN (VALUES ('low'), ('base'), ('high')) AS v (variant)
    UNION ALL
    SELECT 'base', platform, line_id, campaign_id, broadcast_id, tier, parts FROM ruled
    UNION ALL
    SELECT 'high', platform, line_id, campaign_id, broadcast_id, tier, parts FROM ruled
    WHERE NOT (softened AND tier = 'none')
    UNION ALL
    SELECT 'high', platform, line_id, campaign_id, broadcast_id, tier, parts FROM soft_part
    WHERE parts > 0
)
SELECT CAST($as_of AS DATE) AS as_of, variant, platform, line_id, campaign_id, broadcast_id, tier,
       CAST(parts AS DOUBLE) / sum(parts) OVER (PARTITION BY variant, platform, line_id) AS share,
       parts
FROM part
"""


def line_shares(con: DuckDBPyConnection, *, as_of: date, rule: str = "last_non_direct") -> None:
    """Create the temporary table `share`: the part of each order line that is a campaign's.

    Parameters
    ----------
    con
        Connection with `credit, touch, broadcast`, and the temporary tables `line_ledger`
        (`create_line_ledger`) and `basis` (`line_bases`).
    as_of
        Business date; the credit of this very date is read.
    rule
        Model of `credit` that shares out the lines without hard evidence.

    Raises
    ------
    MissingDataError
        If there are touches, but no credit of this rule and date.
    TableError
        If credit has two versions of the rule, or the credit of a line does not sum to 1.

    Notes
    -----
    Columns: those of `line_share`, and `parts`, the share in whole billionths. A touch belongs to
    the campaign of its broadcast, else to the campaign that it names; a touch of neither (a
    search, say) is (unattributed) here. Without any touch every line is.
    """
    con.execute(_CREDIT, {"rule": rule, "as_of": as_of})
    _check_credit(con, as_of, rule)
    con.execute(_TIER.format(name="hard", test="<"))
    con.execute(_TIER.format(name="soft", test=">="))
    con.execute(_RULE)
    con.execute(_SOFT)
    con.execute(_SHARE, {"as_of": as_of})
    for name in ("rule_credit", "hard_line", "soft_line", "rule_part", "soft_part"):
        con.execute(f"DROP TABLE {name}")


def _check_credit(con: DuckDBPyConnection, as_of: date, rule: str) -> None:
    """Refuse credit that is not there, is there twice, or has lost a part."""
    found = con.execute("SELECT DISTINCT version FROM rule_credit ORDER BY 1").fetchall()
    if not found and con.execute("SELECT 1 FROM touch LIMIT 1").fetchall():
        raise MissingDataError(
            f"table 'credit' has no rows of rule {rule!r} as of {as_of}; run "
            f"attribute(lake, as_of={as_of!r}) first"
        )
    if len(found) > 1:
        names = ", ".join(repr(version) for (version,) in found)
        raise TableError(
            f"table 'credit', column 'version': rule {rule!r} as of {as_of} is there as {names}; "
            f"run attribute(lake, as_of={as_of!r}) again"
        )
    lost = con.execute(
        "SELECT platform, line_id, sum(share) FROM rule_credit GROUP BY ALL "
        f"HAVING abs(sum(share) - 1) > {SHARE_TOLERANCE} ORDER BY ALL LIMIT 1"
    ).fetchall()
    for platform, line_id, total in lost:
        raise TableError(
            f"table 'credit', column 'share': rule {rule!r} gives {total:.6f} of line "
            f"{line_id!r} ({platform}) as of {as_of}, not 1; run attribute again"
        )
