"""Many worlds: one file each, several at a time, and a second run does only what is missing."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from liveattr.bench.estimators import Estimator
from liveattr.bench.one import Live, live, rows_of
from liveattr.bench.worlds import FACTORS, WorldPlan
from liveattr.errors import LiveattrError
from liveattr.lake import code_version
from liveattr.progress import counter

__all__ = ["BenchError", "Outcome", "load_rows", "replace_text", "run_worlds"]

KEY = "key"
"""Column that says from what code, seed, parameters and estimators a row comes."""

TEXTS = ("preset", "estimator", "subject_kind", "subject", "measure", KEY)


class BenchError(LiveattrError):
    """The bench cannot be trusted, or has nothing to show."""


@dataclass(frozen=True)
class Outcome:
    """What became of one world.

    Attributes
    ----------
    plan
        Which.
    ok, skipped
        Its rows are there; they were there already.
    error
        What went wrong, as a traceback.
    """

    plan: WorldPlan
    ok: bool
    skipped: bool = False
    error: str = ""

    @property
    def why(self) -> str:
        """The last line of the error."""
        lines = [line for line in self.error.splitlines() if line.strip()]
        return lines[-1].strip() if lines else ""


def run_worlds(
    plans: Sequence[WorldPlan],
    asked: tuple[Estimator, ...],
    *,
    out: Path,
    jobs: int = 1,
    live: Live = live,
) -> list[Outcome]:
    """Run estimators on worlds and keep the rows of each world in a file.

    Parameters
    ----------
    plans
        Which worlds.
    asked
        Which estimators.
    out
        Folder for the files, `world_0007.csv`; what is there already from the same code, preset,
        seed, parameters and estimators is not made again.
    jobs
        Worlds at a time, each in a process of its own that shares nothing with the others.
    live
        How a plan becomes frames and truth.

    Returns
    -------
    list of Outcome
        In the order of the plans. A world that fails leaves `world_0007.error.txt`; the others go on.
    """
    out.mkdir(parents=True, exist_ok=True)
    stamps = tuple(one.stamp for one in asked)
    keys = {plan.number: plan.key(code_version(), stamps) for plan in plans}
    done = {p.number: Outcome(p, True, True) for p in plans if _key_of(out, p) == keys[p.number]}
    tasks = [
        partial(_run, plan, keys[plan.number], asked, out, min(jobs, len(plans)), live)
        for plan in plans
        if plan.number not in done
    ]
    with counter("worlds", len(plans)) as advance:
        advance("", len(done))
        for outcome in _outcomes(tasks, jobs):
            done[outcome.plan.number] = outcome
            advance(f"world {outcome.plan.number}", 1)
    return [done[plan.number] for plan in plans]


def _outcomes(tasks: list[partial[Outcome]], jobs: int) -> Iterator[Outcome]:
    """Run the tasks here, or in processes; yield what becomes of each as it ends."""
    if jobs < 2 or len(tasks) < 2:
        for task in tasks:
            yield task()
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context) as pool:
        running = {pool.submit(task): task for task in tasks}
        for future in as_completed(running):
            error = future.exception()
            if error is None:
                yield future.result()
            else:  # the process ended: out of memory, or killed
                plan = running[future].args[0]
                yield Outcome(plan, False, error=f"{type(error).__name__}: {error}")


def _run(
    plan: WorldPlan, key: str, asked: tuple[Estimator, ...], out: Path, jobs: int, live: Live
) -> Outcome:
    """Run one world and write its rows; a failure is kept beside them."""
    note = _file(out, plan).with_suffix(".error.txt")
    try:
        rows = rows_of(plan, asked, lived=live(plan), jobs=jobs)
        replace_text(_file(out, plan), rows.assign(**{KEY: key}).to_csv(index=False))
        note.unlink(missing_ok=True)
    except Exception:
        error = traceback.format_exc()
        replace_text(note, error)
        return Outcome(plan, False, error=error)
    return Outcome(plan, True)


def load_rows(outcomes: Sequence[Outcome], out: Path) -> pd.DataFrame:
    """Read the rows of the worlds that are there.

    Raises
    ------
    BenchError
        If there is none.
    """
    files = [_file(out, outcome.plan) for outcome in outcomes if outcome.ok]
    if not files:
        said = outcomes[0].why if outcomes else "no world was asked for"
        raise BenchError(f"no world came through; the first one failed with: {said}")
    texts: dict[Hashable, type[str]] = dict.fromkeys(TEXTS + tuple(f.name for f in FACTORS), str)
    tables: list[pd.DataFrame] = [pd.read_csv(file, dtype=texts) for file in files]
    return pd.concat(tables, ignore_index=True)


def replace_text(path: Path, text: str) -> None:
    """Write a file whole: whoever reads it meanwhile sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    Path(name).chmod(0o644)
    Path(name).replace(path)


def _file(out: Path, plan: WorldPlan) -> Path:
    return out / f"world_{plan.number:04d}.csv"


def _key_of(out: Path, plan: WorldPlan) -> str:
    """Return the key of the rows that are there, or nothing."""
    file = _file(out, plan)
    if not file.is_file():
        return ""
    found = pd.read_csv(file, usecols=lambda name: name == KEY, dtype="str", nrows=1)
    return str(found[KEY].iloc[0]) if KEY in found and len(found) else ""
