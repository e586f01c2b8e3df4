"""The shop's ordinary course: a wandering level, weekdays, what broadcasts leave behind, and wild days.

orders(t) = level(t) + Σ coefficient × column(t) + noise(t). The level's steps are Student-t (a shop
that starts up moves fast, then hardly); the noise is normal on most days and much larger, mostly
upwards, on a few wild ones: festivals that nobody announced. Which days are wild is told by how far a
day lies from what all others say of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from liveattr.incrementality.baseline_columns import Columns, Keeps, Shop, columns_of
from liveattr.incrementality.drift import Drift, drift

__all__ = ["KEEPS", "START", "DayFit", "Wild", "fit_days"]

Floats = NDArray[np.float64]

KEEPS = {"daily": (0.3, 0.45, 0.6), "show": (0.15, 0.3, 0.45)}
"""Share of a broadcast's effect that is left next day: the values that are tried."""
BEFOREHAND = (0.2, 0.6, 0.2)
"""How likely each of them is beforehand: a few broadcasts alone are a poor guide."""
START = {"daily": 0.45, "show": 0.3}
"""… with which scales and wild days are found; also for a kind of which there is no room."""
SLOW, SLOW_SPREAD, STEP_DOF = 0.07, 0.3, 2.0
"""The level's step in noise sd: median and log sd beforehand, and degrees of freedom of its t."""
WILD_SHARE, WILD_SIZE, WILD_SPREAD = 0.05, 4.0, 3.0
"""Beforehand: share of wild days, their mean and sd in noise sd, worth 20, 1 and 2 days."""
_ROUNDS, _SETTLED = 15, 0.02


@dataclass(frozen=True)
class Wild:
    """Wild days.

    Attributes
    ----------
    share, mean, sd
        How many days are wild, and by how much they differ [orders].
    """

    share: float
    mean: float
    sd: float


@dataclass(frozen=True)
class DayFit:
    """A fitted course.

    Attributes
    ----------
    shop
        What was fitted.
    step_sd, noise_sd
        [orders] Of the level's ordinary step and of an ordinary day.
    wild, is_wild
        Wild days, and how likely each day is one.
    noise, shift
        Shape (days,): variance and mean of each day's noise as it is now known.
    around
        Covariance of level and noise.
    tried, chance
        Memories with their columns, and how likely each is.
    expected, error
        Shape (days,): what all other days say of a day, and the sd of it without the day's own noise.
    """

    shop: Shop
    step_sd: float
    noise_sd: float
    wild: Wild
    is_wild: Floats
    noise: Floats
    shift: Floats
    around: Drift
    tried: tuple[tuple[Keeps, Columns], ...]
    chance: Floats
    expected: Floats
    error: Floats

    @property
    def misfit(self) -> float:
        """Median distance of a day from what all others say of it, in orders of the median day."""
        rest = np.abs(self.shop.orders - self.expected)
        return float(np.median(rest) / max(np.median(self.shop.orders), 1e-9))

    def kept(self, kind: str) -> float:
        """Return the mean share of a broadcast's effect that is left next day, by kind of room."""
        shares = [keeps.get(kind, START[kind]) for keeps, _ in self.tried]
        return float(self.chance @ np.array(shares))


@dataclass(frozen=True)
class _State:
    step: float
    noise: float
    wild: Wild
    is_wild: Floats
    calm: Floats
    """1 / how much more than usual the level moves onto a day."""

    def parts(self) -> tuple[Floats, Floats, Floats]:
        """Return variances of steps and of noise, and the mean of noise, day by day."""
        wild = self.is_wild / self.wild.sd**2
        noise = 1 / ((1 - self.is_wild) / self.noise**2 + wild)
        return self.step**2 / self.calm, noise, wild * self.wild.mean * noise


def fit_days(shop: Shop) -> DayFit:
    """Fit the course by expectation and maximisation.

    Parameters
    ----------
    shop
        At least some weeks of days, with some orders.

    Notes
    -----
    Scales are at their likeliest values under mild priors, all told in noise sd, so that the unit of y
    does not matter; memories are mixed by their evidence. Assumes that noise is about as large all the
    time. Wrong where sales change for good from one day to the next on the day of a broadcast.
    """
    columns = columns_of(shop, START)
    y, size = shop.orders, len(shop.orders)
    usual = 1.05 * float(np.median(np.abs(np.diff(y))))
    noise = max(usual, float(np.sqrt(max(y.mean(), 0.25))))
    wild = Wild(WILD_SHARE, WILD_SIZE * noise, WILD_SPREAD * noise)
    state = _State(SLOW * noise, noise, wild, np.full(size, WILD_SHARE), np.ones(size))
    for turn in range(_ROUNDS):
        before = state.is_wild
        state = _told_apart(y, columns, _scaled(y, columns, state))
        if turn > 3 and np.abs(state.is_wild - before).max() < _SETTLED:
            break
    return _finished(shop, state)


