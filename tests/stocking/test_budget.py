import heapq
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from liveattr.errors import ParameterError
from liveattr.stocking.budget import fit_budget
from liveattr.stocking.lots import Lots, gain_of, lots_worth, next_lot
from liveattr.stocking.newsvendor import QuantileCurves, quantile_at
from liveattr.stocking.rounding import meet_minimum, round_order

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])


def shop(seed, skus=4, *, pack=None, cost=None, least=True, lots=6):
    """Goods of random demand, price, pack and least order."""
    rng = np.random.default_rng(seed)
    mean = rng.uniform(3, 40, skus)
    units = mean[:, None] * np.exp(rng.uniform(0.2, 0.9, skus)[:, None] * stats.norm.ppf(LEVELS))
    size = rng.choice([1, 2, 5, 8], skus).astype(float) if pack is None else np.full(skus, pack)
    price = rng.integers(100, 3000, skus).astype(float) if cost is None else np.full(skus, cost)
    first = size * (rng.integers(1, 4, skus) if least else 1)
    return Lots(
        QuantileCurves(LEVELS, units),
        position=rng.uniform(-3, 20, skus),
        short_cost=price * rng.uniform(0.1, 1.5, skus),
        over_cost=price * rng.uniform(0.005, 0.2, skus),
        cost=price,
        pack=size,
        first=first,
        most=first + size * rng.integers(0, lots, skus),
    )


def steps_of(lots, sku):
    """Quantities that may be ordered of one SKU."""
    rest = np.arange(lots.first[sku], lots.most[sku] + 1, lots.pack[sku])
    return np.append(0.0, rest)


def gain_at(lots, sku, qty):
    return float(gain_of(lots.take(np.array([sku])), qty)[0])


def greedy(lots, budget):
    """The same in plain Python, one lot at a time."""
    qty, left, queue = np.zeros(len(lots)), budget, []

    def offer(sku):
        size = next_lot(lots, qty)[sku]
        if size > 0:
            gain = gain_at(lots, sku, qty[sku] + size) - gain_at(lots, sku, qty[sku])
            heapq.heappush(queue, (-gain / (size * lots.cost[sku]), sku, size))

    for sku in range(len(lots)):
        offer(sku)
    while queue:
        _, sku, size = heapq.heappop(queue)
        if size * lots.cost[sku] <= left:
            left -= size * lots.cost[sku]
            qty[sku] += size
            offer(sku)
    return qty


def best(lots, budget):
    """The largest gain that any choice of lots has, by integer programming."""
    gains, costs, owner = [], [], []
    for sku in range(len(lots)):
        for qty in steps_of(lots, sku):
            gains.append(gain_at(lots, sku, qty))
            costs.append(qty * lots.cost[sku])
            owner.append(sku)
    one = (np.array(owner) == np.arange(len(lots))[:, None]).astype(float)
    found = optimize.milp(
        -np.array(gains),
        constraints=[
            optimize.LinearConstraint(one, 1, 1),
            optimize.LinearConstraint(np.array([costs]), -np.inf, budget),
        ],
        integrality=np.ones(len(gains)),
        bounds=optimize.Bounds(0, 1),
    )
    assert found.success
    return -found.fun


@pytest.mark.parametrize("seed", range(15))
def test_greedy_is_that_of_plain_python(seed):
    lots = shop(seed, skus=7)
    whole = float(lots.most @ lots.cost)
    for share in (0.05, 0.3, 0.6, 0.95):
        np.testing.assert_array_equal(
            fit_budget(lots, share * whole), greedy(lots, share * whole), str(share)
        )


def critical_gain(lots, budget):
    """Gain of the first lot that plain greedy cannot pay."""
    affordable = greedy(lots, budget)
    worst = 0.0
    for sku in range(len(lots)):
        size = next_lot(lots, affordable)[sku]
        more = gain_at(lots, sku, affordable[sku] + size) - gain_at(lots, sku, affordable[sku])
        worst = max(worst, more)
    return worst


@pytest.mark.parametrize("seed", range(12))
def test_within_one_lot_of_integer_programming(seed):
    lots = shop(seed)
    some = lots_worth(lots, 0.0)
    lots = lots.up_to(some)
    for share in (0.2, 0.5, 0.8):
        budget = share * float(some @ lots.cost)
        ours, exact = gain_of(lots, fit_budget(lots, budget)).sum(), best(lots, budget)
        assert ours <= exact + 1e-6 * max(exact, 1)
        assert exact - ours <= critical_gain(lots, budget) + 1e-6 * max(exact, 1)


@pytest.mark.parametrize("seed", range(8))
def test_equal_to_integer_programming_when_lots_cost_the_same(seed):
    lots = shop(seed, pack=4.0, cost=500.0, least=False)
    lots = lots.up_to(lots_worth(lots, 0.0))
    for share in (0.2, 0.5, 0.8):
        budget = share * float(lots.most @ lots.cost)
        ours = gain_of(lots, fit_budget(lots, budget)).sum()
        assert ours == pytest.approx(best(lots, budget), rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1.2), st.floats(0, 1.2))
def test_never_above_the_budget_and_more_money_never_less_gain(seed, one, other):
    lots = shop(seed, skus=6)
    lots = lots.up_to(lots_worth(lots, 0.0))
    whole = float(lots.most @ lots.cost)
    small, large = (share * whole for share in sorted((one, other)))
    less, more = fit_budget(lots, small), fit_budget(lots, large)
    for qty, money in ((less, small), (more, large)):
        assert float(qty @ lots.cost) <= money + 1e-6
        assert (qty % lots.pack == 0).all()
        assert ((qty == 0) | ((qty >= lots.first) & (qty <= lots.most))).all()
    slack = critical_gain(lots, large)
    assert gain_of(lots, more).sum() >= gain_of(lots, less).sum() - slack - 1e-6


