"""`liveattr presets`, `liveattr template`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveattr.cli.options import RAW, LangOption
from liveattr.console import note, say, show
from liveattr.errors import ParameterError

__all__ = ["app", "template"]

app = typer.Typer(invoke_without_command=True, help="Formats that can be read.")


@app.callback()
def presets(context: typer.Context, lang: LangOption = "en") -> None:
    """List the formats that can be read."""
    from liveattr.sources import presets as list_presets

    if context.invoked_subcommand is None:
        if lang not in ("zh", "en"):
            raise ParameterError(f"--lang {lang!r}: it is zh or en")
        show(list_presets(lang))


@app.command("show")
def presets_show(
    name: Annotated[str, typer.Argument(help="Preset.")],
    yaml: Annotated[
        bool, typer.Option("--yaml", help="Print the file, to copy and change.")
    ] = False,
) -> None:
    """Print the fields of one format."""
    from liveattr.sources import preset_text, show_preset

    if yaml:
        say(preset_text(name).rstrip("\n"))
    else:
        show(show_preset(name))


def template(
    name: Annotated[str, typer.Argument(help="Template, e.g. campaign_costs.")],
    out: Annotated[Path, typer.Option("--out", help="File to make, .xlsx or .csv.")],
) -> None:
    """Make an empty table with explanations, to be filled in."""
    from liveattr.sources.templates import write_template

    say(str(write_template(name, out)))
    note(f"fill it, put it into {RAW / name}/, then `liveattr run`")
