"""From the effect of watching to orders: how many would not have come, and which part of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.incrementality.exposure_effect import HazardFit
from liveattr.incrementality.panel import PersonDays

__all__ = ["room_orders", "split_orders"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAYS_BACK = 10
"""[days] What was watched earlier is forgotten."""


def room_orders(fit: HazardFit, panel: PersonDays, *, since: int = 0) -> Floats:
    """Draw the gross effect of each room [orders], shape (draws, rooms).

    Parameters
    ----------
    fit, panel
        Of the same days.
    since
        Broadcasts from this day on are told, in orders from this day on.

    Notes
    -----
    Σ over the orders of linked people of 1 - chance(without the room) ÷ chance(with it), where the log-odds
    without it are less by effect × memory; over the share of viewers who are seen, times orders of all ÷
    orders of linked people. It
    assumes that the others react as linked people do, order for order. What the room brings together
    with another one is counted with both: it would not have come without either.
    """
    pairs = _pairs(panel, since)
    found = np.zeros_like(fit.effect)
    for room in range(len(fit.rooms)):
        mine = pairs[pairs["room"] == room]
        seen = np.zeros(len(panel.order_key), dtype=np.int64)
        np.bitwise_or.at(seen, mine["at"].to_numpy(), 1 << mine["back"].to_numpy())
        pattern, which, count = np.unique(seen[seen > 0], return_inverse=True, return_counts=True)
        chance = np.bincount(which, fit.chance[seen > 0]) / count
        bits = (pattern[:, None] >> np.arange(_DAYS_BACK + 1)) & 1
        fades = fit.keeps[:, [room]] ** np.arange(_DAYS_BACK + 1)
        less = _lost(fit.effect[:, [room]] * (fades @ bits.T), chance)
        found[:, room] = (less * count).sum(axis=1) / fit.seen_share[:, room]
    return found * _all_for_linked(panel, since)


def split_orders(fit: HazardFit, panel: PersonDays, *, since: int = 0) -> pd.DataFrame:
    """Return the part of each order that is due to each broadcast its buyer was seen in.

    Parameters
    ----------
    fit, panel, since
        As for `room_orders`.

    Returns
    -------
    DataFrame
        One row an order and broadcast: `order_key` (code in `dimension`), `person` (row of the panel),
        `day`, `room`, `broadcast_id`, `alone` (the part of the order that would not have come without this
        broadcast, all others as they were) and `weight` (its share of what would not have come without
        any of them: the weights of an order add up to that).

    Notes
    -----
    The shares are those of Aumann and Shapley: broadcasts enter together, each in proportion to its size,
    so weight = lost(S) s ÷ S with s = effect × memory of one broadcast, S of all, and lost(S) = 1 -
    chance without ÷ chance with. It is Shapley's
    value of many small parts, in one formula. Weights are of linked buyers who were seen: to all orders of
    the shop they are scaled up by `room_orders`.
    """
    pairs = _pairs(panel, since)
    effect, keeps = fit.effect.mean(0), fit.keeps.mean(0)
    room, at = pairs["room"].to_numpy(), pairs["at"].to_numpy()
    size = np.maximum(effect[room], 0) * keeps[room] ** pairs["back"].to_numpy()
    whole = np.bincount(at, size, minlength=len(panel.order_key))[at]
    share = np.divide(
        _lost(whole, fit.chance[at]), whole, out=np.zeros_like(whole), where=whole > 0
    )
    return pd.DataFrame(
        {
            "order_key": panel.order_key[at],
            "person": panel.order_person[at],
            "day": panel.order_day[at],
            "room": np.array(fit.rooms, dtype=object)[room],
            "broadcast_id": np.array(panel.broadcasts, dtype=object)[pairs["broadcast"]],
            "alone": _lost(size, fit.chance[at]),
            "weight": size * share,
        }
    ).sort_values(["order_key", "broadcast_id"], ignore_index=True)


def _lost(size: Floats, chance: Floats) -> Floats:
    """Return 1 - chance without ÷ chance with, where the log-odds without are less by `size`."""
    left = np.exp(-size)
    return np.asarray(1 - left / (1 - chance + chance * left))


def _pairs(panel: PersonDays, since: int) -> pd.DataFrame:
    """Return orders with what their buyers watched before: `at` (place of the order), `room`, `back` [days]."""
    orders = pd.DataFrame(
        {
            "person": panel.order_person,
            "day": panel.order_day,
            "at": np.arange(len(panel.order_key)),
        }
    )
    seen = pd.DataFrame(
        {
            "person": panel.seen_person,
            "seen": panel.seen_day,
            "room": panel.seen_room,
            "broadcast": panel.seen_broadcast,
        }
    )
    seen = seen[(seen["seen"] >= since) & np.isin(seen["person"], panel.order_person)]
    both = orders[orders["day"] >= since].merge(seen, on="person")
    both["back"] = both["day"] - both["seen"]
    return both[(both["back"] >= 0) & (both["back"] <= _DAYS_BACK)]


def _all_for_linked(panel: PersonDays, since: int) -> float:
    linked = panel.linked_orders[since:].sum()
    return float(panel.all_orders[since:].sum() / max(linked, 1))
