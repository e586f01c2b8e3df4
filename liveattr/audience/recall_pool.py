"""What all lists together brought: their differences, each weighted by its contacted people."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from liveattr.audience.recall_effect import FEW_BUYERS
from liveattr.audience.recall_people import (
    OUTCOMES,
    ListOutcomes,
    is_detectable,
    listed_people,
    paying_effect,
    smallest_found,
)
from liveattr.errors import ParameterError

__all__ = ["pooled_effect"]


def pooled_effect(lists: Sequence[ListOutcomes], *, level: float = 0.95) -> pd.DataFrame:
    """Pool lists: what all of them together brought.

    Parameters
    ----------
    lists
        Lists whose arms can be compared: also those of which nobody bought.
    level
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        As `recall_effect`; means are those per contacted person of all lists.

    Raises
    ------
    ParameterError
        If there is no list, or one has fewer than two people in an arm.

    Notes
    -----
    difference = Σ wₖ (contactₖ - holdoutₖ) with wₖ the list's share of all contacted people: the effect
    per contacted person, unbiased however much the lists' effects differ, and difference × people
    is what the lists brought together. It is not weighted by inverse variance: where few buy, a small
    list without a held-out buyer would seem exact and would rule.

    Variance: Σ wₖ² (s₁² / n₁ₖ + s₀² / n₀ₖ) with s² of each arm pooled within the lists, for the same
    reason; Student's t by Satterthwaite; few held-out buyers are treated as in `recall_effect`. The
    draws of two lists are independent, so somebody on both does no harm.
    """
    if not lists:
        raise ParameterError("lists: there is nothing to pool")
    frames = [listed_people(one).assign(part=number) for number, one in enumerate(lists)]
    rows = pd.concat(frames, ignore_index=True)
    contacted = [int((frame["arm"] == "contact").sum()) for frame in frames]
    cost = float(np.dot(contacted, [one.message_cost_fen for one in lists]))
    found = pd.DataFrame([_row(rows, name, level) for name in OUTCOMES])
    pays = paying_effect(rows, cost / max(sum(contacted), 1))
    found["detectable"] = is_detectable(found, pays)
    reason = [None if math.isfinite(low) else "few_people" for low in found["low"]]
    return found.assign(reason=pd.Series(reason, index=found.index, dtype=object))


def _row(rows: pd.DataFrame, name: str, level: float) -> dict[str, object]:
    from scipy.stats import t as student

    one, other = (_cells(rows[rows["arm"] == arm], name) for arm in ("contact", "holdout"))
    if len(one) != len(other) or min(one["n"].min(), other["n"].min()) < 2:
        raise ParameterError("lists: an arm has fewer than two people; leave the list out")
    few = int(rows.loc[rows["arm"] == "holdout", "bought"].sum()) < FEW_BUYERS
    (within, free), (within0, free0) = _within(one), _within(other)
    both = (within * free + within0 * free0) / (free + free0)
    weight = (one["n"] / one["n"].sum()).to_numpy()
    v = within * float((weight**2 / one["n"]).sum())
    v0 = (max(within0, both) if few else within0) * float((weight**2 / other["n"]).sum())
    mean, mean0 = (float(weight @ cells["mean"]) for cells in (one, other))
    se, people = math.sqrt(v + v0) or math.nan, int(one["n"].sum())
    df = se**4 / (v**2 / free + v0**2 / free0) if v + v0 else math.nan
    half = float(student.ppf((1 + level) / 2, df)) * se
    ends = {"difference": mean - mean0, "low": mean - mean0 - half, "high": mean - mean0 + half}
    return {
        "outcome": name,
        "n_contact": people,
        "n_holdout": int(other["n"].sum()),
        "contact": mean,
        "holdout": mean0,
        **ends,
        "total": (mean - mean0) * people,
        "total_low": ends["low"] * people,
        "total_high": ends["high"] * people,
        "p_value": float(2 * student.sf(abs(mean - mean0) / se, df)),
        "mde": smallest_found(se, level),
        "level": level,
    }


def _cells(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return people, mean and variance of each list in one arm."""
    part = rows.groupby("part", sort=True)[name]
    return pd.DataFrame({"n": part.size(), "mean": part.mean(), "var": part.var()})


def _within(cells: pd.DataFrame) -> tuple[float, float]:
    """Return the variance within lists, and its degrees of freedom."""
    free = (cells["n"] - 1).to_numpy(float)
    return float(free @ cells["var"].to_numpy()) / float(free.sum()), float(free.sum())
