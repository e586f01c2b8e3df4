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

__all__ = ["chain_variance", "effect_influences", "person_influences"]

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
    count, value = effect_influences(fit)
    out = np.empty((n_channels, 4))
    for begin in range(0, n_channels, BLOCK):
        block = np.arange(begin, min(begin + BLOCK, n_channels))
        if slopes is None:
            parts = [
                _rows(count, block),
                _global(count, fit.effect, credit[:, 0], block, end=0),
                _rows(value, block),
                _global(value, fit.effect_value, credit[:, 1], block, end=1),
            ]
        else:
            parts = [
                _rows(count, block),
                _mixed(count, slopes[0][block]),
                _rows(value, block),
                _mixed(count, slopes[1][block]),
            ]
        weights = np.empty(0) if slopes is None else local_weights(fit)
        squares = _squares(paths, fit.chain, parts, block, weights, draws.order, draws.ends, nulls)
        zero = np.zeros(len(block))
        totals = np.column_stack([zero, credit[block, 0], zero, credit[block, 1]])
        out[block] = variance_of(squares, totals, draws.n)
    for at, effect in ((0, fit.effect), (2, fit.effect_value)):
        out[:, at] = np.where(np.isnan(effect), np.nan, out[:, at])
    return out


def effect_influences(fit: Fit) -> tuple[Table, Table]:
    """Return the influences on the removal effects of all channels: on conversions, on value."""
    count = _influences(fit, by_value=False)
    value = _influences(fit, by_value=True)
    return _on_effects(count, fit.converts), _on_effects(value, fit.worth)


def _influences(fit: Fit, *, by_value: bool) -> Table:
    """Return the influences on P of the whole chain and on each P_j; the last step is no step."""
    chain = fit.chain
    n, leaving = chain.n_states, chain.leaving
    left = fit.worth if by_value else fit.converts
    steps = np.zeros((len(chain.before) + 1, len(fit.removed)))
    ends = np.zeros((3, n, len(fit.removed)))
    start = chain.before == n
    before = np.where(start, 0, chain.before)
    for at, removed in enumerate(fit.removed):
        ahead = removed.worth if by_value else removed.converts
        per_visit = removed.visits / leaving
        steps[:-1, at] = np.where(
            start,
            (ahead[chain.to] - left[at]) / chain.weight,
            per_visit[before] * (ahead[chain.to] - ahead[before]),
        )
        ends[0, :, at] = per_visit * ((0.0 if by_value else 1.0) - ahead)
        ends[1, :, at] = per_visit if by_value else 0.0
        ends[2, :, at] = -per_visit * ahead
    return steps, ends


def _on_effects(table: Table, left: Floats) -> Table:
    """Turn influences on probabilities into those on 1 - P_j / P."""
    if left[0] == 0:
        return np.zeros_like(table[0][:, 1:]), np.zeros_like(table[1][..., 1:])
    ratio = left[1:] / left[0] ** 2
    steps, ends = (part[..., :1] * ratio - part[..., 1:] / left[0] for part in table)
    return steps, ends


def _rows(table: Table, block: NDArray[np.int64]) -> Table:
    return table[0][:, block], table[1][..., block]


def _mixed(table: Table, slopes: Floats) -> Table:
    """Return influences on what moves with all removal effects by given slopes."""
    return table[0] @ slopes.T, table[1] @ slopes.T


def _global(
    table: Table, effect: Floats, credit: Floats, block: NDArray[np.int64], *, end: int
) -> Table:
    """Return influences on effect / sum of effects × total; `end` says what adds to the total."""
    whole = float(effect.sum())
    total = float(credit.sum())
    if not np.isfinite(whole) or whole == 0:
        return np.zeros_like(table[0][:, block]), np.zeros_like(table[1][..., block])
    share = effect[block] / whole
    steps, ends = (
        total / whole * (part[..., block] - part.sum(axis=-1, keepdims=True) * share)
        for part in table
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
    chain = fit.chain
    steps, ends = _on_effects(_influences(fit, by_value=False), fit.converts)
    if not len(chain.step_ids):
        n = chain.n_states
        full = np.zeros(((n + 1) * n, steps.shape[1]))
        full[chain.before * n + chain.to] = steps[:-1]
        steps = full
    out = np.zeros((int(paths.person.max()) + 1, len(paths.channels)))
    step_sums(
        chain.states,
        chain.starts,
        chain.step_ids,
        paths.conversions,
        paths.nulls,
        paths.person,
        steps,
        ends,
        out,
    )
    return out
