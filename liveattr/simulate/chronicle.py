"""A segment told in full: its orders with those that nobody wished for, their life, and the events."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from liveattr.simulate.behaviour import Behaviour, make_events
from liveattr.simulate.brushing import extra_orders
from liveattr.simulate.order_life import Orders, live_on
from liveattr.simulate.world import Segment, World

__all__ = ["Chapter", "tell"]


@dataclass(frozen=True)
class Chapter:
    """Everything that there is to write about a segment."""

    segment: Segment
    orders: Orders
    behaviour: Behaviour


def tell(segment: Segment, world: World, identifiers: pd.DataFrame) -> Chapter:
    """Add fake, test and injected orders to a segment, and tell what became of it all."""
    extra = extra_orders(segment, world)
    every = pd.concat([segment.orders, extra[segment.orders.columns]], ignore_index=True)
    whole = replace(segment, orders=every)
    return Chapter(whole, live_on(every, world), make_events(whole, world, identifiers))
