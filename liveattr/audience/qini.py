"""How much more an ordering of people brings than a random one: the Qini curve's area."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.errors import ParameterError

__all__ = ["qini"]

Floats = NDArray[np.float64]


def qini(score: Floats, treated: NDArray[np.bool_], outcome: Floats) -> float:
    """Return extra responders per 1,000 contacted people, averaged over how deep a list goes.

    Parameters
    ----------
    score
        The higher, the earlier a person is contacted.
    treated
        Who was contacted, by a random draw.
    outcome
        0 or 1.

    Returns
    -------
    float
        0 for a random order on average; below 0: worse than random.

    Raises
    ------
    ParameterError
        If lengths differ, or an arm is empty.

    Notes
    -----
    At depth φ, the responders among the contacted of the best φ less those held out there, scaled to
    as many people: Y₁(φ) - Y₀(φ) n₁(φ) / n₀(φ), per 1,000 of all contacted. The straight line to its
    value at φ = 1 is what a random order brings; the mean height over it is the number. People of one
    score are one step, joined by a line, so the order of rows decides nothing.

    References
    ----------
    Radcliffe, Using control groups to target on predicted lift, Direct Marketing Analytics Journal (2007).

    Examples
    --------
    >>> treated = np.array([True, False] * 4)
    >>> bought = np.array([1, 0, 1, 0, 0, 0, 0, 0.0])
    >>> qini(np.array([4, 4, 3, 3, 2, 2, 1, 1.0]), treated, bought)
    125.0
    """
    n = len(score)
    if len(treated) != n or len(outcome) != n:
        raise ParameterError("score, treated and outcome must be of one length")
    if treated.all() or not treated.any():
        raise ParameterError("treated: both arms need people")
    order = np.argsort(-score, kind="stable")
    best, t, y = score[order], treated[order], outcome[order]
    last = np.flatnonzero(np.append(best[1:] != best[:-1], True))
    one, other = np.cumsum(t)[last], np.cumsum(~t)[last]
    came, came0 = np.cumsum(y * t)[last], np.cumsum(y * ~t)[last]
    more = came - came0 * np.divide(one, other, out=np.zeros(len(last)), where=other > 0)
    depth = np.append(0.0, (last + 1) / n)
    height = np.append(0.0, more) - depth * more[-1]
    area = float(((height[1:] + height[:-1]) / 2 * np.diff(depth)).sum())
    return 1000 * area / float(t.sum())
