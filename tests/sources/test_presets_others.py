"""WeChat, Kuaishou and Taobao presets against hand-written files: literal values."""

import json
from collections.abc import Iterator

import pytest

from liveattr.formats import read_preset
from liveattr.lake import Lake
from tests.sources.looking import (
    at,
    codes,
    counted,
    headers,
    leaks,
    lines,
    load,
    rows,
    token,
    unchanged_by_a_second_time,
)

PRESETS = (
    "wechat_orders", "wechat_aftersale", "wechat_live_dashboard", "kuaishou_orders", "taobao_trades",
    "youzan_trades", "youzan_push", "shopify_orders",
)  # fmt: skip
FILES = (
    "wechat_orders/orders.json", "wechat_aftersale/claims.json", "wechat_aftersale/reply.json",
    "wechat_live_dashboard/lives.jsonl", "kuaishou_orders/orders.json", "taobao_trades/sold.json",
)  # fmt: skip
DAY = "2026-01-22 "
PLACED, PAID = DAY + "12:15:30", DAY + "12:16:05"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """All files of this module in one lake."""
    yield load(tmp_path_factory.mktemp("others"), *FILES)


@pytest.mark.parametrize("name", PRESETS)
def test_the_head_says_that_no_real_file_was_tried(name):
    spec = read_preset(name)
    assert spec.confirmed in ("docs", "sdk")
    assert "no real" in spec.origin[-1]
    assert all(f.zh and (f.en or f.kind == "drop") for f in spec.fields.values())


class TestAll:
    def test_every_record_is_in_a_table_or_in_quarantine(self, lake):
        assert counted(lake) == {
            "wechat_orders/orders.json": (19, 12, 7, 0),
            "wechat_aftersale/claims.json": (7, 4, 2, 1),
            "wechat_aftersale/reply.json": (1, 1, 0, 0),
            "wechat_live_dashboard/lives.jsonl": (6, 3, 3, 0),
            "kuaishou_orders/orders.json": (13, 9, 4, 0),
            "taobao_trades/sold.json": (12, 7, 5, 0),
        }

    def test_unknown_states_are_loaded_and_counted(self, lake):
        notes = {
            r.preset: json.loads(r.notes).get("STATUS_UNKNOWN")
            for r in lake.table("ingest_batch").itertuples()
            if "STATUS_UNKNOWN" in r.notes
        }
        assert notes == {
            "wechat_orders": {"status": {"17": 1}},
            "wechat_aftersale": {"status": {"SOMETHING_NEW": 1}},
            "kuaishou_orders": {"orderBaseInfo.status": {"60": 1}},
            "taobao_trades": {"status": {"TRADE_NEW_STATE": 1}},
        }

    def test_a_second_time_changes_nothing(self, lake):
        assert unchanged_by_a_second_time(lake, *FILES)

    def test_no_personal_data_of_the_files_is_in_the_lake(self, lake):
        assert (
            leaks(lake, "13800138006", "张三", "张**", "oAbc_", "f18_buyer", "AAHk5d", "uUnion")
            == []
        )


