"""Which days are off air: a table of weeks × weekdays whose rows and columns are put in random order.

A mark in the table begins a run of days off. Runs lie evenly over weeks and over weekdays; that is all
that is not left to chance. Putting rows and columns of a drawn table in random order again gives each
table that could have been drawn as often as the draw itself would: so whoever analyses the days needs
nothing but the calendar.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from liveattr.errors import ParameterError

__all__ = ["draw_off", "even_table", "redraw_off"]

Bools = NDArray[np.bool_]

_BATCH = 2048
_BATCHES = 200


def even_table(rows: int, columns: int, marked: int) -> Bools:
    """Return a table with `marked` marks, as even as can be over its rows and over its columns.

    Examples
    --------
    >>> even_table(3, 4, 3).astype(int).tolist()
    [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    """
    number = np.arange(marked)
    table = np.zeros((rows, columns), dtype=bool)
    table[number % rows, (number + number // math.lcm(rows, columns)) % columns] = True
    return table


def draw_off(free: Bools, share: float, run: int, rng: np.random.Generator) -> Bools:
    """Draw days off air.

    Parameters
    ----------
    free
        Shape (weeks, weekdays): days that may be off air; only weekdays on which the room is on.
    share
        Of the free days that shall be off.
    run
        [days] So many days on which the room would be on air are off one after the other.
    rng
        Decides which.

    Returns
    -------
    numpy.ndarray of bool
        Shape of `free`. The count of runs that begin in a week, and on a weekday, differs by 1 at most
        among those on which one may begin.

    Raises
    ------
    ParameterError
        If no day would be off, or the free days leave no room for an even draw.
    """
    begins = _may_begin(free, run)
    count = round(share * int(free.sum()) / run)
    if not count or not begins.any():
        raise ParameterError(
            f"{share:.0%} of {int(free.sum())} days is no run of {run}: plan more weeks, more days "
            "off, or shorter runs"
        )
    rows, columns = begins.any(axis=1), begins.any(axis=0)
    starts = np.zeros_like(free)
    starts[np.ix_(rows, columns)] = even_table(int(rows.sum()), int(columns.sum()), count)
    return np.asarray(_redraw(starts, begins, run, 1, rng)[0])


def redraw_off(off: Bools, free: Bools, run: int, count: int, rng: np.random.Generator) -> Bools:
    """Draw `count` tables that could have been drawn in place of `off`, each equally likely.

    Parameters
    ----------
    off, free, run
        Days off, days that may be off, shape (weeks, weekdays), and the length of a run.
    count, rng
        How many, and what decides them.

    Returns
    -------
    numpy.ndarray of bool
        Shape (count, weeks, weekdays).

    Raises
    ------
    ParameterError
        If the days off are not in runs of this length, or too many days must be on air.
    """
    edges = np.flatnonzero(np.diff(np.r_[False, off.ravel(), False]))
    first, length = edges[::2], edges[1::2] - edges[::2]
    if (length % run).any():
        raise ParameterError(f"the days off are not in runs of {run} days: was the plan changed?")
    starts = np.zeros(off.size, dtype=bool)
    starts[np.repeat(first, length // run) + run * _counted(length // run)] = True
    return _redraw(starts.reshape(off.shape), _may_begin(free, run), run, count, rng)


def _counted(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, … times - 1 for each entry, one after the other."""
    return np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)


def _may_begin(free: Bools, run: int) -> Bools:
    """Return the days on which a run may begin: all its days are free."""
    whole = np.r_[free.ravel(), np.zeros(run - 1, dtype=bool)]
    kept = np.lib.stride_tricks.sliding_window_view(whole, run).all(axis=1)
    return np.asarray(kept.reshape(free.shape))


def _redraw(starts: Bools, begins: Bools, run: int, count: int, rng: np.random.Generator) -> Bools:
    """Put rows and columns of the table of starts in random order until the runs fit."""
    rows, columns = np.flatnonzero(begins.any(axis=1)), np.flatnonzero(begins.any(axis=0))
    inner, shut = starts[np.ix_(rows, columns)], ~begins
    found, missing = [], count
    for _ in range(_BATCHES):
        tables = np.zeros((min(_BATCH, max(64, 3 * missing)), *starts.shape), dtype=bool)
        tables[:, rows[:, None], columns] = _reordered(inner, len(tables), rng)
        tables = tables[~(tables & shut).any(axis=(1, 2))]
        days = _days_off(tables.reshape(len(tables), starts.size), run)
        found.append(days[days.sum(axis=1) == run * starts.sum()][:missing])
        missing -= len(found[-1])
        if not missing:
            return np.concatenate(found).reshape(count, *starts.shape)
    raise ParameterError(
        "too many days must be on air to draw days off evenly over weeks and weekdays; keep fewer "
        "days on air, plan fewer days off, or shorter runs"
    )


def _days_off(starts: Bools, run: int) -> Bools:
    """Return the days of runs; runs that overlap have fewer."""
    days = starts.copy()
    for step in range(1, run):
        days[:, step:] |= starts[:, :-step]
    return days


def _reordered(table: Bools, count: int, rng: np.random.Generator) -> Bools:
    """Return `count` copies of a table with rows and columns in random order."""
    rows = rng.random((count, table.shape[0])).argsort(axis=1)
    columns = rng.random((count, table.shape[1])).argsort(axis=1)
    return table[rows[:, :, None], columns[:, None, :]]
