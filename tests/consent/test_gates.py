"""Gates refuse by default, name the first reason, and hand on rows that nobody else can make."""

import datetime as dt
import itertools
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from liveattr.consent import (
    GATES,
    REASONS,
    Passed,
    pass_gate,
    provided_to,
    sample_assessments,
    small_cells,
    suppress_small,
)
from liveattr.errors import ConsentError, ParameterError
from tests.consent.worlds import DAY

PHONE = [("=phone", "id")]
ASSESSED = sample_assessments()
EVERY = pd.concat(
    [ASSESSED, ASSESSED.iloc[[2]].assign(purpose="provide_to_platform")], ignore_index=True
)


def told(purpose: str, kind: str = "phone", **state: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"kind": kind, "id": i, "purpose": purpose, "state": s, "why": None}
            for i, s in state.items()
        ]
    )


def passing(gate: str, rows: pd.DataFrame, states: pd.DataFrame, purpose="recall_sms", **more):
    more = {"ids": PHONE, "assessments": EVERY, "today": DAY, **more}
    return pass_gate(gate, rows, purpose=purpose, states=states, **more)


def reasons(passed: Passed) -> dict:
    return dict(zip(passed.refused["id"], passed.refused["reason"], strict=True))


class TestReasons:
    def test_of_an_audience(self):
        people = pd.DataFrame(
            {
                "id": ["yes", "no", "never", None, "child", "out", "yes2", "guess"],
                "minor": [False, False, None, False, True, False, False, False],
                "opted_out": [False, False, False, False, False, True, None, False],
                "tier": ["A", "A", "A", "A", "A", "B", "A-", "C"],
                "basis": "research",
            },
            index=range(10, 18),
        )
        states = told("recall_sms", yes="granted", no="withdrawn", child="granted", out="granted",
                      yes2="granted", guess="granted")  # fmt: skip
        passed = passing("G5", people, states)
        assert passed.frame["id"].tolist() == ["yes", "yes2"] and list(passed.frame.index) == [
            10,
            16,
        ]
        assert reasons(passed) == {
            "no": "withdrawn", "never": "no_consent", None: "no_basis", "child": "minor",
            "out": "opted_out", "guess": "fuzzy_off",
        }  # fmt: skip
        assert {k: passed.audit[k] for k in ("gate", "purpose", "rows_in", "rows_out")} == {
            "gate": "G5", "purpose": "recall_sms", "rows_in": 8, "rows_out": 2,
        }  # fmt: skip
        assert (
            sum(json.loads(passed.audit["refused"]).values()) == passed.audit["rows_refused"] == 6
        )
        assert set(passed.refused["reason"]) <= set(REASONS)

    def test_why_somebody_withdrew_is_told(self):
        states = told("recall_sms", a="withdrawn", b="withdrawn", c="withdrawn", d="granted")
        states["why"] = ["minor", "opted_out", "withdrawn", None]
        got = reasons(passing("G5", pd.DataFrame({"id": list("abcd")}), states))
        assert got == {"a": "minor", "b": "opted_out", "c": "withdrawn"}

    def test_a_consent_to_something_else_is_none(self):
        states = told("recall_push", a="granted")
        assert reasons(passing("G5", pd.DataFrame({"id": ["a"]}), states)) == {"a": "no_consent"}

    def test_without_an_assessment_nothing_passes(self):
        states = told("recall_sms", a="granted")
        for more in ({"assessments": ASSESSED.iloc[:2]}, {"today": dt.date(2100, 1, 1)}):
            passed = passing("G5", pd.DataFrame({"id": ["a"]}), states, **more)
            assert passed.frame.empty and reasons(passed) == {"a": "no_assessment"}

    def test_who_gets_the_data_must_be_named_and_agreed_to(self):
        people = pd.DataFrame({"id": ["a", "b", "c"]})
        states = pd.concat(
            [told(provided_to("ocean"), a="granted", b="withdrawn"),
             told("recall_sms", a="granted", b="granted", c="granted")]
        )  # fmt: skip
        give = "provide_to_platform"
        assert reasons(passing("G5", people, states, give)) == dict.fromkeys("abc", "no_recipient")
        to = passing("G5", people, states, give, recipient="ocean")
        assert reasons(to) == {"b": "withdrawn", "c": "no_consent"}
        assert passing("G5", people, states, give, recipient="other").frame.empty
        # A recall list that leaves the house needs both.
        both = passing("G5", people, states, recipient="ocean")
        assert reasons(both) == {"b": "withdrawn", "c": "no_recipient"}
        assert both.audit["purpose"] == "recall_sms to ocean"

    def test_bases_carry_where_nobody_said_anything(self):
        edges = pd.DataFrame(
            {
                "lk": ["uid_douyin", "uid_douyin", "phone", "uid_douyin", "uid_douyin"],
                "id": ["u1", "u2", "p1", "u3", "u4"],
                "rk": ["phone", "phone", "openid", "phone", "phone"],
                "rid": ["x1", "x2", "x3", "gone", "x5"],
                "basis": ["research", "contract", "contract", "row", None],
            }
        )
        states = told("attribution", gone="withdrawn", x5="granted")
        sides = [("lk", "id"), ("rk", "rid")]
        for gate in ("G2", "G3"):
            got = passing(gate, edges, states, "attribution", ids=sides)
            # A contract carries an edge within the mall, none from the platform to the mall.
            assert reasons(got) == {"u2": "no_consent", "u3": "withdrawn"}
        got = reasons(passing("G4", edges, states, "attribution", ids=sides))
        assert got == {"u2": "no_consent", "p1": "no_consent", "u3": "withdrawn"}
        ingest = reasons(passing("G1", edges.assign(rid="gone"), states, "attribution", ids=sides))
        # An order was placed and stays one; the rest is not collected any more.
        assert ingest == {"u1": "withdrawn", "u3": "withdrawn", "u4": "withdrawn"}

    def test_a_guess_needs_its_own_consent_and_never_merges(self):
        rows = pd.DataFrame({"id": list("abc"), "tier": "C", "basis": "row"})
        states = told("fuzzy_match", a="granted", b="withdrawn")
        for gate in ("G2", "G4", "G7"):
            got = reasons(passing(gate, rows, states, "fuzzy_match"))
            assert got == {"b": "withdrawn", "c": "no_consent"}
        for gate, purpose in (("G3", "fuzzy_match"), ("G4", "attribution")):
            got = passing(gate, rows, told(purpose, a="granted"), purpose)
            assert set(got.refused["reason"]) == {"fuzzy_off"} and got.frame.empty

    def test_of_several_states_of_one_identifier_the_strictest_counts(self):
        states = pd.concat([told("recall_sms", a="granted"), told("recall_sms", a="withdrawn")])
        assert reasons(passing("G7", pd.DataFrame({"id": ["a"]}), states)) == {"a": "withdrawn"}

    @pytest.mark.parametrize("gate", [name for name in GATES if name != "G6"])
    def test_no_rows_are_fine(self, gate):
        passed = passing(gate, pd.DataFrame({"id": []}), told("recall_sms", a="granted"))
        assert passed.frame.empty and passed.audit["rows_in"] == 0


