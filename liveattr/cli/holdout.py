"""`liveattr holdout`: how small an effect is found, who is held out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveattr.cli.options import LAKE, LakeOption, WaitOption, existing_lake
from liveattr.cli.telling import tell_stage
from liveattr.console import show
from liveattr.errors import ParameterError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Who is held out of a campaign, and what that shows.")

ShareOption = Annotated[float, typer.Option(help="Share that is held out.")]


@app.command()
def power(
    people: Annotated[list[int], typer.Argument(min=2, help="Sizes of the list, one or several.")],
    rate: Annotated[float, typer.Option(help="Share that orders without being contacted.")],
    share: ShareOption = 0.1,
    level: Annotated[float, typer.Option(help="Of the later interval.")] = 0.9,
) -> None:
    """Say how small an effect will be found with 80 % power; read it before you contact anybody."""
    from liveattr.holdout import holdout_power

    show(holdout_power(people, share, rate, level=level).round(4))


@app.command()
def assign(
    scope: Annotated[str, typer.Argument(help="What it is for, e.g. recall_2026_03.")],
    people: Annotated[Path, typer.Option(help="CSV with a column person_id.")],
    share: ShareOption = 0.1,
    never_share: Annotated[float, typer.Option(help="Share whom no campaign contacts.")] = 0.0,
    lake: LakeOption = LAKE,
    wait: WaitOption = 0.0,
) -> None:
    """Draw who is held out, by salted hash; who has an arm keeps it."""
    import pandas as pd

    from liveattr import holdout

    opened = existing_lake(lake)
    if not people.is_file():
        raise ParameterError(f"there is no file {people}")
    try:
        rows = pd.read_csv(people, dtype=str, encoding="utf-8-sig")
    except ValueError as error:
        raise ParameterError(f"{people} is no table: {error}") from error
    with opened.lock("run", wait):
        done = holdout.assign(opened, rows, scope, share=share, never_share=never_share)
    tell_stage(done)


@app.command("list")
def list_scopes(lake: LakeOption = LAKE) -> None:
    """Count people by scope and arm."""
    show(
        existing_lake(lake).sql(
            "SELECT scope, arm, count(*) AS people, min(assigned_at) AS first_at "
            "FROM holdout_group GROUP BY scope, arm ORDER BY scope, arm"
        )
    )
