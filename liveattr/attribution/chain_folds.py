"""Journeys dealt out to folds, so that the order of rows does not matter."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liveattr.attribution.path_table import Paths
from liveattr.errors import TableError

__all__ = ["Journeys", "deal_out"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Journeys(NamedTuple):
    """What each fold got of each path.

    Attributes
    ----------
    paths
        The paths, in an order that does not depend on that of the table; each once, unless people
        are known.
    rows, folds : numpy.ndarray of int64
        Path and fold of each part.
    conversions, nulls : numpy.ndarray of float64
        How many journeys it is.
    person : numpy.ndarray of int64, or None
        Whose it is.
    """

    paths: Paths
    rows: Ints
    folds: Ints
    conversions: Floats
    nulls: Floats
    person: Ints | None


def deal_out(paths: Paths, folds: int, seed: int) -> Journeys:
    """Deal journeys out to folds: one by one, or a person with all of hers.

    Raises
    ------
    TableError
        If there are fewer than two of them.
    """
    paths = _taken(paths, np.flatnonzero(paths.conversions + paths.nulls > 0))
    random = np.random.default_rng(seed)
    n = float(paths.conversions.sum() + paths.nulls.sum())
    if paths.person is None:
        if n <= 1:
            raise TableError(f"{n:g} journeys: two or more are needed, to foretell one by another")
        return _journeys(_merged(paths), folds, random)
    if len(np.unique(paths.person)) < 2:
        raise TableError("one person: two or more are needed, to foretell one by another")
    paths = _by_person(paths)
    assert paths.person is not None
    places = random.permutation(int(paths.person[-1]) + 1) % folds
    return Journeys(
        paths=paths,
        rows=np.arange(len(paths)),
        folds=places[paths.person],
        conversions=paths.conversions,
        nulls=paths.nulls,
        person=paths.person,
    )


def _journeys(paths: Paths, folds: int, random: np.random.Generator) -> Journeys:
    """Deal the journeys of each row out one by one; the rest of a fraction is one more."""
    dealt: list[Floats] = []
    for counts in (paths.conversions, paths.nulls):
        whole = np.floor(counts)
        drawn = random.multinomial(whole.astype(np.int64), np.full(folds, 1 / folds))
        parts = drawn.astype(np.float64)
        last = random.integers(folds, size=len(paths))
        parts[np.arange(len(paths)), last] += counts - whole
        dealt.append(parts)
    rows, places = np.nonzero(dealt[0] + dealt[1])
    bought, lost = (parts[rows, places] for parts in dealt)
    return Journeys(paths, rows, places, bought, lost, None)


def _taken(paths: Paths, rows: Ints) -> Paths:
    """Return these rows, in this order."""
    lengths = paths.lengths[rows]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    shift = np.repeat(paths.starts[rows] - starts[:-1], lengths)
    return replace(
        paths,
        codes=paths.codes[np.arange(starts[-1]) + shift],
        starts=starts,
        conversions=paths.conversions[rows],
        value=paths.value[rows],
        nulls=paths.nulls[rows],
        age_s=None,
        person=None if paths.person is None else paths.person[rows],
    )


def _hashes(paths: Paths) -> NDArray[np.uint64]:
    from liveattr.attribution.order_loops import hash_paths

    out = np.empty(len(paths), np.uint64)
    hash_paths(paths.codes, paths.starts, out)
    return out


def _merged(paths: Paths) -> Paths:
    """Return each path once, sorted by its hash."""
    from liveattr.attribution.order_loops import new_paths

    order = np.lexsort((paths.nulls, paths.conversions, _hashes(paths)))
    new = np.ones(len(order), np.bool_)
    new_paths(paths.codes, paths.starts, order, new)
    firsts = np.flatnonzero(new)
    out = _taken(paths, order[firsts])
    return replace(
        out,
        conversions=np.add.reduceat(paths.conversions[order], firsts),
        nulls=np.add.reduceat(paths.nulls[order], firsts),
    )


def _by_person(paths: Paths) -> Paths:
    """Return the rows person by person; people in an order that depends on their journeys alone."""
    assert paths.person is not None
    keys = _hashes(paths)
    for counts in (paths.conversions, paths.nulls):
        keys = (keys ^ counts.view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(31)
    people, person = np.unique(paths.person, return_inverse=True)
    sums = np.zeros(len(people), np.uint64)
    np.add.at(sums, person, keys)
    places = np.empty(len(people), np.int64)
    places[np.argsort(sums, kind="stable")] = np.arange(len(people))
    order = np.lexsort((keys, places[person]))
    return replace(_taken(paths, order), person=places[person][order])
