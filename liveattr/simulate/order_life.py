"""Orders as the shops know them at the end of the world: headers, lines, claims, bills, movements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from liveattr.simulate.coupons import Flags, Ints, Lines, cell_of, fault_of, price_lines
from liveattr.simulate.fates import BEFORE, KEPT, REFUND_ONLY, Fate, OrderLife, draw_fates
from liveattr.simulate.fees import charge
from liveattr.simulate.order_ids import Ids
from liveattr.simulate.settlement import bill, movements
from liveattr.simulate.world import DAY_US, LIVE, NORMAL

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = ["GIFT_SKU", "STATES", "OrderLife", "Orders", "live_on"]

STATES = ("created", "paid", "shipped", "finished", "cancelled", "closed")
"""States of an order by code; `cancelled` was never paid, `closed` gave all money back."""
CLAIM_STATES = ("applied", "done", "withdrawn")
GIFT_SKU = -1
"""SKU code of a gift row: a sachet that is no product."""

_UNPAID_US = 1_800_000_000
"""An order that nobody pays closes after half an hour."""


@dataclass(frozen=True)
class Orders:
    """What there is of some orders; 0 in a time means that it was not yet so. Money in fen.

    Attributes
    ----------
    headers
        One row an order, as `Segment.orders` (`order, person, day, path, place, broadcast, kind`)
        and `order_id, created_us, paid_us, shipped_us, finished_us, closed_us, updated_us, state`
        (code of `STATES`), `list_fen, paid_fen` (postage included), `postage_fen, shop_fen,
        platform_fen, author_fen`, `before_shipping`: closed before the parcel left.
    lines
        `order, line` (1, 2; 3 is a gift row), `line_id, sku, qty, list_fen, shop_fen,
        platform_fen, author_fen, paid_fen, is_gift`.
    claims
        `claim_id, order, type` (before_shipping, refund_only, return_refund), `state` (code of
        `CLAIM_STATES`), `applied_us, done_us, updated_us, refund_fen` (postage included),
        `postage_fen, platform_fen, author_fen` (subsidies that go back), `said` (the claim says
        so; else only the account does), `qty, reason`.
    claim_lines
        `claim_id, order, line, line_id, refund_fen, platform_fen, author_fen, qty`.
    settlements, ledger
        Bills and account movements of Douyin; see `settlement`.
    """

    headers: pd.DataFrame
    lines: pd.DataFrame
    claims: pd.DataFrame
    claim_lines: pd.DataFrame
    settlements: pd.DataFrame
    ledger: pd.DataFrame


def live_on(orders: pd.DataFrame, world: World) -> Orders:
    """Let orders live on until the end of the world.

    Parameters
    ----------
    orders
        As `Segment.orders`.

    Returns
    -------
    Orders
        What had happened by `world.end_us`, each order from its own row alone; one that is placed
        later (a show may cross the last midnight) is not in it.
    """
    orders = orders[orders["created_us"] < world.end_us].reset_index(drop=True)
    lines = price_lines(orders, world)
    fate = draw_fates(orders, lines, world)
    fees = charge(orders, lines, fate, world)
    ids = Ids(orders)
    said = _said(orders, lines, fate, world)
    headers = _headers(orders, lines, fate, ids, world)
    claims, claim_lines = _claim_frames(orders, lines, fate, said, ids, world)
    settlements = bill(orders, lines, fate, fees, ids.order, ids.line, world)
    return Orders(
        headers,
        _line_frame(orders, lines, ids, world),
        claims,
        claim_lines,
        settlements,
        movements(orders, fate, fees, ids.order, ids.line, world),
    )


def _seen(us: Ints, world: World, when: Flags) -> Ints:
    """Return times that have come by the end of the world, else 0."""
    return np.where(when & (us < world.end_us), us, 0)


def _headers(
    orders: pd.DataFrame, lines: Lines, fate: Fate, ids: Ids, world: World
) -> pd.DataFrame:
    created = orders["created_us"].to_numpy() // 1_000_000 * 1_000_000
    there = lines.qty > 0
    whole = ((fate.paid_back == lines.paid) | ~there).all(axis=1) & fate.paid
    first = np.where(fate.claim != KEPT, fate.applied_us, np.iinfo(np.int64).max).min(axis=1)
    returned = whole & (first < fate.received_us)
    last = np.where(fate.claim != KEPT, fate.done_us, 0).max(axis=1)
    paid = _seen(fate.paid_us, world, fate.paid)
    shipped = _seen(fate.shipped_us, world, fate.paid & ~fate.cancelled)
    finished = _seen(fate.received_us, world, fate.paid & ~fate.cancelled & ~returned)
    unpaid = _seen(created + _UNPAID_US, world, ~fate.paid)
    closed = _seen(last, world, whole)
    updated = np.stack([created, paid, shipped, finished, unpaid, closed]).max(axis=0)
    state = np.select(
        [closed > 0, unpaid > 0, finished > 0, shipped > 0, paid > 0], [5, 4, 3, 2, 1], 0
    )
    keep = ["order", "person", "day", "path", "place", "broadcast", "kind"]
    return orders[keep].assign(
        order_id=_series(ids.order),
        created_us=created,
        paid_us=paid,
        shipped_us=shipped,
        finished_us=finished,
        closed_us=np.maximum(closed, unpaid),
        updated_us=updated,
        state=state.astype(np.int8),
        before_shipping=fate.cancelled,
        list_fen=lines.listed.sum(axis=1),
        paid_fen=lines.paid.sum(axis=1) + lines.postage,
        postage_fen=lines.postage,
        shop_fen=lines.shop.sum(axis=1),
        platform_fen=lines.platform.sum(axis=1),
        author_fen=lines.author.sum(axis=1),
    )


def _series(text: pa.Array) -> pd.Series:
    return pd.Series(text, dtype=pd.ArrowDtype(pa.string()))


def _line_frame(orders: pd.DataFrame, lines: Lines, ids: Ids, world: World) -> pd.DataFrame:
    n = len(orders)
    gift = _gifts(orders, world)
    there = np.column_stack([lines.qty > 0, gift])
    row, which = np.nonzero(there)
    column = np.minimum(which, 1)
    real = which < 2

    def money(values: Ints) -> Ints:
        return np.where(real, values[row, column], 0)

    sku = np.where(real, lines.sku[row, column], GIFT_SKU)
    place = orders["place"].to_numpy()[row]
    return pd.DataFrame(
        {
            "order": orders["order"].to_numpy()[row] if n else np.empty(0, dtype=np.int64),
            "line": (which + 1).astype(np.int8),
            "line_id": _series(ids.line(row, which + 1, _sku_text(sku, place, world))),
            "sku": sku,
            "qty": np.where(real, lines.qty[row, column], 1),
            "list_fen": money(lines.listed),
            "shop_fen": money(lines.shop),
            "platform_fen": money(lines.platform),
            "author_fen": money(lines.author),
            "paid_fen": money(lines.paid),
            "is_gift": ~real,
        }
    )


def _sku_text(sku: Ints, place: Ints, world: World) -> pd.Series:
    """Return what follows the order number in a line's id in the Channels shop."""
    names = np.append(world.goods["sku_channels"].to_numpy(dtype=object), "90000000001-gift")
    return pd.Series(names[sku], dtype=pd.ArrowDtype(pa.string()))


