"""What a list brought: the people contacted against those held out, by intention to treat; lists pooled."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError, TableError
from liveattr.holdout import analyse_holdout
from liveattr.holdout.score import compare_means

__all__ = ["FIGURES", "OUTCOMES", "ListOutcomes", "empty_effect", "pooled_effect", "recall_effect"]

OUTCOMES = ("bought", "orders", "net_margin_fen")
FIGURES = ("difference", "low", "high", "total", "total_low", "total_high", "p_value", "mde")
_COLUMNS = ("outcome", "n_contact", "n_holdout", "contact", "holdout", *FIGURES, "level")
_EARNED = "net_margin_fen"
FEW_BUYERS = 20
"""[people] With fewer buyers among those held out the spread of their orders is not taken from them alone."""


@dataclass(frozen=True)
class ListOutcomes:
    """What the people of one list did.

    Attributes
    ----------
    outcomes
        `person_id, bought` (bool), `orders`, `net_margin_fen` (net money less goods) and optional
        `coupon_fen` (cost of coupons that the orders' money does not show yet), one row a person; who
        is missing did nothing.
    arms
        `person_id, arm` as drawn, one row a person; optional `sent` (bool): false where the person was
        taken off the list before anything was sent, so that no message was paid.
    message_cost_fen
        [fen] Of one message.
    share
        Share that was to be held out; given, the sizes of the arms are checked.
    """

    outcomes: pd.DataFrame
    arms: pd.DataFrame
    message_cost_fen: float = 0.0
    share: float | None = None


def recall_effect(
    outcomes: pd.DataFrame,
    arms: pd.DataFrame,
    *,
    message_cost_fen: float = 0.0,
    share: float | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare the orders and the net margin of who was to be contacted with those of who was held out.

    Parameters
    ----------
    outcomes, arms, message_cost_fen, share
        See `ListOutcomes`.
    level
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        A row each for bought, orders and net_margin_fen: `outcome, n_contact, n_holdout` [people],
        `contact, holdout` (means), `difference, low, high`, `total, total_low, total_high` (over all
        contacted people), `p_value, mde` (80 % power), `level, detectable, reason` (null; few_people,
        ratio_mismatch, no_holdout: there are no figures).

    Raises
    ------
    ParameterError
        If a cost is negative, or as `analyse_holdout`.
    TableError
        If a column is missing.

    Notes
    -----
    The draw decides the arm, not the reaching: people who were taken off the list later stay in the
    comparison, else whoever asked for silence would leave one arm only. Margin: net money - goods
    of both arms, less messages and coupons of the contacted ones.

    detectable: the interval excludes 0, or it is narrower than the effect that pays the message: its
    cost for the margin, its cost over the margin of a buyer or an order for the other two. Else the
    list is too small to tell, which is not the same as no effect.

    Wrong where a message changes the orders of somebody held out (families, resold coupons, the last
    piece in stock), or where people who were held out were contacted by another list in the window.

    Intervals of orders and margin are Welch's. With fewer than 20 held-out buyers these seem to spread
    too little (in ten people without a buyer, not at all), and Welch's interval would leave out the truth
    up to a quarter of the time; there the larger of their own variance and that of both arms within
    is taken, which holds the truth more often than the level says. Where nobody at all bought, the
    margin has no figures (few_people).

    Examples
    --------
    >>> import pandas as pd
    >>> arms = pd.DataFrame({"person_id": list("abcdefgh"), "arm": ["contact", "holdout"] * 4})
    >>> done = pd.DataFrame({"person_id": list("ac"), "bought": True, "orders": 1, "net_margin_fen": 900})
    >>> found = recall_effect(done, arms, message_cost_fen=10).set_index("outcome")
    >>> found["difference"].to_dict()
    {'bought': 0.5, 'orders': 0.5, 'net_margin_fen': 440.0}
    """
    one = ListOutcomes(outcomes, arms, message_cost_fen, share)
    rows = _persons(one)
    held = int((rows["arm"] == "holdout").sum())
    if not held:
        return empty_effect("no_holdout", level, contact=int((rows["arm"] == "contact").sum()))
    found = analyse_holdout(
        rows[["person_id", *OUTCOMES]], rows[["person_id", "arm"]], level=level, share=share
    )
    found = _widened(found, rows, level)
    pays = _paying(rows, message_cost_fen)
    found["detectable"] = _detectable(found, pays)
    return found[[*_COLUMNS, "detectable", "reason"]]


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
    list without a held-out buyer would seem exact and would rule. Variance: Σ wₖ² (s₁² / n₁ₖ + s₀² /
    n₀ₖ) with s² of each arm pooled within the lists, for the same reason; Student's t by
    Satterthwaite. The draws of two lists are independent, so somebody on both does no harm.
    """
    if not lists:
        raise ParameterError("lists: there is nothing to pool")
    frames = [_persons(one).assign(part=number) for number, one in enumerate(lists)]
    rows = pd.concat(frames, ignore_index=True)
    cost = sum(_paying_cost(one, frame) for one, frame in zip(lists, frames, strict=True))
    found = pd.DataFrame([_pooled_row(rows, name, level) for name in OUTCOMES])
    contacted = max(int((rows["arm"] == "contact").sum()), 1)
    found["detectable"] = _detectable(found, _paying(rows, cost / contacted))
    return found.assign(reason=None)


def empty_effect(reason: str, level: float, *, contact: int = 0, holdout: int = 0) -> pd.DataFrame:
    """Return the rows of a list of which nothing can be said."""
    found = pd.DataFrame({"outcome": OUTCOMES})
    found = found.assign(n_contact=contact, n_holdout=holdout, contact=math.nan, holdout=math.nan)
    found = found.assign(**dict.fromkeys(FIGURES, math.nan), level=level)
    return found.assign(detectable=None, reason=reason)


def _persons(one: ListOutcomes) -> pd.DataFrame:
    """Return one row a person of both arms with outcomes, the costs of contacting taken off."""
    if one.message_cost_fen < 0:
        raise ParameterError(f"message_cost_fen = {one.message_cost_fen}: not below 0")
    for name, frame, columns in (
        ("outcomes", one.outcomes, ("person_id", *OUTCOMES)),
        ("arms", one.arms, ("person_id", "arm")),
    ):
        for column in columns:
            if column not in frame.columns:
                raise TableError(f"{name}: column {column!r} is missing")
        if frame["person_id"].isna().any() or frame["person_id"].duplicated().any():
            raise ParameterError(f"{name}: a person is missing or there twice")
    rows = one.arms[one.arms["arm"].isin(["contact", "holdout"])].reset_index(drop=True)
    names = [*OUTCOMES, *(c for c in ("coupon_fen",) if c in one.outcomes.columns)]
    done = one.outcomes.set_index("person_id")[names].astype(float)
    values = done.reindex(rows["person_id"], fill_value=0.0).reset_index(drop=True)
    rows = rows.join(values)
    contacted = rows["arm"] == "contact"
    sent = contacted & (rows["sent"].astype(bool) if "sent" in rows.columns else True)
    coupons = rows["coupon_fen"] if "coupon_fen" in rows.columns else 0.0
    rows["before_fen"] = rows[_EARNED]
    rows[_EARNED] -= one.message_cost_fen * sent + coupons * contacted
    return rows


def _widened(found: pd.DataFrame, rows: pd.DataFrame, level: float) -> pd.DataFrame:
    """Widen the intervals of means where few of those held out bought."""
    held = rows[rows["arm"] == "holdout"]
    means = found["kind"].eq("mean") & found["reason"].isna()
    if int(held["bought"].sum()) >= FEW_BUYERS or not means.any():
        return found
    wide = [
        row | _wide(rows, str(row["outcome"]), level) if mean else row
        for row, mean in zip(found.to_dict("records"), means, strict=True)
    ]
    return pd.DataFrame(wide, index=found.index)


def _wide(rows: pd.DataFrame, name: str, level: float) -> dict[Hashable, Any]:
    one, other = (rows.loc[rows["arm"] == arm, name] for arm in ("contact", "holdout"))
    n, n0, var, var0 = len(one), len(other), float(one.var()), float(other.var())
    within = ((n - 1) * var + (n0 - 1) * var0) / (n + n0 - 2)
    if not within:
        return {**dict.fromkeys(FIGURES, math.nan), "reason": "few_people"}
    wide = compare_means(
        n, float(one.mean()), var, n0, float(other.mean()), max(var0, within), level
    )
    return {
        "low": wide.low,
        "high": wide.high,
        "total_low": wide.low * n,
        "total_high": wide.high * n,
        "p_value": wide.p_value,
        "mde": _smallest(wide.se, level),
    }


def _smallest(se: float, level: float) -> float:
    """Return the difference that is found with 80 % power."""
    from scipy.stats import norm

    return float(norm.ppf((1 + level) / 2) + norm.ppf(0.8)) * se


def _paying_cost(one: ListOutcomes, rows: pd.DataFrame) -> float:
    return one.message_cost_fen * float((rows["arm"] == "contact").sum())


def _paying(rows: pd.DataFrame, message_cost_fen: float) -> dict[str, float]:
    """Return the difference of each outcome that pays one message; 0 where none can be told."""
    margin = float(rows["before_fen"].sum())
    pays = {_EARNED: float(message_cost_fen)}
    for name in ("bought", "orders"):
        count = float(rows[name].sum())
        pays[name] = message_cost_fen * count / margin if margin > 0 else 0.0
    return pays


def _detectable(found: pd.DataFrame, pays: dict[str, float]) -> pd.Series:
    apart = (found["low"] > 0) | (found["high"] < 0)
    narrow = found["high"] - found["low"] < found["outcome"].map(pays)
    told = found["low"].notna()
    known = [bool(x) if t else None for x, t in zip(apart | narrow, told, strict=True)]
    return pd.Series(known, index=found.index, dtype=object)


def _pooled_row(rows: pd.DataFrame, name: str, level: float) -> dict[str, object]:
    from scipy.stats import t as student

    one, other = (_cells(rows[rows["arm"] == arm], name) for arm in ("contact", "holdout"))
    if len(one) != len(other) or min(one["n"].min(), other["n"].min()) < 2:
        raise ParameterError("lists: an arm has fewer than two people; leave the list out")
    weight = (one["n"] / one["n"].sum()).to_numpy()
    v, free = _variance(one, weight)
    v0, free0 = _variance(other, weight)
    mean, mean0 = (float(weight @ cells["mean"]) for cells in (one, other))
    difference, se, people = mean - mean0, math.sqrt(v + v0), int(one["n"].sum())
    df = (v + v0) ** 2 / (v**2 / free + v0**2 / free0) if se else math.inf
    half = float(student.ppf((1 + level) / 2, df)) * se
    p_value = float(2 * student.sf(abs(difference) / se, df)) if se else float(difference == 0)
    return {
        "outcome": name,
        "n_contact": people,
        "n_holdout": int(other["n"].sum()),
        "contact": mean,
        "holdout": mean0,
        "difference": difference,
        "low": difference - half,
        "high": difference + half,
        "total": difference * people,
        "total_low": (difference - half) * people,
        "total_high": (difference + half) * people,
        "p_value": p_value,
        "mde": _smallest(se, level),
        "level": level,
    }


def _cells(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return people, mean and variance of each list in one arm."""
    part = rows.groupby("part", sort=True)[name]
    return pd.DataFrame({"n": part.size(), "mean": part.mean(), "var": part.var()})


def _variance(cells: pd.DataFrame, weight: np.ndarray) -> tuple[float, float]:
    """Return the variance of the weighted mean, and its degrees of freedom."""
    free = (cells["n"] - 1).to_numpy(float)
    within = float((free * cells["var"]).sum() / free.sum())
    return float((weight**2 / cells["n"]).sum()) * within, float(free.sum())
