"""Douyin shop presets against hand-written files: literal rows, fen, UTC times and reason codes."""

import json
import shutil

import pytest

from liveattr.errors import IngestError
from liveattr.lake import open_lake
from liveattr.sources import ingest
from tests.sources.batches import batch, codes
from tests.sources.looking import (
    FIXTURES,
    LOOSE,
    leaks,
    load,
    rows,
    token,
    unchanged_by_a_second_time,
)

SECRET = "push-secret-of-the-tests"
A, B = "6920000000000000011", "6920000000000000022"


@pytest.fixture(autouse=True)
def no_secret(monkeypatch):
    monkeypatch.delenv("LIVEATTR_DOUDIAN_SECRET", raising=False)


def utc(column: str) -> str:
    return f"""strftime("{column}", '%m-%d %H:%M:%S') AS "{column}" """


CLAIMS = ("doudian_orders/orders.json", "doudian_aftersale/claims.jsonl")


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return load(tmp_path_factory.mktemp("claims"), *CLAIMS)


class TestOrders:
    def test_headers(self, lake):
        got = rows(
            lake,
            f"SELECT right(order_id, 2) AS o, shop_id, status, status_raw, {utc('created_at')}, "
            f"{utc('updated_at')}, order_fen, paid_fen, postage_fen, sub_platform_fen, "
            "sub_author_fen, sub_shop_fen FROM order_header ORDER BY order_id",
        )
        at = ("01-22 12:05:00", "01-23 06:33:20")
        assert got[0] == ("11", "4463798", "shipped", "3", *at, 20600, 17600, 800, 2100, 0, 1000)
        at = ("01-22 12:13:20", "01-28 12:15:00")
        assert got[1] == ("22", "4463798", "finished", "5", *at, 10500, 10600, 600, 0, 500, 0)
        assert [(g[0], g[2], g[3]) for g in got[2:]] == [
            ("33", "cancelled", "4"),
            ("44", "unknown", "77"),
            ("55", "paid", "2"),
            ("66", "paid", "2"),
            ("77", "paid", "2"),
            ("88", "paid", "105"),
            ("99", "closed", "21"),
        ]
        assert batch(lake, "orders.json")["rows_ok"] == 9

    def test_a_zero_time_is_no_time(self, lake):
        never = "SELECT right(order_id, 2) FROM order_header WHERE paid_at IS NULL"
        assert rows(lake, never) == [("33",)]
        done = f"SELECT right(order_id, 2), {utc('finished_at')} FROM order_header WHERE finished_at IS NOT NULL"
        assert rows(lake, done) == [("22", "01-28 12:15:00")]

    def test_ids_of_19_digits_stay_whole_though_the_file_has_numbers(self, lake):
        got = rows(
            lake, "SELECT sku_id, product_id, room_id FROM order_line WHERE line_id = '" + A + "'"
        )
        assert got == [("1700000000000000301", "3500000000000000101", "7597000000000000123")]

    def test_lines(self, lake):
        got = rows(
            lake,
            "SELECT right(line_id, 2) AS l, right(order_id, 2) AS o, qty, list_fen, paid_fen, "
            "sub_platform_fen, sub_author_fen, sub_shop_fen, merchant_code, is_gift, trade_kind "
            "FROM order_line ORDER BY line_id",
        )
        assert got == [
            ("11", "11", 2, 19800, 16800, 2100, 0, 1000, "CREAM-50", False, "normal"),
            ("12", "11", 1, 0, 0, 0, 0, 0, "CREAM-05", True, "normal"),
            # this child's pay_amount of 10600 holds its postage of 600
            ("22", "22", 1, 10500, 10000, 0, 500, 0, "SERUM-30", False, "normal"),
            ("33", "33", 1, 9900, 9900, 0, 0, 0, "CREAM-50", False, "normal"),
            ("44", "44", 1, 9900, 9900, 0, 0, 0, "CREAM-50", False, "normal"),
            ("55", "55", 1, 9900, 0, 0, 0, 0, "CREAM-50", False, "sample"),
            ("66", "66", 1, 9900, 0, 0, 0, 9900, "CREAM-50", False, "zero_yuan"),
            ("77", "77", 1, 9900, 9900, 0, 0, 0, "CREAM-50", False, "normal"),
            ("88", "88", 1, 9900, 9900, 0, 0, 0, "CREAM-50", False, "normal"),
            ("99", "99", 1, 9900, 9900, 0, 0, 0, "CREAM-50", False, "normal"),
        ]

    def test_lines_and_postage_are_what_the_order_pays(self, lake):
        assert not rows(
            lake,
            "SELECT order_id FROM order_header h JOIN (SELECT order_id, sum(paid_fen) AS lines FROM "
            "order_line GROUP BY 1) USING (order_id) WHERE paid_fen <> lines + postage_fen",
        )

    def test_a_room_of_0_is_no_room(self, lake):
        got = rows(
            lake, "SELECT host_id, room_id, video_id FROM order_line WHERE line_id = '" + B + "'"
        )
        assert got == [(None, None, "7400000000000000777")]

    def test_buyers_become_tokens_and_masked_phones_nothing(self, lake):
        got = rows(lake, "SELECT right(order_id, 2), account_token, phone_token FROM order_header")
        tokens = {o: (account, phone) for o, account, phone in got}
        assert tokens["11"] == tokens["33"] == (token("uid_douyin", "1@#buyer-a"), None)
        assert tokens["22"][1] is None  # ciphertext
        assert tokens["88"] == (
            token("uid_douyin", "_000mini-program-h"),
            token("phone", "+8613812345679"),
        )

    def test_new_words_are_loaded_and_counted(self, lake):
        unknown = {"main_status": {"77": 1}, "trade_type": {"888": 1}}
        assert batch(lake, "orders.json")["notes"]["STATUS_UNKNOWN"] == unknown

    def test_a_test_account_is_kept_apart_and_no_error(self, tmp_path):
        lake = load(tmp_path, "doudian_orders/orders.json")
        names = tmp_path / "staff.csv"
        names.write_text("kind,id,label\nuid_douyin,1@#brand-staff,shop team\n", encoding="utf-8")
        ingest(lake, names, preset="test_accounts")
        got = rows(lake, "SELECT right(order_id, 2) FROM order_header WHERE is_test")
        assert got == [("77",)]

    def test_reading_a_file_again_changes_nothing(self, lake):
        assert unchanged_by_a_second_time(lake, *CLAIMS)

    def test_no_name_address_or_message_is_anywhere(self, lake):
        secrets = ("张*", "浙江省", "13700000000", "138****3622", "buyer-a", "13812345679", "李*")
        assert not leaks(lake, *secrets)


