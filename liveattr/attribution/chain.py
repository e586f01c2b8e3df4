"""The Markov chain behind a path table: states, counted steps, and what a removal leaves over.

A state is the last k touches; a path shorter than k is one state as a whole. Equal states in a row are
one. A path starts in its first state; from its last one it goes to the conversion or is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liveattr.attribution.path_table import Paths
from liveattr.errors import ParameterError

__all__ = ["MOST_CHANNELS", "ORDERS", "Chain", "Removal", "build_chain", "removals"]

ORDERS = (1, 2, 3, 4)
MOST_CHANNELS = 5_000
"""At order 1 a matrix of so many rows and columns is inverted; more is no channel but an id."""

MOST_DIRECT = 1 << 22
"""Keys below that are looked up in a table, others by hashing."""

Floats = NDArray[np.float64]


class Chain(NamedTuple):
    """A counted chain.

    Attributes
    ----------
    states, starts
        State at each step, path after path.
    step_ids : numpy.ndarray of int32
        Number of the step into each state, or n_steps for one that leads nowhere; empty at order
        1, where a step is its pair of states.
    before, to, times : numpy.ndarray
        Steps that lead somewhere: from, to, and how often; from n_states is the start.
    ends : numpy.ndarray of float64, shape (n_states, 3)
        Conversions, value and nulls after each state.
    holds : tuple of numpy.ndarray
        States that contain each channel.
    weight
        Journeys that the chain has.
    """

    states: NDArray[np.int32]
    starts: NDArray[np.int64]
    step_ids: NDArray[np.int32]
    before: NDArray[np.int64]
    to: NDArray[np.int64]
    times: Floats
    ends: Floats
    holds: tuple[NDArray[np.int64], ...]
    weight: float

    @property
    def n_states(self) -> int:
        """How many states it has."""
        return len(self.ends)

    @property
    def leaving(self) -> Floats:
        """How often each state was left, 1 where it never was."""
        out = self.ends[:, 0] + self.ends[:, 2]
        inner = self.before < self.n_states
        out = out + np.bincount(
            self.before[inner], weights=self.times[inner], minlength=self.n_states
        )
        return np.where(out > 0, out, 1.0)

    @property
    def starting(self) -> Floats:
        """Probability of each state to be the first."""
        first = self.before == self.n_states
        counts = np.bincount(
            self.to[first], weights=self.times[first], minlength=self.n_states
        ).astype(np.float64)
        return counts / self.weight if self.weight > 0 else counts

    @property
    def rates(self) -> tuple[Floats, Floats, Floats]:
        """How often each state was left; conversions and value right after it, for each time."""
        leaving = self.leaving
        return leaving, self.ends[:, 0] / leaving, self.ends[:, 1] / leaving


class Removal(NamedTuple):
    """The chain with some states leading to nowhere.

    Attributes
    ----------
    converts, worth : numpy.ndarray of float64, shape (n_states,)
        From each state: probability of a conversion, expected value. 0 where removed.
    visits : numpy.ndarray of float64, shape (n_states,)
        Expected visits of each state in a journey. 0 where removed; empty if not asked for.
    """

    converts: Floats
    worth: Floats
    visits: Floats


def build_chain(paths: Paths, order: int = 1, *, nulls: bool = True) -> Chain:
    """Count the chain of a path table.

    Parameters
    ----------
    paths
        Coded path table.
    order
        1 to 4.
    nulls
        Whether journeys without a conversion count.

    Raises
    ------
    ParameterError
        If the order is none of these, or there are too many channels for it.
    """
    if order not in ORDERS:
        raise ParameterError(f"order: one of {ORDERS}, not {order!r}")
    n_channels = len(paths.channels)
    if order == 1 and n_channels > MOST_CHANNELS:
        raise ParameterError(
            f"{n_channels:,} channels: at most {MOST_CHANNELS:,}; group them, or leave ids out"
        )
    return _plain(paths, nulls) if order == 1 else _lifted(paths, order, nulls)


def _plain(paths: Paths, nulls: bool) -> Chain:
    """Count the chain of order 1, in a full matrix."""
    from liveattr.attribution.chain_loops import count_steps

    n = len(paths.channels)
    steps, ends = np.zeros((n + 1, n)), np.zeros((n, 3))
    count_steps(
        paths.codes, paths.starts, paths.conversions, paths.value, paths.nulls, nulls, steps, ends
    )
    np.fill_diagonal(steps[:n], 0.0)
    before, to = np.nonzero(steps)
    return Chain(
        states=paths.codes,
        starts=paths.starts,
        step_ids=np.empty(0, np.int32),
        before=before,
        to=to,
        times=steps[before, to],
        ends=ends,
        holds=tuple(np.arange(n)[:, None]),
        weight=float(ends[:, 0].sum() + ends[:, 2].sum()),
    )


def _lifted(paths: Paths, order: int, nulls: bool) -> Chain:
    """Count the chain of a higher order, whose states and steps are numbered as they come."""
    from liveattr.attribution.chain_loops import gram_keys, steps_of

    n_channels = len(paths.channels)
    base = n_channels + 1
    if base**order >= 2**62:
        raise ParameterError(f"order {order} with {n_channels:,} channels: too many; group them")
    room = int(np.maximum(paths.lengths - order + 1, 1).sum())
    keys, starts = np.empty(room, np.int64), np.zeros(len(paths) + 1, np.int64)
    gram_keys(paths.codes, paths.starts, order, base, keys, starts)
    states, found = _numbered(keys, base**order)
    grams = keys[found]
    n_states = len(grams)
    newest = (grams % base - 1).astype(np.int32)
    steps_of(states, starts, newest, n_channels, keys)
    step_ids, found = _numbered(keys, 1 + n_states * (n_channels + 1))
    steps = keys[found]
    lost = paths.nulls if nulls else np.zeros(len(paths))
    weight = paths.conversions + lost
    times = np.bincount(step_ids, weights=np.repeat(weight, np.diff(starts)), minlength=len(steps))
    real = steps > 0
    places = np.full(len(steps), int(real.sum()), np.int32)
    places[real] = np.arange(real.sum())
    last = states[starts[1:] - 1]
    return Chain(
        states=states,
        starts=starts,
        step_ids=step_ids if real.all() else places[step_ids],
        before=np.minimum((steps[real] - 1) // n_channels, n_states) if n_channels else steps,
        to=states[found[real]].astype(np.int64),
        times=times[real].astype(np.float64),
        ends=np.column_stack(
            [
                np.bincount(last, weights=each, minlength=n_states)
                for each in (paths.conversions, paths.value, lost)
            ]
        ),
        holds=_holds(grams, n_channels, order),
        weight=float(weight.sum()),
    )


def _numbered(keys: NDArray[np.int64], span: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give keys below a span numbers; return the number of each, and where each number is first."""
    from liveattr.attribution.chain_loops import number_keys

    out, direct = np.empty(len(keys), np.int32), span <= MOST_DIRECT
    size = span if direct else 1 << 16
    while True:
        slots, found = np.zeros(size, np.int32), np.empty(min(size, len(keys)), np.int64)
        n = number_keys(keys, slots, found, out, direct)
        if n >= 0:
            return out, found[:n].copy()
        size *= 8


