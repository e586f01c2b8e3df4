"""An erased person is on no file any more, does not come back, and nobody else loses anything."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from liveattr.consent import read_audit, verify
from liveattr.errors import LakeError, ParameterError
from liveattr.lake.identifiers import bearings
from liveattr.sources import ingest
from liveattr.subjects import Needles, erase, forget, forget_many, pending, scan
from liveattr.subjects.rules import rules
from liveattr.tables import TABLES
from tests.subjects.conftest import PHONE, Shop, write_raw


def look(shop: Shop, *, raw: Path | None = None) -> pd.DataFrame:
    needles = Needles(tuple(shop.mine.values()), (PHONE,))
    return scan(shop.lake, needles, reports=shop.reports, raw=raw)


def money(shop: Shop) -> pd.DataFrame:
    return shop.lake.sql(
        "SELECT h.order_id, h.paid_fen, l.paid_fen AS line_fen, h.status, h.paid_at FROM order_header AS h "
        "JOIN order_line AS l USING (platform, order_id) ORDER BY h.order_id"
    )


def others(shop: Shop) -> dict[str, pd.DataFrame]:
    """Return every row of the tables that bear people in which the person does not stand."""
    found = {}
    with shop.lake.connect(bearings()) as con:
        for name, how in bearings().items():
            frame = con.sql(f"FROM {name}").df()
            mine = frame[list(how.tokens)].isin(set(shop.mine.values())).any(axis=1)
            gone = mine | frame[list(how.persons)].isin({"p1"}).any(axis=1)
            gone |= frame[list(how.codes)].isin({1}).any(axis=1)
            found[name] = frame[~gone].reset_index(drop=True)
    return found


def test_an_erased_person_is_nowhere_and_does_not_come_back(shop: Shop, tmp_path: Path) -> None:
    before = look(shop, raw=shop.raw)
    assert set(zip(before.place, before.state, before.what, strict=True)) == {
        ("lake", "current", "token"), ("lake", "old", "token"), ("scratch", "", "token"),
        ("reports", "", "token"), ("reports", "", "value"),
        ("raw", "", "token"), ("raw", "", "value"),
    }  # fmt: skip
    assert not before.path.str.contains(PHONE).any() and PHONE not in before.to_string()
    paid, rest, events = money(shop), others(shop), len(shop.lake.table("event"))

    done = forget(
        shop.lake, "phone", shop.mine["phone"], out=shop.reports, raw=shop.raw, values=[PHONE]
    )

    assert look(shop).empty
    assert (shop.reports / "campaign" / "B" / "2026-02-01" / "report.en.html").exists()
    assert sorted(p.name for p in (shop.reports / "campaign" / "A").iterdir()) == []
    pd.testing.assert_frame_equal(money(shop), paid)
    after = others(shop)
    assert len(after["event"]) == events and len(after["consent"]) == 3
    for name in set(rest) - {"event", "order_header", "consent", "tombstone", "person_alias"}:
        pd.testing.assert_frame_equal(after[name], rest[name])
    for name, key in {"event": "event_id", "order_header": "order_id", "consent": "seq"}.items():
        kept = after[name][after[name][key].isin(rest[name][key])].reset_index(drop=True)
        pd.testing.assert_frame_equal(kept, rest[name])
    order = shop.lake.table("order_header").set_index("order_id")
    assert order.loc["o-3", "account_token"] == shop.other["mall_account"]  # another's order
    assert order.loc["o-3", "phone_token"] is None
    with pytest.raises(LakeError, match="an erasure"):
        shop.lake.table("person_member", version=0)
    told = str(done) + done._repr_html_()
    assert PHONE not in told and not any(token in told for token in shop.mine.values())
    assert "4 raw files still tell of them" in told and (done.rows_in, done.rows_out) == (1, 3)
    _books_are_in_order(shop)
    _comes_not_back(shop, tmp_path / "again", paid)


def _books_are_in_order(shop: Shop) -> None:
    ledger = shop.lake.table("consent")
    assert verify(ledger) is None
    assert ledger.subject_token.isna().tolist() == [True, False, True]
    assert ledger.nonce.isna().tolist() == [True, False, True]
    alias = shop.lake.table("person_alias")
    assert alias[["old_person_id", "person_id", "why"]].to_numpy().tolist() == [
        ["p1", "p1", "erased"],
        ["p9", "p9", "erased"],
    ]
    assert len(shop.lake.table("tombstone")) == 3 and not pending(shop.lake)
    audit = read_audit(shop.lake, "erase")
    assert audit[["rows_in", "rows_out"]].to_numpy().tolist() == [[1, 1]]
    dimension = shop.lake.table("dimension")
    assert dimension.value.tolist() == ["p2", "p1"]  # the SKU that is called p1 stays
    assert shop.lake.table("touch").person.tolist() == [2]


def _comes_not_back(shop: Shop, raw: Path, paid: pd.DataFrame) -> None:
    """Read the same records from other files: they are known, or not loaded, and nothing is lost."""
    ingest(shop.lake, write_raw(raw, ("orders", "events", "bindings"), extra="\n"))
    assert look(shop).empty
    pd.testing.assert_frame_equal(money(shop), paid)
    held = shop.lake.table("quarantine_row").sort_values(["path", "source_row"])
    assert held[["path", "source_row", "reason_code", "expected"]].to_numpy().tolist() == [
        ["bindings/bindings.csv", 1, "ERASED", True],
        ["bindings/bindings.csv", 2, "ERASED", True],
    ]
    assert held.value_redacted.isna().all() and held.field.isna().all()
    batch = shop.lake.table("ingest_batch").sort_values("loaded_at").tail(3)
    notes = {path: json.loads(text) for path, text in zip(batch.path, batch.notes, strict=True)}
    assert {name: told.get("erased_identifiers") for name, told in notes.items()} == {
        "orders/orders.csv": {"order_header": 2},
        "events/events.csv": {"event": 2},
        "bindings/bindings.csv": {"binding": 2},
    }
    assert (batch.rows_in == batch.rows_ok + batch.rows_set_aside).all()
    repeated = dict(zip(batch.path, batch.rows_repeated, strict=True))
    assert repeated["orders/orders.csv"] == 3 and repeated["events/events.csv"] == 3


def test_an_erasure_that_was_killed_is_finished_by_the_next(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    real = erase.erase
    monkeypatch.setattr(
        erase, "erase", lambda lake, wanted, keys: [
            real(lake, {n: wanted[n]}, keys=keys) for n in ("person_member", "binding")
        ] and killed(),
    )  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        forget(shop.lake, "visitor", shop.mine["visitor"], out=shop.reports)
    assert pending(shop.lake) and len(look(shop))
    monkeypatch.setattr(erase, "erase", real)
    nobody = pd.DataFrame({"kind": ["phone"], "id": ["0" * 64]})
    done = forget_many(
        shop.lake,
        nobody,
        out=shop.reports,
        raw=shop.raw / "bindings",
        purge_raw=True,
        values=[PHONE],
    )
    assert look(shop).empty and not pending(shop.lake)
    assert {p.name for p in shop.raw.rglob("*.csv")} == {"orders.csv", "events.csv", "consents.csv"}
    assert "1 raw files were removed" in str(done) and "cannot be read again" in str(done)


def test_what_cannot_be_is_refused_before_anything_is_done(shop: Shop) -> None:
    asked = pd.DataFrame({"kind": ["visitor"], "id": [shop.mine["visitor"]]})
    with pytest.raises(ParameterError, match="say where the raw files are"):
        forget_many(shop.lake, asked, out=None, purge_raw=True)
    with pytest.raises(ParameterError, match="nobody to erase"):
        forget_many(shop.lake, asked[:0])
    with pytest.raises(ParameterError, match="is to hold the reports, but the lake lie"):
        forget_many(shop.lake, asked, out=shop.lake.path.parent)
    assert "tombstone" not in shop.lake.versions()


def test_every_token_column_falls_under_a_rule() -> None:
    for name, table in TABLES.items():
        for column in (c for c in table.columns if c.is_token):
            rule = rules()[name]
            assert f'"{column.name}" IN' in (rule.where + rule.null.get(column.name, "")), name
