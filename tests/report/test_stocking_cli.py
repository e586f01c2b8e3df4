"""`liveattr stocking`: the workbook goes out and comes back; a filled-in one is never overwritten."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openpyxl import load_workbook

from liveattr import report
from liveattr.lake import Lake, Summary, open_lake
from tests.report.world import AS_OF, frame
from tests.report.world_stocking import make_stock
from tests.test_cli import call, wrong


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    make_stock(folder / "data" / "lake", 12)
    return folder


def test_out_and_back(shop: Path) -> None:
    made = call("stocking", "book", "--lang", "both", "--out", "books", folder=shop)
    names = [f"books/stocking_{AS_OF}.{lang}.xlsx" for lang in ("zh", "en")]
    assert (made.code, made.out.split()) == (0, names), made.err
    wrong(call("stocking", "book", "--out", "books", folder=shop), "may hold decisions", "--force")
    path = shop / names[1]
    book = load_workbook(path)
    book["Orders"]["I5"], book["Orders"]["I6"], book["Orders"]["J6"] = 9_999_999, 4, "贵"
    book.save(path)
    read = call("stocking", "overrides", names[1], folder=shop)
    assert read.code == 0, read.err
    assert "2 decisions on 12 products, 2 other than suggested" in read.out and "贵" in read.out
    assert "look at these again" in read.err
    kept = open_lake(shop / "data" / "lake").sql(
        "SELECT decision_qty FROM order_override ORDER BY 1"
    )
    assert kept["decision_qty"].tolist() == [4, 9_999_999]
    again = call("stocking", "book", "--out", "books", "--force", folder=shop)
    assert again.code == 0
    assert load_workbook(shop / names[0])["订货清单"]["I6"].value == 4, "decisions are in the next"


def test_a_plan_is_made_with_its_report(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage and the engine have tests of their own: here is what the command asks of them."""
    asked: list[dict[str, Any]] = []

    def plan_stock(lake: Lake, **options: Any) -> Summary:
        asked.append(options)
        return Summary("plan_stock", rows_in=3, notes=("3 of 12 SKUs to order",))

    def make(lake: Lake, kind: str, **options: Any) -> list[report.ReportResult]:
        asked.append({"kind": kind, **options})
        day = options["as_of"]
        path = options["out"] / "report.zh.html"
        return [report.ReportResult("shop", day, "zh", True, False, path)] if len(asked) > 2 else []

    stage = SimpleNamespace(plan_stock=plan_stock)
    monkeypatch.setitem(sys.modules, "liveattr.stocking.stage", stage)
    monkeypatch.setattr(report, "make_kind_reports", make)
    done = call("stocking", "plan", "--as-of", str(AS_OF), folder=shop)
    assert done.code == 0 and "3 of 12 SKUs to order" in done.out, done.err
    assert asked[0]["as_of"] == AS_OF and asked[0]["force"] is False and len(asked) == 1
    day = ("stocking", "plan", "--as-of", str(AS_OF), "--report", "--out", "out")
    asked.clear()
    nothing = call(*day, folder=shop)
    assert nothing.code == 2 and "nothing was planned" in nothing.err
    made = call(*day, "--lang", "both", folder=shop)
    assert made.code == 0 and made.out.splitlines()[-1] == "out/report.zh.html", made.err
    assert asked[-1]["kind"] == "stocking" and asked[-1]["langs"] == ("zh", "en")


def test_what_is_wrong_is_said(shop: Path, tmp_path: Path) -> None:
    wrong(call("stocking", "overrides", "none.xlsx", folder=shop), "no file none.xlsx")
    wrong(call("stocking", "book", "--as-of", "2025-01-01", folder=shop), "no orders were planned")
    wrong(call("stocking", "book", "--lang", "fr", folder=shop), "zh, en or both")
    wrong(call("stocking", "book", "--lake", "nowhere", folder=shop), "no lake at nowhere")
    open_lake(tmp_path / "data" / "lake").write("broadcast", frame("broadcast", []))
    wrong(call("stocking", "book", folder=tmp_path), "liveattr stocking plan")
    wrong(call("stocking", "plan", "--as-of", "soon", folder=shop), "2026-02-21")
