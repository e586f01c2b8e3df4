"""How well demand would have been foretold, and stocked, by each model and by the merchant's own rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.stocking import metrics
from liveattr.stocking.classes import demand_class
from liveattr.stocking.cuts import Cut, cut_at, past_cuts, some_skus
from liveattr.stocking.panel import demand_matrices
from liveattr.stocking.plays import play_models
from liveattr.stocking.told import Told, is_peer, rule_days, tell_steps

__all__ = ["ALL", "BACKTEST_COLUMNS", "MODELS_TRIED", "SCORED", "backtest_demand"]

Floats = NDArray[np.float64]
MODELS_TRIED = ("auto", "glm", "empirical", "last_7", "last_30")
SCORED = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Levels whose mean loss is `pinball`."""
NEEDED = (0.05, 0.5, 0.95)
ALL = "(all)"
BACKTEST_COLUMNS = ["model", "demand_class", "metric", "score", "n", "champion"]
MEANS = ("pinball", "mase", "coverage_90", "newsvendor_95")


def backtest_demand(
    history: pd.DataFrame,
    calendar: pd.DataFrame | None = None,
    *,
    horizon_days: int = 28,
    origins: int = 3,
    models: Sequence[str] = MODELS_TRIED,
    quantiles: Sequence[float] = SCORED,
    lead_time_days: int | Mapping[Any, int] = 7,
    review_days: int = 7,
    safety_days: int = 7,
    reviews: int = 8,
    most_skus: int = 2000,
    most_played: int = 200,
) -> pd.DataFrame:
    """Foretell the newest past days as if they were ahead, and score it.

    Parameters
    ----------
    history, calendar : DataFrame
        As of `forecast_demand`. Where the calendar does not reach over the past days, or is None, what the
        history tells of their covariates is taken for planned.
    horizon_days, origins : int
        Steps of a window; windows that do not overlap, at the end, each foretold from a fit of its own.
        A short history has fewer, or none.
    models : sequence of str
        Models of `forecast_demand`; rules of the merchant, last_7, last_30 (any number: mean of the
        newest days in which it could be bought); classes of statsforecast, such as AutoETS, which are
        baselines and need the extra `forecast`.
    quantiles : sequence of float
        Levels whose mean loss is the pinball score.
    lead_time_days : int or mapping by sku_id
    review_days, safety_days : int
        For the play of orders: an order every `review_days`; a rule orders up to its mean × (lead time +
        review + safety days), a model up to its .95 quantile of the sum over lead time + review.
    reviews : int
        Orders played, at the end of a history by day; 0: none. Each is a fit of its own.
    most_skus, most_played : int
        SKUs that are scored, and whose orders are played, if there are more: evenly over their order.

    Returns
    -------
    DataFrame
        model, demand_class (as known at the origin; "(all)"), metric, score, n (SKU × window),
        champion. Metrics: pinball, mase, coverage_90, newsvendor_95 are means over SKU × window in units
        of the SKU's own scale (`metrics.seasonal_scale`); wape and bias (told / came - 1) are of sums;
        fill_rate, stock_days of orders played. A rule tells no interval, so it has no coverage. Rows of models
        such as glm@0.9 and last_30@21 are points of the frontier: the level, or the days of cover.
        `attrs["fallbacks"]`: model → reason → SKUs.
        Sorted by model, class, metric. Empty where the history is too short.

    Raises
    ------
    ParameterError
        No or unknown models, quantiles outside (0, 1), numbers below 1, statsforecast not installed.

    Notes
    -----
    Champion of a class: least scaled pinball among the models of `forecast_demand`; equal: the first. Never
    by MASE, which prefers to tell 0 where most days are 0. Rules and baselines are no candidates: they
    know no plan, or no quantiles.

    Orders are played in single pieces, without packs, least orders and budget; stock on the way takes the
    lead time for sure.

    Wrong where the plan as recorded differs from the plan as it was known; sales are taken for demand.

    References
    ----------
    Gneiting and Raftery (2007), Strictly proper scoring rules, J. Am. Stat. Assoc. 102, 359-378.
    """
    _check(models, quantiles, horizon_days, origins, review_days)
    if history.empty:
        return _frame([])
    calendar = pd.DataFrame() if calendar is None else calendar
    past = some_skus(history.assign(on=pd.to_datetime(history["on"])), most_skus)
    plan = calendar.assign(on=pd.to_datetime(calendar["on"])) if "on" in calendar else calendar
    panel = demand_matrices(past, pd.DataFrame(), 1)
    scored = np.unique(np.asarray(quantiles, float))
    levels = np.unique(np.append(scored, NEEDED))
    tries = []
    for first in past_cuts(panel, horizon_days, origins):
        cut = cut_at(past, plan, panel, first, horizon_days)
        kinds = _kinds(cut)
        for model in models:
            told = tell_steps(model, cut, levels)
            scores = _scores(told, cut, levels, scored)
            if rule_days(model) is not None:
                scores["coverage_90"] = np.full(len(cut.skus), np.nan)
            tries.append((model, kinds, scores, told.reasons))
    rows = _summary(models, tries)
    if rows and reviews and panel.season == 7:
        rows += play_models(
            some_skus(past, most_played),
            plan,
            [m for m in models if not is_peer(m)],
            lead_time_days,
            review_days,
            safety_days,
            reviews,
        )
    found = _frame(rows)
    found.attrs["fallbacks"] = _fallbacks(tries)
    return found


