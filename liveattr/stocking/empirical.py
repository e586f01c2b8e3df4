"""The past as the forecast: quantiles of the last steps in which it could be bought."""

from __future__ import annotations

import numpy as np

__all__ = ["recent_quantiles", "recent_totals"]

RECENT = {7: 56, 1: 24}
"""Steps that are read: 56 days, or 24 weeks or months."""


def recent_quantiles(units: np.ndarray, season: int, levels: np.ndarray) -> np.ndarray:
    """SKU × level from the last steps (SKU × step, NaN missing); 0 where none is told."""
    return _quantile(units[:, -RECENT[season] :], levels)


def recent_totals(units: np.ndarray, steps: int, season: int, levels: np.ndarray) -> np.ndarray:
    """SKU × level of the sum over `steps` steps: overlapping past sums, missing steps at the mean of the window."""
    cut = units[:, -max(RECENT[season], 3 * steps) :]
    if cut.shape[1] <= steps:
        return recent_quantiles(units, season, levels) * steps
    told = np.isfinite(cut)
    total = np.cumsum(np.pad(np.nan_to_num(cut), ((0, 0), (1, 0))), axis=1)
    count = np.cumsum(np.pad(told, ((0, 0), (1, 0))), axis=1)
    units_in, told_in = total[:, steps:] - total[:, :-steps], count[:, steps:] - count[:, :-steps]
    full = np.where(told_in * 2 >= steps, units_in * steps / np.maximum(told_in, 1), np.nan)
    return _quantile(full, levels)


def _quantile(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    count = np.isfinite(values).sum(1)
    if not values.shape[1]:
        return np.zeros((len(values), len(levels)))
    ordered = np.sort(values, axis=1)
    place = levels[None, :] * np.maximum(count - 1, 0)[:, None]
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(count - 1, 0)[:, None])
    rows = np.arange(len(values))[:, None]
    value = ordered[rows, low] + (place - low) * (ordered[rows, high] - ordered[rows, low])
    return np.where(count[:, None] > 0, value, 0.0)
