"""Cox regression on the time to the next order: lifelines fits, a step function tells."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from liveattr.errors import MissingDataError, ParameterError, TableError
from liveattr.repurchase.aft import checked, longest_silence, rounded
from liveattr.repurchase.survival import Fitted, Floats, columns_of

__all__ = ["MOST_ROWS", "fit_cox"]

MOST_ROWS = 200_000
"""Rows that lifelines is given; of more, whole persons are drawn."""


def fit_cox(
    frame: pd.DataFrame,
    names: Sequence[str],
    *,
    penalizer: float = 0.0,
    weights: Floats | None = None,
    most_rows: int = MOST_ROWS,
) -> Fitted:
    """Fit a proportional hazards regression on the time to the next order.

    Parameters
    ----------
    frame
        Columns `duration_days` (above 0), `event`, the covariates, and `person_id` where there are
        more than `most_rows` rows.
    names
        Covariates. One that never varies gets 0.
    penalizer
        Ridge as lifelines has it: half of this × Σ (coefficient × standard deviation)² is taken off
        the mean log partial likelihood of a row.
    weights
        Shape (rows,), 0 or more: how often a row counts.
    most_rows
        Of longer frames so many rows are used at most: all rows of persons drawn by a hash of their
        id, the same persons every time.

    Returns
    -------
    Fitted
        `coef` on the log of the hazard; H0 as Breslow's step function, for a row of all covariates 0.

    Raises
    ------
    MissingDataError
        If there are no rows, or no order ever came.
    ParameterError
        If lifelines does not converge.
    TableError
        If a column is missing or holds what is no finite number.

    Notes
    -----
    Ties (many orders on one day) by Efron's approximation. H0 is known up to the longest time followed
    up only; past it `Fitted` goes on as a power of the time and says so. Proportional hazards: wrong
    where a covariate matters in the first weeks only.

    References
    ----------
    Cox (1972), Regression models and life-tables. Davidson-Pilon, lifelines (MIT).
    """
    checked(frame, weights)
    kept = person_rows(frame, most_rows)
    if kept is not None:
        frame = frame[kept].reset_index(drop=True)
        weights = None if weights is None else np.asarray(weights, float)[kept]
    days, event, weight = checked(frame, weights)
    columns = columns_of(frame, names)
    for name, column in zip(names, columns, strict=True):
        if not np.isfinite(column).all():
            raise TableError(f"{name}: holds what is no finite number; fill it or leave it out")
    live = [at for at, c in enumerate(columns) if c.std() > 1e-9 * max(1.0, abs(float(c.mean())))]
    table = pd.DataFrame({f"x{at}": columns[at] for at in live})
    table = table.assign(days_=days, event_=event.astype(bool), weight_=weight)
    found = _lifelines(table[weight > 0], penalizer)
    return _fitted(found, frame, tuple(names), columns, live, len(days))


def person_rows(frame: pd.DataFrame, most: int) -> Floats | None:
    """Return which rows to keep, whole persons; None: all."""
    if len(frame) <= most:
        return None
    if "person_id" not in frame.columns:
        raise TableError(f"person_id: needed to draw persons out of {len(frame):,} rows")
    codes, people = pd.factorize(frame["person_id"])
    place = pd.util.hash_array(np.asarray(people.astype(str), dtype=object), categorize=False)
    order = np.argsort(place, kind="stable")
    rows = np.bincount(codes, minlength=len(people))[order].cumsum()
    chosen = np.zeros(len(people), dtype=bool)
    chosen[order[: max(1, int(np.searchsorted(rows, most, side="right")))]] = True
    return np.asarray(chosen[codes])


def _lifelines(table: pd.DataFrame, penalizer: float) -> Any:
    """Return lifelines' fitter."""
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    fitter = CoxPHFitter(penalizer=penalizer)
    whole = "weight_" if (table["weight_"] != 1).any() else None
    given = table if whole else table.drop(columns="weight_")
    try:
        with (
            warnings.catch_warnings()
        ):  # on weights, which resampling makes, and on standard errors
            warnings.simplefilter("ignore")
            return fitter.fit(given, "days_", "event_", weights_col=whole)
    except ConvergenceError as error:
        raise ParameterError(
            "the cox fit did not converge: set penalizer above 0, or leave out a covariate that "
            "says the same as another"
        ) from error


def _fitted(
    found: Any,
    frame: pd.DataFrame,
    names: tuple[str, ...],
    columns: list[Floats],
    live: list[int],
    n: int,
) -> Fitted:
    """Return the numbers that closed form needs."""
    coef = np.zeros(len(names))
    coef[live] = found.params_.to_numpy(float)
    middle = np.zeros(len(names))
    middle[live] = found._norm_mean.to_numpy(float)
    base = found.baseline_cumulative_hazard_
    days, hazard = base.index.to_numpy(float), base.iloc[:, 0].to_numpy(float)
    grows = np.diff(hazard, prepend=0.0) > 0
    if not grows.any():
        raise MissingDataError("no order came while anybody was followed up: nothing to learn from")
    spread = np.array([c.std() for c in columns])
    return Fitted(
        family="cox",
        names=names,
        coef=rounded(coef),
        intercept=float(rounded(-float(coef @ middle))),
        shape=float(rounded(_power(days[grows], hazard[grows]))),
        means=rounded(np.array([c.mean() for c in columns])),
        scales=rounded(np.where(spread > 0, spread, 1.0)),
        longest_days=float(days.max()),
        n=n,
        steps_days=days[grows],
        steps_hazard=rounded(hazard[grows]),
        longest_silence=longest_silence(frame),
    )


def _power(days: Floats, hazard: Floats) -> float:
    """Return the exponent of the power of the time that H0 is closest to, events weighted alike."""
    if len(days) < 2:
        return 1.0
    weight = np.diff(hazard, prepend=0.0)
    weight = weight / weight.sum()
    x, y = np.log(days), np.log(hazard)
    x, y = x - weight @ x, y - weight @ y
    return float((weight * x) @ y / ((weight * x) @ x))
