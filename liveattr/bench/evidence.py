"""What an estimator may see of a world: the canonical tables, and what the stages make of them.

People, touches and journeys are made by the same functions as in the lake, over one DuckDB
connection in memory, when somebody first asks for them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pyarrow as pa

from liveattr.errors import TableError
from liveattr.identity import create_people
from liveattr.incrementality.measure import Lift, measure
from liveattr.journeys import (
    code_events,
    create_dimension,
    create_journey,
    create_member_code,
    create_order_code,
    create_place,
    create_test_person,
    create_touch,
)
from liveattr.journeys.paths import DAY_US
from liveattr.journeys.vocabulary import CHANNEL_DIRECT, CHANNEL_LIVE, CLICK
from liveattr.lake.frames import arrow_from_pandas
from liveattr.lake.views import ident
from liveattr.ledger import create_line_ledger
from liveattr.settings import Settings
from liveattr.simulate.world import CHANNELS, LIVE
from liveattr.tables import TABLES, Column, Table, get_table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

__all__ = ["ROOMS", "Evidence"]

ROOMS = tuple(CHANNELS[code] for code in LIVE)
"""The live rooms of a world."""

_ROOM_OF = {"own": "own_room", "second": "second_room", "kol": "kol"}
"""First word of a campaign id of a world → live room."""

_ROOM = "CASE split_part(campaign_id, '_', 1) {} END".format(
    " ".join(f"WHEN '{word}' THEN '{room}'" for word, room in _ROOM_OF.items())
)

_CAMPAIGN_ROOM = f"""
CREATE OR REPLACE TEMP TABLE campaign_room AS
SELECT campaign_id, {_ROOM} AS room
FROM (SELECT campaign_id FROM campaign UNION SELECT campaign_id FROM broadcast)
WHERE {_ROOM} IS NOT NULL"""

_COUNTED = """
CREATE OR REPLACE TEMP TABLE counted_order AS
SELECT c.order_key, h.platform, h.shop_id, h.order_id
FROM order_code AS c
JOIN order_header AS h ON h.platform || chr(9) || h.shop_id || chr(9) || h.order_id = c.value
WHERE c.order_key IS NOT NULL AND h.paid_at IS NOT NULL AND c.order_ts_us >= {since}"""

_CLICK = f"""
CREATE OR REPLACE TEMP TABLE click AS
SELECT DISTINCT e.person, e.ts_us, f.channel, f.campaign
FROM read_parquet('{{files}}', hive_partitioning = false) AS e
JOIN facet AS f ON f.facet = e.facet
JOIN dimension AS c ON c.kind = 'channel' AND c.code = f.channel
WHERE f.touch_kind = {CLICK} OR c.value NOT IN ('{CHANNEL_LIVE}', '{CHANNEL_DIRECT}')"""

_CLICK_BEFORE = f"""
CREATE OR REPLACE TEMP TABLE click_before AS
SELECT o.order_key, k.ts_us, o.order_ts_us, {CLICK} AS touch_kind, c.value AS channel,
       coalesce(r.room, c.value) AS subject, r.room, g.value AS campaign,
       row_number() OVER (PARTITION BY o.order_key ORDER BY k.ts_us, c.value, g.value) AS pos,
       count(*) OVER (PARTITION BY o.order_key) AS n
FROM order_code AS o
JOIN counted_order AS d ON d.order_key = o.order_key
JOIN click AS k
  ON k.person = o.person AND k.ts_us < o.cut_us AND k.ts_us >= o.order_ts_us - {7 * DAY_US}
JOIN dimension AS c ON c.kind = 'channel' AND c.code = k.channel
LEFT JOIN dimension AS g ON g.kind = 'campaign' AND g.code = k.campaign
LEFT JOIN campaign_room AS r ON r.campaign_id = g.value AND c.value IN ('{CHANNEL_LIVE}', r.room)"""

_PATH = """
CREATE OR REPLACE TEMP TABLE path AS
SELECT j.order_key, j.pos, j.n, j.ts_us, j.order_ts_us, t.touch_kind, c.value AS channel,
       coalesce(r.room, c.value) AS subject, r.room, g.value AS campaign
