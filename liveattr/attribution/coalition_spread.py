"""How exact-set Shapley credit varies with the people: the delta method.

A set S with n_S journeys, c_S conversions (or c_S of value), rate v(S) gives its channel j the amount
share_j(S) × c_S, share_j(S) = φ_j(S) / v(S). φ_j is linear in the rates of the subsets T of S, so a
rate v(T) moves j's whole credit by

    slope_jT = Σ over S ⊇ T of c_S / v(S) × (∂φ_j(S) / ∂v(T) - share_j(S) if T is S)

and a journey in S with the amount a and outcome y (1 or 0) by share_j(S) a + slope_jS (y - v(S)) / n_S.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.attribution.coalitions import Coalitions
from liveattr.attribution.intervals import draws_of, variance_of
from liveattr.attribution.path_table import Paths

__all__ = ["coalition_variance"]

CELLS = 2_000_000
"""Sets × channels of slopes held at a time, so that memory stays bounded."""

Floats = NDArray[np.float64]


def coalition_variance(paths: Paths, sets: Coalitions, shares: Floats, credit: Floats) -> Floats:
    """Return the variances of conversions and value of each channel.

    Parameters
    ----------
    paths
        Coded path table.
    sets
        Its coalitions, worth their conversion rate.
    shares
        `sets.shares()`.
    credit : numpy.ndarray of float64, shape (n_channels, 2)
        Conversions and value of each channel.
    """
    from liveattr.attribution.coalition_loops import person_squares, slopes_of

    draws = draws_of(paths)
    n_channels, tree = len(paths.channels), sets.tree
    set_of_member = np.repeat(np.arange(len(sets)), np.diff(sets.cuts))
    amounts = np.column_stack([paths.conversions, paths.value])
    rates = np.append(sets.worth, 0.0)[sets.set_of_row]
    surprise = paths.conversions - rates * (paths.conversions + paths.nulls)
    squares = np.zeros((n_channels, 2))
    width = max(1, CELLS // max(len(sets), 1))
    for first in range(0, n_channels, width):
        until = min(first + width, n_channels)
        slopes = np.zeros((len(sets), until - first, 2))
        slopes_of(sets.members, sets.cuts, sets.worth, sets.amounts, shares, first, *tree, slopes)
        slopes /= sets.journeys[:, None, None]
        here = (sets.members >= first) & (sets.members < until)
        parts = np.zeros((len(sets), until - first))
        parts[set_of_member[here], sets.members[here] - first] = shares[here]
        if paths.person is None:
            squares[first:until] = _journey_squares(paths, sets, parts, slopes)
        else:
            person_squares(
                sets.set_of_row,
                amounts,
                surprise,
                parts,
                slopes,
                draws.order,
                draws.ends,
                squares[first:until],
            )
    return variance_of(squares, credit, draws.n)


def _journey_squares(paths: Paths, sets: Coalitions, parts: Floats, slopes: Floats) -> Floats:
    """Add up the squares where each journey stands for itself, set by set.

    Value belongs to a row's conversions, all alike; where a row has none, to its nulls.
    """
    live = sets.set_of_row >= 0
    at, conv, value = sets.set_of_row[live], paths.conversions[live], paths.value[live]
    buys = conv > 0
    per_journey = value / np.where(buys, conv, np.maximum(paths.nulls[live], 1e-300))
    n = len(sets)
    bought = np.bincount(at, weights=np.where(buys, value, 0.0), minlength=n)
    other = np.bincount(at, weights=np.where(buys, 0.0, value), minlength=n)
    squared = np.bincount(at, weights=value * per_journey, minlength=n)
    rate, count = sets.worth, sets.amounts[:, 0]
    lost = sets.journeys - count
    up, down = 1.0 - rate, -rate
    spread = count * up**2 + lost * down**2
    out = np.empty((parts.shape[1], 2))
    on_count = (parts + slopes[:, :, 0] * up[:, None]) ** 2 * count[:, None]
    on_count += (slopes[:, :, 0] * down[:, None]) ** 2 * lost[:, None]
    out[:, 0] = on_count.sum(axis=0)
    slope = slopes[:, :, 1]
    on_value = parts**2 * squared[:, None] + slope**2 * spread[:, None]
    on_value += 2 * parts * slope * (bought * up + other * down)[:, None]
    out[:, 1] = on_value.sum(axis=0)
    return out
