"""Events → touches: the first event of each session of a person in a lane.

A lane is a channel, broadcast and link (see `places`). Events become four whole numbers each, in
files by bucket of people; bucket by bucket the pauses are found, so memory is bounded by the largest
bucket and not by the number of events.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from liveattr.identity.lookup import EVENT_KEY
from liveattr.journeys.dimensions import KNOWN_PHONE
from liveattr.journeys.places import SIGNATURE
from liveattr.units import time_us_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["code_events", "create_touch", "touch_starts_sql"]

MINUTE_US = 60_000_000

_MATCH = " AND ".join(f"p.{c} IS NOT DISTINCT FROM e.{c}" for c in SIGNATURE)

TOUCHES_PER_PERSON = 10_000_000
"""`touch_id` is the person's code times this plus the number of the touch; nobody has so many."""

_TOUCH_CODE = """
CREATE OR REPLACE TEMP TABLE touch_code AS
SELECT CAST(person AS BIGINT) * {ids}
           + row_number() OVER (PARTITION BY person ORDER BY ts_us, facet) AS touch_id,
       person, ts_us, facet
FROM touch_start"""

_TOUCH = """
CREATE OR REPLACE TEMP VIEW touch AS
SELECT t.touch_id, t.person, t.ts_us, t.person % {buckets} AS bucket,
       f.channel, f.campaign, f.broadcast, f.host, f.sku, f.action, f.touch_kind
FROM touch_code AS t
JOIN facet AS f ON f.facet = t.facet"""


def code_events(
    con: DuckDBPyConnection,
    folder: Path,
    *,
    buckets: int = 16,
    clock_offset_s: Mapping[str, float] | None = None,
) -> None:
    """Write events as whole numbers, by bucket of people: `bucket=N/*.parquet`.

    Parameters
    ----------
    con
        Connection with `event`, and what `create_member_code` and `create_place` make.
    folder
        Folder that is not there yet, or is empty.
    buckets
        Number of buckets; a person's bucket is the code of the person modulo that.
    clock_offset_s
        Source → [s] how far its clock is ahead.

    Notes
    -----
    Columns `person, ts_us, lane, facet`, one row an event that counts: events of nobody (no known
    identifier), of people who took consent back, and events that are no touch are left out. A
    `live_leave` is dated at the end of
    what was watched; here it counts from the beginning, `watch_ms` earlier, so that who buys while
    watching was touched before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    moment = time_us_sql("event_at", "source", clock_offset_s or {})
    con.execute(f"""
COPY (
    SELECT m.person % {buckets} AS bucket, m.person,
           e.ts_us - CASE WHEN p.ends_watch THEN coalesce(e.watch_ms, 0) * 1000 ELSE 0 END
               AS ts_us,
           p.lane, p.facet
    FROM (SELECT *, {moment} AS ts_us, watch_ms IS NOT NULL AS watched FROM event) AS e
    LEFT JOIN {KNOWN_PHONE} AS ph
      ON ph.id = e.phone_token AND coalesce(e.event_at >= ph.valid_from_at, true)
    JOIN member_code AS m
      ON m.kind = {EVENT_KEY.kind} AND m.id = {EVENT_KEY.id} AND NOT m.silent
    JOIN place AS p
      ON {_MATCH} AND p.watched = e.watched AND p.from_us <= e.ts_us AND e.ts_us < p.to_us
) TO '{_text(folder)}' (FORMAT parquet, PARTITION_BY (bucket), OVERWRITE_OR_IGNORE)""")


def touch_starts_sql(source: str, session_gap_minutes: float, facets: int) -> str:
    """Write SQL for the first event of each session: `person, ts_us, facet`.

    Parameters
    ----------
    source
        Relation with `person, ts_us, lane, facet`.
    session_gap_minutes
        [min] A session of a person in a lane ends where the next event is more than that later;
        exactly that much later still belongs to it.
    facets
        A number that is greater than every facet.

    Notes
    -----
    Time is cut into bins as wide as the gap. Events of one bin are nearer than the gap, so a
    session can only begin with the first event of a bin; and whatever came within the gap before
    it is in the bin before. So a hash join of the bins with themselves does what a sort of all
    events would do, in half the time. Of several events at one moment the smallest facet stays:
    it is the last digit of the time within the bin.
    """
    gap_us = round(session_gap_minutes * MINUTE_US)
    return f"""
WITH bins AS (
    SELECT person, lane, ts_us // {gap_us} AS bin, max(ts_us) AS last_us,
           min(ts_us % {gap_us} * {facets} + facet) AS first
    FROM {source}
    GROUP BY person, lane, ts_us // {gap_us}
), timed AS (
    SELECT person, lane, bin, bin * {gap_us} + first // {facets} AS first_us,
           CAST(first % {facets} AS INTEGER) AS facet, last_us
    FROM bins
)
SELECT t.person, t.first_us AS ts_us, t.facet
FROM timed AS t
LEFT JOIN timed AS p ON p.person = t.person AND p.lane = t.lane AND p.bin = t.bin - 1
WHERE p.last_us IS NULL OR t.first_us - p.last_us > {gap_us}"""


def create_touch(
    con: DuckDBPyConnection,
    folder: Path,
    *,
    session_gap_minutes: float = 30,
    buckets: int = 16,
) -> None:
    """Create the temporary view `touch` from what `code_events` wrote.

    Parameters
    ----------
    con
        Connection with `facet` (see `places.create_place`).
    folder
        Folder of coded events.
    session_gap_minutes
        [min] A longer pause begins a new session.
    buckets
        Number of buckets, as given to `code_events`.

    Notes
    -----
    The columns are those of the lake's table `touch`; the view joins the codes of a touch to its
    `facet`, and the temporary table `touch_code` is behind it. `touch_id` numbers a person's touches in the
    order of time and facet: it does not depend on the order of the events or on the buckets, and
    an event that comes twice changes nothing.
    """
    [(facets,)] = con.execute("SELECT coalesce(max(facet), 0) + 1 FROM facet").fetchall()
    con.execute(
        "CREATE OR REPLACE TEMP TABLE touch_start (person INTEGER, ts_us BIGINT, facet INTEGER)"
    )
    for bucket in range(buckets):
        files = sorted((folder / f"bucket={bucket}").glob("*.parquet"))
        if files:
            names = ", ".join(f"'{_text(file)}'" for file in files)
            source = f"read_parquet([{names}], hive_partitioning = false)"
            starts = touch_starts_sql(source, session_gap_minutes, facets)
            con.execute(f"INSERT INTO touch_start {starts}")
    con.execute(_TOUCH_CODE.format(ids=TOUCHES_PER_PERSON))
    con.execute("DROP TABLE touch_start")
    con.execute(_TOUCH.format(buckets=buckets))


def _text(path: Path) -> str:
    return str(path).replace("'", "''")
