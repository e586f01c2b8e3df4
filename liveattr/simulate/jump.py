"""The way from a platform into the mall: a tracked link, and what is left of it on arrival."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.visits import TOUCHED
from liveattr.simulate.world import (
    CHANNELS,
    DAY_US,
    FEED,
    KOL,
    OWN,
    SECOND,
    SHORT_VIDEO,
    WECOM,
    World,
)

__all__ = [
    "COPIED",
    "JUMP_US",
    "KEPT",
    "LINKED",
    "STRIPPED",
    "SWITCHED",
    "Jump",
    "fates",
    "link_of",
    "links",
    "slot_at",
]

KEPT, COPIED, SWITCHED, STRIPPED = range(4)
"""What becomes of a link's parameters."""

LINKED = (OWN, SECOND, KOL, FEED, SHORT_VIDEO, WECOM)
"""Channels from which a link leads into the mall."""

_DESIGN = "reference design of the world"
_MONTH_DAYS = 30
_HOUR_US = 3600 * 1_000_000
JUMP_US = 4_000_000
"""[µs] From the click on a link to the landing."""


@dataclass(frozen=True)
class Jump(Block):
    """How a link loses its parameters on the way; `on=False`: never."""

    copied: float = knob(0.10, 0, 0.33, "copied by hand and opened elsewhere", source=_DESIGN)
    switched: float = knob(
        0.12, 0, 0.33, "lost where one app hands over to another", source=_DESIGN
    )
    stripped: float = knob(0.08, 0, 0.33, "taken off by a browser or a short link", source=_DESIGN)


def fates(frame: pd.DataFrame, world: World) -> NDArray[np.int8]:
    """Return what becomes of the link of each visit to the mall: KEPT, COPIED, SWITCHED, STRIPPED.

    Touches that were put in from outside keep theirs.
    """
    block = world.parameters.jump
    kept = np.zeros(len(frame), dtype=np.int8)
    if not block.on:
        return kept
    address = (frame[c].to_numpy() for c in ("person", "day", "channel", "serial"))
    u = cells(world.seed, "jump", *address)[0]
    ends = np.cumsum([block.copied, block.switched, block.stripped])
    lost = np.searchsorted(ends, u, side="right")
    given = frame["aim"].to_numpy() == TOUCHED
    fate: NDArray[np.int8] = np.where((lost < 3) & ~given, lost + 1, KEPT).astype(np.int8)
    return fate


def links(world: World) -> pd.DataFrame:
    """Return the tracked links of a world.

    Returns
    -------
    pandas.DataFrame
        Index `link`; `link_id, source_code, broadcast (-1), channel, campaign_id, sku (-1), shelf_no
        (-1), valid_from_us, valid_to_us`. First one a slot of a broadcast, in the order of
        `world.slots`, valid from half an hour before until two days after it; then one a month for
        each of feed, short video and WeCom.
    """
    calendar, slots = world.calendar, world.slots
    broadcast = slots["broadcast"].to_numpy().astype(np.int64)
    live = pd.DataFrame(
        {
            "source_code": calendar["source_code"].to_numpy()[broadcast],
            "broadcast": broadcast,
            "channel": calendar["channel"].to_numpy()[broadcast],
            "campaign_id": calendar["campaign_id"].to_numpy()[broadcast],
            "sku": slots["sku"].to_numpy(),
            "shelf_no": slots["slot"].to_numpy(),
            "valid_from_us": calendar["start_us"].to_numpy()[broadcast] - _HOUR_US // 2,
            "valid_to_us": calendar["end_us"].to_numpy()[broadcast] + 48 * _HOUR_US,
        }
    )
    whole = pd.concat([live, *(_monthly(world, c) for c in (FEED, SHORT_VIDEO, WECOM))])
    number = np.arange(len(whole), dtype=np.int64)
    code = (number * 2_654_435_761 + int(world.seed) * 97) % 2**32  # odd: no two are equal
    return whole.assign(link_id=[f"k{c:08x}" for c in code]).set_index(
        pd.RangeIndex(len(whole), name="link")
    )


def link_of(frame: pd.DataFrame, world: World, at_us: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the link that each visit took, -1 where its channel has none.

    Parameters
    ----------
    frame
        As `visits.visits` returns.
    at_us
        When the link was clicked.
    """
    channel, broadcast = frame["channel"].to_numpy(), frame["broadcast"].to_numpy()
    link = np.full(len(frame), -1, dtype=np.int32)
    months = -(-world.parameters.size.days // _MONTH_DAYS)
    month = (frame["day"].to_numpy() // _MONTH_DAYS).clip(0, months - 1)
    for number, one in enumerate((FEED, SHORT_VIDEO, WECOM)):
        mine = channel == one
        link[mine] = len(world.slots) + number * months + month[mine]
    live = (broadcast >= 0) & np.isin(channel, LINKED)
    link[live] = slot_at(world, broadcast[live], at_us[live], frame["sku"].to_numpy()[live])
    return link


def slot_at(
    world: World,
    broadcast: NDArray[np.integer],
    at_us: NDArray[np.int64],
    sku: NDArray[np.integer],
) -> NDArray[np.int64]:
    """Return the row of `world.slots` that shows a SKU, or else what is shown at a moment."""
    slots, start = world.slots, world.calendar["start_us"].to_numpy()
    if slots.empty:
        return np.full(len(broadcast), -1, dtype=np.int64)
    of = slots["broadcast"].to_numpy().astype(np.int64)
    since = slots["start_us"].to_numpy() - start[of]
    key = broadcast.astype(np.int64) * 2**40
    now = np.searchsorted(of * 2**40 + since, key + (at_us - start[broadcast]).clip(0), "right") - 1
    goods = of * 4096 + slots["sku"].to_numpy()
    rank = np.argsort(goods, kind="stable")
    wanted = broadcast.astype(np.int64) * 4096 + sku
    at = rank[np.searchsorted(goods, wanted, sorter=rank).clip(0, len(goods) - 1)]
    found: NDArray[np.int64] = np.where(goods[at] == wanted, at, now.clip(0))
    return found


def _monthly(world: World, channel: int) -> pd.DataFrame:
    first = np.arange(0, world.parameters.size.days, _MONTH_DAYS)
    begin = world.start_us + first * DAY_US
    on = pd.to_datetime(begin, unit="us") + pd.Timedelta(hours=8)
    name = [f"{CHANNELS[channel]}_{d:%Y%m%d}" for d in on]
    return pd.DataFrame(
        {
            "source_code": name,
            "broadcast": -1,
            "channel": channel,
            "campaign_id": name,
            "sku": -1,
            "shelf_no": -1,
            "valid_from_us": begin,
            "valid_to_us": begin + (_MONTH_DAYS + 2) * DAY_US,
        }
    )
