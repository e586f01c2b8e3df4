"""From gross to net: how many orders were only brought forward.

A buyer whom a broadcast won has the goods at home and does not buy them a little later. The fitted hazard
of `liveattr.incrementality.frailty` is run forward twice with the same chances: as it was, and without the
incremental part of the orders. What comes back in the second course is not net.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.incrementality.frailty import (
    FrailtyFit,
    posterior_nodes,
    settle,
    share,
    tables,
)
from liveattr.incrementality.histories import Histories

__all__ = ["HORIZONS", "net_factors"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HORIZONS = (3, 14, 60)
"""[days] Horizons beside the end of the data."""
FEW_ORDERS = 5.0
"""[orders] Below this sum of weights there is no factor."""
_LEAST = 0.01


def net_factors(
    fit: FrailtyFit,
    weights: pd.DataFrame,
    *,
    level: float = 0.9,
    draws: int = 40,
    doubt: float = 0.15,
    horizons: Sequence[int] = HORIZONS,
    seed: int = 0,
) -> pd.DataFrame:
    """Return net ÷ gross of each subject, as a range.

    Parameters
    ----------
    fit
        From `fit_frailty`.
    weights
        Columns `person`, `day`, `subject`, `weight`: which part of the orders of a person on a day would
        not have come without the subject (0 to 1). Several rows of a person, day and subject add up.
    level
        Of the range.
    draws
        Draws of parameters, tastes and chances.
    doubt
        That the model may be wrong in kind: standard deviation of the logarithm of the part that is
        brought forward; besides it a sixth of it is added, as a part of gross.
    horizons
        [days] from the subject's first day with a weight.
    seed
        Of all chances.

    Returns
    -------
    pandas.DataFrame
        Columns `subject`; `horizon` (net_3, net_14, net_60, net: to the end of the data); `factor`: net
        orders within the horizon ÷ gross orders of all days; `low`, `high`: its range, at most 1; `orders`:
        sum of the weights. Subjects with fewer than 5 incremental orders are left out.

    Notes
    -----
    Each draw has its own parameters, a taste of each person given his history, and chances a person and
    day that all subjects share; whether an order was incremental is drawn by its weight. Viewers come
    because they want the goods: what an order says of the mood, an order after watching says up to twice
    (the factor is drawn evenly from 1 to 2). Not seen: goods that a show sold out and others then missed;
    where that is common the factor is too near 1. The later orders end with the data, so the factor
    of a late broadcast is nearer to 1, and says less: it was not yet seen whether its buyers stay away.
    """
    h = fit.histories
    table = _weights(weights, h)
    rng = np.random.default_rng(seed)
    thetas = fit.draw(draws, rng)
    luck = rng.random((draws, len(h.person)))
    drawn = rng.random(draws)
    gone = np.zeros((draws, len(table), h.days))
    moved = np.zeros((draws, len(table), h.days))
    for n, theta in enumerate(thetas):
        levels = settle(theta, fit.level, h)
        people = _drawn_people(theta, levels, h, luck[n])
        for s, w in enumerate(table.values()):
            gone[n, s], moved[n, s] = _run(
                theta, levels, people, drawn[n], h, w, seed * 1_000_003 + n
            )
    wrong = doubt * rng.standard_normal((2, draws))
    return _frame(table, gone, moved, wrong, h, level, horizons)


def _weights(weights: pd.DataFrame, h: Histories) -> dict[str, Floats]:
    """Return a weight for each order day, aligned with the histories, subject by subject."""
    if len(weights) and not weights["weight"].between(0, 1).all():
        raise ParameterError("weights: weight must be within 0 to 1")
    key = np.repeat(h.person, h.counts) * h.days + h.day
    found = {}
    for subject, rows in weights.groupby("subject", sort=True):
        given = rows["person"].to_numpy(dtype=np.int64) * h.days + rows["day"].to_numpy()
        place = np.searchsorted(key, given).clip(0, max(len(key) - 1, 0))
        if len(key) == 0 or (key[place] != given).any():
            raise ParameterError(f"weights: {subject} has a person and day without an order")
        summed = np.bincount(place, rows["weight"].to_numpy(), len(key)).clip(0, 1)
        if summed.sum() >= FEW_ORDERS:
            found[str(subject)] = np.where(summed < _LEAST, 0.0, summed)
    return found


def _drawn_people(theta: Floats, levels: Floats, h: Histories, luck: Floats) -> tuple[Floats, Ints]:
    """Draw z and the cycle of each person from what his history says."""
    nodes, chance, _ = posterior_nodes(theta, levels, h)
    flat = chance.reshape(len(chance), -1).cumsum(axis=1)
    place = (flat < luck[:, None]).sum(axis=1).clip(0, flat.shape[1] - 1)
    cycle, node = np.divmod(place, nodes.shape[1])
    return np.exp(nodes[np.arange(len(nodes)), node]), cycle.astype(np.int64)


def _run(
    theta: Floats, levels: Floats, people: tuple[Floats, Ints], drawn: float, h: Histories,
    weight: Floats, seed: int,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return orders gone and moved a day, for one subject and draw."""
    from liveattr.incrementality.frailty_loops import run_without

    after, before = tables(theta, h.days)
    gone, moved = np.zeros(h.days), np.zeros(h.days)
    owner = np.repeat(np.arange(len(h.person)), h.counts)
    rows = np.unique(owner[weight > 0])
    run_without(
        rows, h.first, h.day, h.units, weight, np.exp(levels), before, after, theta[6],
        share(theta[7]), drawn, people[0], people[1], _push(h, weight), seed, gone, moved,
    )  # fmt: skip
    return gone, moved


def _push(h: Histories, weight: Floats) -> Floats:
    """Return the subject's part of the orders of each person's level of taste, from its first day on."""
    owner = np.repeat(np.arange(len(h.person)), h.counts)
    levels, of = np.unique(h.taste, return_inverse=True)
    counted = (h.day >= h.day[weight > 0].min()).astype(np.float64)
    orders = np.bincount(of[owner], counted, len(levels))
    return np.asarray(
        np.bincount(of[owner], weight, len(levels)) / np.maximum(orders, 1)
    )[of]  # fmt: skip


def _frame(
    table: dict[str, Floats], gone: Floats, moved: Floats, wrong: Floats, h: Histories,
    level: float, horizons: Sequence[int],
) -> pd.DataFrame:  # fmt: skip
    rows = []
    tail = (1 - level) / 2
    for s, (subject, weight) in enumerate(table.items()):
        since = int(h.day[weight > 0].min())
        total = np.maximum(gone[:, s].sum(axis=1), 1)
        for days in (*horizons, None):
            until = h.days if days is None else min(since + days, h.days)
            back = moved[:, s, :until].sum(axis=1) / total * np.exp(wrong[0]) + wrong[1] / 6
            ratio = gone[:, s, :until].sum(axis=1) / total - back
            low, high = np.quantile(ratio, [tail, 1 - tail])
            name = "net" if days is None else f"net_{days}"
            middle = min(float(ratio.mean()), 1.0)
            rows.append((subject, name, middle, float(low), min(float(high), 1.0), weight.sum()))
    names = ["subject", "horizon", "factor", "low", "high", "orders"]
    return pd.DataFrame(rows, columns=names)
