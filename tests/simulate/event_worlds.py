"""Small worlds whose events the tests look at."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

from liveattr.simulate.accounts import make_identifiers
from liveattr.simulate.behaviour import Behaviour
from liveattr.simulate.chronicle import Chapter, tell
from liveattr.simulate.days import live_days
from liveattr.simulate.draw import make_world
from liveattr.simulate.world import Interventions, World

QUIET = {"noise.on": False, "brushing.on": False}


class Told:
    """A world, its identifiers, and its segments told in full."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.identifiers = make_identifiers(world)
        self.chapters: list[Chapter] = [
            tell(segment, world, self.identifiers) for segment in live_days(world)
        ]

    @property
    def behaviours(self) -> list[Behaviour]:
        return [chapter.behaviour for chapter in self.chapters]

    def all(self, name: str) -> pd.DataFrame:
        """Join one frame of all segments, with the number of the segment."""
        parts = [getattr(b, name).assign(segment=i) for i, b in enumerate(self.behaviours)]
        return pd.concat(parts, ignore_index=True)


def told(
    values: Mapping[str, Any] | None = None,
    *,
    seed: int = 7,
    interventions: Interventions | None = None,
) -> Told:
    """Live through a tiny world with some parameters changed."""
    given = {"size.after_days": 0, **(values or {})}
    world = make_world("tiny", seed=seed, values=given, interventions=interventions)
    return Told(world)


@cache
def tiny() -> Told:
    """Return the tiny world as it is."""
    return told()


@cache
def quiet() -> Told:
    """Return a tiny world of 600 persons whose rooms are seen in full, without noise."""
    return told({"size.persons": 600, "visibility.preset": "full", **QUIET})
