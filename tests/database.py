"""Connections with empty canonical tables: to start a DuckDB and declare them takes 20 ms each time."""

import atexit
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import duckdb
import pandas as pd

from liveattr.lake.frames import arrow_from_pandas
from liveattr.tables import TABLES, get_table


@cache
def _empty() -> duckdb.DuckDBPyConnection:
    """A read-only database of all tables: no test can leave anything in it for another."""
    folder = tempfile.TemporaryDirectory()
    file = Path(folder.name) / "empty.duckdb"
    with duckdb.connect(file) as con:
        for name, table in TABLES.items():
            columns = ", ".join(f'"{c.name}" {c.sql_type}' for c in table.columns)
            con.execute(f"CREATE TABLE {name} ({columns})")
    con = duckdb.connect(file, read_only=True, config={"threads": 1})
    atexit.register(folder.cleanup)
    atexit.register(con.close)
    return con


def connect(frames: Mapping[str, pd.DataFrame] = MappingProxyType({})) -> duckdb.DuckDBPyConnection:
    """Open a connection of one's own, in UTC: with these rows, and no rows in the other tables."""
    con = _empty().cursor()
    con.execute("SET TimeZone = 'UTC'")
    for name, frame in frames.items():
        con.register("given", arrow_from_pandas(frame, get_table(name)))
        con.execute(f"CREATE TEMP TABLE {name} AS FROM {name}")
        con.execute(f"INSERT INTO {name} BY NAME FROM given")
        con.unregister("given")
    return con
