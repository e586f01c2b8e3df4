"""Sales day by day with and without a campaign, for the picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.incrementality.memory import memory_of
from liveattr.incrementality.pooled import Rooms
from liveattr.incrementality.shop_days import ShopDays
from liveattr.incrementality.subjects import Subject

__all__ = ["AROUND", "campaign_band", "shape_of"]

Floats = NDArray[np.float64]

AROUND = 21
"""[days] Before and after a campaign, in the picture of its sales."""
USUAL_KEEPS = 0.4
"""Share of a broadcast's effect that is left next day where the series does not tell it."""


def shape_of(rooms: Rooms | None, subject: Subject) -> Floats:
    """Return how a subject's orders spread over the days, shape (days,), sum 1."""
    found = np.zeros(len(next(iter(subject.held.values()))))
    for room, held in subject.held.items():
        known = rooms is not None and room in rooms.series.rooms
        keeps = USUAL_KEEPS
        if rooms is not None and known:
            keeps = float(rooms.series.keeps[:, rooms.series.rooms.index(room)].mean())
        found += memory_of(held.astype(float), keeps)
    return np.asarray(found / found.sum())


def campaign_band(
    days: ShopDays, subject: Subject, draws: Floats, shape: Floats, level: float
) -> pd.DataFrame:
    """Return the columns of `lift_day` of one campaign from draws of its gross effect.

    Parameters
    ----------
    days, subject
        The shop, and the campaign.
    draws
        [orders] Its gross effect.
    shape
        As `shape_of` returns.
    level
        Of the band.

    Notes
    -----
    The band says how far the effect of the day may be off; what other days the effect is taken from is
    fixed by the memory.
    """
    first, last = max(subject.first - AROUND, 0), min(subject.last + AROUND, days.days - 1)
    place = np.arange(first, last + 1)
    took = np.outer(
        shape[place], np.r_[draws.mean(), np.quantile(draws, [(1 + level) / 2, (1 - level) / 2])]
    )
    rest = days.orders[place, None] - took
    return pd.DataFrame(
        {
            "campaign_id": subject.name,
            "day_on": days.dates[place].date,
            "n_orders": days.orders[place],
            "baseline": rest[:, 0],
            "low": rest[:, 1],
            "high": rest[:, 2],
            "held": (place >= subject.first) & (place <= subject.last),
            "level": level,
        }
    )
