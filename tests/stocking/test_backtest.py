import sys

import numpy as np
import pandas as pd
import pytest

from liveattr.errors import ParameterError
from liveattr.stocking import backtest, plays, told
from liveattr.stocking.backtest import backtest_demand
from liveattr.stocking.cuts import cut_at, past_cuts, some_skus
from liveattr.stocking.metrics import scaled_pinball, seasonal_scale
from liveattr.stocking.panel import demand_matrices
from liveattr.stocking.told import is_peer, last_mean, rule_days

NO_CALENDAR = pd.DataFrame()
RULES = ("last_7", "last_30")


def history_of(units: np.ndarray, **covariates: np.ndarray) -> pd.DataFrame:
    """SKU × day as rows; NaN: could not be bought."""
    skus, days = units.shape
    dates = pd.date_range("2026-01-01", periods=days)
    frame = pd.DataFrame(
        {
            "sku_id": np.repeat([f"s{k:02}" for k in range(skus)], days),
            "on": np.tile(dates, skus),
            "units": np.nan_to_num(units).ravel(),
            "in_stock": np.isfinite(units).ravel(),
        }
    )
    return frame.assign(**{name: value.ravel() for name, value in covariates.items()})


def waves(skus: int = 6, days: int = 140, seed: int = 0) -> np.ndarray:
    """Weekly waves of Poisson demand."""
    rng = np.random.default_rng(seed)
    mean = (3 + np.arange(skus))[:, None] * (1 + 0.6 * (np.arange(days) % 7 == 5))
    return rng.poisson(mean).astype(float)


def score(found: pd.DataFrame, model: str, metric: str, kind: str = "(all)") -> float:
    at = (found["model"] == model) & (found["metric"] == metric) & (found["demand_class"] == kind)
    return float(found.loc[at, "score"].item())


def test_rules_are_scored_as_by_hand() -> None:
    units = waves()
    units[0, 50:60], units[1, 130] = np.nan, np.nan
    found = backtest_demand(
        history_of(units), NO_CALENDAR, horizon_days=14, origins=2, models=("last_7",), reviews=0
    )
    pinball, came, off, mean = [], 0.0, 0.0, 0.0
    for first in (112, 126):
        seen, ahead = units[:, :first], units[:, first : first + 14]
        tell = np.array([row[np.isfinite(row)][-7:].mean() for row in seen])
        levels = np.array(backtest.SCORED)
        told_all = np.broadcast_to(tell[:, None, None], (6, 14, len(levels)))
        pinball.append(scaled_pinball(ahead, told_all, levels, seasonal_scale(seen)))
        known = np.isfinite(ahead)
        came += ahead[known].sum()
        off += np.abs(ahead - tell[:, None])[known].sum()
        mean += (known * tell[:, None]).sum()
    assert score(found, "last_7", "pinball") == pytest.approx(np.mean(pinball))
    assert score(found, "last_7", "wape") == pytest.approx(off / came)
    assert score(found, "last_7", "bias") == pytest.approx(mean / came - 1)
    assert (found.loc[found["demand_class"] == "(all)", "n"] == 12).all()
    assert not found["champion"].any()


def test_a_rule_tells_no_interval_so_it_has_no_coverage() -> None:
    found = backtest_demand(history_of(waves()), models=("glm", *RULES), origins=2, reviews=0)
    told = found[found["metric"] == "coverage_90"]
    assert set(told["model"]) == {"glm"} and not told["score"].isna().any()
    assert set(found.loc[found["metric"] == "pinball", "model"]) == {"glm", *RULES}
    same = backtest_demand(
        history_of(waves()), NO_CALENDAR, models=("glm", *RULES), origins=2, reviews=0
    )
    pd.testing.assert_frame_equal(found, same)


def test_a_cut_knows_nothing_of_what_comes() -> None:
    units = waves()
    changed = units.copy()
    changed[:, 126:] = 1000.0
    for model in ("glm", "empirical", "last_7"):
        each = []
        for given in (units, changed):
            history = history_of(given)
            panel = demand_matrices(history, NO_CALENDAR, 1)
            cut = cut_at(history, NO_CALENDAR, panel, 126, 14)
            each.append(told.tell_steps(model, cut, np.array([0.5, 0.9])))
        assert np.array_equal(each[0].quantiles, each[1].quantiles)
        assert np.array_equal(each[0].mean, each[1].mean)


