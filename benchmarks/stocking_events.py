"""Does the interval of what a show brought hold the truth? Shows of many simulated worlds.

    python benchmarks/stocking_events.py --worlds 200

Each world: 5,000 people, 150 days, two rooms, about 11 shows after the warm-up. The truth is the number of
orders of the show's own day that would not have come without it. `event_uplift` sees orders by day and the rooms
on air. About 2 CPU seconds a world.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from liveattr.simulate import make_world
from liveattr.simulate.effects import Gross, subjects_of
from liveattr.simulate.story import Telling
from liveattr.stocking import event_uplift

FIRST = pd.Timestamp("2026-01-01")


def shows(seed: int, persons: int) -> tuple[pd.DataFrame, pd.Series]:
    """Orders by day with the shows of a world, and what each show truly brought on its day."""
    world = make_world("demo", seed=seed, values={"size.persons": persons})
    telling = Telling(world, "none")
    subjects = [s for s in subjects_of(world, "full") if s.name.startswith("kol")]
    telling.gross = [Gross(s) for s in subjects]
    for _ in telling.segments():
        pass
    money = pd.concat(telling.money, ignore_index=True)
    days, counted = world.parameters.size.all_days, world.parameters.size.days
    orders = np.bincount(money["day"], money["paid"] > 0, days)[:counted]
    calendar = world.calendar
    kol = calendar[calendar["broadcast_id"].str.endswith("K")]
    day = np.arange(counted)
    history = pd.DataFrame({"sku_id": "shop", "on": FIRST + pd.to_timedelta(day, unit="D")})
    history["units"], history["in_stock"] = orders.astype(float), True
    history["host"] = pd.Series(day).map(dict(zip(kol["day"], kol["account_id"], strict=True)))
    history["live_show"] = history["host"].notna().astype(float)
    for name, channel in (("own", 0), ("second", 1)):
        history[name] = np.isin(day, calendar.loc[calendar["channel"] == channel, "day"]) * 1.0
    truth = {}
    for one in telling.gross:
        gone = money[one.vanished(money, days)]
        begin = one.subject.from_day
        truth[history["on"][begin]] = int(gone.loc[gone["day"] == begin, "paid"].sum())
    return history, pd.Series(truth, dtype=float)


def main() -> None:
    """Print how often the interval held, and the error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=701001)
    parser.add_argument("--persons", type=int, default=5000)
    asked = parser.parse_args()
    rows = []
    for seed in range(asked.seed, asked.seed + asked.worlds):
        history, truth = shows(seed, asked.persons)
        told = event_uplift(history, event="live_show", group="host").set_index("on")
        rows.append(told.assign(truth=truth, world=seed).dropna(subset="truth"))
    every = pd.concat(rows)
    held = (every["low"] <= every["truth"]) & (every["truth"] <= every["high"])
    error = every["brought"] - every["truth"]
    by_world = held.groupby(every["world"]).mean()
    print(
        f"{len(by_world)} worlds, {len(every):,} shows, {every['truth'].mean():.1f} orders a show"
    )
    print(f"90 % interval holds {held.mean():.3f} (target .85 to .95)")
    print(f"told / true - 1 = {every['brought'].sum() / every['truth'].sum() - 1:+.3f}")
    print(f"error of one show (rmse): {np.sqrt((error**2).mean()):.1f} orders")


if __name__ == "__main__":
    main()
