"""The estimate beside the known truth of a simulated world: what the box of truth adds. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liveattr.report.facts_lift import none_of
from liveattr.report.html import Cell, esc, row
from liveattr.report.numbers import count, money, percent, ratio
from liveattr.report.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liveattr.report.facts import CampaignFacts

__all__ = ["estimate_cell", "estimate_rows", "held", "show_estimates"]


def estimate_cell(facts: CampaignFacts, lang: str) -> tuple[str, str]:
    """Return the estimated true ROI and its interval, as texts."""
    value, ends = facts.lift.ppm(), facts.lift.ends("true_roi")
    if value is None:
        return "–", word("truth.lift_none" if facts.lift.state == "none" else "truth.no_cost", lang)
    before = "" if facts.lift.given() else f"{word('first.at_most', lang)} "
    if ends is None:
        return before + ratio(value), word("lift.no_interval", lang)
    level = percent(facts.lift.level, 1)
    low, high = (ratio(each) for each in ends)
    return before + ratio(value), word("truth.lift_n", lang, level=level, low=low, high=high)


def held(facts: CampaignFacts, roi: int | None, orders: float, lang: str) -> str:
    """Say whether the interval holds the truth: of the ROI, or of orders where there is none."""
    ends, truth = facts.lift.ends("true_roi"), roi
    if ends is None or truth is None:
        best = facts.lift.best or {}
        low, high = best.get("net_low"), best.get("net_high")
        if low is None or high is None:
            return ""
        inside, said = low <= orders <= high, word("trust.orders", lang, value=count(round(orders)))
    else:
        inside, said = ends[0] <= truth <= ends[1], ratio(truth)
    level = percent(facts.lift.level, 1)
    return word("truth.inside" if inside else "truth.outside", lang, truth=said, level=level)


def estimate_rows(facts: CampaignFacts, lang: str) -> list[str]:
    """Return table rows of gross and net: orders, kept sales, margin, ROI, intervals under them."""
    best = facts.lift.best
    if best is None:
        return []
    return [
        _row(facts, best, horizon, lang)
        for horizon in ("gross", "net")
        if best[horizon] is not None
    ]


def _row(facts: CampaignFacts, best: Mapping[str, Any], horizon: str, lang: str) -> str:
    lift = facts.lift
    kept, cost = (lift.fen(line, horizon) for line in ("revenue", "variable_cost"))
    margin = None if kept is None or cost is None else kept + cost
    value, ends = lift.ppm(horizon), lift.ends("true_roi", horizon)
    texts = [
        _with(count(round(best[horizon])), _counts(best, horizon)),
        *("" if fen is None else esc(money(fen, lang, facts.currency)) for fen in (kept, margin)),
        "" if value is None else _with(ratio(value), [ratio(each) for each in ends or ()]),
    ]
    name = esc(word(f"truth.row_lift_{horizon}", lang))
    first = Cell(f'<i class="dot estimate"></i>{name}')
    return row([first, *(Cell(text, number=True) for text in texts)], "cause")


def _counts(lift: Mapping[str, Any], horizon: str) -> list[str]:
    ends = [lift[f"{horizon}_low"], lift[f"{horizon}_high"]]
    return [] if None in ends else [count(round(each)) for each in ends]


def _with(text: str, ends: list[str]) -> str:
    span = "\u00a0– ".join(ends)
    return esc(text) + (f'<div class="sub">{esc(span)}</div>' if span else "")


def show_estimates(facts: CampaignFacts) -> dict[str, str]:
    """Return broadcast → its estimated gross orders with the interval, as HTML."""
    rows = [
        {str(key): none_of(value) for key, value in each.items()}
        for each in facts.lift.lifts.to_dict("records")
        if each["subject_kind"] == "broadcast" and each["chosen"]
    ]
    return {
        each["subject"]: _with(count(round(each["gross"])), _counts(each, "gross"))
        for each in rows
        if each["gross"] is not None
    }
