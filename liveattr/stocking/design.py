"""What is known of each SKU at the end of a past step: its base ahead, and the columns that correct it.

A past origin sees exactly what the forecast will see: only steps before it, and the plan ahead of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liveattr.stocking.columns import Event
from liveattr.stocking.effects import (
    FEWEST,
    HALF_WINDOW,
    Groups,
    centred_level,
    dispersion,
    own_ratios,
)
from liveattr.stocking.panel import Panel

__all__ = ["Lens", "View", "view_at", "windows_within"]

READ = 728
"""[steps] The own pattern of a SKU is read from so many at most."""
HALF_LIFE = {7: 21.0, 1: 8.0}
"""[steps] Weight of a past step in the level."""
WINDOWS = {7: (7, 14, 28, 56, 112), 1: (2, 4, 8, 16, 32)}
"""[steps] Windows whose levels may stand beside the weighted one."""
YEAR, AROUND, BEFORE = 364, 7, 42
"""[days] A year ago, so many days around, and the days before that it is compared with."""
LARGEST = 1.0
MOST_ON = 0.8
"""A covariate above zero more often than this has no own effect: it is no event."""


@dataclass(frozen=True)
class Lens:
    """What all views share: the panel, its event, the common columns, and their joint factor."""

    panel: Panel
    event: Event
    columns: Mapping[str, np.ndarray]
    factor: np.ndarray
    """SKU × all steps: exp of the common effects."""
    windows: tuple[int, ...]
    """[steps] Whose levels stand beside the weighted one: shorter than what the oldest origin sees."""


@dataclass(frozen=True)
class View:
    """One origin: `base` (SKU × step ahead) and `columns` (SKU × step ahead × column), without missing values."""

    base: np.ndarray
    columns: np.ndarray
    level: np.ndarray


def windows_within(season: int, oldest: int) -> tuple[int, ...]:
    """Return the windows that are told apart from the whole past at an origin after `oldest` steps."""
    return tuple(steps for steps in WINDOWS[season] if 3 * steps <= 2 * oldest)


def view_at(lens: Lens, origin: int, horizon: int) -> View:
    """Return base and columns of the `horizon` steps from step `origin`, from the steps before it."""
    panel = lens.panel
    start = max(origin - READ, 0)
    own, event_ratio = _own_factors(lens, start, origin, origin + horizon)
    seen = panel.units[:, start:origin]
    pattern = lens.factor[:, start:origin] * own[:, : origin - start]
    level, logs, zero = _levels(seen, pattern, lens)
    ahead = own[:, origin - start :]
    common = lens.factor[:, origin : origin + horizon]
    base = level[:, None] * common * ahead
    flag = lens.event.flag[:, origin : origin + horizon]
    columns = [np.ones_like(base), *_spread(logs, zero, horizon)]
    columns += [np.log(ahead), np.log(common), np.log(event_ratio)[:, None] * flag]
    columns += _last_year(lens, origin, horizon)
    columns += [c[:, origin : origin + horizon] for c in lens.columns.values()]
    return View(base, np.stack(columns, axis=2).astype(np.float32), level)


def _own_factors(lens: Lens, start: int, origin: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """SKU × step from `start` to `end`: what a SKU differs by, told by the steps before `origin`; own event ratio."""
    panel = lens.panel
    past = origin - start
    units, common = panel.units[:, start:origin], lens.factor[:, start:origin]
    expected = centred_level(units, common, HALF_WINDOW[panel.season]) * common
    extra = dispersion(units, expected)
    told = np.isfinite(units)
    seen, mean = np.where(told, units, 0.0), np.where(told, expected, 0.0)
    factor = np.ones((len(units), end - start))
    event_ratio = np.ones(len(units))
    for number, groups in enumerate(_groups(lens, start, end)):
        ratio = own_ratios(seen, mean * factor[:, :past], groups, extra)
        factor *= groups.spread(ratio)
        if number == 0 and lens.event.name:
            event_ratio = ratio[:, 0]
    return factor, event_ratio


def _groups(lens: Lens, start: int, end: int) -> list[Groups]:
    """Return groups of steps in the order in which they are told apart: event, weekday, both, covariates, month."""
    panel, flag = lens.panel, lens.event.flag[:, start:end]
    found = [_one(flag)] if lens.event.name else []
    dates = panel.dates[start:end]
    if panel.season == 7:
        weekday = dates.dayofweek.to_numpy().astype(np.int16)
        found.append(Groups(weekday, 7))
        if lens.event.name:
            found.append(Groups(weekday + np.int16(7) * flag, 14))
    for value in panel.known.values():
        on = value[:, start:end] > 0
        if on.mean() < MOST_ON:
            found.append(_one(on))
    if panel.season == 7:
        day, last = dates.day.to_numpy(), dates.days_in_month.to_numpy()
        found.append(Groups(np.where(day <= 3, 0, np.where(last - day <= 1, 1, -1)), 2))
    return found


def _one(on: np.ndarray) -> Groups:
    return Groups(np.where(on, np.int8(0), np.int8(-1)), 1)


def _levels(
    seen: np.ndarray, pattern: np.ndarray, lens: Lens
) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Return the level, logs of the levels of windows over it, and the share of steps without a piece."""
    told = np.isfinite(seen)
    units, mean = np.nan_to_num(seen), np.where(told, pattern, 0.0)
    whole = (units.sum(1) + FEWEST) / (mean.sum(1) + 1.0)
    age = np.arange(seen.shape[1])[::-1]

    def level(weight: np.ndarray) -> np.ndarray:
        return np.asarray((units @ weight + whole) / (mean @ weight + 1.0))

    recent = level(0.5 ** (age / HALF_LIFE[lens.panel.season]))
    windows = [level((age < steps).astype(float)) for steps in lens.windows]
    zero = ((units == 0) & told).sum(1) / np.maximum(told.sum(1), 1)
    return recent, [np.log(one / recent) for one in (*windows, whole)], zero


