"""Accelerated failure time: Weibull and log-logistic by Newton steps with the exact curvature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import MissingDataError, ParameterError, TableError
from liveattr.repurchase.survival import Fitted, Floats, blocks, columns_of

__all__ = ["AftRows", "aft_rows", "fit_aft", "fit_loglogistic", "fit_weibull"]

_ROUNDS = 100
_CLOSE = 1e-6
"""The longest last step, in standard deviations of a covariate: the error after it is its square. The
loss cannot see so small a step any more, so no shorter one is looked for."""
_FLAT = 1e-11
"""Directions with less curvature than this share are not moved along: they cannot be told apart."""
_DIGITS = 10
"""Significant digits kept: what rounding in a sum can move (order of rows, threads) lies below."""


def fit_weibull(
    frame: pd.DataFrame,
    names: Sequence[str],
    *,
    penalizer: float = 0.0,
    weights: Floats | None = None,
) -> Fitted:
    """Fit a Weibull regression on the time to the next order.

    Parameters
    ----------
    frame
        Columns `duration_days` (above 0), `event` (bool: an order came; else only followed up to
        there) and the covariates.
    names
        Covariates. One that never varies gets 0.
    penalizer
        Ridge as lifelines has it: half of this × (Σ (coefficient × standard deviation)² + (log
        shape)²) is added to the mean negative log-likelihood of a row. The intercept is free.
    weights
        Shape (rows,), 0 or more: how often a row counts.

    Returns
    -------
    Fitted

    Raises
    ------
    MissingDataError
        If there are no rows, or no order ever came.
    ParameterError
        If the steps do not come to rest.
    TableError
        If a column is missing or holds what is no finite number.

    Notes
    -----
    log f = log k + z − log t, log S = −e^z, z = k (log t − m). In k and g = k × coef the
    likelihood is concave, so that Newton's steps find the one maximum. Standard errors are not
    given: rows of one person are no independent rows (`spread` resamples persons).

    The accelerated failure time assumption: a covariate stretches the time by the same factor at
    all times. It is wrong where a covariate works only for some weeks.

    References
    ----------
    Kalbfleisch & Prentice, The Statistical Analysis of Failure Time Data, 2nd ed., chapter 3.
    van Houwelingen (2007), Dynamic prediction by landmarking in event history analysis.
    """
    return fit_aft(frame, names, "weibull", penalizer=penalizer, weights=weights)


def fit_loglogistic(
    frame: pd.DataFrame,
    names: Sequence[str],
    *,
    penalizer: float = 0.0,
    weights: Floats | None = None,
) -> Fitted:
    """Fit a log-logistic regression on the time to the next order: a heavier tail than Weibull's.

    As `fit_weibull`, with log f = log k + z − log t − 2 log(1 + e^z), log S = −log(1 + e^z).
    """
    return fit_aft(frame, names, "loglogistic", penalizer=penalizer, weights=weights)


def fit_aft(
    frame: pd.DataFrame,
    names: Sequence[str],
    family: str,
    *,
    penalizer: float = 0.0,
    weights: Floats | None = None,
) -> Fitted:
    """Fit by the family's name: weibull or loglogistic."""
    rows = aft_rows(frame, names, family, penalizer=penalizer, weights=weights)
    return rows.fitted(_newton(rows, rows.start()))


