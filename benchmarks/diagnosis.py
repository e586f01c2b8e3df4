"""How often the diagnosis names a planted fault, and how often it names one where none is.

Worlds of 90 days. Two faults run in the 14 days up to each of two business dates, on four of the twelve best
selling products: price and logistics, then page and stock. At the end of both dates every product of every
broadcast of the last 14 days is judged. A case is a product at a date: planted if a fault of it runs then, else
clean. It is named rightly if most of its rows have the planted cause, and falsely alarmed if any row of a clean
one has a cause.

Faults are shown (`faults.traces`): a price fault raises the mall's price, a stock fault empties daily counts.
`--bare` hides them, as worlds do by default: then price and stock drive buyers away, leave no other trace, and cannot
be told from the page.

Clean products that ran out by themselves, so that one wish in ten or more found no stock, are counted apart: a
stock cause there is the truth.

Run: python benchmarks/diagnosis.py [--bare] [--persons N] [--strength S] [--keep FOLDER] FIRST_SEED WORLDS
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from liveattr.diagnosis import diagnose_products
from liveattr.diagnosis.counts import COUNT_READS, DAYS, read_counts
from liveattr.simulate import Interventions, live_through, make_world
from liveattr.simulate.course import STOCK_OUT
from liveattr.simulate.story import Story
from liveattr.simulate.world import World
from liveattr.tables import get_table

PLANTED = (("price", 60), ("logistics", 60), ("page", 88), ("stock", 88))
"""Kind and last day."""
LENGTH = 14
DRY = 0.1
"""A product that ran out by itself: so many wishes of the window found no stock."""


def planted_world(seed: int, persons: int, strength: float, bare: bool) -> World:
    """Return a world with a fault of each kind."""
    values = {"size.persons": persons, "size.days": 90, "size.after_days": 0}
    plain = make_world("demo", seed=seed, values=values)
    popular = np.argsort(-plain.goods["popularity"].to_numpy(), kind="stable")[:12]
    chosen = np.random.default_rng(seed).choice(popular, len(PLANTED), replace=False)
    start = pd.Timestamp(plain.parameters.size.start_on)
    faults = pd.DataFrame(
        {
            "sku": plain.goods["merchant_sku"].to_numpy()[chosen],
            "kind": [kind for kind, _ in PLANTED],
            "from_on": [start + timedelta(days=last - LENGTH + 1) for _, last in PLANTED],
            "to_on": [start + timedelta(days=last) for _, last in PLANTED],
            "strength": strength,
        }
    )
    shown = {} if bare else {"faults.traces": "shown"}
    return make_world(
        "demo", seed=seed, values=values | shown, interventions=Interventions(faults=faults)
    )


def missed(story: Story) -> pd.DataFrame:
    """Return by product and day the wishes, and those that found no stock."""
    parts = []
    for segment in story.segments:
        lost = segment.lost.assign(missed=segment.lost["why"] == STOCK_OUT)
        parts += [
            segment.orders[["sku", "day"]].assign(missed=False),
            lost[["sku", "day", "missed"]],
        ]
    every = pd.concat(parts, ignore_index=True).groupby(["sku", "day"])["missed"]
    return every.agg(wishes="size", missed="sum").reset_index()


def lived_frames(story: Story) -> dict[str, pd.DataFrame]:
    """Return the tables that are read."""
    frames = {k: v for k, v in story.frames().items() if k in COUNT_READS}
    event = frames["event"]
    keep = ["view_item", "add_to_cart", "order_created", "purchase", "page_view", "search"]
    frames["event"] = event[event["name"].isin(keep)]
    return frames


def fill(con: duckdb.DuckDBPyConnection, frames: dict[str, pd.DataFrame]) -> None:
    """Make the tables on a connection."""
    con.execute("SET TimeZone = 'UTC'; SET threads = 1")
    for name in COUNT_READS:
        columns = get_table(name).columns
        types = ", ".join(f'"{c.name}" {c.sql_type}' for c in columns)
        con.execute(f"CREATE TABLE {name} ({types})")
        if name in frames:
            told = ", ".join('"' + c.name + '"' for c in columns if c.name in frames[name])
            con.register("given", frames[name])
            con.execute(f"INSERT INTO {name} ({told}) SELECT {told} FROM given")
            con.unregister("given")


def counts_of(
    seed: int, persons: int, strength: float, bare: bool, keep: Path | None
) -> pd.DataFrame:
    """Return the counts at both dates, with the planted kind of each row."""
    path = keep / f"world_{seed}_{persons}_{strength}_{int(bare)}.parquet" if keep else None
    if path is not None and path.exists():
        return pd.read_parquet(path)
    world = planted_world(seed, persons, strength, bare)
    story, start = live_through(world, "none"), pd.Timestamp(world.parameters.size.start_on)
    wishes = missed(story).assign(
        merchant_sku=lambda w: world.goods["merchant_sku"].to_numpy()[w["sku"]]
    )
    parts = []
    with duckdb.connect() as con:
        fill(con, lived_frames(story))
        for cut in sorted({last for _, last in PLANTED}):
            found = read_counts(con, (start + timedelta(days=cut)).date(), span=DAYS)
            now = world.faults[world.faults["to_day"] == cut + 1]
            kind = found["merchant_sku"].map(
                dict(zip(now["merchant_sku"], now["kind"], strict=True))
            )
            span = wishes[(wishes["day"] <= cut) & (wishes["day"] > cut - DAYS)]
            whole = span.groupby("merchant_sku")[["wishes", "missed"]].sum()
            dry = found["merchant_sku"].map(whole["missed"] / whole["wishes"]).fillna(0.0)
            parts.append(found.assign(kind=kind.fillna("none"), seed=seed, cut=cut, dry=dry))
    whole = pd.concat(parts, ignore_index=True)
    if path is not None:
        whole.to_parquet(path)
    return whole


def cases_of(counts: pd.DataFrame) -> pd.DataFrame:
    """Return a row a product at a date: planted kind, the cause most rows have, and whether any has one."""
    parts = []
    for (seed, cut), part in counts.groupby(["seed", "cut"]):
        told = diagnose_products(part)
        beside = part[["broadcast_id", "merchant_sku", "kind", "dry"]]
        parts.append(told.merge(beside).assign(seed=seed, cut=cut))
    rows = pd.concat(parts, ignore_index=True)
    rows["alarm"] = ~rows["cause"].isin(["none", "not enough data"])
    return (
        rows.groupby(["seed", "cut", "merchant_sku", "kind"])
        .agg(
            cause=("cause", lambda c: c.mode().iloc[0]),
            alarm=("alarm", "any"),
            strength=("strength", "max"),
            visitors=("visitors", "max"),
            out=("out_share", "max"),
            dry=("dry", "max"),
            rows=("cause", "size"),
        )
        .reset_index()
    )


def table_of(cases: pd.DataFrame) -> pd.DataFrame:
    """Return what was named, by planted kind."""
    found = pd.crosstab(cases["kind"], cases["cause"])
    right = (cases["cause"] == cases["kind"]).groupby(cases["kind"]).mean()
    return found.assign(cases=found.sum(axis=1), named=right.where(right.index != "none").round(3))


def main() -> None:
    """Print the tables."""
    ask = argparse.ArgumentParser()
    ask.add_argument("first", type=int)
    ask.add_argument("worlds", type=int)
    ask.add_argument("--persons", type=int, default=5000)
    ask.add_argument("--strength", type=float, default=0.6)
    ask.add_argument("--keep", type=Path)
    ask.add_argument("--bare", action="store_true")
    a = ask.parse_args()
    seeds = range(a.first, a.first + a.worlds)
    counts = [counts_of(seed, a.persons, a.strength, a.bare, a.keep) for seed in seeds]
    cases = cases_of(pd.concat(counts, ignore_index=True))
    print(f"{a.worlds} worlds from seed {a.first}, {a.persons:,} persons, strength {a.strength}")
    print(table_of(cases).to_string())
    planted, clean = cases[cases["kind"] != "none"], cases[cases["kind"] == "none"]
    dry = clean["dry"] >= DRY
    print(
        f"named {(planted['cause'] == planted['kind']).mean():.1%} of {len(planted)} planted; given any "
        f"cause {planted['alarm'].mean():.1%}\nfalse alarms {clean.loc[~dry, 'alarm'].mean():.1%} of "
        f"{int((~dry).sum())} clean; of {int(dry.sum())} more that ran out by themselves "
        f"{(clean.loc[dry, 'cause'] == 'stock').mean():.1%} were told stock, "
        f"{(clean.loc[dry, 'alarm'] & (clean.loc[dry, 'cause'] != 'stock')).mean():.1%} another cause"
    )
    cases.loc[(cases["kind"] == "none") & (cases["dry"] >= DRY), "kind"] = "stock"
    told = cases[cases["alarm"]].assign(right=lambda c: c["cause"] == c["kind"])
    band = pd.cut(told["strength"], [0.5, 0.8, 0.95, 1.0], include_lowest=True)
    by = told.groupby(band, observed=True)
    means = by.agg(told=("strength", "mean"), right=("right", "mean"), n=("right", "size"))
    print(f"chance told, and how often it was right:\n{means.round(3).to_string()}")


if __name__ == "__main__":
    main()
