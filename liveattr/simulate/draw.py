"""Draw a world: people, goods, calendar and prices before the first day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveattr.simulate.calendar import draw_calendar, draw_slots
from liveattr.simulate.catalogue import CATEGORIES, draw_goods, draw_prices
from liveattr.simulate.faults import draw_faults, raised_prices
from liveattr.simulate.parameters import parameters_of
from liveattr.simulate.people import draw_people
from liveattr.simulate.world import Interventions, World

__all__ = ["make_world"]


def make_world(
    preset: str = "demo",
    *,
    seed: int = 7,
    values: Mapping[str, Any] | None = None,
    interventions: Interventions | None = None,
) -> World:
    """Draw a world; nothing has happened in it yet.

    Parameters
    ----------
    preset
        A name of `PRESETS`.
    seed
        The same seed, preset and values give the same world.
    values
        `block.parameter` → value; see `describe_parameters`.
    interventions
        Calendar, messages, orders and faults that are put in from outside.

    Raises
    ------
    ParameterError
        If a preset, a parameter or an intervention is not known or out of range.

    Examples
    --------
    >>> world = make_world("tiny", seed=7)
    >>> world.counts()["real"]
    200
    """
    p = parameters_of(preset, values)
    given = interventions or Interventions()
    goods = draw_goods(seed)
    calendar = draw_calendar(seed, p.size, p.calendar, given.calendar)
    faults = draw_faults(seed, p.size, goods, p.faults, given.faults)
    prices = draw_prices(seed, goods, p.goods, p.size.all_days)
    return World(
        parameters=p,
        seed=seed,
        start_us=p.size.start_us,
        calendar=calendar,
        slots=draw_slots(seed, calendar, goods, p.calendar, p.goods),
        goods=goods,
        prices=raised_prices(prices, faults, p.faults),
        people=draw_people(seed, p, CATEGORIES),
        faults=faults,
        interventions=given,
    )
