"""How much of the global model and how much of the recent past, by class of demand, and how wide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liveattr.stocking.empirical import recent_quantiles, recent_totals
from liveattr.stocking.members import HELD, Told, flat
from liveattr.stocking.panel import Panel
from liveattr.stocking.residuals import step_quantiles
from liveattr.stocking.totals import past_sums, sum_quantiles

__all__ = ["Mix", "choose_mix", "widened"]

WEIGHTS = (1.0, 0.75, 0.5, 0.25, 0.0)
"""Of the global model."""
FEWEST = 40
"""Past values of a class by which its weight is chosen; else the weight of all."""
UNTRIED = (0.5, 1.0)
"""Where the past has too few origins to try the model: half of each."""
WORTH = 0.9
"""The whole model stays unless a mix lost a tenth less at the newest origins: three origins are few."""
LEAST_COVERAGE, WANTED = 0.85, 0.9
WIDER = np.arange(1.0, 3.01, 0.1)
ENDS = np.array([0.05, 0.95])


@dataclass(frozen=True)
class Mix:
    """By class of demand: weight of the global model, and factor of the distance from the median."""

    weight: dict[str, float]
    wider: dict[str, float]
    otherwise: tuple[float, float] = (1.0, 1.0)

    def of(self, name: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return weight and factor of SKUs of these classes."""
        weight = [self.weight.get(one, self.otherwise[0]) for one in name]
        wider = [self.wider.get(one, self.otherwise[1]) for one in name]
        return np.array(weight, float), np.array(wider, float)


def choose_mix(
    panel: Panel, told: Told, name: np.ndarray, levels: np.ndarray, steps: int | None
) -> Mix:
    """Choose by the newest past origins, whose steps neither the coefficients nor the spread have seen.

    `steps`: of the sums that are told; None: single steps. Weight: least pinball over the mean absolute step-to-step
    difference, if that is a tenth less than of the whole model. Factor: above 1 only where the 90 % interval held less
    than 85 % of what came.
    """
    if told.held_mean is None or len(told.origins) <= HELD:
        return Mix({}, {}, UNTRIED)
    wanted = np.unique(np.concatenate([levels, ENDS, [0.5]]))
    units, model, recent = _held(panel, told, wanted, steps)
    moves = np.abs(np.diff(panel.units, axis=1))
    own = np.nansum(moves, 1) / np.maximum(np.isfinite(moves).sum(1), 1)
    scale = np.maximum(own, 1e-3)[:, None]
    losses = [_pinball(units, w * model + (1.0 - w) * recent, wanted) / scale for w in WEIGHTS]
    every = _best(losses, np.ones(len(name), bool))
    weight, wider = {}, {}
    for one in np.unique(name):
        rows = name == one
        enough = np.isfinite(units[rows]).sum() >= FEWEST
        weight[one] = _best(losses, rows) if enough else every
        mixed = weight[one] * model[rows] + (1.0 - weight[one]) * recent[rows]
        wider[one] = _factor(units[rows], mixed, wanted) if enough else 1.0
    return Mix(weight, wider, (every, 1.0))


def _held(
    panel: Panel, told: Told, levels: np.ndarray, steps: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what came at the held origins (SKU × value), and both members' quantiles (with levels)."""
    units, model, recent = [], [], []
    old_mean, old_units = told.past_mean[HELD:], told.past_units[HELD:]
    for which, origin in enumerate(told.origins[:HELD]):
        came, mean = told.past_units[which], told.held_mean[which]  # type: ignore[index]
        seen = panel.units[:, :origin]
        if steps is None:
            units.append(came)
            model.append(step_quantiles(mean, flat(old_units), flat(old_mean), levels))
            last = recent_quantiles(seen, panel.season, levels)
            recent.append(np.broadcast_to(last[:, None, :], model[-1].shape))
            continue
        top, below = past_sums(came[None], mean[None], steps)
        known = np.isfinite(came[:, :steps]).mean(1)[:, None]
        units.append(top)
        model.append(sum_quantiles(below[:, 0], old_units, old_mean, steps, levels)[:, None])
        recent.append((recent_totals(seen, steps, panel.season, levels) * known)[:, None])
    return np.concatenate(units, 1), np.concatenate(model, 1), np.concatenate(recent, 1)


def _pinball(units: np.ndarray, quantile: np.ndarray, levels: np.ndarray) -> np.ndarray:
    miss = units[:, :, None] - quantile
    return np.asarray(np.maximum(levels * miss, (levels - 1.0) * miss).mean(2))


def _best(losses: list[np.ndarray], rows: np.ndarray) -> float:
    total = [float(np.nansum(loss[rows])) for loss in losses]
    best = int(np.argmin(total))
    return WEIGHTS[best] if total[best] < WORTH * total[0] else WEIGHTS[0]


def _factor(units: np.ndarray, quantile: np.ndarray, levels: np.ndarray) -> float:
    """Return the least factor by which the 90 % interval holds enough of what came; 1 where it does already."""
    told = np.isfinite(units)
    low, middle, high = (quantile[:, :, np.searchsorted(levels, at)] for at in (0.05, 0.5, 0.95))

    def held(factor: float) -> float:
        inside = (units >= middle - factor * (middle - low)) & (
            units <= middle + factor * (high - middle)
        )
        return float(inside[told].mean())

    if held(1.0) >= LEAST_COVERAGE:
        return 1.0
    return next((float(f) for f in WIDER if held(f) >= WANTED), float(WIDER[-1]))


def widened(quantile: np.ndarray, levels: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Return quantiles (SKU × … × level) further from their median by a factor by SKU, never below 0."""
    if (factor == 1.0).all():
        return quantile
    place = np.clip(np.searchsorted(levels, 0.5), 0, len(levels) - 1)
    middle = quantile[..., place : place + 1]
    scale = factor.reshape(-1, *[1] * (quantile.ndim - 1))
    return np.asarray(np.maximum(middle + scale * (quantile - middle), 0.0))
