"""`liveattr bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveattr.cli.options import REPORTS
from liveattr.console import note, show

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="How near numbers come where the truth is known.")


@app.command("truth")
def bench_truth(
    worlds: Annotated[int, typer.Option(min=1, help="Simulated worlds.")] = 8,
    preset: Annotated[str, typer.Option(help="Size of a world: tiny, demo, …")] = "tiny",
    seed: Annotated[int, typer.Option(min=0, help="Decides which worlds.")] = 7,
    estimators: Annotated[
        str | None, typer.Option(help="Names with commas between; default: all.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Worlds at a time.")] = 1,
    out: Annotated[Path, typer.Option("--out", help="Folder of the result.")] = REPORTS / "bench",
) -> None:
    """Run estimators on simulated worlds and compare them with the known truth; goes on where it was."""
    from liveattr.bench import tell, truth_bench

    names = None if estimators is None else estimators.split(",")
    if tell(truth_bench(worlds, preset=preset, seed=seed, jobs=jobs, out=out, estimators=names)):
        raise typer.Exit(1)


@app.command("spread")
def bench_spread(
    preset: Annotated[str, typer.Option(help="Size of the world.")] = "demo",
    draws: Annotated[int, typer.Option(min=3, help="Times that chance is drawn.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Decides which world.")] = 7,
) -> None:
    """Measure how much less a show's effect swings because worlds share their random numbers."""
    from liveattr.bench.spread import paired_spread

    show(paired_spread(preset, draws, seed=seed).round(2))


@app.command("identity")
def bench_identity(
    persons: Annotated[int, typer.Option(min=100, help="Persons of the world.")] = 5_000,
    seed: Annotated[int, typer.Option(min=0, help="Decides which world.")] = 7,
    faults: Annotated[
        str | None, typer.Option(help="Names with commas between; `every`: the harder ones too.")
    ] = None,
    alone: Annotated[bool, typer.Option(help="Each fault alone, and all at once.")] = True,
    describe: Annotated[bool, typer.Option("--list", help="List the faults.")] = False,
) -> None:
    """Score people where cafés, resold devices and cashiers weld them, beside two simpler ways."""
    from liveattr.bench.identity import identity_bench, wide
    from liveattr.bench.identity_faults import ALL, FAULTS, list_faults

    if describe:
        show(list_faults())
        return
    asked = {None: ALL, "every": tuple(FAULTS)}.get(faults) or str(faults).split(",")
    show(wide(identity_bench(persons, seeds=[seed], faults=asked, alone=alone)))
    note(
        "P, R: B-cubed precision and recall; everything: whatever is connected is one person; "
        "caps: without coincidences and identifiers with more than 5 neighbours"
    )
