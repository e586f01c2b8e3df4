"""From the rows of a forecast to curves: one window for each SKU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import TableError
from liveattr.stocking.newsvendor import QuantileCurves, quantile_at

__all__ = ["ForecastRows", "Window", "daily_means", "forecast_rows", "window_demand"]

Floats = NDArray[np.float64]

NEEDED = ("sku_id", "from_on", "days", "quantile", "units")
TOLD = ("demand_class", "model_used", "fallback_reason", "basis")
MOST = 1e9
"""[pieces] A forecast beyond is taken for this."""
FALLBACK_LEVELS = np.array([0.1, 0.5, 0.9])
FAR = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Window:
    """Demand of one window by SKU."""

    curves: QuantileCurves
    mean: Floats
    event: Floats
    known: NDArray[np.bool_]
    """Whether the forecast tells anything; else the curve is 0."""
    told: pd.DataFrame
    """from_on, demand_class, model_used, fallback_reason, basis by SKU."""


@dataclass(frozen=True)
class ForecastRows:
    """Rows of a forecast as numbers, of SKUs that are planned."""

    frame: pd.DataFrame
    skus: int
    row: NDArray[np.int64]
    """Place in `frame`."""
    code: NDArray[np.int64]
    """Place of the SKU."""
    ahead: NDArray[np.int64]
    """[days] From the first day of the SKU's forecast to that of the row."""
    days: NDArray[np.int64]

    def numbers(self, name: str, at: NDArray[np.int64]) -> Floats:
        """Return a column of some rows."""
        return _float(self.frame[name].iloc[self.row[at]])


def forecast_rows(forecast: pd.DataFrame, skus: pd.Index) -> ForecastRows:
    """Return the rows of these SKUs that tell a finite number for a level within (0, 1).

    Raises
    ------
    TableError
        A column is missing.
    """
    lacking = [name for name in NEEDED if name not in forecast]
    if lacking:
        raise TableError(f"forecast lacks the columns {', '.join(lacking)}")
    code = skus.get_indexer(pd.Index(forecast["sku_id"]))
    level, length = _float(forecast["quantile"]), _float(forecast["days"])
    usable = (code >= 0) & np.isfinite(_float(forecast["units"])) & (level > 0) & (level < 1)
    row = np.flatnonzero(usable & (length >= 1))
    day = pd.to_datetime(forecast["from_on"]).to_numpy("datetime64[D]").astype(np.int64)[row]
    first = np.full(len(skus), FAR)
    np.minimum.at(first, code[row], day)
    ahead = day - first[code[row]]
    return ForecastRows(forecast, len(skus), row, code[row], ahead, length[row].astype(np.int64))


def window_demand(rows: ForecastRows, days: NDArray[np.int64]) -> Window:
    """Return the window of `days` that starts on the first day of each SKU's forecast.

    A SKU without this window is told by its nearest one: the mean in proportion to the days, the spread
    to their square root (as if days were independent: too narrow for slow movers), and
    `fallback_reason` says so. Levels that a SKU lacks are read off its curve.

    Raises
    ------
    TableError
        A SKU has two numbers for one level of a window.
    """
    at = _nearest(rows, days)
    code, level = rows.code[at], rows.numbers("quantile", at).round(9)
    levels, place = np.unique(level, return_inverse=True)
    times = np.bincount(code * max(len(levels), 1) + place)
    if times.max(initial=0) > 1:
        raise TableError("forecast: two numbers for one SKU, window and quantile")
    units = np.full((rows.skus, len(levels)), np.nan)
    units[code, place] = np.clip(rows.numbers("units", at), 0.0, MOST)
    known = np.isfinite(units).any(axis=1)
    curves = _curves(levels, units, known)
    one = np.full(rows.skus, -1)
    one[code] = rows.row[at]
    head = rows.frame.take(np.maximum(one, 0)) if known.any() else rows.frame.iloc[:0]
    head = head.reset_index(drop=True).reindex(range(rows.skus))
    mean = np.where(known, _positive(head, "mean", curves.mean), 0.0)
    event = np.where(known, _positive(head, "event_units", np.zeros(rows.skus)), 0.0)
    told, has = _told(head, known), _float(head["days"])
    window = Window(curves, mean, np.minimum(event, mean), known, told)
    return _scaled(window, has, days)