def test_every_edge_of_an_order(tmp_path):
    lake = load(tmp_path, "doudian_orders/edge_cases.jsonl")
    assert codes(lake, "edge_cases.jsonl") == {
        2: ("TIME_ORDER", "paid_at"),
        3: ("SUM_MISMATCH", "pay_amount"),
        4: ("TIME_RANGE", "create_time"),  # milliseconds
        5: ("SCHEMA_MISSING", "order_id"),
        6: ("PII_LEAK", "title"),
        7: ("TYPE_BAD", "pay_amount"),  # yuan where fen belong
        8: ("TYPE_BAD", ""),  # half a line
        9: ("ID_PRECISION", "order_id"),
        10: ("TIME_ORDER", "finished_at"),
        11: ("TIME_RANGE", "create_time"),  # 1970
        12: ("SUM_MISMATCH", "pay_amount"),  # an order without lines
    }
    assert batch(lake, "edge_cases.jsonl")["rows_ok"] == 1
    shown = lake.table("quarantine_row").value_redacted.dropna()
    assert not shown.str.contains("13812345679").any()


def test_too_many_bad_rows_fail_the_batch_and_change_no_table(tmp_path):
    lake = open_lake(tmp_path / "lake")
    with pytest.raises(IngestError, match=r"edge_cases\.jsonl: 11 of 12 rows"):
        ingest(lake, FIXTURES / "doudian_orders/edge_cases.jsonl", preset="doudian_orders")
    assert not {"order_header", "order_line", "order_state_event"} & set(lake.versions())
    assert batch(lake, "edge_cases.jsonl")["status"] == "failed"
    assert len(codes(lake, "edge_cases.jsonl")) == 11


