"""The first screen where lift was looked for: cause first, the platform beside it, credit third.

`facts → HTML`; pure. Without a number the screen says in words why there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.profit.shares import VARIANTS
from liveattr.report.html import esc, para
from liveattr.report.numbers import count, money, percent, ratio
from liveattr.report.verdict import needs
from liveattr.report.verdict_lift import (
    lift_story,
    lift_verdict,
    small_print,
    turning,
    why_none,
)
from liveattr.report.words import word

if TYPE_CHECKING:
    from liveattr.report.facts import CampaignFacts

__all__ = ["grade_tag", "lift_cards", "lift_figures"]

_ONE = 1_000_000


def grade_tag(grade: str, lang: str) -> str:
    """Return the small frame with a grade."""
    if not grade:
        return ""
    said = esc(word("lift.grade", lang, grade=grade))
    return f' <span class="grade" title="{said}">{esc(grade)}</span>'


def lift_cards(facts: CampaignFacts, surface: str, lang: str) -> str:
    """Return the first screen: the true card, and beside it the platform's over the credited."""
    made = {"roi": _roi, "kept": _kept, "orders": _orders, "none": _none}
    card = made[facts.lift.state](facts, lang)
    return f'{card}<div class="beside">{surface}{_credit(facts, lang)}</div>'


def _true(kind: str, label: str, big: str, small: str, *rest: str) -> str:
    under = f'<div class="sub">{esc(small)}</div>' if small else ""
    return (
        f'<div class="card true {kind}"><div class="sub">{esc(label)}</div>'
        f'<div class="big">{big}</div>{under}{"".join(rest)}</div>'
    )


def _say(strong: str, plain: str) -> str:
    gap = " " if strong and strong[-1].isascii() else ""
    return f'<p class="say"><b>{esc(strong)}</b>{gap}{esc(plain)}</p>'


def _turn(facts: CampaignFacts, lang: str) -> str:
    line = turning(facts, lang)
    return f'<p class="turn">{esc(line)}</p>' if line else ""


def _span(ends: list[str], facts: CampaignFacts, lang: str) -> str:
    if not ends:
        return word("lift.no_interval", lang)
    level = percent(facts.lift.level, 1)
    return word("lift.interval", lang, level=level, low=ends[0], high=ends[1])


def _roi(facts: CampaignFacts, lang: str) -> str:
    lift = facts.lift
    value, ends, gross = lift.ppm(), lift.ends("true_roi"), lift.ppm("gross")
    assert value is not None
    label = "lift.roi" if lift.given() else "lift.roi_at_most"
    label = "lift.roi_gross" if lift.horizon == "gross" else label
    known = label == "lift.roi"
    before = "" if known else f'<span class="pre">{esc(word("first.at_most", lang))} </span>'
    small = [_span([ratio(each) for each in ends or ()], facts, lang)]
    if gross is not None and lift.horizon == "net":
        small.append(word("lift.gross_roi", lang, value=ratio(gross)))
    small.append(word("lift.break_even", lang))
    return _true(
        "low" if (ends[1] if ends else value) < _ONE else "",
        word(label, lang),
        f"{before}{esc(ratio(value))}{grade_tag(lift.grade, lang)}",
        " · ".join(small),
        _say(lift_verdict(facts, lang), lift_story(facts, lang)),
        _turn(facts, lang),
        para(small_print(facts, lang)),
    )


def _kept(facts: CampaignFacts, lang: str) -> str:
    """Without a cost there is no ROI: what it added, and what to fill in."""
    fen = facts.lift.fen("revenue")
    assert fen is not None
    ends = facts.lift.ends("revenue")
    texts = [money(each, lang, facts.currency) for each in ends or ()]
    return _true(
        "",
        word("lift.kept" if facts.lift.horizon == "net" else "lift.kept_gross", lang),
        esc(money(fen, lang, facts.currency)) + grade_tag(facts.lift.grade, lang),
        _span(texts, facts, lang),
        _say("", lift_story(facts, lang)),
        _needs(facts, lang),
        para(small_print(facts, lang)),
    )


