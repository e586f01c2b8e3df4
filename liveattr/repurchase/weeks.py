"""Orders to be expected of known customers, week by week and by category: for planners."""

from __future__ import annotations

from datetime import date
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.repurchase.correct import between
from liveattr.repurchase.landmark_input import day_number, days_of, given_orders
from liveattr.repurchase.landmark_rows import EPOCH, features_at
from liveattr.repurchase.model import RepurchaseModel
from liveattr.units import SHANGHAI

__all__ = ["ALL", "expected_weeks"]

Floats = NDArray[np.float64]

ALL = "(all)"
DAYS = 90
SWING_WEEKS, FEWEST_WEEKS = 26, 5
"""Whole weeks by which it is told how weeks jump; below the fewest `UNKNOWN_SWING` stands in."""
UNKNOWN_SWING = 0.1
TASTE = 3.0
"""A person's own categories weigh as those of everybody once she has so many days with orders."""
COLUMNS = (
    *("category", "week_on", "days", "expected_orders", "low_orders", "high_orders"),
    *("expected_units", "level"),
)


def expected_weeks(
    model: RepurchaseModel,
    orders: pd.DataFrame,
    as_of: date | str,
    *,
    events: pd.DataFrame | None = None,
    days: int = DAYS,
    level: float = 0.8,
    zone: str = SHANGHAI,
) -> pd.DataFrame:
    """Return orders and units to expect by week, of all and of each category.

    Parameters
    ----------
    model
        Of `fit_repurchase`, by person.
    orders
        See `landmarks`; with `category` and `quantity` where known.
    as_of, events, zone
        See `landmarks`.
    days
        [days] told.
    level
        Of the interval.

    Returns
    -------
    DataFrame
        `category` (`(all)`: all together), `week_on` (Monday), `days` of it that are told,
        `expected_orders`, `low_orders`, `high_orders`, `expected_units`, `level`; sorted.

    Notes
    -----
    Orders are person-days, as everywhere here. A person's share of a category is drawn towards
    everybody's: (own days with it + 3 × share of all) / (own days + 3). Units are orders × mean units of a
    day with the category. The interval has its ends on the log scale. Its variance there is 1 / expected
    (Poisson) + (drift of the rolling test × Σ p (1 - p) / Σ p)², as orders move less than log-odds where
    most people come anyway, + what weeks jump by themselves: half the mean square of differences of log
    counts of neighbouring weeks, of the last 26 whole ones, less their Poisson part.

    Only people who have ordered before are told: new customers come on top. Wrong where a launch or a
    season moves a category.
    """
    if days < 1:
        raise ParameterError(f"days = {days}: 1 or more")
    now = features_at(orders, as_of, events=events, zone=zone)
    mondays, ends = _weeks(day_number(as_of), days)
    total = np.maximum.accumulate(model.expected_orders(now, ends), axis=1)
    told = np.diff(total, axis=1, prepend=0.0)
    known = _known(orders, as_of, zone)
    drift = _drift(model, now, ends)
    swing = _swings(known, day_number(as_of))
    parts = [_frame(ALL, mondays, ends, told.sum(axis=0), _units(known), drift[0], swing, level)]
    if "category" in known.columns:
        shared = _by_category(known, now, told)
        units = known.groupby("category", observed=True)["units"].mean()  # a row is a person-day
        parts += [
            _frame(
                str(name), mondays, ends, shared[name], float(units[name]), drift[1], swing, level
            )
            for name in sorted(shared)
        ]
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def _weeks(end: int, days: int) -> tuple[NDArray[np.int64], list[int]]:
    """Return the Mondays' day numbers, and how far each week's last told day lies ahead."""
    ahead = np.arange(1, days + 1)
    monday = (end + ahead) - (end + ahead + 3) % 7  # 1970-01-01 was a Thursday
    first = np.unique(monday)
    return first, [int(ahead[monday == m].max()) for m in first]


def _known(orders: pd.DataFrame, as_of: date | str, zone: str) -> pd.DataFrame:
    """Return person-days up to as_of that were not wholly refunded, with category and units."""
    end = day_number(as_of)
    with_category = "category" in orders.columns and bool(orders["category"].notna().any())
    by = ("person_id", "category") if with_category else ("person_id",)
    rows = orders.dropna(subset=list(by))
    rows = rows[days_of(rows["ordered_at"], zone) <= end].reset_index(drop=True)
    given = given_orders(rows, end, by=by, zone=zone)
    units = rows["quantity"] if "quantity" in rows.columns else pd.Series(1, index=rows.index)
    given = given.assign(units=units.fillna(1).to_numpy(float))
    gone = (given["known"] <= end) & (given["refunded"] > 0) & (given["refunded"] >= given["value"])
    kept = given[~gone]
    return kept.groupby([*by, "day"], observed=True)["units"].sum().reset_index()


