"""A livestream world whose truth is known: people, rooms, orders, and what each room really did.

`simulate` writes it in the platforms' own formats, with the truth apart. `make_world` and
`live_through` keep it in memory. Everything that chance decides has an address, so a world without
a show differs from the factual one only where it must.
"""

from __future__ import annotations

from liveattr.simulate.draw import make_world
from liveattr.simulate.effects import Subject
from liveattr.simulate.parameters import PRESETS, Parameters, describe_parameters
from liveattr.simulate.run import WorldSummary, simulate
from liveattr.simulate.story import Story, live_through, orders_without
from liveattr.simulate.truth import Truth
from liveattr.simulate.world import Interventions, World

__all__ = [
    "PRESETS",
    "Interventions",
    "Parameters",
    "Story",
    "Subject",
    "Truth",
    "World",
    "WorldSummary",
    "describe_parameters",
    "live_through",
    "make_world",
    "orders_without",
    "simulate",
]
