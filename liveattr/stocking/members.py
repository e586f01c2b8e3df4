"""The global model: fitted on past origins of some SKUs, then told of every SKU, with its own past misses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from liveattr.stocking.columns import Event, common_columns, main_event
from liveattr.stocking.design import Lens, View, view_at, windows_within
from liveattr.stocking.effects import HALF_WINDOW, centred_level, common_effects, log_common
from liveattr.stocking.glm import fit_ratio, foretold_ratio
from liveattr.stocking.kinds import Effects, kind_effects, log_kinds
from liveattr.stocking.panel import Panel, rows_of

__all__ = [
    "Fitted",
    "Told",
    "evenly",
    "fit_global",
    "flat",
    "lens_of",
    "origins_of",
    "tell",
    "units_after",
]

ORIGINS = 32
HELD = 3
"""The newest origins, by which the model is compared with the recent past before it is fitted on them too."""
GAP = {7: 14, 1: 1}
"""[steps] Between two origins; half of it where the past is shorter than a year."""
FIRST = {7: 42, 1: 12}
"""[steps] Seen before the first origin."""
MOST_SERIES = 400
"""The model is fitted on so many SKUs at most, evenly taken from those sorted by what they sell."""
MOST_ROWS = 100_000
"""Rows (SKU × origin × step) that the coefficients are fitted on, evenly taken."""
FEWEST_ROWS = 50
FEWEST_SEEN, FEWEST_SOLD = 7, 3
"""Steps in which it could be bought, and in which it was, before an origin."""
RIDGE, PRIOR_ROWS = 1e-3, 50.0
"""Pull of the coefficients to none: a share of the rows, and as many rows: few SKUs and days do not bear 30 columns."""
KIND_ROUNDS = 3
AT_ONCE = 2000
"""SKUs told together: bounds the memory."""


@dataclass(frozen=True)
class Fitted:
    """The global model, without any SKU's own past."""

    event: str | None
    common: dict[str, float]
    """Column → log effect on all SKUs."""
    kinds: dict[str, dict[str, float]]
    """Text covariate → label → log effect."""
    beta: np.ndarray
    """Of the columns of a view."""
    beta_before: np.ndarray | None
    """The same, fitted without the newest origins; None if there are too few."""
    windows: tuple[int, ...]
    """Of the levels in a view."""
    horizon: int


@dataclass(frozen=True)
class Told:
    """What the model tells of SKUs: means of past origins (origin × SKU × step) beside what came, and ahead."""

    origins: list[int]
    past_mean: np.ndarray
    past_units: np.ndarray
    held_mean: np.ndarray | None
    """Means of the newest origins by the model that did not see them."""
    mean: np.ndarray
    view: View
    """What is known of the steps ahead."""
    calm: np.ndarray
    """Mean ahead if no event were planned."""
    factor: np.ndarray
    """What all SKUs have in common ahead, by which a SKU without a past is told."""
    calm_factor: np.ndarray
    flag: np.ndarray
    """Where the main event is on ahead."""


def fit_global(panel: Panel, horizon: int, hold: bool = True) -> Fitted | None:
    """Fit the global model, with `hold` also without the newest origins; None if the past is too short for one."""
    origins = origins_of(panel, horizon)
    if not origins:
        return None
    some = rows_of(panel, evenly(panel, MOST_SERIES))
    event = main_event(some)
    columns = common_columns(some, event)
    windows = windows_within(panel.season, origins[-1])
    effects, kinds = _effects(some, event, columns)
    lens = _lens(some, event, effects, kinds, windows)
    views = [view_at(lens, origin, horizon) for origin in origins]
    units = np.stack([units_after(some, origin, horizon) for origin in origins])
    if np.isfinite(units).sum() < FEWEST_ROWS:
        return None
    base = np.stack([view.base for view in views])
    columns_of = np.stack([view.columns for view in views])
    beta = _fit(columns_of, base, units)
    early = hold and np.isfinite(units[HELD:]).sum() >= FEWEST_ROWS
    before = _fit(columns_of[HELD:], base[HELD:], units[HELD:]) if early else None
    return Fitted(event.name, effects, kinds, beta, before, windows, horizon)


def _fit(columns: np.ndarray, base: np.ndarray, units: np.ndarray) -> np.ndarray:
    told = np.flatnonzero(np.isfinite(units).ravel())
    if len(told) > MOST_ROWS:
        told = told[np.linspace(0, len(told) - 1, MOST_ROWS).astype(int)]
    level, ratio = base.ravel()[told], units.ravel()[told] / base.ravel()[told]
    weight = level / (1.0 + 0.1 * level)
    matrix = columns.reshape(-1, columns.shape[-1])[told]
    return fit_ratio(matrix, ratio, weight / weight.mean(), RIDGE + PRIOR_ROWS / len(told))


