"""How near estimates come to the truth: one table per level of each factor. Pure: frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from liveattr.bench.estimators import ORACLE

__all__ = ["AGAINST", "ALL", "SCORE_COLUMNS", "OracleVerdict", "judge_oracle", "scores"]

ALL = "(all)"
"""Factor and level of the table over all worlds."""

AGAINST = ("gross", "net")
"""The two true numbers: orders that appear because of it, and those that stay after pull-forward."""

LIMIT = 0.04
"""The oracle may err by so much, else the bench itself is broken."""

NOISES = 3.0
"""So many standard deviations of chance the oracle may err where worlds are small."""

SUBJECTS_TO_RANK = 3

_KEY = ["estimator", "subject_kind", "measure", "against"]
SCORE_COLUMNS = (
    "factor",
    "level",
    *_KEY,
    "bias",
    "wape",
    "rank",
    "coverage",
    "width",
    "seconds",
    "worlds",
    "n",
)
"""Columns of `scores`."""


def scores(rows: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    """Score estimators over worlds, over all of them and per level of each factor.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a world, estimator and subject: `world, estimator, subject_kind, subject, measure,
        estimate, low, high, gross, net, seconds` and a column for each factor with its level.
    factors
        Names of the factors.

    Returns
    -------
    pandas.DataFrame
        The columns `SCORE_COLUMNS`. With e the estimate and t the truth, sums over the worlds and
        subjects of the row:

        - `bias`: Σe / Σt - 1, NaN where Σt is not positive;
        - `wape`: Σ|e - t| / Σ|t|;
        - `rank`: Spearman's correlation of the subjects of a world, mean over worlds; NaN where no
          world has three subjects, or all of them are equal;
        - `coverage`: share of the intervals that hold the truth, ends included; NaN: no interval;
        - `width`: Σ(high - low) / Σ|t| over the rows with an interval;
        - `seconds`: mean over worlds;
        - `worlds`, `n`: worlds, and rows behind the scores.

    Notes
    -----
    Sums over worlds and not means of each world's ratio: in a small world a room's true number may
    be 0 or below, and a mean of such ratios says nothing.
    """
    judged = _judged(rows)
    parts = [judged.assign(factor=ALL, level=ALL)]
    for name in factors:
        by_level = judged.assign(factor=name, level=judged[name].astype(str))
        parts.append(by_level.sort_values("level", kind="stable"))
    by = ["factor", "level", *_KEY]
    long = pd.concat(parts, ignore_index=True)
    sums = long.groupby(by, sort=False).agg(
        estimate=("estimate", "sum"),
        truth=("truth", "sum"),
        size=("size", "sum"),
        error=("error", "sum"),
        coverage=("covered", "mean"),
        wide=("wide", "sum"),
        wide_size=("wide_size", "sum"),
        worlds=("world", "nunique"),
        n=("world", "size"),
    )
    worlds = long.drop_duplicates([*by, "world"]).groupby(by, sort=False)
    per_world = worlds.agg(rank=("rank", "mean"), seconds=("seconds", "mean"))
    found = sums.join(per_world).assign(
        bias=_ratio(sums["estimate"], sums["truth"].where(sums["truth"] > 0)) - 1,
        wape=_ratio(sums["error"], sums["size"]),
        width=_ratio(sums["wide"], sums["wide_size"]),
    )
    return found.reset_index()[list(SCORE_COLUMNS)]


def _judged(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each row twice, against gross and against net, with what is summed up."""
    both = pd.concat(
        [rows.assign(against=name, truth=rows[name].astype(float)) for name in AGAINST],
        ignore_index=True,
    )
    interval = both["low"].notna() & both["high"].notna()
    inside = (both["low"] <= both["truth"]) & (both["truth"] <= both["high"])
    size = both["truth"].abs()
    return both.assign(
        size=size,
        error=(both["estimate"] - both["truth"]).abs(),
        covered=inside.astype(float).where(interval),
        wide=(both["high"] - both["low"]).where(interval),
        wide_size=size.where(interval),
        rank=_rank_correlation(both),
    )


def _rank_correlation(both: pd.DataFrame) -> pd.Series:
    """Return for each row Spearman's correlation of its world, estimator, kind and truth."""
    groups = [both[name] for name in ("world", *_KEY)]
    ranked = [both[name].groupby(groups).rank() for name in ("estimate", "truth")]
    e, t = (rank - rank.groupby(groups).transform("mean") for rank in ranked)
    above = (e * t).groupby(groups).transform("sum")
    below = (e**2).groupby(groups).transform("sum") * (t**2).groupby(groups).transform("sum")
    enough = e.groupby(groups).transform("size") >= SUBJECTS_TO_RANK
    return _ratio(above, below**0.5).where(enough)


def _ratio(above: pd.Series, below: pd.Series) -> pd.Series:
    return above / below.where(below != 0)


@dataclass(frozen=True)
class OracleVerdict:
    """Whether the bench can be trusted.

    Attributes
    ----------
    error
        Σ over rooms |Σ over worlds (oracle - gross)| / Σ gross.
    noise
        [sd] What of it chance alone makes: the true numbers are counts.
    limit
        `LIMIT`, or three times the noise where that is more.
    """

    error: float
    noise: float
    limit: float

    @property
    def ok(self) -> bool:
        """The error is within the limit."""
        return self.error <= self.limit

    @property
    def sharp(self) -> bool:
        """The worlds are large enough for the limit itself."""
        return self.limit <= LIMIT


def judge_oracle(rows: pd.DataFrame) -> OracleVerdict:
    """Compare the oracle's orders of the live rooms with the true gross ones.

    Parameters
    ----------
    rows : pandas.DataFrame
        As for `scores`; only the oracle's rooms are read.

    Returns
    -------
    OracleVerdict
        The worlds are summed up per room first, so that chance averages out and a fault does not.
        Without a row or a true order the error is infinite.

    Notes
    -----
    The oracle adds up probabilities, the truth counts orders, so a right bench differs by chance:
    about the root of the count. Two demo worlds have some 10,000 such orders, eight tiny ones 200.
    """
    mine = rows[(rows["estimator"] == ORACLE) & (rows["subject_kind"] == "room")]
    by_room = mine.groupby("subject")[["estimate", "gross"]].sum()
    whole = float(by_room["gross"].sum())
    if whole <= 0:
        return OracleVerdict(np.inf, 0.0, LIMIT)
    error = float((by_room["estimate"] - by_room["gross"]).abs().sum()) / whole
    noise = float(np.sqrt(by_room["gross"].clip(lower=0)).sum()) / whole
    return OracleVerdict(error, noise, max(LIMIT, NOISES * noise))
