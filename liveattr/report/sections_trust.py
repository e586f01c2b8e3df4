"""The tests that could show a lift wrong, as cards; what was not run is named. `facts → Block`; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liveattr.report.html import Block, esc, para, section
from liveattr.report.numbers import count, percent
from liveattr.report.words import WORDS, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liveattr.report.facts import CampaignFacts

__all__ = ["TESTS", "trust_cards"]

TESTS = (
    "fake_broadcasts",
    "never_shown",
    "aa_split",
    "spike_series_10",
    "spike_series_20",
    "spike_series_40",
    "spike_events_20",
    "hidden_intent",
    "world_coverage",
)
"""In the order of the page; a test that is not among them comes last under its own name."""

_MARKS = {"pass": "✓", "fail": "✗", "unsure": "?"}


def trust_cards(facts: CampaignFacts, lang: str) -> Block | None:
    """Return a card a test that was run; None where neither lift nor a test is known."""
    rows = _rows(facts)
    if not rows and not facts.lift.known:
        return None
    title = word("trust.title", lang)
    run = [each for each in rows if each["verdict"] != "not_run"]
    if not run:
        return section("tested", title, "", para(word("trust.none", lang)))
    names = {each["test"] for each in run}
    idle = [*TESTS, *sorted({each["test"] for each in rows} - {*TESTS})]
    said = [_name(name, lang) for name in idle if name not in names]
    cards = "".join(_card(each, facts, lang) for each in run)
    missing = word("trust.not_run", lang, tests=word("text.and", lang).join(said)) if said else ""
    return section(
        "tested",
        title,
        word("trust.lead", lang),
        f'<div class="cards">{cards}</div>',
        para(missing) if missing else "",
    )


def _rows(facts: CampaignFacts) -> list[dict[str, Any]]:
    """Return one row a test and room; the whole shop's only where no room of it has one."""
    rows = [{str(k): v for k, v in each.items()} for each in facts.lift.trust.to_dict("records")]
    own = {each["test"] for each in rows if each["subject"] != "(all)"}
    kept = [each for each in rows if each["subject"] != "(all)" or each["test"] not in own]
    return sorted(kept, key=lambda each: (_turn(each["test"]), each["subject"]))


def _turn(test: str) -> tuple[int, str]:
    return (TESTS.index(test) if test in TESTS else len(TESTS), test)


def _name(test: str, lang: str) -> str:
    return word(f"test.{test}", lang) if f"test.{test}" in WORDS else test


def _card(each: Mapping[str, Any], facts: CampaignFacts, lang: str) -> str:
    verdict = each["verdict"] if each["verdict"] in _MARKS else "unsure"
    about = []
    if each["n"] == each["n"] and each["n"] is not None:
        about.append(word("trust.n", lang, n=count(int(each["n"]))))
    subject = word("trust.all", lang) if each["subject"] == "(all)" else each["subject"]
    about.append(subject)
    if each["as_of"] != facts.as_of:
        about.append(word("trust.old", lang, date=each["as_of"]))
    note = _note(each["note"], lang)
    return (
        f'<div class="card {verdict}"><span class="sub">{esc(_name(each["test"], lang))}</span>'
        f"<b>{esc(_value(each['found'], each['unit'], lang))}</b>"
        f'<span class="verdict">{_MARKS[verdict]} {esc(word(f"trust.{verdict}", lang))}</span>'
        f'<span class="sub">{esc(_wanted(each, lang))}</span>'
        f'<span class="sub">{esc(" · ".join(about))}</span>'
        f"{f'<span class=sub>{esc(note)}</span>' if note else ''}</div>"
    )


def _note(note: Any, lang: str) -> str:
    """Return a note; of one in both languages ("中文 / English"), the page's."""
    parts = note.split(" / ", 1) if isinstance(note, str) else [""]
    return parts[-1] if lang == "en" else parts[0]


def _null(value: Any) -> bool:
    return value is None or value != value


def _value(value: Any, unit: str, lang: str) -> str:
    if _null(value):
        return "–"
    if unit == "share":
        return percent(value, 1) if value >= 0 else f"−{percent(-value, 1)}"
    if unit == "odds":
        return word("trust.times", lang, value=f"{value:.1f}")
    if unit == "orders":
        return word("trust.orders", lang, value=count(round(value, 1)))
    return f"{value:,.2f}".replace("-", "−")


def _wanted(each: Mapping[str, Any], lang: str) -> str:
    """Say what should come out, and what passes."""
    unit, low, high = each["unit"], each["low"], each["high"]
    parts = []
    if not _null(each["wanted"]):
        parts.append(word("trust.wanted", lang, wanted=_value(each["wanted"], unit, lang)))
    ends = {
        name: _value(value, unit, lang)
        for name, value in (("low", low), ("high", high))
        if not (_null(value) or abs(value) == float("inf"))
    }
    key = {2: "range"}.get(len(ends)) or ("at_least" if "low" in ends else "at_most")
    if ends:
        parts.append(word(f"trust.{key}", lang, **ends))
    return ("，" if lang == "zh" else "; ").join(parts)
