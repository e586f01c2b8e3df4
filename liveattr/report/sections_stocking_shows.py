"""What planned broadcasts may sell, and whether it is there. `facts → Block`; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.report.head_recall import moment
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import count
from liveattr.report.sections_stocking import product_cell
from liveattr.report.words import word

if TYPE_CHECKING:
    from liveattr.report.facts_stocking import StockingFacts

__all__ = ["stocking_shows"]

SHOWS = 3
"""Broadcasts on the page, the next first."""
GOODS = 6
"""Products of one broadcast, the shortest first; the workbook has all."""
_KEYS = ("usual_day", "p50", "p80", "p95", "left", "short")
_COLUMNS = ("ordinary", "p50", "p80", "p95", "left_units", "short_p80")


def stocking_shows(facts: StockingFacts, lang: str) -> Block | None:
    """Return the next planned broadcasts by quantile; None where none has a list of goods."""
    events = facts.events
    if events.empty:
        return None
    parts = [
        _show(goods, facts.zone, lang)
        for at, (_, goods) in enumerate(events.groupby("broadcast_id", sort=False))
        if at < SHOWS
    ]
    left = events["broadcast_id"].nunique() - SHOWS
    more = para(word("order.more_shows", lang, n=count(left))) if left > 0 else ""
    return section("shows", word("order.shows", lang), word("order.shows_lead", lang), *parts, more)


def _show(goods: pd.DataFrame, zone: str, lang: str) -> str:
    """Return one broadcast: when and whose, how many products are short, the shortest of them."""
    first = goods.iloc[0]
    known = [first["title"], first["host_id"]]
    said = [str(each) for each in known if not pd.isna(each)] or [str(first["broadcast_id"])]
    head = " · ".join([moment(pd.Timestamp(first["start_at"]), zone), *said])
    short = int((goods["short_p80"] > 0).sum())
    blind = int(goods["p80"].isna().sum())
    kind = "shows_say" if short or blind else "shows_enough"
    note = word(f"order.{kind}", lang, n=count(len(goods)), short=count(short))
    note += word("order.shows_blind", lang, n=count(blind)) if blind else ""
    listed = goods.sort_values(
        ["short_p80", "p80", "merchant_sku"], ascending=[False, False, True], na_position="last"
    )
    rows = [_product(each) for each in listed.head(GOODS).to_dict("records")]
    heads = [(word("order.sku", lang), False)]
    heads += [(word(f"order.{key}", lang), True) for key in _KEYS]
    left = len(goods) - GOODS
    more = para(word("order.more", lang, n=count(left))) if left > 0 else ""
    return f"<h3>{esc(head)}</h3>{para(note, 'say')}{table(heads, rows)}{more}"


def _product(each: dict[Any, Any]) -> str:
    cells = [product_cell(each)]
    for name in _COLUMNS:
        text = esc(_pieces(each[name]))
        bold = name == "short_p80" and text not in ("0", "–")
        cells.append(Cell(f"<b>{text}</b>" if bold else text, number=True))
    return row(cells)


def _pieces(value: Any) -> str:
    return "–" if pd.isna(value) else count(round(float(value), 1 if abs(value) < 10 else 0))
