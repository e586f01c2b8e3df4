"""Frames of edges ↔ whole numbers: identifiers are coded in the order of kind and id."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import TableError, did_you_mean
from liveattr.identity.tiers import TIERS

__all__ = ["Coded", "code_edges"]

_NEEDED = ("left_kind", "left_id", "right_kind", "right_id", "tier", "weight", "observed_at")

_NO_TIME = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Coded:
    """Edges between identifiers as whole numbers.

    Attributes
    ----------
    kinds
        Kinds, sorted.
    kind : numpy.ndarray of int64, shape (n_nodes,)
        Place of each identifier's kind in `kinds`.
    id : numpy.ndarray of object, shape (n_nodes,)
        Its id; identifiers are sorted by kind and id.
    space : numpy.ndarray of int32, shape (n_nodes,)
        Name space of which a person has one identifier at most; -1: none.
    left, right : numpy.ndarray of int64, shape (n_edges,)
    tier : numpy.ndarray of int8, shape (n_edges,)
        Place in `TIERS`.
    weight : numpy.ndarray of float64, shape (n_edges,)
    time : numpy.ndarray of int64, shape (n_edges,)
        [µs since 1970] The smallest int64 where it is not known.
    """

    kinds: tuple[str, ...]
    kind: NDArray[np.int64]
    id: NDArray[np.object_]
    space: NDArray[np.int32]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    tier: NDArray[np.int8]
    weight: NDArray[np.float64]
    time: NDArray[np.int64]

    def is_kind(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """Say of each identifier whether its kind is one of these."""
        wanted = np.array([name in names for name in self.kinds], dtype=np.bool_)
        return wanted[self.kind] if len(self.kinds) else np.zeros(0, dtype=np.bool_)

    def kind_of(self, nodes: NDArray[np.int64]) -> NDArray[np.object_]:
        """Return the kinds of nodes as text; -1 gives None."""
        return np.array([*self.kinds, None], dtype=object)[
            np.where(nodes >= 0, self.kind[nodes], len(self.kinds))
        ]

    def id_of(self, nodes: NDArray[np.int64]) -> NDArray[np.object_]:
        """Return the ids of nodes; -1 gives None."""
        found = self.id[nodes].copy()
        found[nodes < 0] = None
        return found

    def matching(self, patterns: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
        """Say of each identifier whether it is one of the values, or matches a pattern, of its kind."""
        found = np.zeros(len(self.id), dtype=np.bool_)
        for name, values in patterns.items():
            if name in self.kinds and len(values):
                mine = np.flatnonzero(self.kind == self.kinds.index(name))
                whole = "|".join(f"(?:{value})" for value in values)
                matches = re.compile(whole, re.IGNORECASE).fullmatch
                found[mine] = [matches(text) is not None for text in self.id[mine]]
        return found


def code_edges(edges: pd.DataFrame, exclusive: Sequence[str]) -> Coded:
    """Code a frame of edges.

    Parameters
    ----------
    edges
        See `resolve_identities`; an identifier without an edge has nulls on its right side.
    exclusive
        Kinds that are exclusive in each name space (`left_space`, `right_space`; by default the kind).

    Raises
    ------
    TableError
        If a column is missing, a tier is unknown, or a kind or id is null.
    """
    _check(edges)
    m = len(edges)
    kind = np.concatenate([edges.left_kind.to_numpy(object), edges.right_kind.to_numpy(object)])
    text = np.concatenate([edges.left_id.to_numpy(object), edges.right_id.to_numpy(object)])
    kind_code, kinds = pd.factorize(kind, sort=True)
    id_code, ids = pd.factorize(text, sort=True)
    key = np.where(kind_code >= 0, kind_code * max(len(ids), 1) + id_code, -1)
    nodes, place = np.unique(key, return_inverse=True)
    if len(nodes) and nodes[0] < 0:
        nodes, place = nodes[1:], place - 1
    node_kind, node_id = nodes // max(len(ids), 1), nodes % max(len(ids), 1)
    left, right = place[:m], np.where(place[m:] < 0, place[:m], place[m:])
    return Coded(
        tuple(kinds),
        node_kind,
        np.asarray(ids, dtype=object)[node_id],
        _spaces(edges, kind, place, len(nodes), exclusive),
        left,
        right,
        pd.Categorical(edges.tier, categories=TIERS).codes.astype(np.int8),
        edges.weight.to_numpy(np.float64),
        _micros(edges.observed_at),
    )


def _check(edges: pd.DataFrame) -> None:
    for name in _NEEDED:
        if name not in edges.columns:
            raise TableError(f"edges: column {name!r} is missing; expected {', '.join(_NEEDED)}")
    unknown = sorted({str(t) for t in edges.tier.unique()} - set(TIERS))
    if unknown:
        raise TableError(
            f"edges, column 'tier': {unknown[0]!r} is no tier; {did_you_mean(unknown[0], TIERS)}"
        )
    half = edges.right_kind.isna() != edges.right_id.isna()
    bad = edges.left_kind.isna() | edges.left_id.isna() | half
    if bad.any():
        row = int(np.flatnonzero(bad.to_numpy())[0])
        raise TableError(
            f"edges, row {row}: a kind or an id is null; an identifier without an edge has its kind "
            "and id on the left, and both null on the right"
        )


def _micros(moments: pd.Series) -> NDArray[np.int64]:
    """Return µs since 1970; unknown moments come first."""
    found = pd.to_datetime(moments, utc=True)
    whole = found.astype("datetime64[us, UTC]").astype(np.int64).to_numpy()
    return np.where(found.isna(), _NO_TIME, whole)


def _spaces(
    edges: pd.DataFrame,
    kind: NDArray[np.object_],
    place: NDArray[np.int64],
    n_nodes: int,
    exclusive: Sequence[str],
) -> NDArray[np.int32]:
    """Return the name space of each node: what an edge says of it, else its kind."""
    said = [
        edges[f"{side}_space"].to_numpy(object) if f"{side}_space" in edges.columns else None
        for side in ("left", "right")
    ]
    m = len(edges)
    names = np.concatenate([kind[:m] if said[0] is None else said[0],
                            kind[m:] if said[1] is None else said[1]])  # fmt: skip
    fits = np.isin(kind.astype(str), list(exclusive)) & (place >= 0)
    fits &= pd.notna(names) & (names != "")
    names = names.astype(object)
    names[~fits] = None
    code, _ = pd.factorize(names, sort=True)
    space = np.full(n_nodes, -1, dtype=np.int32)
    np.maximum.at(space, place[fits], code[fits].astype(np.int32))
    return space