class TestWechat:
    O = "370811827212035200"  # noqa: E741 - first 18 digits of the order ids

    def test_headers(self, lake):
        got = headers(
            lake,
            "channels",
            f"status_raw, {at('paid_at')}, {at('finished_at')}, order_fen, paid_fen, postage_fen, "
            "sub_platform_fen, sub_author_fen, sub_shop_fen",
        )
        done = "2026-01-27 03:00:00"
        o = self.O
        assert got[o + "0"] == ("finished", "100", PAID, done, 25200, 23200, 500, 0, 1000, 1000)
        assert got[o + "1"][:5] == ("created", "10", None, None, 9900)
        assert got[o + "2"][:3] == ("paid", "20", PAID)
        assert got[o + "4"] == ("shipped", "30", PAID, None, 100800, 85000, 0, 15000, None, 0)
        states = {k[-2:]: v[0] for k, v in got.items()}
        assert states == {
            "00": "finished", "01": "created", "02": "paid", "04": "shipped", "05": "closed",
            "06": "closed", "07": "cancelled", "08": "paid", "09": "shipped", "10": "unknown", "14": "paid",
        }  # fmt: skip

    def test_lines(self, lake):
        got = {
            g[0].removeprefix(self.O): g[1:]
            for g in lines(
                lake,
                "channels",
                "line_id, merchant_code, qty, list_fen, paid_fen, sub_platform_fen, sub_author_fen, "
                "sub_shop_fen, host_id, room_id, is_gift, trade_kind",
            )
        }
        room = "2050000000000000001"
        assert len(got) == 14
        twice = "3708118272120352014-501001"
        assert (got[twice][3], got[twice + "-2"][3]) == (9900, 19000)
        assert got["0-501001"] == (
            "TEA-250", 2, 19800, 17800, 0, 1000, 1000, "kol_777", room, False, "normal"
        )  # fmt: skip
        # Its source is a mini program: the host is the Channels account of the order.
        assert got["0-501002"] == (
            "CUP-1", 1, 4900, 4900, 0, 0, 0, "finder_brand", room, False, "normal"
        )  # fmt: skip
        assert got["0-501003-gift"][2:4] == (1900, 0) and got["0-501003-gift"][9] is True
        assert got["4-600001"][3:5] == (85000, 15000)
        assert got["9-501004"][-1] == "lottery"
        assert got["2-501001"][8] is None

    def test_buyers(self, lake):
        got = headers(lake, "channels", "openid_token, unionid_token")
        assert got[self.O + "0"][1:] == (
            token("openid", "oAbc_buyer_01"),
            token("unionid", "uUnion_01"),
        )
        assert got[self.O + "8"][1:] == (
            token("openid", "oAbc_giver_09"),
            token("unionid", "uUnion_09"),
        )

    def test_quarantine(self, lake):
        price = "order_detail.price_info.order_price"
        assert codes(lake, "wechat_orders") == {
            4: ("DUP_CONFLICT", "platform, shop_id, order_id"),
            12: ("SUM_MISMATCH", price),
            13: ("TIME_RANGE", "create_time"),
            14: ("TIME_ORDER", "paid_at"),
            15: ("SCHEMA_MISSING", "order_id"),
            16: ("ID_PRECISION", "order_id"),
            18: ("DUP_CONFLICT", "platform, shop_id, order_id"),
        }
        assert codes(lake, "wechat_aftersale") == {
            5: ("REFUND_GT_PAID", "refund_fen"),
            6: ("ORPHAN", "order_id"),
            7: ("TYPE_BAD", "refund_info.amount"),
        }

    def test_claims(self, lake):
        got = rows(
            lake,
            f"SELECT right(refund_id, 1), type, status, {at('done_at')}, refund_fen, qty, "
            "before_shipping FROM refund WHERE platform = 'channels' ORDER BY 1",
        )
        done = "2026-01-27 03:00:00"
        assert got == [
            ("1", "return_refund", "done", done, 9900, 1, False),
            ("2", "refund_only", "done", done, 8900, 1, False),
            ("3", "refund_only", "withdrawn", None, 85000, 1, False),
            ("4", "refund_only", "unknown", None, 4900, 1, False),
            ("8", "return_refund", "running", None, 85000, 1, False),
        ]
        # Every claim stands on a line that exists.
        assert rows(
            lake,
            "SELECT count(*), count(l.line_id) FROM refund_line r LEFT JOIN order_line l "
            "USING (platform, line_id) WHERE r.platform = 'channels'",
        ) == [(5, 5)]

    def test_a_source_that_is_worked_out_later_takes_its_place(self, tmp_path):
        lake = load(
            tmp_path,
            "wechat_orders/orders.json",
            "wechat_orders/resolved.jsonl",
        )
        line = f"line_id LIKE '{self.O}2-%'"
        assert rows(lake, f"SELECT room_id, host_id FROM order_line WHERE {line}") == [
            ("2050000000000000001", "finder_brand")
        ]
        got = headers(lake, "channels", at("paid_at"))
        assert got[self.O + "1"] == ("paid", PAID)
        assert got[self.O + "6"][0] == "closed"  # the older state that came later
        batch = lake.table("ingest_batch").set_index("path").loc["resolved.jsonl"]
        assert (batch.rows_in, batch.rows_ok, batch.rows_older, batch.rows_bad) == (4, 3, 1, 1)
        assert codes(lake, "wechat_orders", "resolved.jsonl") == {4: ("TYPE_BAD", "")}