def _holds(grams: NDArray[np.int64], n_channels: int, order: int) -> tuple[NDArray[np.int64], ...]:
    """Return the states that contain each channel, from the digits of their keys."""
    base, rest = n_channels + 1, grams.copy()
    states, channels = [], []
    for _ in range(order):
        digit = rest % base
        states.append(np.flatnonzero(digit))
        channels.append(digit[digit > 0] - 1)
        rest //= base
    state, channel = np.concatenate(states), np.concatenate(channels)
    pairs = np.unique(channel * max(len(grams), 1) + state)
    cuts = np.searchsorted(pairs, np.arange(1, n_channels) * max(len(grams), 1))
    return tuple(part % max(len(grams), 1) for part in np.split(pairs, cuts))


def removals(chain: Chain, order: int, *, visits: bool = True) -> Iterator[Removal]:
    """Solve the chain as it is, then without each channel in turn.

    Parameters
    ----------
    chain, order
        The counted chain, and its order.
    visits
        Whether expected visits are asked for; only intervals need them.

    Notes
    -----
    With Q the probabilities between states, N = (I - Q)⁻¹, a the probabilities of the first state, r
    those of a conversion (or the expected value) right after a state: converts = N r, visits = a N.
    At order 1 one inverse gives all removals: without j, converts_s - N_sj / N_jj × converts_j and
    visits_s - visits_j / N_jj × N_js. Above, a dense inverse would grow with the cube of the states:
    see `chain_solve`.
    """
    if order == 1:
        yield from _by_inverse(chain)
        return
    from liveattr.attribution.chain_solve import solve_without

    nobody = np.empty(0, np.int64)
    yield from solve_without(chain, (nobody, *chain.holds), visits=visits)


def _by_inverse(chain: Chain) -> Iterator[Removal]:
    n = chain.n_states
    leaving, buys, pays = chain.rates
    q = np.zeros((n, n))
    inner = chain.before < n
    q[chain.before[inner], chain.to[inner]] = chain.times[inner]
    inverse = np.linalg.inv(np.eye(n) - q / leaving[:, None])
    converts, worth, visits = inverse @ buys, inverse @ pays, chain.starting @ inverse
    yield Removal(converts, worth, visits)
    for j in range(n):
        back = inverse[:, j] / inverse[j, j]
        ahead = inverse[j] / inverse[j, j]
        left = Removal(
            converts - back * converts[j], worth - back * worth[j], visits - visits[j] * ahead
        )
        for numbers in left:
            numbers[j] = 0.0
        yield left
