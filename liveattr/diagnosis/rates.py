"""Rates of few counts: what to expect of a product by its peers and its own past, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Expected",
    "beta_binomial",
    "expected_rate",
    "medians_of_others",
    "relative_to_peers",
    "spread_of",
]

Floats = NDArray[np.float64]

LEAST_SPREAD, MOST_SPREAD = 0.05, 0.6
"""Bounds of the natural variation of a rate (standard deviation / mean)."""

UNKNOWN = 0.3
"""Spread of products about whose past nothing is known."""


@dataclass(frozen=True)
class Expected:
    """What is expected of each product.

    Attributes
    ----------
    rate
        Expected rate; NaN where neither peers nor a past tell one.
    spread
        Variation of the true rate around it (standard deviation / mean), estimation included.
    """

    rate: Floats
    spread: Floats

    @property
    def weight(self) -> Floats:
        """Concentration of the beta distribution with this mean and spread."""
        with np.errstate(invalid="ignore", divide="ignore"):
            whole: Floats = (1 - self.rate) / (self.rate * self.spread**2) - 1
        return np.where(np.isfinite(whole), np.maximum(whole, 1.0), np.nan)


def relative_to_peers(
    hits: Floats, tries: Floats, unknown: float = UNKNOWN
) -> tuple[Floats, Floats]:
    """Return each rate over the peers' rate, shrunk to 1, and the spread that is left of it.

    Parameters
    ----------
    hits, tries
        Counts of each product.
    unknown
        Spread where nothing was counted.

    Notes
    -----
    (hits + a) / (expected hits + a): gamma-Poisson with mean 1 and variance 1/a, a by moments over the
    products. No data: 1; much data: the own rate over the peers'. Wrong where hits are no rare part of
    the tries: the variance is then smaller than told.
    """
    total, whole = hits.sum(), tries.sum()
    if total <= 0 or whole <= 0:
        return np.ones(len(hits)), np.full(len(hits), unknown)
    want = tries * (total / whole)
    between = (((hits - want) ** 2).sum() - hits.sum()) / max((want**2).sum(), 1e-12)
    a = 1 / np.clip(between, 0.02, 1.0)
    return (hits + a) / (want + a), 1 / np.sqrt(want + a)


def expected_rate(
    hits: Floats,
    tries: Floats,
    past_hits: Floats,
    past_tries: Floats,
    least: float = LEAST_SPREAD,
    most: float = MOST_SPREAD,
    unknown: float = UNKNOWN,
) -> Expected:
    """Return what is expected now: the peers' rate now times the own relation to them in the past.

    Parameters
    ----------
    hits, tries
        Counts now; a product's own are no part of its peers.
    past_hits, past_tries
        Counts of the time before.
    least, most
        Bounds of the natural spread.
    unknown
        Spread of products about whose past nothing is known.

    Notes
    -----
    The peers' rate is the weighted median of what they show over their past relation, so a few bad
    products do not make the rest look good. Without peers it is the own past; without a past, the
    peers alone. Assumes that what moves all products (season, a campaign) moves them by one factor.
    """
    relation, unsure = relative_to_peers(past_hits, past_tries, unknown)
    level, peers = _level_of_peers(hits, tries, relation)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = np.where(past_tries > 0, (past_hits + 0.5) / (past_tries + 1), np.nan)
    rate = np.where(peers, level * relation, own)
    natural = spread_of(hits, tries, rate, unsure, (least, most))
    return Expected(np.clip(rate, 1e-6, 0.95), np.sqrt(natural**2 + unsure**2))


def _level_of_peers(
    hits: Floats, tries: Floats, relation: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the rate of a product's peers (itself left out), and whether there are any."""
    weight = tries * relation
    found = medians_of_others((hits + 0.3) / (weight + 0.3), weight)
    return found, found > 0


def medians_of_others(values: Floats, weights: Floats) -> Floats:
    """Return for each value the weighted median of all others, between two by line; NaN without any.

    Values without weight do not count. In n log n: the sums of weights of all values are moved by the
    weight of the one that is left out.
    """
    found = np.full(len(values), np.nan)
    use = np.flatnonzero(weights > 0)
    order = use[np.argsort(values[use], kind="stable")]
    v, w = values[order], weights[order]
    if not len(v):
        return found
    middle, half = np.cumsum(w) - 0.5 * w, 0.5 * w.sum()
    found[weights <= 0] = np.interp(half, middle, v)
    if len(v) < 2:
        return found
    place, goal = np.arange(len(v)), half - 0.5 * w
    before = np.searchsorted(middle, goal, side="right") - 1
    after = np.searchsorted(middle, goal + w, side="right") - 1
    low = np.where(before < place - 1, before, np.where(after > place, after, place - 1))
    high = np.where(low + 1 == place, low + 2, low + 1)
    low, high = np.where(low < 0, high, low), np.where(high >= len(v), low, high)
    at_low, at_high = (middle[i] - np.where(i > place, w, 0.0) for i in (low, high))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(high > low, (goal - at_low) / (at_high - at_low), 0.0)
    found[order] = v[low] + np.clip(share, 0, 1) * (v[high] - v[low])
    return found


def spread_of(
    hits: Floats, tries: Floats, rate: Floats, unsure: Floats, bounds: tuple[float, float]
) -> float:
    """Return the natural spread of rates around what is expected, robust to a few bad products.

    Notes
    -----
    The median of the squared standardised errors is 0.455 for errors that are chance alone; what it is
    above that is natural variation.
    """
    use = np.isfinite(rate) & (tries * np.nan_to_num(rate) >= 3)
    if use.sum() < 5:
        return float(np.clip(0.2, *bounds))
    want = tries[use] * rate[use]
    error = (hits[use] - want) / want
    chance = (1 - rate[use]) / want + unsure[use] ** 2
    extra = np.median(error**2) / 0.455 - np.median(chance)
    return float(np.clip(np.sqrt(max(extra, 0.0)), *bounds))


def beta_binomial(hits: Floats, tries: Floats, rate: Floats, weight: Floats) -> Floats:
    """Return the log chance of the hits (up to what does not depend on the rate); broadcasts.

    Counts need not be whole: a day that counts half gives half its counts.
    """
    from scipy.special import betaln

    a, b = rate * weight, (1 - rate) * weight
    found: Floats = betaln(hits + a, np.maximum(tries - hits, 0) + b) - betaln(a, b)
    return found
