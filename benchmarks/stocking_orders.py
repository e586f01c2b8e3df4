"""Ordering played over 12 weeks of Complete Journey for `stocking.py`: fill rate against days of stock.

200 SKUs (least numbers), lead time 7 days, an order every 7 days, October to December; packs of two days
of mean demand, least order two packs, what is short is lost, first two weeks dropped, all rules start with
14 days of stock. Means are those of the 30 days before. Each rule has a frontier; it is read at a fill rate.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from stocking_sets import DemandSet, matrix

from liveattr.stocking.frontiers import frontier, stock_at

SKUS = 200
REVIEWS = 12
LEAD = REVIEW = 7
POINTS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.875, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99)
COVERS = (10.0, 14.0, 17.5, 21.0, 24.5, 28.0, 31.5, 35.0)
PUBLISHED = {"last 30 d × cover": 17.8, "last 7 d × cover": 20.3}

SumForecast = Callable[[pd.DataFrame, pd.DataFrame, int, tuple[float, ...]], pd.DataFrame]
"""history, calendar, days of the sum, levels → sku_id, quantile, units."""


def first_skus(data: DemandSet, many: int = SKUS) -> pd.DataFrame:
    """Return the rows of the first SKUs."""
    names = np.sort(data.rows["sku_id"].unique())[:many]
    return data.rows[data.rows["sku_id"].isin(names)].reset_index(drop=True)


def terms(units: np.ndarray, first: int) -> dict[str, object]:
    """Return what all rules share."""
    mean = units[:, first - 30 : first].mean(1)
    pack = np.maximum(np.ceil(2 * mean), 1.0)
    return {
        "lead_time_days": LEAD,
        "review_days": REVIEW,
        "pack": pack,
        "least_order": 2 * pack,
        "start": np.ceil(14 * mean),
    }


def rule_levels(units: np.ndarray, first: int, last: int, cover: float) -> np.ndarray:
    """Return SKU × review: mean of the last days × cover; the rule sees demand, not only its own sales."""
    ends = [first + REVIEW * k for k in range(REVIEWS)]
    return np.stack([units[:, end - last : end].mean(1) * cover for end in ends], axis=1)


def told_levels(
    data: DemandSet, rows: pd.DataFrame, forecast: SumForecast
) -> tuple[dict[float, np.ndarray], float]:
    """Return point → SKU × review of the sum over lead time and review, and CPU s a review and 1,000 SKUs."""
    steps = np.sort(rows["on"].unique())
    first, window = len(steps) - REVIEW * REVIEWS, LEAD + REVIEW
    cubes, began = [], time.process_time()
    for review in range(REVIEWS):
        today = steps[first + REVIEW * review]
        plan = rows.loc[rows["on"] >= today, ["sku_id", "on", *data.known]]
        plan = plan[plan["on"] < today + np.timedelta64(window, "D")]
        told = forecast(rows[rows["on"] < today], plan, window, POINTS)
        wide = told.pivot(index="sku_id", columns="quantile", values="units").sort_index()
        cubes.append(wide.to_numpy(float))
    spent = (time.process_time() - began) / REVIEWS * 1000 / rows["sku_id"].nunique()
    cube = np.stack(cubes, axis=1)
    return {point: cube[:, :, k] for k, point in enumerate(POINTS)}, spent


def play(data: DemandSet, forecasts: dict[str, SumForecast]) -> pd.DataFrame:
    """Return a row a rule: days of stock at fill rates, least cost (19 a piece short : 1 a piece and week)."""
    rows = first_skus(data)
    units = matrix(rows)[0]
    first = units.shape[1] - REVIEW * REVIEWS
    shared, found = terms(units, first), []
    for last in (7, 30):
        points = {cover: rule_levels(units, first, last, cover) for cover in COVERS}
        line = frontier(units[:, first:], points, **shared)
        found.append(_row(f"last {last} d × cover", line, 0.0))
    for name, forecast in forecasts.items():
        points, cpu = told_levels(data, rows, forecast)
        found.append(_row(name, frontier(units[:, first:], points, **shared), cpu))
    return pd.DataFrame(found)


def _row(name: str, line: pd.DataFrame, cpu: float) -> dict[str, object]:
    best = line.loc[line["cost"].idxmin()]
    days = {f"days_{fill:.0%}": stock_at(line, fill) for fill in (0.95, 0.97, 0.98)}
    least = {"least_cost": best["cost"], "at": best["point"], "below_90": best["share_below_90"]}
    return {"rule": name, **days, **least, "cpu": cpu}
