"""What the broadcasts of each room bring, from the days on which they are off air.

The paid orders of all the brand's shops, day by day, against the memory of each room's broadcasts. A
room that is sometimes off air can be told from the level of demand; one that is on air every day cannot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.incrementality.memory import memory_of
from liveattr.incrementality.walk import Walk, fit_walk

__all__ = ["FEW_DAYS", "MODEL_ERROR", "RoomSeries", "room_series"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEW_DAYS = 42
"""[days] A shorter series is not enough."""
FEW_CONTRAST = 4
"""[days] On air, and also off air: fewer do not tell a room from chance."""
UNKNOWN_DAYS = 14
"""[days] At the begin of the data: what they remember was on air before, and nobody knows it. Where the
shop's life begins with them, all memories grow together, and rooms get what is of other channels."""
OFTEN = 0.25
"""A room that is on air on more of the days is a daily room; else its broadcasts are shows."""
KEEPS = {"daily": (0.3, 0.45, 0.6), "show": (0.15, 0.3, 0.45)}
"""Share of a broadcast's effect that is left next day: the values that are tried. Shows come out lower:
what pushes a wish strongly fades faster in orders than in wishes."""
BEFOREHAND = {"daily": (0.2, 0.6, 0.2), "show": (0.1, 0.8, 0.1)}
"""How likely each of them is beforehand. Days on and off air correct it for daily rooms. Of shows they do
not: what a show brought forward is missing on the next days, and looks like a short memory."""
MODEL_ERROR = 0.07
"""Relative sd of what the model gets wrong beside chance (its shape, stock-outs, purchases brought
forward within days), in the tuning worlds."""


@dataclass(frozen=True)
class RoomSeries:
    """Draws of what one broadcast of each room brings.

    Attributes
    ----------
    rooms
        Rooms that are identified, in the order of the columns.
    orders
        Shape (draws, rooms): orders on the day of a broadcast.
    keeps
        Shape (draws, rooms): share of it that comes again on each next day.
    missing
        Room → reason why it is not identified: no_off_days, few_days, few_broadcasts.
    fit
        The likeliest of the fits, of all but the first `UNKNOWN_DAYS`; None where no room is identified.
    """

    rooms: tuple[str, ...]
    orders: Floats
    keeps: Floats
    missing: Mapping[str, str]
    fit: Walk | None

    def totals(self, room: str, held: Bools) -> Floats:
        """Return draws of what broadcasts of a room brought within the days of the data.

        Parameters
        ----------
        room
            One of `rooms`.
        held
            Shape (days,): the days of these broadcasts, up to the end of the data.
        """
        return np.asarray(self.orders[:, self.rooms.index(room)] * self.days_of(room, held))

    def days_of(self, room: str, held: Bools) -> Floats:
        """Return draws of how many days' worth of memory these broadcasts leave within the data."""
        keeps = self.keeps[:, self.rooms.index(room)]
        left = np.arange(len(held), 0, -1)[held]
        days = (1 - keeps[:, None] ** left) / (1 - keeps[:, None])
        return np.asarray(days.sum(axis=1))


