import json
from functools import cache

import duckdb
import numpy as np
import pandas as pd
import pytest

from liveattr.errors import MissingDataError, ParameterError, TableError
from liveattr.repurchase.backtests import CHOSEN, Backtest, backtest, came_after
from liveattr.repurchase.choose import fit_repurchase
from liveattr.repurchase.gate import beats_baselines, refusal
from liveattr.repurchase.landmark_rows import features_at, landmarks
from liveattr.repurchase.model import RepurchaseModel
from liveattr.repurchase.outcomes import censor_at, data_end
from liveattr.repurchase.predict import predict_repurchase
from liveattr.repurchase.totals import expected_totals
from liveattr.repurchase.weeks import ALL, expected_weeks
from tests.repurchase.shop import START, shop_orders

CUT = "2026-08-27"
UNTIL = "2026-10-27"
HORIZONS = (30, 60)


@cache
def orders() -> pd.DataFrame:
    return shop_orders()


@cache
def rows() -> pd.DataFrame:
    return landmarks(orders(), CUT)


@cache
def now() -> pd.DataFrame:
    return features_at(orders(), CUT)


@cache
def model() -> RepurchaseModel:
    return fit_repurchase(rows(), now=now(), horizons=HORIZONS)


@cache
def bench() -> Backtest:
    return backtest(orders(), ["2026-07-25", CUT], horizons=HORIZONS, until=UNTIL, models=())


def test_weights_are_shares_and_the_rolling_test_had_cuts() -> None:
    assert model().weights.sum(axis=1) == pytest.approx([1, 1])
    assert (model().weights >= 0).all()
    assert model().cuts >= 3
    assert "bgnbd" in model().name


def test_later_orders_change_nothing() -> None:
    before = orders()[orders()["ordered_at"] <= CUT]
    again = fit_repurchase(landmarks(before, CUT), now=features_at(before, CUT), horizons=HORIZONS)
    assert again.to_json() == model().to_json()


def test_order_of_rows_is_no_matter() -> None:
    mixed = rows().sample(frac=1, random_state=3)
    again = fit_repurchase(mixed, now=now().sample(frac=1, random_state=4), horizons=HORIZONS)
    assert again.chance(now()) == pytest.approx(model().chance(now()), abs=1e-7)


def test_censoring_is_what_landmarks_of_the_earlier_day_say() -> None:
    cut = pd.Timestamp(CUT) - pd.Timedelta(days=56)
    early = landmarks(orders(), cut)
    names = ["person_id", "snapshot_on", "duration_days", "event"]
    found = censor_at(rows(), cut)[names].sort_values(names[:2], ignore_index=True)
    wanted = early[names].sort_values(names[:2], ignore_index=True)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    assert data_end(rows()) == pd.Timestamp(CUT)


def test_json_and_sql_say_the_same() -> None:
    text = model().to_json()
    again = RepurchaseModel.from_json(text)
    told = model().chance(now(), HORIZONS)
    assert again.to_json() == text
    assert np.array_equal(again.chance(now(), HORIZONS), told)
    with duckdb.connect() as con:
        con.register("scoring", now())
        found = con.sql(model().to_sql(HORIZONS) + " ORDER BY person_id").df()
    wanted = told[np.argsort(now()["person_id"].to_numpy())]
    assert np.abs(found[["p_30", "p_60"]].to_numpy() - wanted).max() < 1e-9


@pytest.mark.parametrize("text", ["", "{}", '{"format": 1}'])
def test_text_that_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(TableError):
        RepurchaseModel.from_json(text)


def test_prediction_is_whole_and_in_order() -> None:
    told = predict_repurchase(model(), orders(), CUT)
    assert len(told) == now()["person_id"].nunique()
    assert ((told["p_30"] <= told["p_60"]) & (told["p_60"] <= told["p_90"])).all()
    for horizon in (30, 60, 90):
        assert (told[f"low_{horizon}"] <= told[f"p_{horizon}"]).all()
        assert (told[f"p_{horizon}"] <= told[f"high_{horizon}"]).all()
    assert (told["expected_orders"] >= told["p_90"]).all()
    assert (told["next_order_on"].dropna() > pd.Timestamp(CUT)).all()
    assert (told["last_on"] + pd.to_timedelta(told["recency_days"], unit="D") == CUT).all()
    year = model().chance(now(), [365])[:, 0]
    assert (told["next_order_on"].isna() == (year < 0.5)).all()


def test_the_day_told_is_the_day_at_which_the_chance_is_half() -> None:
    told = predict_repurchase(model(), orders(), CUT)
    some = told["next_order_on"].notna() & (told["p_30"] < 0.5)
    days = (told["next_order_on"] - pd.Timestamp(CUT)).dt.days[some]
    at = [model().chance(now()[some].iloc[[i]], [d])[0, 0] for i, d in enumerate(days[:20])]
    assert np.abs(np.array(at) - 0.5).max() < 0.02


