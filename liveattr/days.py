"""Days of a lake: which business dates can be asked for, and which are settled already."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from liveattr.attribution.stage import READS as CREDIT_READS
from liveattr.attribution.stage import attribute_options
from liveattr.errors import MissingDataError, ParameterError
from liveattr.lake import Lake, Summary, code_version
from liveattr.profit.stage import READS
from liveattr.settings import Settings
from liveattr.units import as_day, business_on

__all__ = ["check_day", "last_day", "made_before", "settled"]

_MOMENTS = """
    SELECT min(moment) FILTER (happens) AS oldest, max(moment) AS newest FROM (
        SELECT unnest([created_at, paid_at, finished_at, updated_at]) AS moment, true AS happens
        FROM order_header
        UNION ALL SELECT unnest([applied_at, done_at, updated_at]), false FROM refund
        UNION ALL SELECT settled_at, false FROM settlement_line
        UNION ALL SELECT "at", false FROM account_ledger
        UNION ALL SELECT event_at, true FROM event)
    WHERE moment <= CAST($now AS TIMESTAMPTZ)
"""

_RUNS = """
    SELECT * FROM run WHERE stage IN ('attribute', 'settle')
    AND json_extract_string(options, '$.as_of') = $day ORDER BY started_at DESC, run_id DESC
"""


_RUNS_OF_STAGE = """
    SELECT * FROM run WHERE stage = $stage AND json_extract_string(options, '$.as_of') = $day
    ORDER BY started_at DESC, run_id DESC LIMIT 1
"""

_LATER_RUNS = """
    SELECT * FROM run WHERE started_at > $since
    AND coalesce(json_extract_string(options, '$.as_of'), $day) <> $day
"""


class _Days(NamedTuple):
    """The business dates of the oldest and the newest thing in a lake."""

    first: date
    last: date


def _days(lake: Lake, zone: str) -> _Days:
    now = datetime.now(UTC)
    oldest, newest = lake.sql(_MOMENTS, now=now.isoformat()).iloc[0]
    if not isinstance(newest, datetime) or newest != newest:
        raise MissingDataError(
            f"the lake {lake.path} has no orders and no events yet; put exports into "
            "data/raw/<preset>/ and run `liveattr run`, or see `liveattr demo`"
        )
    first = oldest if isinstance(oldest, datetime) and oldest == oldest else newest
    return _Days(business_on(first, zone), business_on(newest, zone))


def last_day(lake: Lake, zone: str) -> date:
    """Return the business date of the newest thing in the lake: the default `as_of`.

    What is dated later than now does not count: a wrong year would make every order mature.

    Raises
    ------
    MissingDataError
        If the lake is empty.
    """
    return _days(lake, zone).last


def check_day(lake: Lake, as_of: date | str | None, zone: str) -> date:
    """Return the day that is asked for, or the newest; refuse one of which nothing can be known.

    Raises
    ------
    ParameterError
        If it is no date, or in the future.
    MissingDataError
        If the lake is empty, or nothing had happened by then.
    """
    days = _days(lake, zone)
    if as_of is None:
        return days.last
    try:
        as_of = as_day(as_of)
    except ValueError as error:
        raise ParameterError(f"as_of: {error}") from None
    today = business_on(datetime.now(UTC), zone)
    if as_of > today:
        raise ParameterError(f"as_of {as_of} is in the future; today is {today} in {zone}")
    if as_of < days.first:
        raise MissingDataError(
            f"nothing had happened by {as_of}: the lake holds {days.first} to {days.last}"
        )
    return as_of


def settled(lake: Lake, day: date, settings: Settings) -> Summary | None:
    """Return what `settle` did for a day, if its statements are still right.

    `credit` keeps the rows of one day, so `settle` would see a change whenever another day was
    looked at. The statements of a day are right while every table below them is as it was: the
    last settling of that day had these options and this code, read the versions of now, and the
    credit that it read was made the same way.
    """
    runs = [_run_of(row) for row in lake.sql(_RUNS, day=day.isoformat()).to_dict("records")]
    made = next((each for each in runs if each["stage"] == "settle"), None)
    if made is None:
        return None
    now = lake.versions()
    below = tuple(name for name in READS if name != "credit")
    credit = made["input_versions"].get("credit")
    if not _fits(made, day, settings, below, now) or not any(
        each["stage"] == "attribute"
        and each["output_versions"].get("credit") == credit
        and _fits(each, day, settings, CREDIT_READS, now)
        for each in runs
    ):
        return None
    return _skipped(made)


def made_before(
    lake: Lake,
    stage: str,
    options: Mapping[str, Any],
    *,
    reads: Sequence[str],
    dated: Sequence[str] = (),
) -> Summary | None:
    """Return what a stage did for a day, if its rows are still right, whatever other days were run.

    The tables of results keep rows of many days, so their versions move when another day is run. The
    rows of this day are right while the last run of the stage for it had these options and this code,
    the tables in `reads` have the versions that it read, and the tables in `dated` were only changed by
    runs for other days since.

    Parameters
    ----------
    lake
        The lake.
    stage
        Name.
    options
        Of the stage, with `as_of`.
    reads
        Tables that it reads whole.
    dated
        Tables of which it reads the rows of the day.

    Returns
    -------
    Summary or None
        Of that run, `skipped`; None if the stage must run.
    """
    text = json.loads(json.dumps(options, default=str))
    found = lake.sql(_RUNS_OF_STAGE, stage=stage, day=text["as_of"]).to_dict("records")
    if not found:
        return None
    made, now = _run_of(found[0]), lake.versions()
    read = made["input_versions"]
    same = all(read.get(name) == now.get(name) for name in reads)
    if made["code_version"] != code_version() or made["options"] != text or not same:
        return None
    later = lake.sql(_LATER_RUNS, since=made["started_at"], day=text["as_of"]).to_dict("records")
    others = [_run_of(row)["output_versions"] for row in later]
    for name in dated:
        moved = set(range(read.get(name, -1) + 1, now.get(name, -1) + 1))
        if moved - {each.get(name) for each in others}:
            return None
    return _skipped(made)


def _skipped(made: Mapping[str, Any]) -> Summary:
    return Summary(
        stage=made["stage"],
        rows_in=int(made["rows_in"]),
        rows_out=int(made["rows_out"]),
        outputs=made["outputs"],
        notes=tuple(made["notes"]),
        skipped=True,
    )


def _run_of(row: Mapping[Any, Any]) -> dict[str, Any]:
    parts = ("options", "input_versions", "output_versions", "outputs", "notes")
    return {**row, **{name: json.loads(row[name]) for name in parts}}


def _fits(
    made: Mapping[str, Any],
    day: date,
    settings: Settings,
    reads: Sequence[str],
    now: Mapping[str, int],
) -> bool:
    """Say whether a run had these options, this code and the tables that are there now.

    An option is the day, the rule, one of `attribute_options`, or the setting of the same name.
    """
    values = {
        **settings.model_dump(mode="json"),
        **attribute_options(day, settings),
        "as_of": day.isoformat(),
        "rule": settings.share_rule,
    }
    read = {n: v for n, v in made["input_versions"].items() if n in reads}
    return (
        made["code_version"] == code_version()
        and made["options"] == {name: values.get(name) for name in made["options"]}
        and read == {n: v for n, v in now.items() if n in reads}
    )
