"""The chain shows every change but an erasure."""

import pandas as pd
import pytest

from liveattr.consent import chain, verify
from liveattr.consent.ledger import Head
from liveattr.errors import ParameterError
from liveattr.tables import get_table
from tests.consent.worlds import moment, token

ENTRY = {
    "subject_kind": "phone", "purpose": "recall", "action": "granted", "legal_basis": "consent",
    "effective_at": moment(1), "recorded_at": moment(2), "channel": "小程序", "notice_version": "v3",
    "notice_sha256": "ab", "separate_consent": True, "recipient": None, "guardian": False,
    "proof": "consents/b/1#1", "operator": "me",
}  # fmt: skip


@pytest.fixture(scope="module")
def ledger() -> pd.DataFrame:
    return chain(pd.DataFrame([{**ENTRY, "subject_token": token(n)} for n in ("ann", "bo", "ann")]))


def test_it_holds_goes_on_and_has_every_column(ledger):
    assert verify(ledger) is None and verify(ledger.iloc[::-1]) is None
    assert verify(ledger.iloc[:0]) is None
    assert ledger.columns.tolist() == list(get_table("consent").names)
    end = Head(3, ledger.sha256.iloc[-1])
    more = chain(pd.DataFrame([{**ENTRY, "subject_token": token("cy")}]), end)
    assert more.seq.tolist() == [4] and verify(pd.concat([ledger, more])) is None
    assert verify(more, end) is None and verify(more) == 1


def test_two_entries_of_one_person_do_not_show_that_it_is_one(ledger):
    assert ledger.subject_digest.nunique() == ledger.nonce.nunique() == 3


def test_the_hash_can_be_worked_out_by_hand():
    import hashlib
    import json

    one = chain(pd.DataFrame([{**ENTRY, "subject_token": token("ann")}]), nonces=["n"])
    digest = hashlib.sha256(f"n:phone:{token('ann')}".encode()).hexdigest()
    values = {"seq": 1, **ENTRY, "subject_digest": digest}
    values |= {c: values[c].value // 1000 for c in ("effective_at", "recorded_at")}
    left_out = ("subject_token", "nonce", "prev_sha256", "sha256")
    names = [name for name in get_table("consent").names if name not in left_out]
    text = json.dumps({n: values[n] for n in names}, ensure_ascii=False, separators=(",", ":"))
    assert one.subject_digest.item() == digest
    assert one.sha256.item() == hashlib.sha256(("0" * 64 + text).encode()).hexdigest()


@pytest.mark.parametrize("column", get_table("consent").names)
def test_every_changed_field_is_found(ledger, column):
    changed = ledger.copy()
    value = changed.loc[1, column]
    if isinstance(value, pd.Timestamp):
        other = value + pd.Timedelta(microseconds=1)
    elif column == "seq":
        other = 7
    elif column in ("separate_consent", "guardian"):
        other = not value
    else:
        other = f"{value}x"
    changed[column] = changed[column].astype(object)
    changed.loc[1, column] = other
    assert verify(changed) == 2
    for column_only in {"subject_token", "nonce"} & {column}:
        assert verify(ledger.assign(**{column_only: None})) == 1


def test_an_entry_that_is_missing_doubled_or_moved_is_found(ledger):
    assert verify(ledger.drop(index=1)) == 2
    assert verify(ledger.drop(index=0)) == 1
    assert verify(pd.concat([ledger, ledger.iloc[[1]]])) == 3
    assert verify(ledger.assign(seq=[2, 1, 3])) == 1


def test_an_erasure_leaves_the_chain_whole_but_no_more_than_that(ledger):
    erased = ledger.copy()
    erased.loc[[0, 2], ["subject_token", "nonce"]] = None
    assert verify(erased) is None
    assert verify(erased.assign(action="withdrawn")) == 1
    other = erased.copy()
    other.loc[0, "subject_token"], other.loc[0, "nonce"] = token("eve"), "n"
    assert verify(other) == 1


def test_an_entry_is_about_somebody():
    with pytest.raises(ParameterError, match="needs the identifier"):
        chain(pd.DataFrame([{**ENTRY, "subject_token": None}]))
