"""Record, requests, audit log, gates of a lake."""

import datetime as dt

import pandas as pd
import pytest

from liveattr.consent import (
    check_ledger,
    consent_history,
    consent_status,
    create_own_state,
    grant,
    open_gates,
    read_audit,
    record_consents,
    sample_assessments,
    withdraw,
)
from liveattr.consent.states import acts_of_record_sql
from liveattr.errors import ParameterError
from liveattr.lake import Lake, open_lake
from liveattr.tables import get_table
from tests.consent.worlds import DAY, moment, token, write_record

ANN, BO, CY = map(token, ("ann", "bo", "cy"))
RECORD = (
    ("1", ANN, "recall", "granted", 1),
    ("2", BO, "recall", "granted", 2),
    ("10", BO, "recall", "withdrawn", 3),
    ("9", BO, "recall", "granted", 3),
)


@pytest.fixture
def lake(tmp_path) -> Lake:
    with open_lake(tmp_path / "lake", threads=1).kept() as lake:
        yield lake


def entries(lake: Lake) -> list[tuple]:
    rows = lake.table("consent").sort_values("seq")
    return list(zip(rows.seq, rows.subject_token, rows.action, rows.proof, strict=True))


def test_the_record_goes_into_the_ledger_once_in_the_order_of_time(lake):
    write_record(lake, *RECORD)
    first = record_consents(lake)
    assert (first.rows_in, first.outputs, first.skipped) == (4, {"consent": 4}, False)
    assert entries(lake) == [
        (1, ANN, "granted", "consents/b1/1#1"),
        (2, BO, "granted", "consents/b1/2#2"),
        (3, BO, "granted", "consents/b1/4#9"),
        (4, BO, "withdrawn", "consents/b1/3#10"),
    ]
    assert record_consents(lake).skipped
    with lake.connect() as con:  # without a ledger the record says the same
        found = []
        for acts in ("consent", f"({acts_of_record_sql()})"):
            create_own_state(con, acts)
            found.append(con.sql("FROM own_state ORDER BY ALL").fetchall())
    assert found[0] == found[1] and len(found[0]) == 8
    # The record grew and came as another file; one entry was corrected.
    more = (*RECORD[1:], ("1", ANN, "recall", "withdrawn", 1), ("11", CY, "recall", "granted", 4))
    write_record(lake, *more)
    lake.write("consent_act", lake.table("consent_act").assign(ingest_id="b2"))
    assert record_consents(lake).outputs == {"consent": 2}
    assert [(token_, action) for _, token_, action, _ in entries(lake)[4:]] == [
        (ANN, "withdrawn"),
        (CY, "granted"),
    ]
    # A grant of the wrong person never was one.
    write_record(lake, *more[:-1], ("11", ANN, "attribution", "granted", 4))
    assert record_consents(lake).outputs == {"consent": 2}
    assert [(token_, action) for _, token_, action, _ in entries(lake)[6:]] == [
        (CY, "expired"),
        (ANN, "granted"),
    ]
    assert set(consent_status(lake, "phone", CY)["own"]) == {"none"}
    assert record_consents(lake, force=True).outputs == {"consent": 0}
    assert check_ledger(lake).ok and len(read_audit(lake, "record")) == 4


