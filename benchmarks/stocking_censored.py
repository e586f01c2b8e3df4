"""Demand bound by stock: what is told with days out of stock left out, and with them taken for zeros.

    python benchmarks/stocking_censored.py --worlds 24

Worlds of 5,000 people whose buyer misjudges and orders late, so that goods run out often. Nobody takes another product
or comes back, so `wished` of the truth is what each product would have sold. Cut after 120 of 150 days. About 10 CPU
seconds a world.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta

import duckdb
import pandas as pd

from liveattr.lake.frames import arrow_from_pandas
from liveattr.simulate import live_through, make_world
from liveattr.stocking.demand import PANEL_READS, read_calendar, read_panel
from liveattr.stocking.forecast import forecast_demand
from liveattr.tables import get_table

BOUND = {
    "size.persons": 5000,
    "stock.misjudged": 0.8,
    "stock.cover_days": 12,
    "stock.substitute": 0.0,
    "stock.later": 0.0,
}
CUT, AHEAD, PAST = 119, 14, 56
LOW = 0.8
"""Bound by stock: sold at most this share of what was wished."""


def tables(frames: dict[str, pd.DataFrame]) -> duckdb.DuckDBPyConnection:
    """Return a connection with the tables that a panel is read from."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("SET TimeZone = 'UTC'")
    for name in PANEL_READS:
        columns = ", ".join(f'"{c.name}" {c.sql_type}' for c in get_table(name).columns)
        con.execute(f"CREATE TABLE {name} ({columns})")
        if name in frames:
            con.register("given", arrow_from_pandas(frames[name], get_table(name)))
            con.execute(f"INSERT INTO {name} BY NAME FROM given")
            con.unregister("given")
    return con


def mean_of(history: pd.DataFrame, calendar: pd.DataFrame) -> pd.Series:
    """Return the mean of the next fortnight by SKU."""
    told = forecast_demand(history, calendar, sum_over_days=AHEAD)
    return told.drop_duplicates("sku_id").set_index("sku_id")["mean"]


def world(seed: int) -> pd.DataFrame:
    """Return what was wished, sold and told, by SKU of a world."""
    made = make_world("demo", seed=seed, values=BOUND)
    story = live_through(made, "none")
    cut = date.fromisoformat(str(made.parameters.size.start_on)) + timedelta(days=CUT)
    con = tables(story.frames())
    panel, calendar = read_panel(con, cut), read_calendar(con, cut, AHEAD)
    con.close()
    truth = story.truth.demand.rename(columns={"merchant_sku": "sku_id"})
    truth["on"] = pd.to_datetime(truth["on"])
    both = panel.merge(truth[["sku_id", "on", "wished", "served"]], how="left", on=["sku_id", "on"])
    both[["wished", "served"]] = both[["wished", "served"]].fillna(0.0)
    paid = both["units"].sum() / both["served"].sum()  # a part of what is served is never paid
    day, end = pd.Timestamp(cut), pd.Timestamp(cut) + pd.Timedelta(days=AHEAD)
    recent = both[both["on"] > day - pd.Timedelta(days=PAST)].groupby("sku_id")["wished"].sum()
    later = truth[(truth["on"] > day) & (truth["on"] <= end)].groupby("sku_id")["wished"].sum()
    found = both.groupby("sku_id").agg(days=("on", "size"), sold=("units", "sum"))
    found["wished"] = paid * both.groupby("sku_id")["wished"].sum()
    found["masked"] = both[both["in_stock"]].groupby("sku_id")["units"].mean() * found["days"]
    found["recent"], found["later"] = paid * recent * AHEAD / PAST, paid * later
    found["told"] = mean_of(panel, calendar)
    found["naive"] = mean_of(panel.assign(in_stock=True), calendar)
    return found.reset_index().assign(world=seed)


def main() -> None:
    """Print sums of what was told over what was wished."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=24)
    parser.add_argument("--seed", type=int, default=701001)
    asked = parser.parse_args()
    every = pd.concat([world(asked.seed + at) for at in range(asked.worlds)], ignore_index=True)
    every = every.fillna(0.0)
    low = every["sold"] <= LOW * every["wished"]
    free = every["sold"] >= 0.98 * every["wished"]
    for name, rows in (("bound by stock", every[low]), ("hardly ever out", every[free])):
        print(f"{name}: {len(rows)} SKUs of {asked.worlds} worlds")
        print(
            f"  level / wished: naive {rows['sold'].sum() / rows['wished'].sum():.3f}, "
            f"masked {rows['masked'].sum() / rows['wished'].sum():.3f}"
        )
        for what in ("recent", "later"):
            naive, told = (rows[c].sum() / rows[what].sum() for c in ("naive", "told"))
            print(f"  forecast / wished {what}: naive {naive:.3f}, masked {told:.3f}")
    one = every[low].groupby("world")[["masked", "wished"]].sum()
    share = one["masked"] / one["wished"]
    print(f"level by world: {share.min():.3f} to {share.max():.3f}")


if __name__ == "__main__":
    main()
