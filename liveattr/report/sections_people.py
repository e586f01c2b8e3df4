"""The identity card: how many viewers are known, how, and what was not joined.

`facts → Block`, or None for a campaign without a room. Pure. Small numbers of people are hidden
(gate G6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from liveattr.consent.suppress import SMALLEST, small_cells
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import count, percent
from liveattr.report.words import word

if TYPE_CHECKING:
    from liveattr.report.facts import CampaignFacts

__all__ = ["identity_card"]

_TIERS = ("A", "A-", "B")
_REASONS = (
    "no_consent",
    "withdrawn",
    "exclusive",
    "shared",
    "capped",
    "not_same",
    "scored",
    "blocked",
)


def identity_card(facts: CampaignFacts, lang: str) -> Block | None:
    """Return the card; None where the campaign has no room, or no people were resolved."""
    n = {str(m): int(v) for m, v in facts.identity.itertuples(index=False)}
    if facts.broadcasts.empty or "identity_count" not in facts.versions:
        return None
    viewers, linked = n.get("viewers", 0), n.get("linked", 0)
    title = word("people.title", lang)
    if viewers == 0:
        return section("people", title, word("people.nobody", lang), *_rest(n, lang))
    lead = word(
        "people.lead",
        lang,
        viewers=_few(viewers, lang),
        share=percent(linked, viewers) if min(viewers, linked) >= SMALLEST else _few(linked, lang),
    )
    parts = (_ways(n, viewers, linked, lang), _reasons(n, viewers, lang), *_rest(n, lang))
    return section("people", title, lead, *parts)


def _ways(n: dict[str, int], viewers: int, linked: int, lang: str) -> str:
    """Return the table of how viewers are linked; the parts add up to all viewers."""
    rows = [(tier, n.get(f"linked_{tier}", 0)) for tier in _TIERS]
    rows = [(tier, people) for tier, people in rows if people] + [("none", viewers - linked)]
    heads = ("people.how", "people.viewers", "people.share")
    frame = pd.DataFrame(rows, columns=["key", "people"])
    hidden = small_cells(frame, "people")  # with the total in sight, one hidden cell hides nothing
    return _table(frame, hidden, viewers, heads, lang)


def _reasons(n: dict[str, int], viewers: int, lang: str) -> str:
    rows = [(reason, n.get(f"refused_{reason}", 0)) for reason in _REASONS]
    rows = [(reason, people) for reason, people in rows if people]
    heads = ("people.why", "people.viewers", "people.share")
    frame = pd.DataFrame(rows, columns=["key", "people"])
    return _table(frame, frame["people"] < SMALLEST, viewers, heads, lang) if rows else ""


def _table(
    frame: pd.DataFrame, hidden: pd.Series, viewers: int, heads: tuple[str, str, str], lang: str
) -> str:
    body = [
        row(
            [
                Cell(esc(word(f"people.{key}", lang))),
                Cell(esc(_hidden(people, lang) if hides else count(people)), number=True),
                Cell(esc("" if hides else percent(people, viewers)), number=True, muted=True),
            ]
        )
        for (key, people), hides in zip(frame.itertuples(index=False), hidden, strict=True)
    ]
    return table([(word(key, lang), at > 0) for at, key in enumerate(heads)], body)


def _rest(n: dict[str, int], lang: str) -> list[str]:
    """Say what holds for the whole shop: withdrawals, and guesses with their bound."""
    said = []
    if n.get("withdrawn", 0):
        said.append(para(word("people.gone", lang, n=_few(n["withdrawn"], lang))))
    if n.get("candidates", 0):
        bound = percent(n.get("false_match_bound_ppm", 0), 1_000_000)
        said.append(para(word("people.fuzzy", lang, n=_few(n["candidates"], lang), bound=bound)))
    return said


def _few(people: int, lang: str) -> str:
    return count(people) if people >= SMALLEST else _hidden(people, lang)


def _hidden(people: int, lang: str) -> str:
    """Say that a number is small, or that it is kept back because it would give a small one away."""
    return word("people.small" if people < SMALLEST else "people.kept", lang, k=SMALLEST)
