"""BG/NBD against simulated people, its closed forms, and what cannot be."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import hyp2f1

from liveattr.errors import MissingDataError, ParameterError
from liveattr.repurchase.bgnbd import BgNbd, fit_bgnbd, loss

TRUE = BgNbd(r=0.243, alpha=4.414 * 7, a=0.793, b=2.426, n=0, log_likelihood=0)
TENURE, AHEAD = 273.0, 91.0


def live(people, model=TRUE, tenure=TENURE, ahead=(AHEAD,), seed=7):
    """Draw orders one by one from the story of the model: x, t, orders within each horizon after."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(model.r, 1 / model.alpha, people)
    stop = rng.beta(model.a, model.b, people)
    clock, x, t = np.zeros(people), np.zeros(people), np.zeros(people)
    later = np.zeros((people, len(ahead)))
    on = np.arange(people)
    while len(on):
        clock[on] += rng.exponential(1 / np.maximum(rate[on], 1e-300))
        on = on[clock[on] <= tenure + max(ahead)]
        before = on[clock[on] <= tenure]
        x[before] += 1
        t[before] = clock[before]
        later[on] += (clock[on, None] > tenure) & (clock[on, None] <= tenure + np.array(ahead))
        on = on[rng.random(len(on)) >= stop[on]]
    return x, t, later


@pytest.fixture(scope="module")
def lives():
    return live(1_000_000, ahead=(30, AHEAD))


@pytest.mark.parametrize("x", [0, 1, 2, (3, 5), (6, 99)])
def test_chance_is_that_of_simulated_people_also_with_one_order(lives, x):
    orders, t, later = lives
    low, high = x if isinstance(x, tuple) else (x, x)
    who = (orders >= low) & (orders <= high)
    tenure = np.full(who.sum(), TENURE)
    told = TRUE.chance(orders[who], t[who], tenure, (30, AHEAD))
    came = later[who] > 0
    wide = 4 * came.std(axis=0) / np.sqrt(who.sum())
    assert (np.abs(told.mean(axis=0) - came.mean(axis=0)) < np.minimum(wide, 0.005)).all()


def test_chance_is_that_of_simulated_people_by_silence_too(lives):
    orders, t, later = lives
    who = orders > 0
    told = TRUE.chance(orders[who], t[who], np.full(who.sum(), TENURE), (AHEAD,))[:, 0]
    groups = pd.DataFrame({"told": told, "came": later[who, 1] > 0}).groupby(
        pd.qcut(TENURE - t[who], 20, labels=False)
    )
    means = groups.mean()
    assert (means["told"] - means["came"]).abs().max() < 0.01


def test_expected_orders_are_those_of_simulated_people(lives):
    orders, t, later = lives
    told = TRUE.expected(orders, t, np.full(len(orders), TENURE), (30, AHEAD))
    for low, high in ((0, 0), (1, 2), (3, 99)):
        who = (orders >= low) & (orders <= high)
        wide = 4 * later[who].std(axis=0) / np.sqrt(who.sum())
        assert (np.abs(told[who].mean(axis=0) - later[who].mean(axis=0)) < wide).all()


def test_expected_orders_are_the_closed_form_where_that_holds():
    x, t = np.arange(60.0), np.linspace(0, 260, 60)
    tenure = np.full(60, TENURE)
    for a, b in ((0.793, 2.426), (0.013, 35.8), (3.0, 0.2)):
        model = BgNbd(0.7, 60.0, a, b, 0, 0)
        k, start = model.r + x, model.alpha + tenure
        power = hyp2f1(k, b + x, a + b + x - 1, AHEAD / (start + AHEAD))
        closed = (a + b + x - 1) / (a - 1) * (1 - (start / (start + AHEAD)) ** k * power)
        told = model.expected(x, t, tenure, (AHEAD,))[:, 0]
        np.testing.assert_allclose(told, closed * model.alive(x, t, tenure), rtol=1e-7)


def test_what_made_the_people_is_found_again(lives):
    orders, t, _ = lives
    whole = np.rint(t * 8) / 8
    found = fit_bgnbd(orders, np.minimum(whole, TENURE), np.full(len(t), TENURE))
    assert found.r == pytest.approx(TRUE.r, rel=0.02)
    assert found.alpha == pytest.approx(TRUE.alpha, rel=0.03)
    assert found.a / (found.a + found.b) == pytest.approx(0.793 / 3.219, rel=0.05)
    assert not found.bound


