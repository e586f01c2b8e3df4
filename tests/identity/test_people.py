"""Who is one person: exact strong evidence only, and an id that depends on the set of edges."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import TableError
from liveattr.identity import create_person_member, resolve_people
from tests.rows import Rows, at

COLUMNS = ["left_kind", "left_id", "right_kind", "right_id"]
KINDS = st.sampled_from(["openid", "unionid", "mall_account"])
IDS = st.sampled_from("abcdef")
EDGES = st.lists(st.tuples(KINDS, IDS, KINDS, IDS), min_size=1, max_size=25)


def people_of(world: Rows) -> list[set[str]]:
    """Resolve a world; the people as sets of kind:id."""
    with world.connect() as con:
        create_person_member(con)
        found = con.execute("SELECT person_id, kind || ':' || id AS who FROM person_member").df()
    return [set(part) for _, part in found.groupby("person_id").who]


def one_person(world: Rows, *who: str) -> bool:
    return set(who) in people_of(world)


@settings(deadline=None, max_examples=30)
@given(EDGES, st.randoms(use_true_random=False))
def test_people_are_a_partition_that_keeps_every_edge(edges, random) -> None:
    people = resolve_people(pd.DataFrame(edges, columns=COLUMNS))
    assert not people.duplicated(["kind", "id"]).any()
    person = people.set_index(["kind", "id"]).person_id
    assert set(person.index) == {e[:2] for e in edges} | {e[2:] for e in edges}
    assert all(person[e[:2]] == person[e[2:]] for e in edges)
    shuffled = edges + edges[:3]
    random.shuffle(shuffled)
    turned = [e[2:] + e[:2] for e in shuffled]
    pd.testing.assert_frame_equal(resolve_people(pd.DataFrame(turned, columns=COLUMNS)), people)


@settings(deadline=None, max_examples=30)
@given(EDGES)
def test_one_more_edge_joins_two_people_at_most(edges) -> None:
    alone = [(*end, None, None) for edge in edges for end in (edge[:2], edge[2:])]
    with_it = resolve_people(pd.DataFrame([*alone, *edges], columns=COLUMNS))
    without = resolve_people(pd.DataFrame([*alone, *edges[:-1]], columns=COLUMNS))
    assert without.person_id.nunique() - with_it.person_id.nunique() in (0, 1)


def test_no_edges() -> None:
    assert resolve_people(pd.DataFrame(columns=COLUMNS)).empty


def test_missing_column_is_named() -> None:
    with pytest.raises(TableError, match="left_id"):
        resolve_people(pd.DataFrame(columns=["left_kind", "right_kind", "right_id"]))


def test_equal_ids_of_two_kinds_are_two_identifiers() -> None:
    edges = pd.DataFrame(
        [("openid", "1", None, None), ("unionid", "1", None, None)], columns=COLUMNS
    )
    assert resolve_people(edges).person_id.nunique() == 2


@pytest.mark.parametrize(
    "evidence", ["login", "phone_verified", "unionid", "link_login", "member_card"]
)
def test_strong_binding_joins(evidence: str) -> None:
    world = Rows().bound("phone:p", "mall_account:a", evidence)
    assert one_person(world, "phone:p", "mall_account:a")


@pytest.mark.parametrize("evidence", ["same_device", "order_phone", "guess"])
def test_weak_binding_is_no_evidence_and_makes_no_member(evidence: str) -> None:
    world = Rows().bound("phone:p", "mall_account:a", evidence)
    assert people_of(world) == []


def test_a_device_is_nobody_whatever_the_evidence() -> None:
    world = Rows()
    for account in "ab":
        world.bound("device:d", f"mall_account:{account}").add(
            "event", event_id=account, account_token=account, device_token="d"
        )
    assert sorted(people_of(world), key=str) == [{"mall_account:a"}, {"mall_account:b"}]


def test_phone_of_an_order_joins_nobody() -> None:
    world = Rows().add("order_header", order_id="1", account_token="a", phone_token="p")
    world.add("order_header", order_id="2", account_token="b", phone_token="p")
    assert sorted(people_of(world), key=str) == [{"mall_account:a"}, {"mall_account:b"}]


def test_two_strong_tokens_on_one_row_join() -> None:
    world = Rows().add("event", event_id="1", openid_token="o", unionid_token="u")
    world.add("order_header", order_id="1", unionid_token="u", member_token="m")
    assert people_of(world) == [{"openid:o", "unionid:u", "member_card:m"}]


def test_an_account_belongs_to_its_platform() -> None:
    world = Rows()
    for platform in ("douyin", "kuaishou", "mall", "youzan"):
        world.add("event", event_id=platform, platform=platform, account_token="7")
    assert sorted(map(sorted, people_of(world))) == [
        ["mall_account:7"],
        ["uid_douyin:7"],
        ["uid_kuaishou:7"],
    ]


def test_a_visitor_is_a_person_and_joins_an_account_only_by_a_binding() -> None:
    world = Rows().add("event", event_id="1", visitor_token="v", account_token="a")
    assert sorted(map(sorted, people_of(world))) == [["mall_account:a"], ["visitor:v"]]
    world.bound("visitor:v", "mall_account:a")
    assert people_of(world) == [{"visitor:v", "mall_account:a"}]


def test_known_from_is_the_first_time_seen() -> None:
    world = Rows().add("event", event_id="1", account_token="a", event_at=at("01-22 21:00"))
    world.add("event", event_id="2", account_token="a", event_at=at("01-22 20:00"))
    with world.connect() as con:
        create_person_member(con)
        [(known,)] = con.execute("SELECT known_from_at FROM person_member").fetchall()
    assert known == at("01-22 20:00")