def test_a_line_may_be_an_order_a_reply_or_a_page_of_replies(tmp_path):
    lake = load(tmp_path, "doudian_orders/shapes.jsonl")
    got = rows(lake, "SELECT right(order_id, 1), source_row FROM order_header ORDER BY 1")
    assert got == [("1", 1), ("2", 3), ("3", 4)]
    assert codes(lake, "shapes.jsonl") == {2: ("SCHEMA_MISSING", "order_id")}  # an error reply


def test_a_repeat_is_one_order_and_a_contradiction_is_none(tmp_path):
    lake = load(tmp_path, "doudian_orders/repeats.jsonl")
    assert [int(r) for r in codes(lake, "repeats.jsonl")] == [3, 4]
    assert {c for c, _ in codes(lake, "repeats.jsonl").values()} == {"DUP_CONFLICT"}
    assert batch(lake, "repeats.jsonl")["rows_repeated"] == 1
    assert rows(lake, "SELECT right(order_id, 1) FROM order_header ORDER BY 1") == [("1",), ("3",)]


@pytest.mark.parametrize(
    "order",
    [
        ("earlier", "orders", "later"),
        ("later", "orders", "earlier"),
    ],
)
def test_the_newest_state_stands_whatever_came_first(tmp_path, order):
    lake = load(tmp_path, *(f"doudian_orders/{name}.json" for name in order))
    got = rows(lake, f"SELECT status, {utc('updated_at')} FROM order_header WHERE order_id = '{A}'")
    assert got == [("finished", "01-29 15:20:00")]
    # the later export has one line less
    assert rows(lake, f"SELECT line_id FROM order_line WHERE order_id = '{A}'") == [(A,)]
    states = (
        f"SELECT state, {utc('state_at')} FROM order_state_event WHERE order_id = '{A}' ORDER BY 2"
    )
    assert rows(lake, states) == [
        ("paid", "01-22 12:05:30"),
        ("shipped", "01-23 06:33:20"),
        ("finished", "01-29 15:20:00"),
    ]
    older = {name: batch(lake, f"{name}.json")["rows_older"] for name in order}
    first = order.index("later")
    assert older == {name: int(order.index(name) > first) for name in order}


