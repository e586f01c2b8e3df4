"""What changed between two resolutions."""

import pandas as pd
import pytest

from liveattr.errors import TableError
from liveattr.identity import diff


def people(**persons: str) -> pd.DataFrame:
    """Make members out of person → identifiers, a letter each."""
    rows = [("phone", id, person) for person, ids in persons.items() for id in ids]
    return pd.DataFrame(rows, columns=["kind", "id", "person_id"])


def test_nothing_changed() -> None:
    found = diff(people(p="ab", q="c"), people(q="c", p="ba"))
    assert (len(found.merges), len(found.splits), len(found.moves), found.churn) == (0, 0, 0, 0.0)
    assert (found.came, found.gone, found.kept) == (0, 0, 3)


def test_merge_split_come_and_go() -> None:
    found = diff(people(p="ab", q="c", r="de", t="x"), people(p="abc", r="d", s="e", u="y"))
    assert found.merges.to_numpy().tolist() == [["p", "p"], ["p", "q"]]
    assert found.splits.to_numpy().tolist() == [["r", "r"], ["r", "s"]]
    assert found.moves[["id", "before", "after"]].to_numpy().tolist() == [
        ["c", "q", "p"],
        ["e", "r", "s"],
    ]
    assert (found.came, found.gone, found.kept, found.churn) == (1, 1, 5, 0.0)


def test_another_id_for_the_same_company_is_churn() -> None:
    found = diff(people(p="ab", q="cd"), people(z="ab", q="cd"))
    assert found.churn == 0.5
    assert len(found.moves) == 2
    assert "50.0 %" in found._repr_html_() and "churn" in repr(found)


def test_two_moments_at_once_are_refused() -> None:
    with pytest.raises(TableError, match="twice"):
        diff(people(p="aa"), people(p="a"))
    with pytest.raises(TableError, match="after: column 'person_id' is missing"):
        diff(people(p="a"), people(p="a").drop(columns="person_id"))
