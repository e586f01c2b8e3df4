"""Broadcasts from daily sales alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.statespace.structural import UnobservedComponents

from liveattr.errors import ParameterError
from liveattr.incrementality.baseline import Baseline, broadcast_lift, fit_baseline
from liveattr.incrementality.baseline_columns import Columns
from liveattr.incrementality.baseline_model import DayFit
from liveattr.incrementality.baseline_window import left_out, window_draws
from liveattr.incrementality.drift import drift
from liveattr.incrementality.memory import memory_of
from liveattr.incrementality.placebo import add_spike, fake_broadcasts, fake_days, recalibrate

SHOWS = np.arange(20, 115, 12)
GROSS = 150.0
DAYS = 120


def shop(seed: int, gross: float = GROSS, festivals: int = 4) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make 120 days with a daily room (40 orders a broadcast) and shows (150 each)."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2026-03-02", periods=DAYS)
    own = rng.random(DAYS) < 0.7
    held = np.zeros(DAYS)
    held[SHOWS] = 1
    mean = 220 + 25 * np.sin(np.arange(DAYS) / 25) + 30 * (dates.weekday >= 5)
    mean = mean + 22 * memory_of(own.astype(float), 0.45)
    mean[rng.choice(np.setdiff1d(np.arange(15, DAYS), SHOWS), festivals, replace=False)] *= 1.4
    orders = rng.poisson(mean) + rng.poisson(gross * 0.7 * memory_of(held, 0.3))
    broadcasts = pd.DataFrame(
        {
            "subject": [f"own {n}" for n in np.flatnonzero(own)] + [f"show {n}" for n in SHOWS],
            "room": ["douyin/own"] * int(own.sum()) + ["douyin/shows"] * len(SHOWS),
            "day_on": list(dates[own]) + list(dates[SHOWS]),
        }
    )
    return pd.DataFrame({"orders": orders}, index=dates), broadcasts


@pytest.fixture(scope="module")
def base() -> Baseline:
    """Return one fitted shop."""
    return fit_baseline(*shop(1), fakes=0)


def fitted(base: Baseline) -> DayFit:
    """Return its course."""
    assert base.fit is not None
    return base.fit


def shows(broadcasts: pd.DataFrame) -> list[str]:
    """Return the subjects that are shows."""
    return [name for name in broadcasts["subject"] if name.startswith("show")]


def test_covers_shows() -> None:
    """Over five shops 90 % intervals hold 80 to 99 % of the shows, and their mean is right."""
    told = []
    for seed in range(5):
        days, broadcasts = shop(seed)
        lift, _ = broadcast_lift(days, broadcasts, only=shows(broadcasts), fakes=0)
        told.append(lift)
    lift = pd.concat(told)
    inside = (lift["gross_low"] <= GROSS) & (lift["gross_high"] >= GROSS)
    assert 0.8 <= inside.mean() <= 0.99
    assert lift["gross"].mean() == pytest.approx(GROSS, rel=0.07)
    assert (lift["p_value"] < 0.1).mean() > 0.8


def test_days_left_out_as_statsmodels_has_them(base: Baseline) -> None:
    """Masked days are what statsmodels' smoother says of missing ones, mean and covariance."""
    y = base.shop.orders[:60]
    small = replace(base.shop, orders=y, dates=base.shop.dates[:60])
    fit = replace(
        fitted(base), shop=small, noise=np.full(60, 90.0), shift=np.zeros(60),
        around=drift(np.full(60, 7.0), np.full(60, 90.0)),
    )  # fmt: skip
    masked = np.arange(30, 33)
    excess, unsure = left_out(fit, Columns(np.ones((60, 1)), np.zeros(1), {}), masked)
    missing = y.copy()
    missing[masked] = np.nan
    model = UnobservedComponents(missing, "local level")
    model.ssm.initialize_diffuse()
    model.loglikelihood_burn = 0
    state = model.smooth([90.0, 7.0])
    np.testing.assert_allclose(y[masked] - excess, state.smoothed_state[0, masked], rtol=1e-6)
    np.testing.assert_allclose(np.diag(unsure), state.smoothed_state_cov[0, 0, masked], rtol=1e-6)


@given(st.lists(st.tuples(st.floats(0.1, 9), st.floats(0.1, 9)), min_size=2, max_size=12))
@settings(max_examples=30, deadline=None)
def test_drift_is_the_inverse_of_its_covariance(parts: list[tuple[float, float]]) -> None:
    """The banded inverse and determinant are those of the matrix written out."""
    steps, noise = np.array(parts).T
    whole = np.cumsum(steps)
    written = np.minimum.outer(whole, whole) + np.diag(noise)
    found = drift(steps, noise)
    np.testing.assert_allclose(found.inverse(written), np.eye(len(steps)), atol=1e-8)
    assert found.log_det == pytest.approx(np.linalg.slogdet(written)[1])


def test_unannounced_festivals_are_found(base: Baseline) -> None:
    """Wild days are few, and they are festivals rather than shows."""
    fit = fitted(base)
    assert 2 <= (fit.is_wild > 0.5).sum() <= 8
    assert fit.is_wild[SHOWS].max() < 0.5
    assert fit.noise_sd < 1.4 * np.sqrt(base.shop.orders.mean())


