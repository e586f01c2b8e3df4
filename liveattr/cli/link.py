"""`liveattr link`."""

from __future__ import annotations

import typer

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Signed links that lead from a broadcast to the mall.")
