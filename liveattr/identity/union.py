"""Connected components of an undirected graph: each node gets the smallest node it can reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["smallest_reachable"]


def smallest_reachable(
    left: NDArray[np.integer], right: NDArray[np.integer], n_nodes: int
) -> NDArray[np.int64]:
    """Return for each node the smallest node of its connected component.

    Parameters
    ----------
    left, right : numpy.ndarray of int, shape (n_edges,)
        Ends of the edges, 0 to n_nodes - 1. Repeated edges, loops and either direction are fine.
    n_nodes
        Number of nodes.

    Returns
    -------
    numpy.ndarray of int64, shape (n_nodes,)
        A node without an edge is its own component. The result depends on the set of edges only,
        not on their order.

    Notes
    -----
    Time grows with nodes + edges (depth-first search of SciPy's compressed graph).

    Examples
    --------
    >>> smallest_reachable(np.array([3, 1]), np.array([1, 4]), 5).tolist()
    [0, 1, 2, 1, 1]
    """
    if n_nodes == 0:
        return np.empty(0, dtype=np.int64)
    ones = np.ones(len(left), dtype=np.int8)
    graph = coo_array((ones, (left, right)), shape=(n_nodes, n_nodes))
    n_components, label = connected_components(graph.tocsr(), directed=False)
    smallest = np.empty(n_components, dtype=np.int64)
    downwards = np.arange(n_nodes - 1, -1, -1)
    smallest[label[downwards]] = downwards  # of repeated labels the last one written stays
    return smallest[label]
