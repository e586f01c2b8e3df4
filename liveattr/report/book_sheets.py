"""What every sheet of the planners' workbook has: head, filter, widths, print set-up.

A sheet of rows has a hidden first row of machine names (`stocking_back` finds columns by it), a title,
a band of groups, the heads, and then one row a product. Text is written as text, never as a formula.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.report.book_file import INPUTS, TEXTS, WRAPPED, Book

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

__all__ = [
    "A4",
    "FIRST_ROW",
    "HEAD_ROW",
    "TITLE_ROW",
    "Column",
    "Highlight",
    "height_of",
    "write_rows",
]

TITLE_ROW, BAND_ROW, HEAD_ROW, FIRST_ROW = 1, 2, 3, 4
"""Rows from 0; row 0 is hidden and bears the machine names."""

LONGEST = 32_000
"""A cell holds 32,767 characters; a longer text is cut."""
A4 = 9

_LINE, _MOST_LINES = 14.0, 8
"""[points] Height of a line; a program that opens the file does not make rows higher by itself."""
_WIDE = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]"


@dataclass(frozen=True)
class Column:
    """One column of a sheet.

    Attributes
    ----------
    name
        Machine name, column of the frame, and word `book.<name>` of its head unless `head` names one.
    kind
        How it is written, a key of `book_file.NUMBERS`; `decision` and `note` are filled in by the planner.
    width
        [characters]
    group
        Word `book.g_<group>` of the band above; empty: none.
    head
        Text of the head, where it is no word.
    formula
        Excel formula of a row, with `{row}`; the frame's value is the result that is shown at once.
    total
        Whether the title row shows the sum of what the filter leaves.
    """

    name: str
    kind: str
    width: float
    group: str = ""
    head: str = ""
    formula: str = ""
    total: bool = False


@dataclass(frozen=True)
class Highlight:
    """Words of a column that are coloured: column name, text, fill, ink."""

    column: str
    text: str
    fill: str
    ink: str


def write_rows(
    book: Book,
    key: str,
    columns: Sequence[Column],
    rows: pd.DataFrame,
    *,
    title: str,
    fixed: int = 2,
    printed: int | None = None,
    marks: Sequence[Highlight] = (),
    empty: str = "",
) -> Worksheet:
    """Write one sheet of rows, from top to bottom.

    Parameters
    ----------
    book
        An open workbook.
    key
        Word `book.<key>` is the sheet's name.
    columns
        What stands in it, in this order.
    rows
        A frame with a column for each, money already in the currency, days as dates; null: empty.
    title
        Plain text.
    fixed
        Columns that stay when the sheet scrolls.
    printed
        Columns that are printed; None: all.
    marks
        Words that are coloured.
    empty
        Said where there are no rows.
    """
    sheet = book.file.add_worksheet(book.say(key))
    last = FIRST_ROW + max(len(rows), 1) - 1
    _head(book, sheet, columns, rows, title)
    _body(book, sheet, columns, rows)
    if rows.empty and empty:
        sheet.write_string(FIRST_ROW, 0, empty, book.formats["muted"])
    _set_up(book, sheet, columns, last, fixed, printed or len(columns))
    for mark in marks:
        _mark(book, sheet, [c.name for c in columns].index(mark.column), mark, last)
    return sheet


def _head(
    book: Book, sheet: Worksheet, columns: Sequence[Column], rows: pd.DataFrame, title: str
) -> None:
    """Write machine names (hidden), title and totals, band and heads; each row once, in order."""
    sheet.set_row(0, None, None, {"hidden": True})
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column.name)
    sheet.set_row(TITLE_ROW, 26)
    _title(book, sheet, columns, rows, title)
    before = ""
    if not any(column.group for column in columns):
        sheet.set_row(BAND_ROW, None, None, {"hidden": True})
    for at, column in enumerate(columns):
        band = book.say(f"g_{column.group}") if column.group and column.group != before else ""
        sheet.write_string(BAND_ROW, at, band, book.formats["band"])
        before = column.group
    sheet.set_row(HEAD_ROW, 32)
    for at, column in enumerate(columns):
        kind = "text" if column.kind in TEXTS else "number"
        kind = column.kind if column.kind in INPUTS else kind
        text = column.head or book.say(column.name)
        sheet.write_string(HEAD_ROW, at, text, book.formats[f"head_{kind}"])


def _title(
    book: Book, sheet: Worksheet, columns: Sequence[Column], rows: pd.DataFrame, title: str
) -> None:
    last = FIRST_ROW + max(len(rows), 1)
    sheet.write_string(TITLE_ROW, 0, title, book.formats["title"])
    totals = [at for at, column in enumerate(columns) if column.total]
    if totals:
        sheet.write_string(TITLE_ROW, totals[0] - 1, book.say("total"), book.formats["label"])
    for at in totals:
        place = f"{_letters(at)}{FIRST_ROW + 1}:{_letters(at)}{last}"
        style = book.formats["total_yuan" if columns[at].kind == "yuan" else "total"]
        sheet.write_formula(
            TITLE_ROW, at, f"=SUBTOTAL(109,{place})", style, _sum(rows, columns[at])
        )


def _sum(rows: pd.DataFrame, column: Column) -> float:
    """Return what the total is as long as nothing is filtered; money summed in whole 1/100."""
    values = rows[column.name].dropna().astype(float)
    return int((values * 100).round().sum()) / 100


def _letters(at: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(at))


def _body(book: Book, sheet: Worksheet, columns: Sequence[Column], rows: pd.DataFrame) -> None:
    """Write the cells row by row: that is all that a workbook of constant memory can take."""
    kinds = [
        (at, column, book.formats[column.kind], column.kind in TEXTS)
        for at, column in enumerate(columns)
    ]
    values = [_plain(rows[column.name], column.kind) for column in columns]
    heights = _heights(columns, rows)
    for row, cells in enumerate(zip(*values, strict=True), FIRST_ROW):
        sheet.set_row(row, heights[row - FIRST_ROW])
        for (at, column, style, is_text), value in zip(kinds, cells, strict=True):
            if column.formula:
                formula = column.formula.format(row=row + 1)
                sheet.write_formula(row, at, formula, style, "" if value is None else value)
            elif value is None:
                sheet.write_blank(row, at, None, style)
            elif is_text:
                sheet.write_string(row, at, value[:LONGEST], style)
            elif isinstance(value, dt.date):
                sheet.write_datetime(row, at, value, style)
            else:
                sheet.write_number(row, at, value, style)


def height_of(texts: pd.Series, width: float) -> pd.Series:
    """Return the height [points] of a row in which a wrapped text fits; CJK is twice as wide."""
    text = texts.astype("string").fillna("")
    wide = (text.str.len() + text.str.count(_WIDE)).astype(float)
    lines = -(-wide // (width - 2))
    return _LINE * lines.clip(1, _MOST_LINES) + 2


def _heights(columns: Sequence[Column], rows: pd.DataFrame) -> list[float]:
    wrapped = [height_of(rows[c.name], c.width) for c in columns if c.kind in WRAPPED]
    if not wrapped:
        return [_LINE + 2] * len(rows)
    return [float(each) for each in pd.concat(wrapped, axis=1).max(axis=1)]


def _plain(column: pd.Series, kind: str) -> list[Any]:
    """Return the values of a column as Python's own, None for null."""
    null = column.isna().to_numpy()
    values: list[Any]
    if kind in TEXTS:
        values = column.astype("string").fillna("").tolist()
    elif kind in ("day", "moment"):
        values = [each.to_pydatetime() for each in pd.to_datetime(column).fillna(pd.Timestamp(0))]
    else:
        values = column.astype("Float64").fillna(0).astype(float).tolist()
    return [None if no else each for no, each in zip(null.tolist(), values, strict=True)]


def _set_up(
    book: Book, sheet: Worksheet, columns: Sequence[Column], last: int, fixed: int, printed: int
) -> None:
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
    sheet.hide_gridlines(2)
    sheet.freeze_panes(FIRST_ROW, fixed)
    sheet.autofilter(HEAD_ROW, 0, last, len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(BAND_ROW, HEAD_ROW)
    sheet.print_area(TITLE_ROW, 0, last, printed - 1)
    sheet.set_footer(f"&C&8{book.say('page')}")


def _mark(book: Book, sheet: Worksheet, at: int, mark: Highlight, last: int) -> None:
    style = book.file.add_format({"bg_color": mark.fill, "font_color": mark.ink})
    rule = {"type": "cell", "criteria": "==", "value": f'"{mark.text}"', "format": style}
    sheet.conditional_format(FIRST_ROW, at, last, at, rule)
