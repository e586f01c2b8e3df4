"""Days off air that were drawn at random: the effect they show, its interval, and when there is none."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from liveattr.errors import ParameterError, TableError
from liveattr.incrementality.memory import memory_of
from liveattr.incrementality.off_days import analyse_off_days, off_day_effects
from liveattr.incrementality.planner import plan_off_days

FIRST = pd.Timestamp("2026-01-05")
PAST = 56


def shop(rng, days, level=200.0):
    """Orders a day without broadcasts: wandering level, weekday, over-dispersed, a wild day now and then."""
    drift = np.exp(np.cumsum(rng.normal(0, 0.007, days)))
    weekday = 1 + 0.15 * np.isin(np.arange(days) % 7, (5, 6))
    wild = np.ones(days)
    wild[rng.integers(0, days, days // 45)] = 2.0
    return level * drift * weekday * wild * rng.gamma(400, 1 / 400, days)


def world(seed, effects, *, weeks=12, keeps=0.45, broken=0.0, **options):
    """Past, plan, days, held and what each room brought; `effects`: room → orders a broadcast."""
    rng = np.random.default_rng([seed, 77])
    base = shop(rng, PAST + 7 * weeks)
    dates = pd.date_range(FIRST, periods=len(base))
    usual = base + sum(effects.values())
    past = pd.DataFrame({"day_on": dates[:PAST], "orders": rng.poisson(usual[:PAST])})
    span = {"since": dates[PAST].date(), "until": dates[-1].date(), "seed": seed}
    plan = plan_off_days(past, list(effects), **span, **options)
    mean, truth, held = base[PAST:].copy(), {}, []
    for room, effect in effects.items():
        on = plan.days.loc[plan.days["room"] == room, "on_air"].to_numpy(bool).copy()
        on |= rng.random(len(on)) < broken
        before = memory_of(np.ones(PAST), keeps)[-1] * keeps ** np.arange(1, len(on) + 1)
        own = (1 - keeps) * effect * memory_of(on.astype(float), keeps)
        mean += own + (1 - keeps) * effect * before
        truth[room] = own.sum()
        held.append(pd.DataFrame({"room": room, "day_on": dates[PAST:][on]}))
    days = pd.DataFrame({"day_on": dates[PAST:], "orders": rng.poisson(mean)})
    return plan, days, pd.concat(held), truth


def test_a_known_effect_is_found_for_the_room_that_has_it():
    plan, days, _, truth = world(1, {"a": 120.0, "b": 0.0})
    found = analyse_off_days(days, plan.days, draws=500).set_index("subject")
    a, b = found.loc["a"], found.loc["b"]
    assert a["gross_low"] < truth["a"] < a["gross_high"] and a["gross_low"] > truth["a"] / 2
    assert a["p_value"] < 0.02 and a["grade"] == "A" and a["reason"] is None
    assert b["gross_low"] < 0 < b["gross_high"] and b["p_value"] > 0.1
    assert a["per_broadcast"] * a["broadcasts"] == pytest.approx(a["gross"])
    assert a["n"] == days["orders"].sum() and a["off_days"] == plan.power["off_days"][0]


def test_interval_and_p_value_never_contradict_each_other():
    for seed in range(8):
        plan, days, _, _ = world(seed, {"a": 25.0}, weeks=8)
        for level in (0.8, 0.9):
            row = analyse_off_days(days, plan.days, draws=400, level=level, seed=seed).iloc[0]
            excluded = row["gross_low"] > 0 or row["gross_high"] < 0
            assert excluded == (row["p_value"] <= 1 - level + 1e-9)


def test_adding_known_orders_moves_the_estimate_by_as_many():
    plan, days, _, _ = world(4, {"a": 40.0})
    on = plan.days["on_air"].to_numpy(bool)
    before = memory_of(np.ones(PAST), 0.45)[-1] * 0.45 ** np.arange(1, len(on) + 1)
    more = 100 * 0.55 * (memory_of(on.astype(float), 0.45) + before)
    low = off_day_effects(days, plan.days, draws=800)[0]
    high = off_day_effects(days.assign(orders=days["orders"] + more), plan.days, draws=800)[0]
    added = 100 * 0.55 * memory_of(on.astype(float), 0.45).sum()
    # Not exactly: more orders also say more about how long a broadcast works.
    assert np.median(high.gross) - np.median(low.gross) == pytest.approx(added, rel=0.2)


def test_same_seed_same_bytes_in_any_order_of_rows():
    plan, days, held, _ = world(2, {"a": 30.0, "b": 20.0})
    one = analyse_off_days(days, plan.days, held=held, draws=300, seed=3)
    mixed = [frame.sample(frac=1, random_state=0) for frame in (days, plan.days, held)]
    two = analyse_off_days(mixed[0], mixed[1], held=mixed[2], draws=300, seed=3)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    three = analyse_off_days(days, plan.days, held=held, draws=300, seed=4)
    assert one["gross"].tolist() != three["gross"].tolist()


def test_broadcasts_held_on_days_off_cost_precision_not_truth():
    plan, days, held, truth = world(6, {"a": 150.0}, broken=0.3)
    kept = analyse_off_days(days, plan.days, held=held, draws=500).iloc[0]
    assert kept["gross_low"] < truth["a"] < kept["gross_high"]
    assert kept["broadcasts"] == len(held) > plan.days["on_air"].sum()
    always = held.iloc[:0].assign(day_on=pd.to_datetime([]))
    always = pd.DataFrame({"room": "a", "day_on": days["day_on"]})
    nothing = analyse_off_days(days, plan.days, held=always, draws=300).iloc[0]
    assert nothing["reason"] == "not_kept" and np.isnan(nothing["gross"])


def test_a_control_takes_its_days_out():
    plan, days, _, truth = world(8, {"a": 100.0})
    show = np.zeros(len(days))
    show[::9] = 1.0
    busy = days.assign(orders=days["orders"] + 400 * show)
    told = analyse_off_days(busy.assign(show=show), plan.days, draws=400).iloc[0]
    untold = analyse_off_days(busy, plan.days, draws=400).iloc[0]
    assert told["mde"] < 0.8 * untold["mde"]
    assert told["gross_low"] < truth["a"] < told["gross_high"]


def test_what_cannot_be_told_has_a_reason_and_no_number():
    plan, days, _, _ = world(3, {"a": 50.0})
    early = analyse_off_days(days.iloc[:20], plan.days, draws=300).iloc[0]
    assert early["reason"] == "few_days" and np.isnan(early["gross"]) and early["grade"] is None
    part = analyse_off_days(days.iloc[:56], plan.days, draws=300).iloc[0]
    assert part["reason"] is None and part["until_on"] == (FIRST + timedelta(days=111)).date()
    with pytest.raises(ParameterError, match="missing"):
        analyse_off_days(days.drop(index=40), plan.days)
    with pytest.raises(TableError, match="block"):
        analyse_off_days(days, plan.days.drop(columns="block"))


@pytest.mark.slow
@pytest.mark.parametrize("keeps", [0.2, 0.45, 0.6])
def test_intervals_cover_and_false_alarms_are_as_told(keeps):
    """200 worlds each; bounds are 3 standard errors of a binomial around what is claimed."""
    covered, found, alarms = [], [], []
    for seed in range(200):
        plan, days, _, truth = world(seed, {"a": 20.0, "b": 0.0}, keeps=keeps)
        rows = analyse_off_days(days, plan.days, draws=1000, seed=seed).set_index("subject")
        a = rows.loc["a"]
        covered.append(a["gross_low"] <= truth["a"] <= a["gross_high"])
        found.append((a["gross"] - truth["a"]) / truth["a"])
        alarms.append(rows.loc["b", "p_value"] <= 0.1)
    print(keeps, np.mean(covered), np.mean(found), np.std(found), np.mean(alarms))  # noqa: T201
    assert 0.85 - 0.064 <= np.mean(covered) <= 0.95 + 0.046
    assert 0.1 - 0.064 <= np.mean(alarms) <= 0.1 + 0.064