def room_series(
    orders: NDArray[np.int64],
    on_air: Bools,
    rooms: Sequence[str],
    *,
    weekend: Bools,
    festivals: Bools | None = None,
    draws: int = 4000,
    seed: int = 0,
    model_error: float = MODEL_ERROR,
) -> RoomSeries:
    """Tell what broadcasts bring from the days on and off air.

    Parameters
    ----------
    orders
        [orders] Paid orders of all shops, day by day without a gap.
    on_air
        Shape (rooms, days).
    rooms
        Their names.
    weekend, festivals
        Shape (days,): days that differ for everybody; festivals as far as they are known.
    draws, seed
        Number of draws, and what decides them.
    model_error
        Relative sd of what the model itself gets wrong.

    Returns
    -------
    RoomSeries
        Draws from the mixture over the tried memories, each as often as it is likely.

    Raises
    ------
    ParameterError
        If the shapes do not fit.

    Notes
    -----
    orders(t) = level(t) + weekend + festival + Σ b(room) × memory(room, t) + noise, see `walk`. The
    level wanders, so purchases that were brought forward over weeks are in it: b is near the gross
    effect. Assumes that a room is not put on air because demand is high that day, and that its broadcasts
    are about alike. Wrong where nothing varies (on air every day), where two rooms always go together, and
    where shows lie on unannounced festivals.
    """
    if on_air.shape != (len(rooms), len(orders)):
        raise ParameterError(f"on_air is {on_air.shape}, not {(len(rooms), len(orders))}")
    missing = {
        room: why for room, held in zip(rooms, on_air, strict=True) if (why := _unseen(held))
    }
    kept = [row for row, room in enumerate(rooms) if room not in missing]
    if not kept:
        nothing = np.zeros((draws, 0))
        return RoomSeries((), nothing, nothing, missing, None)
    rng = np.random.default_rng(seed)
    fixed = [np.ones(len(orders)), weekend.astype(float)]
    if festivals is not None and festivals[UNKNOWN_DAYS:].any():
        fixed.append(festivals.astype(float))
    y, held = orders.astype(float), on_air[kept].astype(float)
    scale = float(np.sqrt(max(y.mean(), 1.0)))
    kinds = ["daily" if row.mean() > OFTEN else "show" for row in held]
    tried, fits = _memories(kinds), []
    for keeps in tried:
        x = np.column_stack([*fixed, *memory_of(held, np.array([keeps[kind] for kind in kinds]))])
        fits.append(fit_walk(y[UNKNOWN_DAYS:], x[UNKNOWN_DAYS:], scale=scale))
    which = rng.choice(len(fits), size=draws, p=_chances(tried, fits))
    found = _drawn(fits, which, len(fixed), rng)
    memories = np.array([[keeps[kind] for kind in kinds] for keeps in tried])[which]
    found *= np.exp(model_error * rng.standard_normal(found.shape))
    best = max(fits, key=lambda fit: fit.evidence)
    return RoomSeries(tuple(rooms[row] for row in kept), found, memories, missing, best)


def _unseen(held: Bools) -> str:
    """Say why a room cannot be told from the level of demand; empty where it can."""
    if len(held) < FEW_DAYS:
        return "few_days"
    held = held[UNKNOWN_DAYS:]
    if held.sum() < FEW_CONTRAST:
        return "few_broadcasts"
    return "no_off_days" if (~held).sum() < FEW_CONTRAST else ""


def _memories(kinds: Sequence[str]) -> list[dict[str, float]]:
    """Return what rooms of each kind keep, one choice after the other."""
    there = sorted(set(kinds))
    return [dict(zip(there, keeps, strict=True)) for keeps in product(*(KEEPS[k] for k in there))]


def _chances(tried: Sequence[Mapping[str, float]], fits: Sequence[Walk]) -> Floats:
    """Return how likely each choice of memories is; the data decide among daily rooms' only."""
    evidence = np.array([fit.evidence for fit in fits])
    chance = np.exp(evidence - evidence.max())
    for kind in tried[0]:
        before = dict(zip(KEEPS[kind], BEFOREHAND[kind], strict=True))
        chance *= [before[keeps[kind]] for keeps in tried]
    if "show" in tried[0]:
        for value, share in zip(KEEPS["show"], BEFOREHAND["show"], strict=True):
            mine = np.array([keeps["show"] == value for keeps in tried])
            chance[mine] *= share / chance[mine].sum()
    return np.asarray(chance / chance.sum())


def _drawn(
    fits: Sequence[Walk], which: NDArray[np.int64], fixed: int, rng: np.random.Generator
) -> Floats:
    """Draw rooms' coefficients, each row from the fit that `which` names."""
    rooms = len(fits[0].coef) - fixed
    normal = rng.standard_normal((len(which), rooms))
    found = np.empty_like(normal)
    for number, fit in enumerate(fits):
        mine = which == number
        root = np.linalg.cholesky(fit.covariance[fixed:, fixed:])
        found[mine] = fit.coef[fixed:] + normal[mine] @ root.T
    return found
