"""Sets of channels (coalitions): which journeys met exactly these, and how a set's worth is divided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from liveattr.attribution.path_table import Paths
from liveattr.errors import ParameterError

__all__ = ["MOST_IN_A_GAME", "Coalitions", "find_coalitions", "with_worth"]

MOST_IN_A_GAME = 20
"""Channels of a set whose subsets are all asked for: 2^20 is a million calls."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Coalitions:
    """Sets of channels in lexical order, and what each one is worth.

    Attributes
    ----------
    members, cuts
        Channels of each set, set after set, and where each begins.
    worth : numpy.ndarray of float64, shape (n_sets,)
        The set function v.
    amounts : numpy.ndarray of float64, shape (n_sets, 2)
        Conversions and value of the journeys that met exactly this set: what is divided.
    journeys : numpy.ndarray of float64, shape (n_sets,)
        How many journeys met exactly this set.
    set_of_row : numpy.ndarray of int64, shape (n_paths,)
        Set of each path, -1 where it has nothing to divide.
    n_channels
        Channels of the path table.
    """

    members: NDArray[np.int32]
    cuts: NDArray[np.int64]
    worth: Floats
    amounts: Floats
    journeys: Floats
    set_of_row: NDArray[np.int64]
    n_channels: int

    def __len__(self) -> int:
        return len(self.cuts) - 1

    @property
    def tree(self) -> tuple[NDArray[np.int32], Ints, Ints, Ints]:
        """Nodes of the tree of sets (channel, next branch, set), and a -1 for each channel."""
        from liveattr.attribution.coalition_loops import plant

        codes = np.empty(len(self.members), np.int32)
        ends, sets = np.empty((2, len(self.members)), np.int64)
        n = plant(self.members, self.cuts, codes, ends, sets)
        return codes[:n], ends[:n], sets[:n], np.full(self.n_channels, -1, np.int64)

    def shares(self) -> Floats:
        """Return each member's part of its set: Shapley value over worth, 0 with nothing to divide.

        Where a set's worth is 0, its members share equally.
        """
        from liveattr.attribution.coalition_loops import divide

        out = np.zeros(len(self.members))
        wanted = (self.amounts != 0).any(axis=1)
        divide(self.members, self.cuts, self.worth, wanted, *self.tree, out)
        return out


def channel_keys(n_channels: int) -> NDArray[np.uint64]:
    """Return a well-mixed number for each channel, always the same (splitmix64)."""
    mixed = np.arange(1, n_channels + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def find_coalitions(paths: Paths) -> Coalitions:
    """Find the sets of channels that have conversions or value; worth is the conversion rate.

    Returns
    -------
    Coalitions
        `worth` is conversions over journeys of exactly this set. Sets without conversions and
        value are left out: they have nothing to divide, and a rate of 0 adds nothing to others.
    """
    set_of_row, rows = _number(paths)
    weights = (paths.conversions, paths.value, paths.nulls)
    sums = [np.bincount(set_of_row, weights=each, minlength=len(rows)) for each in weights]
    has_value = np.bincount(set_of_row, weights=paths.value != 0, minlength=len(rows)) > 0
    live = np.flatnonzero((sums[0] > 0) | has_value)
    members, cuts = _members(paths, rows[live])
    order = _lexical(members, cuts)
    members, cuts = _taken(members, cuts, order)
    live = live[order]
    place = np.full(len(rows), -1, np.int64)
    place[live] = np.arange(len(live))
    conversions, value, nulls = (each[live].astype(np.float64) for each in sums)
    journeys = conversions + nulls
    return Coalitions(
        members=members,
        cuts=cuts,
        worth=conversions / journeys,
        amounts=np.column_stack([conversions, value]),
        journeys=journeys,
        set_of_row=place[set_of_row],
        n_channels=len(paths.channels),
    )


def _number(paths: Paths) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give the sets of paths numbers; return that of each path, and a row with each set."""
    from liveattr.attribution.coalition_loops import number_sets

    keys, out = channel_keys(len(paths.channels)), np.empty(len(paths), np.int32)
    size = 1 << 13
    while True:
        slots, found = np.zeros(size, np.int64), np.empty(size // 2, np.int64)
        n = number_sets(paths.codes, paths.starts, keys, slots, found, out)
        if n >= 0:
            return out, found[:n].copy()
        size *= 8


def _members(paths: Paths, rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the distinct channels of some rows, in order of code."""
    lengths = paths.lengths[rows]
    ends = np.cumsum(lengths)
    at = np.arange(int(lengths.sum())) + np.repeat(paths.starts[rows] - (ends - lengths), lengths)
    base = max(len(paths.channels), 1)
    pairs = np.unique(np.repeat(np.arange(len(rows)), lengths) * base + paths.codes[at])
    cuts = np.searchsorted(pairs, np.arange(len(rows) + 1) * base)
    return (pairs % base).astype(np.int32), cuts.astype(np.int64)


def _lexical(members: NDArray[np.int32], cuts: Ints) -> Ints:
    """Return the order in which sets with the same first channels stand side by side."""
    text = members.astype(">i4").tobytes()
    keys = [text[4 * a : 4 * b] for a, b in pairwise(cuts.tolist())]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)


