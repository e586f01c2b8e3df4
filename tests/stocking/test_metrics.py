import numpy as np
import pytest
from scipy import stats

from liveattr.errors import ParameterError
from liveattr.stocking.metrics import (
    bias,
    coverage,
    mase,
    newsvendor_cost,
    pinball_loss,
    row_means,
    scaled_pinball,
    seasonal_scale,
    wape,
)

GRID = (np.arange(20_000) + 0.5) / 20_000
"""Chances, evenly: a function of them is averaged without chance."""


def test_scale_is_the_mean_step_from_season_to_season() -> None:
    week = np.array([3.0, 1, 4, 1, 5, 9, 2])
    rising = np.concatenate([week + 2 * k for k in range(6)])
    assert seasonal_scale([rising])[0] == pytest.approx(2.0)
    assert np.isnan(seasonal_scale([np.tile(week, 6)])[0])


def test_scale_reads_only_the_last_steps_and_pairs_that_are_known() -> None:
    old = np.r_[np.full(50, 1000.0), np.arange(20.0)]
    assert seasonal_scale([old], season=1, last=20)[0] == pytest.approx(1.0)
    gap = np.array([[0.0, 5, np.nan, 7, 9, np.nan]])
    assert seasonal_scale(gap, season=1)[0] == pytest.approx((5 + 2) / 2)
    assert np.isnan(seasonal_scale([[np.nan, 1.0, np.nan]], season=1)[0])


@pytest.mark.parametrize("level", [0.05, 0.3, 0.5, 0.95])
def test_pinball_of_the_true_quantile_is_its_closed_form_and_no_other_costs_less(
    level: float,
) -> None:
    loss = [pinball_loss(GRID, np.full((1, 1), x), [level]).mean() for x in (level, 0.2, 0.7)]
    assert loss[0] == pytest.approx(level * (1 - level) / 2, abs=1e-6)
    assert loss[0] < min(loss[1:])


def test_newsvendor_of_the_textbook() -> None:
    """Snyder and Shen, Fundamentals of Supply Chain Theory, example 4.3: 56.6 papers cost 1.9976."""
    short, over = 0.70, 0.18
    demand = stats.norm.ppf(GRID, 50, 8)
    stock = stats.norm.ppf(short / (short + over), 50, 8)
    cost = short * newsvendor_cost(demand, stock, short / (short + over)).mean()
    assert stock == pytest.approx(56.6, abs=0.01)
    assert cost == pytest.approx(1.9976, abs=1e-3)


def test_newsvendor_cost_is_pinball_over_the_level() -> None:
    rng = np.random.default_rng(0)
    came, stock = rng.poisson(4, (5, 9)).astype(float), rng.poisson(5, (5, 9)).astype(float)
    loss = pinball_loss(came, stock[..., None], [0.95])[..., 0]
    assert newsvendor_cost(came, stock, 0.95) == pytest.approx(loss / 0.95)


def test_scaled_scores_do_not_know_the_unit_of_a_series() -> None:
    rng = np.random.default_rng(1)
    seen, came = rng.poisson(9, (4, 60)) * 1.0, rng.poisson(9, (4, 7)) * 1.0
    levels = np.array([0.1, 0.5, 0.9])
    told = np.broadcast_to(stats.poisson.ppf(levels, 8), (4, 7, 3))
    size = np.array([1.0, 100.0, 0.01, 7.0])[:, None]
    plain = scaled_pinball(came, told, levels, seasonal_scale(seen))
    large = scaled_pinball(came * size, told * size[..., None], levels, seasonal_scale(seen * size))
    assert large == pytest.approx(plain)
    one = mase(came * size, told[..., 1] * size, seasonal_scale(seen * size))
    assert one == pytest.approx(mase(came, told[..., 1], seasonal_scale(seen)))


def test_repeating_the_season_scores_one_when_the_season_goes_on_changing_alike() -> None:
    """MASE of the forecast that its scale is made of (Hyndman and Koehler 2006)."""
    line = np.arange(80.0)[None]
    repeated = line[:, 66:73]
    assert mase(line[:, 73:80], repeated, seasonal_scale(line[:, :73]))[0] == pytest.approx(1.0)


def test_telling_nothing_wins_by_mase_and_loses_by_pinball_on_slow_movers() -> None:
    rng = np.random.default_rng(2)
    units = np.where(rng.random((50, 120)) < 0.25, rng.poisson(4, (50, 120)), 0.0)
    came, scale = units[:, 100:], seasonal_scale(units[:, :100], 1)
    levels = np.array([0.5, 0.8, 0.9, 0.95])
    recent = np.quantile(units[:, :100], levels, axis=1).T[:, None, :]
    mean = units[:, :100].mean(1)[:, None]
    zero = np.zeros((50, 1, 4))
    assert np.nanmean(mase(came, 0.0, scale)) < np.nanmean(mase(came, mean, scale))
    assert np.nanmean(scaled_pinball(came, zero, levels, scale)) > 1.2 * np.nanmean(
        scaled_pinball(came, recent, levels, scale)
    )


def test_wape_and_bias_are_of_sums_and_skip_what_is_not_known() -> None:
    came = [[10.0, np.nan, 0.0], [30.0, 0.0, np.nan]]
    told = [[12.0, 99.0, 1.0], [24.0, 1.0, 99.0]]
    assert wape(came, told) == pytest.approx((2 + 1 + 6 + 1) / 40)
    assert bias(came, told) == pytest.approx(38 / 40 - 1)
    assert np.isnan(wape([[0.0]], [[1.0]]))
    assert np.isnan(bias([[np.nan]], [[1.0]]))


def test_coverage_counts_ends_and_known_steps_only() -> None:
    came = [[1.0, 5, 9, np.nan], [np.nan] * 4]
    found = coverage(came, 1.0, 5.0)
    assert found[0] == pytest.approx(2 / 3)
    assert np.isnan(found[1])


def test_true_ninety_percent_intervals_cover_ninety_percent() -> None:
    low, high = stats.norm.ppf([0.05, 0.95])
    assert coverage(stats.norm.ppf(GRID)[None], low, high)[0] == pytest.approx(0.9, abs=1e-3)


def test_means_of_rows_are_not_moved_by_unknown_steps() -> None:
    assert row_means([[1.0, np.nan, 3.0]]).tolist() == [2.0]
    assert np.isnan(row_means([[np.nan, np.nan]])[0])


@pytest.mark.parametrize("level", [0.0, 1.0, 2.0])
def test_levels_outside_are_refused(level: float) -> None:
    with pytest.raises(ParameterError, match="between 0 and 1"):
        newsvendor_cost([1.0], [1.0], level)
    with pytest.raises(ParameterError, match="between 0 and 1"):
        pinball_loss([1.0], [[1.0]], [level])
    with pytest.raises(ParameterError, match="at least 1"):
        seasonal_scale([[1.0]], season=0)
