"""All stages in order: from raw files to the statement of every campaign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from liveattr.errors import MissingDataError, ParameterError, did_you_mean
from liveattr.lake import Lake, Summary
from liveattr.progress import track
from liveattr.settings import FILE_NAME, Settings, load_settings
from liveattr.units import business_on

__all__ = ["STAGES", "last_day", "run", "settings_for"]

STAGES = ("ingest", "resolve", "build_journeys", "attribute", "settle")
"""The stages in the order in which they run."""

_MOMENTS = """
    SELECT max(moment) AS newest FROM (
        SELECT max(greatest(created_at, paid_at, finished_at, updated_at)) AS moment FROM order_header
        UNION ALL SELECT max(greatest(applied_at, done_at, updated_at)) FROM refund
        UNION ALL SELECT max(settled_at) FROM settlement_line
        UNION ALL SELECT max("at") FROM account_ledger
        UNION ALL SELECT max(event_at) FROM event)
"""


def settings_for(lake: Lake) -> Settings:
    """Return the settings of a lake: a `liveattr.toml` beside it, else those of `load_settings`."""
    beside = lake.path.parent / FILE_NAME
    return load_settings(beside if beside.exists() else None)


def last_day(lake: Lake, zone: str) -> date:
    """Return the business date of the newest thing in the lake: the default `as_of`.

    Raises
    ------
    MissingDataError
        If the lake is empty.
    """
    at = lake.sql(_MOMENTS)["newest"].iloc[0]
    if not isinstance(at, datetime) or at != at:
        raise MissingDataError(
            "the lake has no orders and no events; run `liveattr ingest data/raw`, or `liveattr demo`"
        )
    return business_on(at, zone)


def run(
    lake: Lake,
    *,
    as_of: date | None = None,
    raw: str | Path | None = None,
    settings: Settings | None = None,
    from_stage: str | None = None,
    demo: bool = False,
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
    from_stage
        Begin at this stage of `STAGES`.
    demo
        Public data: the public token key is used by the ingest.

    Returns
    -------
    list of Summary
        One a stage; `skipped` where nothing had changed.

    Raises
    ------
    LockedError
        If another run is going on.
    """
    settings = settings or settings_for(lake)
    if from_stage is not None and from_stage not in STAGES:
        raise ParameterError(
            f"there is no stage {from_stage!r}; {did_you_mean(from_stage, STAGES)}"
        )
    first = STAGES.index(from_stage) if from_stage else 0
    with lake.lock("run"):
        steps = _steps(lake, settings, raw, as_of, demo=demo)[first:]
        return [step() for step in track([s for s in steps if s is not None], "liveattr run")]


def _steps(
    lake: Lake, settings: Settings, raw: str | Path | None, as_of: date | None, *, demo: bool
) -> list[Callable[[], Summary] | None]:
    from liveattr.attribution import attribute
    from liveattr.identity import resolve
    from liveattr.journeys import build_journeys
    from liveattr.profit import settle
    from liveattr.sources import ingest

    def day() -> date:
        return as_of or last_day(lake, settings.zone)

    return [
        (lambda: ingest(lake, raw, settings=settings, demo=demo)) if raw is not None else None,
        lambda: resolve(lake),
        lambda: build_journeys(lake, settings=settings),
        lambda: attribute(lake, as_of=day(), settings=settings),
        lambda: settle(lake, as_of=day(), rule=settings.share_rule, settings=settings),
    ]
