"""Worlds with faults: the truth is what the docstring says, and people come out right."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from liveattr.bench.identity import TOGETHER, capped, everything, explained, identity_bench, wide
from liveattr.bench.identity_draft import CLEAN
from liveattr.bench.identity_faults import ALL, FAULTS, HARDER, FaultWorld, list_faults, make_faults
from liveattr.errors import ParameterError
from liveattr.identity.evaluation import evaluate
from liveattr.identity.resolution import resolve_identities
from liveattr.identity.tiers import EXCLUSIVE

N = 250
WELDS_NOBODY = {"three_platforms", "clock_skew", "disorder"}
SHARED = {  # fault → kinds of what is nobody's
    "cafe_ip": {"ip"}, "family_device": {"device", "visitor"}, "bot_farm": {"device"},
    "cafe_device": {"device", "visitor"}, "dummy_phone": {"phone"}, "cashier_phone": {"phone"},
    "shared_link": {"link_token"}, "two_accounts": {"device"},
}  # fmt: skip


def people_of(world: FaultWorld, edges: pd.DataFrame) -> pd.Series:
    """True person of both ends."""
    person = world.truth.set_index(["kind", "id"]).person
    ends = [pd.MultiIndex.from_frame(edges[[f"{s}_kind", f"{s}_id"]]) for s in ("left", "right")]
    return pd.DataFrame({s: person.reindex(e).to_numpy() for s, e in zip("ab", ends, strict=True)})


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone(fault: str) -> None:
    world = make_faults(N, seed=11, faults=[fault])
    check_truth(world, fault)
    truth = world.truth
    found = resolve_identities(world.edges)
    whole = evaluate(found.members, truth, strata="stratum").set_index("stratum")
    assert (whole.loc[CLEAN, ["bcubed_precision", "bcubed_recall"]] == 1).all()  # untouched ones
    assert (whole.bcubed_precision.iloc[0] > 0.995) and (whole.bcubed_recall.iloc[0] > 0.995)
    assert (
        whole.biggest.iloc[0] <= 20 and (whole.missing == 0).all() and (whole.unjudged == 0).all()
    )
    assert explained(found).all()
    naive = evaluate(everything(world.edges), truth).iloc[0]
    assert naive.bcubed_recall == 1
    assert (naive.bcubed_precision == 1) == (fault in WELDS_NOBODY)
    assert naive.bcubed_precision <= whole.bcubed_precision.iloc[0]


def check_truth(world: FaultWorld, fault: str) -> None:
    """Judge the truth by its own docstring: nobody's things, one account each, no lost identifier."""
    edges, truth = world.edges, world.truth
    seen = {
        end
        for side in ("left", "right")
        for end in zip(edges[f"{side}_kind"], edges[f"{side}_id"], strict=True)
    }
    assert seen == set(zip(truth.kind, truth.id, strict=True)) and len(seen) == len(truth)
    assert not truth[truth.kind.isin(EXCLUSIVE)].duplicated(["kind", "person"]).any()
    size = truth.groupby("person").id.transform("size")
    assert size.max() <= 20
    assert SHARED.get(fault, set()) <= set(truth[(truth.stratum == fault) & (size == 1)].kind)
    both = people_of(world, edges)
    joins_two = (both.a != both.b).to_numpy()
    assert joins_two.any() == (fault not in WELDS_NOBODY)
    # without what joins two persons a plain graph is right, but for what hangs on an earlier owner
    rest = evaluate(everything(edges[~joins_two]), truth).iloc[0]
    assert rest.bcubed_precision == 1 and rest.bcubed_recall > 0.97


def test_without_a_fault_a_plain_graph_is_the_truth() -> None:
    world = make_faults(N, seed=13, faults=())
    graph = nx.Graph()
    for a, b, c, d in world.edges.iloc[:, :4].itertuples(index=False):
        graph.add_edge((a, b), (c, d))
    true = {frozenset(zip(p.kind, p.id, strict=True)) for _, p in world.truth.groupby("person")}
    assert {frozenset(part) for part in nx.connected_components(graph)} == true
    assert set(world.truth.stratum) == {CLEAN}
    assert evaluate(resolve_identities(world.edges).members, world.truth).bcubed_f1[0] == 1
    per_person = world.truth.groupby(["person", "kind"]).size().unstack(fill_value=0)
    for kind in ("mall_account", "uid_douyin", "openid"):  # not one of each for everybody
        assert set(per_person[kind]) >= {0, 1}


