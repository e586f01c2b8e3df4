"""Build one report in a folder of its own, and move it in when it is whole."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from liveattr.report import manifest as book
from liveattr.report.csv_tables import FACTS_FILE, csv_bytes
from liveattr.report.kinds import kind_of
from liveattr.report.notebook import find_notebook, run_notebook
from liveattr.report.page import notebook_page
from liveattr.report.parameters import ReportParameters
from liveattr.report.words import word

__all__ = ["NOTEBOOK", "build", "is_current", "publish"]

NOTEBOOK = "report.ipynb"
"""The executed notebook, of the language that was made last."""


def build(asked: ReportParameters, work: Path, *, engine: str) -> None:
    """Run the notebook in `work`: notebook, tables, HTML and a manifest of this one language.

    Raises
    ------
    ReportError
        If a cell fails; what was run so far lies in `work`.
    """
    clock, started = time.perf_counter(), datetime.now(UTC)
    kind = kind_of(asked)
    done = run_notebook(
        find_notebook(kind.notebook),
        work / NOTEBOOK,
        parameters=asked.model_dump(),
        engine=engine,
        folder=work,
    )
    facts = json.loads((work / FACTS_FILE).read_text(encoding="utf-8"))
    (work / FACTS_FILE).unlink()
    title = word(kind.page_title, asked.lang, title=facts["headings"][asked.lang])
    text = notebook_page(done, title=title, lang=asked.lang)
    (work / f"report.{asked.lang}.html").write_text(text, encoding="utf-8")
    manifest = book.new_manifest(asked, facts, kind.notebook)
    manifest["languages"] = [asked.lang]
    manifest["made"] = [
        {
            "lang": asked.lang,
            "run_id": uuid.uuid4().hex,
            "engine": engine,
            "started_at": started.isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - clock, 3),
        }
    ]
    book.write_manifest(work / book.MANIFEST, manifest)


def is_current(folder: Path, asked: ReportParameters, *, look: bool = True) -> bool:
    """Say whether a folder holds this report, made from this data by this code.

    The table versions decide at once where they are the same. Where they are not, its own rows
    decide: another campaign's new order makes no new report here. Versions that were found
    to hold the same rows are kept in the manifest, so that they are compared once. Without `look`
    no rows are read, and other versions count as other data.
    """
    old = book.read_manifest(folder)
    if old is None or not _same_request(old, asked) or asked.lang not in old["languages"]:
        return False
    files = [f"report.{asked.lang}.html", NOTEBOOK, *(f"tables/{name}" for name in old["tables"])]
    files += [name for name in old.get("files", ()) if f".{asked.lang}." in name or "/" in name]
    if not all((folder / name).is_file() for name in files):
        return False
    versions = json.loads(asked.versions or "{}")
    if versions in (old["tables_read"], old.get("same_at")):
        return True
    if not look or _hashes(asked) != {n: each["sha256"] for n, each in old["tables"].items()}:
        return False
    renewed = folder / f".{book.MANIFEST}"
    book.write_manifest(renewed, {**old, "same_at": versions})
    renewed.replace(folder / book.MANIFEST)
    return True


def _hashes(asked: ReportParameters) -> dict[str, str]:
    tables = kind_of(asked).tables(asked)
    return {
        f"{name}.csv": hashlib.sha256(csv_bytes(frame)).hexdigest()
        for name, frame in tables.items()
    }


def _same_request(old: dict[str, Any], asked: ReportParameters) -> bool:
    return book.same_request(old, asked, kind_of(asked).notebook)


def publish(asked: ReportParameters, work: Path, folder: Path) -> None:
    """Move a finished report into its folder, file by file, the manifest last.

    The page in the other language stays if it was made from the same tables by the same code;
    else it goes: a folder holds one state of the data. A workbook that a person has changed since is
    never overwritten: it stays beside the new one as `<name>.kept-1.xlsx`.
    """
    new = book.read_manifest(work)
    assert new is not None
    old = book.read_manifest(folder) if folder.is_dir() else None
    if old is not None and _same_state(old, new, asked):
        others = [lang for lang in old["languages"] if lang != asked.lang]
        new["languages"] = sorted({*others, asked.lang})
        new["made"] = [each for each in old["made"] if each["lang"] in others] + new["made"]
        if "files" in new:
            new["files"] = {**old.get("files", {}), **new["files"]}
        book.write_manifest(work / book.MANIFEST, new)
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for path in sorted((work / "tables").iterdir()):
        path.replace(folder / "tables" / path.name)
    going = {n for n in (old or {}).get("files", ()) if n not in new.get("files", ())}
    _keep_changed(folder, old, {*going, *(n for n in new.get("files", ()) if (work / n).is_file())})
    for name in new.get("files", ()):
        if (work / name).is_file():
            (work / name).replace(folder / name)
    for name in (NOTEBOOK, f"report.{asked.lang}.html", book.MANIFEST):
        (work / name).replace(folder / name)
    _take_away(folder, new, old)


def _keep_changed(folder: Path, old: dict[str, Any] | None, going: Collection[str]) -> None:
    """Move files that would go aside, if a person has changed them since (a workbook filled in)."""
    for name, sha in (old or {}).get("files", {}).items():
        path = folder / name
        if (
            name in going
            and path.is_file()
            and hashlib.sha256(path.read_bytes()).hexdigest() != sha
        ):
            numbers = (n for n in range(1, 1000))
            kept = (path.with_name(f"{path.stem}.kept-{n}{path.suffix}") for n in numbers)
            path.rename(next(each for each in kept if not each.exists()))


def _same_state(old: dict[str, Any], new: dict[str, Any], asked: ReportParameters) -> bool:
    return _same_request(old, asked) and old["tables"] == new["tables"]


def _take_away(folder: Path, manifest: dict[str, Any], old: dict[str, Any] | None) -> None:
    """Remove pages, tables and other files of the report that the manifest does not know."""
    files = manifest.get("files", {})
    pages = {f"report.{lang}.html" for lang in manifest["languages"]}
    for path in folder.glob("report.*.html"):
        if path.name not in pages:
            path.unlink()
    for path in (folder / "tables").iterdir():
        if path.name not in manifest["tables"] and f"tables/{path.name}" not in files:
            path.unlink() if path.is_file() else shutil.rmtree(path)
    for name in (old or {}).get("files", {}):
        if name not in files:
            (folder / name).unlink(missing_ok=True)
