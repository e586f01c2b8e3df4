"""All that an order needs foretold: sums over lead time plus review, over the lead time, and single days."""

from __future__ import annotations

import pandas as pd

from liveattr.stocking.forecast import forecast_demand
from liveattr.stocking.goods import order_windows
from liveattr.stocking.policy import OrderPolicy

__all__ = ["DAYS_AHEAD", "order_forecast"]

DAYS_AHEAD = 28
"""[days] Told one by one."""
MOST_DAILY = 2000
"""SKUs that are told day by day: those that sell most. The sums are told of all."""


def order_forecast(
    history: pd.DataFrame,
    calendar: pd.DataFrame | None,
    stock: pd.DataFrame,
    policy: OrderPolicy | None = None,
    *,
    model: str = "auto",
) -> pd.DataFrame:
    """Foretell what `plan_orders` needs, for every SKU of a stock.

    Parameters
    ----------
    history, calendar, model
        As of `forecast_demand`; the calendar reaches over the longest lead time plus review, or what is beyond
        counts as without a plan. SKUs that are not in `stock` are left out.
    stock
        As of `plan_orders`: sku_id, on_hand, lead_time_days, review_days; the latter two may be missing.
    policy
        Gives lead time and review where the stock does not.

    Returns
    -------
    DataFrame
        As of `forecast_demand`, one row a SKU, window and quantile: the window of lead time plus review (the quantile
        is what to order up to), that of the lead time (when to order), and the next 28 single days of the 2,000
        SKUs that sell most (on which of them it runs out). Deterministic.

    Raises
    ------
    TableError
        `stock` lacks sku_id or on_hand, or a SKU stands there twice.
    ParameterError
        As of `forecast_demand`.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=60)
    >>> history = pd.DataFrame({"sku_id": "a", "on": days, "units": 2.0, "in_stock": True})
    >>> stock = pd.DataFrame({"sku_id": ["a"], "on_hand": [9], "lead_time_days": [5], "review_days": [7]})
    >>> sorted(order_forecast(history, None, stock)["days"].unique().tolist())
    [1, 5, 12]
    """
    windows = order_windows(stock, policy).set_index("sku_id")
    whole = windows["window_days"]
    lead = windows.loc[(windows["lead_days"] > 0) & (windows["lead_days"] < whole), "lead_days"]
    known = history[history["sku_id"].isin(windows.index)]
    sold = known.groupby("sku_id")["units"].sum().sort_values(ascending=False, kind="stable")
    daily = windows.index.difference(sold.index[MOST_DAILY:])
    plan = pd.DataFrame() if calendar is None else calendar
    parts = [
        forecast_demand(known, plan, sum_over_days=whole, model=model),
        forecast_demand(_of(known, lead.index), plan, sum_over_days=lead, model=model),
        forecast_demand(_of(known, daily), _of(plan, daily), horizon_days=DAYS_AHEAD, model=model),
    ]
    told = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return told.drop_duplicates(["sku_id", "from_on", "days", "quantile"], ignore_index=True)


def _of(frame: pd.DataFrame, skus: pd.Index) -> pd.DataFrame:
    return frame[frame["sku_id"].isin(skus)] if "sku_id" in frame else frame
