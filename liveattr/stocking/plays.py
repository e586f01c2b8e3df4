"""The orders that each model and each rule of the merchant would have placed, played to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.stocking.classes import demand_class
from liveattr.stocking.cuts import cut_at
from liveattr.stocking.panel import Panel, demand_matrices
from liveattr.stocking.periodic_review import PolicyRun, simulate_policy
from liveattr.stocking.told import last_mean, rule_days, tell_sums

__all__ = ["PLAYED", "play_models"]

Floats = NDArray[np.float64]
PLAYED = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""Levels of a model's frontier."""
AT = 0.95
COVERS = (0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
"""Days of cover of a rule's frontier, in parts of lead time + review."""
ALL = "(all)"
START_DAYS = 14
"""[days of mean demand] Stock and orders on the way that all begin with."""


@dataclass(frozen=True)
class _Play:
    """What all models are played on."""

    history: pd.DataFrame
    calendar: pd.DataFrame
    panel: Panel
    there: NDArray[np.bool_]
    """SKUs known before the first day."""
    windows: NDArray[np.int64]
    """[days] Lead time + review of each of these."""
    first: int
    review_days: int
    safety_days: int

    @property
    def starts(self) -> range:
        """Steps at which an order is placed."""
        return range(self.first, self.panel.past, self.review_days)


def play_models(
    history: pd.DataFrame,
    calendar: pd.DataFrame,
    models: Sequence[str],
    lead_time_days: int | Mapping[Any, int],
    review_days: int,
    safety_days: int,
    reviews: int,
) -> list[tuple[Any, ...]]:
    """Return rows model, class, metric (fill_rate, stock_days), score, n, champion (never).

    The last `reviews` × `review_days` days are played; empty where the history before is shorter than
    two windows. The first lead time + review is dropped. Of a rule, each SKU is played with its mean of
    what was wanted; days on which it could not be bought want nothing. Single pieces are ordered: packs,
    least orders and budgets are left out, so that only the forecast makes a difference.
    """
    panel = demand_matrices(history, pd.DataFrame(), 1)
    windows = _windows(panel, lead_time_days, review_days)
    first, longest = panel.past - reviews * review_days, int(windows.max())
    drop = min(longest, (reviews - 1) * review_days)
    if first < 2 * longest or drop < review_days:
        return []
    before = history[history["on"] < panel.dates[first]]
    there = np.isin(panel.skus, before["sku_id"].unique())
    play = _Play(history, calendar, panel, there, windows[there], first, review_days, safety_days)
    kinds = demand_class(before).set_index("sku_id")["demand_class"].reindex(panel.skus[there])
    terms: dict[str, Any] = {
        "lead_time_days": play.windows - review_days,
        "review_days": review_days,
        "drop_days": drop,
        "start": np.ceil(START_DAYS * last_mean(panel.units[there, :first], 30)),
    }
    rows = []
    for model in models:
        last = rule_days(model)
        points, own = _told(play, model) if last is None else _covers(play, last)
        for point, levels in points.items():
            run = simulate_policy(panel.units[there, first:], levels, **terms)
            if point == own:
                rows += _rows(model, run, kinds.to_numpy(object))
            rows += _rows(f"{model}@{point:g}", run)
    return rows


def _windows(panel: Panel, lead: int | Mapping[Any, int], review_days: int) -> NDArray[np.int64]:
    given = [lead.get(sku) if isinstance(lead, Mapping) else lead for sku in panel.skus]
    if any(days is None or days < 0 for days in given):
        raise ParameterError("lead_time_days needs a number of at least 0 for every SKU")
    return np.asarray(given, np.int64) + review_days


def _covers(play: _Play, last: int) -> tuple[dict[float, Floats], float]:
    """Return days of cover → SKU × review of levels of the rule `last`, and its own days of cover."""
    means = [last_mean(play.panel.units[play.there, :start], last) for start in play.starts]
    usual = float(np.median(play.windows))
    own = usual + play.safety_days
    covers = sorted({*(float(round(part * usual)) for part in COVERS), own})
    longer = (play.windows - usual)[:, None]
    return {c: np.stack(means, axis=1) * np.maximum(c + longer, 0) for c in covers}, own


def _told(play: _Play, model: str) -> tuple[dict[float, Floats], float]:
    """Return level → SKU × review of the model's quantiles of the sum, and the level it stands for."""
    skus = play.panel.skus[play.there]
    days = dict(zip(skus, (int(n) for n in play.windows), strict=True))
    known = play.history[play.history["sku_id"].isin(skus)]
    cubes = []
    for start in play.starts:
        cut = cut_at(known, play.calendar, play.panel, start, max(days.values()))
        cubes.append(tell_sums(model, cut, days, np.asarray(PLAYED)))
    return {level: np.stack([c[:, k] for c in cubes], 1) for k, level in enumerate(PLAYED)}, AT


def _rows(
    model: str, run: PolicyRun, kinds: NDArray[np.object_] | None = None
) -> list[tuple[Any, ...]]:
    rows = []
    groups = {ALL: np.ones(len(run.demand), bool)}
    if kinds is not None:
        groups |= {str(kind): kinds == kind for kind in np.unique(kinds.astype(str))}
    for kind, inside in groups.items():
        total = run.demand[inside].sum()
        if total > 0:
            fill, stock = run.sold[inside].sum() / total, run.stock_sum[inside].sum() / total
            n = int(inside.sum())
            rows.append((model, kind, "fill_rate", float(fill), n, False))
            rows.append((model, kind, "stock_days", float(stock), n, False))
    return rows
