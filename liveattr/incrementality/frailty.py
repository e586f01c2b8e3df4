"""How often each person orders: taste that differs, supplies that last, a mood that lasts some days.

The hazard of an order of person i on day t is

    z_i × exp(level_t + mood × Σ carry^(t - t_j)) × exp(-depth × full),
    full = 1 / (1 + exp((since / C_i - u) / width))

with `since` the days since the last order, of u units; before the first known order the sum of the days
is averaged over where in a cycle a person may stand. z_i is log-normal,
C_i takes four values. The three parts tell apart what
a short look confuses: who bought lately buys again soon, because such people like the goods (z) and are
in the mood (first days); and he does not need them now (supplies). Only the last is brought forward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import MissingDataError
from liveattr.incrementality.histories import MOST_UNITS, Histories, read_histories

__all__ = ["PARAMETERS", "FrailtyFit", "fit_frailty", "read_histories"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PARAMETERS = {
    "log_spread": (np.log(0.75), 0.7),
    "taste": (0.0, 1.0),
    "depth": (1.5, 3.0),
    "log_cycle": (np.log(45.0), 0.3),
    "log_width": (np.log(0.25), 0.3),
    "unit": (1.0, 0.3),
    "mood": (0.4, 0.5),
    "carry": (1.7, 0.5),
    "log_start": (np.log(1.3), 0.5),
}
"""Parameter → (mean, standard deviation) of its prior.

