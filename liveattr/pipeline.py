"""All stages in order: from raw files to the statement and the report of every campaign."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from liveattr.days import check_day, last_day, made_before, settled
from liveattr.errors import BatchError, MissingDataError, ParameterError, ReportError, did_you_mean
from liveattr.lake import Lake, Summary
from liveattr.progress import counter, track
from liveattr.settings import FILE_NAME, RULES, Settings, load_settings

if TYPE_CHECKING:
    from liveattr.report import ReportResult

__all__ = ["STAGES", "last_day", "refresh_reports", "run", "settings_for", "stages", "with_rule"]

STAGES = (
    "ingest",
    "resolve",
    "score_candidates",
    "build_journeys",
    "attribute",
    "settle",
    "measure_lift",
    "settle_lift",
    "predict_people",
    "refresh_audiences",
    "measure_recall",
    "diagnose",
    "plan_stock",
)
"""The stages in the order in which they run; `run` rows bear the same names. Candidates are scored only
with the setting `fuzzy_match`."""

SAMPLE = "sample_broadcast"
"""The data set that lies in the `data/raw` of a checkout; it is `liveattr demo`'s, not the user's."""

PER_WORKER = 4
"""[campaigns] A worker and its kernel take as long to start as so many campaigns take to report."""

_CAMPAIGNS = """
    SELECT campaign_id FROM campaign UNION SELECT campaign_id FROM statement
    UNION SELECT campaign_id FROM broadcast WHERE campaign_id IS NOT NULL
