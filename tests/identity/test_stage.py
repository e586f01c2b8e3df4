"""The stage `resolve` on a lake: evidence is kept, ids stay, history is kept."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from liveattr.errors import ConsentError, ParameterError
from liveattr.identity import remerge, replay_members, resolve, unmerge
from liveattr.lake import Lake
from tests.rows import Rows, at


def members(lake: Lake) -> dict[str, str]:
    now = lake.sql("SELECT kind || ':' || id AS who, person_id FROM person_member "
                   "WHERE known_to_at IS NULL")  # fmt: skip
    return dict(zip(now.who, now.person_id, strict=True))


def test_writes_members_and_is_idempotent(tmp_path: Path) -> None:
    world = Rows().add("event", event_id="1", account_token="a", event_at=at("01-22 20:00"))
    for number, evidence in enumerate(("login", "other")):
        world.bound(f"visitor:v{number}", "mall_account:a", evidence)
    lake = world.lake(tmp_path)
    done = resolve(lake)
    assert (done.rows_in, done.rows_refused) == (1, 0)
    assert done.outputs == {"identity_evidence": 1, "person_member": 2}
    assert members(lake) == {"mall_account:a": "p0000000001", "visitor:v0": "p0000000001"}
    versions = lake.versions()
    assert resolve(lake).skipped
    assert not resolve(lake, force=True).skipped
    same = ("identity_evidence", "person_member", "merge_refused", "consent_state")
    assert all(lake.versions().get(n) == versions.get(n) for n in same)
    gates = lake.table("audit")
    assert gates.gate.tolist() == ["G2", "G3"] * 2
    assert gates.rows_out.tolist() == [1, 1, 0, 1]


def test_empty_lake(tmp_path: Path) -> None:
    assert resolve(Rows().lake(tmp_path)).rows_in == 0


def test_a_run_without_an_impact_assessment_is_refused(tmp_path: Path) -> None:
    lake = Rows().seen("01-22 20:00").lake(tmp_path)
    lake.write("impact_assessment", lake.table("impact_assessment").iloc[:0])
    with pytest.raises(ConsentError, match="liveattr template impact_assessments"):
        resolve(lake)
    with pytest.raises(ConsentError, match="in force"):
        resolve(Rows().seen("01-22 20:00").lake(tmp_path / "b"), today=date(2200, 1, 1))


def test_people_keep_their_ids_through_merge_withdrawal_and_return(tmp_path: Path) -> None:
    world = Rows().seen("01-22 20:00", account_token="a").seen("01-22 21:00", account_token="z")
    world.add("event", event_id="d", platform="douyin", account_token="d")
    lake = world.lake(tmp_path)
    resolve(lake)
    before = members(lake)
    assert sorted(before.values()) == ["p0000000001", "p0000000002", "p0000000003"]

    def say(action: str, time: str, seq: str) -> None:
        row = Rows().add("consent_act", seq=seq, subject_kind="mall_account", subject_token="a",
                         purpose="attribution", action=action, at=at(time)).frame("consent_act")  # fmt: skip
        lake.write("consent_act", row, mode="append")

    tie = Rows().bound("uid_douyin:d", "mall_account:a", "phone_verified").frame("binding")
    lake.write("binding", tie)
    resolve(lake)
    assert members(lake) == before, "without consent nothing is joined"
    say("granted", "02-01 10:00", "1")
    resolve(lake)
    joined = members(lake)
    assert joined["mall_account:a"] == joined["uid_douyin:d"]
    assert joined["mall_account:z"] == before["mall_account:z"]
    alias = lake.table("person_alias")
    assert alias.why.tolist() == ["merge"]
    assert alias.person_id.tolist() == [joined["mall_account:a"]]
    say("withdrawn", "02-02 10:00", "2")
    done = resolve(lake)
    apart = members(lake)
    assert apart["mall_account:a"] != apart["uid_douyin:d"]
    assert any("consent was taken back" in note for note in done.notes)
    state = lake.sql(
        "SELECT kind, own, state FROM consent_state WHERE purpose = 'attribution' ORDER BY kind"
    )
    assert state.to_numpy().tolist() == [["mall_account", "withdrawn", "withdrawn"],
                                     ["uid_douyin", "none", "withdrawn"]]  # fmt: skip
    say("granted", "02-03 10:00", "3")
    resolve(lake)
    again = members(lake)
    assert again["mall_account:a"] == again["uid_douyin:d"] == joined["mall_account:a"]
    history = lake.table("person_member")
    assert not history.duplicated(["kind", "id", "known_from_at"]).any()
    assert (pd.isna(history.known_to_at) | (history.known_to_at > history.known_from_at)).all()
    pd.testing.assert_frame_equal(replay_members(lake), history)


def test_unmerge_cuts_and_remerge_restores(tmp_path: Path) -> None:
    world = Rows().bound("phone:p", "mall_account:a", "phone_verified")
    lake = world.bound("visitor:v", "mall_account:a").lake(tmp_path)
    resolve(lake)
    before = members(lake)
    left, right = ("phone", "p"), ("mall_account", "a")
    unmerge(lake, left, right, operator="support")
    resolve(lake)
    cut = members(lake)
    assert cut["mall_account:a"] == cut["visitor:v"] == before["visitor:v"] != cut["phone:p"]
    assert lake.table("merge_refused").reason.tolist() == ["not_same"]
    with pytest.raises(ParameterError, match="decided before"):
        unmerge(lake, right, left, operator="support")
    remerge(lake, right, left, operator="support")
    resolve(lake)
    assert members(lake) == before
    with pytest.raises(ParameterError, match="nothing to take back"):
        remerge(lake, left, right, operator="support")
    with pytest.raises(ParameterError, match="no phone with this token"):
        unmerge(lake, ("phone", "q"), right, operator="support")
    assert {"unmerge", "remerge"} <= set(lake.table("audit").gate)
