"""A progress bar for long stages, only where a person watches a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["track"]

T = TypeVar("T")


def track(items: Sequence[T], title: str) -> Iterator[T]:
    """Yield the items, with a bar on a terminal's stderr; elsewhere nothing is printed.

    Examples
    --------
    >>> list(track([1, 2], "reading"))
    [1, 2]
    """
    if not sys.stderr.isatty() or len(items) < 2:
        yield from items
        return
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(items, title, console=Console(stderr=True), transient=True)
