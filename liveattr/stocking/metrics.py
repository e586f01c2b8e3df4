"""How well demand was foretold: scaled pinball loss, MASE, WAPE, bias, coverage, newsvendor cost.

Arrays are SKU × step; NaN in `came` is a step that is not known (it could not be bought), which counts
nowhere. A score of a SKU is the mean over its known steps; NaN: it has none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from liveattr.errors import ParameterError

__all__ = [
    "bias",
    "coverage",
    "mase",
    "newsvendor_cost",
    "pinball_loss",
    "row_means",
    "scaled_pinball",
    "seasonal_scale",
    "wape",
]

Floats = NDArray[np.float64]


def seasonal_scale(units: ArrayLike, season: int = 7, last: int = 364) -> Floats:
    """Return what a series changes by from one season to the next: the unit of its scores.

    Parameters
    ----------
    units
        SKU × past step [pieces], NaN: not known.
    season
        Steps of a season: 7 for days, 1 for months.
    last
        Steps that are read, from the end.

    Returns
    -------
    numpy.ndarray
        By SKU, mean |y(t) - y(t - season)| over pairs that are both known; NaN where that is 0 or no
        pair is known: such a series cannot be scored.

    References
    ----------
    Hyndman and Koehler, Another look at measures of forecast accuracy, International Journal of
    Forecasting (2006); there over the whole history, here over the last year.

    Examples
    --------
    >>> seasonal_scale([[1.0, 3.0, np.nan, 6.0, 7.0]], season=1).tolist()
    [1.5]
    """
    if season < 1 or last < 1:
        raise ParameterError(f"season and last must be at least 1, not {season} and {last}")
    y = np.atleast_2d(np.asarray(units, float))[:, -last:]
    scale = row_means(np.abs(y[:, season:] - y[:, :-season]))
    return np.where(scale > 0, scale, np.nan)


def pinball_loss(came: ArrayLike, told: ArrayLike, levels: ArrayLike) -> Floats:
    """Return what each quantile cost: level × too little, (1 - level) × too much; not doubled.

    Parameters
    ----------
    came
        SKU × step.
    told
        SKU × step × level, or with 1 in place of a length that does not matter.
    levels
        In (0, 1).

    Returns
    -------
    numpy.ndarray
        SKU × step × level, in pieces. Its expectation is least at the true quantile.

    References
    ----------
    Gneiting and Raftery, Strictly proper scoring rules, prediction, and estimation, Journal of the
    American Statistical Association (2007).

    Examples
    --------
    >>> pinball_loss([[10.0]], [[[6.0, 12.0]]], [0.5, 0.9]).round(3).tolist()
    [[[2.0, 0.2]]]
    """
    level = np.asarray(levels, float)
    if not ((level > 0) & (level < 1)).all():
        raise ParameterError("levels must lie between 0 and 1")
    off = np.asarray(came, float)[..., None] - np.asarray(told, float)
    return np.asarray(np.maximum(level * off, (level - 1) * off))


def scaled_pinball(came: ArrayLike, told: ArrayLike, levels: ArrayLike, scale: ArrayLike) -> Floats:
    """Return by SKU the mean pinball loss over levels and known steps, in units of its scale.

    Wrong to compare between sets of levels: the outer ones cost less. NaN where the scale is.
    """
    return row_means(pinball_loss(came, told, levels).mean(-1)) / np.asarray(scale, float)


def mase(came: ArrayLike, middle: ArrayLike, scale: ArrayLike) -> Floats:
    """Return by SKU the mean absolute error of a median, in units of its scale.

    It never chooses a model here: where most steps are 0, the best of all by it is to tell 0 always.
    """
    off = np.abs(np.asarray(came, float) - np.asarray(middle, float))
    return row_means(off) / np.asarray(scale, float)


def wape(came: ArrayLike, middle: ArrayLike) -> float:
    """Return the sum of absolute errors over the sum of what came; NaN if nothing came."""
    y, x = _known(came, middle)
    return float(np.abs(y - x).sum() / y.sum()) if y.sum() > 0 else float("nan")


def bias(came: ArrayLike, mean: ArrayLike) -> float:
    """Return told / came - 1, of sums of means; NaN if nothing came.

    Examples
    --------
    >>> bias([[1.0, np.nan, 3.0]], [[2.0, 9.0, 3.0]])
    0.25
    """
    y, x = _known(came, mean)
    return float(x.sum() / y.sum() - 1) if y.sum() > 0 else float("nan")


def coverage(came: ArrayLike, low: ArrayLike, high: ArrayLike) -> Floats:
    """Return by SKU the share of known steps inside [low, high], both ends counted.

    Counts of pieces sit on the ends of their intervals: a right 90 % interval of few pieces holds more.
    """
    y = np.asarray(came, float)
    inside = (y >= np.asarray(low, float)) & (y <= np.asarray(high, float))
    return row_means(np.where(np.isfinite(y), inside, np.nan))


def newsvendor_cost(came: ArrayLike, stock: ArrayLike, level: float) -> Floats:
    """Return the cost of a stock for one step: 1 a piece short, (1 - level) / level a piece over.

    Returns
    -------
    numpy.ndarray
        SKU × step; the pinball loss over the level. `level` is the critical ratio for which it stands.

    Examples
    --------
    >>> newsvendor_cost([10.0, 2.0], [6.0, 6.0], 0.8).round(6).tolist()
    [4.0, 1.0]
    """
    if not 0 < level < 1:
        raise ParameterError(f"level must lie between 0 and 1, not {level}")
    off = np.asarray(came, float) - np.asarray(stock, float)
    return np.maximum(off, 0.0) + np.maximum(-off, 0.0) * ((1 - level) / level)


def row_means(value: ArrayLike) -> Floats:
    """Return the mean of each row over what is known of it; NaN: nothing is."""
    rows = np.asarray(value, float)
    known = np.isfinite(rows)
    mean = np.where(known, rows, 0.0).sum(-1) / np.maximum(known.sum(-1), 1)
    return np.where(known.any(-1), mean, np.nan)


def _known(came: ArrayLike, told: ArrayLike) -> tuple[Floats, Floats]:
    y, x = np.broadcast_arrays(np.asarray(came, float), np.asarray(told, float))
    seen = np.isfinite(y) & np.isfinite(x)
    return y[seen], x[seen]
