"""Fill rate against stock: what each level of a forecast, or each number of days of cover, would have cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from liveattr.stocking.periodic_review import Levels, Rule, simulate_policy

__all__ = ["cover_rule", "frontier", "stock_at"]

Floats = NDArray[np.float64]


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
