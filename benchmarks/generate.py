"""Write a seeded set of canonical tables for `path.py`: events, bindings, orders, a ledger.

Shape, per `n_events`: one person per 20 events, 1 to 3 identifiers each, sessions of about 4.5
events over 90 days, 12 channels, 25 rooms a day, 3 % of the persons order and 30 % of those twice.
Live events name a room, link events a tracked link, others a channel or nothing at all, so that
every rule of the coding step has work to do. Parquet with zstd, events in order of time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from liveattr.tables import get_table

SEED = 20260122
DAYS = 90
DAY_US = 86_400_000_000
START_US = 1_767_225_600_000_000  # 2026-01-01 00:00 UTC
ROOMS_PER_DAY = 25
EVENTS_PER_PERSON = 20
EVENTS_PER_SESSION = 4.5
BUYERS = 0.03
TWICE = 0.3
MEAN_GAP_US = 180e6

_STAMP = "'generated' AS source, 'generated' AS ingest_id"

SELECTS = {
    "event": f"""
        SELECT
            CASE WHEN is_live THEN live_platform ELSE 'mall' END AS platform,
            'e' || e AS event_id,
            CASE
                WHEN is_live THEN ['live_enter', 'live_product_click', 'live_like'][1 + step % 3]
                WHEN channel = 2 AND step = 0 THEN 'mall_landing'
                ELSE ['page_view', 'view_item', 'add_to_cart'][1 + step % 3]
            END AS name,
            make_timestamptz(ts_us) AS event_at,
            make_timestamptz(ts_us + 1500000) AS received_at,
            CASE
                WHEN is_live THEN sha256('uid_' || live_platform || ':' || person)
                WHEN slot = 0 THEN sha256('mall_account:' || person)
            END AS account_token,
            CASE WHEN NOT is_live AND slot = 1 THEN sha256('visitor:' || person) END
                AS visitor_token,
            CASE WHEN is_live THEN 'room' || room END AS room_id,
            CASE WHEN channel = 2 AND (step = 0 OR step % 2 = 1) THEN 'lid' || room END AS link_id,
            CASE WHEN channel > 3 THEN 'mailing_' || room % 40 END AS campaign_id,
            CASE WHEN channel > 3 THEN 'channel_' || channel END AS channel,
            CASE WHEN step % 3 = 1 THEN 'p' || room % 200 END AS product_id,
            {_STAMP}, e AS source_row
        FROM raw_event
        ORDER BY ts_us, e""",
    "binding": f"""
        SELECT
            'mall' AS platform, right_kind || person AS binding_id,
            'mall_account' AS left_kind, sha256('mall_account:' || person) AS left_token,
            right_kind, sha256(right_kind || ':' || person) AS right_token,
            make_timestamptz(first_us) AS at,
            evidence, {_STAMP}, person AS source_row
        FROM (
            SELECT person, 'uid_' || live_platform AS right_kind, 'link_login' AS evidence, first_us
            FROM raw_person WHERE n_ids >= 2
            UNION ALL
            SELECT person, 'visitor', 'login', first_us FROM raw_person WHERE n_ids = 3
        )
        ORDER BY person, right_kind""",
    "broadcast": f"""
        SELECT
            'live_' || room AS broadcast_id, 'camp_' || room // 3 AS campaign_id,
            ['douyin', 'kuaishou'][1 + room % 2] AS platform, 'room' || room AS platform_room_id,
            'host_' || room % 60 AS host_id, make_timestamptz(first_us) AS start_at,
            make_timestamptz(first_us + {DAY_US}) AS end_at,
            make_timestamptz(first_us)::DATE AS business_on, {_STAMP}, room AS source_row
        FROM raw_room""",
    "tracked_link": f"""
        SELECT
            'lid' || room AS link_id, 'live_' || room AS broadcast_id, 'p' || room % 200
                AS product_id,
            make_timestamptz(first_us) AS valid_from_at,
            make_timestamptz(first_us + {DAY_US}) AS valid_to_at,
            room % 20 <> 0 AS signature_ok, {_STAMP}, room AS source_row
        FROM raw_room""",
    "order_header": f"""
        SELECT
            CASE WHEN live_only THEN live_platform ELSE 'mall' END AS platform,
            '(default)' AS shop_id, 'o' || o AS order_id,
            make_timestamptz(ts_us) AS created_at, make_timestamptz(ts_us + 60000000) AS paid_at,
            'paid' AS status,
            CASE WHEN live_only THEN sha256('uid_' || live_platform || ':' || person)
                 ELSE sha256('mall_account:' || person) END AS account_token,
            'CNY' AS currency, o % 100 = 0 AS is_test, {_STAMP}, o AS source_row
        FROM raw_order
        ORDER BY o""",
}
"""Canonical table → the columns that it fills; the others are null."""

LEDGER = """
    SELECT
        CASE WHEN live_only THEN live_platform ELSE 'mall' END AS platform,
        'o' || o || '-' || line AS line_id, '(default)' AS shop_id, 'o' || o AS order_id,
        o % 100 <> 0 AS counted, make_timestamptz(ts_us + 60000000) AS paid_at,
        CASE WHEN o % 100 = 0 THEN 0 WHEN o % 17 = 0 THEN -1 ELSE 1 END
            * (100 + (o * 7919 + line * 104729) % 50000) AS net_fen
    FROM raw_order, generate_series(1, 1 + o % 3) AS s (line)
    ORDER BY o, line"""
"""What `liveattr.ledger` makes of order lines, as far as credit needs it."""


def make_world(folder: Path, n_events: int, seed: int = SEED) -> None:
    """Write one Parquet file per table into `folder`; nothing is done where they exist."""
    done = folder / "line_ledger.parquet"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        for name, frame in _raw(n_events, np.random.default_rng(seed)).items():
            con.register(name, frame)
        for table, select in SELECTS.items():
            _copy(con, _declared(con, table, select), folder / f"{table}.parquet")
        _copy(con, LEDGER, done)


def _declared(con: duckdb.DuckDBPyConnection, table: str, select: str) -> str:
    given = {row[0] for row in con.execute(f"DESCRIBE {select}").fetchall()}
    absent = [c for c in get_table(table).columns if c.name not in given]
    nulls = "".join(f", NULL::{c.sql_type} AS {c.name}" for c in absent)
    return f"SELECT *{nulls} FROM ({select})"


def _copy(con: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    con.execute(f"COPY ({select}) TO '{path}.part' (FORMAT parquet, COMPRESSION zstd)")
    path.with_name(path.name + ".part").rename(path)


def _raw(n_events: int, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    people = _people(max(n_events // EVENTS_PER_PERSON, 10), rng)
    rooms = np.arange(DAYS * ROOMS_PER_DAY)
    first = START_US + rooms // ROOMS_PER_DAY * DAY_US
    return {
        "raw_person": people,
        "raw_room": pd.DataFrame({"room": rooms, "first_us": first}),
        "raw_event": _events(n_events, people, rng),
        "raw_order": _orders(people, rng),
    }


def _people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """`kind` of a one-identifier person: 0 only live, 1 only a visitor, 2 only a mall account."""
    n_ids = rng.choice([1, 2, 3], size=n, p=[0.4, 0.35, 0.25])
    alone = rng.integers(0, 3, size=n)
    return pd.DataFrame(
        {
            "person": np.arange(n),
            "n_ids": n_ids,
            "live_only": (n_ids == 1) & (alone == 0),
            "visitor_only": (n_ids == 1) & (alone == 1),
            "mall_only": (n_ids == 1) & (alone == 2),
            "live_platform": rng.choice(["douyin", "kuaishou"], size=n),
            "first_us": START_US + rng.integers(0, DAYS * DAY_US, size=n),
        }
    )


def _events(n: int, people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n_sessions = int(n / EVENTS_PER_SESSION)
    per_session = rng.geometric(1 / EVENTS_PER_SESSION, size=n_sessions)
    person = rng.integers(0, len(people), size=n_sessions)
    day = rng.integers(0, DAYS, size=n_sessions)
    start = START_US + day * DAY_US + rng.integers(0, DAY_US, size=n_sessions)
    room = day * ROOMS_PER_DAY + rng.integers(0, ROOMS_PER_DAY, size=n_sessions)
    channel = rng.integers(0, 12, size=n_sessions)
    who = people.loc[person].reset_index(drop=True)
    channel = np.where(who.live_only, 0, channel)
    alone = (who.visitor_only | who.mall_only).to_numpy()
    channel = np.where(alone & (channel < 2), 2 + channel, channel)
    live = channel < 2
    room = np.where(live & ((room % 2 == 1) != (who.live_platform == "kuaishou")), room ^ 1, room)
    slot = np.where(who.n_ids == 3, rng.integers(0, 2, size=n_sessions), who.visitor_only)
    at = np.repeat(np.arange(n_sessions), per_session)
    gap = rng.exponential(MEAN_GAP_US, size=len(at)).astype(np.int64) + 1
    step = np.arange(len(at)) - np.repeat(np.cumsum(per_session) - per_session, per_session)
    gap[step == 0] = 0
    walked = np.cumsum(gap)
    ts = start[at] + walked - np.repeat(walked[step == 0], per_session)
    return pd.DataFrame(
        {
            "e": np.arange(len(at)),
            "person": person[at],
            "ts_us": ts,
            "channel": channel[at],
            "is_live": live[at],
            "live_platform": who.live_platform.to_numpy()[at],
            "room": room[at],
            "slot": slot[at],
            "step": step,
        }
    )


def _orders(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    known = people[~people.visitor_only]
    buyers = known.sample(frac=BUYERS, random_state=rng.integers(2**31))
    again = buyers.sample(frac=TWICE, random_state=rng.integers(2**31))
    out = pd.concat([buyers, again], ignore_index=True)
    out["o"] = np.arange(len(out))
    out["ts_us"] = START_US + rng.integers(0, DAYS * DAY_US, size=len(out))
    return out[["o", "person", "live_only", "live_platform", "ts_us"]]


def register(con: Any, folder: Path) -> None:
    """Make a view of every file."""
    for file in sorted(folder.glob("*.parquet")):
        con.execute(f"CREATE OR REPLACE VIEW {file.stem} AS FROM read_parquet('{file}')")
