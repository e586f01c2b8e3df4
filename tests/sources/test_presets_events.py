"""Ad, compass, room, mall and binding presets, and mappings of one's own, against written files."""

import re
import shutil
from pathlib import Path

import pytest

from liveattr.formats import read_preset
from liveattr.journeys.vocabulary import NAMES, NEVER
from liveattr.lake import open_lake
from liveattr.sources import ingest
from tests.sources.batches import batch, codes
from tests.sources.looking import FIXTURES, leaks, load, rows, token

DOCS = Path(__file__).parents[2] / "docs"
LINK_KEY = "link-key-of-the-tests-0123456789abcdef"
ROOM = "7597000000000000123"


@pytest.fixture(autouse=True)
def link_key(monkeypatch):
    monkeypatch.setenv("LIVEATTR_LINK_KEY", LINK_KEY)


def utc(column: str) -> str:
    return f"strftime({column}, '%d %H:%M:%S')"


SPEND = (
    f"SELECT account, right(ad_id, 1), {utc('hour_at')}, spend_fen, shows, clicks, live_enters, "
    "attributed_pay_fen, attributed_orders, room_id FROM ad_spend ORDER BY ad_id, hour_at"
)
ACCOUNT = "1712345678901234"


def test_ad_spend_is_yuan_and_a_later_report_restates_its_hours(tmp_path):
    lake = load(tmp_path, "qianchuan_report/report.json")
    first, second = rows(lake, SPEND)
    # 1234.565 and 1234.575 yuan: half to even
    assert first == (ACCOUNT, "1", "22 12:00:00", 123456, 52000, 1800, 950, 118800, 12, None)
    assert second == (ACCOUNT, "1", "22 13:00:00", 123458, 48000, 1700, 900, 99010, 10, None)
    assert codes(lake, "report.json") == {
        3: ("DUP_CONFLICT", "account, ad_id, hour_at"),
        4: ("DUP_CONFLICT", "account, ad_id, hour_at"),
    }
    restated = "qianchuan_report/restated.jsonl"
    ingest(lake, FIXTURES / restated, preset="qianchuan_report")
    later = (ACCOUNT, "1", "22 12:00:00", 123456, 52000, 1800, 950, 138600, 14, ROOM)
    assert rows(lake, SPEND) == [later, second]


def test_ad_report_in_gb18030_with_a_total_row(tmp_path):
    lake = load(tmp_path, "qianchuan_report/report_gb18030.csv")
    assert rows(lake, SPEND) == [
        (ACCOUNT, "1", "22 12:00:00", 123456, 52000, 1800, 950, 118800, 12, ROOM),
        (ACCOUNT, "1", "22 13:00:00", 123458, 48000, 1700, 900, 99010, 10, ROOM),
        (ACCOUNT, "2", "22 12:00:00", 29, 10, 0, 0, 0, 0, None),
    ]
    assert codes(lake, "report_gb18030.csv") == {
        1: ("TOTAL_ROW", "ad_id"),
        5: ("ID_PRECISION", "ad_id"),
        6: ("TYPE_BAD", "stat_cost"),
        7: ("TIME_RANGE", "stat_datetime"),
        8: ("TYPE_BAD", "stat_cost"),
    }
    counts = batch(lake, "report_gb18030.csv")
    assert (counts["rows_ok"], counts["rows_bad"], counts["rows_set_aside"]) == (3, 4, 1)


def test_orders_behind_ads(tmp_path):
    lake = load(tmp_path, "qianchuan_orders/orders.json", "qianchuan_orders/orders.xlsx")
    got = rows(
        lake,
        "SELECT account, right(order_id, 2), right(ad_id, 1), window_days, "
        f"{utc('placed_at')}, is_pay, pay_type, flow_source FROM platform_ad_order ORDER BY 1, 2",
    )
    assert got == [
        ("(default)", "11", "1", 0, "22 12:05:00", True, "direct", "QIANCHUAN_PROMOTE"),
        ("(default)", "22", "1", 0, "22 12:13:20", True, "indirect", "RECOMMEND_LIVE"),
        ("(default)", "33", "1", 0, "22 12:16:40", False, "direct", "LIVE"),
        (ACCOUNT, "11", "1", 7, "22 12:05:00", True, "direct", "直播-自然推荐"),
    ]
    assert codes(lake, "orders.json") == {4: ("TYPE_BAD", "is_pay"), 5: ("SCHEMA_MISSING", "ad_id")}
    assert codes(lake, "orders.xlsx") == {2: ("ID_PRECISION", "order_id")}


