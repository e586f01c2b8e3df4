"""The only file that speaks Delta: versions, files and commits of one table folder.

The data files are written here, not by `write_deltalake`: that one mixes the order of the rows,
and cannot put new files in the place of some old ones in one commit.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from liveattr.errors import LakeError
from liveattr.tables import Table

__all__ = [
    "DataFile",
    "Version",
    "commit",
    "drop_history",
    "is_identifier",
    "newest",
    "read_version",
    "write_files",
]

FILE_BYTES = 128_000_000
"""[bytes] A file that has grown to this is closed and the next begun: what an upsert has to write
again stays bounded, and a file still holds millions of rows."""

_COMMIT = re.compile(r"(\d{20})\.json")
_TYPES = {
    "text": ("string", pa.string()),
    "token": ("string", pa.string()),
    "bigint": ("long", pa.int64()),
    "int": ("integer", pa.int32()),
    "double": ("double", pa.float64()),
    "bool": ("boolean", pa.bool_()),
    "at": ("timestamp", pa.timestamp("us", "UTC")),
    "on": ("date", pa.date32()),
}
"""Short type → Delta type, Arrow type."""
_MEASURED = ("bigint", "int", "double", "at", "on")


@dataclass(frozen=True)
class DataFile:
    """One Parquet file: its path, its size in bytes, its rows."""

    path: str
    bytes: int
    rows: int


@dataclass(frozen=True)
class Version:
    """One version of one table.

    Attributes
    ----------
    number
        The version.
    files
        Its files, in the order in which they were added.
    columns
        Column → Delta type, as the files have them.
    """

    number: int
    files: tuple[DataFile, ...]
    columns: Mapping[str, str]

    def fits(self, table: Table) -> bool:
        """Say whether the files have the columns of today's declaration."""
        return list(self.columns.items()) == [(c.name, _TYPES[c.type][0]) for c in table.columns]


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
    if not all(Path(file.path).exists() for file in found.files):
        raise _gone(folder, version)
    return found


def drop_history(folder: Path) -> None:
    """Make the newest version of a table the only one, and remove every file that it does not use.

    A checkpoint takes the place of the older log entries; older versions, and files that a killed
    writer left in the folder, are gone from the disk. The caller holds the lock of the table. Killed
    half way the newest version is whole, and doing it again finishes.

    Raises
    ------
    LakeError
        If the newest version cannot be read: then nothing is removed.
    """
    last = newest(folder)
    if last is None:
        return
    used = {Path(file.path).name for file in read_version(folder, last).files}
    log = folder / "_delta_log"
    entry, since = log / f"{last:020}.json", f"{last:020}.checkpoint"
    old = [p for p in log.iterdir() if p.is_file() and p != entry and p.name != "_last_checkpoint"]
    if any(_COMMIT.fullmatch(p.name) for p in old):
        DeltaTable(folder, version=last).create_checkpoint()
    for path in old:
        if not path.name.startswith(since):
            path.unlink()
    for path in folder.glob("*.parquet"):
        if path.name not in used:
            path.unlink()


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
    columns = (actions[name].to_pylist() for name in ("path", "size_bytes", "num_records"))
    return Version(
        number=version,
        files=tuple(
            DataFile(str(folder / p), b, n) for p, b, n in sorted(zip(*columns, strict=True))
        ),
        columns={field.name: str(field.type.type) for field in table.schema().fields},
    )


def is_identifier(table: Table, name: str) -> bool:
    """Say whether a column holds keyed tokens of people: no statistics are kept of those.

    Examples
    --------
    >>> from liveattr.tables import get_table
    >>> is_identifier(get_table("event"), "phone_token"), is_identifier(get_table("event"), "name")
    (True, False)
    """
    return table.column(name).is_token


def _arrow_schema(table: Table) -> pa.Schema:
    return pa.schema([(c.name, _TYPES[c.type][1]) for c in table.columns])


