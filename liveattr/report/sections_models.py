"""Models side by side: what each credits to the campaign with its interval, and the ad platform's count.

`facts → Block`, or None where there is nothing to say. Pure. Credit is grey; the platform is amber,
and a diamond where the models have a dot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from liveattr.report.dots import Axis, axis_of, dot_axis, dot_mark
from liveattr.report.first_screen_lift import grade_tag
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import count, money, percent
from liveattr.report.sections import unit_of
from liveattr.report.sections_causes import Cause, causes_of
from liveattr.report.verdict_lift import method_name
from liveattr.report.words import WORDS, word

if TYPE_CHECKING:
    from liveattr.report.facts import CampaignFacts

__all__ = ["model_name", "rules_table"]


class _Credit(NamedTuple):
    """One row of `facts.rules`: money in fen; what nobody asked for is None."""

    model: str
    version: str
    orders: float
    net: int
    n: int
    shop: int
    low: float | None
    high: float | None
    level: float | None


class _Drawn(NamedTuple):
    """What all rows of the table share."""

    lang: str
    currency: str
    axis: Axis
    unit: int

    def money(self, fen: float) -> str:
        return money(round(fen), self.lang, self.currency)

    def mark(
        self,
        net: int,
        low: float | None,
        high: float | None,
        diamond: bool = False,
        cause: bool = False,
    ) -> str:
        title = self.money(net)
        if low is not None and high is not None:
            ends = {"low": self.money(low), "high": self.money(high)}
            title = word("rules.aria", self.lang, money=title, **ends)
            low, high = low / self.unit, high / self.unit
        return dot_mark(
            self.axis, net / self.unit, low, high, title=title, diamond=diamond, cause=cause
        )


def model_name(model: str, lang: str) -> str:
    """Return the name of a model; one without words keeps its own.

    Examples
    --------
    >>> model_name("markov_2", "zh"), model_name("hers", "zh")
    ('马尔可夫（二阶）', 'hers')
    """
    key = f"rule.{model}"
    return word(key, lang) if key in WORDS else model


def rules_table(facts: CampaignFacts, lang: str) -> Block | None:
    """Return what each model credits, on one axis; None where no touch and no ad reached it."""
    models = _credits(facts)
    ads = _ads(facts, lang)
    causes = causes_of(facts, lang)
    if not sum(each.n for each in models):
        models = []
    if not models and not causes:
        return section("rules", word("ads.title", lang), "", para(ads)) if ads else None
    values = [v for each in models for v in (each.net, each.low, each.high) if v is not None]
    values += [v for each in causes for v in (each.fen, each.low, each.high) if v is not None]
    values += [int(facts.ads["net_fen"].sum())] if ads else []
    unit, name = unit_of(round(max(map(abs, values))), lang, facts.currency)
    drawn = _Drawn(lang, facts.currency, axis_of([value / unit for value in values]), unit)
    tail = "_lift" if causes else ""
    heads = [
        (word("rules.rule", lang), False),
        (word(f"rules.kept{tail}", lang), True),
        ("", False),
        (word("rules.share", lang), True),
        (word(f"rules.orders{tail}", lang), True),
    ]
    shop = models[0].shop if models else 0
    names = [each.model for each in models]
    rows = [_cause_row(each, drawn, shop) for each in causes]
    rows += [
        _model(
            each,
            drawn,
            used=word(f"rules.used{tail}", lang) if each.model == facts.rule else "",
            twice=names.count(each.model) > 1,
        )
        for each in models
    ]
    rows += [_ads_row(facts, drawn, shop)] if ads else []
    axis = [Cell(""), Cell(esc(name), number=True, muted=True), Cell(dot_axis(drawn.axis))]
    rows.append(row([*axis, Cell(""), Cell("")], "axis"))
    level = percent(facts.lift.level, 1)
    said = [word("rules.interval_lift", lang, level=level)] if causes else []
    said += [*(_notes(models, drawn) if models else []), *([ads] if ads else [])]
    return section(
        "rules",
        word(f"rules.title{tail}", lang),
        word(f"rules.lead{tail}", lang),
        table(heads, rows, "models"),
        *map(para, said),
    )


def _credits(facts: CampaignFacts) -> list[_Credit]:
    rows: list[Any] = list(facts.rules.itertuples(index=False))
    return [_Credit._make(None if pd.isna(value) else value for value in each) for each in rows]


def _model(each: _Credit, drawn: _Drawn, *, used: str, twice: bool) -> str:
    label = esc(model_name(each.model, drawn.lang))
    label += f' <span class="tag">{esc(used)}</span>' if used else ""
    label += f'<div class="sub">{esc(each.version)}</div>' if twice else ""
    amount = esc(drawn.money(each.net))
    if each.low is not None and each.high is not None:
        span = f"{drawn.money(each.low)}\u00a0– {drawn.money(each.high)}"
        amount += f'<div class="sub">{esc(span)}</div>'
    share = percent(each.net, each.shop) if each.shop else ""
    orders = f'{esc(count(each.orders))}<div class="sub">n = {count(each.n)}</div>'
    return row(
        [
            Cell(label),
            Cell(amount, number=True),
            Cell(drawn.mark(each.net, each.low, each.high)),
            Cell(esc(share), number=True, muted=True),
            Cell(orders, number=True),
        ],
        "used" if used else "",
    )


def _cause_row(each: Cause, drawn: _Drawn, shop: int) -> str:
    """Return a row of cause, in green."""
    label = f'<span class="green">{esc(each.label)}</span>{grade_tag(each.grade, drawn.lang)}'
    label += f'<div class="sub">{esc(method_name(each.method, drawn.lang))}</div>'
    amount = f'<span class="green">{esc(drawn.money(each.fen))}</span>'
    if each.low is not None and each.high is not None:
        span = f"{drawn.money(each.low)}\u00a0– {drawn.money(each.high)}"
        amount += f'<div class="sub">{esc(span)}</div>'
    orders = f'<span class="green">{esc(each.orders)}</span>'
    return row(
        [
            Cell(label),
            Cell(amount, number=True),
            Cell(drawn.mark(each.fen, each.low, each.high, cause=True)),
            Cell(esc(percent(each.fen, shop) if shop else ""), number=True, muted=True),
            Cell(f'{orders}<div class="sub">n = {count(each.n)}</div>', number=True),
        ],
        "cause",
    )


def _notes(models: Sequence[_Credit], drawn: _Drawn) -> list[str]:
    """Say what the interval is, and how far the models are apart."""
    said = []
    levels = [each.level for each in models if None not in (each.low, each.high, each.level)]
    if levels:
        level = " / ".join(percent(each, 1) for each in sorted({e for e in levels if e}))
        said.append(word("rules.interval", drawn.lang, level=level))
    nets = [each.net for each in models]
    if max(nets) > min(nets):
        apart = drawn.money(max(nets) - min(nets))
        said.append(word("rules.spread", drawn.lang, money=apart))
    return said


def _ads(facts: CampaignFacts, lang: str) -> str:
    """Return the sentence on what the ad platform counts; empty where it counts nothing."""
    ads = facts.ads
    if ads.empty or not int(ads["n_orders"].sum()):
        return ""
    orders = ads.groupby("pay_type")["n_orders"].sum()
    return word(
        "ads.said",
        lang,
        n=count(int(ads["n_orders"].sum())),
        paid=money(int(ads["paid_fen"].sum()), lang, facts.currency),
        net=money(int(ads["net_fen"].sum()), lang, facts.currency),
        touched=count(int(ads["also_touched"].sum())),
        **{kind: count(int(orders.get(kind, 0))) for kind in ("direct", "indirect")},
    )


def _ads_row(facts: CampaignFacts, drawn: _Drawn, shop: int) -> str:
    """Return the ad platform's own figure as a row under the models, in amber."""
    net = int(facts.ads["net_fen"].sum())
    name = f'<span class="amber">{esc(word("ads.name", drawn.lang))}</span>'
    orders = count(int(facts.ads["n_orders"].sum()))
    return row(
        [
            Cell(name),
            Cell(f'<span class="amber">{esc(drawn.money(net))}</span>', number=True),
            Cell(drawn.mark(net, None, None, diamond=True)),
            Cell(esc(percent(net, shop) if shop else ""), number=True, muted=True),
            Cell(f'<span class="amber">{esc(orders)}</span>', number=True),
        ],
        "ads",
    )