def _spread(logs: list[np.ndarray], zero: np.ndarray, horizon: int) -> list[np.ndarray]:
    """Columns of the levels, of how far ahead, and of both."""
    shape = (len(zero), horizon)
    far = np.broadcast_to((np.arange(horizon) + 1.0) / horizon, shape)
    wide = [np.broadcast_to(one[:, None], shape) for one in (*logs, zero)]
    first, last, empty = wide[0], wide[-2], wide[-1]
    return [*wide, far, far * first, far * last, empty * first]


def _last_year(lens: Lens, origin: int, horizon: int) -> list[np.ndarray]:
    """Log of the level a year ago over that of the weeks before it, of the SKU and of all; 0 where not known."""
    panel = lens.panel
    shape, then = (len(panel.skus), horizon), origin - YEAR
    if panel.season != 7:
        return []
    if then - BEFORE < 0:
        return [np.zeros(shape)] * 2
    seen = panel.units[:, :origin]
    told = np.isfinite(seen)
    top = np.cumsum(np.pad(np.nan_to_num(seen), ((0, 0), (1, 0))), axis=1)
    below = np.cumsum(
        np.pad(np.where(told, lens.factor[:, :origin], 0.0), ((0, 0), (1, 0))), axis=1
    )
    step = np.arange(origin, origin + horizon) - YEAR
    low = np.clip(step - AROUND, 0, origin)
    high = np.clip(step + AROUND + 1, 0, origin)
    usual = (top[:, -1] + FEWEST) / (below[:, -1] + 1.0)
    trust = 1.0 / np.maximum(usual, FEWEST)
    before = top[:, then] - top[:, then - BEFORE] + 1.0
    before /= below[:, then] - below[:, then - BEFORE] + trust
    weak = 8.0 / np.maximum(before, 1.0)
    around = top[:, high] - top[:, low] + (weak * before)[:, None]
    around /= below[:, high] - below[:, low] + weak[:, None]
    own = np.log(around / before[:, None])
    every = np.average(own, axis=0, weights=np.minimum(usual, 50.0))
    return [
        np.clip(own, -LARGEST, LARGEST),
        np.broadcast_to(np.clip(every, -LARGEST, LARGEST), shape),
    ]
