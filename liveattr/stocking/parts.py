"""The forecast of some SKUs as a frame: members mixed, widened, new SKUs at the level of their like."""

from __future__ import annotations

import numpy as np
import pandas as pd

from liveattr.stocking.boost import Boost, boost_quantiles
from liveattr.stocking.empirical import recent_mean, recent_quantiles, recent_totals
from liveattr.stocking.members import Fitted, Told, flat, tell
from liveattr.stocking.mix import Mix, widened
from liveattr.stocking.panel import Panel, rows_of
from liveattr.stocking.residuals import count_quantiles, step_quantiles
from liveattr.stocking.totals import sum_quantiles

__all__ = ["part_of"]


def part_of(
    panel: Panel,
    rows: np.ndarray,
    fitted: Fitted | None,
    trees: dict[int, Boost],
    mixes: dict[int, Mix],
    about: pd.DataFrame,
    stray: dict[int, np.ndarray],
    levels: np.ndarray,
    days: np.ndarray | None,
) -> pd.DataFrame:
    """Return the result of some rows of a panel; `about` and `days` are of all of them.

    `stray`: how far SKUs stray from what they have in common, by length of the window (`exposure_of`).
    """
    some = panel if len(rows) == len(panel.skus) else rows_of(panel, rows)
    known = about.iloc[rows].reset_index(drop=True)
    told = None if fitted is None else tell(some, fitted, fitted.horizon)
    if days is None:
        horizon = len(panel.dates) - panel.past
        length = np.ones(len(rows), int)
        weight, wider = mixes[0].of(known["name"].to_numpy())
        value, mean, event = _steps(some, told, trees, weight, wider, levels, horizon)
        first = np.arange(panel.past, panel.past + horizon)
    else:
        length, first = days[rows], np.array([panel.past])
        weight, wider = np.ones(len(rows)), np.ones(len(rows))
        for steps, mix in mixes.items():
            at = length == steps
            weight[at], wider[at] = mix.of(known["name"].to_numpy()[at])
        value, mean, event = _totals(some, told, trees, weight, wider, levels, length)
    like = _like(told, (len(rows), len(panel.dates) - panel.past), stray, days, length)
    value, mean, event = _new(known, levels, value, mean, event, like)
    used = _used(known, weight, wider, told is not None, bool(trees))
    return _frame(some, known, used, levels, value, mean, np.minimum(event, mean), first, length)


Parts = tuple[np.ndarray, np.ndarray, np.ndarray]


def _steps(
    panel: Panel,
    told: Told | None,
    trees: dict[int, Boost],
    weight: np.ndarray,
    wider: np.ndarray,
    levels: np.ndarray,
    horizon: int,
) -> Parts:
    """Quantiles (SKU × step × level), mean and what the event brings (SKU × step)."""
    inside = np.union1d(levels, [0.5])
    recent = recent_quantiles(panel.units, panel.season, inside)[:, None, :]
    value = np.repeat(recent, horizon, axis=1)
    mean = np.repeat(recent_mean(panel.units, panel.season)[:, None], horizon, axis=1)
    event = np.zeros_like(mean)
    if told is not None:
        past, units = flat(told.past_mean), flat(told.past_units)
        part = weight[:, None]
        if (weight > 0).any():
            model = step_quantiles(told.mean, units, past, inside)
            if 0 in trees:
                model = (model + boost_quantiles(trees[0], told.view, inside)) / 2.0
            value = part[..., None] * model + (1.0 - part[..., None]) * value
        event = part * np.maximum(told.mean - told.calm, 0.0)
        mean = part * told.mean + (1.0 - part) * mean
    return widened(value, inside, wider)[..., np.isin(inside, levels)], mean, event