def test_spike_comes_back(base: Baseline) -> None:
    """Orders that are added as a show would bring them are found again."""
    days, broadcasts = shop(1)
    recovered = []
    kept = fitted(base).kept("show")
    for day in fake_days(fitted(base))[2:60:14]:
        spiked = add_spike(base.shop.orders, int(day), 150.0, keeps=kept)
        fit = fitted(
            fit_baseline(pd.DataFrame({"orders": spiked}, days.index), broadcasts, fakes=0)
        )
        with_it, without = (
            window_draws(
                one, int(day), kind="show", row=None, window=3, rng=np.random.default_rng(4)
            ).mean()
            for one in (fit, fitted(base))
        )
        recovered.append((with_it - without) / 150)
    assert np.median(recovered) == pytest.approx(1, abs=0.1)


def test_one_ordinary_evening_is_below_the_detectable() -> None:
    """A broadcast of a daily room has an interval that holds it, and its mde says it is too small."""
    days, broadcasts = shop(4, festivals=0)
    own = [name for name in broadcasts["subject"] if name.startswith("own")][20:42]
    lift, band = broadcast_lift(days, broadcasts, only=own, fakes=0)
    told = lift[lift["gross"].notna()]
    assert set(lift.loc[lift["gross"].isna(), "reason"]) <= {"overlapping"}
    assert (told["mde"].astype(float) > 40).all()
    assert ((told["gross_low"] < 40) & (told["gross_high"] > 40)).mean() > 0.8
    assert set(band["subject"]) == set(told["subject"])


def test_band_is_of_the_effect() -> None:
    """Sales less the band's middle are about the effect; rows are the days around the show."""
    days, broadcasts = shop(3)
    lift, band = broadcast_lift(days, broadcasts, only=["show 56"], fakes=30)
    row, above = lift.iloc[0], band[band["held"]]
    assert (band["low"] <= band["baseline"]).all()
    assert (band["baseline"] <= band["high"]).all()
    assert len(band) == 43
    assert above["day_on"].min() == row["day_on"]
    assert above["day_on"].max() == row["until_on"]
    assert (above["n_orders"] - above["baseline"]).sum() == pytest.approx(row["gross"], abs=120)
    assert row["placebo_n"] == 30
    assert row["width_factor"] >= 1


def test_order_of_rows_does_not_matter() -> None:
    """Shuffled broadcasts, and fewer of them asked for, give the same numbers."""
    days, broadcasts = shop(5)
    asked = ["show 44", "show 68"]
    one, _ = broadcast_lift(days, broadcasts, only=asked, fakes=5)
    two, _ = broadcast_lift(days, broadcasts.sample(frac=1, random_state=1), only=asked, fakes=5)
    only, _ = broadcast_lift(days, broadcasts, only=asked[1:], fakes=5)
    pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(one.iloc[1:].reset_index(drop=True), only)


def test_fakes_and_their_verdict(base: Baseline) -> None:
    """Fakes lie away from shows, and intervals are only ever stretched."""
    fakes = fake_broadcasts(fitted(base), n=40, seed=2)
    days = base.shop.dates.get_indexer(fakes["day_on"])
    assert 30 <= len(fakes) <= 40
    assert np.abs(days[:, None] - SHOWS).min() >= 3
    assert (fakes["flagged"] == (fakes["touch"] > 1)).all()
    wide = recalibrate(fakes.assign(touch=fakes["touch"] * 4))
    assert wide.width_factor > recalibrate(fakes).width_factor >= 1
    assert len(fake_broadcasts(fitted(base), n=0)) == 0
    assert recalibrate(fakes[:0]).width_factor == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("short", "few_days"), ("empty", "no_orders"), ("chaos", "poor_fit"), ("always", "no_off_days"),
        ("two", "overlapping"), ("festival", "on_festival"), ("later", "no_days"),
    ],
)  # fmt: skip
def test_says_why_there_is_no_number(change: str, reason: str) -> None:
    """A refusal has a reason and no numbers."""
    days, broadcasts = shop(2)
    if change == "short":
        days = days[:41]
    if change == "empty":
        days = days * 0
    if change == "chaos":
        days["orders"] = np.random.default_rng(1).pareto(0.6, DAYS) * 100
    if change == "always":
        days, broadcasts = days[:60], broadcasts[broadcasts["room"] == "douyin/shows"]
        daily = {"subject": "daily", "room": "douyin/own", "day_on": days.index}
        broadcasts = pd.concat([broadcasts, pd.DataFrame(daily)])
    if change == "two":
        also = {"subject": "b", "room": "kuaishou/shows", "day_on": days.index[20]}
        broadcasts = pd.concat([broadcasts, pd.DataFrame([also])])
    if change == "festival":
        days["festival"] = np.arange(DAYS) == 20
    if change == "later":
        late = {
            "subject": "late",
            "room": "douyin/shows",
            "day_on": days.index[-1] + pd.Timedelta("9D"),
        }
        broadcasts = pd.concat([broadcasts, pd.DataFrame([late])])
    asked = {"always": "daily", "later": "late"}.get(change, "show 20")
    lift, band = broadcast_lift(days, broadcasts, only=[asked], fakes=0)
    assert set(lift["reason"]) == {reason}
    assert lift["gross"].isna().all()
    assert band.empty


def test_wrong_input() -> None:
    """Missing columns, gaps and impossible levels are errors."""
    days, broadcasts = shop(2)
    with pytest.raises(ParameterError, match="gap"):
        broadcast_lift(days.drop(days.index[5]), broadcasts)
    with pytest.raises(ParameterError, match="level"):
        broadcast_lift(days, broadcasts, level=1.0)
    with pytest.raises(ParameterError, match="subject"):
        broadcast_lift(days, broadcasts.drop(columns="subject"))
    with pytest.raises(ParameterError, match="orders"):
        broadcast_lift(days.rename(columns={"orders": "n"}), broadcasts)
