"""`liveattr stocking`: what to order, the planners' workbook, and their decisions read back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveattr.cli.options import (
    LAKE,
    REPORTS,
    AsOfOption,
    LakeOption,
    LangOption,
    WaitOption,
    day_of,
    existing_lake,
    langs_of,
)
from liveattr.cli.telling import complain_of, tell_stage
from liveattr.console import note, say, show
from liveattr.errors import MissingDataError, ParameterError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="What to order, and what planners decided instead.")


@app.command()
def plan(
    as_of: AsOfOption = None,
    report: Annotated[bool, typer.Option(help="Make report and workbook too.")] = False,
    lang: LangOption = "zh",
    out: Annotated[Path, typer.Option("--out", help="Folder of the reports.")] = REPORTS,
    force: Annotated[bool, typer.Option("--force", help="Although nothing has changed.")] = False,
    lake: LakeOption = LAKE,
    wait: WaitOption = 0.0,
) -> None:
    """Forecast demand and say what to order; with --report also the page and the workbook."""
    from liveattr.pipeline import last_day, settings_for
    from liveattr.report import make_kind_reports, write_index

    opened, langs, asked = existing_lake(lake), langs_of(lang), day_of(as_of)
    settings = settings_for(opened)
    day = asked or last_day(opened, settings.zone)
    from liveattr.stocking.stage import plan_stock

    with opened.lock("run", wait):
        tell_stage(plan_stock(opened, as_of=day, settings=settings, force=force))
        if not report:
            return
        made = make_kind_reports(
            opened, "stocking", as_of=day, langs=langs, out=out, settings=settings
        )
        write_index(out)
    if not made:
        raise MissingDataError(f"nothing was planned as of {day}, so there is no report")
    for result in made:
        if result.ok:
            say(str(result.path))
    if complain_of(made):
        raise typer.Exit(1)


@app.command()
def book(
    as_of: AsOfOption = None,
    lang: LangOption = "zh",
    out: Annotated[Path, typer.Option("--out", help="Folder for the workbook.")] = Path(),
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite a workbook, decisions in it included.")
    ] = False,
    lake: LakeOption = LAKE,
) -> None:
    """Write the workbook of the newest plan, or that of a day, for planners to fill in."""
    from liveattr.pipeline import settings_for
    from liveattr.report import stocking_facts, write_stocking_workbook
    from liveattr.report.facts_stocking import planned_days

    opened, langs, asked = existing_lake(lake), langs_of(lang), day_of(as_of)
    days = planned_days(opened)
    if not days and asked is None:
        raise MissingDataError("no orders were planned yet; `liveattr stocking plan` does it")
    day = asked or days[-1]
    paths = {each: out / f"stocking_{day}.{each}.xlsx" for each in langs}
    for path in paths.values():
        if path.exists() and not force:
            raise ParameterError(
                f"{path} is there already and may hold decisions; read them with `liveattr stocking "
                f"overrides {path}`, or write elsewhere with --out, or over it with --force"
            )
    facts = stocking_facts(opened, as_of=day, zone=settings_for(opened).zone)
    out.mkdir(parents=True, exist_ok=True)
    for each, path in paths.items():
        write_stocking_workbook(facts, path, each)
        say(str(path))


@app.command()
def overrides(
    file: Annotated[Path, typer.Argument(help="The workbook, filled in and saved as .xlsx.")],
    lake: LakeOption = LAKE,
    wait: WaitOption = 0.0,
) -> None:
    """Read a planner's decisions back from the workbook."""
    from liveattr.report.stocking_keep import keep_overrides

    opened = existing_lake(lake)
    with opened.lock("run", wait):
        kept = keep_overrides(opened, file)
    changed = kept.rows[kept.rows["decision_qty"] != kept.rows["suggested_qty"]]
    say(
        f"plan as of {kept.as_of}: {len(kept.rows):,} decisions on {kept.products:,} products, "
        f"{len(changed):,} other than suggested"
    )
    if len(changed):
        show(changed[["merchant_sku", "suggested_qty", "decision_qty", "note"]])
    if len(kept.odd):
        note("more than three times what is wanted in 19 of 20 cases; look at these again:")
        show(kept.odd[["merchant_sku", "decision_qty", "demand_p95"]])