"""


def settings_for(lake: Lake) -> Settings:
    """Return the settings of a lake: a `liveattr.toml` beside it, else those of `load_settings`."""
    beside = lake.path.parent / FILE_NAME
    return load_settings(beside if beside.exists() else None)


def with_rule(settings: Settings, rule: str | None) -> Settings:
    """Return settings with another rule for the lines without hard evidence.

    Raises
    ------
    ParameterError
        If there is no such rule.

    Examples
    --------
    >>> with_rule(Settings(), "linear").share_rule
    'linear'
    """
    if rule is None:
        return settings
    if rule not in RULES:
        raise ParameterError(f"there is no rule {rule!r}; {did_you_mean(rule, RULES)}")
    return settings.model_copy(update={"share_rule": rule})


def run(
    lake: Lake,
    *,
    as_of: date | str | None = None,
    raw: str | Path | None = None,
    settings: Settings | None = None,
    from_stage: str | None = None,
    demo: bool = False,
    wait_s: float = 0.0,
) -> list[Summary]:
    """Run every stage that is out of date, under a lock; made for cron.

    Parameters
    ----------
    lake
        The lake.
    as_of
        Business date; what happened after its end does not count. Default: the newest day in the lake.
    raw
        Folder of raw files to ingest first; without it that stage is left out.
    settings
        By default those of the lake, see `settings_for`.
    from_stage
        Begin at this stage of `STAGES`.
    demo
        Public data: the public token key is used by the ingest.
    wait_s
        [s] How long to wait for another run to end.

    Returns
    -------
    list of Summary
        One a stage; `skipped` where nothing had changed.

    Raises
    ------
    LockedError
        If another run is going on.
    ParameterError, MissingDataError
        If there is no such stage or no data for that day.
    BatchError
        If files were refused for their bad rows; raised when every stage has run on the others.
    """
    with lake.lock("run", wait_s):
        return list(
            stages(lake, as_of=as_of, raw=raw, settings=settings, from_stage=from_stage, demo=demo)
        )


def stages(
    lake: Lake,
    *,
    as_of: date | str | None = None,
    raw: str | Path | None = None,
    settings: Settings | None = None,
    from_stage: str | None = None,
    demo: bool = False,
    credit: bool = True,
) -> Iterator[Summary]:
    """Run the stages one by one and yield what each did; `run` does it under the lock.

    Parameters
    ----------
    lake, as_of, raw, settings, from_stage, demo
        As for `run`.
    credit
        Whether `credit`, which keeps one day only, must be of this day in the end. False does no
        work for a day whose statements are made already.
    """
    known = settings or settings_for(lake)
    if from_stage is not None and from_stage not in STAGES:
        raise ParameterError(
            f"there is no stage {from_stage!r}; {did_you_mean(from_stage, STAGES)}"
        )
    names = STAGES[STAGES.index(from_stage) if from_stage else 0 :]
    left_out = {"ingest"} if raw is None else set()
    left_out |= set() if known.fuzzy_match else {"score_candidates"}
    names = tuple(name for name in names if name not in left_out)
    found: list[date] = []

    def day() -> date:
        if not found:
            found.append(check_day(lake, as_of, known.zone))
        return found[0]

    steps = _steps(lake, known, raw, day, demo=demo, credit=credit)
    refused: BatchError | None = None
    for name in track(names, "liveattr run", label=str):
        try:
            if name != "ingest":
                day()  # an empty lake and an impossible day are said before any work is done
            yield steps[name]()
        except BatchError as error:  # one bad file must not hold up the others
            refused = error
        except MissingDataError as error:
            raise refused or error from None
    if refused is not None:
        raise refused


def _steps(
    lake: Lake,
    settings: Settings,
    raw: str | Path | None,
    day: Callable[[], date],
    *,
    demo: bool,
    credit: bool,
) -> Mapping[str, Callable[[], Summary]]:
    from liveattr.attribution import attribute
    from liveattr.audience import measure_recall, refresh_audiences
    from liveattr.diagnosis import diagnose
    from liveattr.diagnosis.stage import READS as DIAGNOSIS_READS
    from liveattr.diagnosis.stage import diagnose_choices
    from liveattr.identity import resolve, score_candidates
    from liveattr.incrementality.stage import READS as LIFT_READS
    from liveattr.incrementality.stage import lift_choices, measure_lift
    from liveattr.journeys import build_journeys
    from liveattr.profit import settle, settle_lift
    from liveattr.profit.lift_stage import BOOKS, DATED, lift_options
    from liveattr.repurchase import predict_people
    from liveattr.repurchase.stage import READS as REPURCHASE_READS
    from liveattr.repurchase.stage import predict_choices
    from liveattr.sources import ingest
    from liveattr.sources.addresses import expire_ip
    from liveattr.stocking.stage import READS as STOCK_READS
    from liveattr.stocking.stage import plan_choices, plan_stock

    def read() -> Summary:
        assert raw is not None
        _refuse_empty(lake, Path(raw))
        try:
            return ingest(lake, raw, settings=settings, demo=demo)
        finally:
            expire_ip(lake, datetime.now(ZoneInfo(settings.zone)).date(), settings=settings)

    def give_credit() -> Summary:
        if not credit and settled(lake, day(), settings) is not None:
            return Summary(stage="attribute", skipped=True)
        return attribute(lake, as_of=day(), settings=settings)

    def make_statements() -> Summary:
        # Forced: of two rules that gave the same shares, the one that is asked for must be the last.
        return settled(lake, day(), settings) or settle(
            lake, as_of=day(), rule=settings.share_rule, settings=settings, force=True
        )

    def measure_lifts() -> Summary:
        options = lift_choices(day(), settings)
        made = made_before(lake, "measure_lift", options, reads=LIFT_READS)
        return made or measure_lift(lake, as_of=day(), settings=settings)

    def make_lift_statements() -> Summary:
        options = lift_options(day(), settings)
        made = made_before(lake, "settle_lift", options, reads=BOOKS, dated=DATED)
        return made or settle_lift(lake, as_of=day(), settings=settings)

    def tell_people() -> Summary:
        options = predict_choices(day(), settings)
        made = made_before(lake, "predict_people", options, reads=REPURCHASE_READS)
        return made or predict_people(lake, as_of=day(), settings=settings)

    def name_leaks() -> Summary:
        options = diagnose_choices(day(), settings)
        made = made_before(lake, "diagnose", options, reads=DIAGNOSIS_READS)
        return made or diagnose(lake, as_of=day(), settings=settings)

    def plan_orders() -> Summary:
        options = plan_choices(day(), settings)
        made = made_before(lake, "plan_stock", options, reads=STOCK_READS)
        return made or plan_stock(lake, as_of=day(), settings=settings)

    return {
        "ingest": read,
        "resolve": lambda: resolve(lake),
        "score_candidates": lambda: score_candidates(lake, settings=settings),
        "build_journeys": lambda: build_journeys(lake, settings=settings),
        "attribute": give_credit,
        "settle": make_statements,
        "measure_lift": measure_lifts,
        "settle_lift": make_lift_statements,
        "predict_people": tell_people,
        "refresh_audiences": lambda: refresh_audiences(lake),
        "measure_recall": lambda: measure_recall(lake, as_of=day(), settings=settings),
        "diagnose": name_leaks,
        "plan_stock": plan_orders,
    }


def _refuse_empty(lake: Lake, raw: Path) -> None:
    """Say what to do where there is nothing to read but what a checkout brings along."""

    def counts(path: Path) -> bool:
        return path.is_file() and path.name != "README.md" and SAMPLE not in path.parts

    if raw.is_file() or any(map(counts, raw.rglob("*"))):
        return
    go_on = "`liveattr run --from resolve` goes on with what the lake holds"
    raise MissingDataError(
        f"there is nothing to read in {raw}; put exports into {raw}/<preset>/ (`liveattr presets` "
        f"lists them). {go_on if lake.versions() else '`liveattr demo` shows a simulated world'}"
    )


def refresh_reports(
    lake: Lake,
    campaigns: Iterable[str] | None = None,
    *,
    as_of: date | str | None = None,
    langs: Sequence[str] = ("zh",),
    settings: Settings | None = None,
    jobs: int = 1,
    out: str | Path = "reports",
) -> list[ReportResult]:
    """Bring the statements up to a date, make the reports that are out of date, and the index.

    Parameters
    ----------
    lake
        The lake; the caller holds its lock `run`.
    campaigns
        By default all.
    as_of
        Business date; default: the newest day in the lake.
    langs
        `zh`, `en`.
    settings
        By default those of the lake; `share_rule` is the rule for lines without hard evidence.
    jobs
        Worker processes at most; fewer where there are less than `PER_WORKER` campaigns for each.
    out
        Folder of the reports.

    Returns
    -------
    list of ReportResult
        One a campaign and language; a report that failed is a result, not an error.

    Raises
    ------
    ParameterError, MissingDataError
        If there is no such campaign, or no data for that day; nothing was made.
    ReportError
        If a worker process was ended from outside.
    """
    from liveattr.report import make_reports, write_index
    from liveattr.report.facts import known_campaigns

    known = settings or settings_for(lake)
    day = check_day(lake, as_of, known.zone)
    chosen = None if campaigns is None else list(campaigns)
    _refuse_unknown(lake, chosen or (), day)
    for _ in stages(lake, as_of=day, settings=known, from_stage="resolve", credit=False):
        pass
    wanted = len(known_campaigns(lake, day) if chosen is None else chosen) or 1  # the whole shop
    with counter("reports", wanted * len(langs)) as advance:
        try:
            made = make_reports(
                lake,
                chosen,
                as_of=day,
                langs=langs,
                rule=known.share_rule,
                jobs=min(jobs, max(1, wanted // PER_WORKER)),
                out=out,
                settings=known,
                progress=lambda result: advance(f"{result.campaign_id} {result.lang}", 1),
            )
        except BrokenProcessPool as error:
            raise ReportError(
                "a worker process was ended from outside, most likely because memory ran out; "
                "run it again with --jobs 1"
            ) from error
    write_index(out)
    return made


def _refuse_unknown(lake: Lake, campaigns: Iterable[str], day: date) -> None:
    """Refuse a campaign that is nowhere in the lake, before any stage runs for it."""
    from liveattr.profit.shares import UNATTRIBUTED
    from liveattr.report.facts import unknown_campaign

    known = {*lake.sql(_CAMPAIGNS)["campaign_id"], UNATTRIBUTED}
    for name in campaigns:
        if name not in known:
            raise unknown_campaign(lake, name, day)
