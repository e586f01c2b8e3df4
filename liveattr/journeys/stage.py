"""The stage `journeys`: events, people and orders → `touch`, `journey`, `dimension`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from liveattr.consent import audit_row, write_audit
from liveattr.journeys.dimensions import (
    create_dimension,
    create_member_code,
    create_order_code,
    create_test_person,
)
from liveattr.journeys.links import create_fuzzy_link
from liveattr.journeys.matching import MATCHING_READS, create_identity_count
from liveattr.journeys.paths import create_journey
from liveattr.journeys.places import create_place
from liveattr.journeys.sessions import code_events, create_touch
from liveattr.lake import Summary, run_stage
from liveattr.lake.scratch import new_scratch
from liveattr.settings import Settings, load_settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["build_journeys"]

READS = (
    "event",
    "person_member",
    "identifier_quarantine",
    "consent_state",
    "order_header",
    "broadcast",
    "tracked_link",
    "campaign",
    "test_account",
    *MATCHING_READS,
)
WRITES = ("touch", "journey", "dimension", "identity_count")
OPTIONS = (
    "zone",
    "session_gap_minutes",
    "lookback_days",
    "touch_windows",
    "clock_offset_s",
    "buckets",
    "fuzzy_match",
)
"""Settings that decide the result."""

_COUNT = """
SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM touch), (SELECT count(*) FROM journey),
       (SELECT count(*) FROM dimension),
       (SELECT count(DISTINCT order_key) FROM journey),
       (SELECT count(DISTINCT journey_id) FROM journey WHERE order_key IS NULL),
       (SELECT count(*) FROM order_code WHERE order_key IS NOT NULL)"""


def build_journeys(lake: Lake, *, settings: Settings | None = None, force: bool = False) -> Summary:
    """Make touches out of events and journeys out of touches, and write them.

    Parameters
    ----------
    lake
        A lake after `resolve`.
    settings
        Session gap, lookback, windows by kind of touch, clock offsets, zone, number of buckets, and
        whether the links of `score_candidates` count (`fuzzy_match`); by default those of
        `liveattr.toml`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows in: events. A note says how many orders have a journey.

    See Also
    --------
    liveattr.journeys.vocabulary : which events are touches.
    """
    known = settings or load_settings()
    return run_stage(
        lake,
        "build_journeys",
        options={name: getattr(known, name) for name in OPTIONS},
        reads=READS,
        writes=WRITES,
        body=partial(_body, settings=known),
        force=force,
    )


def _body(lake: Lake, settings: Settings) -> Summary:
    with lake.connect(READS) as con, _scratch(lake) as folder:
        create_member_code(con)
        create_test_person(con)
        create_order_code(con, zone=settings.zone, clock_offset_s=settings.clock_offset_s)
        create_place(con)
        code_events(con, folder, buckets=settings.buckets, clock_offset_s=settings.clock_offset_s)
        create_touch(
            con,
            folder,
            session_gap_minutes=settings.session_gap_minutes,
            buckets=settings.buckets,
        )
        links = create_fuzzy_link(con) if settings.fuzzy_match else {}
        create_journey(
            con,
            lookback_days=settings.lookback_days,
            touch_windows=settings.touch_windows.model_dump(),
            links="fuzzy_link" if links.get("") else None,
        )
        create_dimension(con)
        create_identity_count(con)
        for table in WRITES:
            lake.write(table, con.sql(f"FROM {table}"))
        _audit(lake, con, links)
        return _summary(con, links.get("", 0))


def _audit(lake: Lake, con: DuckDBPyConnection, links: Mapping[str, int]) -> None:
    """Keep what passed gate G4: identifiers whose events may be joined to orders, and guessed links."""
    [(known, silent)] = con.execute(
        "SELECT count(*), count(*) FILTER (silent) FROM member_code"
    ).fetchall()
    refused = json.dumps({"withdrawn": silent} if silent else {})
    row = audit_row("G4", "attribution", rows_in=known, rows_out=known - silent, refused=refused)
    rows = [row]
    if links:
        why = {reason: n for reason, n in links.items() if reason}
        rows.append(
            audit_row(
                "G4",
                "fuzzy_match",
                rows_in=sum(links.values()),
                rows_out=links.get("", 0),
                refused=json.dumps(why),
            )
        )
    write_audit(lake, rows, actor="build_journeys")


def _summary(con: DuckDBPyConnection, links: int) -> Summary:
    [(events, touches, rows, codes, converted, others, orders)] = con.execute(_COUNT).fetchall()
    return Summary(
        rows_in=events,
        outputs={"touch": touches, "journey": rows, "dimension": codes},
        notes=(
            f"{converted:,} of {orders:,} orders have a touch before them",
            f"{others:,} people bought nothing and have a journey without an order",
            *(
                [f"{links:,} guessed links (tier C) lead touches to orders of others"]
                if links
                else []
            ),
        ),
    )


@contextmanager
def _scratch(lake: Lake) -> Iterator[Path]:
    folder = new_scratch(lake.path)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