def _units(days: pd.DataFrame) -> float:
    """Return mean units of a person-day."""
    per_day = days.groupby(["person_id", "day"], observed=True)["units"].sum()
    return float(per_day.mean()) if len(per_day) else 0.0


def _by_category(known: pd.DataFrame, now: pd.DataFrame, told: Floats) -> dict[str, Floats]:
    """Return expected orders by week of each category."""
    n = now["frequency"].to_numpy(float) + 1
    weight = pd.DataFrame(told / (n + TASTE)[:, None], index=now["person_id"].to_numpy())
    own = known.groupby(["person_id", "category"], observed=True)["day"].nunique()
    who, what = own.index.get_level_values(0), own.index.get_level_values(1)
    mine = weight.reindex(who).fillna(0.0).to_numpy() * own.to_numpy(float)[:, None]
    whole = pd.DataFrame(mine).groupby(np.asarray(what.astype(str))).sum()
    base = known.groupby("category", observed=True)["day"].size() / n.sum()
    spare = TASTE * weight.sum(axis=0).to_numpy()
    return {name: whole.loc[str(name)].to_numpy() + share * spare for name, share in base.items()}


def _drift(model: RepurchaseModel, now: pd.DataFrame, ends: list[int]) -> Floats:
    """Return by week's end how far orders of all, and of a part, drift: (2, weeks), on the log scale."""
    p = model.chance(now, model.horizons)
    share = (p * (1 - p)).sum(axis=0) / np.maximum(p.sum(axis=0), 1e-12)
    less = np.array([float(between(model.horizons, share[:, None], end)[0]) for end in ends])
    return np.array([model.drift_at(end) for end in ends]).T * less


def _swings(known: pd.DataFrame, end: int) -> dict[str, float]:
    """Return by category, and of all, by how much weeks jump beyond chance: variance of log counts.

    Days of people who had ordered before, in the last `SWING_WEEKS` whole weeks.
    """
    again = known[known["day"] > known.groupby("person_id")["day"].transform("min")]
    last = (end + 3 + 1) // 7 - 1  # the newest whole week; weeks are counted from a Monday in 1969
    weeks = (again["day"] + 3) // 7 - (last - SWING_WEEKS + 1)
    again = again.assign(week=weeks)[(weeks >= 0) & (weeks < SWING_WEEKS)]
    parts = {ALL: again.drop_duplicates(["person_id", "day"])}
    if "category" in again.columns:
        parts |= {str(name): part for name, part in again.groupby("category", observed=True)}
    return {name: _swing(part["week"].to_numpy(np.int64)) for name, part in parts.items()}


def _swing(weeks: NDArray[np.int64]) -> float:
    count = np.bincount(weeks, minlength=SWING_WEEKS).astype(float)
    count = count[np.argmax(count > 0) :]
    if len(count) < FEWEST_WEEKS:
        return UNKNOWN_SWING**2
    some = np.maximum(count, 0.5)
    beyond = np.diff(np.log(some)) ** 2 / 2 - (1 / some[1:] + 1 / some[:-1]) / 2
    return max(float(beyond.mean()), 0.0)


def _frame(
    category: str,
    mondays: NDArray[np.int64],
    ends: list[int],
    expected: Floats,
    units: float,
    drift: Floats,
    swings: dict[str, float],
    level: float,
) -> pd.DataFrame:
    some, swing = np.maximum(expected, 1e-9), swings.get(category, UNKNOWN_SWING**2)
    reach = NormalDist().inv_cdf(0.5 + level / 2) * np.sqrt(1 / some + drift**2 + swing)
    return pd.DataFrame(
        {
            "category": category,
            "week_on": pd.to_datetime(EPOCH + mondays.astype("timedelta64[D]")),
            "days": np.diff(ends, prepend=0),
            "expected_orders": expected,
            "low_orders": expected * np.exp(-reach),
            "high_orders": expected * np.exp(np.minimum(reach, 50)),
            "expected_units": expected * units,
            "level": level,
        }
    )