`log_spread`: log sd of log z. `taste`: what one sd of log watching adds to log z. `cycle`: [days] a unit
lasts. `width`: how blurred its end is, in cycles. `unit`: cycles that a further unit adds. `carry`: log
odds. `start`: [cycles] before the first
day within which the last unknown order lies.
"""

FEW_REPEATS = 200
"""[orders] Second and later orders; with fewer the clock of supplies is not told from taste."""

_NODES = np.linspace(-4, 4, 17)
_CYCLES = np.array([0.539, 0.825, 1.081, 1.555])
"""Mean of each quarter of a Gamma of shape 6 and mean 1: how people differ in using things up."""
_STEP = 1e-3


@dataclass(frozen=True, eq=False)
class FrailtyFit:
    """The fitted hazard.

    Attributes
    ----------
    histories
        What it was fitted on.
    theta, covariance
        Of `PARAMETERS`, in their order.
    level
        Log hazard of each day for a person of middling taste with nothing at home.
    """

    histories: Histories
    theta: Floats
    covariance: Floats
    level: Floats

    @property
    def summary(self) -> pd.Series:
        """Parameters in plain units."""
        p = dict(zip(PARAMETERS, self.theta, strict=True))
        return pd.Series(
            {
                "spread": np.exp(p["log_spread"]),
                "taste": p["taste"],
                "depth": p["depth"],
                "cycle_days": np.exp(p["log_cycle"]),
                "width": np.exp(p["log_width"]),
                "unit": p["unit"],
                "mood": p["mood"],
                "carry": share(p["carry"]),
                "start": np.exp(p["log_start"]),
            }
        )

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        """Draw parameters from the normal approximation of the posterior, shape (draws, parameters)."""
        found = rng.multivariate_normal(self.theta, self.covariance, draws, method="cholesky")
        found[:, 2] = np.maximum(found[:, 2], 0)
        return found


def fit_frailty(histories: Histories, *, most_rounds: int = 30) -> FrailtyFit:
    """Fit the hazard by maximum posterior (steps by the outer product of the scores).

    Parameters
    ----------
    histories
        From `read_histories`.
    most_rounds
        Steps at most.

    Returns
    -------
    FrailtyFit
        With `covariance` from the inverse of the outer product; it takes the model for true.

    Raises
    ------
    MissingDataError
        With fewer than 200 repeated orders.

    Notes
    -----
    The level of each day is set so that the orders expected are those seen (a Breslow estimate), so what
    moves everybody on a day is no clue. Wrong where people leave for good, where a household buys from
    two accounts, or where orders of other shops are not seen: all look like lasting supplies.
    Frailty as in Vaupel, Manton and Stallard 1979; the mood is a log-Gaussian Cox process (Møller,
    Syversveen and Waagepetersen 1998) to first order.
    """
    if len(histories.day) - len(histories.person) < FEW_REPEATS:
        raise MissingDataError(f"fewer than {FEW_REPEATS} repeated orders: supplies are not known")
    prior = np.array(list(PARAMETERS.values()))
    theta = prior[:, 0].copy()
    seen = np.maximum(np.bincount(histories.day, minlength=histories.days), 0.5)
    rate = seen / (len(histories.person) + histories.rest.sum())
    level: Floats = np.asarray(np.log(rate), dtype=np.float64)
    now = -np.inf
    for turn in range(most_rounds):
        for _ in range(3 if turn < 3 else 1):
            level = settle(theta, level, histories)
        before = now
        now = _posterior(theta, level, histories)
        if turn > 5 and now - before < 0.05:
            break
        score, information = _curvature(theta, level, histories)
        step = np.linalg.solve(information, score).clip(-0.5, 0.5)
        while _posterior(theta + step, level, histories) < now and np.abs(step).max() > 1e-3:
            step = step / 3
        theta = theta + step
    covariance: Floats = np.asarray(np.linalg.inv(information), dtype=np.float64)
    return FrailtyFit(histories, theta, covariance, level)


def tables(theta: Floats, days: int) -> tuple[Floats, Floats]:
    """Return hazards by supplies: (cycle, units, days since - 1), and (cycle, day) before any order."""
    depth, cycle, width, unit = theta[2], np.exp(theta[3]), np.exp(theta[4]), theta[5]
    lasts = cycle * _CYCLES
    since = (1.0 + np.arange(days)) / lasts[:, None]
    units = 1 + unit * np.arange(-1, MOST_UNITS)
    after = _wish(since[:, None, :] - units[:, None], depth, width)
    back = np.exp(theta[8]) * (np.arange(8) + 0.5) / 8
    before = _wish(since[:, :, None] + back - 1, depth, width).mean(axis=2)
    return after, before


def _wish(late: Floats, depth: float, width: float) -> Floats:
    """Return what is left of the wish so many cycles after supplies ended."""
    return np.asarray(np.exp(-depth / (1 + np.exp((late / width).clip(-50, 50)))))


def posterior_nodes(
    theta: Floats, level: Floats, histories: Histories
) -> tuple[Floats, Floats, Floats]:
    """Return log z at the nodes of each person with orders, and what his history says of them.

    Returns
    -------
    nodes, chance, hazard
        Shapes (people, nodes), (people, cycles, nodes), (people, cycles).
    """
    hazard, logs, _, _ = _walk(theta, level, histories)
    nodes = np.exp(theta[0]) * _NODES + (theta[1] * histories.taste)[:, None]
    joint = _log_joint(nodes, histories.counts, hazard, logs)
    chance = np.exp(joint - joint.max(axis=(1, 2), keepdims=True))
    return nodes, chance / chance.sum(axis=(1, 2), keepdims=True), hazard


def settle(theta: Floats, level: Floats, histories: Histories) -> Floats:
    """Return the levels of the days at which as many orders are expected as were seen."""
    seen = np.maximum(np.bincount(histories.day, minlength=histories.days), 0.5)
    return np.asarray(level + np.log(seen / _risk(theta, level, histories)))


def share(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def _log_joint(nodes: Floats, counts: Ints, hazard: Floats, logs: Floats) -> Floats:
    """Return log chances of (person, cycle, node), up to a constant."""
    prior = -(_NODES**2) / 2
    prior = prior - np.log(np.exp(prior).sum()) - np.log(len(_CYCLES))
    own = prior + counts[:, None] * nodes
    return np.asarray(
        own[:, None, :] + logs[:, :, None] - hazard[:, :, None] * np.exp(nodes)[:, None, :]
    )


def _sum_up(joint: Floats) -> Floats:
    top = joint.max(axis=(1, 2))
    return np.asarray(top + np.log(np.exp(joint - top[:, None, None]).sum(axis=(1, 2))))


def _walk(
    theta: Floats, level: Floats, h: Histories, taste: Floats | None = None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return hazards and logs of people with orders, the risk a day, and hazards without orders."""
    from liveattr.incrementality.frailty_loops import walk_people

    after, before = tables(theta, h.days)
    shape = (len(h.person), len(_CYCLES))
    hazard, logs, risk = np.zeros(shape), np.zeros(shape), np.zeros(h.days)
    weights = np.zeros(shape) if taste is None else taste
    walk_people(
        h.first, h.day, h.units, np.exp(level), before, after, theta[6], share(theta[7]),
        weights, hazard, logs, risk,
    )  # fmt: skip
    return hazard, logs, risk, np.exp(level) * before


