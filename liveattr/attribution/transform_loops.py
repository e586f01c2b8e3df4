"""The loop of the path transforms, compiled by numba on first use; imported inside functions only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = ["count_once"]


@compiled
def count_once(
    codes: NDArray[np.int32],
    starts: NDArray[np.int64],
    n_channels: int,
    newest: bool,
    times: NDArray[np.int32],
) -> None:
    """Count each channel of a path at its last touch, or its first; `times` comes as zeros."""
    place = np.full(n_channels, -1, np.int64)
    for row in range(starts.shape[0] - 1):
        begin, end = starts[row], starts[row + 1]
        for step in range(end - begin):
            at = end - 1 - step if newest else begin + step
            code = codes[at]
            first = place[code]
            if first < begin:
                place[code] = at
                first = at
            times[first] += 1
