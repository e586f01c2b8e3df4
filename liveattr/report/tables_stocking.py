"""Tables of the stocking report as CSV and Parquet, and its workbook; small numbers of people blank (gate G6)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liveattr.report.csv_tables import hand_back
from liveattr.report.sections_stocking import amount_of
from liveattr.report.stocking_book import book_name, write_stocking_workbook
from liveattr.report.tables_recall import few_blank
from liveattr.report.words import LANGS, word

if TYPE_CHECKING:
    import pandas as pd

    from liveattr.report.facts_stocking import StockingFacts

__all__ = ["save_stocking", "stocking_tables"]

_PEOPLE = ("visitors", "carts", "buyers", "paid", "refunded", "late", "n")


def stocking_tables(facts: StockingFacts) -> dict[str, pd.DataFrame]:
    """Return the tables of the stocking report: file name without `.csv` → frame."""
    found = {
        "order_plan": facts.plan,
        "demand_days": facts.forecast,
        "demand_backtest": facts.backtest,
        "event_plan": facts.events,
        "order_override": facts.overrides.drop(columns=["read_at"]),
        **({} if facts.scores is None else {"override_score": facts.scores.skus}),
        "diagnosis": few_blank(facts.causes, *_PEOPLE),
        "sources": facts.sources,
    }
    return {name: frame for name, frame in found.items() if len(frame)}


def save_stocking(facts: StockingFacts, folder: str | Path, lang: str = "zh") -> list[str]:
    """Write tables and workbook of the stocking report, and what the runner needs.

    Parameters
    ----------
    facts
        What was read.
    folder
        An existing folder; empty text writes nothing.
    lang
        Of the workbook, which lies beside the page.

    Returns
    -------
    list of str
        The files, relative to the folder: `tables/<name>.csv`, the same as `.parquet`, the workbook.
    """
    if not str(folder):
        return []
    titles = {each: word("order.title", each) for each in LANGS}
    frames = stocking_tables(facts)
    made = [*_save_parquet(frames, Path(folder)), book_name(lang)]
    write_stocking_workbook(facts, Path(folder) / book_name(lang), lang)
    return hand_back(folder, facts.versions, frames, _summary(facts), titles, made)


def _save_parquet(frames: Mapping[str, pd.DataFrame], folder: Path) -> list[str]:
    """Write the tables as Parquet; numbers and days keep their types."""
    import pyarrow as pa
    from pyarrow import parquet

    (folder / "tables").mkdir(exist_ok=True)
    for name, frame in frames.items():
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
        parquet.write_table(table, folder / "tables" / f"{name}.parquet", compression="zstd")
    return [f"tables/{name}.parquet" for name in frames]


def _summary(facts: StockingFacts) -> dict[str, Any]:
    """Return the figures that the index shows of stocking."""
    return {
        "currency": facts.currency,
        "skus": len(facts.plan),
        "to_order": len(facts.to_order),
        "amount_fen": amount_of(facts.to_order),
        "running_out": len(facts.running_out),
        "tied_fen": int(facts.too_much["tied_fen"].fillna(0).sum()),
    }
