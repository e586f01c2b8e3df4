"""What recall lists brought, against the people held out: first screen and table. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.consent.suppress import SMALLEST
from liveattr.report.head_recall import few, list_name, moment
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import count, money, percent
from liveattr.report.words import word

if TYPE_CHECKING:
    from liveattr.report.facts_recall import RecallFacts

__all__ = ["recall_brought", "recall_headline", "verdict_of"]

_OUTCOMES = ("bought", "orders", "net_margin_fen")
SETTLED_DAYS = 15
"""[days] Refunds that had fewer still come in numbers."""


def verdict_of(each: dict[str, Any]) -> str:
    """Say what a result is: `gain`, `loss`, `none`, `undetectable`, or why there is no number.

    `none`: the interval holds zero and is narrower than an effect that would pay.
    """
    if pd.isna(each["difference"]):
        return str(each["reason"]) if pd.notna(each["reason"]) else "too_early"
    if float(each["low"]) > 0:
        return "gain"
    if float(each["high"]) < 0:
        return "loss"
    return "none" if pd.notna(each["detectable"]) and bool(each["detectable"]) else "undetectable"


def recall_headline(facts: RecallFacts, lang: str) -> Block:
    """Return the first screen: what it brought or who may be called, and the people held out."""
    left, right = _left(facts, lang), _held(facts, lang)
    return Block("headline", f'<section class="la hero">{left}{right}</section>')


def _left(facts: RecallFacts, lang: str) -> str:
    told = _rows(facts.results, "bought")
    known = [each for each in told if pd.notna(each["difference"])]
    if len(known) == 1:
        return _result(facts, known[0], lang)
    contact = int(facts.lists["n_contact"].sum())
    said = [para(_when(facts, lang), "say")]
    if known:
        said.append(para(word("recall.several_say", lang, n=len(facts.lists)), "note"))
    else:
        said.append(para(word("recall.wait_say", lang), "note"))
    return _card("true", "recall.contact_big", few(contact, lang), "".join(said), lang)


def _when(facts: RecallFacts, lang: str) -> str:
    ends = facts.lists["expires_at"].max()
    if ends.tz_convert(facts.zone).date() < facts.as_of:
        return word("recall.expired", lang)
    n = few(int(facts.lists["n_contact"].sum()), lang)
    at = moment(facts.lists["send_from_at"].min(), facts.zone)
    return word("recall.now", lang, n=n, at=at)


def _result(facts: RecallFacts, bought: dict[str, Any], lang: str) -> str:
    """Return the card of one list's result: money where it is known, else buyers."""
    margin = [each for each in _rows(facts.results, "net_margin_fen") if pd.notna(each["total"])]
    of_list = [each for each in margin if each["audience_id"] == bought["audience_id"]]
    shown, key = (of_list[0], "brought") if of_list else (bought, "buyers")
    verdict = verdict_of(bought)
    said = para(word(f"recall.{verdict}_say", lang), "say")
    said += para(_interval(shown, facts, lang), "note")
    if of_list:
        buyers = f"{word('recall.buyers_big', lang)}：" if lang == "zh" else "Buyers it added: "
        said += para(buyers + _spread(bought, facts, lang), "note")
    kind = {"gain": "true", "loss": "true low"}.get(verdict, "credit")  # grey: may be chance
    return _card(kind, f"recall.{key}_big", _total(shown, facts, lang), said, lang)


def _held(facts: RecallFacts, lang: str) -> str:
    held = few(int(facts.lists["n_holdout"].sum()), lang)
    said = para(word("recall.held_say", lang), "say")
    return _card("credit", "recall.held_big", held, said, lang)


def _card(kind: str, head: str, big: str, said: str, lang: str) -> str:
    return (
        f'<div class="card {kind}"><span class="sub">{esc(word(head, lang))}</span>'
        f'<div class="big">{esc(big)}</div>{said}</div>'
    )


