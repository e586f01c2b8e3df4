"""Sales day by day as they would have been without one broadcast: the band of the picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.incrementality.baseline_model import DayFit
from liveattr.incrementality.baseline_window import left_out
from liveattr.incrementality.subjects import ECHO_DAYS

__all__ = ["BAND_DAYS", "course_without"]

Floats = NDArray[np.float64]

BAND_DAYS = 21
"""[days] Before and after a broadcast."""
_DRAWS = 2000


def course_without(
    fit: DayFit,
    row: int,
    day: int,
    gross: float,
    *,
    window: int,
    level: float,
    width_factor: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return `day_on, n_orders, baseline, low, high, held, level` from three weeks before to after.

    Parameters
    ----------
    fit, row, day
        The shop's ordinary course, and which broadcast is taken out of it.
    gross
        [orders] What it brought.
    window, level, width_factor
        Days that are masked, level of the band, and by how much it is stretched.
    rng
        What decides the draws.

    Notes
    -----
    Each day is what all others say of it, so the band is as honest before the broadcast as after; it
    holds a day's own noise. In the window all its days are masked together. Later days lose what is
    left of the broadcast.
    """
    keeps, columns = fit.tried[int(fit.chance.argmax())]
    kept, y = keeps[fit.shop.kinds[row]], fit.shop.orders
    masked = np.arange(day, min(day + window, len(y)))
    middle, error = fit.expected.copy(), fit.error.copy()
    after = np.arange(day + len(masked), len(y))
    middle[after] -= gross * (1 - kept) * kept ** (after - day)
    excess, unsure = left_out(fit, columns.without(row, day, kept), masked)
    middle[masked] = y[masked] - excess
    error[masked] = np.sqrt(np.diag(unsure).clip(min=0))
    shown = np.arange(max(day - BAND_DAYS, 0), min(day + BAND_DAYS + 1, len(y)))
    draws = _days(fit, middle[shown], error[shown], rng)
    mean = draws.mean(axis=0)
    ends = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    low, high = (mean + (ends - mean) * width_factor).clip(min=0)
    return pd.DataFrame(
        {
            "day_on": fit.shop.dates[shown],
            "n_orders": y[shown].astype(np.int64),
            "baseline": mean.clip(min=0),
            "low": low,
            "high": high,
            "held": (shown >= day) & (shown <= day + ECHO_DAYS),
            "level": level,
        }
    )


def _days(fit: DayFit, middle: Floats, error: Floats, rng: np.random.Generator) -> Floats:
    """Draw whole days: what is not known of the course, and ordinary or wild noise."""
    size = (_DRAWS, len(middle))
    wild = rng.random(size) < fit.wild.share
    noise = np.where(wild, fit.wild.sd, fit.noise_sd) * rng.standard_normal(size)
    course = middle + error * rng.standard_normal(size)
    return np.asarray(course + noise + np.where(wild, fit.wild.mean, 0.0))
