"""Who is on a list, in which arm, and what the costs of contacting leave of what they brought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from liveattr.errors import ParameterError, TableError

__all__ = [
    "FIGURES",
    "OUTCOMES",
    "ListOutcomes",
    "is_detectable",
    "listed_people",
    "paying_effect",
    "smallest_found",
]

OUTCOMES = ("bought", "orders", "net_margin_fen")
FIGURES = ("difference", "low", "high", "total", "total_low", "total_high", "p_value", "mde")
_EARNED = "net_margin_fen"


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


def listed_people(one: ListOutcomes) -> pd.DataFrame:
    """Return one row a person of both arms with outcomes, the costs of contacting taken off.

    Parameters
    ----------
    one
        The list.

    Returns
    -------
    pandas.DataFrame
        `person_id, arm, bought, orders, net_margin_fen, before_fen` (margin before those costs).

    Raises
    ------
    ParameterError
        If the cost is negative, or a person is missing or there twice.
    TableError
        If a column is missing.
    """
    _check(one)
    rows = one.arms[one.arms["arm"].isin(["contact", "holdout"])]
    rows = rows.sort_values("person_id", ignore_index=True)  # sums of fractions depend on the order
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


def _check(one: ListOutcomes) -> None:
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


def paying_effect(rows: pd.DataFrame, message_cost_fen: float) -> dict[str, float]:
    """Return the difference of each outcome that pays one message; 0 where none can be told."""
    margin = float(rows["before_fen"].sum())
    pays = {_EARNED: float(message_cost_fen)}
    for name in ("bought", "orders"):
        count = float(rows[name].sum())
        pays[name] = message_cost_fen * count / margin if margin > 0 else 0.0
    return pays


def is_detectable(found: pd.DataFrame, pays: Mapping[str, float]) -> pd.Series:
    """Say where the interval excludes 0, or is narrower than what pays; null where there is none."""
    apart = (found["low"] > 0) | (found["high"] < 0)
    narrow = found["high"] - found["low"] < found["outcome"].map(pays)
    told = found["low"].notna()
    known = [bool(x) if t else None for x, t in zip(apart | narrow, told, strict=True)]
    return pd.Series(known, index=found.index, dtype=object)


def smallest_found(se: float, level: float) -> float:
    """Return the difference that is found with 80 % power."""
    from scipy.stats import norm

    return float(norm.ppf((1 + level) / 2) + norm.ppf(0.8)) * se
