"""Heads of the recall, repurchase and stocking pages, and how small numbers of people are written. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from liveattr.consent.suppress import SMALLEST
from liveattr.report.html import Block, esc
from liveattr.report.numbers import count
from liveattr.report.words import WORDS, word

if TYPE_CHECKING:
    from liveattr.report.facts_recall import RecallFacts
    from liveattr.report.facts_repurchase import RepurchaseFacts
    from liveattr.report.facts_stocking import StockingFacts

__all__ = [
    "few",
    "list_name",
    "moment",
    "named",
    "recall_heading",
    "recall_title",
    "repurchase_heading",
    "stocking_heading",
]


def recall_title(facts: RecallFacts, lang: str) -> str:
    """Return the broadcast with its title, or the list's own (plain text)."""
    if facts.broadcasts.empty:
        return str(facts.lists[f"title_{lang}"].iloc[0])
    return f"{facts.about} · {facts.title}" if facts.title else facts.about


def recall_heading(facts: RecallFacts, lang: str) -> Block:
    """Return the head of the page: what the lists are about, which they are, as-of date."""
    names = word("text.and", lang).join(
        dict.fromkeys(str(name) for name in facts.lists[f"title_{lang}"])
    )
    about = [word("recall.of", lang, name=names)]
    for show in facts.broadcasts.to_dict("records"):
        platform = named("platform", str(show["platform"]), lang)
        known = [platform] if show["start_at"] is None or pd.isna(show["start_at"]) else [
            platform, moment(show["start_at"], facts.zone)
        ]  # fmt: skip
        about = [*known, *about]
    return _head(recall_title(facts, lang), about, facts.as_of, lang)


def repurchase_heading(facts: RepurchaseFacts, lang: str) -> Block:
    """Return the head of the planners' page."""
    return _head(word("again.title", lang), [word("again.sub", lang)], facts.as_of, lang)


def stocking_heading(facts: StockingFacts, lang: str) -> Block:
    """Return the head of the page on what to order."""
    return _head(word("order.title", lang), [word("order.sub", lang)], facts.as_of, lang)


def _head(title: str, about: list[str], as_of: date, lang: str) -> Block:
    said = word("head.as_of", lang, date=as_of)
    return Block(
        "heading",
        f'<header class="la"><div><h1>{esc(title)}</h1><div class="sub">{esc(" · ".join(about))}'
        f'</div></div><div class="sub">{esc(said)}</div></header>',
    )


def named(family: str, name: str, lang: str) -> str:
    """Return the words for a name; one without words keeps its own."""
    key = f"{family}.{name}"
    return word(key, lang) if key in WORDS else name


def list_name(each: Mapping[Any, Any], lang: str) -> str:
    """Return a list's title and channel."""
    channel = named("recall", f"channel_{each['channel']}", lang)
    return f"{each[f'title_{lang}']} · {channel}"


def moment(at: pd.Timestamp, zone: str) -> str:
    """Write a moment in the shop's zone."""
    return f"{at.tz_convert(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def few(people: float, lang: str) -> str:
    """Write a number of people; from 1 to under `SMALLEST` only that it is small (gate G6)."""
    if 0 < people < SMALLEST:
        return word("people.small", lang, k=SMALLEST)
    return count(int(people))
