"""Fake broadcasts, and orders planted into the shop's own days: is the baseline to be trusted? Frames in, rows out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.bench.trust_rules import Range, TrustRow, judge_share, not_run
from liveattr.bench.trust_spike import KEEPS, Estimate
from liveattr.incrementality.baseline import Baseline, fit_baseline
from liveattr.incrementality.placebo import recalibrate
from liveattr.incrementality.shop_days import ShopDays
from liveattr.incrementality.verdict import span
from liveattr.settings import Settings

__all__ = [
    "GOOD_ALARMS",
    "PLANTED_ROOM",
    "fit_shop",
    "judge_fakes",
    "planted_estimate",
    "usual_keeps",
]

TEST = "fake_broadcasts"
PLANTED_ROOM = "(planted)"
"""Room of planted spikes: seldom on air, so its broadcasts count as shows."""

GOOD_ALARMS = 0.03
"""The share of false alarms may be so much off the nominal one."""
BAD_ALARMS = 3.0
"""So many times the nominal share is plainly bad."""


def fit_shop(days: ShopDays, settings: Settings) -> Baseline:
    """Fit the ordinary course of a shop, with its fake broadcasts."""
    return _fit(days, days.orders, _shows(days), settings, settings.fake_broadcasts)


def usual_keeps(base: Baseline) -> float:
    """Return the share of a show's effect that is left next day, as the shop's own shows tell it."""
    return KEEPS if base.fit is None else base.fit.kept("show")


def _fit(
    days: ShopDays,
    orders: NDArray[np.int64],
    shows: pd.DataFrame,
    settings: Settings,
    fakes: int,
) -> Baseline:
    festival = days.marked(settings.festivals)
    return fit_baseline(
        pd.DataFrame({"orders": orders, "festival": festival}, index=days.dates),
        shows,
        level=settings.lift_level,
        window_days=settings.lift_window_days,
        fakes=fakes,
        seed=settings.lift_seed,
    )


def _shows(days: ShopDays) -> pd.DataFrame:
    held = days.broadcasts.rename(columns={"broadcast_id": "subject"})
    return held[["subject", "room"]].assign(day_on=days.dates[held["day"]])


def judge_fakes(fakes: pd.DataFrame, *, level: float, subject: str) -> TrustRow:
    """Say how often the interval of a broadcast that never was excludes 0.

    Parameters
    ----------
    fakes : pandas.DataFrame
        `flagged, touch`, as `fake_broadcasts` returns them.
    level
        Of the intervals.
    subject
        Room.

    Returns
    -------
    TrustRow
        `found`: share of false alarms after the intervals were made wider. Each fake is judged by what
        all others say of the width: one that makes its own interval wider would always do.
    """
    n = len(fakes)
    if not n:
        return not_run(TEST, "needs 60 days and dates without a show near them", subject=subject)
    others = [recalibrate(fakes.drop(index=at), level).width_factor for at in fakes.index]
    alarms = int((fakes["touch"].to_numpy() > np.array(others)).sum())
    chance, whole = 1 - level, recalibrate(fakes, level)
    good = Range(max(0.0, chance - GOOD_ALARMS), chance + GOOD_ALARMS, bad_high=BAD_ALARMS * chance)
    note = f"{whole.rate:.0%} before intervals were made {whole.width_factor:.2f} times as wide"
    return judge_share(TEST, alarms, n, good, wanted=chance, note=note, subject=subject)


def planted_estimate(days: ShopDays, clean: Baseline, settings: Settings) -> Estimate:
    """Return the estimator of single broadcasts as a function of a series and its planted days.

    Parameters
    ----------
    days
        The shop.
    clean
        Its fit without anything planted: the width of intervals comes from its fakes.
    settings
        Level, window, festivals, seed.
    """
    real = _shows(days)

    def estimate(orders: NDArray[np.int64], planted: NDArray[np.int64]) -> pd.DataFrame:
        names = [f"planted {day}" for day in planted.tolist()]
        sown = pd.DataFrame({"subject": names, "room": PLANTED_ROOM, "day_on": days.dates[planted]})
        shows = pd.concat([real, sown], ignore_index=True)
        fitted = _fit(days, orders, shows, settings, 0)
        base = replace(fitted, placebos={**fitted.placebos, **clean.placebos})
        rows = [_told(base, name, int(day)) for name, day in zip(names, planted, strict=True)]
        return pd.DataFrame(rows, columns=["gross", "low", "high"])

    return estimate


def _told(base: Baseline, name: str, day: int) -> tuple[float, float, float]:
    if base.refusal(PLANTED_ROOM, day):
        return (np.nan, np.nan, np.nan)
    return span(base.draws(name, PLANTED_ROOM, day), base.level)
