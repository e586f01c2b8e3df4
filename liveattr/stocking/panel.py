"""The history of demand as matrices, SKU by step, with what is known in advance beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError

__all__ = ["Panel", "demand_matrices", "rows_of"]

NOT_COVARIATES = {"sku_id", "on", "units", "in_stock", "category", "price_band", "clicks"}
LONGEST = 1300
"""Steps of history that are read; older ones say little about the next weeks."""


@dataclass(frozen=True)
class Panel:
    """Matrices of one row a SKU; columns are steps, the last `horizon` of them lie ahead."""

    skus: np.ndarray
    dates: pd.DatetimeIndex
    units: np.ndarray
    """SKU × past step, NaN: not known, as it could not be bought or no row tells."""
    known: dict[str, np.ndarray]
    """SKU × all steps, for every covariate."""
    unplanned: list[str]
    """Covariates that the calendar does not tell for the steps ahead."""
    absent: np.ndarray
    """SKU that a calendar by SKU does not name."""
    static: pd.DataFrame
    clicks: np.ndarray | None
    """SKU × past step; None: not given."""
    season: int
    """Steps of one round: 7 for days, 1 for weeks and months."""

    @property
    def past(self) -> int:
        """Number of steps of history."""
        return int(self.units.shape[1])


def rows_of(
    panel: Panel, rows: np.ndarray | None, known: dict[str, np.ndarray] | None = None
) -> Panel:
    """Return the panel of some SKUs (None: all), perhaps with other covariates."""
    every = slice(None) if rows is None else rows
    covariates = panel.known if known is None else known
    return replace(
        panel,
        skus=panel.skus[every],
        units=panel.units[every],
        known={name: value[every] for name, value in covariates.items()},
        absent=panel.absent[every],
        static=panel.static.iloc[every],
        clicks=None if panel.clicks is None else panel.clicks[every],
    )


def demand_matrices(history: pd.DataFrame, calendar: pd.DataFrame, horizon: int) -> Panel:
    """History and calendar as matrices; the order of their rows does not matter."""
    _check(history, calendar)
    frame = history.assign(on=pd.to_datetime(history["on"]))
    skus, row = np.unique(frame["sku_id"].to_numpy(), return_inverse=True)
    step = _step(frame["on"])
    dates = _dates(frame["on"], step, horizon)
    column = dates.searchsorted(frame["on"].to_numpy(), side="right") - 1
    inside = column >= 0
    past = len(dates) - horizon
    units = np.full((len(skus), past), np.nan)
    value = _demand(frame)
    units[row[inside], column[inside]] = value[inside]
    known, unplanned = {}, []
    plan = calendar.assign(on=pd.to_datetime(calendar["on"])) if len(calendar.columns) else calendar
    for name in _covariates(history, calendar):
        matrix = np.zeros((len(skus), len(dates)))
        if name in frame:
            matrix[row[inside], column[inside]] = np.nan_to_num(frame[name].to_numpy(float))[inside]
        if name in plan and len(plan):
            _lay(matrix, plan, name, skus, dates)
        else:
            unplanned.append(name)
        known[name] = matrix
    absent = np.zeros(len(skus), bool)
    if "sku_id" in plan:
        absent = ~np.isin(skus, plan["sku_id"].to_numpy())
    clicks = None
    if "clicks" in frame:
        clicks = np.zeros((len(skus), past))
        clicks[row[inside], column[inside]] = np.nan_to_num(frame["clicks"].to_numpy(float))[inside]
    season = 7 if step == "D" else 1
    static = _static(frame, skus)
    return Panel(skus, dates, units, known, unplanned, absent, static, clicks, season)


def _check(history: pd.DataFrame, calendar: pd.DataFrame) -> None:
    lacking = {"sku_id", "on", "units"} - set(history)
    if lacking:
        raise ParameterError(
            f"history lacks {sorted(lacking)}; give sku_id, on, units and in_stock"
        )
    if len(calendar.columns) and "on" not in calendar:
        raise ParameterError("calendar lacks the column on; give the date of each row")
    if history.duplicated(["sku_id", "on"]).any():
        raise ParameterError(
            "history has two rows for one sku_id and date; add their units up first"
        )


def _demand(frame: pd.DataFrame) -> np.ndarray:
    value = frame["units"].to_numpy(float, na_value=np.nan)
    value = np.where(np.isfinite(value), np.maximum(value, 0.0), np.nan)
    if "in_stock" in frame:
        value = np.where(frame["in_stock"].fillna(False).to_numpy(bool), value, np.nan)
    return value


def _step(days: pd.Series) -> str:
    seen = np.unique(days.to_numpy())
    gap = np.median(np.diff(seen) / np.timedelta64(1, "D")) if len(seen) > 1 else 1
    return "MS" if gap >= 25 else "7D" if gap >= 6 else "D"


def _dates(days: pd.Series, step: str, horizon: int) -> pd.DatetimeIndex:
    first, last = days.min(), days.max()
    if step == "MS":
        first, last = first.replace(day=1), last.replace(day=1)
    past = pd.date_range(first, last, freq=step)[-LONGEST:]
    return pd.date_range(past[0], periods=len(past) + horizon, freq=step)


def _covariates(history: pd.DataFrame, calendar: pd.DataFrame) -> list[str]:
    names = [*history.columns, *(c for c in calendar.columns if c not in history)]
    return sorted(c for c in names if c not in NOT_COVARIATES and _is_number(history, calendar, c))


def _is_number(history: pd.DataFrame, calendar: pd.DataFrame, name: str) -> bool:
    column = history[name] if name in history else calendar[name]
    return bool(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))


def _lay(
    matrix: np.ndarray, plan: pd.DataFrame, name: str, skus: np.ndarray, dates: pd.DatetimeIndex
) -> None:
    plan = plan[plan["on"].between(dates[0], dates[-1] + pd.Timedelta(days=31))]
    column = dates.searchsorted(plan["on"].to_numpy(), side="right") - 1
    value = np.nan_to_num(plan[name].to_numpy(float))
    if "sku_id" not in plan:
        matrix[:, column] = value
        return
    row = np.searchsorted(skus, plan["sku_id"].to_numpy()).clip(0, len(skus) - 1)
    told = skus[row] == plan["sku_id"].to_numpy()
    matrix[row[told], column[told]] = value[told]


def _static(frame: pd.DataFrame, skus: np.ndarray) -> pd.DataFrame:
    columns = [c for c in ("category", "price_band") if c in frame]
    if not columns:
        return pd.DataFrame(index=skus)
    return frame.sort_values("on").groupby("sku_id")[columns].last().reindex(skus)
