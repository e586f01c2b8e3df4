"""Rolling-origin test inside a landmark frame: fit as of an earlier snapshot, tell what came after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import MissingDataError
from liveattr.repurchase.blend import Member, Options, fit_curve, fit_members, prior
from liveattr.repurchase.correct import chance_of
from liveattr.repurchase.metrics import log_loss
from liveattr.repurchase.outcomes import censor_at, data_end, outcome, snapshot_days

__all__ = ["FEWEST_CUTS", "Cell", "best_penalizer", "drift", "person_sample", "roll", "weigh"]

Floats = NDArray[np.float64]

FEWEST_CUTS = 3
"""Below, weights stay as they were before any test."""
MOST_CUTS = 9
FEWEST_SNAPSHOTS = 3
"""Snapshots that a cut must have before it: with fewer, curves are not those that will be used."""
WEIGHT_RIDGE = 0.1
"""How hard weights are to move: half of this, in log loss, for a full change of one weight."""
PENALIZERS = (1e-4, 1e-3)
PENALIZER_CUTS = 4
GROUPS = 10
DOUBT = 0.2
"""Log-odds by which the level is taken to move from window to window before any was seen; counts as
one window."""


@dataclass(frozen=True)
class Cell:
    """One cut and horizon: what members said, and what came."""

    cut_on: pd.Timestamp
    horizon: int
    odds: Floats
    came: Floats
    start: Floats
    names: tuple[str, ...]
    category: NDArray[np.int64] | None = None

    def told(self, weights: Floats) -> Floats:
        """Return blended chances."""
        return chance_of(self.odds @ weights)


def person_sample(landmarks: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return all rows of at most so many people, the same people always: by a hash of their id."""
    people = landmarks["person_id"].unique()
    if len(people) <= most:
        return landmarks
    place = pd.util.hash_array(people.astype(object), categorize=False)
    kept = people[np.argsort(place, kind="stable")[:most]]
    return landmarks[landmarks["person_id"].isin(kept)]


def cuts_of(landmarks: pd.DataFrame) -> list[pd.Timestamp]:
    """Return snapshots to test at, newest first."""
    days = np.sort(snapshot_days(landmarks).unique())
    return [pd.Timestamp(day) for day in days[FEWEST_SNAPSHOTS:][::-1][:MOST_CUTS]]


def roll(
    landmarks: pd.DataFrame,
    names: Sequence[str],
    horizons: Sequence[int],
    options: Options,
) -> list[Cell]:
    """Fit all members as of each cut and tell the horizons that have passed since.

    Parameters
    ----------
    landmarks
        Landmark frame.
    names, horizons, options
        As for `fit_members`.

    Returns
    -------
    list of Cell
        Empty where the data is too short to cut.
    """
    end = data_end(landmarks)
    days = snapshot_days(landmarks)
    cells: list[Cell] = []
    for cut in cuts_of(landmarks):
        passed = [h for h in horizons if cut + pd.Timedelta(days=h) <= end]
        rows = landmarks[(days == cut).to_numpy()]
        if not passed or not len(rows):
            continue
        try:
            members = fit_members(censor_at(landmarks, cut), rows, names, horizons, options)
        except MissingDataError:
            continue
        cells += [_cell(cut, h, members, rows) for h in passed]
    return cells


def _cell(cut: pd.Timestamp, horizon: int, members: Sequence[Member], rows: pd.DataFrame) -> Cell:
    odds = np.column_stack([m.odds(rows, [horizon])[:, 0] for m in members])
    names = tuple(m.name for m in members)
    category = pd.factorize(rows["category"])[0] if "category" in rows.columns else None
    came, start = outcome(rows, horizon), prior(members, horizon)
    return Cell(cut, horizon, odds, came, start, names, category)


