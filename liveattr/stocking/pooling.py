"""Partial pooling of log factors: events within groups, groups within all; normal, variances by moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Pooled", "pool_groups"]


@dataclass(frozen=True)
class Pooled:
    """Posterior means and standard deviations, of each group's usual log factor and of each event's own."""

    group: np.ndarray
    group_sd: np.ndarray
    own_sd: np.ndarray
    """Of each group's mean by its own events alone."""
    event: np.ndarray
    event_sd: np.ndarray
    within: float
    """Variance of events of one group."""
    between: float
    """Variance between groups."""


def pool_groups(value: np.ndarray, noise: np.ndarray, codes: np.ndarray) -> Pooled:
    """Pool log factors `value` of events, each with variance `noise`, over their groups (codes from 0).

    value = m + u_group + w_event + noise; the variance of w by the moments within groups, that of u by DerSimonian
    and Laird (1986), Control. Clin. Trials 7, 177-188; m by generalised least squares. With one group u is 0.
    """
    within = _within(value, noise, codes)
    total = noise + within
    weight = np.bincount(codes, 1.0 / total)
    middle = np.bincount(codes, value / total) / weight
    between = _between(weight, middle)
    mean_weight = 1.0 / (between + 1.0 / weight)
    mean = float((mean_weight * middle).sum() / mean_weight.sum())
    trust = between / (between + 1.0 / weight)
    group = mean + trust * (middle - mean)
    variance = trust / weight + (1.0 - trust) ** 2 / mean_weight.sum()
    own = within / np.maximum(within + noise, 1e-12)
    event = group[codes] + own * (value - group[codes])
    spread = own * noise + (1.0 - own) ** 2 * variance[codes]
    own_sd = np.sqrt(1.0 / weight)
    return Pooled(group, np.sqrt(variance), own_sd, event, np.sqrt(spread), within, between)


def _within(value: np.ndarray, noise: np.ndarray, codes: np.ndarray) -> float:
    count = np.bincount(codes)
    middle = np.bincount(codes, value) / count
    freedom = len(value) - len(count)
    if freedom < 1:
        return float(max(np.var(value) - noise.mean(), 0.01))
    square = ((value - middle[codes]) ** 2).sum()
    share = 1.0 - 1.0 / count[codes]
    return float(max((square - (noise * share).sum()) / freedom, 0.0))


def _between(weight: np.ndarray, middle: np.ndarray) -> float:
    if len(weight) < 2:
        return 0.0
    mean = (weight * middle).sum() / weight.sum()
    excess = (weight * (middle - mean) ** 2).sum() - (len(weight) - 1.0)
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    return float(max(excess / max(scale, 1e-12), 0.0))
