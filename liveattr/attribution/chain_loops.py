"""Loops of the Markov chain, compiled by numba on first use; imported inside functions only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = [
    "count_steps",
    "gram_keys",
    "local_sums",
    "number_keys",
    "step_squares",
    "step_sums",
    "steps_of",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TIMES = np.uint64(0x9E3779B97F4A7C15)


@compiled
def gram_keys(
    codes: NDArray[np.int32], starts: Ints, order: int, base: int, keys: Ints, ends: Ints
) -> None:
    """Write a key for the last `order` touches at each step; a shorter path is one step.

    A key has the digits code + 1, the newest last, so that grams of any length differ. `ends` gets
    where each path ends in `keys`.
    """
    high = base ** (order - 1)
    n = 0
    for row in range(starts.shape[0] - 1):
        key = 0
        for at in range(starts[row], starts[row + 1]):
            key = (key % high) * base + codes[at] + 1
            if at - starts[row] >= order - 1:
                keys[n] = key
                n += 1
        if starts[row + 1] - starts[row] < order:
            keys[n] = key
            n += 1
        ends[row + 1] = n


@compiled
def number_keys(
    keys: Ints, slots: NDArray[np.int32], found: Ints, out: NDArray[np.int32], direct: bool
) -> int:
    """Give keys numbers by first appearance; return how many, or -1 if the table is half full.

    `found` gets the place of each number's first key. With `direct` every key is below the length of
    `slots` and is its own address.
    """
    mask = slots.shape[0] - 1
    n = 0
    for i in range(keys.shape[0]):
        key = keys[i]
        if direct:
            slot = key
        else:
            slot = np.int64(((np.uint64(key) * _TIMES) >> np.uint64(20)) & np.uint64(mask))
            while slots[slot] != 0 and keys[found[slots[slot] - 1]] != key:
                slot = (slot + 1) & mask
        if slots[slot] == 0:
            if not direct and 2 * n >= mask:
                return -1
            found[n] = i
            n += 1
            slots[slot] = n
        out[i] = slots[slot] - 1
    return n


@compiled
def steps_of(
    states: NDArray[np.int32],
    starts: Ints,
    newest: NDArray[np.int32],
    n_channels: int,
    keys: Ints,
) -> None:
    """Write a key for the step into each state: from where, and by which newest touch.

    That touch decides where a step leads. A step from a state to itself leads nowhere: its key is 0.
    Others are 1 + from × channels + touch; the first of a path is 1 + states × channels + state.
    """
    n_states = newest.shape[0]
    for row in range(starts.shape[0] - 1):
        before = -1
        for at in range(starts[row], starts[row + 1]):
            state = states[at]
            if before < 0:
                keys[at] = 1 + np.int64(n_states) * n_channels + state
            elif state == before:
                keys[at] = 0
            else:
                keys[at] = 1 + np.int64(before) * n_channels + newest[state]
            before = state


@compiled
def count_steps(
    states: NDArray[np.int32],
    starts: Ints,
    conversions: Floats,
    value: Floats,
    nulls: Floats,
    use_nulls: bool,
    steps: Floats,
    ends: Floats,
) -> None:
    """Count for every path: steps (row: from, last row: start) and ends (conversions, value, nulls).

    Steps from a state to itself are counted too and mean nothing.
    """
    n_states = steps.shape[1]
    for row in range(starts.shape[0] - 1):
        lost = nulls[row] if use_nulls else 0.0
        times = conversions[row] + lost
        before = n_states
        for at in range(starts[row], starts[row + 1]):
            state = states[at]
            steps[before, state] += times
            before = state
        ends[before, 0] += conversions[row]
        ends[before, 1] += value[row]
        ends[before, 2] += lost


@compiled
def local_sums(
    codes: NDArray[np.int32],
    starts: Ints,
    weights: Floats,
    conversions: Floats,
    value: Floats,
    sums: Floats,
    slopes: Floats,
) -> None:
    """Split each path by the weight of its touches; and how the sums move with the weights.

    `sums` has two columns, conversions and value. `slopes[m, j, l]` is the derivative of sum j of
    measure m by weight l.
    """
    n_channels = sums.shape[0]
    times = np.zeros(n_channels)
    seen = np.empty(n_channels, np.int64)
    for row in range(starts.shape[0] - 1):
        if conversions[row] == 0.0 and value[row] == 0.0:
            continue
        n_seen = 0
        whole = 0.0
        for at in range(starts[row], starts[row + 1]):
            code = codes[at]
            if times[code] == 0.0:
                seen[n_seen] = code
                n_seen += 1
            times[code] += 1.0
            whole += weights[code]
        for i in range(n_seen):
            j = seen[i]
            for measure in range(2):
                amount = conversions[row] if measure == 0 else value[row]
                part = amount * times[j] / whole
                sums[j, measure] += part * weights[j]
                slopes[measure, j, j] += part
                for k in range(n_seen):
                    other = seen[k]
                    slopes[measure, j, other] -= part * weights[j] * times[other] / whole
        for i in range(n_seen):
            times[seen[i]] = 0.0


@compiled
def step_squares(
    states: NDArray[np.int32],
    starts: Ints,
    step_ids: NDArray[np.int32],
    codes: NDArray[np.int32],
    code_starts: Ints,
    weights: Floats,
    conversions: Floats,
    value: Floats,
    nulls: Floats,
    use_nulls: bool,
    order: Ints,
    ends: NDArray[np.bool_],
    steps: NDArray[np.float32],
    finals: NDArray[np.float32],
    slots: Ints,
    out: Floats,
) -> None:
    """Add up the squares of the influence of each person, or journey, on some results.

    `steps` has one row of influences a step: by `step_ids`, the number of the step into each
    state, or where that is empty by (from, to) with self-steps zero. `finals[e, state]` are the
    influences of a conversion, of one unit of value, and of a null at the end. Where
    `weights` is given, results get their part of each path besides: `slots` says which result
    takes conversions (first row) or value (second row) of which channel, -1 none.
    """
    n_states = finals.shape[1]
    n_results = steps.shape[1]
    moved = np.zeros(n_results, np.float32)
    person = np.zeros(n_results)
    other = np.zeros(n_results)
    grouped = order.shape[0] > 0
    by_id = step_ids.shape[0] > 0
    local = weights.shape[0] > 0
    for turn in range(starts.shape[0] - 1):
        row = order[turn] if grouped else turn
        conv, worth = conversions[row], value[row]
        lost = nulls[row] if use_nulls else 0.0
        moved[:] = np.float32(0.0)
        before = n_states
        for at in range(starts[row], starts[row + 1]):
            state = states[at]
            step = np.int64(step_ids[at]) if by_id else np.int64(before) * n_states + state
            for k in range(n_results):
                moved[k] += steps[step, k]
            before = state
        mean = worth / conv if conv > 0 else 0.0
        loose = 0.0 if conv > 0 else worth
        if not grouped:
            if conv > 0:
                for k in range(n_results):
                    bought = finals[0, before, k] + np.float32(mean) * finals[1, before, k]
                    person[k] = moved[k] + bought
            if lost > 0:
                each = np.float32(loose / lost)
                for k in range(n_results):
                    other[k] = moved[k] + finals[2, before, k] + each * finals[1, before, k]
        else:
            for k in range(n_results):
                person[k] += (
                    (conv + lost) * moved[k]
                    + conv * finals[0, before, k]
                    + worth * finals[1, before, k]
                    + lost * finals[2, before, k]
                )
        if local and (conv != 0.0 or worth != 0.0):
            whole = 0.0
            for at in range(code_starts[row], code_starts[row + 1]):
                whole += weights[codes[at]]
            for at in range(code_starts[row], code_starts[row + 1]):
                part = weights[codes[at]] / whole
                to, worth_to = slots[0, codes[at]], slots[1, codes[at]]
                if grouped:
                    if to >= 0:
                        person[to] += part * conv
                    if worth_to >= 0:
                        person[worth_to] += part * worth
                else:
                    if to >= 0 and conv > 0:
                        person[to] += part
                    if worth_to >= 0:
                        person[worth_to] += part * mean
                        if loose != 0.0:
                            other[worth_to] += part * loose / lost
        if not grouped:
            if conv > 0:
                for k in range(n_results):
                    out[k] += conv * person[k] * person[k]
            if lost > 0:
                for k in range(n_results):
                    out[k] += lost * other[k] * other[k]
        elif ends[turn]:
            for k in range(n_results):
                out[k] += person[k] * person[k]
                person[k] = 0.0


@compiled
def step_sums(
    states: NDArray[np.int32],
    starts: Ints,
    step_ids: NDArray[np.int32],
    conversions: Floats,
    nulls: Floats,
    person: Ints,
    steps: Floats,
    finals: Floats,
    out: Floats,
) -> None:
    """Add up the influences of each person's journeys; `out` has one row a person."""
    n_states, n_results = finals.shape[1], steps.shape[1]
    by_id = step_ids.shape[0] > 0
    for row in range(starts.shape[0] - 1):
        who, conv, lost = person[row], conversions[row], nulls[row]
        before = n_states
        for at in range(starts[row], starts[row + 1]):
            state = states[at]
            step = np.int64(step_ids[at]) if by_id else np.int64(before) * n_states + state
            for k in range(n_results):
                out[who, k] += (conv + lost) * steps[step, k]
            before = state
        for k in range(n_results):
            out[who, k] += conv * finals[0, before, k] + lost * finals[2, before, k]


@compiled
def relax(
    begins: NDArray[np.int32],
    columns: NDArray[np.int32],
    rates: Floats,
    pushed: Floats,
    kept: Floats,
    found: Floats,
    close: float,
    most: int,
) -> int:
    """Solve x = kept × (pushed + Q x) by Gauss-Seidel sweeps; several right sides at once.

    Q is given by rows (`begins, columns, rates`) and has no diagonal; `pushed, kept, found` have one
    row a state. It stops when no number moves by more than `close`; returns the sweeps that it
    took, or -1 after `most` of them.
    """
    n_states, n_sides = found.shape
    row = np.empty(n_sides)
    for sweep in range(most):
        moved = 0.0
        for turn in range(n_states):
            state = n_states - 1 - turn if sweep % 2 else turn
            for k in range(n_sides):
                row[k] = pushed[state, k]
            for at in range(begins[state], begins[state + 1]):
                rate, to = rates[at], columns[at]
                for k in range(n_sides):
                    row[k] += rate * found[to, k]
            for k in range(n_sides):
                new = row[k] * kept[state, k]
                moved = max(moved, abs(new - found[state, k]))
                found[state, k] = new
        if moved <= close:
            return sweep + 1
    return -1
