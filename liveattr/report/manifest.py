"""`manifest.json`: what a report was made from, so that it can be made again byte for byte.

One manifest a folder, and one state of the data a folder: the report in another language that was
made from other data is taken away when a new one comes. Run ids, times and seconds stand in
`made`, outside of everything that is compared.
"""

from __future__ import annotations

import hashlib
import json
import platform
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from liveattr.errors import ReportError
from liveattr.report.html import css
from liveattr.report.notebook import REPORT_NOTEBOOK, find_notebook
from liveattr.report.parameters import ReportParameters

__all__ = ["MANIFEST", "code", "new_manifest", "read_manifest", "same_request", "write_manifest"]

MANIFEST = "manifest.json"

_PACKAGES = (
    "altair",
    "deltalake",
    "duckdb",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "pyarrow",
    "vl-convert-python",
)


@lru_cache  # of the process's start, like the code that runs
def code(notebook: str = REPORT_NOTEBOOK) -> dict[str, Any]:
    """Return what decides the look and the figures besides the data: code, notebook, packages."""
    from liveattr.lake import code_version

    layout = find_notebook(notebook).read_bytes() + css().encode()
    return {
        "code_version": code_version(),
        "layout_sha256": hashlib.sha256(layout).hexdigest(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
    }


def new_manifest(
    asked: ReportParameters, facts: dict[str, Any], notebook: str = REPORT_NOTEBOOK
) -> dict[str, Any]:
    """Return the manifest of a report, without languages yet.

    Parameters
    ----------
    asked
        The parameters of the run.
    facts
        What the notebook handed back (`facts.json`): versions, tables, summary.
    notebook
        Of this kind of report.
    """
    return {
        "report": asked.kind,
        "parameters": {name: getattr(asked, name) for name in (*asked.asked(), "lake")},
        "tables_read": facts["versions"],
        **code(notebook),
        "tables": facts["tables"],
        **({"files": facts["files"]} if facts.get("files") else {}),
        "summary": facts["summary"],
        "headings": facts["headings"],
        "languages": [],
        "made": [],
    }


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder; None where there is none.

    Raises
    ------
    ReportError
        If it is no manifest.
    """
    path = folder if folder.name == MANIFEST else folder / MANIFEST
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ReportError(
            f"{path} is no manifest: {error}; delete its folder, and the report is made again"
        ) from error
    if not isinstance(found, dict) or "tables_read" not in found:
        raise ReportError(f"{path} is no manifest of a report")
    return found


def write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest; the same content gives the same bytes."""
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def same_request(
    manifest: dict[str, Any], asked: ReportParameters, notebook: str = REPORT_NOTEBOOK
) -> bool:
    """Say whether a manifest answers this request, made by this code (data not compared)."""
    known = manifest["parameters"]
    return (
        manifest["report"] == asked.kind
        and all(known[name] == getattr(asked, name) for name in asked.asked())
        and all(manifest[name] == value for name, value in code(notebook).items())
    )
