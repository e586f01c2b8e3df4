"""`resolve_identities`: edges in, people out; strongest evidence first, and never over-merged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import TableError
from liveattr.identity.coding import Coded, code_edges
from liveattr.identity.components import smallest_reachable
from liveattr.identity.constrained import constrained_union
from liveattr.identity.limits import distinct_neighbours, learn_caps
from liveattr.identity.ownership import cut_episodes
from liveattr.identity.tiers import EXCLUSIVE, OWNED, TIERS

__all__ = ["REASONS", "Partition", "Resolution", "resolve_coded", "resolve_identities"]

REASONS = ("", "exclusive", "not_same", "scored", "blocked", "capped", "shared")
"""Why an edge joins nobody, by code."""
_EXCLUSIVE, _NOT_SAME, _SCORED, _BLOCKED, _CAPPED, _SHARED = range(1, 7)

_C, _X = TIERS.index("C"), TIERS.index("X")

PERSON_ID_HEX = 24
"""[hex digits] 96 bits: among 10⁹ people two ids are equal with a chance below 10⁻¹⁰."""


@dataclass(frozen=True)
class Resolution:
    """People, and what did not make people.

    Attributes
    ----------
    members : pandas.DataFrame
        `kind, id, person_id`: every identifier of the edges once, ordered by kind and id.
    refused : pandas.DataFrame
        `edge` (row of the edges, from 0), `left_kind, left_id, right_kind, right_id, tier`, `reason`
        (exclusive, not_same, scored, blocked, capped, shared), and of the clash `kind, value_a,
        value_b`: the two identifiers that must not be one person, or the one that joins nobody.
    quarantined : pandas.DataFrame
        `kind, id`, `reason` (blocked, capped, shared), `neighbours` (distinct), `cap`.
    """

    members: pd.DataFrame
    refused: pd.DataFrame
    quarantined: pd.DataFrame

    def __repr__(self) -> str:
        return (
            f"<Resolution: {len(self.members):,} identifiers, "
            f"{self.members.person_id.nunique():,} people, {len(self.refused):,} edges refused, "
            f"{len(self.quarantined):,} identifiers quarantined>"
        )

    def _repr_html_(self) -> str:
        why = self.refused.groupby("reason").size()
        held = self.quarantined.groupby("reason").size()
        rows = [("identifiers", len(self.members)), ("people", self.members.person_id.nunique())]
        rows += [(f"edges refused: {reason}", n) for reason, n in why.items()]
        rows += [(f"identifiers quarantined: {reason}", n) for reason, n in held.items()]
        cells = "".join(
            f"<tr><td style='text-align:left'>{name}</td><td>{n:,}</td></tr>" for name, n in rows
        )
        return f"<table>{cells}</table>"


@dataclass(frozen=True)
class Partition:
    """The same as whole numbers; nodes and edges are those of a `Coded`.

    Attributes
    ----------
    label : numpy.ndarray of int64, shape (n_nodes,)
        Smallest identifier of the person.
    reason : numpy.ndarray of int8, shape (n_edges,)
        Place in `REASONS`; 0: the edge counts.
    clash_a, clash_b : numpy.ndarray of int64, shape (n_edges,)
        Identifiers that clash; -1: none.
    held : numpy.ndarray of int8, shape (n_nodes,)
        Place in `REASONS` of why an identifier is quarantined; 0: it is not.
    neighbours, cap : numpy.ndarray of int64, shape (n_nodes,)
    since : numpy.ndarray of int64, shape (n_nodes,)
        [µs] Since when the person has it; the smallest int64: always.
    """

    label: NDArray[np.int64]
    reason: NDArray[np.int8]
    clash_a: NDArray[np.int64]
    clash_b: NDArray[np.int64]
    held: NDArray[np.int8]
    neighbours: NDArray[np.int64]
    cap: NDArray[np.int64]
    since: NDArray[np.int64]


def resolve_identities(
    edges: pd.DataFrame,
    *,
    exclusive: Sequence[str] | None = None,
    owned: Sequence[str] | None = None,
    caps: Mapping[str, int] | None = None,
    blocked: Mapping[str, Sequence[str]] | None = None,
    must_not_link: pd.DataFrame | None = None,
) -> Resolution:
    """Group identifiers into people: strongest edge first, and none that joins two people.

    Parameters
    ----------
    edges : pandas.DataFrame
        `left_kind, left_id, right_kind, right_id` (text), `tier` (A, A-, B, C, X), `weight` (log2),
        `observed_at` (timestamp, may be null); other columns are ignored, the order of rows says
        nothing, repeats at other times are welcome. Both right columns null: an identifier without
        an edge. With `left_space, right_space` (text) a kind has several name spaces: of each a
        person has one identifier; an empty space is not exclusive. Tier C never merges, tier X says
        that two identifiers are not one person.
    exclusive
        Kinds of which a person has one at most. Default: `tiers.EXCLUSIVE` (platform UIDs, mall
        account). They win over any edge, tier A too.
    owned
        Kinds that pass from owner to owner in time. Default: `tiers.OWNED` (device, visitor, phone).
    caps
        Kind → most distinct neighbours. Default: learned (see `learn_caps`).
    blocked
        Kind → values or regular expressions (of the whole value) that are nobody's. Default: zero
        ids, dummy phones and placeholders (`liveattr.sources.blocked`); they fit raw values, not
        tokens.
    must_not_link
        `left_kind, left_id, right_kind, right_id`: as tier X.

    Returns
    -------
    Resolution

    Raises
    ------
    TableError
        If a column is missing or a tier is unknown.

    Notes
    -----
    1. Blocked identifiers and those with more neighbours than their cap join nobody.
    2. Identifiers that are owned in time are cut into episodes (`cut_episodes`); whose owners come by
       turns join nobody. The identifier itself belongs to its last owner.
    3. Edges are taken by tier, weight (descending), time and identifiers; one that would put two
       identifiers of an exclusive name space, or two that are not the same, into one person is
       refused. Parts of the graph without any such clash are plain connected components.

    When it is wrong: a stronger edge that is false wins over a weaker true one; a person who really has
    two accounts on one platform becomes two people; an owner change that nobody logged is not seen.

    Examples
    --------
    >>> import pandas as pd
    >>> edges = pd.DataFrame(
    ...     [("phone", "p1", "mall_account", "m1", "A", 15, "2026-01-01"),
    ...      ("phone", "p1", "uid_douyin", "d1", "A", 15, "2026-01-02"),
    ...      ("device", "x", "mall_account", "m1", "B", 5, "2026-01-03"),
    ...      ("device", "x", "mall_account", "m2", "B", 5, "2026-03-01")],
    ...     columns=["left_kind", "left_id", "right_kind", "right_id", "tier", "weight", "observed_at"])
    >>> people = resolve_identities(edges).members
    >>> people.groupby("person_id").id.agg(list).sort_values().to_list()
    [['m1', 'p1', 'd1'], ['x', 'm2']]
    """
    kinds = EXCLUSIVE if exclusive is None else tuple(exclusive)
    whole = edges if must_not_link is None else _with_apart(edges, must_not_link)
    coded = code_edges(whole, kinds)
    found = resolve_coded(
        coded,
        exclusive=kinds,
        owned=OWNED if owned is None else tuple(owned),
        caps=caps,
        blocked=coded.matching(_default_blocked() if blocked is None else blocked),
    )
    return Resolution(
        _members(coded, found), _refused(coded, found, len(edges)), _quarantined(coded, found)
    )


def resolve_coded(
    coded: Coded,
    *,
    exclusive: Sequence[str] = EXCLUSIVE,
    owned: Sequence[str] = OWNED,
    caps: Mapping[str, int] | None = None,
    blocked: NDArray[np.bool_] | None = None,
    counts: NDArray[np.bool_] | None = None,
) -> Partition:
    """Do the work of `resolve_identities` on whole numbers.

    Parameters
    ----------
    coded
        From `code_edges`.
    blocked : numpy.ndarray of bool, shape (n_nodes,)
        Identifiers that are nobody's.
    counts : numpy.ndarray of bool, shape (n_edges,)
        Edges that may join people; by default all. What the others say of owners and neighbours
        still holds: that an edge may not be used makes no shared device a private one.
    """
    n = len(coded.kind)
    reason = np.where(coded.tier == _C, _SCORED, 0).astype(np.int8)
    clash_a, clash_b = np.full(len(reason), -1), np.full(len(reason), -1)
    held = np.zeros(n, dtype=np.int8)
    if blocked is not None:
        held[blocked] = _BLOCKED
    apart = coded.tier == _X

    def usable() -> NDArray[np.bool_]:
        return (reason == 0) & ~apart & (held[coded.left] == 0) & (held[coded.right] == 0)

    free = usable()
    neighbours = distinct_neighbours(coded.left[free], coded.right[free], n)
    one = {name: name in exclusive for name in coded.kinds}
    cap = learn_caps(coded.kind, coded.kinds, neighbours, one, caps)[coded.kind]
    held[(held == 0) & (neighbours > cap)] = _CAPPED
    some = np.flatnonzero(usable())
    cut = cut_episodes(
        coded.left[some],
        coded.right[some],
        coded.tier[some],
        coded.time[some],
        owned=coded.is_kind(owned),
        space=coded.space,
    )
    held[(held == 0) & cut.shared] = _SHARED
    for node in (coded.left, coded.right):
        stops = (reason == 0) & ~apart & (held[node] > 0)
        reason[stops], clash_a[stops] = held[node[stops]], node[stops]
    good = (reason[some] == 0) & (True if counts is None else counts[some])
    space = np.concatenate([coded.space, np.full(cut.n_nodes - n, -1, dtype=np.int32)])
    pairs = np.column_stack([coded.left[apart], coded.right[apart]])
    used = some[good]
    label, why, a, b = _join(coded, used, cut.left[good], cut.right[good], space, pairs)
    reason[used], clash_a[used], clash_b[used] = why, np.where(why > 0, a, clash_a[used]), b
    return Partition(
        _smallest(label, n), reason, clash_a, clash_b, held, neighbours, cap, cut.since
    )


def _join(
    coded: Coded,
    used: NDArray[np.int64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    space: NDArray[np.int32],
    pairs: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int64], NDArray[np.int64]]:
    """Join edges: components, and where one holds a clash, edge by edge in order of strength."""
    label = smallest_reachable(left, right, len(space))
    clashing = _clashing(label, space, pairs)
    reason = np.zeros(len(used), dtype=np.int8)
    a, b = np.full(len(used), -1), np.full(len(used), -1)
    walk = np.flatnonzero(clashing[label[left]]) if clashing.any() else np.empty(0, dtype=np.int64)
    if len(walk):
        edge = used[walk]
        low, high = np.minimum(left, right)[walk], np.maximum(left, right)[walk]
        order = np.lexsort((high, low, coded.time[edge], -coded.weight[edge], coded.tier[edge]))
        walk = walk[order]
        nodes = np.flatnonzero(clashing[label])
        small = np.full(len(space), -1)
        small[nodes] = np.arange(len(nodes))
        inside = pairs[(small[pairs] >= 0).all(axis=1)]
        ends = (
            small[low[order]],
            small[high[order]],
        )  # which clash is named depends on no row's turn
        done = constrained_union(*ends, space[nodes], small[inside])
        label[nodes] = nodes[done.label]
        reason[walk] = done.reason
        a[walk] = np.where(done.clash_a >= 0, nodes[done.clash_a], -1)
        b[walk] = np.where(done.clash_b >= 0, nodes[done.clash_b], -1)
    return label, reason, a, b


def _clashing(
    label: NDArray[np.int64], space: NDArray[np.int32], pairs: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say of each label whether its component holds two nodes of a space, or a pair to keep apart."""
    found = np.zeros(len(label), dtype=np.bool_)
    ones = np.flatnonzero(space >= 0)
    key = label[ones] * (int(space.max(initial=0)) + 1) + space[ones]
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    found[label[ones[first[count > 1]]]] = True
    same = label[pairs[:, 0]] == label[pairs[:, 1]]
    found[label[pairs[same, 0]]] = True
    return found


