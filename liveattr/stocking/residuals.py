"""Quantiles around a mean, from past misses: negative binomial for counts and sums, past ratios for large numbers."""

from __future__ import annotations

import numpy as np

__all__ = ["count_quantiles", "ratio_quantiles", "spread_of_counts", "step_quantiles"]

OWN_AFTER = 60.0
"""Own steps count as much as the pool when there are so many."""
COUNTS_BELOW = 30.0
"""[pieces a step] Below: negative binomial; above: past ratios."""
GROUPS = 5
"""The pool of a SKU is the fifth of SKUs that miss alike."""
LEAST, MOST = 0.003, 10.0


def spread_of_counts(
    units: np.ndarray, mean: np.ndarray, own_after: float = OWN_AFTER
) -> np.ndarray:
    """Return a of var = mean + a mean² by SKU, own moments shrunk to those of all.

    `units` and `mean` are SKU × past step (or past sum), NaN where not known; own share n / (n + own_after).
    """
    told = np.isfinite(units)
    extra = np.where(told, (np.nan_to_num(units) - mean) ** 2 - mean, 0.0).sum(1)
    square = np.where(told, mean**2, 0.0).sum(1)
    pool = np.clip(extra.sum() / max(float(square.sum()), 1e-9), 0.005, 5.0)
    own = np.clip(extra / np.maximum(square, 1e-9), 0.0, MOST)
    share = told.sum(1) / (told.sum(1) + own_after)
    return np.asarray(np.clip(share * own + (1.0 - share) * pool, LEAST, MOST))


def count_quantiles(mean: np.ndarray, spread: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return quantiles of the negative binomial, mean and spread as of `spread_of_counts`; mean's shape × level.

    The spread is by SKU, or of the mean's shape.
    """
    from scipy.stats import nbinom

    size = (1.0 / spread).reshape(*spread.shape, *[1] * (mean.ndim + 1 - spread.ndim))
    chance = size / (size + mean[..., None])
    return np.asarray(np.nan_to_num(nbinom.ppf(levels, size, chance), nan=0.0, posinf=0.0))


def step_quantiles(
    mean: np.ndarray, units: np.ndarray, past: np.ndarray, levels: np.ndarray
) -> np.ndarray:
    """Return quantiles of single steps, SKU × step × level, from past units beside their means (SKU × past step)."""
    told = np.isfinite(units)
    typical = np.where(told, past, 0.0).sum(1) / np.maximum(told.sum(1), 1)
    low = typical < COUNTS_BELOW
    result = np.empty((*mean.shape, len(levels)))
    result[low] = count_quantiles(mean[low], spread_of_counts(units, past)[low], levels)
    if not low.all():
        ratio = ratio_quantiles(units[~low] / np.maximum(past[~low], 1e-9), levels)
        result[~low] = mean[~low][:, :, None] * ratio[:, None, :]
    return result


def ratio_quantiles(
    ratio: np.ndarray, levels: np.ndarray, own_after: float = OWN_AFTER
) -> np.ndarray:
    """Return quantiles of past ratios by SKU (SKU × past ratio, NaN missing); SKU × level.

    Own quantiles mixed with those of the SKUs that miss alike; own share n / (n + own_after).
    """
    count = np.isfinite(ratio).sum(1)
    pooled = _pool(ratio, count, levels)
    own = sorted_quantiles(ratio, levels, pooled)
    share = (count / (count + own_after))[:, None]
    return np.asarray(np.maximum.accumulate(share * own + (1.0 - share) * pooled, axis=1))


def _pool(ratio: np.ndarray, count: np.ndarray, levels: np.ndarray) -> np.ndarray:
    miss = np.where(np.isfinite(ratio), np.abs(ratio - 1.0), 0.0)
    usual = miss.sum() / max(int(count.sum()), 1)
    swing = (miss.sum(1) + 5.0 * usual) / (count + 5.0)
    edges = np.quantile(swing, np.arange(1, GROUPS) / GROUPS)
    group = np.searchsorted(edges, swing)
    result = np.ones((len(ratio), len(levels)))
    for one in range(GROUPS):
        rows = ratio[group == one]
        rows = rows[np.isfinite(rows)]
        if len(rows):
            result[group == one] = np.quantile(rows, levels)
    return result


def sorted_quantiles(
    values: np.ndarray, levels: np.ndarray, otherwise: np.ndarray | float
) -> np.ndarray:
    """Return linear quantiles along rows that may lack values (NaN); `otherwise` where a row has none."""
    count = np.isfinite(values).sum(1)
    if not values.shape[1]:
        return np.broadcast_to(otherwise, (len(values), len(levels))).astype(float)
    ordered = np.sort(values, axis=1)
    place = levels[None, :] * np.maximum(count - 1, 0)[:, None]
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(count - 1, 0)[:, None])
    rows = np.arange(len(values))[:, None]
    value = ordered[rows, low] + (place - low) * (ordered[rows, high] - ordered[rows, low])
    return np.where(count[:, None] > 0, value, otherwise)
