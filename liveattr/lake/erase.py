"""Erase rows and values for good: out of the table, of all its versions, and off the disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from liveattr.errors import LakeError
from liveattr.lake import delta, scratch
from liveattr.lake.lake import Lake
from liveattr.lake.lock import hold
from liveattr.lake.views import FILE, ident, idents, view
from liveattr.lake.write import BATCH_ROWS, KEEP_ORDER
from liveattr.tables import Table, get_table

__all__ = ["Erase", "Erased", "erase"]

_HIT = "_hit_"


@dataclass(frozen=True)
class Erase:
    """What goes from one table.

    Attributes
    ----------
    where
        SQL condition of the rows that go as a whole.
    null
        Column → SQL condition of the rows in which its value becomes null.
    """

    where: str = "false"
    null: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Erased:
    """Rows that went as a whole, rows that lost values, and files that were written again."""

    rows: int = 0
    changed: int = 0
    files: int = 0


def erase(
    lake: Lake, wanted: Mapping[str, Erase], *, keys: Mapping[str, pd.DataFrame] | None = None
) -> dict[str, Erased]:
    """Take rows and values out of tables so that no file of the lake holds them any more.

    Only files that hold such rows are written again, in one commit a table; the other rows keep
    their values and their order. Then every older version of the tables named is removed from the
    disk, whether a row matched or not: an older version may hold what the newest has lost. Reading
    one raises `LakeError`. Killed between any two steps each table has its old or its new state, and
    doing it again finishes.

    Parameters
    ----------
    lake
        The lake; its caller holds the lock `run`, so that no stage has rows on their way.
    wanted
        Table → what goes. Tables that were never written are left out.
    keys
        Name → frame: relations that the conditions may use, as in `id IN (FROM gone)`.

    Returns
    -------
    dict
        Table → what was done, for the tables that exist.

    Raises
    ------
    LakeError
        If this is a snapshot.
    TableError
        If a table or column is not declared, or a column must not be null.
    LockedError
        If another process writes one of the tables for too long.

    Notes
    -----
    Rows without a token, say of an order, stay. What a file system keeps of removed files (a
    snapshot, a backup) is out of reach.
    """
    if lake.is_snapshot:
        raise LakeError(f"this is a snapshot; open_lake({str(lake.path)!r}) can be written")
    for name, one in wanted.items():
        _check(get_table(name), one)
    done = {}
    with closing(lake.connect(())) as con:
        con.execute(f"SET disabled_optimizers = '{KEEP_ORDER}'")
        con.execute("SET threads = 1")  # with more of them a join does not keep the order of rows
        for name, frame in (keys or {}).items():
            con.register(name, pa.Table.from_pandas(frame, preserve_index=False))
        for name, one in wanted.items():
            if delta.newest(lake.path / name) is not None:
                done[name] = _erase_table(con, lake.path, get_table(name), one)
    scratch.sweep_old(lake.path)
    return done


def _check(table: Table, one: Erase) -> None:
    for name in one.null:
        if table.column(name).required:
            raise LakeError(
                f"table {table.name!r}: {name!r} must have a value, so its rows can only go as a whole"
            )


def _erase_table(con: duckdb.DuckDBPyConnection, root: Path, table: Table, one: Erase) -> Erased:
    folder = root / table.name
    with scratch.room(root) as room, hold(root / "_locks", f"table-{table.name}"):
        version = delta.newest(folder)
        assert version is not None
        base = delta.read_version(folder, version)
        done = _rewrite(con, room, folder, table, one, base)
        delta.drop_history(folder)
        return done


def _rewrite(
    con: duckdb.DuckDBPyConnection,
    room: Path,
    folder: Path,
    table: Table,
    one: Erase,
    base: delta.Version,
) -> Erased:
    """Write the files that hold such rows without them, and commit."""
    everything = [file.path for file in base.files]
    con.execute(view("current", table, everything, base.columns, with_file=True, temp=True))
    conditions = list(dict.fromkeys([one.where, *one.null.values()]))
    hits = {text: f"{_HIT}{i}" for i, text in enumerate(conditions)}
    some = " OR ".join(f"coalesce({text}, false)" for text in conditions)
    gone = f"count(*) FILTER (WHERE coalesce({one.where}, false))"
    found = con.execute(
        f"SELECT {FILE}, count(*), {gone} FROM current WHERE {some} GROUP BY {FILE}"
    ).fetchall()
    if not found:
        return Erased()
    names = {path for path, _, _ in found}
    # Where the declared columns have changed all files are written again: a version has one schema.
    old = [f for f in base.files if f.path in names or not base.fits(table)]
    con.execute(view("touched", table, [f.path for f in old], base.columns, temp=True))
    flags = ", ".join(f"coalesce({text}, false) AS {name}" for text, name in hits.items())
    cells = ", ".join(
        f"CASE WHEN {hits[one.null[n]]} THEN NULL ELSE {ident(n)} END AS {ident(n)}"
        if n in one.null
        else ident(n)
        for n in table.names
    )
    rows = con.sql(
        f"SELECT {cells} FROM (SELECT {idents(table.names)}, {flags} FROM touched) "
        f"WHERE NOT {hits[one.where]}"
    )
    files = delta.write_files(room, table, _ahead(rows.to_arrow_reader(BATCH_ROWS)))
    delta.commit(folder, table, files, base=base, removes=old)
    rows_gone = sum(int(n) for _, _, n in found)
    return Erased(rows_gone, sum(int(n) for _, n, _ in found) - rows_gone, len(old))


def _ahead(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Read the next batch while the last one is written: both let other threads work."""
    each = iter(batches)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, each, None)
        while (batch := waiting.result()) is not None:
            waiting = pool.submit(next, each, None)
            yield batch
