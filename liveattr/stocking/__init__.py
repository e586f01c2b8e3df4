"""What to have on the shelf: demand, forecast, order, and whether it would have gone well.

`demand_panel` and `demand_calendar` read a lake, `forecast_demand` tells quantiles of days and of sums, `event_uplift`
what each show brought, `backtest_demand` and `simulate_policy` how it would have gone, `order_forecast` what an order
needs foretold, `plan_orders` what to order,
`score_overrides` whether it was right to change that. `plan_stock` does all of it for a lake.
"""

from __future__ import annotations

from liveattr.stocking.backtest import backtest_demand
from liveattr.stocking.classes import demand_class
from liveattr.stocking.demand import demand_calendar, demand_panel
from liveattr.stocking.events import event_uplift
from liveattr.stocking.for_orders import order_forecast
from liveattr.stocking.forecast import QUANTILES, forecast_demand
from liveattr.stocking.frontiers import cover_rule, frontier, stock_at
from liveattr.stocking.goods import order_windows
from liveattr.stocking.grades import abc_xyz
from liveattr.stocking.order_lines import plan_orders
from liveattr.stocking.overrides import OverrideScore, score_overrides
from liveattr.stocking.periodic_review import PolicyRun, simulate_policy
from liveattr.stocking.policy import OrderPolicy
from liveattr.stocking.stage import plan_stock

__all__ = [
    "QUANTILES",
    "OrderPolicy",
    "OverrideScore",
    "PolicyRun",
    "abc_xyz",
    "backtest_demand",
    "cover_rule",
    "demand_calendar",
    "demand_class",
    "demand_panel",
    "event_uplift",
    "forecast_demand",
    "frontier",
    "order_forecast",
    "order_windows",
    "plan_orders",
    "plan_stock",
    "score_overrides",
    "simulate_policy",
    "stock_at",
]
