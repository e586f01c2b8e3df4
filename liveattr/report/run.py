"""Make reports: one campaign, or many with warm kernels; nothing half-made, nothing made twice.

A folder `reports/<kind>/<subject>/<as_of>/` holds one state of the data: both languages, the
notebook, the tables, the manifest; the subject of kind `campaign` is a campaign. Everything is built
beside it and moved in when it is whole.
"""

from __future__ import annotations

import glob
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING

from liveattr.errors import LiveattrError, ReportError
from liveattr.report.build import NOTEBOOK, build, is_current, publish
from liveattr.report.parameters import ReportParameters
from liveattr.report.request import Job, check_request
from liveattr.report.words import LANGS
from liveattr.settings import Settings

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = [
    "ReportResult",
    "file_name",
    "make_report",
    "make_reports",
    "making",
    "report_folder",
    "run_jobs",
]

FAILED = "_failed"
STALE_S = 24 * 3600
"""[s] What a killed run left behind is cleared away after a day: no run takes so long."""


@dataclass(frozen=True)
class ReportResult:
    """What became of one report.

    Attributes
    ----------
    campaign_id, as_of, lang
        Which; of another kind than campaign what it is about.
    ok
        It is there.
    skipped
        It was there already, made from the same data by the same code.
    path
        The HTML file; where it failed, the folder with the error and the broken notebook.
    error
        What went wrong.
    seconds
        How long it took.
    kind
        Of the report.
    """

    campaign_id: str
    as_of: date
    lang: str
    ok: bool
    skipped: bool
    path: Path
    error: str = ""
    seconds: float = 0.0
    kind: str = "campaign"


def make_report(
    lake: Lake | str | Path,
    campaign_id: str,
    *,
    as_of: date | str,
    lang: str = "zh",
    rule: str | None = None,
    out: str | Path = "reports",
    engine: str = "fresh",
    settings: Settings | None = None,
    force: bool = False,
) -> Path:
    """Make the report of one campaign in one language.

    Parameters
    ----------
    lake
        A lake, or the folder of one; `settle` has run for `as_of`.
    campaign_id
        Campaign; `(unattributed)` for the orders that no campaign can claim.
    as_of
        Business date.
    lang
        `zh` or `en`.
    rule
        The rule that `settle` took for lines without hard evidence; by default the setting
        `share_rule`. Another one than it took is an error.
    out
        Folder for reports.
    engine
        `fresh`: a kernel of its own; `warm`: the kernel of this process, emptied.
    settings
        Zone and refund window; by default those of the `liveattr.toml` beside the lake, else here.
    force
        Make it anew even if nothing changed.

    Returns
    -------
    pathlib.Path
        The HTML file. Beside it: report.ipynb, tables/*.csv, manifest.json.

    Raises
    ------
    ParameterError
        If a parameter is wrong; nothing was run.
    MissingDataError
        If there is no statement for this campaign, date and rule; nothing was run.
    ReportError
        If the notebook failed; the message says where it lies.
    """
    done = make_reports(
        lake,
        [campaign_id],
        as_of=as_of,
        langs=(lang,),
        rule=rule,
        out=out,
        engine=engine,
        settings=settings,
        force=force,
    )[0]
    if not done.ok:
        raise ReportError(f"the report of {campaign_id!r} failed ({done.path}): {done.error}")
    return done.path


def make_reports(
    lake: Lake | str | Path,
    campaigns: Iterable[str] | None = None,
    *,
    as_of: date | str,
    langs: Sequence[str] = LANGS,
    rule: str | None = None,
    jobs: int = 1,
    out: str | Path = "reports",
    engine: str | None = None,
    settings: Settings | None = None,
    force: bool = False,
    progress: Callable[[ReportResult], None] | None = None,
) -> list[ReportResult]:
    """Make the reports of many campaigns; one that nothing changed for is left as it is.

    Parameters
    ----------
    lake
        A lake, or the folder of one; `settle` has run for `as_of`.
    campaigns
        Campaigns; by default all that have a statement as of that day, or, in a lake without
        campaigns, `(unattributed)`: the whole shop.
    as_of, langs, rule, out, settings, force
        As for `make_report`.
    jobs
        Worker processes; 1 works in this one.
    engine
        By default `warm` for more than one report.
    progress
        Called with each result as it comes.

    Returns
    -------
    list of ReportResult
        In the order of campaigns and languages. A report that failed is a result, not an error.

    Raises
    ------
    ParameterError, MissingDataError
        If the request is wrong; nothing was run.
    """
    work = check_request(lake, campaigns, as_of, langs, rule, Path(out), engine, settings, force)
    return run_jobs(work, jobs, progress)


def run_jobs(
    work: list[Job], jobs: int, progress: Callable[[ReportResult], None] | None = None
) -> list[ReportResult]:
    """Do checked jobs of any kind; the results in their order."""
    found: list[ReportResult] = []
    for results in _results(work, jobs):
        found += results
        if progress is not None:
            for result in results:
                progress(result)
    return found