FROM journey AS j
JOIN counted_order AS o ON o.order_key = j.order_key
JOIN touch AS t ON t.touch_id = j.touch_id
JOIN dimension AS c ON c.kind = 'channel' AND c.code = t.channel
LEFT JOIN dimension AS g ON g.kind = 'campaign' AND g.code = t.campaign
LEFT JOIN campaign_room AS r ON r.campaign_id = g.value AND c.value IN ('live', r.room)"""


@dataclass(frozen=True, eq=False)
class Evidence:
    """The canonical tables of one world, as after the ingest, and nothing of its truth.

    Attributes
    ----------
    frames
        Table → frame with declared columns. A column that is missing is null, a table that is
        missing is empty. Moments are timestamps, or whole µs since 1970.
    since_us
        [µs, UTC] Orders that were placed earlier are history: they are seen and not counted.
    settings
        Windows, zone, memory and threads, as in the pipeline.

    Notes
    -----
    Close it after use: `with Evidence(frames) as evidence: …`. Estimators share its connection, so
    they make temporary tables of their own names only.
    """

    frames: Mapping[str, pd.DataFrame]
    since_us: int = 0
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        for name, frame in self.frames.items():
            unknown = sorted(set(map(str, frame.columns)) - set(get_table(name).names))
            if unknown:
                raise TableError(f"table {name!r} has no column {unknown[0]!r}")

    def __enter__(self) -> Evidence:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and remove what it spilled."""
        if "connection" in self.__dict__:
            self.connection.close()
        if "_room" in self.__dict__:
            shutil.rmtree(self._room, ignore_errors=True)

    @cached_property
    def _room(self) -> Path:
        return Path(tempfile.mkdtemp(prefix="liveattr-bench-"))

    @cached_property
    def connection(self) -> DuckDBPyConnection:
        """A connection with one view for each table of the lake."""
        con = duckdb.connect(
            config={
                "memory_limit": self.settings.memory_limit,
                "threads": self.settings.threads,
                "temp_directory": str(self._room / "spill"),
            }
        )
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET python_enable_replacements = false")
        for name, table in TABLES.items():
            rows = None
            if name in self.frames:
                rows = arrow_from_pandas(self.frames[name], table)
                con.register(f"given_{name}", rows)
            con.execute(_view(table, rows))
        return con

    @cached_property
    def people(self) -> DuckDBPyRelation:
        """Which identifier belongs to which person: the table `person_member`."""
        create_people(self.connection)
        return self.connection.table("person_member")

    @cached_property
    def touches(self) -> DuckDBPyRelation:
        """First events of sessions: the table `touch`."""
        con, known = self.connection, self.settings
        assert self.people is not None
        create_member_code(con)
        create_test_person(con)
        create_order_code(con, zone=known.zone, clock_offset_s=known.clock_offset_s)
        create_place(con)
        folder = self._room / "events"
        code_events(con, folder, buckets=known.buckets, clock_offset_s=known.clock_offset_s)
        create_touch(
            con, folder, session_gap_minutes=known.session_gap_minutes, buckets=known.buckets
        )
        create_dimension(con)
        con.execute(_CLICK.format(files=str(folder / "*" / "*.parquet").replace("'", "''")))
        shutil.rmtree(folder, ignore_errors=True)
        return con.table("touch")

    @cached_property
    def journeys(self) -> DuckDBPyRelation:
        """Touches before each order: the table `journey`."""
        assert self.touches is not None
        create_journey(
            self.connection,
            lookback_days=self.settings.lookback_days,
            touch_windows=self.settings.touch_windows.model_dump(),
        )
        return self.connection.table("journey")

    @cached_property
    def orders(self) -> DuckDBPyRelation:
        """Orders that count: the table `counted_order` (order_key, platform, shop_id, order_id).

        Paid, placed since `since_us`, and of no test account: what the truth counts.
        """
        assert self.touches is not None
        self.connection.execute(_COUNTED.format(since=self.since_us))
        return self.connection.table("counted_order")

    @cached_property
    def rooms(self) -> DuckDBPyRelation:
        """Which live room a campaign belongs to: `campaign_room` (campaign_id, room).

        The ids of a world's campaigns begin with own_, second_ or kol_; others are of no room.
        """
        self.connection.execute(_CAMPAIGN_ROOM)
        return self.connection.table("campaign_room")

    @cached_property
    def paths(self) -> DuckDBPyRelation:
        """Journeys of the orders that count, with their texts: the table `path`.

        Columns `order_key, pos, n, ts_us, order_ts_us, touch_kind, channel`; `subject` is the
        channel as a world calls it (a live touch has its room); `room` and `campaign` are null
        where the touch is of none.
        """
        for needed in (self.journeys, self.orders, self.rooms):
            assert needed is not None
        self.connection.execute(_PATH)
        return self.connection.table("path")

    @cached_property
    def lift(self) -> Lift:
        """What is measured of every room, campaign and broadcast since `since_us` (see `measure`)."""
        assert self.touches is not None
        con, known = self.connection, self.settings
        [(last,)] = con.execute(
            "SELECT max(CAST(timezone($zone, created_at) AS DATE)) FROM order_header",
            {"zone": known.zone},
        ).fetchall()
        window = known.refund_window_days
        create_line_ledger(con, as_of=last, zone=known.zone, refund_window_days=window)
        begin = pd.Timestamp(self.since_us, unit="us", tz=known.zone)
        return measure(con, as_of=last, settings=known, since_on=begin.date())

    @cached_property
    def clicks(self) -> DuckDBPyRelation:
        """Clicks of the 7 days before each order that counts: the table `click_before`.

        Columns as those of `paths`, one row a click, also where several stand in one session (a touch
        is a session, and one of watching hides the clicks in it). A visit that search, the shelf or
        another channel brought is a click too, with a link or without; a direct visit is none.
        """
        for needed in (self.touches, self.orders, self.rooms):
            assert needed is not None
        self.connection.execute(_CLICK_BEFORE)
        return self.connection.table("click_before")


def _view(table: Table, rows: pa.Table | None) -> str:
    """Write the view of a table over what was given, with the declared columns and types."""
    columns = ", ".join(
        f"{_cast(column, rows)} AS {ident(column.name)}" for column in table.columns
    )
    source = f"given_{table.name}" if rows is not None else "(SELECT 1) WHERE false"
    return f"CREATE VIEW {ident(table.name)} AS SELECT {columns} FROM {source}"


def _cast(column: Column, rows: pa.Table | None) -> str:
    if rows is None or column.name not in rows.column_names:
        return f"CAST(NULL AS {column.sql_type})"
    value = ident(column.name)
    if column.type == "at" and pa.types.is_integer(rows.schema.field(column.name).type):
        return f"make_timestamptz({value})"
    return f"CAST({value} AS {column.sql_type})"
