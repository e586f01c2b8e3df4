"""Is the simulated world of the size it should be? Magnitudes of the demo, mean of some seeds.

    python benchmarks/world.py            8 seeds, about 2 minutes
    python benchmarks/world.py --seeds 2

Each row says what was measured, the band it must lie in, and OK or MISSED. Shares of orders are of
paid orders placed in the 120 days after the warm-up. Clicks are those of the world's own log: with
full visibility an analyst would see all of them.
"""

from __future__ import annotations

import argparse
import time

import duckdb
import numpy as np
import pandas as pd

from liveattr.bench import paired_spread
from liveattr.simulate import live_through, make_world
from liveattr.simulate.accounts import make_identifiers
from liveattr.simulate.chronicle import tell
from liveattr.simulate.money import order_money
from liveattr.simulate.world import CHANNELS, KOL, LIVE, MALL, NORMAL, OWN, SECOND

WEEK_US = 7 * 86_400_000_000
BANDS = {
    "orders a person": (1.6, 2.2),
    "incremental share, all channels (net)": (0.25, 0.37),
    "incremental share, live rooms (net)": (0.10, 0.18),
    "net / gross, own room": (0.5, 0.7),
    "net / gross, second room": (0.5, 0.7),
    "net / gross, KOL": (0.35, 0.55),
    "refunds, mall": (0.10, 0.14),
    "refunds, rooms": (0.25, 0.35),
    "refunds, KOL": (0.35, 0.45),
    "links lost on the way": (0.25, 0.35),
    "last click / true net orders of the rooms": (0.4, 0.65),
    "any live click in 7 days / true net orders": (1.6, 2.4),
}


def magnitudes(seed: int) -> dict[str, float]:
    """Measure one world."""
    world = make_world("demo", seed=seed)
    story = live_through(world)
    start = world.parameters.size.burn_in_days
    effects = story.truth.effects.set_index(["subject", "horizon"])["orders"]
    total = effects["all", "factual"]
    rooms = [CHANNELS[c] for c in LIVE]
    net = sum(effects[c, "net"] for c in rooms)
    identifiers = make_identifiers(world)
    chapters = [tell(s, world, identifiers) for s in story.segments]
    clicks = pd.concat([c.behaviour.clicks for c in chapters], ignore_index=True)
    orders = pd.concat([s.orders for s in story.segments], ignore_index=True)
    money = order_money(orders, world)
    paid = orders[money["paid"].to_numpy() & (orders["day"] >= start) & (orders["kind"] == NORMAL)]
    last, touched = live_clicks(paid, clicks)
    linked = clicks[clicks["mall"] & (clicks["link"] >= 0)]
    return {
        "orders a person": total / world.real,
        "incremental share, all channels (net)": sum(effects[c, "net"] for c in CHANNELS) / total,
        "incremental share, live rooms (net)": net / total,
        "net / gross, own room": effects["own_room", "net"] / effects["own_room", "gross"],
        "net / gross, second room": effects["second_room", "net"] / effects["second_room", "gross"],
        "net / gross, KOL": effects["kol", "net"] / effects["kol", "gross"],
        **refunds(orders[orders["day"] >= start], world),
        "links lost on the way": 1 - float(linked["tracked"].mean()),
        "last click / true net orders of the rooms": last / net,
        "any live click in 7 days / true net orders": touched / net,
    }


def live_clicks(orders: pd.DataFrame, clicks: pd.DataFrame) -> tuple[int, int]:
    """Count orders whose last click of 7 days was live, and those with any live click in them."""
    with duckdb.connect() as con:
        con.register("orders", orders)
        con.register("clicks", clicks)
        [found] = con.sql(f"""
WITH before AS (
    SELECT o."order", c.channel <= {max(LIVE)} AS live,
           row_number() OVER (PARTITION BY o."order" ORDER BY c.ts_us DESC, c.channel) AS back
    FROM orders AS o JOIN clicks AS c
      ON c.person = o.person AND c.ts_us <= o.created_us AND c.ts_us > o.created_us - {WEEK_US})
SELECT count(*) FILTER (live AND back = 1), count(DISTINCT "order") FILTER (live) FROM before
""").fetchall()
    return found


def refunds(orders: pd.DataFrame, world: object) -> dict[str, float]:
    """Return the share of paid orders with money back, by where they were bought."""
    money = order_money(orders, world)
    back = (money["refund_fen"] > 0).to_numpy()[money["paid"].to_numpy()]
    bought = orders[money["paid"].to_numpy()]
    path, place = bought["path"].to_numpy(), bought["place"].to_numpy()
    rooms = np.isin(path, (OWN, SECOND))
    return {
        "refunds, mall": float(back[(place == MALL) & ~np.isin(path, LIVE)].mean()),
        "refunds, rooms": float(back[rooms].mean()),
        "refunds, KOL": float(back[path == KOL].mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--draws", type=int, default=24, help="draws of one show for the pairs")
    asked = parser.parse_args()
    begin = time.perf_counter()
    rows = pd.DataFrame([magnitudes(seed) for seed in range(asked.seeds)])
    print(f"demo world, {asked.seeds} seeds, {time.perf_counter() - begin:.0f} s")
    for name, (low, high) in BANDS.items():
        mean = rows[name].mean()
        verdict = "OK" if low <= mean <= high else "MISSED"
        spread = f"{rows[name].min():.3f} to {rows[name].max():.3f}"
        print(f"{name:<46}{mean:7.3f}   {low} to {high:<6}{verdict:<8}seeds: {spread}")
    print(paired_spread("demo", asked.draws).to_string(index=False))


if __name__ == "__main__":
    main()