def test_the_plan_is_the_calendars_where_it_reaches_else_what_was_done() -> None:
    live = np.zeros((2, 60))
    live[:, ::9] = 1
    history = history_of(waves(2, 60), live_show=live)
    panel = demand_matrices(history, NO_CALENDAR, 1)
    done = cut_at(history, NO_CALENDAR, panel, 50, 7).plan
    assert done["live_show"].tolist() == live[:, 50:57].ravel().tolist()
    assert "units" not in done and "in_stock" not in done
    calendar = pd.DataFrame({"on": pd.date_range("2026-01-01", periods=90), "live_show": 0.5})
    planned = cut_at(history, calendar, panel, 50, 7).plan
    assert planned["live_show"].tolist() == [0.5] * 7


def test_windows_do_not_overlap_and_a_short_history_has_fewer() -> None:
    panel = demand_matrices(history_of(waves(2, 100)), NO_CALENDAR, 1)
    assert past_cuts(panel, 28, 3) == [44, 72]
    assert past_cuts(panel, 10, 3) == [70, 80, 90]
    for days in (1, 7, 13):
        short = backtest_demand(
            history_of(waves(2, days)), NO_CALENDAR, horizon_days=7, models=RULES
        )
        assert short.empty and list(short) == backtest.BACKTEST_COLUMNS
    assert backtest_demand(history_of(waves(0, 9)), NO_CALENDAR).empty


def test_champion_is_the_least_pinball_of_our_models_in_each_class() -> None:
    quiet = np.where(np.random.default_rng(1).random((4, 140)) < 0.15, 3.0, 0.0)
    found = backtest_demand(
        history_of(np.vstack([waves(4), quiet])),
        NO_CALENDAR,
        horizon_days=14,
        models=("empirical", "glm", "last_30"),
        reviews=0,
    )
    assert {"(all)"} < set(found["demand_class"])
    ours = found[(found["metric"] == "pinball") & (found["model"] != "last_30")]
    for kind, rows in ours.groupby("demand_class"):
        champion = found.loc[found["champion"] & (found["demand_class"] == kind), "model"].unique()
        assert champion.tolist() == [rows.sort_values("score")["model"].iloc[0]]
    counts = found[found["metric"] == "pinball"].groupby(["model", "demand_class"])["n"].sum()
    parts = counts.drop("(all)", level="demand_class").groupby("model").sum()
    assert parts.tolist() == counts.xs("(all)", level="demand_class").tolist()


def test_a_model_that_knows_the_plan_beats_the_rule_that_does_not() -> None:
    rng = np.random.default_rng(3)
    live = np.zeros((8, 160))
    live[:, 3::8] = 1
    units = rng.poisson(3 + 15 * live).astype(float)
    found = backtest_demand(
        history_of(units, live_show=live),
        NO_CALENDAR,
        horizon_days=14,
        models=("glm", "last_30"),
        reviews=0,
    )
    assert score(found, "glm", "wape") < 0.6 * score(found, "last_30", "wape")
    assert score(found, "glm", "pinball") < 0.5 * score(found, "last_30", "pinball")
    assert abs(score(found, "glm", "bias")) < 0.1


def test_orders_played_have_a_frontier_by_level_and_by_cover() -> None:
    found = backtest_demand(
        history_of(waves()),
        NO_CALENDAR,
        horizon_days=14,
        origins=1,
        models=("empirical", "last_7"),
        lead_time_days=3,
        review_days=7,
        safety_days=4,
        reviews=6,
    )
    names = set(found["model"])
    assert {f"empirical@{level:g}" for level in plays.PLAYED} < names
    assert {"last_7@10", "last_7@14", "last_7@20"} < names
    for model, points in (("empirical", plays.PLAYED), ("last_7", (8, 10, 12, 14, 15, 20))):
        line = [
            [score(found, f"{model}@{p:g}", m) for p in points] for m in ("fill_rate", "stock_days")
        ]
        assert all(np.diff(row).min() >= -1e-9 for row in line)
        assert line[0][-1] > line[0][0]
    for metric in ("fill_rate", "stock_days"):
        assert score(found, "empirical", metric) == score(found, "empirical@0.95", metric)
        assert score(found, "last_7", metric) == score(found, "last_7@14", metric)
    assert not found.loc[found["model"].str.contains("@"), "champion"].any()
    assert not found.duplicated(["model", "demand_class", "metric"]).any()


