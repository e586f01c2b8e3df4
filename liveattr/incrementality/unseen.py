"""Viewers whom the platform does not show: how many they are, and what they do to the comparison."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.incrementality.panel import PersonDays
from liveattr.incrementality.proxies import watched

__all__ = ["seen_shares", "unseen_odds"]

Floats = NDArray[np.float64]
Cells = NDArray[np.float32]

FEW_CAUGHT = 30
"""[people × broadcasts] With fewer who came from a room into the mall, all viewers are taken as seen."""
LEAST_SEEN = 0.2
"""Share of viewers; a platform that shows fewer is not corrected any further."""
_PRIOR_DAYS = 10
"""[days on air] A person's share of watched days leans on that of all with this weight."""
_DAYS_BACK = 7


def seen_shares(panel: PersonDays, draws: int, rng: np.random.Generator) -> Floats:
    """Draw the share of viewers whom the platform shows, shape (draws, rooms).

    Notes
    -----
    Capture and recapture: of people who came from a broadcast into the mall it is known without the
    platform that they watched. Assumes that they are shown as often as others.
    """
    found = np.ones((draws, len(panel.rooms)))
    for row, room in enumerate(panel.rooms):
        came, seen = panel.caught[room]
        if came >= FEW_CAUGHT:
            drawn = rng.beta(seen + 0.5, came - seen + 0.5, size=draws)
            found[:, row] = drawn.clip(min=LEAST_SEEN)
    return found


def unseen_odds(panel: PersonDays, effect: Floats, keeps: Floats, shares: Floats) -> Cells:
    """Return what unseen watching adds to the log-odds of ordering, shape (days, people).

    Parameters
    ----------
    panel
        Linked people day by day.
    effect, keeps, shares
        Shape (rooms,): log-odds of watching on the day, share left next day, share of viewers seen.

    Notes
    -----
    Who is not seen on a day on air may have watched with chance q = p(1 - c)/(c(1 - p)), where p is how
    often he is seen on other days on air and c the share of viewers seen. Without it, those who are not
    seen would look as if the room did less for its viewers.
    """
    found = np.zeros((panel.days, panel.people), dtype=np.float32)
    for row in range(len(panel.rooms)):
        chance = _unseen(panel, row, float(shares[row]))
        for back in range(min(_DAYS_BACK, panel.days)):
            odds = np.expm1(effect[row] * keeps[row] ** back)
            found[back:] += np.log1p(np.float32(odds) * chance[: panel.days - back])
    return found


def _unseen(panel: PersonDays, room: int, share: float) -> Cells:
    """Return the chance that a person watched a room unseen, shape (days, people)."""
    seen, held = watched(panel, room), panel.on_air[room].astype(np.float32)[:, None]
    usual = seen.sum() / max(held.sum() * panel.people, 1)
    others = seen.sum(0) - seen + _PRIOR_DAYS * usual
    p = np.minimum(others / (held.sum() - 1 + _PRIOR_DAYS), 0.9)
    q = np.minimum(p * (1 - share) / (share * (1 - p)), 0.9)
    return np.asarray(q * held * (1 - seen), dtype=np.float32)
