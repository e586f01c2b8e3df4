"""What paired random numbers are worth: how much less the effect of one show swings with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.progress import track
from liveattr.simulate import Subject, make_world, orders_without
from liveattr.simulate.money import order_money
from liveattr.simulate.world import KOL, World

__all__ = ["paired_spread"]

HORIZONS = {"net_3": 3, "net_14": 14, "net_60": 60, "net": None}
"""Horizon → [days] after the begin of the show; None: to the last day."""


def paired_spread(
    preset: str = "demo", n: int = 16, *, seed: int = 7, values: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Measure the spread of a show's net effect with paired and with independent streams.

    Parameters
    ----------
    preset, seed, values
        The world. Its people, goods and calendar stay; chance is drawn n times.
    n
        [draws] At least 3.

    Returns
    -------
    pandas.DataFrame
        One row a horizon: `horizon, mean, paired, independent, ratio`. `mean` is the mean effect of
        the first KOL show that the truth counts, in paid orders; `paired` its sd over the draws
        where the world without the show reads the same random numbers, `independent` where it reads
        those of another draw; `ratio` is independent / paired.

    Raises
    ------
    ParameterError
        If there are too few draws, or the world has no KOL show.
    """
    if n < 3:
        raise ParameterError(f"n = {n}: a spread wants at least 3 draws")
    world = make_world(preset, seed=seed, values=dict(values or {}))
    show = _first_show(world)
    pairs = [
        (_paid(world, None, draw), _paid(world, show, draw))
        for draw in track(range(seed + 1, seed + 1 + n), "draws")
    ]
    on = np.array([factual for factual, _ in pairs])
    off = np.array([without for _, without in pairs])
    rows = []
    for horizon, days in HORIZONS.items():
        here = slice(show.from_day, None if days is None else show.from_day + days)
        factual, without = on[:, here].sum(axis=1), off[:, here].sum(axis=1)
        paired = factual - without
        independent = factual - np.roll(without, 1)
        one, other = paired.std(ddof=1), independent.std(ddof=1)
        rows.append((horizon, paired.mean(), one, other, other / one if one > 0 else np.nan))
    return pd.DataFrame(rows, columns=["horizon", "mean", "paired", "independent", "ratio"])


def _first_show(world: World) -> Subject:
    """Return the first KOL show since the warm-up."""
    calendar, size = world.calendar, world.parameters.size
    counted = calendar["day"].between(size.burn_in_days, size.days - 1)
    shows = calendar[(calendar["channel"] == KOL) & counted]
    if shows.empty:
        raise ParameterError("this world has no KOL show in the days that count")
    code, one = int(shows.index[0]), shows.iloc[0]
    return Subject(
        "campaign", str(one["campaign_id"]), int(one["day"]), broadcasts=frozenset({code})
    )


def _paid(world: World, show: Subject | None, draw: int) -> NDArray[np.int64]:
    """Return the paid orders of each day, with or without the show."""
    orders = orders_without(world, show, draw)
    paid = order_money(orders, replace(world, seed=draw))["paid"].to_numpy()
    return np.bincount(orders["day"].to_numpy()[paid], minlength=world.parameters.size.days)
