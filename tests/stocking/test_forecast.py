"""Quantiles of demand against what is known of it."""

import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import ParameterError
from liveattr.stocking import forecast as module
from liveattr.stocking.boost import GROWN
from liveattr.stocking.classes import demand_class
from liveattr.stocking.forecast import QUANTILES, forecast_demand
from liveattr.stocking.glm import fit_ratio
from tests.stocking.shops import days_of, plan, promo, series, shop

DAYS = 240
ODD = {
    "one": [3.0],
    "seven": [1.0, 0, 2, 0, 0, 3, 1],
    "zero": np.zeros(200),
    "spike": np.r_[np.zeros(100), 900, np.zeros(99)],
    "negative": np.tile([3.0, -2.0, 1.0, 0.0], 50),
    "nan": np.where(np.arange(200) % 3 == 0, np.nan, 4.0),
    "all nan": np.full(200, np.nan),
    "constant": np.full(200, 4.0),
    "infinite": np.r_[np.inf, np.ones(199)],
}


@pytest.fixture(scope="module")
def known() -> tuple[pd.DataFrame, np.ndarray]:
    return shop(np.random.default_rng(5), days=DAYS)


def middle(told: pd.DataFrame) -> np.ndarray:
    """Means by SKU (and step)."""
    at = told["quantile"] == 0.5
    return told.loc[at, "mean"].to_numpy().reshape(told["sku_id"].nunique(), -1)


def test_means_and_quantiles_agree_with_the_truth(known: tuple[pd.DataFrame, np.ndarray]) -> None:
    history, truth = known
    told = forecast_demand(history, plan(DAYS))
    mean, ahead = middle(told), truth[:, DAYS:]
    assert abs(mean.sum() / ahead.sum() - 1) < 0.04
    on = promo(28, DAYS) > 0
    assert abs(mean[:, on].sum() / ahead[:, on].sum() - 1) < 0.08
    came = np.random.default_rng(6).poisson(ahead)
    value = told["units"].to_numpy().reshape(*ahead.shape, len(QUANTILES))
    for level in (0.1, 0.5, 0.9):
        at = QUANTILES.index(level)
        below, reached = (came < value[..., at]).mean(), (came <= value[..., at]).mean()
        assert below - 0.05 < level < reached + 0.05, "counts jump over a level"


def test_sums_hold_what_came(known: tuple[pd.DataFrame, np.ndarray]) -> None:
    history, truth = known
    told = forecast_demand(history, plan(DAYS), sum_over_days=14)
    total = truth[:, DAYS : DAYS + 14].sum(1)
    assert (told["days"] == 14).all() and len(told) == len(total) * len(QUANTILES)
    assert abs(middle(told)[:, 0].sum() / total.sum() - 1) < 0.04
    came = np.random.default_rng(7).poisson(total, (200, len(total)))
    value = told["units"].to_numpy().reshape(len(total), -1)
    low, high = value[:, QUANTILES.index(0.05)], value[:, QUANTILES.index(0.95)]
    assert 0.85 < ((came >= low) & (came <= high)).mean() <= 1.0
    assert (high - low).sum() < 6 * np.sqrt(total).sum(), "no wider than chance demands, by half"


def test_windows_may_differ_by_sku(known: tuple[pd.DataFrame, np.ndarray]) -> None:
    history, _ = known
    windows = {sku: 3 + at % 3 for at, sku in enumerate(sorted(history["sku_id"].unique()))}
    told = forecast_demand(history, plan(DAYS), sum_over_days=windows).drop_duplicates("sku_id")
    assert dict(zip(told["sku_id"], told["days"], strict=True)) == windows
    same = forecast_demand(history, plan(DAYS), sum_over_days=pd.Series(windows))
    assert same.drop_duplicates("sku_id").equals(told)


