"""Sections on lift: sales with and without the campaign, cause beside credit, and each method.

`facts → Block`, or None where no lift was looked for. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from liveattr.report.band import band_chart
from liveattr.report.first_screen_lift import grade_tag
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import count, money, percent, ratio
from liveattr.report.verdict_lift import joined, method_name, reasons
from liveattr.report.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liveattr.report.facts import CampaignFacts

__all__ = ["lift_methods", "lift_table", "without_it"]

MANY_ROWS = 12
"""Lifts on the page; the table in the folder has all of them."""
FEW_MARKS = 3
"""Up to so many broadcasts have their date written into the picture."""

TOLD = 0.02
"""A band narrower than this share of the baseline says nothing of that day."""
UNDER = 0.06
"""Words stand so much of the chart's height under the band."""

_LINES = ("revenue", "variable_cost", "fixed_cost", "contribution", "true_roi")


def without_it(facts: CampaignFacts, lang: str) -> Block | None:
    """Return the picture of sales with the band of what was expected without it."""
    days = facts.lift.days
    if days.empty or facts.lift.state in ("", "none"):
        return None
    frame = days.rename(columns={"day_on": "day", "n_orders": "orders"})
    frame = frame.assign(orders=frame["orders"].astype(float))
    marks = _marks(facts, frame, lang)
    drawn = "".join(
        f'<div class="chart {kind}"{hidden}>'
        f"{_drawn(frame, marks, lang, width=width, height=height)}</div>"
        for kind, hidden, width, height in (
            ("wide", "", 860, 220),
            ("narrow", ' aria-hidden="true"', 290, 210),
        )
    )
    level = percent(float(frame["level"].iloc[0]), 1)
    said = [_after_note(frame, lang)]
    if marks and not any(marks.values()):
        said.insert(0, word("band.on_air", lang))
    return section(
        "without",
        word("band.title", lang),
        word("band.lead", lang, level=level),
        drawn,
        para(joined(said, lang)) if any(said) else "",
    )


def _marks(facts: CampaignFacts, frame: pd.DataFrame, lang: str) -> dict[str, str]:
    """Return the days of its broadcasts; the words are empty where there are many."""
    zone = ZoneInfo(facts.zone)
    starts = [at.astimezone(zone).date() for at in facts.broadcasts["start_at"].dropna()]
    on = facts.broadcasts["business_on"].dropna()
    held = sorted({*on} if len(on) else {*starts})
    shown = [day for day in held if day in set(frame["day"])]
    few = len(shown) <= FEW_MARKS
    return {
        day.isoformat(): word("band.live", lang, date=f"{day:%m-%d}") if few else ""
        for day in shown
    }


def _drawn(
    frame: pd.DataFrame, marks: Mapping[str, str], lang: str, *, width: int, height: int
) -> str:
    labels: list[tuple[str, float, str]] = []
    many = bool(marks) and not any(marks.values())  # words would stand on other broadcasts' days
    if frame["held"].any() and not many:
        rows: list[dict[Any, Any]] = frame[frame["held"]].to_dict("records")
        peak = max(rows, key=lambda each: float(each["orders"] - each["baseline"]))
        day = peak["day"].isoformat()
        said = word("band.actual", lang, n=count(round(peak["orders"])))
        base = word("band.without", lang, n=count(round(peak["baseline"])))
        under = peak["low"] - UNDER * float(frame[["orders", "high"]].max().max())
        labels = [(day, peak["orders"], said), (day, under, base)]
    return band_chart(
        frame,
        unit=word("band.orders", lang),
        marks=marks,
        labels=labels,
        width=width,
        height=height,
    )


