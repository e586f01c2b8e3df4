"""What needs no model: everybody the same, and everybody as often as so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.repurchase.outcomes import outcome, watched

__all__ = ["constant_chance", "same_rate_chance", "same_rate_orders"]

Floats = NDArray[np.float64]


def constant_chance(landmarks: pd.DataFrame, n: int, horizons: Sequence[int]) -> Floats:
    """Return for everybody the share who ordered within the horizon after the newest snapshot.

    The newest snapshot whose horizon has passed; where none has, the newest one's share by the longest
    time that has, raised by a constant hazard.

    Parameters
    ----------
    landmarks
        Landmark frame.
    n
        People to tell.
    horizons
        [days]

    Returns
    -------
    Array of shape (n, horizons).
    """
    return np.column_stack([np.full(n, _share(landmarks, h)) for h in horizons])


def _share(landmarks: pd.DataFrame, horizon: int) -> float:
    age = watched(landmarks)
    whole = age[age >= horizon]
    if len(whole):
        return float(outcome(landmarks[age == whole.min()], horizon).mean())
    longest = int(age.max())
    share = float(outcome(landmarks[age == longest], longest).mean())
    return 1 - (1 - min(share, 1 - 1e-9)) ** (horizon / longest)


def same_rate_chance(rows: pd.DataFrame, horizons: Sequence[int]) -> Floats:
    """Return 1 - exp(-rate × horizon), the rate being a person's repeat orders by days since the first.

    Parameters
    ----------
    rows
        With `frequency`, `tenure_days`.
    horizons
        [days]
    """
    return 1 - np.exp(-same_rate_orders(rows, horizons))


def same_rate_orders(rows: pd.DataFrame, horizons: Sequence[int]) -> Floats:
    """Return rate × horizon, shape (people, horizons)."""
    days = np.maximum(rows["tenure_days"].to_numpy(float), 1.0)
    return (rows["frequency"].to_numpy(float) / days)[:, None] * np.asarray(horizons, float)[
        None, :
    ]
