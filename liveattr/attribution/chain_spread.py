"""How credit from a Markov chain varies with the people: the delta method.

The probability of a conversion without j is P_j. One more step from s to t moves it by

    visits_j(s) / leaving(s) × (converts_j(t) - converts_j(s))

and one more path that starts in t by (converts_j(t) - P_j) / journeys. So a journey's influence is a
sum over its steps of numbers that stand in a table. Removal effects and credit are smooth functions of
the P_j and of the totals; their influences are built from those by the chain rule.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.attribution.chain import Chain
from liveattr.attribution.intervals import draws_of, variance_of
from liveattr.attribution.markov_chain import Fit, local_weights
from liveattr.attribution.path_table import Paths

__all__ = ["chain_variance", "person_influences"]

BLOCK = 16
"""Channels whose influences are summed in one pass over the touches."""

Floats = NDArray[np.float64]
Table = tuple[Floats, Floats]
"""Influence of each step (n_steps + 1, k), and of a conversion, a unit of value and a null after
each state (3, n_states, k)."""


def chain_variance(
    paths: Paths, fit: Fit, credit: Floats, slopes: Floats | None, *, nulls: bool = True
) -> Floats:
    """Return the variances of the four results of each channel.

    Parameters
    ----------
    paths
        Coded path table, as it was counted.
    fit
        The solved chain of it.
    credit : numpy.ndarray of float64, shape (n_channels, 2)
        Conversions and value of each channel.
    slopes : numpy.ndarray of float64, shape (2, n_channels, n_channels), or None
        How local credit moves with the removal effects; None for global credit.
    nulls
        Whether journeys without a conversion count.

    Returns
    -------
    numpy.ndarray of float64, shape (n_channels, 4)
        Of removal effect, conversions, removal effect by value, value.
    """
    n_channels = len(paths.channels)
    draws = draws_of(paths)
    weights = np.empty(0) if slopes is None else local_weights(fit)
    wholes = [_whole(fit, by_value) for by_value in (False, True)] if slopes is None else []
    out = np.empty((n_channels, 4))
    for block in _blocks(n_channels):
        count, value = (_effects(fit, block, by_value) for by_value in (False, True))
        if slopes is None:
            bought = _global(count, wholes[0], fit.effect, credit[:, 0], block, end=0)
            paid = _global(value, wholes[1], fit.effect_value, credit[:, 1], block, end=1)
        else:
            bought, paid = (_mixed(fit, slope[block]) for slope in slopes)
        parts = [count, bought, value, paid]
        squares = _squares(paths, fit.chain, parts, block, weights, draws.order, draws.ends, nulls)
        zero = np.zeros(len(block))
        totals = np.column_stack([zero, credit[block, 0], zero, credit[block, 1]])
        out[block] = variance_of(squares, totals, draws.n)
    for at, effect in ((0, fit.effect), (2, fit.effect_value)):
        out[:, at] = np.where(np.isnan(effect), np.nan, out[:, at])
    return out


def _blocks(n_channels: int) -> list[NDArray[np.int64]]:
    return np.split(np.arange(n_channels), np.arange(BLOCK, n_channels, BLOCK))


def _effects(fit: Fit, block: NDArray[np.int64], by_value: bool) -> Table:
    """Return the influences on the removal effects 1 - P_j / P of some channels.

    The last row of the steps is a step that leads nowhere.
    """
    chain = fit.chain
    left = fit.worth if by_value else fit.converts
    steps = np.zeros((len(chain.before) + 1, len(block)))
    ends = np.zeros((3, chain.n_states, len(block)))
    if left[0] == 0:
        return steps, ends
    base_steps, base_ends = _on_probability(fit, 0, by_value)
    for at, channel in enumerate(block):
        mine, my_ends = _on_probability(fit, channel + 1, by_value)
        ratio = left[channel + 1] / left[0] ** 2
        steps[:-1, at] = base_steps * ratio - mine / left[0]
        ends[..., at] = base_ends * ratio - my_ends / left[0]
    return steps, ends


def _on_probability(fit: Fit, which: int, by_value: bool) -> Table:
    """Return the influences on P (0) or on P without a channel (its place + 1)."""
    chain, removed = fit.chain, fit.removed[which]
    ahead = removed.worth if by_value else removed.converts
    left = (fit.worth if by_value else fit.converts)[which]
    per_visit = removed.visits / chain.leaving
    start = chain.before == chain.n_states
    before = np.where(start, 0, chain.before)
    steps = np.where(
        start,
        (ahead[chain.to] - left) / chain.weight,
        per_visit[before] * (ahead[chain.to] - ahead[before]),
    )
    bought = per_visit * ((0.0 if by_value else 1.0) - ahead)
    worth = per_visit if by_value else np.zeros_like(per_visit)
    return steps, np.stack([bought, worth, -per_visit * ahead])


def _whole(fit: Fit, by_value: bool) -> Table:
    """Return the influences on the sum of all removal effects."""
    steps, ends = np.zeros(()), np.zeros(())
    for block in _blocks(len(fit.removed) - 1):
        more, more_ends = _effects(fit, block, by_value)
        steps, ends = steps + more.sum(axis=-1), ends + more_ends.sum(axis=-1)
    return steps, ends


def _mixed(fit: Fit, slopes: Floats) -> Table:
    """Return influences on what moves with all removal effects on conversions, by given slopes."""
    steps, ends = np.zeros(()), np.zeros(())
    for block in _blocks(len(fit.removed) - 1):
        more, more_ends = _effects(fit, block, False)
        steps, ends = steps + more @ slopes[:, block].T, ends + more_ends @ slopes[:, block].T
    return steps, ends


def _global(
    table: Table,
    summed: Table,
    effect: Floats,
    credit: Floats,
    block: NDArray[np.int64],
    *,
    end: int,
) -> Table:
    """Return influences on effect / sum of effects × total; `end` says what adds to the total."""
    whole, total = float(effect.sum()), float(credit.sum())
    if not np.isfinite(whole) or whole == 0:
        return np.zeros_like(table[0]), np.zeros_like(table[1])
    share = effect[block] / whole
    steps, ends = (
        total / whole * (part - every[..., None] * share)
        for part, every in zip(table, summed, strict=True)
    )
    ends[end] += share
    return steps, ends


def _squares(
    paths: Paths,
    chain: Chain,
    parts: list[Table],
    block: NDArray[np.int64],
    weights: Floats,
    order: NDArray[np.int64],
    ends: NDArray[np.bool_],
    nulls: bool,
) -> Floats:
    """Sum the squared influences of each person; shape (channels of the block, 4)."""
    from liveattr.attribution.chain_loops import step_squares

    k = len(block)
    steps = np.concatenate([part[0] for part in parts], axis=1).astype(np.float32)
    finals = np.concatenate([part[1] for part in parts], axis=2).astype(np.float32)
    if not len(chain.step_ids):
        n = chain.n_states
        full = np.zeros(((n + 1) * n, 4 * k), np.float32)
        full[chain.before * n + chain.to] = steps[:-1]
        steps = full
    slots = np.full((2, len(paths.channels)), -1, np.int64)
    slots[0, block], slots[1, block] = k + np.arange(k), 3 * k + np.arange(k)
    out = np.zeros(4 * k)
    step_squares(
        chain.states,
        chain.starts,
        chain.step_ids,
        paths.codes,
        paths.starts,
        weights,
        paths.conversions,
        paths.value,
        paths.nulls,
        nulls,
        order,
        ends,
        steps,
        finals,
        slots,
        out,
    )
    return out.reshape(4, k).T


def person_influences(paths: Paths, fit: Fit) -> Floats:
    """Return how much each person moves the removal effect of each channel on conversions.

    Parameters
    ----------
    paths
        Coded path table with `person`.
    fit
        The solved chain of it, with nulls.

    Returns
    -------
    numpy.ndarray of float64, shape (n_people, n_channels)
        Each column sums to 0.
    """
    from liveattr.attribution.chain_loops import step_sums

    assert paths.person is not None
    chain, n = fit.chain, fit.chain.n_states
    out = np.zeros((int(paths.person.max()) + 1, len(paths.channels)))
    for block in _blocks(len(paths.channels)):
        steps, ends = _effects(fit, block, False)
        if not len(chain.step_ids):
            full = np.zeros(((n + 1) * n, len(block)))
            full[chain.before * n + chain.to] = steps[:-1]
            steps = full
        found = np.zeros((len(out), len(block)))
        step_sums(
            chain.states,
            chain.starts,
            chain.step_ids,
            paths.conversions,
            paths.nulls,
            paths.person,
            steps,
            ends,
            found,
        )
        out[:, block] = found
    return out
