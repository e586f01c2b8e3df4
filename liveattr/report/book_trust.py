"""The sheets of planned broadcasts and of the backtest, with the frontier as a native chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from liveattr.report.book_orders import model_names
from liveattr.report.book_sheets import FIRST_ROW, Book, Column, Highlight, write_rows
from liveattr.report.head_recall import named
from liveattr.report.words import word

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from liveattr.report.facts_stocking import StockingFacts

__all__ = ["event_rows", "frontier_points", "trust_rows", "write_events", "write_trust"]

METRICS = {
    "wape": "share_1", "bias": "share_1", "coverage_90": "share_1", "fill_rate": "share_1",
    "stock_days": "pieces", "pinball": "score", "mase": "score", "newsvendor_95": "score",
}  # fmt: skip
"""Metrics of the card, planners' first, and how they are written."""
_ALL = "(all)"
_LEVEL = "@"
"""Between a model and the level of one point of its frontier, as in `glm@0.95` and `last_30@21`."""
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
    Column("p80", "pieces", 9, "day", total=True),
    Column("p95", "pieces", 9, "day", total=True),
    Column("left_units", "pieces", 12, "ready"),
    Column("short_p80", "pieces", 10, "ready", total=True),
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
    scores = facts.backtest[~facts.backtest["model"].str.contains(_LEVEL, regex=False)]
    if scores.empty:
        return pd.DataFrame(columns=["demand_class", "model", "used", "n", *METRICS])
    keys = ["demand_class", "model"]
    wide = scores.pivot(index=keys, columns="metric", values="score").reindex(columns=[*METRICS])
    wide["n"] = scores.groupby(keys)["n"].max()
    wide["champion"] = scores.groupby(keys)["champion"].any()
    made = wide.reset_index()
    made = made.assign(rank=made["demand_class"] != _ALL)
    made = made.sort_values(["rank", "demand_class", "pinball", "model"])
    whole = word("book.whole", lang)
    return made.assign(
        demand_class=[
            whole if kind == _ALL else named("order", f"class_{kind}", lang)
            for kind in made["demand_class"]
        ],
        model=model_names(made["model"], lang),
        used=made["champion"].map({True: word("book.used", lang), False: ""}),
    )


def frontier_points(backtest: pd.DataFrame) -> pd.DataFrame:
    """Return the points of the frontier, all demand classes together.

    Returns
    -------
    pandas.DataFrame
        `model, level, stock_days, fill_rate` by model and stock; a model with a level after `@` has a
        point a level, another one a single point (level null).
    """
    both = backtest[
        (backtest["demand_class"] == _ALL) & backtest["metric"].isin(["fill_rate", "stock_days"])
    ]
    wide = both.pivot(index="model", columns="metric", values="score")
    wide = wide.reindex(columns=["stock_days", "fill_rate"]).dropna().reset_index()
    parts = wide["model"].astype("string").str.partition(_LEVEL)
    made = wide.assign(model=parts[0], level=pd.to_numeric(parts[2], errors="coerce"))
    many = made["model"].isin(made.loc[made["level"].notna(), "model"])
    kept = made[~(many & made["level"].isna())]
    return kept.sort_values(["model", "stock_days"])[
        ["model", "level", "stock_days", "fill_rate"]
    ].reset_index(drop=True)


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
            Column(name, kind, 12.5, head=word(f"order.{name}", book.lang))
            for name, kind in METRICS.items()
            if not rows[name].isna().all()
        ),
        Column("n", "count", 10),
    )
    marks = [Highlight("used", book.say("used"), "#D5ECE8", "#0F766E")]
    title = book.say("trust_title", date=facts.as_of)
    sheet = write_rows(
        book, "trust", columns, rows, title=title, marks=marks, empty=book.say("no_trust")
    )
    points = frontier_points(facts.backtest)
    if len(points):
        _frontier(book, sheet, points, FIRST_ROW + max(len(rows), 1) + 1)


def _frontier(book: Book, sheet: Worksheet, points: pd.DataFrame, top: int) -> None:
    """Write the points under the card and draw them beside each other, one line a model."""
    sheet.write_string(top, 0, book.say("frontier"), book.formats["head_text"])
    heads = (word("order.model", book.lang), book.say("frontier_level"),
             book.say("frontier_x"), book.say("frontier_y"))  # fmt: skip
    at = (1, 2, 3, 4)
    for column, text in zip(at, heads, strict=True):
        sheet.write_string(top + 1, column, text, book.formats["head_text"])
    names = model_names(points["model"], book.lang)
    chart = book.file.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    place = sheet.get_name()
    for number, (_, of_model) in enumerate(points.groupby("model", sort=False)):
        first, last = top + 2 + of_model.index[0], top + 2 + of_model.index[-1]
        ink = _INKS[number % len(_INKS)]
        chart.add_series(
            {
                "name": names[of_model.index[0]],
                "categories": [place, first, 3, last, 3],
                "values": [place, first, 4, last, 4],
                "line": {"color": ink, "width": 2},
                "marker": {
                    "type": _SHAPES[number % len(_SHAPES)], "size": 7,
                    "fill": {"color": ink}, "border": {"color": ink},
                },
            }
        )  # fmt: skip
    for row, each in enumerate(points.itertuples(index=False), top + 2):
        sheet.write_string(row, 1, names[row - top - 2], book.formats["text"])
        if pd.notna(each.level):
            sheet.write_number(row, 2, each.level, book.formats["pieces"])
        sheet.write_number(row, 3, each.stock_days, book.formats["pieces"])
        sheet.write_number(row, 4, each.fill_rate, book.formats["share_1"])
    chart.set_title({"name": book.say("frontier"), "name_font": {"size": 11, "bold": False}})
    chart.set_x_axis({"name": book.say("frontier_x"), "num_format": "0", "min": 0,
                      "major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}}})  # fmt: skip
    chart.set_y_axis({"name": book.say("frontier_y"), "num_format": "0%",
                      "major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}}})  # fmt: skip
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": 380})
    sheet.insert_chart(top + 2 + len(points) + 1, 0, chart)