def _totals(
    panel: Panel,
    told: Told | None,
    trees: dict[int, Boost],
    weight: np.ndarray,
    wider: np.ndarray,
    levels: np.ndarray,
    days: np.ndarray,
) -> Parts:
    """Return the same of one window by SKU, of its own length."""
    inside = np.union1d(levels, [0.5])
    value = np.zeros((len(days), 1, len(inside)))
    mean = (recent_mean(panel.units, panel.season) * days)[:, None]
    event = np.zeros_like(mean)
    for steps in np.unique(days):
        at = np.flatnonzero(days == steps)
        value[at, 0] = recent_totals(panel.units[at], int(steps), panel.season, inside)
        if told is None:
            continue
        ahead = told.mean[at, :steps].sum(1)
        part, past = weight[at], (told.past_units[:, at], told.past_mean[:, at])
        model = sum_quantiles(ahead, *past, int(steps), inside)
        if steps in trees:
            model = (model + boost_quantiles(trees[int(steps)], told.view, inside)[at]) / 2.0
        value[at, 0] = part[:, None] * model + (1.0 - part[:, None]) * value[at, 0]
        mean[at, 0] = part * ahead + (1.0 - part) * mean[at, 0]
        extra = np.maximum(told.mean - told.calm, 0.0)[at, :steps].sum(1)
        event[at, 0] = part * extra
    return widened(value, inside, wider)[..., np.isin(inside, levels)], mean, event


def _new(
    known: pd.DataFrame,
    levels: np.ndarray,
    value: np.ndarray,
    mean: np.ndarray,
    event: np.ndarray,
    like: Parts,
) -> Parts:
    """SKUs without a past of their own: Gamma-Poisson around the level of their like × what all have in common."""
    at = np.flatnonzero(known["new"])
    if len(at):
        level, unsure = known["level"].to_numpy()[at, None], 1.0 / known["shape"].to_numpy()[at]
        factor, calm, stray = (one[at] for one in like)
        mean[at], event[at] = level * factor, level * np.maximum(factor - calm, 0.0)
        value[at] = count_quantiles(mean[at], unsure[:, None] + stray, levels)
    return value, mean, event


def _like(
    told: Told | None,
    shape: tuple[int, int],
    stray: dict[int, np.ndarray],
    days: np.ndarray | None,
    length: np.ndarray,
) -> Parts:
    """Return what all SKUs have in common, by step or summed over windows: with events, without, and the stray."""
    factor = np.ones(shape) if told is None else told.factor
    calm = factor if told is None else told.calm_factor
    if not stray:
        return factor, calm, np.zeros(shape)
    if days is None:
        flag = np.zeros(shape, int) if told is None else told.flag.astype(int)
        return factor, calm, stray[0][flag]
    within = np.arange(shape[1]) < length[:, None]
    first, second = ((one * within).sum(1, keepdims=True) for one in (factor, calm))
    return first, second, np.array([stray[int(n)] for n in length])


def _used(
    known: pd.DataFrame, weight: np.ndarray, wider: np.ndarray, model: bool, trees: bool
) -> np.ndarray:
    """Return what each SKU is told by, in words."""
    name = "glm+boost" if trees else "glm"
    whole, none = (weight >= 1) & model, (weight <= 0) | (not model)
    used = np.select([known["new"], whole, none], ["start", name, "empirical"], "glm+empirical")
    return np.where((wider > 1) & ~known["new"], np.char.add(used.astype(str), ", widened"), used)


def _frame(
    panel: Panel,
    known: pd.DataFrame,
    used: np.ndarray,
    levels: np.ndarray,
    value: np.ndarray,
    mean: np.ndarray,
    event: np.ndarray,
    first: np.ndarray,
    days: np.ndarray,
) -> pd.DataFrame:
    skus, steps, many = value.shape
    value = np.maximum.accumulate(np.maximum(np.nan_to_num(value), 0.0), axis=2)
    row = np.repeat(np.arange(skus), steps * many)
    columns = {
        "sku_id": panel.skus[row],
        "from_on": np.tile(np.repeat(panel.dates[first].to_numpy(), many), skus),
        "days": days[row],
        "quantile": np.tile(levels, skus * steps),
        "units": value.ravel(),
        "mean": np.repeat(mean.ravel(), many),
        "event_units": np.repeat(event.ravel(), many),
        "demand_class": known["name"].to_numpy()[row],
        "model_used": used.astype(object)[row],
        "fallback_reason": known["reason"].to_numpy()[row],
        "basis": known["basis"].to_numpy()[row],
    }
    return pd.DataFrame(columns)