def _gifts(orders: pd.DataFrame, world: World) -> Flags:
    block = world.parameters.order_life
    drawn = cell_of(world, "gift", orders)[0]
    live = orders["path"].isin(LIVE).to_numpy() & (orders["kind"].to_numpy() == NORMAL)
    return live & (drawn < block.gift) & block.on


def _said(orders: pd.DataFrame, lines: Lines, fate: Fate, world: World) -> Flags:
    """Tell whose claims name the subsidy that goes back; for the others only the account does."""
    claimed = fate.claim != KEPT
    after = (~claimed | (fate.done_us >= fate.settled_us[:, None])).all(axis=1)
    silent = cell_of(world, "gift", orders)[1] < 0.3
    return ~(after & silent & (orders["place"].to_numpy() == 0))


def _claim_frames(
    orders: pd.DataFrame, lines: Lines, fate: Fate, said: Flags, ids: Ids, world: World
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return claims and their lines.

    Before shipping one claim is for the whole order, except in the Channels shop, where each
    claim is for one SKU.
    """
    claim, place = fate.claim.copy(), orders["place"].to_numpy()
    done, applied = fate.done_us, fate.applied_us
    withdrawn = _withdrawn(orders, fate, world)
    claim[withdrawn, 0] = REFUND_ONLY
    open_ = (claim != KEPT) & fate.paid[:, None] & (applied < world.end_us)
    row, which = np.nonzero(open_)
    whole = (claim[row, 0] == BEFORE) & (place[row] != 1)
    number = np.where(whole, 0, which)
    back = ~withdrawn[row]
    cells_ = {
        "refund_fen": np.where(back, fate.paid_back[row, which], lines.paid[row, which]),
        "platform_fen": fate.platform_back[row, which],
        "author_fen": fate.author_back[row, which],
        "qty": np.where(
            fate.pieces_back[row, which] > 0, fate.pieces_back[row, which], lines.qty[row, which]
        ),
    }
    sku = _sku_text(lines.sku[row, which], place[row], world)
    line = pd.DataFrame(
        {
            "claim_id": _series(ids.claim(row, 10 * (number + 1))),
            "order": orders["order"].to_numpy()[row],
            "line": (which + 1).astype(np.int8),
            "line_id": _series(ids.line(row, which + 1, sku)),
            **cells_,
        }
    )
    post = np.where(whole & (which == 0), lines.postage[row], 0)
    ended = np.where(withdrawn[row], applied[row, which] + DAY_US, done[row, which])
    seen = ended < world.end_us
    state = np.where(seen, np.where(withdrawn[row], 2, 1), 0)
    types = np.array(["", "before_shipping", "refund_only", "return_refund"], dtype=object)
    frame = line.assign(
        type=types[claim[row, which]],
        state=state.astype(np.int8),
        applied_us=applied[row, which],
        done_us=np.where(state == 1, ended, 0),
        updated_us=np.where(seen, ended, applied[row, which]),
        postage_fen=post,
        said=said[row],
        reason=_reasons(orders, claim, world)[row],
    )
    frame["refund_fen"] += frame["postage_fen"]
    moneys = ["refund_fen", "postage_fen", "platform_fen", "author_fen", "qty"]
    other = (whole & (which == 1)).nonzero()[0]
    if len(other):  # the second line's money goes into the claim of the first
        frame.loc[other - 1, moneys] = (
            frame.loc[other - 1, moneys].to_numpy() + frame.loc[other, moneys].to_numpy()
        )
        frame = frame.drop(index=other)
    columns = [c for c in frame.columns if c not in ("line", "line_id")]
    return frame[columns].reset_index(drop=True), line


def _withdrawn(orders: pd.DataFrame, fate: Fate, world: World) -> Flags:
    block = world.parameters.order_life
    drawn = cell_of(world, "gift", orders)[2]
    kept = (fate.claim == KEPT).all(axis=1) & fate.paid & (orders["kind"].to_numpy() == NORMAL)
    return kept & (drawn < block.withdrawn) & block.on


def _reasons(orders: pd.DataFrame, claim: Ints, world: World) -> Ints:
    """Return a code of the reason: 1 not liked, 2 quality, 3 late, 4 other."""
    drawn = cell_of(world, "gift", orders)[3]
    usual = np.select([drawn < 0.6, drawn < 0.75, drawn < 0.85], [1, 2, 3], 4)
    return np.where(fault_of(orders, world, "logistics") > 0, 3, usual)
