"""Subjects as shares of a room's posterior: parts sum to the whole, and what is unknown stays so."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from liveattr.incrementality.memory import memory_of
from liveattr.incrementality.pooled import Viewers, pooled_effects, subject_draws
from liveattr.incrementality.series import room_series
from liveattr.incrementality.shop_days import ShopDays
from liveattr.incrementality.subjects import subjects_of
from liveattr.incrementality.verdict import as_counts, detectable, two_sided

DAYS = 120
REMEMBERED = memory_of(np.arange(DAYS) % 3 > 0, 0.45)


def _shop(seed=0):
    """A room that is on air on two of three days, one on every day, and orders that follow the first."""
    rng = np.random.default_rng(seed)
    held = pd.DataFrame({"day": np.r_[np.flatnonzero(np.arange(DAYS) % 3 > 0), np.arange(DAYS)]})
    held["room"] = np.r_[["douyin/a"] * 80, ["channels/b"] * DAYS]
    held["campaign_id"] = held["room"].str[-1] + "_" + (held["day"] // 30).astype(str)
    held["broadcast_id"] = held["room"].str[-1] + "_" + held["day"].astype(str)
    held["day_on"] = pd.to_datetime("2026-01-01") + pd.to_timedelta(held["day"], unit="D")
    orders = rng.poisson(100 + 30 * REMEMBERED)
    return ShopDays(date(2026, 1, 1), orders, ("channels/b", "douyin/a"), held)


def _rooms(days, viewers=None, since=0):
    series = room_series(days.orders, days.on_air, days.rooms, weekend=days.weekend, draws=2000)
    return pooled_effects(
        days, series, viewers or Viewers(), since=since, common=0.5, own=0.2, seed=1
    )


def test_subjects_are_rooms_campaigns_and_broadcasts():
    days = _shop()
    found = subjects_of(days, since=60)
    kinds = pd.Series([one.kind for one in found]).value_counts().to_dict()
    assert kinds == {"room": 2, "campaign": 4, "broadcast": 40 + 60}
    month = next(one for one in found if one.name == "a_2")
    assert (month.first, month.last) == (61, 89 + 6)
    assert not month.single
    assert sum(month.held["douyin/a"]) == len(month.broadcasts) == 20


def test_months_of_a_room_sum_to_the_room():
    days = _shop()
    rooms = _rooms(days)
    draws = {
        one.name: subject_draws(rooms, one) for one in subjects_of(days) if one.kind != "broadcast"
    }
    whole = draws["douyin/a"].mean()
    parts = sum(draws[f"a_{month}"].mean() for month in range(4))
    assert parts == pytest.approx(whole, rel=0.02)  # the parts' own spread is drawn by chance
    assert whole == pytest.approx(30 * REMEMBERED.sum(), rel=0.25)


def test_a_room_without_days_off_and_without_viewers_has_no_number():
    days = _shop()
    rooms = _rooms(days)
    never = [one for one in subjects_of(days) if "channels/b" in one.held]
    assert never
    assert all(subject_draws(rooms, one) is None for one in never)


def test_viewers_share_a_room_out_by_broadcast():
    days = _shop()
    seen = {name: (9.0 if name == "a_61" else 1.0) for name in days.broadcasts["broadcast_id"]}
    effects = 2400 + np.random.default_rng(0).normal(size=(2000, 1))
    rooms = _rooms(days, Viewers(rooms=("douyin/a",), effects=effects, by_broadcast=seen), since=60)
    draws = {
        one.name: subject_draws(rooms, one).mean()
        for one in subjects_of(days, 60)
        if "douyin/a" in one.held
    }
    assert draws["a_61"] == pytest.approx(9 * draws["a_62"], rel=0.1)
    assert draws["a_61"] == pytest.approx(draws["douyin/a"] * 9 / (39 + 9), rel=0.1)


def test_nobody_knows_anything():
    days = _shop()
    alone = ShopDays(
        days.first_on, days.orders, ("channels/b",), days.broadcasts[80:].reset_index(drop=True)
    )
    assert _rooms(alone) is None


def test_draws_say_p_value_and_power():
    rng = np.random.default_rng(0)
    draws = 10 + 5 * rng.standard_normal(100_000)
    assert two_sided(draws) == pytest.approx(0.0455, abs=0.003)  # two standard errors
    assert detectable(draws, 0.9) == pytest.approx(5 * (1.645 + 0.842), rel=0.02)
    assert two_sided(np.full(100, 3.0)) == 0.02  # not 0: no more is known from 100 draws
    assert as_counts(np.full(100_000, 25.0), rng).std() == pytest.approx(5, rel=0.02)
