"""How likely each cause is: Bayes' rule over what the mall sold, its price, its stock and its parcels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from liveattr.diagnosis.pooling import betabinom_log

__all__ = ["CAUSES", "PRIOR", "chances_of"]

CAUSES = ("none", "price", "page", "logistics", "stock")
PRIOR = np.array([0.60, 0.10, 0.10, 0.10, 0.10])
LOSSES = np.linspace(0.2, 0.9, 8)
"""Shares of buyers lost under a leak, each as likely."""
WORSE = np.array([1.0, 1.5, 2.0, 2.5, 3.0])
"""Log-odds of a refund or complaint that a bad delivery adds."""
GAP_SD, GAP_WIDE = 0.04, 0.15
"""Spread of the log price ratio of healthy products, of nine in ten and of the rest."""


def chances_of(one: pd.DataFrame, facts: dict[str, np.ndarray]) -> np.ndarray:
    """Return product × cause: the posterior chance; evidence that is missing leaves the prior."""
    drop = _drop(one, facts)
    page = drop + _page_price(facts["price_ratio"], leak=False)
    price = drop + _page_price(facts["price_ratio"], leak=True)
    parcels = _worse(one, facts, "refunded", "paid", "refund_rate")
    parcels += _worse(one, facts, "late", "parcels", "late")
    logs = np.stack(
        [np.zeros(len(one)), price, page, parcels, drop + _out(one["out_share"])], axis=1
    )
    logs = logs + np.log(PRIOR)
    logs -= logs.max(axis=1, keepdims=True)
    found: np.ndarray = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
    return found


def _mean_log(logs: np.ndarray) -> np.ndarray:
    top = logs.max(axis=0)
    found: np.ndarray = top + np.log(np.exp(logs - top).mean(axis=0))
    return found


def _drop(one: pd.DataFrame, facts: dict[str, np.ndarray]) -> np.ndarray:
    """Log Bayes factor of lost buyers, among those who bought or left at once; without sessions: all visitors."""
    k, m = one["buyers"].to_numpy(), float(facts["stay_weight"][0])
    n, share = facts["stayers"], facts["stay_peers"]
    usual = betabinom_log(k, n, share, m)
    lost = [betabinom_log(k, n, share * (1 - s), m) - usual for s in LOSSES]
    return _mean_log(np.stack(lost))


def _worse(
    one: pd.DataFrame, facts: dict[str, np.ndarray], k: str, n: str, name: str
) -> np.ndarray:
    """Log Bayes factor of more refunds, or complaints, than the peers have."""
    whole = one[n].to_numpy()
    part = np.minimum(one[k].to_numpy(), whole)
    share, m = facts[f"{name}_peers"].clip(0.005), float(facts[f"{name}_weight"][0])
    usual = betabinom_log(part, whole, share, m)
    odds = share / (1 - share)
    logs = []
    for more in WORSE:
        worse = odds * np.exp(more)
        logs.append(betabinom_log(part, whole, worse / (1 + worse), m) - usual)
    return _mean_log(np.stack(logs))


def _page_price(ratio: np.ndarray, *, leak: bool) -> np.ndarray:
    """Log Bayes factor of the price ratio against a healthy product's; 0 where there is none."""
    known = np.isfinite(ratio)
    if not leak or known.sum() < 1:
        return np.zeros(len(ratio)) if not leak else np.full(len(ratio), np.log(0.2))
    log = np.log(np.where(known, ratio, 1.0))
    gap = log - np.median(log[known])
    usual = 0.9 * _normal(gap, GAP_SD) + 0.1 * _normal(gap, GAP_WIDE)
    dear = np.where((gap > 0.06) & (gap < 1.0), 1.0 / 0.5, 1e-3)
    return np.where(known, np.log(dear) - np.log(usual), np.log(0.2))


def _normal(x: np.ndarray, sd: float) -> np.ndarray:
    found: np.ndarray = np.exp(-0.5 * (x / sd) ** 2) / sd / np.sqrt(2 * np.pi) + 1e-6
    return found


def _out(share: pd.Series) -> np.ndarray:
    """Log Bayes factor of days without stock; not known: a little against it."""
    value = share.to_numpy(float)
    found = np.where(value >= 0.15, np.log(6.0), np.where(value > 0, 0.0, np.log(0.1)))
    return np.where(np.isfinite(value), found, np.log(0.2))
