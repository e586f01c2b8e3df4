import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from liveattr.errors import ParameterError, TableError
from liveattr.stocking.goods import order_windows
from liveattr.stocking.grades import abc_xyz
from liveattr.stocking.order_lines import ORDER_COLUMNS, plan_orders
from liveattr.stocking.order_reasons import REASON_CODES, reasons_json
from liveattr.stocking.policy import OrderPolicy
from liveattr.tables import TABLES
from tests.stocking.peers import newsvendor_normal, newsvendor_poisson

LEVELS = np.array([0.05, *np.arange(1, 10) / 10, 0.95, 0.99])
START = pd.Timestamp("2026-03-02")
COSTS = OrderPolicy(holding_per_year=0.25, ageing_per_year=0.3)
TIGHT = OrderPolicy(budget_fen=400_000)


def goods(skus=1, **changed):
    """Stock of SKUs of which nothing is there."""
    known = {
        "sku_id": [f"s{k}" for k in range(skus)], "name": "cream", "category": "skin",
        "supplier_id": "v", "on_hand": 0, "reserved": 0, "in_transit": 0, "returns_due": 0.0,
        "mean_7": 4.0, "mean_30": 4.0, "weekly_cv": 0.3, "unit_cost_fen": 2000,
        "unit_price_fen": 5000, "lead_time_days": 7, "review_days": 7, "pack": 1, "moq": 0,
        "min_order_fen": 0, "shelf_life_days": np.nan,
    }  # fmt: skip
    return pd.DataFrame(known | changed)


def told(stock, law, policy=None, levels=LEVELS, **changed):
    """A forecast of both windows; `law(days)` is the distribution of the sum."""
    rows = []
    for row in order_windows(stock, policy).itertuples():
        for days in {row.lead_days, row.window_days} - {0}:
            window = law(days)
            units, mean = window.ppf(levels), window.mean()
            rows += [(row.sku_id, days, *each, mean) for each in zip(levels, units, strict=True)]
    names = ["sku_id", "days", "quantile", "units", "mean"]
    known = {
        "from_on": START, "event_units": 0.0, "demand_class": "smooth", "model_used": "glm",
        "fallback_reason": None, "basis": "own history",
    }  # fmt: skip
    return pd.DataFrame(rows, columns=names).assign(**(known | changed))


def normal(days):
    return stats.norm(4 * days, 2 * np.sqrt(days))


def poisson(days):
    return stats.poisson(4 * days)


def codes(plan, row=0):
    return [each[0] for each in json.loads(plan["reasons"].iloc[row])]


def number(plan, code, row=0):
    return next(each[1:] for each in json.loads(plan["reasons"].iloc[row]) if each[0] == code)


def plan_one(policy=COSTS, law=poisson, forecast=None, **changed):
    stock = goods(**changed)
    return plan_orders(told(stock, law) if forecast is None else forecast, stock, policy)


def test_columns_are_those_of_the_table():
    named = [c.name for c in TABLES["order_plan"].columns]
    assert [n.replace("merchant_sku", "sku_id") for n in named] == list(ORDER_COLUMNS)
    assert list(plan_one().columns) == list(ORDER_COLUMNS)


def test_order_up_to_agrees_with_stockpyl():
    """Lost margin 3000 fen, a week of lying 2000 × .55 × 7 / 365 fen: level above the ceiling .98."""
    stock = goods()
    hold = 2000 * 0.55 * 7 / 365
    fine = np.union1d(np.arange(1, 1000) / 1000, [round(3000 / (3000 + hold), 9)])
    free = OrderPolicy(service_ceiling=0.998)
    plan = plan_orders(told(stock, normal, levels=fine), stock, free)
    known, _ = newsvendor_normal(hold, 3000, 4 * 14, 2 * np.sqrt(14))
    assert plan["service_level"].iloc[0] == pytest.approx(3000 / (3000 + hold))
    assert plan["order_up_to"].iloc[0] == pytest.approx(known, rel=1e-3)
    assert plan["suggested_qty"].iloc[0] == np.ceil(plan["order_up_to"].iloc[0])
    plan = plan_orders(told(stock, poisson, levels=fine), stock, free)
    known, _ = newsvendor_poisson(hold, 3000, 56)
    assert plan["suggested_qty"].iloc[0] == known


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_class_target_is_the_quantile_of_the_window(level):
    rules = OrderPolicy(service="class", class_targets=dict.fromkeys("ABC", level))
    plan = plan_one(rules)
    assert plan["suggested_qty"].iloc[0] == stats.poisson(56).ppf(level)
    assert plan["reorder_point"].iloc[0] == stats.poisson(28).ppf(level)
    assert plan["safety_stock"].iloc[0] == pytest.approx(max(stats.poisson(56).ppf(level) - 56, 0))