def best_penalizer(
    landmarks: pd.DataFrame, names: Sequence[str], horizons: Sequence[int], family: str
) -> float:
    """Return the ridge whose plain curve told the newest cuts best; the least where none can be tested."""
    end, days = data_end(landmarks), snapshot_days(landmarks)
    shortest = min(horizons)
    cuts = [c for c in cuts_of(landmarks) if c + pd.Timedelta(days=shortest) <= end]
    if len(cuts) < FEWEST_CUTS:
        return PENALIZERS[0]
    losses = np.zeros(len(PENALIZERS))
    for cut in cuts[:PENALIZER_CUTS]:
        train, rows = censor_at(landmarks, cut), landmarks[(days == cut).to_numpy()]
        passed = [h for h in horizons if cut + pd.Timedelta(days=h) <= end]
        for place, penalizer in enumerate(PENALIZERS):
            told = fit_curve(family, train, names, penalizer).chance(rows, passed)
            losses[place] += np.mean(
                [log_loss(told[:, i], outcome(rows, h)) for i, h in enumerate(passed)]
            )
    return PENALIZERS[int(np.argmin(losses.round(6)))]


def weigh(cells: Sequence[Cell]) -> Floats:
    """Return by how much to move the weights, one number a member; they add up to 0.

    Parameters
    ----------
    cells
        Of `roll`; all with the same members.

    Notes
    -----
    Minimises the mean over cells of log loss, + ½ 0.1 Σ move². Weights before are those of `prior`, at
    each cut by the windows that it had; so what is learnt is how good members are, not how young the
    data was.
    """
    from scipy.optimize import minimize

    n = len(cells[0].names) if cells else 0
    if len({cell.cut_on for cell in cells}) < FEWEST_CUTS:
        return np.zeros(n)

    def loss(move: Floats) -> tuple[float, Floats]:
        total, slope = 0.0, np.zeros(n)
        for cell in cells:
            odds = cell.odds @ (cell.start + move)
            total += float((np.logaddexp(0, odds) - cell.came * odds).mean())
            slope += cell.odds.T @ (chance_of(odds) - cell.came) / len(odds)
        ridge = 0.5 * WEIGHT_RIDGE * float(move @ move)
        return total / len(cells) + ridge, slope / len(cells) + WEIGHT_RIDGE * move

    even = {"type": "eq", "fun": lambda m: m.sum(), "jac": lambda m: np.ones(n)}
    found = minimize(loss, np.zeros(n), jac=True, method="SLSQP", constraints=even)
    return np.asarray(found.x, float).round(6)


def moved(start: Floats, move: Floats) -> Floats:
    """Return weights: none below 0, sum 1."""
    weights = np.maximum(start + move, 0.0)
    return weights / weights.sum()


def drift(cells: Sequence[Cell], move: Floats, horizon: int) -> tuple[float, float]:
    """Return how far the level of all, and of a part of the people, moves beyond chance: log-odds.

    A shop has good and bad months; no bootstrap of people shows them. Here what came is set against
    what was told at each cut: E (came - told)² = V + V² drift², V = Σ p (1 - p), summed over cuts. One
    more cut with a drift of 0.2 is taken as seen. Parts are tenths by chance or, where they move more,
    categories.
    """
    whole, tenths, categories = [], [], []
    for cell in cells:
        if cell.horizon != horizon:
            continue
        p = cell.told(moved(cell.start, move))
        tenth = np.empty(len(p), dtype=np.int64)
        tenth[np.argsort(p, kind="stable")] = np.arange(len(p)) * GROUPS // len(p)
        whole.append(_missed(p, cell.came, np.zeros(len(p), dtype=np.int64)))
        tenths.append(_missed(p, cell.came, tenth))
        if cell.category is not None:
            categories.append(_missed(p, cell.came, cell.category))
    return _drift(whole), max(_drift(tenths), _drift(categories) if categories else 0.0)


def _missed(p: Floats, came: Floats, group: NDArray[np.int64]) -> tuple[float, float]:
    """Return Σ (came - told)² less what chance makes of it, and Σ V², over groups."""
    spread = np.bincount(group, p * (1 - p))
    off = np.bincount(group, came - p)
    return float((off**2 - spread).sum()), float((spread**2).sum())


def _drift(missed: Sequence[tuple[float, float]]) -> float:
    """Return the drift of what was missed at each cut."""
    if not missed:
        return DOUBT
    beyond, size = np.array(missed).T
    square = (beyond.sum() + DOUBT**2 * size.mean()) / (size.sum() + size.mean())
    return round(float(np.sqrt(max(square, 0.0))), 6)