def _rows(results: pd.DataFrame, outcome: str) -> list[dict[str, Any]]:
    found = results[results["outcome"] == outcome]
    return [{str(k): v for k, v in each.items()} for each in found.to_dict("records")]


def _amount(value: float, outcome: str, facts: RecallFacts, lang: str) -> str:
    if outcome == "net_margin_fen":
        return money(round(value), lang, facts.currency)
    return count(round(value, 1))


def _total(each: dict[str, Any], facts: RecallFacts, lang: str) -> str:
    return _amount(float(each["total"]), each["outcome"], facts, lang)


def _interval(each: dict[str, Any], facts: RecallFacts, lang: str) -> str:
    ends = {
        end: _amount(float(each[f"total_{end}"]), each["outcome"], facts, lang)
        for end in ("low", "high")
    }
    return word("recall.interval", lang, level=percent(float(each["level"]), 1), **ends)


def _spread(each: dict[str, Any], facts: RecallFacts, lang: str) -> str:
    gap = "，" if lang == "zh" else "; "
    return f"{_total(each, facts, lang)}{gap}{_interval(each, facts, lang)}"


def recall_brought(facts: RecallFacts, lang: str) -> Block | None:
    """Return the table of results, list by list and pooled; None before there is one."""
    if facts.results.empty:
        return None
    parts = []
    for each in facts.lists.to_dict("records"):
        own = facts.of(facts.results, each["audience_id"])
        name = list_name(each, lang) if len(facts.lists) > 1 else ""
        parts.append(_told(own, name, facts, lang) if len(own) else "")
    if len(facts.pooled):
        parts.append(_told(facts.pooled, word("recall.pooled", lang), facts, lang))
    lead = word("recall.brought_lead", lang)
    return section("recall", word("recall.brought", lang), lead, *parts)


def _told(own: pd.DataFrame, name: str, facts: RecallFacts, lang: str) -> str:
    rows = [_outcome(e, facts, lang) for kind in _OUTCOMES for e in _rows(own, kind)]
    keys = ("outcome", "contacted", "held_out", "added", "verdict")
    heads = [(word(f"recall.{k}", lang), k not in ("outcome", "verdict")) for k in keys]
    head = f"<h3>{esc(name)}</h3>" if name else ""
    days = int(own["refund_days"].min())
    early = word("recall.refunds_early", lang) if days < SETTLED_DAYS else ""
    day = str(own["as_of"].iloc[0])[:10]
    note = word("recall.told_on", lang, date=day, days=max(days, 0), early=early)
    return head + table(heads, rows) + para(note)


def _outcome(each: dict[str, Any], facts: RecallFacts, lang: str) -> str:
    verdict = verdict_of(each)
    known = pd.notna(each["total"])
    added = "–"
    if known:
        ends = f'<div class="sub">{esc(_interval(each, facts, lang))}</div>'
        added = f"<b>{esc(_total(each, facts, lang))}</b>{ends}"
    look = {"gain": "green", "loss": "warn"}.get(verdict, "m")
    cells = [
        Cell(esc(word(f"recall.{each['outcome']}", lang))),
        *(Cell(_arm(each, arm, facts, lang), number=True) for arm in ("contact", "holdout")),
        Cell(added, number=True),
        Cell(f'<span class="{look}">{esc(word(f"recall.{verdict}", lang))}</span>'),
    ]
    return row(cells)


def _arm(each: dict[str, Any], arm: str, facts: RecallFacts, lang: str) -> str:
    """Return an arm's mean and size; of a few people nothing but that they are few."""
    people, mean = each[f"n_{arm}"], each[arm]
    if people < SMALLEST or pd.isna(mean):
        return esc(few(int(people), lang))
    if each["outcome"] == "bought":
        said = percent(float(mean), 1)
    elif each["outcome"] == "net_margin_fen":
        said = money(round(float(mean)), lang, facts.currency)
    else:
        said = f"{float(mean):.3f}"
    return f'{esc(said)}<div class="sub">n = {esc(count(int(people)))}</div>'
