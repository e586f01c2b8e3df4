"""What the next order of a person is worth."""

import numpy as np
import pandas as pd
import pytest

from liveattr.repurchase.worth import fit_worth


def shop(people, within, between, seed=5, rich=0):
    """Return people with 1 to 9 days of values around their own mean, and these means [fen]."""
    rng = np.random.default_rng(seed)
    true = 40_000 + rng.normal(0, between, people)
    true[:rich] *= 50
    n = rng.integers(1, 10, people)
    values = true[:, None] + rng.normal(0, within, (people, 9))
    mean = np.array([row[:k].mean() for row, k in zip(values, n, strict=True)])
    last = values[np.arange(people), n - 1]
    columns = {"log_mean_value": np.log1p(mean / 100), "log_last_value": np.log1p(last / 100)}
    return pd.DataFrame({"frequency": n - 1, **columns}), true


def test_trust_is_the_ratio_of_both_variances():
    now, _ = shop(50_000, within=4_000, between=2_000)
    found = fit_worth(now)
    assert found.days == pytest.approx(4, rel=0.1)
    assert found.mean_fen == pytest.approx(40_000, rel=0.01)


def test_nearer_to_the_truth_than_own_means_and_than_everybodys():
    now, true = shop(20_000, within=4_000, between=2_000)
    told = fit_worth(now).of(now)
    own = np.expm1(now["log_mean_value"]) * 100
    error = [np.mean((guess - true) ** 2) for guess in (told, own, np.full(len(true), own.mean()))]
    assert error[0] < 0.8 * min(error[1:])


def test_the_total_holds_with_a_few_wholesalers():
    now, true = shop(20_000, within=4_000, between=2_000, rich=20)
    assert fit_worth(now).of(now).sum() == pytest.approx(true.sum(), rel=0.02)


def test_equal_people_get_one_value_and_rows_may_come_in_any_order():
    now, _ = shop(2_000, within=4_000, between=0)
    assert np.ptp(fit_worth(now).of(now)) < 0.2 * np.ptp(np.expm1(now["log_mean_value"]) * 100)
    mixed = fit_worth(now.sample(frac=1, random_state=1))
    assert mixed.days == pytest.approx(fit_worth(now).days, rel=1e-9)


def test_one_person_or_nobody_twice():
    now, _ = shop(40, within=4_000, between=2_000)
    once = now.assign(frequency=0)
    for few in (once, once.head(1)):
        own = np.expm1(few["log_mean_value"]) * 100
        told = fit_worth(few).of(few)
        np.testing.assert_allclose(told, (own + own.mean()) / 2)