class TestAfterSale:
    def test_claims(self, lake):
        got = rows(
            lake,
            "SELECT right(refund_id, 2) AS r, right(order_id, 2) AS o, type, status, status_raw, "
            f"{utc('applied_at')}, {utc('done_at')}, refund_fen, postage_fen, subsidy_back_fen, qty, "
            "before_shipping FROM refund ORDER BY refund_id",
        )
        at = ("01-24 02:00:00", "01-24 04:46:40")
        b = ("01-29 01:26:40", "01-31 01:33:20")
        i = ("01-22 12:46:40", "01-22 13:53:20")
        assert got == [
            ("01", "22", "return_refund", "done", "12", *b, 10600, 600, 500, 1, False),
            (
                "02",
                "11",
                "refund_only",
                "withdrawn",
                "28",
                "01-23 20:26:40",
                None,
                3000,
                0,
                0,
                1,
                False,
            ),
            ("03", "99", "before_shipping", "done", "12", *i, 9900, 0, 0, 1, True),
            ("04", "11", "return_refund", "running", "7", at[0], None, 8400, 0, 1050, 1, False),
            ("07", "11", "return_refund", "unknown", "99", at[0], None, 100, 0, 0, 1, False),
            # its subsidy of 50 failed to go back
            ("08", "11", "price_protection", "done", "12", *at, 300, 0, 0, 2, False),
            ("09", "11", "refund_only", "refused", "27", at[0], None, 500, 0, 0, 1, False),
            ("10", "11", "return_refund", "done", "12", *at, 8000, 800, 0, 2, False),
            ("12", "11", "exchange", "running", "14", at[0], None, 0, 0, 0, 1, False),
        ]

    def test_what_hits_a_line_has_no_postage_in_it(self, lake):
        got = rows(
            lake,
            "SELECT right(refund_id, 2), line_id, refund_fen, subsidy_back_fen, qty FROM refund_line",
        )
        lines = {r: (line, fen, back, qty) for r, line, fen, back, qty in got}
        assert lines["01"] == (B, 10000, 500, 1)
        assert lines["04"] == (A, 8400, 1050, 1)
        # a claim for two child orders does not say how it splits
        assert sorted(lines) == ["01", "02", "03", "04", "07", "08", "09", "12"]

    def test_reasons(self, lake):
        assert codes(lake, "claims.jsonl") == {
            5: ("REFUND_GT_PAID", "refund_fen"),
            6: ("ORPHAN", "order_id"),
            11: ("SUM_MISMATCH", "process_info.after_sale_info.refund_post_amount"),
        }
        counts = batch(lake, "claims.jsonl")
        assert (counts["rows_ok"], counts["rows_bad"], counts["rows_set_aside"]) == (9, 2, 1)

    def test_a_later_state_replaces_a_claim_and_an_orphan_waits_for_its_order(self, tmp_path):
        raw, lake = tmp_path / "raw", open_lake(tmp_path / "lake")
        for name in CLAIMS:
            (raw / name).parent.mkdir(parents=True)
            shutil.copy(FIXTURES / name, raw / name)
        ingest(lake, raw, settings=LOOSE)
        waits = "SELECT waits_for FROM quarantine_row WHERE reason_code = 'ORPHAN' AND released_at IS NULL"
        assert rows(lake, waits) == [("6930000000000000001",)]
        for name in ("doudian_orders/edge_cases.jsonl", "doudian_aftersale/later.json"):
            shutil.copy(FIXTURES / name, raw / name)
        ingest(lake, raw, settings=LOOSE)
        assert rows(lake, waits) == []
        claims = (
            f"SELECT right(refund_id, 2), status, r.refund_fen, {utc('done_at')}, count(line_id) "
            "FROM refund r JOIN refund_line USING (refund_id) "
            "WHERE right(refund_id, 2) IN ('04', '06') GROUP BY ALL ORDER BY 1"
        )
        assert rows(lake, claims) == [
            ("04", "done", 8400, "01-27 02:13:20", 1),
            ("06", "done", 9900, "01-24 04:46:40", 1),
        ]
        counts = lake.table("ingest_batch").set_index("path").loc["doudian_aftersale/claims.jsonl"]
        assert (counts.rows_ok, counts.rows_bad, counts.rows_set_aside) == (10, 2, 0)


SETTLED = (
    f"SELECT right(line_id, 2) AS l, trade_type, {utc('settled_at')}, income_fen, outcome_fen, settle_fen, "
    "service_fee_fen, commission_fen, channel_fee_fen, colonel_fee_fen, other_fee_fen, sub_platform_fen, "
    "sub_author_fen FROM settlement_line ORDER BY request_no"
)


def test_settlement_and_its_reversals_whatever_their_sign_in_the_file(tmp_path):
    lake = load(
        tmp_path,
        "doudian_orders/orders.json",
        "doudian_settle_v3/settle.json",
        "doudian_settle_v3/settle_gb18030.csv",
    )
    day = [f"02-0{d}" for d in range(7)]
    assert rows(lake, SETTLED) == [
        # settle.json writes reversals with plus
        ("11", 0, f"{day[3]} 02:20:30", 19700, 2564, 17136, 394, 1970, 45, 150, 5, 2100, 0),
        ("22", 0, f"{day[4]} 01:00:00", 11100, 1000, 10100, 222, 778, 0, 0, 0, 0, 500),
        ("22", 1, f"{day[5]} 01:00:00", -11100, -1000, -10100, -222, -778, 0, 0, 0, 0, -500),
        # settle_gb18030.csv with minus
        ("99", 0, f"{day[5]} 02:20:30", 19700, 2564, 17136, 394, 1970, 45, 150, 5, 2000, 0),
        ("99", 1, f"{day[6]} 00:00:00", -9850, -1282, -8568, -197, -985, -25, -75, 0, -1000, 0),
    ]
    assert codes(lake, "settle.json") == {
        4: ("SUM_MISMATCH", "total_outcome"),
        5: ("SUM_MISMATCH", "settle_amount"),
        6: ("ORPHAN", "order_id"),
    }
    assert codes(lake, "settle_gb18030.csv") == {3: ("TYPE_BAD", "trade_type")}
    told = json.dumps(batch(lake, "settle.json")["notes"])
    assert "positive" in told and "negative" not in told
    told = json.dumps(batch(lake, "settle_gb18030.csv")["notes"])
    assert "negative" in told and "positive" not in told


