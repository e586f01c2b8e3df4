"""Regression with a slowly moving level and rare wild days, solved in linear time.

y = X b + level + noise; level(t) = level(t - 1) + sl × N(0, 1); noise(t) ~ s × Student-t. The t is
a normal whose variance is divided by a weight of each day (Lange, Little and Taylor 1989), so that a
festival that nobody announced counts for little. With weights given everything is normal, and
V = sl² min(i, j) + s² / w has a tridiagonal inverse once the level is written out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Walk", "fit_walk"]

Floats = NDArray[np.float64]

_ROUNDS = 40
_SETTLED = 0.02
"""Weights of days move by less than this: the fit has settled."""
_EVERY = 3
"""The two scales are found anew each so many rounds of weights."""


@dataclass(frozen=True)
class Walk:
    """A fitted regression.

    Attributes
    ----------
    coef, covariance
        Of the columns of X, given the scales.
    level
        The level's mean, day by day.
    level_sd, noise_sd
        In units of y.
    weights
        Of the days; far below 1: a wild day.
    evidence
        Log likelihood with coefficients, level and t integrated out, as far as it differs between
        choices of X; for comparing them.
    """

    coef: Floats
    covariance: Floats
    level: Floats
    level_sd: float
    noise_sd: float
    weights: Floats
    evidence: float


def fit_walk(
    y: Floats, x: Floats, *, scale: float, slow: float = 0.07, spread: float = 0.7, dof: float = 4.0
) -> Walk:
    """Fit the regression.

    Parameters
    ----------
    y, x
        Shapes (days,) and (days, columns); the columns hold the constant.
    scale
        What noise is about, e.g. the root of the mean count; the two scales are told in it.
    slow, spread
        Log-normal prior of the level's daily step: its median (in `scale`) and the sd of its logarithm.
    dof
        Degrees of freedom of the t.
    """
    from scipy.optimize import minimize

    weights, step, noise = np.ones(len(y)), slow, 1.2

    def loss(logs: Floats) -> float:
        a, b = np.exp(logs)
        off = (logs[0] - np.log(slow)) / spread
        return float(-_solve(y, x, a * scale, b * scale, weights).evidence + off**2 / 2)

    for turn in range(_ROUNDS):
        now = _solve(y, x, step * scale, noise * scale, weights)
        rest = (y - x @ now.coef - now.level) / (noise * scale)
        before, weights = weights, (dof + 1) / (dof + rest**2)
        if turn % _EVERY == 0:
            options = {"xatol": 0.02, "fatol": 0.01, "maxiter": 60}
            found = minimize(loss, np.log([step, noise]), method="Nelder-Mead", options=options)
            step, noise = map(float, np.exp(found.x))
        elif np.abs(weights - before).max() < _SETTLED:
            break
    end = _solve(y, x, step * scale, noise * scale, weights)
    tails = (np.log(weights) - dof * (weights - np.log(weights))).sum() / 2
    return Walk(
        end.coef, end.covariance, end.level, step * scale, noise * scale, weights,
        end.evidence + float(tails),
    )  # fmt: skip


def _solve(y: Floats, x: Floats, step: float, noise: float, weights: Floats) -> Walk:
    """Solve for coefficients and level at given scales and weights.

    V⁻¹ = D - D Q⁻¹ D with D = w / s² and Q = D + R / sl², where R is the inverse of min(i, j); its
    determinant is 1.
    """
    from scipy.linalg import cho_solve_banded, cholesky_banded

    days = len(y)
    precise = weights / noise**2
    band = np.empty((2, days))
    band[0] = precise + 2 / step**2
    band[0, -1] -= 1 / step**2
    band[1] = -1 / step**2
    root = cholesky_banded(band, lower=True, check_finite=False)

    def inverse(v: Floats) -> Floats:
        d = precise[:, None] * v
        return np.asarray(d - precise[:, None] * cho_solve_banded((root, True), d))

    vx = inverse(x)
    inner = x.T @ vx
    covariance = np.asarray(np.linalg.inv(inner), dtype=float)
    coef = covariance @ (vx.T @ y)
    rest = y - x @ coef
    weighted = inverse(rest[:, None])[:, 0]
    level = rest - weighted / precise
    log_v = 2 * np.log(root[0]).sum() + 2 * days * np.log(step) - np.log(precise).sum()
    evidence = -(rest @ weighted + log_v + np.linalg.slogdet(inner)[1]) / 2
    return Walk(coef, covariance, level, step, noise, weights, float(evidence))
