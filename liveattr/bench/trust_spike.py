"""Known orders added to the shop's own days: does the estimator find them? Frames in, row out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.bench.trust_rules import LEVEL, Range, TrustRow, judge, not_run

__all__ = [
    "ECHO_DAYS",
    "KEEPS",
    "Spikes",
    "judge_spikes",
    "planted_orders",
    "quiet_days",
    "spikes_of",
]

GOOD_RATIO = Range(0.9, 1.1, 0.5, 1.5)
"""Found for planted: so near passes; half or half as much again is plainly wrong."""
ECHO_DAYS = 7
"""[days] Over which the planted orders of a date come."""
KEEPS = 0.3
"""Share of the day before that comes on each next day, where the shop's own shows do not tell it."""
APART_DAYS = 14
"""[days] Between two planted dates of one series: neither is in the other's window or echo."""
CLEAR_DAYS = 3
"""[days] Planted dates keep away so far from the shows of rare rooms, and from both ends."""
FEW_SPIKES = 5
NEAR_DAYS = 21

Estimate = Callable[[NDArray[np.int64], NDArray[np.int64]], pd.DataFrame]
"""Orders by day, and the planted days → a row a planted day in their order: `gross, low, high`."""


@dataclass(frozen=True)
class Spikes:
    """What was planted on which days.

    Attributes
    ----------
    days : numpy.ndarray of int64
        Planted days, counted from 0.
    added : numpy.ndarray of int64, shape (days, ECHO_DAYS)
        [orders] Added on the day and on each of the next ones.
    """

    days: NDArray[np.int64]
    added: NDArray[np.int64]

    def into(self, orders: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return a series with the planted orders in it."""
        found = np.array(orders)
        for later in range(self.added.shape[1]):
            np.add.at(found, self.days + later, self.added[:, later])
        return found


def quiet_days(
    busy: NDArray[np.bool_], *, seed: int, most: int, apart: int = APART_DAYS
) -> list[NDArray[np.int64]]:
    """Draw days without a show, in groups whose members are far from each other.

    Parameters
    ----------
    busy
        Shape (days,): days of the shows from which planted dates keep away.
    seed
        Decides which.
    most
        [days] How many at most in all groups together.
    apart
        [days] Within a group.

    Returns
    -------
    list of numpy.ndarray
        Days of each group, ascending; no day comes twice.

    Examples
    --------
    >>> groups = quiet_days(np.zeros(60, bool), seed=1, most=8)
    >>> all((np.diff(g) >= 14).all() for g in groups), sum(map(len, groups))
    (True, 8)
    """
    near = np.convolve(busy.astype(int), np.ones(2 * CLEAR_DAYS + 1, int), "same") > 0
    free = ~near
    free[:NEAR_DAYS] = False
    free[len(busy) - ECHO_DAYS :] = False
    drawn = np.random.default_rng(seed).permutation(np.flatnonzero(free))
    groups: list[list[int]] = []
    for day in drawn[:most].tolist():
        room = next((g for g in groups if all(abs(day - d) >= apart for d in g)), None)
        if room is None:
            groups.append([day])
        else:
            room.append(day)
    return [np.sort(np.array(group, dtype=np.int64)) for group in groups]


def planted_orders(
    orders: NDArray[np.int64],
    days: NDArray[np.int64],
    size: float,
    *,
    window: int = 3,
    keeps: float = KEEPS,
) -> Spikes:
    """Say what is added: a share of what is usual in the window of a broadcast.

    Parameters
    ----------
    orders
        [orders] By day.
    days
        Where something is planted.
    size
        Share of the usual orders of `window` days (their mean in the three weeks before).
    window
        [days] Of a broadcast.
    keeps
        Share of the day before that comes on each next day.

    Returns
    -------
    Spikes
        Whole orders, most on the first day and fading, as after a show.

    Notes
    -----
    They should fade like the shop's own shows (`usual_keeps`): an estimator that has learned those
    rightly finds too much where 0.45 is left each day and the planted orders leave 0.3. That broadcasts
    of another kind may fade otherwise is not tested by this.
    """
    before = np.cumsum(np.concatenate([[0], orders]))
    begin = (days - NEAR_DAYS).clip(0)
    usual = (before[days] - before[begin]) / np.maximum(days - begin, 1) * window
    fades = keeps ** np.arange(ECHO_DAYS)
    ends = np.cumsum(fades / fades.sum())
    upto = np.rint(np.outer(size * usual, ends)).astype(np.int64)
    return Spikes(days, np.diff(upto, axis=1, prepend=0))


def spikes_of(
    orders: NDArray[np.int64],
    groups: list[NDArray[np.int64]],
    size: float,
    estimate: Estimate,
    *,
    window: int = 3,
    keeps: float = KEEPS,
) -> pd.DataFrame:
    """Plant spikes group by group and let the estimator look; parameters as for `planted_orders`.

    Returns
    -------
    pandas.DataFrame
        `day, planted, gross, low, high`; a spike that got no number has none.
    """
    parts = []
    for days in groups:
        spikes = planted_orders(orders, days, size, window=window, keeps=keeps)
        told = estimate(spikes.into(orders), days)[["gross", "low", "high"]].reset_index(drop=True)
        parts.append(told.assign(day=days, planted=spikes.added.sum(axis=1)))
    columns = ["day", "planted", "gross", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def judge_spikes(
    test: str, found: pd.DataFrame, *, window: int = 3, level: float = LEVEL
) -> TrustRow:
    """Judge how much of the planted orders was found.

    Parameters
    ----------
    test
        Its name.
    found : pandas.DataFrame
        As from `spikes_of`.
    window
        [days] Of a broadcast: dates that are closer share some of their days.
    level
        Of the interval.

    Returns
    -------
    TrustRow
        `found`: Σ gross / Σ planted. Its interval comes from how the dates differ (ratio estimator,
        Student's t), dates whose windows overlap counting as far as they do (Bartlett's weights). The
        note says how many intervals hold what was planted and how many exclude 0.
    """
    from scipy.special import stdtrit

    told = found.dropna(subset=["gross"]).astype(float)
    told = told[told["planted"] > 0]
    n = len(told)
    if n < FEW_SPIKES:
        return not_run(test, f"needs {FEW_SPIKES} dates far from any show", unit="ratio")
    whole = float(told["planted"].sum())
    ratio = float(told["gross"].sum()) / whole
    rest = (told["gross"] - ratio * told["planted"]).to_numpy()
    apart = np.abs(np.subtract.outer(told["day"].to_numpy(), told["day"].to_numpy()))
    shared = np.maximum(1 - apart / window, 0.0)
    spread = np.sqrt(n / (n - 1) * (rest @ shared @ rest))
    half = float(stdtrit(n - 1, 0.5 + level / 2) * spread) / whole
    held = int(((told["low"] <= told["planted"]) & (told["planted"] <= told["high"])).sum())
    seen = int((told["low"] > 0).sum())
    note = f"{held} of {n} intervals hold it, {seen} exclude 0"
    return judge(
        test,
        (ratio, ratio - half, ratio + half),
        GOOD_RATIO,
        wanted=1.0,
        n=n,
        unit="ratio",
        note=note,
    )
