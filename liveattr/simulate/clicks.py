"""Which of the things that people saw they follow, when, and into which shop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.visits import LOST, NONE, ORDERED, TOUCHED
from liveattr.simulate.world import CHANNELS, DAY_US, LIVE, MALL, World

__all__ = ["Clicks", "clicked", "moments", "to_the_mall"]


@dataclass(frozen=True)
class Clicks(Block):
    """Share of exposures that are followed; `on=False`: only those that end in an order."""

    own_room: float = knob(0.25, 0, 1, "viewers of the own room who click on goods")
    second_room: float = knob(0.23, 0, 1, "viewers of the second room who click on goods")
    kol: float = knob(0.30, 0, 1, "viewers of a KOL show who click on goods")
    search: float = knob(0.90, 0, 1, "searches for the brand that end in a visit")
    feed: float = knob(0.10, 0, 1, "feed ads that are clicked")
    wecom: float = knob(0.15, 0, 1, "WeCom messages that are clicked")
    short_video: float = knob(0.05, 0, 1, "short videos with a click on their goods")
    shelf: float = knob(0.70, 0, 1, "visits to the shelf that go on to the goods")
    affinity: float = knob(0.4, -3, 3, "log-odds of a click for each sd of affinity")
    lead_minutes: float = knob(7.0, 0.7, 120, "median time from click to order", unit="min")


def clicked(frame: pd.DataFrame, world: World) -> NDArray[np.bool_]:
    """Tell which visits are followed by a click; those with an aim always are.

    Parameters
    ----------
    frame
        As `visits.visits` returns.
    """
    block, aim = world.parameters.clicks, frame["aim"].to_numpy()
    follows: NDArray[np.bool_] = (aim != NONE) | (frame["serial"].to_numpy() > 0)
    channel = frame["channel"].to_numpy()
    open_ = np.flatnonzero(~follows & (channel < len(CHANNELS)))
    if not block.on or not len(open_):
        return follows
    share = np.array([getattr(block, name) for name in CHANNELS])
    person = frame["person"].to_numpy()[open_]
    odds = _logit(share)[channel[open_]]
    odds = odds + block.affinity * world.people["affinity"].to_numpy()[person]
    u = cells(world.seed, "click", person, frame["day"].to_numpy()[open_], channel[open_])[0]
    follows[open_] = u < 1 / (1 + np.exp(-odds))
    return follows


def to_the_mall(frame: pd.DataFrame, world: World) -> NDArray[np.bool_]:
    """Tell which clicks lead into the mall: as the order or wish says, else by share."""
    placing = world.parameters.placing
    mall = np.full(len(CHANNELS) + 1, placing.mall)
    mall[list(LIVE)] = 1 - np.array([placing.own_shop, placing.second_shop, placing.kol_shop])
    mall[len(CHANNELS)] = 1.0  # whoever comes directly comes to the mall
    place, channel = frame["place"].to_numpy(), frame["channel"].to_numpy()
    address = frame["person"].to_numpy(), frame["day"].to_numpy(), channel
    u = cells(world.seed, "click into", *address, frame["serial"].to_numpy())[0]
    into: NDArray[np.bool_] = np.where(place >= 0, place == MALL, u < mall[channel])
    return into


def moments(frame: pd.DataFrame, world: World) -> NDArray[np.int64]:
    """Return when each visit outside the rooms begins [µs, UTC]; whole milliseconds.

    A visit with an aim begins some minutes before it. Others of the same person and day, which had
    their part in the order, lie before it too.
    """
    person, day = frame["person"].to_numpy(), frame["day"].to_numpy()
    serial, aim = frame["serial"].to_numpy(), frame["aim"].to_numpy()
    at = cells(world.seed, "visit time", person, day, frame["channel"].to_numpy(), serial)
    morning = world.start_us + day.astype(np.int64) * DAY_US + 7 * 3600 * 1_000_000
    latest = morning + 16 * 3600 * 1_000_000
    goal = frame["aim_us"].to_numpy()
    wish = pd.Series(np.where((aim == ORDERED) | (aim == LOST), goal, 1 << 62))
    first = wish.groupby(person.astype(np.int64) * 4096 + day).transform("min").to_numpy()
    before = np.minimum(first - 45 * 60_000_000, latest)
    early = np.minimum(morning, before - 3600 * 1_000_000)
    begin = early + (at[0] ** 0.7 * (before - early)).astype(np.int64)
    lead = leads(at[1:3], world)
    begin = np.where((aim == ORDERED) | (aim == LOST), goal - lead, begin)
    begin = np.where(aim == TOUCHED, goal, begin)
    whole: NDArray[np.int64] = begin // 1000 * 1000
    return whole


def leads(u: NDArray[np.float64], world: World) -> NDArray[np.int64]:
    """Return how long before the order the click was [µs]: log-normal, 40 s to 45 min."""
    normal = np.sqrt(-2 * np.log(u[0])) * np.cos(2 * np.pi * u[1])  # Box, Muller 1958
    minutes = world.parameters.clicks.lead_minutes * np.exp(0.8 * normal)
    whole: NDArray[np.int64] = (minutes.clip(0.7, 45) * 60_000_000).astype(np.int64)
    return whole


def _logit(share: NDArray[np.float64]) -> NDArray[np.float64]:
    share = share.clip(1e-6, 1 - 1e-6)
    out: NDArray[np.float64] = np.log(share / (1 - share))
    return out
