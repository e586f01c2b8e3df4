"""Regression with a moving level: equal to the dense formula, and calm about wild days."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.incrementality.memory import fading, memory_of
from liveattr.incrementality.walk import _solve, fit_walk


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(8, 40), st.floats(0.05, 3), st.floats(0.2, 4))
def test_solution_equals_the_dense_one(seed, days, step, noise):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(days), rng.normal(size=days)])
    y, weights = rng.normal(size=days) * 3 + x @ [4.0, -2.0], rng.uniform(0.1, 1.2, days)
    found = _solve(y, x, step, noise, weights)
    place = np.arange(1, days + 1)
    walk = step**2 * np.minimum.outer(place, place)
    v = walk + np.diag(noise**2 / weights)
    inverse = np.linalg.inv(v)
    covariance = np.linalg.inv(x.T @ inverse @ x)
    coef = covariance @ x.T @ inverse @ y
    rest = y - x @ coef
    logs = np.linalg.slogdet(v)[1] + np.linalg.slogdet(x.T @ inverse @ x)[1]
    np.testing.assert_allclose(found.coef, coef, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-6, atol=1e-10)
    np.testing.assert_allclose(found.level, walk @ inverse @ rest, rtol=1e-5, atol=1e-6)
    assert found.evidence == pytest.approx(-(rest @ inverse @ rest + logs) / 2, rel=1e-7, abs=1e-6)


def test_a_wild_day_moves_hardly_anything():
    rng = np.random.default_rng(3)
    days = 120
    held = (rng.random(days) < 0.5).astype(float)
    y = 200 + 20 * held + rng.normal(size=days) * 14
    x = np.column_stack([np.ones(days), held])
    calm = fit_walk(y, x, scale=14.0)
    wild = y.copy()
    wild[40] += 150
    found = fit_walk(wild, x, scale=14.0)
    moved = abs(found.coef[1] - calm.coef[1])
    assert moved < 0.2 * np.sqrt(calm.covariance[1, 1])
    assert found.weights.argmin() == 40
    assert found.weights[40] < 0.1


@given(st.lists(st.floats(0, 5), min_size=1, max_size=20), st.floats(0, 0.95))
def test_memory_is_the_sum_of_what_is_left(dose, keeps):
    days = len(dose)
    left = fading(keeps, days)
    wanted = [sum(dose[s] * left[t - s] for s in range(t + 1)) for t in range(days)]
    np.testing.assert_allclose(memory_of(np.array(dose), keeps), wanted, atol=1e-9)
