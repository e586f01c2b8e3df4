"""How long ago somebody bought, and how much: who has just stocked up does not need more."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["clock_columns", "supply_clock"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

ONE_UNIT = (1, 3, 7, 14, 21, 30, 45, 60, 10_000)
"""[days] Since an order of one unit: the steps of the need."""
MORE_UNITS = (1, 7, 21, 45, 70, 10_000)
"""[days] Since an order of two units or more."""


def supply_clock(
    days: int, people: int, person: Ints, day: Ints, qty: Ints
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return how many days ago each person last ordered, and how many units.

    Parameters
    ----------
    days, people
        Shape of the answer.
    person, day, qty
        Orders: who, when, units; in any order. Units of one day are added.

    Returns
    -------
    since, units : shape (days, people)
        1 on the day after the order. -1 and 0 where no order was seen on an earlier day.

    Examples
    --------
    >>> since, units = supply_clock(4, 1, np.array([0]), np.array([1]), np.array([2]))
    >>> since[:, 0].tolist(), units[:, 0].tolist()
    ([-1, -1, 1, 2], [0, 0, 2, 2])
    """
    bought = np.zeros((days, people), dtype=np.int32)
    np.add.at(bought, (day, person), qty)
    number = np.arange(days, dtype=np.int32)[:, None]
    last = np.maximum.accumulate(np.where(bought > 0, number, -1), axis=0)
    last = np.vstack([np.full((1, people), -1, dtype=last.dtype), last[:-1]])
    known = last >= 0
    units = np.take_along_axis(bought, np.maximum(last, 0), axis=0)
    return (
        np.where(known, number - last, -1).astype(np.int32),
        np.where(known, units, 0).astype(np.int32),
    )


def clock_columns(since: NDArray[np.int32], units: NDArray[np.int32]) -> dict[str, Floats]:
    """Return the clock as steps, one column a span of days; who has no order yet is in none.

    Parameters
    ----------
    since, units
        As `supply_clock` returns.
    """
    found = {}
    for name, mine, edges in (
        ("one", (units == 1), ONE_UNIT),
        ("more", (units >= 2), MORE_UNITS),
    ):
        for low, high in pairwise(edges):
            span = mine & (since >= low) & (since < high)
            found[f"{name}_{low}"] = span.astype(np.float32)
    return found
