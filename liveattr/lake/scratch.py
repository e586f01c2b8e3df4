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
from pathlib import Path

__all__ = ["new_scratch", "sweep"]

_PREFIX = "_tmp"
_number = itertools.count()


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


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
