"""`liveattr identity`."""

from __future__ import annotations

import typer

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Which identifiers are one person, and why.")
