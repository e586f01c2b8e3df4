"""Files of events: the Douyin live push, an own player, the mall, and bindings of identifiers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.simulate.event_rows import binding_rows, live_rows, mall_rows, read_rows
from liveattr.simulate.write.rooms import write_rooms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
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


def write_segment(
    con: DuckDBPyConnection, behaviour: Behaviour, world: World, folder: Path, number: int
) -> list[Path]:
    """Write the event files of a segment below `folder` (which is `raw`).

    `live_events` (the Douyin push), `generic_events` (an own player; only under full visibility),
    `mall_events` and `bindings`; JSONL, or Parquet if `size.file_format` says so (bindings never). And
    aggregates of the rooms: `wechat_live_dashboard` (JSONL) and `compass_live_traffic` (CSV).
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
            "jsonl",
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
    con.register("event_rows", read_rows(make, frame))
    to = str(file).replace("'", "''")
    if file.suffix == ".parquet":
        columns = ", ".join(f'{sql} AS "{name}"' for name, sql in fields.items())
        con.execute(f"COPY (SELECT {columns} FROM event_rows) TO '{to}' (FORMAT parquet)")
    else:
        con.execute(
            f"COPY (SELECT {_line(fields)} FROM event_rows) TO '{to}' "
            "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01')"
        )
    con.unregister("event_rows")


def _line(fields: Mapping[str, str]) -> str:
    """Return SQL for one JSON object without its null fields; no text in it needs an escape."""
    parts: list[str] = []
    for name, sql in fields.items():
        mark = "" if name in _NUMBERS else '"'
        start = f'"{name}":{mark}' if not parts else f',"{name}":{mark}'
        parts.append(f"coalesce('{start}' || CAST({sql} AS VARCHAR) || '{mark}', '')")
    return f"concat('{{', {', '.join(parts)}, '}}')"
