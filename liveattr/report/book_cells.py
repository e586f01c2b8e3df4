"""Where things stand in a planners' workbook that came back: its key, its columns, its cells."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liveattr.errors import IngestError
from liveattr.report.book_about import KEY_SHEET, LAYOUT
from liveattr.report.words import LANGS, WORDS

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = [
    "DECISION",
    "NOTE",
    "SKU",
    "Key",
    "Places",
    "code_of",
    "find_places",
    "is_empty",
    "is_formula",
    "read_cells",
    "read_key",
    "text_of",
    "worked_out",
]

SKU, DECISION, NOTE = "merchant_sku", "decision_qty", "note"
_HEAD_ROWS = 30
"""Rows in which names and heads are looked for: planners put rows above."""


@dataclass(frozen=True)
class Key:
    """What the hidden sheet knows."""

    as_of: date
    suggested: Mapping[str, int]


@dataclass(frozen=True)
class Places:
    """Where columns stand (from 0), and the first row (from 1) that may hold a product."""

    sheet: str
    columns: Mapping[str, int]
    first: int


def read_key(book: Workbook, name: str) -> Key:
    """Read the hidden sheet.

    Raises
    ------
    IngestError
        If there is none, or it is of another version, or damaged.
    """
    if KEY_SHEET not in book.sheetnames:
        raise IngestError(
            f"{name} is no workbook of `liveattr stocking book`, or its hidden sheet {KEY_SHEET} was "
            f"deleted: copy the decisions into the workbook beside the report"
        )
    rows = [row[:2] for row in book[KEY_SHEET].iter_rows(values_only=True) if len(row) > 1]
    head = {str(row[0]): str(row[1]) for row in rows[:3]}
    if head.get("kind") != "stocking" or head.get("layout") != str(LAYOUT):
        raise IngestError(
            f"{name} was made by another version of liveattr: make the workbook again with "
            f"`liveattr stocking book` and copy the decisions into it"
        )
    try:
        on = date.fromisoformat(head["as_of"])
        return Key(on, {code_of(sku): int(qty) for sku, qty in rows[3:]})
    except (KeyError, TypeError, ValueError) as error:
        raise IngestError(
            f"{name}: its hidden sheet {KEY_SHEET} is damaged ({error}); copy the decisions into the "
            f"workbook beside the report"
        ) from error


def find_places(book: Workbook, name: str) -> Places:
    """Find the sheet and the columns: by machine names, else by heads in either language.

    Raises
    ------
    IngestError
        If no sheet has both.
    """
    for title in book.sheetnames:
        if title == KEY_SHEET:
            continue
        rows = book[title].iter_rows(max_row=_HEAD_ROWS, values_only=True)
        found = _in_sheet(title, [list(row) for row in rows])
        if found is not None:
            return found
    wanted = ", ".join(_one_line(WORDS[f"book.{DECISION}"][at]) for at in range(len(LANGS)))
    raise IngestError(
        f"{name} has no sheet with the columns of the order list ({wanted}): its hidden first row and "
        f"its heads are gone; copy the decisions into the workbook beside the report"
    )


def _in_sheet(title: str, rows: list[list[Any]]) -> Places | None:
    heads = {SKU: _heads(SKU), DECISION: _heads(DECISION), NOTE: _heads(NOTE)}
    names = {column: {column} for column in heads}
    by_name, by_head = _first_row(rows, names), _first_row(rows, heads)
    found = by_name or by_head
    if found is None:
        return None
    columns = found[1]
    first = max(each[0] for each in (by_name, by_head) if each is not None) + 1
    return Places(title, columns, first)


def _heads(column: str) -> set[str]:
    return {_one_line(text) for text in WORDS[f"book.{column}"]}


def _one_line(value: Any) -> str:
    return unicodedata.normalize("NFKC", "".join(str(value).split()))


def _first_row(
    rows: list[list[Any]], wanted: Mapping[str, set[str]]
) -> tuple[int, dict[str, int]] | None:
    """Return the first row (from 1) that bears all names, and their columns; the first of equals."""
    for number, row in enumerate(rows, 1):
        texts = [_one_line(value) for value in row]
        found = {
            column: next((at for at, text in enumerate(texts) if text in names), None)
            for column, names in wanted.items()
        }
        known = {column: at for column, at in found.items() if at is not None}
        if SKU in known and DECISION in known:
            return number, known
    return None


def read_cells(book: Workbook, places: Places) -> Iterator[dict[str, Any]]:
    """Yield SKU, decision, note and row number of each row below the heads."""
    rows = book[places.sheet].iter_rows(min_row=places.first, values_only=True)
    for number, row in enumerate(rows, places.first):
        made = {
            column: row[at] if (at := places.columns.get(column, -1)) in range(len(row)) else None
            for column in (SKU, DECISION, NOTE)
        }
        if any(not is_empty(value) for value in made.values()):
            yield {**made, "row": number}


def is_empty(value: Any) -> bool:
    """Say whether a cell holds nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def is_formula(value: Any) -> bool:
    """Say whether a cell holds a formula, or a text that looks like one."""
    return isinstance(value, str) and value.startswith("=")


def worked_out(path: Path, places: Places, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the results of formulas in their place; one without a result stays, and is refused."""
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True, data_only=True)
    try:
        results = {each["row"]: each for each in read_cells(book, places)}
    finally:
        book.close()
    return [
        {
            column: (
                result
                if is_formula(value)
                and (result := results.get(each["row"], {}).get(column)) is not None
                else value
            )
            for column, value in each.items()
        }
        for each in cells
    ]


def code_of(value: Any) -> str:
    """Return an SKU code as text; a spreadsheet may have made a number of it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else text_of(value)


def text_of(value: Any) -> str:
    """Return a cell's text; `_x0041_` in it is how a workbook writes what XML cannot hold."""
    from openpyxl.utils.escape import unescape

    return str(unescape(str(value))).strip()
