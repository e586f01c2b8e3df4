"""SKUs without a past: the level of those of the same category and price band, moved by their clicks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from liveattr.stocking.classes import NEW_BELOW
from liveattr.stocking.panel import Panel

__all__ = ["Start", "start_levels"]

FEWEST_LIKE = 3
"""SKUs that a category and price band must have to be told by; else the category, else all."""
LEAST_SHAPE, MOST_SHAPE = 0.3, 30.0
CLICKS_AS_MUCH = 30.0
"""[clicks] So many clicks count as much as the level of its like."""


@dataclass(frozen=True)
class Start:
    """Arrays by SKU: mean units a step of factor 1, the Gamma's shape, what it rests on, whether its like is known."""

    level: np.ndarray
    shape: np.ndarray
    basis: np.ndarray
    known: np.ndarray


def start_levels(panel: Panel, name: np.ndarray, exposure: np.ndarray) -> Start:
    """Return what is known of the level of every SKU at its start.

    `exposure` by SKU: the common factor (weekday, show, host, promotion) summed over the steps in which it could be
    bought; a level is in pieces a step of factor 1.

    The level of a SKU is Gamma around the mean of its like (the narrowest of category × price band, category, all
    that has at least 3 SKUs with a past), with the variance between them, more where they are few. The clicks of its
    own days, times the pieces that its like sells a click, pull that mean, as far as there are clicks (30 weigh as
    much). Its own u pieces in steps of exposure n then make it (shape + u) / (shape / mean + n).
    """
    told = np.isfinite(panel.units)
    count, total = told.sum(1), np.nan_to_num(panel.units).sum(1)
    own = np.where(count >= NEW_BELOW, total / np.maximum(exposure, 1e-9), np.nan)
    frame = panel.static.reset_index(drop=True).assign(own=own, every=0)
    mean, shape = _likes(frame)
    known = np.isfinite(mean)
    mean = np.where(known, np.maximum(mean, 1e-6), 1e-6)
    basis = np.where(name == "new", np.where(known, "analogue", "own history"), "own history")
    if panel.clicks is not None:
        mean, moved = _by_clicks(panel, frame, mean, exposure, total)
        basis = np.where((basis == "analogue") & moved, "clicks", basis)
    level = (shape + total) / (shape / mean + exposure)
    return Start(level, shape + total, basis.astype(object), known)


def _likes(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Mean level of the like of each SKU, and the shape of the Gamma between them."""
    mean = np.full(len(frame), np.nan)
    shape = np.ones(len(frame))
    for keys in (["category", "price_band"], ["category"], ["every"]):
        if not set(keys) <= set(frame):
            continue
        like = frame.groupby(keys, dropna=False)["own"]
        count = like.transform("count").to_numpy(float)
        enough = count >= FEWEST_LIKE
        here = ~np.isfinite(mean) & enough
        middle = like.transform("mean").to_numpy(float)
        between = np.nan_to_num(like.transform("var").to_numpy(float))
        unsure = (1.0 + 1.0 / np.maximum(count, 1)) * (count - 1) / np.maximum(count - 3, 1)
        fit = middle**2 / np.maximum(between * np.maximum(unsure, 1.0), 1e-9)
        mean = np.where(here, middle, mean)
        shape = np.where(here, np.clip(fit, LEAST_SHAPE, MOST_SHAPE), shape)
    return mean, shape


def _by_clicks(
    panel: Panel, frame: pd.DataFrame, mean: np.ndarray, exposure: np.ndarray, total: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean moved by what the SKU's clicks are worth, and where it has clicks."""
    seen, clicks_of = np.isfinite(panel.units), np.asarray(panel.clicks, float)
    clicks = np.where(seen, np.nan_to_num(clicks_of), 0.0).sum(1)
    key = frame["category"] if "category" in frame else frame["every"]
    both = pd.DataFrame({"key": key, "clicks": clicks, "units": np.where(clicks > 0, total, 0.0)})
    sums = both.groupby("key", dropna=False)[["clicks", "units"]].transform("sum")
    rate = (sums["units"] + 1.0) / (sums["clicks"] + 1.0)
    worth = clicks * rate.to_numpy() / np.maximum(exposure, 1e-9)
    share = clicks / (clicks + CLICKS_AS_MUCH)
    return (1.0 - share) * mean + share * worth, clicks > 0
