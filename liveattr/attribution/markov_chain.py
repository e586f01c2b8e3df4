"""Markov attribution, solved and not simulated: `markov`, definition markov-exact/1."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.chain import Chain, Removal, build_chain, removals
from liveattr.attribution.intervals import check_level, with_interval
from liveattr.attribution.path_table import Paths, read_paths
from liveattr.errors import ParameterError, TableError

__all__ = ["ALLOCATIONS", "DEFINITION", "Fit", "fit_chain", "local_weights", "markov"]

DEFINITION = "markov-exact/1"
ALLOCATIONS = ("global", "local")

Floats = NDArray[np.float64]


class Fit(NamedTuple):
    """A solved chain.

    Attributes
    ----------
    chain
        The counted chain.
    removed
        Its solution as it is, then without each channel.
    converts, worth : numpy.ndarray of float64, shape (1 + n_channels,)
        Probability of a conversion and expected value of a journey, in the same order.
    """

    chain: Chain
    removed: tuple[Removal, ...]
    converts: Floats
    worth: Floats

    @property
    def effect(self) -> Floats:
        """Removal effect of each channel on conversions; NaN where nothing converts."""
        return _effect(self.converts)

    @property
    def effect_value(self) -> Floats:
        """Removal effect of each channel on value; NaN where nothing is worth anything."""
        return _effect(self.worth)


def _effect(left: Floats) -> Floats:
    return 1.0 - left[1:] / left[0] if left[0] != 0 else np.full(len(left) - 1, np.nan)


def fit_chain(paths: Paths, order: int = 1, *, nulls: bool = True, visits: bool = True) -> Fit:
    """Count and solve the chain of a path table; see `markov`. Intervals need the visits."""
    chain = build_chain(paths, order, nulls=nulls)
    solved = tuple(removals(chain, order, visits=visits))
    starting = chain.starting
    converts = np.array([starting @ each.converts for each in solved])
    worth = np.array([starting @ each.worth for each in solved])
    return Fit(chain, solved, converts, worth)


def markov(
    paths: pd.DataFrame | Paths,
    order: int = 1,
    *,
    nulls: bool = True,
    allocation: str = "global",
    interval: float | None = None,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Credit channels by what would be lost without them, in a Markov chain of the paths.

    Parameters
    ----------
    paths
        Path table, see `read_paths`.
    order
        How many touches a state remembers, 1 to 4; `choose_order` helps.
    nulls
        Whether journeys without a conversion count. False is for comparison with tools that ignore
        them: every journey then converts, and only paths that others bypass have small effects.
    allocation
        `global`: credit is the removal effect over the sum of all, times the table's total.
        `local`: every path is split over its own touches by their channels' removal effects on
        conversions, repeats counted; nobody gets credit for a path without a touch in it.
    interval
        Level of an interval, e.g. 0.95.
    cluster
        Column that says whose journey a row is, usually `person_id`; then people are drawn anew.

    Returns
    -------
    pandas.DataFrame
        Index `channel`; `removal_effect`, `conversions`, `removal_effect_value`, `value`, and with
        an interval `*_se, *_low, *_high` of each. Conversions and value sum to the table's. A
        removal effect is NaN where there is nothing to lose.

    Raises
    ------
    TableError
        If the table is not one (see `read_paths`), or effects by value cancel out to zero.
    ParameterError
        If a parameter is not possible.

    Notes
    -----
    Definition markov-exact/1. A state is the last k touches, a shorter path is one state as a whole,
    equal states in a row are one. Probabilities are counts over counts. A path ends in a
    conversion or is lost. Without channel j every state that holds j leads to nowhere, and

        removal effect_j = 1 - P(conversion without j) / P(conversion)

    By value, a conversion after a state pays what paths that ended there paid on average. All is one
    linear solve: no walk is simulated, no path cut short, and the result does not depend on a seed.
    P(conversion) is conversions / (conversions + nulls), whatever the order.

    The interval is the delta method: the influence of each step, end and amount on a result is
    summed over each person's journeys (see `intervals`). With hundreds of channels that takes long,
    minutes for `local`. It says how credit would vary with other
    people, not whether credit is cause. A channel that reaches people who buy anyway is on their
    paths, and its removal effect says that those would be lost. They would not.

    References
    ----------
    Anderl, Becker, von Wangenheim, Schumann (2016), Mapping the customer journey, International
    Journal of Research in Marketing 33.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"path": ["live > sms", "live", "sms"],
    ...     "conversions": [3, 1, 0], "value": [90.0, 20.0, 0.0], "nulls": [1, 4, 2]})
    >>> markov(table)[["removal_effect", "conversions"]].round(4).T.to_dict("list")
    {'live': [0.75, 2.0], 'sms': [0.75, 2.0]}
    """
    if allocation not in ALLOCATIONS:
        raise ParameterError(f"allocation: one of {ALLOCATIONS}, not {allocation!r}")
    check_level(interval)
    coded = read_paths(paths, cluster=cluster)
    fit = fit_chain(coded, order, nulls=nulls, visits=interval is not None)
    counted = _counted(coded, nulls)
    if allocation == "global":
        credit, slopes = _global(fit, counted), None
    else:
        credit, slopes = _local(fit, counted)
    frame = pd.DataFrame(
        {
            "removal_effect": fit.effect,
            "conversions": credit[:, 0],
            "removal_effect_value": fit.effect_value,
            "value": credit[:, 1],
        },
        index=pd.Index(coded.channels, name="channel", dtype=object),
    )
    if interval is None:
        return frame
    from liveattr.attribution.chain_spread import chain_variance

    varied = chain_variance(counted, fit, credit, slopes, nulls=nulls)
    for at, name in enumerate(list(frame.columns)):
        frame = with_interval(frame, name, varied[:, at], interval)
    return frame


def _counted(paths: Paths, nulls: bool) -> Paths:
    """Leave the nulls out, if they do not count."""
    return paths if nulls else paths.with_columns(nulls=np.zeros(len(paths)))


def _global(fit: Fit, paths: Paths) -> Floats:
    """Return credit by the removal effects of all: conversions and value."""
    totals = float(paths.conversions.sum()), float(paths.value.sum())
    parts = [
        _parts(left, total, name)
        for left, total, name in zip(
            (fit.converts, fit.worth), totals, ("conversions", "value"), strict=True
        )
    ]
    return np.column_stack(parts)


def _parts(left: Floats, total: float, name: str) -> Floats:
    lost = left[0] - left[1:]
    whole = float(lost.sum())
    if total == 0 or not len(lost):
        return np.zeros(len(lost))
    if abs(whole) <= 1e-12 * float(np.abs(lost).sum()):
        raise TableError(
            f"column {name!r}: removal effects by value cancel out, so they give no shares of "
            f"{total:g}; use allocation='local', which splits by effects on conversions"
        )
    return lost / whole * total


def local_weights(fit: Fit) -> Floats:
    """Return what a touch of each channel weighs in its own path: the removal effect."""
    return np.maximum(np.nan_to_num(fit.effect), 1e-12)


def _local(fit: Fit, paths: Paths) -> tuple[Floats, Floats]:
    """Return credit path by path, and its slopes by the removal effects."""
    from liveattr.attribution.chain_loops import local_sums

    n = len(paths.channels)
    sums, slopes = np.zeros((n, 2)), np.zeros((2, n, n))
    local_sums(
        paths.codes,
        paths.starts,
        local_weights(fit),
        paths.conversions,
        paths.value,
        sums,
        slopes,
    )
    return sums, slopes
