"""What one broadcast brought: the days after it against what all other days say of them."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from liveattr.incrementality.baseline_columns import Columns
from liveattr.incrementality.baseline_model import START, DayFit
from liveattr.incrementality.memory import fading

__all__ = ["DRAWS", "SHAPE_ERROR", "left_out", "window_draws"]

Floats = NDArray[np.float64]

DRAWS = 4000
SHAPE_ERROR = 0.05
"""Relative sd of what is wrong with the shape of the memory, beside chance."""
_UNLIKELY = 0.01
"""Memories that are less likely are left out."""


def window_draws(
    fit: DayFit,
    day: int,
    *,
    kind: str,
    row: int | None,
    window: int,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Floats:
    """Draw what a broadcast brought up to the end of the days [orders].

    Parameters
    ----------
    fit
        The shop's ordinary course.
    day
        Number of the day of the broadcast.
    kind
        daily or show: how its effect fades.
    row
        Its room; None: there was no broadcast (a fake one).
    window
        [days] Days that are masked and compared.
    rng, draws
        What decides the draws, and their number.

    Notes
    -----
    The window is masked: what comes of its days is told by the days before and after. Their excess x is
    g × fading(d) + noise, so g = f' C⁻¹ x / f' C⁻¹ f, where C holds what is not known of the course and
    the days' noise; which days of the window are wild is averaged over. The part of the memory inside
    the window is so taken into account: days that hold more of it count more. Wrong for a broadcast
    that does not fade like the others of its kind: an excess that stays level over the window is mostly
    taken for noise.
    """
    days = np.arange(day, min(day + window, len(fit.shop.orders)))
    likely = np.where(fit.chance > _UNLIKELY, fit.chance, 0.0)
    found = []
    for (keeps, columns), many in zip(
        fit.tried, rng.multinomial(draws, likely / likely.sum()), strict=True
    ):
        if many:
            kept = keeps.get(kind, START[kind])
            other = columns if row is None else columns.without(row, day, kept)
            fades = (1 - kept) * fading(kept, len(days))
            mean, sd, chance = _sizes(fit, other, days, fades)
            which = rng.choice(len(mean), size=int(many), p=chance)
            one = mean[which] + sd[which] * rng.standard_normal(int(many))
            found.append(one * (1 - kept ** (len(fit.shop.orders) - day)))
    drawn = np.concatenate(found)
    return np.asarray(drawn * np.exp(SHAPE_ERROR * rng.standard_normal(len(drawn))))


def _sizes(
    fit: DayFit, columns: Columns, days: NDArray[np.int64], fades: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return mean, sd and chance of the effect for every set of wild days in the window."""
    excess, unsure = left_out(fit, columns, days)
    sets = np.array(list(product((False, True), repeat=len(days))))
    share = np.where(sets, fit.wild.share, 1 - fit.wild.share).prod(axis=1)
    noise = np.where(sets, fit.wild.sd**2, fit.noise_sd**2)
    inverse = np.linalg.inv(unsure + noise[:, :, None] * np.eye(len(days)))
    x = excess - sets * fit.wild.mean
    weight = inverse @ fades
    told = weight @ fades
    mean = (weight * x).sum(axis=1) / told
    rest = x - mean[:, None] * fades
    off = np.einsum("sd,sde,se->s", rest, inverse, rest)
    chance = np.log(share) - (off - np.linalg.slogdet(inverse)[1] + np.log(told)) / 2
    chance = np.exp(chance - chance.max())
    return mean, 1 / np.sqrt(told), chance / chance.sum()


def left_out(fit: DayFit, columns: Columns, days: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the excess of some days, and the covariance of what is not known of their course.

    Parameters
    ----------
    fit
        The shop's ordinary course.
    columns
        Regressors without the broadcast.
    days
        Days that are masked together.
    """
    y = fit.shop.orders - fit.shift
    vx = fit.around.inverse(columns.x)
    inner = columns.x.T @ vx + np.diag(columns.precision)
    own = fit.around.inverse(np.eye(len(y))[:, days])
    rows = own.T - vx[days] @ np.linalg.solve(inner, vx.T)
    together = np.asarray(np.linalg.inv(rows[:, days]), dtype=float)
    return together @ (rows @ y) + fit.shift[days], together - np.diag(fit.noise[days])
