"""The box of a simulated world: what a campaign truly added, beside what is said of it.

`facts → Block`, or None: a real shop has no known truth, so its pages have no such box. Pure.

Two figures could be called true here. The statement's counts the money that stayed on orders tied
to the campaign; the box calls it credited. The world's counts only orders that would not exist
without it; the box calls it incremental, and says the difference in a sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from liveattr.report.html import Block, Cell, esc, para, row, table
from liveattr.report.numbers import count, money, percent, ratio
from liveattr.report.truth_lift import estimate_cell, estimate_rows, held, show_estimates
from liveattr.report.verdict_lift import MATURE_PPM
from liveattr.report.words import word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liveattr.report.facts import CampaignFacts

__all__ = ["known_truth", "truth_summary"]

CLOSE = 0.1
"""Credited and added orders that differ by less than a tenth are called alike."""

YOUNG_DAYS = 45
"""[days] So long after it, purchases that were pulled forward have hardly all been missed."""

_HORIZON_DAYS = (3, 14, 60)
_ONE = 1_000_000


class _Truth(NamedTuple):
    """One horizon of the truth; money in fen, ROI in ppm, None without a fixed cost."""

    orders: float
    net: int
    margin: int
    roi: int | None


def known_truth(facts: CampaignFacts, lang: str) -> Block | None:
    """Return the box with the known truth; None where the world is a real one."""
    truth = _horizons(facts)
    if "net" not in truth:
        return None
    world = facts.truth["world"].iloc[0]
    lead = "truth.lead_lift" if facts.lift.known else "truth.lead"
    head = (
        f"<h2>{esc(word('truth.title', lang))}"
        f' <span class="tag truthtag">{esc(word("truth.tag", lang))}</span></h2>'
    )
    inner = (
        head,
        para(word(lead, lang, world=world), "lead"),
        _figures(facts, truth["net"], lang),
        f'<p class="say">{esc(_said(facts, truth, lang))}</p>',
        para(_explained(facts, truth["net"], lang)),
        _who_says_what(facts, truth, lang),
        _broadcasts(facts, lang),
    )
    return Block(
        "known_truth",
        f'<section class="la truth"><div class="truthbox">{"".join(inner)}</div></section>',
    )


def _horizons(facts: CampaignFacts) -> dict[str, _Truth]:
    """Return the truth by horizon, without those that lie ahead; empty for a real shop."""
    age = _age(facts)
    ahead = {f"net_{days}" for days in _HORIZON_DAYS if age is not None and age < days}
    return {
        each["horizon"]: _Truth(
            float(each["orders"]),
            int(each["net_fen"]),
            int(each["margin_fen"]),
            _ppm(each["true_roi"]),
        )
        for each in facts.truth.to_dict("records")
        if each["horizon"] not in ahead
    }


def _age(facts: CampaignFacts) -> int | None:
    """Return how many days after its end a campaign is looked at; None where nobody knows."""
    ends = facts.broadcasts["end_at"].dropna()
    if ends.empty:
        return None
    return (facts.as_of - max(ends).astimezone(ZoneInfo(facts.zone)).date()).days


def _ppm(value: Any) -> int | None:
    return None if value is None or value != value else round(float(value) * _ONE)


def _figures(facts: CampaignFacts, net: _Truth, lang: str) -> str:
    """Figures side by side: the platform's, the statement's, the estimated lift's, the truth."""
    shown, credited = facts.ppm("surface_roi"), facts.ppm("true_roi")
    known = facts.given("true_roi")
    at_most = "" if known or credited is None else f"{word('first.at_most', lang)} "
    small = {
        "surface": "truth.surface_n" if shown is not None else "truth.surface_none",
        "credit": "truth.credited_n" if credited is not None else "truth.no_cost",
        "net": "truth.net_n" if net.roi is not None else "truth.no_cost",
    }
    low = " low" if net.roi is not None and net.roi < _ONE else ""
    lift = facts.lift.known
    tail = "_lift" if lift else ""
    cells = [
        ("surface", "truth.surface", _ratio(shown), word(small["surface"], lang)),
        (
            "credit",
            f"truth.credited{tail}",
            at_most + _ratio(credited),
            word(small["credit"], lang),
        ),
        *([("estimate", "truth.lift", *estimate_cell(facts, lang))] if lift else []),
        (f"net{low}", f"truth.net{tail}", _ratio(net.roi), word(small["net"], lang)),
    ]
    return '<div class="trio{}">{}</div>'.format(
        " four" if lift else "",
        "".join(
            f'<div class="{kind}"><span class="sub">{esc(word(label, lang))}</span>'
            f"<b>{esc(value)}</b>"
            f'<span class="sub">{esc(under)}</span></div>'
            for kind, label, value, under in cells
        ),
    )


def _ratio(ppm: int | None) -> str:
    return "–" if ppm is None else ratio(ppm)


def _explained(facts: CampaignFacts, net: _Truth, lang: str) -> str:
    """Say what the two true figures ask, and that one of them knows the refunds to come."""
    mature = facts.ppm("refund_maturity")
    said = [] if facts.lift.known else [word("truth.two", lang)]
    said += [each for each in [held(facts, net.roi, net.orders, lang)] if each]
    if mature is not None and mature < MATURE_PPM:
        said.append(word("truth.open", lang, date=facts.as_of))
    age = _age(facts)
    if age is not None and age < YOUNG_DAYS:
        said.append(word("truth.young", lang))
    return ("" if lang == "zh" else " ").join(said)


