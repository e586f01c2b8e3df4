"""`liveattr demo`, `liveattr simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveattr.cli.options import (
    DEMOS,
    REPORTS,
    JobsOption,
    LangOption,
    OutOption,
    WaitOption,
    langs_of,
    new_lake,
)
from liveattr.cli.telling import tell_reports
from liveattr.console import note, say, show
from liveattr.errors import ParameterError

__all__ = ["demo", "simulate_world"]


def demo(
    names: Annotated[
        list[str] | None, typer.Argument(help="world (the default), or public data sets.")
    ] = None,
    report: Annotated[
        bool | None, typer.Option("--report/--no-report", help="Reports; default: of the world.")
    ] = None,
    broadcast: Annotated[
        list[str] | None, typer.Option(help="Report of one broadcast of the world.")
    ] = None,
    preset: Annotated[str, typer.Option(help="Size of the world.")] = "demo",
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 7,
    root: Annotated[Path, typer.Option(help="Folder of the demos.")] = DEMOS,
    out: OutOption = REPORTS,
    path: Annotated[Path | None, typer.Option(help="Where the data is (online_retail).")] = None,
    lang: LangOption = "both",
    jobs: JobsOption = 2,
    wait: WaitOption = 0.0,
) -> None:
    """Show the simulated world, or public data (sample_broadcast, complete_journey, online_retail)."""
    from liveattr import demo as demos

    langs, chosen, failed = langs_of(lang), demos.check_names(names, preset), False
    if broadcast and chosen != [demos.WORLD]:
        raise ParameterError("--broadcast names a broadcast of the world: `liveattr demo world`")
    for name in chosen:
        note(f"{name}: loading")
        folder = demos.folder_of(name, root, preset)
        with new_lake(folder / "lake").lock("run", wait):
            for summary in demos.load(name, root, path=path, preset=preset, seed=seed):
                say(f"{name}: {str(summary).splitlines()[0]}")
            if broadcast:
                made = demos.report_broadcasts(folder, broadcast, langs=langs, out=out)
                failed |= tell_reports(made, out, name)
            elif name == demos.WORLD if report is None else report:
                made = demos.report_demo(name, folder, langs=langs, jobs=jobs, out=out)
                failed |= tell_reports(made, out, name)
            else:
                say(f"{name}: `liveattr report --all --lake {folder / 'lake'}` makes its reports")
    if (out / "index.html").exists():
        say(f"open {out / 'index.html'} in a browser: every campaign, surface and true figures")
    if failed:
        raise typer.Exit(1)


def simulate_world(
    preset: Annotated[str, typer.Option(help="tiny, demo, medium or large.")] = "demo",
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 7,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the raw files.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="block.parameter=value; may come often.")
    ] = None,
    parameters: Annotated[
        bool, typer.Option("--parameters", help="List all parameters, write nothing.")
    ] = False,
) -> None:
    """Write a livestream world in the platforms' formats, and its truth beside it."""
    from liveattr import demo as demos
    from liveattr.simulate import describe_parameters

    if parameters:
        show(describe_parameters(preset))
        return
    out = out or demos.world_of(DEMOS, preset) / "raw"
    made = demos.simulate_once(out, preset, seed=seed, values=demos.read_values(changes or ()))
    say(f"{out}: up to date" if made is None else str(made))
    note(f"the truth is in {out.parent / 'truth'}; no stage reads it")
