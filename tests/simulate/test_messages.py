"""Messages to listed people: the same chance with and without, and the effect that was asked for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from liveattr.errors import ParameterError
from liveattr.simulate import Interventions, make_world, orders_without
from liveattr.simulate.messages import EVERYBODY, NOBODY, message_outcomes, saw_and_left
from liveattr.simulate.money import order_money

DAY, DAYS = 40, 5


@pytest.fixture(scope="module")
def world():
    return make_world("tiny", seed=11, values={"size.persons": 800, "purchase.base": -3.6})


def counts(world, people):
    """Kept orders of the window from the ordinary course of a world."""
    orders = orders_without(world)
    orders = orders[orders["day"].between(DAY, DAY + DAYS - 1)].reset_index(drop=True)
    money = order_money(orders, world)
    kept = (money["paid"] & (money["refund_fen"] < money["gross_fen"])).to_numpy()
    return np.bincount(orders["person"][kept], minlength=world.real)[people]


def test_courses_are_the_world_as_it_is_and_the_world_with_these_messages(world):
    people = np.arange(0, world.real, 2)
    found = message_outcomes(world, people, DAY, effect=1.5, carry=0.5, days=DAYS, refund_days=3000)
    courses = {code: rows["orders"].to_numpy() for code, rows in found.groupby("course")}
    assert courses[NOBODY].tolist() == counts(world, people).tolist()
    at = pd.Timestamp(world.parameters.size.start_on) + pd.Timedelta(days=DAY)
    told = [
        pd.DataFrame({"person": people, "at": at + pd.Timedelta(days=k), "effect": 1.5 * 0.5**k})
        for k in range(DAYS)
    ]
    given = Interventions(messages=pd.concat(told, ignore_index=True))
    assert (
        courses[EVERYBODY].tolist() == counts(replace(world, interventions=given), people).tolist()
    )
    assert courses[EVERYBODY].sum() > courses[NOBODY].sum() > 0


def test_without_a_strength_nothing_happens_and_a_mask_tells_only_its_own():
    values = {"size.persons": 800, "purchase.base": -3.6, "stock.on": False}
    world = make_world("tiny", seed=11, values=values)  # no last piece that one takes from another
    people = np.arange(world.real)
    mask = people % 3 == 0
    still = message_outcomes(world, people, DAY, effect=0.0, days=DAYS)
    columns = ["bought", "orders", "net_margin_fen"]
    one, other = (still[still["course"] == c][columns].to_numpy() for c in (NOBODY, EVERYBODY))
    assert (one == other).all()
    found = message_outcomes(world, people, DAY, effect=2.0, days=DAYS, contacted=lambda _: [mask])
    parts = {code: rows["bought"].to_numpy() for code, rows in found.groupby("course")}
    expected = np.where(mask, parts[EVERYBODY], parts[NOBODY])
    assert (parts[2] == expected).all() and (expected != parts[NOBODY]).any()
    assert (found.loc[found["course"] == 2, "message"].to_numpy() == mask).all()


def test_who_saw_a_room_and_left_is_listed(world):
    seen: list[np.ndarray] = []

    def people(course, day):
        listed = saw_and_left(course, day, seen=0.4, quiet=5)
        assert (course.memory[:3, listed].sum(axis=0) >= 0.4).all()
        assert (course.ordered_day[listed] < day - 5).all()
        seen.append(listed)
        return listed

    found = message_outcomes(world, people, DAY, days=2)
    assert 0 < len(seen[0]) < world.real
    assert found["person"].tolist() == [*seen[0], *seen[0]]


def test_days_and_people_outside_of_the_world_are_refused(world):
    with pytest.raises(ParameterError, match="outside of the world"):
        message_outcomes(world, np.arange(3), world.parameters.size.all_days - 2, days=7)
    with pytest.raises(ParameterError, match="codes are from 0"):
        message_outcomes(world, np.array([world.real]), DAY)
    with pytest.raises(ParameterError, match="nobody is listed"):
        message_outcomes(world, np.array([], dtype=np.int64), DAY)
