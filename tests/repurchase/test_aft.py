import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import MissingDataError, ParameterError, TableError
from liveattr.repurchase.aft import aft_rows, fit_aft, fit_loglogistic, fit_weibull
from tests.repurchase.survival_rows import COEF, INTERCEPT, NAMES, SHAPE, drawn

FAMILIES = ("weibull", "loglogistic")


@pytest.mark.parametrize("family", FAMILIES)
def test_finds_the_planted_numbers(family):
    frame = drawn(family, 20_000)
    fitted = fit_aft(frame, NAMES, family)
    spread = fitted.scales
    np.testing.assert_allclose(fitted.coef * spread, COEF * spread, atol=0.06)
    assert fitted.shape == pytest.approx(SHAPE, abs=0.03)
    assert fitted.intercept == pytest.approx(INTERCEPT, abs=0.2)
    assert fitted.n == len(frame)
    assert fitted.longest_days == pytest.approx(frame["duration_days"].max(), abs=1e-5)
    silence = frame["tenure_days"] - frame["recency_days"]
    assert fitted.longest_silence == silence.max()


@pytest.mark.parametrize("penalizer", [0.0, 0.1])
def test_weibull_is_that_of_lifelines(penalizer):
    from lifelines import WeibullAFTFitter

    frame = drawn("weibull", 1_500, seed=2)
    ours = fit_weibull(frame, NAMES, penalizer=penalizer)
    theirs = WeibullAFTFitter(penalizer=penalizer).fit(
        frame[[*NAMES, "duration_days", "event"]], "duration_days", "event"
    )
    numbers = theirs.params_["lambda_"]
    np.testing.assert_allclose(ours.coef, numbers[list(NAMES)], atol=1e-3)
    assert ours.intercept == pytest.approx(numbers["Intercept"], abs=1e-3)
    assert ours.shape == pytest.approx(np.exp(theirs.params_["rho_"].iloc[0]), abs=1e-3)


