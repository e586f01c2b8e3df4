"""Do nominal 95 % intervals of credit hold the truth 95 times in a hundred?

    python benchmarks/attribution_coverage.py                       # 2,000 data sets, some minutes
    python benchmarks/attribution_coverage.py --datasets 500

A data set is `--people` people of `attribution_data.people`: some two journeys each, alike in length,
channels, success and worth. The truth of a method is what it gives itself with very many people,
scaled to the people of a data set: an interval says how credit varies with the people, never
whether credit is cause. The world and its seeds were not chosen by looking at results.

Three questions, for each method, result and channel: how often does the interval hold the truth; does
the standard error equal the spread over the data sets; does it equal that of a bootstrap that draws
people (500 draws, on a few data sets).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import attribution_data as data
import numpy as np
import pandas as pd

from liveattr.attribution import Paths, markov, rules, shapley

LEVEL = 0.95
MEAN, EACH, SPREAD = (0.93, 0.97), (0.91, 0.99), 0.10
DRAWS = 500
RESULTS = ("removal_effect", "conversions", "removal_effect_value", "value")
Method = Callable[..., pd.DataFrame]

METHODS: dict[str, Method] = {
    "markov, order 1": partial(markov, order=1),
    "markov, order 2": partial(markov, order=2),
    "markov, local": partial(markov, order=1, allocation="local"),
    "linear": partial(rules, rule="linear"),
    "first": partial(rules, rule="first"),
    "last": partial(rules, rule="last"),
    "time_decay": partial(rules, rule="time_decay"),
    "shapley, simplified": partial(shapley, value_function="simplified"),
    "shapley, exact_set": partial(shapley, value_function="exact_set"),
}


def draw(given: argparse.Namespace, number: int, n: int) -> Paths:
    """Draw a data set; number 0 is the whole crowd."""
    world = data.make_world(given.channels, seed=given.seed)
    return data.people(world, n, np.random.default_rng([given.seed, number]))


def credit(paths: Paths, *, interval: bool) -> pd.DataFrame:
    """Return all methods' results: index method, result, channel; estimate, se, low, high."""
    options = {"interval": LEVEL, "cluster": "person_id"} if interval else {}
    parts = {}
    for name, method in METHODS.items():
        frame = method(paths, **options)
        for result in (each for each in RESULTS if each in frame.columns):
            columns = [result, *(f"{result}_{part}" for part in ("se", "low", "high"))]
            found = frame[columns if interval else [result]]
            parts[name, result] = found.set_axis(
                ["estimate", "se", "low", "high"][: found.shape[1]], axis=1
            )
    return pd.concat(parts, names=["method", "result", "channel"])


def truth_of(given: argparse.Namespace) -> pd.Series:
    """Return what each method gives with everybody there, scaled to a data set's people."""
    found = credit(draw(given, 0, given.crowd), interval=False)["estimate"]
    scaled = found.index.get_level_values("result").isin(["conversions", "value"])
    return found * np.where(scaled, given.people / given.crowd, 1.0)


def one_dataset(given: argparse.Namespace, number: int) -> pd.DataFrame:
    return credit(draw(given, number, given.people), interval=True)


def one_bootstrap(given: argparse.Namespace, number: int) -> pd.DataFrame:
    """Return the standard errors of a data set, and those of drawing its people anew."""
    paths = draw(given, number, given.people)
    rng = np.random.default_rng([given.seed, number, 1])
    assert paths.person is not None
    draws = []
    for _ in range(DRAWS):
        drawn = np.bincount(rng.integers(0, given.people, given.people), minlength=given.people)
        times = drawn[paths.person].astype(float)
        amounts = {name: getattr(paths, name) * times for name in ("conversions", "value", "nulls")}
        draws.append(credit(replace(paths, **amounts), interval=False)["estimate"])
    spread = pd.concat(draws, axis=1).std(axis=1)
    return credit(paths, interval=True).assign(bootstrap=spread)[["se", "bootstrap"]]


# --- the tables ----------------------------------------------------------------------------------


def held(found: list[pd.DataFrame], truth: pd.Series) -> pd.DataFrame:
    """Return for each method, result and channel: coverage, and standard error over true spread."""
    inside = sum(
        ((each["low"] <= truth) & (truth <= each["high"])).astype(float) for each in found
    ) / len(found)
    estimates = pd.concat([each["estimate"] for each in found], axis=1)
    spread = estimates.std(axis=1)
    variance = sum(each["se"] ** 2 for each in found) / len(found)
    return pd.DataFrame(
        {
            "coverage": inside,
            "se_ratio": np.sqrt(variance) / spread,
            "bias": (estimates.mean(axis=1) - truth) / spread,
        }
    )


def against_bootstrap(found: list[pd.DataFrame]) -> pd.Series:
    """Return the standard error over the bootstrap's, root mean square over data sets."""
    mine = sum(each["se"] ** 2 for each in found)
    other = sum(each["bootstrap"] ** 2 for each in found)
    return np.sqrt(mine / other)


def summary(table: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    groups = table.groupby(level=["method", "result"], sort=False)
    out = pd.DataFrame(
        {
            "mean": groups["coverage"].mean(),
            "least": groups["coverage"].min(),
            "most": groups["coverage"].max(),
            "se/spread": groups["se_ratio"].mean(),
            "worst bias": groups["bias"].apply(lambda each: each.abs().max()),
            "se/boot, least": groups["bootstrap"].min(),
            "most ": groups["bootstrap"].max(),
        }
    )
    holds = out["mean"].between(*MEAN) & out["least"].ge(EACH[0]) & out["most"].le(EACH[1])
    holds &= out["se/boot, least"].ge(1 - SPREAD) & out["most "].le(1 + SPREAD)
    return out.assign(verdict=np.where(holds, "OK", "MISSED")), bool(holds.all())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", type=int, default=2_000)
    parser.add_argument("--bootstraps", type=int, default=4, help="data sets that are drawn anew")
    parser.add_argument("--people", type=int, default=3_000, help="in a data set")
    parser.add_argument("--crowd", type=int, default=3_000_000, help="behind the truth")
    parser.add_argument("--channels", type=int, default=6)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--csv", help="also write every channel's numbers here")
    given = parser.parse_args()
    truth = truth_of(given)
    sample = draw(given, 1, given.people)
    print(
        f"{given.datasets} data sets of {given.people:,} people; the first: {sample!r}\n"
        f"truth from {given.crowd:,} people",
        flush=True,
    )
    numbers = range(1, given.datasets + 1)
    again = range(1, given.bootstraps + 1)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        drawn: list[Any] = list(pool.map(partial(one_dataset, given), numbers, chunksize=5))
        anew: list[Any] = list(pool.map(partial(one_bootstrap, given), again))
    table = held(drawn, truth).assign(bootstrap=against_bootstrap(anew), truth=truth)
    if given.csv:
        table.to_csv(given.csv)
    found, ok = summary(table)
    with pd.option_context("display.width", 160, "display.float_format", "{:.3f}".format):
        print(found.to_string())
    print(
        f"coverage over channels: mean {MEAN[0]:.0%} to {MEAN[1]:.0%}, each {EACH[0]:.0%} to "
        f"{EACH[1]:.0%}; se within {SPREAD:.0%} of the bootstrap's: {'OK' if ok else 'MISSED'}"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
