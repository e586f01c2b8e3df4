"""A message to listed people, and what each of them orders with it and without it: the same chance in both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.simulate.course import Course
from liveattr.simulate.days import orders_of
from liveattr.simulate.money import order_money
from liveattr.simulate.plan import Draws, Plan
from liveattr.simulate.world import DAY_US, LIVE

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = ["EVERYBODY", "NOBODY", "message_outcomes", "saw_and_left"]

Ints = NDArray[np.int64]
Choice = Callable[[Course, int], Ints]

NOBODY, EVERYBODY = 0, 1
"""Courses in which none of the listed people gets the message, and in which all do."""


def message_outcomes(
    world: World,
    people: Choice | Ints,
    on_day: int,
    *,
    effect: float = 1.0,
    carry: float = 0.4,
    days: int = 7,
    refund_days: int = 30,
    contacted: Callable[[Ints], Sequence[NDArray[np.bool_]]] | None = None,
) -> pd.DataFrame:
    """Live through a world in which listed people get a message, and once more without it.

    Parameters
    ----------
    world
        From `make_world`.
    people
        Codes of the persons on the list, or a function of the course and the day that chooses them on
        the morning of `on_day`, e.g. `saw_and_left`.
    on_day
        Day of the message.
    effect
        What the message adds to the log-odds of buying on its day.
    carry
        Share of it that is left on each further day.
    days
        [days] In which orders count, from `on_day` on.
    refund_days
        [days] After the last of them that refunds are waited for.
    contacted
        Function of the listed people that returns masks of them; each mask is one more course, in which
        only those get the message.

    Returns
    -------
    pandas.DataFrame
        One row a course and listed person: `course` (0 nobody gets the message, 1 everybody, 2 and on
        the masks in their order), `person, message` (bool), `bought` (bool: a paid order that was not
        wholly refunded), `orders` (such orders), `net_margin_fen` (net money less the goods that
        stayed with the buyer; no message cost).

    Raises
    ------
    ParameterError
        If a day or person is not in the world, or nobody is listed.

    Notes
    -----
    All courses read the same random numbers, so a person whose wish the message does not tip does the
    same in each of them; the mean of course 1 less that of course 0 is the true effect on the list.
    One person's message may still take the last piece from another, where stock runs out.
    The effect is that of rows of `Interventions.messages` on each day.

    Examples
    --------
    >>> from liveattr.simulate import make_world
    >>> world = make_world("tiny", values={"purchase.base": -3.0})
    >>> found = message_outcomes(world, np.arange(200), 40, effect=2.0)
    >>> bought = found.groupby("course")["bought"].sum()
    >>> bool(bought[EVERYBODY] > bought[NOBODY])
    True
    """
    if not (0 <= on_day and 1 <= days and on_day + days <= world.parameters.size.all_days):
        raise ParameterError(f"on_day = {on_day}, days = {days}: outside of the world")
    plan = Plan(world)
    course = Course.begin(plan)
    for day in range(on_day):
        course.live(day, plan.draw(day))
    listed = _listed(people, course, on_day, plan.real)
    masks = [np.zeros(len(listed), dtype=np.bool_), np.ones(len(listed), dtype=np.bool_)]
    masks += list(contacted(listed)) if contacted is not None else []
    twins = [course.branch(course.off_channels, course.off_broadcasts) for _ in masks]
    orders: list[list[dict[str, NDArray[np.generic]]]] = [[] for _ in masks]
    for day in range(on_day, on_day + days):
        draws = plan.draw(day)
        strength = np.float32(effect * carry ** (day - on_day))
        for twin, mask, found in zip(twins, masks, orders, strict=True):
            wishes = twin.live(day, _told(draws, listed[mask], strength))
            found.append(orders_of(day, wishes, 0))
    as_of_us = world.start_us + (on_day + days + refund_days) * DAY_US
    parts = [
        _outcomes(number, listed, mask, found, world, as_of_us)
        for number, (mask, found) in enumerate(zip(masks, orders, strict=True))
    ]
    return pd.concat(parts, ignore_index=True)


def saw_and_left(course: Course, day: int, *, seen: float = 0.2, quiet: int = 7) -> Ints:
    """Choose who met a live room lately and has not ordered since: high intent, not converted.

    Parameters
    ----------
    course
        On the morning of the day.
    day
        The day.
    seen
        Memory of the live rooms from which on somebody has seen one.
    quiet
        [days] Without an order.
    """
    memory = course.memory[list(LIVE)].sum(axis=0)
    return np.flatnonzero((memory >= seen) & (course.ordered_day < day - quiet))


def _listed(people: Choice | Ints, course: Course, day: int, real: int) -> Ints:
    found = np.unique(np.asarray(people(course, day) if callable(people) else people))
    if not len(found):
        raise ParameterError("people: nobody is listed")
    if found[0] < 0 or found[-1] >= real:
        raise ParameterError(f"people: codes are from 0 to {real - 1}")
    return found


def _told(draws: Draws, people: Ints, strength: np.float32) -> Draws:
    """Return the draws of a day on which people got the message; chance itself is untouched."""
    adds = draws.day_adds.copy()
    adds[people] += strength
    return replace(draws, day_adds=adds)


def _outcomes(
    number: int,
    listed: Ints,
    mask: NDArray[np.bool_],
    days: list[dict[str, NDArray[np.generic]]],
    world: World,
    as_of_us: int,
) -> pd.DataFrame:
    orders = pd.DataFrame({name: np.concatenate([d[name] for d in days]) for name in days[0]})
    orders = orders[np.isin(orders["person"].to_numpy(), listed)].reset_index(drop=True)
    money = order_money(orders, world, as_of_us=as_of_us)
    kept = (money["paid"] & (money["refund_fen"] < money["gross_fen"])).to_numpy(float)
    place = np.searchsorted(listed, orders["person"].to_numpy())
    count = np.bincount(place, kept, minlength=len(listed))
    margin = (money["net_fen"] - money["cogs_fen"]).to_numpy(float)
    return pd.DataFrame(
        {
            "course": number,
            "person": listed,
            "message": mask,
            "bought": count > 0,
            "orders": count.astype(np.int64),
            "net_margin_fen": np.bincount(place, margin, minlength=len(listed)),
        }
    )
