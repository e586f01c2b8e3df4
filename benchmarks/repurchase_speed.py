"""Survival regression on many snapshots: ours beside lifelines, in one run on the same rows.

    python benchmarks/repurchase_speed.py --rows 1000000

Prints CPU seconds and their ratio, how far the coefficients and the chances are apart, and how much
memory (peak of the process) telling takes beyond what is there before. Each job is its own process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

NAMES = [f"x{i}" for i in range(8)]
HORIZONS = (30, 60, 90)
MB = 1 << 20


def rows(n: int, seed: int = 7) -> pd.DataFrame:
    """Snapshots drawn from a Weibull world, followed up for 28 to 364 days."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, len(NAMES)))
    coef = np.array([0.6, -0.4, 0.3, -0.2, 0.1, 0.05, 0.0, 0.5])
    time_to = np.exp(5.5 + x @ coef) * rng.exponential(size=n) ** (1 / 0.7)
    until = 28.0 * rng.integers(1, 14, n)
    frame = pd.DataFrame({name: x[:, at].copy() for at, name in enumerate(NAMES)})  # as DuckDB's
    frame["duration_days"] = np.ceil(np.minimum(time_to, until))
    return frame.assign(event=time_to <= until)


def fit_ours(n: int) -> dict[str, object]:
    from liveattr.repurchase.aft import fit_weibull
    from liveattr.repurchase.formula import fitted_numbers

    frame = rows(n)
    spent, found = clocked(lambda: fit_weibull(frame, NAMES))
    return spent | {"model": fitted_numbers(found)}


def fit_theirs(n: int) -> dict[str, object]:
    from lifelines import WeibullAFTFitter

    frame = rows(n)
    spent, found = clocked(lambda: WeibullAFTFitter().fit(frame, "duration_days", "event"))
    numbers = found.params_["lambda_"]
    shape = float(np.exp(found.params_["rho_"].iloc[0]))
    return spent | {"numbers": [*numbers[NAMES], float(numbers["Intercept"]), shape]}


def predict_ours(n: int) -> dict[str, object]:
    fitted, frame = _model(), rows(n)
    fitted.chance(frame.head(100), HORIZONS)
    spent, found = clocked(lambda: fitted.chance(frame, HORIZONS))
    _keep("ours", found)
    return spent


def predict_theirs(n: int) -> dict[str, object]:
    frame = rows(n)
    tell = _theirs(frame)
    spent, found = clocked(lambda: tell(np.zeros(n)))
    _keep("theirs", 1 - found.to_numpy().T)
    return spent


def predict(n: int) -> dict[str, object]:
    """Take turns, so that what else the machine does hits both; medians of nine."""
    fitted, frame = _model(), rows(n)
    tell, elapsed = _theirs(frame), np.random.default_rng(1).integers(1, 300, n).astype(float)
    jobs = {
        "ours": lambda: fitted.chance(frame, HORIZONS),
        "zero": lambda: tell(np.zeros(n)),
        "elapsed": lambda: tell(elapsed),
        "plain": lambda: tell(None),
    }
    spent: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(9):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            spent[name].append(time.process_time() - start)
    return {name: float(np.median(found)) for name, found in spent.items()}


def _theirs(frame: pd.DataFrame):
    """Return lifelines' function of the days elapsed, with our numbers put into it."""
    from lifelines import WeibullAFTFitter

    fitted = _model()
    theirs = WeibullAFTFitter().fit(frame.head(2000), "duration_days", "event")
    values = dict(zip(fitted.names, fitted.coef, strict=True)) | {"Intercept": fitted.intercept}
    for at in theirs.params_.index:
        theirs.params_[at] = np.log(fitted.shape) if at[0] == "rho_" else values[at[1]]
    return lambda elapsed: theirs.predict_survival_function(
        frame[NAMES], times=list(HORIZONS), conditional_after=elapsed
    )


def in_sql(n: int) -> dict[str, object]:
    import duckdb

    from liveattr.repurchase.formula import to_sql

    fitted, frame = _model(), rows(n)
    columns = ", ".join(f"{text} AS p{at}" for at, text in enumerate(to_sql(fitted, HORIZONS)))
    with duckdb.connect(config={"threads": 1}) as con:
        con.register("rows", frame)
        spent, found = clocked(lambda: con.sql(f"SELECT {columns} FROM rows").fetchnumpy())
    _keep("sql", np.column_stack([found[f"p{at}"] for at in range(3)]))
    return spent