def test_published_numbers():
    spec = importlib.util.find_spec("lifetimes")
    if spec is None or spec.origin is None:
        pytest.skip("the published data comes with the package lifetimes")
    weeks = pd.read_csv(Path(spec.origin).parent / "datasets" / "cdnow_customers_summary.csv")
    found = fit_bgnbd(weeks["frequency"], weeks["recency"] * 7, weeks["T"] * 7)
    told = [found.r, found.alpha / 7, found.a, found.b]
    np.testing.assert_allclose(told, [0.243, 4.414, 0.793, 2.426], atol=6e-4)


def test_gradient():
    x, t, _ = live(200, seed=3)
    args = (x, t / TENURE, np.full(200, 1.0), np.full(200, 1 / 200))
    for logs in ([-0.7, -0.7, 0.0, 0.7], [1.0, 2.0, -6.0, 3.0]):
        near = approx_fprime(np.array(logs), lambda p: loss(p, *args)[0], 1e-7)
        np.testing.assert_allclose(loss(np.array(logs), *args)[1], near, atol=1e-5)


def test_order_of_rows_and_weights_do_not_matter():
    x, t, _ = live(3_000, seed=4)
    x, t, tenure = np.tile(x, 2), np.tile(np.floor(t), 2), np.full(6_000, TENURE)
    mixed = np.random.default_rng(0).permutation(6_000)
    plain = fit_bgnbd(x, t, tenure)
    assert fit_bgnbd(x[mixed], t[mixed], tenure[mixed]) == plain
    half = fit_bgnbd(x[:3_000], t[:3_000], tenure[:3_000], np.full(3_000, 2.0))
    assert half == plain


def test_where_nobody_stops_a_fit_ends_at_its_bound_and_says_so():
    rng = np.random.default_rng(1)
    x = rng.poisson(rng.gamma(5.0, 1.0, 2_000)).astype(float)
    t = np.where(x > 0, TENURE, 0)
    found = fit_bgnbd(x, t, np.full(2_000, TENURE))
    assert found.bound
    told = found.expected(x, t, np.full(2_000, TENURE), (TENURE,))[:, 0]
    assert told.sum() == pytest.approx(x.sum(), rel=0.05)


@given(
    x=st.integers(0, 400),
    t=st.floats(0, 1),
    tenure=st.floats(0.5, 3_000),
    logs=st.lists(st.floats(-6, 6), min_size=4, max_size=4),
)
@settings(max_examples=80, deadline=None)
def test_chances_and_counts_keep_their_bounds(x, t, tenure, logs):
    model = BgNbd(*np.exp(logs), 0, 0)
    row = ([x], [t * tenure if x else 0], [tenure])
    chance, orders = (f(*row, (0, 1, 30, 90, 365)) for f in (model.chance, model.expected))
    assert (chance >= 0).all() and (chance <= 1).all() and chance[0, 0] == 0
    assert (np.diff(chance) >= 0).all() and (np.diff(orders) >= -1e-12).all()
    assert (orders >= chance * (1 - 1e-6)).all()
    assert 0 <= model.alive(*row)[0] <= 1


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (([1], [5], [4]), "row 0"),
        (([0], [5], [9]), "0 for one order"),
        (([-1], [0], [9]), "row 0"),
        (([1], [np.nan], [9]), "row 0"),
        (([1, 2], [1], [9]), "same length"),
    ],
)
def test_rows_that_cannot_be(row, word):
    with pytest.raises(ParameterError, match=word):
        fit_bgnbd(*row)


def test_nothing_to_learn_from():
    for rows in (([0, 0], [0, 0], [9, 8]), ([], [], []), ([1], [0], [0])):
        with pytest.raises(MissingDataError, match="second order"):
            fit_bgnbd(*rows)
    with pytest.raises(ParameterError, match="weights"):
        fit_bgnbd([1], [1], [2], [-1])
    with pytest.raises(ParameterError, match="horizons"):
        TRUE.chance([1], [1], [2], (-1,))
