"""A small world lived through once, for the tests of orders."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from liveattr.simulate.brushing import extra_orders
from liveattr.simulate.days import live_days
from liveattr.simulate.draw import make_world
from liveattr.simulate.world import Segment, World

VALUES = {"size.persons": 1200, "size.days": 80, "calendar.own_share": 1.0}


@cache
def lived(**values: Any) -> tuple[World, pd.DataFrame]:
    """Return a world and all its orders, those of brushers and testers included."""
    named = {k.replace("__", "."): v for k, v in values.items()}
    world = make_world("tiny", seed=7, values=VALUES | named)
    segments = list(live_days(world))
    parts = [f for s in segments for f in (s.orders, extra_orders(s, world)[s.orders.columns])]
    return world, pd.concat(parts, ignore_index=True)


def rows(world: World, n: int, seed: int) -> pd.DataFrame:
    """Return made-up order rows of every way, shop and kind."""
    rng = np.random.default_rng(seed)
    goods, calendar = len(world.goods), world.calendar
    path = rng.integers(0, 9, n)
    broadcast = np.where(path < 3, rng.integers(0, len(calendar), n), -1)
    two = rng.random(n) < 0.4
    day = rng.integers(0, world.parameters.size.days, n)
    return pd.DataFrame(
        {
            "order": np.arange(n),
            "person": rng.integers(0, world.real, n).astype(np.int32),
            "day": day.astype(np.int16),
            "created_us": world.start_us + (day * 86_400 + rng.integers(0, 86_400, n)) * 1_000_000,
            "path": path.astype(np.int8),
            "place": rng.integers(0, 3, n).astype(np.int8),
            "broadcast": broadcast.astype(np.int16),
            "sku": rng.integers(0, goods, n).astype(np.int16),
            "qty": rng.integers(1, 5, n).astype(np.int16),
            "sku2": np.where(two, rng.integers(0, goods, n), -1).astype(np.int16),
            "qty2": two.astype(np.int16),
            "first": rng.random(n) < 0.5,
            "kind": rng.integers(0, 4, n).astype(np.int8),
        }
    )


def segment(orders: pd.DataFrame, world: World) -> Segment:
    """Return all days of a world as one segment with these orders."""
    nothing = pd.DataFrame()
    return Segment(0, 0, world.parameters.size.days - 1, nothing, orders, nothing)
