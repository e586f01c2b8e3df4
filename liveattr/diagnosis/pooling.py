"""Partial pooling of shares: each unit's peers without itself, and how much units differ (beta-binomial)."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, betaln

__all__ = ["betabinom_log", "others_share", "pooled_ratio", "spread_of"]


def others_share(k: np.ndarray, n: np.ndarray, unit: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the share that peers have: those of the group, drawn to all others; never the unit's own.

    (k of the group + 50 × share of all) / (n of the group + 50), each without the rows of the unit.
    Without any peer: the share of all rows, with one half added to k and one to n.
    """
    every = _without(k, unit, None), _without(n, unit, None)
    whole = (every[0] + (k.sum() + 0.5) / (n.sum() + 1.0)) / (every[1] + 1.0)
    near = _without(k, unit, group), _without(n, unit, group)
    share: np.ndarray = np.clip((near[0] + 50.0 * whole) / (near[1] + 50.0), 1e-4, 1 - 1e-4)
    return share


def _without(value: np.ndarray, unit: np.ndarray, group: np.ndarray | None) -> np.ndarray:
    group = np.zeros(len(value), int) if group is None else group
    pair = np.unique(np.stack([unit, group]), axis=1, return_inverse=True)[1].reshape(-1)
    whole: np.ndarray = np.bincount(group, value)[group] - np.bincount(pair, value)[pair]
    return np.maximum(whole, 0.0)


def spread_of(k: np.ndarray, n: np.ndarray, share: np.ndarray) -> float:
    """Return the prior's weight m: variance of a share is about p (1 - p) (1 / n + 1 / m).

    By the median of the squared deviations, which the few faulty units do not move. 100 for fewer than three.
    """
    seen = n >= 10
    if seen.sum() < 3:
        return 100.0
    many = n[seen]
    square = (k[seen] / many - share[seen]) ** 2 * many / (share[seen] * (1 - share[seen]))
    excess = max(float(np.median(square)) / 0.455 - 1.0, 1e-6)
    return float(np.clip(np.median(many) / excess, 50.0, 2000.0))


def betabinom_log(k: np.ndarray, n: np.ndarray, share: np.ndarray, m: float) -> np.ndarray:
    """Return the log-likelihood of k of n with a share from Beta(m p, m (1 - p)), less log C(n, k)."""
    a, b = m * share, m * (1 - share)
    found: np.ndarray = betaln(k + a, n - k + b) - betaln(a, b)
    return found


def pooled_ratio(
    k: np.ndarray, n: np.ndarray, share: np.ndarray, m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the shrunk share over that of the peers, and its 90 % interval.

    Posterior mean (k + m p) / (n + m) / p: 1 without data, k / n / p with much of it.
    """
    a, b = k + m * share, n - k + m * (1 - share)
    return a / (a + b) / share, betaincinv(a, b, 0.05) / share, betaincinv(a, b, 0.95) / share
