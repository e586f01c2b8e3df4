"""The history of demand as matrices, SKU by step, with what is known in advance beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError

__all__ = ["Panel", "demand_matrices", "rows_of"]

NOT_COVARIATES = {"sku_id", "on", "units", "in_stock", "category", "price_band", "clicks"} | {
    "net_units"
}
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
    only_planned: np.ndarray
    """SKU that only the calendar names, for steps ahead."""
    strange: np.ndarray
    """By SKU: which labels ahead the history does not have, in words; None: it has all."""
    static: pd.DataFrame
    kinds: dict[str, tuple[np.ndarray, np.ndarray]]
    """Text covariate, e.g. host: labels, and SKU × all steps the number of the label, -1 for none."""
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
        only_planned=panel.only_planned[every],
        strange=panel.strange[every],
        static=panel.static.iloc[every],
        kinds={name: (labels, codes[every]) for name, (labels, codes) in panel.kinds.items()},
        clicks=None if panel.clicks is None else panel.clicks[every],
    )


@dataclass(frozen=True)
class _Grid:
    """Where the rows of the history and the calendar lie."""

    skus: np.ndarray
    dates: pd.DatetimeIndex
    past: int
    row: np.ndarray
    column: np.ndarray
    kept: np.ndarray
    """Rows of the history that are not too old."""

    def past_of(self, values: np.ndarray, empty: float, kind: Any = np.float64) -> np.ndarray:
        """Return SKU × past step of values by row of the history."""
        matrix = np.full((len(self.skus), self.past), empty, kind)
        matrix[self.row, self.column] = values[self.kept]
        return matrix

    def all_of(
        self, values: np.ndarray | None, plan: pd.DataFrame, told: pd.Series | None, empty: float
    ) -> np.ndarray:
        """Return SKU × all steps of values by row of the history, overlaid by those of the plan."""
        matrix = np.full((len(self.skus), len(self.dates)), empty, np.float32)
        if values is not None:
            matrix[self.row, self.column] = values[self.kept]
        if told is None:
            return matrix
        column = self.dates.searchsorted(plan["on"].to_numpy(), side="right") - 1
        if "sku_id" not in plan:
            matrix[:, column] = told.to_numpy(np.float32)
            return matrix
        row = pd.Index(self.skus).get_indexer(pd.Index(plan["sku_id"]))
        known = row >= 0
        matrix[row[known], column[known]] = told.to_numpy(np.float32)[known]
        return matrix


def demand_matrices(history: pd.DataFrame, calendar: pd.DataFrame, horizon: int) -> Panel:
    """History and calendar as matrices; the order of their rows does not matter."""
    _check(history, calendar)
    frame = history.assign(on=pd.to_datetime(history["on"]))
    grid, step = _grid(frame, calendar, horizon)
    plan = _plan(calendar, grid.dates)
    known, unplanned = _known(frame, plan, grid)
    absent = np.zeros(len(grid.skus), bool)
    if "sku_id" in plan:
        absent = ~pd.Index(grid.skus).isin(plan["sku_id"].unique())
    clicks = None
    if "clicks" in frame:
        clicks = grid.past_of(np.nan_to_num(frame["clicks"].to_numpy(float)), 0.0)
    return Panel(
        skus=grid.skus,
        dates=grid.dates,
        units=grid.past_of(_demand(frame), np.nan),
        known=known,
        unplanned=unplanned + [name for name in _texts(frame) if name not in plan],
        absent=absent,
        only_planned=~pd.Index(grid.skus).isin(frame["sku_id"].unique()),
        strange=_strange(frame, plan, grid),
        static=_static(frame, plan, grid.skus),
        kinds={name: _kind(frame, plan, name, grid) for name in _texts(frame)},
        clicks=clicks,
        season=7 if step == "D" else 1,
    )


def _grid(frame: pd.DataFrame, calendar: pd.DataFrame, horizon: int) -> tuple[_Grid, str]:
    step = _step(frame["on"])
    dates = _dates(frame["on"], step, horizon)
    labels = _skus(frame, _plan(calendar, dates[len(dates) - horizon :]))
    row = labels.get_indexer(pd.Index(frame["sku_id"]))
    column = dates.searchsorted(frame["on"].to_numpy(), side="right").astype(np.int32) - 1
    kept = column >= 0
    where = row.astype(np.int32)[kept], column[kept], kept
    return _Grid(np.asarray(labels), dates, len(dates) - horizon, *where), step


def _skus(frame: pd.DataFrame, ahead: pd.DataFrame) -> pd.Index:
    """Return the SKUs of the history and of the plan ahead, sorted."""
    known = pd.Index(frame["sku_id"].unique())
    if "sku_id" not in ahead:
        return known.sort_values()
    try:
        return known.append(pd.Index(ahead["sku_id"].unique())).unique().sort_values()
    except TypeError:
        raise ParameterError(
            "sku_id is text in history or calendar and a number in the other; make both text"
        ) from None


def _plan(calendar: pd.DataFrame, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the calendar within the steps that are told."""
    if not len(calendar.columns) or not len(calendar) or not len(dates):
        return pd.DataFrame()
    plan = calendar.assign(on=pd.to_datetime(calendar["on"]))
    end = dates.union(dates[-1:].shift(1))[-1]
    return plan[(plan["on"] >= dates[0]) & (plan["on"] < end)]


