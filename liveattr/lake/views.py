"""Views: one version of a table, as SQL over its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from liveattr.lake import delta
from liveattr.tables import Table

__all__ = ["FILE", "first_row", "ident", "idents", "literal_text", "table_view", "view"]

FILE = "_file"
"""Extra column of a view of a version: the file that the row is in."""


def ident(name: str) -> str:
    """Quote a name for SQL.

    Examples
    --------
    >>> ident("at")
    '"at"'
    """
    return '"' + name.replace('"', '""') + '"'


def idents(names: Iterable[str]) -> str:
    """Quote names for SQL, comma separated."""
    return ", ".join(map(ident, names))


def literal_text(text: str) -> str:
    """Quote a text for SQL.

    Examples
    --------
    >>> print(literal_text("it's"))
    'it''s'
    """
    return "'" + text.replace("'", "''") + "'"


def first_row(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...] | None:
    """Run a query and return its first row, leaving no open result on the connection."""
    rows = con.execute(sql).fetchall()
    return rows[0] if rows else None


def table_view(root: Path, table: Table, version: int | None, *, temp: bool = False) -> str:
    """Write the statement that makes the view of a table; without a version it has no rows.

    Raises
    ------
    LakeError
        If the version cannot be read.
    """
    if version is None:
        return view(table.name, table, (), (), temp=temp)
    now = delta.read_version(root / table.name, version)
    return view(table.name, table, [file.path for file in now.files], now.columns, temp=temp)


def view(
    alias: str,
    table: Table,
    files: Sequence[str],
    known: Iterable[str],
    *,
    with_file: bool = False,
    temp: bool = False,
) -> str:
    """Write the statement that makes a view of files, with the declared columns and types.

    A column that is declared but not in the files (it was declared later) is null. A temporary
    view is this connection's own, also where others share its DuckDB.
    """
    inside = set(known) if files else set()
    columns = [
        f"{ident(c.name) if c.name in inside else 'NULL'}::{c.sql_type} AS {ident(c.name)}"
        for c in table.columns
    ]
    if with_file:
        columns.append(f"{'filename' if files else 'CAST(NULL AS VARCHAR)'} AS {FILE}")
    kind = "TEMP VIEW" if temp else "VIEW"
    head = f"CREATE OR REPLACE {kind} {ident(alias)} AS SELECT {', '.join(columns)}"
    if not files:
        return f"{head} WHERE false"
    paths = ", ".join(map(literal_text, files))
    return f"{head} FROM read_parquet([{paths}]{', filename = true' if with_file else ''})"
