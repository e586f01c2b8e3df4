"""Takes out of a daily series what is no contrast between days: level, weekday, controls, wild days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liveattr.errors import ParameterError

__all__ = ["DayContrast", "contrast_of"]

Floats = NDArray[np.float64]

_WANDER = (0.001, 0.005, 0.02, 0.08, 0.3)
"""Variance of the level's daily step, in variances of the noise: the values that are tried."""
_WILD = 3.0
"""[sd] A day that is further off weighs less."""
_ROUNDS = 4
_WEEK = 7


@dataclass(frozen=True)
class DayContrast:
    """How days are compared.

    Attributes
    ----------
    whiten
        Shape (days, days): makes what is left of the noise independent, of variance 1.
    basis
        Shape (days, k): orthonormal columns of weekday and controls, whitened.
    """

    whiten: Floats
    basis: Floats

    def __call__(self, series: Floats) -> Floats:
        """Return series of shape (..., days) whitened, without weekday and controls."""
        white = series @ self.whiten.T
        return np.asarray(white - (white @ self.basis) @ self.basis.T)

    def without(self, columns: Sequence[Floats]) -> DayContrast:
        """Return the same with more columns of shape (days,) taken out."""
        if not columns:
            return self
        return DayContrast(
            self.whiten, np.column_stack([self.basis, _spanned(self(np.array(columns)).T)])
        )


def contrast_of(orders: Floats, controls: Iterable[Floats] = ()) -> DayContrast:
    """Find how the days of a series are best compared.

    Parameters
    ----------
    orders
        [orders] Shape (days,).
    controls
        More columns of shape (days,).

    Raises
    ------
    ParameterError
        If a control is missing on some days.

    Notes
    -----
    orders = weekday + controls + level + noise; the level is a random walk whose step is taken from five
    values by restricted likelihood; a day more than 3 sd off (a festival that nobody named) counts for
    less (Huber 1964). Nothing of it looks at who was on air, so a test that redraws the calendar keeps
    its level whatever is found here.
    """
    day = np.arange(len(orders))
    x = np.column_stack([day[:, None] % _WEEK == np.arange(_WEEK), *controls]).astype(float)
    if not np.isfinite(x).all():
        raise ParameterError("days: a control is missing on some days; give each day a number")
    walk = np.minimum.outer(day + 1.0, day + 1.0)
    noise = np.ones(len(orders))
    for _ in range(_ROUNDS):
        fits = [_fit(orders, x, walk, wander, noise) for wander in _WANDER]
        _, contrast, rest = max(fits, key=lambda fit: fit[0])
        spread = max(1.4826 * float(np.median(np.abs(rest))), 1e-9)
        noise = np.maximum(np.abs(rest) / (_WILD * spread), 1.0)
    return contrast


def _fit(
    y: Floats, x: Floats, walk: Floats, wander: float, noise: Floats
) -> tuple[float, DayContrast, Floats]:
    """Return restricted log likelihood, contrast, and the noise that the days would have."""
    root = np.linalg.cholesky(np.diag(noise) + wander * walk)
    whiten = np.linalg.inv(root)
    contrast = DayContrast(whiten, _spanned(whiten @ x))
    rest = contrast(y)
    free = len(y) - contrast.basis.shape[1]
    variance = max(float(rest @ rest) / free, 1e-12)
    size = np.linalg.svd(contrast.basis.T @ whiten @ x, compute_uv=False)
    size = size[: contrast.basis.shape[1]]
    log = np.log(np.diag(root)).sum() + np.log(size).sum() + free / 2 * np.log(variance)
    return float(-log), contrast, noise * (whiten.T @ rest)


def _spanned(x: Floats) -> Floats:
    """Return orthonormal columns that span the columns of x."""
    left, size, _ = np.linalg.svd(x, full_matrices=False)
    return np.asarray(left[:, size > max(size[0] * 1e-9, 1e-12)])
