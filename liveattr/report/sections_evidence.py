"""Sections on evidence: tiers, and how far they move the result.

`facts → Block`, or None where there is nothing to say. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.profit.shares import VARIANTS
from liveattr.report.charts import Segment, strip
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import count, money, percent, ratio
from liveattr.report.words import word

if TYPE_CHECKING:
    from liveattr.report.facts import CampaignFacts

__all__ = ["evidence_bar", "range_table"]

_FILLS = {
    "explicit_room": "#0f766e",
    "tracked_link": "#2f9188",
    "platform_ad": "#7fbab4",
    "rule": "#9aa1ab",
    "host_time": "#c6d9b7",
    "window": "#e3d7a7",
}
"""Hard evidence is green, the rule's share grey like all credit, what is inferred pale."""


def evidence_bar(facts: CampaignFacts, lang: str) -> Block | None:
    """Return paid money by tier of evidence, hard to inferred; None where there is no money."""
    tiers = [
        (str(tier), str(variant), int(lines), int(paid))
        for tier, variant, lines, paid in facts.evidence.itertuples(index=False)
        if paid > 0
    ]
    whole = sum(paid for *_, paid in tiers)
    if whole == 0:
        return None
    base = sum(paid for _, variant, _, paid in tiers if variant == "base")
    parts = [Segment(word(f"tier.{tier}", lang), paid, _FILLS[tier]) for tier, _, _, paid in tiers]
    drawn = strip(parts, title=word("evidence.aria", lang), mark=base if 0 < base < whole else None)
    heads = [
        (word("evidence.tier", lang), False),
        (word("evidence.share", lang), True),
        (word("evidence.paid", lang), True),
        (word("evidence.lines", lang), True),
    ]
    rows = [
        row(
            [
                Cell(
                    f'<i class="key" style="background:{_FILLS[tier]}"></i>'
                    + esc(word(f"tier.{tier}", lang))
                ),
                Cell(esc(percent(paid, whole)), number=True),
                Cell(esc(money(paid, lang, facts.currency)), number=True),
                Cell(esc(count(lines)), number=True, muted=True),
            ],
            "" if variant == "base" else "soft",
        )
        for tier, variant, lines, paid in tiers
    ]
    note = ""
    if base < whole:
        key = "evidence.base_ends" if base else "evidence.no_base"
        note = word(key, lang, share=percent(base, whole))
    return section(
        "evidence",
        word("evidence.title", lang),
        word("evidence.lead", lang),
        drawn,
        table(heads, rows),
        para(note) if note else "",
    )


def range_table(facts: CampaignFacts, lang: str) -> Block | None:
    """Return kept sales, contribution and ROI by strictness of evidence; None if all are equal."""
    figures = ["revenue"]
    if any(facts.ppm("true_roi", v) is not None for v in VARIANTS):
        figures += ["contribution", "true_roi"]
    if all(len({_figure(facts, f, v, lang) for v in VARIANTS}) == 1 for f in figures):
        return None
    heads = [("", False)] + [(word(f"range.{v}", lang), True) for v in VARIANTS]
    rows = [
        row(
            [Cell(esc(word(_label(figure, facts), lang)))]
            + [Cell(esc(_figure(facts, figure, v, lang)), number=True) for v in VARIANTS]
        )
        for figure in figures
    ]
    return section("range", word("range.title", lang), "", table(heads, rows))


def _label(figure: str, facts: CampaignFacts) -> str:
    credit = figure == "true_roi" and facts.lift.known
    return "line.credited_roi" if credit else f"line.{figure}"


def _figure(facts: CampaignFacts, figure: str, variant: str, lang: str) -> str:
    value, fen = facts.ppm(figure, variant), facts.fen(figure, variant)
    if value is None and fen is None:
        return word("statement.not_given", lang)
    text = ratio(value) if value is not None else money(fen or 0, lang, facts.currency)
    if figure != "revenue" and not facts.given(figure, variant):
        return word("statement.at_most", lang, value=text)
    return text
