"""The planner's decisions, read back from the workbook: `read_overrides`, `check_overrides`.

Columns are found by the machine names of the hidden first row, wherever they stand now, or by their
heads in either language; rows by their SKU code. The hidden sheet says which plan it was.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from liveattr.errors import IngestError, MissingDataError
from liveattr.report.book_cells import (
    DECISION,
    NOTE,
    SKU,
    Key,
    Places,
    code_of,
    find_places,
    is_empty,
    is_formula,
    read_cells,
    read_key,
    text_of,
    worked_out,
)

__all__ = ["check_overrides", "odd_overrides", "read_overrides"]

LISTED = 12
"""Bad cells that a message names."""
MOST = 100_000_000
"""[pieces] Nobody orders more: it is a code or a phone number in the wrong cell."""
ODD = 3.0
"""A decision of so many times what is wanted in nineteen of twenty cases may be a slip."""

_COLUMNS = ("as_of", SKU, "suggested_qty", DECISION, NOTE, "cell")


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
        key, places = read_key(book, where.name), find_places(book, where.name)
        cells = list(read_cells(book, places))
    finally:
        book.close()
    if any(is_formula(each[DECISION]) or is_formula(each[NOTE]) for each in cells):
        cells = worked_out(where, places, cells)
    return _frame(cells, key, places, where.name)


def _frame(cells: list[dict[str, Any]], key: Key, places: Places, name: str) -> pd.DataFrame:
    """Check every cell and put them together; all that is wrong is said at once."""
    from openpyxl.utils import get_column_letter

    letter = {column: get_column_letter(at + 1) for column, at in places.columns.items()}
    rows: list[tuple[Any, ...]] = []
    wrong: list[str] = []
    for each in cells:
        sku, row = code_of(each[SKU]), each["row"]
        place = f"{letter[DECISION]}{row}"
        if sku not in key.suggested:
            if not rows and not wrong and not _is_numeric(each[DECISION]):
                continue  # heads with words of their own, or a line above them
            if not (is_empty(each[DECISION]) and is_empty(each[NOTE])):
                wrong.append(f"{letter[SKU]}{row} has {sku or 'no code'}, which was not in it")
            continue
        try:
            qty = _pieces(each[DECISION])
        except ValueError as error:
            wrong.append(f"{place} has {error}")
            continue
        rows.append((key.as_of, sku, key.suggested[sku], qty, _note(each[NOTE]), place))
    found = pd.DataFrame(rows, columns=[*_COLUMNS]).astype({DECISION: "Int64", NOTE: "string"})
    found, twice = _once(found)
    _refuse([*wrong, *twice], places.sheet, name)
    return found


def _pieces(value: Any) -> int | None:
    """Return a whole number of pieces; text with separators or full-width digits is one too.

    Raises
    ------
    ValueError
        If it is anything else; it says what is there.
    """
    if is_empty(value):
        return None
    if isinstance(value, bool | date | datetime):
        raise ValueError(f"{value}, which is no number")
    text = unicodedata.normalize("NFKC", str(value)).strip().replace(",", "").replace(" ", "")
    if is_formula(text):
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
    return None if is_empty(value) else text_of(value)


def _once(found: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Keep one of equal rows of a product (a copied row); return where rows differ."""
    same = found.drop_duplicates([SKU, DECISION, NOTE])
    twice = same[same.duplicated(SKU, keep=False)]
    said = [
        f"{' and '.join(rows['cell'])} decide on the same product {sku}"
        for sku, rows in twice.groupby(SKU, sort=False)
    ]
    return same.sort_values(SKU, ignore_index=True), said


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
    gone = sorted(set(read[SKU]) - set(plan[SKU].astype(str)))
    if gone:
        raise MissingDataError(
            f"{file_name}: {', '.join(gone[:LISTED])} {'…' if len(gone) > LISTED else ''} no longer "
            f"in the plan; make the workbook again with `liveattr stocking book`"
        )
    kept = read[read[DECISION].notna() | read[NOTE].notna()]
    decided = kept[DECISION].fillna(kept["suggested_qty"]).astype("int64")
    return kept.assign(
        **{DECISION: decided}, file_name=file_name, read_at=pd.Timestamp(read_at)
    ).drop(columns=["cell"])


def odd_overrides(rows: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """Return decisions that may be slips: over `ODD` times what is wanted in 19 of 20 cases.

    A decision that is not above the suggestion is none. Columns: those of `rows`, and `demand_p95`.
    """
    known = rows.merge(plan[[SKU, "demand_p95"]], on=SKU, how="left")
    large = known[DECISION] > ODD * known["demand_p95"].clip(lower=1)
    return known[large & (known[DECISION] > known["suggested_qty"])].reset_index(drop=True)
