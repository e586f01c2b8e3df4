"""Write a table: take the rows in, check them, plan, commit."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from liveattr.errors import ParameterError, TableError
from liveattr.lake import delta, scratch
from liveattr.lake.check import check
from liveattr.lake.frames import arrow_from_pandas
from liveattr.lake.lock import hold
from liveattr.lake.plan import Request, make_plan
from liveattr.lake.views import first_row, literal_text

__all__ = ["write_table"]

BATCH_ROWS = 122_880
"""Rows that are on their way at a time, and of a Parquet row group: DuckDB's own size, so that
its threads each take whole groups."""
KEEP_ORDER = "join_order,build_side_probe_side"
"""DuckDB's optimizers that may turn a join round, and with it the order of the rows that stay."""


def write_table(
    con: duckdb.DuckDBPyConnection, root: Path, request: Request, data: Any, threads: int
) -> int:
    """Write rows into a table of the lake at `root`; return the version that it then has.

    Parameters
    ----------
    con
        A connection that nobody else uses; its views are made here.
    root
        Folder of the lake.
    request
        Table and mode.
    data
        pandas frame, Arrow table or reader, or DuckDB relation.
    threads
        Threads, where the order of the rows allows more than one.
    """
    con.execute(f"SET disabled_optimizers = '{KEEP_ORDER}'")
    con.execute("SET python_enable_replacements = false")
    con.execute(f"SET threads = {threads}")
    table, folder = request.table, root / request.table.name
    with scratch.room(root) as room:
        _take_in(con, data, request, room)
        with hold(root / "_locks", f"table-{table.name}"):
            version = delta.newest(folder)
            base = None if version is None else delta.read_version(folder, version)
            plan = make_plan(con, request, base)
            if plan is None:
                assert base is not None
                return base.number
            if plan.joins:
                con.execute("SET threads = 1")
            rows = con.sql(plan.sql).to_arrow_reader(BATCH_ROWS)
            files = delta.write_files(room, table, rows)
            return delta.commit(folder, table, files, base=base, removes=plan.removes)


def _take_in(con: duckdb.DuckDBPyConnection, data: Any, request: Request, room: Path) -> None:
    """Make the checked view `incoming` of what the caller gave."""
    if isinstance(data, pd.DataFrame):
        data = arrow_from_pandas(data, request.table)
    elif isinstance(data, duckdb.DuckDBPyRelation):
        data = data.to_arrow_reader(BATCH_ROWS)
    if isinstance(data, pa.RecordBatchReader):
        _stage(con, data, room / "staged.parquet")
    elif isinstance(data, pa.Table):
        con.register("raw", data)
    else:
        raise ParameterError(
            f"table {request.table.name!r}: cannot write a {type(data).__name__}; give a pandas "
            f"frame, an Arrow table or reader, or a DuckDB relation"
        )
    check(con, request.table, "raw", "incoming")
    if request.where:
        _check_where(con, request)


def _stage(con: duckdb.DuckDBPyConnection, rows: pa.RecordBatchReader, file: Path) -> None:
    """Keep a stream, which can be read once only, as the view `raw`: in memory or in a file."""
    first = list(islice(rows, 2))
    if len(first) < 2:
        con.register("raw", pa.Table.from_batches(first, rows.schema))
        return
    path = literal_text(str(file))
    whole = pa.RecordBatchReader.from_batches(rows.schema, chain(first, rows))
    con.register("stream", whole)
    con.execute(f"COPY (FROM stream) TO {path} (FORMAT parquet, COMPRESSION lz4_raw)")
    con.unregister("stream")
    con.execute(f"CREATE OR REPLACE TEMP VIEW raw AS FROM read_parquet({path})")


def _check_where(con: duckdb.DuckDBPyConnection, request: Request) -> None:
    found = first_row(con, f"SELECT count(*) FROM incoming WHERE NOT ({request.condition})")
    assert found is not None
    if found[0]:
        raise TableError(
            f"table {request.table.name!r}: {found[0]} rows do not match "
            f"where={dict(request.where)!r}"
        )
