"""The factual course, day by day, cut into segments; watchers look on and keep the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.progress import counter
from liveattr.simulate.course import Course, Wishes
from liveattr.simulate.plan import Draws, Plan
from liveattr.simulate.world import NORMAL, Segment, World

__all__ = ["Watcher", "live_days", "orders_of"]

Ints = NDArray[np.int64]


class Watcher(Protocol):
    """Somebody who looks on: before a day begins, and when it is over."""

    def before(self, day: int, course: Course) -> None:
        """Look at the factual course in the morning."""

    def after(self, day: int, course: Course, draws: Draws, wishes: Wishes) -> None:
        """Look at it in the evening."""


def live_days(
    world: World, watchers: Sequence[Watcher] = (), plan: Plan | None = None
) -> Iterator[Segment]:
    """Live through a world and yield it in segments of `size.segment_days`.

    Days after the last one are lived through for the watchers only.
    """
    plan = plan or Plan(world)
    course, size = Course.begin(plan), world.parameters.size
    book = _Book()
    with counter("living", size.all_days) as advance:
        for day in range(size.all_days):
            for watcher in watchers:
                watcher.before(day, course)
            draws = plan.draw(day)
            wishes = course.live(day, draws)
            for watcher in watchers:
                watcher.after(day, course, draws, wishes)
            if day < size.days:
                book.write(day, course, wishes)
                del draws, wishes  # half a gigabyte, if there are millions of persons
                if (day + 1) % size.segment_days == 0 or day == size.days - 1:
                    yield book.close(day)
            elif not watchers:
                break
            advance("", 1)


def orders_of(day: int, wishes: Wishes, first_order: int) -> dict[str, NDArray[np.generic]]:
    """Return the wishes that became orders as columns of `Segment.orders`, numbered from `first_order`."""
    w, ok = wishes, wishes.ok
    order = np.lexsort((w.person[ok], w.at_us[ok]))
    pick = np.flatnonzero(ok)[order]
    columns: dict[str, NDArray[np.generic]] = {
        "order": first_order + np.arange(len(pick)),
        "person": w.person[pick].astype(np.int32),
        "day": np.full(len(pick), day, dtype=np.int16),
        "created_us": w.at_us[pick],
        "path": w.way[pick].astype(np.int8),
        "place": w.place[pick].astype(np.int8),
        "broadcast": w.broadcast[pick].astype(np.int16),
        "sku": w.sku[pick].astype(np.int16),
        "qty": w.qty[pick].astype(np.int16),
        "sku2": w.sku2[pick].astype(np.int16),
        "qty2": (w.sku2[pick] >= 0).astype(np.int16),
        "first": w.first[pick],
        "kind": np.full(len(pick), NORMAL, dtype=np.int8),
    }
    return columns


class _Book:
    """Rows of the days since the last segment."""

    def __init__(self) -> None:
        self.number, self.next_order = 0, 0
        self._clear()

    def _clear(self) -> None:
        self.first_day: int | None = None
        self.met: list[pd.DataFrame] = []
        self.orders: list[pd.DataFrame] = []
        self.lost: list[pd.DataFrame] = []

    def write(self, day: int, course: Course, wishes: Wishes) -> None:
        if self.first_day is None:
            self.first_day = day
        orders = pd.DataFrame(orders_of(day, wishes, self.next_order))
        self.next_order += len(orders)
        self.orders.append(orders)
        self.lost.append(_lost(day, wishes))
        self.met.append(_met(day, course, wishes, orders))

    def close(self, day: int) -> Segment:
        assert self.first_day is not None
        segment = Segment(
            number=self.number,
            first_day=self.first_day,
            last_day=day,
            exposures=_sorted(pd.concat(self.met, ignore_index=True)),
            orders=pd.concat(self.orders, ignore_index=True),
            lost=pd.concat(self.lost, ignore_index=True),
        )
        self.number += 1
        self._clear()
        return segment


def _sorted(met: pd.DataFrame) -> pd.DataFrame:
    """Sort exposures by person, day and channel, with one key for the three."""
    person, day, channel = (
        met[c].to_numpy().astype(np.int64) for c in ("person", "day", "channel")
    )
    order = np.argsort((person << 24) | (day << 8) | channel, kind="stable")
    return met.take(order).reset_index(drop=True)


def _lost(day: int, w: Wishes) -> pd.DataFrame:
    gone = w.why >= 0
    return pd.DataFrame(
        {
            "person": w.person[gone].astype(np.int32),
            "day": np.full(int(gone.sum()), day, dtype=np.int16),
            "created_us": w.at_us[gone],
            "path": w.way[gone].astype(np.int8),
            "place": w.place[gone].astype(np.int8),
            "broadcast": w.broadcast[gone].astype(np.int16),
            "sku": w.wished_sku[gone].astype(np.int16),
            "qty": w.qty[gone].astype(np.int16),
            "why": w.why[gone].astype(np.int8),
            "then": w.then[gone].astype(np.int8),
        }
    )


def _met(day: int, course: Course, w: Wishes, orders: pd.DataFrame) -> pd.DataFrame:
    """Exposures of the day, and the visits of buyers whom no channel brought."""
    person, channel = np.nonzero(course.met.T)
    own = w.ok & w.navigated
    person = np.r_[person, w.person[own]]
    channel = np.r_[channel, w.way[own]]
    air = np.r_[course.plan.on_air[:, day], -1]
    order = np.full(len(person), -1, dtype=np.int64)
    key, placed = (
        person * 16 + channel,
        (orders["person"].to_numpy().astype(np.int64) * 16 + orders["path"]),
    )
    sorted_ = np.argsort(key, kind="stable")
    at = sorted_[np.searchsorted(key, placed, sorter=sorted_)]
    order[at] = orders["order"].to_numpy()
    return pd.DataFrame(
        {
            "person": person.astype(np.int32),
            "day": np.full(len(person), day, dtype=np.int16),
            "channel": channel.astype(np.int8),
            "broadcast": air[channel].astype(np.int16),
            "order": order,
            "navigated": np.r_[
                np.zeros(len(person) - int(own.sum()), dtype=np.bool_),
                np.ones(int(own.sum()), dtype=np.bool_),
            ],
        }
    )