def _nearest(rows: ForecastRows, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of the window of the wanted length, or the nearest one; of two the longer."""
    at = np.flatnonzero(rows.ahead == 0)
    gap = rows.days[at] - days[rows.code[at]]
    rank = np.abs(gap) * 2 + (gap < 0)
    best = np.full(rows.skus, FAR)
    np.minimum.at(best, rows.code[at], rank)
    return at[rank == best[rows.code[at]]]


def _curves(levels: Floats, units: Floats, known: NDArray[np.bool_]) -> QuantileCurves:
    if not len(levels):
        return QuantileCurves(FALLBACK_LEVELS, np.zeros((len(units), len(FALLBACK_LEVELS))))
    filled = np.where(known[:, None], units, 0.0)
    gaps = np.isnan(filled)
    some = np.flatnonzero(gaps.any(axis=1))
    if len(some):
        for pattern in np.unique(gaps[some], axis=0):
            at = some[(gaps[some] == pattern).all(axis=1)]
            own = QuantileCurves(levels[~pattern], filled[np.ix_(at, ~pattern)])
            for k in np.flatnonzero(pattern):
                filled[at, k] = quantile_at(own, levels[k])
    return QuantileCurves(levels, filled)


def _told(head: pd.DataFrame, known: NDArray[np.bool_]) -> pd.DataFrame:
    lacking = {"demand_class": "new", "model_used": "none", "basis": "none"}
    told = pd.DataFrame({"from_on": pd.to_datetime(head["from_on"].where(known))})
    for name in TOLD:
        said = head[name].astype(object) if name in head else pd.Series(None, head.index, object)
        there = (said.notna() & known).to_numpy()
        told[name] = np.where(there, said, np.array(lacking.get(name), object))
    told.loc[~known, "fallback_reason"] = "the forecast does not tell this SKU"
    return told


def _scaled(window: Window, has: Floats, wanted: NDArray[np.int64]) -> Window:
    """Bring windows of another length to the wanted one."""
    other = window.known & (has != wanted)
    if not other.any():
        return window
    part = np.divide(wanted, has, out=np.ones(len(has)), where=other)[:, None]
    mean = window.curves.mean[:, None]
    units = mean * part + (window.curves.units - mean) * np.sqrt(part)
    told = window.told.copy()
    scaled = other & (wanted > 0)
    asked, got = (pd.Series(d[scaled]).astype("int64").astype(str) for d in (wanted, has))
    text = ("no forecast of " + asked + " days: scaled from " + got).to_numpy()
    told.loc[scaled, "fallback_reason"] = text
    share = part[:, 0]
    curves = QuantileCurves(window.curves.levels, np.maximum(units, 0.0))
    return Window(curves, window.mean * share, window.event * share, window.known, told)


def daily_means(rows: ForecastRows, horizon: int) -> Floats:
    """Return SKU × day ahead: the mean of single days, NaN where the forecast has no single day.

    A SKU with one starting day only has windows, no days.
    """
    found = np.full((rows.skus, horizon), np.nan)
    last = np.zeros(rows.skus, np.int64)
    np.maximum.at(last, rows.code, rows.ahead)
    at = np.flatnonzero((rows.days == 1) & (last > 0)[rows.code] & (rows.ahead < horizon))
    if not len(at) or "mean" not in rows.frame:
        return found
    mean = rows.numbers("mean", at)
    found[rows.code[at], rows.ahead[at]] = np.where(
        np.isfinite(mean), np.clip(mean, 0.0, MOST), np.nan
    )
    return found


def _float(column: pd.Series) -> Floats:
    return pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)


def _positive(head: pd.DataFrame, name: str, otherwise: Floats) -> Floats:
    if name not in head:
        return otherwise
    told = _float(head[name])
    return np.where(np.isfinite(told), np.clip(told, 0.0, MOST), otherwise)
