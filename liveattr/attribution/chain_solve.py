"""Solving a chain of a higher order without some of its states, many times over.

Journeys end after a few steps, so the equations converts = r + Q converts, taken as a recipe, settle
within some dozens of sweeps over the states, for all removals at once. Where journeys are very long (a bot
that goes round and round) they would take for ever: then each removal has its own sparse LU. Both solve
the same equations to the last digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array

from liveattr.attribution.chain import Chain, Removal

__all__ = ["solve_without"]

BLOCK = 16
"""Removals that are solved side by side."""

CLOSE = 1e-17
"""Sweeps end when no number moves by more than that, the largest on the right side being 1."""

MOST_SWEEPS = 600
"""After so many a chain is slow, and is factorised."""

Floats = NDArray[np.float64]


def solve_without(
    chain: Chain, groups: Sequence[NDArray[np.int64]], *, visits: bool
) -> Iterator[Removal]:
    """Solve a chain without each group of its states.

    Parameters
    ----------
    chain
        A counted chain.
    groups
        States that lead to nowhere, one array for each solution.
    visits
        Whether expected visits are asked for.
    """
    for begin in range(0, len(groups), BLOCK):
        block = groups[begin : begin + BLOCK]
        swept = _by_sweeps(chain, block, visits)
        yield from _by_factors(chain, block, visits) if swept is None else swept


def _matrix(chain: Chain) -> csr_array:
    n, leaving = chain.n_states, chain.leaving
    inner = chain.before < n
    before, to = chain.before[inner], chain.to[inner]
    return csr_array((chain.times[inner] / leaving[before], (before, to)), shape=(n, n))


def _by_sweeps(
    chain: Chain, groups: Sequence[NDArray[np.int64]], visits: bool
) -> list[Removal] | None:
    """Return the solutions, or None where they do not settle."""
    n, k = chain.n_states, len(groups)
    kept = np.ones((n, k))
    for at, gone in enumerate(groups):
        kept[gone, at] = 0.0
    _, buys, pays = chain.rates
    q = _matrix(chain)
    ahead = _settle(q, np.repeat(np.column_stack([buys, pays]), k, axis=1), np.tile(kept, 2))
    if ahead is None:
        return None
    passed: Floats | None = np.empty((0, k))
    if visits:
        passed = _settle(q.T.tocsr(), np.repeat(chain.starting[:, None], k, axis=1), kept)
    if passed is None:
        return None
    return [
        Removal(ahead[:, at].copy(), ahead[:, k + at].copy(), passed[:, at].copy())
        for at in range(k)
    ]


def _settle(q: csr_array, pushed: Floats, kept: Floats) -> Floats | None:
    from liveattr.attribution.chain_loops import relax

    scale = np.abs(pushed).max(axis=0, initial=0.0)
    scale[scale == 0] = 1.0
    found = np.zeros_like(pushed)
    begins, columns = q.indptr.astype(np.int32), q.indices.astype(np.int32)
    taken = relax(begins, columns, q.data, pushed / scale, kept, found, CLOSE, MOST_SWEEPS)
    return None if taken < 0 else found * scale


def _by_factors(
    chain: Chain, groups: Sequence[NDArray[np.int64]], visits: bool
) -> Iterator[Removal]:
    from scipy.sparse.linalg import splu

    n = chain.n_states
    _, buys, pays = chain.rates
    matrix = csc_array(eye_array(n, format="csc") - _matrix(chain))
    starting = chain.starting
    for gone in groups:
        kept = np.ones(n, bool)
        kept[gone] = False
        found = Removal(np.zeros(n), np.zeros(n), np.zeros(n if visits else 0))
        if kept.any():
            part = matrix if kept.all() else csc_array(matrix[kept][:, kept])
            factors = splu(part, permc_spec="MMD_ATA")
            found.converts[kept] = factors.solve(buys[kept])
            found.worth[kept] = factors.solve(pays[kept])
            if visits:
                found.visits[kept] = factors.solve(starting[kept], trans="T")
        yield found
