"""CSV tables of the recall and repurchase reports; small numbers of people blank (gate G6)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.consent.suppress import SMALLEST, suppress_small
from liveattr.report.csv_tables import hand_back
from liveattr.report.head_recall import recall_title
from liveattr.report.words import LANGS, word

if TYPE_CHECKING:
    from liveattr.report.facts_recall import RecallFacts
    from liveattr.report.facts_repurchase import RepurchaseFacts

__all__ = [
    "few_blank",
    "recall_tables",
    "repurchase_tables",
    "save_recall",
    "save_repurchase",
]

_PEOPLE = ("n_found", "n_excluded", "n_capped", "n_refused", "n_contact", "n_holdout", "n_never")
_OF_ARMS = ("contact", "holdout")


def few_blank(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Blank numbers of people from 1 to under `SMALLEST`; none at all is no secret."""
    kept = {c: frame[c].where((frame[c] == 0) | (frame[c] >= SMALLEST)) for c in columns}
    return frame.assign(**kept)


def recall_tables(facts: RecallFacts) -> dict[str, pd.DataFrame]:
    """Return the tables of a recall report: file name without `.csv` → frame.

    Examples
    --------
    >>> sorted(recall_tables(facts))  # doctest: +SKIP
    ['audience', 'audience_goods', 'audience_removed', 'audience_why', 'recall_result']
    """
    found = {
        "audience": few_blank(facts.lists.drop(columns=["refused"]), *_PEOPLE),
        "audience_refused": _hidden(facts.refused),
        "audience_why": few_blank(_typical(facts.why), "people"),
        "audience_goods": _hidden(facts.goods),
        "audience_removed": few_blank(facts.removed, "people"),
        "recall_result": _told(pd.concat([facts.results, facts.pooled], ignore_index=True)),
    }
    return {name: frame for name, frame in found.items() if name == "audience" or len(frame)}


def _typical(why: pd.DataFrame) -> pd.DataFrame:
    """Blank the median of a number that few people have: it would be theirs."""
    return why.assign(typical=why["typical"].where(why["people"] >= SMALLEST))


def _hidden(frame: pd.DataFrame) -> pd.DataFrame:
    """Blank small cells and those that would give them away: their total stands on the page."""
    return suppress_small(frame, "people", within=["audience_id"], hide=["people"])


def _told(results: pd.DataFrame) -> pd.DataFrame:
    """Blank sizes and means of arms of a few people."""
    made = few_blank(results, *(f"n_{arm}" for arm in _OF_ARMS))
    means = {arm: results[arm].where(results[f"n_{arm}"] >= SMALLEST) for arm in _OF_ARMS}
    return made.assign(**means)


def repurchase_tables(facts: RepurchaseFacts) -> dict[str, pd.DataFrame]:
    """Return the tables of the repurchase report: file name without `.csv` → frame."""
    kept = ["people", "buyers_30", "buyers_90", "orders_90", "value_90_fen"]
    found = {
        "repurchase_model": facts.model,
        "repurchase_bands": suppress_small(facts.bands, "people", hide=kept),
        "repurchase_reasons": few_blank(facts.reasons.drop(columns=["sooner"]), "people"),
        "repurchase_score": facts.scores,
        "repurchase_week": facts.weeks,
    }
    return {n: frame for n, frame in found.items() if n == "repurchase_model" or len(frame)}


def save_recall(facts: RecallFacts, folder: str | Path) -> list[str]:
    """Write the tables of a recall report and what the runner needs; see `save_tables`."""
    titles = {lang: recall_title(facts, lang) for lang in LANGS}
    return hand_back(folder, facts.versions, recall_tables(facts), _recall_summary(facts), titles)


def save_repurchase(facts: RepurchaseFacts, folder: str | Path) -> list[str]:
    """Write the tables of the repurchase report and what the runner needs; see `save_tables`."""
    titles = {lang: word("again.title", lang) for lang in LANGS}
    tables, figures = repurchase_tables(facts), _repurchase_summary(facts)
    return hand_back(folder, facts.versions, tables, figures, titles)


def _recall_summary(facts: RecallFacts) -> dict[str, Any]:
    """Return the figures that the index shows of recall lists."""
    lists, told = facts.lists, facts.results
    bought = told[(told["outcome"] == "bought") & told["difference"].notna()]
    money = told[(told["outcome"] == "net_margin_fen") & told["total"].notna()]
    return {
        "title": facts.title,
        "currency": facts.currency,
        "lists": len(lists),
        "n_contact": _count(lists["n_contact"].sum()),
        "n_holdout": _count(lists["n_holdout"].sum()),
        "state": _state(told),
        "buyers": [_span(each) for each in bought.to_dict("records")],
        "margin_fen": [_span(each) for each in money.to_dict("records")],
    }


def _count(people: float) -> int | None:
    """Return a number of people; None where it is small."""
    return int(people) if people == 0 or people >= SMALLEST else None


def _state(told: pd.DataFrame) -> str:
    """Say how far a result is: none yet, told, or told but not detectable at this size."""
    bought = told[told["outcome"] == "bought"]
    if bought.empty or bought["difference"].isna().all():
        return "waiting"
    return "told" if bought["detectable"].fillna(False).astype(bool).any() else "undetectable"


def _span(each: dict[Any, Any]) -> dict[str, Any]:
    names = ("total", "total_low", "total_high")
    return {"audience_id": each["audience_id"], **{n: _number(each[n]) for n in names}}


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), 6)


def _repurchase_summary(facts: RepurchaseFacts) -> dict[str, Any]:
    """Return the figures that the index shows of repurchase."""
    weeks = facts.whole_weeks()
    return {
        "currency": facts.currency,
        "people": _count(int(facts.about["people"] or 0)),
        "reason": facts.reason,
        "model": str(facts.model["model"].iloc[0] or ""),
        "orders_4_weeks": _number(weeks["expected_orders"].sum()) if len(weeks) else None,
        "orders_90": _number(facts.bands["orders_90"].sum()) if len(facts.bands) else None,
    }
