"""How much will be wanted: quantiles by day, and of the sum over the days that an order must last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError
from liveattr.stocking.boost import Boost, fit_boost
from liveattr.stocking.classes import classes_of
from liveattr.stocking.columns import main_event
from liveattr.stocking.exposure import Exposure, exposure_of
from liveattr.stocking.members import (
    AT_ONCE,
    MOST_SERIES,
    Fitted,
    evenly,
    fit_global,
    tell,
)
from liveattr.stocking.mix import Mix, choose_mix
from liveattr.stocking.panel import Panel, demand_matrices, rows_of
from liveattr.stocking.parts import part_of
from liveattr.stocking.starts import start_levels

__all__ = ["QUANTILES", "forecast_demand"]

QUANTILES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
MODELS = ("auto", "glm", "empirical", "boost")
COLUMNS = "sku_id from_on days quantile units mean event_units demand_class model_used fallback_reason basis".split()


def forecast_demand(
    history: pd.DataFrame,
    calendar: pd.DataFrame | None = None,
    *,
    horizon_days: int = 28,
    quantiles: Sequence[float] = QUANTILES,
    sum_over_days: int | Mapping[Any, int] | pd.Series | None = None,
    model: str = "auto",
) -> pd.DataFrame:
    """Quantiles of the units wanted, by SKU.

    Parameters
    ----------
    history : DataFrame
        sku_id, on, units [pieces, gross], in_stock; also covariates that are known in advance (numbers), and
        category, price_band and clicks, which tell what a new SKU is like. Steps of a day, a week or a month:
        inferred. One row a SKU and step; a step without a row is not known.
    calendar : DataFrame, optional
        on, the same covariates, with or without sku_id; for the steps ahead and, if wanted, the past. A SKU that only
        the calendar names ahead (perhaps with its category and price_band) is told as a new one, unless
        `sum_over_days` gives windows by SKU and leaves it out. None or empty: nothing is planned.
    horizon_days : int
        Steps ahead (days, if the history is by day), ≥ 1.
    quantiles : sequence of float
        In (0, 1); one-sided: with this chance no more is wanted.
    sum_over_days : int, mapping or Series, optional
        Steps of one window by SKU, from the first step ahead; then one window a SKU is told, not the steps.
    model : {"auto", "glm", "empirical", "boost"}
        glm: the global model. empirical: the recent past. auto: their mix by class of demand that foretold the newest
        three past origins best, wider where its 90 % interval held less than 85 % there. boost: the mean of the global
        model's quantiles and those of boosted trees on its columns (the extra `boost`); never part of auto.

    Returns
    -------
    DataFrame
        sku_id, from_on, days, quantile, units, mean, event_units (part of the mean that the planned main event
        brings), demand_class, model_used, fallback_reason, basis (own history, analogue, clicks); sorted by
        sku_id, from_on, quantile. Deterministic.

    Raises
    ------
    ParameterError
        Unknown model, quantile outside (0, 1), horizon or window below 1, columns lacking, two rows for one step.

    Notes
    -----
    Base of a step: recent level of the SKU × effects common to all SKUs × what this SKU differs by for its main event,
    weekday, both, and each covariate, shrunk to none by empirical Bayes. One quasi-Poisson log-linear model of all
    SKUs corrects it; it is fitted on past origins, each of which sees only what was known then (direct, without
    recursion). Around the mean: a negative binomial with the SKU's own past spread shrunk to that of all; for single
    steps of 30 pieces and more the SKU's own past ratios. Quantiles of a sum come from past sums, never from
    adding those of days: days err together. Steps in which it could not be bought are missing, not zero.

    Wrong for events of a kind never seen, after a change of level within the last days, and where sales were bound
    by stock but in_stock says otherwise. Units below 0 (returns) count as 0; what is no finite number, as not known.

    References
    ----------
    .. [1] Gneiting, T., Raftery, A. (2007), Strictly proper scoring rules, J. Am. Stat. Assoc. 102, 359-378.
    .. [2] Efron, B., Morris, C. (1975), Data analysis using Stein's estimator, J. Am. Stat. Assoc. 70, 311-319.
    """
    levels = _levels(quantiles)
    _check(model, horizon_days)
    calendar = pd.DataFrame() if calendar is None else calendar
    if history.empty:
        return pd.DataFrame(columns=COLUMNS)
    window = _windows(sum_over_days, history, calendar)
    if window and "sku_id" in calendar:
        calendar = calendar[calendar["sku_id"].isin(window)]
    horizon = max(window.values()) if window else horizon_days
    panel = demand_matrices(history, calendar, horizon)
    days = np.array([window.get(sku, 1) for sku in panel.skus])
    fitted = None if model == "empirical" else fit_global(panel, horizon, model == "auto")
    about, stray = _about(panel, fitted, model, days if window else None)
    mixes = _mixes(panel, fitted, model, levels, days if window else None)
    trees = _trees(panel, fitted, model, days if window else None)
    parts = [
        part_of(panel, rows, fitted, trees, mixes, about, stray, levels, days if window else None)
        for rows in np.array_split(np.arange(len(days)), -(-len(days) // AT_ONCE))
    ]
    return pd.concat(parts, ignore_index=True)


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


def _windows(
    wanted: int | Mapping[Any, int] | pd.Series | None,
    history: pd.DataFrame,
    calendar: pd.DataFrame,
) -> dict[Any, int]:
    """Return the length of each SKU's window; of SKUs that only the calendar names as far as there is one."""
    if wanted is None:
        return {}
    skus = history["sku_id"].unique().tolist()
    planned = calendar["sku_id"].unique().tolist() if "sku_id" in calendar else []
    if isinstance(wanted, (int, np.integer)):
        each: dict[Any, Any] = dict.fromkeys([*skus, *planned], wanted)
    else:
        each = dict(wanted.items())
    skus += [sku for sku in planned if sku in each]
    lacking = [s for s in skus if s not in each or not each[s] >= 1]
    if lacking:
        raise ParameterError(
            f"sum_over_days needs a length of at least 1 for every SKU; not so for {lacking[:5]}"
        )
    return {s: int(each[s]) for s in skus}


