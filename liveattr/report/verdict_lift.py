"""What the first screen says of a lift in sentences. `facts → plain text`; pure, no HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from liveattr.incrementality.tipping import tipping_factor
from liveattr.report.numbers import count, money, percent, ratio
from liveattr.report.verdict import needs
from liveattr.report.words import WORDS, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liveattr.report.facts import CampaignFacts

__all__ = [
    "MATURE_PPM",
    "joined",
    "lift_story",
    "lift_verdict",
    "method_name",
    "reasons",
    "small_print",
    "turning",
    "why_none",
]

MATURE_PPM = 950_000
"""[ppm] With less of the money past its refund window, the refunds to come make a difference."""

_ONE = 1_000_000
_DRAWN = ("holdout", "off_days")


def joined(parts: list[str], lang: str) -> str:
    """Put sentences after each other."""
    return ("" if lang == "zh" else " ").join(each.strip() for each in parts if each.strip())


def method_name(method: str, lang: str) -> str:
    """Return the words for a method of lift; one without words keeps its name.

    Examples
    --------
    >>> method_name("off_days", "en"), method_name("hers", "zh")
    ('off days drawn at random', 'hers')
    """
    key = f"method.{method}"
    return word(key, lang) if key in WORDS else method


def _codes(reason: str | None) -> list[str]:
    return [each for each in re.split(r"\s*[,;]\s*", (reason or "").strip()) if each]


def reasons(reason: str | None, lang: str) -> str:
    """Say in words what the codes of a reason mean; a code without words stands as it is.

    Examples
    --------
    >>> reasons("few_days, moon", "en")
    'too few days to compare with, moon'
    """
    said = [
        word(f"reason.{code}", lang) if f"reason.{code}" in WORDS else code
        for code in _codes(reason)
    ]
    return word("text.and", lang).join(said) or word("reason.unknown", lang)


def why_none(row: Mapping[str, Any], lang: str) -> tuple[str, str]:
    """Say why there is no number, and what to do about it."""
    why = word("reason.why", lang, why=reasons(row["reason"], lang))
    return why, _todo(row["reason"], lang)


def _todo(reason: str | None, lang: str) -> str:
    """Return what to do about the first reason that something can be done about."""
    keys = [f"todo.{code}" for code in _codes(reason)]
    return next((word(key, lang) for key in keys if key in WORDS), "")


def lift_verdict(facts: CampaignFacts, lang: str) -> str:
    """Say whether it truly earned; open where the interval spans break-even."""
    lift = facts.lift
    gain, ends = lift.fen("contribution"), lift.ends("true_roi")
    if gain is None:
        return ""
    amount, won = money(abs(gain), lang, facts.currency), gain >= 0
    if not lift.given() or lift.horizon == "gross":
        return word("lift.at_most" if won else "lift.lost_at_least", lang, money=amount)
    if ends is None or ends[0] <= _ONE <= ends[1]:
        return word("lift.unsure_won" if won else "lift.unsure_lost", lang, money=amount)
    return word("lift.won" if won else "lift.lost", lang, money=amount)


def lift_story(facts: CampaignFacts, lang: str) -> str:
    """Say what it brought: gross orders, what was only bought ahead, and the money of the rest."""
    return joined([_orders_story(facts, lang), _money_story(facts, lang)], lang)


def _orders_story(facts: CampaignFacts, lang: str) -> str:
    best = facts.lift.best
    if best is None or best["gross"] is None:
        return ""
    gross = round(best["gross"])
    if gross <= 0:
        return word("lift.story_less", lang, gross=count(gross))
    if best["net"] is None:
        return word("lift.story_gross", lang, gross=count(gross))
    net = round(best["net"])
    key = "lift.story" if gross > net else "lift.story_same"
    return word(key, lang, gross=count(gross), ahead=count(gross - net), net=count(net))


def _money_story(facts: CampaignFacts, lang: str) -> str:
    if facts.lift.fen("revenue") is None:
        return ""

    def said(line: str, sign: int) -> str:
        fen = facts.lift.fen(line)
        none = word("statement.not_given", lang)
        return none if fen is None else money(sign * fen, lang, facts.currency)

    kept, variable, fixed = (
        said(line, sign)
        for line, sign in (("revenue", 1), ("variable_cost", -1), ("fixed_cost", -1))
    )
    return word("lift.story_money", lang, kept=kept, variable=variable, fixed=fixed)


def small_print(facts: CampaignFacts, lang: str) -> str:
    """Say how it was found, what could have been found, false alarms, and the newest refund."""
    said = [_how(facts, lang), _findable(facts, lang), _false_alarms(facts, lang)]
    restated = facts.lift.row("true_roi")["restated_on"] or facts.lift.row("revenue")["restated_on"]
    if restated is not None:
        said.append(word("lift.restated", lang, date=restated))
    best = facts.lift.best
    weak = best is not None and best["gross"] is not None and best["reason"]
    if best is not None and weak and reasons(best["reason"], lang) not in turning(facts, lang):
        said.append(word("reason.weak", lang, why=reasons(best["reason"], lang)))
    return joined(said, lang)


def _how(facts: CampaignFacts, lang: str) -> str:
    best, grade = facts.lift.best, facts.lift.grade
    if best is None or not grade:
        return ""
    parts = [word("lift.how", lang, grade=grade, method=method_name(best["method"], lang))]
    if best["net"] is not None:
        key = "lift.net_measured" if best["net_grade"] == "A" else "lift.net_model"
        parts.append(word(key, lang, grade=best["net_grade"] or "D"))
    return joined(parts, lang)


def _findable(facts: CampaignFacts, lang: str) -> str:
    """Say the smallest gross lift that would be found, in orders and in ROI."""
    best, value = facts.lift.best, facts.lift.ppm("gross")
    if best is None or best["mde"] is None:
        return ""
    roi = ""
    if value is not None and best["gross"]:
        each = value / best["gross"]
        roi = word("lift.mde_roi", lang, value=ratio(round(abs(each) * best["mde"])))
    return word("lift.mde", lang, n=count(round(best["mde"])), roi=roi)


def _false_alarms(facts: CampaignFacts, lang: str) -> str:
    best = facts.lift.best
    if best is None or best["placebo_rate"] is None or not best["placebo_n"]:
        return ""
    factor = best["width_factor"]
    wider = "" if factor is None or factor < 1.05 else f"{factor:.1f}"
    return word(
        "lift.placebo",
        lang,
        n=count(best["placebo_n"]),
        rate=percent(best["placebo_rate"], 1),
        wanted=percent(round(1 - facts.lift.level, 6), 1),
        wider=word("lift.wider", lang, factor=wider) if wider else "",
    )


def turning(facts: CampaignFacts, lang: str) -> str:
    """Return the one line on what would change the answer."""
    lift, best = facts.lift, facts.lift.best or {}
    lead = word("turn.lead", lang)
    if not lift.given():
        missing = word("text.and", lang).join(needs(facts, lang))
        some = word("turn.costs_some", lang)
        return lead + (word("turn.costs", lang, needs=missing) if missing else some)
    if lift.horizon == "gross":
        return lead + word("turn.no_net", lang)
    net, gross, ends = lift.ppm(), lift.ppm("gross"), lift.ends("true_roi")
    mature = facts.ppm("refund_maturity")
    if ends is None or ends[0] <= _ONE <= ends[1]:
        drawn = best.get("method") in _DRAWN
        return lead + word("turn.spans_drawn" if drawn else "turn.spans", lang)
    if net is not None and gross is not None and (net >= _ONE) != (gross >= _ONE):
        return lead + word("turn.net", lang, gross=ratio(gross))
    if mature is not None and mature < MATURE_PPM:
        return lead + word("turn.refunds", lang, share=percent(mature, _ONE))
    todo = _todo(best.get("reason"), lang)
    if todo:
        return lead + word("turn.weak", lang, why=reasons(best["reason"], lang), todo=todo)
    seen = best.get("hazard_ratio")
    if seen is not None and net is not None and net > _ONE:
        times = tipping_factor(float(seen), left=_ONE / net)
        return lead + word("turn.tipping_roi", lang, times=f"{times:.1f}")
    if best.get("tipping") is not None:
        return lead + word("turn.tipping", lang, times=f"{best['tipping']:.1f}")
    return lead + word("turn.nothing", lang)
