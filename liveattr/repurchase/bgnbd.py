"""BG/NBD: orders at a steady rate until, after one of them, a person stops for good.

The plain opponent that every landmark model has to beat, and a partner for it where people are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from liveattr.errors import MissingDataError, ParameterError

__all__ = ["BgNbd", "fit_bgnbd"]

Floats = npt.NDArray[np.float64]

LOWEST, HIGHEST = 1e-4, 1e4
"""Bounds of r, of alpha in mean tenures, of a and of b: where nobody stops, or nobody comes back, the
likelihood goes on rising, ever more slowly, and without bounds there is no end to it."""
NODES = 24
"""Points of the mean over a person's chance to stop; 12 agree with 48 to nine digits."""


@dataclass(frozen=True)
class BgNbd:
    """Fitted numbers of BG/NBD; all times are days.

    Attributes
    ----------
    r, alpha
        The rate of orders of a person in a day is gamma with shape `r` and mean `r / alpha`.
    a, b
        The chance to stop after an order that is not the first is beta with mean `a / (a + b)`.
    n
        [people] learnt from, or the sum of their weights.
    log_likelihood
        Of all of them, without the constant that no parameter changes.
    bound
        Whether a parameter lies at its bound: the data says only "so small" or "so large".
    """

    r: float
    alpha: float
    a: float
    b: float
    n: float
    log_likelihood: float
    bound: bool = False

    def alive(
        self, frequency: npt.ArrayLike, recency_days: npt.ArrayLike, tenure_days: npt.ArrayLike
    ) -> Floats:
        """Return the chance that each person has not stopped; 1 for those with one order.

        Parameters as of `fit_bgnbd`.

        Notes
        -----
        1 / (1 + a / (b + x - 1) × ((alpha + T) / (alpha + t))^(r + x)) for x > 0.
        """
        x, t, tenure = checked(frequency, recency_days, tenure_days)
        with np.errstate(divide="ignore"):
            odds = np.log(self.a) - np.log(np.maximum(self.b + x - 1, 0))
        odds += (self.r + x) * (np.log(self.alpha + tenure) - np.log(self.alpha + t))
        return np.where(x > 0, np.exp(-np.logaddexp(0.0, odds)), 1.0)

    def chance(
        self,
        frequency: npt.ArrayLike,
        recency_days: npt.ArrayLike,
        tenure_days: npt.ArrayLike,
        horizons: Sequence[float] = (30, 60, 90),
    ) -> Floats:
        """Return the chance of at least one order within each horizon, given the silence so far.

        Parameters
        ----------
        frequency, recency_days, tenure_days
            As for `fit_bgnbd`.
        horizons
            [days] From the day to which `tenure_days` counts.

        Returns
        -------
        numpy.ndarray
            A row a person, a column a horizon.

        Notes
        -----
        P(not stopped) × (1 - ((alpha + T) / (alpha + T + h))^(r + x)). Nobody stops while no order comes,
        so the horizon has no part in the first factor; and with one order it is 1 (a formula in use
        elsewhere takes it for less, and then halves the chance of people with one order).
        """
        x, _, tenure = checked(frequency, recency_days, tenure_days)
        days = spans(horizons)
        none = -(self.r + x)[:, None] * np.log1p(days / (self.alpha + tenure)[:, None])
        return self.alive(frequency, recency_days, tenure_days)[:, None] * -np.expm1(none)

    def expected(
        self,
        frequency: npt.ArrayLike,
        recency_days: npt.ArrayLike,
        tenure_days: npt.ArrayLike,
        horizons: Sequence[float] = (30, 60, 90),
    ) -> Floats:
        """Return how many orders to expect within each horizon.

        Parameters and shape as of `chance`; [orders].

        Notes
        -----
        P(not stopped) × E[(1 - (A / (A + p h))^(r + x)) / p], A = alpha + T and p beta with a and b + x.
        The mean over p is a Gauss-Jacobi sum: unlike the closed form with a hypergeometric function it
        holds at a = 1 and for long histories too.
        """
        x, _, tenure = checked(frequency, recency_days, tenure_days)
        days = spans(horizons)
        pairs, place = np.unique(x + 1j * tenure, return_inverse=True)
        k, start = self.r + pairs.real[:, None], self.alpha + pairs.imag[:, None]
        each, of = np.unique(pairs.real, return_inverse=True)
        stop, mass = beta_nodes(self.a, self.b + each)
        found = np.zeros((len(pairs), days.shape[1]))
        for node in range(NODES):
            p, share = stop[of, node, None], mass[of, node, None]
            found += share * -np.expm1(-k * np.log1p(p * days / start)) / p
        return self.alive(frequency, recency_days, tenure_days)[:, None] * found[place]


