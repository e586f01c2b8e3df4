"""Plan a write: which rows go into new files, which files they replace, or that nothing changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import duckdb

from liveattr.errors import ParameterError, did_you_mean
from liveattr.lake.check import refuse_known_keys
from liveattr.lake.delta import DataFile, Version
from liveattr.lake.views import FILE, first_row, ident, idents, literal_text, view
from liveattr.tables import Table

__all__ = ["MODES", "Plan", "Request", "make_plan"]

MODES = ("append", "replace", "replace_where", "upsert")

SMALL_BYTES = 4_000_000
"""[bytes] Below this a file is small."""
MANY_FILES = 64
"""So many small files are merged by the write that meets them: a reader opens every file."""


@dataclass(frozen=True)
class Plan:
    """One commit: the rows of the new files as SQL, and the files that go.

    `joins` says that the SQL has a join: DuckDB then keeps the order of the rows only if it works
    with one thread. Scans, filters and unions keep it always.
    """

    sql: str
    removes: tuple[DataFile, ...] = ()
    joins: bool = False


@dataclass(frozen=True)
class Request:
    """What the caller asked for, checked against the declaration of the table."""

    table: Table
    mode: str
    where: Mapping[str, Any]
    key: tuple[str, ...]

    @classmethod
    def of(
        cls, table: Table, mode: str, where: Mapping[str, Any] | None, key: Sequence[str] | None
    ) -> Request:
        """Check mode, predicate and key.

        Raises
        ------
        ParameterError
            If they do not go together.
        TableError
            If a column is unknown.
        """
        if mode not in MODES:
            raise ParameterError(f"unknown mode {mode!r}; {did_you_mean(mode, MODES)}")
        if (mode == "replace_where") != bool(where):
            raise ParameterError(
                f"mode {mode!r}: `where` is given with mode 'replace_where' and only there, "
                f"as in where={{'as_of': date}}"
            )
        if key is not None and mode != "upsert":
            raise ParameterError(f"mode {mode!r} takes no `key`; only 'upsert' does")
        names = tuple(key) if key else table.key
        for name in (*names, *(where or {})):
            table.column(name)
        loose = [name for name in names if not table.column(name).required]
        if loose:
            raise ParameterError(
                f"table {table.name!r}: {loose[0]!r} may be null, so it can be no key"
            )
        return cls(table, mode, where or {}, names)

    @property
    def condition(self) -> str:
        """The predicate of `replace_where` as SQL; it is never null."""
        return " AND ".join(
            f"{ident(n)} IS NOT DISTINCT FROM {_literal(v)}" for n, v in self.where.items()
        )


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).upper()
    if isinstance(value, str):
        return literal_text(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ParameterError(f"`where`: the time {value} has no zone")
        return f"TIMESTAMPTZ '{value.isoformat()}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    raise ParameterError(f"`where` takes text, whole numbers, dates and times, not {value!r}")


def make_plan(
    con: duckdb.DuckDBPyConnection, request: Request, base: Version | None
) -> Plan | None:
    """Compare the view `incoming` with a version and say what to commit; None changes nothing.

    Raises
    ------
    TableError
        If a key of `incoming` belongs to a row that stays.
    """
    added = Plan(_rows("incoming", request.table))
    if base is None:
        return added
    _show(con, request.table, base, "current", base.files)
    found = _MODES[request.mode](con, request, base)
    return None if found is None else _merged(con, request.table, base, found)


def _append(con: duckdb.DuckDBPyConnection, request: Request, base: Version) -> Plan | None:
    if _content(con, "incoming", request.table)[0] == 0:
        return None
    way_out = "to replace rows use mode 'upsert'"
    refuse_known_keys(con, request.table, "current", "incoming", way_out)
    return Plan(_rows("incoming", request.table))


def _replace(con: duckdb.DuckDBPyConnection, request: Request, base: Version) -> Plan | None:
    if _content(con, "current", request.table) == _content(con, "incoming", request.table):
        return None
    return Plan(_rows("incoming", request.table), base.files)


def _replace_where(con: duckdb.DuckDBPyConnection, request: Request, base: Version) -> Plan | None:
    goes, stays = f"WHERE {request.condition}", f"WHERE NOT ({request.condition})"
    if not set(request.where) <= set(request.table.key):
        way_out = "a row with that key does not match `where`"
        refuse_known_keys(con, request.table, f"(FROM current {stays})", "incoming", way_out)
    return _exchange(con, request, base, goes, stays)


def _upsert(con: duckdb.DuckDBPyConnection, request: Request, base: Version) -> Plan | None:
    keys = idents(request.key)
    owners = f"(SELECT DISTINCT {keys} FROM incoming) AS owners USING ({keys})"
    goes, stays = f"SEMI JOIN {owners}", f"ANTI JOIN {owners}"
    if set(request.key) != set(request.table.key):
        way_out = f"it belongs to another owner ({', '.join(request.key)})"
        refuse_known_keys(con, request.table, f"(FROM current {stays})", "incoming", way_out)
    return _exchange(con, request, base, goes, stays)


_MODES = {
    "append": _append,
    "replace": _replace,
    "replace_where": _replace_where,
    "upsert": _upsert,
}


def _exchange(
    con: duckdb.DuckDBPyConnection, request: Request, base: Version, goes: str, stays: str
) -> Plan | None:
    """Put `incoming` in the place of the rows that go; files without such rows are not touched."""
    table = request.table
    rows = con.execute(f"SELECT DISTINCT {FILE} FROM current {goes}").fetchall()
    names = {row[0] for row in rows}
    files = tuple(file for file in base.files if file.path in names)
    _show(con, table, base, "touched", files)
    if _content(con, f"(FROM touched {goes})", table) == _content(con, "incoming", table):
        return None
    new = _rows("incoming", table)
    if not files:
        return Plan(new)
    sql = f"{_rows('touched', table)} {stays} UNION ALL {new}"
    return Plan(sql, files, joins="JOIN" in stays)


def _merged(con: duckdb.DuckDBPyConnection, table: Table, base: Version, found: Plan) -> Plan:
    """Take along small files where they have become many, and all where the columns changed."""
    others = [file for file in base.files if file not in found.removes]
    small = [file for file in others if file.bytes < SMALL_BYTES]
    if not base.fits(table):
        along = others
    elif len(small) >= MANY_FILES:
        along = small
    else:
        return found
    _show(con, table, base, "along", along)
    sql = f"{_rows('along', table)} UNION ALL {found.sql}"
    return replace(found, sql=sql, removes=(*found.removes, *along))


def _show(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    base: Version,
    alias: str,
    files: Sequence[DataFile],
) -> None:
    paths = [f.path for f in files]
    con.execute(view(alias, table, paths, base.columns, with_file=True, temp=True))


def _rows(source: str, table: Table) -> str:
    return f"SELECT {idents(table.names)} FROM {source}"


def _content(con: duckdb.DuckDBPyConnection, source: str, table: Table) -> tuple[int, int]:
    """Count rows and add up a hash of each: equal for equal rows in whatever order.

    The hash of a row is hashed once more before the sum, so that values which change places
    between rows do not cancel out.
    """
    found = first_row(
        con,
        f"SELECT count(*), coalesce(sum(hash(hash({idents(table.names)}))::HUGEINT), 0) "
        f"FROM {source}",
    )
    assert found is not None
    return int(found[0]), int(found[1])
