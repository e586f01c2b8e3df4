"""How well chances were told: log loss, Brier, AUC, calibration; and who told them better."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from liveattr.errors import ParameterError

__all__ = [
    "CLIP",
    "auc",
    "brier",
    "calibration",
    "concordance",
    "ece",
    "integrated_brier",
    "log_loss",
    "log_losses",
    "paired_bootstrap",
    "score_row",
]

Floats = NDArray[np.float64]

CLIP = 1e-4
"""Told chances are clipped to this and 1 less this: one wrong certainty must not decide a mean."""
GROUPS = 10


def log_losses(told: ArrayLike, came: ArrayLike) -> Floats:
    """Return -log of the chance that was told for what then happened, a number a row.

    Parameters
    ----------
    told
        Chances.
    came
        Whether it happened.
    """
    p, y = _checked(told, came)
    p = np.clip(p, CLIP, 1 - CLIP)
    return -np.where(y > 0, np.log(p), np.log1p(-p))


def log_loss(told: ArrayLike, came: ArrayLike) -> float:
    """Return the mean of `log_losses`.

    Examples
    --------
    >>> round(log_loss([0.5, 0.5], [1, 0]), 4)
    0.6931
    """
    return float(log_losses(told, came).mean())


def brier(told: ArrayLike, came: ArrayLike) -> float:
    """Return the mean squared difference of chance and outcome.

    Examples
    --------
    >>> brier([1.0, 0.5], [1, 0])
    0.125
    """
    p, y = _checked(told, came)
    return float(((p - y) ** 2).mean())


def auc(told: ArrayLike, came: ArrayLike) -> float:
    """Return the chance that one who came was told more than one who did not; ties count half.

    nan where all came, or nobody.

    Examples
    --------
    >>> auc([0.9, 0.2, 0.4], [1, 0, 1])
    1.0
    """
    from scipy.stats import rankdata

    p, y = _checked(told, came)
    ones = int(y.sum())
    if ones in (0, len(y)):
        return math.nan
    above = rankdata(p)[y > 0].sum() - ones * (ones + 1) / 2
    return float(above / (ones * (len(y) - ones)))


def calibration(told: ArrayLike, came: ArrayLike, *, groups: int = GROUPS) -> pd.DataFrame:
    """Return told and came of groups of equal size, sorted by what was told.

    People who were told the same chance share their outcome, so the order of rows is no matter.

    Parameters
    ----------
    told
        Chances.
    came
        Whether it happened.
    groups
        How many groups.

    Returns
    -------
    DataFrame
        `group` (1: lowest chances), `n` people, `told` and `came`: mean chance and share.

    Examples
    --------
    >>> calibration([0.1, 0.1, 0.9, 0.9], [0, 0, 1, 1], groups=2)["came"].tolist()
    [0.0, 1.0]
    """
    p, y = _checked(told, came)
    _, which, size = np.unique(p, return_inverse=True, return_counts=True)
    shared = np.bincount(which, weights=y)[which] / size[which]
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, groups) if len(part)]
    rows = [(len(part), float(p[part].mean()), float(shared[part].mean())) for part in parts]
    frame = pd.DataFrame(rows, columns=["n", "told", "came"])
    frame.insert(0, "group", np.arange(1, len(frame) + 1))
    return frame


def ece(told: ArrayLike, came: ArrayLike, *, groups: int = GROUPS) -> float:
    """Return the mean absolute difference of told and came over groups of equal size.

    Never 0, not even for true chances: about 0.8 √(p(1 - p) · groups / n) is left to chance.

    Examples
    --------
    >>> round(ece([0.25] * 4, [0, 0, 0, 1]), 3)
    0.0
    """
    found = calibration(told, came, groups=groups)
    return float((found["told"] - found["came"]).abs().mean())


def integrated_brier(told: ArrayLike, days: ArrayLike, duration: ArrayLike) -> float:
    """Return the Brier score averaged over time, for people all of whom were watched long enough.

    For comparison with papers. Nobody may be lost from sight before the last of `days`: then no weights
    by the chance of being lost are needed.

    Parameters
    ----------
    told
        Shape (people, days): chance of an order by each day.
    days
        Rising.
    duration
        [days] to the next order; inf: none was seen.
    """
    grid, chances = np.asarray(days, float), np.asarray(told, float)
    if chances.ndim != 2 or chances.shape[1] != len(grid):
        raise ParameterError("told must have one column for each of days")
    came = np.asarray(duration, float)[:, None] <= grid[None, :]
    scores = ((chances - came) ** 2).mean(axis=0)
    return float(np.trapezoid(scores, grid) / (grid[-1] - grid[0]))


def concordance(duration: ArrayLike, event: ArrayLike, told: ArrayLike) -> float:
    """Return Harrell's C by lifelines: whether who was told more came earlier.

    Blind to the level: all chances halved have the same C.
    """
    from lifelines.utils import concordance_index

    chances = np.asarray(told, float)
    return float(concordance_index(np.asarray(duration, float), -chances, np.asarray(event, bool)))


def paired_bootstrap(
    one: ArrayLike,
    other: ArrayLike,
    people: Sequence[object] | NDArray[np.generic] | None = None,
    *,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Return mean(one - other) and its interval, people drawn with replacement.

    Parameters
    ----------
    one, other
        Losses of two models on the same rows.
    people
        Whose row it is: all rows of a person are drawn together. None: each row is a person.
    draws
        Bootstrap draws.
    level
        Of the interval.
    seed
        Of the draws.

    Returns
    -------
    tuple
        difference, low, high; below 0: `one` is better.

    Examples
    --------
    >>> paired_bootstrap([1.0, 1.0], [2.0, 2.0])
    (-1.0, -1.0, -1.0)
    """
    difference = np.asarray(one, float) - np.asarray(other, float)
    which = np.arange(len(difference))
    if people is not None:
        which = np.unique(np.asarray(people), return_inverse=True)[1]
    size = np.bincount(which).astype(float)
    total = np.bincount(which, weights=difference)
    rng = np.random.default_rng(seed)
    means = np.empty(draws)
    for draw in range(draws):
        times = np.bincount(rng.integers(0, len(size), len(size)), minlength=len(size))
        means[draw] = times @ total / (times @ size)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(difference.mean()), float(low), float(high)


def score_row(told: ArrayLike, came: ArrayLike) -> dict[str, float]:
    """Return all scores of one model at one cut and horizon, as table `repurchase_score` names them."""
    p, y = _checked(told, came)
    return {
        "n": len(p),
        "log_loss": log_loss(p, y),
        "brier": brier(p, y),
        "auc": auc(p, y),
        "ece": ece(p, y),
        "told": float(p.sum()),
        "came": int(y.sum()),
    }


def _checked(told: ArrayLike, came: ArrayLike) -> tuple[Floats, Floats]:
    """Return both as doubles of one shape; a chance that is missing is an error, never a 0."""
    p, y = np.asarray(told, float), np.asarray(came, float)
    if p.shape != y.shape or p.ndim != 1 or not len(p):
        raise ParameterError(f"told and came have shapes {p.shape}, {y.shape}: one number a person")
    if not (np.isfinite(p).all() and (p >= 0).all() and (p <= 1).all()):
        raise ParameterError("told: a chance is missing or not between 0 and 1")
    return p, y
