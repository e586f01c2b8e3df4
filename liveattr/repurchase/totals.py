"""How many of a group of people will order within a horizon, with an interval for the number itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from liveattr.repurchase.model import RepurchaseModel, aligned
from liveattr.repurchase.spread import total_bounds

__all__ = ["expected_totals"]


def expected_totals(
    model: RepurchaseModel,
    now: pd.DataFrame,
    groups: ArrayLike,
    horizon: int,
    *,
    level: float = 0.8,
) -> pd.DataFrame:
    """Return for each group how many of its people are to be expected to order.

    Parameters
    ----------
    model
        Of `fit_repurchase`.
    now
        Frame of `features_at`.
    groups
        A group a row, e.g. tenth of the chance, category, list.
    horizon
        [days]
    level
        Of the interval, which is one of the number that will come: it holds chance, what other people
        would have taught, and how levels moved from cut to cut.

    Returns
    -------
    DataFrame
        As `total_bounds`: `group, n, told, low, high` and the variances that make the interval.
    """
    rows = aligned(now, model.names)
    p = model.chance(rows, [horizon])
    codes, names = pd.factorize(np.asarray(groups), sort=True)
    whole, part = model.drift_at(horizon)
    drift = whole if len(names) == 1 else part
    slopes = covariance = None
    if model.spread is not None:
        weight = p * (1 - p)
        pull = model.spread.pull(rows, [horizon], weight, codes.astype(np.float64), len(names))
        slopes, covariance = pull[:, 0], model.spread.covariance
    return total_bounds(
        p[:, 0],
        np.asarray(groups),
        slopes=slopes,
        covariance=covariance,
        drift=drift,
        level=level,
    )
