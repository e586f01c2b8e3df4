from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from liveattr.errors import ParameterError
from liveattr.stocking.frontiers import cover_rule, frontier, stock_at
from liveattr.stocking.periodic_review import PolicyRun, review_days_of, simulate_policy


def short_of(stock: float, mean: float) -> float:
    """Return E (stock - Poisson)+."""
    n = np.arange(int(stock) + 1)
    return float(((stock - n) * stats.poisson.pmf(n, mean)).sum())


def poisson_run(level: float, lead: int, review: int, mean: float) -> PolicyRun:
    demand = np.random.default_rng(3).poisson(mean, (300, 420)).astype(float)
    return simulate_policy(
        demand, level, lead_time_days=lead, review_days=review, backorders=True, drop_days=28
    )


@pytest.mark.parametrize(
    ("lead", "review", "level"), [(0, 1, 4), (7, 7, 40), (3, 7, 27), (5, 1, 14)]
)
def test_poisson_demand_that_waits_has_its_closed_form(lead: int, review: int, level: int) -> None:
    """On the j-th day that an order serves, stock is (S - demand of lead + j days)+."""
    mean = 2.5
    run = poisson_run(level, lead, review, mean)
    ends = [short_of(level, (lead + j) * mean) for j in range(1, review + 1)]
    starts = [short_of(level, (lead + j) * mean) for j in range(review)]
    fill = float(np.mean(np.subtract(starts, ends))) / mean
    assert run.stock_sum.mean() / run.days == pytest.approx(np.mean(ends), rel=0.02)
    assert run.fill_rate == pytest.approx(fill, abs=0.005)


@pytest.mark.parametrize(("lead", "level"), [(1, 9), (3, 17), (4, 40)])
def test_a_base_stock_goes_day_by_day_as_in_stockpyl(lead: int, level: int) -> None:
    """Its lead time counts from the end of the day on which the order is placed, ours from its morning."""
    pytest.importorskip("stockpyl")
    from stockpyl.sim import simulation
    from stockpyl.supply_chain_network import single_stage_system

    days = 60
    demand = np.random.default_rng(4).poisson(4, days)
    network = single_stage_system(
        holding_cost=1,
        stockout_cost=9,
        demand_type="D",
        demand_list=demand.tolist(),
        shipment_lead_time=lead,
        policy_type="BS",
        base_stock_level=level,
        initial_inventory_level=level,
    )
    simulation(network, days, progress_bar=False)
    states = network.nodes[0].state_vars[:days]
    theirs = np.array([next(iter(state.inventory_level.values())) for state in states])
    for end in (20, days):
        run = simulate_policy(
            demand[None, :end],
            level,
            lead_time_days=lead - 1,
            review_days=1,
            backorders=True,
            drop_days=0,
        )
        assert run.stock_sum[0] == np.maximum(theirs[:end], 0).sum()
        assert run.fill_rate == pytest.approx(
            next(iter(states[end - 1].fill_rate.values())), abs=1e-12
        )


@st.composite
def plays(draw: st.DrawFn) -> dict[str, Any]:
    """Draw demand and terms of every kind."""
    skus, days = draw(st.integers(1, 4)), draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    demand = rng.poisson(rng.uniform(0, 6, (skus, 1)), (skus, days)).astype(float)
    demand[rng.random((skus, days)) < 0.1] = np.nan
    review = draw(st.integers(1, 9))
    reviews = len(review_days_of(days, review))
    return {
        "demand": demand,
        "levels": rng.uniform(0, 60, (skus, reviews)).round(draw(st.integers(0, 2))),
        "lead_time_days": rng.integers(0, 12, skus),
        "review_days": review,
        "pack": rng.integers(1, 7, skus),
        "least_order": rng.integers(0, 20, skus),
        "start": rng.integers(0, 50, skus),
        "drop_days": draw(st.integers(0, days - 1)),
        "backorders": draw(st.booleans()),
    }


