"""People against the truth where things go wrong: our resolution beside two simpler ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from liveattr.bench.identity_faults import ALL, FaultWorld, make_faults
from liveattr.identity.evaluation import evaluate
from liveattr.identity.resolution import Resolution, resolve_identities
from liveattr.identity.tiers import EXCLUSIVE

__all__ = ["RIVALS", "TOGETHER", "capped", "everything", "explained", "identity_bench", "wide"]

TOGETHER = "(all faults)"

CAP = 5
"""Neighbours of the rival with caps: the limit that a customer data platform ships with."""

OURS = "liveattr"

_SCORES = (
    "identifiers",
    "bcubed_precision",
    "bcubed_recall",
    "pair_precision",
    "pair_recall",
    "biggest",
)


def everything(edges: pd.DataFrame) -> pd.DataFrame:
    """Take everything that is connected for one person: `kind, id, person_id`.

    Tier X is left out here and in the other rivals; they know no more of it.
    """
    coded, use = _code(edges), (edges["tier"] != "X").to_numpy()
    return _members(coded, coded.left[use], coded.right[use])


def capped(edges: pd.DataFrame, *, cap: int = CAP) -> pd.DataFrame:
    """Take for one person what is connected without coincidences and without busy identifiers.

    Tier C is left out, and so is every identifier that is not an account and has more than `cap`
    neighbours.
    """
    coded = _code(edges)
    sure = (~edges["tier"].isin(["C", "X"])).to_numpy()
    left, right = coded.left[sure], coded.right[sure]
    pairs = np.unique(np.column_stack([np.minimum(left, right), np.maximum(left, right)]), axis=0)
    busy = np.bincount(pairs.ravel(), minlength=len(coded.who)) > cap
    busy &= ~coded.who["kind"].isin(EXCLUSIVE).to_numpy()
    keep = ~busy[left] & ~busy[right]
    return _members(coded, left[keep], right[keep])


RIVALS: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "everything": everything,
    "caps": capped,
}
"""Name → edges to members."""


def explained(found: Resolution) -> NDArray[np.bool_]:
    """Say of each refused edge whether its reason holds water.

    Parameters
    ----------
    found
        From `resolve_identities`.

    Returns
    -------
    numpy.ndarray of bool, shape (n_refused,)
        exclusive: two identifiers of the kind named clash, and they are two persons in `members`.
        not_same: two identifiers clash. capped, shared and blocked: an end of
        the edge is quarantined for that reason. scored: the edge is of tier C.
    """
    refused = found.refused
    person = found.members.set_index(["kind", "id"])["person_id"]
    held = pd.MultiIndex.from_frame(found.quarantined[["kind", "id", "reason"]])
    why = refused["reason"]
    two = why.isin(["exclusive", "not_same"]) & refused["value_a"].notna()
    two &= refused["value_b"].notna()
    clash = refused[two & (why == "exclusive")]
    apart = [
        person.reindex(pd.MultiIndex.from_arrays([clash["kind"], clash[value]])).to_numpy()
        for value in ("value_a", "value_b")
    ]
    two[clash.index] = pd.notna(apart[0]) & pd.notna(apart[1]) & (apart[0] != apart[1])
    ends = [
        pd.MultiIndex.from_arrays([refused[f"{side}_kind"], refused[f"{side}_id"], why]).isin(held)
        for side in ("left", "right")
    ]
    scored = (why == "scored") & (refused["tier"] == "C")
    return np.asarray(two | ends[0] | ends[1] | scored, dtype=np.bool_)


def identity_bench(
    n_persons: int = 10_000,
    *,
    seeds: Sequence[int] = (7,),
    faults: Iterable[str] | None = None,
    alone: bool = True,
    rivals: bool = True,
) -> pd.DataFrame:
    """Score people on worlds with faults, each fault alone and all of them at once.

    Parameters
    ----------
    n_persons
        Persons of a world before any fault.
    seeds
        One world each.
    faults
        Names from `identity_faults.FAULTS`; default: `ALL`.
    alone
        Each fault alone, too; else only all at once.
    rivals
        Score `RIVALS` as well.

    Returns
    -------
    pandas.DataFrame
        One row a seed, fault and method: `seed, fault, method, identifiers, bcubed_precision,
        bcubed_recall, pair_precision, pair_recall, biggest`, and of ours `refused` (edges),
        `explained` (of these), `quarantined` (identifiers); null for rivals, who refuse nothing.

    Raises
    ------
    ParameterError
        As `make_faults`.
    """
    asked = ALL if faults is None else tuple(faults)
    cases = [(TOGETHER, asked)] + ([(name, (name,)) for name in asked] if alone else [])
    rows = []
    for seed in seeds:
        for name, some in cases:
            world = make_faults(n_persons, seed=seed, faults=some)
            for method, scored in _judge(world, rivals).items():
                rows.append({"seed": seed, "fault": name, "method": method, **scored})
    return pd.DataFrame(rows)


def wide(found: pd.DataFrame) -> pd.DataFrame:
    """Return what a terminal shows of `identity_bench`: one row a seed and fault, methods beside.

    P and R are B-cubed precision and recall.
    """
    table = found[["seed", "fault"]].drop_duplicates().set_index(["seed", "fault"])
    for method, part in found.groupby("method", sort=False):
        mine = part.set_index(["seed", "fault"])
        head = "" if method == OURS else f"{method} "
        for column, name in (("bcubed_precision", "P"), ("bcubed_recall", "R")):
            table[f"{head}{name}"] = mine[column].map("{:.4f}".format)
        table[f"{head}biggest"] = mine["biggest"]
        if method == OURS:
            for column in ("refused", "explained", "quarantined"):
                table[column] = mine[column].astype("int64")
    shown = table.reset_index()
    return shown if len(set(found["seed"])) > 1 else shown.drop(columns="seed")


def _judge(world: FaultWorld, rivals: bool) -> dict[str, dict[str, object]]:
    ours = resolve_identities(world.edges)
    scored = {
        OURS: _scores(ours.members, world.truth)
        | {
            "refused": len(ours.refused),
            "explained": int(explained(ours).sum()),
            "quarantined": len(ours.quarantined),
        }
    }
    for name, people in RIVALS.items() if rivals else ():
        scored[name] = _scores(people(world.edges), world.truth)
    return scored


def _scores(members: pd.DataFrame, truth: pd.DataFrame) -> dict[str, object]:
    whole = evaluate(members, truth).to_dict("records")[0]
    return {str(column): whole[column] for column in _SCORES}


class _Coded(NamedTuple):
    who: pd.DataFrame
    left: NDArray[np.int64]
    right: NDArray[np.int64]


def _code(edges: pd.DataFrame) -> _Coded:
    """Give identifiers numbers in the order in which they come."""
    ends = [
        edges[[f"{side}_kind", f"{side}_id"]].set_axis(["kind", "id"], axis=1)
        for side in ("left", "right")
    ]
    both = pd.concat(ends, ignore_index=True)
    number = both.groupby(["kind", "id"], sort=False).ngroup().to_numpy().astype(np.int64)
    who = both.loc[~both.duplicated(["kind", "id"])].reset_index(drop=True)
    return _Coded(who, number[: len(edges)], number[len(edges) :])


def _members(coded: _Coded, left: NDArray[np.int64], right: NDArray[np.int64]) -> pd.DataFrame:
    n = len(coded.who)
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    return coded.who.assign(person_id=connected_components(graph.tocsr(), directed=False)[1])
