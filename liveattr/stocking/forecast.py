"""How much will be wanted: quantiles by day, and of the sum over the days that an order must last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError
from liveattr.stocking.classes import classes_of
from liveattr.stocking.design import event_flag
from liveattr.stocking.empirical import recent_quantiles
from liveattr.stocking.members import (
    Fitted,
    fit_members,
    glm_quantiles,
    glm_totals,
    mix_by_class,
    recent_window,
)
from liveattr.stocking.panel import Panel, demand_matrices
from liveattr.stocking.starts import analogue_level

__all__ = ["QUANTILES", "forecast_demand"]

QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
MODELS = ("auto", "glm", "empirical")
COLUMNS = "sku_id from_on days quantile units mean event_units demand_class model_used fallback_reason basis".split()


def forecast_demand(
    history: pd.DataFrame,
    calendar: pd.DataFrame,
    *,
    horizon_days: int = 28,
    quantiles: Sequence[float] = QUANTILES,
    sum_over_days: int | Mapping[Any, int] | None = None,
    model: str = "auto",
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Quantiles of the units wanted, by SKU.

    Parameters
    ----------
    history : DataFrame
        sku_id, on, units [pieces, gross], in_stock; also covariates that are known in advance (numbers), and
        category, price_band, which tell what a new SKU is like. Steps of a day, a week or a month: inferred.
    calendar : DataFrame
        on, the same covariates, with or without sku_id; for the steps ahead and, if wanted, the past.
    horizon_days : int
        Steps ahead (days, if the history is by day), ≥ 1.
    quantiles : sequence of float
        In (0, 1).
    sum_over_days : int, mapping or Series, optional
        Steps of one window by SKU, from the first step ahead; then one window a SKU is told, not the steps.
    model : {"auto", "glm", "empirical"}
        auto: mix of both by class of demand, the best one at the newest three past origins.
    rng : Generator, optional
        Not used: nothing here is random.

    Returns
    -------
    DataFrame
        sku_id, from_on, days, quantile, units, mean, event_units, demand_class, model_used, fallback_reason, basis;
        sorted by sku_id, from_on, quantile.

    Raises
    ------
    ParameterError
        Unknown model, quantile outside (0, 1), horizon or window below 1, columns lacking.

    Notes
    -----
    One log-linear model of all SKUs on the ratio to an own base (recent level × weekday × event); tails from past
    ratios, of low counts from a negative binomial with spread shrunk to the pool. Quantiles of a sum come from past
    sums, never from adding daily quantiles. Steps in which it could not be bought are missing, not zero. Residual
    ratios and the choice of the mix come from the origins that the model was fitted on: slightly too narrow where
    the model has many columns and few SKUs. Wrong for events of a kind never seen, and where sales were bound by
    stock but in_stock says otherwise.
    """
    levels = _levels(quantiles)
    _check(model, horizon_days)
    if history.empty:
        return pd.DataFrame(columns=COLUMNS)
    window = _windows(sum_over_days, history)
    horizon = max([horizon_days, *window.values()])
    panel = demand_matrices(history, calendar, horizon)
    fitted = None if model == "empirical" else fit_members(panel, horizon)
    told = _told(panel, fitted, model, levels)
    if sum_over_days is None:
        return _steps(panel, fitted, told, levels, horizon_days)
    return _totals(panel, fitted, told, levels, window)


def _levels(quantiles: Sequence[float]) -> np.ndarray:
    levels = np.unique(np.asarray(quantiles, float))
    if not len(levels) or not ((levels > 0) & (levels < 1)).all():
        raise ParameterError(f"quantiles must lie between 0 and 1, not {list(quantiles)}")
    return levels


def _check(model: str, horizon: int) -> None:
    if model not in MODELS:
        raise ParameterError(f"model {model!r} is unknown; choose one of {', '.join(MODELS)}")
    if horizon < 1:
        raise ParameterError(f"horizon_days must be at least 1, not {horizon}")


def _windows(wanted: int | Mapping[Any, int] | None, history: pd.DataFrame) -> dict[Any, int]:
    if wanted is None:
        return {}
    skus = history["sku_id"].unique()
    each = (
        {s: wanted for s in skus} if isinstance(wanted, (int, np.integer)) else dict(wanted.items())
    )
    lacking = [s for s in skus if s not in each]
    if lacking or min(each.values()) < 1:
        raise ParameterError(
            f"sum_over_days needs a length ≥ 1 for every SKU; lacking: {lacking[:5]}"
        )
    return {s: int(each[s]) for s in skus}


