import numpy as np
import pytest

from liveattr.errors import MissingDataError, TableError
from liveattr.repurchase.cox import fit_cox, person_rows
from tests.repurchase.survival_rows import COEF, NAMES, SHAPE, drawn


def test_finds_the_planted_hazards():
    frame = drawn("weibull", 4_000)
    fitted = fit_cox(frame, NAMES)
    np.testing.assert_allclose(fitted.coef, -SHAPE * COEF, atol=0.05)
    assert fitted.shape == pytest.approx(SHAPE, abs=0.08)
    assert (np.diff(fitted.steps_hazard) > 0).all()


def test_a_sample_keeps_whole_persons_and_the_same_ones():
    frame = drawn("weibull", 2_000, day=True)
    kept = person_rows(frame, 500)
    assert 400 < kept.sum() <= 500
    assert (frame[kept].groupby("person_id").size() == 4).all()
    other = frame.sample(frac=1, random_state=1)
    assert set(other[person_rows(other, 500)]["person_id"]) == set(frame[kept]["person_id"])
    assert fit_cox(frame, NAMES, most_rows=500).n == kept.sum()
    with pytest.raises(TableError, match="person_id"):
        person_rows(frame.drop(columns="person_id"), 500)


def test_weights_leave_rows_out():
    frame = drawn("weibull", 400, day=True)
    half = np.arange(400) % 2 == 0
    ours = fit_cox(frame, NAMES, weights=half.astype(float))
    other = fit_cox(frame[half], NAMES)
    np.testing.assert_allclose(ours.coef, other.coef, atol=1e-6)


def test_a_column_that_never_varies_gets_nothing():
    frame = drawn("weibull", 400, day=True).assign(still=7.0)
    fitted = fit_cox(frame, [*NAMES, "still"])
    assert fitted.coef[3] == 0
    np.testing.assert_allclose(fitted.chance(frame), fit_cox(frame, NAMES).chance(frame))


def test_what_cannot_be_fitted_is_said():
    frame = drawn("weibull", 100)
    with pytest.raises(MissingDataError, match="nothing to learn"):
        fit_cox(frame.assign(event=False), NAMES)
    with pytest.raises(TableError, match="b: holds"):
        fit_cox(frame.assign(b=np.inf), NAMES)
