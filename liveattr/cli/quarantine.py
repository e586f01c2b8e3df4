"""`liveattr quarantine`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from liveattr.cli.options import LAKE, RAW, LakeOption, RawOption, WaitOption, existing_lake
from liveattr.console import show
from liveattr.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from liveattr.lake import Lake
    from liveattr.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Rows that are held back.")


@app.command("list")
def quarantine_list(lake: LakeOption = LAKE) -> None:
    """Count what is held back, by file and reason."""
    from liveattr.sources import list_quarantine

    show(list_quarantine(existing_lake(lake)))


@app.command("show")
def quarantine_show(
    ingest_id: Annotated[str | None, typer.Argument(help="Batch; default: all.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    lake: LakeOption = LAKE,
) -> None:
    """Show the rows that are held back; personal text is masked."""
    show(_held(existing_lake(lake), ingest_id, code))


@app.command("release")
def quarantine_release(
    ingest_id: Annotated[str | None, typer.Argument(help="Batch; default: all.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="You looked: doubted rows are right.")
    ] = False,
    raw: RawOption = RAW,
    lake: LakeOption = LAKE,
    wait: WaitOption = 0.0,
) -> None:
    """Read the raw rows again and load those that are right now."""
    from liveattr.pipeline import settings_for
    from liveattr.sources import release

    opened = existing_lake(lake)
    settings: Settings = settings_for(opened)
    with opened.lock("run", wait):
        _held(opened, ingest_id, code)
        show(release(opened, raw, ingest_id=ingest_id, code=code, accept=accept, settings=settings))


def _held(lake: Lake, ingest_id: str | None, code: str | None) -> pd.DataFrame:
    """Return the rows that are held back; refuse a batch or a reason that holds none."""
    from liveattr.sources import show_quarantine

    everything = show_quarantine(lake)
    for column, asked in (("ingest_id", ingest_id), ("reason_code", code)):
        known = set(everything[column])
        if asked is not None and asked not in known:
            hint = did_you_mean(asked, known) if known else "nothing is held back"
            raise ParameterError(f"no row is held back with {column} {asked!r}; {hint}")
    return show_quarantine(lake, ingest_id, code=code)
