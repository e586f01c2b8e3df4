"""One series and what happened to it: the effect of an event, with the semantics of CausalImpact.

A local level with a regression on control series, fitted before the event and carried on after it.
The published R package draws both scales from strong priors; the same priors are used here, and the
scales are set to their likeliest values. Without the noise prior, intervals come out at a quarter to
two and a half times of R's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.incrementality.verdict import detectable, two_sided

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["Effect", "causal_effect"]

Floats = NDArray[np.float64]

LEVEL_CASES = 32
"""[cases] Weight of the prior of the level's sd, as in the R package."""
EXPLAINED, NOISE_CASES = 0.8, 50
"""What the controls are expected to explain, and the weight of it [cases], as in the R package."""
WEAK_CASES = 0.01
"""[cases] Without controls nothing is expected."""
FEW = 3
"""Fewer values before the event than this are not enough."""


@dataclass(frozen=True, eq=False)
class Effect:
    """The effect of an event on a series.

    Attributes
    ----------
    summary
        Rows average and cumulative: `actual, predicted, predicted_low, predicted_high, effect, low,
        high, relative, relative_low, relative_high`.
    series
        By the index of y: `observed, expected, low, high, effect, effect_low, effect_high, cumulative,
        cumulative_low, cumulative_high`; the last three from the event on.
    p_value
        Two-sided, that the effect is 0, from the draws of the intervals.
    mde
        Smallest average effect that would be found with 80 % power at this level.
    level
        Of the intervals.
    fit
        Before the event: `error` (mean absolute distance of a value from what was expected),
        `relative_error` (… ÷ mean of |y|), `noise_sd`, `level_sd`.
    """

    summary: pd.DataFrame
    series: pd.DataFrame
    p_value: float
    mde: float
    level: float
    fit: dict[str, float]

    def __str__(self) -> str:
        """Tell the effect in a few lines."""
        name = f"{100 * self.level:g} %"
        lines = [
            f"{kind}: actual {row['actual']:.4g}, expected {row['predicted']:.4g}, effect "
            f"{row['effect']:.4g} ({name}: {row['low']:.4g} to {row['high']:.4g}), "
            f"{100 * row['relative']:.3g} %"
            for kind, row in self.summary.iterrows()
        ]
        return "\n".join([*lines, f"p = {self.p_value:.4g}, smallest detectable {self.mde:.4g}"])


def causal_effect(
    y: pd.Series,
    controls: pd.DataFrame | None = None,
    *,
    since: Hashable,
    until: Hashable | None = None,
    level: float = 0.95,
    prior_level_sd: float = 0.01,
    draws: int = 1000,
    seed: int = 0,
    seasonal: int | None = None,
) -> Effect:
    """Estimate the effect of an event on a series.

    Parameters
    ----------
    y
        The series, with an index in order; missing values are allowed before the event.
    controls
        Series with the same index that the event did not touch.
    since, until
        First and last label of the time after the event; None: to the end. What comes later is left
        out.
    level
        Of the intervals.
    prior_level_sd
        Where the level's step sd is expected, in sd of y before the event.
    draws, seed
        Number of draws, and what decides them.
    seasonal
        Length of a season, e.g. 7 for weekdays; None: none.

    Raises
    ------
    ParameterError
        If labels are missing, indices differ, there are too few values, or y does not vary.

    Notes
    -----
    y = level + controls b + noise in statsmodels' UnobservedComponents, b in the state with a diffuse
    prior; y and controls are centred and scaled over the time before. 1 / variance of the level's steps
    is Gamma with 32 cases around `prior_level_sd`²; of the noise, where there are controls, with 50
    cases around 1 - 0.8. Draws are of the simulation smoother at the likeliest scales. Assumes that the
    relation to the controls lasts. Wrong where the event moves a control. Brodersen et al. 2015.
    """
    first, last = _period(y, controls, since, until, draws, level)
    told = y.iloc[: last + 1]
    centre, scale = float(told[:first].mean()), float(told[:first].std())
    if told[:first].notna().sum() < FEW or not scale > 0:
        raise ParameterError("y must vary and have at least 3 values before the event")
    x = None if controls is None else _standard(controls.iloc[: last + 1], first)
    given = ((told - centre) / scale).to_numpy(dtype=float)
    given[first:] = np.nan
    model, noise, step = _fitted(given, x, prior_level_sd, seasonal)
    drawn = _drawn(model, noise, draws, seed) * scale + centre
    fit = {"noise_sd": noise * scale, "level_sd": step * scale}
    return _effect(told, drawn, first, level, fit)


def _period(
    y: pd.Series,
    controls: pd.DataFrame | None,
    since: Hashable,
    until: Hashable | None,
    draws: int,
    level: float,
) -> tuple[int, int]:
    """Return the places of the first and the last value after the event."""
    if controls is not None and not controls.index.equals(y.index):
        raise ParameterError("controls must have the index of y")
    if not y.index.is_monotonic_increasing or not y.index.is_unique:
        raise ParameterError("the index must be in order, each label once")
    if draws < 1 or not 0 < level < 1:
        raise ParameterError(f"draws = {draws}, level = {level}: must be above 0, and in (0, 1)")
    index: Any = y.index
    first = int(index.searchsorted(since))
    last = len(y) - 1 if until is None else int(index.searchsorted(until, side="right")) - 1
    if not 0 < first <= last:
        raise ParameterError(f"no time from {since} to {until} with values before it")
    return first, last


