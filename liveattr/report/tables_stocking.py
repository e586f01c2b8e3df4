"""CSV tables of the stocking report; small numbers of people blank (gate G6)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from liveattr.report.csv_tables import hand_back
from liveattr.report.sections_stocking import amount_of
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
        "order_override": facts.overrides.drop(columns=["read_at"]),
        "diagnosis": few_blank(facts.causes, *_PEOPLE),
    }
    return {name: frame for name, frame in found.items() if len(frame)}


def save_stocking(facts: StockingFacts, folder: str | Path) -> list[str]:
    """Write the tables of the stocking report and what the runner needs; see `save_tables`."""
    titles = {lang: word("order.title", lang) for lang in LANGS}
    return hand_back(folder, facts.versions, stocking_tables(facts), _summary(facts), titles)


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
