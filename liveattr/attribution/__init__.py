"""Who touched it: the money of order lines, credited to the touches before the order.

`attribute` reads and writes a lake. `markov`, `shapley` and `rules` take a table of paths (`read_paths`),
as do `path_shares`, `transform_paths` and `choose_order`. `compat` has the call shapes of other packages.
"""

from __future__ import annotations

from liveattr.attribution.chain_order import choose_order
from liveattr.attribution.credit_path import CreditPlan
from liveattr.attribution.markov_chain import markov
from liveattr.attribution.money import create_credit, credit_sql
from liveattr.attribution.path_shares import path_shares
from liveattr.attribution.path_table import Paths, read_paths
from liveattr.attribution.rule_based import RULES, RuleParameters, rule_version
from liveattr.attribution.rule_paths import rules
from liveattr.attribution.shapley_value import shapley
from liveattr.attribution.stage import attribute, roll_up
from liveattr.attribution.totals import credit_totals
from liveattr.attribution.transforms import transform_paths

__all__ = [
    "RULES",
    "CreditPlan",
    "Paths",
    "RuleParameters",
    "attribute",
    "choose_order",
    "create_credit",
    "credit_sql",
    "credit_totals",
    "markov",
    "path_shares",
    "read_paths",
    "roll_up",
    "rule_version",
    "rules",
    "shapley",
    "transform_paths",
]
