"""From rooms over weeks to every campaign and broadcast: shares of the pooled posterior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.incrementality.calibration import Pooled, pool_rooms
from liveattr.incrementality.series import RoomSeries
from liveattr.incrementality.shop_days import ShopDays
from liveattr.incrementality.subjects import Subject
from liveattr.incrementality.verdict import as_counts

__all__ = ["NOBODY", "Rooms", "Viewers", "pooled_effects", "subject_draws"]

Floats = NDArray[np.float64]

ONE_EVENING = 0.15
"""Spread of single broadcasts of a room around their share, beside the chance of a count."""


@dataclass(frozen=True)
class Viewers:
    """What viewers say of broadcasts, before days off air correct it.

    Attributes
    ----------
    rooms
        Rooms whose platform shows who watches.
    effects
        [orders] Shape (draws, rooms): of all told broadcasts of a room.
    by_broadcast
        Broadcast → its part of that [orders].
    hazard_ratio
        Room → how many times likelier viewers bought than without its memory.
    seen
        `broadcast_id, person`: who was seen in which broadcast.
    orders
        `platform, shop_id, order_id, broadcast_id, weight`: the part of each order that is due to it.
    """

    rooms: tuple[str, ...] = ()
    effects: Floats = field(default_factory=lambda: np.zeros((1, 0)))
    by_broadcast: Mapping[str, float] = field(default_factory=dict)
    hazard_ratio: Mapping[str, float] = field(default_factory=dict)
    seen: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["broadcast_id", "person"])
    )
    orders: pd.DataFrame = field(default_factory=pd.DataFrame)

    def people(self, subject: Subject) -> int | None:
        """Return how many people were seen in a subject; None where its platforms show nobody."""
        if not set(subject.held) & set(self.rooms):
            return None
        mine = self.seen["broadcast_id"].isin(subject.broadcasts)
        return int(self.seen.loc[mine, "person"].nunique())


NOBODY = Viewers()
"""No platform shows who watches."""


@dataclass(frozen=True)
class Rooms:
    """The posterior of rooms and what it is shared out by.

    Attributes
    ----------
    pooled
        Effects of rooms over all told broadcasts.
    days, series, viewers
        Behind it.
    told
        Room → shape (days,): days of the told broadcasts.
    """

    pooled: Pooled
    days: ShopDays
    series: RoomSeries
    viewers: Viewers
    told: Mapping[str, NDArray[np.bool_]]


def pooled_effects(
    days: ShopDays,
    series: RoomSeries,
    viewers: Viewers,
    *,
    since: int = 0,
    common: float,
    own: float,
    seed: int = 0,
) -> Rooms | None:
    """Pool what the calendar and the viewers say of each room; None where neither knows any.

    Parameters
    ----------
    days, series, viewers
        Of the same days.
    since
        Broadcasts from this day on are told.
    common, own, seed
        As for `pool_rooms`.
    """
    told = {
        room: days.held((days.broadcasts["room"] == room) & (days.broadcasts["day"] >= since))
        for room in days.rooms
    }
    known = [room for room in series.rooms if told[room].any()]
    draws = len(series.orders)
    totals = [series.totals(room, told[room]) for room in known]
    calendar = np.column_stack(totals) if totals else np.zeros((draws, 0))
    if not known and not viewers.rooms:
        return None
    pooled = pool_rooms(
        calendar, known, viewers.effects, viewers.rooms,
        common=common, own=own, draws=draws, seed=seed,
    )  # fmt: skip
    return Rooms(pooled, days, series, viewers, told)


def subject_draws(rooms: Rooms, subject: Subject, seed: int = 0) -> Floats | None:
    """Return draws [orders] of one subject's gross effect; None where a room of it is not identified.

    Notes
    -----
    The effect of a room is shared out by what viewers of each broadcast did, else by its days' memory;
    single broadcasts scatter around that by `ONE_EVENING`, and what came is a count.
    """
    if any(room not in rooms.pooled.rooms for room in subject.held):
        return None
    rng = np.random.default_rng([seed, *subject.name.encode()])
    draws = np.zeros(len(rooms.pooled.effects))
    for room in subject.held:
        column = rooms.pooled.effects[:, rooms.pooled.rooms.index(room)]
        draws += column * _share(rooms, room, subject)
    if subject.kind != "room":
        spread = ONE_EVENING / np.sqrt(len(subject.broadcasts))
        draws *= np.exp(spread * rng.standard_normal(len(draws)))
    return as_counts(draws, rng)


def _share(rooms: Rooms, room: str, subject: Subject) -> float:
    """Return the subject's part of what a room's told broadcasts brought."""
    held = rooms.days.broadcasts
    told = held.loc[(held["room"] == room) & rooms.told[room][held["day"]], "broadcast_id"]
    seen = told.map(rooms.viewers.by_broadcast).fillna(0.0)
    if seen.sum() > 0:
        return float(seen[told.isin(subject.broadcasts)].sum() / seen.sum())
    days = (subject.held[room], rooms.told[room])
    if room not in rooms.series.rooms:
        return float(days[0].sum() / days[1].sum())
    mine, whole = (rooms.series.days_of(room, which).mean() for which in days)
    return float(mine / whole)
