"""`open_graph` reads one person of a lake and finds the same as a graph of the whole lake."""

from pathlib import Path

import pandas as pd
import pytest

from liveattr.errors import ParameterError
from liveattr.identity import IdentityGraph, LakeGraph, open_graph, resolve_identities
from liveattr.identity.tiers import RULE_VERSION
from liveattr.lake import Lake, open_lake
from liveattr.tables import get_table
from tests.identity.test_graph import CASHIER, CLASH, D1, M1, M2, PERSON, U1, frame


def _fill(lake: Lake, name: str, rows: pd.DataFrame, **more: object) -> None:
    """Write rows into a table; columns that are not given are null."""
    lake.write(name, rows.assign(**more).reindex(columns=get_table(name).names))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[LakeGraph, IdentityGraph]:
    lake = open_lake(Path(tmp_path_factory.mktemp("view")) / "lake")
    now = pd.Timestamp("2026-03-01", tz="UTC")
    rows = frame(*PERSON, *CLASH, *CASHIER)
    rows["evidence_id"] = [f"e{at:03}" for at in range(len(rows))]
    found = resolve_identities(rows)
    edges = rows.rename(columns={"observed_at": "first_at"})
    edges = edges.assign(last_at=edges["first_at"], n_seen=1, basis="contract", recorded_at=now)
    stale = edges.head(1).assign(evidence_id="old", rule_version="0", tier="A", right_id="stale")
    _fill(lake, "identity_evidence", pd.concat([edges.assign(rule_version=RULE_VERSION), stale]))
    refused = found.refused.assign(evidence_id=lambda f: rows["evidence_id"].to_numpy()[f["edge"]])
    _fill(lake, "merge_refused", refused, run_id="r")
    _fill(lake, "identifier_quarantine", found.quarantined)
    _fill(lake, "person_member", found.members, known_from_at=now)
    plain = IdentityGraph(
        found.members, edges.assign(rule_version=RULE_VERSION), refused, found.quarantined
    )
    return open_graph(lake), plain


def test_same_person_as_in_the_whole(both: tuple[LakeGraph, IdentityGraph]) -> None:
    people, whole = both
    person = people.person_of(*M1)
    assert person == whole.person_of(*M1)
    one, other = people.person(person), whole.person(person)
    assert dict(one.nodes(data=True)) == dict(other.nodes(data=True))
    assert list(one.edges(data=True)) == list(other.edges(data=True))
    assert people.bridges(person) == whole.bridges(person)
    assert people.articulation_points(person) == whole.articulation_points(person)
    assert set(people.subgraph([person])) == set(one)


def test_same_story_as_in_the_whole(both: tuple[LakeGraph, IdentityGraph]) -> None:
    people, whole = both
    for a, b in ((D1, U1), (M1, M2)):
        assert people.explain(a, b).text() == whole.explain(a, b).text()
    assert people.minimum_cut(M1, M2).equals(whole.minimum_cut(M1, M2))
    assert set(people.ego(("phone", "till"))) == set(whole.ego(("phone", "till")))


def test_unknown_is_said(both: tuple[LakeGraph, IdentityGraph]) -> None:
    people, _ = both
    with pytest.raises(ParameterError, match="no person px"):
        people.person("px")
    with pytest.raises(ParameterError, match="no identifier phone·x"):
        people.person_of("phone", "x")