def test_requests(lake):
    assert grant(lake, "phone", ANN, "recall", at=moment(9000), notice_version="v3") == 1
    # It was dated ahead: a withdrawal counts all the same.
    assert withdraw(lake, "phone", ANN, "recall", operator="desk", channel="call") == 2
    assert (
        grant(lake, "phone", ANN, "provide_to_platform", recipient="x", separate_consent=True) == 3
    )
    assert withdraw(lake, "phone", BO, action="minor") == 4
    assert grant(lake, "phone", BO, "attribution", guardian=True) == 5
    state = consent_status(lake, "phone", ANN).set_index("purpose")
    assert state.own["recall_sms"] == "withdrawn" and state.own["attribution"] == "none"
    assert state.state["provide_to_platform:x"] == "granted"
    child = consent_status(lake, "phone", BO).set_index("purpose")
    assert child.state["attribution"] == "granted" and child.why["sensitive"] == "minor"
    history = consent_history(lake, "phone", ANN)
    assert history.seq.tolist() == [1, 2, 3] and history.operator[1] == "desk"
    log = read_audit(lake)
    assert log.gate.tolist() == ["grant", "withdraw", "grant", "withdraw", "grant"]
    assert log.actor[1] == "desk" and (log.rows_out == 1).all()
    assert ANN not in log.to_csv() and ANN not in history.to_csv()
    assert check_ledger(lake).ok
    # Entries that were taken out at the end are missed; those of an erasure are not.
    ledger = lake.table("consent").sort_values("seq", ignore_index=True)
    lake.write("consent", ledger.iloc[:4])
    found = check_ledger(lake)
    assert (found.broken_seq, found.missing_end, found.ok) == (None, True, False)
    blank = ledger["subject_token"].mask(ledger["subject_token"] == ANN, None)
    nonce = ledger["nonce"].mask(ledger["subject_token"] == ANN, None)
    lake.write("consent", ledger.assign(subject_token=blank, nonce=nonce))
    found = check_ledger(lake)
    assert found.ok and (found.entries, found.erased) == (5, 3)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda lake: withdraw(lake, "phone", "13800138000"), "never as the value itself"),
        (lambda lake: withdraw(lake, "phone", ANN, "recal"), "did you mean 'recall'"),
        (lambda lake: withdraw(lake, "phone", ANN, action="granted"), "written with `grant`"),
        (lambda lake: withdraw(lake, "phone", ANN, at=dt.datetime(2026, 1, 1)), "needs a zone"),  # noqa: DTZ001
        (lambda lake: grant(lake, "phone", ANN, "all"), "no purpose 'all'"),
        (lambda lake: grant(lake, "phone", ANN, "sensitive"), "asked on its own"),
        (lambda lake: grant(lake, "phone", ANN, "provide_to_platform"), "needs a recipient"),
    ],
)
def test_what_is_refused_is_not_written(lake, ask, message):
    with pytest.raises(ParameterError, match=message) as caught:
        ask(lake)
    assert "13800138000" not in str(caught.value)
    assert lake.versions() == {}


def test_the_gates_of_a_lake_know_what_came_after_the_last_run(lake):
    lake.write("impact_assessment", sample_assessments())
    members = pd.DataFrame(
        {
            "kind": "phone",
            "id": [ANN, BO, CY],
            "person_id": ["p", "p", "q"],
            "known_from_at": moment(1),
        }
    ).reindex(columns=get_table("person_member").names)
    lake.write("person_member", members)
    for who in (ANN, CY):
        grant(lake, "phone", who, "recall")
    people = pd.DataFrame({"phone_token": [ANN, BO, CY]})

    def audience(gates):
        ids = [("=phone", "phone_token")]
        return gates.pass_gate("G5", people, purpose="recall_sms", ids=ids).frame.index.tolist()

    with open_gates(lake, today=DAY) as gates:
        assert audience(gates) == [0, 1, 2]
    withdraw(lake, "phone", BO)  # one person with ANN
    with open_gates(lake, today=DAY, actor="test", run_id="r1") as gates:
        assert audience(gates) == [2]
        assert len(gates.done) == 1
    # A withdrawal that the last run protected though it merged nobody holds until the next run.
    held = {"kind": "phone", "id": CY, "purpose": "recall_sms", "own": "none", "state": "withdrawn"}
    held["why"] = "minor"
    kept = pd.DataFrame([held]).reindex(columns=get_table("consent_state").names)
    lake.write("consent_state", kept)
    with pytest.raises(ZeroDivisionError), open_gates(lake, today=DAY) as gates:
        assert audience(gates) == []
        1 / 0  # noqa: B018
    log = read_audit(lake, "G5")
    assert log.rows_out.tolist() == [3, 1, 0]  # the last one too, though its block failed
    assert log.refused.tolist() == ["{}", '{"withdrawn": 2}', '{"minor": 1, "withdrawn": 2}']
    assert (log.run_id[1], log.actor[1]) == ("r1", "test")
    assert not log.to_csv().count(ANN)