def test_compass_totals_only_check_the_sum(tmp_path):
    lake = load(tmp_path, "compass_live_traffic/traffic.csv")
    got = rows(
        lake,
        f"SELECT broadcast_id, {utc('grain_start_at')}, grain_s, channel, metric, unit_kind, value "
        "FROM broadcast_metric ORDER BY source_row, metric DESC",
    )
    day, next_day = "21 16:00:00", "22 16:00:00"
    wide = {(c, m): v for b, at, s, c, m, u, v in got if (b, at, s) == (ROOM, day, 86400)}
    assert wide == {
        ("自然流量/推荐feed", "watch_pv"): 12000,
        ("自然流量/推荐feed", "pay_orders"): 40,
        ("自然流量/推荐feed", "pay_amount"): 396000,
        ("自然流量/关注", "watch_pv"): 3000,
        ("自然流量/关注", "pay_orders"): 30,
        ("自然流量/关注", "pay_amount"): 297050,
        ("付费流量/千川PC版", "watch_pv"): 8000,
        ("付费流量/千川PC版", "pay_orders"): 20,
        ("付费流量/千川PC版", "pay_amount"): 198000,
        ("全域推广/推荐feed", "watch_pv"): 5000,
        ("全域推广/推荐feed", "pay_orders"): 15,
        ("全域推广/推荐feed", "pay_amount"): 148500,
    }
    without_room = "云锦官方旗舰店/2026-01-23"
    assert got[12:] == [
        (without_room, next_day, 86400, "自然流量/直播广场", "watch_pv", "pv", 100),
        (without_room, next_day, 86400, "自然流量/直播广场", "pay_amount", "fen", 0),
    ]
    assert codes(lake, "traffic.csv") == {
        3: ("TOTAL_ROW", "channelName"),
        5: ("TOTAL_ROW", "channelName"),
        7: ("TOTAL_ROW", "flowChannel"),
        8: ("TOTAL_ROW", "flowChannel"),
        9: ("TOTAL_ROW", "flowChannel"),
        10: ("TOTAL_ROW", "channelName"),
        12: ("SUM_MISMATCH", "channelName"),  # 120 where the parts have 100
        13: ("SCHEMA_MISSING", None),  # a channel without any number
    }
    assert batch(lake, "traffic.csv")["rows_bad"] == 0


def test_what_viewers_did_in_a_room(tmp_path):
    lake = load(tmp_path, "live_events/room.jsonl")
    got = rows(
        lake,
        "SELECT right(event_id, 2), name, strftime(event_at, '%H:%M:%S.%g'), account_token, room_id, "
        "watch_ms, value_fen, props FROM event ORDER BY event_id",
    )
    viewer = {n: token("uid_douyin", f"viewer-{n}") for n in range(1, 6)}
    assert got == [
        ("01", "live_enter", "12:00:00.123", viewer[1], ROOM, None, None, None),
        (
            "02",
            "live_comment",
            "12:01:00.000",
            viewer[1],
            ROOM,
            None,
            None,
            '{"comment_length":15}',
        ),
        ("03", "live_like", "12:01:10.000", viewer[1], ROOM, None, None, '{"like_num":3}'),
        ("05", "live_fansclub_join", "12:01:30.000", viewer[2], ROOM, None, None, None),
        ("06", "live_enter", "12:01:40.000", viewer[3], ROOM, 754321, None, None),
        ("07", "live_impression", "12:01:50.000", viewer[4], ROOM, None, None, None),
        ("08", "live_product_click", "12:02:00.000", viewer[3], ROOM, None, None, None),
        ("10", "other", "12:02:10.000", viewer[3], ROOM, None, None, None),
    ]
    assert codes(lake, "room.jsonl") == {
        4: ("DUP_CONFLICT", "platform, event_id"),
        10: ("DUP_CONFLICT", "platform, event_id"),
        12: ("TIME_RANGE", "timestamp"),  # seconds read as milliseconds: 1970
        13: ("CONSENT_MISSING", "consent"),
        14: ("SCHEMA_MISSING", "msg_id"),
    }
    assert batch(lake, "room.jsonl")["rows_repeated"] == 1
    assert not leaks(lake, "夜航船", "13812345679", "example.invalid", "viewer-")


MALL = (
    f"SELECT event_id, name, {utc('event_at')}, value_fen, link_id, broadcast_id, props FROM event "
    "ORDER BY event_id"
)


