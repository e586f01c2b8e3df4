"""Rooms, shows and months against the truth of base worlds, and what measuring them costs.

    python benchmarks/incrementality.py --worlds 12

Base worlds: the demo world with its default calendar and what platforms show, kappa 0, 1 and 2 in turn. Prints
errors and coverage of each estimator of lift by kappa, and the CPU seconds of each step on the first world.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import pandas as pd

from liveattr.bench import WorldPlan, scores
from liveattr.bench.estimators import chosen
from liveattr.bench.evidence import Evidence
from liveattr.bench.one import Lived, live, rows_of
from liveattr.incrementality.baseline import fit_baseline
from liveattr.incrementality.exposure_effect import fit_hazard
from liveattr.incrementality.frailty import fit_frailty, read_histories
from liveattr.incrementality.net import net_factors
from liveattr.incrementality.order_split import room_orders, split_orders
from liveattr.incrementality.panel import read_panel

SEED = 701
NAMES = [
    *("series_gross", "hazard_gross", "pooled_gross", "baseline_gross", "chosen_gross"),
    *("pooled_net", "baseline_net", "chosen_net"),
]


def plans(worlds: int) -> list[WorldPlan]:
    """Return base worlds, kappa 0, 1 and 2 in turn."""
    kappas = [number % 3 for number in range(worlds)]
    return [
        WorldPlan(n, "demo", SEED * 10_000 + n, {"kappa": str(k)}, {"exposure.kappa": float(k)})
        for n, k in enumerate(kappas)
    ]


def costs(lived: Lived) -> pd.Series:
    """Return CPU seconds of each step on one world."""
    spent: dict[str, float] = {}

    def step(name: str, do: Callable[[], Any]) -> Any:
        begun = time.process_time()
        found = do()
        spent[name] = time.process_time() - begun
        return found

    with Evidence(lived.frames, lived.since_us) as evidence:
        step("people and touches, shared with all models", lambda: evidence.touches)
        lift = step("everything of measure_lift", lambda: evidence.lift)
        days = lift.shop
        panel = read_panel(evidence.connection, days.first_on, days.days)
        fit = step("hazard", lambda: fit_hazard(panel, draws=4000))
        split = step("… split of orders", lambda: split_orders(fit, panel))
        step("… draws of rooms", lambda: room_orders(fit, panel))
        orders = {"person": panel.order_person, "day": panel.order_day, "qty": panel.order_qty}
        histories = read_histories(pd.DataFrame(orders), days=panel.days, people=panel.people)
        frailty = step("net: fit", lambda: fit_frailty(histories))
        weights = split.groupby(["person", "day", "room"])["weight"].sum().clip(0, 1).reset_index()
        weights = weights.rename(columns={"room": "subject"})
        step("net: factors of the rooms", lambda: net_factors(frailty, weights))
        shop = pd.DataFrame({"orders": days.orders}, index=days.dates)
        shows = days.broadcasts.rename(columns={"broadcast_id": "subject"})
        shows = shows.assign(day_on=pd.to_datetime(shows["day_on"]))[["subject", "room", "day_on"]]
        step("baseline with its fakes", lambda: fit_baseline(shop, shows))
    return pd.Series(spent, name="CPU s").round(1)


def main() -> None:
    """Live through the worlds and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=12)
    rows = []
    for number, plan in enumerate(plans(parser.parse_args().worlds)):
        lived = live(plan)
        if number == 0:
            print(costs(lived).to_string(), "\n")
        rows.append(rows_of(plan, chosen(NAMES), lived=lived))
        print(f"world {number} done", flush=True)
    found = scores(pd.concat(rows, ignore_index=True), ["kappa"])
    told = found[found["against"] == found["estimator"].str.split("_").str[-1]]
    names = ["factor", "level", "estimator", "subject_kind", "bias", "wape", "coverage", "width"]
    print(told[[*names, "worlds", "n"]].round(2).to_string(index=False))


if __name__ == "__main__":
    main()
