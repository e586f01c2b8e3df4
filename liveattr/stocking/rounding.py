"""From what is needed to what can be ordered: packs, least order, shelf life, a supplier's minimum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.stocking.lots import Lots, gain_of, lots_worth, next_lot, up_to_pack

__all__ = ["meet_minimum", "round_order"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HALVINGS = 60


def round_order(lots: Lots, need: Floats) -> Floats:
    """Return the order of each SKU by itself.

    Parameters
    ----------
    lots
        What may be ordered; `most` holds shelf life.
    need
        [pieces] What is lacking to the order-up-to level; ≤ 0: nothing.

    Returns
    -------
    numpy.ndarray
        [pieces] 0, or a multiple of the pack between `first` and `most`.

    Notes
    -----
    Up to whole packs, and up to the least order; 0 where the least quantity that can be bought costs
    more in expectation than to order nothing now. A piece left over costs what it costs to lie for one
    review, which is just what is saved by waiting for the next review.

    The last pack may lie beyond what pays best: it costs at most (cost of one over) × (pack - 1) in
    expectation, and guards the service level. More stock never gives a larger order: need falls with
    it, and so does the gain.
    """
    wanted = need > 0
    asked = np.minimum(np.maximum(up_to_pack(need, lots.pack), lots.first), lots.most)
    asked = np.where(wanted, asked, 0.0)
    refused = (asked > 0) & (asked > need) & (gain_of(lots, asked) <= 0)
    return np.where(refused, 0.0, asked)


def meet_minimum(
    lots: Lots, qty: Floats, group: NDArray[np.int64], least_fen: Floats
) -> tuple[Floats, Flags, Flags]:
    """Return orders that together reach what their supplier asks for, or are left out.

    Parameters
    ----------
    lots
        What may be ordered; `most` bounds what may be added.
    qty
        [pieces] Order of each SKU by itself.
    group
        Number of the supplier from 0; -1: none.
    least_fen
        By supplier: least value of an order; 0: none.

    Returns
    -------
    qty : numpy.ndarray
        [pieces] Orders.
    added, dropped : numpy.ndarray of bool
        SKUs of which more was taken to reach the minimum; SKUs that were not ordered because the
        minimum cannot be reached or does not pay.

    Notes
    -----
    For each supplier: lots with the least loss a fen are added until the minimum is reached (greedy,
    as in the budget); if what is so ordered gains nothing against no order at all, nothing is ordered
    and the need waits for the next review. The cheapest way to reach the minimum costs at most the
    loss on one lot less.
    """
    sums = _sums(qty * lots.cost, group, len(least_fen))
    short = (sums > 0) & (sums < least_fen)
    here = np.flatnonzero((group >= 0) & short[np.maximum(group, 0)])
    added, dropped = np.zeros(len(qty), bool), np.zeros(len(qty), bool)
    if not len(here):
        return qty.copy(), added, dropped
    some, team, had = lots.take(here), group[here], qty[here]
    filled = _fill(some.up_to(np.maximum(some.most, had)), had, team, least_fen)
    reached = _sums(filled * some.cost, team, len(least_fen)) >= least_fen
    pays = _sums(gain_of(some, filled), team, len(least_fen)) > 0
    filled = np.where((reached & pays)[team], filled, 0.0)
    out = qty.copy()
    out[here] = filled
    added[here], dropped[here] = filled > had, filled < had
    return out, added, dropped


def _sums(value: Floats, group: NDArray[np.int64], groups: int) -> Floats:
    inside = group >= 0
    return np.asarray(np.bincount(group[inside], value[inside], minlength=groups), float)


def _fill(lots: Lots, had: Floats, team: NDArray[np.int64], least: Floats) -> Floats:
    """Add lots by the rate at which each team just reaches its minimum; all that may be, if it cannot."""
    bottom = np.full(len(least), -float((lots.over_cost / lots.cost).max()) - 1.0)
    top = np.full(len(least), float((lots.short_cost / lots.cost).max()) + 1.0)
    low, high = had.copy(), lots.most.copy()
    for _ in range(HALVINGS):
        middle = (bottom + top) / 2
        here = np.clip(lots_worth(lots, middle[team]), low, high)
        enough = _sums(here * lots.cost, team, len(least)) >= least
        low, high = np.where(enough[team], low, here), np.where(enough[team], here, high)
        bottom, top = np.where(enough, middle, bottom), np.where(enough, top, middle)
    return _just_enough(lots, low, high, team, least)


def _just_enough(
    lots: Lots, low: Floats, high: Floats, team: NDArray[np.int64], least: Floats
) -> Floats:
    """Of the lots between `low` and `high`, all of one rate, take as many as the minimum needs."""
    lacking = least - _sums(low * lots.cost, team, len(least))
    out = low.copy()
    while True:
        size = np.where(out < high, next_lot(lots, out), 0.0)
        order = np.lexsort((np.arange(len(out)), team))
        price = np.where(lacking[team] > 0, size * lots.cost, 0.0)[order]
        before = np.cumsum(price) - price
        start = np.searchsorted(team[order], team[order])
        take = (price > 0) & (before - before[start] < lacking[team[order]])
        if not take.any():
            return out
        out[order[take]] += size[order[take]]
        lacking = least - _sums(out * lots.cost, team, len(least))