def fit_bgnbd(
    frequency: npt.ArrayLike,
    recency_days: npt.ArrayLike,
    tenure_days: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
) -> BgNbd:
    """Fit BG/NBD by maximum likelihood, within bounds, on the different rows only.

    Parameters
    ----------
    frequency
        x: orders after the first one; several on one day count once.
    recency_days
        [days] t: from the first order to the last one (not from the last one to today). 0 for x = 0.
    tenure_days
        [days] T: from the first order to today.
    weights
        How often each row counts; None: once.

    Returns
    -------
    BgNbd
        The same for any order of the rows.

    Raises
    ------
    ParameterError
        If lengths differ, or a row cannot be: t > T, a negative number, x = 0 with t > 0.
    MissingDataError
        If nobody has a second order or no time has gone by: there is nothing to learn from.

    Notes
    -----
    L = Γ(r + x) alpha^r / Γ(r) × B(a, b + x) / B(a, b) × ((alpha + T)^-(r + x) + [x > 0] a / (b + x - 1)
    × (alpha + t)^-(r + x)). Its gradient is written out; L-BFGS-B on the logs of the parameters.

    Wrong where the rate has seasons, where people pause and return, and for clockwork buyers: it takes
    gaps for exponential. It knows nothing of money or of what people watch.

    References
    ----------
    Fader, Hardie, Lee (2005), "Counting your customers" the easy way. Marketing Science 24 (2).

    Examples
    --------
    >>> found = fit_bgnbd([0, 0, 0, 1, 3, 0, 6], [0, 0, 0, 20, 70, 0, 95], [90, 80, 99, 95, 90, 85, 97])
    >>> found.chance([0, 6], [0, 95], [90, 97], [30]).round(2).tolist()
    [[0.09], [0.75]]
    """
    from scipy.optimize import minimize

    x, t, tenure = checked(frequency, recency_days, tenure_days)
    rows, counts = distinct(x, t, tenure, weights)
    unit = float(counts @ rows[2] / counts.sum()) if counts.sum() > 0 else 0.0
    if not unit > 0 or not (counts @ rows[0]) > 0:
        raise MissingDataError("BG/NBD needs people with a second order, and a day after the first")
    scaled = (rows[0], rows[1] / unit, rows[2] / unit)
    best = minimize(
        loss,
        np.log([0.5, 0.5, 1.0, 2.0]),
        args=(*scaled, counts / counts.sum()),
        jac=True,
        method="L-BFGS-B",
        bounds=[(np.log(LOWEST), np.log(HIGHEST))] * 4,
        options={"maxiter": 1000, "maxfun": 4000, "ftol": 1e-15, "gtol": 1e-8},
    )
    r, alpha, a, b = (float(value) for value in np.exp(best.x))
    bound = bool((np.abs(best.x) > np.log(HIGHEST) - 1e-6).any())
    n = float(counts.sum())
    total = -float(best.fun) * n - float(counts @ rows[0]) * float(np.log(unit))
    return BgNbd(r, alpha * unit, a, b, n, total, bound)


