"""Where is a person to be found? Every file of lake, reports and raw files, decoded and searched.

It is the proof of an erasure: it finds the token before, and neither token nor value after.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from liveattr.errors import IngestError, LiveattrError
from liveattr.formats.spec import quote
from liveattr.lake import Lake
from liveattr.lake.delta import newest, read_version
from liveattr.sources import convert, macros, reader, tokens
from liveattr.sources.files import Source, find_sources
from liveattr.subjects.needles import Needles, found_in

__all__ = ["files_below", "raw_files", "scan"]

_COLUMNS = ("place", "path", "state", "what", "number")
_PERSONAL = ("phone", "token", "ip")
"""Kinds of fields that become tokens."""


def scan(
    lake: Lake,
    needles: Needles,
    *,
    reports: str | Path | None = "reports",
    raw: str | Path | None = None,
) -> pd.DataFrame:
    """Look into every file for tokens and values.

    Parameters
    ----------
    lake
        The lake: every Parquet file in its folder is decoded, whether a version uses it or not, and
        everything else in it is read as bytes, the logs too.
    needles
        Tokens and values.
    reports
        Folder of reports, audiences and whatever else was made.
    raw
        Folder of raw files: searched for the values, and read by their presets for the tokens.

    Returns
    -------
    pandas.DataFrame
        `place` (lake, log, reports, raw, or scratch: whatever else lies in the lake), `path`, `state`
        (current, old, or empty), `what` (token or value), `number` (which of them, from 0; the value
        itself is not shown). Ordered; empty where nothing was found.
    """
    rows = [
        (place, str(path), state, what, number)
        for place, path, state in _places(lake, reports, raw)
        for what, number in found_in(path, needles)
    ]
    if raw is not None and needles.tokens:
        rows += _raw_tokens(lake, Path(raw), needles)
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).drop_duplicates()
    return frame.sort_values(list(_COLUMNS), ignore_index=True)


def files_below(folder: str | Path | None) -> list[Path]:
    """Return all files below a folder, hidden ones too."""
    if folder is None:
        return []
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


def _places(
    lake: Lake, reports: str | Path | None, raw: str | Path | None
) -> Iterator[tuple[str, Path, str]]:
    current = _current(lake)
    for path in files_below(lake.path):
        parts = path.relative_to(lake.path).parts
        if "_delta_log" in parts:
            yield "log", path, ""
        elif path.suffix == ".parquet" and (lake.path / parts[0] / "_delta_log").is_dir():
            yield "lake", path, "current" if path in current else "old"
        else:
            yield "scratch", path, ""
    yield from (("reports", path, "") for path in files_below(reports))
    yield from (("raw", path, "") for path in files_below(raw))


def _current(lake: Lake) -> set[Path]:
    """Return the files of the newest version of each table."""
    found: set[Path] = set()
    for folder in (p for p in lake.path.iterdir() if p.is_dir()) if lake.path.exists() else ():
        version = newest(folder)
        if version is not None:
            found |= {Path(file.path) for file in read_version(folder, version).files}
    return found


def _raw_tokens(lake: Lake, raw: Path, needles: Needles) -> list[tuple[str, str, str, str, int]]:
    from liveattr.sources.lake_keys import lake_key

    numbers = {token: number for number, token in enumerate(needles.tokens)}
    found = raw_files(raw, needles.tokens, lake_key(lake))
    return [
        ("raw", str(path), "", "token", numbers[t]) for path, mine in found.items() for t in mine
    ]


def raw_files(raw: Path, wanted: Sequence[str], key: str) -> dict[Path, list[str]]:
    """Read raw files by their presets and say which of them tell of identifiers, given as tokens.

    So a file is found although nobody knows the value any more. A file that no preset reads is left
    out: only a search for the value finds it.

    Parameters
    ----------
    raw
        A folder as for `ingest`.
    wanted
        Tokens.
    key
        Token key.

    Returns
    -------
    dict
        File → the tokens that it tells of, in the order of the files.
    """
    try:
        sources = find_sources(raw)
    except IngestError:  # nothing there, or no folder of presets
        return {}
    given = pa.table({"token": pa.array(sorted(set(wanted)), pa.string())})
    found = {s.path: _tokens_in(s, given, key) for s in sources if s.spec.needs_key}
    return {path: mine for path, mine in found.items() if mine}


def _tokens_in(source: Source, given: pa.Table, key: str) -> list[str]:
    spec = source.spec
    with duckdb.connect() as con, tempfile.TemporaryDirectory() as scratch:
        con.execute("SET TimeZone = 'UTC'")
        tokens.use_key(con, key)
        macros.make_macros(con)
        try:
            reader.open_raw(con, spec, source.path, Path(scratch))
            convert.convert(con, spec)
        except (LiveattrError, duckdb.Error):
            return []
        con.register("given", given)
        places = [("record", spec.fields), *((f"item: {n}", f) for n, f in spec.lists.items())]
        columns = [
            f"SELECT {quote(name)} AS token FROM {quote(table)}"
            for table, fields in places
            for name, field in fields.items()
            if field.kind in _PERSONAL
        ]
        if not columns:
            return []
        sql = f"SELECT DISTINCT token FROM ({' UNION ALL '.join(columns)}) SEMI JOIN given USING (token)"
        return sorted(token for (token,) in con.sql(sql).fetchall())