def _about(
    panel: Panel, fitted: Fitted | None, model: str, days: np.ndarray | None
) -> tuple[pd.DataFrame, dict[int, np.ndarray]]:
    """By SKU: class, level of a new one, why it is told otherwise. By length of window: stray of new ones."""
    event = main_event(panel, fitted.event if fitted else "")
    name = classes_of(panel.units, event.flag[:, : panel.past])[0]
    steps = np.isfinite(panel.units).sum(1)
    common = Exposure(steps.astype(float), {})
    if (name == "new").any():
        common = exposure_of(panel, fitted, [0] if days is None else map(int, np.unique(days)))
    start = start_levels(panel, name, common.total)
    reason = panel.strange.copy()
    if panel.unplanned:
        reason[:] = "the calendar does not tell " + ", ".join(panel.unplanned)
    reason[panel.absent] = "the calendar does not name this SKU"
    if fitted is None and model != "empirical":
        reason[:] = "the history is too short for the model"
    reason[name == "new"] = "fewer than 14 steps in which it could be bought"
    reason[panel.only_planned] = "only the calendar names this SKU"
    nothing = (steps == 0) & ~start.known
    reason[nothing] = "nothing is known of it, nor of its like"
    about = pd.DataFrame(
        {"name": name, "reason": reason, "new": (name == "new") & start.known}
        | {"level": start.level, "shape": start.shape, "basis": start.basis}
    )
    return about, common.stray


def _mixes(
    panel: Panel, fitted: Fitted | None, model: str, levels: np.ndarray, days: np.ndarray | None
) -> dict[int, Mix]:
    """By length of the window (0: single steps) how the members are mixed."""
    lengths = [0] if days is None else [int(n) for n in np.unique(days)]
    if fitted is None:
        return {n: Mix({}, {}, (0.0, 1.0)) for n in lengths}
    if model in ("glm", "boost"):
        return {n: Mix({}, {}) for n in lengths}
    some = rows_of(panel, evenly(panel, MOST_SERIES))
    told = tell(some, fitted, fitted.horizon)
    name = classes_of(some.units, main_event(some, fitted.event).flag[:, : some.past])[0]
    return {n: choose_mix(some, told, name, levels, n or None) for n in lengths}


def _trees(
    panel: Panel, fitted: Fitted | None, model: str, days: np.ndarray | None
) -> dict[int, Boost]:
    """By length of the window (0: single steps) the boosted trees, if they are asked for."""
    if fitted is None or model != "boost":
        return {}
    if days is None:
        return {0: fit_boost(panel, fitted, None)}
    return {int(n): fit_boost(panel, fitted, int(n)) for n in np.unique(days)}