def test_what_is_there_is_taken_off():
    whole = plan_one()["suggested_qty"].iloc[0]
    plan = plan_one(on_hand=20, reserved=5, in_transit=10, returns_due=4.0)
    assert plan["available"].iloc[0] == 25
    assert plan["suggested_qty"].iloc[0] == whole - 29
    assert number(plan, "returns") == [4]
    landed = plan_one(OrderPolicy(returns_share=0), on_hand=20, reserved=5, returns_due=4.0)
    assert landed["suggested_qty"].iloc[0] == whole - 15
    assert "returns" not in codes(landed)


def test_day_of_the_stockout_follows_the_mean():
    plan = plan_one(on_hand=10)
    assert plan["cover_days"].iloc[0] == pytest.approx(2.5)
    assert plan["stockout_on"].iloc[0] == START + pd.Timedelta(days=2)
    assert number(plan, "stockout") == [2.5]
    assert plan_one(on_hand=0)["stockout_on"].iloc[0] == START
    assert number(plan_one(on_hand=0), "stockout") == [0]
    assert number(plan_one(on_hand=1), "stockout") == [1]
    full = plan_one(on_hand=100_000)
    assert pd.isna(full["stockout_on"].iloc[0])
    assert codes(full)[0] == "enough"


def test_day_of_the_stockout_follows_single_days_where_told():
    """30 pieces last a week at the mean, but a broadcast on the third day takes 50."""
    stock = goods(on_hand=30)
    calm = told(stock, poisson)
    days = pd.DataFrame(
        {
            "sku_id": "s0", "from_on": pd.date_range(START, periods=14), "days": 1,
            "quantile": 0.5, "units": 2.0, "mean": [2.0, 2, 50, *[2.0] * 11],
        }
    )  # fmt: skip
    plan = plan_orders(pd.concat([calm, days], ignore_index=True), stock)
    assert plan["stockout_on"].iloc[0] == START + pd.Timedelta(days=2)
    assert plan["demand_mean"].iloc[0] == 56
    assert number(plan, "stockout") == [2.5]  # 26 of the 50


def test_expected_costs_are_those_of_the_normal_law():
    fine = np.arange(1, 1000) / 1000
    stock = goods(on_hand=50)
    plan = plan_orders(told(stock, normal, levels=fine), stock)
    after = 50 + plan["suggested_qty"].iloc[0]
    law = normal(14)
    z = (after - law.mean()) / law.std()
    short = law.std() * (stats.norm.pdf(z) - z * stats.norm.sf(z))
    left = after - law.mean() + short
    assert plan["short_cost_fen"].iloc[0] == pytest.approx(3000 * short, abs=0.01 * 3000)
    assert plan["over_cost_fen"].iloc[0] == pytest.approx(left * 2000 * 0.55 * 7 / 365, rel=0.01)


def test_packs_and_least_order_are_rounded_up_and_told():
    need = plan_one()["suggested_qty"].iloc[0]
    packed = plan_one(pack=12)
    assert packed["suggested_qty"].iloc[0] == 12 * np.ceil(need / 12)
    assert number(packed, "pack") == [12]
    least = plan_one(pack=12, moq=100)
    assert least["suggested_qty"].iloc[0] == 108
    assert number(least, "moq") == [100]
    assert "moq" not in codes(plan_one(pack=12, moq=50))


def test_least_order_that_costs_more_than_it_brings_is_not_placed():
    """3 pieces short of the level; 300 would lie for 75 days and cost more than the sales saved."""
    enough = int(stats.poisson(56).ppf(0.98)) - 3
    plan = plan_one(on_hand=enough, moq=300)
    assert plan["suggested_qty"].iloc[0] == 0
    assert codes(plan)[0] == "moq_too_much"
    assert plan_one(on_hand=0, moq=300)["suggested_qty"].iloc[0] == 300
    far = plan_one(on_hand=0, moq=5000)
    assert far["suggested_qty"].iloc[0] == 0  # 1250 days of demand
    assert codes(far)[0] == "moq_too_much"
    huge = plan_one(on_hand=enough, pack=400)
    assert huge["suggested_qty"].iloc[0] == 0
    assert codes(huge)[0] == "pack_too_much"


