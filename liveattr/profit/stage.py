"""Settle: which money belongs to which campaign as of a date, and the statement of each.

Only this file and `lift_stage` of this room touch the lake.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from liveattr.errors import ParameterError, did_you_mean
from liveattr.lake import Summary, run_stage
from liveattr.ledger import create_line_ledger
from liveattr.profit.ad_credit import create_ad_credit
from liveattr.profit.basis import line_bases
from liveattr.profit.costs import cost_rows
from liveattr.profit.facts import campaign_amounts, campaign_facts
from liveattr.profit.money import cut_rows, money_rows
from liveattr.profit.shares import line_shares
from liveattr.profit.statement import broadcast_statement
from liveattr.settings import RULES, Settings, load_settings
from liveattr.tables import get_table
from liveattr.units import as_day

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["READS", "WRITES", "settle"]

READS = (
    "campaign",
    "broadcast",
    "broadcast_plan",
    "campaign_cost",
    "ad_spend",
    "platform_ad_order",
    "tracked_link",
    "event",
    "order_header",
    "order_line",
    "refund",
    "refund_line",
    "settlement_line",
    "account_ledger",
    "sku_map",
    "sku_cogs",
    "person_member",
    "identifier_quarantine",
    "consent_state",
    "touch",
    "journey",
    "dimension",
    "credit",
)
WRITES = ("line_basis", "ad_credit", "line_share", "statement", "statement_row")

_OPTIONS = (
    "zone",
    "billed_platforms",
    "refund_window_days",
    "tracked_link_hours",
    "host_time_grace_minutes",
    "window_hours",
    "clock_offset_s",
)
"""Settings that decide the result."""

NOTE_LENGTH = 200
"""Longest list of names in a remark: it is read on a screen."""


def settle(
    lake: Lake,
    *,
    as_of: date | str,
    rule: str | None = None,
    settings: Settings | None = None,
    force: bool = False,
) -> Summary:
    """Write evidence, shares and the statement of every campaign as of a business date.

    Parameters
    ----------
    lake
        An open lake; if there are touches, `attribute` ran for the same date last.
    as_of
        Business date; what counts happened before its end. Statements of other dates stay.
    rule
        Attribution rule that shares out the lines without hard evidence; by default the setting
        `share_rule` (last_non_direct).
    settings
        By default those of `liveattr.toml`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows read (order lines) and written by table.

    Raises
    ------
    ParameterError
        If there is no such rule.
    MissingDataError
        If there are touches, but no credit of this rule and date.

    Notes
    -----
    Writes `line_basis` (whole: evidence does not depend on the date), and the rows of `as_of` in
    `ad_credit`, `line_share`, `statement` and `statement_row`.
    """
    known = settings or load_settings()
    as_of = as_day(as_of)
    chosen = rule or known.share_rule
    if chosen not in RULES:
        raise ParameterError(f"there is no rule {chosen!r}; {did_you_mean(chosen, RULES)}")
    options = {"as_of": as_of, "rule": chosen, **{n: getattr(known, n) for n in _OPTIONS}}
    return run_stage(
        lake,
        "settle",
        options=options,
        reads=READS,
        writes=WRITES,
        body=lambda opened: _settle(opened, as_of, chosen, known),
        force=force,
    )


def _settle(lake: Lake, as_of: date, rule: str, settings: Settings) -> Summary:
    with lake.connect(READS) as con:
        statement = _compute(con, as_of, rule, settings)
        return Summary(
            rows_in=_count(con, "line_ledger"),
            outputs=_write(lake, con, as_of, statement),
            notes=_notes(con),
        )


def _compute(con: DuckDBPyConnection, as_of: date, rule: str, settings: Settings) -> pd.DataFrame:
    """Run all steps on a connection; leaves `basis`, `ad_credit`, `share`, `campaign_row`."""
    zone = settings.zone
    create_line_ledger(con, as_of=as_of, zone=zone, refund_window_days=settings.refund_window_days)
    line_bases(
        con,
        tracked_link_hours=settings.tracked_link_hours,
        host_time_grace_minutes=settings.host_time_grace_minutes,
        window_hours=settings.window_hours,
        clock_offset_s=settings.clock_offset_s,
    )
    create_ad_credit(con, as_of)
    line_shares(con, as_of=as_of, rule=rule)
    money_rows(con, as_of=as_of, zone=zone)
    cut_rows(con)
    cost_rows(con, as_of=as_of, zone=zone)
    facts = campaign_facts(con, settings.billed_platforms)
    return broadcast_statement(campaign_amounts(con), facts, as_of=as_of)


def _write(
    lake: Lake, con: DuckDBPyConnection, as_of: date, statement: pd.DataFrame
) -> dict[str, int]:
    this = {"as_of": as_of}
    names = {name: ", ".join(get_table(name).names) for name in WRITES}
    lake.write("line_basis", con.sql(f"SELECT {names['line_basis']} FROM basis"))
    for name, made in (("ad_credit", "ad_credit"), ("line_share", "share")):
        found = con.sql(f"SELECT {names[name]} FROM {made}")
        lake.write(name, found, mode="replace_where", where=this)
    rows = con.sql(
        f"SELECT {names['statement_row']} FROM (SELECT *, CAST($as_of AS DATE) AS as_of "
        "FROM campaign_row WHERE amount_fen <> 0)",
        params=this,
    )
    lake.write("statement_row", rows, mode="replace_where", where=this)
    lake.write("statement", statement, mode="replace_where", where=this)
    return {
        "line_basis": _count(con, "basis"),
        "ad_credit": _count(con, "ad_credit"),
        "line_share": _count(con, "share"),
        "statement": len(statement),
        "statement_row": _count(con, "campaign_row", "amount_fen <> 0"),
    }


def _notes(con: DuckDBPyConnection) -> tuple[str, ...]:
    """Say which costs reach no statement."""
    lost = {
        "{n} rows of campaign_cost name a campaign that is not known: {which}": """
            SELECT count(*), string_agg(DISTINCT campaign_id, ', ' ORDER BY campaign_id)
            FROM campaign_cost AS c WHERE NOT EXISTS (
                SELECT 1 FROM campaign_fact AS f WHERE f.campaign_id = c.campaign_id)""",
        "{n} rows of ad_spend name a broadcast that is not known: {which}": """
            SELECT count(*), string_agg(DISTINCT broadcast_id, ', ' ORDER BY broadcast_id)
            FROM ad_spend AS a WHERE broadcast_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM broadcast AS b WHERE b.broadcast_id = a.broadcast_id)""",
        "{n} rows of ad_spend name neither a broadcast nor a known room: {which}": """
            SELECT count(*), string_agg(DISTINCT coalesce(room_id, ad_id), ', '
                                        ORDER BY coalesce(room_id, ad_id))
            FROM ad_spend AS a WHERE broadcast_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM broadcast AS b WHERE b.platform_room_id = a.room_id)""",
    }
    found = {text: con.execute(sql).fetchall()[0] for text, sql in lost.items()}
    return tuple(
        text.format(n=rows, which=which[:NOTE_LENGTH])
        for text, (rows, which) in found.items()
        if rows
    )


def _count(con: DuckDBPyConnection, relation: str, condition: str = "true") -> int:
    ((rows,),) = con.execute(f"SELECT count(*) FROM {relation} WHERE {condition}").fetchall()
    return int(rows)
