"""Who is on a broadcast's recall lists, why, and what to know before sending. `facts → Block`; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.consent.suppress import SMALLEST, small_cells
from liveattr.report.head_recall import few, list_name, moment, named
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import count, percent
from liveattr.report.words import word

if TYPE_CHECKING:
    from liveattr.report.facts_recall import RecallFacts

__all__ = [
    "points",
    "recall_definition",
    "recall_expected",
    "recall_footer",
    "recall_lists",
    "recall_why",
]

MANY = 12
"""Rows of signs and products on the page; the tables in the folder have all."""
_STEPS = ("n_found", "n_excluded", "n_capped", "n_refused", "n_never", "n_holdout", "n_contact")
_LEFT_OUT = {"n_excluded", "n_capped", "n_refused", "n_never"}


def recall_lists(facts: RecallFacts, lang: str) -> Block:
    """Return how many people meet the definition, who is left out by what, and who remains."""
    parts = []
    for each in _lists(facts):
        if len(facts.lists) > 1:
            parts.append(f"<h3>{esc(list_name(each, lang))}</h3>")
        parts += [_steps(each, lang), *_notes(facts, each, lang)]
    return section("recall", word("recall.lists", lang), word("recall.lists_lead", lang), *parts)


def _lists(facts: RecallFacts) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in each.items()} for each in facts.lists.to_dict("records")]


def _steps(each: dict[str, Any], lang: str) -> str:
    """Return the steps as a table; those that add up to the found hide each other's small cells."""
    parts = pd.DataFrame({"step": _STEPS[1:], "people": [int(each[name]) for name in _STEPS[1:]]})
    hidden = {
        s for s, hide in zip(parts["step"], small_cells(parts, "people"), strict=True) if hide
    }
    found, rows = int(each["n_found"]), []
    for name in _STEPS:
        people = int(each[name])
        if name in _LEFT_OUT and people == 0:
            continue
        hides = name in hidden or 0 < people < SMALLEST
        shown = word("people.kept", lang) if hides and people >= SMALLEST else few(people, lang)
        share = "" if hides or found == 0 else percent(people, found)
        cells = [
            Cell(esc(word(f"recall.{name}", lang))),
            Cell(esc(shown), number=True),
            Cell(_bar(0 if hides else people, found)),
            Cell(esc(share), number=True, muted=True),
        ]
        rows.append(row(cells, _mark(name)))
    heads = [(word("recall.step", lang), False), (word("recall.people", lang), True), ("", False)]
    return table([*heads, (word("recall.share", lang), True)], rows, "causes")


def _mark(step: str) -> str:
    return {"n_contact": "total", "n_found": ""}.get(step, "soft" if step in _LEFT_OUT else "")


def _bar(people: int, whole: int) -> str:
    share = 100 * people / whole if whole else 0
    return f'<span class="hbar"><i style="width:{share:.1f}%"></i></span>'


def _notes(facts: RecallFacts, each: dict[str, Any], lang: str) -> list[str]:
    said = []
    refused = facts.of(facts.refused, each["audience_id"])
    if len(refused) and int(each["n_refused"]):
        said.append(para(word("recall.refused_by", lang, why=_by_reason(refused, "reason", lang))))
    removed = facts.of(facts.removed, each["audience_id"])
    if len(removed):
        n = few(int(removed["people"].sum()), lang)
        why = word("text.and", lang).join(
            named("recall", f"gone_{w}", lang) for w in removed["why"]
        )
        said.append(para(word("recall.removed", lang, n=n, why=why)))
    if not bool(each["never_raises_price"]):
        said.append(para(word("recall.price_unchecked", lang), "need warn"))
    return said


def _by_reason(frame: pd.DataFrame, column: str, lang: str) -> str:
    hide = small_cells(frame[[column, "people"]], "people")
    rows = zip(frame[column], frame["people"], hide, strict=True)
    return word("text.and", lang).join(
        word(
            "recall.each",
            lang,
            why=named("refused", str(why), lang),
            n=word("people.kept", lang) if hides and n >= SMALLEST else few(int(n), lang),
        )
        for why, n, hides in rows
    )


def recall_why(facts: RecallFacts, lang: str) -> Block | None:
    """Return what made people meet the definition, and for which products; None without reasons."""
    if facts.why.empty:
        return None
    parts = []
    for each in _lists(facts):
        own = facts.of(facts.why, each["audience_id"]).head(MANY)
        goods = facts.of(facts.goods, each["audience_id"])
        if len(facts.lists) > 1 and len(own):
            parts.append(f"<h3>{esc(list_name(each, lang))}</h3>")
        parts.append(_signs(own, lang) if len(own) else "")
        parts.append(_goods(goods, lang) if len(goods) else "")
    return section("recall", word("recall.why", lang), word("recall.why_lead", lang), *parts)


