"""The `liveattr` command: one idempotent command a job; exit 0 done, 1 a report failed, 2 wrong input."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from liveattr import __version__
from liveattr.errors import LiveattrError, ParameterError, ReportError

if TYPE_CHECKING:
    import pandas as pd

    from liveattr.lake import Lake

__all__ = ["app", "main"]

app = typer.Typer(
    name="liveattr",
    no_args_is_help=True,
    add_completion=False,
    help="What a broadcast truly earned, whom to call back and what to stock.",
)
presets_app = typer.Typer(invoke_without_command=True, help="Formats that can be read.")
quarantine_app = typer.Typer(no_args_is_help=True, help="Rows that are held back.")
app.add_typer(presets_app, name="presets")
app.add_typer(quarantine_app, name="quarantine")

LakeOption = Annotated[Path, typer.Option("--lake", help="Folder of the lake.")]
RawOption = Annotated[Path, typer.Option("--raw", help="Folder of raw files.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder of the reports.")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Business date, 2026-02-21; default: newest day.")
]
LangOption = Annotated[str, typer.Option("--lang", help="zh, en or both.")]
JobsOption = Annotated[int, typer.Option("--jobs", min=1, help="Reports made at a time.")]

_LAKE = Path("data/lake")
_RAW = Path("data/raw")
_REPORTS = Path("reports")
_DEMOS = Path("data/demo")


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app()
    except LiveattrError as error:
        Console(stderr=True).print(f"[bold red]liveattr:[/] {_plain(str(error))}", highlight=False)
        sys.exit(1 if isinstance(error, ReportError) else 2)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _say(text: str) -> None:
    typer.echo(text)


def _show(frame: pd.DataFrame) -> None:
    """Print a frame as a table that fits the terminal; all of it where nobody watches."""
    if frame.empty:
        _say("(nothing)")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in frame.columns:
        table.add_column(str(name), overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*("" if v is None or v != v else _plain(str(v)) for v in row))
    console = Console() if sys.stdout.isatty() else Console(width=240)
    console.print(table)


def _open(path: Path) -> Lake:
    from liveattr.lake import open_lake

    return open_lake(path)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"--as-of {text!r} is no date; write it as 2026-02-21") from None


def _langs(text: str) -> tuple[str, ...]:
    known = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}
    if text not in known:
        raise ParameterError(f"--lang {text!r}: it is zh, en or both")
    return known[text]


@app.command()
def version() -> None:
    """Print the version."""
    _say(__version__)


@app.command()
def demo(
    names: Annotated[
        list[str] | None, typer.Argument(help="Data sets; default: the two that make report shows.")
    ] = None,
    report: Annotated[bool, typer.Option("--report", help="Make the reports as well.")] = False,
    root: Annotated[Path, typer.Option(help="Folder of the demos.")] = _DEMOS,
    out: OutOption = _REPORTS,
    path: Annotated[Path | None, typer.Option(help="Where the data is (online_retail).")] = None,
    lang: LangOption = "both",
    jobs: JobsOption = 2,
) -> None:
    """Load public data (sample_broadcast, complete_journey, online_retail) and run every stage."""
    from liveattr.pipeline import run as run_stages
    from liveattr.sources import datasets

    for name in names or ["sample_broadcast", "complete_journey"]:
        _say(f"{name}: loading")
        lake = datasets.load(name, root, path=path)
        settings = datasets.settings_of(name, root)
        for summary in run_stages(lake, settings=settings):
            _say(f"{name}: {str(summary).splitlines()[0]}")
        if report:
            _reports(lake, None, None, _langs(lang), jobs, out, None)
    if report:
        _say(f"\nOpen {out / 'index.html'} in a browser: every campaign, surface and true figures.")


@app.command()
def ingest(
    path: Annotated[Path, typer.Argument(help="A file, data/raw/<preset>/, or data/raw.")] = _RAW,
    preset: Annotated[str | None, typer.Option(help="Preset, or your own YAML file.")] = None,
    lake: LakeOption = _LAKE,
) -> None:
    """Read raw files into the lake; what is wrong goes to quarantine with a reason."""
    from liveattr.pipeline import settings_for
    from liveattr.sources import ingest as ingest_files

    opened = _open(lake)
    _say(str(ingest_files(opened, path, preset=preset, settings=settings_for(opened))))


@app.command()
def run(
    from_stage: Annotated[str | None, typer.Option("--from", help="Begin at this stage.")] = None,
    raw: RawOption = _RAW,
    lake: LakeOption = _LAKE,
    as_of: AsOfOption = None,
    out: OutOption = _REPORTS,
    report: Annotated[bool, typer.Option(help="Make the reports that are out of date too.")] = True,
    lang: LangOption = "zh",
    jobs: JobsOption = 2,
) -> None:
    """Run every stage that is out of date, under a lock: for cron."""
    from liveattr.pipeline import run as run_stages

    opened = _open(lake)
    for summary in run_stages(opened, as_of=_day(as_of), raw=raw, from_stage=from_stage):
        _say(str(summary))
    if report:
        _reports(opened, None, as_of, _langs(lang), jobs, out, None)


@app.command()
def report(
    campaign: Annotated[str | None, typer.Option(help="Campaign id.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All campaigns.")] = False,
    as_of: AsOfOption = None,
    lang: LangOption = "zh",
    rule: Annotated[str | None, typer.Option(help="Rule for lines without hard evidence.")] = None,
    jobs: JobsOption = 1,
    lake: LakeOption = _LAKE,
    out: OutOption = _REPORTS,
) -> None:
    """Make the report of one campaign, or of all."""
    if (campaign is None) == (not every):
        raise ParameterError("say which: --campaign ID, or --all")
    _reports(_open(lake), None if every else [campaign or ""], as_of, _langs(lang), jobs, out, rule)


def _reports(
    lake: Lake,
    campaigns: list[str] | None,
    as_of: str | None,
    langs: tuple[str, ...],
    jobs: int,
    out: Path,
    rule: str | None,
) -> None:
    """Bring the statements up to the date, make the reports and the index; exit 1 if one failed."""
    from liveattr.pipeline import last_day, settings_for
    from liveattr.pipeline import run as run_stages
    from liveattr.report import make_reports, write_index

    settings = settings_for(lake)
    if rule is not None:
        settings = settings.model_validate({**settings.model_dump(), "share_rule": rule})
    day = _day(as_of) or last_day(lake, settings.zone)
    run_stages(lake, as_of=day, settings=settings, from_stage="attribute")
    results = make_reports(
        lake, campaigns, as_of=day, langs=langs, rule=settings.share_rule, jobs=jobs, out=out
    )
    index = write_index(out)
    failed = [r for r in results if not r.ok]
    for result in failed:
        _say(f"failed: {result.campaign_id} ({result.lang}): {result.error}")
    _say(f"{len(results) - len(failed)} reports are up to date as of {day}; {index}")
    if failed:
        raise typer.Exit(1)


@presets_app.callback()
def presets(context: typer.Context, lang: LangOption = "en") -> None:
    """List the formats that can be read."""
    if context.invoked_subcommand is None:
        from liveattr.sources import presets as list_presets

        _show(list_presets(lang))


@presets_app.command("show")
def presets_show(
    name: Annotated[str, typer.Argument(help="Preset.")],
    yaml: Annotated[
        bool, typer.Option("--yaml", help="Print the file, to copy and change.")
    ] = False,
) -> None:
    """Print the fields of one format."""
    from liveattr.sources import preset_text, show_preset

    if yaml:
        _say(preset_text(name))
    else:
        _show(show_preset(name))


@app.command()
def template(
    name: Annotated[str, typer.Argument(help="Template, e.g. campaign_costs.")],
    out: Annotated[Path, typer.Option("--out", help="File to make, .xlsx or .csv.")],
) -> None:
    """Make an empty table with explanations, to be filled in."""
    from liveattr.sources.templates import write_template

    _say(f"made {write_template(name, out)}; put the filled file into data/raw/{name}/")


@quarantine_app.command("list")
def quarantine_list(lake: LakeOption = _LAKE) -> None:
    """Count what is held back, by file and reason."""
    from liveattr.sources import list_quarantine

    _show(list_quarantine(_open(lake)))


@quarantine_app.command("show")
def quarantine_show(
    ingest_id: Annotated[str | None, typer.Argument(help="Batch; default: all.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    lake: LakeOption = _LAKE,
) -> None:
    """Show the rows that are held back; personal text is masked."""
    from liveattr.sources import show_quarantine

    _show(show_quarantine(_open(lake), ingest_id, code=code))


@quarantine_app.command("release")
def quarantine_release(
    ingest_id: Annotated[str | None, typer.Argument(help="Batch; default: all.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="You looked: doubted rows are right.")
    ] = False,
    raw: RawOption = _RAW,
    lake: LakeOption = _LAKE,
) -> None:
    """Read the raw rows again and load those that are right now."""
    from liveattr.pipeline import settings_for
    from liveattr.sources import release

    opened = _open(lake)
    settings: Any = settings_for(opened)
    _show(release(opened, raw, ingest_id=ingest_id, code=code, accept=accept, settings=settings))


@app.command()
def tables(name: Annotated[str | None, typer.Argument(help="Table.")] = None) -> None:
    """List the tables of the lake, or the columns of one."""
    from liveattr.tables import describe

    _show(describe(name))


@app.command("datasets")
def list_datasets() -> None:
    """List the public data sets."""
    from liveattr.sources import datasets

    _show(datasets.list_datasets())


@app.command()
def doctor(lake: LakeOption = _LAKE, raw: RawOption = _RAW) -> None:
    """Check installation, keys, lake and data, and say what to do."""
    from liveattr.health import doctor as examine

    found = examine(lake, raw)
    _show(found)
    if (found.verdict == "wrong").any():
        raise typer.Exit(2)
