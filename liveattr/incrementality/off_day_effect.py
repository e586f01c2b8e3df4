"""What days off air say of one room: draws, and the row of `lift` that is read from them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["RoomEffect", "lift_row"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RoomEffect:
    """What broadcasts of a room brought within the days of the plan.

    Attributes
    ----------
    room, since_on, until_on
        Room, and the days whose orders were compared.
    orders
        [orders] On these days.
    broadcasts, off_days
        Days on air as held, and days off as planned.
    gross
        [orders] Draws of what the broadcasts brought on these days, sorted; empty where there is a
        reason why not.
    keeps
        Mean share that is left on the next day.
    reason
        few_days, no_off_days, not_kept; empty: identified.
    """

    room: str
    since_on: pd.Timestamp
    until_on: pd.Timestamp
    orders: float
    broadcasts: int
    off_days: int
    gross: Floats = field(default_factory=lambda: np.empty(0))
    keeps: float = np.nan
    reason: str = ""


def lift_row(effect: RoomEffect, level: float) -> dict[str, object]:
    """Return the row that `analyse_off_days` describes."""
    row: dict[str, object] = {
        "method": "off_days",
        "subject_kind": "room",
        "subject": effect.room,
        "since_on": effect.since_on.date(),
        "until_on": effect.until_on.date(),
        "n": round(effect.orders),
        "level": level,
        "broadcasts": effect.broadcasts,
        "off_days": effect.off_days,
        "reason": effect.reason or None,
    }
    return {**row, **_figures(effect.gross, level, effect.broadcasts), "keeps": effect.keeps}


def _figures(gross: Floats, level: float, broadcasts: int) -> dict[str, object]:
    """Return estimate, interval and p-value from the same draws."""
    names = ("gross", "gross_low", "gross_high")
    if not len(gross):
        empty = [*names, *(n.replace("gross", "per_broadcast") for n in names), "p_value", "mde"]
        return {**dict.fromkeys(empty, np.nan), "grade": None}
    from scipy.stats import norm

    cut = max(int((1 - level) / 2 * (len(gross) + 1)), 1)
    values = (float(np.median(gross)), float(gross[cut - 1]), float(gross[-cut]))
    least = 1 + min((gross <= 0).sum(), (gross >= 0).sum())
    sd = (values[2] - values[1]) / (2 * norm.ppf((1 + level) / 2))
    return {
        **dict(zip(names, values, strict=True)),
        **{
            name.replace("gross", "per_broadcast"): value / broadcasts
            for name, value in zip(names, values, strict=True)
        },
        "p_value": float(min(1.0, 2 * least / (len(gross) + 1))),
        "mde": float((norm.ppf((1 + level) / 2) + norm.ppf(0.8)) * sd),
        "grade": "A",
    }
