"""What to order, for planners: first screen, order table, fans, what runs out. `facts → Block`; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.report.fan import fan_bands, fan_chart
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import count, money, percent
from liveattr.report.words import word
from liveattr.report.words_reason import order_said

if TYPE_CHECKING:
    from liveattr.report.facts_stocking import StockingFacts

__all__ = [
    "product_cell",
    "stocking_fans",
    "stocking_first",
    "stocking_footer",
    "stocking_headline",
    "stocking_runs",
]

FIRST = 15
"""SKUs to order on the page; the table in the folder has all."""
FANS = 3
"""SKUs whose demand is drawn."""
RUNS = 10
"""SKUs that run out, and with too much, on the page."""


def stocking_headline(facts: StockingFacts, lang: str) -> Block:
    """Return the first screen: what to order, what runs out first, what is tied in too much."""
    beside = f'<div class="beside">{_out(facts, lang)}{_over(facts, lang)}</div>'
    return Block(
        "headline", f'<section class="la hero lift">{_order(facts, lang)}{beside}</section>'
    )


def _order(facts: StockingFacts, lang: str) -> str:
    wanted = facts.to_order
    said = word(
        "order.say", lang, n=count(len(wanted)), pieces=count(int(wanted["suggested_qty"].sum()))
    )
    notes = para(said if len(wanted) else word("order.nothing", lang), "say")
    blind = int(wanted["amount_fen"].isna().sum())
    short, over = (_total(facts.plan, name) for name in ("short_cost_fen", "over_cost_fen"))
    if short or over:
        shown = {"short": _fen(short, facts, lang), "over": _fen(over, facts, lang)}
        known = facts.plan["short_cost_fen"].notna().any()
        notes += para(word("order.wrong" if known else "order.wrong_over", lang, **shown))
    notes += para(word("order.uncosted", lang, n=count(blind)), "need") if blind else ""
    return _card("true", "order.big", money(amount_of(wanted), lang, facts.currency), notes, lang)


def amount_of(plan: pd.DataFrame) -> int:
    """Return the cost [fen] of the suggested orders that have one."""
    return int(plan["amount_fen"].fillna(0).sum())


def _total(plan: pd.DataFrame, name: str) -> int:
    return int(plan[name].fillna(0).sum())


def _out(facts: StockingFacts, lang: str) -> str:
    out = facts.running_out
    if out.empty:
        said = para(word("order.out_none", lang), "say")
    else:
        first = out.iloc[0]
        name, on = _name(first), str(first["stockout_on"])[:10]
        said = para(word("order.out_say", lang, name=name, date=on), "say")
        gone = int((out["state"] == "out").sum())
        said += para(word("order.out_gone", lang, n=count(gone))) if gone else ""
        said += para(word("order.out_note", lang))
    return _card("low" if len(out) else "credit", "order.out_big", count(len(out)), said, lang)


def _over(facts: StockingFacts, lang: str) -> str:
    over = facts.too_much
    said = para(word("order.over_say", lang, n=count(len(over))), "say")
    fen = int(over["tied_fen"].fillna(0).sum())
    return _card("surface", "order.over_big", money(fen, lang, facts.currency), said, lang)


def _card(kind: str, head: str, big: str, said: str, lang: str) -> str:
    return (
        f'<div class="card {kind}"><span class="sub">{esc(word(head, lang))}</span>'
        f'<div class="big">{esc(big)}</div>{said}</div>'
    )


def _name(each: Any) -> str:
    return str(each["merchant_sku"] if pd.isna(each["name"]) else each["name"])


def product_cell(each: Any) -> Cell:
    """Return a product's name with its SKU under it."""
    sku = f'<div class="sub">{esc(each["merchant_sku"])}</div>'
    return Cell(esc(_name(each)) + ("" if pd.isna(each["name"]) else sku))


def stocking_first(facts: StockingFacts, lang: str) -> Block | None:
    """Return the SKUs to order first, and why; None where nothing is to be ordered."""
    wanted = facts.to_order
    if wanted.empty:
        return None
    keys = ("sku", "available", "cover", "qty", "amount", "why")
    heads = [(word(f"order.{key}", lang), key not in ("sku", "why")) for key in keys]
    rows = [_first(each, facts, lang) for each in wanted.head(FIRST).to_dict("records")]
    lead = word("order.first_lead", lang, n=FIRST)
    more = _more(len(wanted) - FIRST, lang)
    return section("orders", word("order.first", lang), lead, table(heads, rows, "reasons"), more)


