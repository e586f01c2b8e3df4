"""`open_lake` and `Lake`: read tables as pandas or SQL, write them in one commit each."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from liveattr.errors import LakeError, ParameterError, TableError, did_you_mean
from liveattr.lake import idle, scratch
from liveattr.lake.delta import newest, read_version
from liveattr.lake.frames import declared_series, pandas_from_arrow
from liveattr.lake.lock import DEFAULT_TIMEOUT_S, hold
from liveattr.lake.plan import Request
from liveattr.lake.views import ident, idents, table_view
from liveattr.lake.write import write_table
from liveattr.settings import load_settings
from liveattr.tables import TABLES, Table, get_table

__all__ = ["Lake", "open_lake"]

LARGE_ROWS = 200_000
"""Rows from which on `Lake.table` reads column by column."""

_UNKNOWN_TABLE = re.compile(r"Table with name (\S+) does not exist")


class Lake:
    """A folder of Delta tables; made by `open_lake`, never directly.

    Attributes
    ----------
    path
        The folder. It is made by the first write.
    """

    def __init__(
        self, path: Path, pins: Mapping[str, int] | None, memory_limit: str, threads: int
    ) -> None:
        self.path = path
        self._pins = dict(pins) if pins is not None else None
        self._memory_limit = memory_limit
        self._threads = threads
        self._kept: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection] | None = None

    def __repr__(self) -> str:
        kind = "snapshot of a lake" if self._pins is not None else "lake"
        return f"<{kind} at {str(self.path)!r}: {len(self.versions())} tables>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left'>{name}</td><td>{version}</td></tr>"
            for name, version in self.versions().items()
        )
        head = "<tr><th style='text-align:left'>table</th><th>version</th></tr>"
        return f"<table><caption>{html.escape(str(self.path))}</caption>{head}{rows}</table>"

    @property
    def is_snapshot(self) -> bool:
        """Whether it shows fixed versions, and cannot be written."""
        return self._pins is not None

    def versions(self) -> dict[str, int]:
        """Return the version of every table that exists, in the order of `liveattr.tables`."""
        if self._pins is not None:
            return dict(self._pins)
        found = {name: newest(self.path / name) for name in TABLES}
        return {name: version for name, version in found.items() if version is not None}

    def snapshot(self) -> Lake:
        """Return this lake as it is now: later writes do not show, and it cannot be written."""
        return Lake(self.path, self.versions(), self._memory_limit, self._threads)

    def table(self, name: str, version: int | None = None) -> pd.DataFrame:
        """Read one table.

        Parameters
        ----------
        name
            A declared table.
        version
            Version; without it the newest (of a snapshot: the pinned one).

        Returns
        -------
        pandas.DataFrame
            The declared columns in their order. Text is `object`, `*_at` is
            `datetime64[us, UTC]`, `*_on` is `datetime.date`; a number or truth value that may be
            null has the nullable dtype (`Int64`, `boolean`) always. A table that was never
            written is empty.

        Raises
        ------
        TableError
            If there is no such table.
        LakeError
            If there is no such version (any more).
        """
        declared = get_table(name)
        number = self._version(name) if version is None else version
        with self._session() as con:
            self._make_views(con, [name], number)
            series: dict[str, pd.Series] = {}
            for columns in self._portions(declared, number):
                rows = con.sql(f"SELECT {idents(columns)} FROM {ident(name)}").to_arrow_table()
                series |= {n: declared_series(rows[n], declared.column(n)) for n in columns}
            return pd.DataFrame(series, copy=False)

    def _portions(self, table: Table, number: int | None) -> list[tuple[str, ...]]:
        """Name the columns that are read together: of a large table one, which halves the memory."""
        files = () if number is None else read_version(self.path / table.name, number).files
        if sum(file.rows for file in files) < LARGE_ROWS:
            return [table.names]
        return [(name,) for name in table.names]

    def sql(self, text: str, **params: Any) -> pd.DataFrame:
        """Run one query over the tables; `$name` in the text takes the parameter `name`.

        Raises
        ------
        TableError
            If the query names a table that is not declared.

        Examples
        --------
        >>> lake = open_lake("no-such-folder")
        >>> lake.sql("SELECT count(*) AS n FROM event WHERE platform = $p", p="douyin").n.item()
        0
        """
        words = set(re.findall(r"\w+", text.lower()))
        with self._session(alone=not _is_query(text)) as con:
            con.execute("SET python_enable_replacements = false")
            self._make_views(con, (name for name in TABLES if name in words))
            try:
                relation = con.sql(text, params=params) if params else con.sql(text)
                if relation is None:
                    raise ParameterError("lake.sql takes one query that returns rows")
                return pandas_from_arrow(relation.to_arrow_table())
            except duckdb.CatalogException as error:
                unknown = _UNKNOWN_TABLE.search(str(error))
                if unknown is None:
                    raise
                hint = did_you_mean(unknown[1], TABLES)
                raise TableError(f"there is no table {unknown[1]!r}; {hint}") from error

    def connect(self, names: Iterable[str] = TABLES) -> duckdb.DuckDBPyConnection:
        """Open an in-memory DuckDB connection with one view per declared table.

        The views show the tables as of this call. The zone is UTC, the memory is bounded. Close it
        after use: `with lake.connect() as con: …`. With `names` only those views are made: many short
        connections are quicker so.
        """
        con = self._start() if self._kept is None else self._cursor(self._kept[0])
        try:
            self._make_views(con, names, temp=self._kept is not None)
        except BaseException:
            con.close()
            raise
        return con

    def write(
        self,
        name: str,
        data: pd.DataFrame | pa.Table | pa.RecordBatchReader | duckdb.DuckDBPyRelation,
        *,
        mode: str = "replace",
        where: Mapping[str, Any] | None = None,
        key: Sequence[str] | None = None,
    ) -> int:
        """Write rows into a table, in one atomic commit.

        Parameters
        ----------
        name
            A declared table.
        data
            Rows with exactly the declared columns, in any order.
        mode
            `replace` all rows; `replace_where` those that match `where`; `upsert` those with an
            equal key, and add the others; `append` rows with new keys.
        where
            Equalities, as `{"as_of": date}`; every row of `data` must match them.
        key
            Of an upsert: the table's key, or an owner's key (all rows of that owner go).

        Returns
        -------
        int
            The version; where nothing changed no new one is made.

        Raises
        ------
        TableError
            If the rows do not fit the declaration.
        LakeError
            If this is a snapshot.
        LockedError
            If another process writes this table for too long.
        """
        if self._pins is not None:
            raise LakeError(f"this is a snapshot; open_lake({str(self.path)!r}) can be written")
        request = Request.of(get_table(name), mode, where, key)
        with self._session(writing=True) as con:
            return write_table(con, self.path, request, data, self._threads)

    @contextmanager
    def kept(self) -> Iterator[Lake]:
        """Give this lake with a DuckDB that stays open: for many small reads and writes.

        The lake of the block is for one thread, and the settings of a connection (not its tables
        and views) are those of all.
        """
        with self._lent("read") as reading, self._lent("write") as writing:
            lake = Lake(self.path, self._pins, self._memory_limit, self._threads)
            lake._kept = (reading, writing)
            yield lake

    def lock(
        self, name: str = "run", timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> AbstractContextManager[Path]:
        """Hold a lock between processes while a block runs; it is free when the process ends.

        Raises
        ------
        LockedError
            If somebody else holds it for longer than `timeout_s` seconds; it says who.
        """
        return hold(self.path / "_locks", name, timeout_s)

    def _version(self, name: str) -> int | None:
        if self._pins is not None:
            return self._pins.get(name)
        return newest(self.path / name)

    def _make_views(
        self,
        con: duckdb.DuckDBPyConnection,
        names: Iterable[str],
        version: int | None = None,
        *,
        temp: bool = True,
    ) -> None:
        for name in names:
            number = self._version(name) if version is None else version
            con.execute(table_view(self.path, TABLES[name], number, temp=temp))

    @contextmanager
    def _session(
        self, *, writing: bool = False, alone: bool = False
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a connection for a block; with `alone`, on a DuckDB that nobody uses afterwards.

        Writes have settings that reads must not have.
        """
        if alone:
            with self._start() as con:
                yield con
            return
        kept = self._kept
        lent = (
            self._lent("write" if writing else "read")
            if kept is None
            else nullcontext(kept[writing])
        )
        with lent as database, self._cursor(database) as con:
            yield con

    def _lent(self, use: str) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return idle.lend(self._memory_limit, self._threads, use, scratch.new_scratch(self.path))

    def _cursor(self, database: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        con = database.cursor()
        con.execute("SET TimeZone = 'UTC'")
        return con

    def _start(self) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect(
            config={
                "memory_limit": self._memory_limit,
                "threads": self._threads,
                "temp_directory": str(scratch.new_scratch(self.path)),
            }
        )
        con.execute("SET TimeZone = 'UTC'")
        return con


def _is_query(text: str) -> bool:
    """Whether a text is one query, which leaves nothing behind."""
    try:
        kinds = [statement.type for statement in duckdb.extract_statements(text)]
    except duckdb.Error:
        return False
    return kinds == [duckdb.StatementType.SELECT]


def open_lake(
    path: str | Path = "data/lake",
    *,
    versions: Mapping[str, int] | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> Lake:
    """Open a lake: a folder of tables, made by the first write.

    Parameters
    ----------
    path
        Folder.
    versions
        Table → version, as a manifest keeps them: the lake is then read-only and shows those
        versions and no other table.
    memory_limit
        What SQL may use, as `"1GB"`; the setting of the same name is the default.
    threads
        Threads of SQL; the setting of the same name is the default.

    Raises
    ------
    LakeError
        If the path is a file.
    TableError
        If `versions` names an undeclared table.
    """
    folder = Path(path).resolve()
    if folder.exists() and not folder.is_dir():
        raise LakeError(f"{folder} is a file, not the folder of a lake")
    for name in versions or ():
        get_table(name)
    settings = load_settings() if memory_limit is None or threads is None else None
    return Lake(
        folder,
        versions,
        memory_limit or (settings.memory_limit if settings else ""),
        threads or (settings.threads if settings else 1),
    )