def _needs(facts: CampaignFacts, lang: str) -> str:
    inner = "".join(f"<li>{esc(each)}</li>" for each in needs(facts, lang))
    said = esc(word("first.fill", lang))
    return f'<div class="need"><span>{said}</span><ul>{inner}</ul></div>' if inner else ""


def _net_orders(facts: CampaignFacts) -> tuple[str, list[str]]:
    """Return net orders (gross where net is not known), and both ends of their interval."""
    best = facts.lift.best
    kind = "net" if best is not None and best["net"] is not None else "gross"
    if best is None or best[kind] is None:
        return "–", []
    ends = [best[f"{kind}_low"], best[f"{kind}_high"]]
    known = [] if None in ends else [count(round(each)) for each in ends]
    return count(round(best[kind])), known


def _orders(facts: CampaignFacts, lang: str) -> str:
    """Lift without its statement: orders only."""
    big, ends = _net_orders(facts)
    return _true(
        "",
        word("lift.orders", lang),
        esc(big) + grade_tag(facts.lift.grade, lang),
        _span(ends, facts, lang),
        _say("", lift_story(facts, lang)),
        para(small_print(facts, lang)),
    )


def _none(facts: CampaignFacts, lang: str) -> str:
    best = facts.lift.best
    why, todo = ("", "") if best is None else why_none(best, lang)
    said = small_print(facts, lang)
    big, label = esc(word("lift.none_big", lang)), word("lift.none", lang)
    return _true("none", label, big, "", _say(why, todo), para(said) if said else "")


def _credit(facts: CampaignFacts, lang: str) -> str:
    """Return the second voice: what is credited, in grey."""
    value, orders = facts.ppm("true_roi"), count(int(facts.row("orders")["n_rows"]))
    if value is None:
        label = word("lift.credit_kept", lang)
        big = money(facts.total("revenue"), lang, facts.currency)
        said = word("lift.credit_said_kept", lang, n=orders)
        small = ""
    else:
        label = word("lift.credit", lang)
        at_most = "" if facts.given("true_roi") else f"{word('first.at_most', lang)} "
        big, small = at_most + ratio(value), _strictness(facts, lang)
        gain = money(facts.fen("contribution") or 0, lang, facts.currency)
        said = word("lift.credit_said", lang, n=orders, money=gain)
    under = f'<div class="sub">{esc(small)}</div>' if small else ""
    return (
        f'<div class="card credit"><div class="sub">{esc(label)}</div>'
        f'<div class="big">{esc(big)}</div>{under}<p class="say">{esc(said)}</p></div>'
    )


def _strictness(facts: CampaignFacts, lang: str) -> str:
    found = [facts.ppm("true_roi", variant) for variant in VARIANTS]
    known = sorted(value for value in found if value is not None)
    if ratio(known[0]) == ratio(known[-1]):
        return ""
    return word("first.range", lang, low=ratio(known[0]), high=ratio(known[-1]))


def lift_figures(facts: CampaignFacts, lang: str) -> list[tuple[str, str, str]]:
    """Return (label, number, small line) of net orders and net contribution, gross beside them."""
    lift, best = facts.lift, facts.lift.best
    if best is None or best["gross"] is None:
        return []
    big, span = _net_orders(facts)
    gross = word("fact.lift_gross", lang, n=count(round(best["gross"])))
    found = [(word("fact.lift_orders", lang), big, " · ".join([*_ends(span), gross]))]
    gain, before = lift.fen("contribution"), lift.fen("contribution", "gross")
    if lift.ppm() is None or gain is None:
        return found
    ends = lift.ends("contribution")
    small = _ends([money(each, lang, facts.currency) for each in ends or ()])
    if before is not None:
        said = money(before, lang, facts.currency)
        small.append(word("lift.gross_contribution", lang, money=said))
    amount = money(gain, lang, facts.currency)
    if not lift.given():
        amount = word("statement.at_most", lang, value=amount)
    return [*found, (word("fact.lift_contribution", lang), amount, " · ".join(small))]


def _ends(texts: list[str]) -> list[str]:
    return ["\u00a0– ".join(texts)] if texts else []
