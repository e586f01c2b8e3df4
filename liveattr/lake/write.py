"""Plan a write: what is appended, what is written anew, or that nothing changes at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from liveattr.errors import ParameterError, did_you_mean
from liveattr.lake.check import first_row, ident, idents, refuse_known_keys
from liveattr.tables import Table

__all__ = ["MODES", "Plan", "Request", "plan"]

MODES = ("append", "replace", "replace_where", "upsert")


@dataclass(frozen=True)
class Plan:
    """One commit: the rows as SQL, and whether they are added to the rows that are there."""

    sql: str
    append: bool


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
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ParameterError(f"`where`: the time {value} has no zone")
        return f"TIMESTAMPTZ '{value.isoformat()}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    raise ParameterError(f"`where` takes text, whole numbers, dates and times, not {value!r}")


def plan(con: duckdb.DuckDBPyConnection, request: Request) -> Plan | None:
    """Compare the views `current` and `incoming` and say what to commit; None changes nothing."""
    if request.mode == "append":
        return _append(con, request)
    if request.mode == "replace":
        return _replace(con, request)
    if request.mode == "replace_where":
        return _replace_where(con, request)
    return _upsert(con, request)


def _append(con: duckdb.DuckDBPyConnection, request: Request) -> Plan | None:
    if _content(con, "incoming", request.table)[0] == 0:
        return None
    refuse_known_keys(
        con, request.table, "current", "incoming", "to replace rows use mode 'upsert'"
    )
    return Plan("FROM incoming", append=True)


def _replace(con: duckdb.DuckDBPyConnection, request: Request) -> Plan | None:
    if _content(con, "current", request.table) == _content(con, "incoming", request.table):
        return None
    return Plan("FROM incoming", append=False)


def _replace_where(con: duckdb.DuckDBPyConnection, request: Request) -> Plan | None:
    outside = f"(FROM current WHERE NOT ({request.condition}))"
    old = _content(con, f"(FROM current WHERE {request.condition})", request.table)
    new = _content(con, "incoming", request.table)
    if old == new:
        return None
    if not set(request.where) <= set(request.table.key):
        way_out = "a row with that key does not match `where`"
        refuse_known_keys(con, request.table, outside, "incoming", way_out)
    return _beside(outside, appended=old[0] == 0)


def _upsert(con: duckdb.DuckDBPyConnection, request: Request) -> Plan | None:
    keys = idents(request.key)
    owners = f"(SELECT DISTINCT {keys} FROM incoming)"
    old = _content(con, f"(FROM current SEMI JOIN {owners} AS o USING ({keys}))", request.table)
    if old == _content(con, "incoming", request.table):
        return None
    kept = f"(FROM current ANTI JOIN {owners} AS o USING ({keys}))"
    if set(request.key) != set(request.table.key):
        way_out = f"it belongs to another owner ({', '.join(request.key)})"
        refuse_known_keys(con, request.table, kept, "incoming", way_out)
    return _beside(kept, appended=old[0] == 0)


def _beside(kept: str, *, appended: bool) -> Plan:
    if appended:
        return Plan("FROM incoming", append=True)
    return Plan(f"FROM {kept} UNION ALL FROM incoming", append=False)


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
