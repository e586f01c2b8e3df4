"""Do intervals of single broadcasts hold the truth, and how often do fakes raise an alarm?

    python benchmarks/baseline.py             8 worlds, about 5 minutes
    python benchmarks/baseline.py --worlds 2 --kappa 2

Paid orders by day and the calendar of simulated worlds go into `broadcast_lift`; what comes out is held
against the worlds' gross effects. Fakes are judged by a width that the others alone decide. Spikes of
+20 % of three days are added as a show would bring them.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from liveattr.incrementality.baseline import Baseline, broadcast_lift, fit_baseline
from liveattr.incrementality.baseline_model import fit_days
from liveattr.incrementality.baseline_window import window_draws
from liveattr.incrementality.placebo import add_spike, recalibrate
from liveattr.simulate import live_through, make_world
from liveattr.simulate.money import order_money
from liveattr.simulate.world import CHANNELS, KOL, NORMAL

SPIKE = 0.2
SPIKES = 6


def one_world(seed: int, kappa: float) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Live through a world; return days, broadcasts and true gross effects (subject, truth)."""
    world = make_world("demo", seed=seed, values={"exposure.kappa": kappa})
    story = live_through(world)
    orders = pd.concat([s.orders for s in story.segments], ignore_index=True)
    paid = orders[order_money(orders, world)["paid"].to_numpy() & (orders["kind"] == NORMAL)]
    size = world.parameters.size
    dates = pd.date_range(size.start_on, periods=size.days)
    counts = paid["day"].value_counts().reindex(range(size.days), fill_value=0)
    held = world.calendar[world.calendar["day"] < size.days]
    shows = pd.DataFrame(
        {
            "subject": held["broadcast_id"].where(held["channel"] != KOL, held["campaign_id"]),
            "room": held["channel"].map(dict(enumerate(CHANNELS))),
            "day_on": dates[held["day"]],
        }
    )
    effects = story.truth.effects.query("horizon == 'gross'")
    truth = effects[["subject", "orders"]].rename(columns={"orders": "truth"})
    return pd.DataFrame({"orders": counts.to_numpy()}, index=dates), shows, truth


def alarms(base: Baseline) -> pd.DataFrame:
    """Return before and after recalibration, fake by fake."""
    rows = []
    for kind, fakes in base.fakes.items():
        for at in fakes.index:
            width = recalibrate(fakes.drop(index=at), base.level).width_factor
            rows.append((kind, fakes["flagged"][at], fakes["touch"][at] > width))
    return pd.DataFrame(rows, columns=["kind", "before", "after"])


def spikes(base: Baseline, days: pd.DataFrame, shows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return size and estimate of spikes on days of fakes."""
    assert base.fit is not None
    rng = np.random.default_rng(seed)
    fakes = base.shop.dates.get_indexer(base.fakes["show"]["day_on"])
    rows = []
    for day in rng.permutation(fakes)[:SPIKES]:
        size = SPIKE * base.shop.orders[day : day + base.window].sum()
        spiked = add_spike(base.shop.orders, int(day), size)
        fit = fit_days(fit_baseline(days.assign(orders=spiked), shows, fakes=0).shop)
        draws = window_draws(fit, int(day), kind="show", row=None, window=base.window, rng=rng)
        low, high = np.quantile(draws, [0.05, 0.95])
        rows.append((size, draws.mean(), low <= size <= high, low > 0))
    return pd.DataFrame(rows, columns=["size", "found", "holds", "seen"])


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--worlds", type=int, default=8)
    parser.add_argument("--kappa", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0, help="of the first world")
    told = parser.parse_args()
    lifts, fakes, sown, seconds = [], [], [], 0.0
    for seed in range(told.seed, told.seed + told.worlds):
        days, shows, truth = one_world(seed, told.kappa)
        begin = time.process_time()
        lift, _ = broadcast_lift(days, shows, only=set(truth["subject"]))
        seconds += time.process_time() - begin
        lifts.append(lift.merge(truth, on="subject"))
        base = fit_baseline(days, shows)
        fakes.append(alarms(base))
        sown.append(spikes(base, days, shows, seed))
    _tell(pd.concat(lifts), pd.concat(fakes), pd.concat(sown), seconds / told.worlds)


def _tell(lift: pd.DataFrame, fakes: pd.DataFrame, sown: pd.DataFrame, seconds: float) -> None:
    """Print what came out."""
    lift = lift[lift["gross"].notna()]
    for room, rows in lift.groupby("room"):
        gross, truth = rows["gross"].astype(float), rows["truth"].astype(float)
        holds = ((rows["gross_low"] <= truth) & (truth <= rows["gross_high"])).mean()
        print(
            f"{room}: {len(rows)} broadcasts of {truth.mean():.0f} orders, interval holds {holds:.1%}, "
            f"bias {gross.sum() / truth.sum() - 1:+.1%}, error {(gross - truth).abs().mean():.0f}, "
            f"smallest detectable {rows['mde'].astype(float).mean():.0f}"
        )
    for kind, rows in fakes.groupby("kind"):
        print(f"fakes, {kind}: {len(rows)}, alarms {rows['before'].mean():.1%}, "
              f"recalibrated {rows['after'].mean():.1%}")  # fmt: skip
    found = sown["found"].sum() / sown["size"].sum()
    print(f"spikes: {len(sown)}, recovered {found:.2f}, interval holds {sown['holds'].mean():.0%}")
    print(f"{seconds:.1f} s of CPU a world")


if __name__ == "__main__":
    main()
