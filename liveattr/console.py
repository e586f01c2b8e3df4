"""What the command line prints: results on stdout, everything said to a person on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["complain", "note", "plain_table", "say", "show"]

NOTHING = "(nothing)"


def say(text: str) -> None:
    """Print a result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Print a remark that is no result."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def complain(text: str) -> None:
    """Print what is wrong, in one line of its own that no terminal width breaks in a log."""
    bold, plain = ("\x1b[1;31m", "\x1b[0m") if sys.stderr.isatty() else ("", "")
    note(f"{bold}liveattr:{plain} {text}")


def show(frame: pd.DataFrame) -> None:
    """Print a frame: fitted to a terminal, one line a row where nobody watches."""
    if frame.empty:
        say(NOTHING)
    elif sys.stdout.isatty():
        _fitted(frame)
    else:
        say(plain_table(frame))


def plain_table(frame: pd.DataFrame) -> str:
    """Return a frame as text, one line a row, columns aligned by their width in a terminal.

    Examples
    --------
    >>> import pandas as pd
    >>> print(plain_table(pd.DataFrame({"name": ["坑位费", "crew"], "yuan": [300, None]})))
    name    yuan
    坑位费  300.0
    crew
    """
    from rich.cells import cell_len

    lines = [[str(name) for name in frame.columns], *_cells(frame)]
    wide = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            text + " " * (width - cell_len(text)) for text, width in zip(line, wide, strict=True)
        ).rstrip()
        for line in lines
    )


def _cells(frame: pd.DataFrame) -> list[list[str]]:
    """Return the cells as text of one line each; what is missing is empty."""
    missing = frame.isna()
    text = frame.astype(object).astype(str).mask(missing, "")
    return [[" ".join(cell.split()) for cell in row] for row in text.to_numpy().tolist()]


def _fitted(frame: pd.DataFrame) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in frame.columns:
        table.add_column(str(name), overflow="fold")
    for row in _cells(frame):
        table.add_row(*map(escape, row))
    Console().print(table)
