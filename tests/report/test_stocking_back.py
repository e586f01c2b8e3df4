"""What a planner typed comes back exactly, whatever was done to the workbook meanwhile."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from liveattr.errors import IngestError, MissingDataError
from liveattr.lake import Lake
from liveattr.report import (
    StockingFacts,
    check_overrides,
    keep_overrides,
    read_overrides,
    stocking_facts,
    write_stocking_workbook,
)
from liveattr.report.book_about import KEY_SHEET
from liveattr.report.book_sheets import FIRST_ROW
from liveattr.report.stocking_back import _pieces, odd_overrides
from tests.report.world import AS_OF
from tests.report.world_stocking import make_stock

FIRST = FIRST_ROW + 1
SKU, SUGGESTED, DECISION, NOTE = 1, 8, 9, 10
READ_AT = datetime(2026, 2, 22, 1, tzinfo=UTC)
N = 12


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return make_stock(tmp_path_factory.mktemp("back") / "lake", N)


@pytest.fixture(scope="module")
def facts(lake: Lake) -> StockingFacts:
    return stocking_facts(lake, as_of=AS_OF)


@pytest.fixture(scope="module")
def blank(facts: StockingFacts, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("blank")
    for lang in ("zh", "en"):
        write_stocking_workbook(facts, folder / f"{lang}.xlsx", lang)
    return {lang: folder / f"{lang}.xlsx" for lang in ("zh", "en")}


def filled(
    blank: Path, path: Path, *edits: Callable[[Worksheet], object], book: Any = None
) -> Path:
    """Edit the order list as a planner would, and save it."""
    made = book or load_workbook(blank)
    for edit in edits:
        edit(made.worksheets[0])
    made.save(path)
    return path


def typed(*values: Any, column: int = DECISION) -> Callable[[Worksheet], None]:
    """Type values from the first product down."""

    def edit(sheet: Worksheet) -> None:
        for at, value in enumerate(values):
            sheet.cell(FIRST + at, column).value = value

    return edit


def told(path: Path) -> dict[str, int]:
    read = read_overrides(path)
    known = read[read["decision_qty"].notna()]
    return dict(zip(known["merchant_sku"], known["decision_qty"].astype(int), strict=True))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_untouched_workbook_decides_nothing(
    blank: dict[str, Path], facts: StockingFacts, lang: str
) -> None:
    read = read_overrides(blank[lang])
    plan = facts.plan.set_index("merchant_sku")["suggested_qty"]
    assert read["merchant_sku"].tolist() == sorted(plan.index)
    assert read["suggested_qty"].tolist() == plan.loc[read["merchant_sku"]].tolist()
    assert read["decision_qty"].isna().all() and read["note"].isna().all()
    assert set(read["as_of"]) == {AS_OF}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_was_typed_comes_back(
    blank: dict[str, Path], facts: StockingFacts, tmp_path: Path, lang: str
) -> None:
    path = filled(
        blank[lang], tmp_path / "a.xlsx",
        typed(0, 120, " 1,200 ", "７２", 36.0, None, "", 5),
        typed(None, "供应商放假", "=1 先不动", None, None, "-只留备注", column=NOTE),
    )  # fmt: skip
    codes = facts.plan["merchant_sku"].tolist()
    assert told(path) == {codes[0]: 0, codes[1]: 120, codes[2]: 1200, codes[3]: 72, codes[4]: 36,
                          codes[7]: 5}  # fmt: skip
    read = read_overrides(path).set_index("merchant_sku")
    notes = read["note"].dropna().to_dict()
    assert notes == {codes[1]: "供应商放假", codes[2]: "=1 先不动", codes[5]: "-只留备注"}
    assert read.loc[codes[1], "cell"] == f"I{FIRST + 1}"


def shuffle(sheet: Worksheet) -> None:
    """Sort by something else: rows change places as a whole."""
    last = FIRST + N - 1
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=FIRST, max_row=last)]
    random.Random(3).shuffle(rows)
    for at, row in enumerate(rows, FIRST):
        for column, value in enumerate(row, 1):
            sheet.cell(at, column).value = value


def widen(sheet: Worksheet) -> None:
    sheet.insert_cols(1)
    sheet.insert_cols(8, 2)
    for at in range(N):
        sheet.cell(FIRST + at, 8).value = f"mine {at}"


def hide_some(sheet: Worksheet) -> None:
    for at in range(0, N, 2):
        sheet.row_dimensions[FIRST + at].hidden = True


def lines_above(sheet: Worksheet) -> None:
    sheet.insert_rows(1, 2)
    sheet.cell(1, 1).value = "王芳，3 月 1 日"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "done",
    [
        (shuffle,),
        (widen,),
        (hide_some, shuffle, widen, lines_above),
        (lambda sheet: sheet.delete_rows(1),),
        (lambda sheet: [sheet.cell(4, at).__setattr__("value", f"my {at}") for at in (1, 9)],),
        (lambda sheet: sheet.append(["合计", None, None]),),
    ],
    ids=["sorted", "columns", "all", "no hidden row", "own heads", "a total below"],
)
def test_it_survives_what_planners_do(
    blank: dict[str, Path], facts: StockingFacts, tmp_path: Path, lang: str, done: Any
) -> None:
    wanted = list(range(100, 100 + N))
    path = filled(blank[lang], tmp_path / "a.xlsx", typed(*wanted), *done)
    assert told(path) == dict(zip(facts.plan["merchant_sku"], wanted, strict=True))


def test_deleted_rows_are_no_decisions(
    blank: dict[str, Path], facts: StockingFacts, tmp_path: Path
) -> None:
    path = filled(
        blank["zh"], tmp_path / "a.xlsx", typed(1, 2, 3), lambda sheet: sheet.delete_rows(FIRST + 1)
    )
    codes = facts.plan["merchant_sku"].tolist()
    assert told(path) == {codes[0]: 1, codes[2]: 3}
    assert codes[1] not in set(read_overrides(path)["merchant_sku"])


def test_sheets_may_change_places(blank: dict[str, Path], tmp_path: Path) -> None:
    book = load_workbook(blank["en"])
    book.move_sheet("Orders", 3)
    book["Orders"].cell(FIRST, DECISION).value = 7
    book.create_sheet("mine", 0)["A1"] = "SKU code"
    book.save(tmp_path / "a.xlsx")
    assert list(told(tmp_path / "a.xlsx").values()) == [7]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (-1, "less than 0"), (2.5, "no whole number"), ("一百", "no number"), ("12件", "no number"),
        (True, "no number"), (date(2026, 1, 2), "no number"), (138_1234_5678, "too large"),
        ("#REF!", "no number"), ("nan", "no whole number"), ("=1+1", "formula without a result"),
        ("1e400", "no whole number"),
    ],
)  # fmt: skip
def test_bad_cells_are_named(blank: dict[str, Path], tmp_path: Path, value: Any, said: str) -> None:
    path = filled(blank["zh"], tmp_path / "a.xlsx", typed(3, value))
    with pytest.raises(IngestError, match=rf"I{FIRST + 1} has .*{said}.*nothing was read"):
        read_overrides(path)


def test_all_that_is_wrong_is_said_at_once(
    blank: dict[str, Path], facts: StockingFacts, tmp_path: Path
) -> None:
    code = facts.plan["merchant_sku"].iloc[2]

    def add(sheet: Worksheet) -> None:
        sheet.append(["NEW-1", *[None] * 7, 50])
        sheet.append([code, *[None] * 7, 60])
        sheet.append([code, *[None] * 7, 3])

    path = filled(blank["zh"], tmp_path / "a.xlsx", typed(-1, "x", 3), add)
    with pytest.raises(IngestError) as error:
        read_overrides(path)
    last = FIRST + N
    for part in (f"I{FIRST} has", f"I{FIRST + 1} has", f"A{last} has NEW-1", code):
        assert part in str(error.value)
    assert f"I{FIRST + 2} and I{last + 1} decide" in str(error.value), "an equal copy is none"
    path = filled(blank["zh"], tmp_path / "b.xlsx", typed(*["x"] * N), *[add] * 3)
    with pytest.raises(IngestError, match="and 4 more"):
        read_overrides(path)


def test_other_files_are_told_apart(blank: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="no file"):
        read_overrides(tmp_path / "none.xlsx")
    (tmp_path / "a.xlsx").write_text("name,qty\n")
    with pytest.raises(IngestError, match="no Excel workbook"):
        read_overrides(tmp_path / "a.xlsx")
    Workbook().save(tmp_path / "b.xlsx")
    with pytest.raises(IngestError, match="hidden sheet"):
        read_overrides(tmp_path / "b.xlsx")
    book = load_workbook(blank["en"])
    book[KEY_SHEET]["B1"] = "99"
    with pytest.raises(IngestError, match="another version"):
        read_overrides(filled(blank["en"], tmp_path / "c.xlsx", book=book))
    book = load_workbook(blank["en"])
    book[KEY_SHEET]["B3"] = "soon"
    with pytest.raises(IngestError, match="is damaged"):
        read_overrides(filled(blank["en"], tmp_path / "e.xlsx", book=book))
    book = load_workbook(blank["en"])
    del book["Orders"]
    with pytest.raises(IngestError, match="no sheet with the columns"):
        read_overrides(filled(blank["en"], tmp_path / "d.xlsx", book=book))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 100_000_000), st.booleans(), st.sampled_from(["{}", " {:,} ", "{}.0"]))
def test_a_number_is_read_however_it_is_written(number: int, wide: bool, form: str) -> None:
    text = form.format(number)
    digits = str.maketrans("0123456789", "０１２３４５６７８９")
    assert _pieces(text.translate(digits) if wide else text) == number
    assert _pieces(number) == _pieces(float(number)) == number


def test_decisions_are_kept_and_replaced(blank: dict[str, Path], tmp_path: Path) -> None:
    lake = make_stock(tmp_path / "lake", N)
    plan = lake.sql("SELECT * FROM order_plan ORDER BY merchant_sku")
    path = filled(blank["zh"], tmp_path / "a.xlsx", typed(5, None, 7, 9), typed(*[None] * 3, "贵", column=NOTE),
                  typed(None, "看看", column=NOTE))  # fmt: skip
    kept = keep_overrides(lake, path, read_at=READ_AT)
    assert (kept.products, len(kept.rows)) == (N, 4)
    rows = lake.sql("SELECT * FROM order_override ORDER BY merchant_sku")
    noted = rows[rows["note"] == "看看"].iloc[0]
    assert noted["decision_qty"] == noted["suggested_qty"], "an empty decision is the suggestion"
    version = lake.versions()["order_override"]
    keep_overrides(lake, path)
    assert lake.versions()["order_override"] == version, "read twice, kept once"
    half = filled(path, tmp_path / "b.xlsx", typed(6, None, None), lambda s: s.delete_rows(FIRST + 3),
                  typed(None, None, column=NOTE))  # fmt: skip
    keep_overrides(lake, half, read_at=READ_AT)
    after = lake.sql("SELECT decision_qty, file_name FROM order_override ORDER BY decision_qty")
    assert after.to_dict("list") == {"decision_qty": [6, 9], "file_name": ["b.xlsx", "a.xlsx"]}
    shown = stocking_facts(lake, as_of=AS_OF)
    write_stocking_workbook(shown, tmp_path / "next.xlsx", "en")
    assert sorted(told(tmp_path / "next.xlsx").values()) == [6, 9], "the next workbook knows them"
    other = plan.assign(as_of=AS_OF.replace(year=2025))
    with pytest.raises(MissingDataError, match="2026-02-21, which is not in"):
        check_overrides(read_overrides(path), other, file_name="a", read_at=READ_AT)
    with pytest.raises(MissingDataError, match="no longer in the plan"):
        check_overrides(read_overrides(path), plan.head(3), file_name="a", read_at=READ_AT)


def test_slips_are_pointed_at() -> None:
    plan = pd.DataFrame({"merchant_sku": list("ABC"), "demand_p95": [10.0, 10.0, 0.0]})
    rows = pd.DataFrame(
        {"merchant_sku": list("ABC"), "suggested_qty": [5, 90, 0], "decision_qty": [31, 90, 3]}
    )
    assert odd_overrides(rows, plan)["merchant_sku"].tolist() == ["A"]
