"""The rows to beat, computed anew at every cut: as the published table describes them.

Each is a function (orders, cut, horizons, by) → chances of everybody, shape (people, horizons).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.repurchase.backtests import came_after
from liveattr.repurchase.bgnbd import fit_bgnbd
from liveattr.repurchase.blend import clocks
from liveattr.repurchase.choose import fit_repurchase
from liveattr.repurchase.correct import chance_of, logit
from liveattr.repurchase.landmark_rows import COVARIATES, features_at, landmarks

Floats = NDArray[np.float64]
Names = tuple[str, ...]
CATEGORY = ("category_recency_gap",)


def newton(columns: Floats, came: Floats) -> Floats:
    """Fit a logit without a ridge to speak of."""
    b = np.zeros(columns.shape[1])
    for _ in range(60):
        p = chance_of(columns @ b)
        bend = (columns * (p * (1 - p))[:, None]).T @ columns + 1e-6 * np.eye(len(b))
        step = np.linalg.solve(bend, columns.T @ (p - came) + 1e-6 * b)
        b = b - step * min(1.0, 4 / np.abs(step).max())
        if np.abs(step).max() < 1e-8:
            break
    return b


def columns_of(rows: pd.DataFrame, names: Sequence[str], like: pd.DataFrame) -> Floats:
    centre, scale = like[list(names)].mean(), like[list(names)].std().replace(0, 1.0)
    cells = ((rows[list(names)] - centre) / scale).to_numpy(float)
    return np.column_stack([np.ones(len(rows)), cells])


def snapshots(
    orders: pd.DataFrame, days: Sequence[pd.Timestamp], horizon: int, cut: str, by: Names
) -> pd.DataFrame:
    """Return everybody at some days, with whether an order came within the horizon."""
    parts = []
    for day in days:
        rows = features_at(orders, day, by=by)
        came = came_after(orders, rows, day, [horizon], by=by, until=cut)
        parts.append(rows.assign(came=(came[str(horizon)] > 0).astype(float)))
    return pd.concat(parts, ignore_index=True).fillna(0.0)


def logistic(
    orders: pd.DataFrame, cut: str, horizons: Sequence[int], by: Names, lags: Sequence[int]
) -> Floats:
    """Logistic on recency, frequency, value; snapshots of h + lag days before the cut."""
    first = pd.Timestamp(orders["ordered_at"].min())
    now = features_at(orders, cut, by=by)
    found = []
    for horizon in horizons:
        days = [pd.Timestamp(cut) - pd.Timedelta(days=horizon + lag) for lag in lags]
        days = [day for day in days if day > first + pd.Timedelta(days=7)]
        if not days:
            found.append(np.full(len(now), 0.5))
            continue
        rows = snapshots(orders, days, horizon, cut, by)
        names = list(COVARIATES)
        if "category" in by:
            dummies = [c for c in now.columns if c.startswith("category_") and c in rows.columns]
            names += [c for c in dummies if c != "category_gap"]
        b = newton(columns_of(rows, names, rows), rows["came"].to_numpy())
        found.append(chance_of(columns_of(now, names, rows) @ b))
    return np.column_stack(found)


def logistic_3(orders: pd.DataFrame, cut: str, horizons: Sequence[int], by: Names) -> Floats:
    """Three snapshots, 30 days apart (logistic RFM, 3 snaps)."""
    return logistic(orders, cut, horizons, by, (0, 30, 60))


def logistic_all(orders: pd.DataFrame, cut: str, horizons: Sequence[int], by: Names) -> Floats:
    """All snapshots, 30 days apart; at 30 days the first step of the discrete-time logistic."""
    return logistic(orders, cut, horizons, by, tuple(range(0, 360, 30)))


def curve(
    family: str, orders: pd.DataFrame, cut: str, horizons: Sequence[int], by: Names
) -> Floats:
    """A landmark curve alone."""
    rows, now = landmarks(orders, cut, by=by), features_at(orders, cut, by=by)
    model = fit_repurchase(rows, now=now, family=family, penalizer=1e-4, blend=False)
    return model.chance(now, horizons)


def weibull(orders: pd.DataFrame, cut: str, horizons: Sequence[int], by: Names) -> Floats:
    """Landmark Weibull."""
    return curve("weibull", orders, cut, horizons, by)


def cox(orders: pd.DataFrame, cut: str, horizons: Sequence[int], by: Names) -> Floats:
    """Landmark Cox by lifelines."""
    return curve("cox", orders, cut, horizons, by)


def bgnbd(orders: pd.DataFrame, cut: str, horizons: Sequence[int], by: Names) -> Floats:
    """BG/NBD."""
    now = features_at(orders, cut, by=by)
    return fit_bgnbd(*clocks(now)).chance(*clocks(now), list(horizons))


def weibull_bgnbd(orders: pd.DataFrame, cut: str, horizons: Sequence[int], by: Names) -> Floats:
    """Logit average of landmark Weibull and BG/NBD, half and half."""
    one, other = weibull(orders, cut, horizons, by), bgnbd(orders, cut, horizons, by)
    return chance_of((logit(one) + logit(other)) / 2)


ROWS = {
    "logistic, 3 snapshots": logistic_3,
    "logistic, all snapshots": logistic_all,
    "landmark Weibull": weibull,
    "landmark Cox": cox,
    "BG/NBD": bgnbd,
    "Weibull + BG/NBD": weibull_bgnbd,
}
