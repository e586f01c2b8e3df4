"""Fit what foretells repurchases: members, ridge and weights by a rolling test inside the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import MissingDataError, ParameterError
from liveattr.repurchase.blend import FAMILIES, Member, Options, fit_members, prior
from liveattr.repurchase.counts import fit_counts
from liveattr.repurchase.model import RepurchaseModel
from liveattr.repurchase.outcomes import data_end, snapshot_days
from liveattr.repurchase.rolling import (
    Cell,
    best_penalizer,
    drift,
    moved,
    person_sample,
    roll,
    weigh,
)
from liveattr.repurchase.spread import person_spread

__all__ = ["AUTO", "covariates", "fit_repurchase"]

Floats = NDArray[np.float64]

AUTO = ("weibull", "loglogistic")
HELPERS = {"duration_days", "event", "frequency", "recency_days", "tenure_days"}
TEST_PEOPLE = 20_000
FIT_ROWS = 1_000_000


def covariates(landmarks: pd.DataFrame) -> list[str]:
    """Return the columns to learn from: all numbers that vary and tell neither outcome nor key."""
    numbers = landmarks.select_dtypes("number").columns
    names = [str(n) for n in numbers if n not in HELPERS]
    spread = landmarks[names].max() - landmarks[names].min()
    return [n for n in names if spread[n] > 0]


def fit_repurchase(
    landmarks: pd.DataFrame,
    *,
    now: pd.DataFrame | None = None,
    family: str = "auto",
    horizons: Sequence[int] = (30, 60, 90),
    penalizer: float | None = None,
    blend: bool = True,
) -> RepurchaseModel:
    """Learn from snapshots how likely people order again.

    Parameters
    ----------
    landmarks
        Landmark frame of `landmarks(orders, as_of)`.
    now
        `features_at(orders, as_of)`: everybody today, for BG/NBD, which learns from whole histories.
        None: the newest snapshot.
    family
        `auto`: Weibull and log-logistic; or `weibull`, `loglogistic`, `cox`.
    horizons
        [days] Horizons that are corrected and tested.
    penalizer
        Ridge of the curves as lifelines defines it. None: by the rolling test.
    blend
        Average with the corrected curves and BG/NBD. False: the plain curve alone.

    Returns
    -------
    RepurchaseModel

    Raises
    ------
    ParameterError
        For an unknown family or horizons that are not rising days.
    MissingDataError
        Where there are too few snapshots or orders.

    Notes
    -----
    The mean is taken of log-odds. Weights start equal; a corrected curve weighs as much as a plain one
    with three whole windows of its horizon. The rolling test then moves them: at each of up to nine
    snapshots that have three before them, everything is fitted anew on what was known then. With fewer than
    three such cuts they stay. Above 20,000 people the test takes a fixed sample of them, above a million rows
    the fit too.

    Assumes that the next weeks are like some of those seen. Wrong before a season that the data has not
    had yet: the level is then off for everybody, see `drift`.
    """
    days = _checked(horizons)
    families = AUTO if family == "auto" else (family,)
    if any(f not in FAMILIES for f in families):
        raise ParameterError(f"family {family!r}; known are auto, {', '.join(FAMILIES)}")
    rows = _whole_rows(landmarks)
    names = covariates(rows)
    tested = person_sample(rows, TEST_PEOPLE)
    if penalizer is None:
        penalizer = best_penalizer(tested, names, days, families[0])
    options = Options(families, penalizer, blend)
    present = _newest(rows) if now is None else now
    members = fit_members(rows, present, names, days, options)
    cells = roll(tested, names, days, options) if blend else []
    model = _model(rows, members, cells, days, penalizer, blend)
    spread = person_spread(rows, model.curve.curve, penalizer=penalizer)
    counts = fit_counts(tested, present, model.chance) if blend else None
    return replace(model, counts=counts, spread=spread)


def _model(
    rows: pd.DataFrame,
    members: list[Member],
    cells: list[Cell],
    horizons: tuple[int, ...],
    penalizer: float,
    blend: bool,
) -> RepurchaseModel:
    if not blend:
        members = members[:1]
    same = [cell for cell in cells if cell.names == tuple(m.name for m in members)]
    move = weigh(same) if same else np.zeros(len(members))
    weights = np.array([moved(prior(members, h), move) for h in horizons])
    silent = np.rint(np.expm1(rows["log_recency"].to_numpy(float)))
    return RepurchaseModel(
        members=tuple(members),
        weights=weights,
        horizons=horizons,
        drift=np.array([drift(same, move, h) for h in horizons]),
        as_of=data_end(rows),
        n_people=int(rows["person_id"].nunique()),
        n=len(rows),
        cuts=len({cell.cut_on for cell in same}),
        penalizer=penalizer,
        longest_days=float(rows["duration_days"].max()),
        longest_silence=float(silent.max()),
    )


def _checked(horizons: Sequence[int]) -> tuple[int, ...]:
    days = tuple(int(h) for h in horizons)
    if not days or min(days) < 1 or list(days) != sorted(set(days)):
        raise ParameterError(f"horizons = {tuple(horizons)}: rising days from 1 on")
    return days


def _whole_rows(landmarks: pd.DataFrame) -> pd.DataFrame:
    """Return rows that were watched at all, in an order that does not depend on the given one."""
    data_end(landmarks)
    rows = landmarks[landmarks["duration_days"].to_numpy(float) > 0]
    keys = [k for k in ("person_id", "category", "snapshot_on") if k in rows.columns]
    rows = rows.sort_values(keys, kind="stable", ignore_index=True)
    if rows["snapshot_on"].nunique() < 2:
        raise MissingDataError("landmarks has one snapshot; two are needed: load older orders")
    return person_sample(rows, max(1, FIT_ROWS * rows["person_id"].nunique() // len(rows)))


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    days = snapshot_days(rows)
    return rows[(days == days.max()).to_numpy()]
