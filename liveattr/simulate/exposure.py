"""Who meets which channel on a day: intent, followers, the calendar, search after live, retargeting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.world import (
    CHANNELS,
    FEED,
    LIVE,
    OWN,
    SEARCH,
    SECOND,
    SHELF,
    WECOM,
)

if TYPE_CHECKING:
    from liveattr.simulate.parameters import Parameters

__all__ = [
    "Channel",
    "Exposure",
    "Mediation",
    "Retargeting",
    "audience",
    "exposed",
    "reach",
    "searched_and_fed",
]

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
_NEVER = np.float32(-1e9)
_DESIGN = "reference design of the world"


@dataclass(frozen=True)
class Channel(Block):
    """One channel: how many it reaches, whom, and what it does to buying."""

    alpha: float = knob(
        -2.0, -12, 6, "log-odds of meeting it on a day at no intent", source=_DESIGN
    )
    gamma: float = knob(0.0, -3, 5, "… more for each unit of intent: confounding", source=_DESIGN)
    beta: float = knob(0.0, 0, 6, "what its memory adds to the log-odds of buying", source=_DESIGN)
    rho: float = knob(0.0, 0, 0.99, "share of the memory that is left next day", source=_DESIGN)


@dataclass(frozen=True)
class Exposure(Block):
    """How strongly intent decides who sees what: kappa 0 is a world without confounding."""

    kappa: float = knob(1.0, 0, 4, "all gammas are multiplied by it", source=_DESIGN)
    wecom_every: int = knob(
        7, 1, 90, "WeCom messages go out each so many days", unit="days", source=_DESIGN
    )
    wecom_quiet: int = knob(
        14, 0, 365, "… to members without an order for so long", unit="days", source=_DESIGN
    )


@dataclass(frozen=True)
class Mediation(Block):
    """Who saw a broadcast searches the brand: the search is an effect of the room."""

    search: float = knob(
        0.8, 0, 5, "log-odds of a search for each unit of live memory", source=_DESIGN
    )


@dataclass(frozen=True)
class Retargeting(Block):
    """Feed ads follow those who visited."""

    feed: float = knob(0.8, 0, 5, "log-odds of a feed ad after a visit", source=_DESIGN)
    window: int = knob(7, 1, 90, "a visit counts for so long", unit="days")


def reach(parameters: Parameters) -> Floats:
    """Return the log-odds of meeting each channel at no intent, shape (channels, 1)."""
    blocks = [getattr(parameters, name) for name in CHANNELS]
    return np.array([[b.alpha if b.on else _NEVER] for b in blocks], dtype=np.float32)


def audience(people: pd.DataFrame) -> dict[int, Bools]:
    """Return who can meet a channel at all: followers of a room, members of WeCom."""
    columns = {OWN: "follows_own", SECOND: "follows_second", WECOM: "wecom_member"}
    return {channel: people[column].to_numpy() for channel, column in columns.items()}


def exposed(
    odds: Floats,
    bias: Floats,
    pull: Floats,
    intent: Floats,
    rows: Sequence[int],
    audience: Mapping[int, Bools],
) -> Bools:
    """Return who meets the channels that intent alone decides, shape (channels, persons).

    Parameters
    ----------
    odds
        Logit of the uniforms of the day, shape (channels, persons): met where it is below.
    bias, pull
        Of `reach`; gamma times kappa, shape (channels, 1).
    rows
        Channels that can be met today; the others are false.
    audience
        As the function of this name returns.
    """
    met = np.zeros(odds.shape, dtype=np.bool_)
    for row in rows:
        np.less(odds[row], bias[row] + pull[row] * intent, out=met[row])
        if row in audience:
            met[row] &= audience[row]
    return met


def searched_and_fed(
    met: Bools,
    odds: Floats,
    bias: Floats,
    pull: Floats,
    intent: Floats,
    memory: Floats,
    visited_day: NDArray[np.int16],
    day: int,
    parameters: Parameters,
    closed: Sequence[int],
) -> None:
    """Fill the rows of search (mediated by live memory) and of feed ads (after a visit) of `met`.

    `memory` is that of the day before, shape (channels, persons).
    """
    mediation, again = parameters.mediation, parameters.retargeting
    if SEARCH not in closed:
        z = bias[SEARCH] + pull[SEARCH] * intent
        if mediation.on:
            z += np.float32(mediation.search) * np.minimum(memory[list(LIVE)].sum(axis=0), 1)
        np.less(odds[SEARCH], z, out=met[SEARCH])
    if FEED not in closed:
        z = bias[FEED] + pull[FEED] * intent
        if again.on:
            recent = (visited_day >= day - again.window) & (visited_day < day)
            z += np.float32(again.feed) * recent
        np.less(odds[FEED], z, out=met[FEED])
    visited = met[SEARCH] | met[SHELF]
    visited_day[visited] = day
