"""Person ids that stay: who keeps the id when people merge or split."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = ["Inherited", "inherit_ids"]


class Inherited(NamedTuple):
    """Numbers of people, and what became of the ones before.

    Attributes
    ----------
    person : numpy.ndarray of int64, shape (n_nodes,)
        The person of each identifier.
    merged : numpy.ndarray of int64, shape (n, 2)
        A person that is no more, and the survivor.
    split : numpy.ndarray of int64, shape (n, 2)
        A new person, and the one that it was a part of.
    next_number
        First number that nobody has had.
    """

    person: NDArray[np.int64]
    merged: NDArray[np.int64]
    split: NDArray[np.int64]
    next_number: int


def inherit_ids(
    label: NDArray[np.int64],
    before: NDArray[np.int64],
    strength: NDArray[np.int64],
    turn: NDArray[np.int64],
    next_number: int = 1,
) -> Inherited:
    """Give each group of identifiers the number of the person that it continues, else a new one.

    Parameters
    ----------
    label : numpy.ndarray of int64, shape (n_nodes,)
        Group of each identifier.
    before : numpy.ndarray of int64, shape (n_nodes,)
        Number of the person that the identifier belonged to; -1: it is new.
    strength : numpy.ndarray of int64, shape (n_nodes,)
        What the identifier weighs (an account more than a browser).
    turn : numpy.ndarray of int64, shape (n_nodes,)
        Place of the identifier in an order of its own; new people are numbered in that order.
    next_number
        First number that nobody has had.

    Returns
    -------
    Inherited

    Notes
    -----
    Pairs of group and old person are taken by the weight that they have in common (ties: the older
    person, then the group whose first identifier comes first); each group takes one number and each number goes to one
    group. So a group whose identifiers were not touched keeps its number, whatever happens elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> done = inherit_ids(np.array([0, 0, 0, 3]), np.array([7, 7, 8, 8]), np.array([4, 4, 1, 4]),
    ...                    np.arange(4), next_number=9)
    >>> done.person.tolist(), done.merged.tolist(), done.split.tolist()
    ([7, 7, 7, 8], [], [])
    """
    groups, place = np.unique(label, return_inverse=True)
    first = np.full(len(groups), np.iinfo(np.int64).max)
    np.minimum.at(first, place, turn)
    known = np.flatnonzero(before >= 0)
    most = int(before.max(initial=-1)) + 1
    pair, at = np.unique(place[known] * max(most, 1) + before[known], return_inverse=True)
    share = np.bincount(at, weights=strength[known], minlength=len(pair))
    group, old = pair // max(most, 1), pair % max(most, 1)
    order = np.lexsort((first[group], old, -share))
    group, old = group[order], old[order]
    number, taken = _take(group, old, len(groups), most)
    fresh = np.flatnonzero(number < 0)
    fresh = fresh[np.argsort(first[fresh], kind="stable")]
    number[fresh] = next_number + np.arange(len(fresh))
    gone_old, gone_at = np.unique(old, return_index=True)
    lost = ~taken[gone_old]
    merged = np.column_stack([gone_old[lost], number[group[gone_at[lost]]]])
    has, has_at = np.unique(group, return_index=True)
    new = np.isin(has, fresh)
    split = np.column_stack([number[has[new]], old[has_at[new]]])
    return Inherited(number[place], merged, split, next_number + len(fresh))


@compiled
def _take(group, old, n_groups, n_old):  # type: ignore[no-untyped-def]
    """Let each group, in order, take the number of an old person that is free."""
    number, taken = np.full(n_groups, -1, np.int64), np.zeros(n_old, np.bool_)
    for k in range(len(group)):
        if number[group[k]] < 0 and not taken[old[k]]:
            number[group[k]] = old[k]
            taken[old[k]] = True
    return number, taken
