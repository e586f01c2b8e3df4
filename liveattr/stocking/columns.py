"""Columns of the day and of the plan that act on all SKUs alike: weekday, event, holidays, place in the month."""

from __future__ import annotations

import numpy as np

from liveattr.stocking.panel import Panel

__all__ = ["Event", "common_columns", "main_event"]

RARE, USUAL = 0.002, 0.8
"""A covariate may be the event if it is on in more than `RARE` and fewer than `USUAL` of the steps."""
MOST_STARTS = 0.9
"""Where more of the event's steps are its first, that column would be the event over again."""
MONTH_STARTS = ((1, 3), (4, 7), (15, 17))
"""[days of the month] After pay days."""


class Event:
    """The covariate by which SKUs have their own pattern: `name`, `value` (0 to 1) and `flag` (on or off)."""

    def __init__(self, name: str | None, value: np.ndarray) -> None:
        self.name = name
        self.value = value
        self.flag = value > 0.5


def main_event(panel: Panel, name: str | None = "") -> Event:
    """Return the covariate of this name, or with "" the one that moves demand most.

    By the log ratio of units on its on and off steps × the spread of being on.
    """
    best, chosen = 0.0, Event(None, np.zeros((len(panel.skus), len(panel.dates))))
    if name != "":
        return chosen if name is None else _as_event(name, panel.known[name])
    level = np.maximum(_row_mean(panel.units), 1e-9)[:, None]
    ratio = panel.units / level
    for one, value in panel.known.items():
        on = value > 0
        share = float(on.mean())
        if not RARE < share < USUAL or (value < 0).any():
            continue
        past = on[:, : panel.past]
        pull = abs(np.log((_mean(ratio[past]) + 0.05) / (_mean(ratio[~past]) + 0.05)))
        strength = pull * np.sqrt(share * (1.0 - share))
        if strength > best:
            best, chosen = strength, _as_event(one, value)
    return chosen


def _as_event(name: str, value: np.ndarray) -> Event:
    """On or off where every value above zero is the same, else half on at the mean of those."""
    on = value > 0
    if not on.any() or (value[on] == value[on].max()).all():
        return Event(name, on.astype(float))
    return Event(name, np.clip(value / (2.0 * value[on].mean()), 0.0, 1.0))


def _mean(values: np.ndarray) -> float:
    told = values[np.isfinite(values)]
    return float(told.mean()) if len(told) else 1.0


def _row_mean(units: np.ndarray) -> np.ndarray:
    return np.nansum(units, 1) / np.maximum(np.isfinite(units).sum(1), 1)


def common_columns(panel: Panel, event: Event) -> dict[str, np.ndarray]:
    """Return name → SKU × all steps (views where a column is the same for every SKU)."""
    found: dict[str, np.ndarray] = dict(panel.known)
    if panel.season != 7:
        return found
    found |= _weekdays(panel, event) | _month(panel)
    return found | _cycle(event.value) if event.name else found


def _weekdays(panel: Panel, event: Event) -> dict[str, np.ndarray]:
    weekday, found = panel.dates.dayofweek.to_numpy(), {}
    for day in range(1, 7):
        here = (weekday == day).astype(float)
        found[f"weekday {day}"] = np.broadcast_to(here, event.value.shape)
        if event.name:
            found[f"weekday {day} × event"] = here * event.value
    return found


def _month(panel: Panel) -> dict[str, np.ndarray]:
    day = panel.dates.day.to_numpy()
    left = panel.dates.days_in_month.to_numpy() - day
    parts = {f"day {a} to {b}": (day >= a) & (day <= b) for a, b in MONTH_STARTS}
    parts |= {"last 2 days": left <= 1, "last days": (left > 1) & (left <= 4)}
    shape = (len(panel.skus), len(day))
    return {name: np.broadcast_to(on.astype(float), shape) for name, on in parts.items()}


def _cycle(value: np.ndarray) -> dict[str, np.ndarray]:
    """Return the first day of an event after a week without, and a day without after a week with."""
    total = np.cumsum(np.pad(value, ((0, 0), (8, 0))), axis=1)
    before = (total[:, 7:-1] - total[:, :-8]) / 7.0
    starts = value * (before <= 0.01)
    if starts.sum() > MOST_STARTS * value.sum():
        starts = np.zeros_like(value)
    return {"event starts": starts, "after event": (1.0 - value) * before}
