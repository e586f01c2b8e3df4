"""Who of all that compete: pairs that are the best of both sides, and their odds against the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["contest", "learn_prior"]

_MOST = 400.0  # log2 odds beyond which nothing changes


def contest(pairs: pd.DataFrame, prior: float) -> pd.DataFrame:
    """Return the pairs that are the best of their uid and of their visitor.

    Parameters
    ----------
    pairs
        `uid, visitor, weight`, each pair once, ordered by uid and visitor.
    prior
        [log2 odds] That two people of the two sides are one, before any evidence.

    Returns
    -------
    DataFrame
        `row` of `pairs`, `margin` [log2] to the second best of either side (that of no evidence at
        all where there is none), `score` [log2 odds]. Of equal weights the first counts as best, with
        margin 0.

    Notes
    -----
    score = log2(o / (1 + Σ o')), o = 2^(weight + prior), summed over all other pairs of the uid or the
    visitor: the pair against nobody and against everybody else at once. A pair that is no better than
    another has odds below one.
    """
    uid, visitor = (pairs[c].to_numpy().astype(np.int64) for c in ("uid", "visitor"))
    weight = pairs["weight"].to_numpy()
    order = np.argsort(-weight, kind="stable")
    best = np.zeros(len(pairs), dtype=np.int64)
    second = np.full(len(pairs), -prior)
    for side in (uid, visitor):
        ranked = order[np.argsort(side[order], kind="stable")]
        first = np.flatnonzero(np.diff(side[ranked], prepend=-1))
        best[ranked[first]] += 1
        runner = first + 1
        inside = runner < np.append(first[1:], len(ranked))
        top = ranked[first[inside]]
        second[top] = np.maximum(second[top], weight[ranked[runner[inside]]])
    row = np.flatnonzero(best == 2)
    return pd.DataFrame(
        {
            "row": row,
            "margin": weight[row] - second[row],
            "score": _odds(uid, visitor, weight, prior)[row],
        }
    )


def learn_prior(pairs: pd.DataFrame, uids: int, visitors: int, *, rounds: int = 8) -> float:
    """Learn the prior odds from the share that turns out to be linkable.

    Parameters
    ----------
    pairs
        `uid, visitor, weight`.
    uids, visitors
        How many people each side has, with those who met nobody.
    rounds
        Repeats: the expected number of links at one prior makes the next.

    Returns
    -------
    float
        [log2 odds] links / (uids · visitors), at least one half of a link.
    """
    every = float(max(uids, 1)) * max(visitors, 1)
    links = 0.1 * max(min(uids, visitors), 1)
    for _ in range(rounds):
        score = contest(pairs, float(np.log2(links / every)))["score"].to_numpy()
        links = max(float((1 / (1 + 2.0**-score)).sum()), 0.5)
    return float(np.log2(links / every))


def _odds(
    uid: NDArray[np.int64], visitor: NDArray[np.int64], weight: NDArray[np.float64], prior: float
) -> NDArray[np.float64]:
    log = np.clip(weight + prior, -_MOST, _MOST)
    own = 2.0**log
    rest = np.ones(len(log))
    for side in (uid, visitor):
        rest += np.maximum(np.bincount(side, own)[side] - own, 0.0) if len(side) else 0.0
    return log - np.log2(rest)