def _rest_joint(theta: Floats, idle: Floats, h: Histories) -> tuple[Floats, Floats]:
    """Return nodes and log chances of those without orders, at each level of taste."""
    nodes = np.exp(theta[0]) * _NODES + (theta[1] * h.rest_taste)[:, None]
    hazard = np.tile(idle.sum(axis=1), (len(h.rest), 1))
    none = np.zeros(len(h.rest), dtype=np.int64)
    return nodes, _log_joint(nodes, none, hazard, np.zeros_like(hazard))


def _likelihood(theta: Floats, level: Floats, h: Histories) -> tuple[Floats, Floats]:
    """Return log likelihoods of each person with orders, and of one without at each level of taste."""
    hazard, logs, _, idle = _walk(theta, level, h)
    nodes = np.exp(theta[0]) * _NODES + (theta[1] * h.taste)[:, None]
    with_orders = _sum_up(_log_joint(nodes, h.counts, hazard, logs))
    return with_orders, _sum_up(_rest_joint(theta, idle, h)[1])


def _prior_terms(theta: Floats) -> tuple[Floats, Floats]:
    mean, sd = np.array(list(PARAMETERS.values())).T
    return (theta - mean) / sd**2, 1 / sd**2


def _posterior(theta: Floats, level: Floats, h: Histories) -> float:
    one, rest = _likelihood(theta, level, h)
    pull, tight = _prior_terms(theta)
    return float(one.sum() + rest @ h.rest - (pull**2 / tight).sum() / 2)


def _curvature(theta: Floats, level: Floats, h: Histories) -> tuple[Floats, Floats]:
    """Return the gradient of the log posterior and its information, by differences a person."""
    base = _likelihood(theta, level, h)
    scores, rests = [], []
    for move in np.eye(len(theta)) * _STEP:
        one, rest = _likelihood(theta + move, level, h)
        scores.append((one - base[0]) / _STEP)
        rests.append((rest - base[1]) / _STEP)
    s, r = np.array(scores), np.array(rests)
    pull, tight = _prior_terms(theta)
    return s.sum(axis=1) + r @ h.rest - pull, s @ s.T + (r * h.rest) @ r.T + np.diag(tight)


def _risk(theta: Floats, level: Floats, h: Histories) -> Floats:
    """Return the orders expected on each day, each person at his mean taste."""
    nodes, chance, _ = posterior_nodes(theta, level, h)
    _, _, risk, idle = _walk(theta, level, h, np.einsum("pn,pcn->pc", np.exp(nodes), chance))
    if len(h.rest):
        nodes, joint = _rest_joint(theta, idle, h)
        own = np.exp(joint - joint.max(axis=(1, 2), keepdims=True))
        own = own / own.sum(axis=(1, 2), keepdims=True)
        risk = risk + np.einsum("p,pn,pcn,ct->t", h.rest, np.exp(nodes), own, idle)
    return np.asarray(risk)
