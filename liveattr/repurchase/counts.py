"""How many orders to expect, given the chance of at least one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.repurchase.aft import rounded
from liveattr.repurchase.outcomes import data_end

__all__ = ["Counts", "fit_counts", "windows_of"]

Floats = NDArray[np.float64]

COLUMNS = ("log_orders_90", "log_frequency")
RIDGE = 1e-3
ROUNDS = 50
STEP = 1.0
MOST_WINDOWS = 6
FEWEST = 30
HIGHEST = 5.0
"""Log of further orders for each first one: no day has room for more."""


@dataclass(frozen=True)
class Counts:
    """Orders after the first one: exp(coef · (1, log hazard, log days, log_orders_90, log_frequency)).

    The hazard is -log(1 - chance).
    """

    coef: tuple[float, ...]

    def expected(self, chance: Floats, frame: pd.DataFrame, horizons: Sequence[float]) -> Floats:
        """Return orders to expect within each horizon; at least the chance of one.

        Parameters
        ----------
        chance
            Shape (rows, horizons).
        frame
            Rows of `features_at`.
        horizons
            [days]
        """
        found = np.empty_like(chance)
        for place, days in enumerate(horizons):
            more = _columns(chance[:, place], frame, float(days)) @ np.array(self.coef)
            found[:, place] = chance[:, place] * (1 + np.exp(np.minimum(more, HIGHEST)))
        return found


def _columns(chance: Floats, frame: pd.DataFrame, days: float) -> Floats:
    hazard = np.log(-np.log1p(-np.clip(chance, 1e-6, 1 - 1e-6)))
    plain = [frame[name].to_numpy(float) for name in COLUMNS]
    return np.column_stack([np.ones(len(frame)), hazard, np.full(len(frame), np.log(days)), *plain])


def windows_of(rows: pd.DataFrame, now: pd.DataFrame, days: int) -> pd.DataFrame:
    """Return the rows whose next `days` days end on a snapshot or today, with `orders` in them.

    Counted by how much `frequency` grew: the frame holds no other count.

    Parameters
    ----------
    rows
        Landmark frame.
    now
        Frame of `features_at`, a row a person of today.
    days
        [days]
    """
    keys = [k for k in ("person_id", "category") if k in rows.columns]
    later = pd.concat([rows, now], ignore_index=True)[[*keys, "snapshot_on", "frequency"]]
    later = later.assign(snapshot_on=later["snapshot_on"] - pd.Timedelta(days=days))
    later = later.rename(columns={"frequency": "then"})
    found = rows.merge(later, on=[*keys, "snapshot_on"], how="inner")
    return found.assign(orders=(found["then"] - found["frequency"]).clip(lower=0))


def fit_counts(
    rows: pd.DataFrame,
    now: pd.DataFrame,
    chance: Callable[[pd.DataFrame, Sequence[float]], Floats],
) -> Counts:
    """Learn how many orders follow the first one within a window.

    Parameters
    ----------
    rows
        Landmark frame.
    now
        Frame of `features_at` as of the end of the data.
    chance
        (rows, horizons) → chance of at least one order.

    Returns
    -------
    Counts

    Notes
    -----
    Poisson regression, by Newton's method with a small ridge, of orders - 1 over windows with an order.
    Windows are whole steps between snapshots, up to all that the data spans, so that longer horizons are
    learnt and not assumed. With fewer than 30 such windows no second order is expected.
    """
    columns, more = _learnt(rows, now, chance)
    if len(more) < FEWEST:
        return Counts((-HIGHEST * 10, 0.0, 0.0, 0.0, 0.0))
    return Counts(tuple(float(c) for c in rounded(_poisson(columns, more))))


def _learnt(
    rows: pd.DataFrame,
    now: pd.DataFrame,
    chance: Callable[[pd.DataFrame, Sequence[float]], Floats],
) -> tuple[Floats, Floats]:
    end = data_end(rows)
    days = (end - pd.to_datetime(rows["snapshot_on"]).drop_duplicates()).dt.days.to_numpy()
    spans = np.unique(days[days > 0])
    spans = spans[np.unique(np.linspace(0, len(spans) - 1, MOST_WINDOWS).round().astype(int))]
    today = now.assign(snapshot_on=end)
    columns, more = [], []
    for span in spans:
        found = windows_of(rows, today, int(span))
        found = found[found["orders"] > 0]
        if len(found):
            columns.append(_columns(chance(found, [float(span)])[:, 0], found, float(span)))
            more.append(found["orders"].to_numpy(float) - 1)
    if not more:
        return np.empty((0, 5)), np.empty(0)
    return np.concatenate(columns), np.concatenate(more)


def _poisson(columns: Floats, more: Floats) -> Floats:
    ridge = np.r_[1e-6, np.full(columns.shape[1] - 1, RIDGE)]
    b = np.zeros(columns.shape[1])
    b[0] = np.log(max(more.mean(), 1e-3))
    for _ in range(ROUNDS):
        mean = np.exp(np.minimum(columns @ b, HIGHEST))
        slope = columns.T @ (mean - more) / len(more) + ridge * b
        bend = (columns * mean[:, None]).T @ columns / len(more) + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        b = b - step * min(1.0, STEP / np.abs(step).max())
        if np.abs(step).max() < 1e-9:
            break
    return b