@pytest.mark.parametrize(
    ("fault", "kind"), [("resold_device", "device"), ("recycled_phone", "phone")]
)
def test_what_passes_on_belongs_to_the_last_owner(fault: str, kind: str) -> None:
    world = make_faults(N, seed=14, faults=[fault])
    logins = world.edges[world.edges.evidence.isin(["device_login", "phone_verified"])]
    logins = logins[logins.left_kind == kind]
    logins = logins.assign(owner=people_of(world, logins).b.to_numpy())
    owners = logins.groupby("left_id").owner
    sold = owners.agg(lambda who: len(set(who))) > 1
    assert sold.sum() >= 2
    last = logins.sort_values("observed_at").groupby("left_id").owner.last()[sold]
    true = world.truth[world.truth.kind == kind].set_index("id").person
    assert (true[last.index] == last).all()


def test_two_accounts_are_two_persons_with_a_note() -> None:
    truth = make_faults(N, seed=15, faults=["two_accounts"]).truth
    noted = truth[truth.same_owner != ""]
    assert len(noted) and (noted.groupby("same_owner").person.nunique() <= 2).all()
    assert (noted.groupby("same_owner").person.nunique() == 2).any()
    assert set(truth[truth.same_owner == ""].stratum) <= {CLEAN, "two_accounts"}


def test_rows_come_twice_and_turned_and_clocks_are_wrong() -> None:
    plain = make_faults(N, seed=16, faults=()).edges
    tidy = plain[["observed_at"]]
    assert tidy.observed_at.is_monotonic_increasing and not plain.duplicated().any()
    untidy = make_faults(N, seed=16, faults=["disorder"]).edges
    assert not untidy.observed_at.is_monotonic_increasing and untidy.duplicated().any()
    skewed = make_faults(N, seed=16, faults=["clock_skew"]).edges
    assert len(skewed) == len(plain)
    moved = np.abs(skewed.observed_at.sort_values().to_numpy() - tidy.observed_at.to_numpy())
    assert moved.max() <= np.timedelta64(5, "m") and moved.max() > np.timedelta64(0, "m")


def test_same_seed_same_world_and_another_seed_another() -> None:
    one, two = make_faults(200, seed=1), make_faults(200, seed=1)
    pd.testing.assert_frame_equal(one.edges, two.edges)
    pd.testing.assert_frame_equal(one.truth, two.truth)
    assert not set(make_faults(200, seed=2).truth.id) & set(one.truth[one.truth.kind != "phone"].id)


def test_table_of_the_bench() -> None:
    found = identity_bench(200, seeds=[3], faults=["family_device"])
    assert list(found.fault.unique()) == [TOGETHER, "family_device"]
    assert list(found.method.unique()) == ["liveattr", "everything", "caps"]
    ours = found[found.method == "liveattr"]
    assert (ours.refused == ours.explained).all() and (ours.quarantined > 0).all()
    shown = wide(found)
    assert len(shown) == 2 and "everything biggest" in shown and "seed" not in shown
    assert set(list_faults().fault) == set(ALL) | set(HARDER)


def test_caps_leave_out_what_is_busy() -> None:
    star = [("phone", "p", "mall_account", str(i), "B") for i in range(6)]
    edges = pd.DataFrame(star, columns=["left_kind", "left_id", "right_kind", "right_id", "tier"])
    assert len(set(capped(edges).person_id)) == 7
    assert len(set(capped(edges.head(5)).person_id)) == 1
    assert len(set(capped(edges.head(5).assign(tier="C")).person_id)) == 6


def test_wrong_questions() -> None:
    with pytest.raises(ParameterError, match="did you mean 'cafe_ip'"):
        make_faults(faults=["cafe_i"])
    with pytest.raises(ParameterError, match="too few"):
        make_faults(99)
