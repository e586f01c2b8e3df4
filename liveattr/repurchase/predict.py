"""Tell everybody's chance of an order, day, number and value, with intervals and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.repurchase.correct import chance_of
from liveattr.repurchase.landmark_input import day_number, days_of
from liveattr.repurchase.landmark_rows import features_at
from liveattr.repurchase.model import RepurchaseModel, aligned
from liveattr.repurchase.spread import chance_bounds
from liveattr.repurchase.worth import Worth, fit_worth
from liveattr.units import SHANGHAI

__all__ = ["LADDER", "next_days", "predict_repurchase", "tell_rows"]

Floats = NDArray[np.float64]

LEVEL = 0.8
YEAR = 365
LADDER = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, YEAR)
"""[days] Chances are told at these, and the median day lies between two of them."""
REASONS = 3
DIGITS = 9
"""Of chances and numbers: what the order of a sum can move lies below."""
ROWS = 100_000


def predict_repurchase(
    model: RepurchaseModel,
    orders: pd.DataFrame,
    as_of: date | str,
    horizons: Sequence[int] = (30, 60, 90),
    *,
    events: pd.DataFrame | None = None,
    by: Sequence[str] = ("person_id",),
    level: float = LEVEL,
    zone: str = SHANGHAI,
) -> pd.DataFrame:
    """Return a row a person in the columns of table `repurchase`, but for `as_of` and `model`.

    Parameters
    ----------
    model
        Of `fit_repurchase`, learnt with the same kind of columns.
    orders, as_of, events, by, zone
        See `landmarks`.
    horizons
        [days] rising. Orders and value are of the longest.
    level
        Of all intervals.

    Returns
    -------
    DataFrame
        `person_id` (and `category`), `n_orders`, `last_on`, `recency_days` [days of silence], for each
        horizon `p_h, low_h, high_h`; `next_order_on`: median day of the next order told today, NaT where
        no order within 365 days is likelier; `expected_orders, low_orders, high_orders`;
        `expected_value_fen, low_value_fen, high_value_fen`; `level`; `top_reasons`: JSON, up to three
        [column, effect on the log of the time to the next order]; `data_age_days`; `beyond`.

    Raises
    ------
    ParameterError
        If horizons are not rising days.
    MissingDataError, TableError
        As `features_at`.

    Notes
    -----
    Chances are given the silence so far: it is one of the columns. Intervals are of the chance, the
    number or value to expect, not of what one person does; they hold what other people drawn from the same
    shop would have taught, and how the level moved between the cuts of the rolling test. Reasons are
    those of the model's first plain curve, where effects add up exactly, set against a person with
    mean columns; below 0: sooner.
    """
    end = day_number(as_of)
    now = features_at(orders, as_of, events=events, by=by, zone=zone)
    seen = days_of(orders["ordered_at"], zone)
    newest = int(seen[seen <= end].max())
    if events is not None and len(events):
        happened = days_of(events["ts"], zone)
        newest = max(newest, int(happened[happened <= end].max(initial=newest)))
    return tell_rows(model, now, horizons, level=level, data_age_days=end - newest)


def tell_rows(
    model: RepurchaseModel,
    now: pd.DataFrame,
    horizons: Sequence[int] = (30, 60, 90),
    *,
    level: float = LEVEL,
    data_age_days: int = 0,
) -> pd.DataFrame:
    """Return what `predict_repurchase` returns, of rows of `features_at`."""
    days = tuple(int(h) for h in horizons)
    if not days or min(days) < 1 or list(days) != sorted(set(days)):
        raise ParameterError(f"horizons = {tuple(horizons)}: rising days from 1 on")
    worth = fit_worth(now)
    parts = [
        _told(model, aligned(now.iloc[i : i + ROWS], model.names), days, level, worth)
        for i in range(0, len(now), ROWS)
    ]
    found = pd.concat(parts, ignore_index=True)
    found.insert(len(found.columns) - 1, "data_age_days", data_age_days)
    return found


def _told(
    model: RepurchaseModel,
    rows: pd.DataFrame,
    days: tuple[int, ...],
    level: float,
    worth: Worth,
) -> pd.DataFrame:
    odds = model.odds(rows, days)
    deviation = _deviation(model, rows, days)
    silent = np.rint(np.expm1(rows["log_recency"].to_numpy(float))).astype(np.int64)
    snapshot = pd.to_datetime(rows["snapshot_on"]).reset_index(drop=True)
    keys = [k for k in ("person_id", "category") if k in rows.columns]
    found = rows[keys].reset_index(drop=True)
    found["n_orders"] = rows["frequency"].to_numpy(np.int64) + 1
    found["last_on"] = snapshot - pd.to_timedelta(silent, unit="D")
    found["recency_days"] = silent
    chance = chance_of(odds)
    low, high = np.empty_like(odds), np.empty_like(odds)
    for place, horizon in enumerate(days):
        low[:, place], high[:, place] = chance_bounds(
            odds[:, place], deviation[:, place], level=level, drift=model.drift_at(horizon)[1]
        )
    for name, cells in (("p", chance), ("low", low), ("high", high)):
        for place, horizon in enumerate(days):
            found[f"{name}_{horizon}"] = cells[:, place].round(DIGITS)
    found["next_order_on"] = _dated(snapshot, next_days(model, rows))
    last = [days[-1]]
    for name, cells in (("expected", chance), ("low", low), ("high", high)):
        counts = model.counts
        ends = cells[:, -1:]
        orders = ends if counts is None else counts.expected(ends, rows, last)
        found[f"{name}_orders"] = orders[:, 0].round(DIGITS)
    each = worth.of(rows)
    for name in ("expected", "low", "high"):
        found[f"{name}_value_fen"] = np.rint(found[f"{name}_orders"] * each).astype("int64")
    found["level"] = level
    found["top_reasons"] = _reasons(model, rows)
    found["beyond"] = (silent > model.longest_silence) | (days[-1] > model.longest_days)
    return found


def _deviation(model: RepurchaseModel, rows: pd.DataFrame, days: Sequence[int]) -> Floats:
    if model.spread is None:
        return np.zeros((len(rows), len(days)))
    return model.spread.of_odds(rows, days)


def next_days(model: RepurchaseModel, rows: pd.DataFrame) -> Floats:
    """Return [days] until an order is as likely as not; nan: none within a year is likelier.

    Straight in log-odds over log days between the steps of a ladder.
    """
    odds = model.odds(rows, LADDER)
    steps = np.log(np.array(LADDER, float))
    at = (odds < 0).sum(axis=1)
    found = np.full(len(rows), np.nan)
    found[at == 0] = LADDER[0]
    inside = np.flatnonzero((at > 0) & (at < len(LADDER)))
    after, before = at[inside], at[inside] - 1
    high, low = odds[inside, after], odds[inside, before]
    share = -low / np.maximum(high - low, 1e-12)
    found[inside] = np.exp(steps[before] + share * (steps[after] - steps[before]))
    return found


def _dated(snapshot: pd.Series, days: Floats) -> pd.Series:
    return snapshot + pd.to_timedelta(np.ceil(days - 1e-9), unit="D")


def _reasons(model: RepurchaseModel, rows: pd.DataFrame) -> NDArray[np.object_]:
    """Return JSON of the three columns that move the time most."""
    effects = model.curve.curve.effects(rows).round(3) + 0.0
    names = np.array([f'["{name}", ' for name in model.names], dtype=object)
    top = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :REASONS]
    text = np.full(len(rows), "", dtype=object)
    for place in range(top.shape[1]):
        cells = np.take_along_axis(effects, top[:, [place]], axis=1)[:, 0]
        piece = names[top[:, place]] + pd.Series(cells).astype(str).to_numpy(object) + "]"
        text = text + np.where(cells == 0, "", np.where(text == "", "", ", ") + piece)
    return np.array(["["], dtype=object) + text + "]"
