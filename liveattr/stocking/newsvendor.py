"""What a stock is worth against an uncertain demand that is known by its quantiles only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from liveattr.errors import ParameterError

__all__ = ["QuantileCurves", "critical_ratio", "expected_left", "expected_short", "quantile_at"]

Floats = NDArray[np.float64]
LEAST = 1e-12
"""[pieces] What lies closer together is one number: a quotient by it may overflow."""


def critical_ratio(short_cost: ArrayLike, over_cost: ArrayLike) -> Floats:
    """Return the level up to which stock pays: cu / (cu + co), by SKU.

    Parameters
    ----------
    short_cost
        cu: what one piece short costs (its margin).
    over_cost
        co: what one piece left over costs, ≥ 0.

    Returns
    -------
    numpy.ndarray
        In [0, 1]; 0 where a piece short costs nothing; NaN where a cost is not known.

    Notes
    -----
    One more piece pays while cu P(D > x) > co P(D ≤ x). Assumes that what is short is lost, and that a
    piece left over costs the same whether it is the first or the thousandth.

    References
    ----------
    Arrow, Harris and Marschak, Optimal inventory policy, Econometrica (1951).

    Examples
    --------
    >>> critical_ratio([9.0, 0.0], [1.0, 1.0]).tolist()
    [0.9, 0.0]
    """
    cu, co = np.asarray(short_cost, float), np.asarray(over_cost, float)
    cu, co = np.broadcast_arrays(np.maximum(cu, 0.0), np.maximum(co, 0.0))
    ratio = np.divide(cu, cu + co, out=np.zeros(cu.shape), where=cu + co > 0)
    return np.where(np.isnan(cu) | np.isnan(co), np.nan, ratio)


@dataclass(frozen=True)
class QuantileCurves:
    """Demand of many SKUs by quantiles: straight between the levels, with two told tails.

    Below the first level the line of the first two goes on, not below 0; above the last one the tail
    is exponential through the last two, so an expectation is finite and has a closed form.

    Parameters
    ----------
    levels
        Of all SKUs alike, rising, in (0, 1).
    units
        SKU × level [pieces], made rising and not negative here.
    """

    levels: Floats
    units: Floats

    def __post_init__(self) -> None:
        """Check levels; sort out crossing quantiles."""
        levels, units = np.asarray(self.levels, float), np.atleast_2d(np.asarray(self.units, float))
        if (
            not len(levels)
            or not ((levels > 0) & (levels < 1)).all()
            or (np.diff(levels) <= 0).any()
        ):
            raise ParameterError("levels must rise and lie between 0 and 1")
        if units.shape[1] != len(levels) or not np.isfinite(units).all():
            raise ParameterError(f"units needs {len(levels)} finite numbers for every SKU")
        object.__setattr__(self, "levels", levels)
        object.__setattr__(self, "units", np.maximum.accumulate(np.maximum(units, 0.0), axis=1))

    def __len__(self) -> int:
        """Return the number of SKUs."""
        return len(self.units)

    def take(self, at: NDArray[np.bool_] | NDArray[np.int64]) -> QuantileCurves:
        """Return the curves of some SKUs."""
        return QuantileCurves(self.levels, self.units[at])

    @property
    def lowest(self) -> Floats:
        """Units at level 0."""
        first = self.units[:, 0]
        if len(self.levels) < 2:
            return first
        slope = (self.units[:, 1] - first) / (self.levels[1] - self.levels[0])
        return np.clip(first - slope * self.levels[0], 0.0, first)

    @property
    def tail(self) -> Floats:
        """Mean excess over the last level, of what lies beyond it."""
        if len(self.levels) < 2:
            return np.zeros(len(self))
        step = np.log1p(-self.levels[-2]) - np.log1p(-self.levels[-1])
        return (self.units[:, -1] - self.units[:, -2]) / step

    @property
    def mean(self) -> Floats:
        """Mean of the curve."""
        return expected_short(self, np.zeros(len(self)))


def quantile_at(curves: QuantileCurves, level: ArrayLike) -> Floats:
    """Return the units that suffice with the chance `level`, one level for each SKU (or for all).

    Raises
    ------
    ParameterError
        A level outside [0, 1).

    Examples
    --------
    >>> curves = QuantileCurves(np.array([0.2, 0.5, 0.8]), np.array([[10.0, 20, 40]]))
    >>> quantile_at(curves, 0.65).tolist()
    [30.0]
    """
    wanted = np.broadcast_to(np.asarray(level, float), (len(curves),))
    if not ((wanted >= 0) & (wanted < 1)).all():
        raise ParameterError("a level must lie in [0, 1)")
    levels = np.append(0.0, curves.levels)
    row = np.arange(len(curves))
    after = np.clip(np.searchsorted(levels, wanted, side="left"), 1, len(levels) - 1)
    low = np.where(after == 1, curves.lowest, curves.units[row, np.maximum(after - 2, 0)])
    high = curves.units[row, after - 1]
    part = (wanted - levels[after - 1]) / (levels[after] - levels[after - 1])
    inside = low + np.minimum(part, 1.0) * (high - low)
    beyond = np.maximum(np.log1p(-levels[-1]) - np.log1p(-wanted), 0.0)
    return inside + curves.tail * beyond


def expected_short(curves: QuantileCurves, stock: ArrayLike) -> Floats:
    """Return the pieces that are wanted beyond `stock`, in expectation: E max(D - x, 0).

    Exact for the curve: the integral over the levels of how far the quantile lies above the stock.

    Examples
    --------
    >>> sure = QuantileCurves(np.array([0.5]), np.array([[10.0]]))
    >>> expected_short(sure, 4.0).tolist()
    [6.0]
    """
    x = np.broadcast_to(np.asarray(stock, float), (len(curves),))
    ends = np.column_stack([curves.lowest, curves.units])
    over, rise = np.maximum(ends - x[:, None], 0.0), np.diff(ends, axis=1)
    above = np.divide(over[:, 1:], rise, out=np.ones(rise.shape), where=rise > LEAST)
    total = (
        (np.minimum(above, 1.0) * (over[:, 1:] + over[:, :-1]))
        @ np.diff(curves.levels, prepend=0.0)
        / 2
    )
    last, tail, rest = ends[:, -1], curves.tail, 1.0 - curves.levels[-1]
    deep = np.divide(last - x, tail, out=np.full(len(x), -np.inf), where=tail > LEAST)
    far = np.where(tail > LEAST, tail * np.exp(np.minimum(deep, 0.0)), 0.0)
    return total + rest * (np.maximum(last - x, 0.0) + far)


def expected_left(curves: QuantileCurves, stock: ArrayLike) -> Floats:
    """Return the pieces left of `stock`, in expectation: E max(x - D, 0).

    Examples
    --------
    >>> sure = QuantileCurves(np.array([0.5]), np.array([[10.0]]))
    >>> expected_left(sure, 14.0).tolist()
    [4.0]
    """
    x = np.broadcast_to(np.asarray(stock, float), (len(curves),))
    return np.maximum(x - curves.mean + expected_short(curves, x), 0.0)
