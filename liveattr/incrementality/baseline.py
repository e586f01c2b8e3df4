"""What each broadcast brought, from the shop's own daily sales alone (grade B)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.incrementality.baseline_band import course_without
from liveattr.incrementality.baseline_columns import Shop, read_shop
from liveattr.incrementality.baseline_model import DayFit, fit_days
from liveattr.incrementality.baseline_window import window_draws
from liveattr.incrementality.placebo import FAKES, Placebo, fake_broadcasts, recalibrate
from liveattr.incrementality.series import FEW_DAYS
from liveattr.incrementality.subjects import ECHO_DAYS
from liveattr.incrementality.verdict import detectable, span, two_sided

__all__ = ["FEW_DAYS", "POOR_FIT", "Baseline", "broadcast_lift", "fit_baseline"]

Floats = NDArray[np.float64]

POOR_FIT = 0.4
"""If the typical day lies further than this part of the median day from what all others say of it, no
broadcast is told."""
_LIFT = (
    "subject", "room", "day_on", "since_on", "until_on", "n", "gross", "gross_low", "gross_high",
    "se", "level", "p_value", "mde", "placebo_rate", "placebo_n", "width_factor", "reason",
)  # fmt: skip
_BAND = ("subject", "day_on", "n_orders", "baseline", "low", "high", "held", "level")


@dataclass(frozen=True)
class Baseline:
    """The fitted shop and its fakes; gives draws of any broadcast.

    Attributes
    ----------
    shop
        Days and broadcasts.
    fit
        The ordinary course; None where `reason` says why there is none.
    reason
        few_days, no_orders, poor_fit, or empty.
    fakes
        Kind of room → `fake_broadcasts`.
    placebos
        Kind of room → what they say.
    level, window, seed
        As given.
    """

    shop: Shop
    fit: DayFit | None
    reason: str
    fakes: dict[str, pd.DataFrame]
    placebos: dict[str, Placebo]
    level: float
    window: int
    seed: int

    def refusal(self, room: str, day: int) -> str:
        """Say why a broadcast of a room on a day cannot be told; empty where it can."""
        shop = self.shop
        if self.fit is None or not 0 <= day < len(shop.orders):
            return self.reason or "no_days"
        row = shop.rooms.index(room)
        if shop.steady(row):
            return "no_off_days"
        rare = [at for at, kind in enumerate(shop.kinds) if kind == "show" or at == row]
        if shop.doses[rare, day].sum() > 1:
            return "overlapping"
        inside = np.zeros(len(shop.orders), dtype=bool)
        inside[day : day + self.window] = True
        festive = shop.festivals[inside].any() and not shop.festivals[~inside].any()
        return "on_festival" if festive else ""

    def draws(self, subject: str, room: str, day: int) -> Floats:
        """Return recalibrated draws of what a broadcast brought [orders]; `refusal` must be empty."""
        assert self.fit is not None
        row = self.shop.rooms.index(room)
        kind = self.shop.kinds[row]
        rng = np.random.default_rng([self.seed, *subject.encode()])
        found = window_draws(self.fit, day, kind=kind, row=row, window=self.window, rng=rng)
        return np.asarray(found.mean() + (found - found.mean()) * self.placebos[kind].width_factor)

    def band(self, subject: str, room: str, day: int, gross: float) -> pd.DataFrame:
        """Return sales with and without a broadcast, as `course_without` does."""
        assert self.fit is not None
        row = self.shop.rooms.index(room)
        return course_without(
            self.fit, row, day, gross, window=self.window, level=self.level,
            width_factor=self.placebos[self.shop.kinds[row]].width_factor,
            rng=np.random.default_rng([self.seed, 1, *subject.encode()]),
        )  # fmt: skip


def fit_baseline(
    days: pd.DataFrame,
    shows: pd.DataFrame,
    *,
    level: float = 0.9,
    window_days: int = 3,
    fakes: int = FAKES,
    seed: int = 0,
) -> Baseline:
    """Fit the shop's ordinary course and put fakes into it.

    Parameters
    ----------
    days, shows, level, window_days, fakes, seed
        As for `broadcast_lift`; `shows` needs no `subject`.

    Raises
    ------
    ParameterError
        If a column is missing, the dates have gaps, or an argument is out of range.
    """
    if not 0 < level < 1 or not 1 <= window_days <= 7:
        raise ParameterError(
            f"level = {level}, window_days = {window_days}: must be in (0, 1) and 1 to 7"
        )
    shop = read_shop(days, shows)
    reason = "few_days" if len(shop.orders) < FEW_DAYS else ""
    reason = reason or ("" if shop.orders.any() else "no_orders")
    fit = None if reason else fit_days(shop)
    if fit is not None and fit.misfit > POOR_FIT:
        fit, reason = None, "poor_fit"
    told = {} if fit is None else {
        kind: fake_broadcasts(fit, kind=kind, n=fakes, level=level, window=window_days, seed=seed)
        for kind in sorted(set(shop.kinds))
    }  # fmt: skip
    says = {kind: recalibrate(frame, level) for kind, frame in told.items()}
    return Baseline(shop, fit, reason, told, says, level, window_days, seed)


def broadcast_lift(
    days: pd.DataFrame,
    shows: pd.DataFrame,
    *,
    only: Collection[str] | None = None,
    level: float = 0.9,
    window_days: int = 3,
    fakes: int = FAKES,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tell what each broadcast brought, from the days around it.

    Parameters
    ----------
    days
        Indexed by business date, in order and without a gap: `orders` (paid orders of all the brand's
        shops) and, where known, `festival` (true: an announced festival of the platforms).
    shows
        `subject, room, day_on`: every broadcast of every room, also those that are not asked for: they
        are part of the ordinary course. A room on air on more than a quarter of the days is a daily
        room; others, such as guests pooled as platform/shows, hold shows.
    only
        Subjects that are told; None: all.
    level
        Of the intervals.
    window_days
        [days] From a broadcast on that are masked and compared, 1 to 7.
    fakes
        Fake broadcasts of each kind of room by which intervals are recalibrated; 0: none.
    seed
        Decides draws and fakes; a broadcast's draws depend on its subject, not on its place.

    Returns
    -------
    tuple of DataFrame
        The lift, one row a broadcast: `subject, room, day_on, since_on, until_on, n, gross, gross_low,
        gross_high, se, level, p_value, mde, placebo_rate, placebo_n, width_factor, reason`; and the
        band: `subject, day_on, n_orders, baseline, low, high, held, level`, from three weeks before to
        three weeks after. Orders up to the last day; numbers are null where `reason` says why.

    Raises
    ------
    ParameterError
        If a column is missing, the dates have gaps, or an argument is out of range.

    Notes
    -----
    The days of the window are left out of the fit; all others, before and after, say what would have
    come. What is above it is split into effect and noise by how broadcasts of such a room fade. The
    p-value and `mde` (80 % power) are of the interval's own draws. Assumes that a broadcast is not put
    on a day because more would have been sold on it. Wrong for shows on unannounced festivals or beside
    a coupon of the same day, when stocks run out, and for an effect that does not fade within days: the
    level takes that in. Orders brought forward over weeks are in the level too, so the effect is gross.
    Reasons: few_days, no_orders, poor_fit, no_off_days, overlapping, on_festival, no_days.
    """
    if "subject" not in shows:
        raise ParameterError("column 'subject' is missing")
    base = fit_baseline(days, shows, level=level, window_days=window_days, fakes=fakes, seed=seed)
    asked = shows if only is None else shows[shows["subject"].isin(list(only))]
    asked = asked.sort_values(["day_on", "subject"])
    found = [
        _told(base, str(subject), str(room), pd.Timestamp(day))
        for subject, room, day in zip(asked["subject"], asked["room"], asked["day_on"], strict=True)
    ]
    lift = pd.DataFrame([row for row, _ in found], columns=_LIFT)
    bands = [band for _, band in found if band is not None]
    return lift, pd.concat(bands, ignore_index=True) if bands else pd.DataFrame(columns=_BAND)


