"""What a person gets to see, and what may be corrected."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from liveattr.consent import read_audit
from liveattr.errors import MissingDataError, ParameterError
from liveattr.subjects import correct, find_identifiers, subject_export, token_of
from tests.subjects.conftest import OTHER_PHONE, PHONE, Shop


def test_an_export_holds_all_of_a_person_and_no_identifier_of_another(
    shop: Shop, tmp_path: Path
) -> None:
    out = tmp_path / "answer.zip"
    done = subject_export(shop.lake, "visitor", shop.mine["visitor"], out)
    with zipfile.ZipFile(out) as archive:
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    everything = "\n".join(texts.values())
    assert not any(token in everything for token in (*shop.other.values(), PHONE, OTHER_PHONE))
    assert all(token in everything for token in shop.mine.values())
    rows = {n: json.loads(text) for n, text in texts.items() if n.endswith(".json")}
    assert [r["order_id"] for r in rows["order_header.json"]] == ["o-1", "o-3"]
    assert [r["line_id"] for r in rows["order_line.json"]] == ["o-1"]  # o-3 is another's order
    assert [r["event_id"] for r in rows["event.json"]] == ["e-1", "e-2"]
    assert len(rows["consent.json"]) == 2 and len(rows["touch.json"]) == 1
    assert rows["order_header.json"][1]["account_token"] is None
    csv = pd.read_csv(io.StringIO(texts["binding.csv"]))
    assert csv.binding_id.tolist() == ["b-1", "b-2"]
    assert done.outputs["event"] == 2 and "与您有关" in texts["README.txt"]
    assert out.stat().st_mode & 0o077 == 0
    first = out.read_bytes()
    subject_export(shop.lake, "phone", shop.mine["phone"], out)
    assert out.read_bytes() == first
    hashes = read_audit(shop.lake, "export").output_sha256
    assert len(hashes) == 2 and len(set(hashes)) == 1


def test_a_value_is_found_in_any_spelling_and_a_wrong_one_is_refused(shop: Shop) -> None:
    assert token_of(shop.lake, "phone", f"+86 {PHONE[:3]}-{PHONE[3:]}") == shop.mine["phone"]
    for kind, value, said in (
        ("phone", "138****5678", "is no phone"),
        ("mall_account", "U-1", "with its platform"),
        ("phones", PHONE, "did you mean 'phone'"),
    ):
        with pytest.raises(ParameterError, match=said) as refused:
            token_of(shop.lake, kind, value)
        assert value not in str(refused.value).replace("U-1", "")
    nobody = find_identifiers(shop.lake, pd.DataFrame({"kind": ["phone"], "id": ["0" * 64]}))
    assert nobody["id"].tolist() == ["0" * 64] and nobody.person_id.isna().all()


def test_a_correction_changes_one_value_and_never_money(shop: Shop) -> None:
    who, key = ("mall_account", shop.other["mall_account"]), {
        "platform": "mall", "shop_id": "(default)", "order_id": "o-3",
    }  # fmt: skip
    before = shop.lake.table("order_header")
    correct(shop.lake, *who, "order_header", key, "phone_token", None, "not my phone")
    before.loc[before.order_id == "o-3", "phone_token"] = None
    after = shop.lake.table("order_header").sort_values("order_id", ignore_index=True)
    pd.testing.assert_frame_equal(after, before.sort_values("order_id", ignore_index=True))
    [said] = read_audit(shop.lake, "correct").purpose
    assert said == "order_header.phone_token: not my phone"
    bound = {"platform": "mall", "binding_id": "b-3"}
    correct(shop.lake, *who, "binding", bound, "right_token", None, "a cashier's phone")
    [apart] = shop.lake.table("identity_evidence").to_dict("records")
    assert (apart["tier"], apart["evidence"]) == ("X", "not_same")
    assert {apart["left_id"], apart["right_id"]} == {shop.other["phone"], who[1]}
    for error, table, column, value, match in (
        (ParameterError, "order_header", "paid_fen", 1, "its money"),
        (ParameterError, "order_header", "status", "cancelled", "what was sold"),
        (ParameterError, "order_header", "order_id", "o-4", "which row it is"),
        (ParameterError, "consent", "action", "granted", "ledgers are added to"),
        (ParameterError, "order_header", "phone_token", PHONE, "takes a token"),
    ):
        with pytest.raises(error, match=match):
            correct(shop.lake, *who, table, key, column, value, "because")
    with pytest.raises(MissingDataError, match="no such row of this person"):
        mine = ("visitor", shop.mine["visitor"])
        correct(
            shop.lake, *mine, "order_header", {**key, "order_id": "o-2"}, "phone_token", None, "x"
        )
