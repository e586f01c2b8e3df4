"""Fake broadcasts: the same estimate on days without one, and what it says of real intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.incrementality.baseline_model import START, DayFit
from liveattr.incrementality.baseline_window import window_draws
from liveattr.incrementality.memory import fading

__all__ = ["FAKES", "Placebo", "add_spike", "fake_broadcasts", "fake_days", "recalibrate"]

Floats = NDArray[np.float64]

FAKES = 40
WARM_UP = 14
"""[days] No fakes at the begin, where only later days tell the level."""
TRUSTED = 60
"""[fakes] So many weigh as much as the model: 0.9 quantiles of 40 overlapping windows scatter by a fifth."""


@dataclass(frozen=True)
class Placebo:
    """What fakes say of intervals.

    Attributes
    ----------
    n
        Fakes.
    rate
        Share of them whose interval excludes 0, before recalibration; NaN without fakes.
    width_factor
        By how much intervals are made wider, at least 1.
    """

    n: int
    rate: float
    width_factor: float


def fake_days(fit: DayFit, *, window: int = 3, warm_up: int = WARM_UP) -> NDArray[np.int64]:
    """Return the days on which a fake can be put: no show so near that the windows would meet."""
    size = len(fit.shop.orders)
    near = np.convolve(fit.shop.shows.astype(float), np.ones(2 * window - 1), mode="same") > 0.5
    days = np.arange(size)
    return days[~near & (days >= warm_up) & (days <= size - window)]


def fake_broadcasts(
    fit: DayFit,
    *,
    kind: str = "show",
    n: int = FAKES,
    level: float = 0.9,
    window: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Estimate broadcasts that never were.

    Parameters
    ----------
    fit
        The shop's ordinary course (`fit_days`).
    kind
        daily or show: how the effect of the fake would fade.
    n
        How many; all days that are fit for it where there are fewer.
    level, window, seed
        As for `broadcast_lift`.

    Returns
    -------
    DataFrame
        `day_on, kind, n` (orders of the window), `gross, gross_low, gross_high, se` [orders],
        `flagged` (the interval excludes 0), `touch`: by which factor the interval would have to be
        stretched around its centre to just hold 0.

    Raises
    ------
    ParameterError
        If the kind is unknown or `n` is negative.

    Notes
    -----
    Days are drawn without replacement from `fake_days`. Daily rooms may be on air on them: what they
    usually bring is in the course.
    """
    if kind not in START or n < 0:
        raise ParameterError(f"kind = {kind!r}, n = {n}: must be daily or show, and at least 0")
    rng = np.random.default_rng([seed, *kind.encode()])
    possible = fake_days(fit, window=window)
    chosen = np.sort(rng.permutation(possible)[:n])
    rows = [_fake(fit, int(day), kind, level, window, seed) for day in chosen]
    names = ["gross", "gross_low", "gross_high", "se"]
    frame = pd.DataFrame(np.reshape(rows, (-1, 4)), columns=names)
    total = np.convolve(fit.shop.orders, np.ones(window))[window - 1 :]
    frame.insert(0, "day_on", fit.shop.dates[chosen])
    frame.insert(1, "kind", kind)
    frame.insert(2, "n", total[chosen].astype(np.int64))
    low, high = frame["gross_low"], frame["gross_high"]
    frame["flagged"] = (low > 0) | (high < 0)
    side = np.where(frame["gross"] > 0, frame["gross"] - low, high - frame["gross"])
    frame["touch"] = frame["gross"].abs() / side
    return frame


def _fake(fit: DayFit, day: int, kind: str, level: float, window: int, seed: int) -> list[float]:
    rng = np.random.default_rng([seed, day, *kind.encode()])
    draws = window_draws(fit, day, kind=kind, row=None, window=window, rng=rng)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return [float(draws.mean()), float(low), float(high), float(draws.std())]


def recalibrate(fakes: pd.DataFrame, level: float = 0.9) -> Placebo:
    """Tell from fakes how far intervals must be stretched.

    Parameters
    ----------
    fakes
        `flagged, touch` of `fake_broadcasts`.
    level
        Of the intervals.

    Notes
    -----
    Intervals stretched by the `level` quantile of `touch` would flag 1 - level of the fakes. On the
    log scale it counts n / (n + 60), as so few fakes are a rough guide. Never below 1: a quiet stretch
    of days must not make real broadcasts look surer than the model has them.

    Examples
    --------
    >>> frame = pd.DataFrame({"flagged": [False] * 9, "touch": [0.5] * 9})
    >>> recalibrate(frame)
    Placebo(n=9, rate=0.0, width_factor=1.0)
    """
    n = len(fakes)
    if not n:
        return Placebo(0, float("nan"), 1.0)
    raw = float(np.quantile(fakes["touch"], level, method="median_unbiased"))
    factor = np.exp(np.log(max(raw, 1.0)) * n / (n + TRUSTED))
    return Placebo(n, float(fakes["flagged"].mean()), float(factor))


def add_spike(orders: Floats, day: int, size: float, *, keeps: float = START["show"]) -> Floats:
    """Return the series with orders added as a show would bring them.

    Parameters
    ----------
    orders
        Day by day.
    day
        Number of the day of the spike.
    size
        [orders] In all; what falls after the last day is lost.
    keeps
        Share that comes again on each next day.

    Notes
    -----
    Whole orders, so that days and cumulative sums of the spike are rounded alike.

    Examples
    --------
    >>> add_spike(np.zeros(4), 1, 10.0, keeps=0.5).tolist()
    [0.0, 5.0, 3.0, 1.0]
    """
    left = len(orders) - day
    total = np.floor(size * np.cumsum((1 - keeps) * fading(keeps, left)) + 0.5)
    found = np.array(orders, dtype=float)
    found[day:] += np.diff(total, prepend=0.0)
    return found
