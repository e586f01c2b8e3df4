"""Who touched it: the money of order lines, credited to the touches before the order.

`attribute` reads and writes a lake. `markov`, `shapley` and `rules` take a table of paths.
"""

from __future__ import annotations

from liveattr.attribution.markov_chain import markov
from liveattr.attribution.money import create_credit, credit_sql, total_sql
from liveattr.attribution.path_table import Paths, read_paths
from liveattr.attribution.rule_based import RULES, RuleParameters, rule_version
from liveattr.attribution.rule_paths import rules
from liveattr.attribution.stage import attribute

__all__ = [
    "RULES",
    "Paths",
    "RuleParameters",
    "attribute",
    "create_credit",
    "credit_sql",
    "markov",
    "read_paths",
    "rule_version",
    "rules",
    "total_sql",
]
