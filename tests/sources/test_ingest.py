"""The engine: nothing is lost, nothing is guessed, order of arrival does not matter."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from liveattr.errors import IngestError, TokenKeyError
from liveattr.lake import Lake, open_lake
from liveattr.settings import Settings
from liveattr.sources import ingest, list_quarantine, release, show_quarantine
from liveattr.sources.batch import load_file
from liveattr.sources.books import Batch, Books
from liveattr.sources.files import Source
from liveattr.sources.tokens import DEMO_KEY
from tests.sources.conftest import REFUNDS

Shop = Callable[..., Path]

GOOD = "1001,1001-1,S1,paid,2026-01-22 20:00,2026-01-22 20:01,2026-01-22 20:01,2,12.90,13800000001,,张三"


def _line(number: int, **changes: str) -> str:
    cells = dict(
        zip(
            "order line sku state placed paid_time changed qty amount phone remark name".split(),
            GOOD.split(","),
            strict=True,
        )
    )
    cells |= {"order": str(number), "line": f"{number}-1"} | changes
    return ",".join(cells.values())


def _codes(lake: Lake) -> dict[int, str]:
    shown = show_quarantine(lake)
    return dict(zip(shown.source_row, shown.reason_code, strict=True))


def test_a_row_ends_typed_in_its_tables(lake: Lake, shop: Shop) -> None:
    ingest(lake, shop([GOOD]))
    header = lake.table("order_header").iloc[0]
    assert header.created_at.isoformat() == "2026-01-22T12:00:00+00:00"
    assert (header.status, header.status_raw, header.paid_fen) == ("paid", "paid", 1290)
    line = lake.table("order_line").iloc[0]
    assert (line.line_id, line.qty, line.paid_fen, line.trade_kind) == ("1001-1", 2, 1290, "normal")
    assert lake.table("order_state_event").state.tolist() == ["paid"]


def test_personal_data_is_nowhere_in_the_lake(lake: Lake, shop: Shop) -> None:
    ingest(lake, shop([GOOD]))
    files = [p for p in lake.path.rglob("*") if p.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        assert b"13800000001" not in content and "张三".encode() not in content
    assert len(lake.table("order_header").phone_token[0]) == 64


def test_reading_a_file_again_changes_nothing(lake: Lake, shop: Shop) -> None:
    raw = shop([GOOD])
    ingest(lake, raw)
    before = lake.versions()
    assert ingest(lake, raw).skipped
    shop([_line(2)], "b")
    ingest(lake, raw)
    after = lake.versions()
    assert after["order_line"] == before["order_line"] + 1
    assert lake.table("order_line").line_id.tolist() == ["1001-1", "2-1"]


def test_a_crash_before_the_books_are_written_loses_and_doubles_nothing(
    lake: Lake, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop([GOOD], "a")
    raw = shop([_line(2), _line(3)], "b")

    def die(*args: object, **options: object) -> list[Batch]:
        raise KeyboardInterrupt

    with monkeypatch.context() as crash, pytest.raises(KeyboardInterrupt):
        crash.setattr(Books, "flush", lambda self: None)
        crash.setattr("liveattr.sources.stage.retry_orphans", die)
        ingest(lake, raw)
    assert lake.table("ingest_batch").empty
    before = lake.table("order_line")
    assert len(before) == 3
    ingest(lake, raw)
    pd.testing.assert_frame_equal(lake.table("order_line"), before)
    assert lake.table("ingest_batch").rows_ok.tolist() == [1, 2]


def test_one_content_in_two_files_is_one_batch(lake: Lake, shop: Shop) -> None:
    shop([GOOD], "a")
    shop([GOOD], "b")
    ingest(lake, shop([_line(2)], "c"))
    batch = lake.table("ingest_batch")
    assert (len(batch), batch.rows_repeated.sum()) == (2, 0)
    assert len(lake.table("order_line")) == 2


def test_files_before_a_broken_one_are_in_the_books(
    lake: Lake, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        raw = shop([_line(ord(name))], name)

    def load(lake: Lake, source: Source, **options: Any) -> Batch:
        if source.name.endswith("c.csv"):
            raise KeyboardInterrupt
        return load_file(lake, source, **options)

    monkeypatch.setattr("liveattr.sources.stage.load_file", load)
    with pytest.raises(KeyboardInterrupt):
        ingest(lake, raw)
    assert lake.table("ingest_batch").status.tolist() == ["loaded", "loaded"]


BAD_ROWS: list[tuple[dict[str, str], str]] = [
    ({"order": ""}, "SCHEMA_MISSING"),
    ({"amount": "12.5x"}, "TYPE_BAD"),
    ({"amount": "12.905"}, "TYPE_BAD"),
    ({"order": "4.98E+18"}, "ID_PRECISION"),
    ({"placed": "1970-01-22 20:00"}, "TIME_RANGE"),
    ({"paid_time": "2026-01-22 19:00"}, "TIME_ORDER"),
    ({"remark": "call 13912345679"}, "PII_LEAK"),
    ({"remark": "id 11010519491231002X"}, "PII_LEAK"),
]


def test_each_bad_row_is_held_with_its_reason(lake: Lake, shop: Shop, lenient: Settings) -> None:
    bad = [_line(2000 + n, **changes) for n, (changes, _) in enumerate(BAD_ROWS)]
    ingest(lake, shop([GOOD, *bad, _line(1003)]), settings=lenient)
    assert _codes(lake) == {n: code for n, (_, code) in enumerate(BAD_ROWS, start=2)}
    assert set(lake.table("order_line").order_id) == {"1001", "1003"}
    batch = lake.table("ingest_batch").iloc[0]
    assert batch.rows_in == 10 == batch.rows_ok + batch.rows_bad + batch.rows_set_aside
    assert json.loads(batch.bad_by_code) == Counter(code for _, code in BAD_ROWS)


def test_an_unknown_status_is_loaded_and_counted(lake: Lake, shop: Shop) -> None:
    ingest(lake, shop([_line(1, state="teleported")]))
    header = lake.table("order_header").iloc[0]
    assert (header.status, header.status_raw) == ("unknown", "teleported")
    notes = json.loads(lake.table("ingest_batch").notes[0])
    assert notes == {"STATUS_UNKNOWN": {"state": {"teleported": 1}}}


def test_a_batch_with_many_bad_rows_fails_whole_but_lists_them(lake: Lake, shop: Shop) -> None:
    with pytest.raises(IngestError, match=r"1 of 3 rows"):
        ingest(lake, shop([GOOD, _line(2, amount="x"), _line(3)]))
    assert lake.table("order_line").empty and lake.table("order_header").empty
    assert _codes(lake) == {2: "TYPE_BAD"}
    assert lake.table("ingest_batch").status.tolist() == ["failed"]
    ingest(lake, shop([GOOD, _line(2, amount="x"), _line(3)]), settings=Settings(bad_share_limit=1))
    assert lake.table("ingest_batch").status.tolist() == ["loaded"]
    assert len(lake.table("order_line")) == 2


def test_an_exact_repeat_is_expected_and_counts_once(lake: Lake, shop: Shop) -> None:
    ingest(lake, shop([GOOD, GOOD]))
    assert lake.table("order_header").paid_fen.tolist() == [1290]
    batch = lake.table("ingest_batch").iloc[0]
    assert (batch.rows_ok, batch.rows_repeated, batch.rows_bad) == (2, 1, 0)


def test_same_key_and_time_with_other_content_is_a_conflict(
    lake: Lake, shop: Shop, lenient: Settings
) -> None:
    raw = shop([_line(1)])
    ingest(lake, raw, settings=lenient)
    shop([_line(1, amount="99.00"), _line(2)], "b")
    ingest(lake, raw, settings=lenient)
    assert _codes(lake) == {1: "DUP_CONFLICT"}
    assert lake.table("order_line").set_index("order_id").paid_fen.to_dict() == {
        "1": 1290,
        "2": 1290,
    }


def test_a_line_that_contradicts_itself_within_a_file_is_a_conflict(
    lake: Lake, shop: Shop, lenient: Settings
) -> None:
    ingest(lake, shop([_line(1), _line(1, amount="5.00"), _line(2)]), settings=lenient)
    assert _codes(lake) == {1: "DUP_CONFLICT", 2: "DUP_CONFLICT"}
    assert lake.table("order_line").order_id.tolist() == ["2"]


_STATES: list[dict[str, str]] = [
    {"state": "new", "paid_time": "", "changed": "2026-01-22 20:00"},
    {"state": "paid", "changed": "2026-01-22 20:05"},
    {"state": "sent", "changed": "2026-01-23 09:00"},
    {"state": "done", "changed": "2026-01-30 09:00", "amount": "12.90"},
]


def test_state_is_a_fold_over_time_never_over_arrival(lake: Lake, shop: Shop) -> None:
    """Four states of an order come in four files, in every order: an order of the shop for each."""
    arrivals = list(itertools.permutations(range(4)))
    for i in range(4):
        rows = [_line(n, **_STATES[arrival[i]]) for n, arrival in enumerate(arrivals)]
        ingest(lake, shop(rows, f"f{i}") / "lines" / f"f{i}.csv")
    header = lake.table("order_header")
    assert header.status.tolist() == ["finished"] * 24
    assert {at.isoformat() for at in header.updated_at} == {"2026-01-30T01:00:00+00:00"}
    states = lake.table("order_state_event").groupby("order_id").state.agg(sorted)
    assert states.tolist() == [["created", "finished", "paid", "shipped"]] * 24
    assert lake.table("order_line").order_id.nunique() == len(lake.table("order_line")) == 24


def test_without_a_time_the_later_state_stands(lake: Lake, shop: Shop) -> None:
    raw = shop([_line(1, state="done", changed="")], "b")
    ingest(lake, raw)
    shop([_line(1, state="paid", changed="")], "c")
    ingest(lake, raw)
    assert lake.table("order_header").status.tolist() == ["finished"]
    batches = lake.table("ingest_batch").set_index("path")
    assert batches.rows_older.to_dict() == {"lines/b.csv": 0, "lines/c.csv": 1}


def test_an_order_with_fewer_lines_later_loses_the_others(lake: Lake, shop: Shop) -> None:
    raw = shop([_line(1), _line(1, line="1-2")])
    ingest(lake, raw)
    assert len(lake.table("order_line")) == 2
    shop([_line(1, changed="2026-01-24 10:00")], "b")
    ingest(lake, raw)
    assert lake.table("order_line").line_id.tolist() == ["1-1"]
    assert lake.table("order_header").paid_fen.tolist() == [1290]


def test_an_orphan_waits_and_comes_in_by_itself(lake: Lake, shop: Shop) -> None:
    raw = shop(["R1,1,1-1,5.00,2026-01-25 10:00"], "r", "refund,order,line,amount,at", REFUNDS)
    ingest(lake, raw)
    assert _codes(lake) == {1: "ORPHAN"} and lake.table("refund").empty
    held = list_quarantine(lake)
    assert held.expected.tolist() == [True]
    shop([_line(1)])
    ingest(lake, raw)
    assert lake.table("refund").refund_fen.tolist() == [500]
    assert list_quarantine(lake).empty
    batch = lake.table("ingest_batch").set_index("path").loc["refunds/r.csv"]
    assert (batch.rows_ok, batch.rows_set_aside) == (1, 0)


def test_a_refund_over_what_was_paid_is_held_until_a_person_accepts_it(
    lake: Lake, shop: Shop, lenient: Settings
) -> None:
    shop([_line(1)])
    raw = shop(
        ["R1,1,,99.00,2026-01-25 10:00", "R2,1,,1.00,2026-01-25 10:00"],
        "r", "refund,order,line,amount,at", REFUNDS,
    )  # fmt: skip
    ingest(lake, raw, settings=lenient)
    assert _codes(lake) == {1: "REFUND_GT_PAID"}
    told = release(lake, raw)
    assert told.released.tolist() == [0] and _codes(lake) == {1: "REFUND_GT_PAID"}
    told = release(lake, raw, accept=True)
    assert told.released.tolist() == [1] and list_quarantine(lake).empty
    assert sorted(lake.table("refund").refund_id) == ["R1", "R2"]
    assert lake.table("quarantine_row").released_at.notna().all()
    batch = lake.table("ingest_batch").set_index("path").loc["refunds/r.csv"]
    assert (batch.rows_in, batch.rows_ok, batch.rows_bad) == (2, 2, 0)


def test_a_value_that_cannot_be_read_cannot_be_accepted(
    lake: Lake, shop: Shop, lenient: Settings
) -> None:
    raw = shop([_line(1, amount="x"), _line(2)])
    ingest(lake, raw, settings=lenient)
    assert release(lake, raw, accept=True).held.tolist() == [1]


def test_a_release_needs_the_file_as_it_was(lake: Lake, shop: Shop, lenient: Settings) -> None:
    raw = shop([_line(1, amount="x"), _line(2)])
    ingest(lake, raw, settings=lenient)
    shop([_line(1), _line(2)])
    with pytest.raises(IngestError, match="has changed"):
        release(lake, raw)


def test_prices_a_hundred_times_off_are_suspect(lake: Lake, shop: Shop, lenient: Settings) -> None:
    from tests.sources.conftest import SHOP

    spec = SHOP + "unit_suspect: true\n"
    rows = [_line(i, amount=f"{2 * (10 + i / 100):.2f}") for i in range(1, 8)]
    ingest(lake, shop([*rows, _line(9, amount="2000.00")], spec=spec), settings=lenient)
    assert _codes(lake) == {8: "UNIT_SUSPECT"}


TESTERS = """
preset: shop_testers
version: 1
title: {zh: 测试账号, en: test accounts}
family: generic
confirmed: none
platform: mall
legal_basis: contract
files: [csv]
fields:
  phone: {kind: phone, required: true}
