"""Locks between processes: a file under `_locks/`, given back by the system when a process dies."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from liveattr.errors import LockedError, ParameterError

__all__ = ["DEFAULT_TIMEOUT_S", "hold"]

DEFAULT_TIMEOUT_S = 120.0
"""A write of some million rows takes seconds; who waits two minutes waits for a stuck process."""

_POLL_S = 0.02


@contextmanager
def hold(folder: Path, name: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> Iterator[Path]:
    """Hold the lock `name` of a folder while the block runs.

    The lock belongs to the open file (`flock`), so it is free again when the process ends, however
    it ends. It is not re-entrant: taking it twice in one process waits like any other process.

    Parameters
    ----------
    folder
        Where the lock files are; made when it is missing.
    name
        Letters, digits, `-`, `_` and `.`.
    timeout_s
        [s] How long to wait; 0 tries once.

    Yields
    ------
    pathlib.Path
        The lock file.

    Raises
    ------
    LockedError
        If another holder did not give it back in time; the message says who holds it since when.
    """
    if not name or not all(c.isalnum() or c in "-_." for c in name):
        raise ParameterError(f"{name!r} is no name of a lock: use letters, digits, - _ and .")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, path, timeout_s)
        try:
            _sign(descriptor)
            yield path
        finally:
            os.ftruncate(descriptor, 0)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                raise LockedError(
                    f"the lock {path.stem!r} is held by {_holder(path)}; waited {timeout_s:g} s. "
                    f"Wait for it, or end that process: the lock is then free by itself"
                ) from None
            time.sleep(_POLL_S)


def _sign(descriptor: int) -> None:
    """Write who holds the lock, for the message of those who wait."""
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError, OSError):
        return "another process"
