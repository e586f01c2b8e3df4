"""One log-linear model of all SKUs: ratio to the own base, quasi-Poisson, by iterated least squares."""

from __future__ import annotations

import numpy as np

__all__ = ["fit_ratio", "foretold_ratio"]

ROUNDS = 12
LARGEST = 3.0
"""The model moves the base by no more than e to this power."""


def fit_ratio(
    columns: np.ndarray, ratio: np.ndarray, weight: np.ndarray, ridge: float = 1e-6
) -> np.ndarray:
    """Coefficients of log E[ratio] = columns · beta, with variance proportional to the mean.

    Parameters
    ----------
    columns : array (rows × columns)
        Without missing values; constant columns and columns that repeat others are shared out by the ridge.
    ratio : array
        Units over base, ≥ 0.
    weight : array
        Trust in each row.
    ridge : float
        Pull to zero, as a share of the weight of a row on average.

    Notes
    -----
    Iterated weighted least squares on the quasi-likelihood of a Poisson [1]_; with ridge → 0 the same as
    ``statsmodels.GLM(ratio, columns, Poisson(), var_weights=weight)``. Wrong where the effect of a column is
    not a factor.

    .. [1] McCullagh, P., Nelder, J. (1989), Generalized Linear Models, 2nd ed., section 9.2.
    """
    beta = np.zeros(columns.shape[1])
    scale = np.sqrt((columns**2).mean(0)) if len(columns) else np.ones(columns.shape[1])
    pull = ridge * weight.sum() * np.where(scale > 0, scale**2, 1.0) + 1e-12
    mean = np.maximum((ratio + np.average(ratio, weights=weight)) / 2.0, 1e-3)
    eta = np.log(mean)
    for _ in range(ROUNDS):
        load = weight * mean
        target = eta + (ratio - mean) / mean
        left = (columns * load[:, None]).T @ columns
        new = np.linalg.solve(left + np.diag(pull), columns.T @ (load * target))
        moved, beta = np.abs(new - beta).max(), new
        eta = np.clip(columns @ beta, -LARGEST, LARGEST)
        mean = np.exp(eta)
        if moved < 1e-5:
            break
    return beta


def foretold_ratio(columns: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """exp(columns · beta), bounded, for columns of any leading shape."""
    return np.exp(np.clip(columns @ beta, -LARGEST, LARGEST))
