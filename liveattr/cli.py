"""The `liveattr` command: one idempotent command a job; exit 0 done, 1 a report failed, 2 wrong input."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveattr import __version__
from liveattr.console import complain, note, say, show
from liveattr.errors import (
    BatchError,
    LiveattrError,
    MissingDataError,
    ParameterError,
    ReportError,
    did_you_mean,
)

if TYPE_CHECKING:
    import pandas as pd

    from liveattr.lake import Lake, Summary
    from liveattr.report import ReportResult
    from liveattr.settings import Settings

__all__ = ["app", "main"]

app = typer.Typer(
    name="liveattr",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a mistake of ours: plain text in the log of cron, no values
    help="What a broadcast truly earned, whom to call back and what to stock.",
)
presets_app = typer.Typer(invoke_without_command=True, help="Formats that can be read.")
quarantine_app = typer.Typer(no_args_is_help=True, help="Rows that are held back.")
app.add_typer(presets_app, name="presets")
app.add_typer(quarantine_app, name="quarantine")
bench_app = typer.Typer(
    no_args_is_help=True, help="How near numbers come where the truth is known."
)
app.add_typer(bench_app, name="bench")

LakeOption = Annotated[Path, typer.Option("--lake", help="Folder of the lake.")]
RawOption = Annotated[Path, typer.Option("--raw", help="Folder of raw files.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder of the reports.")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Business date, 2026-02-21; default: newest day.")
]
LangOption = Annotated[str, typer.Option("--lang", help="zh, en or both.")]
JobsOption = Annotated[int, typer.Option("--jobs", min=1, help="Reports made at a time.")]
WaitOption = Annotated[
    float, typer.Option("--wait", min=0, help="Seconds to wait for another run to end.")
]

_LAKE = Path("data/lake")
_RAW = Path("data/raw")
_REPORTS = Path("reports")
_DEMOS = Path("data/demo")


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app()
    except LiveattrError as error:
        complain(str(error))
        sys.exit(1 if isinstance(error, ReportError) else 2)
    except OSError as error:
        complain(_say_of_system(error))
        sys.exit(2)


def _say_of_system(error: OSError) -> str:
    """Say what the system refused, where, and what helps."""
    place = error.filename or "the system"
    said = error.strerror or str(error)
    helps = {
        errno.EEXIST: "a file stands where a folder is needed; name another place",
        errno.ENOTDIR: "a file stands where a folder is needed; name another place",
        errno.EACCES: "this user may not; give it the right, or name another place",
        errno.EROFS: "nothing can be written there; name another place",
        errno.ENOSPC: "make room; nothing is half-written, the same command goes on",
    }
    return f"{place}: {said}: {helps[error.errno]}" if error.errno in helps else f"{place}: {said}"


def _open(path: Path) -> Lake:
    """Open a lake that is there."""
    from liveattr.lake import open_lake

    if not path.exists():
        raise MissingDataError(
            f"there is no lake at {path}; `liveattr run` makes it from {_RAW}, or name one with --lake"
        )
    return open_lake(path)


def _new(path: Path) -> Lake:
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


def _print_version(wanted: bool) -> None:
    if wanted:
        say(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


@app.command()
def version() -> None:
    """Print the version."""
    say(__version__)


@app.command()
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
    root: Annotated[Path, typer.Option(help="Folder of the demos.")] = _DEMOS,
    out: OutOption = _REPORTS,
    path: Annotated[Path | None, typer.Option(help="Where the data is (online_retail).")] = None,
    lang: LangOption = "both",
    jobs: JobsOption = 2,
    wait: WaitOption = 0.0,
) -> None:
    """Show the simulated world, or public data (sample_broadcast, complete_journey, online_retail)."""
    from liveattr import demo as demos

    langs, chosen, failed = _langs(lang), demos.check_names(names, preset), False
    if broadcast and chosen != [demos.WORLD]:
        raise ParameterError("--broadcast names a broadcast of the world: `liveattr demo world`")
    for name in chosen:
        note(f"{name}: loading")
        folder = demos.folder_of(name, root, preset)
        with _new(folder / "lake").lock("run", wait):
            for summary in demos.load(name, root, path=path, preset=preset, seed=seed):
                say(f"{name}: {str(summary).splitlines()[0]}")
            if broadcast:
                made = demos.report_broadcasts(folder, broadcast, langs=langs, out=out)
                failed |= _tell(made, out, name)
            elif name == demos.WORLD if report is None else report:
                made = demos.report_demo(name, folder, langs=langs, jobs=jobs, out=out)
                failed |= _tell(made, out, name)
            else:
                say(f"{name}: `liveattr report --all --lake {folder / 'lake'}` makes its reports")
    if (out / "index.html").exists():
        say(f"open {out / 'index.html'} in a browser: every campaign, surface and true figures")
    if failed:
        raise typer.Exit(1)


@app.command("simulate")
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
    out = out or demos.world_of(_DEMOS, preset) / "raw"
    made = demos.simulate_once(out, preset, seed=seed, values=demos.read_values(changes or ()))
    say(f"{out}: up to date" if made is None else str(made))
    note(f"the truth is in {out.parent / 'truth'}; no stage reads it")


@app.command()
def ingest(
    path: Annotated[Path, typer.Argument(help="A file, data/raw/<preset>/, or data/raw.")] = _RAW,
    preset: Annotated[str | None, typer.Option(help="Preset, or your own YAML file.")] = None,
    lake: LakeOption = _LAKE,
    wait: WaitOption = 0.0,
) -> None:
    """Read raw files into the lake; what is wrong goes to quarantine with a reason."""
    from liveattr.pipeline import settings_for
    from liveattr.sources import ingest as ingest_files

    opened = _new(lake)
    with opened.lock("run", wait):
        _print(ingest_files(opened, path, preset=preset, settings=settings_for(opened)))


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
    wait: WaitOption = 0.0,
) -> None:
    """Run every stage that is out of date, under a lock: for cron."""
    from liveattr.pipeline import STAGES, refresh_reports, stages

    opened, day, langs = _new(lake), _day(as_of), _langs(lang)
    with opened.lock("run", wait):
        refused, last = None, ""
        try:
            for summary in stages(opened, as_of=day, raw=raw, from_stage=from_stage):
                _print(summary)
                last = summary.stage
        except BatchError as error:
            if last != STAGES[-1]:  # no other file holds an order
                raise
            refused = error  # the other files are loaded: report on them, then say so
        failed = report and _tell(
            refresh_reports(opened, as_of=day, langs=langs, jobs=jobs, out=out), out
        )
    if refused is not None:
        raise refused
    if failed:
        raise typer.Exit(1)


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
    wait: WaitOption = 0.0,
) -> None:
    """Make the report of one campaign, or of all; prints the file of the one."""
    from liveattr.pipeline import refresh_reports, settings_for, with_rule

    if (campaign is None) == (not every):
        raise ParameterError("say which: --campaign ID, or --all")
    day, langs, opened = _day(as_of), _langs(lang), _open(lake)
    settings = with_rule(settings_for(opened), rule)
    asked = None if campaign is None else [campaign]
    with opened.lock("run", wait):
        made = refresh_reports(
            opened, asked, as_of=day, langs=langs, settings=settings, jobs=jobs, out=out
        )
    failed = _tell(made, out) if campaign is None else _complain_of(made) > 0
    for result in made:
        if campaign is not None and result.ok:
            say(str(result.path))
    if failed:
        raise typer.Exit(1)


def _print(summary: Summary) -> None:
    """Print what a stage did; of one that had nothing to do its name."""
    say(str(summary).splitlines()[0] if summary.skipped else str(summary))


def _tell(made: list[ReportResult], out: Path, name: str = "") -> bool:
    """Print how many reports there are; return whether one failed."""
    old, failed = sum(r.skipped for r in made), _complain_of(made)
    days = ", ".join(sorted({str(r.as_of) for r in made}))
    head = f"{name}: " if name else ""
    say(
        f"{head}reports as of {days}: {len(made) - old - failed} made, {old} up to date, "
        f"{failed} failed; {out / 'index.html'}"
    )
    return failed > 0


def _complain_of(made: Iterable[ReportResult]) -> int:
    """Say which reports failed, why and where the rest of it lies; return how many."""
    failed = [result for result in made if not result.ok]
    for result in failed:
        why = [line for line in result.error.splitlines() if line.strip()] or ["no reason given"]
        complain(
            f"the report of {result.campaign_id!r} ({result.lang}) failed: {why[-1].strip()}; "
            f"see {result.path / 'error.txt'}"
        )
    return len(failed)


@presets_app.callback()
def presets(context: typer.Context, lang: LangOption = "en") -> None:
    """List the formats that can be read."""
    from liveattr.sources import presets as list_presets

    if context.invoked_subcommand is None:
        if lang not in ("zh", "en"):
            raise ParameterError(f"--lang {lang!r}: it is zh or en")
        show(list_presets(lang))


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
        say(preset_text(name).rstrip("\n"))
    else:
        show(show_preset(name))


@app.command()
def template(
    name: Annotated[str, typer.Argument(help="Template, e.g. campaign_costs.")],
    out: Annotated[Path, typer.Option("--out", help="File to make, .xlsx or .csv.")],
) -> None:
    """Make an empty table with explanations, to be filled in."""
    from liveattr.sources.templates import write_template

    say(str(write_template(name, out)))
    note(f"fill it, put it into {_RAW / name}/, then `liveattr run`")


@quarantine_app.command("list")
def quarantine_list(lake: LakeOption = _LAKE) -> None:
    """Count what is held back, by file and reason."""
    from liveattr.sources import list_quarantine

    show(list_quarantine(_open(lake)))


@quarantine_app.command("show")
def quarantine_show(
    ingest_id: Annotated[str | None, typer.Argument(help="Batch; default: all.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    lake: LakeOption = _LAKE,
) -> None:
    """Show the rows that are held back; personal text is masked."""
    show(_held(_open(lake), ingest_id, code))


@quarantine_app.command("release")
def quarantine_release(
    ingest_id: Annotated[str | None, typer.Argument(help="Batch; default: all.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="You looked: doubted rows are right.")
    ] = False,
    raw: RawOption = _RAW,
    lake: LakeOption = _LAKE,
    wait: WaitOption = 0.0,
) -> None:
    """Read the raw rows again and load those that are right now."""
    from liveattr.pipeline import settings_for
    from liveattr.sources import release

    opened = _open(lake)
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


@bench_app.command("truth")
def bench_truth(
    worlds: Annotated[int, typer.Option(min=1, help="Simulated worlds.")] = 8,
    preset: Annotated[str, typer.Option(help="Size of a world: tiny, demo, …")] = "tiny",
    seed: Annotated[int, typer.Option(min=0, help="Decides which worlds.")] = 7,
    estimators: Annotated[
        str | None, typer.Option(help="Names with commas between; default: all.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Worlds at a time.")] = 1,
    out: Annotated[Path, typer.Option("--out", help="Folder of the result.")] = _REPORTS / "bench",
) -> None:
    """Run estimators on simulated worlds and compare them with the known truth; goes on where it was."""
    from liveattr.bench import tell, truth_bench

    names = None if estimators is None else estimators.split(",")
    if tell(truth_bench(worlds, preset=preset, seed=seed, jobs=jobs, out=out, estimators=names)):
        raise typer.Exit(1)


@bench_app.command("spread")
def bench_spread(
    preset: Annotated[str, typer.Option(help="Size of the world.")] = "demo",
    draws: Annotated[int, typer.Option(min=3, help="Times that chance is drawn.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Decides which world.")] = 7,
) -> None:
    """Measure how much less a show's effect swings because worlds share their random numbers."""
    from liveattr.bench.spread import paired_spread

    show(paired_spread(preset, draws, seed=seed).round(2))


@app.command()
def tables(name: Annotated[str | None, typer.Argument(help="Table.")] = None) -> None:
    """List the tables that a lake can hold, or the columns of one."""
    from liveattr.tables import describe

    show(describe(name))


@app.command("datasets")
def list_datasets() -> None:
    """List the public data sets."""
    from liveattr.sources import datasets

    show(datasets.list_datasets())


@app.command()
def doctor(lake: LakeOption = _LAKE, raw: RawOption = _RAW, out: OutOption = _REPORTS) -> None:
    """Check installation, keys, lake and data, and say what to do."""
    from liveattr.health import doctor as examine

    found = examine(lake, raw, out)
    show(found)
    if (found.verdict == "wrong").any():
        raise typer.Exit(2)


if __name__ == "__main__":
    main()
