"""Scratch folders of a lake: what DuckDB spills and what is staged before a commit.

Each has its host and process in the name, so the leftovers of a killed process are swept by the
next writer on that host and never by mistake.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
from pathlib import Path

__all__ = ["new_scratch", "sweep"]

_number = itertools.count()


def new_scratch(lake: Path) -> Path:
    """Name a scratch folder that nobody else uses; it is made by who needs it."""
    return lake / "_tmp" / f"{socket.gethostname()}~{os.getpid()}~{next(_number)}"


def sweep(lake: Path) -> None:
    """Remove the scratch folders of processes of this host that are no more."""
    root = lake / "_tmp"
    if not root.is_dir():
        return
    for folder in root.iterdir():
        host, _, rest = folder.name.partition("~")
        pid = rest.partition("~")[0]
        if host == socket.gethostname() and pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