def _told(
    base: Baseline, subject: str, room: str, day_on: pd.Timestamp
) -> tuple[dict[str, object], pd.DataFrame | None]:
    """Return the row of a broadcast, and its band where it can be told."""
    dates, orders = base.shop.dates, base.shop.orders
    day = (day_on - dates[0]).days if len(dates) else 0
    first, last = max(day, 0), min(day + ECHO_DAYS, len(orders) - 1)
    row: dict[str, object] = dict.fromkeys(_LIFT) | {
        "subject": subject, "room": room, "day_on": day_on, "since_on": day_on,
        "until_on": max(day_on + pd.Timedelta(days=last - day), day_on),
        "n": int(orders[first : last + 1].sum()), "level": base.level,
    }  # fmt: skip
    if why := base.refusal(room, day):
        return row | {"reason": why}, None
    draws, at = base.draws(subject, room, day), base.shop.rooms.index(room)
    placebo = base.placebos[base.shop.kinds[at]]
    gross, low, high = span(draws, base.level)
    row |= {
        "gross": gross, "gross_low": low, "gross_high": high, "se": float(draws.std()),
        "p_value": two_sided(draws), "mde": detectable(draws, base.level),
        "placebo_rate": placebo.rate, "placebo_n": placebo.n, "width_factor": placebo.width_factor,
    }  # fmt: skip
    band = base.band(subject, room, day, gross)
    band.insert(0, "subject", subject)
    return row, band
