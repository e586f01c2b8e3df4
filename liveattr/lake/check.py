"""Does a frame fit its table? Casts that lose nothing, nulls, keys: a few scans in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from liveattr.errors import TableError, did_you_mean
from liveattr.lake.views import first_row, ident, idents
from liveattr.tables import Column, Table

__all__ = ["check", "refuse_known_keys"]

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_WIDER = {
    "bigint": ("HUGEINT", "UBIGINT", "UHUGEINT"),
    "int": ("BIGINT", "HUGEINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
}
_WHOLE = {*_INTEGERS, "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
_NAIVE = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
_EXACT = 2**53
"""Up to here every whole number is a double, and the other way round."""


@dataclass(frozen=True)
class _Cast:
    """How a column is read: an expression, the condition of a row that it would spoil, and why."""

    expression: str
    bad: str = ""
    why: str = ""


def _types_of(con: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    """Return the columns of a relation with their DuckDB types, in order."""
    relation = con.sql(f"SELECT * FROM {source}")
    return {n: str(t).strip('"') for n, t in zip(relation.columns, relation.types, strict=True)}


def check(con: duckdb.DuckDBPyConnection, table: Table, raw: str, incoming: str) -> int:
    """Make the view `incoming`: the rows of `raw` with the declared columns and types.

    Parameters
    ----------
    con
        Connection that knows the relation `raw`.
    table
        Declaration.
    raw, incoming
        Names of the relation that is read and of the view that is made.

    Returns
    -------
    int
        Rows.

    Raises
    ------
    TableError
        If a column is missing, unknown or cannot be cast without loss, if a required column has a
        null, or if a key comes twice. The message names table, column and the first bad row.
    """
    types = _types_of(con, raw)
    _same_columns(table, types)
    casts = {c.name: _cast(c, types[c.name]) for c in table.columns}
    chosen = ", ".join(f"{cast.expression} AS {ident(n)}" for n, cast in casts.items())
    con.execute(f"CREATE OR REPLACE TEMP VIEW {incoming} AS SELECT {chosen} FROM {raw}")
    faults = [(n, cast.bad, cast.why) for n, cast in casts.items() if cast.bad]
    faults += [
        (c.name, f"{ident(c.name)} IS NULL", "is null, and this column must have a value")
        for c in table.columns
        if c.required
    ]
    counts = ", ".join(f"count(*) FILTER (WHERE {bad})" for _, bad, _ in faults) or "0"
    keys = idents(table.key)
    found = first_row(con, f"SELECT {counts}, count(*) FROM {raw}")
    assert found is not None
    for (name, bad, why), n in zip(faults, found[:-1], strict=True) if faults else ():
        if n:
            raise _bad_row(con, table, raw, name, bad, why, n)
    rows = int(found[-1])
    hashed = first_row(con, f"SELECT count(DISTINCT hash({keys})) FROM {incoming}")
    if hashed != (rows,):
        _refuse_twice(con, table, incoming)
    return rows


def _same_columns(table: Table, given: Iterable[str]) -> None:
    names = list(given)
    missing = [n for n in table.names if n not in names]
    extra = [n for n in names if n not in table.names]
    if extra:
        hint = did_you_mean(extra[0], missing or table.names)
        raise TableError(f"table {table.name!r} has no column {extra[0]!r}; {hint}")
    if missing:
        raise TableError(
            f"table {table.name!r}: the frame lacks column {missing[0]!r} "
            f"({table.column(missing[0]).meaning}); a column without values is given as null"
        )


def _cast(column: Column, given: str) -> _Cast:
    name = ident(column.name)
    cast = _CASTS[column.type](name, column, given)
    if cast is not None:
        return cast
    why = f"has type {given}, expected {column.type}{_hint(column.type, given)}"
    return _Cast(f"CAST(NULL AS {column.sql_type})", f"{name} IS NOT NULL", why)


def _hint(wanted: str, given: str) -> str:
    if wanted == "at" and given in _NAIVE:
        return (
            "; a time without zone is refused: say which zone it is in, with"
            " .dt.tz_localize('Asia/Shanghai') in pandas or AT TIME ZONE 'Asia/Shanghai' in SQL"
        )
    if wanted in ("text", "token") and (given in _WHOLE or given in ("DOUBLE", "FLOAT")):
        return "; ids are text: read them as text, a number may have lost digits"
    if wanted in ("at", "on") and given == "VARCHAR":
        return "; parse the text first"
    return ""


def _text(name: str, column: Column, given: str) -> _Cast | None:
    if given == "VARCHAR":
        return _Cast(name)
    return _Cast(f"CAST({name} AS VARCHAR)") if given.startswith("ENUM") else None


def _whole(name: str, column: Column, given: str) -> _Cast | None:
    cast = f"TRY_CAST({name} AS {column.sql_type})"
    if given in _WIDER[column.type]:
        return _Cast(cast, f"{name} IS NOT NULL AND {cast} IS NULL", "is out of range")
    if given in _WHOLE:
        return _Cast(f"CAST({name} AS {column.sql_type})")
    if given in ("DOUBLE", "FLOAT"):
        lost = f"{cast} IS NULL OR abs({name}) > {_EXACT} OR {name} <> trunc({name})"
        bad = f"{name} IS NOT NULL AND ({lost})"
        return _Cast(cast, bad, "is no whole number, or too large for one")
    if given.startswith("DECIMAL"):
        bad = f"{name} IS NOT NULL AND ({cast} IS NULL OR {cast} <> {name})"
        return _Cast(cast, bad, "is no whole number, or too large for one")
    return None


def _double(name: str, column: Column, given: str) -> _Cast | None:
    cast = f"CAST({name} AS DOUBLE)"
    if given in ("DOUBLE", "FLOAT"):
        return _Cast(cast, f"NOT isfinite({name})", "is no finite number")
    if given in _WHOLE:
        return _Cast(cast, f"abs({name}::HUGEINT) > {_EXACT}", "is too large for a double")
    return _Cast(cast) if given.startswith("DECIMAL") else None


def _bool(name: str, column: Column, given: str) -> _Cast | None:
    return _Cast(name) if given == "BOOLEAN" else None


def _at(name: str, column: Column, given: str) -> _Cast | None:
    cast = f"CAST({name} AS {column.sql_type})"
    if given == column.sql_type:
        return _Cast(name)
    if given == "TIMESTAMPTZ_NS":
        return _Cast(cast, f"CAST({cast} AS TIMESTAMPTZ_NS) <> {name}", "is finer than 1 µs")
    return None


def _on(name: str, column: Column, given: str) -> _Cast | None:
    if given == "DATE":
        return _Cast(name)
    if given in _NAIVE:
        return _Cast(
            f"CAST({name} AS DATE)",
            f"{name} <> date_trunc('day', {name})",
            "has a time of day, expected a date",
        )
    return None


_CASTS = {
    "text": _text,
    "token": _text,
    "bigint": _whole,
    "int": _whole,
    "double": _double,
    "bool": _bool,
    "at": _at,
    "on": _on,
}


def _bad_row(
    con: duckdb.DuckDBPyConnection, table: Table, raw: str, name: str, bad: str, why: str, n: int
) -> TableError:
    shown = [name, *(k for k in table.key if k != name)]
    values = first_row(
        con,
        f"SELECT row_at, {idents(shown)} FROM "
        f"(SELECT row_number() OVER () - 1 AS row_at, * FROM {raw}) "
        f"WHERE {bad} ORDER BY row_at LIMIT 1",
    )
    assert values is not None
    row_at, value, *key = values
    where = f" ({_pairs(shown[1:], key)})" if key else ""
    more = f"; {n} rows are like this" if n > 1 else ""
    said = why if value is None else f"value {value!r} {why}"
    return TableError(
        f"table {table.name!r}, column {name!r}, row {row_at} counted from 0{where}: {said}{more}"
    )


def _pairs(names: Sequence[str], values: Sequence[Any]) -> str:
    return ", ".join(f"{n}={v!r}" for n, v in zip(names, values, strict=True))


def _refuse_twice(con: duckdb.DuckDBPyConnection, table: Table, incoming: str) -> None:
    keys = idents(table.key)
    twice = first_row(
        con,
        f"SELECT {keys}, min(row_at), max(row_at) FROM "
        f"(SELECT row_number() OVER () - 1 AS row_at, {keys} FROM {incoming}) "
        f"GROUP BY {keys} HAVING count(*) > 1 ORDER BY min(row_at) LIMIT 1",
    )
    if twice is not None:
        *values, first, last = twice
        raise TableError(
            f"table {table.name!r}: the key ({_pairs(table.key, values)}) comes more than once, "
            f"in rows {first} and {last} counted from 0"
        )


def refuse_known_keys(
    con: duckdb.DuckDBPyConnection, table: Table, kept: str, incoming: str, way_out: str
) -> None:
    """Stop where a row that stays and a row that comes have the same key.

    Raises
    ------
    TableError
        With the first such key.
    """
    keys = idents(table.key)
    known = first_row(
        con,
        f"SELECT {keys} FROM {incoming} SEMI JOIN (SELECT {keys} FROM {kept}) USING ({keys}) "
        f"ORDER BY {keys} LIMIT 1",
    )
    if known is not None:
        raise TableError(
            f"table {table.name!r}: the key ({_pairs(table.key, known)}) is in the table already; "
            f"{way_out}"
        )