@pytest.mark.parametrize("model", ["auto", "glm", "empirical"])
def test_odd_series_get_a_number_that_says_where_it_is_from(model: str) -> None:
    odd = [series(name, np.asarray(units)) for name, units in ODD.items()]
    usual, _ = shop(np.random.default_rng(8), skus=4, days=200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for history in (*odd, pd.concat([*odd, usual])):
            told = forecast_demand(history, plan(200), model=model, sum_over_days=10)
            check(told, history)
        check(forecast_demand(history, plan(200), model=model), history)


def check(told: pd.DataFrame, history: pd.DataFrame) -> None:
    assert set(told["sku_id"]) == set(history["sku_id"]), "no SKU is lost"
    assert np.isfinite(told[["units", "mean", "event_units"]]).all(axis=None)
    assert (told[["units", "mean", "event_units"]] >= 0).all(axis=None)
    assert (told["event_units"] <= told["mean"] + 1e-9).all()
    ordered = told.groupby(["sku_id", "from_on"])["units"].apply(
        lambda x: x.is_monotonic_increasing
    )
    assert ordered.all()
    assert told["model_used"].notna().all() and told["basis"].notna().all()
    short = told["demand_class"] == "new"
    assert told.loc[short, "fallback_reason"].notna().all()


def test_closed_all_the_time_is_not_zero_demand() -> None:
    closed = series("closed", np.zeros(200), in_stock=False)
    usual, _ = shop(np.random.default_rng(8), skus=6, days=200)
    told = forecast_demand(pd.concat([closed, usual]), plan(200), sum_over_days=7)
    mine = told[told["sku_id"] == "closed"]
    assert (mine["basis"] == "analogue").all() and (mine["units"].max() > 0)
    assert mine["fallback_reason"].str.contains("14 steps").all()
    alone = forecast_demand(closed, plan(200), sum_over_days=7)
    assert (alone["units"] == 0).all()
    assert (alone["fallback_reason"] == "nothing is known of it, nor of its like").all()


def test_days_without_stock_are_missing_not_zero() -> None:
    rng = np.random.default_rng(9)
    history, truth = shop(rng, skus=30, days=DAYS)
    out = rng.random(len(history)) < 0.4
    bound = history.assign(units=np.where(out, 0.0, history["units"]), in_stock=~out)
    total = truth[:, DAYS : DAYS + 14].sum()
    masked = middle(forecast_demand(bound, plan(DAYS), sum_over_days=14)).sum()
    naive = middle(forecast_demand(bound.assign(in_stock=True), plan(DAYS), sum_over_days=14)).sum()
    assert abs(masked / total - 1) <= 0.05
    assert naive / total < 0.8


def test_order_of_rows_and_other_columns_change_nothing(
    known: tuple[pd.DataFrame, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    history, _ = known
    before = history.copy()
    told = forecast_demand(history, plan(DAYS), sum_over_days=14)
    pd.testing.assert_frame_equal(history, before)
    mixed = history.sample(frac=1, random_state=3)[["units", "promo", "in_stock", "on", "sku_id"]]
    pd.testing.assert_frame_equal(forecast_demand(mixed, plan(DAYS, 60), sum_over_days=14), told)
    monkeypatch.setattr(module, "AT_ONCE", len(told))
    pd.testing.assert_frame_equal(forecast_demand(history, plan(DAYS), sum_over_days=14), told)


def test_host_moves_the_forecast_and_an_unknown_one_is_a_usual_one() -> None:
    rng = np.random.default_rng(11)
    on = rng.permutation(np.arange(DAYS) % 5 == 0)
    host = np.where(on, rng.choice(["weak", "strong"], DAYS), None)
    lift = pd.Series(host).map({"weak": 2.0, "strong": 6.0}).fillna(1.0).to_numpy()
    frames = [
        series(f"S{i}", rng.poisson((2.0 + i) * lift)).assign(promo=on.astype(float), host=host)
        for i in range(12)
    ]
    ahead = pd.DataFrame({"on": days_of(3, DAYS), "promo": 1.0, "host": ["weak", "strong", "?"]})
    told = forecast_demand(pd.concat(frames), ahead, horizon_days=3, model="glm")
    weak, strong, new = middle(told).sum(0) / sum(2.0 + i for i in range(12))
    assert 1.5 < weak < 2.8 and 4.5 < strong < 7.5 and weak < new < strong
    assert (told.loc[told["quantile"] == 0.5, "event_units"] > 0).all()
    assert (told["fallback_reason"] == "the history has no host ?").all()
    usual = forecast_demand(pd.concat(frames), ahead.head(2), horizon_days=2, model="glm")
    assert usual["fallback_reason"].isna().all()
    silent = forecast_demand(pd.concat(frames), ahead.drop(columns="host"), horizon_days=3)
    assert (silent["fallback_reason"] == "the calendar does not tell host").all()


def test_new_goods_take_the_level_of_their_like() -> None:
    rng = np.random.default_rng(12)
    parts = [
        series(f"{kind}{i}", rng.poisson(level, 120)).assign(category=kind, clicks=level * 50.0)
        for kind, level in (("cheap", 20.0), ("dear", 2.0))
        for i in range(8)
    ]
    fresh = series("fresh", [np.nan] * 3).assign(category="dear", clicks=np.nan)
    fresh = fresh.assign(on=days_of(3, 117))
    told = forecast_demand(pd.concat([*parts, fresh]), plan(120), sum_over_days=10)
    mine = told[told["sku_id"] == "fresh"]
    assert (mine["basis"] == "analogue").all() and (mine["model_used"] == "start").all()
    assert mine["mean"].iloc[0] == pytest.approx(20.0, rel=0.1)
    wide = mine.set_index("quantile")["units"]
    assert wide[0.05] < 20 < wide[0.95]
    seen = fresh.assign(units=[8.0, 7.0, 9.0], clicks=400.0)
    told = forecast_demand(pd.concat([*parts, seen]), plan(120), sum_over_days=10)
    mine = told[told["sku_id"] == "fresh"]
    assert (mine["basis"] == "clicks").all() and 50 < mine["mean"].iloc[0] < 90


def test_coefficients_are_those_of_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(13)
    columns = np.column_stack([np.ones(500), rng.normal(size=(500, 3))])
    ratio = rng.poisson(np.exp(columns @ [0.2, 0.5, -0.3, 0.0])).astype(float)
    weight = rng.uniform(0.5, 1.5, 500)
    theirs = sm.GLM(ratio, columns, sm.families.Poisson(), var_weights=weight).fit()
    assert fit_ratio(columns, ratio, weight, ridge=0.0) == pytest.approx(theirs.params, abs=1e-4)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**31), st.sampled_from(["auto", "glm", "empirical"]))
def test_any_short_history_is_told(length: int, seed: int, model: str) -> None:
    rng = np.random.default_rng(seed)
    frames = [
        series(f"S{i}", rng.poisson(i, length) * rng.integers(0, 2, length)) for i in range(3)
    ]
    history = pd.concat(frames)
    check(forecast_demand(history, plan(length, 9), horizon_days=9, model=model), history)
    assert set(demand_class(history)["sku_id"]) == {"S0", "S1", "S2"}


def test_what_cannot_be_is_refused_with_a_way_out() -> None:
    history, ahead = series("S", np.ones(60)), plan(60)
    for wrong in ({"quantiles": [0.5, 1.0]}, {"model": "ets"}, {"horizon_days": 0}):
        with pytest.raises(ParameterError):
            forecast_demand(history, ahead, **wrong)
    with pytest.raises(ParameterError, match="not so for"):
        forecast_demand(history, ahead, sum_over_days={"other": 3})
    with pytest.raises(ParameterError, match="add their units up"):
        forecast_demand(pd.concat([history, history]), ahead)
    with pytest.raises(ParameterError, match="lacks"):
        forecast_demand(history.drop(columns="units"), ahead)
    longer = series("S", np.arange(120) % 5)
    told = forecast_demand(longer, pd.DataFrame({"on": []}))
    assert told["fallback_reason"].str.contains("does not tell promo").all()
    assert forecast_demand(history.head(0), ahead).empty


def test_boosted_trees_stand_beside_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    history, truth = shop(np.random.default_rng(14), skus=6, days=150)
    ahead, total = plan(150), truth[:, 150:164].sum()
    monkeypatch.setattr("liveattr.stocking.boost.ROUNDS", 20)
    alone = forecast_demand(history, ahead, sum_over_days=14, model="glm")
    monkeypatch.setattr("liveattr.stocking.boost.GROWN", GROWN | {"min_data_in_leaf": 5})
    told = forecast_demand(history, ahead, sum_over_days=14, model="boost")
    check(told, history)
    assert set(told["model_used"]) == {"glm+boost"} and abs(middle(told).sum() / total - 1) < 0.1
    ratio = told["units"].sum() / alone["units"].sum()
    assert ratio == pytest.approx(1.0, rel=0.15) and ratio != 1.0
    check(forecast_demand(history, ahead, horizon_days=3, model="boost"), history)
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(ParameterError, match="pip install"):
        forecast_demand(history, ahead, model="boost")


def test_a_show_soon_after_the_last_is_told_in_full() -> None:
    rng = np.random.default_rng(15)
    on = np.zeros(207, bool)
    on[5:200:9] = True
    on[200] = True  # six days after the last one; those before were nine days apart
    mean = np.arange(1.0, 21.0)[:, None] * np.where(on, 4.0, 1.0)
    units = rng.poisson(mean[:, :200])
    frames = [series(f"S{i:02d}", row).assign(promo=on[:200] * 1.0) for i, row in enumerate(units)]
    ahead = pd.DataFrame({"on": days_of(7, 200), "promo": on[200:] * 1.0})
    told = middle(forecast_demand(pd.concat(frames), ahead, horizon_days=7, model="glm"))
    assert abs(told[:, 0].sum() / mean[:, 200].sum() - 1) < 0.1
