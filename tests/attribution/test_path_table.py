"""The path table: text and lists are the same paths; what cannot be right is named."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.attribution import Paths, read_paths
from liveattr.errors import TableError

NAME = st.text(st.sampled_from("abAB直播 ._-12"), min_size=1, max_size=6).filter(str.strip)
PATHS = st.lists(st.lists(NAME, min_size=1, max_size=6), max_size=8)


def table(paths: list, **columns) -> pd.DataFrame:
    return pd.DataFrame({"path": paths, "conversions": [1.0] * len(paths), **columns})


@settings(max_examples=60, deadline=None)
@given(PATHS, st.sampled_from([">", " > ", ">\t"]))
def test_text_and_lists_are_the_same_paths(paths: list[list[str]], sep: str) -> None:
    from_lists = read_paths(table(paths))
    from_text = read_paths(table([sep.join(path) for path in paths]))
    clean = [[name.strip() for name in path] for path in paths]
    assert from_lists.frame().path.tolist() == clean == from_text.frame().path.tolist()
    assert from_lists.channels == from_text.channels == tuple(sorted({n for p in clean for n in p}))


def test_many_names_and_many_rows_are_coded_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [f"c{i} > c{i + 1} > c{i % 7}" for i in range(5000)]
    whole = read_paths(table(paths))
    monkeypatch.setattr("liveattr.attribution.path_table.CHUNK", 999)
    pieces = read_paths(table(paths))
    assert whole.channels == pieces.channels
    assert (whole.codes == pieces.codes).all() and (whole.starts == pieces.starts).all()
    assert whole.text(4999) == "c4999 > c5000 > c1"


def test_separators_inside_of_lists_and_other_ones() -> None:
    assert read_paths(table([["a>b", "c"]])).channels == ("a>b", "c")
    assert read_paths(table(["a/b / c"]), sep="/").channels == ("a", "b", "c")


def test_paths_are_handed_through_and_keep_people_only_if_asked() -> None:
    coded = read_paths(table(["a", "b"], person_id=["x", "x"]), cluster="person_id")
    assert coded.person is not None and coded.person.tolist() == [0, 0]
    assert read_paths(coded).person is None and read_paths(coded, cluster="any") is coded
    assert "2 rows, 2 touches of 2 channels" in repr(coded)


def test_what_is_no_table_is_said() -> None:
    with pytest.raises(TableError, match="a pandas frame or Paths, not dict"):
        read_paths({"path": ["a"], "conversions": [1]})  # type: ignore[arg-type]


def test_nothing_is_a_table_too() -> None:
    nothing = read_paths(pd.DataFrame({"path": [], "conversions": [], "age_s": []}))
    assert len(nothing) == 0 and nothing.frame().empty
    assert list(nothing.frame().columns) == ["path", "conversions", "value", "nulls", "age_s"]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"paths": ["a"], "conversions": [1]}), "'path' is missing; did you mean"),
        (pd.DataFrame({"path": ["a"]}), "'conversions' is missing"),
        (table(["a", ""]), "row 1: a name is empty in ''"),
        (table(["a", "a > > b"]), "row 1: a name is empty"),
        (table(["a", None]), "row 1: no path"),
        (table(["a", ["b"]]), "all are text"),
        (table([["a"], []]), "row 1: a path has at least one touch"),
        (table([["a", None]]), "name in a list is missing"),
        (table([["a", " "]]), "name in a list is empty"),
        (table(["a", "b"], nulls=[0, -1]), "'nulls', row 1: -1.0 is no number that is not neg"),
        (table(["a"], value=[np.inf]), "'value', row 0: inf is no number"),
        (table(["a"], value=["much"]), "'value': these are no numbers"),
        (table(["a"]).assign(conversions=0.0, value=5.0), "without a conversion or a null"),
        (table(["a > b"], age_s=[[1.0]]), "'age_s', row 0: one age for each touch"),
        (table(["a", "b"], age_s=[[1.0], [-2.0]]), "'age_s', row 1: -2.0 is no age"),
        (table(["a"], person_id=[None]), "'person_id', row 0: nobody"),
    ],
)
def test_what_cannot_be_right_is_named(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(TableError, match=said):
        read_paths(frame, cluster="person_id" if "person_id" in frame else None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"starts": [0, 1]}, "number of touches"),
        ({"codes": [0, 9, 0]}, "place of a name"),
        ({"channels": ("a", "a")}, "twice"),
        ({"nulls": [1.0]}, "1 numbers for 2 paths"),
    ],
)
def test_coded_paths_that_do_not_fit_are_refused(change: dict, said: str) -> None:
    given_ = {
        "channels": ("a", "b"),
        "codes": [0, 1, 0],
        "starts": [0, 2, 3],
        "conversions": [1, 0],
        "value": [2.0, 0],
        "nulls": [0, 1],
    }
    assert len(Paths(**given_)) == 2
    with pytest.raises(TableError, match=said):
        Paths(**{**given_, **change})
