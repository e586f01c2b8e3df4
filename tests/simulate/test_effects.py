"""What is true of effects whatever the numbers: subsets, zero effects, pairs, stock."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.simulate import Interventions, live_through, make_world, orders_without
from liveattr.simulate.course import Course
from liveattr.simulate.plan import Plan
from liveattr.simulate.stock import served

SMALL = {"size.persons": 3000, "size.days": 60, "size.after_days": 0, "size.broadcasts": 2}


@pytest.fixture(scope="module")
def story():
    return live_through(make_world("tiny", seed=5, values=SMALL))


def of(story, subject, horizon):
    table = story.truth.effects.set_index(["subject", "horizon"])
    return table.loc[(subject, horizon)]


def test_gross_is_a_part_of_what_happened(story):
    total = of(story, "all", "factual")
    gross = story.truth.effects[story.truth.effects["horizon"] == "gross"]
    assert (gross["orders"] >= 0).all()
    assert (gross["orders"] < total["orders"]).all()
    assert (gross["gmv_fen"] <= total["gmv_fen"]).all()


def test_the_oracle_errs_as_chance_does(story):
    oracle = story.truth.oracle.set_index("subject")["orders"]
    for room in ("own_room", "second_room", "kol"):
        gross = of(story, room, "gross")["orders"]
        assert abs(oracle[room] - gross) < 4 * np.sqrt(gross) + 1


def test_the_supply_clock_borrows_from_the_future(story):
    for room in ("own_room", "kol"):
        assert of(story, room, "net")["orders"] < of(story, room, "gross")["orders"]
    shows = [s for s in story.truth.effects["subject"].unique() if s.startswith("kol_")]
    soon = sum(of(story, s, "net_3")["orders"] for s in shows)
    late = sum(of(story, s, "net")["orders"] for s in shows)
    assert late < soon


def test_shapley_values_add_up_to_all_rooms(story):
    whole = of(story, "own_room+second_room+kol", "net")
    for measure in ("orders", "gmv_fen", "margin_fen"):
        assert story.truth.shapley[measure].sum() == pytest.approx(whole[measure], abs=1e-6)


def test_a_channel_without_effect_has_none_at_all():
    nothing = {
        **SMALL,
        "second_room.beta": 0.0,
        "mediation.on": False,
        "stock.on": False,
        "faults.on": False,
    }
    world = make_world("tiny", seed=5, values=nothing)
    truth = live_through(world, "rooms").truth.effects.set_index(["subject", "horizon"])
    assert truth.loc[("second_room", "gross"), "orders"] == 0
    assert truth.loc[("second_room", "net"), "orders"] == 0
    assert truth.loc[("own_room", "gross"), "orders"] > 0


def test_kappa_decides_who_is_in_the_room():
    def gap(kappa):
        world = make_world("tiny", seed=5, values={**SMALL, "exposure.kappa": kappa})
        met = pd.concat([s.exposures for s in live_through(world, "none").segments])
        inside = met.loc[(met["channel"] == 2) & (met["person"] < world.real), "person"]
        return world.people["affinity"].to_numpy()[inside].mean()

    assert abs(gap(0.0)) < 0.05
    assert gap(2.0) > 0.2


@pytest.mark.parametrize("mechanism", ["logit", "additive"])
def test_a_message_is_an_intervention(mechanism):
    who = np.arange(1500)
    messages = pd.DataFrame({"person": who, "at": pd.Timestamp("2026-02-10"), "effect": 4.0})
    values = {**SMALL, "purchase.mechanism": mechanism, "stock.on": False}  # or others lose goods
    told = make_world("tiny", seed=5, values=values, interventions=Interventions(messages=messages))
    day = (pd.Timestamp("2026-02-10") - pd.Timestamp("2026-01-02")).days

    def bought(world):
        orders = orders_without(world)
        today = orders[orders["day"] == day]["person"]
        return (today < 1500).sum(), (today >= 1500).sum()

    more, same = bought(told)
    few, rest = bought(make_world("tiny", seed=5, values=values))
    assert more > 5 * max(few, 1)
    assert same == rest


def test_stock_is_never_below_zero_and_runs_out():
    scarce = {**SMALL, "stock.cover_days": 4.0}
    plan = Plan(make_world("tiny", seed=5, values=scarce))
    course, missed = Course.begin(plan), 0
    for day in range(plan.days):
        wishes = course.live(day, plan.draw(day))
        missed += int((wishes.then == 0).sum())
        assert (course.on_hand >= 0).all()
    assert missed > 20


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=30),
    st.lists(st.integers(0, 12), min_size=4, max_size=4),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60)
def test_first_come_first_served(asked, shelf, chance):
    sku, qty = (np.array([a[i] for a in asked], dtype=np.int64) for i in (0, 1))
    at, person = np.arange(len(asked)), np.arange(len(asked))
    on_hand = np.array(shelf)
    got = served(sku, qty, at, person, on_hand)
    assert (on_hand >= 0).all()
    taken = np.bincount(sku[got], weights=qty[got], minlength=4)
    assert (taken + on_hand == np.array(shelf)).all()
    mixed = list(range(len(asked)))
    chance.shuffle(mixed)
    again = served(sku[mixed], qty[mixed], at[mixed], person[mixed], np.array(shelf))
    assert (again == got[mixed]).all()
