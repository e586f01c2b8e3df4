"""The steps from a need to an order, in their order, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.stocking.budget import fit_budget
from liveattr.stocking.lots import EASE, Lots, gain_of, up_to_pack
from liveattr.stocking.newsvendor import quantile_at
from liveattr.stocking.order_reasons import Reason
from liveattr.stocking.policy import OrderPolicy
from liveattr.stocking.rounding import meet_minimum, round_order
from liveattr.stocking.windows import Window

__all__ = ["Bought", "buy"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOST = 1e9
"""[pieces] No order is larger."""
DEEP = 0.999
"""A supplier's minimum never lifts a SKU beyond this quantile of its window."""


@dataclass(frozen=True)
class Bought:
    """Orders after all steps."""

    qty: Floats
    need: Floats
    target: Floats
    reasons: dict[str, Reason]


def buy(
    lots: Lots,
    goods: pd.DataFrame,
    window: Window,
    addable: Flags,
    target: Floats,
    rules: OrderPolicy,
) -> Bought:
    """Return orders that can be placed.

    Parameters
    ----------
    lots
        What may be ordered and what it is worth; `most` is set here.
    goods
        Of `clean_stock`.
    window
        Demand of lead time plus review period.
    addable
        SKUs of which more may be taken to reach a supplier's minimum.
    target
        [pieces] Order-up-to level before shelf life.
    rules
        Limits and budget.
    """
    rate = window.mean / (goods["lead"] + goods["review"]).to_numpy()
    cap = rate * (goods["lead"] + rules.shelf_life_share * goods["shelf"]).to_numpy()
    cap = np.where(np.isfinite(cap), cap, np.inf)
    held = np.minimum(target, cap)
    need = held - lots.position
    shelf = _whole(cap - lots.position, lots.pack)
    cover = _whole(rate * rules.max_cover_days - lots.position, lots.pack)
    most = np.minimum(shelf, np.maximum(cover, up_to_pack(need, lots.pack)))
    lots = lots.up_to(np.where(lots.first <= most, most, 0.0))
    alone = round_order(lots, need)
    group, least = _suppliers(goods)
    full, asked = _minimum(lots, alone, addable, group, least)
    qty = _budget(lots.up_to(full), group, least, rules)
    by_shelf = (held < target) | ((need > 0) & (up_to_pack(need, lots.pack) > shelf))
    by_shelf |= (need > 0) & (lots.first > shelf)
    if "min_order" in asked:
        raised, fen = asked["min_order"]
        asked["min_order"] = (raised & (qty > 0), fen)
    reasons = {
        **_rounded(lots, goods, need, alone, qty, by_shelf),
        **asked,
        "budget": (full > qty, (full - qty,)),
        "shelf_life": (by_shelf, (goods["shelf"].fillna(0.0).to_numpy(),)),
    }
    return Bought(qty, need, held, reasons)


def _whole(units: Floats, pack: Floats) -> Floats:
    """Whole packs downwards."""
    return np.floor(np.clip(units, 0.0, MOST) / pack + EASE) * pack


def _rounded(
    lots: Lots, goods: pd.DataFrame, need: Floats, alone: Floats, qty: Floats, by_shelf: Flags
) -> dict[str, Reason]:
    """Return the reasons of packs and of the least order."""
    pack, moq = lots.pack, goods["moq"].to_numpy()
    large = (lots.first > pack) & (lots.first > up_to_pack(need, pack))
    waits = (need > 0) & (alone == 0) & ~by_shelf
    return {
        "moq_too_much": (waits & large, (moq,)),
        "moq": ((qty > 0) & (alone > 0) & large, (moq,)),
        "pack_too_much": (waits & ~large, (pack,)),
        "pack": ((qty > 0) & (pack > 1) & (qty != np.ceil(need - EASE)), (pack,)),
    }


def _minimum(
    lots: Lots, qty: Floats, addable: Flags, group: NDArray[np.int64], least: Floats
) -> tuple[Floats, dict[str, Reason]]:
    """Reach the suppliers' minima with what has a cost; return orders and reasons."""
    if not (least > 0).any():
        return qty, {}
    at = np.flatnonzero(lots.cost > 0)
    room = np.where(addable, np.minimum(lots.most, _deep(lots)), qty)
    room = np.where(room >= lots.first, room, qty)
    some, more, less = meet_minimum(lots.up_to(room).take(at), qty[at], group[at], least)
    added, dropped = np.zeros(len(qty), bool), np.zeros(len(qty), bool)
    added[at], dropped[at] = more & (some > 0), less
    fen = np.where(group >= 0, least[np.maximum(group, 0)], 0.0)
    reasons: dict[str, Reason] = {
        "min_order": (added, (fen,)),
        "min_order_too_much": (dropped, (fen,)),
    }
    return _put(qty, at, some), reasons


def _deep(lots: Lots) -> Floats:
    return _whole(quantile_at(lots.curves, DEEP) - lots.position, lots.pack)


def _suppliers(goods: pd.DataFrame) -> tuple[NDArray[np.int64], Floats]:
    """Return the number of each SKU's supplier, and what each supplier asks for."""
    code, names = pd.factorize(goods["supplier_id"], sort=True)
    least = np.zeros(len(names))
    inside = code >= 0
    np.maximum.at(least, code[inside], goods["min_order_fen"].to_numpy()[inside])
    return code.astype(np.int64), least


def _budget(lots: Lots, group: NDArray[np.int64], least: Floats, rules: OrderPolicy) -> Floats:
    """Fit what has a cost into the budget.

    Suppliers that fall below their minimum by it are left out, the poorer half of them first, and
    what they would have cost goes to the others.
    """
    if rules.budget_fen is None:
        return lots.most
    at = np.flatnonzero(lots.cost > 0)
    some, team, allowed = lots.take(at), group[at], lots.most[at]
    inside = team >= 0
    while True:
        qty = fit_budget(some.up_to(allowed), rules.budget_fen)
        value = _sums(qty * some.cost, team, len(least))
        below = (value > 0) & (value < least)
        if not below.any():
            return _put(lots.most, at, qty)
        gain = _sums(gain_of(some, qty), team, len(least)) / np.maximum(value, 1.0)
        poor = below & (gain <= np.median(gain[below]))
        allowed = np.where(inside & poor[np.maximum(team, 0)], 0.0, allowed)


def _sums(value: Floats, team: NDArray[np.int64], teams: int) -> Floats:
    inside = team >= 0
    return np.asarray(np.bincount(team[inside], value[inside], minlength=teams), float)


def _put(into: Floats, at: NDArray[np.int64], value: Floats) -> Floats:
    out = into.copy()
    out[at] = value
    return out
