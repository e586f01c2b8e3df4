"""One world: live through it, let the estimators look, lay the truth beside what they say."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from liveattr.bench.estimators import ORACLE, Estimator, estimate
from liveattr.bench.evidence import ROOMS, Evidence
from liveattr.bench.worlds import WorldPlan
from liveattr.errors import MissingDataError
from liveattr.settings import Settings

__all__ = ["HORIZONS", "Lived", "live", "rows_of"]

HORIZONS = ("gross", "net")
"""The horizons of the truth that estimates are judged by."""

MEASURES = ("orders", "gmv_fen", "net_fen", "margin_fen")


@dataclass(frozen=True)
class Lived:
    """What a world left behind.

    Attributes
    ----------
    frames
        Canonical tables: what an estimator may see.
    since_us
        [µs, UTC] Begin of the time in which the truth counts orders.
    effects
        `subject_kind, subject, horizon, orders, gmv_fen, net_fen, margin_fen`: what is missing
        when the subject (channel, campaign, broadcast) is switched off.
    oracle
        `subject_kind, subject, orders`: the world's own p(buy | on) - p(buy | off), summed.
    """

    frames: dict[str, pd.DataFrame]
    since_us: int
    effects: pd.DataFrame
    oracle: pd.DataFrame


Live = Callable[[WorldPlan], Lived]


def live(plan: WorldPlan) -> Lived:
    """Draw the world of a plan and live through it, with all of its truth."""
    from liveattr.simulate import live_through, make_world
    from liveattr.simulate.world import DAY_US

    world = make_world(plan.preset, seed=plan.seed, values=dict(plan.values))
    story = live_through(world, truth="full")
    since = world.start_us + world.parameters.size.burn_in_days * DAY_US
    return Lived(story.frames(), since, story.truth.effects, story.truth.oracle)


def rows_of(
    plan: WorldPlan, asked: tuple[Estimator, ...], *, lived: Lived, jobs: int = 1
) -> pd.DataFrame:
    """Let estimators look at a world and lay the truth beside their estimates.

    Parameters
    ----------
    plan
        Which world.
    asked
        Which estimators.
    lived
        What it left behind.
    jobs
        So many worlds run at a time: each takes its part of the cores.

    Returns
    -------
    pandas.DataFrame
        `world, preset, seed`, a column for each factor, `estimator, subject_kind, subject, measure,
        estimate, low, high, gross, net, seconds, shared_seconds`; the last one is the time for
        people and journeys, which all estimators share. Subjects that the truth does not know are
        left out, and so are those for which an estimator gives no number.
    """
    known = Settings(threads=max((os.cpu_count() or 1) // jobs, 1))
    truth = _truth(_with_rooms(lived.effects))
    parts = [_oracle(_with_rooms(lived.oracle))]
    with Evidence(lived.frames, lived.since_us, known) as evidence:
        shared = _seconds(lambda: evidence.paths)
        for one in asked:
            begun = time.perf_counter()
            found = estimate(one, evidence, plan.seed)
            seconds = time.perf_counter() - begun
            parts.append(found.assign(estimator=one.name, seconds=seconds))
    told = pd.concat([part for part in parts if len(part)], ignore_index=True)
    rows = told.merge(truth, on=["subject_kind", "subject", "measure"], how="inner")
    if rows.empty:
        raise MissingDataError("no estimate is of a subject that the truth knows")
    rows = rows.assign(world=plan.number, preset=plan.preset, seed=plan.seed, shared_seconds=shared)
    rows = rows.assign(**plan.levels)
    head = ["world", "preset", "seed", *plan.levels, "estimator", "subject_kind", "subject"]
    body = ["measure", "estimate", "low", "high", *HORIZONS, "seconds", "shared_seconds"]
    order = [ORACLE, *(one.name for one in asked)]
    place = rows["estimator"].map({name: at for at, name in enumerate(order)})
    rows = rows.assign(place=place).sort_values(
        ["place", "subject_kind", "subject", "measure"], kind="stable"
    )
    return rows[[*head, *body]].reset_index(drop=True)


def _seconds(make: Callable[[], object]) -> float:
    begun = time.perf_counter()
    make()
    return time.perf_counter() - begun


def _with_rooms(told: pd.DataFrame) -> pd.DataFrame:
    """Add the live rooms as a kind of their own: they are the channels that matter most."""
    rooms = told[(told["subject_kind"] == "channel") & told["subject"].isin(ROOMS)]
    return pd.concat([told, rooms.assign(subject_kind="room")], ignore_index=True)


def _truth(effects: pd.DataFrame) -> pd.DataFrame:
    """Return one row a subject and measure, with the true number of each horizon."""
    known = [name for name in MEASURES if name in effects.columns]
    long = effects[effects["horizon"].isin(HORIZONS)].melt(
        id_vars=["subject_kind", "subject", "horizon"], value_vars=known, var_name="measure"
    )
    wide = long.astype({"value": float}).pivot_table(
        index=["subject_kind", "subject", "measure"], columns="horizon", values="value"
    )
    missing = [name for name in HORIZONS if name not in wide.columns]
    if missing:
        raise MissingDataError(f"the truth has no horizon {missing[0]!r}")
    return wide[list(HORIZONS)].reset_index().rename_axis(columns=None)


def _oracle(oracle: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "subject_kind": oracle["subject_kind"],
            "subject": oracle["subject"].astype(str),
            "measure": "orders",
            "estimate": oracle["orders"].astype(float),
            "low": np.nan,
            "high": np.nan,
            "estimator": ORACLE,
            "seconds": np.nan,
        }
    )
