"""Intervals of credit: what drawing other people from the same crowd would give.

A result f is a smooth function of sums over journeys. To first order, person c changes it by
u_c (the influence), and drawing n people anew, with replacement, gives

    variance = n / (n - 1) × (Σ u_c² - (Σ u_c)² / n)

For credit that is a sum over journeys (rules, simplified Shapley) this is not an approximation: it is
the variance of the bootstrap, without its noise. For Markov chains it is the delta method. The
journeys of one person are not independent of each other, so people are drawn and not journeys
wherever the table says who they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.path_table import Paths
from liveattr.errors import ParameterError, TableError

__all__ = ["Draws", "check_level", "draws_of", "variance_of", "with_interval"]

Floats = NDArray[np.float64]


class Draws(NamedTuple):
    """What is drawn anew.

    Attributes
    ----------
    order : numpy.ndarray of int64, shape (n_paths,)
        Rows, those of one person side by side; empty: each row is as many journeys as it counts.
    ends : numpy.ndarray of bool, shape (n_paths,)
        Whether a row of `order` is the last one of its person; empty as well.
    n
        How many people, or journeys, are drawn.
    """

    order: NDArray[np.int64]
    ends: NDArray[np.bool_]
    n: float


def check_level(interval: float | None) -> None:
    """Refuse a level that is none.

    Raises
    ------
    ParameterError
        If the level is not between 0 and 1.
    """
    if interval is not None and not 0 < interval < 1:
        raise ParameterError(f"interval: a level between 0 and 1, such as 0.95; got {interval!r}")


def draws_of(paths: Paths) -> Draws:
    """Say what is drawn anew: people if the table knows them, else each journey by itself.

    Raises
    ------
    TableError
        If there are fewer than two to draw from.
    """
    if paths.person is None:
        n = float(paths.conversions.sum() + paths.nulls.sum())
        found = Draws(np.empty(0, np.int64), np.empty(0, np.bool_), n)
    else:
        order = np.argsort(paths.person, kind="stable")
        person = paths.person[order]
        ends = np.ones(len(person), np.bool_)
        ends[:-1] = person[1:] != person[:-1]
        found = Draws(order, ends, float(ends.sum()))
    if len(paths) and found.n <= 1:
        raise TableError("interval: one person, or one journey, says nothing of how others differ")
    return found


def variance_of(squares: Floats, total: Floats, n: float) -> Floats:
    """Return the variance from Σ u², Σ u and how many are drawn; see above."""
    if n <= 1:
        return np.zeros_like(squares)
    varied: Floats = np.maximum(squares - total**2 / n, 0.0) * (n / (n - 1))
    return varied


def with_interval(frame: pd.DataFrame, name: str, variance: Floats, level: float) -> pd.DataFrame:
    """Add `<name>_se, <name>_low, <name>_high` to a frame: estimate ± z × standard error.

    Notes
    -----
    z is the normal quantile. With a handful of conversions behind a number the normal law is a poor
    picture of it: such an interval may end below zero, which says that there is too little to see.
    """
    from scipy.special import ndtri

    se = np.sqrt(variance)
    z = float(ndtri(0.5 + level / 2))
    value = frame[name].to_numpy()
    return frame.assign(
        **{f"{name}_se": se, f"{name}_low": value - z * se, f"{name}_high": value + z * se}
    )
