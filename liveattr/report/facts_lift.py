"""What a campaign's report knows of its lift: rows of finished tables, and how they are asked for.

A lake without lift has no such rows, and the report is one of credit alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

__all__ = ["LIFT_TABLES", "LiftFacts", "none_of", "read_lift"]

LIFT_TABLES = ("lift", "lift_day", "lift_order", "lift_statement", "trust")

_METHODS = ("holdout", "off_days", "baseline", "pooled", "hazard")
"""From the hardest evidence to the softest: a report takes the first that has a number."""

_MINE = """
    SELECT 'campaign' AS kind, $campaign_id AS subject
    UNION SELECT 'broadcast', broadcast_id FROM broadcast WHERE campaign_id = $campaign_id
    UNION SELECT 'room', b.platform || '/' ||
                 CASE WHEN c.kind = 'show' THEN 'shows' ELSE b.account_id END
    FROM broadcast AS b LEFT JOIN campaign AS c USING (campaign_id)
    WHERE b.campaign_id = $campaign_id
"""

_LIFTS = f"""
SELECT l.* EXCLUDE (as_of) FROM lift AS l
JOIN ({_MINE}) AS m ON m.kind = l.subject_kind AND m.subject = l.subject
WHERE l.as_of = $as_of
ORDER BY CASE l.subject_kind WHEN 'campaign' THEN 1 WHEN 'room' THEN 2 ELSE 3 END,
         l.since_on, l.subject, list_position({list(_METHODS)}, l.method), l.method
"""

_STATEMENT = """
SELECT * EXCLUDE (campaign_id, as_of) FROM lift_statement
WHERE campaign_id = $campaign_id AND as_of = $as_of ORDER BY horizon, pos, line
"""

_DAYS = """
SELECT * EXCLUDE (campaign_id, as_of) FROM lift_day
WHERE campaign_id = $campaign_id AND as_of = $as_of ORDER BY day_on
"""

_ORDERS = """
SELECT platform, shop_id, order_id, weight FROM lift_order
WHERE campaign_id = $campaign_id AND as_of = $as_of ORDER BY platform, shop_id, order_id
"""

_TRUST = f"""
SELECT t.* FROM trust AS t
WHERE t.as_of <= $as_of
  AND (t.subject = '(all)' OR t.subject IN (SELECT subject FROM ({_MINE})))
QUALIFY row_number() OVER (PARTITION BY t.subject, t.test ORDER BY t.as_of DESC) = 1
ORDER BY t.subject = '(all)', t.subject, t.test
"""


def none_of(value: Any) -> Any:
    """Return a cell, with None for every kind of null."""
    return None if pd.isna(value) else value


@dataclass(frozen=True)
class LiftFacts:
    """What would not have happened without one campaign, as of one day.

    Attributes
    ----------
    lifts
        Rows of `lift`: of the campaign, its rooms and its broadcasts.
    statement, days, orders
        Rows of `lift_statement`, `lift_day` and `lift_order` of the campaign.
    trust
        Rows of `trust` for its rooms and for all, each the newest up to that day.
    """

    lifts: pd.DataFrame
    statement: pd.DataFrame
    days: pd.DataFrame
    orders: pd.DataFrame
    trust: pd.DataFrame

    @property
    def known(self) -> bool:
        """Say whether lift was looked for: then the page speaks of cause before credit."""
        return self.best is not None or not self.statement.empty

    @cached_property
    def best(self) -> Mapping[str, Any] | None:
        """The lift that stands behind the figures; one without a number if none has any."""
        rows = [
            {str(name): none_of(value) for name, value in each.items()}
            for each in self.lifts.to_dict("records")
        ]
        mine = [each for each in rows if each["subject_kind"] == "campaign"]
        if not mine:
            mine = [each for each in rows if each["subject_kind"] == "broadcast"]
            mine = mine if len({each["subject"] for each in mine}) == 1 else []
        return min(mine, key=self._order, default=None)

    def _order(self, row: Mapping[str, Any]) -> tuple[bool, bool, int]:
        turn = _METHODS.index(row["method"]) if row["method"] in _METHODS else len(_METHODS)
        return not row["chosen"], row["gross"] is None, turn

    @property
    def state(self) -> str:
        """What can be said: `roi`, `kept` (no costs), `orders` (no statement), `none`, or nothing."""
        if not self.known:
            return ""
        if self.ppm() is not None:
            return "roi"
        if self.fen("revenue") is not None:
            return "kept"
        return "none" if self.best is None or self.best["gross"] is None else "orders"

    @cached_property
    def horizon(self) -> str:
        """The horizon that the page speaks of: net; gross only where net is not known."""
        known = self.statement["amount_fen"].notna() & self.statement["line"].eq("revenue")
        told = self.statement.loc[known, "horizon"]
        return "net" if "net" in set(told) or told.empty else "gross"

    def row(self, line: str, horizon: str = "") -> Mapping[str, Any]:
        """Return one row of the statement; a line that is not there is not given."""
        found = self.statement
        found = found[(found["line"] == line) & (found["horizon"] == (horizon or self.horizon))]
        if found.empty:
            return dict.fromkeys(self.statement.columns, None) | {"given": False}
        return {str(name): none_of(value) for name, value in found.iloc[0].items()}

    def fen(self, line: str, horizon: str = "") -> int | None:
        """Return the amount of a line in fen, or None."""
        value = self.row(line, horizon)["amount_fen"]
        return None if value is None else int(value)

    def ppm(self, horizon: str = "") -> int | None:
        """Return the true ROI in ppm, or None."""
        value = self.row("true_roi", horizon)["value_ppm"]
        return None if value is None else int(value)

    def ends(self, line: str, horizon: str = "") -> tuple[int, int] | None:
        """Return the interval of a result: ppm of the true ROI, fen of any other line."""
        row, unit = self.row(line, horizon), "ppm" if line == "true_roi" else "fen"
        low, high = row[f"low_{unit}"], row[f"high_{unit}"]
        return None if low is None or high is None else (int(low), int(high))

    def given(self, horizon: str = "") -> bool:
        """Say whether every cost is given; else the true ROI is at most what is shown."""
        return bool(self.row("true_roi", horizon)["given"])

    @property
    def grade(self) -> str:
        """Grade of the gross lift: how it was found, A to C."""
        found = self.best["grade"] if self.best is not None else None
        return found or self.row("true_roi", "gross")["grade"] or ""

    @property
    def level(self) -> float:
        """Level of the intervals."""
        return float((self.best or {}).get("level") or 0.9)


def read_lift(frame: Callable[..., pd.DataFrame], **of_day: Any) -> LiftFacts:
    """Read the rows of one campaign.

    Parameters
    ----------
    frame
        Runs a query with parameters.
    **of_day
        `campaign_id` and `as_of`.
    """
    return LiftFacts(
        *(frame(text, **of_day) for text in (_LIFTS, _STATEMENT, _DAYS, _ORDERS, _TRUST))
    )
