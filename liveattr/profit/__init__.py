"""The statement of a broadcast: whose money an order line is, and what stayed of it.

`settle` is the stage, and `settle_lift` the one for orders that would not have come otherwise.
Everything else is pure: functions on a DuckDB connection with named relations, or on frames.
"""

from __future__ import annotations

from liveattr.profit.allocate import allocate
from liveattr.profit.basis import HARD_TIERS, TIERS, line_bases
from liveattr.profit.lift_stage import settle_lift
from liveattr.profit.lift_statement import lift_statement
from liveattr.profit.roi import true_roi
from liveattr.profit.shares import VARIANTS, line_shares
from liveattr.profit.stage import settle
from liveattr.profit.statement import LINES, StatementLine, broadcast_statement

__all__ = [
    "HARD_TIERS",
    "LINES",
    "TIERS",
    "VARIANTS",
    "StatementLine",
    "allocate",
    "broadcast_statement",
    "lift_statement",
    "line_bases",
    "line_shares",
    "settle",
    "settle_lift",
    "true_roi",
]
