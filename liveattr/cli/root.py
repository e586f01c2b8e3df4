"""The root of the command line: its name, its exit codes, what it says of the system's refusals."""

from __future__ import annotations

import errno
import sys
from typing import Annotated

import typer

from liveattr import __version__
from liveattr.console import complain, say
from liveattr.errors import LiveattrError, ReportError

__all__ = ["app", "main"]

app = typer.Typer(
    name="liveattr",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a mistake of ours: plain text in the log of cron, no values
    help="What a broadcast truly earned, whom to call back and what to stock.",
)


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app()
    except LiveattrError as error:
        complain(str(error))
        sys.exit(1 if isinstance(error, ReportError) else 2)
    except OSError as error:
        complain(_say_of_system(error))
        sys.exit(2)


def _say_of_system(error: OSError) -> str:
    """Say what the system refused, where, and what helps."""
    place = error.filename or "the system"
    said = error.strerror or str(error)
    helps = {
        errno.EEXIST: "a file stands where a folder is needed; name another place",
        errno.ENOTDIR: "a file stands where a folder is needed; name another place",
        errno.EACCES: "this user may not; give it the right, or name another place",
        errno.EROFS: "nothing can be written there; name another place",
        errno.ENOSPC: "make room; nothing is half-written, the same command goes on",
    }
    return f"{place}: {said}: {helps[error.errno]}" if error.errno in helps else f"{place}: {said}"


def _print_version(wanted: bool) -> None:
    if wanted:
        say(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    pass
