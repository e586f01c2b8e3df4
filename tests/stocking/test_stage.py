"""The stage `plan_stock` on a lake: what it writes, when it does nothing, and when it says why not."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from liveattr.lake import Lake, open_lake
from liveattr.settings import Settings
from liveattr.stocking.stage import WRITES, as_usual, plan_stock, policy_of
from tests.rows import Rows, at

DAYS = 70
AS_OF = date(2026, 3, 11)
SETTINGS = Settings(threads=1, stock_lead_days=5, stock_review_days=7)
SKUS = ("A", "B", "C", "D")
LEVEL = (4.0, 2.0, 6.0, 1.0)


def repeated(lake: Lake, table: str, row: dict[str, Any], columns: dict[str, Any]) -> None:
    """Write rows that differ in some columns only."""
    frame = pd.DataFrame(columns)
    rest = {k: v for k, v in row.items() if k not in columns}
    blank = {k: pd.Series([v] * len(frame), dtype=object) for k, v in rest.items()}
    lake.write(table, frame.assign(**blank))


def shop(lake: Lake, days: int = DAYS) -> None:
    """Four products, an order each piece pair, counts, terms, one planned show and a return."""
    rng = np.random.default_rng(1)
    qty = rng.poisson(np.array(LEVEL)[:, None], (len(SKUS), days))
    sku, day = np.nonzero(qty)
    number = pd.Series(np.arange(len(sku))).astype(str)
    moment = pd.Timestamp(at("01-01 10:00")) + pd.to_timedelta(day, unit="D")
    blank = Rows().bought("01-01 10:00").rows
    head = {"order_id": number, "created_at": moment, "paid_at": moment}
    repeated(lake, "order_header", blank["order_header"][0], head)
    pieces = qty[sku, day]
    line = {"order_id": number, "line_id": number, "merchant_code": np.array(SKUS)[sku]}
    line |= {"qty": pieces, "paid_fen": pieces * 2000}
    repeated(lake, "order_line", blank["order_line"][0], line)
    rest = Rows()
    for name, pieces in zip(SKUS, (10, 500, 0, 5), strict=True):
        moment = at("03-11 06:00")
        known = {"warehouse": "w", "captured_at": moment, "on_hand": pieces, "reserved": 1}
        rest.add("stock_snapshot", merchant_sku=name, **known)
    for name, lead, pack, cost in (("A", 3.0, 6, 900), ("B", 5.0, 1, 800), ("C", 10.0, 4, 700)):
        terms = {"lead_time_days": lead, "review_days": 7.0, "pack": pack, "unit_cost_fen": cost}
        rest.add("supply_terms", merchant_sku=name, supplier_id="v", **terms)
    hours = {"start_at": at("03-14 20:00"), "end_at": at("03-14 22:00")}
    show = {"account_id": "kol", "business_on": AS_OF + timedelta(days=3), **hours}
    rest.add("broadcast", broadcast_id="next", **show)
    plan = {"slot": 1, "minutes": 20.0, "state": "planned"}
    rest.add("broadcast_plan", broadcast_id="next", sku_id="A", **plan)
    for name in rest.rows:
        lake.write(name, rest.frame(name))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = open_lake(tmp_path_factory.mktemp("stock") / "lake", threads=1)
    shop(made)
    plan_stock(made, as_of=AS_OF, settings=SETTINGS)
    return made


def test_every_product_gets_one_line_that_adds_up(lake: Lake) -> None:
    plan = lake.table("order_plan").set_index("merchant_sku").sort_index()
    assert list(plan.index) == list(SKUS)
    assert list(plan["days"]) == [10, 12, 17, 12], "lead plus review; D by the settings"
    assert (plan["available"] == plan["on_hand"] - plan["reserved"] + plan["in_transit"]).all()
    costed = plan[plan["unit_cost_fen"].notna()]
    assert (costed["amount_fen"] == costed["suggested_qty"] * costed["unit_cost_fen"]).all()
    assert (costed["suggested_qty"] % pd.Series({"A": 6, "B": 1, "C": 4}) == 0).all()
    assert plan.loc["B", "suggested_qty"] == 0 and plan.loc["A", "suggested_qty"] > 20
    assert plan.loc["A", "demand_mean"] == pytest.approx(40, rel=0.2)
    assert (plan["unit_price_fen"] == 2000).all() and (plan["review_days"] == 7).any()
    assert "no_terms" in plan.loc["D", "reasons"] and "no_terms" not in plan.loc["A", "reasons"]


def test_forecasts_are_of_days_and_of_both_windows(lake: Lake) -> None:
    told = lake.table("demand_forecast")
    windows = told.groupby("merchant_sku")["days"].unique().map(sorted).to_dict()
    assert windows == {"A": [1, 3, 10], "B": [1, 5, 12], "C": [1, 10, 17], "D": [1, 5, 12]}
    assert not told.duplicated(["merchant_sku", "from_on", "days", "quantile"]).any()
    assert told["from_on"].min() == AS_OF + timedelta(days=1)
    tested = lake.table("demand_backtest")
    assert {"auto", "empirical", "last_7", "last_30"} <= set(tested["model"])
    assert set(tested.loc[tested["champion"], "model"]) == {"auto"}, "what the forecast is told by"
    assert {"pinball", "wape", "bias", "coverage_90"} <= set(tested["metric"])


def test_twice_makes_no_new_version_and_forced_the_same_rows(lake: Lake) -> None:
    before = {name: lake.versions()[name] for name in WRITES}
    assert plan_stock(lake, as_of=AS_OF, settings=SETTINGS).skipped
    assert {name: lake.versions()[name] for name in WRITES} == before
    tables = {name: lake.table(name) for name in WRITES}
    plan_stock(lake, as_of=AS_OF, settings=SETTINGS, force=True)
    for name, frame in tables.items():
        keys = [c for c in ("model", "demand_class", "metric") if c in frame] or list(frame)[:5]
        again = lake.table(name).sort_values(keys, ignore_index=True)
        pd.testing.assert_frame_equal(again, frame.sort_values(keys, ignore_index=True))


def test_the_day_after_shows_what_was_suggested_before(lake: Lake) -> None:
    later = AS_OF + timedelta(days=1)
    plan_stock(lake, as_of=later, settings=SETTINGS)
    both = lake.table("order_plan")
    old = both[both["as_of"] == AS_OF].set_index("merchant_sku")["suggested_qty"]
    new = both[both["as_of"] == later].set_index("merchant_sku")
    assert len(old) == len(new) == len(SKUS), "results of other dates stay"
    assert (new["previous_qty"] == old).all()
    assert (new["previous_on"] == AS_OF).all()


def test_too_little_is_said_and_nothing_is_planned(tmp_path: Any) -> None:
    thin = open_lake(tmp_path / "lake", threads=1)
    shop(thin, days=10)
    done = plan_stock(thin, as_of=date(2026, 1, 10), settings=SETTINGS)
    assert done.notes == ("10 days of orders; orders are planned from 28 days on",)
    assert thin.table("order_plan").empty and thin.table("demand_forecast").empty


def test_days_that_no_plan_reaches_are_as_usual() -> None:
    days = pd.date_range("2026-03-01", periods=56)
    panel = pd.DataFrame({"sku_id": "A", "on": days[:28], "live_minutes": 18.0, "price_ratio": 0.9})
    ahead = pd.DataFrame(
        {"sku_id": "A", "on": days[28:], "live_show": 0.0, "live_minutes": 0.0, "price_ratio": 1.0}
    )
    ahead.loc[4, "live_minutes"] = 30.0
    told = as_usual(ahead, panel)
    assert list(told["live_minutes"]) == [0.0] * 4 + [30.0] + [18.0] * 23
    assert list(told["price_ratio"]) == [1.0] * 5 + [0.9] * 23
    assert (told["live_show"] == 0).all() and (ahead["live_minutes"].sum() == 30)
    new = as_usual(ahead.assign(sku_id="new"), panel)
    assert new["live_minutes"].sum() == 30, "of a product without a past nothing is usual"


def test_settings_are_the_policy() -> None:
    known = Settings(stock_service="class", stock_budget_fen=100, stock_ageing_per_year=1.5)
    rules = policy_of(known, kept_share=0.8)
    assert (rules.service, rules.budget_fen, rules.ageing_per_year) == ("class", 100, 1.5)
    assert rules.kept_share == 0.8 and rules.lead_time_days == known.stock_lead_days
