"""Youzan and Shopify presets against hand-written files: literal values."""

from collections.abc import Iterator

import pytest

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

FILES = ("youzan_trades/trades.json", "youzan_push/messages.jsonl", "shopify_orders/orders.json")
DAY = "2026-01-22 "
PLACED, PAID = DAY + "12:15:30", DAY + "12:16:05"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """All files of this module in one lake."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LIVEATTR_YOUZAN_SECRET", raising=False)
        yield load(tmp_path_factory.mktemp("malls"), *FILES)


class TestAll:
    def test_every_record_is_in_a_table_or_in_quarantine(self, lake):
        assert counted(lake) == {
            "youzan_trades/trades.json": (9, 5, 4, 0),
            "youzan_push/messages.jsonl": (6, 4, 2, 0),
            "shopify_orders/orders.json": (9, 6, 3, 0),
        }

    def test_a_second_time_changes_nothing(self, lake):
        assert unchanged_by_a_second_time(lake, *FILES)

    def test_no_personal_data_of_the_files_is_in_the_lake(self, lake):
        assert (
            leaks(
                lake, "13800138006", "13700000001", "赞宝", "oHIuujmVb", "LnhGm4", "bob@", "207119"
            )
            == []
        )


class TestYouzan:
    E = "E2026012220153004740000"

    def test_headers_mix_yuan_fen_and_two_forms_of_time(self, lake):
        got = headers(
            lake,
            "youzan",
            f"{at('created_at')}, {at('paid_at')}, {at('updated_at')}, paid_fen, postage_fen, shop_id",
        )
        assert got[self.E + "1"] == (
            "finished", PLACED, PAID, "2026-01-27 03:00:00", 27501, 801, "52323"
        )  # fmt: skip
        assert got[self.E + "2"] == ("paid", PLACED, PAID, DAY + "12:20:00", 9900, 0, "52323")
        assert [got[self.E + n][0] for n in "345"] == ["created", "closed", "unknown"]

    def test_lines(self, lake):
        got = {
            f[0][-3:]: f[1:]
            for f in lines(
                lake,
                "youzan",
                "line_id, sku_id, merchant_code, qty, list_fen, paid_fen, is_gift, trade_kind",
            )
        }
        assert got["171"] == ("400818034", "TEA-250", 2, 19800, 17820, False, "normal")
        assert got["172"] == ("500818022", "CUP-1", 1, 9900, 8880, False, "normal")
        assert got["173"] == ("500818023", "BAG-1", 1, 1900, 0, True, "normal")
        assert got["211"][-1] == "sample"
        assert len(got) == 8

    def test_buyers(self, lake):
        got = headers(lake, "youzan", "account_token, openid_token, phone_token")
        assert got[self.E + "1"][1:] == (
            token("mall_account", "youzan/LnhGm4rh576452722916618240"),
            token("openid", "oHIuujmVb-Rl-jrGsrSqSNPTAP-A"),
            token("phone", "+8613700000001"),
        )
        assert got[self.E + "2"][2:] == (None, None)  # the user id of an app is no OpenID
        assert got[self.E + "3"][3] is None  # 137****0003

    def test_refunds(self, lake):
        assert rows(
            lake,
            f"SELECT right(refund_id, 2), type, status, {at('done_at')}, refund_fen, postage_fen, "
            "before_shipping FROM refund WHERE platform = 'youzan' ORDER BY 1",
        ) == [
            ("01", "other", "done", "2026-01-24 02:00:00", 8880, 0, False),
            ("02", "other", "done", "2026-01-27 03:00:00", 2000, 0, False),
            ("03", "other", "withdrawn", None, 3000, 0, False),
            # 203.00 came back, 198.00 of it for goods.
            ("04", "before_shipping", "done", DAY + "15:30:00", 20300, 500, True),
        ]
        assert rows(
            lake,
            "SELECT right(refund_id, 2), right(line_id, 3), refund_fen, qty FROM refund_line "
            "WHERE platform = 'youzan' ORDER BY 1",
        ) == [("01", "172", 8880, 1), ("02", "171", 2000, 0)]

    def test_quarantine(self, lake):
        pay = "full_order_info.pay_info."
        assert codes(lake, "youzan_trades") == {
            6: ("SUM_MISMATCH", pay + "payment"),
            7: ("SUM_MISMATCH", pay + "deduction_pay"),  # yuan where fen belong
            8: ("TIME_ORDER", "finished_at"),
            9: ("PII_LEAK", "title"),
        }

    def test_a_later_reply_of_another_form_updates_the_order(self, tmp_path):
        lake = load(
            tmp_path,
            "youzan_trades/trades.json",
            "youzan_trades/one_trade.jsonl",
        )
        got = headers(lake, "youzan", at("paid_at"))
        assert got[self.E + "3"] == ("paid", DAY + "12:18:00")
        assert len(got) == 5

    def test_messages(self, lake):
        got = rows(
            lake,
            f"SELECT event_name, object_id, {at('received_at')}, {at('event_at')}, version, verified, "
            "parse_status, length(body_sha256) FROM raw_message ORDER BY received_at",
        )
        assert got[0] == (
            "trade_TradeBuyerPay", self.E + "3", DAY + "12:18:03", DAY + "12:18:03",
            1769084283000, None, "parsed", 64,
        )  # fmt: skip
        assert got[1][:2] == ("trade_refund_RefundSuccess", "202601240900000000020801")
        assert got[1][3] == "2026-01-24 02:00:00"  # its version is in seconds
        assert len(got) == 3
        batch = lake.table("ingest_batch").query("preset == 'youzan_push'").iloc[0]
        assert batch.rows_repeated == 1  # delivered twice, a repeat and no conflict
        assert codes(lake, "youzan_push") == {
            5: ("SCHEMA_MISSING", "body::msg_id"),
            6: ("TYPE_BAD", ""),
        }

    def test_signatures_are_checked_where_the_secret_is_known(self, tmp_path, monkeypatch):
        monkeypatch.setenv("LIVEATTR_YOUZAN_SECRET", "youzan_test_secret")
        lake = load(tmp_path, "youzan_push/messages.jsonl")
        assert lake.table("raw_message").verified.tolist() == [True, True]
        assert codes(lake, "youzan_push")[4][0] == "SIG_BAD"


class TestShopify:
    def test_headers(self, lake):
        got = headers(
            lake,
            "shopify",
            f"{at('created_at')}, {at('paid_at')}, {at('finished_at')}, paid_fen, postage_fen, tax_fen, "
            "currency, source_code, link_id, is_test",
        )
        assert got["450789469"] == (
            "paid", PLACED, PAID, "2026-01-27 02:00:00", 58834, 1000, 1134, "USD",
            "live_20260122_A", "a1b2c3", False,
        )  # fmt: skip
        assert got["450789470"][:3] == ("created", PLACED, None)
        assert got["450789471"][1:3] == (DAY + "17:15:30", DAY + "17:15:30")
        assert got["450789471"][-1] is True
        assert got["450789472"][0] == "closed"
        assert got["450789473"][0] == "cancelled" and got["450789473"][7] == "EUR"
        assert (
            got["450789474"][2] == PLACED
        )  # imported before it was made: never paid before placed

    def test_lines(self, lake):
        got = {
            f[0][-2:]: f[1:]
            for f in lines(
                lake,
                "shopify",
                "line_id, sku_id, qty, list_fen, paid_fen, sub_shop_fen, trade_kind",
            )
        }
        assert got["20"] == ("808950810", 2, 39800, 37800, 2000, "normal")
        assert got["21"] == ("632910393", 1, 19900, 18900, 1000, "normal")
        assert got["41"] == ("808950899", 1, 5000, 5000, 0, "other")
        assert got["70"] == ("808950811", 1, 900, 0, 900, "zero_yuan")

    def test_refunds(self, lake):
        assert rows(
            lake,
            f"SELECT refund_id, type, status, {at('done_at')}, refund_fen, postage_fen, before_shipping "
            "FROM refund WHERE platform = 'shopify' ORDER BY 1",
        ) == [
            ("509562969", "return_refund", "done", "2026-01-25 02:00:00", 19778, 500, False),
            ("509562970", "other", "done", "2026-01-26 02:00:00", 2000, 0, False),
            ("509562972", "before_shipping", "done", DAY + "15:30:00", 19900, 0, True),
        ]
        assert rows(
            lake,
            "SELECT refund_id, right(line_id, 2), refund_fen, qty FROM refund_line "
            "WHERE platform = 'shopify' ORDER BY 1",
        ) == [("509562969", "21", 18900, 1), ("509562972", "50", 19900, 1)]

    def test_tokens_and_quarantine(self, lake):
        got = headers(lake, "shopify", "account_token, phone_token")
        assert got["450789469"][1:] == (
            token("mall_account", "shopify/207119551"),
            token("phone", "+8613800138006"),
        )
        assert codes(lake, "shopify_orders") == {
            7: ("TYPE_BAD", "total_price"),
            8: ("TIME_RANGE", "created_at"),
            9: ("REFUND_GT_PAID", "refund_fen"),
        }
