"""From the rows of a forecast to curves: one window for each SKU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import TableError
from liveattr.stocking.newsvendor import QuantileCurves, quantile_at

__all__ = ["Window", "daily_means", "window_demand"]

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


def window_demand(forecast: pd.DataFrame, skus: pd.Index, days: NDArray[np.int64]) -> Window:
    """Return the window of `days` that starts on the first day of each SKU's forecast.

    A SKU without this window is told by its nearest one: the mean in proportion to the days, the spread
    to their square root (as if days were independent: too narrow for slow movers), and
    `fallback_reason` says so. Levels that a SKU lacks are read off its curve.

    Raises
    ------
    TableError
        A column is missing, or a SKU has two numbers for one level of a window.
    """
    lacking = [name for name in NEEDED if name not in forecast]
    if lacking:
        raise TableError(f"forecast lacks the columns {', '.join(lacking)}")
    rows = _nearest(_first(forecast, skus), days)
    code = rows["code"].to_numpy()
    levels, place = np.unique(rows["quantile"].to_numpy(), return_inverse=True)
    if rows.duplicated(["code", "quantile"]).any():
        raise TableError("forecast: two numbers for one SKU, window and quantile")
    units = np.full((len(skus), len(levels)), np.nan)
    units[code, place] = rows["units"].to_numpy()
    known = np.isfinite(units).any(axis=1)
    curves = _curves(levels, units, known)
    head = rows.drop_duplicates("code").set_index("code").reindex(range(len(skus)))
    mean = _positive(head, "mean", curves.mean)
    event = np.minimum(_positive(head, "event_units", np.zeros(len(skus))), mean)
    told = _told(head, known)
    return _scaled(Window(curves, mean, event, known, told), head["days"].to_numpy(float), days)


def _first(forecast: pd.DataFrame, skus: pd.Index) -> pd.DataFrame:
    """Rows of known SKUs with a number, on the first day of each."""
    code = skus.get_indexer(pd.Index(forecast["sku_id"]))
    quantile = _float(forecast, "quantile")
    units, length = _float(forecast, "units"), _float(forecast, "days")
    usable = (code >= 0) & np.isfinite(units) & (quantile > 0) & (quantile < 1) & (length >= 1)
    at = np.flatnonzero(usable)
    start = _day(forecast["from_on"])[at]
    first = np.full(len(skus), FAR)
    np.minimum.at(first, code[at], start)
    at = at[start == first[code[at]]]
    names = ["from_on", *(n for n in (*TOLD, "mean", "event_units") if n in forecast)]
    rows = forecast[names].iloc[at].reset_index(drop=True)
    numbers = {
        "code": code[at],
        "days": length[at].astype(np.int64),
        "quantile": quantile[at].round(9),
        "units": np.clip(units[at], 0.0, MOST),
    }
    return rows.assign(**numbers)


def _nearest(rows: pd.DataFrame, days: NDArray[np.int64]) -> pd.DataFrame:
    """Keep the window of the wanted length, or the nearest one; of two the longer."""
    code = rows["code"].to_numpy()
    gap = rows["days"].to_numpy() - days[code]
    rank = np.abs(gap) * 2 + (gap < 0)
    best = np.full(len(days), FAR)
    np.minimum.at(best, code, rank)
    return rows[rank == best[code]]


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
    told = pd.DataFrame({"from_on": pd.to_datetime(head["from_on"])})
    for name in TOLD:
        said = head[name].astype(object) if name in head else pd.Series(None, head.index, object)
        told[name] = np.where(said.notna(), said, np.array(lacking.get(name), object))
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


def daily_means(forecast: pd.DataFrame, skus: pd.Index, horizon: int) -> Floats:
    """Return SKU × day ahead: the mean of single days, NaN where the forecast has no single day.

    A SKU with one starting day only has windows, no days.
    """
    found = np.full((len(skus), horizon), np.nan)
    if "mean" not in forecast or not len(forecast):
        return found
    code = skus.get_indexer(pd.Index(forecast["sku_id"]))
    day, mean = _day(forecast["from_on"]), _float(forecast, "mean")
    first = np.full(len(skus), FAR)
    last = np.full(len(skus), -FAR)
    inside = np.flatnonzero(code >= 0)
    np.minimum.at(first, code[inside], day[inside])
    np.maximum.at(last, code[inside], day[inside])
    single = (_float(forecast, "days")[inside] == 1) & (last > first)[code[inside]]
    at = inside[single & np.isfinite(mean[inside])]
    ahead = day[at] - first[code[at]]
    at, ahead = at[ahead < horizon], ahead[ahead < horizon]
    found[code[at], ahead] = np.clip(mean[at], 0.0, MOST)
    return found


def _float(frame: pd.DataFrame, name: str) -> Floats:
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(float, na_value=np.nan)


def _day(values: pd.Series) -> NDArray[np.int64]:
    return pd.to_datetime(values).to_numpy("datetime64[D]").astype(np.int64)


def _positive(head: pd.DataFrame, name: str, otherwise: Floats) -> Floats:
    if name not in head:
        return otherwise
    told = _float(head, name)
    return np.where(np.isfinite(told), np.clip(told, 0.0, MOST), otherwise)
