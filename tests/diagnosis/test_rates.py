"""Pooling of rates: its limits, its peers, and the chances of the causes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import betabinom

from liveattr.diagnosis.causes import CAUSES, PRIOR, Signs, chances
from liveattr.diagnosis.rates import (
    beta_binomial,
    expected_rate,
    medians_of_others,
    relative_to_peers,
)


def test_without_a_past_a_product_is_as_its_peers_and_with_much_it_is_itself():
    hits = np.array([0.0, 30.0, 500.0, 5e6])
    tries = np.array([0.0, 100.0, 1000.0, 1e8])
    relation, unsure = relative_to_peers(hits, tries)
    level = hits.sum() / tries.sum()
    assert relation[0] == pytest.approx(1.0)
    assert relation[3] == pytest.approx(0.05 / level, rel=1e-3)
    assert (np.diff(unsure) < 0).all() and unsure[3] < 0.001


def test_peers_are_the_others_and_one_bad_product_does_not_move_them():
    hits, tries = np.array([0.0, 100.0, 100.0, 100.0, 100.0]), np.full(5, 1000.0)
    none = np.zeros(5)
    found = expected_rate(hits, tries, none, none)
    assert found.rate == pytest.approx(np.full(5, 0.1), rel=0.01)
    own = expected_rate(np.array([900.0, 100, 100, 100, 100]), tries, none, none)
    assert own.rate[0] == pytest.approx(0.1, rel=0.01)


def test_what_moves_all_products_is_no_leak():
    past, tries = np.array([300.0, 600.0, 900.0, 1200.0, 1500.0]), np.full(5, 10000.0)
    now = past / 10 / 2
    found = expected_rate(now, np.full(5, 1000.0), past, tries)
    assert found.rate == pytest.approx(now / 1000, rel=0.08)


def test_a_single_product_is_judged_by_its_own_past():
    found = expected_rate(np.array([5.0]), np.array([100.0]), np.array([200.0]), np.array([1000.0]))
    assert found.rate[0] == pytest.approx(0.2, abs=0.001)
    nothing = expected_rate(np.array([5.0]), np.array([100.0]), np.zeros(1), np.zeros(1))
    assert np.isnan(nothing.rate[0])


@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.05, 0.95), st.floats(2, 300))
def test_beta_binomial_is_the_published_one_but_for_the_binomial_coefficient(k, more, rate, weight):
    n = k + more
    ours = beta_binomial(
        np.array([k, 0.0]), np.array([n, n]), np.array([rate] * 2), np.array([weight] * 2)
    )
    theirs = betabinom(n, rate * weight, (1 - rate) * weight).logpmf([k, 0])
    choose = betabinom(n, 1, 1).logpmf(0) * 0 + np.log([float(_choose(n, k)), 1.0])
    assert ours + choose == pytest.approx(theirs, abs=1e-6)


def _choose(n, k):
    from math import comb

    return comb(n, k)


def signs(**given_):
    """Return one product about which nothing is known, but for what is given."""
    unknown = expected_rate(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1))
    zero, nan = np.zeros(1), np.full(1, np.nan)
    facts = {
        "tries": zero, "buyers": zero, "buys": unknown, "worse": ((zero, zero, unknown),), "gap": nan,
        "out": nan, "arrived": zero, "arrive_expected": zero,
    }  # fmt: skip
    return Signs(**{**facts, **given_})


def test_without_any_sign_the_prior_is_left():
    assert chances(signs())[0] == pytest.approx(PRIOR)


@given(st.floats(0, 1), st.floats(-0.5, 1), st.integers(0, 60))
def test_chances_sum_to_one_and_fewer_buyers_never_speak_for_health(out, gap, buyers):
    known = expected_rate(
        np.array([50.0, 50, 50]), np.full(3, 100.0), np.full(3, 500.0), np.full(3, 1e3)
    )
    one = type(known)(known.rate[:1], known.spread[:1])
    given_ = {
        "tries": np.full(1, 100.0),
        "buys": one,
        "out": np.full(1, out),
        "gap": np.full(1, gap),
    }
    more = chances(signs(buyers=np.full(1, buyers + 1.0), **given_))
    less = chances(signs(buyers=np.full(1, float(buyers)), **given_))
    assert less.sum() == pytest.approx(1) and (less >= 0).all()
    if buyers < 49:
        at = CAUSES.index("page")
        assert less[0, at] / less[0, 0] >= more[0, at] / more[0, 0] * (1 - 1e-9)


@example([(0, 3), (0, 1), (1, 1)])
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=12))
def test_the_median_of_the_others_is_that_of_the_list_without_the_one(pairs):
    values, weights = np.array(pairs, dtype=float).T
    found = medians_of_others(values, weights)
    for i in range(len(values)):
        rest = np.arange(len(values)) != i
        rest &= weights > 0
        order = np.argsort(values[rest], kind="stable")
        v, w = values[rest][order], weights[rest][order]
        want = np.interp(w.sum() / 2, np.cumsum(w) - w / 2, v) if len(v) else np.nan
        assert found[i] == pytest.approx(want, nan_ok=True)
