"""The stage `attribute`: journeys and the money of order lines → `credit`, `credit_total`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from liveattr.attribution.money import create_credit, credit_sql, total_sql
from liveattr.attribution.rule_based import RULES, rule_version
from liveattr.lake import Summary, run_stage
from liveattr.ledger import create_line_ledger
from liveattr.settings import Settings, load_settings
from liveattr.units import as_day

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["attribute"]

READS = (
    "touch",
    "journey",
    "dimension",
    "order_header",
    "order_line",
    "refund",
    "refund_line",
    "account_ledger",
    "sku_map",
)
WRITES = ("credit", "credit_total")

_COUNT = """
SELECT count(*), count(*) FILTER (WHERE touched) FROM credit_line"""


def attribute(
    lake: Lake,
    *,
    as_of: date | str,
    rules: Sequence[str] = RULES,
    settings: Settings | None = None,
    force: bool = False,
) -> Summary:
    """Credit each order line's money to the touches before its order, by each rule.

    Parameters
    ----------
    lake
        A lake after `build_journeys`.
    as_of
        Business date: lines created and money moved before its end count.
    rules
        Which rules.
    settings
        Zone, refund window and parameters of the rules; by default those of `liveattr.toml`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows in: order lines.

    Raises
    ------
    ParameterError
        If a rule is unknown.

    Notes
    -----
    `credit` is large and keeps the latest `as_of` only; `credit_total` keeps every one. The money
    of a line is what stayed as of the date (`liveattr.ledger`), so a later refund changes credit
    with its sign, and over all values of a grain the sum is that of the ledger, for every rule.
    """
    as_of = as_day(as_of)
    known = settings or load_settings()
    options = {
        "as_of": as_of,
        "versions": [rule_version(rule, known.rules) for rule in rules],
        "zone": known.zone,
        "refund_window_days": known.refund_window_days,
    }
    body = partial(_body, as_of=as_of, rules=rules, settings=known)
    return run_stage(
        lake, "attribute", options=options, reads=READS, writes=WRITES, body=body, force=force
    )


def _body(lake: Lake, *, as_of: date, rules: Sequence[str], settings: Settings) -> Summary:
    with lake.connect() as con:
        create_line_ledger(
            con,
            as_of=as_of,
            zone=settings.zone,
            refund_window_days=settings.refund_window_days,
        )
        create_credit(con, rules=rules, parameters=settings.rules)
        lake.write("credit", con.sql(credit_sql(as_of)))
        lake.write(
            "credit_total", con.sql(total_sql(as_of)), mode="replace_where", where={"as_of": as_of}
        )
        return _summary(con, as_of, len(rules))


def _summary(con: DuckDBPyConnection, as_of: date, n_rules: int) -> Summary:
    [(lines, touched)] = con.execute(_COUNT).fetchall()
    parts = _one(con, "SELECT count(*) FROM credit_part")
    totals = _one(con, f"SELECT count(*) FROM ({total_sql(as_of)})")
    return Summary(
        rows_in=lines,
        outputs={"credit": parts + (lines - touched) * n_rules, "credit_total": totals},
        notes=(f"{touched:,} of {lines:,} lines have a touch before them",),
    )


def _one(con: DuckDBPyConnection, query: str) -> int:
    [(number,)] = con.execute(query).fetchall()
    return int(number)
