"""The first screen: what the campaign truly earned, how sure that is, what the platform says.

`facts → Block`; pure. Without any cost the screen says what was kept, and what to fill in for a
ROI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.profit.basis import HARD_TIERS
from liveattr.profit.shares import UNATTRIBUTED, VARIANTS
from liveattr.report import verdict as says
from liveattr.report.first_screen_lift import lift_cards, lift_figures
from liveattr.report.html import Block, esc, para
from liveattr.report.numbers import count, money, percent, ratio
from liveattr.report.words import word

if TYPE_CHECKING:
    from liveattr.report.facts import CampaignFacts

__all__ = ["headline", "key_figures"]

_ONE = 1_000_000


def headline(facts: CampaignFacts, lang: str) -> Block:
    """Return what it truly earned, what the platform shows beside it, and why they differ."""
    surface = _surface_card(facts, lang)
    if facts.lift.known:
        inner = lift_cards(facts, surface, lang)
        kind = "la hero lift none" if facts.lift.state == "none" else "la hero lift"
        return Block("headline", f'<section class="{kind}">{inner}</section>')
    true = _roi_card(facts, lang) if facts.ppm("true_roi") is not None else _kept_card(facts, lang)
    return Block("headline", f'<section class="la hero">{true}{surface}</section>')


def _card(kind: str, label: str, big: str, small: str, *rest: str, prefix: str = "") -> str:
    """One card: label, big number (with a small word before it), small line, then HTML."""
    before = f'<span class="pre">{esc(prefix)} </span>' if prefix else ""
    under = f'<div class="sub">{esc(small)}</div>' if small else ""
    return (
        f'<div class="card {kind}"><div class="sub">{esc(label)}</div>'
        f'<div class="big">{before}{esc(big)}</div>{under}{"".join(rest)}</div>'
    )


def _roi_card(facts: CampaignFacts, lang: str) -> str:
    value, complete = facts.ppm("true_roi"), facts.given("true_roi")
    assert value is not None
    missing = [] if complete else says.needs(facts, lang)
    rest = [_say(says.verdict(facts, lang), says.story(facts, lang))]
    if missing:
        rest.append(_list(word("first.missing", lang), missing))
    rest.append(_not_causal(facts, lang))
    return _card(
        "true" if value >= _ONE else "true low",
        word("first.roi" if complete else "first.roi_at_most", lang),
        ratio(value),
        f"{_roi_range(facts, lang)} · {word('first.break_even', lang)}",
        *rest,
        prefix="" if complete else word("first.at_most", lang),
    )


def _roi_range(facts: CampaignFacts, lang: str) -> str:
    found = [facts.ppm("true_roi", variant) for variant in VARIANTS]
    return _range([None if v is None else ratio(v) for v in found], found, lang)


def _range(texts: list[str | None], values: list[int | None], lang: str) -> str:
    """Say how far the evidence moves a figure: low, base and high, as texts and as numbers."""
    known = sorted((v, t) for v, t in zip(values, texts, strict=True) if v is not None)
    if known[0][1] == known[-1][1]:
        return word("first.range_one", lang)
    return word("first.range", lang, low=known[0][1], high=known[-1][1])


def _say(strong: str, plain: str) -> str:
    gap = " " if strong and strong[-1].isascii() else ""
    return f'<p class="say"><b>{esc(strong)}</b>{gap}{esc(plain)}</p>'


def _kept_card(facts: CampaignFacts, lang: str) -> str:
    """Without costs: what was kept, and what is to be filled in."""
    values: list[int | None] = [facts.total("revenue", variant=v) for v in VARIANTS]
    texts = [money(v or 0, lang, facts.currency) for v in values]
    strong, plain = says.kept_story(facts, lang)
    rest = facts.campaign_id == UNATTRIBUTED
    fill = "fill_who" if rest else "fill"
    return _card(
        "true",
        word("first.kept", lang),
        money(facts.total("revenue"), lang, facts.currency),
        "" if rest else _range(list(texts), values, lang),
        _say(strong, plain),
        _list(word(f"first.{fill}", lang), says.needs(facts, lang)),
        "" if rest else _not_causal(facts, lang),
    )


def _not_causal(facts: CampaignFacts, lang: str) -> str:
    """Say that credit is not cause; in a simulated world, that the answer stands below."""
    known = "first.not_causal" if facts.truth.empty else "first.not_causal_known"
    return para(word(known, lang))


def _list(lead: str, items: list[str]) -> str:
    if not items:
        return ""
    inner = "".join(f"<li>{esc(item)}</li>" for item in items)
    return f'<div class="need"><span>{esc(lead)}</span><ul>{inner}</ul></div>'


def _surface_card(facts: CampaignFacts, lang: str) -> str:
    why = f'<p class="say">{esc(says.why(facts, lang))}</p>'
    value = facts.ppm("surface_roi")
    if value is not None:
        label, how = word("first.surface", lang), word("first.surface_how", lang)
        return _card("surface", label, ratio(value), how, why)
    shown = money(facts.total("gmv_paid_surface"), lang, facts.currency)
    if facts.broadcasts.empty:
        return _card("surface", word("first.surface_till", lang), shown, "", why)
    label, none = word("first.surface_gmv", lang), word("first.surface_none", lang)
    return _card("surface", label, shown, none, why)


def key_figures(facts: CampaignFacts, lang: str) -> Block:
    """Return the row of figures: orders or net lift, refund rate, hard evidence, maturity."""
    paid, back = facts.total("gmv_paid"), -facts.total(*says.REFUNDS)
    mine = facts.lines[facts.lines["share"] > 0]
    sold = mine[mine["paid_fen"] != 0]
    hard = int(sold.loc[sold["tier"].isin(HARD_TIERS), "paid_fen"].sum())
    returned = int((sold["refund_fen"] != 0).sum())
    caused = [_figure(*each) for each in lift_figures(facts, lang)]
    cells = caused or [
        _figure(
            word("fact.orders", lang),
            count(int(facts.row("orders")["n_rows"])),
            word("fact.orders_n", lang, n=count(len(sold))),
        )
    ]
    if paid:
        cells += [
            _refund_figure(facts, back, paid, returned, lang)
            if says.refunds_known(facts)
            else _figure(word("fact.refund_rate", lang), word("statement.not_given", lang), ""),
        ]
        if facts.campaign_id != UNATTRIBUTED and not caused:
            said = word("fact.hard_n", lang)
            cells.append(_figure(word("fact.hard", lang), percent(hard, paid), said))
    mature = facts.ppm("refund_maturity")
    if mature is not None:
        cells.append(
            _figure(
                word("fact.maturity", lang),
                percent(mature, _ONE),
                word("fact.maturity_n", lang),
                bar=mature / _ONE,
            )
        )
    return Block("key_figures", f'<section class="la facts">{"".join(cells)}</section>')


def _refund_figure(facts: CampaignFacts, back: int, paid: int, lines: int, lang: str) -> str:
    said = word("fact.refund_n", lang, n=count(lines))
    if facts.waiting and facts.campaign_id == UNATTRIBUTED:
        said += word("fact.refund_waiting", lang, n=count(facts.waiting))
    return _figure(word("fact.refund_rate", lang), percent(back, paid), said)


def _figure(label: str, big: str, small: str, bar: float | None = None) -> str:
    drawn = "" if bar is None else f'<div class="bar"><i style="width:{100 * bar:.0f}%"></i></div>'
    return (
        f'<div><span class="sub">{esc(label)}</span><b>{esc(big)}</b>'
        f'<span class="sub">{esc(small)}</span>{drawn}</div>'
    )
