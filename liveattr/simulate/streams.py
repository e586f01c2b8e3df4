"""Random numbers that stand still: every cell is addressed, so worlds differ only where they must.

Two kinds, both counter-based Philox 4x32-10 or 4x64-10 (Salmon, Moraes, Dror, Shaw 2011):

- `dense(seed, purpose, day, block)`: the generator of one day and one block of persons.
- `cells(seed, purpose, *counters)`: four uniforms at each address, wherever it lies. What happened
  before, how many threads ran and which block came first changes nothing.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "Uniforms", "cells", "dense", "philox_4x32", "words"]

BLOCK = 8192
"""[persons] Persons of one block share a stream; the block is part of the address."""

Uniforms = NDArray[np.float64]

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_CHUNK = 1 << 15


@cache
def _key(seed: int, purpose: str, bits: int) -> int:
    digest = hashlib.sha256(f"liveattr world {seed} {purpose}".encode()).digest()
    return int.from_bytes(digest[: bits // 8], "little")


def dense(seed: int, purpose: str, day: int, block: int) -> np.random.Generator:
    """Return the generator of one purpose, day and block of persons."""
    counter = [0, 0, block, day]
    return np.random.Generator(np.random.Philox(key=_key(seed, purpose, 128), counter=counter))


def philox_4x32(counter: NDArray[np.uint64], key: tuple[int, int]) -> NDArray[np.uint64]:
    """Ten rounds of Philox 4x32 on counters of shape (4, n); returns 32-bit words, same shape."""
    c0, c1, c2, c3 = (row.copy() for row in counter)
    k0, k1 = key
    for _ in range(10):
        p0, p1 = c0 * _M0, c2 * _M1
        c0 = (p1 >> _HALF) ^ c1 ^ np.uint64(k0)
        c2 = (p0 >> _HALF) ^ c3 ^ np.uint64(k1)
        c1, c3 = p1 & _LOW, p0 & _LOW
        k0, k1 = (k0 + _W0) & 0xFFFFFFFF, (k1 + _W1) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3])


def words(seed: int, purpose: str, *address: NDArray[np.integer] | int) -> NDArray[np.uint64]:
    """Return four 32-bit words at each address of up to four whole numbers, shape (4, n)."""
    sizes = [np.size(a) for a in address]
    size = 0 if 0 in sizes else max(sizes)  # no row, no word, whatever the scalars
    full = [np.broadcast_to(np.asarray(a, dtype=np.int64), (size,)) for a in address]
    full += [np.zeros(size, dtype=np.int64)] * (4 - len(full))
    key = _key(seed, purpose, 64)
    halves = (key & 0xFFFFFFFF, key >> 32)
    out = np.empty((4, size), dtype=np.uint64)
    for start in range(0, size, _CHUNK):  # small enough for the processor's cache
        part = slice(start, start + _CHUNK)
        counter = np.stack([a[part].astype(np.uint64) & _LOW for a in full])
        out[:, part] = philox_4x32(counter, halves)
    return out


def cells(seed: int, purpose: str, *address: NDArray[np.integer] | int) -> Uniforms:
    """Return four uniforms in (0, 1) at each address, shape (4, n).

    Examples
    --------
    >>> person = np.array([3, 5])
    >>> here = cells(7, "pay", person, 2)
    >>> bool((here[:, 1] == cells(7, "pay", np.array([5]), 2)[:, 0]).all())
    True
    """
    return (words(seed, purpose, *address).astype(np.float64) + 0.5) * 2.0**-32
