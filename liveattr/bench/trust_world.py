"""Worlds like the user's shop: the simulator at the shop's own rates, and how often intervals hold there.

The simulator knows three rooms. The shop's busiest account stands for the own room, the next one for the
second room, and guest shows for KOL shows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from liveattr.bench.trust_rules import Range, TrustRow, judge_share, not_run
from liveattr.errors import ParameterError

__all__ = ["GOOD_COVERAGE", "UserRates", "cover_worlds", "judge_worlds", "world_values"]

TEST = "world_coverage"
GOOD_COVERAGE = Range(0.85, 0.95, bad_low=0.7)
"""At level 0.9: what is striven for, and what is plainly too low."""

MOST_PEOPLE, LEAST_PEOPLE = 20_000, 1_000
MOST_DAYS, LEAST_DAYS = 365, 60
"""Worlds are no larger, so that some of them run in minutes, and no smaller, so that there is an effect."""

DEFAULT_BASE, DEFAULT_ADDITIVE = -5.3, -5.45
DEFAULT_RATE = 0.0142
"""[paid orders a person and day] Of the demo world at `purchase.base` = -5.3, mean of worlds of kappa 0 to 2."""
ANSWERS = 0.54
"""Log of the rate moves so much for a step of 1 in the base: who has just bought needs nothing."""
DEFAULT_REFUND = 0.136
"""Share of its paid orders with money back."""
BURN_IN_DAYS = 30


@dataclass(frozen=True)
class UserRates:
    """Rates of a shop; what is not known is None and stays as in the demo world.

    Attributes
    ----------
    people
        [people] That bought or watched.
    days
        [days] From the first paid order to the last.
    orders
        [orders] Paid, of all shops.
    own_share, second_share
        Share of the days on which the busiest account is on air, and the next one.
    show_gap_days
        [days] Between two guest shows.
    refund_share
        Share of the paid orders with money back.
    """

    people: int
    days: int
    orders: int
    own_share: float | None = None
    second_share: float | None = None
    show_gap_days: float | None = None
    refund_share: float | None = None


def world_values(rates: UserRates) -> dict[str, Any]:
    """Return the parameters of a world with a shop's rates.

    Parameters
    ----------
    rates
        Of the shop.

    Returns
    -------
    dict
        `block.parameter` → value, for `make_world` and `draw_worlds`.

    Raises
    ------
    ParameterError
        If there is nobody, or no order.

    Notes
    -----
    `purchase.base` is that of the demo world plus log(rate / its rate) / 0.54; worlds made so have a
    rate within an eighth of the shop's from 0.005 to 0.03 orders a person and day. Refunds: the odds of
    all three shares move alike. People are those who were seen, so a shop of whose people many never
    show up gets a smaller and busier world.

    Examples
    --------
    >>> world_values(UserRates(people=500_000, days=400, orders=2_840_000))["purchase.base"]
    -5.3
    """
    if rates.people < 1 or rates.days < 1 or rates.orders < 1:
        raise ParameterError(f"{rates}: worlds need people, days and orders")
    step = math.log(rates.orders / rates.people / rates.days / DEFAULT_RATE) / ANSWERS
    found: dict[str, Any] = {
        "size.persons": min(max(rates.people, LEAST_PEOPLE), MOST_PEOPLE),
        "size.days": min(max(rates.days, LEAST_DAYS), MOST_DAYS),
        "size.burn_in_days": BURN_IN_DAYS,
        "purchase.base": round(DEFAULT_BASE + step, 3),
        "purchase.additive_base": round(DEFAULT_ADDITIVE + step, 3),
    }
    shares = {"own_share": rates.own_share, "second_share": rates.second_share}
    found |= {f"calendar.{k}": round(min(v, 1.0), 3) for k, v in shares.items() if v is not None}
    if rates.show_gap_days is not None:
        low = max(1, min(round(rates.show_gap_days * 0.75), 400))
        found["calendar.kol_gap_low"] = low
        found["calendar.kol_gap_high"] = max(low, min(round(rates.show_gap_days * 1.25), 400))
    if rates.refund_share is not None:
        found |= _refunds(rates.refund_share)
    return found


def _refunds(share: float) -> dict[str, float]:
    held = min(max(share, 0.002), 0.9)
    times = held / (1 - held) / (DEFAULT_REFUND / (1 - DEFAULT_REFUND))
    usual = {"refund": 0.12, "refund_live": 0.30, "refund_kol": 0.40}
    odds = {name: times * p / (1 - p) for name, p in usual.items()}
    return {
        f"order_life.{n}": round(min(max(o / (1 + o), 0.001), 0.99), 4) for n, o in odds.items()
    }


def cover_worlds(
    rates: UserRates, *, worlds: int, seed: int, out: Path, estimator: str, jobs: int = 1
) -> pd.DataFrame:
    """Let an estimator look at worlds like the shop, with as much hidden intent as in any.

    Parameters
    ----------
    rates
        Of the shop.
    worlds, seed
        How many, and which.
    out
        Folder of their rows; a second run does only what is missing.
    estimator
        Name of an estimator of the bench with intervals.
    jobs
        Worlds at a time.

    Returns
    -------
    pandas.DataFrame
        Rows of the bench (`rows_of`) of the estimator.
    """
    from liveattr.bench.estimators import chosen
    from liveattr.bench.run import load_rows, run_worlds
    from liveattr.bench.worlds import FACTORS, draw_worlds

    unknown = ("kappa", "pull_forward", "mechanism")  # what nobody can read off his own data
    plans = draw_worlds(
        worlds,
        preset="demo",
        seed=seed,
        factors=tuple(each for each in FACTORS if each.name in unknown),
        values=world_values(rates),
    )
    rows = load_rows(run_worlds(plans, chosen([estimator]), out=out, jobs=jobs), out)
    return rows[rows["estimator"] == estimator].reset_index(drop=True)


def judge_worlds(rows: pd.DataFrame, rates: Mapping[str, Any]) -> TrustRow:
    """Say how often the interval of a room held its true gross lift.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of the bench: `world, subject_kind, measure, low, high, gross`.
    rates
        The parameters of the worlds, for the note.
    """
    mine = rows[(rows["subject_kind"] == "room") & (rows["measure"] == "orders")]
    mine = mine.dropna(subset=["low", "high"])
    held = ((mine["low"] <= mine["gross"]) & (mine["gross"] <= mine["high"])).sum()
    if mine.empty:
        return not_run(
            TEST, "no room of these worlds got an interval: too few orders or days off air"
        )
    note = (
        f"{mine['world'].nunique()} worlds of {rates['size.persons']:,} people and "
        f"{rates['size.days']} days"
    )
    return judge_share(TEST, int(held), len(mine), GOOD_COVERAGE, wanted=0.9, note=note)
