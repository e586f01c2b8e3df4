import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import ParameterError, TableError
from liveattr.repurchase.aft import fit_aft, fit_weibull
from liveattr.repurchase.cox import fit_cox
from liveattr.repurchase.survival import Fitted
from tests.repurchase.survival_rows import NAMES, drawn


@pytest.fixture(scope="module")
def frame():
    return drawn("weibull", 1_500, day=True)


@pytest.fixture(scope="module")
def models(frame):
    fitted = {family: fit_aft(frame, NAMES, family) for family in ("weibull", "loglogistic")}
    return fitted | {"cox": fit_cox(frame, NAMES)}


def one(family: str, **more) -> Fitted:
    numbers = {"coef": np.array([0.5]), "intercept": 1.0, "shape": 0.8, "n": 1} | more
    scale = {"means": np.array([2.0]), "scales": np.array([1.0]), "longest_days": 200.0}
    return Fitted(family=family, names=("x",), **scale, **numbers)


def test_closed_forms_by_hand():
    x, days = np.array([[2.0], [-1.0]]), np.array([30.0, 90.0])
    scale = np.exp(1 + 0.5 * x)
    np.testing.assert_allclose(one("weibull").chance(x, days), 1 - np.exp(-((days / scale) ** 0.8)))
    odds = (days / scale) ** 0.8
    np.testing.assert_allclose(one("loglogistic").chance(x, days), odds / (1 + odds))
    steps = {"steps_days": np.array([10.0, 60.0]), "steps_hazard": np.array([0.01, 0.03])}
    cox = one("cox", **steps)
    np.testing.assert_allclose(cox.chance(x, days), 1 - np.exp(-np.array([0.01, 0.03]) * scale))


def test_cox_tells_nothing_before_its_first_step_and_goes_on_behind_its_last():
    cox = one("cox", steps_days=np.array([10.0, 60.0]), steps_hazard=np.array([0.01, 0.03]))
    x = np.array([[0.0]])
    assert cox.chance(x, [9])[0, 0] == 0
    assert cox.chance(x, [10])[0, 0] > 0
    assert cox.chance(x, [200])[0, 0] == pytest.approx(1 - np.exp(-0.03 * np.e))
    assert cox.chance(x, [400])[0, 0] == pytest.approx(1 - np.exp(-0.03 * 2**0.8 * np.e))
    assert cox.beyond([400]).all()
    assert not cox.beyond([200]).any()


@pytest.mark.parametrize("family", ["weibull", "loglogistic", "cox"])
def test_chances_are_lifelines_own(frame, models, family):
    import lifelines as ll

    kinds = {"weibull": ll.WeibullAFTFitter, "loglogistic": ll.LogLogisticAFTFitter}
    kinds["cox"] = ll.CoxPHFitter
    theirs = kinds[family]().fit(
        frame[[*NAMES, "duration_days", "event"]], "duration_days", "event"
    )
    seen = np.sort(frame.loc[frame["event"], "duration_days"].unique())  # no line between steps
    days = seen[np.searchsorted(seen, [30, 60, 90])]
    told = 1 - theirs.predict_survival_function(frame.head(50), times=days).T
    near = {"weibull": 1e-4, "loglogistic": 2e-3, "cox": 1e-8}[family]
    np.testing.assert_allclose(models[family].chance(frame.head(50), days), told, atol=near)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["weibull", "loglogistic", "cox"]),
    st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3),
    st.lists(st.floats(0.5, 3000), min_size=1, max_size=5),
)
def test_chances_lie_in_0_to_1_and_never_fall(models, family, x, horizons):
    told = models[family].chance(np.array([x]), sorted(horizons))[0]
    assert ((told >= 0) & (told <= 1)).all()
    assert (np.diff(told) >= 0).all()


@pytest.mark.parametrize("family", ["weibull", "loglogistic", "cox"])
def test_the_median_is_where_the_chance_is_a_half(frame, models, family):
    fitted = models[family]
    days = fitted.median_days(frame)
    known = np.isfinite(days)
    assert 0 < known.mean() < 1
    rows = frame[known]
    told = np.array(
        [fitted.chance(rows.iloc[[at]], [days[known][at]])[0, 0] for at in range(0, 100, 10)]
    )
    if family == "cox":
        assert (told >= 0.5).all()
        before = fitted.chance(rows.iloc[[0]], [max(days[known][0] - 1, 0.5)])
        assert before[0, 0] < 0.5
    else:
        np.testing.assert_allclose(told, 0.5, rtol=1e-9)
    assert (fitted.chance(frame[~known], [365]) < 0.5).all()


@pytest.mark.parametrize("family", ["weibull", "loglogistic"])
def test_effects_add_up_to_the_difference_from_the_mean_row(frame, models, family):
    fitted = models[family]
    middle = fitted.index(fitted.means[None, :])
    np.testing.assert_allclose(fitted.effects(frame).sum(1), fitted.index(frame) - middle)


def test_effects_of_cox_point_where_those_of_weibull_do(frame, models):
    weibull, cox = (models[f].effects(frame) for f in ("weibull", "cox"))
    strong = np.abs(weibull) > 0.5
    assert (np.sign(weibull) == np.sign(cox))[strong].all()
    assert np.median(cox[strong] / weibull[strong]) == pytest.approx(1, abs=0.15)


def test_silence_past_what_was_learnt_is_flagged(models):
    found = models["weibull"].beyond([30], np.array([10.0, 1000.0]))
    assert found.tolist() == [False, True]
    assert models["weibull"].beyond([5000], np.array([10.0])).tolist() == [True]


def test_a_frame_of_other_rows_is_told_the_same(frame, models):
    part = frame.iloc[100:120]
    np.testing.assert_array_equal(
        models["weibull"].chance(part), models["weibull"].chance(frame)[100:120]
    )


def test_what_cannot_be_told_is_said(frame, models):
    with pytest.raises(ParameterError, match="horizons"):
        models["weibull"].chance(frame, [0])
    with pytest.raises(TableError, match="lacks a"):
        models["weibull"].chance(frame.drop(columns="a"))
    with pytest.raises(TableError, match=r"\(rows, 3\)"):
        models["weibull"].chance(np.ones((2, 2)))


def test_a_planted_model_foretells_new_rows():
    fitted = fit_weibull(drawn("weibull", 8_000, seed=5), NAMES)
    new = drawn("weibull", 8_000, seed=6)
    whole = new[(new["duration_days"] >= 20) | new["event"]]
    came = (whole["event"] & (whole["duration_days"] <= 20)).mean()
    assert fitted.chance(whole, [20]).mean() == pytest.approx(came, abs=0.02)
