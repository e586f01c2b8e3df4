"""Whether the data can carry a number about a person; if not, what is missing."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from liveattr.repurchase.landmark_input import day_number, given_orders
from liveattr.units import SHANGHAI

__all__ = ["FEWEST_BUYERS", "FEWEST_DAYS", "REASONS", "beats_baselines", "refusal"]

FEWEST_BUYERS = 500
FEWEST_DAYS = 180
"""[days] From the first order to the day itself."""
STALE_DAYS = 30
"""[days] Without any order: the shop, or the feed, has stopped."""
FEWEST_LOYAL = 10
"""People with three days of orders or more: fewer show no rhythm."""

REASONS = {
    "few_buyers": f"fewer than {FEWEST_BUYERS} people have ordered",
    "few_days": f"orders reach back less than {FEWEST_DAYS} days",
    "stale": f"nobody has ordered for {STALE_DAYS} days",
    "few_repeats": f"fewer than {FEWEST_LOYAL} people have ordered on three days",
    "not_better": "in the backtest no model told more than the share of everybody, or each person's own rate",
}


def refusal(orders: pd.DataFrame, as_of: date | str, *, zone: str = SHANGHAI) -> str | None:
    """Return why nothing is to be said about single persons, or None.

    Parameters
    ----------
    orders
        See `landmarks`.
    as_of
        Day: what was known at its end.
    zone
        Of days, for moments with a zone.

    Returns
    -------
    str or None
        A key of `REASONS`, the first that holds.

    Examples
    --------
    >>> one = pd.DataFrame({"person_id": "p", "order_id": ["1"], "value_fen": 900,
    ...     "refunded_fen": 0, "ordered_at": pd.to_datetime(["2026-01-01"])})
    >>> refusal(one, "2026-03-01")
    'few_buyers'
    """
    end = day_number(as_of)
    given = given_orders(orders, end, by=("person_id",), zone=zone)
    refunded = (given["known"] <= end) & (given["refunded"] > 0)
    kept = given[~(refunded & (given["refunded"] >= given["value"]))]
    if kept["person_id"].nunique() < FEWEST_BUYERS:
        return "few_buyers"
    if end - int(kept["day"].min()) < FEWEST_DAYS:
        return "few_days"
    if end - int(kept["day"].max()) >= STALE_DAYS:
        return "stale"
    days = kept.drop_duplicates(["person_id", "day"])["person_id"].value_counts()
    return "few_repeats" if int((days >= 3).sum()) < FEWEST_LOYAL else None


def beats_baselines(scores: pd.DataFrame) -> bool:
    """Return whether the chosen model's mean log loss is below both baselines' at every horizon.

    Parameters
    ----------
    scores
        Of `backtest`. Without a cut there is nothing to show for it: False.
    """
    if scores.empty or not scores["chosen"].any():
        return False
    mean = scores.pivot_table(index="horizon_days", columns="model", values="log_loss")
    ours = scores[scores["chosen"]].groupby("horizon_days")["log_loss"].mean()
    plain = mean.reindex(columns=["constant", "same_rate"]).min(axis=1)
    return bool(np.all(ours < plain.reindex(ours.index)))