def test_what_visitors_did_in_the_mall(tmp_path):
    lake = load(tmp_path, "mall_events/events.jsonl")
    source = '{"source":"live_20260122_A"}'
    assert rows(lake, MALL) == [
        ("e-001", "mall_landing", "22 12:10:00", None, "Lk7f3", "live_20260122_A", source),
        ("e-002", "view_item", "22 12:11:00", 9900, None, None, None),
        ("e-003", "add_to_cart", "22 12:12:00", 19800, None, None, '{"quantity":2}'),
        ("e-004", "login", "22 12:12:30", None, None, None, None),
        ("e-005", "purchase", "22 12:15:00", 19800, None, None, '{"order_id":"M20260122001"}'),
        ("e-006", "sign_up", "22 12:16:00", None, None, None, None),
        ("e-007", "other", "22 12:17:00", None, None, None, '{"source":"newsletter"}'),
        ("e-010", "page_view", "22 12:20:00", None, None, None, None),
    ]
    assert codes(lake, "events.jsonl") == {
        8: ("LINK_FORGED", "link_sig"),  # the signature of another source
        9: ("CONSENT_MISSING", "consent"),
        11: ("SCHEMA_MISSING", "event_at"),
        12: ("TIME_RANGE", "event_time"),
        13: ("PII_LEAK", "city"),
    }
    who = "account_token, visitor_token, device_token, unionid_token, phone_token, ip24_token"
    (landing,) = rows(lake, f"SELECT {who} FROM event WHERE event_id = 'e-001'")
    assert landing == (
        None, token("visitor", "v-1"), token("device", "d-1"), None, None, token("ip24", "203.0.113")
    )  # fmt: skip
    (login,) = rows(lake, f"SELECT {who} FROM event WHERE event_id = 'e-004'")
    account, phone = token("mall_account", "mall/U-9001"), token("phone", "+8613812345679")
    assert login == (
        account,
        token("visitor", "v-1"),
        None,
        token("unionid", "oUnion-1"),
        phone,
        None,
    )
    masked = rows(lake, "SELECT phone_token FROM event WHERE event_id = 'e-006'")
    assert masked == [(None,)]
    assert batch(lake, "events.jsonl")["notes"]["STATUS_UNKNOWN"] == {
        "event": {"spin_the_wheel": 1}
    }


def test_mall_events_with_chinese_headings_and_a_byte_order_mark(tmp_path):
    lake = load(tmp_path, "mall_events/events_bom.csv")
    assert rows(lake, MALL) == [
        ("c-001", "add_to_cart", "22 12:30:00", 9900, None, None, None),
        ("c-002", "order_created", "22 12:31:00", 9900, None, None, None),
        ("c-003", "purchase", "22 12:32:00", 9900, None, None, None),
    ]


def test_bindings_name_the_same_people_as_events_and_orders(tmp_path):
    lake = load(tmp_path, "bindings/bindings.csv")
    account = token("mall_account", "mall/U-9001")
    got = rows(
        lake,
        'SELECT * EXCLUDE (platform, source, ingest_id, source_row, "at", consented) FROM binding ORDER BY 1',
    )
    assert got == [
        ("b-1", "visitor", token("visitor", "v-1"), "mall_account", account, "login"),
        ("b-3", "mall_account", account, "unionid", token("unionid", "oUnion-1"), "unionid"),
        (
            "b-4",
            "uid_douyin",
            token("uid_douyin", "1@#buyer-a"),
            "mall_account",
            account,
            "link_login",
        ),
        ("b-5", "mall_account", account, "device", token("device", "d-1"), "other"),
    ]
    assert codes(lake, "bindings.csv") == {
        2: ("DUP_CONFLICT", "platform, binding_id"),
        6: ("SCHEMA_MISSING", "right_token"),  # a masked phone binds nothing
        7: ("CONSENT_MISSING", "consent"),
        8: ("TYPE_BAD", "left_kind"),
        10: ("DUP_CONFLICT", "platform, binding_id"),
    }
    assert batch(lake, "bindings.csv")["rows_repeated"] == 1


def test_orders_of_any_shop_in_gb18030(tmp_path):
    lake = load(tmp_path, "generic_orders/orders_gb18030.csv")
    got = rows(
        lake,
        "SELECT right(order_id, 1), status, status_raw, order_fen, paid_fen, postage_fen, sub_shop_fen, "
        "source_code FROM order_header ORDER BY order_id",
    )
    assert got == [
        ("1", "shipped", "已发货", 139800, 120600, 800, 20000, "live_20260122_A"),
        ("2", "created", "待付款", 9900, 9900, 0, 0, None),
        ("3", "unknown", "已评价", 9900, 9900, 0, 0, None),
        ("7", "paid", "已付款", 9900, 9900, 0, 0, None),
        ("8", "paid", "已付款", 9900, 9900, 0, 0, None),
    ]
    first = (
        "SELECT line_id, qty, list_fen, paid_fen, sub_shop_fen, is_gift FROM order_line ORDER BY 1"
    )
    assert rows(lake, first)[:3] == [
        ("2026012220150000001-1", 2, 19800, 19800, 0, False),
        ("2026012220150000001-2", 1, 120000, 100000, 20000, False),
        ("2026012220150000001-3", 1, 0, 0, 0, True),
    ]
    assert codes(lake, "orders_gb18030.csv") == {
        6: ("TIME_ORDER", "paid_at"),
        7: ("TYPE_BAD", "line_paid"),  # half a fen
        8: ("UNIT_SUSPECT", "paid_fen"),  # fen where yuan belong
        11: ("TYPE_BAD", "qty"),
        12: ("TYPE_BAD", "gift"),
    }
    assert batch(lake, "orders_gb18030.csv")["rows_ok"] == 7


