"""Net of gross: what people bring forward is told apart from taste that differs."""

import numpy as np
import pandas as pd
import pytest

from liveattr.errors import MissingDataError, ParameterError
from liveattr.incrementality.frailty import fit_frailty
from liveattr.incrementality.histories import read_histories
from liveattr.incrementality.net import net_factors

PEOPLE, DAYS, SHOW = 4000, 110, 40
LASTS = 30.0


def course(seed, *, depth, shown):
    """Live through the days of a small shop; the same numbers with and without the show."""
    rng = np.random.default_rng(seed)
    taste = 0.8 * rng.normal(size=PEOPLE)
    since = rng.uniform(0, 1.3 * LASTS, PEOPLE)
    viewer = rng.random(PEOPLE) < 0.4
    orders, won = [], []
    for day in range(DAYS):
        luck = rng.random(PEOPLE)
        want = np.exp(-3.6 + taste - depth / (1 + np.exp((since / LASTS - 1) / 0.25)))
        pushed = want * np.where(viewer & (day == SHOW) & shown, 6, 1)
        buys = np.flatnonzero(luck < 1 - np.exp(-pushed))
        if day == SHOW:
            won = buys[luck[buys] >= 1 - np.exp(-want[buys])]
        since += 1
        since[buys] = 0
        orders.append(pd.DataFrame({"person": buys, "day": day, "qty": 1}))
    return pd.concat(orders, ignore_index=True), np.asarray(won)


def shop(depth):
    orders, won = course(3, depth=depth, shown=True)
    without, _ = course(3, depth=depth, shown=False)
    weights = pd.DataFrame({"person": won, "day": SHOW, "subject": "show", "weight": 1.0})
    return orders, weights, (len(orders) - len(without)) / len(won)


@pytest.fixture(scope="module")
def lasting():
    orders, weights, truth = shop(2.0)
    fit = fit_frailty(read_histories(orders, days=DAYS, people=PEOPLE), most_rounds=12)
    return orders, weights, truth, fit


def test_supplies_that_last_are_brought_forward(lasting):
    _, weights, truth, fit = lasting
    found = net_factors(fit, weights, draws=20).set_index("horizon").loc["net"]
    assert truth < 0.75
    assert found["factor"] == pytest.approx(truth, abs=0.12)
    assert found["low"] <= truth <= found["high"]


def test_taste_that_differs_is_not_taken_for_supplies():
    orders, weights, truth = shop(0.0)
    fit = fit_frailty(read_histories(orders, days=DAYS, people=PEOPLE), most_rounds=12)
    found = net_factors(fit, weights, draws=20).set_index("horizon").loc["net"]
    assert truth == 1
    assert found["factor"] > 0.93
    assert found["high"] >= 0.97


def test_same_seed_same_result_in_any_order_of_rows(lasting):
    orders, weights, _, fit = lasting
    again = read_histories(orders.sample(frac=1, random_state=1), days=DAYS, people=PEOPLE)
    for name in ("person", "first", "day", "units"):
        np.testing.assert_array_equal(getattr(again, name), getattr(fit.histories, name))
    one = net_factors(fit, weights, draws=4, seed=5)
    two = net_factors(fit, weights.sample(frac=1, random_state=2), draws=4, seed=5)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert not one.equals(net_factors(fit, weights, draws=4, seed=6))


def test_later_horizons_lose_more(lasting):
    _, weights, _, fit = lasting
    found = net_factors(fit, weights, draws=10, doubt=0).set_index("horizon")["factor"]
    assert found["net_3"] > found["net_14"] > found["net_60"] >= found["net"] - 0.05


def test_histories_join_orders_of_a_day():
    orders = pd.DataFrame({"person": [2, 0, 2], "day": [4, 1, 4], "qty": [1, 1, 2]})
    h = read_histories(orders, days=6, people=5)
    assert (h.person.tolist(), h.day.tolist(), h.units.tolist()) == ([0, 2], [1, 4], [1, 3])
    assert h.rest.sum() == 3


def test_what_cannot_be_is_refused(lasting):
    orders, weights, _, fit = lasting
    with pytest.raises(ParameterError, match="person must be within"):
        read_histories(orders, days=DAYS, people=10)
    with pytest.raises(ParameterError, match="within 0 to 1"):
        net_factors(fit, weights.assign(weight=1.5))
    with pytest.raises(ParameterError, match="without an order"):
        net_factors(fit, weights.assign(day=SHOW + 1))
    with pytest.raises(MissingDataError, match="repeated orders"):
        fit_frailty(read_histories(orders.head(50), days=DAYS, people=PEOPLE))
