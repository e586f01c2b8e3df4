"""DuckDBs that wait for their next use: to start one takes 12 ms, more than a small query.

One is lent to one user at a time and comes back empty: what was made on a cursor of it goes when
the cursor is closed. It comes back only from a block that went well, was short and spilled nothing
to disk; any other is closed, for it may hold memory, and a start is little beside its work.
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

__all__ = ["close_idle", "lend"]

SHORT_S = 0.25
"""[s] Of all threads of the process; what took longer may have left memory with the allocator."""

_idle: dict[tuple[str, int, str], duckdb.DuckDBPyConnection] = {}


@contextmanager
def lend(
    memory_limit: str, threads: int, use: str, spill: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a DuckDB for a block, whose work is done on cursors of it.

    Parameters
    ----------
    memory_limit, threads
        As DuckDB has them.
    use
        Those of one use share settings: a write has some that a read must not have.
    spill
        Folder that does not exist; DuckDB makes it if the memory is not enough.

    Notes
    -----
    DuckDB's cache of files is off: it would hold rows, and memory, when nothing is asked.
    """
    key = (memory_limit, threads, use)
    found = _idle.pop(key, None)
    con = found if found is not None else _start(memory_limit, threads)
    whole, clock = False, time.process_time()
    try:
        con.execute("SET temp_directory = ?", [str(spill)])
        yield con
        whole = time.process_time() - clock < SHORT_S and not spill.exists()
    finally:
        if not whole or _idle.setdefault(key, con) is not con:
            con.close()


def close_idle() -> None:
    """Close those that wait; also done before a fork, which their threads would not survive."""
    while _idle:
        _idle.popitem()[1].close()


def _start(memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        config={
            "memory_limit": memory_limit,
            "threads": threads,
            "enable_external_file_cache": False,
        }
    )


atexit.register(close_idle)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=close_idle)