def test_orders_of_any_shop_as_a_workbook(tmp_path):
    lake = load(tmp_path, "generic_orders/orders.xlsx")
    got = f"SELECT order_id, {utc('created_at')}, paid_fen, order_fen FROM order_header"
    assert rows(lake, got) == [("2026012221000000021", "22 13:00:00", 9900, None)]
    assert codes(lake, "orders.xlsx") == {2: ("ID_PRECISION", "order_id")}


def test_events_of_any_source(tmp_path):
    lake = load(tmp_path, "generic_events/events.csv")
    got = f"SELECT event_id, name, {utc('event_at')}, room_id, link_id, value_fen, watch_ms FROM event ORDER BY 1"
    assert rows(lake, got) == [
        ("g-1", "live_enter", "22 12:00:00", ROOM, None, None, 95000),
        ("g-2", "live_link_click", "22 12:01:35", ROOM, "Lk7f3", None, None),
        ("g-3", "view_item", "22 12:02:00", None, None, 9900, None),
        ("g-4", "purchase", "22 12:05:00", None, None, 19800, None),
        ("g-5", "other", "22 12:06:00", None, None, None, None),
    ]
    assert codes(lake, "events.csv") == {6: ("TYPE_BAD", "event_at")}


def test_the_worked_examples_of_a_mapping_of_ones_own(tmp_path):
    for name in ("weimob_orders", "own_mall_orders"):
        folder = tmp_path / "raw" / name.removesuffix("_orders")
        folder.mkdir(parents=True)
        shutil.copy(DOCS / "examples" / f"{name}.yaml", folder / "preset.yaml")
        (data,) = (p for p in (DOCS / "examples").glob(f"{name}.*") if p.suffix != ".yaml")
        shutil.copy(data, folder)
    lake = open_lake(tmp_path / "lake")
    ingest(lake, tmp_path / "raw")  # with the limit of 5 %
    got = rows(
        lake,
        "SELECT platform, order_id, status, version, paid_fen, postage_fen, sub_shop_fen, link_id, "
        "source_code FROM order_header ORDER BY 1, 2",
    )
    assert got == [
        ("mall", "M20260122001", "paid", 2, 19600, 800, None, "Lk7f3", "live_20260122_A"),
        ("mall", "M20260122002", "paid", 1, 9900, 0, None, None, None),
        ("weimob", "WM202601220001", "paid", None, 28600, 800, 2500, None, "live_20260122_A"),
        ("weimob", "WM202601220002", "cancelled", None, 9900, 0, 0, None, None),
    ]
    lines = "SELECT line_id, qty, paid_fen, sub_shop_fen, is_gift FROM order_line ORDER BY platform, line_id"
    assert rows(lake, lines) == [
        ("M20260122001-1", 2, 18800, 0, False),
        ("M20260122001-2", 1, 0, 0, True),
        ("M20260122002-1", 1, 9900, 0, False),
        ("WM202601220001-1", 2, 17800, 2000, False),
        ("WM202601220001-2", 1, 10000, 500, False),
        ("WM202601220002-1", 1, 9900, 0, False),
    ]
    account = rows(
        lake, "SELECT account_token FROM order_header WHERE platform = 'weimob' ORDER BY order_id"
    )
    assert account[0] == (token("mall_account", "weimob/WM-77"),)
    older = lake.table("ingest_batch").set_index("preset").rows_older
    assert older["own_mall_orders"] == 1  # the state NEW stands in the file after PAID


OWN = (
    "doudian_orders doudian_aftersale doudian_settle_v3 doudian_account_ledger doudian_push "
    "qianchuan_report qianchuan_orders compass_live_traffic live_events mall_events bindings "
    "generic_orders generic_events"
).split()


@pytest.mark.parametrize("name", OWN)
def test_heads_say_what_confirms_the_format(name):
    spec = read_preset(name)
    assert spec.confirmed in ("none", "sdk")
    assert any("no real" in o or "written by the user" in o for o in spec.origin)
    assert {"zh", "en"} <= set(spec.title)


def test_docs_have_every_event_name_and_no_other():
    listed = set(re.findall(r"^\| (\w+) \|", (DOCS / "events.md").read_text("utf-8"), re.M)) - {
        "name"
    }
    known = {"mailed_offer", "message_sent", "coupon_granted", "coupon_used", "other"}
    assert listed == {*NAMES, *NEVER, *known}
    for name, field in (
        ("live_events", "msg_type"),
        ("mall_events", "event"),
        ("generic_events", "event"),
    ):
        assert set(read_preset(name).fields[field].map.values()) <= listed