def _signs(signs: pd.DataFrame, lang: str) -> str:
    rows = []
    for name, people, typical in signs[["name", "people", "typical"]].itertuples(index=False):
        said = "" if people < SMALLEST or pd.isna(typical) else _short(float(typical))
        cells = [named("sign", str(name), lang), few(int(people), lang), said]
        rows.append(row([Cell(esc(cells[0])), *(Cell(esc(c), number=True) for c in cells[1:])]))
    heads = ("recall.sign", "recall.people", "recall.typical")
    return table([(word(key, lang), at > 0) for at, key in enumerate(heads)], rows, "causes")


def _short(value: float) -> str:
    return count(round(value, 1)) if abs(value) >= 1 or value == 0 else f"{value:.2f}"


def _goods(goods: pd.DataFrame, lang: str) -> str:
    hide = small_cells(goods[["sku_id", "people"]], "people")
    shown = goods.assign(hidden=hide).head(MANY)
    rows = []
    for each in shown.to_dict("records"):
        known = [] if pd.isna(each["name"]) else [str(each["name"])]
        name = " · ".join([*known, str(each["sku_id"])])  # one name may be of several SKUs
        n = int(each["people"])
        said = word("people.kept", lang) if each["hidden"] and n >= SMALLEST else few(n, lang)
        rows.append(row([Cell(esc(name)), Cell(esc(said), number=True)]))
    heads = [(word("recall.product", lang), False), (word("recall.people", lang), True)]
    return f"<h3>{esc(word('recall.goods', lang))}</h3>" + table(heads, rows, "causes")


def recall_expected(facts: RecallFacts, lang: str) -> Block:
    """Return hold-out, expected buying rate and smallest detectable difference of each list."""
    rows = [_expected(each, lang) for each in _lists(facts)]
    keys = ("list", "contact_n", "holdout_n", "rate", "mde", "days")
    heads = [(word(f"recall.{key}", lang), at > 0) for at, key in enumerate(keys)]
    weak = any(
        pd.notna(each["mde"]) and pd.notna(each["expected_rate"])
        and float(each["mde"]) > float(each["expected_rate"])
        for each in _lists(facts)
    )  # fmt: skip
    return section(
        "recall",
        word("recall.expect", lang),
        word("recall.expect_lead", lang),
        table(heads, rows),
        para(word("recall.small_size", lang)) if weak else "",
    )


def _expected(each: dict[str, Any], lang: str) -> str:
    rate, mde = each["expected_rate"], each["mde"]
    cells = [
        few(int(each["n_contact"]), lang),
        few(int(each["n_holdout"]), lang),
        "–" if pd.isna(rate) else percent(float(rate), 1),
        "–" if pd.isna(mde) else f"±{points(float(mde), lang)}",
        word("recall.n_days", lang, n=each["outcome_days"]),
    ]
    return row([Cell(esc(list_name(each, lang))), *(Cell(esc(c), number=True) for c in cells)])


def points(share: float, lang: str) -> str:
    """Write a difference of shares in percentage points, with a minus sign where it is one.

    Examples
    --------
    >>> points(-0.0213, "en"), points(0.004, "en")
    ('−2.1 points', '0.4 points')
    """
    return word("recall.points", lang, n=f"{100 * share:.1f}".replace("-", "−"))


def recall_definition(facts: RecallFacts, lang: str) -> Block:
    """Return the definition of each list as it was when it was frozen."""
    parts = []
    for text, each in {e["definition_sha256"]: e for e in _lists(facts)}.items():
        lead = word(
            "recall.definition_lead",
            lang,
            name=each["definition"],
            version=each["version"],
            at=moment(each["frozen_at"], facts.zone),
        )
        parts.append(
            f"{para(lead, 'lead')}<details><summary>{esc(word('recall.text', lang))} "
            f'<span class="m">{esc(text[:12])}</span></summary>'
            f'<pre class="sub">{esc(each["definition_text"])}</pre></details>'
        )
    return section("recall", word("recall.definition", lang), "", *parts)


def recall_footer(facts: RecallFacts, lang: str) -> Block:
    """Return the foot of the page."""
    said = word("recall.foot", lang, k=SMALLEST)
    return Block("footer", f'<footer class="la">{esc(said)}</footer>')