@dataclass(frozen=True)
class AftRows:
    """Rows to learn from, scaled on the fly; the likelihood and its slopes.

    theta = (g0, g of each covariate, k): z = k (log t − middle) − g0 − Σ g (x − mean) / scale.
    """

    family: str
    names: tuple[str, ...]
    columns: list[Floats]
    means: Floats
    scales: Floats
    log_days: Floats
    middle: float
    event: Floats
    weights: Floats
    penalizer: float
    longest_silence: float

    @property
    def total(self) -> float:
        """Sum of the weights."""
        return float(self.weights.sum())

    def start(self) -> Floats:
        """Return where the steps begin: no effects, a constant hazard."""
        theta = np.zeros(len(self.columns) + 2)
        time = self.weights @ np.exp(self.log_days - self.middle)
        theta[0] = np.log(time / (self.weights @ self.event))
        theta[-1] = 1.0
        return theta

    def design(self, rows: slice) -> Floats:
        """Return shape (2 + covariates, rows): what theta multiplies to z."""
        found = np.empty((len(self.columns) + 2, rows.stop - rows.start))
        found[0] = -1.0
        for at, column in enumerate(self.columns):
            np.subtract(column[rows], self.means[at], out=found[at + 1])
            found[at + 1] *= -1.0 / self.scales[at]
        np.subtract(self.log_days[rows], self.middle, out=found[-1])
        return found

    def loss(self, theta: Floats) -> tuple[float, Floats, Floats]:
        """Return mean negative log-likelihood with the ridge, its slope and its curvature."""
        size = len(theta)
        value, slope, curve = 0.0, np.zeros(size), np.zeros((size, size))
        k = theta[-1]
        if k <= 0:
            return np.inf, slope, curve
        for rows in blocks(len(self.event)):
            u, weight = self.design(rows), self.weights[rows]
            told, pull, bend = _terms(self.family, theta @ u, self.event[rows])
            value += float(weight @ told)
            slope += u @ (weight * pull)
            curve += (u * (weight * bend)) @ u.T
        came = float(self.weights @ self.event)
        value += came * np.log(k)
        slope[-1] += came / k
        curve[-1, -1] += came / k**2
        ridge = _ridge(theta, self.penalizer)
        n = self.total
        return -value / n + ridge[0], -slope / n + ridge[1], curve / n + ridge[2]

    def scores(self, theta: Floats, people: NDArray[np.int64], n_people: int) -> Floats:
        """Return each person's slope of the log-likelihood, shape (people, theta)."""
        found = np.zeros((len(theta), n_people))
        for rows in blocks(len(self.event)):
            u, event, who = self.design(rows), self.event[rows], people[rows]
            _, pull, _ = _terms(self.family, theta @ u, event)
            u *= pull
            u[-1] += event / theta[-1]
            u *= self.weights[rows]
            for at in range(len(theta)):
                found[at] += np.bincount(who, u[at], n_people)
        return found.T

    def theta_of(self, fitted: Fitted) -> Floats:
        """Return theta of a fitted model of these rows."""
        k = fitted.shape
        m = fitted.intercept + float(fitted.coef @ self.means) - self.middle
        return np.concatenate([[k * m], k * fitted.coef * self.scales, [k]])

    def natural(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """Return coefficients, intercepts and shapes; theta of shape (..., 2 + covariates)."""
        shape = theta[..., -1]
        coef = theta[..., 1:-1] / shape[..., None] / self.scales
        intercept = theta[..., 0] / shape + self.middle - coef @ self.means
        return coef, intercept, shape

    def fitted(self, theta: Floats) -> Fitted:
        """Return the model with the numbers rounded to ten significant digits."""
        coef, intercept, shape = self.natural(theta)
        return Fitted(
            family=self.family,
            names=self.names,
            coef=rounded(coef),
            intercept=float(rounded(intercept)),
            shape=float(rounded(shape)),
            means=rounded(self.means),
            scales=rounded(self.scales),
            longest_days=float(np.round(np.exp(self.log_days.max()), 6)),
            n=len(self.event),
            longest_silence=self.longest_silence,
        )


def aft_rows(
    frame: pd.DataFrame,
    names: Sequence[str],
    family: str,
    *,
    penalizer: float = 0.0,
    weights: Floats | None = None,
) -> AftRows:
    """Check a frame and return its rows ready for a fit; errors as `fit_weibull`."""
    if family not in ("weibull", "loglogistic"):
        raise ParameterError(f"family={family!r}: weibull or loglogistic")
    if penalizer < 0:
        raise ParameterError(f"penalizer={penalizer}: 0 or more")
    days, event, weight = checked(frame, weights)
    columns = columns_of(frame, names)
    total = weight.sum()
    means = np.array([weight @ column / total for column in columns])
    spread = [weight @ (c - mean) ** 2 / total for c, mean in zip(columns, means, strict=True)]
    scales = np.sqrt(np.array(spread))
    if not np.isfinite(scales).all():
        name = tuple(names)[int(np.argmin(np.isfinite(scales)))]
        raise TableError(f"{name}: holds what is no finite number; fill it or leave those rows out")
    still = scales <= 1e-9 * np.maximum(1, np.abs(means))
    log_days = np.log(days)
    return AftRows(
        family=family,
        names=tuple(names),
        columns=[np.zeros_like(c) if alike else c for c, alike in zip(columns, still, strict=True)],
        means=np.where(still, 0.0, means) if still.any() else means,
        scales=np.where(still, 1.0, scales),
        log_days=log_days,
        middle=float(weight @ log_days / total),
        event=event,
        weights=weight,
        penalizer=float(penalizer),
        longest_silence=longest_silence(frame),
    )


def checked(frame: pd.DataFrame, weights: Floats | None) -> tuple[Floats, Floats, Floats]:
    """Return durations, events and weights; errors as `fit_weibull`."""
    days, event = columns_of(frame, ("duration_days", "event"))
    if not len(days) or not event.any():
        raise MissingDataError(
            f"{len(days)} snapshots and no order after any of them: nothing to learn from; "
            "load a longer history"
        )
    if not (days > 0).all() or not np.isfinite(days).all():
        raise TableError("duration_days: every value must be above 0; a snapshot ends its own day")
    weight = np.ones(len(days)) if weights is None else np.asarray(weights, dtype=np.float64)
    if weight.shape != days.shape or not np.isfinite(weight).all() or (weight < 0).any():
        raise ParameterError(f"weights: {len(days)} finite numbers of 0 or more are needed")
    if not weight @ event > 0:
        raise MissingDataError("no row with an order has a weight above 0: nothing to learn from")
    return days, event, weight


def longest_silence(frame: pd.DataFrame) -> float:
    """Return the most days from a last order to its snapshot; nan where the frame does not tell."""
    if not {"recency_days", "tenure_days"} <= set(frame.columns):
        return np.nan
    return float((frame["tenure_days"] - frame["recency_days"]).max())


def rounded(values: Floats | float) -> Floats:
    """Round to ten significant digits."""
    values = np.asarray(values, dtype=np.float64)
    size = np.where(values == 0, 1.0, np.abs(values))
    unit = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(size)))
    return np.asarray(np.round(values * unit) / unit)


