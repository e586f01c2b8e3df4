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

PRIOR = np.array([0.90, 0.025, 0.025, 0.025, 0.025])
"""How common each is before anything is counted."""

LEAKS = np.arange(0.25, 0.91, 0.05)
"""Share of buyers that a leak may drive away."""
MORE_REFUNDS = np.array([0.0, 0.7, 1.2, 1.7, 2.2, 2.7])
"""[log-odds] What bad delivery may add to refunds, and to late parcels."""
MORE_DAYS = np.array([0.0, 0.6, 1.0, 1.5, 2.0, 3.0, 5.0])
"""[days] What bad delivery may add to the way."""
USUAL_GAP, ODD_GAP = 0.03, 0.12
"""Log of the price ratio over its peers': usual spread, and width of the rarer oddities."""
OUT = 0.05
"""Share of the window without stock below which stock is no cause."""


@dataclass(frozen=True)
class Signs:
    """What was counted of each row, aligned arrays; NaN where it is not known.

    `visitors, buyers, paid, refunded, late`: counts, with the expected rate of each beside; `gap`: log of
    the price ratio over its peers'; `out`: share of the window that it could not be bought; `way`: mean
    days from payment to arrival over the peers', `way_error` its standard error.
    """

    visitors: Floats
    buyers: Floats
    buys: Expected
    paid: Floats
    refunded: Floats
    refunds: Expected
    late: Floats
    lates: Expected
    gap: Floats
    out: Floats
    way: Floats
    way_error: Floats


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
        signs.buyers[:, None], signs.visitors[:, None], rate, signs.buys.weight[:, None]
    )
    return _known(_mean(log))


def _funnel_at(signs: Signs, leak: Floats) -> Floats:
    rate = signs.buys.rate * (1 - np.clip(leak, 0, 0.95))
    return _known(beta_binomial(signs.buyers, signs.visitors, rate, signs.buys.weight))


def _gap(gap: Floats) -> tuple[Floats, Floats]:
    """Return the log density of a price gap if it is usual, and if it is a fault."""
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
    fine, bad = np.zeros(len(signs.paid)), np.zeros(len(signs.paid))
    for hits, told in ((signs.refunded, signs.refunds), (signs.late, signs.lates)):
        odds = np.log(told.rate / (1 - told.rate))[:, None] + MORE_REFUNDS
        log = beta_binomial(
            hits[:, None], signs.paid[:, None], 1 / (1 + np.exp(-odds)), told.weight[:, None]
        )
        fine, bad = fine + _known(log[:, 0]), bad + _known(_mean(log))
    log = -0.5 * ((signs.way[:, None] - MORE_DAYS) / signs.way_error[:, None]) ** 2
    return fine + _known(log[:, 0]), bad + _known(_mean(log))
