"""The only file that speaks Delta: versions, files and commits of one table folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import ColumnProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import DeltaError

from liveattr.errors import LakeError
from liveattr.tables import Table

__all__ = ["Version", "commit", "is_identifier", "newest", "read_version"]

ROW_GROUP = 122_880
"""Rows of a Parquet row group: DuckDB's own, so that its threads each take whole groups."""

_COMMIT = re.compile(r"(\d{20})\.json")
_PART = re.compile(r"part-(\d+)-")
_DELTA_TYPES = {
    "text": "string",
    "bigint": "long",
    "int": "integer",
    "double": "double",
    "bool": "boolean",
    "at": "timestamp",
    "on": "date",
}
_NUMERIC = ("bigint", "int", "double", "at", "on")


@dataclass(frozen=True)
class Version:
    """One version of one table.

    Attributes
    ----------
    number
        The version.
    files
        Paths, in the order in which they were added.
    columns
        Column → Delta type, as the files have them.
    bytes
        [bytes] Size of all files.
    """

    number: int
    files: tuple[str, ...]
    columns: Mapping[str, str]
    bytes: int

    def fits(self, table: Table) -> bool:
        """Say whether the files have the columns of today's declaration."""
        return list(self.columns.items()) == [(c.name, _DELTA_TYPES[c.type]) for c in table.columns]


def newest(folder: Path) -> int | None:
    """Return the newest version of a table folder; None where there is no table."""
    log = folder / "_delta_log"
    if not log.is_dir():
        return None
    found = [int(m[1]) for m in map(_COMMIT.fullmatch, (p.name for p in log.iterdir())) if m]
    return max(found, default=None)


def read_version(folder: Path, version: int) -> Version:
    """Read which files make up one version of a table folder.

    Raises
    ------
    LakeError
        If there is no such version, or its log or files are gone.
    """
    last = newest(folder)
    if last is None:
        raise LakeError(f"there is no table in {folder}")
    if not 0 <= version <= last:
        raise LakeError(f"table {folder.name!r} has no version {version}; it has 0 to {last}")
    entry = folder / "_delta_log" / f"{version:020}.json"
    if not entry.exists():
        raise _gone(folder, version)
    found = _read_log(folder, version, entry.stat().st_mtime_ns)
    if not all(Path(file).exists() for file in found.files):
        raise _gone(folder, version)
    return found


def _gone(folder: Path, version: int) -> LakeError:
    return LakeError(
        f"version {version} of table {folder.name!r} cannot be read any more: an erasure or a "
        f"clean-up removed its files. The newest version is {newest(folder)}"
    )


@lru_cache(maxsize=512)  # a version never changes; a lake has some fifty tables
def _read_log(folder: Path, version: int, written_ns: int) -> Version:
    """Read a version from the log; `written_ns` tells two tables at one place apart."""
    try:
        table = DeltaTable(folder, version=version)
        actions = pa.table(table.get_add_actions())
    except DeltaError as error:
        raise LakeError(
            f"version {version} of table {folder.name!r} cannot be read: {error}"
        ) from error
    added = zip(
        actions["modification_time"].to_pylist(),
        map(_part, actions["path"].to_pylist()),
        actions["path"].to_pylist(),
        strict=True,
    )
    return Version(
        number=version,
        files=tuple(str(folder / path) for _, _, path in sorted(added)),
        columns={field.name: str(field.type.type) for field in table.schema().fields},
        bytes=sum(actions["size_bytes"].to_pylist()),
    )


def _part(path: str) -> int:
    """Return the number of a file within its commit."""
    part = _PART.search(path)
    return int(part[1]) if part else 0


def is_identifier(table: Table, name: str) -> bool:
    """Say whether a column holds keyed tokens of people: no statistics are kept of those.

    Examples
    --------
    >>> from liveattr.tables import get_table
    >>> is_identifier(get_table("event"), "phone_token"), is_identifier(get_table("event"), "name")
    (True, False)
    """
    return name.endswith("_token") or (table.name, name) == ("person_member", "id")


def _properties(table: Table) -> WriterProperties:
    silent = ColumnProperties(statistics_enabled="NONE")
    return WriterProperties(
        compression="ZSTD",
        max_row_group_size=ROW_GROUP,
        column_properties={n: silent for n in table.names if is_identifier(table, n)},
    )


def _configuration(table: Table) -> dict[str, str | None]:
    """Table properties: no text in the statistics of the log, and no version forgotten by age."""
    measured = [c.name for c in table.columns if c.type in _NUMERIC]
    return {
        "delta.dataSkippingStatsColumns": ",".join(measured),
        "delta.enableExpiredLogCleanup": "false",
    }


def commit(folder: Path, table: Table, rows: pa.RecordBatchReader, *, append: bool) -> int:
    """Write rows as one commit, appended or in place of all that was there; return the version.

    Raises
    ------
    LakeError
        If the commit is refused (a writer that does not use this package was faster).
    """
    options: dict[str, Any] = {"mode": "append" if append else "overwrite"}
    if newest(folder) is None:
        folder.mkdir(parents=True, exist_ok=True)
        options |= {"name": table.name, "description": table.about}
        options |= {"configuration": _configuration(table)}
    elif not append:
        options |= {"schema_mode": "overwrite"}
    try:
        write_deltalake(folder, rows, writer_properties=_properties(table), **options)
    except DeltaError as error:
        raise LakeError(f"table {table.name!r} was not written: {error}") from error
    version = newest(folder)
    if version is None:
        raise LakeError(f"table {table.name!r} was not written")
    return version
