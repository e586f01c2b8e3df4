"""What holds for an identifier and for a person."""

import datetime as dt

import pandas as pd
import pytest

from liveattr.consent import covers, person_states, provided_to
from liveattr.consent.purposes import ALL, PURPOSES, check_action, check_purpose
from liveattr.errors import ParameterError
from tests.consent.worlds import acts, moment, own_of, states


class TestOwnWord:
    def test_the_latest_act_decides_and_not_the_last_written(self):
        got = states(acts(("a", "recall", "withdrawn", 5), ("a", "recall", "granted", 3)))
        assert got["a", "recall"] == "withdrawn"

    def test_of_the_same_moment_the_later_entry_decides(self):
        got = states(acts(("a", "recall", "withdrawn", 5), ("a", "recall", "granted", 5)))
        assert got["a", "recall"] == "granted"

    def test_a_word_about_recall_is_one_about_its_channels(self):
        got = states(
            acts(
                ("a", "recall", "granted", 1),
                ("a", "recall_sms", "withdrawn", 2),
                ("b", "recall_sms", "granted", 1),
                ("b", "recall", "objected", 2),
            )
        )
        assert (got["a", "recall"], got["a", "recall_sms"], got["a", "recall_push"]) == (
            "granted",
            "withdrawn",
            "granted",
        )
        assert {got["b", p] for p in ("recall", "recall_sms", "recall_wecom")} == {"withdrawn"}
        assert ("a", "attribution") not in got

    def test_who_takes_back_the_joining_takes_back_the_guessing(self):
        got = states(acts(("a", "fuzzy_match", "granted", 1), ("a", "attribution", "withdrawn", 2)))
        assert got["a", "fuzzy_match"] == "withdrawn"
        assert ("a", "fuzzy_match") not in states(acts(("a", "attribution", "granted", 1)))

    def test_all_can_be_taken_back_at_once(self):
        got = states(acts(("a", "recall", "granted", 1), ("a", ALL, "withdrawn", 2)))
        assert got == {("a", purpose): "withdrawn" for purpose in PURPOSES}

    def test_an_expiry_ends_a_grant_and_lifts_no_withdrawal(self):
        own = own_of(
            acts(
                ("a", "recall", "granted", 1),
                ("a", "recall", "expired", 2),
                ("b", "recall", "withdrawn", 1),
                ("b", "recall", "expired", 2),
                ("c", "recall", "expired", 1),
                ("c", "recall", "granted", 2),
                ("d", "recall", "expired", 1),
            )
        )
        got = own[own.purpose == "recall"].set_index("id")
        assert got["own"].to_dict() == {"a": "none", "b": "withdrawn", "c": "granted"}
        assert got["why"].fillna("").to_dict() == {"a": "expired", "b": "withdrawn", "c": ""}
        assert got["seq"].to_dict() == {"a": 2, "b": 3, "c": 6}
        assert got["since_at"]["a"] == moment(2)

    def test_for_a_child_only_a_guardian_can_grant(self):
        own = own_of(
            acts(
                ("a", "recall", "granted", 1),
                ("a", ALL, "minor", 2),
                ("a", "recall", "granted", 3),
                ("a", "attribution", "granted", 4, True),
            )
        ).set_index("purpose")
        assert own["own"]["attribution"] == "granted"
        assert own["own"]["recall"] == own["own"]["sensitive"] == "withdrawn"
        assert set(own["why"].dropna()) == {"minor"}

    def test_a_grant_to_one_recipient_is_none_to_another(self):
        got = states(
            acts(
                ("a", "provide_to_platform", "granted", 1, None, "ocean"),
                ("a", "provide_to_platform", "granted", 1, None, "tencent"),
                ("a", "provide_to_platform", "withdrawn", 2, None, "tencent"),
                ("b", "provide_to_platform", "granted", 1, None, "ocean"),
                ("b", "provide_to_platform", "withdrawn", 2),
                ("c", "provide_to_platform", "granted", 1),
            )
        )
        ocean, tencent = provided_to("ocean"), provided_to("tencent")
        assert (got["a", ocean], got["a", tencent]) == ("granted", "withdrawn")
        assert got["b", ocean] == got["b", tencent] == "withdrawn"
        assert not [key for key in got if key[0] == "c"]  # it names nobody

    def test_a_grant_of_tomorrow_does_not_count_today_but_a_withdrawal_does(self):
        given = acts(("a", "recall", "granted", 5), ("b", "recall", "withdrawn", 5))
        today = moment(3).to_pydatetime()
        got = states(given, today)
        assert ("a", "recall") not in got and got["b", "recall"] == "withdrawn"
        assert states(given, today + dt.timedelta(days=2))["a", "recall"] == "granted"

    def test_an_erased_person_is_passed_over(self):
        assert states(acts((None, "recall", "granted", 1))) == {}


class TestPerson:
    def test_a_withdrawal_wins_then_a_grant_and_a_split_gives_back(self):
        own = own_of(
            acts(
                ("a", "recall", "granted", 1),
                ("b", "recall", "withdrawn", 1),
                ("x", "attribution", "granted", 1),
            )
        )
        ids = pd.DataFrame({"kind": "phone", "id": ["a", "b", "c"], "person_id": "p"})
        one = person_states(own, ids).set_index(["id", "purpose"])
        assert (
            one["state"].loc[[("a", "recall"), ("b", "recall"), ("c", "recall")]].tolist()
            == ["withdrawn"] * 3
        )
        assert one["own"].loc[[("a", "recall"), ("c", "recall")]].tolist() == ["granted", "none"]
        assert one["state"]["x", "attribution"] == "granted"  # alone
        two = person_states(own, ids.assign(person_id=["p", "q", "p"])).set_index(["id", "purpose"])
        assert two["state"]["a", "recall"] == two["state"]["c", "recall"] == "granted"

    def test_of_an_identifier_in_two_groups_the_strictest_counts(self):
        own = own_of(acts(("a", "recall", "granted", 1), ("b", "recall", "withdrawn", 1)))
        ids = pd.DataFrame(
            {"kind": "phone", "id": ["a", "s", "s", "b"], "person_id": ["p", "p", "q", "q"]}
        )
        got = person_states(own, ids).set_index(["id", "purpose"])["state"]
        assert (got["a", "recall"], got["s", "recall"]) == ("granted", "withdrawn")


def test_unknown_words_are_errors():
    with pytest.raises(ParameterError, match="did you mean 'recall_sms'"):
        check_purpose("recall_sm")
    with pytest.raises(ParameterError, match="no purpose 'all'"):
        check_purpose("all")
    with pytest.raises(ParameterError, match="no purpose 'provide_to_platform: '"):
        check_purpose("provide_to_platform: ")
    with pytest.raises(ParameterError, match="did you mean 'granted'"):
        check_action("grant")
    assert not covers(ALL, "recall", "granted")