def test_shelf_life_bounds_the_order():
    """Usable: 7 days of lead and half of 10 days of shelf life, so 12 days of 4 pieces."""
    plan = plan_one(shelf_life_days=10)
    assert plan["order_up_to"].iloc[0] == plan["suggested_qty"].iloc[0] == 48
    assert number(plan, "shelf_life") == [10]
    assert plan_one(shelf_life_days=10, pack=10)["suggested_qty"].iloc[0] == 40
    nothing = plan_one(shelf_life_days=10, pack=10, moq=60)
    assert nothing["suggested_qty"].iloc[0] == 0
    assert codes(nothing)[0] == "shelf_life"
    assert "shelf_life" not in codes(plan_one(shelf_life_days=720))


def test_shelf_life_shorter_than_lead_time_still_gives_an_order():
    plan = plan_one(lead_time_days=30, shelf_life_days=4)
    assert plan["suggested_qty"].iloc[0] == 4 * 32


@pytest.mark.parametrize(("cause", "capped"), [("price", 1), ("page", 1), ("logistics", 1)])
def test_a_cause_that_stock_does_not_mend_caps_the_order(cause, capped):
    stock = goods(2)
    found = pd.DataFrame(
        {
            "sku_id": ["s0", "s0", "s1"],
            "cause": ["stock", cause, "none"],
            "strength": [0.99, 0.8, None],
        }
    )
    plan = plan_orders(told(stock, poisson), stock, diagnosis=found)
    assert plan["suggested_qty"].iloc[0] == 56 < plan["suggested_qty"].iloc[1]
    assert plan["diagnosis"].tolist() == [cause, None]
    assert json.loads(plan["reasons"].iloc[0])[0] == ["diagnosis_cap", cause]
    middle = OrderPolicy(diagnosis_cap=0.2)
    deeper = plan_orders(told(stock, poisson), stock, middle, diagnosis=found)
    assert deeper["suggested_qty"].iloc[0] == stats.poisson(56).ppf(0.2)
    free = plan_orders(
        told(stock, poisson), stock, OrderPolicy(diagnosis_cap=None), diagnosis=found
    )
    assert np.ptp(free["suggested_qty"]) == 0


def test_weak_or_unknown_causes_do_not_cap():
    stock = goods(2)
    found = pd.DataFrame(
        {"sku_id": ["s0", "s1"], "cause": ["price", "page"], "strength": [0.2, None]}
    )
    plan = plan_orders(told(stock, poisson), stock, diagnosis=found)
    assert plan["diagnosis"].isna().all()
    assert np.ptp(plan["suggested_qty"]) == 0


def test_supplier_minimum_is_reached_or_left():
    stock = goods(3, on_hand=[60, 62, 0], supplier_id=["v", "v", None])
    stock["min_order_fen"] = [60_000, 0, 999_999_999]
    plan = plan_orders(told(stock, poisson), stock)
    raised = plan.iloc[:2]
    assert raised["amount_fen"].sum() == 60_000
    assert all("min_order" in codes(plan, k) for k in range(2))
    assert number(plan, "min_order") == [60_000]
    alone = plan_orders(told(stock, poisson), stock.assign(min_order_fen=[10**9, 0, 0]))
    assert alone["suggested_qty"].tolist()[:2] == [0, 0]
    assert codes(alone)[0] == "min_order_too_much"
    assert alone["suggested_qty"].iloc[2] > 0


def test_budget_cuts_what_brings_least_and_says_how_much():
    stock = goods(3, unit_price_fen=[9000, 5000, 2100])
    free = plan_orders(told(stock, poisson), stock)
    money = int(free["amount_fen"].sum() * 0.6)
    plan = plan_orders(told(stock, poisson), stock, OrderPolicy(budget_fen=money))
    assert money - 2000 < plan["amount_fen"].sum() <= money
    cut = (free["suggested_qty"] - plan["suggested_qty"]).to_list()
    assert cut[0] < cut[1] < cut[2]
    assert number(plan, "budget", 2) == [cut[2]]


def test_budget_leaves_no_supplier_below_its_minimum():
    """Both would get part of the money, and neither reach its minimum."""
    stock = goods(4, supplier_id=["a", "a", "b", "b"], min_order_fen=250_000)
    stock["unit_price_fen"] = [5000, 5000, 4990, 4990]
    free = plan_orders(told(stock, poisson), stock.assign(min_order_fen=0), TIGHT)
    assert free["amount_fen"].groupby(free["supplier_id"]).sum().between(100_000, 249_999).all()
    plan = plan_orders(told(stock, poisson), stock, TIGHT)
    spent = plan["amount_fen"].groupby(plan["supplier_id"]).sum()
    assert spent["b"] == 0
    assert 250_000 <= spent["a"] <= 400_000
    assert "budget" in codes(plan, 2)


