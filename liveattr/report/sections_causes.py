"""The rows of cause in the table of models: net and gross lift in green, as kept sales. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from liveattr.report.facts_lift import none_of
from liveattr.report.numbers import count
from liveattr.report.words import word

if TYPE_CHECKING:
    from liveattr.report.facts import CampaignFacts

__all__ = ["Cause", "causes_of"]


class Cause(NamedTuple):
    """One row: kept sales [fen] with interval, orders, and how it was found."""

    label: str
    method: str
    grade: str
    fen: int
    low: int | None
    high: int | None
    orders: str
    n: int


def causes_of(facts: CampaignFacts, lang: str) -> list[Cause]:
    """Return net and gross of the lift that is used, then gross of every other method.

    Orders become money by the kept sales of one order of the lift that is used: statements are
    proportional to orders, so the ends of the interval are too.
    """
    best = facts.lift.best
    if best is None:
        return []
    found = []
    for horizon in ("net", "gross"):
        fen, orders = facts.lift.fen("revenue", horizon), best[horizon]
        if fen is not None and orders:
            found.append(_cause(best, horizon, fen / orders, lang))
    each = facts.lift.fen("revenue", "gross")
    if each is None or not best["gross"]:
        return found
    others = [
        {str(key): none_of(value) for key, value in row.items()}
        for row in facts.lift.lifts.to_dict("records")
        if row["subject_kind"] == best["subject_kind"] and row["subject"] == best["subject"]
    ]
    return found + [
        _cause(row, "gross", each / best["gross"], lang)
        for row in others
        if row["method"] != best["method"] and row["gross"] is not None
    ]


def _cause(lift: Mapping[str, Any], horizon: str, each: float, lang: str) -> Cause:
    low, high = lift[f"{horizon}_low"], lift[f"{horizon}_high"]
    return Cause(
        word(f"rules.lift_{horizon}", lang),
        lift["method"],
        (lift["net_grade"] if horizon == "net" else lift["grade"]) or "",
        round(each * lift[horizon]),
        None if low is None else round(each * low),
        None if high is None else round(each * high),
        count(round(lift[horizon])),
        int(lift["n"]),
    )
