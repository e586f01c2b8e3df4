"""States of a chain the way other packages list them: named, with repeats if wanted, as they appear."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.path_table import Paths
from liveattr.errors import ParameterError

__all__ = ["CONVERSION", "NULL", "START", "count_steps", "number_states", "seen", "state_codes"]

START, CONVERSION, NULL = -1, -2, -3
"""What is no state of channels, in the columns of `count_steps`."""

Ints = NDArray[np.int64]


def seen(paths: Paths, *, counted: bool) -> Ints:
    """Return the codes of channels in order of first appearance.

    Parameters
    ----------
    paths
        Coded path table.
    counted
        Only in rows that have a conversion or a null.
    """
    codes = paths.codes
    if counted:
        codes = codes[np.repeat(paths.conversions + paths.nulls > 0, paths.lengths)]
    return pd.unique(codes).astype(np.int64)


def number_states(paths: Paths, order: int) -> Ints:
    """Return for each touch a number of the last `order` touches there, fewer where a path begins.

    Raises
    ------
    ParameterError
        If the order is no whole number from 1.
    """
    if not isinstance(order, int) or order < 1:
        raise ParameterError(f"order: a whole number from 1, not {order!r}")
    ids = paths.codes.astype(np.int64)
    for _ in range(order - 1):
        before = np.roll(ids, 1) + 1
        before[paths.starts[:-1]] = 0
        longer = pd.factorize(before * len(paths.channels) + paths.codes)[0].astype(np.int64)
        ids = longer
    return ids


def state_codes(paths: Paths, order: int, touch: int) -> NDArray[np.int32]:
    """Return the channels of the state at a touch, earliest first."""
    row = int(np.searchsorted(paths.starts, touch, side="right")) - 1
    return paths.codes[max(int(paths.starts[row]), touch - order + 1) : touch + 1]


def count_steps(paths: Paths, order: int = 1, *, loops: bool = True) -> pd.DataFrame:
    """Count the steps between states, in order of first appearance.

    Parameters
    ----------
    paths
        Coded path table.
    order
        How many touches a state remembers; a shorter path is one state as a whole.
    loops
        Whether a step from a state to itself counts.

    Returns
    -------
    pandas.DataFrame
        `before, to`: a touch where the state is, or START, CONVERSION, NULL; `times`, how often;
        `share` of all steps that leave `before`. Steps from the start come first.
    """
    states, lengths = number_states(paths, order), paths.lengths
    ends = np.zeros(len(states), bool)
    ends[paths.starts[1:] - 1] = True
    offset = np.arange(len(states)) - np.repeat(paths.starts[:-1], lengths)
    at = np.flatnonzero((offset >= order - 1) | ends)
    state, row = states[at], np.repeat(np.arange(len(paths)), lengths)[at]
    came_from = np.concatenate([[START], state[:-1]])
    came_from[np.flatnonzero(np.diff(row, prepend=-1))] = START
    inner = np.ones(len(at), bool) if loops else came_from != state
    place, final = np.arange(len(at)) * 3, ends[at]
    n = int(final.sum())
    steps = pd.DataFrame(
        {
            "before": np.concatenate([came_from[inner], state[final], state[final]]),
            "to": np.concatenate([state[inner], np.full(n, CONVERSION), np.full(n, NULL)]),
            "times": np.concatenate(
                [(paths.conversions + paths.nulls)[row[inner]], paths.conversions, paths.nulls]
            ),
            "place": np.concatenate([place[inner], place[final] + 1, place[final] + 2]),
        }
    )
    return _in_order(steps[steps["times"] > 0], states)


def _in_order(steps: pd.DataFrame, states: Ints) -> pd.DataFrame:
    """Add equal steps up, put them in order, and name a state by a touch where it is."""
    out = steps.groupby(["before", "to"], as_index=False).agg(
        times=("times", "sum"), place=("place", "min")
    )
    leaving = out.groupby("before")
    out["share"] = out["times"] / leaving["times"].transform("sum")
    out["rank"] = np.where(out["before"] == START, -1, leaving["place"].transform("min"))
    out = out.sort_values(["rank", "place"], ignore_index=True)
    kinds, touches = np.unique(states, return_index=True)
    for name in ("before", "to"):
        numbers = out[name].to_numpy()
        inside = np.searchsorted(kinds, np.maximum(numbers, 0))
        out[name] = np.where(numbers < 0, numbers, touches[inside]) if len(kinds) else numbers
    return out[["before", "to", "times", "share"]]
