"""The past as the forecast: quantiles of the last steps in which it could be bought."""

from __future__ import annotations

import numpy as np

from liveattr.stocking.residuals import sorted_quantiles

__all__ = ["recent_mean", "recent_quantiles", "recent_totals"]

RECENT = {7: 56, 1: 24}
"""Steps that are read: 56 days, or 24 weeks or months."""


def recent_mean(units: np.ndarray, season: int) -> np.ndarray:
    """Return the mean of the last steps (SKU × step, NaN missing); 0 where none is told."""
    cut = units[:, -RECENT[season] :]
    return np.asarray(np.nansum(cut, 1) / np.maximum(np.isfinite(cut).sum(1), 1))


def recent_quantiles(units: np.ndarray, season: int, levels: np.ndarray) -> np.ndarray:
    """Return SKU × level from the last steps; 0 where none is told."""
    return sorted_quantiles(units[:, -RECENT[season] :], levels, 0.0)


def recent_totals(units: np.ndarray, steps: int, season: int, levels: np.ndarray) -> np.ndarray:
    """Return SKU × level of the sum over `steps` steps: overlapping past sums, missing steps at their window's mean."""
    cut = units[:, -max(RECENT[season], 3 * steps) :]
    if cut.shape[1] <= steps:
        return recent_quantiles(units, season, levels) * steps
    told = np.isfinite(cut)
    total = np.cumsum(np.pad(np.nan_to_num(cut), ((0, 0), (1, 0))), axis=1)
    count = np.cumsum(np.pad(told, ((0, 0), (1, 0))), axis=1)
    inside, known = total[:, steps:] - total[:, :-steps], count[:, steps:] - count[:, :-steps]
    full = np.where(known * 2 >= steps, inside * steps / np.maximum(known, 1), np.nan)
    return sorted_quantiles(full, levels, 0.0)
