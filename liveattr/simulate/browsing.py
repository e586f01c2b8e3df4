"""What visitors do in the brand's own mall, from the landing to the purchase or to leaving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.visits import LOST, ORDERED, event_number, visit_key
from liveattr.simulate.world import SEARCH, World

__all__ = ["MALL_NAMES", "Browsing", "logged_in", "mall_events"]

MALL_NAMES = (
    "mall_landing", "login", "search", "page_view", "view_item", "add_to_cart", "begin_checkout",
    "order_created", "purchase",
)  # fmt: skip
"""Events of the mall in the order of their codes."""

_LANDING, _LOGIN, _SEARCH, _PAGE, _ITEM, _CART, _CHECKOUT, _CREATED, _PURCHASE = range(9)
_FIRST = 64
"""Numbers of a visit's events below it are those of the room."""

_MOST = 4
"""Pages, and products, of a session at most."""


@dataclass(frozen=True)
class Browsing(Block):
    """A session in the mall; `on=False`: only the landing, and what an order needs."""

    pages: float = knob(1.2, 0, 4, "pages a session, at most 4 each")
    items: float = knob(1.3, 0, 4, "products looked at a session, at most 4 each")
    searches: float = knob(0.12, 0, 1, "sessions with a search in the mall")
    cart: float = knob(0.12, 0, 1, "sessions without an order that fill the cart")
    checkout: float = knob(0.30, 0, 1, "… of them that begin to pay and leave")
    step_s: float = knob(25.0, 1, 300, "mean time between two steps", unit="s")
    logs_in: float = knob(0.60, 0, 1, "members who are logged in where nothing asks for it")


def logged_in(
    frame: pd.DataFrame, world: World, linked_day: NDArray[np.int16]
) -> NDArray[np.bool_]:
    """Tell in which sessions the visitor logs in: members do, and must to order.

    Parameters
    ----------
    frame
        Visits to the mall.
    linked_day
        A person's day of becoming a member, -1 for never.
    """
    block, person, day = (
        world.parameters.browsing,
        frame["person"].to_numpy(),
        frame["day"].to_numpy(),
    )
    since, ordered = linked_day[person], frame["aim"].to_numpy() == ORDERED
    u = cells(world.seed, "logs in", *_address(frame))[0]
    found: NDArray[np.bool_] = (since >= 0) & (ordered | ((day >= since) & (u < block.logs_in)))
    return found


def mall_events(
    frame: pd.DataFrame,
    world: World,
    landing_us: NDArray[np.int64],
    login: NDArray[np.bool_],
    paid: NDArray[np.bool_],
    paid_us: NDArray[np.int64],
) -> pd.DataFrame:
    """Return what visitors do in the mall.

    Parameters
    ----------
    frame
        Visits to the mall; a wish that came to nothing ends on the product's page.
    landing_us, login, paid, paid_us
        When each lands, whether it logs in, whether its order is paid and when.

    Returns
    -------
    pandas.DataFrame
        `event uint64, row int64 (row of frame), ts_us int64, name int8 (code in MALL_NAMES), sku
        int16 (-1), logged bool (the login is before it)`. An order is placed at its own second and
        paid at the second of the payment; the rest of the session is before it.
    """
    aim, pages, items, cart, checkout, search = _counts(frame, world)
    ordered, bought = aim == ORDERED, (aim == ORDERED) & paid
    every = np.ones(len(frame), dtype=np.int64)
    steps = [
        (_LANDING, every, 0),
        (_LOGIN, login.astype(np.int64), 1),
        (_SEARCH, search.astype(np.int64), 2),
        (_PAGE, pages, 3),
        (_ITEM, items, 3 + _MOST),
        (_CART, cart.astype(np.int64), 3 + 2 * _MOST),
        (_CHECKOUT, checkout.astype(np.int64), 4 + 2 * _MOST),
        (_CREATED, ordered.astype(np.int64), 5 + 2 * _MOST),
        (_PURCHASE, bought.astype(np.int64), 6 + 2 * _MOST),
    ]
    row = np.concatenate([np.repeat(np.arange(len(frame)), count) for _, count, _ in steps])
    name = np.concatenate([np.full(int(count.sum()), code, np.int8) for code, count, _ in steps])
    number = np.concatenate([first + _nth(count) for _, count, first in steps])
    at = cells(world.seed, "steps in the mall", *(a[row] for a in _address(frame)[:3]), number)[0]
    ts = _times(frame, world, landing_us, row, name, number, at)
    ts = np.where(name == _PURCHASE, paid_us[row], ts)
    return pd.DataFrame(
        {
            "event": event_number(visit_key(frame)[row], _FIRST + number),
            "row": row,
            "ts_us": ts,
            "name": name,
            "sku": _goods(frame, world, row, name, number, items),
            "logged": login[row] & (name != _LANDING),
        }
    )


