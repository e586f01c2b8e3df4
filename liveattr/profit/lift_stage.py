"""Settle a lift: the statement of each campaign over the orders that would not have come without it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from liveattr.errors import MissingDataError
from liveattr.lake import Summary, run_stage
from liveattr.ledger import create_line_ledger
from liveattr.profit.lift_money import chosen_lifts, fixed_rows, lift_facts, lift_money
from liveattr.profit.lift_statement import lift_statement
from liveattr.profit.money import money_rows
from liveattr.settings import Settings, load_settings
from liveattr.tables import get_table
from liveattr.units import as_day

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["BOOKS", "DATED", "WRITES", "lift_options", "settle_lift"]

BOOKS = (
    "order_header",
    "order_line",
    "refund",
    "refund_line",
    "settlement_line",
    "account_ledger",
    "sku_map",
    "sku_cogs",
)
DATED = ("lift", "lift_order", "line_share", "statement", "statement_row")
"""Tables of which only the rows of the day are read."""

WRITES = ("lift_statement",)

_OPTIONS = ("zone", "billed_platforms", "refund_window_days")


def lift_options(as_of: date, settings: Settings) -> dict[str, object]:
    """Return what decides the result of `settle_lift`, but for the tables."""
    return {"as_of": as_of, **{name: getattr(settings, name) for name in _OPTIONS}}


def settle_lift(
    lake: Lake, *, as_of: date | str, settings: Settings | None = None, force: bool = False
) -> Summary:
    """Write the statement of every campaign over its incremental orders, as of a business date.

    Parameters
    ----------
    lake
        An open lake in which `settle` and `measure_lift` ran for the same date.
    as_of
        Business date; what counts happened before its end. Statements of other dates stay: a later
        refund changes this one only under a new date.
    settings
        By default those of `liveattr.toml`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Campaigns with a lift, and rows written. A lake without lifts gets an empty table.

    Raises
    ------
    MissingDataError
        If there are lifts, but no statement of that date.

    Notes
    -----
    Writes the rows of `as_of` in `lift_statement`. What is computed: `lift_statement`; of which lift:
    `chosen_lifts`; of which money: `lift_money`.
    """
    known, day = settings or load_settings(), as_day(as_of)
    return run_stage(
        lake,
        "settle_lift",
        options=lift_options(day, known),
        reads=(*BOOKS, *DATED),
        writes=WRITES,
        body=lambda opened: _settle(opened, day, known),
        force=force,
    )


def _settle(lake: Lake, as_of: date, settings: Settings) -> Summary:
    with lake.connect((*BOOKS, *DATED)) as con:
        campaigns = chosen_lifts(con, as_of)
        made = _compute(con, as_of, settings) if campaigns else _nothing()
    lake.write("lift_statement", made, mode="replace_where", where={"as_of": as_of})
    return Summary(rows_in=campaigns, outputs={"lift_statement": len(made)})


def _compute(con: DuckDBPyConnection, as_of: date, settings: Settings) -> pd.DataFrame:
    _refuse_unsettled(con, as_of)
    zone = settings.zone
    create_line_ledger(con, as_of=as_of, zone=zone, refund_window_days=settings.refund_window_days)
    money_rows(con, as_of=as_of, zone=zone, shared_only=False)
    lifts, money = lift_money(con, as_of=as_of, zone=zone)
    facts = lift_facts(con, settings.billed_platforms)
    return lift_statement(lifts, money, fixed_rows(con, as_of), facts, as_of=as_of)


def _refuse_unsettled(con: DuckDBPyConnection, as_of: date) -> None:
    found = con.execute("SELECT 1 FROM statement WHERE as_of = $as_of LIMIT 1", {"as_of": as_of})
    if not found.fetchall():
        raise MissingDataError(
            f"table 'statement' has no rows as of {as_of}; run settle(lake, as_of={str(as_of)!r}) first"
        )


def _nothing() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns=list(get_table("lift_statement").names))
