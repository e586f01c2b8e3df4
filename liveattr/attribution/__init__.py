"""Who touched it: the money of order lines, credited to the touches before the order.

`attribute` reads and writes a lake. `credit_journeys` shares out journeys that are a frame.
"""

from __future__ import annotations

from liveattr.attribution.money import create_credit, credit_sql, total_sql
from liveattr.attribution.rule_based import RULES, RuleParameters, credit_journeys, rule_version
from liveattr.attribution.stage import attribute

__all__ = [
    "RULES",
    "RuleParameters",
    "attribute",
    "create_credit",
    "credit_journeys",
    "credit_sql",
    "rule_version",
    "total_sql",
]
