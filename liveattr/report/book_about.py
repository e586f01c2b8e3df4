"""The sheets of parameters and data cut-off, how to read it, and the hidden key of the workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.report.book_file import Book
from liveattr.report.book_orders import model_names
from liveattr.report.book_sheets import A4, height_of
from liveattr.report.numbers import count
from liveattr.report.sections_stocking import amount_of
from liveattr.report.words_reason import fallback_said

if TYPE_CHECKING:
    from liveattr.report.facts_stocking import StockingFacts

__all__ = ["KEY_SHEET", "LAYOUT", "STEPS", "about_lines", "write_about", "write_guide", "write_key"]

KEY_SHEET = "_liveattr"
"""Very hidden: which plan the workbook belongs to, and what it suggested."""
LAYOUT = 1
_WIDE = 110
STEPS = 12
"""Sentences of the sheet on how to read it."""

Line = tuple[str, Any, str]
"""What, value (number, text or None), meaning."""


def about_lines(facts: StockingFacts, book: Book) -> Iterator[Line]:
    """Yield what the numbers rest on, line by line."""
    plan, wanted, say = facts.plan, facts.to_order, book.say
    yield say("a_as_of"), str(facts.as_of), say("a_as_of_note")
    yield say("a_zone"), facts.zone, ""
    yield say("a_skus"), len(plan), ""
    yield say("a_to_order"), len(wanted), ""
    yield say("a_amount"), amount_of(wanted) / 100, ""
    yield say("a_uncosted"), int(wanted["amount_fen"].isna().sum()), say("a_uncosted_note")
    yield say("a_days"), _span(plan["days"]), say("a_days_note")
    yield say("a_level"), _span(plan["service_level"] * 100, "%"), say("a_level_note")
    for each in facts.sources.to_dict("records"):
        on = say("a_absent") if pd.isna(each["newest_on"]) else str(each["newest_on"])[:10]
        rows = say("a_rows", n=count(int(each["n"])))
        if each["source"] == "terms":
            on, rows = rows if each["n"] else say("a_absent"), ""
        yield say(f"a_source_{each['source']}"), on, rows
    yield from _counts(book, plan["model_used"], "a_model", lambda s: model_names(s, book.lang))
    yield from _counts(
        book,
        plan["fallback_reason"],
        "a_fallback",
        lambda s: [fallback_said(n, book.lang) for n in s],
    )
    for name, version in facts.versions.items():
        yield say("a_version", name=name), version, say("a_version_note")


def _span(values: pd.Series, unit: str = "") -> str:
    low, high = (f"{float(v):.0f}{unit}" for v in (values.min(), values.max()))
    return low if low == high else f"{low} – {high}"


def _counts(book: Book, column: pd.Series, key: str, names: Any) -> Iterator[Line]:
    counts = column.dropna().value_counts().rename_axis("name").reset_index(name="n")
    counts = counts.sort_values(["n", "name"], ascending=[False, True])
    for name, n in zip(names(counts["name"]), counts["n"], strict=True):
        yield book.say(key, name=name), int(n), book.say(f"{key}_note")


def write_about(book: Book, facts: StockingFacts) -> None:
    """Write the parameters and how far the data reach."""
    sheet = book.file.add_worksheet(book.say("about"))
    sheet.write_string(0, 0, book.say("about_title", date=facts.as_of), book.formats["title"])
    sheet.set_row(0, 26)
    for at, (key, width) in enumerate((("a_name", 40), ("a_value", 18), ("a_note", 58))):
        style = book.formats["head_number" if at == 1 else "head_text"]
        sheet.write_string(1, at, book.say(key), style)
        sheet.set_column(at, at, width)
    for row, (name, value, note) in enumerate(about_lines(facts, book), 2):
        sheet.write_string(row, 0, name, book.formats["text"])
        if isinstance(value, str):
            sheet.write_string(row, 1, value, book.formats["value"])
        else:
            kind = "yuan" if isinstance(value, float) else "count"
            sheet.write_number(row, 1, value, book.formats[kind])
        sheet.write_string(row, 2, note, book.formats["text"])
    sheet.freeze_panes(2, 0)
    _print(sheet)


def _print(sheet: Any) -> None:
    sheet.hide_gridlines(2)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def write_guide(book: Book) -> None:
    """Write how to read it and how to fill it in."""
    sheet = book.file.add_worksheet(book.say("guide"))
    sheet.set_column(0, 0, 5)
    sheet.set_column(1, 1, _WIDE)
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, book.say("guide_title"), book.formats["title"])
    texts = pd.Series([book.say(f"how_{step}") for step in range(1, STEPS + 1)])
    for step, (text, high) in enumerate(zip(texts, height_of(texts, _WIDE * 1.1), strict=True), 1):
        sheet.set_row(step, high + 5)
        sheet.write_number(step, 0, step, book.formats["muted"])
        sheet.write_string(step, 1, text, book.formats["said"])
    _print(sheet)


def write_key(book: Book, facts: StockingFacts) -> None:
    """Write the hidden key: layout, business date, and each SKU with what was suggested."""
    sheet = book.file.add_worksheet(KEY_SHEET)
    sheet.very_hidden()
    for row, (name, value) in enumerate(
        (("layout", LAYOUT), ("kind", "stocking"), ("as_of", str(facts.as_of)))
    ):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, str(value))
    pairs = zip(facts.plan["merchant_sku"], facts.plan["suggested_qty"], strict=True)
    for row, (sku, qty) in enumerate(pairs, 3):
        sheet.write_string(row, 0, str(sku))
        sheet.write_number(row, 1, int(qty))