class TestLiveDashboard:
    def test_metrics(self, lake):
        got = rows(
            lake,
            f"SELECT right(broadcast_id, 1), {at('grain_start_at')}, grain_s, channel, product_id, "
            "metric, unit_kind, value FROM broadcast_metric ORDER BY ALL",
        )
        assert len(got) == 45
        begin, whole = DAY + "12:00:00", "(all)"
        for row in (
            ("1", begin, 12600, whole, whole, "total_gmv", "fen", 2345600),
            ("1", begin, 12600, whole, whole, "new_watch_uv", "uv", 8000),
            ("1", begin, 12600, whole, whole, "refund_rate", "ppm", 51200),
            ("1", begin, 12600, whole, "10000001", "gmv", "fen", 1782000),
            ("1", begin, 12600, whole, "90002", "gmv", "fen", 147000),
            ("1", begin, 12600, "ads", whole, "gmv", "fen", 800000),
            ("1", begin, 300, "16:自然流量", whole, "new_watch_uv", "uv", 1500),
            ("1", DAY + "12:05:00", 300, "16:自然流量", whole, "new_watch_uv", "uv", 1200),
            ("1", begin, 300, "16:广告投流", whole, "new_watch_uv", "uv", 400),
            # Parts of the reply that came as texts with JSON inside.
            ("2", begin, 600, whole, whole, "total_gmv", "fen", 9900),
            ("2", begin, 600, whole, "10000001", "pay_pv", "pv", 1),
            ("3", DAY + "11:59:00", 0, whole, whole, "total_gmv", "fen", 5000),
        ):
            assert row in got

    def test_quarantine(self, lake):
        assert codes(lake, "wechat_live_dashboard") == {
            4: ("SCHEMA_MISSING", "export_id"),
            5: ("TYPE_BAD", "live_ec_data_summary::total_gmv"),
            6: ("TIME_RANGE", "start_time"),
        }


class TestKuaishou:
    O = "23075000741082"  # noqa: E741

    def test_headers_and_lines(self, lake):
        got = headers(
            lake,
            "kuaishou",
            f"{at('paid_at')}, {at('finished_at')}, paid_fen, postage_fen, shop_id",
        )
        o, shop = self.O, "f18_shop_1"
        assert got[o + "20"] == ("finished", PAID, "2026-01-27 03:00:00", 19400, 600, shop)
        assert got[o + "21"] == ("paid", PAID, None, 10500, 600, shop)  # totalFee without postage
        assert got[o + "22"] == ("created", None, None, 9900, 0, shop)
        assert {k[-2:]: v[0] for k, v in got.items()} == {
            "20": "finished", "21": "paid", "22": "created", "23": "closed", "24": "closed",
            "25": "closed", "26": "finished", "27": "shipped", "28": "unknown",
        }  # fmt: skip
        found = lines(
            lake, "kuaishou", "line_id, sku_id, merchant_code, qty, paid_fen, host_id, room_id"
        )
        assert found[0] == (o + "20", "990001", "TEA-250", 2, 18800, "38173182", None)
        assert found[1] == (o + "21", "990001", "TEA-250", 1, 9900, None, None)
        assert found[5][4] == 9900  # 10500 with 600 postage
        assert found[8] == (o + "28", "660002", None, 1, 0, None, None)
        assert all(f[6] is None for f in found)

    def test_only_a_closed_paid_order_gives_a_certain_refund(self, lake):
        got = rows(
            lake,
            f"SELECT refund_id, type, {at('done_at')}, r.refund_fen, postage_fen, before_shipping, "
            "l.refund_fen, l.qty FROM refund r JOIN refund_line l USING (platform, refund_id) "
            "WHERE platform = 'kuaishou' ORDER BY 1",
        )
        assert got == [
            ("550001", "before_shipping", DAY + "15:30:00", 9900, 0, True, 9900, 1),
            ("550002", "other", "2026-01-27 03:00:00", 10500, 600, False, 9900, 1),
        ]

    def test_tokens_and_quarantine(self, lake):
        got = headers(lake, "kuaishou", "account_token, phone_token")
        assert got[self.O + "20"][1:] == (token("uid_kuaishou", "f18_buyer_1"), None)
        assert codes(lake, "kuaishou_orders") == {
            10: ("SUM_MISMATCH", "orderBaseInfo.totalFee"),
            11: ("TIME_RANGE", "orderBaseInfo.createTime"),
            12: ("TYPE_BAD", "orderItemInfo.num"),
            13: ("SCHEMA_MISSING", "orderBaseInfo.oid"),
        }


