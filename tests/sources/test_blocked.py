"""Identifiers that are nobody's stay out of the lake and are counted; real ones pass."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from liveattr.errors import ConfigError
from liveattr.lake import Lake
from liveattr.settings import Settings, load_settings
from liveattr.sources import ingest
from liveattr.sources.blocked import BLOCKED, KINDS, blocked_patterns, blocked_sql
from tests.sources.looking import LOOSE, codes, rows, token

NOBODY = """
device        0
device        00000000-0000-0000-0000-000000000000
device        0000000000000000
device        FFFFFFFF-ffff-FFFF-ffff-ffffffffffff
device        02:00:00:00:00:00
device        9774d56d682e549c
visitor       -1
visitor       NULL
visitor       Undefined
openid        none
unionid       NaN
uid_douyin    anonymous
uid_kuaishou  匿名用户
uid_channels  未知
uid_taobao    无
mall_account  mall/0
mall_account  mall/Guest
mall_account  youzan/111111
mall_account  test
member_card   aaaaaaa
link_token    unknown
phone         +8613800138000
phone         +8613800000000
phone         +8613000000000
phone         +8613888888888
phone         +8615912345678
ip            0.0.0.0
ip            10.1.2.3
ip            192.168.0.1
ip            ::1
"""
SOMEBODY = """
mall_account  mall/1
mall_account  mall/2499
mall_account  mall/99999
mall_account  null/x1
mall_account  mall/guest7
member_card   1
member_card   888
member_card   1111112
uid_douyin    MS4wLjABAAAA-0000000
uid_douyin    1@#buyer-a
device        d-0
device        00000000-0000-0000-0000-000000000001
visitor       v-1
openid        oNone
phone         +8613800138006
phone         +8613812345679
phone         +8613888888889
phone         +8612345678
ip            203.0.113.77
ip            110.1.2.3
ip            2001:db8::1
"""


def cases(text: str) -> list[tuple[str, str]]:
    return [(kind, value) for kind, value in (line.split() for line in text.split("\n") if line)]


def blocked(
    pairs: list[tuple[str, str]], more: dict[str, tuple[str, ...]] | None = None
) -> set[str]:
    """The values that are blocked, of pairs of kind and value."""
    patterns = blocked_patterns(more)
    with duckdb.connect() as con:
        return {
            value
            for kind, value in pairs
            if con.execute(f"SELECT {blocked_sql(patterns[kind], '?')}", [value]).fetchall()[0][0]
        }


def test_what_is_nobodys_and_what_is_not() -> None:
    nobody, somebody = cases(NOBODY), cases(SOMEBODY)
    assert blocked(nobody) == {value for _, value in nobody}
    assert blocked(somebody) == set()
    assert {kind for kind, _ in nobody} == set(KINDS)


def test_numbers_of_five_digits_are_all_somebody() -> None:
    """Public data sets count their households from 1."""
    patterns = blocked_patterns()
    kinds = [k for k in KINDS if k not in ("phone", "ip")]
    found = ", ".join(f"count(*) FILTER ({blocked_sql(patterns[kind], 'v')})" for kind in kinds)
    with duckdb.connect() as con:
        sql = f"SELECT {found} FROM (SELECT i::VARCHAR AS v FROM range(1, 100_000) AS r(i))"
        assert con.sql(sql).fetchall() == [(0,) * len(kinds)]


def test_of_all_phones_of_a_carrier_eleven_are_dummies() -> None:
    pattern = blocked_patterns()["phone"]
    ends = "SELECT lpad((i * 1111)::VARCHAR, 8, '0') AS e FROM range(90_010) AS r(i) UNION ALL SELECT '12345678'"
    with duckdb.connect() as con:
        sql = f"SELECT e FROM ({ends}) WHERE {blocked_sql(pattern, chr(39) + '+86139' + chr(39) + ' || e')}"
        found = {end for (end,) in con.sql(sql).fetchall()}
    assert found == {d * 8 for d in "0123456789"} | {"12345678"}


def test_a_shop_adds_its_own() -> None:
    more = {
        "phone": ("13900000001", "^1390011"),
        "mall_account": ("robot (1)", "^bot-[0-9]+$"),
        "visitor": ("^preview",),
    }
    pairs = [("phone", f"+86{n}") for n in ("13900000001", "13900000002", "13900115555")]
    pairs += [("mall_account", f"mall/{n}") for n in ("Robot (1)", "robot 1", "bot-7", "bot-7a")]
    pairs += [("visitor", "preview-1"), ("device", "preview-1"), ("visitor", "a-preview")]
    want = {"+8613900000001", "+8613900115555", "mall/Robot (1)", "mall/bot-7", "preview-1"}
    assert blocked(pairs, more) == want
    assert blocked([("device", "preview-1")], more) == set()


@pytest.mark.parametrize(
    ("more", "said"),
    [({"phones": ()}, "did you mean 'phone'"), ({"phone": ("^(139",)}, "phone: .*missing")],
)
def test_a_wrong_setting_is_said(more: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        blocked_patterns(more)


EVENTS = [
    {"user_id": "U-1", "visitor_id": "v-1", "device_id": "d-1", "phone": "13800138006"},
    {"user_id": "guest", "visitor_id": "null", "device_id": "0000-0000", "phone": "13800138000"},
    {"user_id": "0", "visitor_id": "v-3", "device_id": "emulator-5554", "phone": "138****8000"},
]


def test_events_lose_the_identifier_and_the_batch_says_so(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "liveattr.toml").write_text('[blocked_identifiers]\ndevice = ["^emulator-"]\n')
    fixed = {"event": "login", "event_time": "2026-01-22 20:10:00"}
    lines = [json.dumps({"event_id": f"e{i}", **fixed, **e}) for i, e in enumerate(EVENTS)]
    (tmp_path / "e.jsonl").write_text("\n".join(lines), encoding="utf-8")
    settings = load_settings(tmp_path / "liveattr.toml")
    ingest(lake, tmp_path / "e.jsonl", preset="mall_events", settings=settings)
    who = "SELECT account_token, visitor_token, device_token, phone_token FROM event ORDER BY event_id"
    assert rows(lake, who) == [
        (
            token("mall_account", "mall/U-1"),
            token("visitor", "v-1"),
            token("device", "d-1"),
            token("phone", "+8613800138006"),
        ),
        (None, None, None, None),
        (None, token("visitor", "v-3"), None, None),
    ]
    # `null` is an empty cell anyway, and a masked phone is no dummy.
    notes = json.loads(lake.table("ingest_batch").notes.item())
    assert notes["blocked_identifiers"] == {"device": 2, "mall_account": 2, "phone": 1}


def test_a_row_that_is_nothing_without_it_is_held(lake: Lake, tmp_path: Path) -> None:
    files = {
        "bindings": "binding_id,left_kind,left_id,right_kind,right_id,bound_at,evidence\n"
        "b-1,mall_account,U-1,phone,13800138000,2026-01-22 20:15:00,phone_verified\n"
        "b-2,device,0,mall_account,guest,2026-01-22 20:15:00,login\n"
        "b-3,device,d-1,mall_account,U-1,2026-01-22 20:15:00,login\n",
        "consents": "seq,subject_kind,subject_id,purpose,action,at\n"
        "1,phone,13888888888,recall,granted,2026-01-20 10:15\n"
        "2,openid,oAbc,recall,granted,2026-01-20 10:15\n",
        "test_accounts": "kind,id,label\nmall_account,youzan/test,x\nmember_card,000,x\nphone,13800138006,x\n",
    }
    for name, text in files.items():
        (tmp_path / "raw" / name).mkdir(parents=True)
        (tmp_path / "raw" / name / "a.csv").write_text(text, encoding="utf-8")
    ingest(lake, tmp_path / "raw", settings=LOOSE)
    assert {name: codes(lake, name) for name in files} == {
        "bindings": {1: ("ID_BLOCKED", "right_id"), 2: ("ID_BLOCKED", "left_id")},
        "consents": {1: ("ID_BLOCKED", "subject_id")},
        "test_accounts": {1: ("ID_BLOCKED", "id"), 2: ("ID_BLOCKED", "id")},
    }
    notes = lake.table("ingest_batch").set_index("preset").notes.map(json.loads)
    assert notes["bindings"]["blocked_identifiers"] == {"device": 1, "mall_account": 1, "phone": 1}
    assert notes["consents"]["blocked_identifiers"] == {"phone": 1}
    said = lake.table("quarantine_row").detail.unique().tolist()
    assert said == ["it is nobody's: zeros, a placeholder or a dummy phone"]


def test_nothing_more_is_blocked_than_the_settings_say() -> None:
    assert Settings().blocked_identifiers == {}


def test_the_patterns_are_the_same_without_sql() -> None:
    """Frames of raw values (`resolve_identities`) are matched by Python."""
    for text, expected in ((NOBODY, True), (SOMEBODY, False)):
        for kind, value in cases(text):
            found = any(re.fullmatch(p, value, re.IGNORECASE) for p in BLOCKED[kind])
            assert found == expected, (kind, value)
