"""From draws to a row of the table `lift`: one interval, and the p-value of the same draws."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = ["POWER", "Span", "as_counts", "detectable", "span", "two_sided"]

Floats = NDArray[np.float64]
Span = tuple[float, float, float]
POWER = 0.8
"""A smallest detectable effect is found so often."""


def span(draws: Floats, level: float) -> Span:
    """Return mean, lower and upper end of draws.

    Examples
    --------
    >>> span(np.arange(101.0), 0.5)
    (50.0, 25.0, 75.0)
    """
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(draws.mean()), float(low), float(high)


def two_sided(draws: Floats) -> float:
    """Return the two-sided p-value of no effect: twice the rarer side of 0, at least 1 draw.

    Examples
    --------
    >>> two_sided(np.array([-1.0, 2.0, 3.0, 4.0]))
    0.5
    """
    below = min(float((draws <= 0).mean()), float((draws >= 0).mean()))
    return min(1.0, 2 * max(below, 1 / len(draws)))


def detectable(draws: Floats, level: float) -> float:
    """Return the smallest effect that an interval of this level finds with a power of 80 %."""
    normal = NormalDist()
    return float(draws.std() * (normal.inv_cdf((1 + level) / 2) + normal.inv_cdf(POWER)))


def as_counts(draws: Floats, rng: np.random.Generator) -> Floats:
    """Add the chance of a count: what a broadcast did bring, not what its like bring on average."""
    noise = rng.standard_normal(draws.shape)
    return np.asarray(draws + np.sqrt(draws.clip(min=0)) * noise)
