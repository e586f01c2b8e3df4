"""Templates: hand-written sheets with Chinese heads, and workbooks that are made, filled and read."""

import datetime as dt
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook

from liveattr.errors import FormatError, ParameterError
from liveattr.formats import read_preset
from liveattr.lake import Lake, open_lake
from liveattr.sources import ingest
from liveattr.sources.templates import template_names, write_template
from tests.sources.looking import LOOSE, at, codes, counted, load, rows, token

LINK_KEY = "a-link-key-of-the-tests-32-characters"
FILES = (
    "youzan_trades/trades.json", "broadcasts/broadcasts.csv", "broadcast_plan/plan.csv",
    "campaign_costs/costs_gb18030.csv", "campaign_costs/corrected.csv", "products/products.csv",
    "sku_map/map.csv", "sku_cogs/cogs.tsv", "stock_snapshots/stock.csv", "supply_terms/terms.csv",
    "purchase_orders/orders.csv", "consents/consents.csv", "test_accounts/accounts.csv",
    "tracked_links/links.csv", "impact_assessments/assessments.csv",
)  # fmt: skip


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Every template's hand-written file, and the orders of a mall with a test account, in one lake."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVEATTR_LINK_KEY", LINK_KEY)
        yield load(tmp_path_factory.mktemp("templates"), *FILES)


