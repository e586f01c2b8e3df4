"""What an order needs foretold: all three forecasts in one frame, of what is in stock."""

import numpy as np
import pandas as pd

from liveattr.stocking import for_orders
from liveattr.stocking.for_orders import order_forecast
from liveattr.stocking.forecast import forecast_demand
from liveattr.stocking.order_lines import plan_orders
from liveattr.stocking.policy import OrderPolicy
from tests.stocking.shops import plan, shop

RULES = OrderPolicy(lead_time_days=6, review_days=5)


def stock_of(skus: list[str], **terms: object) -> pd.DataFrame:
    return pd.DataFrame({"sku_id": skus, "on_hand": 10} | terms)


def test_windows_are_those_of_the_stock_and_quantiles_those_of_the_forecast() -> None:
    history, _ = shop(np.random.default_rng(21), skus=6, days=150)
    stock = stock_of(["S00", "S01", "S02"], lead_time_days=[3, None, 0], review_days=[7, None, 4])
    told = order_forecast(history, plan(150), stock, RULES)
    days = told.groupby("sku_id")["days"].unique().map(sorted).to_dict()
    assert days == {"S00": [1, 3, 10], "S01": [1, 6, 11], "S02": [1, 4]}
    some = history[history["sku_id"].isin(days)]
    one = forecast_demand(some, plan(150), sum_over_days={"S00": 10, "S01": 11, "S02": 4})
    keys = ["sku_id", "days", "quantile"]
    both = one.merge(told, on=[*keys, "from_on"], suffixes=("", "_told"))
    assert len(both) == len(one) and (both["units"] == both["units_told"]).all()
    order = plan_orders(told, stock, RULES)
    assert order["fallback_reason"].isna().all(), "no window had to be scaled from another"


def test_a_product_that_only_the_plan_and_the_stock_know_is_ordered_too() -> None:
    history, _ = shop(np.random.default_rng(22), skus=6, days=150)
    ahead = pd.concat([plan(150).assign(sku_id=s) for s in ("S00", "S03", "new", "elsewhere")])
    stock = stock_of(["S00", "S03", "new"])
    told = order_forecast(history, ahead, stock, RULES)
    assert set(told["sku_id"]) == {"S00", "S03", "new"}, "what is not in stock is not told"
    assert (told[told["sku_id"] == "new"].groupby("days").size() > 0).index.tolist() == [1, 6, 11]
    order = plan_orders(told, stock, RULES).set_index("sku_id")
    assert order.loc["new", "demand_mean"] > 0 and order.loc["new", "demand_class"] == "new"


def test_single_days_are_told_of_those_that_sell_most(monkeypatch) -> None:
    history, _ = shop(np.random.default_rng(23), skus=5, days=120)
    skus = sorted(history["sku_id"].unique())
    monkeypatch.setattr(for_orders, "MOST_DAILY", 2)
    told = order_forecast(history, None, stock_of(skus), RULES)
    best = history.groupby("sku_id")["units"].sum().nlargest(2).index
    assert set(told.loc[told["days"] == 1, "sku_id"]) == set(best)
    assert set(told.loc[told["days"] > 1, "sku_id"]) == set(skus)