def test_unknown_cost_price_terms_and_stock_are_told():
    stock = goods(
        5,
        unit_cost_fen=[None, 2000, 2000, 2000, 6000],
        unit_price_fen=[5000, None, 5000, 5000, 5000],
        lead_time_days=[7, 7, None, 7, 7],
        on_hand=[0, 0, 0, None, 0],
    )
    plan = plan_orders(told(stock, poisson), stock)
    assert [codes(plan, k)[-1] for k in range(4)] == ["no_cost", "no_price", "no_terms", "no_stock"]
    assert "negative_margin" in codes(plan, 4)
    assert plan["suggested_qty"].iloc[4] == 0
    assert (plan["suggested_qty"].iloc[:4] > 0).all()
    assert plan["days"].tolist() == [14, 14, 21, 14, 14]
    assert plan["service_level"].isin([0.95, 0.9, 0.8]).iloc[:2].all()
    assert plan["amount_fen"].isna().tolist() == [True, False, False, False, False]
    assert plan["short_cost_fen"].isna().tolist() == [True, True, False, False, False]
    at_loss = plan_orders(told(stock, poisson), stock, OrderPolicy(order_at_loss=True))
    assert at_loss["suggested_qty"].iloc[4] > 0


def test_a_sku_without_forecast_orders_what_it_owes_only():
    stock = goods(2, on_hand=[-3, 5])
    plan = plan_orders(told(stock.iloc[:0], poisson), stock)
    assert plan["suggested_qty"].tolist() == [3, 0]
    assert all("no_forecast" in codes(plan, k) for k in range(2))
    assert plan["fallback_reason"].notna().all()
    assert (plan["demand_mean"] == 0).all()


def test_a_window_of_another_length_is_scaled_and_told():
    stock = goods()
    wide = told(stock.assign(lead_time_days=21), poisson)
    plan = plan_orders(wide[wide["days"] == 28], stock)
    assert plan["demand_mean"].iloc[0] == pytest.approx(56)
    assert plan["demand_p95"].iloc[0] == pytest.approx(stats.poisson(56).ppf(0.95), rel=0.05)
    assert plan["fallback_reason"].iloc[0] == "no forecast of 14 days: scaled from 28"
    near = told(stock.assign(lead_time_days=5), poisson)
    both = pd.concat([near[near["days"] == 12], near[near["days"] == 12].assign(days=16)])
    assert "from 16" in plan_orders(both, stock)["fallback_reason"].iloc[0]


def test_no_lead_time_means_no_reorder_point():
    plan = plan_one(lead_time_days=0)
    assert plan["days"].iloc[0] == 7
    assert plan["reorder_point"].iloc[0] == 0
    assert plan["fallback_reason"].isna().all()


def test_lacking_levels_are_read_off_the_curve():
    stock = goods(2)
    forecast = told(stock, poisson)
    thin = forecast[(forecast["sku_id"] == "s0") | forecast["quantile"].isin([0.1, 0.5, 0.95])]
    plan = plan_orders(thin, stock)
    assert np.ptp(plan["demand_p50"]) == 0
    assert plan["demand_p80"].iloc[1] == pytest.approx(plan["demand_p80"].iloc[0], rel=0.06)


def test_previous_is_the_newest():
    stock = goods(2)
    before = pd.DataFrame(
        {
            "sku_id": ["s0", "s0"],
            "suggested_qty": [5, 9],
            "as_of": pd.to_datetime(["2026-02-23", "2026-02-16"]),
        }
    )
    plan = plan_orders(told(stock, poisson), stock, previous=before)
    assert plan["previous_qty"].iloc[0] == 5
    assert plan["previous_on"].iloc[0] == pd.Timestamp("2026-02-23")
    assert pd.isna(plan["previous_qty"].iloc[1])


