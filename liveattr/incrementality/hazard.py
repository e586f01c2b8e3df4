"""The chance that a person does something on a day, by what is known of him: logit with day effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liveattr.errors import MissingDataError

__all__ = ["DayLogit", "fit_day_logit"]

Floats = NDArray[np.float64]
Cells = NDArray[np.float32]

_ROUNDS = 25
_STEP = 1.0
"""The longest step of one round, in log-odds."""
_CLOSE = 1e-3
_RIDGE = 0.01
"""A column that is empty gets a coefficient of 0."""


@dataclass(frozen=True)
class DayLogit:
    """A fitted model.

    Attributes
    ----------
    names
        Columns.
    coef
        Shape (columns,): log-odds for each unit.
    covariance
        Of `coef`, by persons: what one person does on several days counts as one.
    days
        Shape (days,): log-odds of each day where all columns are 0.
    events
        Cells in which it happened.
    """

    names: tuple[str, ...]
    coef: Floats
    covariance: Floats
    days: Floats
    events: int

    def of(self, names: list[str]) -> tuple[Floats, Floats]:
        """Return coefficients and covariance of some columns."""
        at = [self.names.index(name) for name in names]
        return self.coef[at], self.covariance[np.ix_(at, at)]

    def index(self, columns: Mapping[str, Cells]) -> Cells:
        """Return Σ coefficient × column over some of the columns, shape (days, people)."""
        weights = dict(zip(self.names, self.coef, strict=True))
        found = np.zeros_like(next(iter(columns.values())))
        for name, column in columns.items():
            found += np.float32(weights[name]) * column
        return found


def fit_day_logit(
    happened: Cells,
    columns: Mapping[str, Cells],
    *,
    keep: Cells | None = None,
    offset: Cells | None = None,
    start: DayLogit | None = None,
) -> DayLogit:
    """Fit log-odds(happened) = day + Σ coefficient × column + offset.

    Parameters
    ----------
    happened
        Shape (days, people): 0 or 1.
    columns
        Name → shape (days, people).
    keep
        Cells that count: 1, else 0; by default all.
    offset
        [log-odds] Known part.
    start
        A fit of the same columns to begin with.

    Returns
    -------
    DayLogit
        By maximum likelihood, with a ridge so small that it matters in empty columns only.

    Raises
    ------
    MissingDataError
        If it never happened.

    Notes
    -----
    Newton steps; the day effects are solved for apart (their part of the matrix is diagonal). Day
    effects take away whatever moves all people alike: weekdays, festivals, a stock-out.
    """
    events = int((happened if keep is None else happened * keep).sum())
    if not events:
        raise MissingDataError("nobody did it on any of these days, so nothing can be told")
    x = np.stack(list(columns.values()), axis=-1)
    middle = x.mean(axis=1, keepdims=True)
    x -= middle  # what is alike for all on a day is the day's: exactly 0 here
    ones = np.ones_like(happened) if keep is None else keep
    coef = np.zeros(x.shape[-1]) if start is None else start.coef.copy()
    share = np.clip((happened * ones).sum(1) / np.maximum(ones.sum(1), 1), 1e-5, 1 - 1e-5)
    day = np.log(share / (1 - share)).astype(float)
    if start is not None:
        day = start.days + middle[:, 0] @ coef
    for _ in range(_ROUNDS):
        rest, weight = _cells(happened, x, ones, offset, coef, day)
        curve, both, own = _curvature(x, weight)
        slope, at_day = rest.ravel() @ x.reshape(-1, x.shape[-1]), rest.sum(1, dtype=float)
        slope = slope - _RIDGE * coef
        step = np.linalg.solve(curve, slope - both.T @ (at_day / own))
        of_day = (at_day - both @ step) / own
        longest = float(max(np.abs(step).max(), np.abs(of_day).max()))
        short = min(1.0, _STEP / longest) if longest else 1.0
        coef += short * step
        day += short * of_day
        if longest < _CLOSE:
            break
    rest, weight = _cells(happened, x, ones, offset, coef, day)
    curve, both, own = _curvature(x, weight)
    mine = _by_person(x, rest, both / own[:, None])
    inverse = np.linalg.inv(curve)
    covariance = inverse @ (mine.T @ mine) @ inverse
    return DayLogit(tuple(columns), coef, covariance, day - middle[:, 0] @ coef, events)


def _cells(
    happened: Cells, x: Cells, ones: Cells, offset: Cells | None, coef: Floats, day: Floats
) -> tuple[Cells, Cells]:
    """Return what happened less what was to be expected, and its variance."""
    odds = x @ coef.astype(np.float32) + day.astype(np.float32)[:, None]
    if offset is not None:
        odds += offset
    chance = np.float32(1) / (np.float32(1) + np.exp(-odds))
    return (happened - chance) * ones, chance * (1 - chance) * ones


def _curvature(x: Cells, weight: Cells) -> tuple[Floats, Floats, Floats]:
    """Return the information of the columns with the days taken out, with them, and of the days."""
    flat = x.reshape(-1, x.shape[-1])
    whole = ((flat * weight.reshape(-1, 1)).T @ flat).astype(float)
    whole += _RIDGE * np.eye(len(whole))
    both = np.matmul(weight[:, None, :], x)[:, 0, :].astype(float)
    own = np.maximum(weight.sum(1, dtype=float), 1e-9)
    return whole - both.T @ (both / own[:, None]), both, own


def _by_person(x: Cells, rest: Cells, mean: Floats) -> Floats:
    """Return the score of each person, shape (people, columns)."""
    found = np.zeros(x.shape[1:])
    for day in range(len(x)):
        found += rest[day][:, None] * (x[day] - mean[day].astype(np.float32))
    return found
