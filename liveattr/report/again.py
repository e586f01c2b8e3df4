"""Make a report again from its manifest, and prove that its tables are the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

from liveattr.errors import ReportError
from liveattr.report import manifest as book
from liveattr.report.build import build, publish
from liveattr.report.kinds import KINDS
from liveattr.report.parameters import ReportParameters, check_parameters
from liveattr.report.run import making, report_folder

__all__ = ["replay"]


def replay(
    manifest: str | Path,
    out: str | Path,
    *,
    lake: str | Path | None = None,
    engine: str = "fresh",
) -> list[Path]:
    """Make the report of a manifest again, at the table versions that it pinned.

    Parameters
    ----------
    manifest
        A `manifest.json`, or its folder.
    out
        Folder for reports; not the one that the manifest stands in.
    lake
        Where the lake is now; by default where it was.
    engine
        `fresh` or `warm`.

    Returns
    -------
    list of pathlib.Path
        The HTML files, one a language of the manifest.

    Raises
    ------
    ReportError
        If there is no manifest, or a table differs from the one that the manifest knows.
    LakeError
        If a pinned version is gone (an erasure removed it).
    """
    old = book.read_manifest(Path(manifest))
    if old is None:
        raise ReportError(f"there is no manifest at {manifest}")
    where = str(Path(lake).resolve()) if lake is not None else old["parameters"]["lake"]
    pinned = {
        **old["parameters"],
        "lake": where,
        "versions": json.dumps(old["tables_read"]),
        "save": ".",
    }
    model = KINDS[old["report"]].parameters
    made = []
    for lang in old["languages"]:
        made.append(_again(check_parameters({**pinned, "lang": lang}, model), Path(out), engine))
    _compare(old, made[-1].parent)
    return made


def _again(asked: ReportParameters, out: Path, engine: str) -> Path:
    folder = report_folder(out, asked.subject, asked.as_of, asked.kind)
    with making(folder) as work:
        build(asked, work, engine=engine)
        publish(asked, work, folder)
    return folder / f"report.{asked.lang}.html"


def _compare(old: dict[str, object], folder: Path) -> None:
    new = book.read_manifest(folder)
    assert new is not None
    if new["tables"] == old["tables"]:
        return
    known = old["tables"]
    assert isinstance(known, dict)
    names = sorted(n for n in {*known, *new["tables"]} if known.get(n) != new["tables"].get(n))
    raise ReportError(
        f"tables differ from the manifest: {', '.join(names)} (made by code "
        f"{old['code_version']}, now {new['code_version']})"
    )
