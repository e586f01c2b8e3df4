"""What becomes of each order: paid, cancelled, sent, received, brought back, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from liveattr.simulate.coupons import Flags, Ints, Lines, cell_of, fault_of
from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.world import BRUSHED, DAY_US, KOL, OWN, SECOND, TESTED

if TYPE_CHECKING:
    from liveattr.simulate.streams import Uniforms
    from liveattr.simulate.world import World

__all__ = ["BEFORE", "KEPT", "REFUND_ONLY", "RETURN", "Fate", "OrderLife", "draw_fates"]

KEPT, BEFORE, REFUND_ONLY, RETURN = range(4)
"""What is claimed on a line: nothing; money before the parcel left; money alone; money for goods."""

_DESIGN = "reference design of the world"
_SECOND_US = 1_000_000
_HOUR_US = 3600 * _SECOND_US


@dataclass(frozen=True)
class OrderLife(Block):
    """Chances and lags; with `on=False` everybody pays, and nothing comes back."""

    pay: float = knob(0.92, 0, 1, "orders that are paid", source=_DESIGN)
    cancel: float = knob(0.03, 0, 1, "paid orders cancelled before shipping", source=_DESIGN)
    refund: float = knob(
        0.12, 0.001, 0.99, "paid orders with money back, cancelled ones included", source=_DESIGN
    )
    refund_live: float = knob(0.30, 0.001, 0.99, "… bought through an own room", source=_DESIGN)
    refund_kol: float = knob(0.40, 0.001, 0.99, "… bought through a KOL show", source=_DESIGN)
    refund_size: float = knob(0.15, -2, 2, "log-odds of a refund for each piece more")
    refund_first: float = knob(0.25, -2, 2, "… for a first purchase")
    refund_late: float = knob(3.0, 0, 10, "… for a fault of the delivery of strength 1")
    lag_low: float = knob(
        3, 2.5, 60, "shortest time from payment to money back", unit="days", source=_DESIGN
    )
    lag_high: float = knob(
        15, 3, 120, "longest time from payment to money back", unit="days", source=_DESIGN
    )
    returned: float = knob(0.75, 0, 1, "refunds after shipping for which goods come back")
    partial: float = knob(0.5, 0, 1, "refunds of money alone that are a part of it")
    fewer: float = knob(0.3, 0, 1, "returns of several pieces that keep some")
    both_lines: float = knob(0.4, 0, 1, "refunds of two lines that concern both")
    withdrawn: float = knob(0.02, 0, 1, "kept orders with a claim that the buyer withdraws")
    gift: float = knob(0.10, 0, 1, "orders of a room with a free gift in the parcel")


@dataclass(frozen=True)
class Fate:
    """Aligned with the orders; times in µs UTC, whole seconds, planned as if nothing went before.

    `shipped_us` of an order that is cancelled, and all times of one that is not paid, mean
    nothing. Of each line, shape (n, 2): `claim` (a code), when it was `applied_us` and `done_us`,
    the money that comes back (`paid_back`, `platform_back`, `author_back`) and `pieces_back`.
    """

    paid: Flags
    cancelled: Flags
    paid_us: Ints
    shipped_us: Ints
    received_us: Ints
    settled_us: Ints
    claim: Ints
    applied_us: Ints
    done_us: Ints
    paid_back: Ints
    platform_back: Ints
    author_back: Ints
    pieces_back: Ints

    @property
    def back(self) -> Ints:
        """Goods money that the shop loses: to the buyer and to who gave subsidies."""
        return self.paid_back + self.platform_back + self.author_back


def draw_fates(orders: pd.DataFrame, lines: Lines, world: World) -> Fate:
    """Draw the fate of orders; each depends on its own row and cells only.

    Parameters
    ----------
    orders
        As `Segment.orders`.
    lines
        Their prices, from `price_lines`.
    """
    block = world.parameters.order_life
    pay, claimed, what, which = cell_of(world, "fate", orders)
    late = fault_of(orders, world, "logistics")
    odds = _refund_share(orders, lines, late, world)
    brushed = orders["kind"].to_numpy() == BRUSHED
    tested = orders["kind"].to_numpy() == TESTED
    refunded = (claimed < odds) & ~tested
    cancelled = refunded & (claimed < block.cancel) & ~brushed | tested
    paid = (pay < block.pay) | brushed | tested | (not block.on)
    if not block.on:
        refunded, cancelled = refunded & brushed, tested
    claim = _claims(lines, cancelled, refunded, what, which, brushed, world)
    times = _times(orders, late, claim, world)
    shares = _shares(lines, claim, cell_of(world, "part back", orders), brushed, world)
    return Fate(paid, cancelled, *times, *shares)


def _refund_share(orders: pd.DataFrame, lines: Lines, late: Uniforms, world: World) -> Uniforms:
    """Return the chance that money comes back."""
    block = world.parameters.order_life
    path = orders["path"].to_numpy()
    base = np.select(
        [path == KOL, np.isin(path, (OWN, SECOND))],
        [block.refund_kol, block.refund_live],
        block.refund,
    )
    pieces = lines.qty.sum(axis=1)
    first = orders["first"].to_numpy().astype(float)
    odds: Uniforms = np.log(base / (1 - base)) + block.refund_size * (pieces - 1.25)
    odds += block.refund_first * (first - 0.4) + block.refund_late * late
    share = 1 / (1 + np.exp(-odds))
    brushed = orders["kind"].to_numpy() == BRUSHED
    chance: Uniforms = np.where(brushed, world.parameters.brushing.refunded, share)
    return chance


def _claims(
    lines: Lines,
    cancelled: Flags,
    refunded: Flags,
    what: Uniforms,
    which: Uniforms,
    brushed: Flags,
    world: World,
) -> Ints:
    """Return what is claimed on each line, shape (n, 2)."""
    block = world.parameters.order_life
    there = lines.qty > 0
    two = there[:, 1]
    one = 1 - block.both_lines
    on_first = ~two | (which >= one / 2)
    on_second = two & ((which < one / 2) | (which >= one))
    after = np.where((what < block.returned) & ~brushed, RETURN, REFUND_ONLY)
    claim = np.stack([on_first | brushed, on_second | brushed], axis=1) * after[:, None]
    claim = np.where(refunded[:, None], claim, KEPT)
    claim = np.where(cancelled[:, None], BEFORE, claim)
    return np.where(there, claim, KEPT).astype(np.int64)


def _times(orders: pd.DataFrame, late: Uniforms, claim: Ints, world: World) -> tuple[Ints, ...]:
    """Return paid, shipped, received, settled, claim, and when it was applied and done."""
    block = world.parameters.order_life
    wait, ship, receive, settle = cell_of(world, "clock", orders)
    lag, run, start, other = cell_of(world, "claim clock", orders)
    created = orders["created_us"].to_numpy() // _SECOND_US * _SECOND_US
    paid = created + _us(5 / 86400 + wait**4 * 840 / 86400)
    shipped = paid + _us((8 + 40 * ship + 60 * late) / 24)
    received = shipped + _us(3 + 7 * receive)
    back = paid + _us(block.lag_low + (block.lag_high - block.lag_low) * lag**1.5)
    lines_lag = np.stack([np.zeros(len(orders)), 3 * other], axis=1)
    running = np.where(claim == RETURN, 1 + 2.5 * run[:, None], 0.1 + run[:, None])
    applied = np.maximum(back[:, None] + _us(lines_lag - running), shipped[:, None] + 6 * _HOUR_US)
    done = np.maximum(back[:, None] + _us(lines_lag), applied + _HOUR_US)
    soon = paid + (start * 0.8 * (shipped - paid) / _SECOND_US).astype(np.int64) * _SECOND_US
    before = claim == BEFORE
    applied = np.where(before, soon[:, None], applied)
    done = np.where(before, soon[:, None] + _us((120 + 3000 * run[:, None]) / 86400), done)
    settled = received + _us(1 + 3 * settle)
    waits = (claim != KEPT) & (applied <= settled[:, None])
    latest = np.where(waits, done + DAY_US, 0).max(axis=1, initial=0)
    return paid, shipped, received, np.maximum(settled, latest), claim, applied, done


def _us(days: Uniforms) -> Ints:
    return (days * 86400).astype(np.int64) * _SECOND_US


def _shares(
    lines: Lines, claim: Ints, cell: Uniforms, brushed: Flags, world: World
) -> tuple[Ints, ...]:
    """Return what comes back of each line: paid, platform, author money, pieces."""
    block = world.parameters.order_life
    fewer, pieces, partial, size = (one[:, None] for one in cell)
    some = 1 + (pieces * (lines.qty - 1)).astype(np.int64)
    kept_some = (claim == RETURN) & (lines.qty > 1) & (fewer < block.fewer)
    came = np.where(kept_some, np.minimum(some, np.maximum(lines.qty - 1, 1)), lines.qty)
    # share of the money that goes back, as a fraction of whole numbers
    above = np.where(kept_some, came, 1)
    below = np.where(kept_some, lines.qty, 1)
    part = (claim == REFUND_ONLY) & (partial < block.partial) & ~brushed[:, None]
    above = np.where(part, 10 + (size * 41).astype(np.int64), above)
    below = np.where(part, 100, below)
    above = np.where(claim == KEPT, 0, above)
    moneys = [m * above // below for m in (lines.paid, lines.platform, lines.author)]
    goods = (claim == RETURN) | (claim == BEFORE)
    return *moneys, np.where(goods, came, 0)
