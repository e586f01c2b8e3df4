"""Quantiles of the sum over the days that an order must last, from past sums: days err together."""

from __future__ import annotations

import numpy as np

from liveattr.stocking.residuals import count_quantiles, spread_of_counts

__all__ = ["past_sums", "sum_quantiles"]

OWN_SUMS = 20.0
"""Own past sums count as much as the pool's when there are so many."""


def past_sums(units: np.ndarray, mean: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return SKU × origin: units of the first `steps` steps and their means, NaN where half of them lack.

    `units` and `mean` are origin × SKU × step. A missing step counts in neither.
    """
    told = np.isfinite(units[:, :, :steps])
    top = np.where(told, units[:, :, :steps], 0.0).sum(2)
    below = np.where(told, mean[:, :, :steps], 0.0).sum(2)
    return np.where(told.sum(2) * 2 >= steps, top, np.nan).T, below.T


def sum_quantiles(
    ahead: np.ndarray, units: np.ndarray, mean: np.ndarray, steps: int, levels: np.ndarray
) -> np.ndarray:
    """Return SKU × level of a sum with mean `ahead`: negative binomial with the spread of past sums."""
    top, below = past_sums(units, mean, steps)
    return count_quantiles(ahead, spread_of_counts(top, below, OWN_SUMS), levels)
