"""From need to a wish to buy: intent, and two mechanisms that turn it into a wish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, choice, knob

__all__ = [
    "Intent",
    "Purchase",
    "Supply",
    "demand_of_day",
    "likelihood",
    "need",
    "score",
    "threshold",
]

Floats = NDArray[np.float32]
_DESIGN = "reference design of the world"


@dataclass(frozen=True)
class Intent(Block):
    """Wish for the brand's goods: taste, need, and a mood that lasts some days. Nobody sees it."""

    affinity: float = knob(0.8, 0, 5, "weight of the person's taste", source=_DESIGN)
    carry: float = knob(0.85, 0, 0.99, "share of the mood that is left next day", source=_DESIGN)
    noise: float = knob(0.37, 0, 5, "sd of what is new in the mood", source=_DESIGN)


@dataclass(frozen=True)
class Supply(Block):
    """What was bought lasts a while: without it (`on=False`) a purchase pulls nothing forward."""

    need: float = knob(1.1, 0, 5, "size of the need", source=_DESIGN)
    slope: float = knob(2.0, 0.1, 20, "how sharply need rises when supplies end", source=_DESIGN)
    flat: float = knob(-0.25, -5, 5, "need of everybody where supplies are switched off")
    other_category: float = knob(0.75, 0, 1, "a unit of another category fills so much")


@dataclass(frozen=True)
class Purchase(Block):
    """The daily chance of a wish to buy.

    `logit`: p = 1 / (1 + exp(-z)), z = base + intent + Σ beta × memory + promotion + season.
    `additive`: p = 1 - exp(-h), h = exp(base + intent + promotion + season) × (1 + Σ lift × beta ×
    memory); channels add to the hazard and do not multiply each other.
    """

    mechanism: str = choice("logit", ("logit", "additive"), "form of the purchase decision")
    base: float = knob(-5.3, -20, 5, "log-odds at no intent; set for 1.6 to 2.2 orders a person")
    additive_base: float = knob(-5.45, -20, 5, "log hazard at no intent, additive mechanism")
    additive_lift: float = knob(2.3, 0, 20, "lift of the hazard for each beta, additive mechanism")
    promotion: float = knob(0.8, 0, 5, "what a festival adds for the most price-sensitive")
    festivals: float = knob(0.05, 0, 1, "share of days with a festival of the platforms")
    weekend: float = knob(0.15, -2, 2, "what a weekend day adds")
    drift: float = knob(
        0.15, 0, 2, "size of the slow rise and fall of demand (one wave in 180 days)"
    )
    kol_two: float = knob(0.6, 0, 1, "buyers at a KOL show that take two units", source=_DESIGN)
    two: float = knob(0.05, 0, 1, "other buyers that take two units")


def need(supply: Floats, block: Supply) -> Floats:
    """Return the need at a supply clock (0 just bought, 1 used up): need × tanh(slope × (e - 1))."""
    if not block.on:
        return np.full(supply.shape, block.flat, dtype=np.float32)
    return np.float32(block.need) * np.tanh(np.float32(block.slope) * (supply - 1))


def demand_of_day(day: int, weekday: int, festival: bool, block: Purchase) -> tuple[float, float]:
    """Return what the day adds for everybody, and what it adds times the price sensitivity."""
    season = block.drift * float(np.sin(2 * np.pi * day / 180))
    return season + (block.weekend if weekday >= 5 else 0.0), block.promotion if festival else 0.0


def threshold(uniform: Floats, block: Purchase) -> Floats:
    """Turn uniforms into what the score must exceed: one comparison decides in every world."""
    with np.errstate(divide="ignore"):
        if block.mechanism == "logit":
            return np.log(uniform) - np.log1p(-uniform)
        return -np.log1p(-uniform)


def push(beta: Floats, memory: Floats) -> Floats:
    """Return Σ beta × memory over the channels, added in their order: the same on every machine."""
    found = np.zeros(memory.shape[1], dtype=np.float32)
    for row, weight in enumerate(beta):
        if weight:
            found += weight * memory[row]
    return found


def score(base: Floats, added: Floats, block: Purchase) -> Floats:
    """Return the score of buying from what the person brings and what the channels add."""
    if block.mechanism == "logit":
        return np.float32(block.base) + base + added
    hazard = np.exp(np.float32(block.additive_base) + base)
    return hazard * (1 + np.float32(block.additive_lift) * added)


def likelihood(score: Floats, block: Purchase) -> Floats:
    """Return the chance of a wish at a score."""
    if block.mechanism == "logit":
        return np.float32(1) / (np.float32(1) + np.exp(-score))
    return -np.expm1(-score)
