"""How long a broadcast works: memory that fades by the same share every day (adstock)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["fading", "memory_of"]

Floats = NDArray[np.float64]


def memory_of(dose: Floats, keeps: Floats | float) -> Floats:
    """Return memory day by day: m(t) = keeps × m(t - 1) + dose(t).

    Parameters
    ----------
    dose
        Shape (..., days): broadcasts, or whatever is remembered.
    keeps
        Share that is left on the next day, 0 to below 1; a number, or one for each row of `dose`.

    Examples
    --------
    >>> memory_of(np.array([1.0, 0.0, 0.0]), 0.5).tolist()
    [1.0, 0.5, 0.25]
    """
    found = np.array(dose, dtype=float)
    for day in range(1, found.shape[-1]):
        found[..., day] += keeps * found[..., day - 1]
    return found


def fading(keeps: float, days: int) -> Floats:
    """Return what is left of 1 after 0, 1, … days - 1 days.

    Examples
    --------
    >>> fading(0.5, 3).tolist()
    [1.0, 0.5, 0.25]
    """
    return np.asarray(keeps ** np.arange(days, dtype=float))
