"""Who lives in the world: tastes, habits, households, who agreed to what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import BLOCK, dense
from liveattr.simulate.world import BOT, BRUSH, REAL, TEST

if TYPE_CHECKING:
    from liveattr.simulate.parameters import Parameters

__all__ = ["CITIES", "People", "draw_people"]

CITIES = (
    "上海", "北京", "杭州", "广州", "深圳", "成都", "武汉", "南京", "苏州", "重庆", "西安", "长沙",
)  # fmt: skip
_DESIGN = "reference design of the world"


@dataclass(frozen=True)
class People(Block):
    """Tastes and habits of persons."""

    sensitivity_a: float = knob(2.0, 0.1, 20, "Beta a of the price sensitivity", source=_DESIGN)
    sensitivity_b: float = knob(3.0, 0.1, 20, "Beta b of the price sensitivity", source=_DESIGN)
    cycle_shape: float = knob(6.0, 0.5, 50, "Gamma shape of the time a unit lasts", source=_DESIGN)
    follows_own: float = knob(0.50, 0, 1, "share that follows the own room")
    follows_second: float = knob(0.45, 0, 1, "share that follows the second room")
    wecom_base: float = knob(-0.8, -6, 6, "log-odds of a WeCom member", source=_DESIGN)
    wecom_affinity: float = knob(1.2, 0, 5, "… more for each sd of affinity", source=_DESIGN)
    shared_home: float = knob(0.18, 0, 1, "share that shares device and IP", source=_DESIGN)
    linked: float = knob(0.75, 0, 1, "share whose mall account is ever known", source=_DESIGN)
    profiling: float = knob(0.80, 0, 1, "agree to attribution", source=_DESIGN)
    sms: float = knob(0.55, 0, 1, "agree to be called back", source=_DESIGN)
    fuzzy: float = knob(0.60, 0, 1, "agree to fuzzy matching", source=_DESIGN)
    withdraws: float = knob(0.02, 0, 1, "withdraw all consent at some day")
    bots: float = knob(0.03, 0, 1, "bots as a share of the persons")
    brushers: float = knob(0.002, 0, 0.2, "accounts of brushers as a share of the persons")
    testers: int = knob(5, 0, 100, "accounts of the brand's own people", source=_DESIGN)


def draw_people(seed: int, parameters: Parameters, categories: pd.DataFrame) -> pd.DataFrame:
    """Draw everybody.

    Parameters
    ----------
    seed, parameters
        Of the world.
    categories
        `category, cycle_days, weight`: how long a unit lasts and how many prefer it.

    Returns
    -------
    pandas.DataFrame
        As `World.people`.
    """
    block, real = parameters.people, parameters.size.persons
    extra = (
        [BRUSH] * (round(real * block.brushers) + 1 if block.brushers else 0)
        + [BOT] * round(real * block.bots)
        + [TEST] * block.testers
    )
    n = real + len(extra)

    def uniform(purpose: str) -> NDArray[np.float64]:
        return _draw(seed, purpose, n, lambda rng: rng.random(BLOCK))

    affinity = _draw(seed, "people affinity", n, lambda rng: rng.standard_normal(BLOCK))
    a, b, shape = block.sensitivity_a, block.sensitivity_b, block.cycle_shape
    sensitivity = _draw(seed, "people sensitivity", n, lambda rng: rng.beta(a, b, BLOCK))
    lasts = _draw(seed, "people cycle", n, lambda rng: rng.gamma(shape, 1 / shape, BLOCK))
    weight = np.cumsum(categories["weight"]) / categories["weight"].sum()
    home = np.searchsorted(weight.to_numpy(), uniform("people category")).clip(0, len(weight) - 1)
    person = np.arange(n)
    partner = person - (person % 2) * (uniform("people home")[person // 2] < block.shared_home)
    odds = block.wecom_base + block.wecom_affinity * affinity
    kind = np.array([REAL] * real + extra)
    leaves = uniform("people leaves")
    day = (uniform("people leaving day") * parameters.size.days).astype(np.int64)
    return pd.DataFrame(
        {
            "kind": kind.astype(np.int8),
            "affinity": affinity.astype(np.float32),
            "price_sensitivity": sensitivity.astype(np.float32),
            "cycle_days": (lasts * categories["cycle_days"].to_numpy()[home]).clip(3).astype("f4"),
            "home_category": home.astype(np.int8),
            "follows_own": uniform("people follows own") < block.follows_own,
            "follows_second": uniform("people follows second") < block.follows_second,
            "wecom_member": (uniform("people wecom") < 1 / (1 + np.exp(-odds))) & (kind == REAL),
            "household": np.where(kind == REAL, partner, person),
            "city": pd.Categorical.from_codes(
                (uniform("people city") ** 1.5 * len(CITIES)).astype(np.int8),  # type: ignore[arg-type]
                pd.Index(CITIES),
            ),
            "linked": (uniform("people linked") < block.linked) & (kind != BOT),
            "profiling": uniform("people profiling") < block.profiling,
            "sms": uniform("people sms") < block.sms,
            "fuzzy": uniform("people fuzzy") < block.fuzzy,
            "withdrawn_day": np.where(leaves < block.withdraws, day, -1).astype(np.int16),
        },
        index=pd.RangeIndex(n, name="person"),
    )


def _draw(seed: int, purpose: str, n: int, how) -> NDArray[np.float64]:  # type: ignore[no-untyped-def]
    """Draw whole blocks, so that a person's value does not depend on how many there are."""
    parts = [how(dense(seed, purpose, 0, b)) for b in range(-(-n // BLOCK))]
    found: NDArray[np.float64] = np.concatenate(parts)[:n] if parts else np.empty(0)
    return found
