"""Logistic regression with a small ridge, by Newton's method: two of them make a T-learner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["chance", "fit_logit"]

Floats = NDArray[np.float64]

_STEPS = 25
_CLOSE = 1e-8


def fit_logit(x: Floats, y: Floats, *, ridge: float = 1.0, start: Floats | None = None) -> Floats:
    """Fit log-odds that are linear in the columns.

    Parameters
    ----------
    x
        Shape (n, k), columns of like scale.
    y
        0 or 1, shape (n,).
    ridge
        Half of it times the squared coefficients is added to the deviance / 2; not on the intercept.
    start
        Coefficients to begin from.

    Returns
    -------
    numpy.ndarray
        Intercept and k coefficients.

    Notes
    -----
    The ridge keeps the answer finite where a column tells the outcome exactly. Steps that would raise
    the loss are halved.
    """
    design = np.column_stack([np.ones(len(x)), x])
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-9
    beta = np.zeros(design.shape[1]) if start is None else start.copy()
    loss = _loss(design, y, beta, penalty)
    for _ in range(_STEPS):
        p = chance(x, beta)
        gradient = design.T @ (p - y) + penalty * beta
        weight = np.maximum(p * (1 - p), 1e-10)
        hessian = (design * weight[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        if gradient @ step < _CLOSE:
            break
        size, tried = 1.0, loss
        while size > 1e-4:
            tried = _loss(design, y, beta - size * step, penalty)
            if tried <= loss:
                break
            size /= 2
        beta, loss = beta - size * step, tried
    return beta


def chance(x: Floats, beta: Floats) -> Floats:
    """Return the chance at each row, from the coefficients of `fit_logit`."""
    found: Floats = 1 / (1 + np.exp(-np.clip(beta[0] + x @ beta[1:], -30, 30)))
    return found


def _loss(design: Floats, y: Floats, beta: Floats, penalty: Floats) -> float:
    z = design @ beta
    return float(np.logaddexp(0, z).sum() - y @ z + 0.5 * (penalty * beta * beta).sum())
