import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from liveattr.errors import TableError
from liveattr.stocking.order_lines import plan_orders
from liveattr.stocking.overrides import score_overrides
from liveattr.stocking.policy import OrderPolicy

DAY = pd.Timestamp("2026-03-01")


def decided(suggested, decision):
    skus = [f"s{k:02}" for k in range(len(suggested))]
    return pd.DataFrame(
        {"as_of": DAY, "sku_id": skus, "suggested_qty": suggested, "decision_qty": decision}
    )


def planned(ours, **changed):
    known = {
        "as_of": DAY, "sku_id": ours["sku_id"], "days": 10, "available": 5, "returns_due": 0.0,
        "unit_short_cost": 700.0, "unit_over_cost": 100.0,
    }  # fmt: skip
    return pd.DataFrame(known | changed)


def came(ours, total, days=10, **changed):
    """The demand of the window, the same every day."""
    parts = [
        pd.DataFrame(
            {"sku_id": sku, "on": pd.date_range(DAY + pd.Timedelta(days=1), periods=days)}
        ).assign(units=total / 10, **changed)
        for sku in ours["sku_id"]
    ]
    return pd.concat(parts, ignore_index=True)


def test_cost_of_both_quantities_by_hand():
    """25 wanted, 5 there: 10 leave 10 short at 700 fen, 30 leave 10 over at 100 fen."""
    ours = decided([10, 30, 20], [30, 10, 20])
    found = score_overrides(ours, planned(ours), came(ours, 25))
    assert found.skus["suggested_cost_fen"].tolist() == [7000, 1000, 0]
    assert found.skus["decided_cost_fen"].tolist() == [1000, 7000, 0]
    assert found.skus["verdict"].tolist() == ["better", "worse", "unchanged"]
    assert (found.changed, found.scored, found.better, found.worse) == (2, 2, 1, 1)
    assert (found.suggested_cost_fen, found.decided_cost_fen, found.value_fen) == (8000, 8000, 0)
    assert found.interval_fen is None


def test_a_piece_costs_what_the_plan_of_its_day_said():
    """The merchant's own holding and ageing, not those of today or of the defaults; without a price the level's."""
    stock = pd.DataFrame(
        {"sku_id": ["s00", "s01"], "on_hand": 5, "unit_cost_fen": 1000, "lead_time_days": 3}
        | {"unit_price_fen": [1700, None], "returns_due": 4.0}
    )
    told = [
        {"sku_id": sku, "from_on": DAY + pd.Timedelta(days=1), "days": days, "quantile": level}
        | {"units": 20 * level, "mean": 10.0}
        for sku in stock["sku_id"]
        for days in (76, 3)
        for level in (0.1, 0.5, 0.9)
    ]
    rules = OrderPolicy(
        holding_per_year=0.3, ageing_per_year=0.2, review_days=73, kept_share=0.5, returns_share=0.5
    )
    plan = plan_orders(pd.DataFrame(told), stock, rules)
    level = plan["service_level"].iloc[1]
    assert plan["unit_over_cost"].tolist() == pytest.approx([100, 100])
    assert plan["unit_short_cost"].tolist() == pytest.approx([350, 100 * level / (1 - level)])
    ours = decided([10, 10], [12, 12])
    found = score_overrides(ours, plan, came(ours, 25, days=80))
    assert found.skus["demand_units"].tolist() == [190, 190], "2.5 a day over 76 days"
    lost = 190 - 10 - 5 - 2
    assert found.skus["suggested_cost_fen"].tolist() == pytest.approx(
        [lost * 350, round(lost * 100 * level / (1 - level))]
    )


def test_only_days_of_the_window_count():
    ours = decided([10], [15])
    around = came(ours, 25, days=30)
    before = around.assign(on=around["on"] - pd.Timedelta(days=30), units=99)
    found = score_overrides(ours, planned(ours), pd.concat([around, before]))
    assert found.skus["demand_units"].tolist() == [25]


