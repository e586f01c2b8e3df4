"""What a rule of ordering would have done: every so many days up to a level, what is short is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from liveattr.errors import ParameterError

__all__ = [
    "Levels",
    "PolicyRun",
    "cover_rule",
    "frontier",
    "review_days_of",
    "simulate_policy",
    "stock_at",
]

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
    stock = ask(0, 0) if start is None else _by_sku("start", start, skus, 0).copy()
    coming = np.zeros((skus, days + int(lead.max(initial=0)) + 1))
    waiting, rows = np.zeros(skus), np.arange(skus)
    tally = {
        name: np.zeros(skus) for name in ("at_once", "handed", "received", "stock_sum", "ordered")
    }
    orders, began = np.zeros(skus, np.int64), stock.copy()
    for day in range(days):
        counts = day >= drop_days
        if day == drop_days:
            began = stock.copy()
        if day % review_days == 0:
            on_the_way = coming[:, day:].sum(1)
            need = ask(day // review_days, day) - stock - on_the_way + waiting
            qty = _rounded(need, packs, least)
            coming[rows, day + lead] += qty
            tally["ordered"] += qty * counts
            orders += (qty > 0) & counts
        got = coming[:, day]
        stock = stock + got
        cleared = np.minimum(stock, waiting)
        stock = stock - cleared
        at_once = np.minimum(stock, wanted[:, day])
        stock = stock - at_once
        waiting = waiting - cleared + (wanted[:, day] - at_once if backorders else 0.0)
        sold[:, day] = at_once
        if counts:
            tally["handed"] += cleared + at_once
            tally["at_once"] += at_once
            tally["received"] += got
            tally["stock_sum"] += stock
    return PolicyRun(
        days=days - drop_days,
        demand=wanted[:, drop_days:].sum(1),
        sold=tally["at_once"],
        handed=tally["handed"],
        received=tally["received"],
        start=began,
        end=stock,
        stock_sum=tally["stock_sum"],
        ordered=tally["ordered"],
        orders=orders,
    )


def cover_rule(history: ArrayLike, last: int, cover_days: float) -> Rule:
    """Return the merchant's rule: mean sales of the last days × days of cover.

    Parameters
    ----------
    history
        SKU × day before day 0 [pieces]; NaN: could not be bought.
    last
        Days that the mean is taken over: what was sold, so a stock-out lowers the next order, as it does
        in the merchant's own sheet.
    cover_days
        Days that the stock and what is on the way shall last.
    """
    past = np.asarray(history, float)

    def level(sold: Floats, review: int) -> Floats:
        seen = np.concatenate([past, sold], axis=1)[:, -last:]
        known = np.isfinite(seen)
        mean = np.where(known, seen, 0.0).sum(1) / np.maximum(known.sum(1), 1)
        return np.asarray(mean * cover_days)

    return level


def frontier(
    demand: ArrayLike,
    points: Mapping[float, Levels],
    *,
    short_cost: ArrayLike = 19.0,
    hold_cost: ArrayLike = 1.0,
    **terms: object,
) -> pd.DataFrame:
    """Return fill rate against stock, a row a point: each level of a forecast, or days of cover.

    Parameters
    ----------
    demand
        As of `simulate_policy`.
    points
        Name of the point (level or days of cover) → its order-up-to levels.
    short_cost, hold_cost
        Of one piece short, of one piece held for a week.
    terms
        Further arguments of `simulate_policy`.

    Returns
    -------
    pandas.DataFrame
        point, fill_rate, stock_days, cost, share_below_90, in the order of points.
    """
    rows = []
    for point, levels in points.items():
        run = simulate_policy(demand, levels, **terms)  # type: ignore[arg-type]
        rows.append(
            (
                point,
                run.fill_rate,
                run.stock_days,
                run.cost(short_cost, hold_cost),
                run.share_below(),
            )
        )
    return pd.DataFrame(
        rows, columns=["point", "fill_rate", "stock_days", "cost", "share_below_90"]
    )


def stock_at(found: pd.DataFrame, fill_rate: float) -> float:
    """Return the days of stock that a frontier needs for a fill rate; NaN where its points do not hold it.

    Straight between the two points around it, in the order of stock.

    Examples
    --------
    >>> line = pd.DataFrame({"fill_rate": [0.9, 0.96], "stock_days": [8.0, 14.0]})
    >>> stock_at(line, 0.95)
    13.0
    """
    line = found.sort_values("stock_days", kind="stable")
    fill, stock = line["fill_rate"].to_numpy(float), line["stock_days"].to_numpy(float)
    first = np.flatnonzero(fill >= fill_rate)
    if not len(first) or (first[0] == 0 and fill[0] > fill_rate):
        return float("nan")
    k = int(first[0])
    if k == 0:
        return float(stock[0])
    part = (fill_rate - fill[k - 1]) / (fill[k] - fill[k - 1])
    return round(float(stock[k - 1] + part * (stock[k] - stock[k - 1])), 10)


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
