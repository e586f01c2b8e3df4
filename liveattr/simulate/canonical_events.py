"""The events, bindings, links, consents and test accounts as the lake would hold them.

The files are one way into the lake; these frames are the short cut for benches. Token columns hold
the text "kind:value" that becomes the token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from liveattr.formats import read_preset
from liveattr.simulate.canonical_rooms import room_frame
from liveattr.simulate.consenting import consent_acts, testers
from liveattr.simulate.event_rows import binding_rows, consent_rows, live_rows, mall_rows, read_rows
from liveattr.simulate.write.events import BINDING, LIVE, MALL, PLAYER
from liveattr.simulate.write.people import link_rows
from liveattr.tables import get_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from liveattr.simulate.behaviour import Behaviour
    from liveattr.simulate.world import World

__all__ = ["event_frames"]


def event_frames(
    behaviour: Behaviour, world: World, identifiers: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return the canonical rows of a segment.

    Returns
    -------
    dict
        `event`, `binding` and `broadcast_metric` of the segment; `tracked_link`, `consent` and
        `test_account` of the whole world. Columns are those of the lake's tables without `ingest_id`
        and `source_row`, ordered by the table's key. Second deliveries are left out, rows that are bad on purpose too.
    """
    live = behaviour.live[~behaviour.live["again"]]
    mall = behaviour.mall[~behaviour.mall["again"]]
    texts = live_rows(behaviour, world)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        events = [
            _events(con, live[live["source"] == 0], texts, "live_events", LIVE, _OF_LIVE),
            _events(con, live[live["source"] == 1], texts, "generic_events", PLAYER, _OF_PLAYER),
            _events(con, mall, mall_rows(behaviour, world), "mall_events", MALL, _OF_MALL),
        ]
        bindings = _bindings(con, behaviour)
    frames = {
        "event": pd.concat([f for f in events if len(f)] or events[:1], ignore_index=True),
        "binding": bindings,
        "broadcast_metric": room_frame(behaviour.rooms, world),
        "tracked_link": _links(world),
        "consent_act": _consents(world, identifiers),
        "test_account": _testers(world, identifiers),
    }
    return {name: _shaped(name, frame) for name, frame in frames.items()}


def _token(kind: str, value: str) -> str:
    return f"'{kind}:' || {value}"


_SECONDS = "to_timestamp(CAST(received_us // 1000000 AS DOUBLE))"
_OF_LIVE = {
    "platform": "'douyin'",
    "event_at": "make_timestamptz(ts_us)",
    "account_token": _token("uid_douyin", "sec_open_id"),
    "value_fen": "gift_value",
    "broadcast_id": "NULL",
    "openid_token": "NULL",
    "unionid_token": "NULL",
    "device_token": "NULL",
}
_OF_PLAYER = {
    "platform": "'mall'",
    "event_at": "make_timestamptz(ts_us)",
    "openid_token": _token("openid", "openid"),
    "unionid_token": _token("unionid", "unionid"),
    "device_token": _token("device", "device_id"),
    "broadcast_id": "broadcast_id",
    "watch_ms": "watch_ms // 1000 * 1000",
}
_OF_MALL = {
    "platform": "'mall'",
    "event_at": "make_timestamptz(ts_us)",
    "account_token": _token("mall_account", "'mall/' || user_id"),
    "visitor_token": _token("visitor", "visitor_id"),
    "device_token": _token("device", "device_id"),
    "unionid_token": _token("unionid", "unionid"),
    "openid_token": _token("openid", "openid"),
    "member_token": _token("member_card", "member_card"),
    "phone_token": _token("phone", "'+86' || phone"),
    "ip24_token": _token("ip24", "regexp_extract(ip, '^(.*)[.][0-9]+$', 1)"),
    "broadcast_id": "CASE WHEN starts_with(source, 'live_') THEN source END",
    "session_id": MALL["session_id"],
    "value_fen": "value_fen",
}


def _events(
    con: duckdb.DuckDBPyConnection,
    frame: pd.DataFrame,
    make: Callable[[pd.DataFrame], pa.Table],
    preset: str,
    fields: Mapping[str, str],
    given: Mapping[str, str],
) -> pd.DataFrame:
    """Return rows of `event`: what the preset says, on values that never were text."""
    con.register("event_rows", read_rows(make, frame))
    [told] = read_preset(preset).tables["event"]
    id_field = next(iter(fields))
    cells = {"event_id": fields[id_field], "name": "name", "source": f"'{preset}'", **given}
    if "received_at" in fields:
        cells["received_at"] = (
            f"CASE WHEN ({fields['received_at']}) IS NOT NULL THEN {_SECONDS} END"
        )
    props = told.columns.get("props")
    if isinstance(props, dict):
        cells["props"] = str(props["sql"])
    there = {c[0] for c in con.sql("DESCRIBE event_rows").fetchall()}
    for column, value in told.columns.items():
        if column not in cells and isinstance(value, str) and value in there:
            cells[column] = value
    table = get_table("event")
    parts = [
        f'CAST({cells.get(c.name, "NULL")} AS {c.sql_type}) AS "{c.name}"'
        for c in table.columns
        if c.name not in ("ingest_id", "source_row")
    ]
    found = con.sql(f"SELECT {', '.join(parts)} FROM event_rows").df()
    con.unregister("event_rows")
    return found


def _bindings(con: duckdb.DuckDBPyConnection, behaviour: Behaviour) -> pd.DataFrame:
    make = binding_rows(behaviour.identifiers)
    con.register("binding_rows", read_rows(make, behaviour.bindings))
    start = "CASE {0}_kind WHEN 'phone' THEN '+86' ELSE '' END"
    sides = ", ".join(
        f"{s}_kind, {s}_kind || ':' || {start.format(s)} || {s}_id AS {s}_token"
        for s in ("left", "right")
    )
    return con.sql(
        f"SELECT 'mall' AS platform, {BINDING['binding_id']} AS binding_id, {sides}, "
        "make_timestamptz(ts_us) AS \"at\", evidence, 'bindings' AS source FROM binding_rows"
    ).df()


def _links(world: World) -> pd.DataFrame:
    rows = link_rows(world)
    moments = {
        c: pd.to_datetime(rows[c]).dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")
        for c in ("valid_from_at", "valid_to_at")
    }
    return rows.drop(columns="link_sig").assign(
        **moments, signature_ok=None, source="tracked_links"
    )


def _consents(world: World, identifiers: pd.DataFrame) -> pd.DataFrame:
    acts = consent_acts(world, identifiers)
    rows = read_rows(consent_rows(identifiers), acts).read_all().to_pandas()
    return rows.assign(
        seq=rows["seq"].astype(str),
        subject_token="mall_account:" + rows["subject_id"],
        at=pd.to_datetime(rows["ts_us"], unit="us", utc=True),
        source="consents",
    )


def _testers(world: World, identifiers: pd.DataFrame) -> pd.DataFrame:
    rows = testers(world, identifiers)
    return rows.assign(
        id_token=rows["kind"] + ":" + rows["id"].astype(object), source="test_accounts"
    )


def _shaped(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Bring a frame into the columns and the order of its table."""
    table = get_table(name)
    columns = [c for c in table.names if c not in ("ingest_id", "source_row")]
    return frame.sort_values(list(table.key), ignore_index=True).reindex(columns=columns)
