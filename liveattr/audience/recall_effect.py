"""What a list brought: the people contacted against those held out, by intention to treat."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd

from liveattr.audience.recall_people import (
    FIGURES,
    OUTCOMES,
    ListOutcomes,
    is_detectable,
    listed_people,
    paying_effect,
    smallest_found,
)
from liveattr.holdout import analyse_holdout
from liveattr.holdout.score import compare_means

__all__ = ["FEW_BUYERS", "empty_effect", "recall_effect"]

FEW_BUYERS = 20
"""[people] With fewer buyers among those held out the spread of their orders is not taken from them alone."""
_COLUMNS = ("outcome", "n_contact", "n_holdout", "contact", "holdout", *FIGURES, "level")


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
    rows = listed_people(one)
    held = int((rows["arm"] == "holdout").sum())
    if not held:
        return empty_effect("no_holdout", level, contact=int((rows["arm"] == "contact").sum()))
    found = analyse_holdout(
        rows[["person_id", *OUTCOMES]], rows[["person_id", "arm"]], level=level, share=share
    )
    found = _widened(found, rows, level)
    pays = paying_effect(rows, message_cost_fen)
    found["detectable"] = is_detectable(found, pays)
    return found[[*_COLUMNS, "detectable", "reason"]]


def empty_effect(reason: str, level: float, *, contact: int = 0, holdout: int = 0) -> pd.DataFrame:
    """Return the rows of a list of which nothing can be said."""
    found = pd.DataFrame({"outcome": OUTCOMES})
    found = found.assign(n_contact=contact, n_holdout=holdout, contact=math.nan, holdout=math.nan)
    found = found.assign(**dict.fromkeys(FIGURES, math.nan), level=level)
    return found.assign(detectable=None, reason=reason)


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
        "mde": smallest_found(wide.se, level),
    }
