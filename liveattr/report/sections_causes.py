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

    Orders become money as in the statement of the lift that is used: gross by the kept sales of one
    incremental order, net less those of the ordinary orders that were brought forward.
    """
    best = facts.lift.best
    if best is None:
        return []
    each = facts.lift.fen("revenue", "gross")
    if each is None or not best["gross"]:
        return []
    found = [_net(facts, best, lang)] if facts.lift.fen("revenue", "net") is not None else []
    found.append(_cause(best, each / best["gross"], lang))
    others = [
        {str(key): none_of(value) for key, value in row.items()}
        for row in facts.lift.lifts.to_dict("records")
        if row["subject_kind"] == best["subject_kind"] and row["subject"] == best["subject"]
    ]
    return found + [
        _cause(row, each / best["gross"], lang)
        for row in others
        if row["method"] != best["method"] and row["gross"] is not None
    ]


def _cause(lift: Mapping[str, Any], each: float, lang: str) -> Cause:
    low, high = lift["gross_low"], lift["gross_high"]
    return Cause(
        word("rules.lift_gross", lang),
        lift["method"],
        lift["grade"] or "",
        round(each * lift["gross"]),
        None if low is None else round(each * low),
        None if high is None else round(each * high),
        count(round(lift["gross"])),
        int(lift["n"]),
    )


def _net(facts: CampaignFacts, lift: Mapping[str, Any], lang: str) -> Cause:
    """Return the net row; an order that was brought forward takes an ordinary order's money away."""
    gross, net = (facts.lift.fen("revenue", horizon) or 0 for horizon in ("gross", "net"))
    forward = lift["gross"] - lift["net"]
    each, ordinary = gross / lift["gross"], (gross - net) / forward if forward else 0.0
    ends: list[int | None] = []
    for end in ("low", "high"):
        brought, kept = lift[f"gross_{end}"], lift[f"net_{end}"]
        known = brought is not None and kept is not None
        ends.append(round(each * brought - ordinary * (brought - kept)) if known else None)
    return Cause(
        word("rules.lift_net", lang),
        lift["method"],
        lift["net_grade"] or "",
        net,
        ends[0],
        ends[1],
        count(round(lift["net"])),
        int(lift["n"]),
    )