class TestFiles:
    def test_every_record_is_in_a_table_or_in_quarantine(self, lake):
        assert {k: v[:3] for k, v in counted(lake).items()} == {
            "youzan_trades/trades.json": (9, 5, 4),
            "broadcasts/broadcasts.csv": (8, 3, 5),
            "broadcast_plan/plan.csv": (5, 3, 2),
            "campaign_costs/costs_gb18030.csv": (8, 4, 4),
            "campaign_costs/corrected.csv": (1, 1, 0),
            "products/products.csv": (4, 2, 2),
            "sku_map/map.csv": (5, 3, 2),
            "sku_cogs/cogs.tsv": (5, 3, 2),
            "stock_snapshots/stock.csv": (4, 2, 2),
            "supply_terms/terms.csv": (4, 2, 2),
            "purchase_orders/orders.csv": (4, 2, 2),
            "consents/consents.csv": (13, 8, 5),
            "test_accounts/accounts.csv": (3, 2, 1),
            "impact_assessments/assessments.csv": (5, 2, 3),
            "tracked_links/links.csv": (4, 2, 2),
        }

    def test_broadcasts_and_their_campaigns(self, lake):
        assert rows(
            lake,
            f"SELECT campaign_id, kind, title, {at('start_at')}, {at('end_at')} FROM campaign ORDER BY 1",
        ) == [
            (
                "live_20260125_B",
                "broadcast",
                "周日专场",
                "2026-01-25 12:00:00",
                "2026-01-25 14:00:00",
            ),
            ("nianhuo", "broadcast", "年货节", "2026-01-22 12:00:00", "2026-01-23 17:30:00"),
        ]
        got = rows(
            lake,
            f"SELECT broadcast_id, campaign_id, platform, platform_room_id, host_id, {at('end_at')}, "
            "business_on, source_code FROM broadcast ORDER BY 1",
        )
        assert got[0] == (
            "live_20260122_A", "nianhuo", "douyin", "7181234567890123456", "9876543210",
            "2026-01-22 15:30:00", dt.date(2026, 1, 22), "live_20260122_A",
        )  # fmt: skip
        # Over midnight it stays one broadcast, of the day on which it began.
        assert got[1][5:7] == ("2026-01-23 17:30:00", dt.date(2026, 1, 23))
        assert got[2][:3] == ("live_20260125_B", "live_20260125_B", "channels")
        assert codes(lake, "broadcasts") == {
            4: ("TIME_ORDER", "end_at"),
            5: ("TYPE_BAD", "platform"),
            6: ("ID_PRECISION", "platform_room_id"),
            7: ("SCHEMA_MISSING", "broadcast_id"),
            8: ("SCHEMA_MISSING", "end_at"),
        }

    def test_a_month_of_a_room_says_that_it_is_a_series(self, tmp_path):
        sheet = tmp_path / "broadcasts.csv"
        day = "2026-01-{0:02d} 20:00,2026-01-{0:02d} 22:00"
        sheet.write_text(
            "broadcast_id,活动编号,活动类型,platform,start_at,end_at\n"
            + "".join(f"own_{n},own_2026-01,系列直播,抖音,{day.format(n)}\n" for n in (1, 2))
            + f"kol_3,,show,抖音,{day.format(3)}\nlive_4,,,抖音,{day.format(4)}\n"
            + f"live_5,,义卖,抖音,{day.format(5)}\n",
            encoding="utf-8",
        )
        lake = open_lake(tmp_path / "lake")
        ingest(lake, sheet, preset="broadcasts", settings=LOOSE)
        assert rows(lake, "SELECT campaign_id, kind FROM campaign ORDER BY 1") == [
            ("kol_3", "show"), ("live_4", "broadcast"), ("own_2026-01", "series"),
        ]  # fmt: skip
        assert codes(lake, "broadcasts") == {5: ("TYPE_BAD", "campaign_kind")}

    def test_plan(self, lake):
        assert rows(
            lake,
            "SELECT broadcast_id, sku_id, state, slot, minutes, price_fen, coupon FROM broadcast_plan ORDER BY ALL",
        ) == [
            ("live_20260122_A", "CUP-1", "planned", 2, None, 4900, None),
            ("live_20260122_A", "TEA-250", "held", 1, 12.5, 9900, "满200减30"),
            ("live_20260123_A", "TEA-250", "planned", 3, 8.0, 129900, None),
        ]
        assert codes(lake, "broadcast_plan") == {4: ("TYPE_BAD", "slot"), 5: ("TYPE_BAD", "state")}

    def test_costs_in_gb18030_and_a_correction(self, lake):
        assert rows(
            lake,
            f"SELECT cost_id, campaign_id, broadcast_id, line, amount_fen, {at('incurred_at')} "
            "FROM campaign_cost ORDER BY 1",
        ) == [
            ("C-01", "nianhuo", "live_20260122_A", "slot_fee", 1800000, "2026-01-21 16:00:00"),
            ("C-02", "nianhuo", None, "crew", 350050, "2026-01-30 16:00:00"),
            ("C-03", "live_20260125_B", "live_20260125_B", "ads", 0, "2026-01-24 16:00:00"),
            ("C-04", "nianhuo", None, "samples", 12005, "2026-01-20 01:30:00"),
        ]
        assert codes(lake, "campaign_costs") == {
            5: ("TYPE_BAD", "line"),
            6: ("TYPE_BAD", "amount"),
            7: ("TYPE_BAD", "amount"),
            8: ("PII_LEAK", "note"),
        }

    def test_goods(self, lake):
        assert rows(lake, "SELECT merchant_sku, name, launched_on FROM product ORDER BY 1") == [
            ("CUP-1", "茶杯", None),
            ("TEA-250", "龙井茶", dt.date(2025, 3, 1)),
        ]
        sku = "1724839201837123456"  # had a leading apostrophe and a trailing tab
        assert rows(
            lake,
            f"SELECT platform, platform_sku_id, {at('valid_from_at')}, merchant_sku, "
            "confidence FROM sku_map ORDER BY 1, 2, 3",
        ) == [
            ("douyin", sku, "2014-12-31 16:00:00", "TEA-250", 1.0),
            ("douyin", sku, "2026-01-31 16:00:00", "TEA-300", 1.0),
            ("youzan", "400818034", "2025-06-01 00:00:00", "TEA-250", 0.9),
        ]
        assert rows(
            lake, "SELECT * EXCLUDE (source, ingest_id, source_row) FROM sku_cogs ORDER BY ALL"
        ) == [
            ("CUP-1", dt.date(2026, 1, 1), 880),
            ("TEA-250", dt.date(2025, 1, 1), 3250),
            ("TEA-250", dt.date(2026, 1, 15), 3500),
        ]
        assert codes(lake, "sku_map") == {
            4: ("ID_PRECISION", "platform_sku_id"),
            5: ("TYPE_BAD", "confidence"),
        }

    def test_stock_and_supply(self, lake):
        assert rows(
            lake,
            f"SELECT merchant_sku, warehouse, {at('captured_at')}, on_hand, reserved, in_stock "
            "FROM stock_snapshot ORDER BY 2",
        ) == [
            ("TEA-250", "main", "2026-01-22 00:00:00", 10, None, False),
            ("TEA-250", "杭州仓", "2026-01-22 00:00:00", 1200, 150, True),
        ]
        assert rows(
            lake,
            "SELECT * EXCLUDE (source, ingest_id, source_row) FROM supply_terms ORDER BY 1 DESC",
        ) == [
            ("TEA-250", "S-01", 14.0, 7.0, 24, 240, 500000, 540.0, 3250),
            ("CUP-1", "S-02", 3.5, None, None, None, None, None, None),
        ]
        assert rows(
            lake, "SELECT merchant_sku, qty, eta_on, received_qty FROM purchase_order ORDER BY 2"
        ) == [
            ("CUP-1", 500, None, None),
            ("TEA-250", 960, dt.date(2026, 1, 19), 0),
        ]
        assert codes(lake, "purchase_orders") == {
            3: ("TIME_ORDER", "eta_on"),
            4: ("TYPE_BAD", "qty"),
        }

    def test_consents(self, lake):
        phone = token("phone", "+8613800138006")
        assert rows(
            lake,
            f"SELECT seq, subject_kind, subject_token, purpose, action, {at('at')} "
            "FROM consent_act WHERE version = 'v3' ORDER BY 1",
        ) == [
            ("1", "phone", phone, "attribution", "granted", "2026-01-20 02:15:00"),
            ("2", "mall_account", token("mall_account", "youzan/LnhGm4rh576452722916618240"),
             "recall", "granted", "2026-01-20 02:15:00"),
            ("3", "phone", phone, "attribution", "withdrawn", "2026-01-25 01:00:00"),
            ("6", "openid", token("openid", "oAbc_buyer_01"), "fuzzy_match", "granted", "2026-01-20 02:15:00"),
        ]  # fmt: skip
        assert rows(
            lake,
            "SELECT seq, purpose, action, separate_consent, recipient, guardian, notice_sha256 IS NULL "
            "FROM consent_act WHERE version = 'v4' ORDER BY seq::INT",
        ) == [
            ("7", "provide_to_platform", "granted", True, "oceanengine", None, False),
            ("8", "all", "withdrawn", None, None, None, True),
            ("12", "all", "minor", None, None, None, True),
            ("13", "recall_sms", "granted", None, None, True, True),
        ]
        # A masked phone is nobody's identifier; what must be asked on its own was asked on its own.
        assert codes(lake, "consents") == {
            4: ("TYPE_BAD", "subject_kind"),
            5: ("TYPE_BAD", "subject_kind"),
            9: ("TYPE_BAD", "purpose"),
            10: ("SCHEMA_MISSING", "recipient"),
            11: ("CONSENT_MISSING", "separate_consent"),
        }

    def test_impact_assessments(self, lake):
        assert rows(
            lake,
            "SELECT purpose, version, assessed_on, valid_to_on, assessor, is_sample "
            "FROM impact_assessment ORDER BY 1",
        ) == [
            ("attribution", "2026-1", dt.date(2026, 1, 10), dt.date(2027, 1, 9), "法务部", False),
            ("recall", "2026-1", dt.date(2026, 1, 10), dt.date(2026, 12, 31), None, False),
        ]
        assert codes(lake, "impact_assessments") == {
            3: ("TIME_ORDER", "valid_to_on"),
            4: ("TYPE_BAD", "purpose"),
            5: ("SCHEMA_MISSING", "risk"),
        }

    def test_orders_of_a_test_account_are_marked(self, lake):
        marked = rows(lake, "SELECT order_id FROM order_header WHERE is_test")
        assert marked == [("E20260122201530047400002",)]

    def test_links(self, lake):
        assert rows(
            lake,
            "SELECT link_id, source_code, broadcast_id, campaign_id, shelf_no, signature_ok "
            "FROM tracked_link ORDER BY 1",
        ) == [
            ("a1b2c3", "live_20260122_A", "live_20260122_A", None, 3, True),
            ("d4e5f6", None, None, "nianhuo", None, None),
        ]
        assert codes(lake, "tracked_links") == {
            3: ("LINK_FORGED", "link_sig"),
            4: ("TIME_ORDER", "valid_to_at"),
        }

    def test_a_link_that_nobody_could_check_says_nothing(self, tmp_path, monkeypatch):
        monkeypatch.delenv("LIVEATTR_LINK_KEY", raising=False)
        lake = load(tmp_path, "tracked_links/links.csv")
        assert lake.table("tracked_link").signature_ok.isna().tolist() == [True, True, True]


