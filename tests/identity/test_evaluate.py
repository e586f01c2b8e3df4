"""Scores of people: worked examples of the literature, and every pair listed by hand."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import TableError
from liveattr.identity.evaluation import ALL, evaluate, match_rates

LABELS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from("xy")), min_size=1, max_size=14
)


def frames(found: str, true: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One identifier a letter: its found and its true person."""
    ids = [str(i) for i in range(len(found))]
    members = pd.DataFrame({"kind": "uid_douyin", "id": ids, "person_id": list(found)})
    truth = pd.DataFrame({"kind": "uid_douyin", "id": ids, "person": list(true)})
    return members, truth


def score(found: str, true: str) -> pd.Series:
    return evaluate(*frames(found, true)).iloc[0]


@pytest.mark.parametrize(
    ("found", "precision"), [("pppppqqqqqqq", 0.76), ("pppppqqppppp", 0.58)], ids=["one", "two"]
)
def test_bagga_and_baldwin_1998(found: str, precision: float) -> None:
    got = score(found, "aaaaabbccccc")  # their two responses; recall is 100 % in both
    assert round(got.bcubed_precision, 2) == precision
    assert got.bcubed_recall == 1


def test_pairs_of_manning_section_16_3() -> None:
    got = score("1" * 6 + "2" * 6 + "3" * 5, "xxxxxo" + "xoooo#" + "xx###")
    # their table: TP 20, FP 20, FN 24
    assert got.pair_precision == pytest.approx(20 / 40)
    assert got.pair_recall == pytest.approx(20 / 44)
    assert round(got.pair_f1, 2) == 0.48


@pytest.mark.parametrize(
    ("better", "worse", "true"),
    [
        ("1112223", "1111113", "aaabbbc"),  # homogeneity: unlike ones apart
        ("111122", "112233", "aaaaaa"),  # completeness: like ones together
        ("11111222222", "1111122222" + "1", "aaaaabcdefg"),  # rag bag: dirt goes to the dirty one
        (
            "1111233445566",
            "1111123456789",
            "aaaaabbccddee",
        ),  # one error in a big one, many in small
    ],
    ids=["homogeneity", "completeness", "rag bag", "size and quantity"],
)
def test_constraints_of_amigo_2009(better: str, worse: str, true: str) -> None:
    assert score(better, true).bcubed_f1 > score(worse, true).bcubed_f1


@settings(deadline=None, max_examples=30)
@given(LABELS)
def test_same_as_every_pair_listed(labels) -> None:
    found, true, stratum = zip(*labels, strict=True)
    members, truth = frames("".join(map(str, found)), "".join(map(str, true)))
    got = evaluate(members, truth.assign(stratum=stratum), strata="stratum")
    for row in got.itertuples():
        mine = [i for i in range(len(labels)) if row.stratum in (ALL, stratum[i])]
        together = [{j for j in range(len(labels)) if found[j] == found[i]} for i in mine]
        one = [{j for j in range(len(labels)) if true[j] == true[i]} for i in mine]
        both = [t & o for t, o in zip(together, one, strict=True)]
        pairs, claimed, real = (sum(len(s) - 1 for s in sets) for sets in (both, together, one))
        same(row.pair_precision, pairs, claimed)
        same(row.pair_recall, pairs, real)
        shares = [
            (len(b) / len(t), len(b) / len(o)) for b, t, o in zip(both, together, one, strict=True)
        ]
        same(row.bcubed_precision, sum(p for p, _ in shares), len(mine))
        same(row.bcubed_recall, sum(r for _, r in shares), len(mine))
        assert row.identifiers == len(mine) and row.biggest == max(map(len, together))
        assert (row.people, row.clusters) == (
            len(set(map(frozenset, one))),
            len(set(map(frozenset, together))),
        )
    whole = [
        (found[i] == found[j], true[i] == true[j]) for i, j in combinations(range(len(labels)), 2)
    ]
    same(got.pair_precision[0], sum(f and t for f, t in whole), sum(f for f, _ in whole))


def same(got: float, part: float, whole: float) -> None:
    assert got == pytest.approx(part / whole) if whole else np.isnan(got)


@settings(deadline=None, max_examples=8)
@given(LABELS, st.randoms(use_true_random=False))
def test_names_and_order_of_rows_change_nothing(labels, random) -> None:
    found, true, _ = zip(*labels, strict=True)
    members, truth = frames("".join(map(str, found)), "".join(map(str, true)))
    order = list(range(len(labels)))
    random.shuffle(order)
    renamed = members.assign(person_id="other" + members.person_id).iloc[order]
    pd.testing.assert_frame_equal(evaluate(renamed, truth), evaluate(members, truth))


def test_identifiers_of_one_frame_only() -> None:
    members, truth = frames("ppp", "aaa")
    short = evaluate(members.iloc[:2], truth).iloc[0]  # one was not found: a person of its own
    assert (short.missing, short.clusters, short.unjudged) == (1, 2, 0)
    assert (short.bcubed_precision, short.bcubed_recall) == (1, pytest.approx(5 / 9))
    unknown = evaluate(members, truth.iloc[:2]).iloc[0]  # one has no truth: it is not judged
    assert (unknown.identifiers, unknown.unjudged, unknown.biggest) == (2, 1, 3)
    assert unknown.bcubed_f1 == 1


def test_rows_without_a_stratum_and_empty_frames() -> None:
    members, truth = frames("pq", "aa")
    got = evaluate(members, truth.assign(tier=["A", None]), strata=["tier", "kind"])
    assert list(zip(got.by, got.stratum, strict=True)) == [
        (ALL, ALL), ("tier", "(none)"), ("tier", "A"), ("kind", "uid_douyin"),
    ]  # fmt: skip
    empty = evaluate(*frames("", "")).iloc[0]
    assert empty.identifiers == 0 and np.isnan(empty.bcubed_f1) and np.isnan(empty.pair_f1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.drop(columns="person_id"), "members: column 'person_id' is missing"),
        (lambda m: m.assign(person_id=None), "holds a null"),
        (lambda m: pd.concat([m, m]), "uid_douyin '0' comes twice"),
    ],
)
def test_wrong_frames_are_refused(change, words: str) -> None:
    members, truth = frames("pq", "aa")
    with pytest.raises(TableError, match=words):
        evaluate(change(members), truth)
    with pytest.raises(TableError, match="truth: column 'tier' is missing"):
        evaluate(members, truth, strata="tier")


def test_match_rates_by_hand() -> None:
    members = pd.DataFrame(
        [("uid_douyin", "a", 1), ("uid_douyin", "b", 1), ("uid_douyin", "c", 2),
         ("uid_kuaishou", "k", 2), ("mall_account", "m", 1), ("mall_account", "n", 3)],
        columns=["kind", "id", "person_id"],
    )  # fmt: skip
    got = match_rates(members).set_index(["kind", "other_kind"])
    assert got.loc[("uid_douyin", "mall_account")].tolist() == [3, 2, 666_667]
    assert got.loc[("mall_account", "uid_douyin")].tolist() == [2, 1, 500_000]
    assert got.loc[("uid_kuaishou", "mall_account")].tolist() == [1, 0, 0]
    assert len(got) == 6
    viewers = pd.DataFrame({"kind": "uid_douyin", "id": ["a", "c", "a", "nobody knows"]})
    room = match_rates(members, of=viewers, other_kinds=["mall_account"])
    assert room.to_numpy().tolist() == [["uid_douyin", "mall_account", 3, 1, 333_333]]
    assert match_rates(members, kinds=["openid"]).empty