def test_account_ledger_with_a_byte_order_mark(tmp_path):
    lake = load(tmp_path, "doudian_account_ledger/ledger_bom.csv")
    got = rows(
        lake,
        "SELECT right(account_trade_no, 2) AS n, direction, amount_fen, tag, tag_raw, right(order_id, 2) "
        "FROM account_ledger ORDER BY 1",
    )
    assert got == [
        ("01", "in", 17136, "other", "订单结算", "11"),
        ("02", "out", 1970, "commission", "达人带货佣金", "11"),
        ("03", "in", 778, "commission_back", "达人佣金退款", "22"),
        ("05", "out", 500, "subsidy_back", "平台补贴扣回", "22"),
        ("06", "out", 300, "compensation", "小额打款(原因:补差价)", "11"),
        ("07", "out", 400, "compensation", "小额打款(原因:运费补偿)", "11"),
        ("08", "out", 80, "freight_insurance", "运费险扣减货款", "22"),
        ("09", "in", 400, "compensation", "小额打款退票", "11"),
        ("10", "out", 10000, "other", "提现", None),
        ("11", "out", 10, "other", "新类型", None),
    ]
    assert codes(lake, "ledger_bom.csv") == {
        4: ("DUP_CONFLICT", "platform, account_trade_no"),
        12: ("TYPE_BAD", "account_amount"),
        13: ("TYPE_BAD", "fund_flow"),
        15: ("DUP_CONFLICT", "platform, account_trade_no"),
        16: ("ID_PRECISION", "account_trade_no"),
    }
    counts = batch(lake, "ledger_bom.csv")
    assert (counts["rows_ok"], counts["rows_repeated"]) == (11, 1)
    assert counts["notes"]["STATUS_UNKNOWN"] == {"account_bill_desc_tag": {"77": 1}}


def test_ids_that_a_spreadsheet_damaged_are_refused(tmp_path):
    lake = load(tmp_path, "doudian_account_ledger/ledger.xlsx")
    assert codes(lake, "ledger.xlsx") == {
        2: ("ID_PRECISION", "account_trade_no"),
        3: ("ID_PRECISION", "order_id"),
    }
    got = f"SELECT right(account_trade_no, 2), {utc('at')}, tag FROM account_ledger ORDER BY 1"
    assert rows(lake, got) == [
        ("21", "02-03 02:20:31", "commission"),
        ("24", "02-03 02:20:34", "commission_back"),
    ]


PUSHED = (
    f"SELECT event_name, object_id, {utc('received_at')}, {utc('event_at')}, parse_status, verified "
    "FROM raw_message ORDER BY source_row, event_name"
)


@pytest.mark.parametrize("secret", [None, SECRET])
def test_push_messages(tmp_path, monkeypatch, secret):
    if secret:
        monkeypatch.setenv("LIVEATTR_DOUDIAN_SECRET", secret)
    lake = load(tmp_path, "doudian_push/requests.jsonl")
    checked = True if secret else None
    claim = "7100000000000000001"
    want = [
        ("100", A, "01-22 12:05:01", "01-22 12:05:00", "parsed", checked),
        ("101", A, "01-22 12:05:01", "01-22 12:05:30", "parsed", checked),
        ("206", claim, "01-31 01:33:21", "01-31 01:33:20", "parsed", checked),
        ("200", claim, "01-29 01:26:41", "01-29 01:26:40", "parsed", checked),
        ("0", None, "01-22 11:00:00", None, "kept", checked),
    ]
    bad = {6: ("TYPE_BAD", None)}
    if secret:
        bad[7] = ("SIG_BAD", "headers.event-sign")
    else:
        want.append(("106", A, "01-22 12:07:00", "01-22 12:06:40", "parsed", None))
    assert rows(lake, PUSHED) == want
    assert codes(lake, "requests.jsonl") == bad
    assert batch(lake, "requests.jsonl")["rows_repeated"] == 1  # the 101 came twice
