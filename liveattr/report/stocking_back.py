"""The planner's decisions, read back from the workbook: `read_overrides`, `check_overrides`.

Columns are found by the machine names of the hidden first row, wherever they stand now, or by their
heads in either language; rows by their SKU code. The hidden sheet says which plan it was.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import pandas as pd

from liveattr.errors import IngestError, MissingDataError
from liveattr.report.book_about import KEY_SHEET, LAYOUT
from liveattr.report.words import LANGS, WORDS

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = ["check_overrides", "odd_overrides", "read_overrides"]

LISTED = 12
"""Bad cells that a message names."""
MOST = 100_000_000
"""[pieces] Nobody orders more: it is a code or a phone number in the wrong cell."""
ODD = 3.0
"""A decision of so many times what is wanted in nineteen of twenty cases may be a slip."""

_SKU, _DECISION, _NOTE = "merchant_sku", "decision_qty", "note"
_HEAD_ROWS = 30
"""Rows in which names and heads are looked for: planners put rows above."""
_COLUMNS = ("as_of", _SKU, "suggested_qty", _DECISION, _NOTE, "cell")


@dataclass(frozen=True)
class _Key:
    """What the hidden sheet knows."""

    as_of: date
    suggested: Mapping[str, int]


@dataclass(frozen=True)
class _Places:
    """Where columns stand (from 0), and the first row (from 1) that may hold a product."""

    sheet: str
    columns: Mapping[str, int]
    first: int


def read_overrides(path: str | Path) -> pd.DataFrame:
    """Read what a planner decided and noted.

    Parameters
    ----------
    path
        The workbook that `write_stocking_workbook` made, filled in and saved as .xlsx; sorted,
        filtered, with columns and rows added or rows deleted, it is still read.

    Returns
    -------
    pandas.DataFrame
        One row a product that stands in the workbook, as it stands there: `as_of` (date of the plan),
        `merchant_sku`, `suggested_qty` (that the workbook was made with), `decision_qty` (Int64; null:
        the cell is empty), `note` (null: none), `cell` (address of the decision).

    Raises
    ------
    IngestError
        If the file is no such workbook; or cells are no whole number of pieces from 0, bear a code
        that was not in it, or decide twice on one product: it lists the cells and what to do. Then
        nothing is read.
    """
    from openpyxl import load_workbook

    where = Path(path)
    if not where.is_file():
        raise MissingDataError(f"there is no file {where}")
    try:
        book = load_workbook(where, read_only=True)
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise IngestError(
            f"{where.name} is no Excel workbook; open it and save it as .xlsx"
        ) from error
    try:
        key, places = _key(book, where.name), _places(book, where.name)
        cells = list(_cells(book, places))
    finally:
        book.close()
    if any(_is_formula(each[_DECISION]) or _is_formula(each[_NOTE]) for each in cells):
        cells = _worked_out(where, places, cells)
    return _frame(cells, key, places, where.name)


def _key(book: Workbook, name: str) -> _Key:
    """Read the hidden sheet."""
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
    return _Key(date.fromisoformat(head["as_of"]), {_code(sku): int(qty) for sku, qty in rows[3:]})


def _places(book: Workbook, name: str) -> _Places:
    """Find the sheet and the columns: by machine names, else by heads in either language."""
    for title in book.sheetnames:
        if title == KEY_SHEET:
            continue
        rows = book[title].iter_rows(max_row=_HEAD_ROWS, values_only=True)
        found = _in_sheet(title, [list(row) for row in rows])
        if found is not None:
            return found
    wanted = ", ".join(_one_line(WORDS[f"book.{_DECISION}"][at]) for at in range(len(LANGS)))
    raise IngestError(
        f"{name} has no sheet with the columns of the order list ({wanted}): its hidden first row and "
        f"its heads are gone; copy the decisions into the workbook beside the report"
    )


def _in_sheet(title: str, rows: list[list[Any]]) -> _Places | None:
    heads = {_SKU: _heads(_SKU), _DECISION: _heads(_DECISION), _NOTE: _heads(_NOTE)}
    names = {column: {column} for column in heads}
    by_name, by_head = _first_row(rows, names), _first_row(rows, heads)
    found = by_name or by_head
    if found is None:
        return None
    columns = found[1]
    first = max(each[0] for each in (by_name, by_head) if each is not None) + 1
    return _Places(title, columns, first)


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
        if _SKU in known and _DECISION in known:
            return number, known
    return None


def _cells(book: Workbook, places: _Places) -> Iterator[dict[str, Any]]:
    """Yield SKU, decision, note and row number of each row below the heads."""
    rows = book[places.sheet].iter_rows(min_row=places.first, values_only=True)
    for number, row in enumerate(rows, places.first):
        made = {
            column: row[at] if (at := places.columns.get(column, -1)) in range(len(row)) else None
            for column in (_SKU, _DECISION, _NOTE)
        }
        if any(not _is_empty(value) for value in made.values()):
            yield {**made, "row": number}


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _is_formula(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("=")


def _worked_out(path: Path, places: _Places, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the results of formulas in their place; one without a result stays, and is refused."""
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True, data_only=True)
    try:
        results = {each["row"]: each for each in _cells(book, places)}
    finally:
        book.close()
    return [
        {
            column: (
                result
                if _is_formula(value)
                and (result := results.get(each["row"], {}).get(column)) is not None
                else value
            )
            for column, value in each.items()
        }
        for each in cells
    ]


