"""`liveattr consent`."""

from __future__ import annotations

import typer

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Who agreed to what, and who took it back.")