class TestSeal:
    ROWS = pd.DataFrame({"id": ["a", "b"], "spent_fen": [1, 2]})
    STATES = told("recall_sms", a="granted", b="granted")

    def test_who_needs_the_rows_asks_for_the_gate(self):
        passed = passing("G5", self.ROWS, self.STATES)
        assert passed.rows_for("G5", "recall_sms") is passed.frame
        for asked in (("G7", "recall_sms"), ("G5", "recall_push"), ("G5", "recall_sms", "ocean")):
            with pytest.raises(ConsentError, match=r"passed G5, recall_sms; what is done needs"):
                passed.rows_for(*asked)

    def test_nobody_else_makes_one_or_adds_rows(self):
        passed = passing("G5", self.ROWS.iloc[:1], self.STATES)
        with pytest.raises(ConsentError, match="only `pass_gate`"):
            Passed("G5", "recall_sms", self.ROWS, self.ROWS, {})
        passed.frame.loc[7] = ["mallory", 3]
        with pytest.raises(ConsentError, match="changed after gate G5"):
            passed.rows_for("G5", "recall_sms")

    def test_the_hash_is_of_the_rows_and_not_of_their_order(self):
        one, two = (passing("G5", rows, self.STATES) for rows in (self.ROWS, self.ROWS.iloc[::-1]))
        assert one.audit == two.audit


