"""Live through a world in memory: its segments, the tables an analyst would see, and the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.simulate.days import Watcher, live_days
from liveattr.simulate.effects import Detail, Gross, Subject, Without, subjects_of
from liveattr.simulate.plan import Plan
from liveattr.simulate.templates import StockBook
from liveattr.simulate.truth import (
    Diary,
    Truth,
    dated_money,
    day_sums,
    effects_table,
    oracle_table,
    room_shapley,
)
from liveattr.simulate.world import NORMAL, Segment, World

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Story", "Telling", "live_through", "orders_without"]


class Telling:
    """The watchers of one run, and the truth that they know when it is over.

    Parameters
    ----------
    world
        The world.
    detail
        How many effects are told; see `effects.subjects_of`.
    """

    def __init__(self, world: World, detail: Detail) -> None:
        self.world = world
        self.diary, self.book = Diary(world), StockBook()
        subjects = subjects_of(world, detail)
        self.gross = [Gross(s) for s in subjects if s.kind != "coalition"]
        self.net = [Without(s) for s in subjects]
        self.money: list[pd.DataFrame] = []

    def segments(self) -> Iterator[Segment]:
        """Live through the world."""
        watchers: list[Watcher] = [self.diary, self.book, *self.gross, *self.net]
        for segment in live_days(self.world, watchers):
            money = dated_money(segment.orders[segment.orders["kind"] == NORMAL], self.world)
            self.money.append(money if self.gross else day_sums(money))
            yield segment

    def truth(self) -> Truth:
        """Return the truth; every segment must have been taken."""
        money = pd.concat(self.money, ignore_index=True)
        effects = effects_table(self.world, money, self.gross, self.net)
        return Truth(
            effects=effects,
            oracle=oracle_table(self.world, money, self.gross),
            shapley=room_shapley(effects),
            demand=self.diary.demand_table(),
            next_purchase=self.diary.next_table(),
            intent=self.diary.intent_table(),
        )


@dataclass(frozen=True)
class Story:
    """A world that was lived through.

    Attributes
    ----------
    segments
        What happened, in codes.
    truth
        What nobody can know.
    book
        Counts of stock and orders to the factory.
    """

    world: World
    segments: list[Segment]
    truth: Truth
    book: StockBook
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the canonical tables that an ingest of the world's files would give.

        Token columns hold the raw text "kind:value" in place of its HMAC; columns of the ingest itself
        (`source, ingest_id, source_row`) are absent.
        """
        if not self._frames:
            from liveattr.simulate.canonical import canonical_frames

            self._frames.update(canonical_frames(self.world, self.segments, self.book))
        return dict(self._frames)


def live_through(world: World, truth: Detail = "full") -> Story:
    """Live through a world in memory.

    Parameters
    ----------
    world
        From `make_world`.
    truth
        `none` (no effects), `rooms` (the live rooms and their sets), `full` (channels, campaigns,
        broadcasts).

    Examples
    --------
    >>> from liveattr.simulate import make_world
    >>> story = live_through(make_world("tiny"), truth="rooms")
    >>> sorted(story.truth.oracle["subject"])
    ['kol', 'own_room', 'second_room']
    """
    telling = Telling(world, truth)
    segments = list(telling.segments())
    return Story(world, segments, telling.truth(), telling.book)


def orders_without(
    world: World, subject: Subject | None = None, draws_seed: int | None = None
) -> pd.DataFrame:
    """Return the orders of a course without a subject, or of the factual one.

    Parameters
    ----------
    world
        From `make_world`.
    subject
        What is switched off; None for the factual course.
    draws_seed
        Seed of chance while the world is lived through; by default the world's: then both courses
        read the same random numbers (paired).

    Returns
    -------
    pandas.DataFrame
        Columns of `Segment.orders`.
    """
    plan = Plan(world, draws_seed)
    if subject is None:
        parts = [s.orders for s in live_days(world, (), plan)]
        return pd.concat(parts, ignore_index=True)
    off = Without(subject)
    before = [s.orders for s in live_days(world, (off,), plan)]
    factual = pd.concat(before, ignore_index=True)
    return pd.concat([factual[factual["day"] < subject.from_day], off.orders()], ignore_index=True)