def _check(
    models: Sequence[str], quantiles: Sequence[float], horizon: int, origins: int, review: int
) -> None:
    if not models or isinstance(models, str):
        raise ParameterError("models: name at least one, in a tuple")
    levels = np.asarray(quantiles, float)
    if not len(levels) or not ((levels > 0) & (levels < 1)).all():
        raise ParameterError(f"quantiles must lie between 0 and 1, not {list(quantiles)}")
    if min(horizon, origins, review) < 1:
        raise ParameterError("horizon_days, origins and review_days must be at least 1")


def _kinds(cut: Cut) -> NDArray[np.object_]:
    known = demand_class(cut.history).set_index("sku_id")["demand_class"]
    return np.asarray(known.reindex(cut.skus).to_numpy(object))


def _scores(told: Told, cut: Cut, levels: Floats, scored: Floats) -> dict[str, Floats]:
    """Return by SKU: scores, and the sums that wape and bias are of."""
    came = np.where(np.isfinite(told.mean), cut.came, np.nan)
    scale = metrics.seasonal_scale(cut.seen, cut.season, 52 * 7 if cut.season == 7 else 10**6)
    low, middle, high = (told.quantiles[:, :, int(np.searchsorted(levels, q))] for q in NEEDED)
    chosen = told.quantiles[:, :, np.searchsorted(levels, scored)]
    short = metrics.row_means(metrics.newsvendor_cost(came, high, 0.95)) / scale
    off = np.abs(came - middle)
    return {
        "pinball": metrics.scaled_pinball(came, chosen, scored, scale),
        "mase": metrics.mase(came, middle, scale),
        "coverage_90": metrics.coverage(came, low, high),
        "newsvendor_95": short,
        "came": np.nansum(came, 1),
        "off": np.nansum(off, 1),
        "told": np.where(np.isfinite(came), told.mean, 0.0).sum(1),
        "seen": np.isfinite(came).any(1).astype(float),
    }


def _summary(models: Sequence[str], tries: list[Any]) -> list[tuple[Any, ...]]:
    """Return rows model, class, metric, score, n, champion."""
    frames = [
        pd.DataFrame({"model": model, "demand_class": kinds, **scores})
        for model, kinds, scores, _ in tries
    ]
    if not frames:
        return []
    each = pd.concat(frames, ignore_index=True)
    each = pd.concat([each, each.assign(demand_class=ALL)], ignore_index=True)
    grouped = each.groupby(["model", "demand_class"])
    means, counts, sums = grouped[[*MEANS]].mean(), grouped[[*MEANS]].count(), grouped.sum()
    total = sums["came"].where(sums["came"] > 0)
    means = means.assign(wape=sums["off"] / total, bias=sums["told"] / total - 1)
    counts = counts.assign(wape=sums["seen"], bias=sums["seen"])
    best = _champions(models, means["pinball"].unstack("demand_class"))
    means = means[[*MEANS, "wape", "bias"]]
    keys = ["model", "demand_class"]
    found = means.reset_index().melt(keys, var_name="metric", value_name="score").dropna()
    n = counts.reset_index().melt(keys, var_name="metric", value_name="n")
    found = found.merge(n, on=[*keys, "metric"], how="left")
    found["champion"] = found["demand_class"].map(best) == found["model"]
    return list(found[BACKTEST_COLUMNS].itertuples(index=False, name=None))


def _champions(models: Sequence[str], pinball: pd.DataFrame) -> dict[str, str]:
    ours = [m for m in models if rule_days(m) is None and not is_peer(m)]
    told = pinball.reindex(ours).dropna(axis=1, how="all")
    return {str(kind): str(model) for kind, model in told.idxmin().items()}


def _fallbacks(tries: list[Any]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for model, _, _, reasons in tries:
        counts = found.setdefault(model, {})
        for reason, n in reasons.items():
            counts[reason] = counts.get(reason, 0) + n
    return found


def _frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=BACKTEST_COLUMNS)
    found = found.astype({"score": float, "n": "int64", "champion": bool})
    return found.sort_values(["model", "demand_class", "metric"], ignore_index=True)