def loss(
    logs: Floats, x: Floats, t: Floats, tenure: Floats, weights: Floats
) -> tuple[float, Floats]:
    """Return minus the weighted log-likelihood, and its gradient in the logs of r, alpha, a, b."""
    from scipy.special import gammaln, psi

    r, alpha, a, b = np.exp(logs)
    k, late, early, again = r + x, np.log(alpha + tenure), np.log(alpha + t), x > 0
    left = np.where(again, b + x - 1, 1.0)
    stopped = np.where(again, logs[2] - np.log(left) - k * early, -np.inf)
    either = np.logaddexp(-k * late, stopped)
    gone = np.exp(stopped - either)
    rate = gammaln(k) - gammaln(r) + r * logs[1]
    stay = gammaln(a + b) - gammaln(a + b + x) + gammaln(b + x) - gammaln(b)
    both = psi(a + b) - psi(a + b + x)
    at_t, at_end = gone / (alpha + t), (1 - gone) / (alpha + tenure)
    slopes = (
        psi(k) - psi(r) + logs[1] - (1 - gone) * late - gone * early,
        r / alpha - k * (at_t + at_end),
        both + gone / a,
        both + psi(b + x) - psi(b) - np.where(again, gone / left, 0.0),
    )
    slope = np.array([weights @ one for one in slopes]) * np.exp(logs)
    return -float(weights @ (rate + stay + either)), -slope


def checked(
    frequency: npt.ArrayLike, recency_days: npt.ArrayLike, tenure_days: npt.ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Return the three columns as float64; complain of rows that cannot be."""
    x, t, tenure = (
        np.atleast_1d(np.asarray(given, dtype=np.float64))
        for given in (frequency, recency_days, tenure_days)
    )
    if not len(x) == len(t) == len(tenure):
        raise ParameterError("frequency, recency_days and tenure_days must have the same length")
    wrong = ~((x >= 0) & (t >= 0) & (t <= tenure) & np.isfinite(tenure) & np.isfinite(x))
    wrong |= (x == 0) & (t > 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ParameterError(
            f"row {row}: frequency {x[row]:g}, recency_days {t[row]:g}, tenure_days {tenure[row]:g}; "
            "recency_days runs from the first order to the last, at most tenure_days, 0 for one order"
        )
    return x, t, tenure


def distinct(
    x: Floats, t: Floats, tenure: Floats, weights: npt.ArrayLike | None
) -> tuple[tuple[Floats, Floats, Floats], Floats]:
    """Return the different rows in sorted order and how much each of them counts."""
    given = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=np.float64)
    if given.shape != x.shape or not (np.isfinite(given) & (given >= 0)).all():
        raise ParameterError("weights: one number a row, none of them negative or missing")
    order = np.lexsort((given, tenure, t, x))
    x, t, tenure, given = x[order], t[order], tenure[order], given[order]
    first = np.ones(len(x), dtype=bool)
    first[1:] = (np.diff(x) != 0) | (np.diff(t) != 0) | (np.diff(tenure) != 0)
    counts = np.add.reduceat(given, np.flatnonzero(first)) if len(x) else given
    return (x[first], t[first], tenure[first]), counts


def spans(horizons: Sequence[float]) -> Floats:
    """Return the horizons as one row; complain of negative ones."""
    days = np.atleast_1d(np.asarray(horizons, dtype=np.float64))
    if not (np.isfinite(days) & (days >= 0)).all():
        raise ParameterError("horizons are days, none of them negative")
    return days[None, :]


def beta_nodes(a: float, b: Floats) -> tuple[Floats, Floats]:
    """Return points and masses of a Gauss sum for the mean over beta(a, b), a row each b.

    Eigenvalues of the Jacobi matrix of the polynomials that are orthogonal under that density.
    """
    n = np.arange(NODES, dtype=np.float64)[None, :]
    b = b[:, None]
    s = a + b + 2 * n
    first = a / (a + b)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = 0.5 * (1 + (a - b) * (a + b - 2) / (s * (s - 2)))
        m = n[:, 1:]
        u = s[:, 1:]
        side = m * (m + a - 1) * (m + b - 1) * (m + a + b - 2) / ((u - 1) * (u - 2) ** 2 * (u - 3))
        side[:, :1] = a * b / ((a + b) ** 2 * (a + b + 1))
    middle[:, :1] = first
    matrix = np.zeros((len(b), NODES, NODES))
    at = np.arange(NODES)
    matrix[:, at, at] = middle
    matrix[:, at[1:], at[:-1]] = matrix[:, at[:-1], at[1:]] = np.sqrt(side)
    points, vectors = np.linalg.eigh(matrix)
    return np.clip(points, 1e-12, 1.0), vectors[:, 0, :] ** 2
