"""What moves demand: effects that all SKUs share, and what each SKU differs by, as far as its past bears it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liveattr.stocking.glm import fit_ratio

__all__ = ["Groups", "centred_level", "common_effects", "dispersion", "log_common", "own_ratios"]

HALF_WINDOW = {7: 28, 1: 12}
"""[steps] The level around a step is read from so many before and after it."""
MOST_ROWS = 120_000
ROUNDS = 2
FEWEST = 0.02
"""[pieces a step] A level is not told below."""
LARGEST = 4.0
"""Common effects move a level by no more than e to this power."""


def centred_level(units: np.ndarray, expected: np.ndarray, half: int) -> np.ndarray:
    """Return units over what was expected, within `half` steps around each step; SKU × step."""
    told = np.isfinite(units)
    top, below = _sums(np.nan_to_num(units)), _sums(np.where(told, expected, 0.0))
    step = np.arange(units.shape[1])
    low, high = np.maximum(step - half, 0), np.minimum(step + half + 1, units.shape[1])
    whole = (top[:, -1:] + FEWEST) / (below[:, -1:] + 1.0)
    level = top[:, high] - top[:, low] + 2.0 * whole
    level /= below[:, high] - below[:, low] + 2.0
    return np.asarray(level)


def _sums(values: np.ndarray) -> np.ndarray:
    return np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)


def common_effects(
    units: np.ndarray,
    columns: Mapping[str, np.ndarray],
    season: int,
    known: np.ndarray | float = 0.0,
) -> dict[str, float]:
    """Fit log-linear effects of columns on units over their own level; name → coefficient.

    `known`: log effects that are not fitted. Rows are taken evenly where there are more than `MOST_ROWS`. The level
    and the effects are fitted in turn.
    """
    told = np.flatnonzero(np.isfinite(units).ravel())
    if len(told) > MOST_ROWS:
        told = told[np.linspace(0, len(told) - 1, MOST_ROWS).astype(int)]
    row, step = np.unravel_index(told, units.shape)
    matrix = np.column_stack([np.ones(len(told)), *(c[row, step] for c in columns.values())])
    other = np.exp(np.broadcast_to(known, units.shape))
    expected, found = other, dict.fromkeys(columns, 0.0)
    if len(told) < 2 * matrix.shape[1]:
        return found
    for _ in range(ROUNDS):
        level = (centred_level(units, expected, HALF_WINDOW[season]) * other)[row, step]
        weight = level / (1.0 + 0.1 * level)
        beta = fit_ratio(matrix, units[row, step] / level, weight / weight.mean(), ridge=1e-4)
        found = dict(zip(columns, beta[1:].tolist(), strict=True))
        expected = other * np.exp(log_common(columns, found, units.shape[1]))
    return found


def log_common(
    columns: Mapping[str, np.ndarray], effects: Mapping[str, float], steps: int
) -> np.ndarray | float:
    """Return the sum of effects × columns over the first `steps` steps, bounded; 0 without columns."""
    total: np.ndarray | float = 0.0
    for name, column in columns.items():
        if effects[name] != 0.0:
            total = total + effects[name] * column[:, :steps]
    return np.clip(total, -LARGEST, LARGEST)


def dispersion(units: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return the extra variance a of var = m + a m² by SKU, own moments and the median SKU's as 60 steps."""
    told = np.isfinite(units)
    extra = np.where(told, (np.nan_to_num(units) - expected) ** 2 - expected, 0.0).sum(1)
    own = extra / np.maximum(np.where(told, expected**2, 0.0).sum(1), 1e-9)
    count = told.sum(1)
    pool = np.clip(np.median(own), 0.005, 5.0)
    return np.asarray(np.clip((count * own + 60.0 * pool) / (count + 60.0), 0.003, 10.0))


@dataclass(frozen=True)
class Groups:
    """Steps in groups: `codes` by step, or by SKU and step, from 0; -1 for no group. `count` of groups."""

    codes: np.ndarray
    count: int

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return SKU × group of values without missing ones (SKU × step, perhaps fewer steps than codes)."""
        codes = self.codes[..., : values.shape[1]]
        if codes.ndim == 1:
            return np.asarray(values @ (codes[:, None] == np.arange(self.count)).astype(float))
        if self.count == 1:
            return np.einsum("ij,ij->i", values, (codes == 0).astype(float))[:, None]
        first = np.arange(len(values))[:, None] * (self.count + 1)
        place = (first + codes + 1).ravel()
        total = np.bincount(place, values.ravel(), len(values) * (self.count + 1))
        return total.reshape(len(values), -1)[:, 1:]

    def spread(self, ratio: np.ndarray) -> np.ndarray:
        """Return SKU × group by SKU and step; 1 where there is no group."""
        if self.codes.ndim == 2 and self.count == 1:
            return np.where(self.codes == 0, ratio, 1.0)
        table = np.column_stack([np.ones(len(ratio)), ratio])
        if self.codes.ndim == 1:
            return table[:, self.codes + 1]
        return np.take_along_axis(table, self.codes.astype(np.int64) + 1, axis=1)


def own_ratios(
    units: np.ndarray, expected: np.ndarray, groups: Groups, extra: np.ndarray
) -> np.ndarray:
    """Return SKU × group: each SKU's units over expected, shrunk to 1.

    `units` and `expected` are 0 where it is not known what was sold. Normal empirical Bayes:
    1 + t² / (t² + v) (r - 1), with v the variance of the ratio r under var = m + a m², and t² the variance between
    SKUs by the method of moments over all groups.
    """
    total, square = groups.sums(expected), groups.sums(expected * expected)
    safe = np.maximum(total, 1e-9)
    ratio = groups.sums(units) / safe
    noise = (total + extra[:, None] * square) / safe**2
    on = total > 0
    weight = np.where(on, 1.0 / (noise + 0.02), 0.0)
    between = (weight * ((ratio - 1.0) ** 2 - noise)).sum() / max(float(weight.sum()), 1e-9)
    between = max(float(between), 0.0)
    share = between / np.maximum(between + noise, 1e-12)
    return np.where(on, np.maximum(1.0 + share * (ratio - 1.0), FEWEST), 1.0)