def _frame(cells: list[dict[str, Any]], key: _Key, places: _Places, name: str) -> pd.DataFrame:
    """Check every cell and put them together; all that is wrong is said at once."""
    from openpyxl.utils import get_column_letter

    letter = {column: get_column_letter(at + 1) for column, at in places.columns.items()}
    rows: list[tuple[Any, ...]] = []
    wrong: list[str] = []
    for each in cells:
        sku, row = _code(each[_SKU]), each["row"]
        place = f"{letter[_DECISION]}{row}"
        if sku not in key.suggested:
            if not rows and not wrong and not _is_numeric(each[_DECISION]):
                continue  # heads with words of their own, or a line above them
            if not (_is_empty(each[_DECISION]) and _is_empty(each[_NOTE])):
                wrong.append(f"{letter[_SKU]}{row} has {sku or 'no code'}, which was not in it")
            continue
        try:
            qty = _pieces(each[_DECISION])
        except ValueError as error:
            wrong.append(f"{place} has {error}")
            continue
        rows.append((key.as_of, sku, key.suggested[sku], qty, _note(each[_NOTE]), place))
    found = pd.DataFrame(rows, columns=[*_COLUMNS]).astype({_DECISION: "Int64", _NOTE: "string"})
    found, twice = _once(found)
    _refuse([*wrong, *twice], places.sheet, name)
    return found


def _code(value: Any) -> str:
    """Return an SKU code as text; a spreadsheet may have made a number of it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else _text(value)


def _text(value: Any) -> str:
    """Return a cell's text; `_x0041_` in it is how a workbook writes what XML cannot hold."""
    from openpyxl.utils.escape import unescape

    return str(unescape(str(value))).strip()


def _pieces(value: Any) -> int | None:
    """Return a whole number of pieces; text with separators or full-width digits is one too.

    Raises
    ------
    ValueError
        If it is anything else; it says what is there.
    """
    if _is_empty(value):
        return None
    if isinstance(value, bool | date | datetime):
        raise ValueError(f"{value}, which is no number")
    text = unicodedata.normalize("NFKC", str(value)).strip().replace(",", "").replace(" ", "")
    if _is_formula(text):
        raise ValueError("a formula without a result (open and save it in Excel)")
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{str(value)[:40]!r}, which is no number") from None
    if not number.is_integer():  # also inf and nan
        raise ValueError(f"{text}, which is no whole number")
    if not 0 <= number <= MOST:
        raise ValueError(f"{text}, which is {'less than 0' if number < 0 else 'too large'}")
    return int(number)


def _is_numeric(value: Any) -> bool:
    try:
        return _pieces(value) is not None
    except ValueError:
        return isinstance(value, int | float)


def _note(value: Any) -> str | None:
    return None if _is_empty(value) else _text(value)


def _once(found: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Keep one of equal rows of a product (a copied row); return where rows differ."""
    same = found.drop_duplicates([_SKU, _DECISION, _NOTE])
    twice = same[same.duplicated(_SKU, keep=False)]
    said = [
        f"{' and '.join(rows['cell'])} decide on the same product {sku}"
        for sku, rows in twice.groupby(_SKU, sort=False)
    ]
    return same.sort_values(_SKU, ignore_index=True), said


def _refuse(wrong: Iterable[str], sheet: str, name: str) -> None:
    """Say all that is wrong.

    Raises
    ------
    IngestError
        If anything is.
    """
    listed = list(wrong)
    if not listed:
        return
    more = f"; and {len(listed) - LISTED} more" if len(listed) > LISTED else ""
    raise IngestError(
        f"{name}, sheet {sheet}: {'; '.join(listed[:LISTED])}{more}. Write 0 or a whole number of "
        f"pieces, or leave the cell empty for the suggestion; nothing was read"
    )


def check_overrides(
    read: pd.DataFrame, plan: pd.DataFrame, *, file_name: str, read_at: datetime
) -> pd.DataFrame:
    """Return the rows for table `order_override`: what was decided or noted.

    Parameters
    ----------
    read
        From `read_overrides`.
    plan
        Rows of `order_plan`: `as_of, merchant_sku`.
    file_name, read_at
        Where and when it was read; kept in each row.

    Returns
    -------
    pandas.DataFrame
        `as_of, merchant_sku, suggested_qty, decision_qty, note, file_name, read_at`. A note beside an
        empty decision means as suggested; a product with neither has no row.

    Raises
    ------
    MissingDataError
        If there is no plan of that day in the lake, or one without some of the products.
    """
    days = {str(on)[:10] for on in plan["as_of"]}
    asked = {str(on) for on in read["as_of"]}
    if not asked <= days:
        raise MissingDataError(
            f"{file_name} belongs to the plan as of {', '.join(sorted(asked - days))}, which is not in "
            f"this lake; name the right one with --lake"
        )
    gone = sorted(set(read[_SKU]) - set(plan[_SKU].astype(str)))
    if gone:
        raise MissingDataError(
            f"{file_name}: {', '.join(gone[:LISTED])} {'…' if len(gone) > LISTED else ''} no longer "
            f"in the plan; make the workbook again with `liveattr stocking book`"
        )
    kept = read[read[_DECISION].notna() | read[_NOTE].notna()]
    decided = kept[_DECISION].fillna(kept["suggested_qty"]).astype("int64")
    return kept.assign(
        **{_DECISION: decided}, file_name=file_name, read_at=pd.Timestamp(read_at)
    ).drop(columns=["cell"])


def odd_overrides(rows: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """Return decisions that may be slips: over `ODD` times what is wanted in 19 of 20 cases.

    A decision that is not above the suggestion is none. Columns: those of `rows`, and `demand_p95`.
    """
    known = rows.merge(plan[[_SKU, "demand_p95"]], on=_SKU, how="left")
    large = known[_DECISION] > ODD * known["demand_p95"].clip(lower=1)
    return known[large & (known[_DECISION] > known["suggested_qty"])].reset_index(drop=True)
