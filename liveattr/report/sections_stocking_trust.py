"""Why a product sells badly, how forecasts did, what planners decided. `facts → Block`; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.report.book_orders import model_name, model_names
from liveattr.report.frontier import frontier_chart, frontier_points, shown_scores
from liveattr.report.head_recall import named
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import count, money, percent
from liveattr.report.sections_stocking import product_cell
from liveattr.report.words import LANGS, word
from liveattr.report.words_reason import reasons_said

if TYPE_CHECKING:
    from liveattr.report.facts_stocking import StockingFacts

__all__ = ["stocking_causes", "stocking_overrides", "stocking_trust"]

CAUSES = ("price", "page", "logistics", "stock")
"""What `diagnosis.cause` says where there is something."""
MANY = 12
"""Products with a cause on the page; the table in the folder has all."""

_METRICS = {
    "fill_rate": None, "stock_days": 1, "wape": None, "bias": None, "coverage_90": None,
    "pinball": 3, "mase": 2, "newsvendor_95": 2,
}  # fmt: skip
"""Metric → decimals, planners' first; None: a share."""
_ALL = "(all)"
_LINE = 2
"""Points that make a line."""


def stocking_causes(facts: StockingFacts, lang: str) -> Block | None:
    """Return products hot in the room and cold in the mall; None where none were looked at."""
    found = facts.causes
    if found.empty:
        return None
    told = found[found["cause"].isin(CAUSES)]
    heads = [
        (word(f"order.{key}", lang), key in ("strength", "heat", "conversion"))
        for key in ("sku", "cause", "strength", "heat", "conversion", "evidence")
    ]
    rows = [_cause(each, lang) for each in told.head(MANY).to_dict("records")]
    shown = table(heads, rows, "reasons") if rows else para(word("order.no_cause", lang), "say")
    if len(told) > MANY:
        shown += para(word("order.more", lang, n=count(len(told) - MANY)))
    for key, cause in (("few", "not enough data"), ("none", "none")):
        n = int((found["cause"] == cause).sum())
        shown += para(word(f"order.cause_{key}", lang, n=count(n))) if n else ""
    return section("cold", word("order.cold", lang), word("order.cold_lead", lang), shown)


def _cause(each: dict[Any, Any], lang: str) -> str:
    product = product_cell(each)
    show = f'<div class="sub">{esc(each["broadcast_id"])}</div>'
    cause = f"<b>{esc(named('order', 'cause_' + each['cause'], lang))}</b>"
    strength = "–" if pd.isna(each["strength"]) else percent(float(each["strength"]), 1)
    ends = "" if pd.isna(each["low"]) else f"{_two(each['low'])} – {_two(each['high'])}"
    conversion = f'{esc(_two(each["conversion"]))}<div class="sub">{esc(ends)}</div>'
    numbers = (esc(strength), esc(_two(each["heat"])), conversion)
    cells = [Cell(product.html + show), Cell(cause), *(Cell(each, number=True) for each in numbers)]
    why = f'<div class="why">{esc(reasons_said(each["evidence"], lang))}</div>'
    return row([*cells, Cell(why, muted=True)])


def _two(value: Any) -> str:
    return "–" if pd.isna(value) else _places(float(value), 2)


def _places(value: float, places: int) -> str:
    text = f"{abs(value):,.{places}f}"
    return f"−{text}" if value < 0 and float(text.replace(",", "")) else text


def stocking_trust(facts: StockingFacts, lang: str) -> Block | None:
    """Return how each model did, beside the merchant's rules; None where nothing was tried."""
    scores = shown_scores(facts.backtest)
    if facts.backtest.empty:
        return None
    whole = scores[scores["demand_class"] == _ALL]
    metrics = [name for name in _METRICS if name in set(whole["metric"])]
    heads = [(word("order.model", lang), False)]
    heads += [(word(f"order.{name}", lang), True) for name in (*metrics, "tests")]
    rows = [_model(name, whole, metrics, lang) for name in _by_loss(whole)]
    shown = table(heads, rows, "tried") + para(word("order.trust_note", lang)) if rows else ""
    said = _champions(scores[scores["demand_class"] != _ALL], lang)
    note = para(word("order.by_class", lang, said=said)) if said else ""
    parts = [shown, note, _frontier(facts.backtest, lang)]
    return section("tested", word("order.trust", lang), word("order.trust_lead", lang), *parts)


