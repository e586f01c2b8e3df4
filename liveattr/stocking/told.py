"""What each model, merchant's rule and peer tells at a cut, as matrices."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.stocking.cuts import Cut
from liveattr.stocking.forecast import forecast_demand

__all__ = ["Told", "is_peer", "last_mean", "rule_days", "tell_steps", "tell_sums"]

Floats = NDArray[np.float64]
_RULE = re.compile(r"last_(\d+)")
_PEER = re.compile(r"[A-Z]\w+")


@dataclass(frozen=True)
class Told:
    """Of one model: SKU × step × level and SKU × step; NaN: it tells nothing of that SKU or step."""

    quantiles: Floats
    mean: Floats
    reasons: dict[str, int]
    """Why it was not the model that was asked for → number of SKUs."""


def rule_days(model: str) -> int | None:
    """Return k of the merchant's rule `last_k`; None: it is no such rule.

    Examples
    --------
    >>> rule_days("last_30"), rule_days("glm")
    (30, None)
    """
    found = _RULE.fullmatch(model)
    return int(found[1]) if found and int(found[1]) > 0 else None


def is_peer(model: str) -> bool:
    """Tell whether it is a model of statsforecast, which are written like AutoETS."""
    return bool(_PEER.fullmatch(model))


def last_mean(seen: Floats, last: int) -> Floats:
    """Return the mean of the newest `last` known steps by SKU; 0 where none is known."""
    known = np.isfinite(seen)
    newest = known & (np.cumsum(known[:, ::-1], axis=1)[:, ::-1] <= last)
    total = np.where(newest, seen, 0.0).sum(1)
    return np.asarray(total / np.maximum(newest.sum(1), 1))


def tell_steps(model: str, cut: Cut, levels: Floats) -> Told:
    """Return what a model tells of each step ahead."""
    last, steps = rule_days(model), len(cut.dates)
    if last is not None:
        mean = np.repeat(last_mean(cut.seen, last)[:, None], steps, axis=1)
        return Told(np.repeat(mean[:, :, None], len(levels), axis=2), mean, {})
    if is_peer(model):
        from liveattr.stocking.peers import tell_peer

        quantiles, mean = tell_peer(model, cut.seen, steps, levels, cut.season)
        return Told(quantiles, mean, {})
    told = forecast_demand(
        cut.history, cut.plan, horizon_days=steps, quantiles=tuple(levels), model=model
    )
    return _cube(told, cut, cut.dates, levels)


def tell_sums(model: str, cut: Cut, days: dict[object, int], levels: Floats) -> Floats:
    """Return SKU × level of the sum over each SKU's window, from the first step ahead."""
    told = forecast_demand(
        cut.history,
        cut.plan,
        horizon_days=max(days.values()),
        quantiles=tuple(levels),
        sum_over_days={sku: days[sku] for sku in cut.skus},
        model=model,
    )
    return _cube(told, cut, cut.dates[:1], levels).quantiles[:, 0]


def _cube(told: pd.DataFrame, cut: Cut, dates: pd.DatetimeIndex, levels: Floats) -> Told:
    row = pd.Index(cut.skus).get_indexer(pd.Index(told["sku_id"]))
    column = dates.get_indexer(pd.DatetimeIndex(told["from_on"]))
    place = np.abs(told["quantile"].to_numpy(float)[:, None] - levels).argmin(1)
    if (row < 0).any() or (column < 0).any():
        raise ParameterError("the forecast tells SKUs or days that were not asked for")
    quantiles = np.full((len(cut.skus), len(dates), len(levels)), np.nan)
    quantiles[row, column, place] = told["units"].to_numpy(float)
    mean = np.full(quantiles.shape[:2], np.nan)
    mean[row, column] = told["mean"].to_numpy(float)
    reasons = told.drop_duplicates("sku_id")["fallback_reason"].dropna()
    return Told(quantiles, mean, {str(k): int(n) for k, n in reasons.value_counts().items()})