amount = st.one_of(st.none(), st.integers(-20, 120), st.just(float("nan")), st.just(float("inf")))
row = st.fixed_dictionaries(
    {
        "on_hand": amount,
        "reserved": amount,
        "in_transit": amount,
        "returns_due": amount,
        "weekly_cv": amount,
        "unit_cost_fen": st.one_of(st.none(), st.integers(0, 9000)),
        "unit_price_fen": st.one_of(st.none(), st.integers(0, 9000)),
        "lead_time_days": st.one_of(st.none(), st.integers(-1, 20)),
        "review_days": st.one_of(st.none(), st.integers(-1, 20)),
        "pack": st.one_of(st.none(), st.integers(-1, 30)),
        "moq": st.one_of(st.none(), st.integers(-1, 200)),
        "min_order_fen": st.one_of(st.none(), st.integers(0, 400_000)),
        "shelf_life_days": st.one_of(st.none(), st.integers(-1, 40)),
        "supplier_id": st.sampled_from(["a", "b", None]),
        "rate": st.sampled_from([0.0, 0.02, 0.6, 5.0, float("nan"), float("inf")]),
    }
)


def drawn(rows):
    frame = pd.DataFrame(rows)
    frame["sku_id"] = [f"s{k}" for k in range(len(frame))]
    parts = []
    for sku, days, rate in zip(
        frame["sku_id"], order_windows(frame)["window_days"], frame["rate"], strict=True
    ):
        law = stats.poisson(min(rate, 1e6) * days if rate == rate else 1)
        units = law.ppf(LEVELS) if np.isfinite(rate) else np.full(len(LEVELS), rate)
        parts.append(
            pd.DataFrame(
                {"sku_id": sku, "from_on": START, "days": days, "quantile": LEVELS, "units": units}
            )
        )
    return frame.drop(columns="rate"), pd.concat(parts, ignore_index=True)


@settings(max_examples=12, deadline=None)
@given(st.lists(row, min_size=1, max_size=10), st.sampled_from([None, 0, 5_000, 250_000]))
def test_odd_rows_give_finite_whole_packs_within_the_budget(rows, budget):
    stock, forecast = drawn(rows)
    kept = stock.copy(), forecast.copy()
    plan = plan_orders(forecast, stock, OrderPolicy(budget_fen=budget))
    pd.testing.assert_frame_equal(stock, kept[0])
    pd.testing.assert_frame_equal(forecast, kept[1])
    pack = np.ceil(pd.to_numeric(stock["pack"]).astype(float).fillna(1).clip(1))
    qty = plan["suggested_qty"]
    assert (qty >= 0).all() and (qty % pack == 0).all()
    counts = ["demand_mean", "demand_p50", "demand_p80", "demand_p95", "event_units", "order_up_to"]
    counts += ["safety_stock", "reorder_point", "service_level", "returns_due"]
    assert np.isfinite(plan[counts].to_numpy(float)).all()
    assert (plan[counts] >= 0).all().all()
    known = plan["unit_cost_fen"].notna()
    expected = qty[known] * plan.loc[known, "unit_cost_fen"]
    assert (plan.loc[known, "amount_fen"] == expected).all()
    if budget is not None:
        assert plan["amount_fen"].sum() <= budget
    spent = plan.assign(fen=plan["amount_fen"].fillna(0)).groupby("supplier_id")["fen"].sum()
    least = pd.to_numeric(stock["min_order_fen"]).fillna(0).groupby(stock["supplier_id"]).max()
    assert all(fen == 0 or fen >= least[name] for name, fen in spent.items())
    for text in plan["reasons"]:
        listed = json.loads(text)
        assert listed
        assert [each[0] for each in listed] == [c for c in REASON_CODES if c in dict_of(listed)]
        assert all(len(each) == 1 + len(REASON_CODES[each[0]]) for each in listed)


def dict_of(listed):
    return {each[0]: each[1:] for each in listed}


many = st.lists(row.map(lambda one: one | {"min_order_fen": 0}), min_size=10, max_size=20)


@settings(max_examples=5, deadline=None)
@given(many, st.integers(0, 100))
def test_more_stock_never_orders_more(rows, more):
    stock, forecast = drawn(rows)
    stock["on_hand"] = [40 * (k % 3) for k in range(len(stock))]
    one = plan_orders(forecast, stock)["suggested_qty"]
    other = plan_orders(forecast, stock.assign(on_hand=stock["on_hand"] + more))["suggested_qty"]
    assert (other <= one).all()


@settings(max_examples=5, deadline=None)
@given(many, st.floats(0.05, 0.99), st.floats(0.05, 0.99))
def test_more_service_never_orders_less(rows, one, other):
    stock, forecast = drawn(rows)
    less, more = (
        plan_orders(
            forecast,
            stock,
            OrderPolicy(service="class", class_targets=dict.fromkeys("ABC", level)),
        )
        for level in sorted((one, other))
    )
    assert (less["suggested_qty"] <= more["suggested_qty"]).all()
    assert (less["order_up_to"] <= more["order_up_to"] + 1e-9).all()


