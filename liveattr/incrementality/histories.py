"""Order histories: on which days each person ordered, and how many units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError

__all__ = ["Histories", "read_histories"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_UNITS = 4
_LEVELS = 8


@dataclass(frozen=True, eq=False)
class Histories:
    """Order days of people, one a person and day.

    Attributes
    ----------
    person
        Codes of the people with orders, rising.
    first
        Where each one's orders begin, and the end of all.
    day, units
        Of each order day.
    taste
        Standard score of log (1 + times watched), in few levels, aligned with `person`.
    rest, rest_taste
        How many people have no order, at each level of taste; and these levels.
    days
        Days seen, from 0.
    """

    person: Ints
    first: Ints
    day: Ints
    units: Ints
    taste: Floats
    rest: Floats
    rest_taste: Floats
    days: int

    @property
    def counts(self) -> Ints:
        """Order days of each person."""
        return np.diff(self.first)


def read_histories(
    orders: pd.DataFrame, *, days: int, people: int, watched: Ints | None = None
) -> Histories:
    """Return order histories, whatever the order of the rows.

    Parameters
    ----------
    orders
        Columns `person` (0 to people - 1), `day` (0 to days - 1), `qty` [units].
    days
        Days on which everybody could be seen ordering.
    people
        How many could have ordered, with those who did not.
    watched
        How often each person was seen watching, shape (people,): a sign of taste.
    """
    if len(orders) and not (
        orders["person"].between(0, people - 1).all() and orders["day"].between(0, days - 1).all()
    ):
        raise ParameterError(
            f"orders: person must be within 0 to {people - 1}, day within 0 to {days - 1}"
        )
    kept = orders.groupby(["person", "day"], sort=True)["qty"].sum().reset_index()
    person, place = np.unique(kept["person"].to_numpy(dtype=np.int64), return_inverse=True)
    taste = _taste(watched, people)
    levels, n = np.unique(np.delete(taste, person), return_counts=True)
    return Histories(
        person=person,
        first=np.searchsorted(place, np.arange(len(person) + 1)).astype(np.int64),
        day=kept["day"].to_numpy(dtype=np.int64),
        units=kept["qty"].to_numpy(dtype=np.int64).clip(1, MOST_UNITS),
        taste=taste[person],
        rest=n.astype(np.float64),
        rest_taste=levels,
        days=days,
    )


def _taste(watched: Ints | None, people: int) -> Floats:
    if watched is None or not np.ptp(watched):
        return np.zeros(people)
    score = np.log1p(np.asarray(watched, dtype=np.float64))
    score = (score - score.mean()) / score.std()
    return np.round(score * _LEVELS / 4) / (_LEVELS / 4)
