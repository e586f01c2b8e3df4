"""What a survival curve missed at each horizon: a logit on top of it, held back where windows are few.

A curve of one shape is right on average over its time; a logit for one horizon is right there, but it can
only learn from snapshots whose horizon has passed, and one or two of them are one or two moods of the
shop. So the logit starts from the curve and is pulled back to it by a ridge as strong as windows are few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.repurchase.aft import rounded
from liveattr.repurchase.outcomes import outcome, watched

__all__ = ["Correction", "chance_of", "fit_correction", "logit"]

Floats = NDArray[np.float64]

LEVEL_RIDGE = 0.3
"""On the level, for one window: the level of one month is little evidence of the next."""
SLOPE_RIDGE = 0.03
"""On each slope per standard deviation, for one window."""
EDGE = 1e-6
ROUNDS = 40
CLOSE = 1e-10


@dataclass(frozen=True)
class Correction:
    """Added to the log-odds of a curve.

    Attributes
    ----------
    names
        Columns.
    horizons
        [days] rising; between them straight in the log of days, outside as at the nearest.
    level
        A number a horizon.
    slopes
        Shape (horizons, columns), for each unit of a column.
    windows
        Snapshots with a whole horizon that each was learnt from.
    """

    names: tuple[str, ...]
    horizons: tuple[int, ...]
    level: Floats
    slopes: Floats
    windows: tuple[int, ...]

    def at(self, horizon: float) -> tuple[float, Floats]:
        """Return level and slopes at a horizon."""
        rows = np.column_stack([self.level, self.slopes])
        found = between(self.horizons, rows, horizon)
        return float(found[0]), found[1:]

    def shift(self, frame: pd.DataFrame, horizons: Sequence[float]) -> Floats:
        """Return what is added to log-odds, shape (rows, horizons)."""
        cells = frame[list(self.names)].to_numpy(float)
        parts = [self.at(horizon) for horizon in horizons]
        return np.column_stack([level + cells @ slopes for level, slopes in parts])


def between(horizons: Sequence[float], rows: Floats, horizon: float) -> Floats:
    """Return a row of numbers at a horizon: straight in log days, flat outside."""
    at = np.interp(np.log(horizon), np.log(np.asarray(horizons, float)), np.arange(len(rows)))
    low = int(np.floor(at))
    high = min(low + 1, len(rows) - 1)
    return rows[low] + (at - low) * (rows[high] - rows[low])


def logit(chance: Floats) -> Floats:
    """Return log-odds; 0 and 1 are moved inside by a millionth."""
    p = np.clip(chance, EDGE, 1 - EDGE)
    return np.log(p) - np.log1p(-p)


def chance_of(odds: Floats) -> Floats:
    """Return chances of log-odds."""
    return 0.5 * (1 + np.tanh(0.5 * odds))


def fit_correction(
    landmarks: pd.DataFrame,
    names: Sequence[str],
    curve: Callable[[pd.DataFrame, Sequence[float]], Floats],
    horizons: Sequence[int],
) -> Correction:
    """Fit a logit for each horizon, starting from a curve's log-odds.

    Parameters
    ----------
    landmarks
        Landmark frame; for each horizon the rows that were watched so long.
    names
        Columns.
    curve
        (rows, horizons) → chances.
    horizons
        [days] rising.

    Returns
    -------
    Correction
        0 for horizons that no snapshot saw the end of.

    Notes
    -----
    Minimises mean log loss + ½ Σ ridge_j b_j² / windows on standardised columns.
    """
    age = watched(landmarks)
    cells = landmarks[list(names)].to_numpy(float)
    centre, scale = cells.mean(axis=0), cells.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    ridge = np.r_[LEVEL_RIDGE, np.full(len(names), SLOPE_RIDGE)]
    found, windows = [], []
    for horizon in horizons:
        whole = age >= horizon
        windows.append(len(np.unique(age[whole])))
        if not windows[-1]:
            found.append(np.zeros(len(names) + 1))
            continue
        rows = landmarks[whole]
        start = logit(curve(rows, [horizon])[:, 0])
        columns = np.column_stack([np.ones(len(rows)), (cells[whole] - centre) / scale])
        b = _ridge_logit(columns, outcome(rows, horizon), start, ridge / windows[-1])
        found.append(np.r_[b[0] - (b[1:] * centre / scale).sum(), b[1:] / scale])
    table = rounded(np.array(found))
    return Correction(
        tuple(names), tuple(int(h) for h in horizons), table[:, 0], table[:, 1:], tuple(windows)
    )


def _ridge_logit(columns: Floats, came: Floats, start: Floats, ridge: Floats) -> Floats:
    """Return coefficients by Newton's method; mean log loss is convex, a halved step always helps."""

    def loss(b: Floats) -> float:
        odds = start + columns @ b
        return float((np.logaddexp(0, odds) - came * odds).mean() + 0.5 * (ridge * b * b).sum())

    b = np.zeros(columns.shape[1])
    here = loss(b)
    for _ in range(ROUNDS):
        p = chance_of(start + columns @ b)
        slope = columns.T @ (p - came) / len(came) + ridge * b
        bend = (columns * (p * (1 - p))[:, None]).T @ columns / len(came) + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while (there := loss(b - size * step)) > here and size > 1e-6:
            size /= 2
        if there > here:
            return b
        b, before, here = b - size * step, here, there
        if before - here < CLOSE:
            return b
    return b


def numbers(correction: Correction) -> dict[str, Any]:
    """Return plain lists, for JSON."""
    return {
        "names": list(correction.names),
        "horizons": list(correction.horizons),
        "level": correction.level.tolist(),
        "slopes": correction.slopes.tolist(),
        "windows": list(correction.windows),
    }
