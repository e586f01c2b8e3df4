import numpy as np
import pytest

from liveattr.errors import ParameterError
from liveattr.repurchase.metrics import (
    auc,
    brier,
    calibration,
    ece,
    integrated_brier,
    log_loss,
    paired_bootstrap,
)

RNG = np.random.default_rng(0)
P = RNG.random(500).round(2)
Y = (RNG.random(500) < P).astype(float)


def test_scores_are_what_their_definitions_say() -> None:
    p, ones, zeros = np.clip(P, 1e-4, 1 - 1e-4), P[Y == 1], P[Y == 0]
    assert log_loss(P, Y) == pytest.approx(-np.mean(np.where(Y == 1, np.log(p), np.log(1 - p))))
    assert brier(P, Y) == pytest.approx(np.mean((P - Y) ** 2))
    pairs = ones[:, None] - zeros[None, :]
    assert auc(P, Y) == pytest.approx(np.mean((pairs > 0) + 0.5 * (pairs == 0)))


def test_one_wrong_certainty_costs_what_the_clip_says() -> None:
    assert log_loss([1.0], [0]) == pytest.approx(-np.log(1e-4))


def test_order_of_rows_is_no_matter() -> None:
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(P))
        assert ece(P[order], Y[order]) == pytest.approx(ece(P, Y), abs=1e-12)


def test_true_chances_are_calibrated_and_halved_ones_are_not() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(20_000)
    y = rng.random(20_000) < p
    assert ece(p, y) < 0.02
    assert ece(p / 2, y) > 0.2
    assert calibration(p, y)["n"].sum() == 20_000


def test_one_chance_for_all_is_one_difference() -> None:
    assert ece([0.3] * 100, [1] * 50 + [0] * 50) == pytest.approx(0.2)


def test_missing_chance_is_refused() -> None:
    with pytest.raises(ParameterError, match="missing"):
        log_loss([np.nan], [1])


def test_bootstrap_draws_people_not_rows() -> None:
    rng = np.random.default_rng(2)
    one = np.repeat(rng.normal(size=100), 20)
    people = np.repeat(np.arange(100), 20)
    zero = np.zeros(2000)
    _, low, high = paired_bootstrap(one, zero, people)
    _, rows_low, rows_high = paired_bootstrap(one, zero)
    assert high - low > 3 * (rows_high - rows_low)
    assert high - low == pytest.approx(2 * 1.96 * one.std() / 10, rel=0.2)


def test_integrated_brier_of_certainty() -> None:
    days = np.array([10.0, 20.0, 30.0])
    first = np.array([15.0, np.inf])
    told = np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    assert integrated_brier(told, days, first) == 0
    assert integrated_brier(1 - told, days, first) == 1
