"""The calendar of one room as it was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import TableError
from liveattr.incrementality.memory import memory_of
from liveattr.incrementality.off_day_draw import redraw_off

__all__ = ["BEFORE", "COLUMNS", "WEEK", "RoomDesign", "planned_rooms", "remembered"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

WEEK = 7
BEFORE = 14
"""[days] Before the plan, whose broadcasts may still work on its first days."""
COLUMNS = ("room", "day_on", "on_air", "block", "run")
"""Columns of a plan."""


@dataclass(frozen=True)
class RoomDesign:
    """Days of one room.

    Attributes
    ----------
    room
        Its name.
    first_on
        Day 0.
    on_air
        Shape (days,): as planned.
    free
        Shape (days,): whether chance decided the day; never on the last days that fill no week.
    run
        [days] Days off come in runs of so many days on which the room would be on air.
    """

    room: str
    first_on: date
    on_air: Bools
    free: Bools
    run: int

    @property
    def weeks(self) -> int:
        """Whole weeks, counted from the first day."""
        return len(self.on_air) // WEEK

    @property
    def off(self) -> Bools:
        """Shape (days,): days off that were drawn."""
        return self.free & ~self.on_air

    @property
    def weekdays(self) -> Bools:
        """Shape (7,), from the weekday of the first day: days of the week on which the room is on."""
        there = self.on_air | self.free
        return np.asarray(there[: self.weeks * WEEK].reshape(-1, WEEK).any(axis=0))

    def before(self) -> Bools:
        """Return the days before the plan as they would be without it, shape (BEFORE,)."""
        return np.tile(self.weekdays, BEFORE // WEEK)

    def redraw(self, count: int, rng: np.random.Generator) -> Bools:
        """Return calendars that could have been drawn instead, shape (count, days)."""
        whole = self.weeks * WEEK
        off, free = (
            days[:whole].reshape(-1, WEEK)[:, self.weekdays] for days in (self.off, self.free)
        )
        drawn = np.zeros((count, self.weeks, WEEK), dtype=bool)
        drawn[:, :, self.weekdays] = redraw_off(off, free, self.run, count, rng)
        found = np.tile(self.on_air | self.off, (count, 1))
        found[:, :whole] &= ~drawn.reshape(count, whole)
        return found

    def rows(self) -> pd.DataFrame:
        """Return the rows of a plan; `block` is null where nothing was drawn."""
        days = pd.date_range(self.first_on, periods=len(self.on_air))
        week = pd.Series(np.arange(len(days)) // WEEK + 1).astype("string").str.zfill(2)
        block = "w" + week + "-" + pd.Series(days.strftime("%a"), dtype="string")
        return pd.DataFrame(
            {
                "room": self.room,
                "day_on": days,
                "on_air": self.on_air,
                "block": block.where(pd.Series(self.free)),
                "run": self.run,
            }
        )


def planned_rooms(plan: pd.DataFrame) -> list[RoomDesign]:
    """Read the designs of a plan's rooms, in order of their names.

    Parameters
    ----------
    plan
        `room, day_on, on_air, block, run`.

    Raises
    ------
    TableError
        If a column is missing, a day is missing or there twice, or a drawn day fills no week.
    """
    for column in COLUMNS:
        if column not in plan.columns:
            raise TableError(f"plan: column {column!r} is missing; expected {', '.join(COLUMNS)}")
    return [_design(str(room), rows) for room, rows in plan.groupby("room", sort=True)]


def _design(room: str, rows: pd.DataFrame) -> RoomDesign:
    rows = rows.assign(day_on=pd.to_datetime(rows["day_on"])).sort_values("day_on")
    first = rows["day_on"].iloc[0]
    if not np.array_equal((rows["day_on"] - first).dt.days, np.arange(len(rows))):
        raise TableError(f"plan: a day of {room} is missing or there twice")
    free = rows["block"].notna().to_numpy(bool)
    if free[len(rows) // WEEK * WEEK :].any():
        raise TableError(f"plan: the last days of {room} fill no week, yet they were drawn")
    if (rows["run"] != rows["run"].iloc[0]).any():
        raise TableError(f"plan: {room} has days off in runs of different length")
    return RoomDesign(
        room, first.date(), rows["on_air"].to_numpy(bool), free, int(rows["run"].iloc[0])
    )


def remembered(held: Bools, before: Bools, keeps: float) -> Floats:
    """Return what of broadcasts works on each day; `held` has shape (..., days)."""
    early = np.broadcast_to(before, (*held.shape[:-1], len(before)))
    whole = np.concatenate([early, held], axis=-1).astype(float)
    return np.asarray(memory_of(whole, keeps)[..., len(before) :])