@settings(max_examples=150, deadline=None)
@given(plays())
def test_nothing_comes_from_nowhere_and_nothing_vanishes(terms: dict[str, Any]) -> None:
    run = simulate_policy(**terms)
    assert run.start + run.received - run.handed == pytest.approx(run.end, abs=1e-9)
    assert (run.end >= 0).all() and (run.start >= 0).all() and (run.stock_sum >= 0).all()
    assert (run.sold <= run.demand + 1e-9).all() and (run.sold >= 0).all()
    if not terms["backorders"]:
        assert run.handed == pytest.approx(run.sold)
    packs = run.ordered / terms["pack"]
    assert packs == pytest.approx(packs.round(), abs=1e-9)
    assert (run.ordered >= run.orders * terms["least_order"] - 1e-9).all()


@settings(max_examples=50, deadline=None)
@given(plays(), st.integers(1, 30))
def test_skus_do_not_touch_each_other(terms: dict[str, Any], more: int) -> None:
    whole = simulate_policy(**terms)
    k = more % len(terms["demand"])
    by_sku = ("demand", "levels", "lead_time_days", "pack", "least_order", "start")
    alone = simulate_policy(**terms | {name: terms[name][[k]] for name in by_sku})
    for name in ("sold", "received", "end", "stock_sum", "ordered"):
        assert getattr(alone, name)[0] == pytest.approx(getattr(whole, name)[k], abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(plays(), st.integers(1, 30))
def test_a_higher_base_stock_never_sells_less(terms: dict[str, Any], more: int) -> None:
    """Daily review without packs, and the same start: stock day by day is no lower."""
    skus = len(terms["demand"])
    plain = {**terms, "levels": terms["levels"][:, 0], "review_days": 1}
    plain |= {"pack": 1e-3, "least_order": 0, "start": np.zeros(skus), "backorders": True}
    low = simulate_policy(**plain)
    high = simulate_policy(**plain | {"levels": plain["levels"] + more})
    assert (high.stock_sum >= low.stock_sum - 0.1).all()
    assert high.sold.sum() >= low.sold.sum() - 0.1


def test_a_steady_demand_by_hand() -> None:
    """2 a day, order up to 12 every third day, there after two days: never short, by hand."""
    run = simulate_policy(
        np.full((1, 9), 2.0), 12, lead_time_days=2, review_days=3, start=12, drop_days=0
    )
    # morning stock 12 10 8|6 4 8 6 4 8 ; orders 0, 6, 6 on days 0, 3, 6; received on 5 and 8
    assert run.ordered[0] == 12 and run.orders[0] == 2
    assert run.received[0] == 12 and run.end[0] == 6
    assert run.stock_sum[0] == 10 + 8 + 6 + 4 + 2 + 6 + 4 + 2 + 6
    assert run.fill_rate == 1.0 and run.stock_days == pytest.approx(48 / 18)


def test_an_order_that_comes_the_same_morning_serves_the_day() -> None:
    run = simulate_policy([[5.0, 5.0]], 5, lead_time_days=0, review_days=1, start=0, drop_days=0)
    assert run.fill_rate == 1.0 and run.received[0] == 10


def test_what_is_short_is_lost_or_waits() -> None:
    demand = [[10.0, 0.0, 0.0, 4.0]]
    terms: dict[str, Any] = {"lead_time_days": 1, "review_days": 1, "start": 4, "drop_days": 0}
    lost = simulate_policy(demand, 6, **terms)
    waits = simulate_policy(demand, 6, backorders=True, **terms)
    assert lost.handed[0] == 8 and lost.sold[0] == 8 and lost.lost[0] == 6
    assert waits.handed[0] == 14 and waits.sold[0] == 8
    assert waits.ordered[0] > lost.ordered[0]


def test_the_merchants_rule_sees_its_own_sales_so_a_stock_out_lowers_its_order() -> None:
    history, demand = np.full((1, 7), 4.0), np.full((1, 28), 4.0)
    terms: dict[str, Any] = {"lead_time_days": 3, "review_days": 7, "drop_days": 0}
    fed = simulate_policy(demand, cover_rule(history, 7, 10), start=40, **terms)
    starved = simulate_policy(demand, cover_rule(history, 7, 10), start=0, **terms)
    told = simulate_policy(demand, np.full((1, 4), 40.0), start=0, **terms)
    assert fed.fill_rate == 1.0
    assert starved.ordered[0] < told.ordered[0] and starved.fill_rate < told.fill_rate


def test_cover_rule_takes_the_newest_known_days() -> None:
    rule = cover_rule([[100.0, 2.0, np.nan, 4.0]], 3, 10)
    assert np.asarray(rule(np.empty((1, 0)), 0)).tolist() == [30.0]
    assert np.asarray(rule(np.array([[6.0, 6.0]]), 1)).tolist() == pytest.approx([160 / 3])


def test_frontier_rises_and_is_read_between_its_points() -> None:
    demand = np.random.default_rng(5).poisson(3, (60, 112)).astype(float)
    points = {level: float(stats.poisson.ppf(level, 42)) for level in (0.5, 0.8, 0.95, 0.99)}
    line = frontier(demand, points, lead_time_days=7, review_days=7)
    assert line["point"].tolist() == list(points)
    assert line["fill_rate"].is_monotonic_increasing and line["stock_days"].is_monotonic_increasing
    run = simulate_policy(demand, points[0.8], lead_time_days=7, review_days=7)
    assert line.loc[1, "fill_rate"] == run.fill_rate
    assert line.loc[1, "cost"] == pytest.approx(19 * run.lost.sum() + run.stock_sum.sum() / 7)
    between = stock_at(line, (line.loc[1, "fill_rate"] + line.loc[2, "fill_rate"]) / 2)
    assert between == pytest.approx((line.loc[1, "stock_days"] + line.loc[2, "stock_days"]) / 2)
    assert np.isnan(stock_at(line, 1.1)) and np.isnan(stock_at(line, 0.1))


def test_share_below_is_of_skus_that_were_wanted() -> None:
    run = simulate_policy(
        [[2.0, 2], [2, 2], [0, 0]], [9, 0, 0], lead_time_days=0, review_days=9, drop_days=0
    )
    assert run.share_below() == 0.5
    empty = simulate_policy([[np.nan]], 1, lead_time_days=0, review_days=1, drop_days=0)
    assert (
        np.isnan(empty.fill_rate) and np.isnan(empty.stock_days) and np.isnan(empty.share_below())
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"review_days": 0}, "review_days"),
        ({"drop_days": 30}, "drop_days"),
        ({"levels": np.ones((2, 9))}, "SKU × review"),
        ({"levels": [np.nan, 1]}, "levels must be finite"),
        ({"lead_time_days": -1}, "lead_time_days"),
        ({"pack": 0}, "pack"),
        ({"start": [1, 2, 3]}, "each of the 2 SKUs"),
        ({"demand": [1.0, 2.0]}, "SKU × day"),
    ],
)
def test_what_cannot_be_played_is_refused(change: dict[str, Any], says: str) -> None:
    terms: dict[str, Any] = {"demand": np.ones((2, 30)), "levels": 5, "lead_time_days": 2}
    with pytest.raises(ParameterError, match=says):
        simulate_policy(**terms | {"review_days": 7} | change)


def test_what_is_given_is_left_as_it_is() -> None:
    demand, start = np.array([[1.0, np.nan, 3.0]]), np.array([9.0])
    simulate_policy(demand, 5, lead_time_days=1, review_days=1, start=start, drop_days=0)
    assert start.tolist() == [9.0] and np.isnan(demand[0, 1])
    line = pd.DataFrame({"fill_rate": [0.96, 0.9], "stock_days": [14.0, 8.0]})
    assert stock_at(line, 0.9) == 8.0 and line["fill_rate"].tolist() == [0.96, 0.9]
