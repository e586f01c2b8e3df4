"""Past days at which to foretell: what was known then, what was planned, what came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.stocking.panel import Panel

__all__ = ["Cut", "cut_at", "past_cuts", "some_skus"]

Floats = NDArray[np.float64]
NOT_PLANNED = {"sku_id", "on", "units", "net_units", "in_stock", "category", "price_band", "clicks"}
"""Columns of a history that nobody knows in advance, or that do not change by day."""


@dataclass(frozen=True)
class Cut:
    """One origin. Matrices have one row a SKU of `skus`."""

    history: pd.DataFrame
    plan: pd.DataFrame
    skus: NDArray[np.object_]
    seen: Floats
    """SKU × step before, NaN: not known."""
    came: Floats
    """SKU × step ahead, NaN: not known."""
    dates: pd.DatetimeIndex
    """Steps ahead."""
    season: int


def cut_at(
    history: pd.DataFrame, calendar: pd.DataFrame, panel: Panel, first: int, steps: int
) -> Cut:
    """Return the cut before step `first`, with `steps` ahead.

    The plan is that of the calendar where it reaches over these days, else what the history tells of
    them: then it is taken for planned what was done. The end of the data cuts the steps ahead off.
    """
    dates = panel.dates[first : min(first + steps, panel.past)]
    known = history["on"] < dates[0]
    before = history[known].reset_index(drop=True)
    in_there = np.isin(panel.skus, before["sku_id"].unique())
    plan = _plan(history[~known], calendar, dates)
    return Cut(
        history=before,
        plan=plan[plan["sku_id"].isin(panel.skus[in_there])] if "sku_id" in plan else plan,
        skus=panel.skus[in_there],
        seen=panel.units[in_there, :first],
        came=panel.units[in_there, first : first + len(dates)],
        dates=dates,
        season=panel.season,
    )


def past_cuts(panel: Panel, horizon: int, many: int) -> list[int]:
    """Return the first steps ahead of the newest cuts, oldest first; windows do not overlap.

    A cut needs as many steps before it as ahead: fewer cuts, or none, where the history is short.
    """
    wanted = [panel.past - horizon * k for k in range(many, 0, -1)]
    return [first for first in wanted if first >= max(horizon, 2 * panel.season)]


def some_skus(history: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the rows of at most so many SKUs, evenly over their order."""
    names = np.sort(history["sku_id"].unique())
    if len(names) <= most:
        return history
    kept = names[np.linspace(0, len(names) - 1, most).round().astype(int)]
    return history[history["sku_id"].isin(kept)].reset_index(drop=True)


def _plan(after: pd.DataFrame, calendar: pd.DataFrame, dates: pd.DatetimeIndex) -> pd.DataFrame:
    if "on" in calendar and dates.isin(calendar["on"]).all():
        return calendar[calendar["on"].isin(dates)].reset_index(drop=True)
    columns = ["sku_id", "on", *(c for c in after.columns if c not in NOT_PLANNED)]
    return after.loc[after["on"] <= dates[-1], columns].reset_index(drop=True)
