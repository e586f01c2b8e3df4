"""What all SKUs have in common, laid over the past: the level it leaves to each SKU, and how far they stray from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from liveattr.stocking.classes import NEW_BELOW
from liveattr.stocking.columns import main_event
from liveattr.stocking.members import AT_ONCE, Fitted, lens_of
from liveattr.stocking.panel import Panel, rows_of

__all__ = ["Exposure", "exposure_of"]

MOST = 10.0
OF_EVENT = 0.1
"""Weight of steps with the event in the level that strays are told from; above 0, as some SKUs sell then only."""


@dataclass(frozen=True)
class Exposure:
    """The common factor (weekday, show, host, promotion) over the past."""

    total: np.ndarray
    """By SKU, summed over the steps in which it could be bought; units over it are a level that plans do not blur."""
    stray: dict[int, np.ndarray]
    """Length of a window (0: single steps) → a of var = m + a m², of SKUs with a past around level × factor.

    Of single steps two numbers: without the main event, and with it. Of sums one.
    """


def exposure_of(panel: Panel, fitted: Fitted | None, lengths: Iterable[int]) -> Exposure:
    """Return the exposure of every SKU, and how far sums over windows of these lengths stray; 0: single steps.

    Without a model the factor is 1.
    """
    stray = {n: np.zeros((2, 2 if n == 0 else 1)) for n in lengths}
    total = np.empty(len(panel.skus))
    for rows in np.array_split(np.arange(len(total)), -(-len(total) // AT_ONCE)):
        some = rows_of(panel, rows)
        factor, flag = _factor(some, fitted)
        seen = np.isfinite(some.units)
        exposed, units = np.where(seen, factor, 0.0), np.nan_to_num(some.units)
        total[rows] = exposed.sum(1)
        old = seen.sum(1) >= NEW_BELOW
        mean = _calm_level(units[old], exposed[old], flag[old])[:, None] * exposed[old]
        for length, sums in stray.items():
            sums += _moments(units[old], mean, length, flag[old])
    found = {n: np.clip(s[0] / np.maximum(s[1], 1e-9), 0.0, MOST) for n, s in stray.items()}
    return Exposure(total, found)


def _factor(panel: Panel, fitted: Fitted | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the factor of past steps, and where the main event was on."""
    if fitted is None:
        return np.ones(panel.units.shape), np.zeros(panel.units.shape, bool)
    event = main_event(panel, fitted.event)
    past = slice(0, panel.past)
    return lens_of(panel, event, fitted).factor[:, past], event.flag[:, past]


def _calm_level(units: np.ndarray, exposed: np.ndarray, flag: np.ndarray) -> np.ndarray:
    """Return levels by SKU as the steps without the event tell them, as most own steps of a new SKU are.

    Else what an event brings to each SKU would be half in its level, and SKUs would seem alike in it.
    """
    part = np.where(flag, OF_EVENT, 1.0)
    return np.asarray((units * part).sum(1) / np.maximum((exposed * part).sum(1), 1e-9))


def _moments(units: np.ndarray, mean: np.ndarray, length: int, flag: np.ndarray) -> np.ndarray:
    """Return sums of (u - m)² - m, and of m²: of single steps without and with the event, else of windows."""
    if length:
        ends = slice(length - 1, None, length)
        units, mean = (np.cumsum(one, axis=1)[:, ends] for one in (units, mean))
        units, mean = (np.diff(one, axis=1, prepend=0.0) for one in (units, mean))
        return np.array([[((units - mean) ** 2 - mean).sum()], [(mean**2).sum()]])
    excess, square = (units - mean) ** 2 - mean, mean**2
    return np.array([[one[~flag].sum(), one[flag].sum()] for one in (excess, square)])
