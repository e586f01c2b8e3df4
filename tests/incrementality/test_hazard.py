"""The hazard of ordering on small panels whose truth is known by construction."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveattr.errors import MissingDataError
from liveattr.incrementality.clock import clock_columns, supply_clock
from liveattr.incrementality.exposure_effect import HazardFit, fit_hazard
from liveattr.incrementality.hazard import fit_day_logit
from liveattr.incrementality.order_split import room_orders, split_orders
from liveattr.incrementality.panel import PersonDays

ROOM = "douyin/us"
EFFECT, KEEPS = 1.2, 0.5


def drawn_panel(
    hidden: float, seed: int = 5, people: int = 2500, days: int = 80
) -> tuple[PersonDays, float]:
    """Draw a world in which intent moves orders and visits, and watching by `hidden`.

    Also return the orders from day 30 on that would not have come: its true gross effect.
    """
    rng = np.random.default_rng(seed)
    air = rng.random(days) < 0.7
    taste = rng.normal(0, 0.7, people)
    mood, memory = np.zeros(people), np.zeros(people)
    order, watch, visit, true = [], [], [], 0.0
    for day in range(days):
        mood = 0.85 * mood + rng.normal(0, 0.37, people)
        u = taste + mood
        seen = air[day] & (rng.random(people) < 1 / (1 + np.exp(2.0 - hidden * u)))
        memory = KEEPS * memory + seen
        chance = 1 / (1 + np.exp(4.5 - u - EFFECT * memory))
        without = 1 / (1 + np.exp(4.5 - u))
        luck = rng.random(people)
        order.append(luck < chance)
        visit.append(rng.random(people) < 1 / (1 + np.exp(2.5 - u)))
        watch.append(seen)
        true += float(((luck < chance) & (luck >= without)).sum()) * (day >= 30)
    return _panel(np.array(order), np.array(watch), np.array(visit), air), true


def _panel(order: np.ndarray, watch: np.ndarray, visit: np.ndarray, air: np.ndarray) -> PersonDays:
    days, people = order.shape
    (buyer, bought), (viewer, seen), (guest, came) = (
        np.nonzero(cells.T) for cells in (order, watch, visit)
    )
    names = tuple(f"live_{day:03d}" for day in np.flatnonzero(air))
    one, shelf = np.ones(len(guest), dtype=np.int64), np.full(len(guest), 2)
    return PersonDays(
        first_on=date(2026, 1, 1), days=days, people=people, person_code=np.arange(people),
        order_person=buyer, order_day=bought, order_qty=np.ones(len(buyer), dtype=np.int64),
        order_key=np.arange(len(buyer)) + 1,
        seen_person=viewer, seen_day=seen, seen_room=np.zeros(len(viewer), dtype=np.int64),
        seen_broadcast=(np.cumsum(air) - 1)[seen],
        visit_person=guest, visit_day=came, visit_kind=shelf, visit_n=one, visit_early=one,
        rooms=(ROOM,), broadcasts=names, on_air=air[None, :],
        all_orders=order.sum(axis=1).astype(np.int64), caught={ROOM: (0, 0)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def confounded() -> tuple[PersonDays, float, HazardFit]:
    panel, true = drawn_panel(hidden=0.8)
    return panel, true, fit_hazard(panel, draws=400)


def test_without_hidden_intent_the_effect_is_found():
    panel, true = drawn_panel(hidden=0.0)
    gross = room_orders(fit_hazard(panel, draws=400), panel, since=30)[:, 0]
    assert abs(gross.mean() - true) < 3 * gross.std()
    assert gross.std() < 0.2 * true


def test_hidden_intent_is_taken_off(confounded):
    panel, true, fit = confounded
    assert fit.hidden[0] > 0.1
    assert abs(fit.effect.mean() - EFFECT) < abs(fit.plain[0] - EFFECT)
    assert room_orders(fit, panel, since=30).mean() == pytest.approx(true, rel=0.2)


def test_weights_of_an_order_add_up_to_what_would_not_have_come(confounded):
    panel, _, fit = confounded
    split = split_orders(fit, panel, since=30)
    whole = split.groupby("order_key")["weight"].sum()
    assert (split["weight"] > 0).all()
    # Several broadcasts lose less together than one by one as long as the chance is below a half.
    likely = dict(zip(panel.order_key, fit.chance, strict=True))
    low = split[split["order_key"].map(likely) <= 0.5]
    assert len(low) > 1000
    assert (low["weight"] <= low["alone"] + 1e-12).all()
    assert (whole < 1).all()
    assert whole.sum() == pytest.approx(room_orders(fit, panel, since=30).mean(), rel=0.05)


def test_same_seed_same_answer(confounded):
    panel, _, fit = confounded
    again = fit_hazard(panel, draws=400)
    assert again.effect.tobytes() == fit.effect.tobytes()


def test_nobody_orders():
    panel, _ = drawn_panel(hidden=0.0, people=20, days=40)
    with pytest.raises(MissingDataError, match="nobody"):
        fit_day_logit(
            np.zeros((panel.days, 20), dtype=np.float32), {"x": np.ones((40, 20), np.float32)}
        )


def test_day_logit_finds_coefficients_and_days():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20, 4000)).astype(np.float32)
    days = rng.normal(-1.5, 0.5, 20)
    chance = 1 / (1 + np.exp(-(days[:, None] + 0.6 * x)))
    happened = (rng.random(x.shape) < chance).astype(np.float32)
    fit = fit_day_logit(happened, {"x": x, "empty": np.zeros_like(x)})
    se = np.sqrt(fit.covariance[0, 0])
    assert abs(fit.coef[0] - 0.6) < 4 * se
    assert se < 0.02
    assert fit.coef[1] == 0
    assert np.abs(fit.days - days).max() < 0.25


def test_an_offset_is_taken_as_known():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(10, 2000)).astype(np.float32)
    happened = (rng.random(x.shape) < 1 / (1 + np.exp(1 - x))).astype(np.float32)
    plain = fit_day_logit(happened, {"x": x})
    known = fit_day_logit(happened, {"x": x}, offset=0.4 * x)
    assert known.coef[0] == pytest.approx(plain.coef[0] - 0.4, abs=1e-3)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 11), st.integers(1, 3)), max_size=12))
def test_clock_is_that_of_a_loop(orders):
    person, day, qty = (np.array([o[i] for o in orders], dtype=np.int64) for i in range(3))
    since, units = supply_clock(12, 3, person, day, qty)
    for who in range(3):
        for now in range(12):
            before = [o for o in orders if o[0] == who and o[1] < now]
            last = max((o[1] for o in before), default=None)
            assert since[now, who] == (-1 if last is None else now - last)
            assert units[now, who] == sum(o[2] for o in before if o[1] == last)


def test_steps_of_the_clock_do_not_overlap():
    since, units = supply_clock(100, 1, np.array([0]), np.array([10]), np.array([2]))
    steps = np.sum(list(clock_columns(since, units).values()), axis=0)[:, 0]
    assert steps[:11].sum() == 0
    assert (steps[11:] == 1).all()
