"""The members of the forecast as quantiles: the global model, the recent past, and their mix by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liveattr.stocking.design import WINDOW, event_flag, view_at
from liveattr.stocking.empirical import recent_quantiles, recent_totals
from liveattr.stocking.glm import fit_ratio, foretold_ratio
from liveattr.stocking.panel import Panel
from liveattr.stocking.residuals import count_quantiles, ratio_quantiles, spread_of_counts

__all__ = ["Fitted", "fit_members", "glm_quantiles", "glm_totals", "mix_by_class"]

ORIGINS = 12
FEWEST_STEPS = 28
MOST_SERIES = 2000
"""The model is fitted on so many SKUs at most, evenly taken from the sorted ones."""
COUNTS_BELOW = 20.0
"""[pieces a step] Below: tails of a negative binomial; above: of past ratios."""
MIXES = (1.0, 0.7, 0.4, 0.0)
"""Weights of the global model that are tried against the recent past."""
OWN_SUMS = 10.0
"""Own past sums count as much as the pool's when there are so many."""


@dataclass(frozen=True)
class Fitted:
    """Means of past origins and of the steps ahead, by the same coefficients."""

    origins: list[int]
    past_mean: np.ndarray
    """Origin × SKU × step."""
    past_units: np.ndarray
    mean: np.ndarray
    calm: np.ndarray
    """Mean ahead if no event were planned."""


def fit_members(panel: Panel, horizon: int) -> Fitted | None:
    """Fit the global model on past origins; None if the history is too short for one."""
    event, flag = event_flag(panel)
    origins = _origins(panel, horizon)
    if not origins:
        return None
    views = [view_at(panel, o, horizon, flag, event) for o in origins]
    units = np.stack([_units(panel, o, horizon) for o in origins])
    base = np.stack([v.base for v in views])
    some = slice(None, None, -(-len(panel.skus) // MOST_SERIES))
    told = np.isfinite(units[:, some])
    if told.sum() < 50:
        return None
    columns = np.stack([v.columns[some] for v in views])[told]
    weight = np.minimum(base[:, some], 30.0)[told] / np.minimum(base[:, some], 30.0)[told].mean()
    beta = fit_ratio(columns, units[:, some][told] / base[:, some][told], weight, ridge=1e-4)
    past = np.stack([v.base * foretold_ratio(v.columns, beta) for v in views])
    now = view_at(panel, panel.past, horizon, flag, event)
    mean = now.base * foretold_ratio(now.columns, beta)
    calm = now.calm_base * foretold_ratio(now.calm_columns, beta)
    return Fitted(origins, past, units, mean, calm)


def _units(panel: Panel, origin: int, horizon: int) -> np.ndarray:
    """Units after an origin; missing where too little was seen before it to tell a level."""
    seen = np.isfinite(panel.units[:, max(origin - WINDOW, 0) : origin]).sum(1)
    return np.where((seen >= 7)[:, None], panel.units[:, origin : origin + horizon], np.nan)


def _origins(panel: Panel, horizon: int) -> list[int]:
    gap = 14 if panel.season > 1 else 1
    first = FEWEST_STEPS if panel.season > 1 else 12
    last = panel.past - horizon
    return [o for o in range(last, first - 1, -gap)][:ORIGINS]


def glm_quantiles(fitted: Fitted, levels: np.ndarray, which: int | None = None) -> np.ndarray:
    """SKU × step × level of the steps ahead, or of past origin `which`."""
    mean = fitted.mean if which is None else fitted.past_mean[which]
    past = np.moveaxis(fitted.past_mean, 1, 0).reshape(mean.shape[0], -1)
    units = np.moveaxis(fitted.past_units, 1, 0).reshape(mean.shape[0], -1)
    low = past.mean(1) < COUNTS_BELOW
    result = np.empty((*mean.shape, len(levels)))
    if low.any():
        spread = spread_of_counts(units[low], past[low])
        result[low] = count_quantiles(mean[low], spread, levels)
    if (~low).any():
        ratio = ratio_quantiles(units[~low] / np.maximum(past[~low], 1e-9), levels)
        result[~low] = mean[~low][:, :, None] * ratio[:, None, :]
    return result


def glm_totals(fitted: Fitted, steps: int, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and quantiles (SKU × level) of the sum over the first `steps` steps, from ratios of past sums."""
    units, mean = fitted.past_units[:, :, :steps], fitted.past_mean[:, :, :steps]
    told = np.isfinite(units)
    top, below = np.nan_to_num(units).sum(2), np.where(told, mean, 0.0).sum(2)
    enough = told.sum(2) * 2 >= steps
    ratio = np.where(enough, top / np.maximum(below, 1e-9), np.nan).T
    ahead = fitted.mean[:, :steps].sum(1)
    return ahead, ahead[:, None] * ratio_quantiles(ratio, levels, OWN_SUMS)


def mix_by_class(panel: Panel, fitted: Fitted, name: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Weight of the global model by SKU: of its class the best scaled pinball at the newest past origins."""
    scores = []
    for which, origin in enumerate(fitted.origins[:3]):
        units = fitted.past_units[which]
        model = glm_quantiles(fitted, levels, which)
        recent = recent_quantiles(panel.units[:, :origin], panel.season, levels)[:, None, :]
        scores.append([_pinball(units, w * model + (1 - w) * recent, levels) for w in MIXES])
    score = np.nanmean(np.array(scores), axis=0) if len(scores) > 1 else np.array(scores)[0]
    scale = (
        np.nanmean(np.abs(np.diff(panel.units[:, -364:], axis=1)), axis=1)
        if panel.past > 1
        else 1.0
    )
    score = score / np.maximum(np.nan_to_num(scale), 1e-3)
    weight = np.ones(len(name))
    for one in np.unique(name):
        total = np.nan_to_num(score[:, name == one]).sum(1)
        weight[name == one] = MIXES[int(np.argmin(total))]
    return weight


def _pinball(units: np.ndarray, quantile: np.ndarray, levels: np.ndarray) -> np.ndarray:
    miss = units[:, :, None] - quantile
    loss = np.maximum(levels * miss, (levels - 1.0) * miss).mean(2)
    told = np.isfinite(loss)
    return np.where(told, loss, 0.0).sum(1) / np.maximum(told.sum(1), 1)


def recent_window(panel: Panel, steps: int, levels: np.ndarray) -> np.ndarray:
    """SKU × level of the sum over `steps` from the recent past."""
    return recent_totals(panel.units, steps, panel.season, levels)