def write_files(folder: Path, table: Table, rows: Iterable[pa.RecordBatch]) -> list[DataFile]:
    """Write rows to Parquet files of a folder, in their order; no rows make no file.

    Parameters
    ----------
    folder
        Where the files go, called `00000.parquet` and so on.
    table
        Declaration; its identifiers get no statistics in the file.
    rows
        Rows with the declared columns and types.
    """
    files: list[DataFile] = []
    batches = (batch for batch in rows if batch.num_rows)
    for batch in batches:
        path = folder / f"{len(files):05}.parquet"
        n = _write_file(path, table, batch, batches)
        files.append(DataFile(str(path), path.stat().st_size, n))
    return files


def _write_file(
    path: Path, table: Table, first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]
) -> int:
    """Write the first batch, and more of the rest until the file is full; return the rows."""
    measured = [name for name in table.names if not is_identifier(table, name)]
    schema = _arrow_schema(table)
    rows = 0
    with (
        path.open("wb") as sink,
        pq.ParquetWriter(sink, schema, compression="zstd", write_statistics=measured) as writer,
    ):
        batch: pa.RecordBatch | None = first
        while batch is not None:
            writer.write_batch(batch.cast(schema))
            rows += batch.num_rows
            batch = next(rest, None) if sink.tell() < FILE_BYTES else None
    return rows


def commit(
    folder: Path,
    table: Table,
    files: Sequence[DataFile],
    *,
    base: Version | None,
    removes: Sequence[DataFile] = (),
) -> int:
    """Move files into a table folder and make them part of it, in one atomic commit.

    Parameters
    ----------
    folder
        The table; made by the first commit.
    table
        Declaration.
    files
        New files, from anywhere on the same disk.
    base
        The version that the caller has looked at; None where there was no table.
    removes
        Files of `base` that the new ones replace.

    Returns
    -------
    int
        The new version.

    Raises
    ------
    LakeError
        If another writer, that does not use this package's lock, was faster.
    """
    number = 0 if base is None else base.number + 1
    folder.mkdir(parents=True, exist_ok=True)
    added = [_move_in(folder, number, file) for file in files]
    try:
        _commit_actions(folder, table, added, base, removes)
    except (CommitFailedError, DeltaError) as error:
        for action in added:
            (folder / action.path).unlink()
        raise LakeError(
            f"table {table.name!r} was not written, it stays as it was: {error}"
        ) from error
    return number


def _move_in(folder: Path, number: int, file: DataFile) -> AddAction:
    """Name a file so that the names sort in the order of the commits, and no name comes twice."""
    source = Path(file.path)
    target = folder / f"{number:010}-{source.stem}-{secrets.token_hex(4)}.parquet"
    source.rename(target)
    return AddAction(
        path=target.name,
        size=file.bytes,
        partition_values={},
        modification_time=_now_ms(),
        data_change=True,
        stats=json.dumps({"numRecords": file.rows}),  # no values: the log outlives an erasure
    )


def _commit_actions(
    folder: Path,
    table: Table,
    added: list[AddAction],
    base: Version | None,
    removes: Sequence[DataFile],
) -> None:
    schema = Schema.from_arrow(_arrow_schema(table))
    if base is None:
        create_table_with_add_actions(
            str(folder),
            schema,
            added,
            name=table.name,
            description=table.about,
            configuration=_configuration(table),
        )
        return
    now = _now_ms()
    whole = len(removes) == len(base.files)
    gone = [] if whole else [RemoveAction(Path(f.path).name, True, now, f.bytes) for f in removes]
    DeltaTable(folder, version=base.number).create_write_transaction(
        [*added, *gone],
        mode="overwrite" if whole else "append",
        schema=schema,
        commit_properties=CommitProperties(max_commit_retries=0),
    )


def _configuration(table: Table) -> dict[str, str | None]:
    """Table properties for other writers: no text in statistics, and no version forgotten by age."""
    measured = [c.name for c in table.columns if c.type in _MEASURED]
    return {
        "delta.dataSkippingStatsColumns": ",".join(measured),
        "delta.enableExpiredLogCleanup": "false",
    }


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