def _first(each: dict[Any, Any], facts: StockingFacts, lang: str) -> str:
    shown = (
        count(int(each["available"])),
        _n(each["cover_days"]),
        count(int(each["suggested_qty"])),
        _fen(each["amount_fen"], facts, lang),
    )
    why = order_said(each, lang)
    cells = [product_cell(each), *(Cell(esc(text), number=True) for text in shown)]
    return row([*cells, Cell(f'<div class="why">{esc(why)}</div>', muted=True)])


def _more(left: int, lang: str) -> str:
    return para(word("order.more", lang, n=count(left))) if left > 0 else ""


def _n(value: Any) -> str:
    return "–" if pd.isna(value) else count(round(float(value), 1 if abs(value) < 10 else 0))


def _fen(value: Any, facts: StockingFacts, lang: str) -> str:
    return "–" if pd.isna(value) else money(int(value), lang, facts.currency)


def stocking_fans(facts: StockingFacts, lang: str) -> Block | None:
    """Return the daily demand of the first SKUs to order; None where no days are told."""
    chosen = facts.to_order if len(facts.to_order) else facts.plan
    drawn, bands = [], None
    for each in chosen.head(FANS).to_dict("records"):
        days = facts.forecast[facts.forecast["merchant_sku"] == each["merchant_sku"]]
        found = fan_bands(days)
        if found is not None:
            bands = bands or found
            drawn.append(_fan(each, days, facts, lang))
    if bands is None:
        return None
    ends = {
        "inner": f"{percent(bands['low'], 1)} – {percent(bands['high'], 1)}",
        "outer": f"{percent(bands['out_low'], 1)} – {percent(bands['out_high'], 1)}",
    }
    return section("fans", word("order.fan", lang), word("order.fan_lead", lang, **ends), *drawn)


def _fan(each: dict[Any, Any], days: pd.DataFrame, facts: StockingFacts, lang: str) -> str:
    unit, events = word("order.axis", lang), {str(on)[:10] for on in facts.shows["business_on"]}
    wide, narrow = (fan_chart(days, unit=unit, events=events, width=w) for w in (860, 290))
    brought = float(each["event_units"])
    note = word("order.event", lang, n=_n(brought), days=int(each["days"]))
    return (
        f"<h3>{esc(_name(each))}</h3>"
        f'<div class="chart wide">{wide}</div>'
        f'<div class="chart narrow" aria-hidden="true">{narrow}</div>'
    ) + (para(note) if brought > 0 else "")


def stocking_runs(facts: StockingFacts, lang: str) -> Block | None:
    """Return what runs out and what there is too much of; None where there is neither."""
    out, over = facts.running_out, facts.too_much
    if out.empty and over.empty:
        return None
    made = _runs_out(out, lang) if len(out) else ""
    made += _too_much(over, facts, lang) if len(over) else ""
    return section("runs", word("order.runs", lang), word("order.runs_lead", lang), made)


def _runs_out(out: pd.DataFrame, lang: str) -> str:
    keys = ("sku", "on", "available", "wanted")
    rows = []
    for each in out.head(RUNS).to_dict("records"):
        days = word("order.window", lang, n=int(each["days"]))
        wanted = f'{esc(_n(each["demand_mean"]))}<div class="sub">{esc(days)}</div>'
        cells = [product_cell(each), Cell(esc(str(each["stockout_on"])[:10]), number=True)]
        cells += [Cell(esc(count(int(each["available"]))), number=True), Cell(wanted, number=True)]
        rows.append(row(cells))
    return _part("order.runs_out", keys, rows, len(out), lang)


def _too_much(over: pd.DataFrame, facts: StockingFacts, lang: str) -> str:
    keys = ("sku", "available", "extra", "cover", "tied")
    rows = []
    for each in over.head(RUNS).to_dict("records"):
        shown = (
            count(int(each["available"])),
            count(int(each["extra"])),
            _n(each["cover_days"]),
            _fen(each["tied_fen"], facts, lang),
        )
        rows.append(row([product_cell(each), *(Cell(esc(text), number=True) for text in shown)]))
    return _part("order.too_much", keys, rows, len(over), lang)


def _part(title: str, keys: tuple[str, ...], rows: list[str], n: int, lang: str) -> str:
    heads = [(word(f"order.{key}", lang), key != "sku") for key in keys]
    return f"<h3>{esc(word(title, lang))}</h3>{table(heads, rows)}{_more(n - RUNS, lang)}"


def stocking_footer(facts: StockingFacts, lang: str) -> Block:
    """Return the foot of the page: what the quantities are and are not."""
    return Block("footer", f'<footer class="la">{esc(word("order.foot", lang))}</footer>')
