"""The head of a page: campaign, platform, host, time, as-of date. `facts → Block`; pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from liveattr.profit.shares import UNATTRIBUTED
from liveattr.report.html import Block, esc
from liveattr.report.numbers import day_of
from liveattr.report.words import WORDS, word

if TYPE_CHECKING:
    import pandas as pd

    from liveattr.report.facts import CampaignFacts

__all__ = ["heading", "started_on", "title_of"]


def title_of(facts: CampaignFacts, lang: str) -> str:
    """Return the campaign's id and, where it has one, its title (plain text)."""
    if facts.campaign_id == UNATTRIBUTED:
        return word("head.unattributed" if facts.campaigns else "head.whole_shop", lang)
    if facts.title and facts.title != facts.campaign_id:
        return f"{facts.campaign_id} · {facts.title}"
    return facts.campaign_id


def heading(facts: CampaignFacts, lang: str) -> Block:
    """Return the head of the page: campaign, platform, host, time, as-of date."""
    start = started_on(facts)
    day = None if start is None else day_of(start, facts.as_of)
    said = (
        word("head.as_of", lang, date=facts.as_of)
        if day is None or day < 0
        else word("head.as_of_day", lang, date=facts.as_of, day=day)
    )
    about = " · ".join(_about(facts, lang))
    return Block(
        "heading",
        f'<header class="la"><div><h1>{esc(title_of(facts, lang))}</h1>'
        f'<div class="sub">{esc(about)}</div></div><div class="sub">{esc(said)}</div></header>',
    )


def _moments(frame: pd.DataFrame, zone: str) -> list[datetime]:
    """Return all begins and ends of some rows, in the shop's zone."""
    known = [*frame["start_at"].dropna(), *frame["end_at"].dropna()]
    return [at.to_pydatetime().astimezone(ZoneInfo(zone)) for at in known]


def _start(facts: CampaignFacts) -> datetime | None:
    found = [_moments(frame, facts.zone) for frame in (facts.broadcasts, facts.campaign)]
    return min((moment for each in found for moment in each), default=None)


def started_on(facts: CampaignFacts) -> date | None:
    """Return the business date on which the campaign began; None where nobody said."""
    start = _start(facts)
    return None if start is None else start.date()


def _about(facts: CampaignFacts, lang: str) -> list[str]:
    """Platform, host and time of its broadcasts; else its kind and days."""
    shows = facts.broadcasts
    if shows.empty:
        if facts.campaign_id == UNATTRIBUTED:
            days = list(facts.daily["paid_on"])
            return [f"{days[0]} – {days[-1]}"] if days else []
        about = _known("kind", facts.kind, lang)
        return [about, *_span(_moments(facts.campaign, facts.zone), days=True)]
    hosts = sorted(set(shows["host_id"].dropna()))
    said = [_known("platform", name, lang) for name in sorted(set(shows["platform"].dropna()))]
    said += [word("head.host", lang, host=word("text.and", lang).join(hosts))] if hosts else []
    if len(shows) > 1:
        said.append(word("head.broadcasts", lang, n=len(shows)))
    return [*said, *_span(_moments(shows, facts.zone), days=len(shows) > 1)]


def _known(family: str, name: str, lang: str) -> str:
    """Return the word for a platform or kind; one without words keeps its own name."""
    key = f"{family}.{name}"
    return word(key, lang) if key in WORDS else name


def _span(moments: list[datetime], *, days: bool) -> list[str]:
    if not moments:
        return []
    first, last = min(moments), max(moments)
    if first == last:
        return [f"{first:%Y-%m-%d}" if days else f"{first:%Y-%m-%d %H:%M}"]
    if days:
        return [f"{first:%Y-%m-%d} – {last:%Y-%m-%d}"]
    end = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
    return [f"{first:%Y-%m-%d %H:%M} – {end}"]
