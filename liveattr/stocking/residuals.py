"""Quantiles around a mean: past ratios of units to mean, own ones mixed with those of alike SKUs."""

from __future__ import annotations

import numpy as np

__all__ = ["count_quantiles", "ratio_quantiles", "spread_of_counts"]

OWN_AFTER = 60.0
"""Own ratios count as much as the pool's when there are so many."""


def ratio_quantiles(
    ratio: np.ndarray, levels: np.ndarray, own_after: float = OWN_AFTER
) -> np.ndarray:
    """Quantiles of past ratios by SKU (SKU × past ratio, NaN missing) → SKU × level.

    The pool of a SKU is the third of SKUs that vary alike; own share n / (n + own_after).
    """
    count = np.isfinite(ratio).sum(1)
    pooled = _pool(ratio, count, levels)
    own = _own(ratio, count, levels, pooled)
    share = (count / (count + own_after))[:, None]
    return np.maximum.accumulate(share * own + (1.0 - share) * pooled, axis=1)


def _pool(ratio: np.ndarray, count: np.ndarray, levels: np.ndarray) -> np.ndarray:
    filled = np.where(np.isfinite(ratio), np.abs(ratio - 1.0), 0.0)
    swing = (filled.sum(1) + 5.0 * filled.sum() / max(count.sum(), 1)) / (count + 5.0)
    edges = np.quantile(swing, [1 / 3, 2 / 3])
    third = np.searchsorted(edges, swing)
    result = np.ones((len(ratio), len(levels)))
    for group in range(3):
        rows = ratio[third == group]
        rows = rows[np.isfinite(rows)]
        if len(rows):
            result[third == group] = np.quantile(rows, levels)
    return result


def _own(
    ratio: np.ndarray, count: np.ndarray, levels: np.ndarray, otherwise: np.ndarray
) -> np.ndarray:
    ordered = np.sort(ratio, axis=1)
    place = levels[None, :] * np.maximum(count - 1, 0)[:, None]
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(count - 1, 0)[:, None])
    rows = np.arange(len(ratio))[:, None]
    if not ratio.shape[1]:
        return otherwise
    value = ordered[rows, low] + (place - low) * (ordered[rows, high] - ordered[rows, low])
    return np.where(count[:, None] > 0, value, otherwise)


def spread_of_counts(
    units: np.ndarray, mean: np.ndarray, own_after: float = OWN_AFTER
) -> np.ndarray:
    """Extra variance of counts by SKU: a of var = mean + a mean², own moments shrunk to the pool's."""
    told = np.isfinite(units)
    extra = np.where(told, (np.nan_to_num(units) - mean) ** 2 - mean, 0.0).sum(1)
    square = np.where(told, mean**2, 0.0).sum(1)
    pool = np.clip(extra.sum() / max(square.sum(), 1e-9), 0.02, 5.0)
    own = np.clip(extra / np.maximum(square, 1e-9), 0.0, 10.0)
    count = told.sum(1)
    share = count / (count + own_after)
    return np.clip(share * own + (1 - share) * pool, 0.01, 10.0)


def count_quantiles(mean: np.ndarray, spread: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles of the negative binomial of this mean and spread; shape of mean × level."""
    from scipy.stats import nbinom

    size = (1.0 / spread)[:, None, None]
    chance = size / (size + mean[..., None])
    return np.nan_to_num(nbinom.ppf(levels, size, chance), nan=0.0, posinf=0.0)
