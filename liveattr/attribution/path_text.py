"""Paths as text → small whole numbers, without making a Python string for each touch."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = ["code_text"]

_START = np.uint64(0xCBF29CE484222325)
_TIMES = np.uint64(0x100000001B3)


@compiled
def _code(
    text: NDArray[np.uint8],
    begins: NDArray[np.int64],
    sep: int,
    out: NDArray[np.int32],
    starts: NDArray[np.int64],
    slots: NDArray[np.int64],
    names: NDArray[np.int64],
    known: int,
) -> int:
    """Write the code of each name; return how many names there are, or -1 - row of an empty one.

    `slots` is a table of open addresses (code + 1), `names` holds begin and end of each name in
    `text`. If the table is half full it returns the least integer: the caller makes it larger.
    """
    n, n_names = 0, known
    mask = slots.shape[0] - 1
    for row in range(begins.shape[0] - 1):
        at, end = begins[row], begins[row + 1]
        while True:
            stop = at
            while stop < end and text[stop] != sep:
                stop += 1
            left, right = at, stop
            while left < right and text[left] <= 32:
                left += 1
            while right > left and text[right - 1] <= 32:
                right -= 1
            if left == right:
                return -1 - row
            mixed = _START
            for i in range(left, right):
                mixed = (mixed ^ np.uint64(text[i])) * _TIMES
            slot = np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64(mask))
            while True:
                code = slots[slot] - 1
                if code < 0:
                    if 2 * n_names >= mask:
                        return -(1 << 62)
                    code = n_names
                    names[code, 0], names[code, 1] = left, right
                    slots[slot] = code + 1
                    n_names += 1
                    break
                begin, length = names[code, 0], names[code, 1] - names[code, 0]
                same = length == right - left
                i = 0
                while same and i < length:
                    same = text[begin + i] == text[left + i]
                    i += 1
                if same:
                    break
                slot = (slot + 1) & mask
            out[n] = code
            n += 1
            if stop == end:
                break
            at = stop + 1
        starts[row + 1] = n
    return n_names


def code_text(
    texts: pa.Array, sep: str = ">"
) -> tuple[NDArray[np.int32], NDArray[np.int64], list[str], int]:
    """Code paths such as `live > sms > live`.

    Parameters
    ----------
    texts : pyarrow.Array of string
        Paths; none is null.
    sep
        One character below U+0080 between two names; blanks around a name do not count.

    Returns
    -------
    codes : numpy.ndarray of int32
        Codes of all touches, path after path.
    starts : numpy.ndarray of int64, shape (n_paths + 1,)
        Where each path begins, and the end.
    names
        Name of each code, in the order of appearance.
    empty
        Row with an empty name, or -1; then the rest means nothing.
    """
    texts = texts.cast(pa.large_string()) if not pa.types.is_large_string(texts.type) else texts
    _, begins_buffer, text_buffer = texts.buffers()
    begins = np.frombuffer(begins_buffer, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    text = np.frombuffer(text_buffer or b"", np.uint8)
    inside = text[begins[0] : begins[-1]]
    n_seps = int(np.count_nonzero(inside == ord(sep))) if len(inside) else 0
    codes = np.empty(n_seps + len(texts), np.int32)
    starts = np.zeros(len(texts) + 1, np.int64)
    size = 4096
    while True:
        slots, places = np.zeros(size, np.int64), np.empty((size, 2), np.int64)
        n_names = _code(text, begins, ord(sep), codes, starts, slots, places, 0)
        if n_names > -(1 << 62):
            break
        size *= 16
    if n_names < 0:
        return codes, starts, [], -1 - n_names
    names = [bytes(text[a:b]).decode() for a, b in places[:n_names].tolist()]
    return codes[: starts[-1]], starts, names, -1
