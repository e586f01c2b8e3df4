"""What would have been without it: courses in which something is switched off.

Two true numbers (incrementality has both):

- gross: orders of the factual course that would not have come on their day without the subject, all
  else as it was. Their buyers' supplies stay as they are, so nothing comes back later.
- net: the factual course less a course without the subject from its first day on, in which people
  who did not buy then may buy later. `net_14` counts the first 14 days.

All courses read the same random numbers, so that they differ only where they must.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.course import Course, Wishes
from liveattr.simulate.days import orders_of
from liveattr.simulate.exposure import searched_and_fed
from liveattr.simulate.purchase import likelihood, push, score
from liveattr.simulate.streams import cells
from liveattr.simulate.world import CHANNELS, FEED, LIVE, SEARCH, World

if TYPE_CHECKING:
    from liveattr.simulate.plan import Draws

__all__ = ["HORIZONS", "Detail", "Gross", "Subject", "Without", "subjects_of"]

Detail = Literal["none", "rooms", "full"]
HORIZONS = (3, 14, 60)
"""[days] After the begin of a show or a broadcast."""


_FORGOTTEN = 1e-4
"""[exposures] A memory below it moves no wish."""


@dataclass(frozen=True)
class Subject:
    """What is switched off: a channel, a set of rooms, a campaign or one broadcast."""

    kind: str
    name: str
    from_day: int
    channels: frozenset[int] = frozenset()
    broadcasts: frozenset[int] = frozenset()
    horizons: bool = False


def subjects_of(world: World, detail: Detail) -> list[Subject]:
    """Return the subjects whose effect is told.

    `rooms`: the live rooms and every set of them. `full`: every channel, every campaign that begins
    after the warm-up, and `size.broadcasts` single broadcasts of the own rooms, drawn evenly.
    """
    if detail == "none":
        return []
    start = world.parameters.size.burn_in_days
    found = [
        Subject("channel", name, start, channels=frozenset({code}))
        for code, name in enumerate(CHANNELS)
        if detail == "full" or code in LIVE
    ]
    for size in (2, 3):
        for rooms in combinations(LIVE, size):
            name = "+".join(CHANNELS[c] for c in rooms)
            found.append(Subject("coalition", name, start, channels=frozenset(rooms)))
    return found + (_held(world, start) if detail == "full" else [])


def _held(world: World, start: int) -> list[Subject]:
    size, found = world.parameters.size, []
    counted = world.calendar[(world.calendar["day"] >= start) & (world.calendar["day"] < size.days)]
    for name, held in counted.groupby("campaign_id", sort=True):
        single = len(held) == 1
        codes = frozenset(int(c) for c in held.index)
        found.append(
            Subject(
                "campaign", str(name), int(held["day"].min()), broadcasts=codes, horizons=single
            )
        )
    rooms = counted[counted["campaign_kind"] != "show"]
    luck = cells(world.seed, "told broadcasts", rooms.index.to_numpy())[0]
    for code in sorted(rooms.index[np.argsort(luck, kind="stable")[: size.broadcasts]]):
        one = world.calendar.loc[code]
        found.append(
            Subject(
                "broadcast",
                one["broadcast_id"],
                int(one["day"]),
                broadcasts=frozenset({int(code)}),
                horizons=True,
            )
        )
    return found


@dataclass
class Without:
    """A course of its own without the subject; keeps its orders."""

    subject: Subject
    course: Course | None = None
    days: list[dict[str, NDArray[np.generic]]] = field(default_factory=list)

    def before(self, day: int, course: Course) -> None:
        """Leave the factual course on the subject's first day."""
        if day == self.subject.from_day:
            self.course = course.branch(self.subject.channels, self.subject.broadcasts)
        elif day == course.plan.parameters.size.days:
            self.course = None

    def after(self, day: int, course: Course, draws: Draws, wishes: Wishes) -> None:
        """Live the same day without the subject."""
        if self.course is not None:
            own = self.course.live(day, draws)
            self.days.append(orders_of(day, own, 0))

    def orders(self) -> pd.DataFrame:
        """Return the orders that would have been placed."""
        names = self.days[0]
        return pd.DataFrame({n: np.concatenate([d[n] for d in self.days]) for n in names})


@dataclass
class Gross:
    """Which factual orders would not have come on their day; the oracle beside it.

    Holds how much less memory of each channel there would be. Everything else is factual.
    """

    subject: Subject
    less: NDArray[np.float32] | None = None
    visited: NDArray[np.int16] | None = None
    people: list[NDArray[np.int64]] = field(default_factory=list)
    expected: float = 0.0

    def before(self, day: int, course: Course) -> None:
        """Begin on the subject's first day."""
        if day == self.subject.from_day:
            self.less = np.zeros_like(course.memory)
            self.visited = course.visited_day.copy()
            self.memory = course.memory.copy()
        elif day == course.plan.parameters.size.days or self._over(day, course):
            self.less = None

    def _over(self, day: int, course: Course) -> bool:
        """Whether nothing of a past broadcast is left in anybody's memory."""
        if self.less is None or self.subject.channels:
            return False
        last = course.plan.world.calendar["day"].to_numpy()[sorted(self.subject.broadcasts)].max()
        forgotten = day > last + 2 * course.plan.parameters.retargeting.window
        return bool(forgotten and self.less.max() < _FORGOTTEN)

    def after(self, day: int, course: Course, draws: Draws, wishes: Wishes) -> None:
        """Note who would not have bought today."""
        if self.less is None or self.visited is None:
            return
        plan = course.plan
        met = self._met(day, course, draws)
        self.less *= plan.rho
        self.less += course.met
        self.less -= met
        self.memory = course.memory - self.less
        off = score(course.base, course.pushed - push(plan.beta, self.less), plan.purchase)
        stays = draws.buy < off
        gone = wishes.ok & ~stays[wishes.person] & (draws.buy < course.score)[wishes.person]
        self.people.append(wishes.person[gone] * plan.days + day)
        served = float(wishes.ok.mean()) if len(wishes.ok) else 0.0
        changed = course.score != off
        more = likelihood(course.score[changed], plan.purchase) - likelihood(
            off[changed], plan.purchase
        )
        self.expected += served * float(more.sum(dtype=np.float64))

    def _met(self, day: int, course: Course, draws: Draws) -> NDArray[np.bool_]:
        assert self.visited is not None
        plan, gone = course.plan, self.subject
        met = course.met.copy()
        silent = set(gone.channels) | {
            c for c in LIVE if plan.on_air[c][day] in gone.broadcasts and plan.on_air[c][day] >= 0
        }
        met[sorted(silent)] = False
        closed = sorted(course.closed(day) | gone.channels)
        met[[SEARCH, FEED]] = False
        searched_and_fed(
            met, draws.odds, plan.bias, plan.pull, course.intent, self.memory,
            self.visited, day, plan.parameters, closed,
        )  # fmt: skip
        return met

    def vanished(self, orders: pd.DataFrame, days: int) -> NDArray[np.bool_]:
        """Return which factual orders vanish, aligned with `orders` (`person, day`)."""
        key = orders["person"].to_numpy().astype(np.int64) * days + orders["day"].to_numpy()
        gone = np.concatenate(self.people) if self.people else np.empty(0, dtype=np.int64)
        return np.isin(key, gone)