@pytest.mark.parametrize("penalizer", [0.0, 0.1])
def test_loglogistic_is_no_worse_than_that_of_lifelines(penalizer):
    """Its own search stops early; ours must reach its likelihood, and nearly its numbers."""
    from lifelines import LogLogisticAFTFitter

    frame = drawn("loglogistic", 1_500, seed=3)
    ours = fit_loglogistic(frame, NAMES, penalizer=penalizer)
    theirs = LogLogisticAFTFitter(penalizer=penalizer).fit(
        frame[[*NAMES, "duration_days", "event"]], "duration_days", "event"
    )
    numbers, k = theirs.params_["alpha_"], np.exp(theirs.params_["beta_"].iloc[0])
    rows = aft_rows(frame, NAMES, "loglogistic", penalizer=penalizer)
    coef = numbers[list(NAMES)].to_numpy()
    level = numbers["Intercept"] + coef @ rows.means - rows.middle
    other = np.concatenate([[k * level], k * coef * rows.scales, [k]])
    assert rows.loss(rows.theta_of(ours))[0] <= rows.loss(other)[0] + 1e-12
    np.testing.assert_allclose(ours.coef * ours.scales, coef * ours.scales, atol=5e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_slope_and_curvature_are_those_of_the_loss(family):
    rows = aft_rows(drawn(family, 300), NAMES, family, penalizer=0.3)
    theta = np.array([0.2, 0.3, -0.4, 0.1, 0.7])
    value, slope, curve = rows.loss(theta)
    step = 1e-5
    for at, axis in enumerate(np.eye(5) * step):
        up, down = rows.loss(theta + axis), rows.loss(theta - axis)
        assert (up[0] - down[0]) / (2 * step) == pytest.approx(slope[at], abs=1e-7)
        np.testing.assert_allclose((up[1] - down[1]) / (2 * step), curve[at], atol=1e-6)
    assert np.isfinite(value)


@pytest.mark.parametrize("family", FAMILIES)
def test_scores_of_persons_add_up_to_nothing_at_the_fit(family):
    frame = drawn(family, 400)
    rows = aft_rows(frame, NAMES, family)
    codes, people = pd.factorize(frame["person_id"])
    theta = rows.theta_of(rows.fitted(rows.theta_of(fit_aft(frame, NAMES, family))))
    scores = rows.scores(theta, codes, len(people))
    np.testing.assert_allclose(scores.sum(0), 0, atol=1e-5)
    moved = theta + 0.1
    whole = rows.scores(moved, codes, len(people)).sum(0)
    np.testing.assert_allclose(whole, -rows.loss(moved)[1] * rows.total, rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(FAMILIES),
    st.sampled_from([0.0, 0.01]),
    st.lists(st.floats(0.01, 100), min_size=3, max_size=3),
    st.integers(0, 2**31),
)
def test_neither_units_nor_order_of_rows_matter(family, penalizer, units, seed):
    frame = drawn(family, 400)
    first = fit_aft(frame, NAMES, family, penalizer=penalizer)
    other = frame.sample(frac=1, random_state=seed).reset_index(drop=True)
    other[list(NAMES)] = other[list(NAMES)] * units
    second = fit_aft(other, NAMES, family, penalizer=penalizer)
    np.testing.assert_allclose(second.coef * units, first.coef, rtol=1e-6, atol=1e-9)
    assert second.intercept == pytest.approx(first.intercept, abs=1e-6)


def test_order_of_rows_alone_changes_no_digit():
    frame = drawn("weibull", 4_000)
    first = fit_weibull(frame, NAMES)
    second = fit_weibull(frame.sample(frac=1, random_state=3), NAMES)
    assert first.coef.tolist() == second.coef.tolist()
    assert (first.intercept, first.shape) == (second.intercept, second.shape)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_weight_of_two_is_a_row_twice(family):
    frame = drawn(family, 400)
    twice = np.random.default_rng(1).integers(0, 3, len(frame)).astype(float)
    ours = fit_aft(frame, NAMES, family, penalizer=0.1, weights=twice)
    long = frame.loc[np.repeat(frame.index, twice.astype(int))]
    other = fit_aft(long, NAMES, family, penalizer=0.1)
    np.testing.assert_allclose(ours.coef, other.coef, rtol=1e-6, atol=1e-10)
    assert ours.shape == pytest.approx(other.shape, rel=1e-7)


def test_a_stronger_ridge_leaves_smaller_effects_and_a_huge_one_none():
    frame = drawn("weibull", 400)
    sizes = [
        np.abs(fit_weibull(frame, NAMES, penalizer=p).coef).sum() for p in (0, 0.01, 0.1, 1, 1e4)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 1e-3


def test_columns_that_say_the_same_or_nothing():
    frame = drawn("weibull", 400).assign(twin=lambda f: 3 * f["a"] + 1, still=7.0)
    plain = fit_weibull(frame, ["a"])
    both = fit_weibull(frame, ["a", "twin", "still"])
    assert both.coef[2] == 0
    assert both.coef[0] + 3 * both.coef[1] == pytest.approx(plain.coef[0], rel=1e-6)
    np.testing.assert_allclose(both.chance(frame), plain.chance(frame), rtol=1e-6)


def test_what_cannot_be_fitted_is_said():
    frame = drawn("weibull", 50)
    with pytest.raises(MissingDataError, match="nothing to learn"):
        fit_weibull(frame.assign(event=False), NAMES)
    with pytest.raises(MissingDataError, match="nothing to learn"):
        fit_weibull(frame.iloc[:0], NAMES)
    with pytest.raises(TableError, match="duration_days"):
        fit_weibull(frame.assign(duration_days=0.0), NAMES)
    with pytest.raises(TableError, match="lacks d"):
        fit_weibull(frame, [*NAMES, "d"])
    with pytest.raises(TableError, match="b: holds"):
        fit_weibull(frame.assign(b=np.nan), NAMES)
    with pytest.raises(ParameterError, match="penalizer"):
        fit_weibull(frame, NAMES, penalizer=-1)
    with pytest.raises(ParameterError, match="weights"):
        fit_weibull(frame, NAMES, weights=-np.ones(50))
    with pytest.raises(MissingDataError, match="weight"):
        fit_weibull(frame, NAMES, weights=(~frame["event"]).to_numpy(float))
    with pytest.raises(ParameterError, match="weibull or loglogistic"):
        fit_aft(frame, NAMES, "normal")
