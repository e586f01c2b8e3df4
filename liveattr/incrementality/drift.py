"""A level that wanders, with noise on top: its inverse covariance in linear time.

y = level + noise; level(t) = level(t - 1) + N(0, steps(t)), level before the first day 0;
noise(t) = N(0, noise(t)). V = K + diag(noise) with K(i, j) = Σ steps up to min(i, j), and K⁻¹ is
tridiagonal, so V⁻¹ = D - D (D + K⁻¹)⁻¹ D with D = 1 / noise (Woodbury).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Drift", "drift"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Drift:
    """A covariance V that is never written out.

    Attributes
    ----------
    precise
        1 / variance of each day's noise.
    root
        Banded Cholesky root of D + K⁻¹.
    log_det
        log |V|.
    """

    precise: Floats
    root: Floats
    log_det: float

    def inverse(self, v: Floats) -> Floats:
        """Return V⁻¹ v for `v` of shape (days, columns)."""
        from scipy.linalg import cho_solve_banded

        d = self.precise[:, None] * v
        solved = cho_solve_banded((self.root, True), d, check_finite=False)
        return np.asarray(d - self.precise[:, None] * solved)


def drift(steps: Floats, noise: Floats) -> Drift:
    """Factor V.

    Parameters
    ----------
    steps
        Variance of the level's step onto each day.
    noise
        Variance of each day's noise.

    Examples
    --------
    >>> one = drift(np.array([4.0]), np.array([1.0]))
    >>> one.inverse(np.array([[10.0]])).round(6).tolist(), round(one.log_det, 6)
    ([[2.0]], 1.609438)
    """
    from scipy.linalg import cholesky_banded

    band = np.zeros((2, len(noise)))
    band[0] = 1 / noise + 1 / steps
    band[0, :-1] += 1 / steps[1:]
    band[1, :-1] = -1 / steps[1:]
    root = cholesky_banded(band, lower=True, check_finite=False)
    log_det = 2 * np.log(root[0]).sum() + np.log(noise).sum() + np.log(steps).sum()
    return Drift(1 / noise, root, float(log_det))
