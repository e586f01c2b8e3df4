"""What a rule of ordering would have done: every so many days up to a level, what is short is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from liveattr.errors import ParameterError

__all__ = ["Levels", "PolicyRun", "Rule", "review_days_of", "simulate_policy"]

Floats = NDArray[np.float64]
Rule = Callable[[Floats, int], ArrayLike]
Levels = ArrayLike | Rule
"""Order-up-to levels: SKU, SKU × review, or a rule that is asked at each review."""


@dataclass(frozen=True)
class PolicyRun:
    """What a policy did after the days that were dropped; arrays of one number a SKU, in pieces."""

    days: int
    demand: Floats
    sold: Floats
    """At once, on the day it was wanted."""
    handed: Floats
    """Handed over; the same as sold, but where what is short waits."""
    received: Floats
    start: Floats
    end: Floats
    stock_sum: Floats
    """Sum over days of what was left at the end of the day."""
    ordered: Floats
    orders: NDArray[np.int64]

    @property
    def fill_rate(self) -> float:
        """Share of all pieces wanted that was sold at once; NaN if nothing was wanted."""
        total = float(self.demand.sum())
        return float(self.sold.sum()) / total if total > 0 else float("nan")

    @property
    def stock_days(self) -> float:
        """Mean stock of all SKUs over mean demand of a day of all SKUs [days]."""
        total = float(self.demand.sum())
        return float(self.stock_sum.sum()) / total if total > 0 else float("nan")

    @property
    def lost(self) -> Floats:
        """Pieces by SKU that were wanted and not sold (with backorders: not at once)."""
        return self.demand - self.sold

    def cost(self, short_cost: ArrayLike = 19.0, hold_cost: ArrayLike = 1.0) -> float:
        """Return the cost of pieces short, and of a piece held for a week, by SKU or for all."""
        short = (self.lost * np.asarray(short_cost, float)).sum()
        return float(short + (self.stock_sum / 7 * np.asarray(hold_cost, float)).sum())

    def share_below(self, fill: float = 0.9) -> float:
        """Return the share of SKUs with demand whose own fill rate is below `fill`."""
        wanted = self.demand > 0
        own = self.sold[wanted] / self.demand[wanted]
        return float((own < fill).mean()) if wanted.any() else float("nan")


def review_days_of(days: int, review_days: int) -> list[int]:
    """Return the days of a simulation on which an order is placed, from 0."""
    return list(range(0, days, review_days))


def simulate_policy(
    demand: ArrayLike,
    levels: Levels,
    *,
    lead_time_days: ArrayLike,
    review_days: int,
    pack: ArrayLike = 1,
    least_order: ArrayLike = 0,
    start: ArrayLike | None = None,
    drop_days: int = 14,
    backorders: bool = False,
) -> PolicyRun:
    """Play a policy of periodic review against demand.

    Parameters
    ----------
    demand
        SKU × day [pieces]; NaN: nothing could be bought, as 0. Below 0 (returns) counts as 0.
    levels
        Order-up-to level [pieces]: one a SKU, SKU × review, or a rule: a function of what was sold before
        the day (SKU × day so far) and the number of the review, which returns one level a SKU.
    lead_time_days
        Days from order to receipt, by SKU or for all; 0: at once.
    review_days
        An order is placed on day 0 and every so many days.
    pack, least_order
        By SKU or for all [pieces]: orders are rounded up to whole packs, then to the least order if
        anything is ordered.
    start
        Stock before day 0 [pieces]; default: the level of the first review.
    drop_days
        First days that do not count in the result.
    backorders
        What is short waits and is served first, instead of being lost.

    Returns
    -------
    PolicyRun
        After the dropped days, by SKU; `fill_rate`, `stock_days`, `cost()` over all.

    Raises
    ------
    ParameterError
        Shapes that do not fit, numbers out of range.

    Notes
    -----
    A day: order up to the level less stock, less what is on the way, plus what waits; receive; sell. An
    order so serves lead + review days: its own day to the day before the next order can be there.
    Always start + received - handed = end, and stock never falls below 0. Sales of the
    data are taken for demand: where they were bound by stock, the result is too good. The future of the
    data is not changed by what is sold here.

    References
    ----------
    Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains (2017), (R, S) policy.

    Examples
    --------
    >>> run = simulate_policy([[2, 2, 2, 2]], [4], lead_time_days=0, review_days=2, drop_days=0)
    >>> run.fill_rate, run.stock_days, float(run.end[0])
    (1.0, 0.5, 0.0)
    """
    wanted = _demand(demand)
    skus, days = wanted.shape
    if review_days < 1 or not 0 <= drop_days < days:
        raise ParameterError(
            f"review_days must be at least 1 and drop_days within the {days} days of demand, "
            f"not {review_days} and {drop_days}"
        )
    lead = _by_sku("lead_time_days", lead_time_days, skus, 0).astype(int)
    packs = _by_sku("pack", pack, skus, 1e-9)
    least = _by_sku("least_order", least_order, skus, 0)
    sold = np.zeros((skus, days))
    ask = _asker(levels, skus, len(review_days_of(days, review_days)), sold)
    stock = ask(0, 0) if start is None else _by_sku("start", start, skus, 0)
    coming = np.zeros((skus, days + int(lead.max(initial=0)) + 1))
    tally, shelf = _Tally(skus), _Shelf(stock.copy(), np.zeros(skus))
    for day in range(days):
        if day == drop_days:
            tally = _Tally(skus, shelf.stock.copy())
        if day % review_days == 0:
            need = ask(day // review_days, day) - shelf.stock - coming[:, day:].sum(1)
            qty = _rounded(need + shelf.waiting, packs, least)
            coming[np.arange(skus), day + lead] += qty
            tally.order(qty)
        sold[:, day], handed = shelf.day(coming[:, day], wanted[:, day], backorders)
        tally.day(sold[:, day], handed, coming[:, day], shelf.stock)
    return PolicyRun(
        days=days - drop_days,
        demand=wanted[:, drop_days:].sum(1),
        sold=tally.sold,
        handed=tally.handed,
        received=tally.received,
        start=tally.start,
        end=shelf.stock,
        stock_sum=tally.stock_sum,
        ordered=tally.ordered,
        orders=tally.orders,
    )


class _Shelf:
    """What lies there, and what is waited for, of every SKU."""

    def __init__(self, stock: Floats, waiting: Floats) -> None:
        self.stock, self.waiting = stock, waiting

    def day(self, got: Floats, wanted: Floats, backorders: bool) -> tuple[Floats, Floats]:
        """Receive, serve who waits, sell; return what was sold at once and all that was handed over."""
        stock = self.stock + got
        cleared = np.minimum(stock, self.waiting)
        at_once = np.minimum(stock - cleared, wanted)
        self.stock = stock - cleared - at_once
        self.waiting = self.waiting - cleared + (wanted - at_once if backorders else 0.0)
        return at_once, cleared + at_once


class _Tally:
    """Sums over the days that count, of every SKU."""

    def __init__(self, skus: int, start: Floats | None = None) -> None:
        self.start = np.zeros(skus) if start is None else start
        self.sold, self.handed, self.received = np.zeros(skus), np.zeros(skus), np.zeros(skus)
        self.stock_sum, self.ordered = np.zeros(skus), np.zeros(skus)
        self.orders = np.zeros(skus, np.int64)

    def order(self, qty: Floats) -> None:
        """Count an order."""
        self.ordered += qty
        self.orders += qty > 0

    def day(self, sold: Floats, handed: Floats, got: Floats, stock: Floats) -> None:
        """Count a day."""
        self.sold += sold
        self.handed += handed
        self.received += got
        self.stock_sum += stock


def _demand(demand: ArrayLike) -> Floats:
    wanted = np.asarray(demand, float)
    if wanted.ndim != 2 or not wanted.shape[1]:
        raise ParameterError("demand must be SKU × day with at least one day")
    return np.maximum(np.nan_to_num(wanted, nan=0.0), 0.0)


def _by_sku(name: str, value: ArrayLike, skus: int, least: float) -> Floats:
    given = np.asarray(value, float)
    if given.ndim > 1 or given.size not in (1, skus):
        raise ParameterError(f"{name} must be one number, or one for each of the {skus} SKUs")
    each = np.broadcast_to(given, (skus,))
    if not (np.isfinite(each) & (each >= least)).all():
        raise ParameterError(f"{name} must be finite and at least {least:g}")
    return each


def _asker(levels: Levels, skus: int, reviews: int, sold: Floats) -> Callable[[int, int], Floats]:
    """Return a function of review and day that tells the level of each SKU."""
    if callable(levels):
        rule = levels
        return lambda review, day: _by_sku("levels", rule(sold[:, :day], review), skus, 0)
    given = np.asarray(levels, float)
    if given.ndim == 2 and given.shape != (skus, reviews):
        raise ParameterError(f"levels must be SKU × review, {skus} × {reviews}, not {given.shape}")
    if given.ndim == 2:
        return lambda review, day: _by_sku("levels", given[:, review], skus, 0)
    each = _by_sku("levels", given, skus, 0)
    return lambda review, day: each


def _rounded(need: Floats, pack: Floats, least: Floats) -> Floats:
    """Whole packs that hold the need and the least order; 0 where nothing is needed."""
    wanted = np.where(need > 0, np.maximum(need, least), 0.0)
    return np.asarray(np.ceil(np.round(wanted / pack, 9)) * pack)
