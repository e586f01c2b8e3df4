"""Random numbers that stand still: every cell is addressed, so worlds differ only where they must.

Two kinds, both counter-based Philox 4x32-10 or 4x64-10 (Salmon, Moraes, Dror, Shaw 2011):

- `dense(seed, purpose, day, block)`: the generator of one day and one block of persons.
- `cells(seed, purpose, *counters)`: four uniforms at each address, wherever it lies. What happened
  before, how many threads ran and which block came first changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
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
_CHUNK = 1 << 14


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
    state = counter.copy()
    c0, c1, c2, c3 = state
    p0, p1 = np.empty_like(c0), np.empty_like(c0)
    k0, k1 = key
    for _ in range(10):  # in place: nothing leaves the processor's cache
        np.multiply(c0, _M0, out=p0)
        np.multiply(c2, _M1, out=p1)
        np.right_shift(p1, _HALF, out=c0)
        c0 ^= c1
        c0 ^= np.uint64(k0)
        np.right_shift(p0, _HALF, out=c2)
        c2 ^= c3
        c2 ^= np.uint64(k1)
        np.bitwise_and(p1, _LOW, out=c1)
        np.bitwise_and(p0, _LOW, out=c3)
        k0, k1 = (k0 + _W0) & 0xFFFFFFFF, (k1 + _W1) & 0xFFFFFFFF
    return state


def words(seed: int, purpose: str, *address: NDArray[np.integer] | int) -> NDArray[np.uint64]:
    """Return four 32-bit words at each address of up to four whole numbers, shape (4, n)."""
    out = np.empty((4, _size(address)), dtype=np.uint64)
    for part, drawn in _chunks(seed, purpose, address):
        out[:, part] = drawn
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
    out = np.empty((4, _size(address)))
    for part, drawn in _chunks(seed, purpose, address):
        out[:, part] = (drawn + 0.5) * 2.0**-32
    return out


def _size(address: tuple[NDArray[np.integer] | int, ...]) -> int:
    sizes = [np.size(a) for a in address]
    return 0 if 0 in sizes else max(sizes)  # no row, no word, whatever the scalars


def _chunks(
    seed: int, purpose: str, address: tuple[NDArray[np.integer] | int, ...]
) -> Iterator[tuple[slice, NDArray[np.uint64]]]:
    """Yield slices of the addresses with their words, small enough for the processor's cache."""
    size = _size(address)
    full = [np.broadcast_to(np.asarray(a, dtype=np.int64), (size,)) for a in address]
    key = _key(seed, purpose, 64)
    halves = (key & 0xFFFFFFFF, key >> 32)
    for start in range(0, size, _CHUNK):
        part = slice(start, min(start + _CHUNK, size))
        counter = np.zeros((4, part.stop - start), dtype=np.uint64)
        for row, numbers in zip(counter, full, strict=False):
            row[:] = numbers[part].astype(np.uint64) & _LOW
        yield part, philox_4x32(counter, halves)
