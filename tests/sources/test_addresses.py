"""Whole addresses: never without the setting, as tokens with it, and gone from the disk after a week."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from liveattr.errors import LakeError, ParameterError
from liveattr.formats import read_preset
from liveattr.lake import Lake
from liveattr.settings import Settings
from liveattr.sources import ingest
from liveattr.sources.addresses import expire_ip, with_whole_ip
from tests.sources.looking import rows, token

SENT = {
    "e1": ("2026-01-15T23:59:59+08:00", "203.0.113.77"),
    "e2": ("2026-01-16T00:00:00+08:00", "203.0.113.78:4321"),
    "e3": ("2026-01-22T20:15:00+08:00", "2001:DB8::7"),
    "e4": ("2026-01-22T20:16:00+08:00", "192.168.1.5"),
    "e5": ("2026-01-22T20:17:00+08:00", "somewhere"),
    "e6": ("2026-01-22T20:18:00+08:00", None),
}
FUZZY = Settings(fuzzy_match=True)
WHOLE = "SELECT event_id, ip_token FROM event WHERE ip_token IS NOT NULL ORDER BY 1"


def load(lake: Lake, folder: Path, settings: Settings) -> None:
    lines = [
        json.dumps({"event_id": e, "event": "page_view", "event_time": at, "ip": ip})
        for e, (at, ip) in SENT.items()
    ]
    (folder / "e.jsonl").write_text("\n".join(lines), encoding="utf-8")
    ingest(lake, folder / "e.jsonl", preset="mall_events", settings=settings)


def test_without_the_setting_only_the_network_is_kept(lake: Lake, tmp_path: Path) -> None:
    load(lake, tmp_path, Settings())
    assert rows(lake, WHOLE) == []
    nets = rows(
        lake, "SELECT event_id, ip24_token FROM event WHERE ip24_token IS NOT NULL ORDER BY 1"
    )
    assert nets == [("e1", token("ip24", "203.0.113")), ("e4", token("ip24", "192.168.1"))]


def test_with_it_the_address_is_a_token_for_a_week(lake: Lake, tmp_path: Path) -> None:
    load(lake, tmp_path, FUZZY)
    first, *later = [
        ("e1", token("ip", "203.0.113.77")),
        ("e2", token("ip", "203.0.113.78")),
        ("e3", token("ip", "2001:db8::7")),
    ]
    assert rows(lake, WHOLE) == [first, *later]
    notes = json.loads(lake.table("ingest_batch").notes.item())
    assert notes["blocked_identifiers"] == {"ip": 1}
    before = lake.table("event").drop(columns="ip_token")
    version = lake.versions()["event"]

    assert expire_ip(lake, date(2026, 1, 21)) == 0
    assert lake.versions()["event"] == version
    assert expire_ip(lake, date(2026, 1, 22)) == 1
    assert rows(lake, WHOLE) == later
    assert lake.table("event").drop(columns="ip_token").equals(before)
    with pytest.raises(LakeError):
        lake.table("event", version)
    assert expire_ip(lake, date(2026, 1, 22), days=0) == 2
    assert rows(lake, WHOLE) == []


def test_only_presets_with_an_address_of_events_change() -> None:
    changed = [n for n in ("mall_events", "live_events", "doudian_orders") if _differs(n)]
    assert changed == ["mall_events"]
    with pytest.raises(ParameterError, match="0 or more"):
        expire_ip(Lake(Path("nowhere"), None, "1GB", 1), date(2026, 1, 22), days=-1)


def _differs(name: str) -> bool:
    spec = read_preset(name)
    return with_whole_ip(spec) != spec
