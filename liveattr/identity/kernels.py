"""The counting loops of the identity graph, compiled by numba on first use.

Imported inside functions only, so that whoever does not count does not pay for numba. All loops
stand in one file because numba's cache looks at the file's content: a function of another file
could change unnoticed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = ["count_roots", "flatten", "look_up", "rehash", "settle", "unite", "words"]

_Ints = NDArray[np.integer]
_Bytes = NDArray[np.uint8]

_LOW_32 = 0xFFFFFFFF
_GROUP = 64
"""[rows] fetched side by side."""
_START = np.uint64(0x9E3779B97F4A7C15)
_TIMES = np.uint64(0xFF51AFD7ED558CCD)
_LAST_TIMES = np.uint64(0xC4CEB9FE1A85EC53)


@compiled
def unite(parent: _Ints, left: _Ints, right: _Ints) -> int:
    """Union-find with path halving; the smaller root stays. Returns how many unions were made.

    `parent[i] <= i` always holds. An edge with an end below 0 ties nothing.
    """
    n_unions = 0
    for edge in range(left.shape[0]):
        a, b = left[edge], right[edge]
        if a < 0 or b < 0:
            continue
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a < b:
            parent[b] = a
            n_unions += 1
        elif b < a:
            parent[a] = b
            n_unions += 1
    return n_unions


@compiled
def flatten(parent: _Ints) -> None:
    """Point every node at its root. One way up is enough because `parent[i] <= i`."""
    for node in range(parent.shape[0]):
        parent[node] = parent[parent[node]]


@compiled
def count_roots(label: _Ints) -> int:
    """Count the nodes that are their own label; -1 if some label is above its node or no root."""
    n_roots = 0
    for node in range(label.shape[0]):
        root = label[node]
        if root == node:
            n_roots += 1
        elif root < 0 or root > node or label[root] != root:
            return -1
    return n_roots


@compiled
def word(data: _Bytes, start: int, stop: int) -> np.uint64:
    """Return up to eight bytes as a number, first byte highest, zeros behind a short end."""
    found = np.uint64(0)
    for at in range(start, start + 8):
        found = found << np.uint64(8)
        if at < stop:
            found = found | np.uint64(data[at])
    return found


@compiled
def words(arena: _Bytes, starts: _Ints, rows: _Ints, skip: int, out: _Ints) -> None:
    """Fill `out` with the word at byte `skip` of each identifier of `rows`."""
    for at in range(rows.shape[0]):
        row = rows[at]
        out[at] = word(arena, starts[row] + skip, starts[row + 1])


@compiled
def eight(data: _Bytes, at: int) -> np.uint64:
    """Return eight bytes as a number, last byte highest (one load of the processor)."""
    found = np.uint64(data[at])
    for byte in range(1, 8):
        found = found | (np.uint64(data[at + byte]) << np.uint64(8 * byte))
    return found


@compiled
def tag_of(data: _Bytes, start: int, stop: int, kind: int, keep: int) -> np.int64:
    """Hash kind and text to 32 bits (xor, multiply, shift), of which `keep` are used."""
    found = (_START ^ np.uint64(kind)) * _TIMES
    at = start
    while at + 8 <= stop:
        found = (found ^ eight(data, at)) * _TIMES
        found = found ^ (found >> np.uint64(29))
        at += 8
    rest = np.uint64(stop - start)
    while at < stop:
        rest = (rest << np.uint64(8)) | np.uint64(data[at])
        at += 1
    found = (found ^ rest) * _TIMES
    found = (found ^ (found >> np.uint64(33))) * _LAST_TIMES
    found = found ^ (found >> np.uint64(29))
    return np.int64(found & np.uint64(keep))


@compiled
def same(data: _Bytes, start: int, stop: int, arena: _Bytes, at: int) -> bool:
    """Return whether two texts of one length are equal, eight bytes at a time."""
    while start + 8 <= stop:
        if eight(data, start) != eight(arena, at):
            return False
        start += 8
        at += 8
    while start < stop:
        if data[start] != arena[at]:
            return False
        start += 1
        at += 1
    return True


@compiled
def approach(
    group: int,
    kinds: _Ints,
    data: _Bytes,
    offsets: _Ints,
    slots: _Ints,
    keep: int,
    starts: _Ints,
    arena: _Bytes,
    tags: _Ints,
    near: _Ints,
) -> np.int64:
    """Hash a group of rows and touch the memory that looking them up will need.

    The lines that miss the cache are then fetched side by side and not one after the other.
    Returns a number that means nothing, so that the compiler cannot leave the touching out.
    """
    mask, touched = slots.shape[0] - 1, np.int64(0)
    rows = min(tags.shape[0], kinds.shape[0] - group)
    for at in range(rows):
        row = group + at
        tags[at] = tag_of(data, offsets[row], offsets[row + 1], kinds[row], keep)
    for at in range(rows):
        near[at] = (slots[tags[at] & mask] & _LOW_32) - 1
    for at in range(rows):
        if near[at] >= 0:
            near[at] = starts[near[at]]
    for at in range(rows):
        if near[at] >= 0:
            touched += arena[min(near[at], arena.shape[0] - 1)]
            touched += arena[min(near[at] + 56, arena.shape[0] - 1)]
    return touched


@compiled
def look_up(
    kinds: _Ints,
    data: _Bytes,
    offsets: _Ints,
    slots: _Ints,
    keep: int,
    kind_of: _Ints,
    starts: _Ints,
    arena: _Bytes,
    count: int,
    insert: bool,
    out: _Ints,
) -> tuple[int, np.int64]:
    """Fill `out` with the number of each identifier; returns how many are known afterwards.

    `slots` is an open-addressing table with linear probing: the upper half of an entry is the
    hash, the lower half the number + 1; 0 is empty. Equal hashes are compared byte by byte. With
    `insert` an unknown identifier is appended, else it gets -1; so does one of kind -1 (null).
    """
    mask, touched = slots.shape[0] - 1, np.int64(0)
    tags, near = np.empty(_GROUP, dtype=np.int64), np.empty(_GROUP, dtype=np.int64)
    for row in range(kinds.shape[0]):
        if row % _GROUP == 0:
            touched += approach(row, kinds, data, offsets, slots, keep, starts, arena, tags, near)
        kind, start, stop = kinds[row], offsets[row], offsets[row + 1]
        if kind < 0:
            out[row] = -1
            continue
        tag = tags[row % _GROUP]
        at = tag & mask
        while True:
            slot = slots[at]
            if slot == 0:
                break
            if (slot >> 32) & _LOW_32 == tag:
                number = (slot & _LOW_32) - 1
                begin = starts[number]
                if (
                    kind_of[number] == kind
                    and starts[number + 1] - begin == stop - start
                    and same(data, start, stop, arena, begin)
                ):
                    break
            at = (at + 1) & mask
        if slot != 0:
            out[row] = number
        elif insert:
            slots[at] = (tag << 32) | (count + 1)
            kind_of[count] = kind
            begin = starts[count]
            arena[begin : begin + stop - start] = data[start:stop]
            starts[count + 1] = begin + stop - start
            out[row] = count
            count += 1
        else:
            out[row] = -1
    return count, touched


@compiled
def rehash(slots: _Ints, larger: _Ints) -> None:
    """Move all entries into a larger table."""
    mask = larger.shape[0] - 1
    for old in range(slots.shape[0]):
        slot = slots[old]
        if slot != 0:
            at = (slot >> 32) & _LOW_32 & mask
            while larger[at] != 0:
                at = (at + 1) & mask
            larger[at] = slot


@compiled
def settle(
    order: _Ints,
    first: int,
    slots: _Ints,
    keep: int,
    kind_of: _Ints,
    starts: _Ints,
    arena: _Bytes,
    rank: _Ints,
) -> None:
    """Renumber the identifiers from `first` on: `first + order[j]` becomes `first + j`.

    Fills `rank` (the inverse of `order`) and changes table, kinds, starts and texts in place.
    """
    n, mask = order.shape[0], slots.shape[0] - 1
    slot_of = np.empty(n, dtype=np.int64)
    for new in range(n):
        rank[order[new]] = new
    for old in range(n):
        row = first + old
        at = tag_of(arena, starts[row], starts[row + 1], kind_of[row], keep) & mask
        while (slots[at] & _LOW_32) - 1 != row:
            at = (at + 1) & mask
        slot_of[old] = at
    for old in range(n):
        at = slot_of[old]
        slots[at] = (slots[at] & ~_LOW_32) | (first + rank[old] + 1)
    base = starts[first]
    texts = arena[base : starts[first + n]].copy()
    ends = starts[first : first + n + 1].copy()
    kinds = kind_of[first : first + n].copy()
    for new in range(n):
        old = order[new]
        begin, length = ends[old] - base, ends[old + 1] - ends[old]
        at = starts[first + new]
        arena[at : at + length] = texts[begin : begin + length]
        starts[first + new + 1] = at + length
        kind_of[first + new] = kinds[old]
