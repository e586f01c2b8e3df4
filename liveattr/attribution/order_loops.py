"""Loops of the choice of an order, compiled by numba on first use; imported inside functions only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = ["add_counts", "hash_paths", "new_paths", "number_grams", "predict"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

_TIMES = np.uint64(0x9E3779B97F4A7C15)
_MORE = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(29)


@compiled
def hash_paths(codes: Codes, starts: Ints, out: NDArray[np.uint64]) -> None:
    """Write a number for each path that equal paths share."""
    for row in range(starts.shape[0] - 1):
        key = np.uint64(starts[row + 1] - starts[row]) * _TIMES + _MORE
        for at in range(starts[row], starts[row + 1]):
            key = (key ^ np.uint64(codes[at] + 1)) * _TIMES
            key = (key ^ (key >> _SHIFT)) * _MORE
        out[row] = key ^ (key >> _SHIFT)


@compiled
def new_paths(codes: Codes, starts: Ints, order: Ints, new: NDArray[np.bool_]) -> None:
    """Mark the rows that, in this order, are another path than the row before."""
    for turn in range(1, order.shape[0]):
        row, before = order[turn], order[turn - 1]
        length = starts[row + 1] - starts[row]
        differs = length != starts[before + 1] - starts[before]
        step = 0
        while not differs and step < length:
            differs = codes[starts[row] + step] != codes[starts[before] + step]
            step += 1
        new[turn] = differs


@compiled
def number_grams(
    symbols: Codes, starts: Ints, shorter: Codes, length: int, base: int, slots: Ints, keys: Ints,
    out: Codes,
) -> int:  # fmt: skip
    """Give numbers to the last `length` symbols at each place, -1 where there are fewer.

    `shorter` are the numbers of one symbol less. Return how many there are, or -1 if the table
    `slots` is half full.
    """
    mask = slots.shape[0] - 1
    n = 0
    for row in range(starts.shape[0] - 1):
        for at in range(starts[row], starts[row + 1]):
            if at - starts[row] < length - 1:
                out[at] = -1
                continue
            key = np.int64(shorter[at - 1]) * base + symbols[at]
            slot = np.int64(((np.uint64(key) * _TIMES) >> np.uint64(20)) & np.uint64(mask))
            while slots[slot] != 0 and keys[slots[slot] - 1] != key:
                slot = (slot + 1) & mask
            if slots[slot] == 0:
                if 2 * n >= mask:
                    return -1
                keys[n] = key
                n += 1
                slots[slot] = n
            out[at] = slots[slot] - 1
    return n


@compiled
def add_counts(
    grams: Codes, starts: Ints, rows: Ints, folds: Ints, conversions: Floats, nulls: Floats,
    seen: Floats, ends: Floats,
) -> None:  # fmt: skip
    """Add up, by fold, how often each gram was there, and how often the path ended after it."""
    for item in range(rows.shape[0]):
        row, fold = rows[item], folds[item]
        weight = conversions[item] + nulls[item]
        last = starts[row + 1] - 1
        for at in range(starts[row], last + 1):
            if grams[at] >= 0:
                seen[grams[at], fold] += weight
        if grams[last] >= 0 and ends.shape[0] > 0:
            ends[grams[last], 0, fold] += conversions[item]
            ends[grams[last], 1, fold] += nulls[item]


@compiled
def predict(
    grams: Codes, starts: Ints, rows: Ints, folds: Ints, seen: Floats, ends: Floats,
    strength: float, uniform: float, touches: Floats, finals: Floats,
) -> None:  # fmt: skip
    """Write the log-likelihood of the touches, and the probabilities of both ends, by order.

    `grams[m, place]` are the last m symbols at a place, -1 where there are fewer; `seen[gram, fold]`
    and `ends[gram, end, fold]` count outside of the fold.
    """
    most = touches.shape[1]
    for item in range(rows.shape[0]):
        row, fold = rows[item], folds[item]
        last = starts[row + 1] - 1
        whole = seen[0, fold] + strength
        for at in range(starts[row] + 1, last + 1):
            chance = (seen[grams[1, at], fold] + strength * uniform) / whole
            logged = 0.0
            for order in range(1, most + 1):
                context = grams[order, at - 1]
                if context >= 0:
                    count = seen[grams[order + 1, at], fold] + strength * chance
                    chance = count / (seen[context, fold] + strength)
                    logged = np.log(chance)
                touches[item, order - 1] += logged
        for end in range(2):
            chance = (ends[0, end, fold] + strength * uniform) / whole
            for order in range(1, most + 1):
                context = grams[order, last]
                if context >= 0:
                    count = ends[context, end, fold] + strength * chance
                    chance = count / (seen[context, fold] + strength)
                finals[item, order - 1, end] = chance
