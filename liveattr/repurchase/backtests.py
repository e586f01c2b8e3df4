"""What the model would have said on earlier days, and what then came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.repurchase.baselines import constant_chance, same_rate_chance, same_rate_orders
from liveattr.repurchase.blend import clocks
from liveattr.repurchase.choose import fit_repurchase
from liveattr.repurchase.landmark_input import day_number, given_orders
from liveattr.repurchase.landmark_rows import EPOCH, features_at, landmarks
from liveattr.repurchase.metrics import calibration, concordance, integrated_brier, score_row
from liveattr.repurchase.model import RepurchaseModel
from liveattr.units import SHANGHAI

__all__ = ["CHOSEN", "Backtest", "Told", "backtest", "came_after", "tell"]

Floats = NDArray[np.float64]

CHOSEN = "blend"
"""Name of the model that scores people: what the rolling test before each cut chose."""
GRID = 10
"""[days] Between the points of the integrated Brier score."""


@dataclass(frozen=True)
class Told:
    """What one model said at one cut: chances and orders, shape (people, horizons)."""

    chance: Floats
    orders: Floats | None = None


@dataclass(frozen=True)
class Backtest:
    """What `backtest` returns.

    Attributes
    ----------
    scores
        A row a model, cut and horizon, in the columns of table `repurchase_score`.
    calibration
        `model, cut_on, horizon_days, group, n, told, came`: ten groups of equal size by what was told.
    people
        A row a person (or person and category) and cut: `came_30` [orders] and `weibull_30` [chance]
        and so on for each model and horizon. For paired comparisons.
    comparison
        `model, cut_on, c_index, ibs`: scores of survival papers; c_index is blind to the level.
    models
        Cut → fitted model.
    """

    scores: pd.DataFrame
    calibration: pd.DataFrame
    people: pd.DataFrame
    comparison: pd.DataFrame
    models: Mapping[str, RepurchaseModel]


def backtest(
    orders: pd.DataFrame,
    cuts: Sequence[date | str],
    *,
    models: Sequence[str] | None = None,
    horizons: Sequence[int] = (30, 60, 90),
    events: pd.DataFrame | None = None,
    by: Sequence[str] = ("person_id",),
    until: date | str | None = None,
    zone: str = SHANGHAI,
) -> Backtest:
    """Fit at each cut on what was known then, tell, and set it against what came.

    Parameters
    ----------
    orders, events, by, zone
        See `landmarks`.
    cuts
        Days: what was known at the end of each.
    models
        Besides the chosen one; default `weibull, loglogistic`, also `cox`. Baselines `constant`,
        `same_rate` and `bgnbd` are always there.
    horizons
        [days]; told only where they end by `until`.
    until
        Day up to which orders are known; default: that of the newest order.

    Returns
    -------
    Backtest

    Raises
    ------
    ParameterError
        If no cut has a horizon that has passed, or a model is unknown.
    MissingDataError
        If a cut has too little before it.

    Notes
    -----
    Nothing after a cut is used for it: not for weights, nor for the ridge. People are those who had
    ordered by the cut. Score several cuts: the best model at one cut is often not so at the next.
    """
    by, extra = tuple(by), tuple(("weibull", "loglogistic") if models is None else models)
    known = given_orders(orders, 10**6, by=by, zone=zone)
    end = int(known["day"].max()) if until is None else day_number(until)
    tried = [_cut(orders, cut, extra, horizons, events, by, end, zone) for cut in cuts]
    parts = [part for part in tried if part is not None]
    if not parts:
        raise ParameterError(
            f"cuts: none has {min(horizons)} days of orders after it; orders end on {_day(end).date()}"
        )
    scores = pd.concat([part[0] for part in parts], ignore_index=True)
    scores.insert(0, "as_of", _day(end))
    groups, people, compared = (
        pd.concat(list(frames), ignore_index=True)
        for frames in zip(*((p[1], p[2], p[3]) for p in parts), strict=True)
    )
    fitted = {part[4].as_of.date().isoformat(): part[4] for part in parts}
    return Backtest(scores, groups, people, compared, fitted)


def _cut(
    orders: pd.DataFrame,
    cut: date | str,
    extra: tuple[str, ...],
    horizons: Sequence[int],
    events: pd.DataFrame | None,
    by: tuple[str, ...],
    end: int,
    zone: str,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, RepurchaseModel] | None:
    passed = [int(h) for h in horizons if day_number(cut) + h <= end]
    if not passed:
        return None
    rows = landmarks(orders, cut, events=events, by=by, zone=zone)
    now = features_at(orders, cut, events=events, by=by, zone=zone)
    model = fit_repurchase(rows, now=now, horizons=tuple(int(h) for h in horizons))
    said = tell(model, rows, now, passed, extra)
    came = came_after(orders, now, cut, passed, by=by, until=_day(end).date(), zone=zone)
    on = _day(day_number(cut))
    scores, groups = _scored(said, came, passed, on)
    people = pd.concat([now[list(by)], came.add_prefix("came_")], axis=1).assign(cut_on=on)
    for name, what in said.items():
        for place, horizon in enumerate(passed):
            people[f"{name}_{horizon}"] = what.chance[:, place]
    return scores, groups, people, _compared(model, said, now, came, on, passed), model


def tell(
    model: RepurchaseModel,
    rows: pd.DataFrame,
    now: pd.DataFrame,
    horizons: Sequence[int],
    extra: Sequence[str] = (),
) -> dict[str, Told]:
    """Return what the model, its members and the baselines say of everybody.

    Parameters
    ----------
    model
        Fitted on `rows`.
    rows
        Landmark frame.
    now
        Frame of `features_at`.
    horizons
        [days]
    extra
        Families to tell as well, each alone.
    """
    said = {CHOSEN: Told(model.chance(now, horizons), model.expected_orders(now, horizons))}
    plain = {member.name: member for member in model.members}
    for name in extra:
        alone = plain.get(name)
        if alone is None:
            fitted = fit_repurchase(rows, now=now, family=name, blend=False)
            said[name] = Told(fitted.chance(now, horizons))
        else:
            said[name] = Told(model.of_member(alone, now, horizons))
    if model.bgnbd is not None:
        counts = model.bgnbd.fitted.expected(*clocks(now), list(horizons))
        said["bgnbd"] = Told(model.of_member(model.bgnbd, now, horizons), counts)
    said["constant"] = Told(constant_chance(rows, len(now), horizons))
    said["same_rate"] = Told(same_rate_chance(now, horizons), same_rate_orders(now, horizons))
    return said


def came_after(
    orders: pd.DataFrame,
    now: pd.DataFrame,
    cut: date | str,
    horizons: Sequence[int],
    *,
    by: Sequence[str] = ("person_id",),
    until: date | str,
    zone: str = SHANGHAI,
) -> pd.DataFrame:
    """Return how many days with orders came within each horizon after the cut, and days to the first.

    Parameters
    ----------
    orders, by, zone
        See `landmarks`.
    now
        Whose: frame of `features_at`.
    cut
        Day.
    horizons
        [days]
    until
        Day up to which orders and refunds are known.

    Returns
    -------
    DataFrame
        In the order of `now`: a column a horizon [orders], and `first` [days], inf: none until `until`.
    """
    start, end = day_number(cut), day_number(until)
    given = given_orders(orders, end, by=tuple(by), zone=zone)
    refunded = (given["known"] <= end) & (given["refunded"] > 0)
    gone = refunded & (given["refunded"] >= given["value"])
    days = given[~gone & (given["day"] > start)].drop_duplicates([*by, "day"])
    after = days["day"] - start
    found = pd.DataFrame({str(h): (after <= h).astype(int) for h in horizons})
    counts = found.groupby([days[b] for b in by], observed=True).sum()
    first = after.groupby([days[b] for b in by], observed=True).min().rename("first")
    joined = now[list(by)].merge(counts.join(first), how="left", left_on=list(by), right_index=True)
    joined = joined.drop(columns=list(by)).reset_index(drop=True)
    joined["first"] = joined["first"].astype(float).fillna(np.inf)
    return joined.fillna(0).astype({str(h): "int64" for h in horizons})


def _scored(
    said: Mapping[str, Told], came: pd.DataFrame, horizons: Sequence[int], on: pd.Timestamp
) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, groups = [], []
    for name, what in said.items():
        for place, horizon in enumerate(horizons):
            happened = (came[str(horizon)] > 0).to_numpy(float)
            row: dict[str, object] = {"model": name, "cut_on": on, "horizon_days": horizon}
            row |= score_row(what.chance[:, place], happened)
            row["orders_told"] = (
                np.nan if what.orders is None else float(what.orders[:, place].sum())
            )
            row["orders_came"] = int(came[str(horizon)].sum())
            rows.append({**row, "chosen": name == CHOSEN})
            part = calibration(what.chance[:, place], happened)
            groups.append(part.assign(model=name, cut_on=on, horizon_days=horizon))
    order = ["model", "cut_on", "horizon_days", "group", "n", "told", "came"]
    return pd.DataFrame(rows), pd.concat(groups, ignore_index=True)[order]


def _compared(
    model: RepurchaseModel,
    said: Mapping[str, Told],
    now: pd.DataFrame,
    came: pd.DataFrame,
    on: pd.Timestamp,
    horizons: Sequence[int],
) -> pd.DataFrame:
    longest = max(horizons)
    grid = list(range(GRID, longest + 1, GRID))
    first = came["first"].to_numpy(float)
    seen, event = np.minimum(first, longest), first <= longest
    rows = []
    for name, what in said.items():
        whole = model.chance(now, grid) if name == CHOSEN else None
        ibs = np.nan if whole is None else integrated_brier(whole, grid, first)
        c = concordance(seen, event, what.chance[:, -1])
        rows.append({"model": name, "cut_on": on, "c_index": c, "ibs": ibs})
    return pd.DataFrame(rows)


def _day(number: int) -> pd.Timestamp:
    return pd.Timestamp(EPOCH + np.timedelta64(number, "D"))