def _counts(frame: pd.DataFrame, world: World) -> tuple[NDArray[Any], ...]:
    block, aim = world.parameters.browsing, frame["aim"].to_numpy()
    u = cells(world.seed, "in the mall", *_address(frame))
    ordered, lost = aim == ORDERED, aim == LOST
    pages = _geometric(u[0], block.pages if block.on else 0)
    items = _geometric(u[1], block.items if block.on else 0)
    items = np.where(ordered, np.maximum(items, 1), items)
    pages, items = np.where(lost, 0, pages), np.where(lost, 1, items)  # a look, and away
    cart = ordered | ((u[2] < block.cart) & ~lost & (items > 0) & block.on)
    checkout = ordered | (cart & (u[2] < block.cart * block.checkout))
    search = (u[3] < block.searches) & block.on
    search |= (frame["channel"].to_numpy() == SEARCH) & (u[3] < 0.5) & block.on
    return aim, pages, items, cart, checkout, search


def _geometric(u: NDArray[np.float64], mean: float) -> NDArray[np.int64]:
    if mean <= 0:
        return np.zeros(len(u), dtype=np.int64)
    count: NDArray[np.int64] = (np.log(u) / np.log(mean / (1 + mean))).astype(np.int64)
    return count.clip(0, _MOST)


def _nth(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, 2 … for the repeats of each row."""
    first = np.repeat(np.cumsum(count) - count, count)
    found: NDArray[np.int64] = np.arange(len(first)) - first
    return found


def _times(
    frame: pd.DataFrame,
    world: World,
    landing_us: NDArray[np.int64],
    row: NDArray[np.int64],
    name: NDArray[np.int8],
    number: NDArray[np.int64],
    at: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Space the steps of a session; of one with an order between the landing and the order."""
    begin, goal = landing_us[row], frame["aim_us"].to_numpy()[row]
    aimed = np.isin(frame["aim"].to_numpy()[row], (ORDERED, LOST))
    step = number + 0.8 * at
    free = begin + (world.parameters.browsing.step_s * 1e6 * step).astype(np.int64)
    tied = begin + ((goal - begin) * step / (6 + 2 * _MOST)).astype(np.int64)
    ts = np.where(aimed, np.minimum(tied, goal - 1000), free) // 1000 * 1000
    ts = np.where(name == _LANDING, begin, np.maximum(ts, begin + 1))
    moment: NDArray[np.int64] = np.where(name >= _CREATED, goal, ts)
    return moment


def _goods(
    frame: pd.DataFrame,
    world: World,
    row: NDArray[np.int64],
    name: NDArray[np.int8],
    number: NDArray[np.int64],
    items: NDArray[np.int64],
) -> NDArray[np.int16]:
    """Return the SKU of each step: the last product looked at is the one that is wanted."""
    goods, wanted = world.goods, frame["sku"].to_numpy()[row]
    address = (a[row] for a in _address(frame)[:3])
    u = cells(world.seed, "product looked at", *address, number)[0]
    weight = np.where(goods["launched_day"] <= int(frame["day"].min()), goods["popularity"], 0.0)
    ladder = np.cumsum(weight) if weight.sum() > 0 else np.arange(1.0, len(goods) + 1)
    other = np.searchsorted(ladder, u * ladder[-1], side="right").clip(0, len(goods) - 1)
    last = number == 3 + _MOST + items[row] - 1
    sku = np.where((wanted >= 0) & (last | (name > _ITEM)), wanted, other)
    found: NDArray[np.int16] = np.where(name >= _ITEM, sku, -1).astype(np.int16)
    return found


def _address(frame: pd.DataFrame) -> tuple[NDArray[np.integer], ...]:
    return tuple(frame[c].to_numpy() for c in ("person", "day", "channel", "serial"))
