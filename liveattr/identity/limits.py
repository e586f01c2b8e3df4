"""How many others an identifier may be seen with before it says nothing about anybody."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from liveattr.identity.tiers import CEILING, CEILINGS

__all__ = ["distinct_neighbours", "learn_caps"]

LEAST = 3
"""No learned cap is lower: three neighbours are normal for anything."""

QUANTILE = 0.99


def distinct_neighbours(
    left: NDArray[np.int64], right: NDArray[np.int64], n_nodes: int
) -> NDArray[np.int64]:
    """Count for each node the other nodes that it has an edge with.

    Examples
    --------
    >>> distinct_neighbours(np.array([0, 1, 0]), np.array([1, 0, 2]), 3).tolist()
    [2, 1, 1]
    """
    low, high = np.minimum(left, right), np.maximum(left, right)
    pair = np.unique((low * n_nodes + high)[low != high])
    ends = np.concatenate([pair // max(n_nodes, 1), pair % max(n_nodes, 1)])
    return np.bincount(ends, minlength=n_nodes)


def learn_caps(
    kind: NDArray[np.integer],
    kinds: tuple[str, ...],
    neighbours: NDArray[np.int64],
    exclusive: Mapping[str, bool],
    caps: Mapping[str, int] | None = None,
) -> NDArray[np.int64]:
    """Return for each kind how many distinct neighbours one identifier may have.

    Parameters
    ----------
    kind : numpy.ndarray of int, shape (n_nodes,)
        Place in `kinds`.
    neighbours : numpy.ndarray of int64, shape (n_nodes,)
        From `distinct_neighbours`.
    exclusive
        Kind → whether it is exclusive; those have no cap: an account may have many browsers.
    caps
        Kind → cap that is given.

    Returns
    -------
    numpy.ndarray of int64, shape (n_kinds,)
        A given cap; else twice the 99th percentile of the kind's neighbours, at least 3, and at most
        `tiers.CEILINGS`.

    Notes
    -----
    The percentile does not move when a handful of identifiers has thousands of neighbours, which is
    what caps are for. Where more than one identifier in a hundred is bad, the ceiling still holds.
    """
    most = np.iinfo(np.int64).max
    found = np.full(len(kinds), most)
    for code, name in enumerate(kinds):
        if caps is not None and name in caps:
            found[code] = caps[name]
        elif not exclusive.get(name, False):
            mine = neighbours[(kind == code) & (neighbours > 0)]
            usual = 2 * int(np.ceil(np.quantile(mine, QUANTILE))) if len(mine) else 0
            found[code] = min(CEILINGS.get(name, CEILING), max(LEAST, usual))
    return found
