"""How often the diagnosis names a planted fault, and how often it names one where none is.

Worlds of LIVEATTR_PERSONS (8,000) persons and 90 days with eight faults each, two of a kind, 14 days long. The
simulator's price and stock faults drive buyers away and leave no other trace in its files, so this script plants
what a shop would see of them: the mall's price rises by the factor (1 - strength)^(-1/3) (elasticity -3), and a
daily count of the mall's shelf is empty with the chance `strength`. Cases are products of broadcasts: planted where a
fault covers at least half of the window, clean where none touches it. Numbers of one product at several
broadcasts go together, so faults are counted too.

Run: python benchmarks/diagnosis.py SEED …
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import timedelta

import duckdb
import numpy as np
import pandas as pd

from liveattr.diagnosis import diagnose_products
from liveattr.diagnosis.counts import COUNT_READS, DAYS, read_counts
from liveattr.simulate.canonical import canonical_frames
from liveattr.simulate.draw import make_world
from liveattr.simulate.story import Telling
from liveattr.simulate.world import MALL, World
from liveattr.tables import get_table

PERSONS = int(os.environ.get("LIVEATTR_PERSONS", "8000"))
STRENGTH = float(os.environ.get("LIVEATTR_STRENGTH", "0.6"))
KEEP = os.environ.get("LIVEATTR_KEEP")
"""Folder in which counts of worlds are kept, to judge them again."""
CUTS = (58, 72, 88)
"""Days at whose end every product is judged."""


def planted_world(seed: int) -> World:
    """Return a world whose price faults are seen in the mall's prices."""
    values = {"size.persons": PERSONS, "size.days": 90, "size.after_days": 0, "size.segment_days": 90,
              "faults.count": 8, "faults.strength": STRENGTH}  # fmt: skip
    world = make_world("demo", seed=seed, values=values)
    prices = world.prices.copy()
    for one in world.faults[world.faults["kind"] == "price"].itertuples():
        dear = (1 - one.strength) ** (-1 / 3)
        days = slice(one.from_day, one.to_day)
        prices[MALL, one.sku, days] = (prices[MALL, one.sku, days] * dear / 100).round() * 100
    return replace(world, prices=prices)


def shelf(world: World) -> pd.DataFrame:
    """Return daily counts of the mall's shelf for products with a stock fault."""
    rng, parts = np.random.default_rng(world.seed), []
    for one in world.faults[world.faults["kind"] == "stock"].itertuples():
        days = np.arange(one.from_day, one.to_day + 1)
        gone = (rng.random(len(days)) < one.strength) & (days < one.to_day)
        at = pd.to_datetime(world.start_us, unit="us", utc=True) + pd.to_timedelta(
            days * 24 + 7, unit="h"
        )
        parts.append(pd.DataFrame({"merchant_sku": one.merchant_sku, "warehouse": "main", "captured_at": at,
                                   "on_hand": np.where(gone, 0, 99), "reserved": 0, "in_stock": ~gone}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def counts_of(seed: int) -> pd.DataFrame:
    """Return counts of every cut, with the planted kind of each row (none, or mixed where it is neither)."""
    path = f"{KEEP}/{seed}_{PERSONS}_{STRENGTH}.parquet" if KEEP else ""
    if path and os.path.exists(path):
        return pd.read_parquet(path)
    world = planted_world(seed)
    telling = Telling(world, "none")
    frames = canonical_frames(world, list(telling.segments()), telling.book)
    stock = frames["stock_snapshot"]
    frames["stock_snapshot"] = pd.concat([stock, shelf(world)], ignore_index=True)
    start = pd.Timestamp(world.parameters.size.start_on)
    parts = []
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'; SET threads = 1")
        for name in COUNT_READS:
            columns = ", ".join(f'"{c.name}" {c.sql_type}' for c in get_table(name).columns)
            con.execute(f"CREATE TABLE {name} ({columns})")
            if name in frames:
                frame = frames[name]
                told = [f'"{c.name}"' for c in get_table(name).columns if c.name in frame]
                con.register("given", frame)
                con.execute(
                    f"INSERT INTO {name} ({', '.join(told)}) SELECT {', '.join(told)} FROM given"
                )
                con.unregister("given")
        for cut in CUTS:
            found = read_counts(con, (start + timedelta(days=cut)).date(), span=14)
            parts.append(_labelled(found, world.faults, start).assign(seed=seed, cut=cut))
    whole = pd.concat(parts, ignore_index=True)
    if path:
        whole.to_parquet(path)
    return whole


def _labelled(rows: pd.DataFrame, faults: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    last = (pd.to_datetime(rows["to_on"]) - start).dt.days.to_numpy() + 1
    kind = np.full(len(rows), "none", dtype=object)
    sure = np.zeros(len(rows), int)
    for one in faults.itertuples():
        mine = (rows["merchant_sku"] == one.merchant_sku).to_numpy()
        shared = np.minimum(last, one.to_day) - np.maximum(last - DAYS, one.from_day)
        touched = mine & (shared > 0)
        good = touched & (shared >= DAYS / 2)
        sure[good] += 1
        kind[touched & ~good & (kind == "none")] = "mixed"
        kind[good] = one.kind
    kind[sure > 1] = "mixed"
    return rows.assign(kind=kind)


def main(seeds: list[int]) -> None:
    """Print the table."""
    rows = pd.concat([judged(counts_of(seed)) for seed in seeds], ignore_index=True)
    rows["right"] = rows["cause"] == rows["kind"]
    table = pd.crosstab(rows["kind"], rows["cause"])
    print(f"{len(seeds)} worlds, {PERSONS:,} persons, strength {STRENGTH}\n{table}\n")
    bad = rows[~rows["kind"].isin(["none", "mixed"])]
    by = bad.groupby(["kind", "seed", "merchant_sku", "cut"])["right"].mean().groupby("kind")
    print(
        pd.DataFrame(
            {"rows": bad.groupby("kind")["right"].mean(), "products": by.mean(), "n": by.size()}
        )
    )
    clean = rows[rows["kind"] == "none"]
    alarm = ~clean["cause"].isin(["none", "not enough data"])
    dry = clean["out_share"].fillna(0) >= 0.15
    print(f"named {bad['right'].mean():.1%} of {len(bad)} rows; false alarms {alarm.mean():.1%} of {len(clean)}, "
          f"{alarm[~dry].mean():.1%} of {(~dry).sum()} that were never counted out of stock")  # fmt: skip
    low = bad["visitors"] < bad["visitors"].median()
    print(
        f"less traffic {bad.loc[low, 'right'].mean():.1%}, more {bad.loc[~low, 'right'].mean():.1%}"
    )


def judged(counts: pd.DataFrame) -> pd.DataFrame:
    """Diagnose each cut by itself."""
    parts = []
    for _, part in counts.groupby("cut"):
        told = diagnose_products(part)
        told = told.merge(part[["broadcast_id", "merchant_sku", "kind", "seed", "cut"]])
        parts.append(told)
    return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [7, 701, 702, 703, 704])
