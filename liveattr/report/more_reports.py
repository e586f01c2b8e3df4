"""Reports of other kinds than a campaign's: recall lists, and repurchase and stocking for planners."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from liveattr import units
from liveattr.errors import MissingDataError, ParameterError, did_you_mean
from liveattr.report.facts_recall import known_recalls
from liveattr.report.facts_repurchase import known_days
from liveattr.report.facts_stocking import planned_days
from liveattr.report.kinds import get_kind
from liveattr.report.notebook import check_engine
from liveattr.report.parameters import ReportParameters, check_parameters
from liveattr.report.request import Job, settings_of
from liveattr.report.run import ReportResult, run_jobs
from liveattr.report.words import LANGS
from liveattr.settings import Settings

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["known_subjects", "make_kind_reports"]


def known_subjects(
    lake: Lake, kind: str, as_of: date | str, zone: str = units.SHANGHAI
) -> list[str]:
    """Return what there can be reports of a kind about, as of a day.

    Parameters
    ----------
    lake
        The lake.
    kind
        `recall`: broadcasts with lists frozen by then, and lists about none; `repurchase`: `shop`
        where `predict` has run for that day; `stocking`: `shop` where orders were planned for it.
    as_of
        Business date.
    zone
        Of the business dates.
    """
    day = units.as_day(as_of)
    if kind == "recall":
        return known_recalls(lake, day, zone)
    if kind == "repurchase":
        return ["shop"] if day in known_days(lake) else []
    if kind == "stocking":
        return ["shop"] if day in planned_days(lake) else []
    known = ("recall", "repurchase", "stocking")
    raise ParameterError(f"kind = {kind!r}: {did_you_mean(kind, known)}")


def make_kind_reports(
    lake: Lake | str | Path,
    kind: str,
    subjects: Iterable[str] | None = None,
    *,
    as_of: date | str,
    langs: Sequence[str] = LANGS,
    jobs: int = 1,
    out: str | Path = "reports",
    engine: str | None = None,
    settings: Settings | None = None,
    force: bool = False,
    progress: Callable[[ReportResult], None] | None = None,
) -> list[ReportResult]:
    """Make the reports of one kind; one that nothing changed for is left as it is.

    Parameters
    ----------
    lake
        A lake, or the folder of one.
    kind
        `recall`, `repurchase` or `stocking`.
    subjects
        Broadcasts, or lists about none (`recall`); by default all that there are. A lake without
        any makes none.
    as_of, langs, jobs, out, engine, settings, force, progress
        As for `make_reports`.

    Returns
    -------
    list of ReportResult
        In the order of subjects and languages; a report that failed is a result, not an error.

    Raises
    ------
    ParameterError, MissingDataError
        If the request is wrong; nothing was run.
    """
    from liveattr.lake import Lake, open_lake

    opened = (lake if isinstance(lake, Lake) else open_lake(lake)).snapshot()
    zone = (settings or settings_of(opened)).zone
    if engine is not None:
        check_engine(engine)
    chosen = _chosen(opened, kind, subjects, units.as_day(as_of), zone)
    mode = engine or ("warm" if len(chosen) * len(langs) > 1 else "fresh")
    work = [
        Job(_asked(opened, kind, name, as_of, langs, zone), Path(out), mode, force)
        for name in chosen
    ]
    return run_jobs(work, jobs, progress)


def _chosen(
    lake: Lake, kind: str, subjects: Iterable[str] | None, as_of: date, zone: str
) -> list[str]:
    if isinstance(subjects, str):
        raise ParameterError(f"subjects = {subjects!r}: give a list")
    known = known_subjects(lake, kind, as_of, zone)
    chosen = known if subjects is None else list(dict.fromkeys(subjects))
    for name in chosen:
        if name not in known:
            hint = did_you_mean(name, known) if known else "the lake has none"
            raise MissingDataError(f"no {kind} report on {name!r} as of {as_of}: {hint}")
    return chosen


def _asked(
    lake: Lake, kind: str, subject: str, as_of: date | str, langs: Sequence[str], zone: str
) -> tuple[ReportParameters, ...]:
    """Return the checked parameters of one subject, a language each."""
    known = get_kind(kind)
    pins = {n: v for n, v in sorted(lake.versions().items()) if n in known.reads}
    common = {
        "as_of": str(as_of),
        "zone": zone,
        "lake": str(lake.path),
        "versions": json.dumps(pins),
        "save": ".",
        **({"about": subject} if kind == "recall" else {}),
    }
    return tuple(check_parameters({**common, "lang": each}, known.parameters) for each in langs)