def _standard(controls: pd.DataFrame, first: int) -> Floats:
    before = controls.iloc[:first]
    spread = before.std().replace(0.0, 1.0)
    found = ((controls - before.mean()) / spread).to_numpy(dtype=float)
    if not np.isfinite(found).all():
        raise ParameterError("controls must have no missing value")
    return np.asarray(found)


def _fitted(
    y: Floats, x: Floats | None, prior_level_sd: float, seasonal: int | None
) -> tuple[Any, float, float]:
    """Return the model at its likeliest scales, the noise sd and the level's step sd."""
    from scipy.optimize import minimize
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    model = UnobservedComponents(
        y, level="local level", exog=x, mle_regression=False, seasonal=seasonal,
        stochastic_seasonal=False,
    )  # fmt: skip
    usual, cases = (1.0, WEAK_CASES) if x is None else (1 - EXPLAINED, NOISE_CASES)
    start = np.log([np.sqrt(usual), prior_level_sd])

    def loss(logs: Floats) -> float:
        prior = _log_prior(logs[0], usual, cases)
        prior += _log_prior(logs[1], prior_level_sd**2, LEVEL_CASES)
        return -float(model.loglike(np.exp(2 * logs))) - prior

    options = {"xatol": 1e-3, "fatol": 1e-4, "maxiter": 300}
    found = minimize(loss, start, method="Nelder-Mead", options=options).x
    model.update(np.exp(2 * found))
    return model, float(np.exp(found[0])), float(np.exp(found[1]))


def _log_prior(log_sd: float, variance: float, cases: float) -> float:
    """Log density of a scale whose 1 / variance is Gamma(cases / 2, cases × variance / 2)."""
    return float(-cases * log_sd - cases * variance * np.exp(-2 * log_sd) / 2)


def _drawn(model: Any, noise: float, draws: int, seed: int) -> Floats:
    """Draw the course without the event, noise and all; shape (draws, values)."""
    rng = np.random.default_rng(seed)
    smoother = model.simulation_smoother()
    design = np.broadcast_to(model.ssm["design"][0].T, (model.nobs, model.k_states)) \
        if model.ssm["design"].ndim == 2 else model.ssm["design"][0].T  # fmt: skip
    found = np.empty((draws, model.nobs))
    for one in range(draws):
        smoother.simulate(rng=rng)
        found[one] = (design * smoother.simulated_state.T).sum(axis=1)
    return found + noise * rng.standard_normal(found.shape)


def _effect(
    told: pd.Series, drawn: Floats, first: int, level: float, fit: dict[str, float]
) -> Effect:
    """Put draws into tables."""
    y = told.to_numpy(dtype=float)
    gap = y - drawn
    after = gap[:, first:]
    seen = np.isfinite(y[first:])
    after = np.where(seen, after, 0.0)
    total = np.cumsum(after, axis=1)
    ends = [(1 - level) / 2, (1 + level) / 2]
    series = pd.DataFrame({"observed": y}, index=told.index)
    for names, draws in ((("expected", "low", "high"), drawn), (_named("effect"), gap)):
        series[names[0]] = draws.mean(axis=0)
        series[names[1]], series[names[2]] = np.quantile(draws, ends, axis=0)
    sums = np.full((len(y), 3), np.nan)
    sums[first:] = np.column_stack([total.mean(axis=0), *np.quantile(total, ends, axis=0)])
    series[list(_named("cumulative"))] = sums
    average = after.sum(axis=1) / seen.sum()
    wide = drawn[:, first:][:, seen].mean(axis=1)
    rows = [
        _row(y[first:][seen].mean(), wide, average, ends, times) for times in (1, int(seen.sum()))
    ]
    summary = pd.DataFrame(rows, index=["average", "cumulative"])
    before = (series["observed"] - series["expected"]).iloc[:first]
    fit["error"] = float(before.abs().mean())
    fit["relative_error"] = fit["error"] / float(told.iloc[:first].abs().mean())
    return Effect(summary, series, two_sided(average), detectable(average, level), level, fit)


def _named(what: str) -> tuple[str, str, str]:
    return what, f"{what}_low", f"{what}_high"


def _row(
    actual: float, wide: Floats, average: Floats, ends: list[float], times: int
) -> dict[str, float]:
    """Return a row of the summary."""
    relative = average / wide.mean()
    values = {"actual": actual * times, "predicted": wide.mean() * times}
    values |= dict(
        zip(("predicted_low", "predicted_high"), np.quantile(wide, ends) * times, strict=True)
    )
    values |= {"effect": average.mean() * times}
    values |= dict(zip(("low", "high"), np.quantile(average, ends) * times, strict=True))
    values |= {"relative": relative.mean()}
    values |= dict(zip(("relative_low", "relative_high"), np.quantile(relative, ends), strict=True))
    return {name: float(value) for name, value in values.items()}