@pytest.mark.parametrize(
    ("gate", "more", "message"),
    [
        ("G8", {}, "there is no gate 'G8'"),
        ("G5", {"purpose": "recall"}, "'recall' is none; one of recall_sms"),
        ("G5", {"purpose": "attribution"}, "needs to know the channel"),
        ("G5", {"purpose": "provide_to_platform:x"}, "name the recipient as `recipient`"),
        ("G5", {"ids": [("=phone", "phone")]}, "no column 'phone'; known are: id"),
        ("G5", {"ids": []}, "every other gate takes `ids`"),
        ("G6", {}, "G6 takes `count`"),
        ("G5", {"states": told("recall_sms", a="grantd")}, "there is no state 'grantd'"),
    ],
)
def test_what_is_called_wrongly(gate, more, message):
    rows, states = pd.DataFrame({"id": ["a"]}), more.pop("states", told("recall_sms", a="granted"))
    with pytest.raises(ParameterError, match=message):
        passing(gate, rows, states, **more)


class TestSmallCells:
    def test_a_report(self):
        cells = pd.DataFrame(
            {"room": ["A", "A", "A", "B", "B"], "city": list("xyzxy"), "people": [3, 9, 40, 5, 0],
             "paid_fen": [1.5, 2.5, 3.5, 4.5, 0.0], "top": [True] * 5}
        )  # fmt: skip
        got = pass_gate("G6", cells, purpose="attribution", states=told("x", a="granted"),
                        assessments=ASSESSED, today=DAY, count="people", within=["room"])  # fmt: skip
        shown = got.rows_for("G6", "attribution")
        assert shown.hidden.tolist() == [True, True, False, False, False]
        assert (
            shown.people.isna().tolist() == shown.paid_fen.isna().tolist() == shown.hidden.tolist()
        )
        assert shown.top.all() and got.audit["rows_refused"] == 2
        assert set(got.refused["reason"]) == {"small_cell"} and got.refused.people.isna().all()

    def test_ties_do_not_depend_on_the_order_of_rows(self):
        cells = pd.DataFrame({"city": list("dcba"), "people": [7, 7, 2, 7]})
        hidden = suppress_small(cells, "people").set_index("city").hidden
        again = suppress_small(cells.iloc[::-1], "people").set_index("city").hidden
        assert hidden.to_dict() == again.to_dict() and hidden["a"] and hidden["b"]

    def test_what_cannot_be_counted(self):
        with pytest.raises(ParameterError, match="missing or negative"):
            small_cells(pd.DataFrame({"n": [1, None]}), "n")
        with pytest.raises(ParameterError, match="from 2 on"):
            small_cells(pd.DataFrame({"n": [1]}), "n", 1)

    @hypothesis_settings(max_examples=20, deadline=None)
    @given(st.lists(st.integers(0, 12), min_size=1, max_size=7), st.integers(2, 6))
    def test_subtraction_gives_away_no_small_group(self, counts, k):
        cells = pd.DataFrame({"city": range(len(counts)), "people": counts})
        hidden = small_cells(cells.assign(city=cells["city"].astype(str)), "people", k)
        assert all(hidden[[0 < n < k for n in counts]])
        assert not any(hidden[[n == 0 for n in counts]])
        if sum(counts) >= k and hidden.any():
            assert sum(itertools.compress(counts, hidden)) >= k and hidden.sum() >= 2
        if not any(0 < n < k for n in counts):
            assert not hidden.any()
