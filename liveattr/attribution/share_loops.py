"""Loops over shared-out paths, compiled by numba on first use; imported inside functions only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = ["share_out", "share_out_squares"]

Floats = NDArray[np.float64]


@compiled
def share_out(
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    shares: Floats,
    conversions: Floats,
    value: Floats,
    out: Floats,
) -> None:
    """Add conversions and value of each path to its channels, by share; `out` has two columns."""
    for row in range(starts.shape[0] - 1):
        conv, worth = conversions[row], value[row]
        for at in range(starts[row], starts[row + 1]):
            out[codes[at], 0] += shares[at] * conv
            out[codes[at], 1] += shares[at] * worth


@compiled
def share_out_squares(
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    shares: Floats,
    conversions: Floats,
    value: Floats,
    nulls: Floats,
    order: NDArray[np.int64],
    ends: NDArray[np.bool_],
    out: Floats,
) -> None:
    """Add up the squares of what each person, or each journey, brings to a channel."""
    n_channels = out.shape[0]
    sums = np.zeros((n_channels, 2))
    seen = np.empty(n_channels, np.int64)
    is_seen = np.zeros(n_channels, np.bool_)
    n_seen = 0
    for turn in range(starts.shape[0] - 1):
        grouped = order.shape[0] > 0
        row = order[turn] if grouped else turn
        conv, worth = conversions[row], value[row]
        for at in range(starts[row], starts[row + 1]):
            code = codes[at]
            if not is_seen[code]:
                is_seen[code] = True
                seen[n_seen] = code
                n_seen += 1
            sums[code, 0] += shares[at] * conv
            sums[code, 1] += shares[at] * worth
        if grouped and not ends[turn]:
            continue
        journeys = conv if conv > 0 else nulls[row]
        times = 1.0 if grouped or journeys <= 0 else 1.0 / journeys
        for i in range(n_seen):
            code = seen[i]
            out[code, 0] += sums[code, 0] * sums[code, 0] * times
            out[code, 1] += sums[code, 1] * sums[code, 1] * times
            sums[code, 0] = 0.0
            sums[code, 1] = 0.0
            is_seen[code] = False
        n_seen = 0
