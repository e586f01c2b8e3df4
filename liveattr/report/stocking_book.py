"""The planners' workbook: `write_stocking_workbook`. Decisions come back through `stocking_back`."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from liveattr.errors import ParameterError, did_you_mean
from liveattr.report.book_about import write_about, write_guide, write_key
from liveattr.report.book_file import open_book
from liveattr.report.book_orders import write_orders, write_risk
from liveattr.report.book_trust import write_events, write_trust
from liveattr.report.words import LANGS

if TYPE_CHECKING:
    from liveattr.report.facts_stocking import StockingFacts

__all__ = ["book_name", "write_stocking_workbook"]

MOST = 1_000_000
"""[SKUs] A sheet holds 1,048,576 rows."""


def book_name(lang: str) -> str:
    """Return the workbook's name beside the report.

    Examples
    --------
    >>> book_name("zh")
    'stocking.zh.xlsx'
    """
    return f"stocking.{lang}.xlsx"


def write_stocking_workbook(
    facts: StockingFacts, path: str | Path | IO[bytes], lang: str = "zh"
) -> None:
    """Write the workbook that a planner opens, fills in and hands back.

    Parameters
    ----------
    facts
        What `stocking_facts` read.
    path
        File to make, or a binary stream.
    lang
        `zh` or `en`.

    Raises
    ------
    ParameterError
        If the language is unknown, or the plan has more SKUs than a sheet has rows.

    Notes
    -----
    Sheets: order list (the decision and note columns are the planner's), what runs out and what is
    too much, planned broadcasts by quantile, backtest with the frontier, parameters and data cut-off,
    how to read it; and a very hidden key by which `read_overrides` knows the plan. Deterministic: the
    same facts give the same bytes. One row is kept in memory. Sheets are not protected, since a
    protected sheet can neither be sorted nor get columns; the planner's cells are unlocked, so that
    protecting it leaves them open. Text that begins with = + - @ is text and never a formula.
    """
    if lang not in LANGS:
        raise ParameterError(f"there is no language {lang!r}; {did_you_mean(lang, LANGS)}")
    if len(facts.plan) > MOST:
        raise ParameterError(
            f"{len(facts.plan):,} SKUs do not fit into a sheet; tables/order_plan.csv has them all"
        )
    target = str(path) if isinstance(path, str | Path) else path
    book = open_book(target, lang, facts.currency, facts.as_of)
    write_orders(book, facts)
    write_risk(book, facts)
    write_events(book, facts)
    write_trust(book, facts)
    write_about(book, facts)
    write_guide(book)
    write_key(book, facts)
    book.file.close()