def _taken(
    members: NDArray[np.int32], cuts: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Put sets into another order."""
    sizes = np.diff(cuts)[order]
    ends = np.cumsum(sizes)
    at = np.arange(len(members)) + np.repeat(cuts[order] - (ends - sizes), sizes)
    return members[at], np.concatenate([np.zeros(1, np.int64), ends])


def with_worth(
    found: Coalitions, paths: Paths, worth_of: Callable[[tuple[str, ...]], float]
) -> Coalitions:
    """Give sets another worth, and list all their subsets with it, each asked for once.

    Raises
    ------
    ParameterError
        If a set has too many channels, its worth is no number, or it is 0 where there is something
        to divide.
    """
    names = paths.channels
    _check_sizes(found)
    rank = np.argsort(np.argsort(np.array(names, dtype=object))).tolist()
    own = [
        tuple(sorted(found.members[a:b].tolist(), key=rank.__getitem__))
        for a, b in pairwise(found.cuts.tolist())
    ]
    sets = sorted(_with_subsets(own), key=lambda each: [rank[code] for code in each])
    place = {each: at for at, each in enumerate(sets)}
    moved = np.array([place[each] for each in own], np.int64)
    worth = np.array([_number_of(worth_of, tuple(names[code] for code in each)) for each in sets])
    for at in moved[worth[moved] == 0][:1]:
        raise ParameterError(
            f"value_function: {tuple(names[code] for code in sets[at])} is worth 0 but has "
            f"conversions or value, which its channels cannot share in proportion to 0"
        )
    amounts, journeys = np.zeros((len(sets), 2)), np.zeros(len(sets))
    amounts[moved], journeys[moved] = found.amounts, found.journeys
    return Coalitions(
        members=np.array([code for each in sets for code in each], np.int32),
        cuts=np.cumsum([0, *map(len, sets)], dtype=np.int64),
        worth=worth,
        amounts=amounts,
        journeys=journeys,
        set_of_row=np.append(moved, -1)[found.set_of_row],
        n_channels=found.n_channels,
    )


def _check_sizes(found: Coalitions) -> None:
    sizes = np.diff(found.cuts)
    if len(sizes) and sizes.max() > MOST_IN_A_GAME:
        row, size = int(np.argmax(found.set_of_row == np.argmax(sizes))), int(sizes.max())
        raise ParameterError(
            f"value_function: paths, row {row} has {size} channels, which is 2^{size} sets to ask "
            f"for; at most {MOST_IN_A_GAME}: group channels, or take 'exact_set' or 'simplified'"
        )


def _with_subsets(sets: Sequence[tuple[int, ...]]) -> set[tuple[int, ...]]:
    """Return sets and all that lie in them but the empty one."""
    listed: set[tuple[int, ...]] = set()
    for each in sorted(sets, key=len, reverse=True):
        if each not in listed:
            for size in range(1, len(each) + 1):
                listed.update(combinations(each, size))
    return listed


def _number_of(worth_of: Callable[[tuple[str, ...]], float], names: tuple[str, ...]) -> float:
    try:
        worth = float(worth_of(names))
    except (TypeError, ValueError) as error:
        raise ParameterError(f"value_function: {names} gives no number ({error})") from error
    if not np.isfinite(worth):
        raise ParameterError(f"value_function: {names} gives {worth}; a worth is a finite number")
    return worth