# A cell of a sheet has no zone.
DAY = dt.datetime.fromisoformat("2026-01-22")
FILLED: dict[str, tuple[dict[str, object], str, tuple]] = {
    "broadcasts": (
        {
            "broadcast_id": "live_20260122_A",
            "platform": "快手",
            "platform_room_id": "7181234567890123456",
            "start_at": DAY.replace(hour=20),
            "end_at": DAY.replace(hour=23, minute=30),
        },
        f"SELECT campaign_id, platform, platform_room_id, {at('start_at')}, {at('end_at')} FROM broadcast",
        (
            "live_20260122_A",
            "kuaishou",
            "7181234567890123456",
            "2026-01-22 12:00:00",
            "2026-01-22 15:30:00",
        ),
    ),
    "campaign_costs": (
        {
            "cost_id": "C-1",
            "campaign_id": "live_20260122_A",
            "line": "坑位费",
            "amount": 20000.5,
            "incurred_at": DAY,
        },
        f"SELECT line, amount_fen, {at('incurred_at')} FROM campaign_cost",
        ("slot_fee", 2000050, "2026-01-21 16:00:00"),
    ),
    "sku_cogs": (
        {"merchant_sku": "00123", "valid_from_on": dt.date(2026, 1, 1), "cogs": 32.1},
        "SELECT merchant_sku, valid_from_on, cogs_fen FROM sku_cogs",
        ("00123", dt.date(2026, 1, 1), 3210),
    ),
    "stock_snapshots": (
        {
            "merchant_sku": "TEA-250",
            "captured_at": DAY.replace(hour=8),
            "on_hand": 12,
            "in_stock": "否",
        },
        f"SELECT warehouse, {at('captured_at')}, on_hand, in_stock FROM stock_snapshot",
        ("main", "2026-01-22 00:00:00", 12, False),
    ),
}


