"""A small shop read from raw files, with people whom we know by several identifiers."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from liveattr.consent import record_consents
from liveattr.lake import Lake, open_lake
from liveattr.sources import ingest
from liveattr.subjects import token_of
from tests.rows import at

KEY = "a-key-for-tests-that-is-long-enough-0123456789"
PHONE, OTHER_PHONE = "13861527493", "13974026158"
_HEAD = """
preset: shop_{name}
version: 1
title: {{zh: 测试, en: test}}
family: generic
confirmed: none
platform: mall
legal_basis: {basis}
files: [csv]
fields:
  id: {{kind: id, required: true}}
  time: {{kind: time_text, required: true}}
"""
_PHONE_AND_ACCOUNT = """
  account: {kind: token, of: account}
  phone: {kind: phone}
"""
PRESETS = {
    "orders": """
  amount: {kind: yuan, required: true}
tables:
  order_header: {order_id: id, created_at: time, paid_at: time, status: "=paid", account_token: account,
                 phone_token: phone, paid_fen: amount}
  order_line: {line_id: id, order_id: id, qty: "=1", paid_fen: amount}
""",
    "events": """
  visitor: {kind: token, of: visitor}
  note: {kind: text}
tables:
  event: {event_id: id, name: "=page_view", event_at: time, account_token: account,
          visitor_token: visitor, phone_token: phone, props: note}
""",
    "bindings": """
  visitor: {kind: token, of: visitor}
tables:
  binding:
  - {where: "visitor IS NOT NULL", binding_id: id, left_kind: "=visitor", left_token: visitor,
     right_kind: "=mall_account", right_token: account, at: time, evidence: "=login"}
  - {where: "visitor IS NULL", binding_id: id, left_kind: "=mall_account", left_token: account,
     right_kind: "=phone", right_token: phone, at: time, evidence: "=phone_verified"}
""",
    "consents": """
  purpose: {kind: text, required: true}
  action: {kind: text, required: true}
tables:
  consent_act: {seq: id, subject_kind: "=phone", subject_token: phone, purpose: purpose,
                action: action, at: time}
""",
}
RECORDS = {
    "orders": f"""id,time,amount,account,phone
o-1,2026-01-22 20:15:00,1206.03,U-1,{PHONE}
o-2,2026-01-22 20:16:00,88.00,U-2,{OTHER_PHONE}
o-3,2026-01-22 20:17:00,19.99,U-2,{PHONE}
""",
    "events": f"""id,time,account,visitor,phone,note
e-1,2026-01-22 20:02:00,,v-1,,
e-2,2026-01-22 20:03:00,U-1,v-1,{PHONE},my address is
e-3,2026-01-22 20:04:00,U-2,v-2,,hello
""",
    "bindings": f"""id,time,visitor,account,phone
b-1,2026-01-22 20:12:30,v-1,U-1,
b-2,2026-01-22 20:12:31,,U-1,{PHONE}
b-3,2026-01-22 20:12:31,,U-2,{OTHER_PHONE}
""",
    "consents": f"""id,time,account,phone,purpose,action
1,2026-01-20 10:15:00,,{PHONE},attribution,granted
2,2026-01-20 10:15:00,,{OTHER_PHONE},attribution,granted
3,2026-01-25 09:00:00,,{PHONE},recall,withdrawn
""",
}


@dataclass(frozen=True)
class Shop:
    """The shop, and the tokens of the person who is to be erased and of another one."""

    lake: Lake
    raw: Path
    reports: Path
    mine: dict[str, str]
    other: dict[str, str]


def write_raw(raw: Path, names: Iterable[str] = tuple(RECORDS), extra: str = "") -> Path:
    """Write the raw files; `extra` makes them other files with the same records."""
    for name in names:
        (raw / name).mkdir(parents=True)
        (raw / name / f"{name}.csv").write_text(RECORDS[name] + extra, encoding="utf-8")
        head = _HEAD.format(name=name, basis="consent" if name == "consents" else "contract")
        preset = head.rstrip() + _PHONE_AND_ACCOUNT.rstrip() + PRESETS[name]
        (raw / name / "preset.yaml").write_text(preset, encoding="utf-8")
    return raw


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", KEY)


@pytest.fixture
def shop(made: Shop, tmp_path: Path) -> Shop:
    """A copy of the shop, for a test that changes it."""
    shutil.copytree(made.lake.path.parent, tmp_path, dirs_exist_ok=True)
    lake = open_lake(tmp_path / "lake", memory_limit="500MB", threads=1)
    return replace(made, lake=lake, raw=tmp_path / "raw", reports=tmp_path / "reports")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVEATTR_TOKEN_KEY", KEY)
        yield _make(tmp_path_factory.mktemp("shop"))


def _make(folder: Path) -> Shop:
    """Make a lake with people, an older version, a crashed write, a cache, and reports."""
    lake = open_lake(folder / "lake", memory_limit="500MB", threads=1)
    raw = write_raw(folder / "raw")
    ingest(lake, raw)
    record_consents(lake)
    mine, other = (
        {kind: token_of(lake, kind, value) for kind, value in who.items()}
        for who in (
            {"phone": PHONE, "mall_account": "mall/U-1", "visitor": "v-1"},
            {"phone": OTHER_PHONE, "mall_account": "mall/U-2", "visitor": "v-2"},
        )
    )
    _people(lake, mine, other)
    leftover = next((lake.path / "event").glob("*.parquet")).read_bytes()
    (lake.path / "event" / "0000000007-00000-killed.parquet").write_bytes(leftover)
    (lake.path / "_codes").mkdir()
    pq.write_table(pa.table({"id": list(mine.values())}), lake.path / "_codes" / "a.parquet")
    reports = folder / "reports"
    for name, text in {"A": mine["phone"], "B": other["phone"]}.items():
        place = reports / "campaign" / name / "2026-02-01"
        place.mkdir(parents=True)
        (place / "manifest.json").write_text("{}", encoding="utf-8")
        (place / "report.en.html").write_text(f"<p>{text}</p>", encoding="utf-8")
    (reports / "audience.csv").write_text(f"phone\n{PHONE}\n", encoding="utf-8")
    return Shop(lake, raw, reports, mine, other)


def _people(lake: Lake, mine: dict[str, str], other: dict[str, str]) -> None:
    """Write two people twice, the first time as four, and a touch of each.

    One identifier of the first stands alone, as after a withdrawal: it is protected with the others.
    """
    rows = [
        (kind, token, person)
        for person, who in (("p1", mine), ("p2", other))
        for kind, token in who.items()
    ]
    frame = pd.DataFrame(rows, columns=["kind", "id", "person_id"])
    frame = frame.assign(known_from_at=at("01-23 00:00"), known_to_at=None)
    frame = frame.assign(valid_from_at=None, valid_to_at=None, protected_id=frame.person_id)
    frame.loc[len(mine) - 1, "person_id"] = "p9"
    lake.write("person_member", frame.assign(person_id=frame.person_id + frame["kind"]))
    lake.write("person_member", frame)
    persons = [("person", 1, "p1"), ("person", 2, "p2"), ("sku", 1, "p1")]
    lake.write("dimension", pd.DataFrame(persons, columns=["kind", "code", "value"]))
    touch = {"touch_id": [1, 2], "person": [1, 2], "ts_us": [5, 6], "bucket": 0, "channel": 1}
    empty = dict.fromkeys(("campaign", "broadcast", "host", "sku"))
    lake.write("touch", pd.DataFrame(touch).assign(**empty, action=1, touch_kind=1))