def test_reasons_are_the_largest_effects_of_the_curve() -> None:
    told = predict_repurchase(model(), orders(), CUT)
    effects = model().curve.curve.effects(now())[0].round(3)
    first = json.loads(told["top_reasons"][0])[0]
    assert abs(first[1]) == pytest.approx(np.abs(effects).max())
    assert first[0] == model().names[int(np.abs(effects).argmax())]


def test_silence_past_all_that_was_seen_is_flagged() -> None:
    told = predict_repurchase(model(), orders(), CUT, (30, 400))
    assert told["beyond"].all()


def test_backtest_beats_the_baselines_and_counts_what_came() -> None:
    scores = bench().scores
    assert beats_baselines(scores)
    assert set(scores["model"]) == {CHOSEN, "bgnbd", "constant", "same_rate"}
    came = came_after(orders(), now(), CUT, [30], until=UNTIL)
    days = orders()["ordered_at"] - pd.Timestamp(CUT)
    known = orders()["person_id"].isin(now()["person_id"])
    window = orders()[known & (days.dt.days > 0) & (days.dt.days <= 30)]
    assert came["30"].sum() == len(window.drop_duplicates(["person_id", "ordered_at"]))


def test_a_shuffled_outcome_beats_nothing() -> None:
    scores = bench().scores.copy()
    ours = scores["model"] == CHOSEN
    scores.loc[ours, "log_loss"] = scores.loc[scores["model"] == "constant", "log_loss"].to_numpy()
    assert not beats_baselines(scores)
    assert not beats_baselines(scores.iloc[:0])


def test_refunds_known_are_no_orders_that_came() -> None:
    back = orders().assign(refunded_fen=orders()["value_fen"])
    assert came_after(back, now(), CUT, [30], until=UNTIL)["30"].sum() == 0
    later = back.assign(refunded_at=pd.Timestamp("2027-01-01"))
    assert came_after(later, now(), CUT, [30], until=UNTIL)["30"].sum() > 0


def test_no_cut_with_a_horizon_behind_it_is_an_error() -> None:
    with pytest.raises(ParameterError, match="days of orders after"):
        backtest(orders(), [UNTIL], until=UNTIL)


def test_gate_says_what_is_missing() -> None:
    few = orders()[orders()["person_id"] < "p0300"]
    assert refusal(orders(), UNTIL) is None
    assert refusal(few, UNTIL) == "few_buyers"
    assert refusal(orders(), "2026-06-01") == "few_days"
    assert refusal(orders(), "2027-06-01") == "stale"
    once = orders().drop_duplicates("person_id")
    latest = orders()[orders()["ordered_at"] > "2026-10-01"].drop_duplicates("person_id")
    assert refusal(pd.concat([once, latest]), UNTIL) == "few_repeats"
    back = orders().assign(refunded_fen=orders()["value_fen"])
    assert refusal(back.assign(refunded_at=START), UNTIL) == "few_buyers"


def test_weeks_add_up_to_the_horizon() -> None:
    told = expected_weeks(model(), orders(), CUT, days=60)
    whole = told[told["category"] == ALL]
    assert whole["days"].sum() == 60
    assert (pd.to_datetime(whole["week_on"]).dt.dayofweek == 0).all()
    total = model().expected_orders(now(), [60]).sum()
    assert whole["expected_orders"].sum() == pytest.approx(total, rel=0.01)
    parts = told[told["category"] != ALL]
    assert set(parts["category"]) == {"soap", "tea"}
    assert parts["expected_orders"].sum() == pytest.approx(total, rel=0.1)
    assert (told["low_orders"] <= told["expected_orders"]).all()


def test_totals_are_sums_of_chances() -> None:
    groups = np.arange(len(now())) % 3
    told = expected_totals(model(), now(), groups, 30)
    p = model().chance(now(), [30])[:, 0]
    assert told["told"].to_numpy() == pytest.approx([p[groups == g].sum() for g in range(3)])
    assert ((told["low"] < told["told"]) & (told["told"] < told["high"])).all()


def test_one_snapshot_and_unknown_families_are_refused() -> None:
    one = rows()[rows()["snapshot_on"] == rows()["snapshot_on"].max()]
    with pytest.raises(MissingDataError, match="two are needed"):
        fit_repurchase(one)
    with pytest.raises(ParameterError, match="weibul"):
        fit_repurchase(rows(), family="weibul")
    with pytest.raises(ParameterError, match="rising"):
        fit_repurchase(rows(), horizons=(60, 30))
