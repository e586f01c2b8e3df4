"""Paths before they are modelled: repeats in a row, or in the whole path, made one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.path_table import Paths, read_paths
from liveattr.errors import ParameterError, did_you_mean

__all__ = ["TRANSFORMS", "transform_paths"]

TRANSFORMS = ("none", "collapse", "unique", "first", "frequency")


def transform_paths(paths: pd.DataFrame | Paths, how: str, *, cluster: str | None = None) -> Paths:
    """Shorten paths: one touch for many of the same channel.

    Parameters
    ----------
    paths
        Path table, see `read_paths`. `Paths` keep the persons that they have.
    how
        Of the path `D > A > B > B > C > D > C > C`:

        ========= =============================== ============================================
        none      `D > A > B > B > C > D > C > C` as it is
        collapse  `D > A > B > C > D > C`         repeats in a row are one touch
        unique    `A > B > D > C`                 each channel once, at its last touch
        first     `D > A > B > C`                 each channel once, at its first touch
        frequency `D(2) > A(1) > B(2) > C(3)`     as first, with how often it was there
        ========= =============================== ============================================
    cluster
        Column that says whose journey a row is, usually `person_id`.

    Returns
    -------
    Paths
        The same rows in the same order, with the same conversions, value and nulls; rows whose paths
        have become equal stay apart. A touch that stays keeps its own age `age_s`: of repeats in a
        row the last one stays, the nearest to the order. `frequency` has channels of its own, a
        name for each count, in alphabetical order; the others keep all channels.

    Raises
    ------
    ParameterError
        If `how` is none of these.
    TableError
        If the table is not one (see `read_paths`).

    Notes
    -----
    Fractribution and Snowplow have the same under other names: their `unique` is `none` here, their
    `exposure` is `collapse`; `first` and `frequency` are the same, counts of one included.
    `unique` here they have not.

    What a transform drops, no model sees: after `unique` and `first` a chain knows no way back to a
    channel, `linear` counts no repeats, and `frequency` treats `live(2)` and `live(3)` as strangers.
    Markov chains of order 1 are the same with `none` and `collapse`; those of higher orders are not.

    References
    ----------
    Google, Fractribution (2021), path transforms.

    Examples
    --------
    >>> table = pd.DataFrame({"path": ["live > live > sms > live"], "conversions": [1]})
    >>> transform_paths(table, "collapse").text(0), transform_paths(table, "frequency").text(0)
    ('live > sms > live', 'live(3) > sms(1)')
    """
    if how not in TRANSFORMS:
        raise ParameterError(f"how: {how!r} is no transform; {did_you_mean(str(how), TRANSFORMS)}")
    given = isinstance(paths, Paths) and cluster is None
    coded = paths if given else read_paths(paths, cluster=cluster)
    assert isinstance(coded, Paths)
    if how == "none" or not len(coded):
        return coded
    if how == "collapse":
        return _kept(coded, _run_ends(coded))
    times = _once(coded, newest=how == "unique")
    keep = times > 0
    out = _kept(coded, keep)
    return _counted(out, times[keep]) if how == "frequency" else out


def _run_ends(paths: Paths) -> NDArray[np.bool_]:
    """Mark the last touch of each run of one channel."""
    keep = np.ones(len(paths.codes), np.bool_)
    keep[:-1] = paths.codes[1:] != paths.codes[:-1]
    keep[paths.starts[1:] - 1] = True
    return keep


def _once(paths: Paths, *, newest: bool) -> NDArray[np.int32]:
    """Return how often a channel is in its path, at the touch that stands for it; else 0."""
    from liveattr.attribution.transform_loops import count_once

    times = np.zeros(len(paths.codes), np.int32)
    count_once(paths.codes, paths.starts, len(paths.channels), newest, times)
    return times


def _kept(paths: Paths, keep: NDArray[np.bool_]) -> Paths:
    """Return the paths with only these touches; at least one of each path is among them."""
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(keep, dtype=np.int64)])
    return replace(
        paths,
        codes=paths.codes[keep],
        starts=before[paths.starts],
        age_s=None if paths.age_s is None else paths.age_s[keep],
    )


def _counted(paths: Paths, times: NDArray[np.int32]) -> Paths:
    """Return the paths with the count of each touch in its channel's name."""
    most = int(times.max()) + 1
    places, kinds = pd.factorize(paths.codes.astype(np.int64) * most + times)
    names = [f"{paths.channels[kind // most]}({kind % most})" for kind in kinds.tolist()]
    order = sorted(range(len(names)), key=names.__getitem__)
    codes = np.empty(len(names), np.int32)
    codes[order] = np.arange(len(names), dtype=np.int32)
    return replace(paths, channels=tuple(names[i] for i in order), codes=codes[places])
