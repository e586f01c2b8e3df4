"""Frames that `compat.mam` and `compat.mam_v1` hand out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.compat.journeys import Journeys
from liveattr.attribution.compat.path_states import CONVERSION, NULL, START, count_steps
from liveattr.attribution.path_table import Paths

__all__ = ["credit_frame", "transition_frame"]

Floats = NDArray[np.float64]


def credit_frame(journeys: Journeys, shares: Floats, amounts: Floats) -> pd.DataFrame:
    """Return one row a touch with its credit."""
    lengths = np.diff(journeys.starts)
    return pd.DataFrame(
        {
            "journey_id": np.repeat(journeys.ids, lengths),
            "channels": np.array(journeys.channels, dtype=object)[journeys.codes],
            "has_conversion": np.repeat(journeys.converted, lengths),
            "weight": np.repeat(journeys.weight, lengths),
            "conversion_value": np.repeat(journeys.value, lengths),
            "attribution_value": shares * np.repeat(amounts, lengths),
        }
    )


def transition_frame(paths: Paths, *, loops: bool) -> pd.DataFrame:
    """Return probabilities from channel (row) to channel (column), named as MAM names them."""
    steps = count_steps(paths, 1, loops=loops)
    names = ["(inicio)", *paths.channels, "(null)", "(conversion)"]
    special = {START: 0, NULL: len(names) - 2, CONVERSION: len(names) - 1}
    matrix = np.zeros((len(names), len(names)))
    matrix[-1, -1] = matrix[-2, -2] = 1.0
    places = []
    for end in ("before", "to"):
        touch = steps[end].to_numpy()
        inside = paths.codes[np.maximum(touch, 0)].astype(np.int64) + 1
        for marker, place in special.items():
            inside[touch == marker] = place
        places.append(inside)
    matrix[places[0], places[1]] = steps["share"]
    return pd.DataFrame(matrix, columns=names, index=names)