def _said(facts: CampaignFacts, truth: dict[str, _Truth], lang: str) -> str:
    """Say what the difference between credit and truth means."""
    gap = "" if lang == "zh" else " "
    return gap.join(_sentences(facts, truth, lang))


def _sentences(facts: CampaignFacts, truth: dict[str, _Truth], lang: str) -> Iterator[str]:
    credited, net = int(facts.row("orders")["n_rows"]), truth["net"]
    values: dict[str, object] = {"credited": count(credited), "net": count(round(net.orders))}
    if net.orders < 0.5 and not credited:
        yield word("truth.nothing", lang)
    elif net.orders < 0.5:
        yield word("truth.none", lang, credited=count(credited))
    elif net.orders < credited * (1 - CLOSE):
        share = percent(credited - net.orders, credited)
        yield word("truth.less", lang, share=share, **values)
    else:
        more = net.orders > credited * (1 + CLOSE)
        yield word("truth.more" if more else "truth.same", lang, **values)
    gross = truth.get("gross")
    if gross is not None and gross.orders >= 1 and net.orders > 0:
        lost = (gross.orders - net.orders) / gross.orders
        if lost > CLOSE:
            said = count(round(gross.orders))
            yield word("truth.ahead", lang, gross=said, share=percent(lost, 1))
    said_roi = facts.ppm("true_roi")
    if said_roi is not None and net.roi is not None and (said_roi >= _ONE) != (net.roi >= _ONE):
        yield word("truth.flips_down" if said_roi >= _ONE else "truth.flips_up", lang)


def _who_says_what(facts: CampaignFacts, truth: dict[str, _Truth], lang: str) -> str:
    """List the credit of this report, and the truth by how long one looks."""
    names = ("truth.orders", "truth.kept", "truth.margin", "truth.roi")
    heads = [(word("truth.who", lang), False), *((word(name, lang), True) for name in names)]
    orders = int(facts.row("orders")["n_rows"])
    rows = [_say_row(facts, "credited", (orders, *_credited(facts)), facts.ppm("true_roi"), lang)]
    rows += estimate_rows(facts, lang)
    for name, each in truth.items():
        figures = (round(each.orders), each.net, each.margin)
        rows.append(_say_row(facts, name, figures, each.roi, lang))
    return table(heads, rows, "who")


def _credited(facts: CampaignFacts) -> tuple[int, int | None]:
    """Return kept sales and margin of the statement; the margin is null without any cost."""
    cost = facts.fen("variable_cost")
    kept = facts.total("revenue")
    return kept, None if cost is None else kept + cost


def _say_row(
    facts: CampaignFacts,
    name: str,
    figures: tuple[int, int, int | None],
    roi: int | None,
    lang: str,
) -> str:
    orders, *fens = figures
    texts = [count(orders)]
    texts += ["" if fen is None else money(fen, lang, facts.currency) for fen in fens]
    texts.append("" if roi is None else ratio(roi))
    if name == "credited" and roi is not None and not facts.given("true_roi"):
        texts[-1] = f"≤ {ratio(roi)}"
    first = Cell(f'<i class="dot {name}"></i>{esc(word(f"truth.row_{name}", lang))}')
    return row(
        [first, *(Cell(esc(text), number=True) for text in texts)],
        {"net": "total", "credited": "used"}.get(name, ""),
    )


def _broadcasts(facts: CampaignFacts, lang: str) -> str:
    """List the broadcasts of a series that were left out one by one; a single show has none."""
    shows = facts.truth_broadcasts
    if shows.empty or len(facts.broadcasts) < 2:
        return ""
    names = ("truth.show_credited", "truth.show_gross", "truth.show_net")
    heads = [(word("truth.show", lang), False), *((word(name, lang), True) for name in names)]
    found = show_estimates(facts)
    heads += [(word("truth.show_lift", lang), True)] if found else []
    zone = ZoneInfo(facts.zone)
    rows = [
        row(
            [
                Cell(
                    f"{esc(each['broadcast_id'])}<div class='sub'>"
                    f"{each['start_at'].astimezone(zone):%Y-%m-%d %H:%M}</div>"
                ),
                *(
                    Cell("" if value != value else esc(count(round(value))), number=True)
                    for value in (each["credited"], each["gross"], each["net"])
                ),
                *([Cell(found.get(each["broadcast_id"], "–"), number=True)] if found else []),
            ]
        )
        for each in shows.to_dict("records")
    ]
    title = f"<h3>{esc(word('truth.shows', lang))}</h3>"
    return title + para(word("truth.shows_lead", lang), "lead") + table(heads, rows, "few")


def truth_summary(facts: CampaignFacts) -> dict[str, Any] | None:
    """Return what the index shows of the known truth; None for a real shop."""
    truth = _horizons(facts)
    if "net" not in truth:
        return None
    zone = ZoneInfo(facts.zone)
    shows = facts.broadcasts.sort_values(["start_at", "broadcast_id"])
    told = set(facts.truth_broadcasts["broadcast_id"])
    return {
        "world": facts.truth["world"].iloc[0],
        "orders": round(truth["net"].orders),
        "true_roi_ppm": truth["net"].roi,
        "broadcasts": [
            [str(name), f"{at.astimezone(zone):%Y-%m-%d %H:%M}", name in told]
            for name, at in zip(shows["broadcast_id"], shows["start_at"], strict=True)
        ],
    }
