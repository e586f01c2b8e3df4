"""Credit of channels from a share for each touch: the last step of rules, Shapley and local Markov."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.intervals import draws_of, variance_of, with_interval
from liveattr.attribution.path_table import Paths

__all__ = ["credit_of_shares"]


def credit_of_shares(
    paths: Paths, shares: NDArray[np.float64], interval: float | None = None
) -> pd.DataFrame:
    """Split each path's conversions and value over its touches, and add up by channel.

    Parameters
    ----------
    paths
        Coded path table.
    shares : numpy.ndarray of float64, shape (n_touches,)
        Share of each touch; they sum to 1 over a path.
    interval
        Level, e.g. 0.95, or None for no interval.

    Returns
    -------
    pandas.DataFrame
        Index `channel`; `conversions`, `value`; with an interval also `conversions_se,
        conversions_low, conversions_high` and the same of `value`. People are drawn anew if the
        paths know them; else each conversion and null of a row is a journey of its own, all of a
        row worth the same.
    """
    from liveattr.attribution.share_loops import share_out, share_out_squares

    given = (paths.codes, paths.starts, np.ascontiguousarray(shares, np.float64))
    totals = np.zeros((len(paths.channels), 2))
    share_out(*given, paths.conversions, paths.value, totals)
    frame = pd.DataFrame(
        totals,
        index=pd.Index(paths.channels, name="channel", dtype=object),
        columns=["conversions", "value"],
    )
    if interval is None:
        return frame
    draws = draws_of(paths)
    squares = np.zeros_like(totals)
    share_out_squares(
        *given, paths.conversions, paths.value, paths.nulls, draws.order, draws.ends, squares
    )
    varied = variance_of(squares, totals, draws.n)
    for at, name in enumerate(("conversions", "value")):
        frame = with_interval(frame, name, varied[:, at], interval)
    return frame
