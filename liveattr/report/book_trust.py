"""The sheets of planned broadcasts and of the backtest, with the frontier as a native chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.report.book_file import Book
from liveattr.report.book_orders import model_names
from liveattr.report.book_sheets import FIRST_ROW, TITLE_ROW, Column, Highlight, write_rows
from liveattr.report.frontier import ALL, frontier_points, shown_scores
from liveattr.report.head_recall import named
from liveattr.report.words import word

if TYPE_CHECKING:
    from liveattr.report.facts_stocking import StockingFacts

__all__ = ["event_rows", "trust_rows", "write_events", "write_trust"]

METRICS = {
    "wape": "share_1", "bias": "share_1", "coverage_90": "share_1", "fill_rate": "share_1",
    "stock_days": "pieces", "pinball": "score", "mase": "score", "newsvendor_95": "score",
}  # fmt: skip
"""Metrics of the card, planners' first, and how they are written."""
_INKS = ("#0F766E", "#B7791F", "#69727F", "#1D2530", "#3B6FB6", "#B4233A")
_SHAPES = ("circle", "square", "diamond", "triangle", "x", "star")

_EVENT_COLUMNS = (
    Column("business_on", "day", 11.5, "show"),
    Column("start_at", "moment", 12, "show"),
    Column("broadcast_id", "text", 18, "show"),
    Column("title", "long", 20, "show"),
    Column("host_id", "text", 12, "show"),
    Column("merchant_sku", "text", 15, "goods"),
    Column("name", "long", 28, "goods"),
    Column("price", "yuan", 11, "goods"),
    Column("shows_that_day", "count", 9, "day"),
    Column("ordinary", "pieces", 10.5, "day"),
    Column("p50", "pieces", 9, "day"),
    Column("p80", "pieces", 9, "day"),
    Column("p95", "pieces", 9, "day"),
    Column("left_units", "pieces", 12, "ready"),
    Column("short_p80", "pieces", 10, "ready"),
    Column("ready", "text", 10, "ready"),
)


def event_rows(facts: StockingFacts, lang: str) -> pd.DataFrame:
    """Return the planned products of each broadcast, with what the day may want and what is left."""
    found = facts.events
    start = found["start_at"]
    local = pd.to_datetime(start, utc=True).dt.tz_convert(facts.zone).dt.tz_localize(None)
    short = found["short_p80"].astype("Float64")
    known = short.notna()
    ready = pd.Series("ready_unknown", index=found.index).mask(known & (short <= 0).fillna(False),
        "ready_yes").mask(known & (short > 0).fillna(False), "ready_no")  # fmt: skip
    words = {key: word(f"book.{key}", lang) for key in ("ready_yes", "ready_no", "ready_unknown")}
    return found.assign(
        start_at=local,
        price=found["price_fen"].astype("Float64") / 100,
        ready=ready.map(words),
    )


def trust_rows(facts: StockingFacts, lang: str) -> pd.DataFrame:
    """Return the backtest, one row a demand class and model: all first, the least loss first."""
    scores = shown_scores(facts.backtest)
    if scores.empty:
        return pd.DataFrame(columns=["demand_class", "model", "used", "n", *METRICS])
    keys = ["demand_class", "model"]
    wide = scores.pivot(index=keys, columns="metric", values="score").reindex(columns=[*METRICS])
    wide["n"] = scores.groupby(keys)["n"].max()
    wide["champion"] = scores.groupby(keys)["champion"].any()
    made = wide.reset_index()
    made = made.assign(rank=made["demand_class"] != ALL)
    made = made.sort_values(["rank", "demand_class", "pinball", "model"])
    whole = word("book.whole", lang)
    return made.assign(
        demand_class=[
            whole if kind == ALL else named("order", f"class_{kind}", lang)
            for kind in made["demand_class"]
        ],
        model=model_names(made["model"], lang),
        used=made["champion"].map({True: word("book.used", lang), False: ""}),
    )


def write_events(book: Book, facts: StockingFacts) -> None:
    """Write what each planned broadcast may sell."""
    marks = [Highlight("ready", book.say("ready_no"), "#FBE3E7", "#B4233A")]
    title = book.say("events_title", date=facts.as_of)
    rows = event_rows(facts, book.lang)
    write_rows(
        book, "events", _EVENT_COLUMNS, rows, title=title, marks=marks, empty=book.say("no_events")
    )


def write_trust(book: Book, facts: StockingFacts) -> None:
    """Write how each model did beside the merchant's rules, and draw the frontier."""
    rows = trust_rows(facts, book.lang)
    columns = (
        Column("demand_class", "text", 13),
        Column("model", "text", 30),
        Column("used", "text", 9, head=book.say("used_head")),
        *(
            Column(name, kind, 13.5, head=word(f"order.{name}", book.lang))
            for name, kind in METRICS.items()
            if not rows[name].isna().all()
        ),
        Column("n", "count", 10),
    )
    marks = [Highlight("used", book.say("used"), "#D5ECE8", "#0F766E")]
    title = book.say("trust_title", date=facts.as_of)
    write_rows(book, "trust", columns, rows, title=title, marks=marks, empty=book.say("no_trust"))
    points = frontier_points(facts.backtest)
    if len(points):
        _write_frontier(book, points)


def _write_frontier(book: Book, points: pd.DataFrame) -> None:
    """Write the frontier's points and draw them, one line a model."""
    columns = (
        Column("model", "text", 30),
        Column("level", "level", 14, head=book.say("frontier_level")),
        Column("stock_days", "pieces", 14, head=book.say("frontier_x")),
        Column("fill_rate", "share_1", 12, head=book.say("frontier_y")),
    )
    told = points.assign(model=model_names(points["model"], book.lang))
    sheet = write_rows(book, "frontier", columns, told, title=book.say("frontier_title"), fixed=1)
    chart = book.file.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    for number, (name, rows) in enumerate(told.groupby("model", sort=False)):
        chart.add_series(_series(sheet.get_name(), str(name), rows, number))
    grid = {"major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}}}
    chart.set_x_axis({"name": book.say("frontier_x"), "num_format": "0", "min": 0, **grid})
    chart.set_y_axis({"name": book.say("frontier_y"), "num_format": "0%", "max": 1, **grid})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 620, "height": 380})
    sheet.insert_chart(FIRST_ROW, len(columns) + 1, chart)
    sheet.print_area(TITLE_ROW, 0, FIRST_ROW + max(len(told), 24), len(columns) + 10)


def _series(sheet: str, name: str, rows: pd.DataFrame, number: int) -> dict[str, Any]:
    """Return one line of the chart: its cells, a colour and a shape."""
    first, last = FIRST_ROW + int(rows.index[0]), FIRST_ROW + int(rows.index[-1])
    ink = {"color": _INKS[number % len(_INKS)]}
    shape = _SHAPES[number % len(_SHAPES)]
    return {
        "name": name,
        "categories": [sheet, first, 2, last, 2],
        "values": [sheet, first, 3, last, 3],
        "line": {**ink, "width": 2},
        "marker": {"type": shape, "size": 7, "fill": ink, "border": ink},
    }
