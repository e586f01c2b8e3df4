"""One purse for all orders: lots by what they gain a fen, until the money is spent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.stocking.lots import Lots, gain_between, lots_worth, next_lot

__all__ = ["fit_budget"]

Floats = NDArray[np.float64]

ROUNDS = 200
"""After so many lots that did not fit, what is left of the money stays."""
HALVINGS = 100


def fit_budget(lots: Lots, budget_fen: float) -> Floats:
    """Return quantities that together cost no more than the budget.

    Parameters
    ----------
    lots
        What each SKU may have; `most` is the order without a budget.
    budget_fen
        Money for all of them.

    Returns
    -------
    numpy.ndarray
        [pieces] By SKU, 0 or first lot plus packs, never above `most`. All of `most` if that is
        affordable.

    Raises
    ------
    ParameterError
        A budget below 0 or not a number.

    Notes
    -----
    Greedy: the lot with the highest gain per fen of all SKUs first; a SKU whose next lot the rest of
    the purse cannot pay is closed. As the gain is concave in the quantity, every later lot gains less
    a fen than the one before, so all lots above one rate are bought: the rate is found by halving an
    interval, on SKUs that are still open only, without a loop over lots.

    The best possible choice of lots gains at most (money left when the first lot did not fit) × (its
    rate) more, so less than the gain of that one lot; where all lots cost the same it gains nothing
    more. It never leaves out a lot to make room for others.

    References
    ----------
    Fox, Discrete optimization via marginal analysis, Management Science (1966).
    """
    if not budget_fen >= 0:
        raise ParameterError(f"budget_fen must be 0 or more, not {budget_fen}")
    qty, left = np.zeros(len(lots)), float(budget_fen)
    if float(lots.most @ lots.cost) <= left:
        return lots.most.copy()
    for _ in range(ROUNDS):
        price = next_lot(lots, qty) * lots.cost
        open_now = np.flatnonzero((price > 0) & (price <= left))
        if not len(open_now):
            break
        qty[open_now] = _one_round(lots.take(open_now), qty[open_now], left)
        left = float(budget_fen) - float(qty @ lots.cost)
    return qty


def _one_round(lots: Lots, qty: Floats, left: float) -> Floats:
    """Buy on until the first lot that does not fit."""
    base = float(qty @ lots.cost)
    if float(lots.most @ lots.cost) - base <= left:
        return lots.most.copy()
    low, high, fixed = _bounds(lots, qty, left)
    step = next_lot(lots, low)
    wanted = np.flatnonzero((high > low) & (step > 0))
    some, size = lots.take(wanted), step[wanted]
    price = size * some.cost
    rate = gain_between(some, low[wanted], low[wanted] + size) / price
    order = np.argsort(-rate, kind="stable")
    fits = np.cumsum(price[order]) <= left - (fixed - base)
    low[wanted[order[fits]]] += size[order[fits]]
    return low


def _bounds(lots: Lots, qty: Floats, left: float) -> tuple[Floats, Floats, float]:
    """Return quantities just affordable, those just not, and what the former cost.

    They differ by one lot a SKU at most (more only where lots have one rate); SKUs on which they agree
    are not looked at again.
    """
    base = float(qty @ lots.cost)
    bottom = -float((lots.over_cost / lots.cost).max()) - 1.0
    top = float((lots.short_cost / lots.cost).max()) + 1.0
    low, high = qty.copy(), np.maximum(lots.most, qty)
    spent = base
    for _ in range(HALVINGS):
        middle = (bottom + top) / 2
        active = np.flatnonzero(high > low + next_lot(lots, low))
        if not len(active) or not bottom < middle < top:
            break
        active = np.flatnonzero(high > low)
        some = lots.take(active)
        here = np.clip(lots_worth(some, middle), low[active], high[active])
        extra = float((here - low[active]) @ some.cost)
        if spent - base + extra <= left:
            low[active], spent, top = here, spent + extra, middle
        else:
            high[active], bottom = here, middle
    return low, high, spent
