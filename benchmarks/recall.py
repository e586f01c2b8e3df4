"""Recall lists with a known effect: is what a hold-out says right on average, and are its intervals honest?

    python benchmarks/recall.py --worlds 50 --salts 20

Each world lives to a day on which people who saw a live room and did not order are listed. From there the same
chance lives on in several courses: nobody gets the message, all do, and for each salt those whom the hold-out leaves
to be contacted. The true effect is everybody less nobody; the orders that are measured are those of the salt's own
course, so people who take each other's last piece are in it. Lists of a world are pooled too, four worlds at a time.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.audience.recall_effect import recall_effect
from liveattr.audience.recall_people import ListOutcomes
from liveattr.audience.recall_pool import pooled_effect
from liveattr.holdout import assign_holdout
from liveattr.simulate import make_world
from liveattr.simulate.messages import EVERYBODY, NOBODY, message_outcomes, saw_and_left

SEED = 970
MESSAGE_FEN = 8
POOL = 4
AT = datetime(2026, 3, 1, tzinfo=UTC)
EFFECTS = (1.0, 1.5, 2.0)


def salt_of(world: int, salt: int) -> str:
    """Return a salt of the length that real ones have."""
    return hashlib.sha256(f"recall bench {world} {salt}".encode()).hexdigest()


def arms_of(people: NDArray[np.int64], world: int, salt: int, share: float) -> pd.DataFrame:
    """Draw arms of a list."""
    ids = [f"p_{person:08d}" for person in people]
    return assign_holdout(ids, "recall", share=share, salt=salt_of(world, salt), at=AT)


def one_world(
    number: int, salts: int, share: float, preset: str = "demo"
) -> tuple[pd.DataFrame, list[ListOutcomes]]:
    """Live through one world and measure its list by every salt.

    Returns
    -------
    tuple
        Estimates (`world, salt, outcome, truth, difference, low, high, reason`), and for each salt what the
        measurement saw.
    """
    world = make_world(preset, seed=SEED * 1000 + number)
    effect, day = EFFECTS[number % len(EFFECTS)], 60 + number % 30
    drawn: list[pd.DataFrame] = []

    def contacted(people: NDArray[np.int64]) -> list[NDArray[np.bool_]]:
        drawn.extend(arms_of(people, number, salt, share) for salt in range(salts))
        return [(arms["arm"] == "contact").to_numpy() for arms in drawn]

    lived = message_outcomes(world, saw_and_left, day, effect=effect, contacted=contacted)
    lived = lived.assign(person_id=[f"p_{person:08d}" for person in lived["person"]])
    courses = dict(iter(lived.groupby("course")))
    truth = {
        name: float(courses[EVERYBODY][name].mean() - courses[NOBODY][name].mean())
        for name in ("bought", "orders", "net_margin_fen")
    }
    truth["net_margin_fen"] -= MESSAGE_FEN
    seen = [ListOutcomes(courses[2 + n], drawn[n], MESSAGE_FEN, share) for n in range(salts)]
    rows = []
    for salt, one in enumerate(seen):
        found = recall_effect(
            one.outcomes, one.arms, message_cost_fen=MESSAGE_FEN, share=share
        ).assign(world=number, salt=salt)
        rows.append(found.assign(truth=found["outcome"].map(truth)))
    return pd.concat(rows, ignore_index=True), seen


def pooled(worlds: list[tuple[pd.DataFrame, list[ListOutcomes]]], salts: int) -> pd.DataFrame:
    """Pool lists of several worlds by salt; the truth is that per contacted person."""
    rows = []
    for first in range(0, len(worlds) - POOL + 1, POOL):
        part = worlds[first : first + POOL]
        for salt in range(salts):
            found = pooled_effect([seen[salt] for _, seen in part])
            own = pd.concat([frame[frame["salt"] == salt] for frame, _ in part])
            whole = own.assign(x=own["truth"] * own["n_contact"]).groupby("outcome")
            truth = whole["x"].sum() / whole["n_contact"].sum()
            rows.append(found.assign(world=first, salt=salt, truth=found["outcome"].map(truth)))
    return pd.concat(rows, ignore_index=True)


def scores(found: pd.DataFrame) -> pd.DataFrame:
    """Return the mean error in shares of the effect, its error of chance, and the coverage."""
    told = found[found["difference"].notna()]
    error = told["difference"] - told["truth"]
    inside = (told["low"] <= told["truth"]) & (told["truth"] <= told["high"])
    rows = told.assign(error=error, inside=inside).groupby("outcome", sort=False)
    mean = rows["truth"].mean()
    return pd.DataFrame(
        {
            "n": rows.size(),
            "effect": mean,
            "mean_error": rows["error"].mean() / mean,
            "chance": rows["error"].std() / np.sqrt(rows.size()) / mean,
            "coverage": rows["inside"].mean(),
            "below": rows.apply(
                lambda r: float((r["truth"] < r["low"]).mean()), include_groups=False
            ),
            "above": rows.apply(
                lambda r: float((r["truth"] > r["high"]).mean()), include_groups=False
            ),
            "detectable": rows["detectable"].mean(),
        }
    )


def main() -> None:
    """Live through the worlds and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=50)
    parser.add_argument("--salts", type=int, default=20)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--preset", default="demo")
    chosen = parser.parse_args()
    begun = time.process_time()
    worlds = [one_world(n, chosen.salts, chosen.share, chosen.preset) for n in range(chosen.worlds)]
    found = pd.concat([rows for rows, _ in worlds], ignore_index=True)
    sizes = found.groupby("world")[["n_contact", "n_holdout"]].mean()
    print(
        f"people contacted {sizes['n_contact'].mean():,.0f}, held out {sizes['n_holdout'].mean():,.0f}"
    )
    print(f"without a number: {int(found['difference'].isna().sum())} of {len(found)}")
    with pd.option_context("display.width", 160, "display.max_columns", 20):
        print(scores(found).round(4))
        if len(worlds) >= POOL:
            print(f"\n{POOL} lists pooled")
            print(scores(pooled(worlds, chosen.salts)).round(4))
    print(f"{time.process_time() - begun:.0f} CPU s")


if __name__ == "__main__":
    main()