def test_days_without_stock_are_missing_not_zero():
    ours = decided([10], [15])
    half = came(ours, 25, in_stock=True)
    half.loc[:4, ["units", "in_stock"]] = [0.0, False]
    found = score_overrides(ours, planned(ours), half)
    assert found.skus["demand_units"].tolist() == [25]
    none = came(ours, 25, in_stock=False)
    assert score_overrides(ours, planned(ours), none).skus["status"].tolist() == ["no_demand"]


def test_what_cannot_be_told_is_not_told():
    ours = decided([10] * 4, [15] * 4)
    plan = planned(ours, unit_over_cost=[100, None, 100, 100]).iloc[[0, 1, 3]]
    demand = came(ours.iloc[:3], 25)
    found = score_overrides(ours, plan, demand)
    assert found.skus["status"].tolist() == ["scored", "no_cost", "no_plan", "no_demand"]
    assert found.skus["value_fen"].isna().tolist() == [False, True, True, True]
    assert found.skus["verdict"].isna().tolist() == [False, True, True, True]
    assert (found.changed, found.scored) == (4, 1)
    early = score_overrides(ours.iloc[:1], plan, came(ours, 25, days=9))
    assert early.skus["status"].tolist() == ["open"]
    assert early.value_fen == 0 == early.scored


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 80)), min_size=1))
def test_nobody_beats_the_one_who_knew(rows):
    """The demand itself costs least; sums are those of the rows; swapping sides turns the sign."""
    suggested, decision, wanted = (np.array(each) for each in zip(*rows, strict=True))
    ours = decided(suggested, decision)
    demand = came(ours, 0.0)
    demand["units"] = np.repeat(wanted, 10) * (demand.groupby("sku_id").cumcount() == 3)
    plan = planned(ours)
    found = score_overrides(ours, plan, demand)
    turned = score_overrides(decided(decision, suggested), plan, demand)
    assert turned.value_fen == -found.value_fen
    assert (turned.better, turned.worse) == (found.worse, found.better)
    assert found.value_fen == found.suggested_cost_fen - found.decided_cost_fen
    assert found.changed == (suggested != decision).sum()
    known = score_overrides(decided(suggested, np.maximum(wanted - 5, 0)), plan, demand)
    assert (known.skus["value_fen"] >= 0).all()


def test_interval_is_that_of_students_law():
    rng = np.random.default_rng(7)
    ours = decided(rng.integers(10, 25, 12), rng.integers(25, 40, 12))
    demand = pd.DataFrame({"sku_id": ours["sku_id"], "units": rng.poisson(30, 12)})
    demand["on"] = DAY + pd.Timedelta(days=10)
    found = score_overrides(ours, planned(ours), demand)
    value = found.skus["value_fen"].to_numpy(float)
    assert found.scored == 12
    low, high = stats.t.interval(0.9, 11, loc=value.mean(), scale=stats.sem(value))
    assert found.interval_fen == (np.floor(12 * low), np.ceil(12 * high))


def test_a_pair_that_is_swapped_or_doubled_is_refused():
    ours = decided([10], [15])
    with pytest.raises(TableError, match="plan lacks"):
        score_overrides(ours, came(ours, 25), planned(ours))
    with pytest.raises(TableError, match="twice"):
        score_overrides(pd.concat([ours, ours]), planned(ours), came(ours, 25))


def test_empty_frames():
    ours = decided([10], [15])
    assert len(score_overrides(ours.iloc[:0], planned(ours), came(ours, 1)).skus) == 0
    found = score_overrides(ours, planned(ours), came(ours, 1).iloc[:0])
    assert found.skus["status"].tolist() == ["open"]


def test_returns_were_there_too():
    ours = decided([10], [15])
    plan = planned(ours, returns_due=10.0)
    assert score_overrides(ours, plan, came(ours, 25)).suggested_cost_fen == 0
    none = planned(ours, returns_due=0.0)
    assert score_overrides(ours, none, came(ours, 25)).suggested_cost_fen == 7000
