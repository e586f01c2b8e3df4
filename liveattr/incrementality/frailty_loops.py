"""Loops over the days of people, compiled by numba on first use; imported inside functions only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liveattr.compiled import compiled

__all__ = ["run_without", "walk_people"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SCALE = 2.0**-53


@compiled
def walk_people(
    first: Ints, day: Ints, units: Ints, level: Floats, before: Floats, after: Floats,
    mood: float, carry: float, taste: Floats, hazard: Floats, logs: Floats, risk: Floats,
) -> None:  # fmt: skip
    """Sum each person's hazard over all days, its logarithm over the order days, and the risk a day.

    `level` is the log hazard of a day, `before` that of a person of whom no order is known yet,
    `after[u, k]` k + 1 days after an order of u units. `hazard` and `logs` get a number a person;
    `risk` a number a day, each person times `taste`.
    """
    days = level.shape[0]
    top = after.shape[0] - 1
    for i in range(first.shape[0] - 1):
        x = 0.0
        age = -1
        held = 0
        k = first[i]
        total = 0.0
        log_total = 0.0
        for t in range(days):
            log_rate = level[t] + x + (before[t] if age < 0 else after[held, age])
            rate = np.exp(log_rate)
            total += rate
            risk[t] += taste[i] * rate
            x *= carry
            age += age >= 0
            if k < first[i + 1] and day[k] == t:
                log_total += log_rate
                held = min(units[k], top)
                age = 0
                x += mood * carry
                k += 1
        hazard[i] = total
        logs[i] = log_total


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
def _mood_around(day: Ints, low: int, high: int, mood: float, carry: float, out: Floats) -> None:
    """Write what the order days of a person say of the mood on each day, earlier and later."""
    out[:] = 0.0
    for k in range(low, high):
        for step in (-1, 1):
            x = mood
            t = day[k] + step
            while 0 <= t < out.shape[0] and x > 1e-3:
                x *= carry
                out[t] += x
                t += step


@compiled
def run_without(
    rows: Ints, first: Ints, day: Ints, units: Ints, weight: Floats, level: Floats, before: Floats,
    after: Floats, mood: float, carry: float, taste: Floats, push: Floats, seed: int,
    gone: Floats, moved: Floats,
) -> None:  # fmt: skip
    """Live the days of the people in `rows` again without the part `weight` of their orders.

    A factual order stays with the chance (1 - weight) × (hazard by the supplies there) ÷ (hazard by the
    supplies of the factual course); an order that was not there comes by what the hazard is larger.
    `push` is the part of a person's hazard that is the subject's. `gone` gets the orders a day that
    would not have come on their day, `moved` those that come in their place less others that these
    displace.
    """
    days = level.shape[0]
    top = after.shape[0] - 1
    around = np.zeros(days)
    for row in range(rows.shape[0]):
        i = rows[row]
        k = first[i]
        while k < first[i + 1] and weight[k] <= 0:
            k += 1
        if k == first[i + 1]:
            continue
        _mood_around(day, first[i], first[i + 1], mood, carry, around)
        age = -1 if k == first[i] else day[k] - day[k - 1] - 1
        held = 0 if k == first[i] else min(units[k - 1], top)
        age_off, held_off = age, held
        for t in range(day[k], days):
            here = before[t] if age < 0 else after[held, age]
            there = before[t] if age_off < 0 else after[held_off, age_off]
            ratio = np.exp(there - here)
            ordered = k < first[i + 1] and day[k] == t
            u = _luck(seed, i, t)
            if ordered:
                kept = u < (1 - weight[k]) * ratio
                lost = u >= 1 - weight[k]
                gone[t] += lost
                moved[t] += (1 if kept else 0) - (0 if lost else 1)
            else:
                more = (1 - push[i]) * ratio - 1
                kept = more > 0 and u < taste[i] * np.exp(level[t] + here + around[t]) * more
                moved[t] += kept
            age += age >= 0
            age_off += age_off >= 0
            if ordered:
                age, held = 0, min(units[k], top)
            if kept:
                age_off, held_off = 0, min(units[k], top) if ordered else 1
            k += ordered
