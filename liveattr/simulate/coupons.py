"""What each line of an order costs: the price where it is bought, the coupons, the postage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import Uniforms, cells
from liveattr.simulate.world import KOL, MALL, NORMAL, OWN, SECOND

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = ["Lines", "Money", "cell_of", "fault_of", "price_lines"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_NF = "ours; no public norm was found"
_MINUTE_US = 60_000_000
_DOUYIN, _CHANNELS = 0, 1


@dataclass(frozen=True)
class Money(Block):
    """Coupons (`on`), postage, fees of the platforms, and what a parcel costs."""

    shop_coupon: float = knob(0.25, 0, 1, "orders with a coupon of the shop")
    shop_off: float = knob(0.05, 0, 0.9, "its size, of the list price")
    platform_coupon: float = knob(0.30, 0, 1, "Douyin room orders that the platform subsidises")
    platform_off: float = knob(0.06, 0, 0.9, "its size; the shop gets it back")
    author_coupon: float = knob(0.20, 0, 1, "KOL orders that the host subsidises")
    author_off: float = knob(0.04, 0, 0.9, "its size; the shop gets it back")
    free_from_fen: int = knob(6900, 0, 10**6, "postage is free from here", unit="fen")
    postage_fen: int = knob(600, 0, 10**5, "postage below it", unit="fen")
    kol_commission: float = knob(
        0.20, 0, 0.9, "host's share of a KOL order", source="reference design of the world"
    )
    own_commission: float = knob(0.0, 0, 0.9, "host's share in the own room")
    service_fee: float = knob(0.05, 0, 0.5, "technical fee of Douyin", source=_NF)
    channels_fee: float = knob(0.01, 0, 0.5, "payment fee in the Channels shop, kept", source=_NF)
    mall_fee: float = knob(0.006, 0, 0.5, "payment fee in the mall, kept on refunds", source=_NF)
    freight_fen: int = knob(350, 0, 10**5, "a parcel sent out", unit="fen", source=_NF)
    packing_fen: int = knob(80, 0, 10**5, "its box", unit="fen", source=_NF)
    return_freight_fen: int = knob(
        650, 0, 10**5, "a parcel that comes back without insurance", unit="fen", source=_NF
    )
    insurance_fen: int = knob(
        45, 0, 10**5, "freight insurance of a Douyin parcel", unit="fen", source=_NF
    )


@dataclass(frozen=True)
class Lines:
    """Money of two lines an order, shape (n, 2) [fen]; the second is 0 where there is none.

    `paid` = `listed` - `shop` - `platform` - `author`; postage is an order's own, shape (n,).
    """

    sku: Ints
    qty: Ints
    listed: Ints
    shop: Ints
    platform: Ints
    author: Ints
    postage: Ints

    @property
    def paid(self) -> Ints:
        """What the buyer pays for the goods."""
        return self.listed - self.shop - self.platform - self.author

    @property
    def gross(self) -> Ints:
        """What the shop gets: the buyer's money and both subsidies."""
        return self.listed - self.shop


def cell_of(world: World, purpose: str, orders: pd.DataFrame) -> Uniforms:
    """Return four uniforms an order, the same in every world in which it is placed.

    A person orders once a day; only orders from outside need their minute to be told apart.
    """
    kind = orders["kind"].to_numpy().astype(np.int64)
    minute = orders["created_us"].to_numpy() // _MINUTE_US
    return cells(
        world.seed,
        purpose,
        orders["person"].to_numpy(),
        orders["day"].to_numpy(),
        kind,
        np.where(kind == NORMAL, 0, minute),
    )


def fault_of(orders: pd.DataFrame, world: World, kind: str) -> NDArray[np.float64]:
    """Return the strength of a fault of this kind on each order's first SKU, 0 for none."""
    found = np.zeros(len(orders))
    sku, day = orders["sku"].to_numpy(), orders["day"].to_numpy()
    faults = world.faults[world.faults["kind"] == kind]
    columns = (faults[c].tolist() for c in ("sku", "from_day", "to_day", "strength"))
    for which, begin, end, strength in zip(*columns, strict=True):
        hit = (sku == which) & (day >= begin) & (day < end)
        found[hit] = np.maximum(found[hit], strength)
    return found


def price_lines(orders: pd.DataFrame, world: World) -> Lines:
    """Price the lines of orders.

    Parameters
    ----------
    orders
        `person, day, created_us, path, place, broadcast, sku, qty, sku2, qty2, kind`, as
        `Segment.orders`.

    Returns
    -------
    Lines
        Aligned with `orders`. In the shop of its room an order has the room's price, elsewhere the
        shelf price of that shop and day. Coupons are whole fen, rounded down for each line.
    """
    block = world.parameters.money
    sku = np.stack([orders["sku"], orders["sku2"]], axis=1).astype(np.int64)
    qty = np.stack([orders["qty"], orders["qty2"]], axis=1).astype(np.int64)
    qty[sku < 0] = 0
    twice = sku[:, 0] == sku[:, 1]  # one SKU is one line
    qty[twice] = np.stack([qty[twice].sum(axis=1), np.zeros(twice.sum(), dtype=np.int64)], axis=1)
    sku = np.maximum(sku, 0)
    listed = _price(orders, sku, world) * qty
    path, place = orders["path"].to_numpy(), orders["place"].to_numpy()
    shop_draw, platform_draw, author_draw, _ = cell_of(world, "coupon", orders)
    room = np.isin(path, (OWN, SECOND, KOL)) & (place != MALL)
    has = (
        shop_draw < block.shop_coupon,
        (platform_draw < block.platform_coupon) & room & (place == _DOUYIN),
        (author_draw < block.author_coupon) & (path == KOL) & (place == _DOUYIN),
    )
    offs = (block.shop_off, block.platform_off, block.author_off)
    shop, platform, author = (
        _cut(listed, off if block.on else 0.0) * one[:, None]
        for one, off in zip(has, offs, strict=True)
    )
    goods = (listed - shop - platform - author).sum(axis=1)
    postage = np.where(goods < block.free_from_fen, block.postage_fen, 0).astype(np.int64)
    return Lines(sku, qty, listed, shop, platform, author, postage)


def _cut(money: Ints, share: float) -> Ints:
    """Return a share of an amount in whole fen, rounded down; exact on every machine."""
    return money * round(share * 1_000_000) // 1_000_000


def _price(orders: pd.DataFrame, sku: Ints, world: World) -> Ints:
    """Return the price of one piece of each line."""
    day = orders["day"].to_numpy().clip(0, world.prices.shape[2] - 1)
    place = orders["place"].to_numpy()
    shelf: Ints = world.prices[place[:, None], sku, day[:, None]]
    if not len(world.slots):
        return shelf
    room = np.full((len(world.calendar), len(world.goods)), -1, dtype=np.int64)
    slots = world.slots
    room[slots["broadcast"].to_numpy(), slots["sku"].to_numpy()] = slots["price_fen"].to_numpy()
    broadcast = orders["broadcast"].to_numpy()
    inside = (broadcast >= 0) & (place != MALL)
    shown = np.where(inside[:, None], room[broadcast[:, None], sku], -1)
    return np.where(shown >= 0, shown, shelf)
