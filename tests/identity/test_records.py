"""Records of one person: what the Splink wrapper promises, and what it says without Splink."""

import importlib.util

import numpy as np
import pandas as pd
import pytest

from liveattr.errors import MissingDataError, ParameterError, TableError
from liveattr.identity.records import RecordLinks, link_records

ROLES = {"names": ["name"], "dates": ["born"], "numbers": ["card"], "texts": ["street"]}
FIRST = [
    "anna",
    "bela",
    "chen",
    "dora",
    "emil",
    "fang",
    "gina",
    "hugo",
    "ines",
    "jens",
    "kaito",
    "li",
]


def people(n: int = 150) -> pd.DataFrame:
    """Every third person has a second record, in another file, with one letter of the name wrong."""
    rng = np.random.default_rng(11)
    born = pd.to_datetime("1960-01-01") + pd.to_timedelta(rng.integers(0, 18_000, n), "D")
    one = pd.DataFrame(
        {
            "record": [f"a{i:03d}" for i in range(n)],
            "file": "a",
            "name": [f"{FIRST[a]} {FIRST[b]}son" for a, b in rng.integers(0, len(FIRST), (n, 2))],
            "born": born.strftime("%Y-%m-%d"),
            "card": rng.integers(10**9, 10**10, n).astype(str),
            "street": [f"road {i} no {j}" for i, j in rng.integers(0, 60, (n, 2))],
        }
    )
    other = one[::3].assign(file="b", record=one["record"].str.replace("a", "b"))
    return pd.concat([one, other.assign(name="x" + other["name"].str[1:], card="")])


def test_without_splink_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDataError, match=r"pip install 'liveattr\[linkage\]'"):
        link_records(people(), unique_id="record", **ROLES)


def test_what_cannot_be_linked_is_refused() -> None:
    records = people(6)
    with pytest.raises(TableError, match="'card' is missing"):
        link_records(records.drop(columns="card"), unique_id="record", **ROLES)
    with pytest.raises(TableError, match="a null or a repeat"):
        link_records(pd.concat([records, records]), unique_id="record", **ROLES)
    with pytest.raises(ParameterError, match="at least two columns"):
        link_records(records, unique_id="record", names=["name"])
    with pytest.raises(ParameterError, match=r"threshold: 95 is no probability"):
        link_records(records, unique_id="record", threshold=95, **ROLES)


@pytest.fixture(scope="module")
def links() -> RecordLinks:
    pytest.importorskip("splink")
    return link_records(people(), unique_id="record", source="file", **ROLES)


def test_second_records_are_found_between_files(links: RecordLinks) -> None:
    true = {(f"a{i:03d}", f"b{i:03d}") for i in range(0, 150, 3)}
    edges = links.edges
    assert set(zip(edges["left_id"], edges["right_id"], strict=True)) == true
    assert (edges["tier"] == "C").all() and edges["probability"].between(0.5, 1).all()
    assert np.allclose(1 / (1 + 2.0 ** -edges["weight"]), edges["probability"])
    size = links.clusters.groupby("cluster").size()
    assert (len(links.clusters), len(size), size.max()) == (200, 150, 2)
    assert (links.clusters["cluster"].str[0] == "a").all()


def test_row_order_and_input_are_left_alone(links: RecordLinks) -> None:
    shuffled = people().sample(frac=1, random_state=5)
    before = shuffled.copy()
    again = link_records(shuffled, unique_id="record", source="file", **ROLES)
    pd.testing.assert_frame_equal(again.edges, links.edges, check_exact=True)
    pd.testing.assert_frame_equal(again.clusters, links.clusters)
    pd.testing.assert_frame_equal(shuffled, before)
