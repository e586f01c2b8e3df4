"""Of what a lift is told: rooms, campaigns and single broadcasts, each a set of days of some rooms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liveattr.incrementality.shop_days import ShopDays

__all__ = ["ECHO_DAYS", "Subject", "subjects_of"]

ECHO_DAYS = 6
"""[days] After the last broadcast; hardly anything of it is left later."""


@dataclass(frozen=True)
class Subject:
    """One subject.

    Attributes
    ----------
    kind, name
        room, campaign or broadcast, and its id.
    held
        Room → shape (days,): the days of its broadcasts that are of the subject.
    broadcasts
        Their ids.
    """

    kind: str
    name: str
    held: dict[str, NDArray[np.bool_]]
    broadcasts: tuple[str, ...]

    @property
    def single(self) -> bool:
        """It is one broadcast."""
        return len(self.broadcasts) == 1

    @property
    def first(self) -> int:
        """Its first day."""
        return int(np.flatnonzero(self._any)[0])

    @property
    def last(self) -> int:
        """The last day whose orders may be of it."""
        return min(int(np.flatnonzero(self._any)[-1]) + ECHO_DAYS, len(self._any) - 1)

    @property
    def _any(self) -> NDArray[np.bool_]:
        return np.asarray(np.any(list(self.held.values()), axis=0))


def subjects_of(days: ShopDays, since: int = 0) -> list[Subject]:
    """Return every room, campaign and broadcast that was on air.

    Parameters
    ----------
    days
        The shop day by day.
    since
        Broadcasts of earlier days are history: they are in no subject.
    """
    return [
        one
        for kind, column in (
            ("room", "room"),
            ("campaign", "campaign_id"),
            ("broadcast", "broadcast_id"),
        )
        for one in _grouped(days, kind, column, since)
    ]


def _grouped(days: ShopDays, kind: str, column: str, since: int) -> Iterator[Subject]:
    told = days.broadcasts[days.broadcasts["day"] >= since]
    for name, mine in told.groupby(column, sort=True):
        held = {
            str(room): days.held(days.broadcasts.index.isin(rows.index))
            for room, rows in mine.groupby("room", sort=True)
        }
        yield Subject(kind, str(name), held, tuple(mine["broadcast_id"]))
