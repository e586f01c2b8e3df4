"""Rooms from their days on and off air: the interval holds a truth that was put in."""

import numpy as np
import pytest

from liveattr.errors import ParameterError
from liveattr.incrementality.memory import memory_of
from liveattr.incrementality.series import room_series

DAYS = 150
ROOMS = ("own", "show", "always")


def _made(seed):
    """Return orders, on-air days and what each room truly brought on the day of a broadcast."""
    rng = np.random.default_rng(seed)
    held = np.vstack(
        [rng.random(DAYS) < 0.75, np.arange(DAYS) % 11 == 5, np.ones(DAYS, dtype=bool)]
    )
    brings, keeps = np.array([25.0, 120.0, 40.0]), np.array([0.45, 0.3, 0.45])
    level = 200 + np.cumsum(rng.normal(size=DAYS)) + 15 * (np.arange(DAYS) % 7 >= 5)
    mean = level + brings @ memory_of(held.astype(float), keeps)
    return rng.poisson(mean.clip(1)), held, brings


def _fit(orders, held, **options):
    return room_series(orders, held, ROOMS, weekend=np.arange(DAYS) % 7 >= 5, **options)


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside, off = [], []
    for seed in range(40):
        orders, held, brings = _made(seed)
        found = _fit(orders, held, model_error=0.0, draws=1000)
        assert found.rooms == ("own", "show")
        for room, truth, row, keeps in zip(ROOMS, brings, held, (0.45, 0.3), strict=False):
            total = truth * memory_of(row.astype(float), keeps).sum()
            draws = found.totals(room, row)
            low, high = np.quantile(draws, [0.05, 0.95])
            inside.append(low <= total <= high)
            off.append(draws.mean() / total - 1)
    assert 0.8 <= np.mean(inside) <= 0.99  # 80 cases: 90 % give or take three standard errors
    assert abs(np.mean(off)) < 0.1


def test_a_shop_that_begins_with_the_data_gives_rooms_no_more():
    off = []
    for seed in range(20):
        orders, held, brings = _made(seed)
        begins = 80 * memory_of(np.ones(DAYS), 0.6) / 2.5  # what other channels leave grows, too
        orders = orders + np.round(begins - begins[-1]).astype(int)
        found = _fit(orders, held, model_error=0.0, draws=1000)
        total = brings[0] * memory_of(held[0].astype(float), 0.45).sum()
        off.append(found.totals("own", held[0]).mean() / total - 1)
    assert abs(np.mean(off)) < 0.12


def test_a_room_on_air_every_day_is_not_identified():
    orders, held, _ = _made(1)
    assert _fit(orders, held).missing == {"always": "no_off_days"}


def test_short_data_and_rare_rooms_are_said():
    orders, held, _ = _made(2)
    short = room_series(orders[:30], held[:, :30], ROOMS, weekend=np.arange(30) % 7 >= 5)
    assert set(short.missing.values()) == {"few_days"}
    rare = held.copy()
    rare[1] = False
    rare[1, 50] = True
    assert _fit(orders, rare).missing["show"] == "few_broadcasts"


def test_same_seed_same_draws():
    orders, held, _ = _made(4)
    one, two = _fit(orders, held, seed=5), _fit(orders, held, seed=5)
    assert np.array_equal(one.orders, two.orders)
    other = _fit(orders, held, seed=6)
    assert not np.array_equal(one.orders, other.orders)


def test_shapes_must_fit():
    with pytest.raises(ParameterError, match="on_air"):
        room_series(
            np.ones(50, dtype=int), np.ones((1, 49), dtype=bool), ["a"], weekend=np.ones(50)
        )
