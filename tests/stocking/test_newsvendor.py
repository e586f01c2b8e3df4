import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from liveattr.errors import ParameterError
from liveattr.stocking.newsvendor import (
    QuantileCurves,
    critical_ratio,
    expected_left,
    expected_short,
    quantile_at,
)
from tests.stocking.peers import (
    newsvendor_normal,
    newsvendor_normal_cost,
    newsvendor_poisson,
    newsvendor_poisson_cost,
)

FINE = np.arange(1, 1000) / 1000
QUANTILES = np.array([0.05, *np.arange(1, 10) / 10, 0.95, 0.99])


def curve(law, levels=FINE):
    return QuantileCurves(levels, law.ppf(levels)[None, :])


@pytest.mark.parametrize(("hold", "short"), [(1, 9), (0.18, 0.7), (2, 1)])
def test_normal_newsvendor_agrees_with_stockpyl(hold, short):
    known, cost = newsvendor_normal(hold, short, demand_mean=50, demand_sd=8)
    curves = curve(stats.norm(50, 8))
    stock = quantile_at(curves, critical_ratio(short, hold))
    assert stock[0] == pytest.approx(known, abs=0.01)
    ours = short * expected_short(curves, stock) + hold * expected_left(curves, stock)
    assert ours[0] == pytest.approx(cost, rel=2e-3)


@pytest.mark.parametrize("stock", [30.0, 45.0, 50.0, 61.0, 70.0])
def test_cost_of_any_stock_agrees_with_stockpyl(stock):
    curves = curve(stats.norm(50, 8))
    ours = 9 * expected_short(curves, stock) + 1 * expected_left(curves, stock)
    assert ours[0] == pytest.approx(newsvendor_normal_cost(stock, 1, 9, 50, 8), rel=3e-3)


@pytest.mark.parametrize("lead", [0, 3, 7])
def test_order_up_to_of_periodic_review_agrees_with_stockpyl(lead):
    known, _ = newsvendor_normal(1, 9, demand_mean=20, demand_sd=4, lead_time=lead)
    window = stats.norm(20 * (lead + 1), 4 * np.sqrt(lead + 1))
    assert quantile_at(curve(window), 0.9)[0] == pytest.approx(known, abs=0.02)


@pytest.mark.parametrize("mean", [0.7, 4.0, 20.0, 150.0])
def test_poisson_newsvendor_agrees_with_stockpyl(mean):
    known, _ = newsvendor_poisson(1, 9, mean)
    curves = curve(stats.poisson(mean))
    assert np.ceil(quantile_at(curves, 0.9)[0] - 1e-9) == known
    ours = 9 * expected_short(curves, known) + expected_left(curves, known)
    cost = newsvendor_poisson_cost(int(known), 1, 9, mean)
    assert ours[0] == pytest.approx(cost, rel=0.02)


def test_levels_of_a_forecast_are_fine_enough_for_the_order():
    """Twelve levels instead of 999: the order moves by little, its cost by less."""
    law = stats.gamma(3, scale=20)
    few, many = curve(law, QUANTILES), curve(law)
    level = np.array([0.98])
    assert quantile_at(few, level)[0] == pytest.approx(law.ppf(0.98), rel=0.05)
    for stock in (20.0, 60.0, 120.0, 168.0, 200.0):
        assert expected_short(few, stock)[0] == pytest.approx(
            expected_short(many, stock)[0], abs=0.01 * law.mean()
        )


def test_tail_is_the_exponential_one():
    law = stats.expon(scale=10)
    curves = curve(law, np.array([0.5, 0.8, 0.95]))
    assert quantile_at(curves, 0.999)[0] == pytest.approx(law.ppf(0.999), rel=1e-9)
    beyond = law.ppf(0.99)
    assert expected_short(curves, beyond)[0] == pytest.approx(10 * 0.01, rel=1e-9)


levels = st.lists(st.floats(0.01, 0.99), min_size=1, max_size=8, unique=True).map(
    lambda found: np.unique(np.round(found, 3))
)


@st.composite
def curves_drawn(draw):
    known = draw(levels)
    steps = draw(
        st.lists(
            st.one_of(st.just(0.0), st.floats(0, 500)), min_size=len(known), max_size=len(known)
        )
    )
    return QuantileCurves(known, np.cumsum(steps)[None, :])


@settings(max_examples=60, deadline=None)
@given(curves_drawn(), st.floats(-50, 3000), st.floats(0, 200))
def test_short_falls_left_grows_and_both_balance(curves, stock, more):
    now, later = expected_short(curves, stock)[0], expected_short(curves, stock + more)[0]
    assert now >= later - 1e-6 >= -1e-6
    assert now - later <= more + 1e-6
    left = expected_left(curves, stock)[0]
    assert left - now == pytest.approx(stock - curves.mean[0], abs=1e-6)


def test_steep_curves_far_from_the_stock_keep_their_digits():
    """Two quantiles a billionth apart: a difference of numbers around 32 would lose them."""
    curves = QuantileCurves(np.array([0.5, 0.75]), np.array([[0.0, 1e-9]]))
    assert expected_short(curves, -32.0)[0] == pytest.approx(32, abs=1e-8)
    least = QuantileCurves(np.array([0.25, 0.5]), np.array([[0.0, 5e-324]]))
    assert expected_short(least, np.array([-1.0]))[0] == 1.0
    assert expected_short(least, np.array([1.0]))[0] == 0.0


@settings(max_examples=60, deadline=None)
@given(curves_drawn(), st.floats(0, 0.998), st.floats(0, 0.998))
def test_quantiles_never_cross_and_hit_what_was_told(curves, one, other):
    low, high = sorted((one, other))
    assert quantile_at(curves, low)[0] <= quantile_at(curves, high)[0] + 1e-9
    for k, level in enumerate(curves.levels):
        assert quantile_at(curves, level)[0] == pytest.approx(curves.units[0, k], abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(curves_drawn(), st.floats(-20, 2000))
def test_expected_short_is_the_mean_over_the_quantile_function(curves, stock):
    u = (np.arange(20_000) + 0.5) / 20_000
    repeated = QuantileCurves(curves.levels, np.repeat(curves.units, len(u), axis=0))
    plain = np.maximum(quantile_at(repeated, u) - stock, 0).mean()
    assert expected_short(curves, stock)[0] == pytest.approx(
        plain, rel=1e-3, abs=1e-3 * (1 + curves.units.max())
    )


def test_crossing_and_negative_quantiles_are_put_right():
    curves = QuantileCurves(np.array([0.1, 0.5, 0.9]), np.array([[-4.0, 9.0, 7.0]]))
    assert curves.units.tolist() == [[0.0, 9.0, 9.0]]


def test_ratio_of_unknown_and_worthless_goods():
    found = critical_ratio([np.nan, -5.0, 0.0, 3.0], [1.0, 1.0, 0.0, 0.0])
    np.testing.assert_array_equal(found, [np.nan, 0.0, 0.0, 1.0])


@pytest.mark.parametrize("wrong", [[0.5, 0.2], [0.0, 0.5], [0.5, 1.0], []])
def test_levels_must_rise_inside(wrong):
    with pytest.raises(ParameterError, match="levels"):
        QuantileCurves(np.array(wrong), np.zeros((1, len(wrong))))


def test_numbers_that_are_none_are_refused():
    with pytest.raises(ParameterError, match="finite"):
        QuantileCurves(np.array([0.5]), np.array([[np.nan]]))
    with pytest.raises(ParameterError, match="level"):
        quantile_at(QuantileCurves(np.array([0.5]), np.array([[1.0]])), 1.0)
