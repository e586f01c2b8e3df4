"""SKUs without a past: the level of those of the same category and price band."""

from __future__ import annotations

import numpy as np

from liveattr.stocking.classes import NEW_BELOW
from liveattr.stocking.panel import Panel

__all__ = ["analogue_level"]

PRIOR_STEPS = 7.0
"""[steps] The level of its like counts as much as so many own steps."""


def analogue_level(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Mean units a step by SKU, own steps mixed with those of its like, and whether its like is known.

    Its like: SKUs with at least 14 steps of the same category and price band; without them those of the category.
    """
    told = np.isfinite(panel.units)
    count, total = told.sum(1), np.nan_to_num(panel.units).sum(1)
    own = total / np.maximum(count, 1)
    frame = panel.static.reset_index(drop=True).assign(
        own=np.where(count >= NEW_BELOW, own, np.nan)
    )
    level = np.full(len(own), np.nan)
    for keys in (["category", "price_band"], ["category"]):
        if set(keys) <= set(frame):
            like = frame.groupby(keys, dropna=False)["own"].transform("mean").to_numpy(float)
            level = np.where(np.isfinite(level), level, like)
    known = np.isfinite(level)
    return (total + PRIOR_STEPS * np.nan_to_num(level)) / (count + PRIOR_STEPS), known
