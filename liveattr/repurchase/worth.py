"""What a person's next order is worth: her own mean, drawn towards everybody's where she has few orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Worth", "fit_worth"]

Floats = NDArray[np.float64]

TOP = 0.99
"""Trust is learnt from values cut at this quantile, so that one wholesale order does not set it."""
LEAST_TRUST = 1e6
"""[days] Where people do not differ their own means say nothing."""


@dataclass(frozen=True)
class Worth:
    """Mean value of a day with orders.

    Attributes
    ----------
    mean_fen
        Of everybody; people weigh as their own means do.
    days
        A person's own mean weighs n / (n + days), n [days with orders].
    """

    mean_fen: float
    days: float

    def of(self, frame: pd.DataFrame) -> Floats:
        """Return the value to expect of a person's next day with orders [fen]."""
        own = _fen(frame, "log_mean_value")
        n = frame["frequency"].to_numpy(float) + 1
        return (n * own + self.days * self.mean_fen) / (n + self.days)


def fit_worth(now: pd.DataFrame) -> Worth:
    """Learn how far a person's mean can be trusted.

    Parameters
    ----------
    now
        Frame of `features_at`.

    Returns
    -------
    Worth

    Notes
    -----
    Value of a day = person + chance, W the variance of chance, B that between people; the best linear
    guess weighs the own mean by n / (n + W / B). Of people with two days or more, E (last - mean)² =
    W (1 - 1/n); Var(mean) = B + E(W / n). No gamma is assumed: values of shops have longer tails.

    W / B is learnt from values cut at their 99 % quantile, yet the means that it is put to are whole:
    of a shop with wholesalers, cut means told 16 to 27 % too little, whole ones 3 to 17 %.

    Wrong where a person's values rise or fall with the number of orders, and where prices rise.
    """
    n = now["frequency"].to_numpy(float) + 1
    mean, last = _fen(now, "log_mean_value"), _fen(now, "log_last_value")
    days = _trust(n, mean, last)
    weight = n / (n + days)
    return Worth(float(weight @ mean / weight.sum()), days)


def _trust(n: Floats, mean: Floats, last: Floats) -> float:
    """Return W / B [days]; 1 where nobody came twice."""
    most = float(np.quantile(np.r_[mean, last], TOP))
    mean, last = np.minimum(mean, most), np.minimum(last, most)
    twice = n >= 2
    if not twice.any() or len(n) < 3:
        return 1.0
    within = float(((last - mean)[twice] ** 2 / (1 - 1 / n[twice])).mean())
    between = float(mean.var(ddof=1)) - within * float((1 / n).mean())
    return min(within / between, LEAST_TRUST) if between > 0 else LEAST_TRUST


def _fen(frame: pd.DataFrame, name: str) -> Floats:
    """Return fen of a column ln(1 + yuan)."""
    return np.maximum(np.expm1(frame[name].to_numpy(float)) * 100, 0.0)
