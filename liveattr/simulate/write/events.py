"""Files of events: the Douyin live push, an own player, the mall, and bindings of identifiers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from liveattr.simulate.event_rows import binding_rows, live_rows, mall_rows, read_rows
from liveattr.simulate.write.rooms import write_rooms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from duckdb import DuckDBPyConnection

    from liveattr.simulate.behaviour import Behaviour
    from liveattr.simulate.world import World

__all__ = ["BINDING", "LIVE", "MALL", "PLAYER", "write_segment"]

_ZONE_US = 8 * 3_600_000_000


def _local(us: str, shape: str) -> str:
    return f"strftime(make_timestamp({us} + {_ZONE_US}), '{shape}')"


def _moment(us: str) -> str:
    return _local(us, "%Y-%m-%dT%H:%M:%S.%g+08:00")


_LATE_US = 300_000_000
_RECEIVED = _local("received_us", "%Y-%m-%d %H:%M:%S")
_RECEIVED = f"CASE WHEN received_us - ts_us > {_LATE_US} THEN {_RECEIVED} END"
"""Written where an event came more than five minutes late."""

_YUAN = "CAST(value_fen // 100 AS VARCHAR) || '.' || lpad(CAST(value_fen % 100 AS VARCHAR), 2, '0')"
_PUSH_WORDS = (
    "CASE name WHEN 'live_enter' THEN 'live_enter_room' "
    "WHEN 'live_fansclub_join' THEN 'live_fansclub' ELSE name END"
)
_COMMENT = (
    "CASE WHEN comment_length IS NOT NULL "
    "THEN ['多少钱', '有小样吗', '适合敏感肌吗', '已拍', '主播真好'][1 + comment_length % 5] END"
)

LIVE = {
    "msg_id": "'e' || lower(to_hex(event))",
    "msg_type": _PUSH_WORDS,
    "timestamp": "ts_us // 1000",
    "received_at": _RECEIVED,
    "sec_open_id": "sec_open_id",
    "nickname": "nickname",
    "room_id": "room_id",
    "host_id": "host_id",
    "product_id": "product_id",
    "lid": "lid",
    "source": "source",
    "watch_ms": "watch_ms",
    "gift_value": "gift_value",
    "gift_num": "gift_num",
    "like_num": "like_num",
    "comment_length": "comment_length",
    "content": _COMMENT,
}
PLAYER = {
    "event_id": "'w' || lower(to_hex(event))",
    "event": "name",
    "event_at": _moment("ts_us"),
    "openid": "openid",
    "unionid": "unionid",
    "device_id": "device_id",
    "room_id": "room_id",
    "broadcast_id": "broadcast_id",
    "host_id": "host_id",
    "product_id": "product_id",
    "lid": "lid",
    "source": "source",
    "watch_s": "watch_ms // 1000",
}
MALL = {
    "event_id": "'m' || lower(to_hex(event))",
    "event": "name",
    "timestamp": "ts_us // 1000",
    "received_at": _RECEIVED,
    "user_id": "user_id",
    "visitor_id": "visitor_id",
    "device_id": "device_id",
    "unionid": "unionid",
    "openid": "openid",
    "member_card": "member_card",
    "phone": "phone",
    "ip": "ip",
    "ua_class": "ua_class",
    "city": "city",
    "session_id": "'s' || lower(to_hex(session))",
    "lid": "lid",
    "source": "source",
    "channel": "channel",
    "sku_id": "sku_id",
    "order_id": "order_id",
    "quantity": "quantity",
    "value": _YUAN,
}
BINDING = {
    "binding_id": "'b' || lower(to_hex(binding))",
    "left_kind": "left_kind",
    "left_id": "left_id",
    "right_kind": "right_kind",
    "right_id": "right_id",
    "bound_at": _local("ts_us", "%Y-%m-%d %H:%M:%S"),
    "evidence": "evidence",
}
_NUMBERS = (
    "timestamp", "watch_ms", "watch_s", "gift_value", "gift_num", "like_num", "comment_length",
    "quantity", "value",
)  # fmt: skip
"""Fields that stand in JSON without quotes."""


_PACKED = {
    "compression": "zstd",
    "compression_level": 1,
    "write_statistics": False,
    "store_schema": False,
}
"""Quick to write; nobody looks up single events in these files."""


def write_segment(
    con: DuckDBPyConnection, behaviour: Behaviour, world: World, folder: Path, number: int
) -> list[Path]:
    """Write the event files of a segment below `folder` (which is `raw`).

    `live_events` (the Douyin push), `generic_events` (an own player; only under full visibility),
    `mall_events` and `bindings`; JSONL, or Parquet if `size.file_format` says so. And aggregates of
    the rooms: `wechat_live_dashboard` (JSONL) and `compass_live_traffic` (CSV).
    Rows are in the order of arrival.

    Returns
    -------
    list of Path
        What was written; a file without rows is not.
    """
    ending = world.parameters.size.file_format
    live, texts = behaviour.live, live_rows(behaviour, world)
    push, player = live[live["source"] == 0], live[live["source"] == 1]
    jobs = (
        ("live_events/events", push, texts, LIVE, ending),
        ("generic_events/player", player, texts, PLAYER, ending),
        ("mall_events/events", behaviour.mall, mall_rows(behaviour, world), MALL, ending),
        (
            "bindings/bindings",
            behaviour.bindings,
            binding_rows(behaviour.identifiers),
            BINDING,
            ending,
        ),
    )
    written = []
    for name, frame, make, fields, kind in jobs:
        file = folder / f"{name}_{number:03d}.{kind}"
        if len(frame):
            file.parent.mkdir(parents=True, exist_ok=True)
            _copy(con, frame, make, fields, file)
            written.append(file)
    return written + write_rooms(con, behaviour.rooms, world, folder, number)


def _copy(
    con: DuckDBPyConnection,
    frame: pd.DataFrame,
    make: Callable[[pd.DataFrame], pa.Table],
    fields: Mapping[str, str],
    file: Path,
) -> None:
    """Stream the rows of a frame through SQL into one file, in their order."""
    rows = read_rows(make, frame)
    if file.suffix == ".parquet":
        _pack(con, rows, fields, file)
        return
    con.register("event_rows", rows)
    to = str(file).replace("'", "''")
    con.execute(
        f"COPY (SELECT {_line(fields)} FROM event_rows) TO '{to}' "
        "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01')"
    )
    con.unregister("event_rows")


def _pack(
    con: DuckDBPyConnection, rows: pa.RecordBatchReader, fields: Mapping[str, str], file: Path
) -> None:
    """Write a stream of rows as Parquet, a block a row group; only what needs SQL goes through it."""
    made = {name: sql for name, sql in fields.items() if sql not in rows.schema.names}
    columns = ", ".join(f'{sql} AS "{name}"' for name, sql in made.items())
    writer = None
    for block in rows:
        con.register("event_rows", pa.table(block))
        told = con.sql(f"SELECT {columns} FROM event_rows").to_arrow_table()
        con.unregister("event_rows")
        table = pa.table({n: told[n] if n in made else block[sql] for n, sql in fields.items()})
        if writer is None:
            coded = [f.name for f in table.schema if pa.types.is_dictionary(f.type)]
            writer = pq.ParquetWriter(file, table.schema, use_dictionary=coded, **_PACKED)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _line(fields: Mapping[str, str]) -> str:
    """Return SQL for one JSON object without its null fields; no text in it needs an escape."""
    parts: list[str] = []
    for name, sql in fields.items():
        mark = "" if name in _NUMBERS else '"'
        start = f'"{name}":{mark}' if not parts else f',"{name}":{mark}'
        parts.append(f"coalesce('{start}' || CAST({sql} AS VARCHAR) || '{mark}', '')")
    return f"concat('{{', {', '.join(parts)}, '}}')"
