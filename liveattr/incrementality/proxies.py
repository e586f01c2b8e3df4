"""What the past of a person tells of what he wants today: his orders, visits and watching so far.

All of it is of earlier days. What happens on the day itself may already be an effect of the broadcast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.incrementality.clock import clock_columns, supply_clock
from liveattr.incrementality.panel import VISITS, PersonDays

__all__ = ["early_visits", "habit_columns", "ordered", "visit_columns", "watched"]

Cells = NDArray[np.float32]

MOOD_KEEPS = 0.85
"""Share of a mood that is left next day: a visit says less the longer ago it was."""
SHORT_KEEPS = 0.5
_SHARE, _DAYS = 0.06, 1.0
"""Where hardly anything is known yet, a room is taken to be watched so often, with the weight of a day."""


def ordered(panel: PersonDays) -> Cells:
    """Return who ordered on which day, shape (days, people)."""
    return _marks(panel, panel.order_person, panel.order_day)


def watched(panel: PersonDays, room: int) -> Cells:
    """Return who was seen watching a room on which day, shape (days, people)."""
    mine = panel.seen_room == room
    return _marks(panel, panel.seen_person[mine], panel.seen_day[mine])


def early_visits(panel: PersonDays) -> Cells:
    """Return who searched or opened the shelf before anything went on air that day.

    No broadcast of the day can have caused it: who will watch tonight and came by himself this morning
    wanted something anyway.
    """
    mine = (panel.visit_kind > 0) & (panel.visit_early > 0)
    return _marks(panel, panel.visit_person[mine], panel.visit_day[mine])


def habit_columns(panel: PersonDays) -> dict[str, Cells]:
    """Return supplies, orders so far and watching so far: columns for any model of a person's day."""
    clock = supply_clock(
        panel.days, panel.people, panel.order_person, panel.order_day, panel.order_qty
    )
    found = clock_columns(*clock)
    found["orders"] = np.log1p(_so_far(ordered(panel)))
    for row, room in enumerate(panel.rooms):
        seen, held = watched(panel, row), panel.on_air[row].astype(np.float32)
        past = _so_far(seen)
        share = (past + _SHARE * _DAYS) / (_so_far(held[:, None]) + _DAYS)
        found[f"share {room}"] = np.log(share)
        found[f"never {room}"] = (past == 0).astype(np.float32)
        found[f"lately {room}"] = _lately(seen, MOOD_KEEPS)
    return found


def visit_columns(panel: PersonDays) -> dict[str, Cells]:
    """Return own visits so far: lately, these days, and over all the time."""
    found = {}
    number = np.arange(panel.days, dtype=np.float32)[:, None]
    for kind, name in enumerate(VISITS):
        mine = panel.visit_kind == kind
        came = _marks(panel, panel.visit_person[mine], panel.visit_day[mine])
        found[f"{name} lately"] = _lately(came, MOOD_KEEPS)
        if name != "direct":
            found[f"{name} root"] = np.sqrt(found[f"{name} lately"])
            found[f"{name} these days"] = _lately(came, SHORT_KEEPS)
            found[f"{name} rate"] = np.log((_so_far(came) + 0.3) / (number + 10))
    return found


def _marks(panel: PersonDays, person: NDArray[np.int64], day: NDArray[np.int64]) -> Cells:
    found = np.zeros((panel.days, panel.people), dtype=np.float32)
    found[day, person] = 1
    return found


def _so_far(cells: Cells) -> Cells:
    """Return the sum over earlier days."""
    return np.asarray(np.cumsum(cells, axis=0, dtype=np.float32) - cells)


def _lately(cells: Cells, keeps: float) -> Cells:
    """Return the memory of earlier days, in which each day keeps a share of the day before."""
    found = np.zeros_like(cells)
    for day in range(1, len(cells)):
        found[day] = np.float32(keeps) * found[day - 1] + cells[day - 1]
    return found
