"""`liveattr subject`."""

from __future__ import annotations

import typer

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="What a person may ask of us: see, correct, delete.")
