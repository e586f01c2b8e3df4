"""Orders lot by lot: a first lot (the least order), then packs, each worth less than the one before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from liveattr.stocking.newsvendor import QuantileCurves, expected_short, quantile_at

__all__ = ["EASE", "Lots", "gain_between", "gain_of", "lots_worth", "next_lot", "up_to_pack"]

Floats = NDArray[np.float64]

SURE = 1.0 - 1e-9
EASE = 1e-9
"""[pieces] Rounding that is not a need."""


@dataclass(frozen=True)
class Lots:
    """What may be ordered, and what it is worth; one entry a SKU.

    Parameters
    ----------
    curves
        Demand over the window.
    position
        [pieces] What there is before the order.
    short_cost, over_cost
        [fen] Of one piece short, one left over; above 0 together.
    cost
        [fen] Price of one piece, above 0.
    pack
        [pieces] ≥ 1.
    first
        [pieces] Least order, a multiple of the pack.
    most
        [pieces] Largest order: 0, or a multiple of the pack that is at least `first`.
    """

    curves: QuantileCurves
    position: Floats
    short_cost: Floats
    over_cost: Floats
    cost: Floats
    pack: Floats
    first: Floats
    most: Floats

    def __len__(self) -> int:
        """Return the number of SKUs."""
        return len(self.position)

    def take(self, at: NDArray[np.bool_] | NDArray[np.int64]) -> Lots:
        """Return the lots of some SKUs."""
        names = ("position", "short_cost", "over_cost", "cost", "pack", "first", "most")
        return Lots(self.curves.take(at), **{name: getattr(self, name)[at] for name in names})

    def up_to(self, most: Floats) -> Lots:
        """Return the same with another largest order."""
        return replace(self, most=most)


def up_to_pack(units: Floats, pack: Floats) -> Floats:
    """Return the least multiple of the pack that is not below `units`."""
    return np.maximum(np.ceil(units / pack - EASE), 0.0) * pack


def gain_of(lots: Lots, qty: ArrayLike) -> Floats:
    """Return what an order is worth beside none [fen]: shortage saved less left over added.

    (cu + co) (E short without - E short with) - co qty: concave in qty.
    """
    bought = np.broadcast_to(np.asarray(qty, float), (len(lots),))
    return gain_between(lots, np.zeros(len(lots)), bought)


def gain_between(lots: Lots, qty: Floats, more: Floats) -> Floats:
    """Return what an order of `more` is worth beside one of `qty` [fen]."""
    saved = expected_short(lots.curves, lots.position + qty)
    saved = saved - expected_short(lots.curves, lots.position + more)
    return (lots.short_cost + lots.over_cost) * saved - lots.over_cost * (more - qty)


def next_lot(lots: Lots, qty: Floats) -> Floats:
    """Return the size of the lot after `qty`; 0 where no more may be ordered."""
    size = np.where(qty > 0, lots.pack, lots.first)
    return np.where(qty + size <= lots.most, size, 0.0)


def lots_worth(lots: Lots, rate: ArrayLike) -> Floats:
    """Return the largest order each of whose lots gains at least `rate` fen a fen spent.

    One more piece at stock x gains cu - (cu + co) F(x), so pieces pay up to the quantile at
    (cu - rate × cost) / (cu + co); the lot across it is taken if it pays as a whole. Since the gain is
    concave no later lot can.
    """
    floor = np.broadcast_to(np.asarray(rate, float), (len(lots),))
    level = (lots.short_cost - floor * lots.cost) / (lots.short_cost + lots.over_cost)
    point = quantile_at(lots.curves, np.clip(level, 0.0, SURE))
    sure = np.floor(np.maximum(point - lots.position, 0.0) / lots.pack + EASE) * lots.pack
    sure = np.where(level >= 1, lots.most, np.minimum(sure, lots.most))
    qty = np.where(level > 0, sure, 0.0)
    qty = np.where(qty < lots.first, 0.0, qty)
    size = next_lot(lots, qty)
    pays = gain_between(lots, qty, qty + size) >= floor * lots.cost * size
    return np.where((size > 0) & pays, qty + size, qty)
