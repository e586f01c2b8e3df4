"""The pooled posterior: between viewers and calendar, as far as each of them knows."""

import numpy as np
import pytest

from liveattr.errors import ParameterError
from liveattr.incrementality.calibration import pool_rooms

NONE = np.zeros((1, 0))


def _around(mean, sd, seed=0, n=20_000):
    return np.asarray(mean) + np.asarray(sd) * np.random.default_rng(seed).normal(
        size=(n, len(mean))
    )


def test_a_show_that_is_known_well_corrects_the_daily_room():
    hazard = _around([1300.0, 1300.0], [10, 10])  # 30 % too much in both rooms; truth is 1000
    series = _around([1000.0, 1400.0], [40, 900], seed=1)
    found = pool_rooms(series, ["show", "own"], hazard, ["show", "own"])
    show, own = found.effects.mean(axis=0)
    assert show == pytest.approx(1000, abs=30)
    assert own == pytest.approx(1000, rel=0.12)
    assert found.effects[:, 1].std() < 0.35 * 1000  # far less than the series' 900
    shared = 0.5**2 / (0.5**2 + 0.2**2)  # the part of the excess that all rooms have in common
    assert np.median(found.bias) == pytest.approx(1.3**shared, rel=0.06)


def test_it_agrees_with_the_formula_where_everything_is_near_normal():
    """One room, small spread: precision-weighted mean of hazard and series."""
    hazard, series = _around([1000.0], [1]), _around([1100.0], [50], seed=1)
    found = pool_rooms(series, ["a"], hazard, ["a"], common=0.03, own=0.04)
    prior, weight = 50.0**2, 50.0**2  # sd 5 % of 1000, and the series' sd of 50
    wanted = (1000 / prior + 1100 / weight) / (1 / prior + 1 / weight)
    assert found.effects.mean() == pytest.approx(wanted, abs=6)
    assert found.effects.std() == pytest.approx(50 / np.sqrt(2), rel=0.08)


def test_without_series_the_whole_spread_of_the_bias_is_kept():
    found = pool_rooms(NONE, [], _around([1000.0], [1]), ["a"], common=0.5, own=0.2)
    assert np.log(found.effects).std() == pytest.approx(np.hypot(0.5, 0.2), rel=0.06)
    assert found.effective == pytest.approx(40_000)


def test_a_room_without_viewers_keeps_the_series_given_the_others():
    rng = np.random.default_rng(2)
    first = 1000 + 100 * rng.normal(size=20_000)
    second = 500 - 0.8 * (first - 1000) + 30 * rng.normal(size=20_000)  # they go against each other
    series = np.column_stack([first, second])
    alone = pool_rooms(series, ["a", "b"], NONE, [])
    assert alone.effects.mean(axis=0) == pytest.approx(series.mean(axis=0), rel=0.02)
    # Viewers know a to be near 900, so b must be near 580.
    found = pool_rooms(series, ["a", "b"], _around([900.0], [1]), ["a"], common=0.01, own=0.01)
    assert found.rooms == ("a", "b")
    assert found.effects[:, 1].mean() == pytest.approx(580, abs=8)
    assert found.effects[:, 1].std() < alone.effects[:, 1].std() / 2


def test_a_contradiction_shows_in_the_effective_number():
    calm = pool_rooms(_around([1000.0], [50]), ["a"], _around([1000.0], [1]), ["a"])
    torn = pool_rooms(_around([1000.0], [50]), ["a"], _around([4000.0], [1]), ["a"])
    assert torn.effective < calm.effective / 4


def test_nothing_known_and_nonsense_are_errors():
    with pytest.raises(ParameterError, match="no room"):
        pool_rooms(NONE, [], NONE, [])
    with pytest.raises(ParameterError, match="not positive"):
        pool_rooms(NONE, [], np.array([[-1.0]]), ["a"])
