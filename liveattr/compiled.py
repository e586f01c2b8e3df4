"""Loops that numba compiles on first use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["compiled"]


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile with numba and keep the machine code on disk where any place can be written.

    Import files with such loops inside functions only, so that whoever does not count does not pay
    for numba. Loops that call each other stand in one file: numba's cache looks at the file's
    content, and a function of another file could change unnoticed.

    numba tries `NUMBA_CACHE_DIR`, `__pycache__` beside the file, then the user's cache folder.
    With none of them it would refuse to start; here every process then compiles anew.
    """
    from numba import njit

    try:
        return njit(function, cache=True, nogil=True)
    except RuntimeError:
        return njit(function, nogil=True)
