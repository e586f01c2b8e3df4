"""What is known of a SKU at the end of a past step, and of the steps ahead: the columns of the global model.

A past origin sees exactly what the forecast will see: only steps before it, and the calendar ahead of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liveattr.stocking.panel import Panel

__all__ = ["View", "event_flag", "view_at"]

WINDOW = 112
"""Steps that the own pattern of a SKU is read from."""
HALF_LIFE = 28.0
PRIOR_STEPS, PRIOR_UNITS = 1.0, 8.0
"""The pool counts as much as one own step plus as many steps as bring 8 pieces."""
FIRST = ("promo", "live_show", "live_minutes")
"""Covariates that may be the event by which a SKU has an own pattern; the first that is there."""
FEWEST = 0.02
"""[pieces a step] A level is not told below."""


@dataclass(frozen=True)
class View:
    """One origin: base (SKU × step ahead), columns (SKU × step ahead × column), and the base without events."""

    base: np.ndarray
    columns: np.ndarray
    calm_base: np.ndarray
    calm_columns: np.ndarray
    level: np.ndarray


def event_flag(panel: Panel) -> tuple[str | None, np.ndarray]:
    """The main event and where it is on: above half the mean of its positive values."""
    shape = (len(panel.skus), len(panel.dates))
    for name in (*FIRST, *panel.known):
        value = panel.known.get(name)
        if value is not None and (value > 0).any() and name not in ("holiday", "price_ratio"):
            return name, (value > 0.5 * value[value > 0].mean()).astype(np.int8)
    return None, np.zeros(shape, np.int8)


def view_at(panel: Panel, origin: int, horizon: int, flag: np.ndarray, event: str | None) -> View:
    """Base and columns for the `horizon` steps from step `origin`, from the steps before it."""
    start = max(origin - WINDOW, 0)
    seen = panel.units[:, start:origin]
    day = np.arange(start, origin) % panel.season
    level = _level(seen)
    factor = _factors(seen, level, day, flag[:, start:origin], panel.season)
    rows = np.arange(len(seen))[:, None]
    expected = factor[rows, day[None, :], flag[:, start:origin]]
    level = _ratio(seen, expected, HALF_LIFE, level)
    ahead = np.arange(origin, origin + horizon)
    here = factor[rows, (ahead % panel.season)[None, :], flag[:, ahead]]
    calm = factor[rows, (ahead % panel.season)[None, :], np.zeros_like(flag[:, ahead])]
    own = _own(seen, expected, level)
    args = (panel, ahead, own, origin, horizon)
    return View(
        level[:, None] * here,
        _columns(*args, here, flag[:, ahead], None),
        level[:, None] * calm,
        _columns(*args, calm, np.zeros_like(flag[:, ahead]), event),
        level,
    )


def _level(seen: np.ndarray) -> np.ndarray:
    count = np.isfinite(seen).sum(1)
    return np.maximum(np.nansum(seen, 1) / np.maximum(count, 1), FEWEST)


def _factors(
    seen: np.ndarray, level: np.ndarray, day: np.ndarray, flag: np.ndarray, season: int
) -> np.ndarray:
    """SKU × weekday × event: own mean over the level, shrunk to that of the pool."""
    result = np.ones((len(seen), season, 2))
    ratio = seen / level[:, None]
    weight = np.minimum(level, 1.0)[:, None]
    for weekday in range(season):
        cut, on = ratio[:, day == weekday], flag[:, day == weekday]
        for event in (0, 1):
            told = (on == event) & np.isfinite(cut)
            total, count = np.where(told, cut, 0.0).sum(1), told.sum(1)
            every = (told * weight).sum()
            pool = (np.where(told, cut, 0.0) * weight).sum() / every if every > 3 else 1.0
            prior = PRIOR_STEPS + PRIOR_UNITS / level
            result[:, weekday, event] = (total + prior * pool) / (count + prior)
    return np.maximum(result, 0.02)


def _ratio(
    seen: np.ndarray, expected: np.ndarray, half_life: float, otherwise: np.ndarray
) -> np.ndarray:
    """Weighted units over weighted pattern: the level as if every step were an average one."""
    age = np.arange(seen.shape[1])[::-1]
    weight = np.where(np.isfinite(seen), 0.5 ** (age / half_life), 0.0)
    top = (np.nan_to_num(seen) * weight).sum(1) + otherwise * 1.0
    return np.maximum(top / ((expected * weight).sum(1) + 1.0), FEWEST)


def _own(seen: np.ndarray, expected: np.ndarray, level: np.ndarray) -> list[np.ndarray]:
    """Log of the level of shorter and longer windows over the level, and the share of steps without a piece."""
    logs = []
    for steps in (7, 28, WINDOW):
        cut, mean = seen[:, -steps:], expected[:, -steps:]
        told = np.isfinite(cut)
        top = np.nan_to_num(cut).sum(1) + 2.0 * level + 1.0
        logs.append(np.log(top / (np.where(told, mean, 0.0).sum(1) * level + 2.0 * level + 1.0)))
    told = np.isfinite(seen)
    zero = ((seen == 0) & told).sum(1) / np.maximum(told.sum(1), 1)
    return [*logs, zero]


def _columns(
    panel: Panel,
    ahead: np.ndarray,
    own: list,
    origin: int,
    horizon: int,
    here: np.ndarray,
    flag: np.ndarray,
    calm: str | None,
) -> np.ndarray:
    shape = here.shape
    zero = own[-1][:, None]
    far = np.broadcast_to((ahead - origin)[None, :] / max(horizon, 2), shape)
    made = [
        np.ones(shape),
        np.log(here),
        np.log(here) * zero,
        np.broadcast_to(zero, shape),
        far,
        flag,
        flag * zero,
    ]
    for value in own[:-1]:
        made += [
            np.broadcast_to(value[:, None], shape),
            value[:, None] * far,
            value[:, None] * zero,
        ]
    if panel.season > 1:
        made += [np.broadcast_to((ahead % 7 == d)[None, :], shape) for d in range(6)]
        made += [np.broadcast_to(m[None, :], shape) for m in _month(panel, ahead)]
    for name, value in panel.known.items():
        made += _covariate(
            value, ahead, blank=calm is not None and name not in ("holiday", "price_ratio")
        )
    made.append(_last_year(panel, origin, ahead))
    return np.stack([np.broadcast_to(np.asarray(m, np.float64), shape) for m in made], axis=2)


def _month(panel: Panel, ahead: np.ndarray) -> list[np.ndarray]:
    day = panel.dates[ahead].day.to_numpy()
    return [day <= 4, day >= 28, (day >= 14) & (day <= 17)]


def _covariate(value: np.ndarray, ahead: np.ndarray, blank: bool) -> list[np.ndarray]:
    """The covariate, the step before and the step after, on a log scale where 1 is its usual size."""
    positive = value[value > 0]
    size = positive.mean() if len(positive) else 1.0
    last = value.shape[1] - 1
    cuts = [value[:, np.clip(ahead + shift, 0, last)] for shift in (0, -1, 1)]
    return [np.zeros(c.shape) if blank else np.log1p(np.maximum(c, 0.0) / size) for c in cuts]


def _last_year(panel: Panel, origin: int, ahead: np.ndarray) -> np.ndarray:
    """Log of the pool's units around the same step of last year over those before it; 0 where unknown."""
    year = 364 if panel.season > 1 else 12
    before = origin - year
    result = np.zeros((len(panel.skus), len(ahead)))
    if before < 28 or panel.season == 1:
        return result
    past = panel.units[:, before - 28 : before]
    base = np.nansum(past, 1) / np.maximum(np.isfinite(past).sum(1), 1)
    for position, step in enumerate(ahead - year):
        near = panel.units[:, max(step - 7, 0) : step + 7]
        mean = np.nansum(near, 1) / np.maximum(np.isfinite(near).sum(1), 1)
        result[:, position] = np.log((mean + 0.2 * base + 0.5) / (1.2 * base + 0.5))
    return np.clip(result, -1.0, 1.0)
