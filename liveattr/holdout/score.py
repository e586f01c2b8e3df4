"""Intervals of two shares and of two means, each from one test: the interval holds what it cannot refuse.

So an interval excludes 0 (or the ratio 1) exactly where the p-value is below 1 - level.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Compared", "compare_means", "compare_rates"]

_STEPS = 55


class Compared(NamedTuple):
    """Two groups compared: the first less the second, and the first over the second less 1."""

    difference: float
    low: float
    high: float
    relative: float
    relative_low: float
    relative_high: float
    p_value: float
    se: float


def compare_rates(x: int, n: int, x0: int, n0: int, level: float) -> Compared:
    """Compare x of n with x0 of n0 by the score test.

    Parameters
    ----------
    x, n, x0, n0
        Successes and people, of the group in question and of the one it is compared with.
    level
        Of both intervals.

    Returns
    -------
    Compared
        A ratio is null where x0 is 0; then its upper end is infinite.

    References
    ----------
    Miettinen and Nurminen, Statistics in Medicine 4 (1985); Farrington and Manning, ibid. 9 (1990).
    """
    from scipy.stats import norm

    z = float(norm.ppf((1 + level) / 2))
    delta, ratio = x / n - x0 / n0, (x / n) / (x0 / n0) if x0 else math.nan

    def by_difference(d: float) -> float:
        return _difference_z(x, n, x0, n0, d)

    def by_ratio(t: float) -> float:
        return _ratio_z(x, n, x0, n0, t / (1 - t))

    low = _crossing(by_difference, -1.0, delta, z)
    high = _crossing(by_difference, 1.0, delta, -z)
    share = (x / n) / (x / n + x0 / n0) if x or x0 else math.nan
    ends = (math.nan, math.nan)
    if x or x0:
        ends = (_crossing(by_ratio, 0.0, share, z), _crossing(by_ratio, 1.0, share, -z))
    seen = _difference_z(x, n, x0, n0, 0.0)
    p, p0 = x / n, x0 / n0
    return Compared(
        delta,
        low,
        high,
        ratio - 1,
        ends[0] / (1 - ends[0]) - 1 if ends[0] < 1 else math.nan,
        ends[1] / (1 - ends[1]) - 1 if ends[1] < 1 else math.inf if x or x0 else math.nan,
        float(2 * norm.sf(abs(seen))),
        math.sqrt(p * (1 - p) / n + p0 * (1 - p0) / n0),
    )


def compare_means(
    n: int, mean: float, var: float, n0: int, mean0: float, var0: float, level: float
) -> Compared:
    """Compare two means by Welch's t; the ratio by Fieller's interval with the same t.

    Parameters
    ----------
    n, mean, var, n0, mean0, var0
        People, mean and variance (of n - 1), of the group in question and of the other.
    level
        Of both intervals.

    Returns
    -------
    Compared
        Ends of the ratio are null where the mean of the other group cannot be told from 0.

    References
    ----------
    Welch, Biometrika 34 (1947); Fieller, J. R. Stat. Soc. B 16 (1954).
    """
    from scipy.stats import t as student

    v, v0 = var / n, var0 / n0
    se, delta = math.sqrt(v + v0), mean - mean0
    if not se:
        p_value = 1.0 if delta == 0 else 0.0
        ratio = mean / mean0 - 1 if mean0 else math.nan
        return Compared(delta, delta, delta, ratio, ratio, ratio, p_value, 0.0)
    free = (v + v0) ** 2 / (v**2 / (n - 1) + v0**2 / (n0 - 1))
    t = float(student.ppf((1 + level) / 2, free))
    known = mean0**2 - t**2 * v0
    ends = (math.nan, math.nan)
    if known > 0:
        root = math.sqrt(max((mean * mean0) ** 2 - known * (mean**2 - t**2 * v), 0.0))
        ends = ((mean * mean0 - root) / known - 1, (mean * mean0 + root) / known - 1)
    return Compared(
        delta,
        delta - t * se,
        delta + t * se,
        mean / mean0 - 1 if mean0 else math.nan,
        *ends,
        float(2 * student.sf(abs(delta) / se, free)),
        se,
    )


def _crossing(z_of: Callable[[float], float], outer: float, inner: float, z: float) -> float:
    """Return where a falling score crosses z, between an outer end and the estimate."""
    for _ in range(_STEPS):
        middle = (outer + inner) / 2
        if middle in (outer, inner):
            break
        refused = z_of(middle) > z if z > 0 else z_of(middle) < z
        outer, inner = (middle, inner) if refused else (outer, middle)
    return inner if abs(outer) == 1 and abs(inner) > 1 - 1e-12 else (outer + inner) / 2


def _scaled(gap: float, variance: float, people: int) -> float:
    """Return gap over its sd under the hypothesis, with the factor N / (N - 1)."""
    sd = math.sqrt(max(variance, 0.0) * people / (people - 1))
    return gap / sd if sd > 1e-15 else math.copysign(math.inf, gap) if abs(gap) > 1e-12 else 0.0


def _difference_z(x: int, n: int, x0: int, n0: int, d: float) -> float:
    """Return the score of p - p0 = d; shares are the likeliest under it (a cubic)."""
    people = n + n0
    a = ((n + 2 * n0) * d - people - x - x0) / (3 * people)
    b = ((n0 * d - people - 2 * x0) * d + x + x0) / (3 * people)
    c = x0 * d * (1 - d) / (2 * people)
    turn = a**3 - 1.5 * a * b + c
    size = math.copysign(math.sqrt(max(a * a - b, 0.0)), turn)
    angle = (math.pi + math.acos(min(max(turn / size**3, -1.0), 1.0))) / 3 if size else 0.0
    p0 = min(max(2 * size * math.cos(angle) - a, 0.0, -d), 1.0, 1.0 - d)
    p = min(max(p0 + d, 0.0), 1.0)
    return _scaled(x / n - x0 / n0 - d, p * (1 - p) / n + p0 * (1 - p0) / n0, people)


def _ratio_z(x: int, n: int, x0: int, n0: int, r: float) -> float:
    """Return the score of p / p0 = r; shares are the likeliest under it (a quadratic)."""
    people = n + n0
    b = n * r + x + n0 + x0 * r
    root = math.sqrt(max(b * b - 4 * people * r * (x + x0), 0.0))
    p0 = min(2 * (x + x0) / (b + root), 1.0)
    p = min(r * p0, 1.0)
    variance = p * (1 - p) / n + r * r * p0 * (1 - p0) / n0
    return _scaled(x / n - r * x0 / n0, variance, people)