class TestWorkbooks:
    @pytest.mark.parametrize("name", FILLED)
    def test_made_filled_read(self, tmp_path, name):
        values, sql, expected = FILLED[name]
        path = write_template(name, tmp_path / name / "filled.xlsx")
        book = load_workbook(path)
        sheet = book.worksheets[0]
        heads = [c.value for c in sheet[1]]
        for column, head in enumerate(heads, start=1):
            sheet.cell(2, column, values.get(head))
        book.save(path)
        lake = open_lake(tmp_path / "lake")
        summary = ingest(lake, path)
        assert (summary.rows_in, summary.rows_refused) == (1, 0)
        assert rows(lake, sql) == [expected]

    def test_an_id_that_was_typed_as_a_number_is_refused(self, tmp_path):
        path = write_template("sku_map", tmp_path / "sku_map" / "filled.xlsx")
        book = load_workbook(path)
        sheet = book.worksheets[0]
        for column, value in enumerate(["抖音", 1724839201837123456, "TEA-250"], start=1):
            sheet.cell(2, column, value)
        book.save(path)
        lake = open_lake(tmp_path / "lake")
        ingest(lake, path, settings=LOOSE)
        assert codes(lake, "sku_map") == {1: ("ID_PRECISION", "platform_sku_id")}

    def test_every_template_is_an_empty_table_and_says_how_to_fill_it(self, tmp_path):
        for name in template_names():
            spec = read_preset(name)
            book = load_workbook(write_template(name, tmp_path / f"{name}.xlsx"))
            table, guide = book.worksheets
            assert [c.value for c in table[1]] == list(spec.fields)
            assert table.max_row == 1 and table.freeze_panes == "A2"
            shaded = {c.value for c in table[1] if c.fill.start_color.rgb == "FFFFF6D6"}
            assert shaded == {n for n, f in spec.fields.items() if f.required}
            assert all(c.comment and spec.fields[c.value].zh in c.comment.text for c in table[1])
            text = " ".join(str(c.value) for row in guide.iter_rows() for c in row)
            for field_name, field in spec.fields.items():
                assert field.zh and field.en and (field.example or field.kind == "link_sig")
                assert all(part in text for part in (field_name, field.zh, field.en, field.example))

    def test_ids_are_text_columns(self, tmp_path):
        book = load_workbook(write_template("sku_map", tmp_path / "a.xlsx"))
        formats = {c.value: c.column_letter for c in book.worksheets[0][1]}
        style = book.worksheets[0].column_dimensions[formats["platform_sku_id"]]
        assert style.number_format == "@"

    def test_the_same_template_is_the_same_file(self, tmp_path):
        one, two = (write_template("broadcasts", tmp_path / f"{n}.xlsx") for n in "ab")
        assert one.read_bytes() == two.read_bytes()

    def test_a_csv_has_the_head_alone(self, tmp_path):
        path = write_template("sku_cogs", tmp_path / "new" / "a.csv")
        assert path.read_bytes() == b"\xef\xbb\xbfmerchant_sku,valid_from_on,cogs\r\n"

    def test_what_is_refused(self, tmp_path):
        path = write_template("products", tmp_path / "a.xlsx")
        with pytest.raises(ParameterError, match="exists already"):
            write_template("products", path)
        with pytest.raises(ParameterError, match=r"\.xlsx or a \.csv"):
            write_template("products", tmp_path / "a.ods")
        with pytest.raises(FormatError, match="did you mean 'campaign_costs'"):
            write_template("campaign_cost", tmp_path / "b.xlsx")
        with pytest.raises(FormatError, match="there is no template 'doudian_orders'"):
            write_template("doudian_orders", tmp_path / "b.xlsx")
