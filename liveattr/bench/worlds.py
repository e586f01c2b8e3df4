"""Which worlds the bench visits: a Latin hypercube over what makes attribution hard."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from liveattr.errors import ParameterError

__all__ = ["FACTORS", "Factor", "WorldPlan", "draw_worlds"]

SEEDS_APART = 10_000
"""World number n of seed s has the seed s × this + n, so no two benches share a world."""


@dataclass(frozen=True)
class Factor:
    """One thing that differs between worlds.

    Attributes
    ----------
    name
        Its name in tables.
    levels
        Level → parameters of the world, named `block.parameter`.
    """

    name: str
    levels: Mapping[str, Mapping[str, Any]]


def _loss(share: float) -> dict[str, float]:
    """Return the ways in which a link loses its parameters, in the proportions of the design."""
    parts = {"jump.copied": 10 / 30, "jump.switched": 12 / 30, "jump.stripped": 8 / 30}
    return {name: round(share * part, 4) for name, part in parts.items()}


FACTORS = (
    Factor("kappa", {str(k): {"exposure.kappa": float(k)} for k in (0, 1, 2)}),
    Factor("pull_forward", {"off": {"supply.on": False}, "on": {"supply.on": True}}),
    Factor("tracking_loss", {str(x): _loss(x) for x in (0.0, 0.3, 0.6)}),
    Factor(
        "off_days",
        {
            str(x): {"calendar.own_share": 1 - x, "calendar.second_share": 1 - x}
            for x in (0.0, 0.1, 0.25)
        },
    ),
    Factor("brushing", {str(x): {"brushing.share": x} for x in (0.0, 0.05)}),
    Factor("mechanism", {m: {"purchase.mechanism": m} for m in ("logit", "additive")}),
    Factor("visibility", {v: {"visibility.preset": v} for v in ("default", "full")}),
)
"""What differs between the worlds of a bench, and the levels that each factor has."""


@dataclass(frozen=True)
class WorldPlan:
    """One world of a bench.

    Attributes
    ----------
    number
        Counts from 0 within the bench.
    preset, seed
        Of the world.
    levels
        Factor → level.
    values
        Parameters that differ from the preset, named `block.parameter`.
    """

    number: int
    preset: str
    seed: int
    levels: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)

    def key(self, code: str, names: tuple[str, ...]) -> str:
        """Return a short hash of all that decides this world's rows."""
        facts = [code, self.preset, self.seed, dict(self.values), list(names)]
        text = json.dumps(facts, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def draw_worlds(
    n: int,
    *,
    preset: str,
    seed: int,
    factors: tuple[Factor, ...] = FACTORS,
    values: Mapping[str, Any] | None = None,
) -> list[WorldPlan]:
    """Spread worlds over the levels of all factors.

    Parameters
    ----------
    n
        [worlds] How many.
    preset
        Size of the worlds.
    seed
        Decides levels and seeds; the same seed, n and factors give the same worlds.
    factors
        What differs.
    values
        Parameters that all worlds share.

    Returns
    -------
    list of WorldPlan
        Every level of a factor comes equally often, or one world more or less where n cannot be
        divided: each factor's n draws lie in n equal strata of [0, 1).

    Examples
    --------
    >>> [plan.levels["brushing"] for plan in draw_worlds(4, preset="tiny", seed=1)].count("0.05")
    2
    """
    from scipy.stats import qmc  # half a second that a worker process need not spend

    if n < 1:
        raise ParameterError(f"worlds = {n}: at least 1 is wanted")
    drawn = qmc.LatinHypercube(d=len(factors), optimization="random-cd", rng=seed).random(n)
    plans = []
    for number, row in enumerate(drawn):
        levels, changed = {}, dict(values or {})
        for factor, place in zip(factors, row, strict=True):
            level = list(factor.levels)[int(place * len(factor.levels))]
            levels[factor.name] = level
            changed |= factor.levels[level]
        plans.append(WorldPlan(number, preset, seed * SEEDS_APART + number, levels, changed))
    return plans
