"""CPU and memory of stocking forecasts for `stocking.py`; each job is a process of its own.

    python benchmarks/stocking_speed.py --skus 100000

Daily forecasts: CPU seconds per 1,000 series × 28 days of our model and of statsforecast's AutoETS, by
turns in one process with one thread; trust the ratio. Sums over 14 days: seconds and peak memory for many
SKUs with half a year of history, input included.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from stocking_sets import LEVELS, complete_journey, matrix

from liveattr.stocking.forecast import forecast_demand

GIB = 1 << 20
"""KiB in a GiB."""
DAYS = 180
WINDOW = 14


def thousand(keep: str | None) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return history and plan of 1,000 series: Complete Journey's 600, and 400 of them once more."""
    data = complete_journey(keep)
    again = data.rows[data.rows["sku_id"].isin(np.sort(data.rows["sku_id"].unique())[:400])]
    rows = pd.concat([data.rows, again.assign(sku_id="x" + again["sku_id"])], ignore_index=True)
    past = rows["on"] < data.origins[-1]
    plan = rows.loc[~past, ["sku_id", "on", *data.known]].reset_index(drop=True)
    return rows[past].reset_index(drop=True), plan, data.horizon


def daily(keep: str | None, turns: int = 2, series: int = 40) -> dict[str, float]:
    """Return least CPU s per 1,000 series of ours and AutoETS over some turns."""
    history, plan, horizon = thousand(keep)
    some = matrix(history)[0][:: 1000 // series]
    spent: dict[str, list[float]] = {"glm": [], "auto": [], "AutoETS": []}
    for _ in range(turns):
        for model in ("glm", "auto"):
            began = time.process_time()
            forecast_demand(history, plan, horizon_days=horizon, quantiles=LEVELS, model=model)
            spent[model].append(time.process_time() - began)
        began = time.process_time()
        if auto_ets(some, horizon):
            spent["AutoETS"].append((time.process_time() - began) * 1000 / len(some))
    return {name: min(each) for name, each in spent.items() if each}


def auto_ets(series: np.ndarray, horizon: int) -> bool:
    """Fit AutoETS to each series; False: statsforecast is not installed."""
    try:
        from statsforecast.models import AutoETS
    except ImportError:
        return False
    sides = [20, 40, 60, 80, 90, 98]
    for y in series:
        AutoETS(season_length=7).forecast(y=y, h=horizon, level=sides)
    return True


def many(skus: int, days: int = DAYS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return history and plan of many SKUs with promotions on a tenth of the days."""
    rng = np.random.default_rng(1)
    names = np.array([f"S{k:06}" for k in range(skus)], object)
    dates = pd.date_range("2026-01-01", periods=days + 28).to_numpy()
    level = np.exp(rng.normal(0, 1.5, skus)).astype(np.float32)
    promo = rng.random((skus, days + 28), np.float32) < 0.1
    units = np.empty((skus, days), np.float32)
    for part in np.array_split(np.arange(skus), max(skus // 5000, 1)):
        units[part] = rng.poisson(level[part, None] * (1 + promo[part, :days]))
    history = pd.DataFrame(
        {
            "sku_id": np.repeat(names, days),
            "on": np.tile(dates[:days], skus),
            "units": units.ravel(),
            "in_stock": True,
            "promo": promo[:, :days].ravel().astype(np.float32),
        }
    )
    plan = pd.DataFrame(
        {
            "sku_id": np.repeat(names, 28),
            "on": np.tile(dates[days:], skus),
            "promo": promo[:, days:].ravel().astype(np.float32),
        }
    )
    return history, plan


def sums(skus: int) -> dict[str, float]:
    """Return seconds and peak memory of the sums of many SKUs."""
    history, plan = many(skus)
    held = _peak()
    wall, cpu = time.perf_counter(), time.process_time()
    told = forecast_demand(history, plan, sum_over_days=WINDOW)
    return {
        "skus": float(told["sku_id"].nunique()),
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "input_gib": float(history.memory_usage().sum() + plan.memory_usage().sum()) / GIB / 1024,
        "before_gib": held,
        "peak_gib": _peak(),
    }


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB


def apart(job: str, *more: str) -> dict[str, float]:
    """Run a job of this file in a process of its own; the daily one with one thread."""
    one = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, str(Path(__file__)), "--job", job, *more],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | (one if job == "daily" else {}),
    )
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def main() -> None:
    """Print both jobs, or one of them."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--job", choices=["daily", "sums"])
    ask.add_argument("--skus", type=int, default=100_000)
    ask.add_argument("--keep", help="folder for the counted demand of Complete Journey")
    given = ask.parse_args()
    if given.job in (None, "daily"):
        print(json.dumps(daily(given.keep)))
    if given.job in (None, "sums"):
        print(json.dumps(sums(given.skus)))


if __name__ == "__main__":
    main()