def _frontier(backtest: pd.DataFrame, lang: str) -> str:
    """Draw fill rate against stock; nothing where one model has one point."""
    points = frontier_points(backtest)
    if len(points) < _LINE:
        return ""
    names = dict(zip(points["model"], model_names(points["model"], lang), strict=True))
    titles = (word("book.frontier_x", lang), word("book.frontier_y", lang))
    wide, narrow = (frontier_chart(points, names, titles=titles, width=w) for w in (860, 290))
    return (
        f"<h3>{esc(word('book.frontier_title', lang))}</h3>"
        f'<div class="chart wide">{wide}</div>'
        f'<div class="chart narrow" aria-hidden="true">{narrow}</div>'
    )


def _by_loss(whole: pd.DataFrame) -> list[str]:
    """Return the models, the least quantile loss first; those without one at the end."""
    loss = whole[whole["metric"] == "pinball"].set_index("model")["score"]
    return sorted(set(whole["model"]), key=lambda name: (float(loss.get(name, float("inf"))), name))


def _model(name: str, whole: pd.DataFrame, metrics: list[str], lang: str) -> str:
    own = whole[whole["model"] == name]
    scores = dict(zip(own["metric"], own["score"], strict=True))
    used = bool(own["champion"].astype(bool).any())
    tag = f' <span class="tag">{esc(word("order.used", lang))}</span>' if used else ""
    shown = [_score(metric, scores.get(metric)) for metric in metrics]
    shown.append(count(int(own["n"].max())))
    cells = [Cell(esc(model_name(name, lang)) + tag)]
    return row([*cells, *(Cell(esc(text), number=True) for text in shown)], "cause" if used else "")


def _score(metric: str, score: float | None) -> str:
    if score is None or pd.isna(score):
        return "–"
    places = _METRICS[metric]
    return percent(float(score), 1) if places is None else _places(float(score), places)


def _champions(scores: pd.DataFrame, lang: str) -> str:
    best = scores[scores["champion"].astype(bool)].drop_duplicates(["demand_class", "model"])
    said = [
        word("order.class_used", lang, name=named("order", f"class_{kind}", lang),
             model=model_name(str(model), lang))
        for kind, model in zip(best["demand_class"], best["model"], strict=True)
    ]  # fmt: skip
    return ("；", "; ")[LANGS.index(lang)].join(said)


def stocking_overrides(facts: StockingFacts, lang: str) -> Block | None:
    """Return what planners decided, and what earlier decisions were worth; None without any."""
    parts = [_decided(facts, lang), _worth(facts, lang)]
    if not any(parts):
        return None
    lead = word("order.override_lead", lang)
    return section("overrides", word("order.override", lang), lead, *parts)


def _decided(facts: StockingFacts, lang: str) -> str:
    """Return this plan's decisions beside what was suggested."""
    made = facts.overrides
    if made.empty:
        return ""
    gap = made["decision_qty"] - made["suggested_qty"]
    fen = int((gap * made["unit_cost_fen"]).fillna(0).sum())
    shown = {
        "decided": count(len(made)),
        "changed": count(int((gap != 0).sum())),
        "net": count(int(gap.sum())),
        "net_cost": money(fen, lang, facts.currency),
    }
    return _boxes(shown, lang)


def _worth(facts: StockingFacts, lang: str) -> str:
    """Return what changes of the past were worth, those whose days are over."""
    score = facts.scores
    if score is None or not score.scored:
        return ""
    fen = score.value_fen
    shown = {
        "scored": count(score.scored),
        "better": count(score.better),
        "worse": count(score.worse),
        "saved" if fen >= 0 else "spent": money(abs(fen), lang, facts.currency),
    }
    ends = score.interval_fen
    said = word("order.worth_few", lang)
    if ends is not None:
        unclear, lost = ends[0] <= 0 <= ends[1], ends[1] < 0
        key = "unclear" if unclear else "lost" if lost else "clear"
        low, high = sorted(abs(end) for end in ends) if lost else ends
        shown_ends = {
            "low": money(low, lang, facts.currency),
            "high": money(high, lang, facts.currency),
        }
        said = word(f"order.worth_{key}", lang, **shown_ends)
    head = f"<h3>{esc(word('order.worth', lang))}</h3>"
    return head + _boxes(shown, lang) + para(said)


def _boxes(shown: dict[str, str], lang: str) -> str:
    boxes = "".join(
        f'<div><span class="sub">{esc(word("order." + key, lang))}</span><b>{esc(said)}</b></div>'
        for key, said in shown.items()
    )
    return f'<div class="facts la">{boxes}</div>'
