"""Shapley credit of sets of channels, touch by touch, the way MAM reports it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.coalitions import Coalitions, find_coalitions
from liveattr.attribution.path_table import Paths
from liveattr.errors import ParameterError, TableError, did_you_mean

__all__ = ["WORTHS", "SetCredit", "credit_sets"]

WORTHS = ("conv_rate", "conversions", "conversion_value")
"""What a set of channels is worth: columns of the table of sets."""

Floats = NDArray[np.float64]


class SetCredit(NamedTuple):
    """Credit of sets.

    Attributes
    ----------
    shares : numpy.ndarray of float64, shape (n_touches,)
        Part of each touch; a channel's part stands on its first touch in the path.
    amounts : numpy.ndarray of float64, shape (n_paths,)
        What is shared out: conversions or value.
    table
        `combinations, conversions, total_sequences, conversion_value_sum, conv_rate,
        conversion_value`, and the credit of each channel as a list in a column of the model's name.
    """

    shares: Floats
    amounts: Floats
    table: pd.DataFrame


def credit_sets(paths: Paths, worth: str, most: int | None, sep: str, model: str) -> SetCredit:
    """Share each observed set's conversions or value out by the game in it.

    Parameters
    ----------
    paths
        Coded path table.
    worth
        One of `WORTHS`. By rate, value is shared; else what the worth is.
    most
        None, or a number that no path exceeds.
    sep
        Between names of a set.
    model
        Name of the column with the credit.

    Raises
    ------
    ParameterError
        If the worth is unknown, or a path has more than `most` channels.
    TableError
        If a set is worth 0 but its channels have credit to share.
    """
    if worth not in WORTHS:
        raise ParameterError(f"there is no worth {worth!r}; {did_you_mean(worth, WORTHS)}")
    first, pairs = _first_touches(paths)
    _check_size(paths, pairs, most)
    sets = find_coalitions(paths)
    at = 0 if worth == "conversions" else 1
    if worth != "conv_rate":
        sets = _worth(sets.amounts[:, at], sets)
    parts = sets.shares()
    base = len(paths.channels)
    own = sets.set_of_row[pairs // base]
    members = np.repeat(np.arange(len(sets)), np.diff(sets.cuts)) * base + sets.members
    place = np.searchsorted(members, np.maximum(own, 0) * base + pairs % base)
    shares = np.zeros(len(paths.codes))
    shares[first[own >= 0]] = parts[place[own >= 0]]
    amounts = paths.conversions if at == 0 else paths.value
    return SetCredit(shares, amounts, _table(paths, sets, parts, at, sep, model))


def _first_touches(paths: Paths) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first touch of each channel on each path, and path × channels + channel."""
    rows = np.repeat(np.arange(len(paths)), paths.lengths)
    pairs, first = np.unique(rows * len(paths.channels) + paths.codes, return_index=True)
    return first, pairs


def _check_size(paths: Paths, pairs: NDArray[np.int64], most: int | None) -> None:
    if most is None:
        return
    longest = int(np.bincount(pairs // len(paths.channels)).max(initial=0))
    if longest > most:
        raise ParameterError(
            f"size {most}: a path has {longest} channels. A cap would keep the last {most} by name and "
            f"drop the credit of the others, so that a new name changes results; leave it out, sets "
            f"of any size are solved"
        )


def _worth(worth: Floats, sets: Coalitions) -> Coalitions:
    if (worth == 0).any():
        raise TableError(
            "a set of channels with conversions is worth 0, so its channels have no shares of it; "
            "take conv_rate"
        )
    return replace(sets, worth=worth)


def _table(
    paths: Paths, sets: Coalitions, parts: Floats, at: int, sep: str, model: str
) -> pd.DataFrame:
    names = np.array(paths.channels, dtype=object)[sets.members]
    credit = parts * np.repeat(sets.amounts[:, at], np.diff(sets.cuts))
    spans = list(pairwise(sets.cuts.tolist()))
    table = pd.DataFrame(
        {
            "combinations": [sep.join(names[a:b]) for a, b in spans],
            "conversions": sets.amounts[:, 0],
            "total_sequences": sets.journeys,
            "conversion_value_sum": sets.amounts[:, 1],
            "conv_rate": sets.amounts[:, 0] / sets.journeys,
            "conversion_value": sets.amounts[:, 1],
            model: [credit[a:b].tolist() for a, b in spans],
        }
    )
    return table.sort_values("combinations", ignore_index=True)
