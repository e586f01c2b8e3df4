"""The peers' side of `attribution.py`; runs in an environment of its own, without liveattr.

    python attribution_peers.py TOOL JOB FILE.parquet

Prints as JSON what the call took and what it found. Each tool gets a frame of the kind that it takes
(pandas for ChannelAttribution, polars for MAM) with paths as Arrow text; the clock starts when the
frame is in memory. ChannelAttribution runs with its defaults, which is when it is fastest and least exact.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from pathlib import Path
from typing import Any

TOTALS = {"var_conv": "conversions", "var_value": "value"}


def channelattribution(job: str, file: str) -> Any:
    import ChannelAttribution as tool
    import pandas as pd

    frame = pd.read_parquet(file)
    if job == "rules":
        return lambda: tool.heuristic_models(frame, "path", **TOTALS, flg_pro=False)
    options = {"var_null": "nulls", "order": int(job[-1]), "verbose": False, "flg_pro": False}
    return lambda: tool.markov_model(frame, "path", **TOTALS, **options)


def mam(job: str, file: str) -> Any:
    """One row a path and outcome, which is the form that MAM calls grouped."""
    import polars as pl
    from mam import MAM

    table = pl.read_parquet(file)
    sides = [
        table.filter(pl.col(column) > 0).select(
            "path",
            pl.lit(column == "conversions").alias("converts"),
            pl.col(column).alias("times"),
            (pl.col("value") if column == "conversions" else pl.lit(0.0)).alias("value"),
        )
        for column in ("conversions", "nulls")
    ]
    frame = pl.concat(sides)
    columns = {"channels_colname": "path", "journey_with_conv_colname": "converts"}
    columns |= {"occurrences_colname": "times"}

    def call() -> dict[str, Any]:
        model = MAM(frame, "grouped_journey", **columns)
        if job == "rules":
            runs = {
                "first": model.run_first_click,
                "last": model.run_last_click,
                "linear": model.run_linear,
            }
            return {name: run() for name, run in runs.items()}
        if job == "shapley":
            return {"shapley": model.run_shapley(max_size=12)}
        return {"markov": model.run_markov()}

    return call


def answer(found: Any) -> dict[str, dict[str, float]]:
    """Return conversions by channel for each model."""
    if isinstance(found, dict):
        return {name: dict(each.to_polars().iter_rows()) for name, each in found.items()}
    frame = (found[0] if isinstance(found, list) else found).set_index("channel_name")
    return {
        name.replace("_touch", "").replace("_conversions", ""): frame[name].to_dict()
        for name in frame.columns
        if name.endswith("conversions")
    }


def peak_mb() -> float:
    [line] = [
        row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("VmHWM")
    ]
    return int(line.split()[1]) / 1024


def main() -> None:
    tool, job, file = sys.argv[1:]
    noise = io.StringIO()
    with contextlib.redirect_stdout(noise):
        call = {"channelattribution": channelattribution, "mam": mam}[tool](job, file)
        wall, cpu = time.perf_counter(), time.process_time()
        found = call()
        took = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
        took["peak_mb"] = peak_mb()
    print(json.dumps({**took, "found": answer(found)}))


if __name__ == "__main__":
    main()
