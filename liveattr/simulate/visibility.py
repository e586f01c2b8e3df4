"""Which events of a live room a merchant gets for each person: a few, on real platforms.

By default as the platforms document it. The Douyin push tells of entry, comment, like, gift, follow
and fan club, of those who allow it, and comments and likes may be lost; Channels tells nothing per
person. `full` is for comparison: an own player that knows every stay and every click.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, choice, knob
from liveattr.simulate.noise import halves
from liveattr.simulate.streams import cells
from liveattr.simulate.watching import LIVE_NAMES
from liveattr.simulate.world import KOL, World

__all__ = ["PLAYER_NAMES", "Visibility", "seen_live"]

PLAYER_NAMES = (
    "live_enter", "live_leave", "live_like", "live_comment", "live_follow", "live_product_click",
    "live_link_click",
)  # fmt: skip
"""What an own player tells of a broadcast on Channels; it knows no gifts, fan clubs and carts."""

_PUSH = "Douyin open platform: live push"


@dataclass(frozen=True)
class Visibility(Block):
    """What the merchant sees of each viewer; `on=False`: nothing."""

    preset: str = choice("default", ("default", "full"), "as the platforms are, or everything")
    allowed: float = knob(0.90, 0, 1, "viewers whose acts the push tells at all", source=_PUSH)
    enter: float = knob(0.85, 0, 1, "entries that arrive", source=_PUSH)
    like: float = knob(0.85, 0, 1, "likes that arrive", source=_PUSH)
    comment: float = knob(0.95, 0, 1, "comments that arrive", source=_PUSH)
    kol_rooms: float = knob(1.0, 0, 1, "KOL shows in which the brand's plug-in runs")


def seen_live(events: pd.DataFrame, world: World) -> NDArray[np.bool_]:
    """Tell which events of live rooms reach the merchant.

    Parameters
    ----------
    events
        `event, person, broadcast, name` as `watching.live_events` returns.
    """
    block = world.parameters.visibility
    if not block.on:
        return np.zeros(len(events), dtype=bool)
    calendar = world.calendar
    broadcast = events["broadcast"].to_numpy()
    if block.preset == "full":
        on_push = (calendar["platform"] == "douyin").to_numpy()[broadcast]
        return on_push | np.isin(LIVE_NAMES, PLAYER_NAMES)[events["name"].to_numpy()]
    person, event = events["person"].to_numpy(), events["event"].to_numpy()
    share = _shares(block)[events["name"].to_numpy()]
    plugged = (calendar["platform"] == "douyin").to_numpy()
    held = cells(world.seed, "plug-in", np.arange(len(calendar)))[0] < block.kol_rooms
    plugged &= held | (calendar["channel"] != KOL).to_numpy()
    maybe = np.flatnonzero((share > 0) & plugged[broadcast])
    seen = np.zeros(len(events), dtype=bool)
    arrives = cells(world.seed, "push", *halves(event[maybe]))[0] < share[maybe]
    seen[maybe] = arrives & (cells(world.seed, "push allowed", person[maybe])[0] < block.allowed)
    return seen


def _shares(block: Visibility) -> NDArray[np.float64]:
    known = {
        "live_enter": block.enter,
        "live_like": block.like,
        "live_comment": block.comment,
        "live_gift": 1.0,
        "live_follow": 1.0,
        "live_fansclub_join": 1.0,
    }
    return np.array([known.get(name, 0.0) for name in LIVE_NAMES])
