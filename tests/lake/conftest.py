import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from liveattr.lake import Lake, open_lake
from liveattr.tables import TABLES, Column, Table

KINDS = ("text", "bigint", "int", "double", "bool", "at", "on")
PROBE = Table(
    "probe",
    "Tests",
    "a column of each type, once required and once not",
    ("id",),
    (
        Column("id", "text", True, "", "id"),
        *(Column(f"{kind}_must", kind, True, "", kind) for kind in KINDS),
        *(Column(f"{kind}_may", kind, False, "", kind) for kind in KINDS),
        Column("phone_token", "text", False, "", "identifier"),
    ),
    part_of=("text_must",),
)
VALUES: dict[str, Any] = {
    "text": "文",
    "bigint": 2**62 + 1,
    "int": -7,
    "double": 0.1,
    "bool": True,
    "at": pd.Timestamp("2026-01-22 17:00:00.123456", tz="UTC"),
    "on": dt.date(2026, 1, 23),
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return open_lake(tmp_path / "lake", memory_limit="500MB", threads=2)


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Table:
    """A declared table with every type of column."""
    monkeypatch.setitem(TABLES, "probe", PROBE)
    return PROBE


@pytest.fixture
def full_row(probe: Table) -> dict[str, Any]:
    """A row of `probe` without nulls."""
    row = {c.name: VALUES[c.type] for c in probe.columns}
    return row | {"id": "1", "phone_token": "f00d"}


class Workers:
    """Real processes that write a lake; see worker.py."""

    def __init__(self) -> None:
        self._root = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            text=True,
        )

    def start(self, job: str, *arguments: Any) -> int:
        """Start a job in a new process; return its id."""
        return int(self._ask(json.dumps([job, *map(_plain, arguments)])))

    def start_and_wait(self, job: str, *arguments: Any, flag: Path) -> int:
        """Start a job and wait until it says that it is on its way."""
        flag.unlink(missing_ok=True)
        pid = self.start(job, *arguments, flag)
        end = time.monotonic() + 30
        while not flag.exists() or not flag.read_text():
            assert time.monotonic() < end, "the worker did not start"
            time.sleep(0.002)
        return pid

    def finish(self) -> list[int]:
        """Wait for all processes; return how they ended."""
        return list(json.loads(self._ask("")))

    def _ask(self, line: str) -> str:
        assert self._root.stdin is not None and self._root.stdout is not None
        self._root.stdin.write(line + "\n")
        self._root.stdin.flush()
        return self._root.stdout.readline()

    def close(self) -> None:
        assert self._root.stdin is not None and self._root.stdout is not None
        self._root.stdin.close()
        self._root.stdout.close()
        self._root.wait(timeout=30)


def _plain(argument: Any) -> Any:
    return str(argument) if isinstance(argument, Path) else argument


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    found = Workers()
    yield found
    found.close()