def _told(panel: Panel, fitted: Fitted | None, model: str, levels: np.ndarray) -> pd.DataFrame:
    """By SKU: class, weight of the global model, what is used, why, and the level of a new one."""
    name = classes_of(panel.units, event_flag(panel)[1][:, : panel.past])[0]
    weight = np.zeros(len(name)) if fitted is None else np.ones(len(name))
    if fitted is not None and model == "auto":
        weight = mix_by_class(panel, fitted, name, levels)
    level, known = analogue_level(panel)
    new = (name == "new") & known
    used = np.select(
        [new, weight >= 1, weight <= 0], ["analogue", "glm", "empirical"], "glm+empirical"
    )
    reason = np.full(len(name), None, object)
    if panel.unplanned:
        reason[:] = "the calendar does not tell " + ", ".join(panel.unplanned)
    reason[panel.absent] = "the calendar does not name this SKU"
    if fitted is None and model != "empirical":
        reason[:] = "the history is too short for the model"
    reason[name == "new"] = "fewer than 14 steps in which it could be bought"
    reason[~np.isfinite(panel.units).any(1) & ~known] = "nothing is known of it, nor of its like"
    basis = np.where(new, "analogue", "own history")
    columns = {"name": name, "weight": weight, "used": used, "reason": reason, "basis": basis}
    return pd.DataFrame({**columns, "new": new, "level": level})


def _steps(
    panel: Panel, fitted: Fitted | None, told: pd.DataFrame, levels: np.ndarray, horizon: int
) -> pd.DataFrame:
    weight = told["weight"].to_numpy()
    recent = recent_quantiles(panel.units, panel.season, levels)[:, None, :]
    value = np.repeat(recent, horizon, axis=1)
    mean, event = (
        np.repeat(_plain(panel)[:, None], horizon, axis=1),
        np.zeros((len(weight), horizon)),
    )
    if fitted is not None:
        part = weight[:, None]
        value = (
            part[..., None] * glm_quantiles(fitted, levels)[:, :horizon]
            + (1 - part[..., None]) * value
        )
        event = part * np.maximum(fitted.mean - fitted.calm, 0.0)[:, :horizon]
        mean = part * fitted.mean[:, :horizon] + (1 - part) * mean
    value, mean = _new(told, levels, value, mean, np.ones(len(weight)))
    event = np.minimum(event, mean)
    first = np.arange(panel.past, panel.past + horizon)
    return _frame(panel, told, levels, value, mean, event, first, np.ones(len(weight), int))


def _totals(
    panel: Panel,
    fitted: Fitted | None,
    told: pd.DataFrame,
    levels: np.ndarray,
    window: dict[Any, int],
) -> pd.DataFrame:
    days = np.array([window[s] for s in panel.skus])
    value, mean = np.zeros((len(days), 1, len(levels))), np.zeros((len(days), 1))
    event, weight = np.zeros((len(days), 1)), told["weight"].to_numpy()
    plain = _plain(panel)
    for steps in np.unique(days):
        at = days == steps
        value[at, 0] = recent_window(panel, int(steps), levels)[at]
        mean[at, 0] = plain[at] * steps
        if fitted is None:
            continue
        total, quantile = glm_totals(fitted, int(steps), levels)
        part = weight[at]
        value[at, 0] = part[:, None] * quantile[at] + (1 - part[:, None]) * value[at, 0]
        mean[at, 0] = part * total[at] + (1 - part) * mean[at, 0]
        event[at, 0] = part * np.maximum(fitted.mean - fitted.calm, 0.0)[at, :steps].sum(1)
    value, mean = _new(told, levels, value, mean, days)
    return _frame(
        panel, told, levels, value, mean, np.minimum(event, mean), np.array([panel.past]), days
    )


def _plain(panel: Panel) -> np.ndarray:
    cut = panel.units[:, -(56 if panel.season > 1 else 24) :]
    return np.nansum(cut, 1) / np.maximum(np.isfinite(cut).sum(1), 1)


def _new(
    told: pd.DataFrame, levels: np.ndarray, value: np.ndarray, mean: np.ndarray, days: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """SKUs without a past of their own: the level of their like, with the wide spread of a geometric count."""
    new = told["new"].to_numpy()
    total = np.maximum(told["level"].to_numpy() * days, 1e-9)
    wide = np.floor(np.log1p(-levels)[None, :] / np.log(total / (1.0 + total))[:, None])
    value = np.where(new[:, None, None], wide[:, None, :], value)
    return value, np.where(new[:, None], total[:, None], mean)


def _frame(
    panel: Panel,
    told: pd.DataFrame,
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
    }
    names = {
        "demand_class": "name",
        "model_used": "used",
        "fallback_reason": "reason",
        "basis": "basis",
    }
    return pd.DataFrame(columns | {to: told[of].to_numpy()[row] for to, of in names.items()})
