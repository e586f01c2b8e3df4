"""Progress bars for long work: only where a person watches a terminal, never in files or notebooks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["counter", "track"]

T = TypeVar("T")

_shown: list[Progress] = []
"""The bars that are on the screen: one display a process, since two would overwrite each other."""


def track(
    items: Sequence[T], title: str, label: Callable[[T], str] = lambda item: ""
) -> Iterator[T]:
    """Yield the items, with a bar on a terminal's stderr; elsewhere nothing is printed.

    Behind the bar stands the label of the item that is being worked on. Inside of another bar it is
    one more line of the same display.

    Examples
    --------
    >>> list(track([1, 2], "reading"))
    [1, 2]
    """
    if len(items) < 2:
        yield from items
        return
    with counter(title, len(items)) as advance:
        for item in items:
            advance(label(item), 0)
            yield item
            advance("", 1)


@contextmanager
def counter(title: str, total: int | None = None) -> Iterator[Callable[[str, int], None]]:
    """Lend a function that shows a text behind the bar and counts so many more as done.

    Parameters
    ----------
    title
        What is going on.
    total
        How many there will be; None where nobody knows.

    Examples
    --------
    >>> with counter("reports", 2) as advance:
    ...     advance("live_1", 1)
    """
    if not sys.stderr.isatty():
        yield lambda text, done: None
        return
    with _display() as bars:
        task = bars.add_task(title, total=total, text="")

        def advance(text: str, done: int) -> None:
            bars.update(task, advance=done, text=text)

        try:
            yield advance
        finally:
            bars.remove_task(task)


@contextmanager
def _display() -> Iterator[Progress]:
    """Return the display that is there, or show one while the block runs."""
    if _shown:
        yield _shown[0]
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[text]}", style="dim", markup=False),
    )
    # Results that go to a file must not land on the screen, so only a terminal's stdout is redirected.
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    ) as bars:
        _shown.append(bars)
        try:
            yield bars
        finally:
            _shown.clear()
