"""`liveattr version`, `tables`, `datasets`, `doctor`: commands that change nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from liveattr import __version__
from liveattr.cli.options import LAKE, RAW, REPORTS, LakeOption, OutOption, RawOption
from liveattr.console import say, show

__all__ = ["doctor", "list_datasets", "tables", "version"]


def version() -> None:
    """Print the version."""
    say(__version__)


def tables(name: Annotated[str | None, typer.Argument(help="Table.")] = None) -> None:
    """List the tables that a lake can hold, or the columns of one."""
    from liveattr.tables import describe

    show(describe(name))


def list_datasets() -> None:
    """List the public data sets."""
    from liveattr.sources import datasets

    show(datasets.list_datasets())


def doctor(lake: LakeOption = LAKE, raw: RawOption = RAW, out: OutOption = REPORTS) -> None:
    """Check installation, keys, lake and data, and say what to do."""
    from liveattr.health import doctor as examine

    found = examine(lake, raw, out)
    show(found)
    if (found.verdict == "wrong").any():
        raise typer.Exit(2)
