"""How weeks jump by themselves, beyond chance: what planners' intervals hold beside the drift."""

import numpy as np
import pandas as pd
import pytest

from liveattr.repurchase.weeks import ALL, SWING_WEEKS, UNKNOWN_SWING, _swings

MONDAY = 20_549 - (20_549 + 3) % 7


def days_with_orders(
    rng: np.random.Generator, level: float, jump: float, people: int = 4000
) -> pd.DataFrame:
    """Person-days of 40 whole weeks; each week's number is Poisson around a level that jumps."""
    rows = []
    for week in range(40):
        n = rng.poisson(level * np.exp(jump * rng.normal()))
        day = MONDAY - 7 * (week + 1) + rng.integers(0, 7, n)
        rows.append(pd.DataFrame({"person_id": rng.permutation(people)[:n], "day": day}))
    first = pd.DataFrame({"person_id": range(people), "day": MONDAY - 7 * 60})
    return pd.concat([first, *rows], ignore_index=True)


@pytest.mark.parametrize("jump", [0.0, 0.15, 0.3])
def test_jumps_of_weeks_are_told_apart_from_chance(jump: float) -> None:
    rng = np.random.default_rng(3)
    told = [_swings(days_with_orders(rng, 150.0, jump), MONDAY - 1)[ALL] for _ in range(80)]
    error = max(float(np.std(told)) / 80**0.5, 3e-4)
    assert abs(np.mean(told) - jump**2) < 3.5 * error, "no less than 0 is told: some above it"


def test_first_orders_and_weeks_that_are_not_over_do_not_count() -> None:
    rng = np.random.default_rng(4)
    known = days_with_orders(rng, 200.0, 0.0)
    told = _swings(known, MONDAY - 1)
    newcomers = pd.DataFrame({"person_id": [f"n{i}" for i in range(900)], "day": MONDAY - 10})
    begun = pd.DataFrame({"person_id": range(900), "day": MONDAY + 1})
    assert _swings(pd.concat([known, newcomers, begun]), MONDAY + 1) == told
    assert _swings(known, MONDAY + 5) == told, "the week that runs is not whole"


def test_categories_jump_by_themselves_and_little_is_not_known() -> None:
    rng = np.random.default_rng(5)
    calm, wild = (days_with_orders(rng, 150.0, jump) for jump in (0.0, 0.5))
    both = pd.concat([calm.assign(category="calm"), wild.assign(category="wild")])
    told = _swings(both, MONDAY - 1)
    assert told["wild"] > 0.1 > 0.02 > told["calm"]
    few = pd.DataFrame({"person_id": ["a"] * 3, "day": [MONDAY - 90, MONDAY - 9, MONDAY - 2]})
    assert _swings(few, MONDAY - 1)[ALL] == UNKNOWN_SWING**2
    assert SWING_WEEKS == 26