def test_alike_goods_share_the_money_and_a_tie_ends():
    one = shop(3, skus=1, pack=1.0, cost=100.0, least=False, lots=2)
    lots = one.take(np.zeros(50, dtype=np.int64)).up_to(np.full(50, 10.0))
    qty = fit_budget(lots, 12_345.0)
    assert qty.sum() == 123
    assert np.ptp(qty) <= 1


@pytest.mark.parametrize("money", [-1.0, float("nan")])
def test_budget_must_be_a_number_from_0(money):
    with pytest.raises(ParameterError, match="budget_fen"):
        fit_budget(shop(1), money)


def test_without_money_or_goods_nothing():
    assert fit_budget(shop(1), 0).sum() == 0
    assert len(fit_budget(shop(1, skus=0), 10)) == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-0.5, 2.0))
def test_lots_worth_a_rate_are_those_that_plain_search_finds(seed, rate):
    lots = shop(seed, skus=3)
    found = lots_worth(lots, rate)
    for sku in range(3):
        plain, steps = 0.0, steps_of(lots, sku)
        for before, after in pairwise(steps):
            more = gain_at(lots, sku, after) - gain_at(lots, sku, before)
            asked = rate * lots.cost[sku] * (after - before)
            if more < asked - 1e-9 * lots.cost[sku]:
                break
            plain = after
        assert found[sku] == plain


@pytest.mark.parametrize("seed", range(30))
def test_least_order_agrees_with_enumeration(seed):
    """Pieces one by one: the rule finds the best of all quantities, up to rounding upwards."""
    lots = shop(seed, skus=1, pack=1.0)
    first = float(np.random.default_rng(seed).integers(1, 40))
    lots = Lots(**{**vars(lots), "first": np.array([first]), "most": np.array([500.0])})
    level = lots.short_cost / (lots.short_cost + lots.over_cost)
    need = quantile_at(lots.curves, level) - lots.position
    qty = round_order(lots, need)[0]
    gains = {q: gain_at(lots, 0, q) for q in (0, *range(int(first), 200))}
    assert max(gains.values()) - gains[int(qty)] <= lots.over_cost[0] + 1e-9
    if need[0] <= first:  # then there are two choices only, and the better one is taken
        assert gains[int(qty)] == pytest.approx(max(gains.values()))


def both_ways(lots, qty, least):
    """The best of all orders that reach the minimum, or none, by enumeration."""
    grid = [steps_of(lots, sku) for sku in range(len(lots))]
    gain = [np.array([gain_at(lots, k, q) for q in steps]) for k, steps in enumerate(grid)]
    found = 0.0
    for at in product(*(range(len(steps)) for steps in grid)):
        money = sum(grid[k][i] * lots.cost[k] for k, i in enumerate(at))
        if money >= least:
            found = max(found, sum(gain[k][i] for k, i in enumerate(at)))
    return found


@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_minimum_of_a_supplier_agrees_with_enumeration(seed, equal):
    lots = shop(seed, skus=3, pack=2.0, cost=700.0 if equal else None, least=False, lots=9)
    qty = np.minimum(lots_worth(lots, 0.0), lots.most)
    for factor in (1.1, 1.6, 2.5):
        least = factor * float(qty @ lots.cost)
        found, added, dropped = meet_minimum(lots, qty, np.zeros(3, np.int64), np.array([least]))
        value = float(found @ lots.cost)
        assert value == 0 or value >= least
        assert (added == (found > qty)).all() and (dropped == (found < qty)).all()
        ours, exact = gain_of(lots, found).sum(), both_ways(lots, qty, least)
        assert -1e-9 <= ours <= exact + 1e-6
        assert exact - ours <= (1e-6 if equal else float((lots.over_cost * lots.pack).max()))


def plain_lots():
    """One SKU, single pieces: 30 wanted at the median, 100 fen each, half of it lost on one over."""
    curves = QuantileCurves(np.array([0.1, 0.5, 0.9]), np.array([[20.0, 30, 40]]))
    return Lots(curves, *(np.array([each]) for each in (0.0, 60.0, 50.0, 100.0, 1.0, 1.0, 300.0)))


def test_minimum_that_can_be_reached_but_does_not_pay_is_left():
    """200 pieces of 100 fen reach it; 30 are wanted, and what is left over loses half its cost."""
    lots, team = plain_lots(), np.zeros(1, np.int64)
    near, _, _ = meet_minimum(lots, np.array([31.0]), team, np.array([4_500.0]))
    assert near.tolist() == [45]
    far, _, dropped = meet_minimum(lots, np.array([31.0]), team, np.array([20_000.0]))
    assert far.tolist() == [0] and dropped.all()


def test_alike_goods_just_reach_the_minimum():
    lots = plain_lots().take(np.zeros(40, dtype=np.int64))
    qty = lots_worth(lots, 0.0)
    least = float(qty @ lots.cost) + 1_250
    found, _, _ = meet_minimum(lots, qty, np.zeros(40, np.int64), np.array([least]))
    assert float(found @ lots.cost) == least + 50
    assert np.ptp(found) <= 1


def test_minimum_leaves_others_alone():
    lots = shop(5, skus=4, least=False)
    qty = np.minimum(lots_worth(lots, 0.0), lots.most)
    group = np.array([0, 0, 1, -1])
    found, _, _ = meet_minimum(lots, qty, group, np.array([0.0, 1e12]))
    np.testing.assert_array_equal(found, [qty[0], qty[1], 0.0, qty[3]])