def test_lead_times_by_sku_are_looked_up_and_must_all_be_known() -> None:
    history = history_of(waves(3))
    lead = {"s00": 2, "s01": 7, "s02": 14}
    found = backtest_demand(history, NO_CALENDAR, models=RULES, lead_time_days=lead, reviews=5)
    assert 0 < score(found, "last_30", "fill_rate") <= 1
    with pytest.raises(ParameterError, match="lead_time_days"):
        backtest_demand(history, NO_CALENDAR, models=RULES, lead_time_days={"s00": 2}, reviews=5)


def test_same_input_same_output_and_the_input_is_left() -> None:
    history = history_of(waves(4, 100))
    kept = history.copy()
    tries = [
        backtest_demand(data, NO_CALENDAR, horizon_days=14, models=("empirical", *RULES), reviews=0)
        for data in (history, history.sample(frac=1, random_state=1))
    ]
    pd.testing.assert_frame_equal(tries[0], tries[1])
    pd.testing.assert_frame_equal(history, kept)


def test_odd_series_are_scored_or_left_out_but_never_break() -> None:
    units = waves(8, 120)
    units[0], units[1], units[2] = 0.0, np.nan, -1.0
    units[3], units[4] = 0.0, 5.0
    units[3, 60] = 500.0
    units[5, :115] = np.nan
    found = backtest_demand(
        history_of(units), NO_CALENDAR, horizon_days=14, models=("empirical", *RULES), reviews=4
    )
    assert np.isfinite(found["score"]).all()
    assert score(found, "empirical", "pinball") > 0


def test_the_newest_known_steps_make_a_mean() -> None:
    seen = np.array([[9.0, 2, np.nan, 4, np.nan], [np.nan] * 5, [1.0, 1, 1, 1, 6]])
    assert last_mean(seen, 2).tolist() == [3.0, 0.0, 3.5]
    assert rule_days("last_0") is None and rule_days("at_last_7") is None
    assert is_peer("AutoETS") and not is_peer("glm") and not is_peer("last_7")


def test_some_skus_are_whole_skus_evenly_taken() -> None:
    history = history_of(waves(9, 20))
    few = some_skus(history, 3)
    assert few["sku_id"].unique().tolist() == ["s00", "s04", "s08"]
    assert (few.groupby("sku_id").size() == 20).all()
    assert some_skus(history, 9) is history


def test_what_cannot_be_tried_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    history = history_of(waves(2, 60))
    with pytest.raises(ParameterError, match="models"):
        backtest_demand(history, NO_CALENDAR, models=())
    with pytest.raises(ParameterError, match="quantiles"):
        backtest_demand(history, NO_CALENDAR, quantiles=(0.5, 1.0))
    with pytest.raises(ParameterError, match="at least 1"):
        backtest_demand(history, NO_CALENDAR, origins=0)
    with pytest.raises(ParameterError, match="magic"):
        backtest_demand(history, NO_CALENDAR, horizon_days=7, models=("magic",))
    monkeypatch.setitem(sys.modules, "statsforecast.models", None)
    with pytest.raises(ParameterError, match=r"liveattr\[forecast\]"):
        backtest_demand(history, NO_CALENDAR, horizon_days=7, models=("AutoETS",))


def test_a_baseline_of_statsforecast_repeats_the_season() -> None:
    pytest.importorskip("statsforecast")
    from liveattr.stocking.peers import tell_peer

    units = waves(2, 56)
    units[0, 50] = np.nan
    quantiles, mean = tell_peer("SeasonalNaive", units, 7, np.array([0.1, 0.5, 0.9]), 7)
    filled = np.where(np.isnan(units), np.roll(units, 7, axis=1), units)
    assert mean == pytest.approx(filled[:, -7:])
    assert quantiles[:, :, 1] == pytest.approx(mean)
    assert (np.diff(quantiles, axis=2) >= 0).all()
    with pytest.raises(ParameterError, match="no model"):
        tell_peer("NoSuchModel", units, 7, np.array([0.5]), 7)
