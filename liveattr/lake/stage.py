"""The shape of a stage: `run` keeps what it read and wrote, and doing it twice does nothing."""

from __future__ import annotations

import hashlib
import html
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

import liveattr
from liveattr.errors import ParameterError
from liveattr.lake.lake import Lake
from liveattr.tables import TABLES, get_table

__all__ = ["Summary", "code_version", "run_stage"]

STAGE_TIMEOUT_S = 3600.0
"""[s] A second start of the same stage waits for the first, which may be long, and then skips."""

_CODE = (".py", ".yaml", ".ipynb")


@dataclass(frozen=True)
class Summary:
    """What a stage did.

    Attributes
    ----------
    stage
        Name of the stage.
    rows_in, rows_out, rows_refused
        Rows read, written, refused.
    outputs
        Table → rows written.
    notes
        Remarks for people.
    skipped
        Nothing had changed since the last run, so nothing was done; the figures are that run's.
    seconds
        How long it took.
    """

    stage: str = ""
    rows_in: int = 0
    rows_out: int = 0
    rows_refused: int = 0
    outputs: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    skipped: bool = False
    seconds: float = 0.0

    def _lines(self) -> list[tuple[str, str]]:
        head = (
            f"{self.stage}: up to date" if self.skipped else f"{self.stage}: {self.seconds:.1f} s"
        )
        lines = [(head, ""), ("rows in", f"{self.rows_in:,}"), ("rows out", f"{self.rows_out:,}")]
        if self.rows_refused:
            lines.append(("rows refused", f"{self.rows_refused:,}"))
        lines += [(f"→ {table}", f"{rows:,}") for table, rows in self.outputs.items()]
        return lines

    def __str__(self) -> str:
        (head, _), *lines = self._lines()
        wide = max(len(label) for label, _ in lines)
        right = max(len(value) for _, value in lines)
        body = [f"  {label:<{wide}}  {value:>{right}}" for label, value in lines]
        return "\n".join([head, *body, *(f"  {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        (head, _), *lines = self._lines()
        rows = "".join(
            f"<tr><td style='text-align:left'>{html.escape(label)}</td>"
            f"<td style='text-align:right'>{html.escape(value)}</td></tr>"
            for label, value in lines
        )
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return f"<table><caption>{html.escape(head)}</caption>{rows}</table>{notes}"


@lru_cache(maxsize=1)  # the code that runs is the code of the start of the process
def code_version() -> str:
    """Return the version of the package and a short hash of its code, e.g. `0.1.0+1f0c52ab`."""
    root = Path(liveattr.__file__).parent
    found = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in _CODE and p.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return f"{liveattr.__version__}+{found.hexdigest()[:8]}"


def run_stage(
    lake: Lake,
    stage: str,
    *,
    options: Mapping[str, Any],
    reads: Sequence[str],
    writes: Sequence[str],
    body: Callable[[Lake], Summary],
    force: bool = False,
) -> Summary:
    """Run a stage unless nothing has changed since it last ran, and keep a row in `run`.

    Nothing has changed when there is a run of the same stage, options and code version, the tables
    that it read have the versions that it read, and the tables that it wrote have the versions that
    it wrote. A table that is both read and written counts as written.

    Parameters
    ----------
    lake
        The lake.
    stage
        Name.
    options
        What decides the result; kept as JSON (dates, times, paths, settings may occur).
    reads, writes
        Tables.
    body
        Does the work and returns a `Summary` with its counts; name and seconds are filled in here,
        and `rows_out` is the sum of `outputs` where it is 0.
    force
        Run in any case.

    Raises
    ------
    LockedError
        If another process runs the same stage for longer than an hour.
    """
    for name in (*reads, *writes):
        get_table(name)
    text = json.dumps(options, sort_keys=True, ensure_ascii=False, default=_plain)
    with lake.lock(f"stage-{stage}", STAGE_TIMEOUT_S):
        before = {n: v for n, v in lake.versions().items() if n in reads}
        if not force:
            last = _last_run(lake, stage, text)
            if last is not None and _unchanged(last, lake.versions(), reads, writes):
                return _summary_of(last)
        started_at, clock = datetime.now(UTC), time.perf_counter()
        done = body(lake)
        done = replace(
            done,
            stage=stage,
            seconds=time.perf_counter() - clock,
            rows_out=done.rows_out or sum(done.outputs.values()),
        )
        after = {n: v for n, v in lake.versions().items() if n in writes}
        _keep(lake, done, started_at, text, before, after)
        return done


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path | Decimal):
        return str(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise ParameterError(f"an option of a stage cannot be kept as JSON: {value!r}")


def _last_run(lake: Lake, stage: str, options: str) -> Mapping[str, Any] | None:
    found = lake.sql(
        "SELECT * FROM run WHERE stage = $stage AND options = $options AND code_version = $code "
        "ORDER BY started_at DESC, run_id DESC LIMIT 1",
        stage=stage,
        options=options,
        code=code_version(),
    )
    return None if found.empty else {str(k): v for k, v in found.iloc[0].items()}


def _unchanged(
    last: Mapping[str, Any], now: Mapping[str, int], reads: Sequence[str], writes: Sequence[str]
) -> bool:
    inputs = {n: v for n, v in json.loads(last["input_versions"]).items() if n not in writes}
    outputs = json.loads(last["output_versions"])
    return inputs == {n: v for n, v in now.items() if n in reads and n not in writes} and (
        outputs == {n: v for n, v in now.items() if n in writes}
    )


def _summary_of(last: Mapping[str, Any]) -> Summary:
    return Summary(
        stage=last["stage"],
        rows_in=int(last["rows_in"]),
        rows_out=int(last["rows_out"]),
        rows_refused=int(last["rows_refused"]),
        outputs=json.loads(last["outputs"]),
        notes=tuple(json.loads(last["notes"])),
        skipped=True,
        seconds=0.0,
    )


def _keep(
    lake: Lake,
    done: Summary,
    started_at: datetime,
    options: str,
    before: Mapping[str, int],
    after: Mapping[str, int],
) -> None:
    row = {
        "run_id": f"{started_at:%Y%m%dT%H%M%S.%f}-{done.stage}-{os.getpid()}",
        "stage": done.stage,
        "options": options,
        "input_versions": json.dumps(before),
        "output_versions": json.dumps(after),
        "rows_in": done.rows_in,
        "rows_out": done.rows_out,
        "rows_refused": done.rows_refused,
        "outputs": json.dumps(done.outputs),
        "notes": json.dumps(done.notes, ensure_ascii=False),
        "code_version": code_version(),
        "started_at": started_at,
        "seconds": done.seconds,
    }
    lake.write("run", pd.DataFrame([row], columns=list(TABLES["run"].names)), mode="append")