def report_folder(out: str | Path, subject: str, as_of: date | str, kind: str = "campaign") -> Path:
    """Return the folder of a report.

    Examples
    --------
    >>> report_folder("reports", "live/1", "2026-02-21").as_posix()
    'reports/campaign/live%2F1/2026-02-21'
    """
    return Path(out) / kind / file_name(subject) / str(as_of)


def file_name(text: str) -> str:
    """Write an id as a file name: what file systems refuse becomes %XX.

    Examples
    --------
    >>> file_name("冬季 A:1"), file_name("..")
    ('冬季 A%3A1', '%2E.')
    """
    safe = re.sub(r'[\x00-\x1f<>:"/\\|?*%]', lambda m: f"%{ord(m[0]):02X}", text)
    return f"%{ord(safe[0]):02X}{safe[1:]}" if safe[0] in ". " else safe


def _results(work: list[Job], jobs: int) -> Iterator[list[ReportResult]]:
    """Do the jobs, here or in worker processes, each with its own kernel.

    A worker takes seconds to start, so there are none where at most one report is to be made.
    """
    if jobs <= 1 or sum(not _is_done(job) for job in work) <= 1:
        try:
            yield from map(_do, work)
        finally:
            _stop_kernel()
        return
    with ProcessPoolExecutor(
        min(jobs, len(work)), get_context("spawn"), initializer=_stop_kernel_at_end
    ) as pool:
        yield from pool.map(_do, work)


def _is_done(job: Job) -> bool:
    return not job.force and all(
        is_current(_folder(asked, job), asked, look=False) for asked in job.asked
    )


def _stop_kernel() -> None:
    if "liveattr.report.engine" in sys.modules:
        sys.modules["liveattr.report.engine"].stop_warm_kernel()


def _stop_kernel_at_end() -> None:
    """Have a worker process end its kernel before it ends itself (atexit is not run there)."""
    Finalize(None, _stop_kernel, exitpriority=100)


def _do(job: Job) -> list[ReportResult]:
    return [_report(asked, job) for asked in job.asked]


def _report(asked: ReportParameters, job: Job) -> ReportResult:
    """Make one report, or leave it, or put what went wrong into `_failed/`."""
    clock = time.perf_counter()
    folder = _folder(asked, job)
    failed = job.out / FAILED / f"{_failure(asked)}-{asked.as_of}-{asked.lang}"
    day, html = date.fromisoformat(asked.as_of), folder / f"report.{asked.lang}.html"

    def result(ok: bool, skipped: bool, path: Path, error: str = "") -> ReportResult:
        seconds = time.perf_counter() - clock
        which = asked.subject, day, asked.lang
        return ReportResult(*which, ok, skipped, path, error, seconds, asked.kind)

    if not job.force and is_current(folder, asked):
        _forget_failures(asked, job.out)
        return result(True, True, html)
    with making(folder) as work:
        try:
            build(asked, work, engine=job.engine)
            publish(asked, work, folder)
        except (LiveattrError, OSError) as error:
            _keep_failure(work, failed, error)
            return result(False, False, failed, str(error))
    _forget_failures(asked, job.out)
    return result(True, False, html)


def _folder(asked: ReportParameters, job: Job) -> Path:
    return report_folder(job.out, asked.subject, asked.as_of, asked.kind)


def _failure(asked: ReportParameters) -> str:
    """Return the head of a failure's name: the campaign, or kind and subject."""
    of_kind = "" if asked.kind == "campaign" else f"{asked.kind}-"
    return of_kind + file_name(asked.subject)


@contextmanager
def making(folder: Path) -> Iterator[Path]:
    """Lend a folder beside `folder` in which something is built; it is gone afterwards."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    work = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _keep_failure(work: Path, failed: Path, error: Exception) -> None:
    shutil.rmtree(failed, ignore_errors=True)
    failed.mkdir(parents=True)
    said = getattr(error, "detail", "")
    text = f"{type(error).__name__}: {error}\n\n{said}".strip()
    (failed / "error.txt").write_text(f"{text}\n", encoding="utf-8")
    for broken in work.glob("*.ipynb"):
        broken.replace(failed / NOTEBOOK)


def _forget_failures(asked: ReportParameters, out: Path) -> None:
    """Take away what failed for this campaign and language, of this day and of earlier ones."""
    name = glob.escape(_failure(asked))
    for old in (out / FAILED).glob(f"{name}-????-??-??-{asked.lang}"):
        if old.name.removesuffix(f"-{asked.lang}")[-len(asked.as_of) :] <= asked.as_of:
            shutil.rmtree(old, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Clear away what runs that were killed left behind."""
    for old in folder.glob(".making-*"):
        if time.time() - old.stat().st_mtime > STALE_S:
            shutil.rmtree(old, ignore_errors=True)
