"""docs/formats.md explains every word of the preset language, and its example works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import liveattr as la
from liveattr.formats import spec
from liveattr.sources import tokens

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
KEY = "0123456789abcdef" * 4
MODELS = (spec.Spec, spec.Field, spec.TableMap, spec.TotalRows, spec.Check, spec.Signs)


def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def first_cells() -> set[str]:
    """The words that the tables of the page explain."""
    cells = re.findall(r"^\| (`[^|]+) \|", text(), re.M)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_explained(model: type[spec.Spec]) -> None:
    assert set(model.model_fields) <= first_cells()


def test_every_kind_is_explained() -> None:
    assert set(get_args(spec.Kind)) <= first_cells()


def test_every_code_is_explained() -> None:
    room = Path(la.__file__).parent / "sources"
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(room.glob("*.py")))
    quoted = set(re.findall(r"['\"]([A-Z]+(?:_[A-Z]+)+)['\"]", code)) | {"ORPHAN", "TEST_ACCOUNT"}
    codes = {word for word in quoted if not word.endswith(("_KEY", "_SECRET", "_VARIABLE"))}
    assert len(codes) >= 17 and codes <= first_cells()


def test_the_example_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tokens.KEY_VARIABLE, KEY)
    (preset,) = re.findall(r"```yaml\n(preset: .*?)```", text(), re.S)
    (file,) = re.findall(r"```csv\n(.*?)```", text(), re.S)
    folder = tmp_path / "raw" / "till"
    folder.mkdir(parents=True)
    (folder / "preset.yaml").write_text(preset, encoding="utf-8")
    (folder / "till_2026-01.csv").write_text(file, encoding="utf-8")

    lake = la.open_lake(tmp_path / "lake")
    la.ingest(lake, tmp_path / "raw")

    orders = lake.sql("SELECT order_id, status, paid_fen, phone_token FROM order_header ORDER BY 1")
    assert orders.order_id.tolist() == ["T1001", "T1002", "T1003"]
    assert orders.status.tolist() == ["paid", "paid", "cancelled"]
    assert orders.paid_fen.tolist() == [18800 + 10500, 9900, 9900]
    assert orders.phone_token.notna().tolist() == [True, False, False]
    lines = lake.sql("SELECT line_id, qty, list_fen, paid_fen FROM order_line ORDER BY line_id")
    assert lines.to_numpy().tolist() == [
        ["T1001-1", 2, 19800, 18800],
        ["T1001-2", 1, 10500, 10500],
        ["T1002-1", 1, 9900, 9900],
        ["T1003-1", 1, 9900, 9900],
    ]
    held = lake.table("quarantine_row")
    assert held.reason_code.tolist() == ["TOTAL_ROW"] and held.expected.all()
