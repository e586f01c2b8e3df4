"""Loops over the days of people, compiled by numba on first use; imported inside functions only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = ["run_without", "walk_people"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cube = NDArray[np.float64]

_SCALE = 2.0**-53


@compiled
def walk_people(
    first: Ints, day: Ints, units: Ints, rate: Floats, before: Cube, after: Cube,
    mood: float, carry: float, taste: Floats, hazard: Floats, logs: Floats, risk: Floats,
) -> None:  # fmt: skip
    """Sum each person's hazard over all days, its logarithm over the order days, and the risk a day.

    `rate` is the hazard of a day; times `before[c, t]` it is that of a person of whom no order is known
    yet, times `after[c, u, k]` that k + 1 days after an order of u units, if a unit lasts him cycle c.
    `hazard` and `logs` get a number a person and cycle; `risk` one a day, with the weights `taste` of
    each person and cycle.
    """
    days = rate.shape[0]
    top = after.shape[1] - 1
    for i in range(first.shape[0] - 1):
        x = 0.0
        age = -1
        held = 0
        k = first[i]
        for t in range(days):
            base = rate[t]
            if x > 1e-3:
                base *= np.exp(x)
            ordered = k < first[i + 1] and day[k] == t
            for c in range(before.shape[0]):
                one = base * (before[c, t] if age < 0 else after[c, held, age])
                hazard[i, c] += one
                risk[t] += taste[i, c] * one
                if ordered:
                    logs[i, c] += np.log(one)
            x *= carry
            age += age >= 0
            if ordered:
                held = min(units[k], top)
                age = 0
                x += mood * carry
                k += 1


@compiled
def _luck(seed: int, person: int, day: int) -> float:
    """Return a uniform number that depends on its address only (splitmix64)."""
    z = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(person) * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(day)
    for _ in range(2):
        z += np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return np.float64(z >> np.uint64(11)) * _SCALE


@compiled
def _mood_around(
    day: Ints,
    weight: Floats,
    low: int,
    high: int,
    mood: float,
    carry: float,
    drawn: float,
    out: Floats,
) -> None:
    """Write what the order days of a person say of the mood on each day, earlier and later.

    Who came to watch says as much again times `drawn`.
    """
    out[:] = 0.0
    for k in range(low, high):
        for step in (-1, 1):
            x = mood * (1 + (drawn if weight[k] > 0 else 0.0))
            t = day[k] + step
            while 0 <= t < out.shape[0] and x > 1e-3:
                x *= carry
                out[t] += x
                t += step


@compiled
def run_without(
    rows: Ints, first: Ints, day: Ints, units: Ints, weight: Floats, rate: Floats, before: Cube,
    after: Cube, mood: float, carry: float, drawn: float, taste: Floats, cycle: Ints, push: Floats,
    seed: int,     gone: Floats, moved: Floats,
) -> None:  # fmt: skip
    """Live the days of the people in `rows` again without the part `weight` of their orders.

    A factual order stays with the chance (1 - weight) × (hazard by the supplies there) ÷ (hazard by the
    supplies of the factual course); an order that was not there comes by what the hazard is larger.
    `push` is the part of a person's hazard that is the subject's. `gone` gets the orders a day that
    would not have come on their day, `moved` those that come in their place less others that these
    displace. `drawn` is by how much the wish to buy draws people into the broadcast.
    """
    days = rate.shape[0]
    top = after.shape[1] - 1
    around = np.zeros(days)
    for row in range(rows.shape[0]):
        i = rows[row]
        c = cycle[i]
        k = first[i]
        while k < first[i + 1] and weight[k] <= 0:
            k += 1
        if k == first[i + 1]:
            continue
        _mood_around(day, weight, first[i], first[i + 1], mood, carry, drawn, around)
        age = -1 if k == first[i] else day[k] - day[k - 1] - 1
        held = 0 if k == first[i] else min(units[k - 1], top)
        age_off, held_off = age, held
        for t in range(day[k], days):
            here = before[c, t] if age < 0 else after[c, held, age]
            there = before[c, t] if age_off < 0 else after[c, held_off, age_off]
            ratio = there / here
            ordered = k < first[i + 1] and day[k] == t
            u = _luck(seed, i, t)
            if ordered:
                kept = u < (1 - weight[k]) * ratio
                lost = u >= 1 - weight[k]
                gone[t] += lost
                moved[t] += (1 if kept else 0) - (0 if lost else 1)
            else:
                more = (1 - push[i]) * (ratio - 1)
                kept = more > 0 and u < taste[i] * rate[t] * here * np.exp(around[t]) * more
                moved[t] += kept
            age += age >= 0
            age_off += age_off >= 0
            if ordered:
                age, held = 0, min(units[k], top)
            if kept:
                age_off, held_off = 0, min(units[k], top) if ordered else 1
            k += ordered
