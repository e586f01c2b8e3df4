"""What spoils clean events: bots, rows that come twice, late or out of order, clocks that are wrong."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.visits import NONE
from liveattr.simulate.world import BOT, DAY_US, World

__all__ = ["Noise", "arrive", "bot_visits", "clock_skew", "clock_truth"]

_DESIGN = "reference design of the world"
SOURCES = ("live_events", "generic_events", "mall_events")
"""Sources of events with a clock of their own."""


@dataclass(frozen=True)
class Noise(Block):
    """Noise of the event files; `on=False`: none."""

    bots: float = knob(0.20, 0, 0.9, "viewers of a room that are bots", source=_DESIGN)
    twice: float = knob(0.02, 0, 1, "events that are delivered twice", source=_DESIGN)
    late: float = knob(0.10, 0, 1, "events that come late")
    late_minutes: float = knob(40.0, 0, 1440, "mean lateness of these", unit="min", source=_DESIGN)
    very_late: float = knob(0.01, 0, 1, "late events that come a day late or more", source=_DESIGN)
    skew_s: float = knob(
        90.0, 0, 3600, "sd of how wrong a source's clock is", unit="s", source=_DESIGN
    )


def bot_visits(frame: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return visits of bots to the rooms of a segment, so many that they are a share of all viewers.

    Parameters
    ----------
    frame
        Visits of persons, as `visits.visits` returns; so are the columns of the result.
    """
    block, kind = world.parameters.noise, world.people["kind"].to_numpy()
    bots = np.flatnonzero(kind == BOT)
    live = frame.loc[frame["broadcast"] >= 0, "broadcast"].to_numpy()
    if not block.on or not len(bots) or not len(live) or not block.bots:
        return frame.iloc[:0]
    held, viewers = np.unique(live, return_counts=True)
    share = (block.bots / (1 - block.bots) * viewers / len(bots)).clip(0, 0.95)
    person, broadcast = np.repeat(bots, len(held)), np.tile(held, len(bots))
    come = cells(world.seed, "bot", person, broadcast)[0] < np.tile(share, len(bots))
    person, broadcast = person[come], broadcast[come]
    calendar = world.calendar
    nothing = {c: -1 for c in ("aim_us", "place", "sku", "sku2", "order")}
    found = pd.DataFrame(
        {
            "person": person,
            "day": calendar["day"].to_numpy()[broadcast],
            "channel": calendar["channel"].to_numpy()[broadcast],
            "broadcast": broadcast,
            "serial": 0,
            "aim": NONE,
            "qty": 0,
            **nothing,
        }
    )
    return found[list(frame.columns)].astype(frame.dtypes)


def clock_skew(world: World, source: str) -> int:
    """Return how far the clock of a source of events is ahead [µs]; whole milliseconds."""
    block = world.parameters.noise
    if not block.on:
        return 0
    number = int.from_bytes(hashlib.sha256(source.encode()).digest()[:3], "little")
    u = cells(world.seed, "clock of a source", number)[:, 0]
    normal = float(np.sqrt(-2 * np.log(u[0])) * np.cos(2 * np.pi * u[1]))
    return round(normal * block.skew_s * 1000) * 1000


def clock_truth(world: World) -> pd.DataFrame:
    """Return how far the clock of each source of events is ahead: `source, ahead_s` [s]."""
    ahead = [clock_skew(world, source) / 1e6 for source in SOURCES]
    return pd.DataFrame({"source": list(SOURCES), "ahead_s": ahead})


def arrive(events: pd.DataFrame, world: World, source: str) -> pd.DataFrame:
    """Let events arrive: some late, some twice, all by the clock of their source.

    Parameters
    ----------
    events
        `event` (its number) and `ts_us`, among others.

    Returns
    -------
    pandas.DataFrame
        The same columns in the order of arrival, `ts_us` by the source's clock, with `received_us`
        (by ours) and `again` (true for the second delivery, which is always the later one).
    """
    block, end = world.parameters.noise, world.end_us
    ts, event = events["ts_us"].to_numpy(), events["event"].to_numpy()
    ok = ts < end
    if not ok.all():
        events, ts, event = events[ok], ts[ok], event[ok]
    again = np.zeros(len(events), dtype=bool)
    received = ts + 1_000_000
    if block.on:
        low, high = halves(event)
        u = cells(world.seed, f"arrival {source}", low, high)
        received = ts + 200_000 + _delay(u[0], u[1], block)
        twice = np.flatnonzero(u[2] < block.twice)
        later = received[twice] + 1_000_000 + (-np.log(u[3][twice]) * 600e6).astype(np.int64)
        row = np.r_[np.arange(len(ts)), twice]
        received, again = np.r_[received, later], np.r_[again, np.ones(len(twice), dtype=bool)]
    else:
        row = np.arange(len(ts))
    received = np.minimum(received, end + DAY_US // 24) // 1000 * 1000
    # One key to sort by: the millisecond of the arrival, then 20 bits of the event's number.
    tie = (event[row] & np.uint64(0xFFFFF)).astype(np.int64)
    order = np.argsort((received - world.start_us + DAY_US) // 1000 * 2**20 + tie, kind="stable")
    events = events.take(row[order])
    return events.reset_index(drop=True).assign(
        ts_us=ts[row[order]] + clock_skew(world, source),
        received_us=received[order],
        again=again[order],
    )


def halves(event: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the two 32-bit halves of event numbers: an address of random cells."""
    low = (event & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return low, (event >> np.uint64(32)).astype(np.int64)


def _delay(u: NDArray[np.float64], v: NDArray[np.float64], block: Noise) -> NDArray[np.int64]:
    """Return the lateness of each event [µs]: seconds for most, exponential for the late ones."""
    delay = v * 2e6
    late = u < block.late
    delay[late] = -np.log(v[late]) * block.late_minutes * 60e6
    very = u < block.late * block.very_late
    delay[very] = (1 - np.log(v[very])) * DAY_US
    whole: NDArray[np.int64] = delay.astype(np.int64)
    return whole
