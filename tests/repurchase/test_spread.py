import json

import numpy as np
import pandas as pd
import pytest

from liveattr.errors import ParameterError, TableError
from liveattr.repurchase.aft import fit_aft, fit_weibull
from liveattr.repurchase.cox import fit_cox
from liveattr.repurchase.spread import Spread, chance_bounds, person_spread, total_bounds
from tests.repurchase.survival_rows import NAMES, drawn

FAMILIES = ("weibull", "loglogistic")


def logit(p):
    return np.log(p / (1 - p))


@pytest.mark.parametrize("family", FAMILIES)
def test_is_what_refits_on_drawn_persons_come_to(family):
    frame = drawn(family, 600, seed=4)
    fitted = fit_aft(frame, NAMES, family, penalizer=0.01)
    spread = person_spread(frame, fitted, penalizer=0.01)
    codes, people = pd.factorize(frame["person_id"])
    rng, told = np.random.default_rng(1), []
    for _ in range(150):
        counts = np.bincount(rng.integers(0, len(people), len(people)), minlength=len(people))
        again = fit_aft(frame, NAMES, family, penalizer=0.01, weights=counts[codes].astype(float))
        told.append(logit(again.chance(frame.head(40), [30, 90])))
    refits = np.std(told, axis=0)
    ratio = spread.of_odds(frame.head(40), [30, 90]) / refits
    assert np.median(ratio) == pytest.approx(1, abs=0.1)
    assert ((ratio > 0.7) & (ratio < 1.4)).all()


def test_a_person_twice_is_not_two_persons():
    frame = drawn("weibull", 400, seed=4).assign(person_id=np.arange(400))
    fitted = fit_weibull(frame, NAMES)
    once = person_spread(frame, fitted).of_odds(frame, [30])
    double = pd.concat([frame, frame])
    same = person_spread(double, fit_weibull(double, NAMES)).of_odds(frame, [30])
    np.testing.assert_allclose(same, once, rtol=1e-6)
    other = double.assign(person_id=np.arange(800))
    fewer = person_spread(other, fitted).of_odds(frame, [30])
    np.testing.assert_allclose(fewer, once / np.sqrt(2), rtol=2e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_slopes_are_those_of_log_odds_and_of_totals(family):
    frame = drawn(family, 200)
    fitted = fit_aft(frame, NAMES, family)
    spread = person_spread(frame, fitted)
    p = fitted.chance(frame, [30, 60])
    codes = np.arange(200) % 3
    pull = spread.pull(frame, [30, 60], p * (1 - p), codes, 3)

    def totals(theta):
        k = theta[-1]
        coef = theta[1:-1] / k / spread.scales
        level = theta[0] / k + spread.middle - coef @ spread.means
        from dataclasses import replace

        moved = replace(fitted, coef=coef, intercept=level, shape=k)
        told = moved.chance(frame, [30, 60])
        return np.array([told[codes == group].sum(0) for group in range(3)])

    step = 1e-5
    for at, axis in enumerate(np.eye(5) * step):
        rise = (totals(spread.theta + axis) - totals(spread.theta - axis)) / (2 * step)
        np.testing.assert_allclose(pull[:, :, at], rise, rtol=1e-5, atol=1e-6)


def test_order_of_rows_changes_no_digit():
    frame = drawn("weibull", 2_000)
    other = frame.sample(frac=1, random_state=3)
    ours, same = (person_spread(f, fit_weibull(f, NAMES)).numbers() for f in (frame, other))
    assert ours == same


def test_for_cox_weibull_stands_in():
    frame = drawn("weibull", 300, day=True)
    found = person_spread(frame, fit_cox(frame, NAMES))
    other = person_spread(frame, fit_weibull(frame, NAMES))
    np.testing.assert_array_equal(found.covariance, other.covariance)


def test_intervals_of_totals_cover_new_people_of_the_same_kind():
    """40 worlds x 5 groups: 80 % must hold what comes, not what was expected."""
    held = []
    for seed in range(40):
        frame, new = drawn("weibull", 400, seed=seed), drawn("weibull", 300, seed=1000 + seed)
        fitted = fit_weibull(frame, NAMES)
        spread, whole = person_spread(frame, fitted), new["duration_days"] >= 20
        new = new[whole | new["event"]]
        came = (new["event"] & (new["duration_days"] <= 20)).to_numpy()
        p = fitted.chance(new, [20])
        codes = pd.qcut(p[:, 0], 5, labels=False)
        slopes = spread.pull(new, [20], p * (1 - p), codes, 5)[:, 0]
        told = total_bounds(p[:, 0], codes, slopes=slopes, covariance=spread.covariance)
        count = np.bincount(codes, came, 5)
        held += ((told["low"] <= count) & (count <= told["high"])).tolist()
    assert 0.74 <= np.mean(held) <= 0.86


def test_drift_widens_and_ends_stay_inside():
    p, groups = np.array([0.001, 0.002, 0.5, 0.6, 0.999]), ["a", "a", "b", "b", "c"]
    plain, wide = (total_bounds(p, groups, drift=d) for d in (0, 0.5))
    assert plain["group"].tolist() == ["a", "b", "c"]
    assert (wide["low"] <= plain["low"]).all()
    assert (wide["high"] >= plain["high"]).all()
    assert wide.loc[1, "low"] < plain.loc[1, "low"] < plain.loc[1, "high"] < wide.loc[1, "high"]
    assert plain.loc[0, "high"] < 1
    assert ((wide["low"] >= 0) & (wide["high"] <= wide["n"])).all()
    assert ((plain["low"] < plain["told"]) & (plain["told"] < plain["high"])).all()
    b = wide.loc[1]
    assert b["of_chance"] == pytest.approx(0.49)
    assert b["of_drift"] == pytest.approx(0.49**2 * 0.25)


def test_bounds_of_a_chance():
    odds, deviation = np.array([0.0, -3.0]), np.array([0.2, 0.0])
    low, high = chance_bounds(odds, deviation, level=0.8)
    assert logit(high[0]) == pytest.approx(0.2 * 1.2815516)
    assert low[0] + high[0] == pytest.approx(1)
    assert low[1] == pytest.approx(high[1])
    wider = chance_bounds(odds, deviation, drift=0.3)
    assert (wider[0] < low).all()
    with pytest.raises(ParameterError, match="level"):
        chance_bounds(odds, deviation, level=80)


def test_numbers_come_back_from_json():
    frame = drawn("weibull", 200)
    spread = person_spread(frame, fit_weibull(frame, NAMES))
    again = Spread.of_numbers(json.loads(json.dumps(spread.numbers())))
    np.testing.assert_array_equal(again.of_odds(frame, [30]), spread.of_odds(frame, [30]))
    with pytest.raises(TableError, match="missing"):
        Spread.of_numbers({})
    with pytest.raises(TableError, match="belong together"):
        person_spread(frame.drop(columns="person_id"), fit_weibull(frame, NAMES))