def _finished(shop: Shop, state: _State) -> DayFit:
    steps, noise, shift = state.parts()
    around, y = drift(steps, noise), shop.orders - shift
    there = sorted(set(shop.kinds))
    choices = list(product(*(zip(KEEPS[kind], BEFOREHAND, strict=True) for kind in there)))
    tried = []
    for choice in choices:
        keeps = {kind: kept for kind, (kept, _) in zip(there, choice, strict=True)}
        tried.append((keeps, columns_of(shop, keeps)))
    before = [np.log([weight for _, weight in choice]).sum() for choice in choices]
    evidence = np.array([_solved(y, columns, around)[1] for _, columns in tried]) + before
    chance = np.exp(evidence - evidence.max())
    likeliest = tried[int(chance.argmax())][1]
    inverse, _ = _solved(y, likeliest, around, whole=True)
    own = 1 / np.diag(inverse)
    return DayFit(
        shop, state.step, state.noise, state.wild, state.is_wild, noise, shift, around, tuple(tried),
        chance / chance.sum(), y - own * (inverse @ y), np.sqrt((own - noise).clip(min=0)),
    )  # fmt: skip


def _solved(
    y: Floats, columns: Columns, around: Drift, *, whole: bool = False
) -> tuple[Floats, float]:
    """Return P y (the matrix P if `whole`) and the log evidence.

    Notes
    -----
    P is the inverse covariance of y once coefficients are integrated out,
    V⁻¹ - V⁻¹ X (X' V⁻¹ X + Λ)⁻¹ X' V⁻¹. Days A left out: y_A less what the others say of it is
    (P_AA)⁻¹ (P y)_A, with covariance (P_AA)⁻¹.
    """
    x, precision = columns.x, columns.precision
    vx = around.inverse(x)
    inner = x.T @ vx + np.diag(np.where((x == 0).all(axis=0) & (precision == 0), 1.0, precision))
    given = around.inverse(np.eye(len(y)) if whole else y[:, None])
    found = given - vx @ np.linalg.solve(inner, vx.T if whole else vx.T @ y[:, None])
    py = found @ y if whole else found[:, 0]
    evidence = -(y @ py + around.log_det + np.linalg.slogdet(inner)[1]) / 2
    return (found if whole else py), float(evidence)


def _scaled(y: Floats, columns: Columns, state: _State) -> _State:
    """Find the two scales anew."""
    from scipy.optimize import minimize

    def at(logs: Floats) -> _State:
        noise = float(np.exp(logs[1]))
        return replace(state, step=float(np.exp(logs[0])) * noise, noise=noise)

    def loss(logs: Floats) -> float:
        steps, noise, shift = at(logs).parts()
        off = (logs[0] - np.log(SLOW)) / SLOW_SPREAD
        return float(off**2 / 2 - _solved(y - shift, columns, drift(steps, noise))[1])

    start = np.log([state.step / state.noise, state.noise])
    options = {"xatol": 0.03, "fatol": 0.02, "maxiter": 25}
    return at(minimize(loss, start, method="Nelder-Mead", options=options).x)


def _told_apart(y: Floats, columns: Columns, state: _State) -> _State:
    """Find wild days and wild steps anew."""
    steps, noise, shift = state.parts()
    inverse, _ = _solved(y - shift, columns, drift(steps, noise), whole=True)
    py, own = inverse @ (y - shift), 1 / np.diag(inverse)
    rest, unsure = own * py + shift, (own - noise).clip(min=0)
    is_wild, wild = _wild(rest, unsure, state)
    later = np.cumsum(np.cumsum(inverse[::-1, ::-1], axis=0), axis=1)[::-1, ::-1]
    moved = (steps * np.cumsum(py[::-1])[::-1]) ** 2 + steps - steps**2 * np.diag(later)
    calm = (STEP_DOF + 1) / (STEP_DOF + moved / state.step**2)
    return replace(state, is_wild=is_wild, wild=wild, calm=calm)


def _wild(rest: Floats, unsure: Floats, state: _State) -> tuple[Floats, Wild]:
    """Tell wild days by what all other days say of a day."""
    now = state.wild
    usual = (1 - now.share) * _density(rest, unsure + state.noise**2)
    other = now.share * _density(rest - now.mean, unsure + now.sd**2)
    chance = other / (usual + other + 1e-300)
    part = now.sd**2 / (now.sd**2 + unsure)
    size, left = now.mean + part * (rest - now.mean), part * unsure
    many, size0, sd0 = chance.sum(), WILD_SIZE * state.noise, WILD_SPREAD * state.noise
    mean = float((chance @ size + size0) / (many + 1))
    scatter = chance @ ((size - mean) ** 2 + left) + 2 * sd0**2
    share = (many + 20 * WILD_SHARE) / (len(rest) + 20)
    return chance, Wild(float(share), mean, float(np.sqrt(scatter / (many + 2))))


def _density(x: Floats, variance: Floats) -> Floats:
    return np.asarray(np.exp(-(x**2) / variance / 2) / np.sqrt(variance))
