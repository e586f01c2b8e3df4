"""One pool of stock for every shop: who comes too late gets another SKU, comes back, or leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.world import KOL

if TYPE_CHECKING:
    from liveattr.simulate.parameters import Parameters

__all__ = ["Stock", "arrivals", "served"]

Ints = NDArray[np.int64]
_DESIGN = "reference design of the world"


@dataclass(frozen=True)
class Stock(Block):
    """The shared pool and how it is filled; `on=False` is a world in which nothing sells out."""

    cover_days: float = knob(24.0, 1, 400, "goods for so many days are ordered up to", unit="days")
    lead_days: int = knob(7, 0, 120, "goods arrive so long after the order", unit="days")
    review_days: int = knob(7, 1, 60, "an order is placed each so many days", unit="days")
    misjudged: float = knob(0.35, 0, 2, "sd of the buyer's error in a SKU's demand (log)")
    show_share: float = knob(0.9, 0, 5, "of a KOL show's expected sales brought in before it")
    substitute: float = knob(0.30, 0, 1, "take another SKU of the category", source=_DESIGN)
    later: float = knob(0.20, 0, 1, "come back within a week", source=_DESIGN)


def planned_units(goods: pd.DataFrame, parameters: Parameters, seed: int) -> NDArray[np.float64]:
    """Return what the buyer thinks that each SKU sells on a day: popularity, and his error."""
    rate = 0.0195 * parameters.size.persons  # units a day; the default world sells so many
    weight = goods["popularity"].to_numpy() / goods["popularity"].sum()
    normal = np.sqrt(-2 * np.log(cells(seed, "buyer errs", np.arange(len(goods)))[0])) * np.cos(
        2 * np.pi * cells(seed, "buyer errs", np.arange(len(goods)))[1]
    )
    return rate * weight * np.exp(parameters.stock.misjudged * normal)


def arrivals(
    calendar: pd.DataFrame, slots: pd.DataFrame, parameters: Parameters
) -> NDArray[np.float64]:
    """Return extra units brought in for KOL shows, as a share of all persons: (days, SKUs)."""
    days, block = parameters.size.all_days, parameters.stock
    extra = np.zeros((days, int(slots["sku"].max()) + 1 if len(slots) else 1))
    shows = calendar[calendar["channel"] == KOL]
    sold = 0.0145 * block.show_share  # units a person sold at a default show
    for code, one in shows.iterrows():
        mine = slots.loc[slots["broadcast"] == code, "sku"].to_numpy()
        extra[max(0, int(one["day"]) - 1), mine] += sold / max(1, len(mine))
    return extra


def served(sku: Ints, units: Ints, at: Ints, person: Ints, on_hand: Ints) -> NDArray[np.bool_]:
    """Return which wishes the stock suffices for, first come first served; takes it from `on_hand`.

    A wish that finds too little on the shelf takes nothing, and a later, smaller one may be served
    only from what is left in the order of time: what is promised is never taken back.
    """
    if not len(sku):
        return np.zeros(0, dtype=np.bool_)
    order = np.lexsort((person, at, sku))
    s, u = sku[order], units[order]
    total = np.cumsum(u)
    start = np.flatnonzero(np.r_[True, s[1:] != s[:-1]])
    before = np.repeat(total[start] - u[start], np.diff(np.r_[start, len(s)]))
    fits = total - before <= on_hand[s]
    taken = np.bincount(s[fits], weights=u[fits], minlength=len(on_hand)).astype(np.int64)
    on_hand -= taken
    ok = np.empty(len(sku), dtype=np.bool_)
    ok[order] = fits
    return ok