JOBS = {
    f.__name__: f for f in (fit_ours, fit_theirs, predict_ours, predict_theirs, predict, in_sql)
}


def clocked(job) -> tuple[dict[str, float], object]:
    """Return CPU seconds and MB at the peak beyond before, and what the job returned."""
    before, highest, done = _held(), [0.0], threading.Event()
    watch = threading.Thread(target=_watch, args=(done, highest))
    watch.start()
    start = time.process_time()
    found = job()
    seconds = time.process_time() - start
    done.set()
    watch.join()
    peak = max(highest[0], _held()) - before
    whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "memory": peak, "process": whole}, found


def _watch(done: threading.Event, highest: list[float]) -> None:
    while not done.wait(0.002):
        highest[0] = max(highest[0], _held())


def _held() -> float:
    """Return the MB that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB


def _model():
    from liveattr.repurchase.formula import from_json

    return from_json((Path(os.environ["BENCH_FOLDER"]) / "model.json").read_text())


def _keep(name: str, found: np.ndarray) -> None:
    np.save(Path(os.environ["BENCH_FOLDER"]) / f"{name}.npy", found)


def run(job: str, n: int, folder: str) -> dict[str, object]:
    """Run a job in a process of its own, one thread."""
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "BENCH_FOLDER": folder}
    call = [sys.executable, __file__, "--rows", str(n), "--job", job]
    said = subprocess.run(call, env=os.environ | alone, check=True, capture_output=True, text=True)
    return json.loads(said.stdout.splitlines()[-1])


def compare(n: int) -> pd.DataFrame:
    """Run all jobs and set them against the targets."""
    with tempfile.TemporaryDirectory() as folder:
        ours = run("fit_ours", n, folder)
        model = ours["model"]
        (Path(folder) / "model.json").write_text(json.dumps(model))
        told, sql = run("predict_ours", n, folder), run("in_sql", n, folder)
        other, turns = run("predict_theirs", n, folder), run("predict", n, folder)
        theirs = run("fit_theirs", n, folder)
        p = {name: np.load(Path(folder) / f"{name}.npy") for name in ("ours", "theirs", "sql")}
    numbers = np.array([*model["coef"], model["intercept"], model["shape"]])
    apart = float(np.abs(numbers - theirs["numbers"]).max())
    return pd.DataFrame(
        [
            ("fit [CPU s]", ours["seconds"], theirs["seconds"], ">= 9"),
            ("fit [MB beyond the frame]", ours["memory"], theirs["memory"], ""),
            ("largest difference of a coefficient", apart, np.nan, "<= 1e-3"),
            (
                "predict 3 horizons given 0 days elapsed [CPU s]",
                turns["ours"],
                turns["zero"],
                ">= 20",
            ),
            ("… lifelines given other days elapsed", turns["ours"], turns["elapsed"], ">= 20"),
            ("… lifelines without elapsed time", turns["ours"], turns["plain"], ""),
            ("predict [MB beyond the frame]", told["memory"], other["memory"], "<= 100"),
            (
                "largest difference of a chance",
                np.abs(p["ours"] - p["theirs"]).max(),
                np.nan,
                "<= 1e-8",
            ),
            ("in SQL [CPU s]", sql["seconds"], turns["zero"], ""),
            ("largest difference of SQL", np.abs(p["ours"] - p["sql"]).max(), np.nan, "<= 1e-9"),
        ],
        columns=["what", "ours", "lifelines", "target"],
    ).assign(ratio=lambda t: t["lifelines"] / t["ours"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--job", choices=JOBS)
    given = parser.parse_args()
    if given.job:
        warnings.simplefilter("ignore")
        print(json.dumps(JOBS[given.job](given.rows)))
        return
    print(f"{given.rows:,} rows × {len(NAMES)} covariates, one thread")
    print(compare(given.rows).to_string(index=False, float_format=lambda v: f"{v:.3g}"))


if __name__ == "__main__":
    main()
