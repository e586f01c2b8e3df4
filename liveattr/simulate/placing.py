"""What a wish becomes: by which way the buyer comes, in which shop, which SKUs, when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.catalogue import CATEGORIES
from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.world import (
    DIRECT,
    FEED,
    KOL,
    OWN,
    SEARCH,
    SECOND,
    SHELF,
    SHOP_OF,
    SHORT_VIDEO,
    WECOM,
)

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = ["Navigation", "Placing", "Shelf", "buyers_way", "chosen_sku", "chosen_time"]

_DESIGN = "reference design of the world"
Ints = NDArray[np.int64]
Uniforms = NDArray[np.float32]


@dataclass(frozen=True)
class Navigation(Block):
    """A buyer whom no channel brings comes by himself: the visit is an effect of the wish."""

    search: float = knob(0.35, 0, 1, "… by a search for the brand", source=_DESIGN)
    shelf: float = knob(0.50, 0, 1, "… by the shelf; the rest comes directly", source=_DESIGN)


@dataclass(frozen=True)
class Placing(Block):
    """Through which channel a buyer who met several orders, and in which shop."""

    through_own: float = knob(
        0.22, 0, 1, "buyers who are in the own room today and order through it"
    )
    through_second: float = knob(0.22, 0, 1, "… who are in the second room")
    through_kol: float = knob(0.45, 0, 1, "… who are in a KOL show")
    through_wecom: float = knob(0.45, 0, 1, "… through a WeCom message of today")
    through_feed: float = knob(0.15, 0, 1, "… through a feed ad of today")
    through_video: float = knob(0.12, 0, 1, "… through a short video of today")
    own_shop: float = knob(0.65, 0, 1, "orders of the own room placed in the room's shop")
    second_shop: float = knob(0.60, 0, 1, "orders of the second room placed in its shop")
    kol_shop: float = knob(0.85, 0, 1, "orders of a KOL show placed in its shop")
    mall: float = knob(0.80, 0, 1, "orders by other ways placed in the mall")


@dataclass(frozen=True)
class Shelf:
    """What can be bought on a day, as sums of weights over SKUs: made once for many buyers."""

    by_category: tuple[NDArray[np.float64], ...]
    everything: NDArray[np.float64]

    @staticmethod
    def of_day(goods: pd.DataFrame, day: int) -> Shelf:
        """Return the shelf of a day: goods that are launched, by popularity."""
        weight = goods["popularity"].to_numpy() * (goods["launched_day"].to_numpy() <= day)
        code = goods["category_code"].to_numpy()
        parts = tuple(np.cumsum(weight * (code == c)) for c in range(len(CATEGORIES)))
        return Shelf(parts, np.cumsum(weight))


def buyers_way(
    met: NDArray[np.bool_], first: Uniforms, second: Uniforms, where: Uniforms, world: World
) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Return the way (channel or DIRECT), the shop, and who came by himself.

    Parameters
    ----------
    met
        Channels met today, shape (channels, buyers).
    first, second, where
        Uniforms of the buyers.
    """
    block, alone = world.parameters.placing, world.parameters.navigation
    way = np.full(first.shape, -1, dtype=np.int64)
    for channel, share in (
        (SECOND, block.through_second),
        (OWN, block.through_own),
        (KOL, block.through_kol),  # the later one overrides: the greatest show wins
    ):
        way[met[channel] & (first < share)] = channel
    for channel, share in (
        (SHELF, 1.0),
        (SEARCH, 1.0),
        (SHORT_VIDEO, block.through_video),
        (FEED, block.through_feed),
        (WECOM, block.through_wecom),
    ):
        open_ = (way > KOL) | (way < 0)
        open_ &= met[channel]
        way[open_ & (second < share)] = channel
    navigated = way < 0
    by_search = second < alone.search if alone.on else np.zeros(second.shape, dtype=np.bool_)
    by_shelf = second < alone.search + alone.shelf if alone.on else by_search
    own_way = np.where(by_search, SEARCH, np.where(by_shelf, SHELF, DIRECT))
    way = np.where(navigated, own_way, way)
    shares = {OWN: block.own_shop, SECOND: block.second_shop, KOL: block.kol_shop}
    place = np.where(where < block.mall, 2, np.where(where < (1 + block.mall) / 2, 0, 1))
    for channel, share in shares.items():
        mine = way == channel
        place[mine] = np.where(where[mine] < share, SHOP_OF[channel], 2)
    return way, place, navigated


def chosen_sku(
    broadcast: Ints,
    home: NDArray[np.int8],
    pick: Uniforms,
    stray: Uniforms,
    shelf: Shelf,
    shown: dict[int, tuple[Ints, NDArray[np.float64]]],
    world: World,
) -> Ints:
    """Return the SKU of each buyer: of the room's list, else of the own category or of any.

    Parameters
    ----------
    broadcast
        The broadcast that the buyer orders through, -1 for none.
    home
        The buyer's own category.
    pick, stray
        Uniforms.
    shelf, shown
        What is on the shelf; broadcast → SKUs and their summed weights.
    """
    sku = np.searchsorted(shelf.everything, pick * shelf.everything[-1], side="right")
    true_to = stray < world.parameters.goods.home_share
    for code, weight in enumerate(shelf.by_category):
        mine = true_to & (home == code)
        if weight[-1] > 0:
            sku[mine] = np.searchsorted(weight, pick[mine] * weight[-1], side="right")
    for one in np.unique(broadcast[broadcast >= 0]):
        skus, weight = shown[int(one)]
        mine = broadcast == one
        sku[mine] = skus[
            np.searchsorted(weight, pick[mine] * weight[-1], side="right").clip(0, len(skus) - 1)
        ]
    return sku.clip(0, len(world.goods) - 1)


# Share of a day's orders before each hour: few at night, most in the evening.
_HOURS = np.cumsum([
    0, 2, 1, 0.5, 0.4, 0.4, 0.6, 1.5, 3, 5, 6, 6, 7, 5.5, 4.5, 4.5, 4.5, 4.5, 5, 6, 8, 9, 8.5, 6.5, 4.5,
])  # fmt: skip
_HOURS = _HOURS / _HOURS[-1]


def chosen_time(broadcast: Ints, day_us: int, uniform: Uniforms, calendar: pd.DataFrame) -> Ints:
    """Return the moment of each wish [µs, UTC], whole seconds: inside the broadcast, else in the day."""
    second = np.interp(uniform.astype(np.float64), _HOURS, np.arange(25) * 3600.0)
    at = day_us + second.astype(np.int64) * 1_000_000
    live = broadcast >= 0
    if live.any():
        begin = calendar["start_us"].to_numpy()[broadcast[live]]
        length = calendar["end_us"].to_numpy()[broadcast[live]] - begin
        share = 0.03 + 0.95 * uniform[live].astype(np.float64)
        at[live] = begin + (share * length / 1e6).astype(np.int64) * 1_000_000
    return at