class TestTaobao:
    T = "2276684604172017"

    def test_headers(self, lake):
        got = headers(
            lake,
            "taobao",
            f"{at('created_at')}, {at('paid_at')}, {at('finished_at')}, paid_fen, postage_fen",
        )
        t = self.T
        done = "2026-01-27 03:00:00"
        assert got[t + "90"] == ("finished", PLACED, PAID, done, 14800, 800)
        assert got[t + "91"] == ("paid", PLACED, PAID, None, 18701, 0)
        assert got[t + "94"] == ("closed", PLACED, PAID, None, 10000, 500)  # payment shrank to 0.00
        assert got[t + "95"] == ("finished", PLACED, PAID, done, 29700, 0)
        states = [got[t + n][0] for n in ("92", "93", "96")]
        assert states == ["created", "cancelled", "unknown"]

    def test_lines_are_without_postage_and_after_shared_discounts(self, lake):
        found = lines(
            lake,
            "taobao",
            "line_id, sku_id, merchant_code, qty, list_fen, paid_fen, is_gift, trade_kind",
        )
        got = {f[0]: f[1:] for f in found}
        assert got["227668460417201790"] == (
            "559884639463", "06-18-08", 1, 16000, 14000, False, "normal"
        )  # fmt: skip
        assert got["227668460418201791"] == (
            "4973210993669", "TEA-250", 2, 19800, 17887, False, "normal"
        )  # fmt: skip
        assert got["227668460419201791"][4] == 814
        assert got["227668460420201791"][4:] == (0, True, "normal")
        assert (
            got["227668460417201794"][4] == 9500
        )  # of a refunded child: total_fee - part_mjz_discount
        assert got["227668460417201796"][6] == "zero_yuan"
        assert len(got) == 10

    def test_refunds_tokens_and_quarantine(self, lake):
        assert rows(
            lake,
            f"SELECT refund_id, type, {at('done_at')}, refund_fen, before_shipping FROM refund "
            "WHERE platform = 'taobao' ORDER BY 1",
        ) == [
            ("70001", "before_shipping", DAY + "15:30:00", 9500, True),
            ("70002", "other", "2026-01-25 02:00:00", 9900, False),
        ]
        got = headers(lake, "taobao", "account_token, phone_token")
        masked, clear = got[self.T + "90"], got[self.T + "91"]
        assert masked[1:] == (token("uid_taobao", "AAHk5d-EAAeGwJedwSFu0XX1"), None)
        assert clear[2] == token("phone", "+8613800138006")
        assert codes(lake, "taobao_trades") == {
            8: ("SUM_MISMATCH", "payment"),
            9: ("TYPE_BAD", "payment"),
            10: ("TIME_ORDER", "paid_at"),
            11: ("TYPE_BAD", "created"),
            12: ("SCHEMA_MISSING", "orders.order"),
        }
