"""`liveattr ingest`, `liveattr run`, `liveattr report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveattr.cli.options import (
    LAKE,
    RAW,
    REPORTS,
    AsOfOption,
    JobsOption,
    LakeOption,
    LangOption,
    OutOption,
    RawOption,
    WaitOption,
    day_of,
    existing_lake,
    langs_of,
    new_lake,
)
from liveattr.cli.telling import complain_of, tell_reports, tell_stage
from liveattr.console import say
from liveattr.errors import BatchError, MissingDataError, ParameterError

__all__ = ["ingest", "report", "run"]


def ingest(
    path: Annotated[Path, typer.Argument(help="A file, data/raw/<preset>/, or data/raw.")] = RAW,
    preset: Annotated[str | None, typer.Option(help="Preset, or your own YAML file.")] = None,
    lake: LakeOption = LAKE,
    wait: WaitOption = 0.0,
) -> None:
    """Read raw files into the lake; what is wrong goes to quarantine with a reason."""
    from liveattr.pipeline import settings_for
    from liveattr.sources import ingest as ingest_files

    opened = new_lake(lake)
    with opened.lock("run", wait):
        tell_stage(ingest_files(opened, path, preset=preset, settings=settings_for(opened)))


def run(
    from_stage: Annotated[str | None, typer.Option("--from", help="Begin at this stage.")] = None,
    raw: RawOption = RAW,
    lake: LakeOption = LAKE,
    as_of: AsOfOption = None,
    out: OutOption = REPORTS,
    report: Annotated[bool, typer.Option(help="Make the reports that are out of date too.")] = True,
    lang: LangOption = "zh",
    jobs: JobsOption = 2,
    wait: WaitOption = 0.0,
) -> None:
    """Run every stage that is out of date, under a lock: for cron."""
    from liveattr.pipeline import STAGES, refresh_reports, stages

    opened, day, langs = new_lake(lake), day_of(as_of), langs_of(lang)
    with opened.lock("run", wait):
        refused, last = None, ""
        try:
            for summary in stages(opened, as_of=day, raw=raw, from_stage=from_stage):
                tell_stage(summary)
                last = summary.stage
        except BatchError as error:
            if last != STAGES[-1]:  # no other file holds an order
                raise
            refused = error  # the other files are loaded: report on them, then say so
        failed = report and tell_reports(
            refresh_reports(opened, as_of=day, langs=langs, jobs=jobs, out=out), out
        )
    if refused is not None:
        raise refused
    if failed:
        raise typer.Exit(1)


def report(
    campaign: Annotated[str | None, typer.Option(help="Campaign id.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of the kind.")] = False,
    kind: Annotated[
        str, typer.Option(help="campaign, recall, repurchase or stocking.")
    ] = "campaign",
    about: Annotated[
        str | None, typer.Option(help="Recall: the broadcast, or a list that is about none.")
    ] = None,
    as_of: AsOfOption = None,
    lang: LangOption = "zh",
    rule: Annotated[str | None, typer.Option(help="Rule for lines without hard evidence.")] = None,
    jobs: JobsOption = 1,
    lake: LakeOption = LAKE,
    out: OutOption = REPORTS,
    wait: WaitOption = 0.0,
) -> None:
    """Make the report of one campaign, or of all; prints the file of the one.

    Reports of the kinds recall, repurchase and stocking show what the lake holds; they run no stage.
    """
    from liveattr.pipeline import refresh_reports, settings_for, with_rule

    if kind != "campaign":
        _report_kind(kind, about, every, campaign, as_of, lang, jobs, lake, out, wait)
        return
    if about is not None:
        raise ParameterError("--about goes with --kind recall; a campaign is named by --campaign")
    if (campaign is None) == (not every):
        raise ParameterError("say which: --campaign ID, or --all")
    day, langs, opened = day_of(as_of), langs_of(lang), existing_lake(lake)
    settings = with_rule(settings_for(opened), rule)
    asked = None if campaign is None else [campaign]
    with opened.lock("run", wait):
        made = refresh_reports(
            opened, asked, as_of=day, langs=langs, settings=settings, jobs=jobs, out=out
        )
    failed = tell_reports(made, out) if campaign is None else complain_of(made) > 0
    for result in made:
        if campaign is not None and result.ok:
            say(str(result.path))
    if failed:
        raise typer.Exit(1)


def _report_kind(
    kind: str,
    about: str | None,
    every: bool,
    campaign: str | None,
    as_of: str | None,
    lang: str,
    jobs: int,
    lake: Path,
    out: Path,
    wait: float,
) -> None:
    """Make reports of another kind than a campaign's, and the index."""
    from liveattr.pipeline import last_day, settings_for
    from liveattr.report import make_kind_reports, write_index

    if campaign is not None or (kind in ("repurchase", "stocking") and about is not None):
        raise ParameterError(f"--kind {kind} takes neither --campaign nor what it is not about")
    if kind == "recall" and (about is None) == (not every):
        raise ParameterError("say which: --about BROADCAST, or --all")
    opened, langs = existing_lake(lake), langs_of(lang)
    settings = settings_for(opened)
    day = day_of(as_of) or last_day(opened, settings.zone)
    with opened.lock("run", wait):
        made = make_kind_reports(
            opened,
            kind,
            None if about is None else [about],
            as_of=day,
            langs=langs,
            jobs=jobs,
            out=out,
            settings=settings,
        )
    if not made:
        raise MissingDataError(f"the lake has nothing for a {kind} report as of {day}")
    write_index(out)
    failed = complain_of(made)
    for result in made:
        if result.ok:
            say(str(result.path))
    if failed:
        raise typer.Exit(1)
