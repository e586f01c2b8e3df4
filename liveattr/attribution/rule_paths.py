"""The six rules over a path table: `rules`. Over a lake the same rules are SQL (`rule_based`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.intervals import check_level
from liveattr.attribution.path_table import Paths, read_paths
from liveattr.attribution.rule_based import check_rule, rule_parameters
from liveattr.attribution.shares import credit_of_shares
from liveattr.errors import TableError

__all__ = ["rule_shares", "rules"]

DAY_S = 86_400.0
Floats = NDArray[np.float64]


def rules(
    paths: pd.DataFrame | Paths,
    rule: str = "last_non_direct",
    *,
    skip: Sequence[str] = ("direct",),
    position_weights: tuple[float, float, float] = (0.4, 0.2, 0.4),
    half_life_days: float = 7.0,
    interval: float | None = None,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Share conversions and value out by a rule.

    Parameters
    ----------
    paths
        Path table, see `read_paths`. time_decay needs its column `age_s`.
    rule
        first, last, last_non_direct, linear, position or time_decay.
    skip
        Channels that last_non_direct passes over, unless every touch is one of them.
    position_weights
        First, all in between together, last; they sum to 1.
    half_life_days
        [days] For time_decay.
    interval
        Level of an interval, e.g. 0.95.
    cluster
        Column that says whose journey a row is, usually `person_id`; then people are drawn anew.

    Returns
    -------
    pandas.DataFrame
        Index `channel`; `conversions`, `value`, and with an interval `*_se, *_low, *_high`. They sum
        to the table's conversions and value.

    Raises
    ------
    TableError
        If the table is not one (see `read_paths`), or has no ages for time_decay.
    ParameterError
        If the rule or a parameter is not possible.

    Notes
    -----
    first, last: the whole share for one touch. last_non_direct: the last touch whose channel is
    not skipped; the last one where all are. linear: 1 / n each, repeats counted. position: of n
    touches the first gets w₁, the last w₃, the others w₂ / (n - 2) each; of two touches w₁ and w₃
    over their sum, where both are 0 one half each. time_decay: 2 ^ (-age / half-life), over the sum.

    None of these says what a touch caused: they share out what was bought among what was seen
    before. Where a channel reaches mostly people who buy anyway, every one of them overpays it.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"path": ["live > sms > direct"], "conversions": [10]})
    >>> rules(table, "position").conversions.to_dict()
    {'direct': 4.0, 'live': 4.0, 'sms': 2.0}
    """
    check_rule(rule)
    check_level(interval)
    parameters = rule_parameters(skip, position_weights, half_life_days)
    coded = read_paths(paths, cluster=cluster)
    shares = rule_shares(
        coded,
        rule,
        skip=parameters.skip,
        position_weights=parameters.position_weights,
        half_life_days=parameters.half_life_days,
    )
    return credit_of_shares(coded, shares, interval)


def rule_shares(
    paths: Paths,
    rule: str,
    *,
    skip: Sequence[str],
    position_weights: tuple[float, float, float],
    half_life_days: float,
) -> Floats:
    """Return the share of each touch; see `rules`."""
    shares = np.zeros(len(paths.codes))
    if not len(paths):
        return shares
    firsts, lasts = paths.starts[:-1], paths.starts[1:] - 1
    if rule == "first":
        shares[firsts] = 1.0
    elif rule == "last":
        shares[lasts] = 1.0
    elif rule == "last_non_direct":
        shares[_last_kept(paths, skip)] = 1.0
    elif rule == "linear":
        shares = np.repeat(1.0 / paths.lengths, paths.lengths)
    elif rule == "position":
        shares = _by_position(paths, position_weights)
    else:
        shares = _by_age(paths, half_life_days)
    return shares


def _last_kept(paths: Paths, skip: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of the last touch that is not skipped; of the last one where all are."""
    skipped = np.isin(np.array(paths.channels, dtype=object), list(skip))
    place = np.where(skipped[paths.codes], -1, np.arange(len(paths.codes)))
    newest = np.maximum.reduceat(place, paths.starts[:-1])
    return np.where(newest < 0, paths.starts[1:] - 1, newest)


def _by_position(paths: Paths, weights: tuple[float, float, float]) -> Floats:
    first, middle, last = weights
    n = paths.lengths
    inner = np.where(n > 2, middle / np.maximum(n - 2, 1), 0.0)
    shares = np.repeat(inner, n)
    ends = (first / (first + last), last / (first + last)) if first + last > 0 else (0.5, 0.5)
    shares[paths.starts[:-1]] = np.where(n > 2, first, ends[0])
    shares[paths.starts[1:] - 1] = np.where(n > 2, last, ends[1])
    shares[paths.starts[:-1][n == 1]] = 1.0
    return shares


def _by_age(paths: Paths, half_life_days: float) -> Floats:
    if paths.age_s is None:
        raise TableError(
            "time_decay: column 'age_s' is missing, a list of seconds before the order for each "
            "touch; positions alone say nothing of time"
        )
    firsts, n = paths.starts[:-1], paths.lengths
    newest = np.repeat(np.minimum.reduceat(paths.age_s, firsts), n)
    weights = np.exp2((newest - paths.age_s) / (half_life_days * DAY_S))
    return weights / np.repeat(np.add.reduceat(weights, firsts), n)
