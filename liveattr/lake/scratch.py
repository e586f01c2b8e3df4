"""Scratch folders of a lake: what DuckDB spills and what is staged before a commit.

Each has its host and process in the name, so the leftovers of a killed process are swept by the
next writer on that host and never by mistake.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["new_scratch", "room", "sweep", "sweep_old"]

_PREFIX = "_tmp"
_number = itertools.count()
_OLD_S = 24 * 3600
"""[s] No write takes so long: a scratch folder of another host that is older was left behind."""


def new_scratch(lake: Path) -> Path:
    """Name a scratch folder that nobody else uses; it is made by who needs it.

    It is in the lake, so that files move into a table without a copy; for a reader of a lake that
    does not exist or must not be written it is in the system's folder for temporary files.
    """
    root = lake if os.access(lake, os.W_OK) else Path(tempfile.gettempdir())
    return root / f"{_PREFIX}~{socket.gethostname()}~{os.getpid()}~{next(_number)}"


def sweep(lake: Path) -> None:
    """Remove the scratch folders of processes of this host that are no more."""
    for folder in lake.glob(f"{_PREFIX}~{socket.gethostname()}~*~*"):
        pid = folder.name.split("~")[-2]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def room(lake: Path) -> Iterator[Path]:
    """Lend a scratch folder of a lake that is written; leftovers of dead processes are swept first."""
    lake.mkdir(parents=True, exist_ok=True)
    sweep(lake)
    folder = new_scratch(lake)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_old(lake: Path) -> None:
    """Remove all that dead processes left behind: of this host, and of others after a day."""
    sweep(lake)
    for folder in lake.glob(f"{_PREFIX}~*~*~*"):
        mine = folder.name.split("~")[1] == socket.gethostname()
        if not mine and time.time() - folder.stat().st_mtime > _OLD_S:
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
