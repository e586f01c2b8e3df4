"""Which leak it is: the chance of each cause, by how well it tells what was counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liveattr.diagnosis.rates import Expected, beta_binomial

__all__ = ["CAUSES", "Signs", "chances"]

Floats = NDArray[np.float64]

CAUSES = ("none", "price", "page", "logistics", "stock")
"""Hypotheses, in the order of the columns of `chances`."""

PRIOR = np.array([0.80, 0.05, 0.05, 0.05, 0.05])
"""How common each is before anything is counted."""

LEAKS = np.arange(0.25, 0.91, 0.05)
"""Share of buyers that a leak may drive away."""
MORE_REFUNDS = np.array([0.0, 0.7, 1.2, 1.7, 2.2, 2.7])
"""[log-odds] What bad delivery may add to refunds, and to late parcels."""
SLOWER = np.array([1.0, 0.85, 0.7, 0.55, 0.4, 0.25])
"""Parcels arrived over those that their age expects."""
USUAL_WAY = 0.1
"""Usual spread of that."""
USUAL_GAP, ODD_GAP = 0.03, 0.12
"""Log of the price ratio over its peers': usual spread, and width of the rarer oddities."""
OUT = 0.05
"""Share of the window without stock below which stock is no cause."""


@dataclass(frozen=True)
class Signs:
    """What was counted of each product, aligned arrays; NaN where it is not known.

    `buyers` of `tries` with the expected rate; `worse`: hits, tries and expected rate of what bad
    delivery raises; `gap`: log of the price ratio over its peers'; `out`: share of the window in which it
    could not be bought; `arrived` parcels and `arrive_expected`, by the age of each.
    """

    tries: Floats
    buyers: Floats
    buys: Expected
    worse: tuple[tuple[Floats, Floats, Expected], ...]
    gap: Floats
    out: Floats
    arrived: Floats
    arrive_expected: Floats


def chances(signs: Signs) -> Floats:
    """Return the chance of each cause, shape (rows, causes); rows sum to 1.

    Notes
    -----
    Bayes over five hypotheses with the prior `PRIOR`. A leak of price, page or stock drives away a share
    of the buyers (beta-binomial around what is expected, shares of `LEAKS` alike probable); a price leak
    needs a price gap over the peers', a page leak has none, a stock leak has days without stock; delivery
    adds refunds, late parcels or days on the way and leaves the funnel alone. An unknown sign speaks for
    nobody. Assumes that at most one cause is at work; of two, the stronger is named.
    """
    usual, leak = _funnel(signs, np.zeros(1)), _funnel(signs, LEAKS)
    near, far = _gap(signs.gap)
    full, empty = _out(signs.out)
    sold_out = np.logaddexp(leak, _funnel_at(signs, np.nan_to_num(signs.out))) - np.log(2)
    fine, bad = _delivery(signs)
    log = np.stack(
        [
            usual + near + full + fine,
            leak + far + full + fine,
            leak + near + full + fine,
            usual + near + full + bad,
            sold_out + near + empty + fine,
        ],
        axis=1,
    ) + np.log(PRIOR)
    share: Floats = np.exp(log - log.max(axis=1, keepdims=True))
    return share / share.sum(axis=1, keepdims=True)


def _mean(log: Floats) -> Floats:
    """Return the log of the mean over the last axis."""
    top = log.max(axis=-1, keepdims=True)
    found: Floats = np.log(np.exp(log - top).mean(axis=-1)) + top[..., 0]
    return found


def _known(log: Floats) -> Floats:
    return np.where(np.isfinite(log), log, 0.0)


def _funnel(signs: Signs, leaks: Floats) -> Floats:
    """Return the log chance of the buyers if one of these shares is driven away."""
    rate = signs.buys.rate[:, None] * (1 - leaks)
    log = beta_binomial(
        signs.buyers[:, None], signs.tries[:, None], rate, signs.buys.weight[:, None]
    )
    return _known(_mean(log))


def _funnel_at(signs: Signs, leak: Floats) -> Floats:
    rate = signs.buys.rate * (1 - np.clip(leak, 0, 0.95))
    return _known(beta_binomial(signs.buyers, signs.tries, rate, signs.buys.weight))


def _gap(gap: Floats) -> tuple[Floats, Floats]:
    """Return the log density of a price gap if it is usual, and if it is a fault."""
    gap = np.clip(gap, -2, 2)
    near = np.exp(-0.5 * (gap / USUAL_GAP) ** 2) / (USUAL_GAP * np.sqrt(2 * np.pi))
    odd = np.exp(-np.abs(gap) / (ODD_GAP / 3)) / (2 * ODD_GAP / 3)
    fault = (
        np.where(gap > 0, 1 / (1 + np.exp(-(gap - 0.07) / 0.012)), 0)
        * 1.8
        * np.exp(-np.maximum(gap - 0.5, 0) / 0.2)
    )
    return _known(np.log(0.8 * near + 0.2 * odd + 1e-4)), _known(np.log(fault + 1e-3))


def _out(out: Floats) -> tuple[Floats, Floats]:
    """Return the log chance of the days without stock if it is usual, and if that is the leak."""
    low = out < OUT
    usual = np.where(low, 0.95, 0.05 * np.exp(-4 * out))
    fault = np.where(low, 0.01, 1.0)
    known = np.isfinite(out)
    return np.where(known, np.log(usual), 0.0), np.where(known, np.log(fault), 0.0)


def _delivery(signs: Signs) -> tuple[Floats, Floats]:
    """Return the log chance of refunds, late parcels and the way, if delivery is fine and if not."""
    fine, bad = np.zeros(len(signs.tries)), np.zeros(len(signs.tries))
    for hits, tries, told in signs.worse:
        odds = np.log(told.rate / (1 - told.rate))[:, None] + MORE_REFUNDS
        log = beta_binomial(
            hits[:, None], tries[:, None], 1 / (1 + np.exp(-odds)), told.weight[:, None]
        )
        fine, bad = fine + _known(log[:, 0]), bad + _known(_mean(log))
    log = _arrivals(signs.arrived[:, None], signs.arrive_expected[:, None] * SLOWER)
    return fine + log[:, 0], bad + _mean(log)


def _arrivals(arrived: Floats, expected: Floats) -> Floats:
    """Return the log chance of parcels arrived (negative binomial, so that some variation is usual)."""
    size = 1 / USUAL_WAY**2
    found: Floats = np.where(
        expected > 0,
        arrived * np.log(np.maximum(expected, 1e-12)) - (arrived + size) * np.log(expected + size),
        0.0,
    )
    return found
