"""Rows of event files that are bad on purpose, and the code that quarantine must give each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = ["plant_events", "planted_events"]

_LIVE = {"msg_type": "live_like", "sec_open_id": "_000planted", "like_num": 1}
_MALL = {"event": "page_view", "visitor_id": "vplanted"}
_BIND = {
    "left_kind": "visitor",
    "left_id": "vplanted",
    "right_kind": "mall_account",
    "right_id": "mall/uplanted",
    "evidence": "login",
}


def planted_events(world: World) -> pd.DataFrame:
    """Return the bad rows of event files, templates of people included.

    Returns
    -------
    pandas.DataFrame
        `file` (below `raw`), `format`, `record` (the value that the row's id has), `code`, and `text`:
        the line as it stands in the file. Empty if `planted.on` is false; Parquet files have none.
    """
    planted = getattr(world.parameters, "planted", None)
    rows = _events(world) if world.parameters.size.file_format == "jsonl" else []
    rows = [*rows, *_bindings(world)]
    if planted is not None and not planted.on:
        rows = []
    columns = ["file", "format", "record", "code", "text"]
    return pd.DataFrame(rows, columns=columns)


def plant_events(world: World, folder: Path) -> None:
    """Put the bad rows at the end of the first files below `folder`, where these are there."""
    for name, part in planted_events(world).groupby("file", sort=True):
        file = folder / str(name)
        if file.exists():
            with file.open("a", encoding="utf-8", newline="\n") as out:
                out.writelines(f"{line}\n" for line in part["text"])


def _events(world: World) -> list[tuple[str, str, str, str, str]]:
    ms = world.start_us // 1000 + 3_600_000
    at = _local(world, 3600)
    live = (
        ("TYPE_BAD", {"msg_id": "bad-type", "timestamp": "soon", **_LIVE}),
        ("TIME_RANGE", {"msg_id": "bad-time", "timestamp": ms // 1000, **_LIVE}),
        (
            "SCHEMA_MISSING",
            {"msg_id": "bad-missing", "timestamp": ms, "sec_open_id": "_000planted"},
        ),
        ("DUP_CONFLICT", {"msg_id": "bad-twice", "timestamp": ms, **_LIVE}),
        ("DUP_CONFLICT", {"msg_id": "bad-twice", "timestamp": ms, **_LIVE, "like_num": 2}),
    )
    mall = (
        (
            "CONSENT_MISSING",
            {"event_id": "bad-consent", "event_time": at, **_MALL, "consent": "否"},
        ),
        (
            "PII_LEAK",
            {"event_id": "bad-leak", "event_time": at, **_MALL, "city": "上海 14200000001"},
        ),
        ("ID_PRECISION", {"event_id": "bad-id", "event_time": at, **_MALL, "sku_id": "4.98E+18"}),
        ("TIME_RANGE", {"event_id": "bad-time", "event_time": "2062-01-02 10:00:00", **_MALL}),
        ("TYPE_BAD", {"event_id": "bad-type", "event_time": at, **_MALL, "value": "三十"}),
        ("SCHEMA_MISSING", {"event_id": "bad-missing", **_MALL}),
        ("DUP_CONFLICT", {"event_id": "bad-twice", "event_time": at, **_MALL}),
        ("DUP_CONFLICT", {"event_id": "bad-twice", "event_time": at, **_MALL, "sku_id": "GIFT-01"}),
    )
    return [
        *_rows("live_events/events_000.jsonl", "msg_id", live),
        *_rows("mall_events/events_000.jsonl", "event_id", mall),
    ]


def _bindings(world: World) -> list[tuple[str, str, str, str, str]]:
    at = _local(world, 7200)
    masked = {**_BIND, "left_kind": "phone", "left_id": "142****0001", "evidence": "phone_verified"}
    rows = (
        ("TYPE_BAD", {"binding_id": "bad-kind", "bound_at": at, **_BIND, "left_kind": "face"}),
        ("SCHEMA_MISSING", {"binding_id": "bad-phone", "bound_at": at, **masked}),
        ("SCHEMA_MISSING", {"binding_id": "bad-missing", **_BIND}),
        (
            "CONSENT_MISSING",
            {"binding_id": "bad-consent", "bound_at": at, **_BIND, "consent": "no"},
        ),
    )
    return _rows("bindings/bindings_000.jsonl", "binding_id", rows)


def _rows(
    file: str, key: str, rows: Sequence[tuple[str, Mapping[str, object]]]
) -> list[tuple[str, str, str, str, str]]:
    folder = file.split("/", maxsplit=1)[0]
    return [
        (file, folder, str(row[key]), code, json.dumps(row, ensure_ascii=False))
        for code, row in rows
    ]


def _local(world: World, second: int) -> str:
    moment = pd.Timestamp(world.start_us, unit="us") + pd.Timedelta(hours=8, seconds=second)
    return f"{moment:%Y-%m-%d %H:%M:%S}"
