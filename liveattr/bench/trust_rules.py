"""When a test is passed: one rule for shares and for numbers with an interval, written down here.

A test has a *good* range and values that are plainly *bad*. With the interval of what was found,

- fail: the interval has no point in the good range;
- unsure: it does, but it reaches a bad value too, so a plain fault could hide in it (too few cases);
- pass: it touches the good range and leaves every bad value out.

So a pass says two things: nothing speaks against it, and a plain fault would have been seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALL", "Range", "TrustRow", "judge", "judge_share", "not_run", "share_interval"]

Floats = NDArray[np.float64]

ALL = "(all)"
"""Subject of a test of everything together."""

LEVEL = 0.9
"""Level of the intervals by which tests are judged."""


@dataclass(frozen=True)
class Range:
    """What passes.

    Attributes
    ----------
    low, high
        The good range; infinite where one side does not matter.
    bad_low, bad_high
        Values from which on outwards it is plainly bad.
    """

    low: float
    high: float
    bad_low: float = -math.inf
    bad_high: float = math.inf


@dataclass(frozen=True)
class TrustRow:
    """A row of the table `trust`, without the date."""

    subject: str
    test: str
    found: float | None
    wanted: float | None
    low: float | None
    high: float | None
    n: int
    verdict: str
    unit: str
    note: str


def not_run(test: str, note: str, *, unit: str = "share", subject: str = ALL) -> TrustRow:
    """Return the row of a test that this data does not allow; the note says what is needed."""
    return TrustRow(subject, test, None, None, None, None, 0, "not_run", unit, note)


def judge(
    test: str,
    interval: tuple[float, float, float],
    good: Range,
    *,
    wanted: float,
    n: int,
    unit: str,
    note: str,
    subject: str = ALL,
) -> TrustRow:
    """Judge a number with an interval.

    Parameters
    ----------
    test, subject, unit, note
        As in the table `trust`.
    interval
        What was found, and the lower and upper end.
    good
        What passes.
    wanted
        What it should be.
    n
        [cases] behind it.

    Returns
    -------
    TrustRow
        `low` and `high` are the values of `found` that would pass with an interval as wide as this one:
        the good range made wider by what chance does, short of what is bad. Null where the side is open
        or nothing would pass.

    Examples
    --------
    >>> ratio = Range(0.9, 1.1, 0.5, 1.5)
    >>> row = judge("t", (1.2, 1.0, 1.4), ratio, wanted=1, n=9, unit="ratio", note="")
    >>> row.verdict, round(row.low, 2), round(row.high, 2)
    ('pass', 0.7, 1.3)
    >>> judge("t", (1.3, 1.2, 1.4), ratio, wanted=1, n=9, unit="ratio", note="").verdict
    'fail'
    >>> judge("t", (1.2, 0.8, 1.6), ratio, wanted=1, n=9, unit="ratio", note="").verdict
    'unsure'
    """
    found, low, high = interval
    verdict = _verdict(low, high, good)
    up, down = high - found, found - low
    from_, to = max(good.low - up, good.bad_low + down), min(good.high + down, good.bad_high - up)
    ends = (_end(from_), _end(to)) if from_ <= to else (None, None)
    return TrustRow(subject, test, found, wanted, *ends, n, verdict, unit, note)


def _verdict(low: float, high: float, good: Range) -> str:
    if high < good.low or low > good.high:
        return "fail"
    return "unsure" if low <= good.bad_low or high >= good.bad_high else "pass"


def _end(value: float) -> float | None:
    return None if math.isinf(value) else value


def share_interval(hits: int, n: int, level: float = LEVEL) -> tuple[float, float, float]:
    """Return a share and its exact interval (Clopper and Pearson 1934).

    Examples
    --------
    >>> [round(x, 3) for x in share_interval(4, 40)]
    [0.1, 0.035, 0.214]
    """
    low, high = _exact(np.array([hits]), n, level)
    return hits / n, float(low[0]), float(high[0])


def _exact(hits: NDArray[np.int64], n: int, level: float) -> tuple[Floats, Floats]:
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = betaincinv(np.maximum(hits, 1), n - hits + 1, tail)
    high = betaincinv(hits + 1, np.maximum(n - hits, 1), 1 - tail)
    return np.where(hits > 0, low, 0.0), np.where(hits < n, high, 1.0)


def judge_share(
    test: str,
    hits: int,
    n: int,
    good: Range,
    *,
    wanted: float,
    note: str,
    subject: str = ALL,
) -> TrustRow:
    """Judge a share of cases by its exact interval.

    Parameters
    ----------
    test, subject, note, good, wanted
        As in `judge`.
    hits, n
        Cases that hit, and all of them.

    Returns
    -------
    TrustRow
        `low` and `high` are the smallest and the largest share of n cases that would pass.

    Examples
    --------
    >>> alarms = Range(0.07, 0.13, bad_high=0.3)
    >>> [judge_share("t", k, 40, alarms, wanted=0.1, note="").verdict for k in (0, 4, 8, 12)]
    ['pass', 'pass', 'unsure', 'fail']
    >>> judge_share("t", 1, 10, alarms, wanted=0.1, note="").verdict
    'unsure'
    """
    if not n:
        return not_run(test, note, subject=subject)
    spans = zip(*_exact(np.arange(n + 1), n, LEVEL), strict=True)
    verdicts = [_verdict(float(low), float(high), good) for low, high in spans]
    kept = [k / n for k, verdict in enumerate(verdicts) if verdict == "pass"]
    from_, to = (kept[0], kept[-1]) if kept else (None, None)
    share = hits / n
    return TrustRow(subject, test, share, wanted, from_, to, n, verdicts[hits], "share", note)
