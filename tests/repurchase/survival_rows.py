"""Snapshots drawn from known survival curves."""

from __future__ import annotations

import numpy as np
import pandas as pd

NAMES = ("a", "b", "c")
COEF = np.array([0.5, -0.3, 0.0])
INTERCEPT = 6.0
SHAPE = 0.8


def drawn(family: str, n: int, seed: int = 1, *, day: bool = False) -> pd.DataFrame:
    """Return n rows of n // 4 people; followed up for 20 to 200 days."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)) * [1, 2, 30] + [0, 5, 100]
    share = rng.uniform(size=n)
    risk = -np.log(share) if family == "weibull" else 1 / share - 1
    time = np.exp(INTERCEPT + x @ COEF) * risk ** (1 / SHAPE)
    until = rng.uniform(20, 200, n)
    lasted = np.minimum(time, until)
    frame = pd.DataFrame(x, columns=list(NAMES))
    frame["duration_days"] = np.ceil(lasted) if day else np.maximum(lasted, 1e-6)
    frame["event"] = time <= until
    frame["person_id"] = [f"p{i // 4}" for i in range(n)]
    frame["recency_days"] = rng.integers(0, 90, n)
    frame["tenure_days"] = frame["recency_days"] + rng.integers(0, 120, n)
    return frame
