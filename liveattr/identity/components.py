"""Connected components of an undirected graph that arrives in pieces.

Each node's label is the smallest node that it can reach. The labels are all that is kept: four
bytes a node below 2³¹ nodes, so the edges need never be in memory together.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liveattr.errors import LakeError, ParameterError

__all__ = ["Components", "smallest_reachable"]

_SMALL = np.iinfo(np.int32).max
"""Up to so many nodes a label takes four bytes."""

_SPARE = 8
"""One eighth more than asked for is made when nodes are added, so that small steps stay cheap."""


class Components:
    """Components of the edges added so far; adding one per cent more costs one per cent more.

    Parameters
    ----------
    n_nodes
        Nodes to begin with; an edge with a higher end makes more of them.

    Notes
    -----
    Union-find with path halving, the smaller root stays: near linear in edges, and the labels
    depend on the set of edges only, not on their order, direction, repeats or how they are cut
    into chunks. So adding edges to a stored labelling gives what a rebuild gives. Edges cannot be
    taken away: build anew from those that stay.

    Source: Tarjan and van Leeuwen, Worst-case analysis of set union algorithms, J. ACM 31 (1984).

    Examples
    --------
    >>> people = Components(5)
    >>> people.add(np.array([3]), np.array([1]))
    1
    >>> people.add(np.array([1, 4]), np.array([4, 3]))
    1
    >>> people.labels().tolist(), people.n_components
    ([0, 1, 2, 1, 1], 3)
    """

    def __init__(self, n_nodes: int = 0) -> None:
        if n_nodes < 0:
            raise ParameterError(f"n_nodes: {n_nodes} is below 0")
        self._parent: NDArray[np.integer] = np.arange(n_nodes, dtype=_dtype(n_nodes))
        self._n_nodes = n_nodes
        self._n_unions = 0

    @property
    def n_nodes(self) -> int:
        """Number of nodes, those without an edge included."""
        return self._n_nodes

    @property
    def n_components(self) -> int:
        """Number of components; a node without an edge is one."""
        return self._n_nodes - self._n_unions

    def add(self, left: NDArray[np.integer], right: NDArray[np.integer]) -> int:
        """Add a chunk of edges.

        Parameters
        ----------
        left, right : numpy.ndarray of int, shape (n_edges,)
            Ends of the edges. An end of -1 is no node (`Codes.encode` gives it to a null): the
            edge ties nothing, its other end is known.

        Returns
        -------
        int
            By how many the components became fewer. 0 means that all labels stay as they were
            (except those of new nodes).

        Raises
        ------
        ParameterError
            If the ends differ in number, are no whole numbers, or one is below -1.
        """
        from liveattr.identity.kernels import unite

        left, right = np.asarray(left), np.asarray(right)
        _check(left, right)
        if len(left) == 0:
            return 0
        self.grow(max(int(left.max()), int(right.max())) + 1)
        kind = self._parent.dtype
        parent = self._parent[: self._n_nodes]
        n_unions = int(unite(parent, left.astype(kind, copy=False), right.astype(kind, copy=False)))
        self._n_unions += n_unions
        return n_unions

    def grow(self, n_nodes: int) -> None:
        """Have at least so many nodes; the new ones have no edge yet."""
        if n_nodes <= self._n_nodes:
            return
        if n_nodes > len(self._parent):
            room = n_nodes + n_nodes // _SPARE
            larger: NDArray[np.integer] = np.arange(room, dtype=_dtype(room))
            larger[: self._n_nodes] = self._parent[: self._n_nodes]
            self._parent = larger
        self._n_nodes = n_nodes

    def labels(self) -> NDArray[np.integer]:
        """Return for each node the smallest node of its component (int32, or int64 above 2³¹).

        The array is the reader's own; later edges do not change it.
        """
        return self._flat().copy()

    def copy(self) -> Components:
        """Return an independent copy."""
        other = Components()
        other._parent = self._parent[: self._n_nodes].copy()
        other._n_nodes, other._n_unions = self._n_nodes, self._n_unions
        return other

    def save(self, path: str | Path) -> None:
        """Write the labels as one .npy file; the same components give the same bytes."""
        path = Path(path)
        beside = path.with_name(f".{path.name}.part")
        with beside.open("wb") as file:
            np.save(file, self._flat(), allow_pickle=False)
        beside.replace(path)

    @classmethod
    def load(cls, path: str | Path) -> Components:
        """Read what `save` wrote.

        Raises
        ------
        LakeError
            If the file is not a labelling: no such file, not whole numbers, not smallest nodes.
        """
        from liveattr.identity.kernels import count_roots

        try:
            label = np.load(path, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise LakeError(f"{path}: cannot be read as labels of components: {error}") from error
        whole = label.ndim == 1 and label.dtype.kind == "i"
        label = label.astype(_dtype(label.size), copy=False)
        n_roots = int(count_roots(label)) if whole else -1
        if n_roots < 0:
            raise LakeError(f"{path}: is not a labelling of components; remove it and build anew")
        found = cls()
        found._parent = label
        found._n_nodes = len(label)
        found._n_unions = len(label) - n_roots
        return found

    def _flat(self) -> NDArray[np.integer]:
        from liveattr.identity.kernels import flatten

        parent = self._parent[: self._n_nodes]
        flatten(parent)
        return parent


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

    Raises
    ------
    ParameterError
        If an end is not a node.

    Examples
    --------
    >>> smallest_reachable(np.array([3, 1]), np.array([1, 4]), 5).tolist()
    [0, 1, 2, 1, 1]
    """
    components = Components(n_nodes)
    components.add(left, right)
    if components.n_nodes > n_nodes:
        raise ParameterError(f"an edge ends at node {components.n_nodes - 1}; n_nodes is {n_nodes}")
    return components._flat().astype(np.int64)


def _dtype(n_nodes: int) -> type[np.int32] | type[np.int64]:
    return np.int32 if n_nodes <= _SMALL else np.int64


def _check(left: NDArray[np.integer], right: NDArray[np.integer]) -> None:
    if left.shape != right.shape or left.ndim != 1:
        raise ParameterError(f"left has shape {left.shape}, right {right.shape}; expected one list")
    for name, end in (("left", left), ("right", right)):
        if len(end) and end.dtype.kind not in "iu":
            raise ParameterError(f"{name}: is {end.dtype}; nodes are whole numbers")
        if len(end) and int(end.min()) < -1:
            raise ParameterError(f"{name}: {int(end.min())} is no node; the smallest is 0")
