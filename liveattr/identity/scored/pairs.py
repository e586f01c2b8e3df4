"""Evidence of a pair: the best coincidence of each broadcast, and the clicks that none followed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Evidence", "sum_evidence"]


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against the pairs that met.

    Attributes
    ----------
    pairs
        `uid, visitor, weight, broadcasts`: codes, log2 weight summed over broadcasts, and the number
        of broadcasts in which they met. Ordered by uid and visitor.
    best
        `pair, broadcast, row, weight, missed`: of each pair and broadcast the row of its best
        coincidence, that one's clipped weight, and the weight of the clicks that none followed.
    """

    pairs: pd.DataFrame
    best: pd.DataFrame


def sum_evidence(
    found: pd.DataFrame,
    weight: NDArray[np.float64],
    clicks: pd.DataFrame,
    *,
    missed: float,
    clip: tuple[float, float] = (-4.0, 20.0),
) -> Evidence:
    """Sum the evidence of each pair over its distinct broadcasts.

    Parameters
    ----------
    found
        Coincidences, from `coincide`.
    weight
        [log2] Of each coincidence.
    clicks
        Coded clicks, also those that met nothing.
    missed
        [log2] Weight of a click that no view of the visitor followed.
    clip
        [log2] Bounds of what one broadcast's best coincidence may say. The lower one bounds its
        missed clicks too.

    Returns
    -------
    Evidence

    Notes
    -----
    weight = Σ over broadcasts of the uid (clipped best coincidence + clipped missed clicks).
    Coincidences of one evening repeat address, device and city, so only the best one counts.
    """
    n_broadcasts = int(clicks["broadcast"].max()) + 1 if len(clicks) else 1
    uid, visitor, broadcast, click = (
        found[c].to_numpy().astype(np.int64) for c in ("uid", "visitor", "broadcast", "click")
    )
    n_visitors = int(visitor.max()) + 1 if len(visitor) else 1
    key = (uid * n_visitors + visitor) * n_broadcasts + broadcast
    order = np.lexsort((found["view"].to_numpy(), click, -weight, key))
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    row = order[first]
    by_click = np.lexsort((click, key))
    new = (np.diff(key[by_click], prepend=-1) != 0) | (np.diff(click[by_click], prepend=-1) != 0)
    followed = np.add.reduceat(new, first) if len(first) else np.zeros(0, dtype=np.int64)
    evening, made = np.unique(
        clicks["uid"].to_numpy().astype(np.int64) * n_broadcasts + clicks["broadcast"].to_numpy(),
        return_counts=True,
    )
    asked = np.searchsorted(evening, uid[row] * n_broadcasts + broadcast[row])
    silent = np.maximum(made[asked] - followed, 0) * missed
    best = pd.DataFrame(
        {
            "broadcast": broadcast[row],
            "row": row,
            "weight": np.clip(weight[row], *clip),
            "missed": np.maximum(silent, clip[0]),
        }
    )
    start = np.flatnonzero(np.diff(key[row] // n_broadcasts, prepend=-1))
    best.insert(0, "pair", np.repeat(np.arange(len(start)), np.diff(start, append=len(row))))
    never = np.maximum(made * missed, clip[0])
    of_uid = np.bincount(evening // n_broadcasts, never)
    absent = of_uid[uid[row[start]]] - _sum(never[asked], start)
    total = _sum((best["weight"] + best["missed"]).to_numpy(), start) + absent
    pairs = pd.DataFrame(
        {
            "uid": uid[row[start]],
            "visitor": visitor[row[start]],
            "weight": total,
            "broadcasts": np.diff(start, append=len(row)),
            "absent": absent,
        }
    )
    return Evidence(pairs, best)


def _sum(value: NDArray[np.float64], start: NDArray[np.integer]) -> NDArray[np.float64]:
    return np.add.reduceat(value, start) if len(start) else np.zeros(0)