def test_order_of_rows_decides_nothing():
    stock = goods(6, unit_price_fen=[2500, 3000, 4000, 5000, 6000, 7000], pack=[1, 2, 3, 4, 5, 6])
    forecast = told(stock, poisson)
    rules = OrderPolicy(budget_fen=300_000)
    one = plan_orders(forecast, stock, rules)
    other = plan_orders(
        forecast.sample(frac=1, random_state=1), stock.sample(frac=1, random_state=2), rules
    )
    pd.testing.assert_frame_equal(one, other)


def test_empty_frames_give_an_empty_plan():
    stock = goods().iloc[:0]
    plan = plan_orders(told(goods(), poisson), stock)
    assert list(plan.columns) == list(ORDER_COLUMNS)
    assert len(plan) == 0
    assert len(plan_orders(told(goods(), poisson).iloc[:0], goods())) == 1


def test_what_cannot_be_meant_is_refused():
    stock = goods(2)
    with pytest.raises(TableError, match="stands there twice"):
        plan_orders(told(stock, poisson), pd.concat([stock, stock]))
    with pytest.raises(TableError, match="on_hand"):
        plan_orders(told(stock, poisson), stock.drop(columns="on_hand"))
    with pytest.raises(TableError, match="quantile"):
        plan_orders(told(stock, poisson).drop(columns="quantile"), stock)
    with pytest.raises(TableError, match="diagnosis lacks the columns strength"):
        found = pd.DataFrame({"sku_id": ["s0"], "cause": ["price"]})
        plan_orders(told(stock, poisson), stock, diagnosis=found)
    with pytest.raises(TableError, match="previous lacks"):
        plan_orders(told(stock, poisson), stock, previous=stock)
    twice = told(stock, poisson)
    with pytest.raises(TableError, match="two numbers"):
        plan_orders(pd.concat([twice, twice]), stock)


@pytest.mark.parametrize(
    "wrong",
    [
        {"service": "cover"},
        {"class_targets": {"A": 0.9}},
        {"class_targets": {"A": 0.9, "B": 1.0, "C": 0.5}},
        {"service_floor": 0.99, "service_ceiling": 0.9},
        {"holding_per_year": -0.1},
        {"returns_share": float("nan")},
        {"budget_fen": -1},
        {"diagnosis_cap": "median"},
        {"diagnosis_cap": 1.5},
        {"review_days": 0},
    ],
)
def test_policy_refuses_what_is_out_of_range(wrong):
    name = next(iter(wrong))
    with pytest.raises(ParameterError, match=name):
        OrderPolicy(**wrong)


def test_grades_by_money_and_variation():
    frame = pd.DataFrame(
        {
            "sku_id": list("abcdef"),
            "value_fen": [70.0, 15, 9, 5, 1, np.nan],
            "weekly_cv": [0.49, 0.5, 1.0, 1.01, np.nan, 0.1],
        }
    )
    found = abc_xyz(frame)
    assert "".join(found["abc"]) == "AABBCC"
    assert "".join(found["xyz"]) == "XYYZZX"
    assert "".join(abc_xyz(frame.assign(value_fen=0.0))["abc"]) == "CCCCCC"
    with pytest.raises(TableError, match="weekly_cv"):
        abc_xyz(frame.drop(columns="weekly_cv"))


def test_reasons_are_json_whatever_the_text():
    odd = np.array(['a"b', "back\\slash", "价格"], dtype=object)
    where = np.array([True, True, False])
    found = reasons_json({"diagnosis_cap": (where, (odd,)), "pack": (~where, (odd == "x",))}, 3)
    assert [json.loads(each) for each in found] == [
        [["diagnosis_cap", 'a"b']],
        [["diagnosis_cap", "back\\slash"]],
        [["pack", 0]],
    ]
    assert reasons_json({}, 2).tolist() == ["[]", "[]"]


def test_level_falls_with_the_review_and_with_refunds():
    """60 days of lying cost 2000 × .55 × 60 / 365 fen; of the margin of 3000 only 40 % stay."""
    rules = OrderPolicy(kept_share=0.4)
    hold = 2000 * 0.55 * 60 / 365
    plan = plan_one(rules, review_days=60)
    assert plan["service_level"].iloc[0] == pytest.approx(1200 / (1200 + hold))