def _newton(rows: AftRows, theta: Floats) -> Floats:
    """Return theta where the loss is least."""
    with np.errstate(over="ignore", invalid="ignore"):
        value, slope, curve = rows.loss(theta)
        for _ in range(_ROUNDS):
            step = -descent(curve, slope)
            if np.abs(step).max() < _CLOSE:
                return theta + step
            theta, found = _shortened(rows, theta, step, value, slope)
            if found is None:  # rounding is all that is left
                return theta
            value, slope, curve = found
    raise ParameterError(
        f"the {rows.family} fit did not come to rest in {_ROUNDS} rounds: set penalizer above 0"
    )


def _shortened(
    rows: AftRows, theta: Floats, step: Floats, value: float, slope: Floats
) -> tuple[Floats, tuple[float, Floats, Floats] | None]:
    """Return the longest of the halved steps that lowers the loss, and what the loss is there."""
    for halvings in range(40):
        share = 0.5**halvings
        found = rows.loss(theta + share * step)
        if found[0] < value + 1e-4 * share * float(slope @ step):
            return theta + share * step, found
    return theta, None


def descent(curve: Floats, slope: Floats) -> Floats:
    """Return curvature⁻¹ slope, not moving along directions without curvature."""
    size, axes = np.linalg.eigh(curve)
    size = np.abs(size)  # only a strong ridge bends the other way
    keep = size > _FLAT * size.max()
    return np.asarray(axes[:, keep] @ ((axes[:, keep].T @ slope) / size[keep]))


def _terms(family: str, z: Floats, event: Floats) -> tuple[Floats, Floats, Floats]:
    """Return each row's log-likelihood (less what k alone gives), its slope in z, −its curvature."""
    if family == "weibull":
        risk = np.exp(z)
        return event * z - risk, event - risk, risk
    share = 0.5 * (1 + np.tanh(0.5 * z))
    twice = 1 + event
    return (
        event * z - twice * np.logaddexp(0, z),
        event - twice * share,
        twice * share * (1 - share),
    )


def _ridge(theta: Floats, penalizer: float) -> tuple[float, Floats, Floats]:
    """Return ½ penalizer (Σ (g / k)² + (log k)²), its slope and curvature."""
    size = len(theta)
    slope, curve = np.zeros(size), np.zeros((size, size))
    g, k = theta[1:-1], theta[-1]
    whole, log_k = float(g @ g), float(np.log(k))
    slope[1:-1], slope[-1] = g / k**2, -whole / k**3 + log_k / k
    curve[np.arange(1, size - 1), np.arange(1, size - 1)] = 1 / k**2
    curve[1:-1, -1] = curve[-1, 1:-1] = -2 * g / k**3
    curve[-1, -1] = 3 * whole / k**4 + (1 - log_k) / k**2
    value = 0.5 * (whole / k**2 + log_k**2)
    return penalizer * value, penalizer * slope, penalizer * curve