tables:
  test_account: {kind: "=phone", id_token: phone}
"""


@pytest.mark.parametrize("first", ["lines", "testers"])
def test_a_test_accounts_order_is_kept_apart_whichever_comes_first(
    lake: Lake, shop: Shop, first: str
) -> None:
    raw = shop([_line(1), _line(2, phone="+86 139-0000-0002")])
    shop(["13900000002"], "t", "phone", TESTERS)
    for folder in sorted(["lines", "testers"], key=lambda f: f != first):
        ingest(lake, raw / folder)
    header = lake.table("order_header").set_index("order_id")
    assert header.is_test.to_dict() == {"1": False, "2": True}


def test_gb18030_and_bom_files_are_read(lake: Lake, shop: Shop) -> None:
    raw = shop([_line(1, remark="冬季修护")])
    file = raw / "lines" / "a.csv"
    text = file.read_text(encoding="utf-8")
    file.write_bytes(text.encode("gb18030"))
    (raw / "lines" / "b.csv").write_bytes(
        text.replace("1-1", "2-1").replace("\n1,", "\n2,").encode("utf-8-sig")
    )
    ingest(lake, raw)
    assert lake.table("order_line").title.tolist() == ["冬季修护"] * 2


def test_a_wrong_folder_name_suggests_the_preset(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "raw" / "doudian_order").mkdir(parents=True)
    with pytest.raises(IngestError, match="did you mean 'doudian_orders'"):
        ingest(lake, tmp_path / "raw")


def test_a_file_without_a_required_field_says_which(lake: Lake, shop: Shop) -> None:
    raw = shop(["1,1-1"], head="order,line")
    with pytest.raises(IngestError, match="'placed'"):
        ingest(lake, raw)


def test_the_key_must_be_there_and_stay_the_same(
    lake: Lake, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = shop([GOOD])
    monkeypatch.delenv("LIVEATTR_TOKEN_KEY")
    with pytest.raises(TokenKeyError, match=r"secrets\.token_hex"):
        ingest(lake, raw)
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", DEMO_KEY)
    with pytest.raises(TokenKeyError, match="public key"):
        ingest(lake, raw)
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", "short")
    with pytest.raises(TokenKeyError, match="at least 32"):
        ingest(lake, raw)
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", "k" * 40)
    ingest(lake, raw)
    shop([_line(5)], "b")
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", "j" * 40)
    with pytest.raises(TokenKeyError, match="another LIVEATTR_TOKEN_KEY"):
        ingest(lake, raw)


def test_a_demo_lake_takes_no_other_data(lake: Lake, shop: Shop) -> None:
    raw = shop([GOOD])
    ingest(lake, raw, demo=True)
    shop([_line(5)], "b")
    with pytest.raises(TokenKeyError, match="holds a demo"):
        ingest(lake, raw)


_cell = st.sampled_from(
    ["1", "2.50", "", "x", "-", "2026-01-22 20:00", "9" * 19, "4.98E+18", "paid"]
)


@hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.lists(_cell, min_size=10, max_size=10), min_size=6, max_size=24))
def test_every_row_is_in_a_table_or_in_quarantine(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    from tests.sources.conftest import HEAD, SHOP

    folder = tmp_path_factory.mktemp("raw") / "lines"
    folder.mkdir()
    (folder / "preset.yaml").write_text(SHOP, encoding="utf-8")
    lines = [",".join([*row, "", ""]) for row in rows]
    (folder / "a.csv").write_text("\n".join([HEAD, *lines, GOOD]) + "\n", encoding="utf-8")
    lake = open_lake(folder.parent / "lake")
    ingest(lake, folder, settings=Settings(bad_share_limit=1.0))
    batch = lake.table("ingest_batch").iloc[0]
    assert batch.rows_in == len(rows) + 1 == batch.rows_ok + batch.rows_bad + batch.rows_set_aside
    held = set(lake.table("quarantine_row").source_row)
    kept = set(lake.table("order_line").source_row)
    assert not held & kept
    assert len(held) + len(kept) + batch.rows_repeated == batch.rows_in


def test_a_failed_file_fails_again_until_it_is_mended(lake: Lake, shop: Shop) -> None:
    raw = shop([GOOD, _line(2, amount="x")])
    for _ in range(3):
        with pytest.raises(IngestError, match=r"1 of 2 rows"):
            ingest(lake, raw)
    shop([GOOD, _line(2)])
    ingest(lake, raw)
    assert list_quarantine(lake).empty
    assert sorted(lake.table("ingest_batch").status) == ["loaded", "replaced"]
    assert len(lake.table("order_line")) == 2


def test_a_corrected_mapping_reads_the_file_anew(lake: Lake, shop: Shop) -> None:
    from tests.sources.conftest import SHOP

    ingest(lake, shop([GOOD, _line(2)]))
    assert lake.table("order_header").paid_fen.tolist() == [1290, 1290]
    ingest(lake, shop([GOOD, _line(2)], spec=SHOP.replace("amount: {kind: yuan", "amount: {kind: number").replace(
        "paid_fen: {sum: amount}", 'paid_fen: {sql: "sum(to_fen(amount * 2))"}').replace(
        "    paid_fen: amount", '    paid_fen: {sql: "to_fen(amount * 2)"}')))  # fmt: skip
    assert lake.table("order_header").paid_fen.tolist() == [2580, 2580]
    assert lake.table("order_line").paid_fen.tolist() == [2580, 2580]
    assert list_quarantine(lake).empty


def test_two_shops_that_count_their_orders_alike_lose_nothing(
    lake: Lake, tmp_path: Path, lenient: Settings
) -> None:
    folder = tmp_path / "raw" / "generic_orders"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text(
        "platform,shop_id,order_id,status,created_at,sku_id,qty,price,line_paid\n"
        "mall,A,1,paid,2026-01-22 20:00,S1,1,10.00,10.00\n"
        "mall,B,1,paid,2026-01-22 20:00,S1,1,20.00,20.00\n",
        encoding="utf-8",
    )
    ingest(lake, folder.parent, settings=lenient)
    headers = lake.table("order_header").set_index("shop_id").paid_fen.to_dict()
    lines = lake.table("order_line").set_index("shop_id").paid_fen.to_dict()
    assert headers == lines == {"A": 1000, "B": 2000}


def test_a_line_without_an_order_is_held(lake: Lake, shop: Shop, lenient: Settings) -> None:
    from tests.sources.conftest import SHOP

    spec = SHOP.replace("  order_line:\n", "  order_line:\n    shop_id: sku\n")
    ingest(lake, shop([GOOD, _line(2)], spec=spec), settings=lenient)
    assert _codes(lake) == {1: "SCHEMA_MISSING", 2: "SCHEMA_MISSING"}
    assert lake.table("order_header").empty and lake.table("order_line").empty


def test_one_bad_file_does_not_hold_up_the_others(lake: Lake, shop: Shop) -> None:
    from liveattr.consent import sample_assessments
    from liveattr.errors import BatchError
    from liveattr.pipeline import STAGES, stages

    lake.write("impact_assessment", sample_assessments())
    raw = shop([GOOD, _line(2)])
    shop([_line(3, amount="x")], "b")
    done = []
    with pytest.raises(BatchError, match=r"lines/b\.csv: 1 of 1 rows"):
        for summary in stages(lake, raw=raw):
            done.append(summary.stage)
    assert done == [name for name in STAGES[1:] if name != "score_candidates"]
    assert len(lake.table("order_line")) == 2
    assert lake.table("credit_total").net_fen.sum() > 0


def test_a_file_that_cannot_be_read_does_not_hold_up_the_others(lake: Lake, shop: Shop) -> None:
    raw = shop([GOOD], "z")
    shop(["1,1-1"], "a", head="order,line")
    (raw / "lines" / "b.jsonl").write_bytes(b"\xff\xfe\xfa")
    for _ in range(2):
        with pytest.raises(IngestError, match=r"(?s)lines/a\.csv.*'placed'"):
            ingest(lake, raw)
    assert len(lake.table("order_line")) == 1
    status = lake.table("ingest_batch").set_index("path").status.to_dict()
    assert status == {"lines/a.csv": "failed", "lines/b.jsonl": "failed", "lines/z.csv": "loaded"}
    shop([_line(5)], "a")
    (raw / "lines" / "b.jsonl").unlink()
    ingest(lake, raw)
    assert len(lake.table("order_line")) == 2
