"""What a day's sales hang on besides the level: weekday, festivals, and what broadcasts leave behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.incrementality.memory import memory_of

__all__ = ["FEW_CONTRAST", "OFTEN", "Columns", "Keeps", "Shop", "columns_of", "read_shop"]

Floats = NDArray[np.float64]
Keeps = Mapping[str, float]
"""Kind of room (daily, show) → share of a broadcast's effect that is left next day."""

OFTEN = 0.25
"""A room that is on air on more of the days is a daily room; else its broadcasts are shows."""
FEW_CONTRAST = 4
"""[days] On air, and also off air: with fewer a daily room cannot be told from the level."""
WEEKDAY, ROOM, FESTIVAL, SHOW = 0.15, 1.0, 2.0, 10.0
"""Spread of the coefficients beforehand, in means of a day's orders."""


@dataclass(frozen=True)
class Shop:
    """The shop day by day.

    Attributes
    ----------
    dates, orders
        Days without a gap and their orders.
    festivals
        Shape (days,): announced festivals; all false where none are known.
    rooms
        In order of their names.
    kinds
        daily or show, room by room.
    doses
        Shape (rooms, days): broadcasts of a room that day.
    """

    dates: pd.DatetimeIndex
    orders: Floats
    festivals: NDArray[np.bool_]
    rooms: tuple[str, ...]
    kinds: tuple[str, ...]
    doses: Floats

    def steady(self, row: int) -> bool:
        """Tell whether a daily room is on air, or off, too steadily to be told from the level."""
        on = int((self.doses[row] > 0).sum())
        return self.kinds[row] == "daily" and min(on, len(self.dates) - on) < FEW_CONTRAST

    @property
    def shows(self) -> NDArray[np.bool_]:
        """Shape (days,): a show is on."""
        rare = np.array([kind == "show" for kind in self.kinds], dtype=bool)
        return np.asarray((self.doses[rare] > 0).any(axis=0))


@dataclass(frozen=True)
class Columns:
    """Regressors.

    Attributes
    ----------
    x
        Shape (days, columns).
    precision
        1 / variance of each coefficient beforehand; 0: nothing is known.
    at
        (room row, day of a show, or -1 for all days of a daily room) → its column.
    """

    x: Floats
    precision: Floats
    at: Mapping[tuple[int, int], int]

    def without(self, row: int, day: int, kept: float) -> Columns:
        """Return the columns as they are without the broadcasts of a room on a day."""
        x = self.x.copy()
        if (row, day) in self.at:
            x[:, self.at[row, day]] = 0.0
        elif (row, -1) in self.at:
            x[day:, self.at[row, -1]] -= (1 - kept) * kept ** np.arange(len(x) - day)
        return Columns(x, self.precision, self.at)


def read_shop(days: pd.DataFrame, shows: pd.DataFrame) -> Shop:
    """Put days and broadcasts into order.

    Parameters
    ----------
    days
        Indexed by business date, in order and without a gap: `orders`, and `festival` where known.
    shows
        `room, day_on` of every broadcast; those outside the days are left out.

    Raises
    ------
    ParameterError
        If a column is missing, or the dates have gaps.
    """
    for frame, name in ((days, "orders"), (shows, "room"), (shows, "day_on")):
        if name not in frame:
            raise ParameterError(f"column {name!r} is missing")
    dates = pd.DatetimeIndex(pd.to_datetime(days.index))
    if len(dates) and not dates.equals(pd.date_range(dates[0], periods=len(dates))):
        raise ParameterError("the days must be in order and without a gap")
    told = days["festival"] if "festival" in days else np.zeros(len(days))
    festivals = np.asarray(told).astype(bool)
    rooms = tuple(sorted(set(shows["room"])))
    doses = np.zeros((len(rooms), len(dates)))
    place = dates.get_indexer(pd.DatetimeIndex(pd.to_datetime(shows["day_on"])))
    row = shows["room"].map({room: at for at, room in enumerate(rooms)}).to_numpy(dtype=int)
    np.add.at(doses, (row[place >= 0], place[place >= 0]), 1.0)
    kinds = tuple("daily" if (dose > 0).mean() > OFTEN else "show" for dose in doses)
    return Shop(dates, days["orders"].to_numpy(dtype=float), festivals, rooms, kinds, doses)


def columns_of(shop: Shop, keeps: Keeps) -> Columns:
    """Write out the regressors.

    Notes
    -----
    A daily room has one column, the memory of all its broadcasts; a show has its own, so that a great
    one says nothing of a small one. Both are scaled so that the coefficient is the whole effect of one
    broadcast. A daily room that never pauses has none: it is in the level.
    """
    size, mean = len(shop.orders), max(float(shop.orders.mean()), 1.0)
    weekdays = np.asarray(shop.dates.weekday)
    found = [np.ones(size), *(weekdays == np.arange(7)[:, None]).astype(float)]
    spread = [np.inf] + [WEEKDAY] * 7
    if shop.festivals.any():
        found.append(shop.festivals.astype(float))
        spread.append(FESTIVAL)
    at: dict[tuple[int, int], int] = {}
    for row, (kind, dose) in enumerate(zip(shop.kinds, shop.doses, strict=True)):
        kept = keeps[kind]
        if kind == "show":
            held = np.flatnonzero(dose)
            at.update({(row, int(day)): len(found) + nth for nth, day in enumerate(held)})
            found += list((1 - kept) * memory_of(np.eye(size)[held], kept))
            spread += [SHOW] * len(held)
        elif not shop.steady(row):
            at[row, -1] = len(found)
            found.append((1 - kept) * memory_of(dose, kept))
            spread.append(ROOM)
    return Columns(np.column_stack(found), 1 / (np.array(spread) * mean) ** 2, at)
