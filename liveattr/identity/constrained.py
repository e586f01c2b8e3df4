"""Union of edges in a given order, except where it would join what must stay apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = ["EXCLUSIVE_CLASH", "NOT_SAME", "Walk", "constrained_union"]

EXCLUSIVE_CLASH, NOT_SAME = 1, 2
"""Why an edge was refused; 0: it was not."""


class Walk(NamedTuple):
    """What became of nodes and edges.

    Attributes
    ----------
    label : numpy.ndarray of int64, shape (n_nodes,)
        Smallest node of the node's cluster.
    reason : numpy.ndarray of int8, shape (n_edges,)
        0, EXCLUSIVE_CLASH or NOT_SAME.
    clash_a, clash_b : numpy.ndarray of int64, shape (n_edges,)
        The two nodes that clash, of the side of `left` and of `right`; -1 where none do.
    """

    label: NDArray[np.int64]
    reason: NDArray[np.int8]
    clash_a: NDArray[np.int64]
    clash_b: NDArray[np.int64]


def constrained_union(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    space: NDArray[np.int32],
    apart: NDArray[np.int64],
) -> Walk:
    """Join the ends of edges one by one, in their order.

    Parameters
    ----------
    left, right : numpy.ndarray of int64, shape (n_edges,)
        Ends of the edges, strongest edge first.
    space : numpy.ndarray of int32, shape (n_nodes,)
        Name space of a node of which a cluster may hold one node only; -1: any number.
    apart : numpy.ndarray of int64, shape (n_pairs, 2)
        Nodes that must not be in one cluster.

    Returns
    -------
    Walk

    Notes
    -----
    Greedy: an edge is refused when, after all stronger ones, it would put two nodes of one space or an
    `apart` pair into a cluster. Every root keeps a list of its exclusive nodes (at most one a space)
    and of its nodes with a partner to stay apart from; the shorter one is looked through. Time grows
    with edges times the number of spaces.

    Examples
    --------
    >>> import numpy as np
    >>> space = np.array([0, -1, 0], dtype=np.int32)
    >>> walk = constrained_union(np.array([0, 2]), np.array([1, 1]), space, np.empty((0, 2), np.int64))
    >>> walk.label.tolist(), walk.reason.tolist(), walk.clash_a.tolist(), walk.clash_b.tolist()
    ([0, 0, 2], [0, 1], [-1, 2], [-1, 0])
    """
    both = np.concatenate([apart, apart[:, ::-1]]).astype(np.int64)
    both = both[np.argsort(both[:, 0], kind="stable")]
    start = np.searchsorted(both[:, 0], np.arange(len(space) + 1)).astype(np.int64)
    return Walk(
        *_walk(
            left.astype(np.int64),
            right.astype(np.int64),
            space.astype(np.int32),
            start,
            np.ascontiguousarray(both[:, 1]),
        )
    )


@compiled
def _find(parent, node):  # type: ignore[no-untyped-def]
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@compiled
def _clash_of_spaces(a, b, head, following, space):  # type: ignore[no-untyped-def]
    x = head[a]
    while x >= 0:
        y = head[b]
        while y >= 0:
            if space[x] == space[y]:
                return x, y
            y = following[y]
        x = following[x]
    return -1, -1


@compiled
def _clash_of_pairs(a, b, head, following, start, partner, parent):  # type: ignore[no-untyped-def]
    x = head[a]
    while x >= 0:
        for k in range(start[x], start[x + 1]):
            if _find(parent, partner[k]) == b:
                return x, partner[k]
        x = following[x]
    return -1, -1


@compiled
def _append(keep, gone, head, tail, following):  # type: ignore[no-untyped-def]
    if head[gone] >= 0:
        if head[keep] >= 0:
            following[tail[keep]] = head[gone]
        else:
            head[keep] = head[gone]
        tail[keep] = tail[gone]


@compiled
def _walk(left, right, space, start, partner):  # type: ignore[no-untyped-def]
    n, m = len(space), len(left)
    parent = np.arange(n)
    one_head, one_tail = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    two_head, two_tail = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    one_next, two_next = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    size = np.zeros(n, np.int64)
    for node in range(n):
        if space[node] >= 0:
            one_head[node] = one_tail[node] = node
        if start[node + 1] > start[node]:
            two_head[node] = two_tail[node] = node
            size[node] = 1
    reason = np.zeros(m, np.int8)
    clash_a, clash_b = np.full(m, -1, np.int64), np.full(m, -1, np.int64)
    for e in range(m):
        a, b = _find(parent, left[e]), _find(parent, right[e])
        if a == b:
            continue
        x, y = _clash_of_spaces(a, b, one_head, one_next, space)
        why = 1
        if x < 0:
            why = 2
            if size[a] <= size[b]:
                x, y = _clash_of_pairs(a, b, two_head, two_next, start, partner, parent)
            else:
                y, x = _clash_of_pairs(b, a, two_head, two_next, start, partner, parent)
        if x >= 0:
            reason[e], clash_a[e], clash_b[e] = why, x, y
            continue
        keep, gone = min(a, b), max(a, b)
        parent[gone] = keep
        _append(keep, gone, one_head, one_tail, one_next)
        _append(keep, gone, two_head, two_tail, two_next)
        size[keep] += size[gone]
    for node in range(n):
        parent[node] = _find(parent, node)
    return parent, reason, clash_a, clash_b
