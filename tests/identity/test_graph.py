"""One person as a graph: what is in it, what holds it together, what was refused."""

import pandas as pd
import pytest

from liveattr.errors import ParameterError, TableError
from liveattr.identity import IdentityGraph, resolve_identities

COLUMNS = [
    "left_kind",
    "left_id",
    "right_kind",
    "right_id",
    "evidence",
    "tier",
    "weight",
    "observed_at",
]

PERSON = (
    ("uid_douyin", "d1", "visitor", "v1", "link_token", "A-", 9, "2026-01-22"),
    ("mall_account", "m1", "visitor", "v1", "login", "A", 14, "2026-01-22"),
    ("mall_account", "m1", "openid", "o1", "openid_login", "A-", 11, "2026-01-20"),
    ("openid", "o1", "unionid", "u1", "unionid", "A", 16, "2026-01-20"),
    ("unionid", "u1", "mall_account", "m1", "unionid", "A", 16, "2026-01-21"),
    ("phone", "p1", "mall_account", "m1", "order_phone", "B", 6, "2026-01-19"),
    ("phone", "p1", "mall_account", "m1", "order_phone", "B", 6, "2026-01-20"),
)
CLASH = (
    ("mall_account", "m2", "phone", "p2", "phone_verified", "A", 15, "2026-01-10"),
    ("mall_account", "m2", "openid", "o1", "openid_login", "A-", 8, "2026-01-24"),
)
CASHIER = tuple(
    (
        "mall_account",
        f"{'m1' if i == 0 else f'c{i:02}'}",
        "phone",
        "till",
        "order_phone",
        "B",
        6,
        "2026-01-24",
    )
    for i in range(40)
)
M1, M2, U1, D1 = (
    ("mall_account", "m1"),
    ("mall_account", "m2"),
    ("unionid", "u1"),
    ("uid_douyin", "d1"),
)


def frame(*rows: tuple) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=COLUMNS).astype({"weight": float})
    return made.assign(observed_at=pd.to_datetime(made["observed_at"], utc=True))


def graph_of(*rows: tuple) -> IdentityGraph:
    evidence = frame(*rows)
    found = resolve_identities(evidence)
    return IdentityGraph(found.members, evidence, found.refused, found.quarantined)


@pytest.fixture(scope="module")
def graph() -> IdentityGraph:
    return graph_of(*PERSON, *CLASH, *CASHIER)


def test_person_is_its_identifiers_and_what_counts(graph: IdentityGraph) -> None:
    person = graph.person(graph.person_of(*M1))
    assert sorted(person) == [
        M1, ("openid", "o1"), ("phone", "p1"), D1, U1, ("visitor", "v1"),
    ]  # fmt: skip
    [seen] = person.get_edge_data(M1, ("phone", "p1")).values()
    assert (seen["evidence"], seen["tier"], seen["weight"], seen["n_seen"]) == (
        "order_phone",
        "B",
        6,
        2,
    )
    assert (seen["first_at"].day, seen["last_at"].day, seen["reason"]) == (19, 20, "")
    assert person.nodes[M1]["label"] == "mall_account·m1"


def test_bridges_and_joints_are_what_the_person_hangs_on(graph: IdentityGraph) -> None:
    person = graph.person_of(*M1)
    assert graph.bridges(person) == [
        (M1, ("phone", "p1")), (M1, ("visitor", "v1")), (D1, ("visitor", "v1")),
    ]  # fmt: skip
    assert graph.articulation_points(person) == [M1, ("visitor", "v1")]


def test_cut_between_two_accounts_is_the_weakest_evidence(graph: IdentityGraph) -> None:
    cut = graph.minimum_cut(M1, M2)
    assert cut[["left_id", "right_id", "reason", "value_a", "value_b"]].to_numpy().tolist() == [
        ["m2", "o1", "exclusive", "m2", "m1"]
    ]
    assert graph.minimum_cut(M1, ("phone", "p2")).equals(cut)
    assert graph.minimum_cut(D1, U1)["weight"].tolist() == [9.0]
    apart = graph_of(
        *PERSON, ("mall_account", "m3", "phone", "p3", "order_phone", "B", 6, "2026-01-24")
    )
    assert apart.minimum_cut(M1, ("mall_account", "m3")).empty


def test_ego_shows_refused_evidence_too(graph: IdentityGraph) -> None:
    around = graph.ego(("phone", "till"), 1)
    assert len(around) == 41
    assert {data["reason"] for *_, data in around.edges(data=True)} == {"capped"}
    assert around.nodes["phone", "till"]["held"] == "capped"
    assert M2 in graph.ego(("openid", "o1"), 1)
    assert list(graph.ego(("openid", "o1"), 0)) == [("openid", "o1")]


def test_subgraph_holds_people_apart(graph: IdentityGraph) -> None:
    people = [graph.person_of(*each) for each in (M1, M2)]
    both = graph.subgraph(people)
    assert len(both) == 8
    assert not both.has_edge(M2, ("openid", "o1"))


def test_everything_is_refused_above_the_limit(graph: IdentityGraph) -> None:
    whole = len(graph.members)
    with pytest.raises(ParameterError, match=rf"{whole} identifiers are more than 9.*ego\(\)"):
        graph.to_networkx(9)
    assert len(graph.to_networkx(9, force=True)) == len(graph.to_networkx(whole)) == whole


def test_device_of_an_earlier_owner_still_ties_what_it_tied() -> None:
    rows = (
        ("device", "x", "mall_account", "m1", "device_login", "B", 5, "2026-01-01"),
        ("device", "x", "visitor", "v1", "device_login", "B", 5, "2026-01-02"),
        ("device", "x", "mall_account", "m2", "device_login", "B", 5, "2026-02-01"),
    )
    graph = graph_of(*rows)
    first = graph.person(graph.person_of(*M1))
    assert graph.person_of("device", "x") == graph.person_of(*M2) != graph.person_of(*M1)
    assert sorted(first) == [("device", "x"), M1, ("visitor", "v1")]
    assert M1 not in graph.person(graph.person_of(*M2))


def test_order_of_rows_says_nothing(graph: IdentityGraph) -> None:
    mixed = graph_of(*reversed((*PERSON, *CLASH, *CASHIER)))
    assert mixed.evidence.equals(graph.evidence)
    assert mixed.members.equals(graph.members)


def test_unknown_and_missing_are_said() -> None:
    graph = graph_of(*PERSON)
    with pytest.raises(ParameterError, match="no identifier phone·nobody"):
        graph.person_of("phone", "nobody")
    with pytest.raises(ParameterError, match="no person 'px'"):
        graph.person("px")
    with pytest.raises(TableError, match="'weight' is missing"):
        IdentityGraph(graph.members, frame(*PERSON).drop(columns="weight"), pd.DataFrame())
