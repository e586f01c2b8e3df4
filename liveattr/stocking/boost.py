"""Quantiles by boosted trees of LightGBM, on the columns of the global model; the extra `boost`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from liveattr.errors import ParameterError
from liveattr.stocking.columns import main_event
from liveattr.stocking.design import View, view_at
from liveattr.stocking.members import MOST_SERIES, Fitted, evenly, lens_of, origins_of, units_after
from liveattr.stocking.panel import Panel, rows_of

__all__ = ["Boost", "boost_quantiles", "fit_boost"]

KNOTS = (0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99)
"""Levels that trees are grown for; between them straight lines."""
ROUNDS = 150
MOST_ROWS = 200_000
LARGEST_WEIGHT = 30.0
GROWN = {
    "objective": "quantile",
    "learning_rate": 0.06,
    "num_leaves": 31,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}


@dataclass(frozen=True)
class Boost:
    """Trees by level, for single steps (`steps` None) or for sums over so many steps."""

    trees: dict[float, Any]
    steps: int | None


def fit_boost(panel: Panel, fitted: Fitted, steps: int | None) -> Boost:
    """Grow trees on the past origins of the SKUs that the global model was fitted on.

    What they tell is the ratio to the base; a row is a SKU, origin and step, or the sum of its steps.

    Raises
    ------
    ParameterError
        If lightgbm is not installed.
    """
    try:
        import lightgbm
    except ImportError:
        raise ParameterError(
            "model 'boost' needs LightGBM: pip install 'liveattr[boost]'; 'auto' does without it"
        ) from None
    some = rows_of(panel, evenly(panel, MOST_SERIES))
    lens = lens_of(some, main_event(some, fitted.event), fitted)
    parts = [
        _rows(
            view_at(lens, origin, fitted.horizon), units_after(some, origin, fitted.horizon), steps
        )
        for origin in origins_of(panel, fitted.horizon)
    ]
    columns = np.concatenate([columns for columns, _, _ in parts])
    base, units = (np.concatenate([part[at] for part in parts]) for at in (1, 2))
    told = np.flatnonzero(np.isfinite(units))
    if len(told) > MOST_ROWS:
        told = told[np.linspace(0, len(told) - 1, MOST_ROWS).astype(int)]
    weight = np.minimum(base[told], LARGEST_WEIGHT)
    data = lightgbm.Dataset(
        columns[told], units[told] / base[told], weight=weight / weight.mean(), free_raw_data=False
    )
    trees = {
        knot: lightgbm.train({**GROWN, "alpha": knot}, data, num_boost_round=ROUNDS)
        for knot in KNOTS
    }
    return Boost(trees, steps)


def boost_quantiles(boost: Boost, view: View, levels: np.ndarray) -> np.ndarray:
    """Return SKU × step × level, or of sums SKU × level, ordered and not below 0."""
    units = np.full(view.base.shape, np.nan)
    columns, base, _ = _rows(view, units, boost.steps)
    ratio = np.column_stack([tree.predict(columns) for tree in boost.trees.values()])
    ratio = np.maximum.accumulate(np.maximum(ratio, 0.0), axis=1)
    knots = np.array(list(boost.trees))
    place = np.clip(np.searchsorted(knots, levels) - 1, 0, len(knots) - 2)
    part = np.clip((levels - knots[place]) / (knots[place + 1] - knots[place]), 0.0, 1.0)
    value = ratio[:, place] * (1.0 - part) + ratio[:, place + 1] * part
    value *= base[:, None]
    shape = view.base.shape if boost.steps is None else view.base.shape[:1]
    return value.reshape(*shape, len(levels))


def _rows(
    view: View, units: np.ndarray, steps: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return columns, base and units by row; of a sum the mean columns, weighted by the base."""
    if steps is None:
        columns, base, came = view.columns, view.base, units
        columns = columns.reshape(-1, columns.shape[-1])
    else:
        share = view.base[:, :steps] / view.base[:, :steps].sum(1, keepdims=True)
        columns = np.einsum("ij,ijk->ik", share, view.columns[:, :steps])
        base, came = view.base[:, :steps].sum(1), _whole(units[:, :steps], view.base[:, :steps])
    base, came = base.ravel(), came.ravel()
    return np.column_stack([columns, np.log(base)]), base, came


def _whole(units: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Return sums, missing steps at their share of the base; NaN where half of it lacks."""
    told = np.isfinite(units)
    part = np.where(told, base, 0.0).sum(1) / base.sum(1)
    total = np.where(told, units, 0.0).sum(1) / np.maximum(part, 0.5)
    return np.where(part >= 0.5, total, np.nan)
