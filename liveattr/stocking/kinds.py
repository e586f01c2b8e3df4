"""What kinds of an event differ by, such as its hosts: log factors, pooled over the days of each kind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from liveattr.stocking.panel import Panel
from liveattr.stocking.pooling import pool_groups

__all__ = ["Effects", "kind_effects", "log_kinds"]

Effects = Mapping[str, Mapping[str, float]]
"""Text covariate → label → log factor beside the mean of all labels."""
NOISE = 0.02
"""Variance of the log of a day's sum beside that of counting."""


def kind_effects(
    panel: Panel, expected: np.ndarray, before: Effects
) -> dict[str, dict[str, float]]:
    """Return the log factors of labels, from units beside what was expected with the factors `before`.

    One event is a day and label: the units of its SKUs over those expected. Pooled by `pool_groups`, so that a label
    of few days stands near the mean of all, and centred: what labels have in common belongs to the event itself.
    """
    plain = {name: expected / _past(panel, name, before) for name in panel.kinds}
    return {name: _effects(panel, name, plain[name]) for name in panel.kinds}


def _past(panel: Panel, name: str, effects: Effects) -> np.ndarray | float:
    """Return the factors of one text covariate in past steps."""
    if name not in effects:
        return 1.0
    one = np.broadcast_to(log_kinds(panel, {name: effects[name]}), panel.kinds[name][1].shape)
    return np.asarray(np.exp(one[:, : panel.past]))


def _effects(panel: Panel, name: str, expected: np.ndarray) -> dict[str, float]:
    labels, codes = panel.kinds[name]
    past = codes[:, : panel.past]
    row, step = np.nonzero((past >= 0) & np.isfinite(panel.units))
    if not len(row):
        return {}
    key = past[row, step].astype(np.int64) * panel.past + step
    events, place = np.unique(key, return_inverse=True)
    units = np.bincount(place, panel.units[row, step])
    mean = np.maximum(np.bincount(place, expected[row, step]), 1e-9)
    value = np.log((units + 0.5) / (mean + 0.5))
    used, group = np.unique(events // panel.past, return_inverse=True)
    told = pool_groups(value, NOISE + 1.0 / (mean + 0.5), group)
    middle = float(np.average(told.group, weights=np.bincount(group)))
    return {str(labels[k]): float(v - middle) for k, v in zip(used, told.group, strict=True)}


def log_kinds(panel: Panel, effects: Effects) -> np.ndarray | float:
    """Return the sum of the log factors by SKU and step; 0 where there is no label or an unknown one."""
    total: np.ndarray | float = 0.0
    for name, known in effects.items():
        labels, codes = panel.kinds[name]
        factor = np.array([*(known.get(str(label), 0.0) for label in labels), 0.0])
        total = total + factor[codes]
    return total
