"""Identifiers that pass from one owner to the next: in time they are cut into episodes.

A device that was sold, a phone number that the carrier gave out again, a browser on a desk: whoever uses
it now is not who used it then. Each episode is a node of its own, so that nothing joins the owners.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = ["Episodes", "cut_episodes"]


class Episodes(NamedTuple):
    """Edges with their ends moved to the episode of their moment.

    Attributes
    ----------
    left, right : numpy.ndarray of int64, shape (n_edges,)
        Nodes; those from `n_nodes` on are earlier episodes, the node itself is the last one.
    n_nodes
        Nodes, earlier episodes among them.
    shared : numpy.ndarray of bool
        Identifiers, of those that were there before, whose owners came by turns (A, B, A).
    since : numpy.ndarray of int64
        Begin of the last episode; the smallest int64 where there was one only.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    n_nodes: int
    shared: NDArray[np.bool_]
    since: NDArray[np.int64]


def cut_episodes(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    tier: NDArray[np.int8],
    time: NDArray[np.int64],
    *,
    owned: NDArray[np.bool_],
    space: NDArray[np.int32],
) -> Episodes:
    """Cut identifiers into episodes, each with one owner in every name space.

    Parameters
    ----------
    left, right, tier, time : numpy.ndarray, shape (n_edges,)
        Ends, tier (0 A, 1 A-, 2 B) and moment of each edge, in any order.
    owned : numpy.ndarray of bool, shape (n_nodes,)
        Which nodes pass from owner to owner.
    space : numpy.ndarray of int32, shape (n_nodes,)
        Name space of nodes that can be an owner; -1: none.

    Returns
    -------
    Episodes

    Notes
    -----
    Owners are read from the edges to exclusive nodes: those of tier A and A-, and where an identifier
    has none, those of tier B. In the order of time a new episode begins with the first edge to another
    node of a space that the episode has a node of already. An edge belongs to the episode of its
    moment; the first episode reaches back without end. An owner who comes back makes the identifier
    `shared`: nobody can tell whose a moment in between is. (One who stays while the owner in another
    space changes has not come back.)

    Assumes that clocks are right to within the time between two owners.
    """
    n, m = len(owned), len(left)
    ends, others = np.concatenate([left, right]), np.concatenate([right, left])
    edge = np.concatenate([np.arange(m), np.arange(m)])
    mine = np.flatnonzero(owned[ends])
    mine = mine[np.lexsort((others[mine], time[edge[mine]], ends[mine]))]
    strong = np.zeros(n, dtype=np.bool_)
    says = space[others[mine]] >= 0
    strong[ends[mine][says & (tier[edge[mine]] <= 1)]] = True
    says &= (tier[edge[mine]] <= 1) | ~strong[ends[mine]]
    node = ends[mine]
    number, count, shared, since = _cut(node, others[mine], time[edge[mine]], says, space, n)
    first = n + np.concatenate([[0], np.cumsum(np.maximum(count - 1, 0))])
    last = number == count[node] - 1
    place = np.where(last, node, first[node] + number)
    moved = np.concatenate([left, right])
    moved[mine] = place
    return Episodes(moved[:m], moved[m:], int(first[-1]), shared, since)


@compiled
def _cut(node, other, time, says, space, n):  # type: ignore[no-untyped-def]
    """Give each row the number of its episode; the rows are sorted by node and time."""
    rows = len(node)
    number = np.zeros(rows, np.int64)
    count = np.ones(n, np.int64)
    shared = np.zeros(n, np.bool_)
    since = np.full(n, np.iinfo(np.int64).min, np.int64)
    past, known, opened = np.empty(rows, np.int64), 0, 0  # owners; `opened`: first of this episode
    for row in range(rows):
        here = node[row]
        if row == 0 or here != node[row - 1]:
            known = opened = 0
        if says[row]:
            owner, returns, clashes = other[row], False, False
            current, before = False, False
            for k in range(known):
                if past[k] == owner:
                    current, before, returns = k >= opened, True, False
                elif space[past[k]] == space[owner]:
                    clashes |= k >= opened
                    returns |= before
            if not current:
                shared[here] |= returns
                if clashes:
                    count[here] += 1
                    opened, since[here] = known, time[row]
                past[known] = owner
                known += 1
        number[row] = count[here] - 1
    return number, count, shared, since
