"""The order list and the sheet of risks: what stands in their rows. `facts → DataFrame`; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from liveattr.report.book_file import Book
from liveattr.report.book_sheets import FIRST_ROW, Column, Highlight, write_rows
from liveattr.report.head_recall import named
from liveattr.report.words import WORDS, word
from liveattr.report.words_reason import fallback_said, order_said

if TYPE_CHECKING:
    from liveattr.report.facts_stocking import StockingFacts

__all__ = [
    "ORDER_COLUMNS",
    "model_name",
    "model_names",
    "order_rows",
    "risk_rows",
    "state_marks",
    "write_orders",
    "write_risk",
]

REASONS = 6
"""Reasons in one cell."""
_WIDENED = ", widened"
"""What the forecast adds to a model whose intervals it made wider."""
_RISKY = ("out", "low", "over")

_MAIN = (
    Column("merchant_sku", "text", 15, "goods"),
    Column("name", "long", 28, "goods"),
    Column("supplier_id", "text", 12, "goods"),
    Column("state", "text", 11, "now"),
    Column("available", "count", 10, "now"),
    Column("cover_days", "pieces", 9, "now"),
    Column("stockout_on", "day", 11.5, "now"),
    Column("suggested_qty", "count", 11, "order", total=True),
    Column("decision_qty", "decision", 11.5, "order"),
    Column("note", "note", 18, "order"),
    Column("amount", "yuan", 13, "order", total=True),
    Column("decided_amount", "yuan", 13, "order", total=True),
    Column("reason", "long", 46, "order"),
)
_DETAIL = (
    Column("on_hand", "count", 9.5, "stock"),
    Column("reserved", "count", 9.5, "stock"),
    Column("in_transit", "count", 9.5, "stock"),
    Column("returns_due", "pieces", 9.5, "stock"),
    Column("mean_7", "pieces", 10.5, "demand"),
    Column("mean_30", "pieces", 10.5, "demand"),
    Column("days", "count", 9, "demand"),
    Column("demand_mean", "pieces", 9.5, "demand"),
    Column("demand_p50", "pieces", 9.5, "demand"),
    Column("demand_p80", "pieces", 9.5, "demand"),
    Column("demand_p95", "pieces", 9.5, "demand"),
    Column("event_units", "pieces", 11, "demand"),
    Column("service_level", "share", 10, "rule"),
    Column("safety_stock", "pieces", 10.5, "rule"),
    Column("reorder_point", "pieces", 10.5, "rule"),
    Column("order_up_to", "pieces", 10.5, "rule"),
    Column("unit_cost", "yuan", 10.5, "rule"),
    Column("short_cost", "yuan", 13, "risk"),
    Column("over_cost", "yuan", 13, "risk"),
    Column("abc", "text", 6.5, "class"),
    Column("xyz", "text", 6.5, "class"),
    Column("demand_class", "text", 12, "class"),
    Column("category", "text", 12, "class"),
    Column("diagnosis", "text", 11, "class"),
    Column("model_used", "text", 30, "source"),
    Column("basis", "text", 12, "source"),
    Column("fallback_reason", "long", 26, "source"),
    Column("previous_qty", "count", 10.5, "before"),
    Column("previous_gap", "change", 9.5, "before"),
    Column("previous_on", "day", 11.5, "before"),
)
ORDER_COLUMNS = (*_MAIN, *_DETAIL)
"""The order list; the first part is what is printed."""

_RISK_COLUMNS = (
    Column("merchant_sku", "text", 15, "goods"),
    Column("name", "long", 28, "goods"),
    Column("supplier_id", "text", 12, "goods"),
    Column("category", "text", 12, "goods"),
    Column("state", "text", 11, "now"),
    Column("available", "count", 10, "now"),
    Column("in_transit", "count", 9.5, "now"),
    Column("cover_days", "pieces", 9, "now"),
    Column("stockout_on", "day", 11.5, "now"),
    Column("days", "count", 9, "demand"),
    Column("demand_mean", "pieces", 9.5, "demand"),
    Column("demand_p95", "pieces", 9.5, "demand"),
    Column("suggested_qty", "count", 11, "order"),
    Column("short_cost", "yuan", 13, "risk", total=True),
    Column("over_cost", "yuan", 13, "risk", total=True),
    Column("extra", "count", 10, "risk", total=True),
    Column("tied", "yuan", 13, "risk", total=True),
    Column("reason", "long", 46),
)

_MONEY = {
    "amount": "amount_fen", "unit_cost": "unit_cost_fen", "short_cost": "short_cost_fen",
    "over_cost": "over_cost_fen", "tied": "tied_fen",
}  # fmt: skip


def order_rows(facts: StockingFacts, lang: str) -> pd.DataFrame:
    """Return the order list as it is shown: words for codes, money in the currency.

    Returns
    -------
    pandas.DataFrame
        One row an SKU, in the order of `facts.plan`, with the columns of `ORDER_COLUMNS` and those
        of the sheet of risks; decisions read back before stand in `decision_qty` and `note`.
    """
    plan = facts.plan
    money = {name: plan[fen].astype("Float64") / 100 for name, fen in _MONEY.items()}
    words = {
        "state": _words(plan["state"], "book", "state_", lang),
        "demand_class": _words(plan["demand_class"], "order", "class_", lang),
        "diagnosis": _words(plan["diagnosis"], "order", "cause_", lang),
        "basis": _words(plan["basis"], "book", "basis_", lang),
        "model_used": model_names(plan["model_used"], lang),
        "fallback_reason": plan["fallback_reason"].map(
            lambda code: fallback_said(code, lang), na_action="ignore"
        ),
        "reason": pd.Series(
            [order_said(line, lang, REASONS, facts.currency) for line in plan.to_dict("records")],
            index=plan.index,
            dtype=object,
        ),
    }
    gap = plan["suggested_qty"] - plan["previous_qty"].astype("Int64")
    made = plan.assign(**money, **words, previous_gap=gap).merge(
        facts.overrides[["merchant_sku", "decision_qty", "note"]], on="merchant_sku", how="left"
    )
    final = made["decision_qty"].astype("Int64").fillna(made["suggested_qty"])
    return made.assign(decided_amount=final * made["unit_cost_fen"].astype("Float64") / 100)


def _words(codes: pd.Series, family: str, head: str, lang: str) -> pd.Series:
    said = {code: named(family, f"{head}{code}", lang) for code in codes.dropna().unique()}
    plain = {code: text.removeprefix(head) for code, text in said.items()}
    return codes.map(plain)


def model_names(codes: pd.Series, lang: str) -> pd.Series:
    """Return models in words; one made of several is told by its parts."""
    return codes.map({code: model_name(str(code), lang) for code in codes.dropna().unique()})


def model_name(code: str, lang: str) -> str:
    """Return a model in words; one without words keeps its name.

    Examples
    --------
    >>> model_name("glm+boost, widened", "en")
    'regression + gradient boosting, widened'
    """
    if code.endswith(_WIDENED):
        return word("order.widened", lang, name=model_name(code.removesuffix(_WIDENED), lang))
    if f"order.{code}" in WORDS:
        return word(f"order.{code}", lang)
    return " + ".join(named("order", part, lang) for part in code.split("+"))


def risk_rows(facts: StockingFacts, lang: str) -> pd.DataFrame:
    """Return the rows of `order_rows` that run out, soonest first, then those with too much."""
    risky = facts.plan["state"].isin(_RISKY)
    rank = facts.plan["state"].map({name: at for at, name in enumerate(_RISKY)})
    made = order_rows(facts, lang).assign(rank=rank)[risky]
    over = made["rank"] == _RISKY.index("over")
    on = pd.to_datetime(made["stockout_on"]).mask(over)
    tied = made["tied_fen"].where(over, 0)
    return made.assign(soon=on, much=tied).sort_values(
        ["rank", "soon", "much", "merchant_sku"],
        ascending=[True, True, False, True],
        na_position="last",
    )


def _columns() -> tuple[Column, ...]:
    """Return the columns, with the formula of what is decided: empty means as suggested."""
    from dataclasses import replace

    from xlsxwriter.utility import xl_col_to_name

    at = {c.name: f"${xl_col_to_name(n)}{{row}}" for n, c in enumerate(ORDER_COLUMNS)}
    decision, suggested, cost = at["decision_qty"], at["suggested_qty"], at["unit_cost"]
    final = f"IF(ISNUMBER({decision}),{decision},{suggested})"
    formula = f'=IF(ISNUMBER({cost}),{final}*{cost},"")'
    return tuple(
        replace(c, formula=formula) if c.name == "decided_amount" else c for c in ORDER_COLUMNS
    )


def state_marks(book: Book) -> list[Highlight]:
    """Return the colours of the status; its words say the same."""
    return [
        Highlight("state", book.say("state_out"), "#F6C9D1", "#8E1B30"),
        Highlight("state", book.say("state_low"), "#FBE3E7", "#B4233A"),
        Highlight("state", book.say("state_over"), "#FBEBCB", "#8A5A00"),
    ]


def write_orders(book: Book, facts: StockingFacts) -> None:
    """Write the order list: the planner's sheet."""
    rows, columns = order_rows(facts, book.lang), _columns()
    title = book.say("orders_title", date=facts.as_of)
    marks = state_marks(book)
    sheet = write_rows(book, "orders", columns, rows, title=title, printed=len(_MAIN), marks=marks)
    at = [c.name for c in columns].index("decision_qty")
    rule = {
        "validate": "integer", "criteria": ">=", "value": 0, "ignore_blank": True,
        "error_title": book.say("valid_head"), "error_message": book.say("valid"),
    }  # fmt: skip
    sheet.data_validation(FIRST_ROW, at, FIRST_ROW + max(len(rows), 1) - 1, at, rule)
    sheet.ignore_errors({"number_stored_as_text": f"A1:B{FIRST_ROW + max(len(rows), 1)}"})


def write_risk(book: Book, facts: StockingFacts) -> None:
    """Write what runs out and what there is too much of."""
    write_rows(
        book,
        "risk",
        _RISK_COLUMNS,
        risk_rows(facts, book.lang),
        title=book.say("risk_title", date=facts.as_of),
        marks=state_marks(book),
        empty=book.say("no_risk"),
    )
