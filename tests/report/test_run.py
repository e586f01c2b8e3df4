"""Making reports: the same tables fresh or warm, nothing twice, nothing half-made."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from liveattr.errors import ReportError
from liveattr.lake import Lake
from liveattr.profit import settle
from liveattr.report import build, engine, make_report, make_reports, replay, run
from liveattr.report.notebook import run_notebook
from tests.report import world
from tests.report.world import AS_OF, LIVE, MAIL, QUIET, RULES

pytestmark = pytest.mark.usefixtures("warm_kernel")


def tables_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def notebook(tmp_path: Path, *cells: str) -> Path:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    made.cells[0].metadata["tags"] = ["parameters"]
    path = tmp_path / "made.ipynb"
    nbformat.write(made, path)
    return path


def test_a_folder_holds_everything(reports: Path) -> None:
    folder = reports / "campaign" / LIVE / "2026-02-21"
    names = {path.name for path in folder.iterdir()}
    assert names == {"report.zh.html", "report.en.html", "report.ipynb", "tables", "manifest.json"}
    found = manifest_of(folder)
    assert set(tables_of(folder)) == set(found["tables"])
    assert found["languages"] == ["en", "zh"]
    assert found["parameters"]["campaign_id"] == LIVE
    assert {"statement", "line_share", "credit_total"} <= set(found["tables_read"])
    assert found["packages"]["altair"] and found["code_version"].startswith("0.")
    assert {each["lang"] for each in found["made"]} == {"zh", "en"}
    leftovers = [p for p in reports.rglob("*") if p.name.startswith(".")]
    assert leftovers == [] and not (reports / "_failed").exists()


def test_a_fresh_kernel_gives_the_same_bytes(lake: Lake, reports: Path, tmp_path: Path) -> None:
    html = make_report(lake, MAIL, as_of=AS_OF, lang="en", out=tmp_path, engine="fresh")
    warm = reports / "campaign" / MAIL / "2026-02-21"
    assert tables_of(html.parent) == tables_of(warm)
    assert manifest_of(html.parent)["tables"] == manifest_of(warm)["tables"]
    one, two = (path.read_text("utf-8") for path in (html, warm / "report.en.html"))
    code = r"\+[0-9a-f]{8} "  # a developer may save a file meanwhile
    assert re.sub(code, "", one) == re.sub(code, "", two)


def test_one_warm_kernel_serves_all_and_forgets(tmp_path: Path) -> None:
    told = "os.getpid(), '__spec__' in globals(), os.path.basename(os.getcwd()), seen"
    path = notebook(tmp_path, "import os", f"seen = 'x' in globals()\nx = 1\n({told})")
    said = [run_notebook(path, tmp_path / f"{n}.ipynb", engine="warm").cells[1] for n in (1, 2)]
    one, two = (cell.outputs[0].data["text/plain"] for cell in said)
    assert one == two and one.endswith(f", True, {tmp_path.name!r}, False)")
    assert [cell.execution_count for cell in said] == [2, 2]


def test_nothing_is_made_twice(lake: Lake, reports: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in reports.rglob("*.*")}
    results = make_reports(lake, [LIVE, MAIL, QUIET], as_of=AS_OF, out=reports)
    assert all(r.ok and r.skipped for r in results)
    assert {path: path.stat().st_mtime_ns for path in reports.rglob("*.*")} == before


def test_a_missing_page_is_made_again(lake: Lake, reports: Path, tmp_path: Path) -> None:
    out = tmp_path / "reports"
    shutil.copytree(reports, out)
    (out / "campaign" / QUIET / "2026-02-21" / "report.zh.html").unlink()
    results = make_reports(lake, [QUIET], as_of=AS_OF, out=out, engine="warm")
    assert [r.skipped for r in results] == [False, True]
    assert all(r.path.is_file() for r in results)


def test_only_what_changed_is_made_again(tmp_path: Path) -> None:
    tables = world.empty_tables()
    for each in (world.mail, world.quiet):
        each(tables)
    tables["credit_total"] = [
        {"model": model, "version": "1", "grain": "campaign", "value": "(unattributed)"}
        | {"as_of": AS_OF, "orders": 1.0, "net_fen": 100, "n": 1}
        for model in RULES
    ]
    mine = world.write_all(tmp_path / "lake", tables)
    settle(mine, as_of=AS_OF)
    out = tmp_path / "reports"
    make_reports(mine, as_of=AS_OF, langs=("zh",), out=out, engine="warm")
    world.order(tables, "new", platform="kuaishou", sku="SKU-2")
    for name in ("order_header", "order_line"):
        mine.write(name, world.frame(name, tables[name]))
    settle(mine, as_of=AS_OF)
    again = make_reports(mine, as_of=AS_OF, langs=("zh",), out=out, engine="warm")
    assert {r.campaign_id: r.skipped for r in again} == {QUIET: False, MAIL: True}


def test_one_folder_is_one_state_of_the_data(lake: Lake, reports: Path, tmp_path: Path) -> None:
    out = tmp_path / "reports"
    shutil.copytree(reports, out)
    folder = out / "campaign" / QUIET / "2026-02-21"
    (folder / "tables" / "old.csv").write_text("x")
    found = manifest_of(folder)
    found["tables"]["lines.csv"]["sha256"] = "of other data"
    found["tables_read"] = {}
    (folder / "manifest.json").write_text(json.dumps(found))
    make_report(lake, QUIET, as_of=AS_OF, lang="en", out=out, engine="warm")
    assert not (folder / "report.zh.html").exists() and (folder / "report.en.html").exists()
    assert manifest_of(folder)["languages"] == ["en"]
    assert "old.csv" not in tables_of(folder)


def test_two_workers(lake: Lake, reports: Path, tmp_path: Path) -> None:
    seen: list[str] = []
    results = make_reports(
        lake,
        [MAIL, QUIET],
        as_of=AS_OF,
        langs=("zh",),
        jobs=2,
        out=tmp_path,
        progress=lambda result: seen.append(result.campaign_id),
    )
    assert [r.ok for r in results] == [True, True] and seen == [MAIL, QUIET]
    for name in seen:
        place = Path("campaign") / name / "2026-02-21"
        assert tables_of(tmp_path / place) == tables_of(reports / place)


def test_a_manifest_gives_the_same_tables_again(reports: Path, tmp_path: Path) -> None:
    folder = reports / "campaign" / QUIET / "2026-02-21"
    pages = replay(folder / "manifest.json", tmp_path, engine="warm")
    assert [page.name for page in pages] == ["report.en.html", "report.zh.html"]
    assert tables_of(pages[0].parent) == tables_of(folder)
    old, new = manifest_of(folder), manifest_of(pages[0].parent)
    old.pop("made"), new.pop("made")
    assert old == new
    shutil.copytree(folder, tmp_path / "other")
    old["tables"]["lines.csv"]["sha256"] = "0" * 64
    (tmp_path / "other" / "manifest.json").write_text(json.dumps(old))
    with pytest.raises(ReportError, match=r"tables differ from the manifest: lines\.csv"):
        replay(tmp_path / "other", tmp_path / "again", engine="warm")
    with pytest.raises(ReportError, match="there is no manifest"):
        replay(tmp_path / "nowhere", tmp_path / "again")


def test_a_failure_is_kept_apart(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "reports"
    broken = notebook(tmp_path, "campaign_id = ''", "print('so far')", "1 / 0")
    monkeypatch.setattr(build, "find_notebook", lambda *_: broken)
    with pytest.raises(ReportError, match="ZeroDivisionError"):
        make_report(lake, MAIL, as_of=AS_OF, out=out, engine="warm")
    failed = out / "_failed" / "mail_17-2026-02-21-zh"
    error = (failed / "error.txt").read_text(encoding="utf-8")
    assert "ZeroDivisionError: division by zero (cell In [4])" in error
    assert "Traceback" in error and "\x1b" not in error
    kept = nbformat.read(failed / "report.ipynb", as_version=4)
    assert any("so far" in str(cell.get("outputs")) for cell in kept.cells)
    assert list((out / "campaign" / MAIL).iterdir()) == []
    monkeypatch.undo()
    make_report(lake, MAIL, as_of=AS_OF, out=out, engine="warm")
    assert not failed.exists()


def test_a_kernel_that_dies_at_the_start_is_tried_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = notebook(tmp_path, "1", "2")
    starts: list[int] = []
    real = engine._Kernel

    def flaky() -> engine._Kernel:
        starts.append(1)
        if len(starts) != 2:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return real()

    monkeypatch.setattr(engine, "_Kernel", flaky)
    done = run_notebook(path, tmp_path / "out.ipynb")
    assert done.cells[1].outputs[0].data["text/plain"] == "2" and len(starts) == 2
    monkeypatch.setattr(engine, "TRIES", 1)
    with pytest.raises(ReportError, match="died before its first cell"):
        run_notebook(path, tmp_path / "out2.ipynb")
    assert not (tmp_path / "out2.ipynb").exists()


def test_a_kernel_that_dies_later_is_a_failure(tmp_path: Path) -> None:
    path = notebook(tmp_path, "import os", "os._exit(1)")
    with pytest.raises(ReportError, match=r"made\.ipynb"):
        run_notebook(path, tmp_path / "out.ipynb", engine="warm")
    assert not (tmp_path / "out.ipynb").exists()
    good = notebook(tmp_path, "1 + 1")
    run_notebook(good, tmp_path / "good.ipynb", engine="warm")


def test_strange_ids_are_safe_file_names() -> None:
    for name in ("../../etc", "a/b", "..", "C:\\x", "冬季", ".hidden", "(unattributed)"):
        folder = run.report_folder("out", name, AS_OF)
        assert folder.parts[:2] == ("out", "campaign") and len(folder.parts) == 4
        assert not folder.parts[2].startswith(".") and folder.parts[2] != ".."