def _known(
    frame: pd.DataFrame, plan: pd.DataFrame, grid: _Grid
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Covariates that are numbers, and those that the plan does not tell."""
    known = {}
    names = _covariates(frame, plan)
    for name in names:
        values = np.nan_to_num(frame[name].to_numpy(np.float32)) if name in frame else None
        told = plan[name].fillna(0.0) if name in plan else None
        known[name] = grid.all_of(values, plan, told, 0.0)
    return known, [name for name in names if name not in plan]


def _kind(
    frame: pd.DataFrame, plan: pd.DataFrame, name: str, grid: _Grid
) -> tuple[np.ndarray, np.ndarray]:
    """Labels of a text covariate, and the number of the label by SKU and step, -1 for none."""
    codes, labels = pd.factorize(frame[name], sort=True)
    told = None
    if name in plan:
        told = pd.Series(pd.Index(labels).get_indexer(plan[name]), index=plan.index)
    return np.asarray(labels), grid.all_of(codes, plan, told, -1.0).astype(np.int16)


def _strange(frame: pd.DataFrame, plan: pd.DataFrame, grid: _Grid) -> np.ndarray:
    """Say by SKU which labels of text covariates ahead the history does not have."""
    found = np.full(len(grid.skus), None, object)
    ahead = plan[plan["on"] >= grid.dates[grid.past]] if len(plan) else plan
    for name in _texts(frame):
        if name not in ahead:
            continue
        new = ahead[ahead[name].notna() & ~ahead[name].isin(frame[name])]
        if new.empty:
            continue
        said = f"the history has no {name} " + ", ".join(sorted(map(str, new[name].unique())))
        mine = pd.Index(grid.skus).isin(new["sku_id"]) if "sku_id" in new else slice(None)
        found[mine] = said
    return found


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


def _texts(history: pd.DataFrame) -> list[str]:
    """Covariates that are text: the kind of an event, such as its host."""
    names = [c for c in history.columns if c not in NOT_COVARIATES]
    return sorted(c for c in names if not _is_number(history, history, c))


def _covariates(history: pd.DataFrame, calendar: pd.DataFrame) -> list[str]:
    names = [*history.columns, *(c for c in calendar.columns if c not in history)]
    return sorted(c for c in names if c not in NOT_COVARIATES and _is_number(history, calendar, c))


def _is_number(history: pd.DataFrame, calendar: pd.DataFrame, name: str) -> bool:
    column = history[name] if name in history else calendar[name]
    return bool(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))


def _static(frame: pd.DataFrame, plan: pd.DataFrame, skus: np.ndarray) -> pd.DataFrame:
    """Return what does not change by step, from the newest row of the history, else from the plan."""
    columns = [c for c in ("category", "price_band") if c in frame]
    if not columns:
        return pd.DataFrame(index=skus)
    newest = frame.reset_index(drop=True).groupby("sku_id")["on"].idxmax()
    found = frame.iloc[newest].set_index("sku_id")[columns].reindex(skus)
    if "sku_id" in plan and set(columns) & set(plan):
        planned = plan.drop_duplicates("sku_id", keep="last").set_index("sku_id")
        planned = planned.reindex(index=skus, columns=columns)
        found = found.astype(object).where(found.notna(), planned)
    return found
