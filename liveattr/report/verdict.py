"""What the first screen says in sentences. `facts → plain text`; pure, no HTML.

A result whose costs are incomplete is called "at most": missing costs can only lower it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.profit.shares import UNATTRIBUTED, VARIANTS
from liveattr.report.numbers import money, percent
from liveattr.report.words import word
from liveattr.tables import account_kind

if TYPE_CHECKING:
    from liveattr.report.facts import CampaignFacts

__all__ = [
    "COSTS",
    "REFUNDS",
    "SUBSIDIES",
    "kept_story",
    "needs",
    "refunds_known",
    "settles",
    "story",
    "verdict",
    "why",
]

REFUNDS = ("refund_before_shipping", "refund_after_shipping")
SUBSIDIES = ("subsidy_platform", "subsidy_author", "subsidy_back")
MANY_CAUSES = 3
"""A sentence that names more costs than this is read by nobody."""

MANY_PARTS = 20
"""What is less than 1/20 of the paid money is no reason for a gap."""

_ONE = 1_000_000
COSTS = {
    "line.cogs": ("cogs",),
    "money.fees": (
        "commission",
        "service_fee",
        "channel_fee",
        "commission_back",
        "service_fee_back",
        "channel_fee_back",
    ),
    "money.logistics": (
        "payment_fee",
        "freight_out",
        "packing",
        "freight_insurance",
        "return_freight",
        "write_off",
        "compensation",
    ),
    "line.slot_fee": ("slot_fee",),
    "line.ads": ("ads",),
    "money.other_fixed": ("crew", "samples", "gifts", "agency_fee", "plugin"),
}
"""Words of a cost → the statement lines in it: the same groups everywhere."""


def refunds_known(facts: CampaignFacts) -> bool:
    """Say whether the data has refunds at all: without any, a rate of 0 would be a guess."""
    return any(facts.given(line) for line in REFUNDS)


def verdict(facts: CampaignFacts, lang: str) -> str:
    """Say whether it won or lost; open where the evidence turns the answer."""
    gain = facts.fen("contribution")
    assert gain is not None
    amount = money(abs(gain), lang, facts.currency)
    side = "even" if gain == 0 else "won" if gain > 0 else "lost"
    if not facts.given("contribution"):
        tail = "lost_at_least" if side == "lost" else f"{side}_at_most"
        return word(f"first.{tail}", lang, money=amount)
    gains = [g for g in (facts.fen("contribution", v) for v in VARIANTS) if g is not None]
    if min(gains) < 0 < max(gains):
        return word("first.unsure", lang)
    return word(f"first.{side}", lang, money=amount)


def story(facts: CampaignFacts, lang: str) -> str:
    """Say what became of the money: paid, refunded, kept, spent; a cost nobody gave is named so."""

    def said(fen: int) -> str:
        return money(fen, lang, facts.currency)

    def cost(line: str) -> str:
        fen = facts.fen(line)
        return none if fen is None else said(-fen)

    none = word("statement.not_given", lang)

    return word(
        "first.story",
        lang,
        paid=said(facts.total("gmv_paid")),
        refunds=said(-facts.total(*REFUNDS)) if refunds_known(facts) else none,
        kept=said(facts.total("revenue")),
        variable=cost("variable_cost"),
        fixed=cost("fixed_cost"),
    )


def kept_story(facts: CampaignFacts, lang: str) -> tuple[str, str]:
    """Say what was kept where no cost is given: (strong part, plain part)."""
    paid, back = facts.total("gmv_paid"), -facts.total(*REFUNDS)
    if paid == 0:
        high = facts.total("revenue", variant="high")
        if high == 0:
            return word("first.none", lang), ""
        return word("first.none_but", lang, high=money(high, lang, facts.currency)), ""
    said = {
        "paid": money(paid, lang, facts.currency),
        "refunds": money(back, lang, facts.currency),
        "kept": money(facts.total("revenue"), lang, facts.currency),
        "rate": percent(back, paid),
    }
    key = "first.kept_story" if refunds_known(facts) else "first.kept_story_no_refund"
    return "", word(key, lang, **said)


def needs(facts: CampaignFacts, lang: str) -> list[str]:
    """Name what the merchant has to fill in before the true ROI is whole."""
    if facts.campaign_id == UNATTRIBUTED:
        return [word("need.broadcasts", lang), word("need.touches", lang)]
    found = []
    cover = facts.row("cogs").get("coverage_ppm") or 0
    if not facts.given("cogs"):
        found.append(word("need.cogs", lang))
    elif cover < _ONE:
        found.append(word("need.cogs_part", lang, share=percent(cover, _ONE)))
    if not facts.given("fixed_cost"):
        plain = facts.broadcasts.empty
        found.append(word("need.fixed_plain" if plain else "need.fixed", lang))
    settled = facts.ppm("lines_settled_ppm")
    if settled is not None and settled < _ONE and settles(facts):
        found.append(word("need.settled", lang, share=percent(settled, _ONE)))
    return found


def settles(facts: CampaignFacts) -> bool:
    """Say whether a broadcast ran on a platform that settles with the shop (not an own mall)."""
    return any(account_kind(name) != "mall_account" for name in facts.broadcasts["platform"])


def why(facts: CampaignFacts, lang: str) -> str:
    """One sentence: where the gap between the platform's figure and the true one comes from."""
    paid, back = facts.total("gmv_paid_surface"), -facts.total(*REFUNDS)
    if paid == 0:
        return word("first.why_no_orders", lang)
    causes = [word("first.why_refund", lang, rate=percent(back, paid))] if back else []
    left_out = _left_out(facts)
    if left_out:
        names = word("text.and", lang).join(inside(word(key, lang)) for key in left_out)
        causes.append(word("first.why_costs", lang, costs=names))
    given = facts.total(*SUBSIDIES)
    if given and not left_out:
        amount = money(given, lang, facts.currency)
        causes.append(word("first.why_subsidy", lang, money=amount))
    anyway = _anyway(facts)
    if anyway * MANY_PARTS >= paid:
        causes.insert(1, word("lift.why_anyway", lang, rate=percent(anyway, paid)))
    if not causes:
        return word("first.why_same", lang)
    return word("first.why", lang, causes=("；" if lang == "zh" else "; ").join(causes))


def _anyway(facts: CampaignFacts) -> int:
    """Return credited kept sales that would have come without it too [fen]; 0 without lift."""
    net = facts.lift.fen("revenue")
    return 0 if net is None else facts.total("revenue") - net


def inside(name: str) -> str:
    """Return a name as it stands inside a sentence.

    Examples
    --------
    >>> inside("Slot fee"), inside("GSV (paid minus refunds)")
    ('slot fee', 'GSV (paid minus refunds)')
    """
    if name[:2].isupper():
        return name
    return name[0].lower() + name[1:]


def _left_out(facts: CampaignFacts) -> list[str]:
    """Return the largest costs that the platform's figure leaves out (surface ROI has the ads in it)."""
    has_ads = facts.ppm("surface_roi") is not None
    sizes = {
        key: -facts.total(*lines)
        for key, lines in COSTS.items()
        if not (has_ads and key == "line.ads")
    }
    ranked = sorted((key for key, size in sizes.items() if size > 0), key=lambda k: -sizes[k])
    return ranked[:MANY_CAUSES]
