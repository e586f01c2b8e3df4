"""Path transforms: the example that Fractribution documents, and what no transform may change."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.attribution import Paths, markov, read_paths
from liveattr.attribution.transforms import TRANSFORMS, transform_paths
from liveattr.errors import ParameterError, TableError

PATH = "D > A > B > B > C > D > C > C"
AGES = [80.0, 70.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0]

lists = st.lists(st.sampled_from("abc"), min_size=1, max_size=9)
tables = st.lists(
    st.tuples(lists, st.integers(0, 3), st.floats(-5, 5), st.integers(1, 3)), min_size=1, max_size=6
)


def table_of(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["path", "conversions", "value", "nulls"])
    ages = [[float(n) for n in range(len(path), 0, -1)] for path in frame.path]
    frame["age_s"] = ages
    frame["person_id"] = [f"p{n % 2}" for n in range(len(frame))]
    return frame


@pytest.mark.parametrize(
    ("how", "expected", "ages"),
    [
        ("none", PATH, AGES),
        ("collapse", "D > A > B > C > D > C", [80, 70, 50, 40, 30, 10]),
        ("unique", "A > B > D > C", [70, 50, 30, 10]),
        ("first", "D > A > B > C", [80, 70, 60, 40]),
        ("frequency", "D(2) > A(1) > B(2) > C(3)", [80, 70, 60, 40]),
    ],
)
def test_the_documented_example(how: str, expected: str, ages: list[float]) -> None:
    rows = pd.DataFrame(
        {"path": ["C", PATH, "A > A"], "conversions": [1, 2, 0], "value": [3.0, -4.0, 0.0]}
    ).assign(nulls=[0, 0.5, 2], age_s=[[1.0], AGES, [9.0, 8.0]])
    out = transform_paths(rows, how)
    assert out.text(1) == expected
    assert out.age_s[out.starts[1] : out.starts[2]].tolist() == ages
    assert out.text(0) == ("C(1)" if how == "frequency" else "C")


@settings(max_examples=60, deadline=None)
@given(tables, st.sampled_from(TRANSFORMS))
def test_what_no_transform_changes(rows, how: str) -> None:
    table = table_of(rows)
    before, out = read_paths(table, cluster="person_id"), transform_paths(table, how)
    assert out.person is None
    kept = transform_paths(table, how, cluster="person_id")
    for name in ("conversions", "value", "nulls", "person"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(before, name))
    np.testing.assert_array_equal(transform_paths(before, how).person, before.person)
    for row, path in enumerate(out.frame().path):
        names = [name.split("(")[0] for name in path]
        given_path = list(table.path[row])
        if how == "none":
            assert path == given_path
        elif how == "collapse":
            assert names == [
                n for at, n in enumerate(given_path) if not at or n != given_path[at - 1]
            ]
        elif how == "unique":
            assert names == sorted(set(given_path), key=lambda n: given_path[::-1].index(n))[::-1]
        else:
            assert names == sorted(set(given_path), key=given_path.index)
        if how == "frequency":
            assert path == [f"{name}({given_path.count(name)})" for name in names]
    if how != "frequency":
        again = transform_paths(out, how)
        np.testing.assert_array_equal(again.codes, out.codes)
        np.testing.assert_array_equal(again.starts, out.starts)
    assert list(out.channels) == sorted(out.channels)


def test_a_chain_of_order_one_sees_no_repeats() -> None:
    table = pd.DataFrame(
        {"path": ["a > a > b", "b > c > c > a", "c > b > b > c"], "conversions": [2, 1, 3]}
    ).assign(nulls=[3, 4, 1])
    pd.testing.assert_frame_equal(markov(table), markov(transform_paths(table, "collapse")))


@pytest.mark.parametrize("how", TRANSFORMS)
def test_no_paths_stay_none(how: str) -> None:
    assert len(transform_paths(pd.DataFrame({"path": [], "conversions": []}), how)) == 0


def test_names_with_brackets_of_their_own_stay_apart() -> None:
    table = pd.DataFrame({"path": ["a(2) > a > a", "a > a(2) > a(2)"], "conversions": [1, 1]})
    out = transform_paths(table, "frequency")
    assert out.channels == ("a(1)", "a(2)", "a(2)(1)", "a(2)(2)")
    assert [out.text(0), out.text(1)] == ["a(2)(1) > a(2)", "a(1) > a(2)(2)"]


def test_what_is_refused() -> None:
    table = pd.DataFrame({"path": ["a"], "conversions": [1]})
    with pytest.raises(ParameterError, match=r"'exposure' is no transform; .*collapse"):
        transform_paths(table, "exposure")
    with pytest.raises(TableError, match="no person"):
        transform_paths(Paths(("a",), [0], [0, 1], [1], [0], [0]), "first", cluster="person_id")
