"""Orders to be expected of known customers, week by week and by category: for planners."""

from __future__ import annotations

from datetime import date
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.repurchase.landmark_input import day_number, days_of, given_orders
from liveattr.repurchase.landmark_rows import EPOCH, features_at
from liveattr.repurchase.model import RepurchaseModel
from liveattr.units import SHANGHAI

__all__ = ["ALL", "expected_weeks"]

Floats = NDArray[np.float64]

ALL = "(all)"
DAYS = 90
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
    day with the category. The interval holds chance (Poisson) and the drift of the rolling test, ends
    on the log scale.

    Only people who have ordered before are told: new customers come on top. Wrong where a launch or a
    season moves a category; and weeks jump more than the months that the drift was seen in.
    """
    if days < 1:
        raise ParameterError(f"days = {days}: 1 or more")
    now = features_at(orders, as_of, events=events, zone=zone)
    mondays, ends = _weeks(day_number(as_of), days)
    total = np.maximum.accumulate(model.expected_orders(now, ends), axis=1)
    told = np.diff(total, axis=1, prepend=0.0)
    known = _known(orders, as_of, zone)
    parts = [_frame(ALL, mondays, ends, told.sum(axis=0), _units(known), model, level, 0)]
    if "category" in known.columns:
        shared = _by_category(known, now, told)
        units = known.groupby("category", observed=True)["units"].mean()  # a row is a person-day
        parts += [
            _frame(str(name), mondays, ends, shared[name], float(units[name]), model, level, 1)
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


def _frame(
    category: str,
    mondays: NDArray[np.int64],
    ends: list[int],
    expected: Floats,
    units: float,
    model: RepurchaseModel,
    level: float,
    part: int,
) -> pd.DataFrame:
    drift = np.array([model.drift_at(end)[part] for end in ends])
    some = np.maximum(expected, 1e-9)
    reach = NormalDist().inv_cdf(0.5 + level / 2) * np.sqrt(1 / some + drift**2)
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
