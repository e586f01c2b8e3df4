"""Expected orders of known customers for planners. `facts → Block`; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.consent.suppress import SMALLEST, small_cells
from liveattr.report.head_recall import few, named
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import count, money, percent
from liveattr.report.weeks import weeks_chart
from liveattr.report.words import WORDS, word

if TYPE_CHECKING:
    from liveattr.report.facts_repurchase import RepurchaseFacts

__all__ = [
    "repurchase_footer",
    "repurchase_headline",
    "repurchase_people",
    "repurchase_trust",
    "repurchase_week_table",
    "repurchase_weeks",
]

MANY_GOODS = 15
"""Categories on the page; the table in the folder has all."""
WEEKS_SHOWN = 6
"""Weeks of a category on the page."""
OLD_DAYS = 7
"""[days] Data older than that is said to be old on the first screen."""


def repurchase_headline(facts: RepurchaseFacts, lang: str) -> Block:
    """Return the first screen: orders to be expected, or why nothing is told."""
    if facts.reason is not None:
        said = para(_refusal(facts.reason, lang), "say")
        card = _card("true none", "again.none_big", "–", said, lang)
        return Block("headline", f'<section class="la hero lift none">{card}</section>')
    cards = _orders(facts, lang) + _value(facts, lang)
    return Block("headline", f'<section class="la hero">{cards}</section>')


def _refusal(reason: str, lang: str) -> str:
    return word(f"again.{reason}", lang) if f"again.{reason}" in WORDS else reason


def _orders(facts: RepurchaseFacts, lang: str) -> str:
    whole = facts.whole_weeks()
    said = word(
        "again.orders_say",
        lang,
        people=few(int(facts.about["people"]), lang),
        buyers=count(round(float(facts.bands["buyers_30"].sum()))),
    )
    notes = para(said, "say") + para(word("again.limits", lang), "note")
    age = int(facts.about["data_age_days"] or 0)
    notes += para(word("again.old_data", lang, n=age), "need") if age > OLD_DAYS else ""
    big = "–" if whole.empty else count(round(float(whole["expected_orders"].sum())))
    return _card("true", "again.orders_big", big, notes, lang)


def _value(facts: RepurchaseFacts, lang: str) -> str:
    fen = int(facts.bands["value_90_fen"].sum())
    orders = count(round(float(facts.bands["orders_90"].sum())))
    said = para(word("again.value_say", lang, orders=orders), "say")
    return _card("credit", "again.value_big", money(fen, lang, facts.currency), said, lang)


def _card(kind: str, head: str, big: str, said: str, lang: str) -> str:
    return (
        f'<div class="card {kind}"><span class="sub">{esc(word(head, lang))}</span>'
        f'<div class="big">{esc(big)}</div>{said}</div>'
    )


def repurchase_weeks(facts: RepurchaseFacts, lang: str) -> Block | None:
    """Return the picture of the weeks; None where no weeks are told."""
    weeks = facts.week_rows()
    if weeks.empty:
        return None
    unit = word("again.axis", lang)
    wide, narrow = (weeks_chart(weeks, unit=unit, width=w) for w in (860, 290))
    level = percent(float(weeks["level"].iloc[0]), 1)
    return section(
        "weeks",
        word("again.weeks", lang),
        word("again.weeks_lead", lang, level=level),
        f'<div class="chart wide">{wide}</div><div class="chart narrow">{narrow}</div>',
    )


def repurchase_week_table(facts: RepurchaseFacts, lang: str) -> Block | None:
    """Return orders and units by category and week; None where no weeks are told."""
    weeks = facts.weeks
    if weeks.empty:
        return None
    shown = sorted(weeks["week_on"].unique())[:WEEKS_SHOWN]
    days = dict(zip(weeks["week_on"], weeks["days"], strict=True))
    heads = [(word("again.category", lang), False)]
    heads += [(_week(on, int(days[on]), lang), True) for on in shown]
    rows = [_category(weeks, name, shown, lang) for name in _categories(weeks)]
    level = percent(float(weeks["level"].iloc[0]), 1)
    lead = word("again.goods_lead", lang, level=level)
    return section("weeks", word("again.goods", lang), lead, table(heads, rows))


def _week(on: Any, days: int, lang: str) -> str:
    return f"{on:%m-%d}" + (word("again.days", lang, n=days) if days < 7 else "")


def _categories(weeks: pd.DataFrame) -> list[str]:
    """Return the categories, most orders first; all together at the head."""
    total = weeks.groupby("category", sort=True)["expected_orders"].sum()
    names = total.drop("(all)", errors="ignore").sort_values(ascending=False, kind="stable").index
    return ["(all)"] * ("(all)" in total.index) + [str(name) for name in names[:MANY_GOODS]]


def _category(weeks: pd.DataFrame, name: str, shown: list[Any], lang: str) -> str:
    own = weeks[weeks["category"] == name].set_index("week_on")
    label = word("again.all", lang) if name == "(all)" else name
    cells = [Cell(esc(label))]
    for on in shown:
        if on not in own.index:
            cells.append(Cell("–", number=True))
            continue
        each = own.loc[on]
        units = each["expected_units"]
        said = _n(each["expected_orders"])
        said += "" if pd.isna(units) else f' <span class="m">({_n(units)})</span>'
        ends = f"{_n(each['low_orders'])} – {_n(each['high_orders'])}"
        cells.append(Cell(f'{said}<div class="sub">{esc(ends)}</div>', number=True))
    return row(cells, "total" if name == "(all)" else "")


def _n(value: float) -> str:
    return count(round(float(value), 1 if abs(value) < 10 else 0))


def repurchase_people(facts: RepurchaseFacts, lang: str) -> Block | None:
    """Return how many people stand at which chance; None where nobody gets a number."""
    if facts.bands.empty:
        return None
    hide = small_cells(facts.bands[["band", "people"]], "people")
    rows = [
        _band(each, bool(hidden), facts, lang)
        for each, hidden in zip(facts.bands.to_dict("records"), hide, strict=True)
    ]
    keys = ("chance", "people", "buyers_30", "buyers_90", "orders_90", "value_90")
    heads = [(word(f"again.{key}", lang), at > 0) for at, key in enumerate(keys)]
    notes = []
    undated = int(facts.about["people"]) - int(facts.about["dated"])
    for key, n in (("undated", undated), ("beyond", int(facts.about["beyond"]))):
        notes += [para(word(f"again.{key}", lang, n=few(n, lang)))] if n else []
    lead = word("again.who_lead", lang)
    return section("people", word("again.who", lang), lead, table(heads, rows), *notes)


def _band(each: dict[Any, Any], hidden: bool, facts: RepurchaseFacts, lang: str) -> str:
    name = Cell(esc(word(f"again.band_{int(each['band'])}", lang)))
    if hidden:
        n = int(each["people"])
        said = few(n, lang) if n < SMALLEST else word("people.kept", lang)
        return row([name, Cell(esc(said), number=True), *[Cell("", number=True)] * 4])
    value = money(int(each["value_90_fen"]), lang, facts.currency)
    shown = [count(int(each["people"]))]
    shown += [_n(each[key]) for key in ("buyers_30", "buyers_90", "orders_90")]
    return row([name, *(Cell(esc(text), number=True) for text in (*shown, value))])


def repurchase_trust(facts: RepurchaseFacts, lang: str) -> Block | None:
    """Return how each model did in the backtest, beside the baselines; None where there was none."""
    if facts.scores.empty:
        return None
    rows = [_score(each, lang) for each in _means(facts.scores).to_dict("records")]
    keys = ("horizon", "model", "loss", "auc", "ece", "told", "cuts")
    heads = [(word(f"again.{key}", lang), key != "model") for key in keys]
    lead = word("again.trust_lead", lang)
    return section("tested", word("again.trust", lang), lead, table(heads, rows))


def _means(scores: pd.DataFrame) -> pd.DataFrame:
    """Average over the cuts; the best first."""
    groups = scores.groupby(["horizon_days", "model"], sort=True)
    found = groups.agg(
        log_loss=("log_loss", "mean"),
        auc=("auc", "mean"),
        ece=("ece", "mean"),
        told=("told", "sum"),
        came=("came", "sum"),
        cuts=("cut_on", "nunique"),
        chosen=("chosen", "max"),
    )
    return found.reset_index().sort_values(["horizon_days", "log_loss", "model"])


def _score(each: dict[Any, Any], lang: str) -> str:
    used = f' <span class="tag">{esc(word("again.chosen", lang))}</span>' if each["chosen"] else ""
    came = int(each["came"])
    told = f"{_n(each['told'])} / {count(came) if came == 0 or came >= SMALLEST else '<' + str(SMALLEST)}"
    shown = [
        f"{each['log_loss']:.4f}",
        "–" if pd.isna(each["auc"]) else f"{each['auc']:.3f}",
        f"{each['ece']:.4f}",
        told,
        str(int(each["cuts"])),
    ]
    cells = [
        Cell(esc(int(each["horizon_days"])), number=True),
        Cell(esc(named("again", str(each["model"]), lang)) + used),
        *(Cell(esc(text), number=True) for text in shown),
    ]
    return row(cells, "cause" if each["chosen"] else "")


def repurchase_footer(facts: RepurchaseFacts, lang: str) -> Block:
    """Return the foot of the page: model, people it learnt from, what is hidden."""
    model = facts.model.iloc[0]
    if facts.reason is not None:
        said = word("again.foot_none", lang, k=SMALLEST)
    else:
        people = 0 if pd.isna(model["n_people"]) else int(model["n_people"])
        level = percent(float(facts.weeks["level"].iloc[0]), 1) if len(facts.weeks) else "80%"
        said = word(
            "again.foot",
            lang,
            model=model["model"],
            people=few(people, lang),
            level=level,
            k=SMALLEST,
        )
    return Block("footer", f'<footer class="la">{esc(said)}</footer>')