def tell(panel: Panel, fitted: Fitted, horizon: int) -> Told:
    """Tell means of past origins and ahead by a fitted model, of any SKUs with the same columns."""
    event = main_event(panel, fitted.event)
    lens = lens_of(panel, event, fitted)
    origins = origins_of(panel, horizon)
    views = [view_at(lens, origin, horizon) for origin in origins]
    units = np.stack([units_after(panel, origin, horizon) for origin in origins])
    mean = np.stack([view.base * foretold_ratio(view.columns, fitted.beta) for view in views])
    held = None
    if fitted.beta_before is not None:
        newest = views[:HELD]
        held = np.stack([v.base * foretold_ratio(v.columns, fitted.beta_before) for v in newest])
    now = view_at(lens, panel.past, horizon)
    ahead = now.base * foretold_ratio(now.columns, fitted.beta)
    factor = lens.factor[:, panel.past :]
    calm = _calm(lens, fitted, horizon) or (ahead, factor)
    flag = event.flag[:, panel.past :]
    return Told(origins, mean, units, held, ahead, now, calm[0], factor, calm[1], flag)


def _calm(lens: Lens, fitted: Fitted, horizon: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Mean and common factor ahead as if the main event were never on; None if none is planned."""
    past = lens.panel.past
    if lens.event.name is None or not lens.event.value[:, past:].any():
        return None
    known = {k: v.copy() if k == lens.event.name else v for k, v in lens.panel.known.items()}
    known[lens.event.name][:, past:] = 0.0
    value = lens.event.value.copy()
    value[:, past:] = 0.0
    event = Event(lens.event.name, value)
    calm = replace(rows_of(lens.panel, None, known), kinds=_silent(lens.panel))
    quiet = lens_of(calm, event, fitted)
    view = view_at(quiet, past, horizon)
    mean = np.asarray(view.base * foretold_ratio(view.columns, fitted.beta))
    return mean, quiet.factor[:, past:]


def _silent(panel: Panel) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Text covariates without a label ahead."""
    silent = {}
    for name, (labels, codes) in panel.kinds.items():
        quiet = codes.copy()
        quiet[:, panel.past :] = -1
        silent[name] = (labels, quiet)
    return silent


def _effects(
    panel: Panel, event: Event, columns: dict[str, np.ndarray]
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Return common effects, and those of the kinds of an event, each fitted beside the other in turn."""
    effects = common_effects(panel.units, columns, panel.season)
    kinds: dict[str, dict[str, float]] = {}
    for _ in range(KIND_ROUNDS if panel.kinds else 0):
        common = _lens(panel, event, effects, kinds, ()).factor[:, : panel.past]
        expected = centred_level(panel.units, common, HALF_WINDOW[panel.season]) * common
        kinds = kind_effects(panel, expected, kinds)
        known = np.broadcast_to(log_kinds(panel, kinds), (len(panel.skus), len(panel.dates)))[
            :, : panel.past
        ]
        effects = common_effects(panel.units, columns, panel.season, known)
    return effects, kinds


def lens_of(panel: Panel, event: Event, fitted: Fitted) -> Lens:
    """Return the lens of a fitted model on a panel."""
    return _lens(panel, event, fitted.common, fitted.kinds, fitted.windows)


def _lens(
    panel: Panel,
    event: Event,
    effects: dict[str, float],
    kinds: Effects,
    windows: tuple[int, ...],
) -> Lens:
    columns = common_columns(panel, event)
    shape = (len(panel.skus), len(panel.dates))
    total = log_common(columns, effects, shape[1]) + log_kinds(panel, kinds)
    factor = np.exp(np.broadcast_to(total, shape))
    return Lens(panel, event, columns, factor, windows)


def flat(cube: np.ndarray) -> np.ndarray:
    """Return origin × SKU × step as SKU × past step."""
    return np.moveaxis(cube, 1, 0).reshape(cube.shape[1], -1)


def evenly(panel: Panel, most: int) -> np.ndarray:
    """Return rows of at most so many SKUs, evenly taken from those sorted by what they sell."""
    sold = np.nansum(panel.units, axis=1)
    order = np.argsort(sold, kind="stable")
    if len(order) <= most:
        return np.sort(order)
    return np.sort(order[np.linspace(0, len(order) - 1, most).astype(int)])


def units_after(panel: Panel, origin: int, horizon: int) -> np.ndarray:
    """Return units after an origin; missing where too little was seen or sold before it to tell a level.

    Without the latter, SKUs that are there only because they sold later would teach that nothing sold means much.
    """
    before = panel.units[:, :origin]
    seen = np.isfinite(before[:, -112:]).sum(1) >= FEWEST_SEEN
    sold = (np.nan_to_num(before) > 0).sum(1) >= FEWEST_SOLD
    return np.where((seen & sold)[:, None], panel.units[:, origin : origin + horizon], np.nan)


def origins_of(panel: Panel, horizon: int) -> list[int]:
    """Return the past origins, the newest first."""
    gap = GAP[panel.season] if panel.past > 364 or panel.season == 1 else GAP[panel.season] // 2
    last = panel.past - horizon
    return list(range(last, FIRST[panel.season] - 1, -gap))[:ORIGINS]
