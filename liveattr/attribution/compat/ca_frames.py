"""Frames of `compat.channelattribution`: what comes in, and steps as text going out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.compat.columns import as_pandas, column
from liveattr.attribution.compat.path_states import (
    CONVERSION,
    NULL,
    START,
    count_steps,
    state_codes,
)
from liveattr.attribution.path_table import Paths, read_paths

__all__ = ["coded", "listed"]

Ints = NDArray[np.int64]


def listed(paths: Paths, order: int, rows: Ints, *, loops: bool) -> pd.DataFrame:
    """Return the steps with states as text."""
    steps = count_steps(paths, order, loops=loops)
    number = dict(zip(rows.tolist(), range(1, len(rows) + 1), strict=True))
    words = {START: "(start)", CONVERSION: "(conversion)", NULL: "(null)"}
    for touch in pd.unique(steps[["before", "to"]].to_numpy().ravel()).tolist():
        if touch >= 0:
            codes = state_codes(paths, order, touch).tolist()
            words[touch] = " ".join(str(number[code]) for code in codes)
    return pd.DataFrame(
        {
            "channel_from": steps["before"].map(words),
            "channel_to": steps["to"].map(words),
            "transition_probability": steps["share"],
        }
    )


def coded(
    Data: pd.DataFrame,
    var_path: str,
    var_conv: str,
    var_value: str | None,
    var_null: str | None,
    sep: str,
) -> Paths:
    """Return the table in whole numbers."""
    Data = as_pandas(Data, "Data")
    columns = {
        "path": column(Data, "var_path", var_path),
        "conversions": column(Data, "var_conv", var_conv),
    }
    if var_value is not None:
        columns["value"] = column(Data, "var_value", var_value)
    if var_null is not None:
        columns["nulls"] = column(Data, "var_null", var_null)
    return read_paths(pd.DataFrame(columns), sep=sep)
