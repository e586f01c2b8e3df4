"""How hot a product was in the room, against the others of its broadcast."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["heat_of"]

WEIGHT = 5.0
"""[clicks] Weight of the peers."""


def heat_of(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return clicks over those that the broadcast's products together expect, drawn to 1.

    Parameters
    ----------
    rows
        `broadcast_id, clicks, shows, minutes`, NaN where not known.

    Notes
    -----
    (clicks + 5) / (expected + 5), expected by shows; where the broadcast tells none, by minutes; else in
    equal parts. NaN where the clicks are not known.
    """
    by = rows["broadcast_id"]
    base = pd.Series(1.0, rows.index)
    for name in ("minutes", "shows"):
        whole = (rows[name] > 0).groupby(by).transform("all")
        base = base.where(~whole, rows[name])
    clicks = rows["clicks"]
    known = clicks.notna()
    total = clicks.fillna(0).groupby(by).transform("sum")
    weight = base.where(known, 0.0).groupby(by).transform("sum")
    expected = total * base / weight.where(weight > 0)
    found: NDArray[np.float64] = ((clicks + WEIGHT) / (expected + WEIGHT)).to_numpy(float)
    return found
