"""Rows of event files that are bad on purpose, and the code that quarantine must give each."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = ["plant_events"]

_Rule = tuple[str, Sequence[Mapping[str, object]]]
"""A code and the records of it: two for a conflict."""

_LIVE = {"msg_type": "live_like", "sec_open_id": "_000planted", "like_num": 1}
_MALL = {"event": "page_view", "visitor_id": "vplanted"}
_BIND = {
    "left_kind": "visitor",
    "left_id": "vplanted",
    "right_kind": "mall_account",
    "right_id": "mall/uplanted",
    "evidence": "login",
}


def plant_events(world: World, raw: Path) -> pd.DataFrame:
    """Put bad rows at the end of the first event files below `raw`, where these are there.

    Returns
    -------
    pandas.DataFrame
        `file` (below `raw`), `format`, `record` (the value that the row's id has), `code`, `text` (the
        line as it stands in the file). A small file bears few: no more than `planted.share` of its
        rows. Parquet files bear none.
    """
    block = world.parameters.planted
    rows: list[tuple[str, str, str, str, str]] = []
    for name, (key, rules) in _rules(world).items():
        file = raw / name
        if block.on and file.exists():
            rows += _plant(file, name, key, rules, block.share)
    return pd.DataFrame(rows, columns=["file", "format", "record", "code", "text"])


def _plant(
    file: Path, name: str, key: str, rules: Sequence[_Rule], share: float
) -> list[tuple[str, str, str, str, str]]:
    enough = math.ceil(sum(len(records) for _, records in rules) / share) + 1 if share else 0
    with file.open(encoding="utf-8") as text:
        left = int(sum(1 for _ in islice(text, enough)) * share)
    rows = []
    for code, records in rules:
        if len(records) <= left:
            left -= len(records)
            flat = file.suffix == ".csv"
            lines = [_csv(r) if flat else json.dumps(r, ensure_ascii=False) for r in records]
            ids = [str(r[key]) for r in records]
            rows += [
                (name, name.split("/")[0], i, code, t) for i, t in zip(ids, lines, strict=True)
            ]
    with file.open("a", encoding="utf-8", newline="\n") as out:
        out.writelines(f"{row[-1]}\n" for row in rows)
    return rows


def _rules(world: World) -> dict[str, tuple[str, tuple[_Rule, ...]]]:
    """Return file → the field of its id, and the rules."""
    ms, at = world.start_us // 1000 + 3_600_000, _local(world, 3600)
    live = (
        ("TYPE_BAD", [{"msg_id": "bad-type", "timestamp": "soon", **_LIVE}]),
        ("TIME_RANGE", [{"msg_id": "bad-time", "timestamp": ms // 1000, **_LIVE}]),
        ("SCHEMA_MISSING", [{"msg_id": "bad-missing", "timestamp": ms, "like_num": 1}]),
        (
            "DUP_CONFLICT",
            [{"msg_id": "bad-twice", "timestamp": ms, **_LIVE, "like_num": n} for n in (1, 2)],
        ),
    )
    mall = (
        (
            "CONSENT_MISSING",
            [{"event_id": "bad-consent", "event_time": at, **_MALL, "consent": "否"}],
        ),
        (
            "PII_LEAK",
            [{"event_id": "bad-leak", "event_time": at, **_MALL, "city": "上海 14200000001"}],
        ),
        ("ID_PRECISION", [{"event_id": "bad-id", "event_time": at, **_MALL, "sku_id": "4.98E+18"}]),
        ("TIME_RANGE", [{"event_id": "bad-time", "event_time": "2062-01-02 10:00:00", **_MALL}]),
        ("TYPE_BAD", [{"event_id": "bad-type", "event_time": at, **_MALL, "value": "三十"}]),
        ("SCHEMA_MISSING", [{"event_id": "bad-missing", **_MALL}]),
        (
            "DUP_CONFLICT",
            [{"event_id": "bad-twice", "event_time": at, **_MALL, "sku_id": s} for s in ("A", "B")],
        ),
    )
    masked = {**_BIND, "left_kind": "phone", "left_id": "142****0001", "evidence": "phone_verified"}
    bindings = (
        ("TYPE_BAD", [{"binding_id": "bad-kind", "bound_at": at, **_BIND, "left_kind": "face"}]),
        ("SCHEMA_MISSING", [{"binding_id": "bad-phone", "bound_at": at, **masked}]),
        ("SCHEMA_MISSING", [{"binding_id": "bad-missing", **_BIND}]),
        (
            "CONSENT_MISSING",
            [{"binding_id": "bad-consent", "bound_at": at, **_BIND, "consent": "no"}],
        ),
    )
    link = {
        "link_id": "k-planted", "source_code": "live_20260102_A", "broadcast_id": "", "campaign_id": "",
        "host_id": "", "product_id": "", "shelf_no": "", "valid_from_at": "2026-01-03 20:00",
        "valid_to_at": "2026-01-02 20:00", "link_sig": "",
    }  # fmt: skip
    consent = {
        "seq": "bad-phone", "subject_kind": "phone", "subject_id": "142****0001",
        "purpose": "attribution", "action": "granted", "at": at, "channel": "门店", "version": "v3",
    }  # fmt: skip
    tester = {"kind": "phone", "id": "142****0002", "label": "客服测试机"}
    return {
        "tracked_links/tracked_links.csv": ("link_id", (("TIME_ORDER", [link]),)),
        "consents/consents.csv": ("seq", (("TYPE_BAD", [consent]),)),
        "test_accounts/test_accounts.csv": ("id", (("TYPE_BAD", [tester]),)),
        "live_events/events_000.jsonl": ("msg_id", live),
        "mall_events/events_000.jsonl": ("event_id", mall),
        "bindings/bindings_000.jsonl": ("binding_id", bindings),
    }


def _csv(record: Mapping[str, object]) -> str:
    return ",".join(str(value) for value in record.values())


def _local(world: World, second: int) -> str:
    moment = pd.Timestamp(world.start_us, unit="us") + pd.Timedelta(hours=8, seconds=second)
    return f"{moment:%Y-%m-%d %H:%M:%S}"
