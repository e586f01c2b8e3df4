"""Loops over sets of channels, compiled by numba on first use; imported inside functions only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = ["divide", "first_touches", "number_sets", "person_squares", "plant", "slopes_of"]

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]


@compiled
def first_touches(codes: Codes, starts: Ints, n_channels: int, shares: Floats, ranks: Ints) -> None:
    """Write share and rank of each touch: 1 / distinct channels of the path where one is new.

    A later touch of a channel has share 0 and the rank of its first one.
    """
    latest = np.full(n_channels, -1, np.int64)
    rank_of = np.zeros(n_channels, np.int64)
    for row in range(starts.shape[0] - 1):
        n = 0
        for at in range(starts[row], starts[row + 1]):
            code = codes[at]
            if latest[code] != row:
                latest[code] = row
                rank_of[code] = n
                n += 1
                shares[at] = 1.0
            else:
                shares[at] = 0.0
            ranks[at] = rank_of[code]
        for at in range(starts[row], starts[row + 1]):
            shares[at] /= n


@compiled
def number_sets(
    codes: Codes, starts: Ints, tokens: Keys, slots: Ints, found: Ints, out: Codes
) -> int:
    """Give the set of channels of each path a number by first appearance.

    Returns how many, or -1 if the table of slots is half full. `found` gets the row where each set
    was first met. Two sets with the same key are told apart by their channels.
    """
    mask = np.uint64(slots.shape[0] - 1)
    latest = np.full(tokens.shape[0], -1, np.int64)
    keys = np.empty(found.shape[0], np.uint64)
    sizes = np.empty(found.shape[0], np.int64)
    n = 0
    for row in range(starts.shape[0] - 1):
        key, size = np.uint64(0), 0
        for at in range(starts[row], starts[row + 1]):
            if latest[codes[at]] != row:
                latest[codes[at]] = row
                key ^= tokens[codes[at]]
                size += 1
        slot = np.int64(key & mask)
        while slots[slot] != 0:
            known = slots[slot] - 1
            if keys[known] == key and sizes[known] == size:
                same = True
                for at in range(starts[found[known]], starts[found[known] + 1]):
                    if latest[codes[at]] != row:
                        same = False
                        break
                if same:
                    break
            slot = (slot + 1) & np.int64(mask)
        if slots[slot] == 0:
            if 2 * n + 2 > slots.shape[0]:
                return -1
            found[n] = row
            keys[n] = key
            sizes[n] = size
            n += 1
            slots[slot] = n
        out[row] = slots[slot] - 1
    return n


@compiled
def plant(members: Codes, cuts: Ints, codes: Codes, ends: Ints, sets: Ints) -> int:
    """Write a tree of sets that stand in lexical order, sets with the same beginning on one branch.

    Nodes stand in the order of a walk through the tree: `codes` has the channel of each, `ends`
    the node after its branch, `sets` the set that is complete there, or -1. Returns how many.
    """
    branch = np.empty(codes.shape[0], np.int64)
    n, depth = 0, 0
    for i in range(cuts.shape[0] - 1):
        size, same = cuts[i + 1] - cuts[i], 0
        while same < min(depth, size) and codes[branch[same]] == members[cuts[i] + same]:
            same += 1
        for level in range(same, depth):
            ends[branch[level]] = n
        for level in range(same, size):
            codes[n] = members[cuts[i] + level]
            sets[n] = -1
            branch[level] = n
            n += 1
        depth = size
        sets[branch[depth - 1]] = i
    for level in range(depth):
        ends[branch[level]] = n
    return n


@compiled
def _weigh(size: int, weights: Floats) -> None:
    """Write (t - 1)! (size - t)! / size! at place t, for t from 1 to size; 0 beyond."""
    weights[1] = 1.0 / size
    for t in range(1, size):
        weights[t + 1] = weights[t] * t / (size - t)
    weights[size + 1] = 0.0


@compiled
def _parts(codes: Codes, ends: Ints, sets: Ints, place: Ints, hits: Ints) -> int:
    """Write the sets of a tree whose channels all have a place; return how many."""
    at, n = 0, 0
    while at < codes.shape[0]:
        if place[codes[at]] < 0:
            at = ends[at]
            continue
        if sets[at] >= 0:
            hits[n] = sets[at]
            n += 1
        at += 1
    return n


@compiled
def divide(
    members: Codes,
    cuts: Ints,
    worth: Floats,
    wanted: NDArray[np.bool_],
    codes: Codes,
    ends: Ints,
    sets: Ints,
    place: Ints,
    shares: Floats,
) -> None:
    """Write the share of each channel in each wanted set: its Shapley value over the set's worth.

    `codes`, `ends` and `sets` are the tree of the sets, `place` has a -1 for each channel.
    """
    hits = np.empty(cuts.shape[0], np.int64)
    weights = np.zeros(place.shape[0] + 2)
    for i in range(cuts.shape[0] - 1):
        begin, size = cuts[i], cuts[i + 1] - cuts[i]
        if not wanted[i]:
            continue
        if worth[i] == 0:
            for p in range(size):
                shares[begin + p] = 1.0 / size
            continue
        for p in range(size):
            place[members[begin + p]] = p
        _weigh(size, weights)
        outside = 0.0
        for h in range(_parts(codes, ends, sets, place, hits)):
            part = hits[h]
            t = cuts[part + 1] - cuts[part]
            lost = worth[part] * weights[t + 1]
            outside += lost
            gained = worth[part] * weights[t] + lost
            for at in range(cuts[part], cuts[part + 1]):
                shares[begin + place[members[at]]] += gained
        for p in range(size):
            shares[begin + p] = (shares[begin + p] - outside) / worth[i]
            place[members[begin + p]] = -1


@compiled
def slopes_of(
    members: Codes,
    cuts: Ints,
    worth: Floats,
    amounts: Floats,
    shares: Floats,
    first: int,
    codes: Codes,
    ends: Ints,
    sets: Ints,
    place: Ints,
    out: Floats,
) -> None:
    """Add up how credit moves with the worth of each set.

    `amounts` (sets, k) are what each set shares out, `out` (sets, channels, k) is for the channels
    from `first`. The tree is that of `divide`.
    """
    is_in = np.zeros(place.shape[0], np.bool_)
    hits = np.empty(cuts.shape[0], np.int64)
    weights = np.zeros(place.shape[0] + 2)
    until, k = first + out.shape[1], out.shape[2]
    for i in range(cuts.shape[0] - 1):
        begin, size = cuts[i], cuts[i + 1] - cuts[i]
        touched = False
        for p in range(size):
            touched |= first <= members[begin + p] < until
        if not touched or worth[i] == 0:
            continue
        for p in range(size):
            place[members[begin + p]] = p
        _weigh(size, weights)
        for h in range(_parts(codes, ends, sets, place, hits)):
            part = hits[h]
            t = cuts[part + 1] - cuts[part]
            for at in range(cuts[part], cuts[part + 1]):
                is_in[members[at]] = True
            for p in range(size):
                code = members[begin + p]
                if first <= code < until:
                    slope = weights[t] if is_in[code] else -weights[t + 1]
                    slope -= shares[begin + p] if part == i else 0.0
                    for c in range(k):
                        out[part, code - first, c] += amounts[i, c] / worth[i] * slope
            for at in range(cuts[part], cuts[part + 1]):
                is_in[members[at]] = False
        for p in range(size):
            place[members[begin + p]] = -1


@compiled
def person_squares(
    sets: Ints,
    amounts: Floats,
    surprise: Floats,
    shares: Floats,
    slopes: Floats,
    order: Ints,
    ends: NDArray[np.bool_],
    out: Floats,
) -> None:
    """Add up the squares of what each person brings to the credit of each channel.

    `sets` has the set of each row or -1; `surprise` the conversions beyond what the set's rate
    gives; `shares` (sets, channels), `slopes` (sets, channels, k) and `amounts` (rows, k) belong
    together.
    """
    n_channels, k = out.shape
    sums = np.zeros((n_channels, k))
    for turn in range(order.shape[0]):
        row = order[turn]
        i = sets[row]
        if i >= 0:
            for j in range(n_channels):
                for c in range(k):
                    sums[j, c] += shares[i, j] * amounts[row, c] + slopes[i, j, c] * surprise[row]
        if ends[turn]:
            for j in range(n_channels):
                for c in range(k):
                    out[j, c] += sums[j, c] * sums[j, c]
                    sums[j, c] = 0.0