def _smallest(label: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Label clusters by their smallest identifier: a root may be an earlier episode."""
    least = np.full(int(label.max(initial=-1)) + 1, n)
    np.minimum.at(least, label[:n], np.arange(n))
    return least[label[:n]]


def _with_apart(edges: pd.DataFrame, apart: pd.DataFrame) -> pd.DataFrame:
    names = ["left_kind", "left_id", "right_kind", "right_id"]
    missing = [name for name in names if name not in apart.columns]
    if missing:
        raise TableError(f"must_not_link: column {missing[0]!r} is missing")
    rows = apart[names].assign(tier="X", weight=0.0, observed_at=None)
    used = [c for c in edges.columns if c in {*rows.columns, "left_space", "right_space"}]
    rows = rows.reindex(columns=used).astype({"observed_at": edges["observed_at"].dtype})
    return pd.concat([edges[used], rows], ignore_index=True)


def _default_blocked() -> Mapping[str, Sequence[str]]:
    from liveattr.sources.blocked import BLOCKED

    return BLOCKED


def _members(coded: Coded, found: Partition) -> pd.DataFrame:
    roots, place = np.unique(found.label, return_inverse=True)
    texts = coded.kind_of(roots) + ":" + coded.id_of(roots) if len(roots) else []
    ids = [f"p{hashlib.sha256(t.encode()).hexdigest()[:PERSON_ID_HEX]}" for t in texts]
    person = np.array(ids, dtype=object)[place] if len(roots) else np.empty(0, dtype=object)
    everyone = np.arange(len(coded.kind))
    return pd.DataFrame({"kind": coded.kind_of(everyone), "id": coded.id, "person_id": person})


def _refused(coded: Coded, found: Partition, n_edges: int) -> pd.DataFrame:
    edge = np.flatnonzero(found.reason[:n_edges])
    a, b = found.clash_a[edge], found.clash_b[edge]
    return pd.DataFrame(
        {
            "edge": edge,
            "left_kind": coded.kind_of(coded.left[edge]),
            "left_id": coded.id_of(coded.left[edge]),
            "right_kind": coded.kind_of(coded.right[edge]),
            "right_id": coded.id_of(coded.right[edge]),
            "tier": np.array(TIERS, dtype=object)[coded.tier[edge]],
            "reason": np.array(REASONS, dtype=object)[found.reason[edge]],
            "kind": coded.kind_of(a),
            "value_a": coded.id_of(a),
            "value_b": coded.id_of(b),
        }
    )


def _quarantined(coded: Coded, found: Partition) -> pd.DataFrame:
    node = np.flatnonzero(found.held)
    capped = found.held[node] == _CAPPED
    return pd.DataFrame(
        {
            "kind": coded.kind_of(node),
            "id": coded.id_of(node),
            "reason": np.array(REASONS, dtype=object)[found.held[node]],
            "neighbours": found.neighbours[node],
            "cap": pd.array(np.where(capped, found.cap[node], 0), dtype="Int64"),
        }
    )
