"""Run the steps of the stage on a tiny world and show touches and journeys in words."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from liveattr.identity import create_people
from liveattr.identity.evidence import kind_sql
from liveattr.identity.members import person_id_sql
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
from liveattr.tables import IDENTIFIER_COLUMNS
from tests.rows import ZONE, Rows

TEXTS = ("channel", "campaign", "broadcast", "host", "sku", "action")


def look(
    world: Rows,
    *,
    gap: float = 30,
    lookback: float = 30,
    windows: Mapping[str, float] | None = None,
    offset: Mapping[str, float] | None = None,
    buckets: int = 4,
) -> duckdb.DuckDBPyConnection:
    """All working tables of a world; who is who is given in it, or found out."""
    con = world.connect()
    if "person_member" not in world.rows:
        _create_who_is_who(con, world)
    create_member_code(con)
    create_test_person(con)
    create_order_code(con, zone=ZONE, clock_offset_s=offset)
    create_place(con)
    with tempfile.TemporaryDirectory() as folder:
        code_events(con, Path(folder), buckets=buckets, clock_offset_s=offset)
        create_touch(con, Path(folder), session_gap_minutes=gap, buckets=buckets)
    create_journey(con, lookback_days=lookback, touch_windows=windows)
    create_dimension(con)
    return con


def _create_who_is_who(con: duckdb.DuckDBPyConnection, world: Rows) -> None:
    """Find out who is who; where no row ties two identifiers, every account is a person.

    To find it out is half the cost of a look, and identity has tests of its own.
    """
    seen = [row for name in ("event", "order_header") for row in world.rows.get(name, [])]
    more = set(IDENTIFIER_COLUMNS) - {"account_token"}
    if world.rows.keys() & {"binding", "consent_act"} or any(
        row.get(column) for row in seen for column in more
    ):
        create_people(con)
        return
    con.execute(f"""
        CREATE TEMP TABLE person_member AS FROM person_member;
        INSERT INTO person_member BY NAME
        SELECT kind, id, {person_id_sql("row_number() OVER (ORDER BY kind, id)")} AS person_id
        FROM (SELECT {kind_sql("account_token")} AS kind, account_token AS id FROM event
              UNION SELECT {kind_sql("account_token")}, account_token FROM order_header)
        WHERE id IS NOT NULL""")


def touches(world: Rows, **options: Any) -> list[dict[str, Any]]:
    """Touches in order of person and time; texts instead of codes, `time` in shop time."""
    values = ", ".join(f"{d}.value AS {d}" for d in TEXTS)
    joins = " ".join(
        f"LEFT JOIN dimension AS {d} ON {d}.kind = '{d}' AND {d}.code = t.{d}" for d in TEXTS
    )
    with look(world, **options) as con:
        found = con.execute(f"""
            SELECT t.touch_id, t.person, {values}, t.touch_kind,
                   strftime(make_timestamp(t.ts_us + 8 * 3600000000), '%m-%d %H:%M:%S') AS time
            FROM touch AS t {joins} ORDER BY t.person, t.ts_us, t.touch_id""").df()
    return [{str(k): v for k, v in row.items()} for row in found.to_dict("records")]


def times(world: Rows, **options: Any) -> list[str]:
    """Shop times of the touches."""
    return [touch["time"] for touch in touches(world, **options)]


def paths(world: Rows, **options: Any) -> dict[str, list[str]]:
    """Order id, or `-` and the person's code → shop times of the touches by position."""
    with look(world, **options) as con:
        found = con.execute("""
            SELECT coalesce(split_part(d.value, chr(9), 3), '-' || j.person) AS who, j.pos, j.n,
                   strftime(make_timestamp(j.ts_us + 8 * 3600000000), '%m-%d %H:%M:%S') AS time
            FROM journey AS j
            LEFT JOIN dimension AS d ON d.kind = 'order' AND d.code = j.order_key
            ORDER BY j.journey_id, j.pos""").fetchall()
    out: dict[str, list[str]] = {}
    for who, pos, n, time in found:
        out.setdefault(who, []).append(time)
        assert len(out[who]) == pos <= n
    assert all(len(out[who]) == n for who, _, n, _ in found)
    return out
