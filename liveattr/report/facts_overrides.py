"""What planners decided in the past, and what that was worth; for the stocking report."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.stocking.overrides import OverrideScore

__all__ = ["past_decisions", "score_past"]

_PAST = """
SELECT o.as_of, o.merchant_sku AS sku_id, o.suggested_qty, o.decision_qty, p.days, p.available,
       p.returns_due, p.unit_short_cost, p.unit_over_cost
FROM order_override AS o JOIN order_plan AS p USING (as_of, merchant_sku)
WHERE o.as_of + p.days <= $as_of AND o.as_of >= $as_of - $days
ORDER BY o.as_of, o.merchant_sku"""

BACK_DAYS = 180
"""[days] Decisions that are older are not scored again."""
_OURS = ["as_of", "sku_id", "suggested_qty", "decision_qty"]


def past_decisions(con: DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """Return decisions whose window is over by `as_of`, with what was planned for them.

    Columns: `as_of, sku_id, suggested_qty, decision_qty, days, available, returns_due, unit_short_cost,
    unit_over_cost`.
    """
    return con.sql(_PAST, params={"as_of": as_of, "days": BACK_DAYS}).df()


def score_past(past: pd.DataFrame, demand: pd.DataFrame, as_of: date) -> OverrideScore | None:
    """Score past decisions by the demand that came; None where nothing of them is over.

    Parameters
    ----------
    past
        From `past_decisions`.
    demand
        `sku_id, on, units, in_stock`; days after `as_of` do not count.
    as_of
        What was known at its end.
    """
    from liveattr.stocking.overrides import score_overrides

    came = demand[pd.to_datetime(demand["on"]) <= pd.Timestamp(as_of)]
    if past.empty or came.empty:
        return None
    return score_overrides(past[_OURS], past.drop(columns=_OURS[2:]), came)