def _after(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the days after the last one that is counted of which something is expected.

    A band that was made by taking an effect off the actual sales has no width there, and no dip.
    """
    held = frame.loc[frame["held"], "day"]
    told = (frame["high"] - frame["low"]) > TOLD * frame["baseline"].abs()
    return frame.iloc[:0] if held.empty else frame[told & (frame["day"] > held.max())]


def _after_note(frame: pd.DataFrame, lang: str) -> str:
    """Say whether sales fell under the band afterwards more often than chance would have it."""
    after = _after(frame)
    if len(after) < 2:
        return ""
    missing = float((after["baseline"] - after["orders"]).sum())
    under = float((after["orders"] < after["low"]).mean())
    if missing > 0 and under > 1 - float(after["level"].iloc[0]):
        return word("band.dip_note", lang, days=len(after), n=count(round(missing)))
    return word("band.no_dip", lang, days=len(after))


def lift_table(facts: CampaignFacts, lang: str) -> Block | None:
    """Return orders, money and ROI: net and gross beside what is credited."""
    lift = facts.lift
    if lift.state not in ("roi", "kept"):
        return None
    heads = [("", False)]
    heads += [(word(f"lifts.{name}", lang), True) for name in ("net", "gross", "credit")]
    rows = [_orders_row(facts, lang)]
    for line in _LINES:
        cells = [_result(facts, line, horizon, lang) for horizon in ("net", "gross")]
        cells.append(_credited(facts, line, lang))
        if any(cells):
            total = "total" if line in ("contribution", "true_roi") else ""
            label = Cell(esc(word("index.lift" if line == "true_roi" else f"line.{line}", lang)))
            grey = Cell(cells[2], number=True, muted=True)
            rows.append(row([label, *(Cell(c, number=True) for c in cells[:2]), grey], total))
    return section(
        "lifts", word("lifts.title", lang), word("lifts.lead", lang), table(heads, rows, "causes")
    )


def _orders_row(facts: CampaignFacts, lang: str) -> str:
    best = facts.lift.best or {}
    cells = [Cell(esc(word("lifts.orders", lang)))]
    cells += [Cell(_orders(best, name), number=True) for name in ("net", "gross")]
    credited = count(int(facts.row("orders")["n_rows"]))
    return row([*cells, Cell(esc(credited), number=True, muted=True)])


def _orders(lift: Mapping[str, Any], name: str) -> str:
    """Return orders with their interval in small type."""
    value, low, high = (lift.get(key) for key in (name, f"{name}_low", f"{name}_high"))
    if value is None:
        return "–"
    return esc(count(round(value))) + _small(
        None if low is None or high is None else [count(round(each)) for each in (low, high)]
    )


def _small(ends: list[str] | None) -> str:
    if ends is None:
        return ""
    return '<div class="sub">{}</div>'.format("\u00a0– ".join(map(esc, ends)))


def _result(facts: CampaignFacts, line: str, horizon: str, lang: str) -> str:
    lift, ends = facts.lift, facts.lift.ends(line, horizon)
    if line == "true_roi":
        value = lift.ppm(horizon)
        text = None if value is None else ratio(value)
        span = None if ends is None else [ratio(each) for each in ends]
    else:
        fen = lift.fen(line, horizon)
        text = None if fen is None else money(fen, lang, facts.currency)
        span = None if ends is None else [money(each, lang, facts.currency) for each in ends]
    if text is None:
        return esc(word("statement.not_given", lang))
    if line in ("contribution", "true_roi") and not lift.given(horizon):
        text = word("statement.at_most", lang, value=text)
    return esc(text) + _small(span)


def _credited(facts: CampaignFacts, line: str, lang: str) -> str:
    fen, value = facts.fen(line), facts.ppm(line)
    if fen is None and value is None:
        return esc(word("statement.not_given", lang))
    text = ratio(value) if value is not None else money(fen or 0, lang, facts.currency)
    if line in ("contribution", "true_roi") and not facts.given(line):
        text = word("statement.at_most", lang, value=text)
    return esc(text)


def lift_methods(facts: CampaignFacts, lang: str) -> Block | None:
    """Return what each method says of the campaign, its room and its broadcasts; and why not."""
    lifts = [each for each in facts.lift.lifts.to_dict("records")]
    if not lifts:
        return None
    heads = [(word("lifts.method", lang), False)]
    heads += [(word(f"lifts.{name}", lang), True) for name in ("gross", "net", "mde", "n")]
    rows = [
        _method({str(k): None if pd.isna(v) else v for k, v in each.items()}, facts, lang)
        for each in lifts[:MANY_ROWS]
    ]
    more = len(lifts) - MANY_ROWS
    return section(
        "methods",
        word("lifts.how_title", lang),
        "",
        table(heads, rows, "methods"),
        para(word("lifts.more", lang, n=count(more))) if more > 0 else "",
    )


def _method(lift: Mapping[str, Any], facts: CampaignFacts, lang: str) -> str:
    kind = lift["subject_kind"]
    used = facts.lift.best == lift and lift["gross"] is not None
    name = esc(method_name(lift["method"], lang)) + grade_tag(lift["grade"] or "", lang)
    name += f' <span class="tag">{esc(word("lifts.used", lang))}</span>' if used else ""
    about = [] if kind == "campaign" else [word(f"lifts.{kind}", lang, subject=lift["subject"])]
    if lift["reason"]:
        about.append(reasons(lift["reason"], lang))
    name += f'<div class="sub">{esc(" · ".join(about))}</div>' if about else ""
    mde = "–" if lift["mde"] is None else count(round(lift["mde"]))
    cells = [_orders(lift, "gross"), _orders(lift, "net"), esc(mde)]
    return row(
        [
            Cell(name),
            *(Cell(each, number=True) for each in cells),
            Cell(esc(count(int(lift["n"]))), number=True, muted=True),
        ],
        "used" if used else "",
    )
