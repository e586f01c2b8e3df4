"""Do 80 % intervals of group totals hold what came? Public shops, many cuts, tenths and categories.

    LIVEATTR_DATA=... python benchmarks/repurchase_coverage.py [--sets cdnow,sample,retail,journey]

At every cut the model is fitted on what was known then. People are put into tenths by their chance
(Complete Journey also by category), and the number of those who ordered is set against the interval:
each orders or not, other persons might have been learnt from, and how the level drifted in the
model's own rolling test. Groups at one cut err together, so coverage is shown by cut as well.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import pandas as pd
from repurchase_data import Set, cdnow, complete_journey, online_retail

from liveattr.repurchase.backtests import came_after
from liveattr.repurchase.choose import fit_repurchase
from liveattr.repurchase.landmark_rows import features_at, landmarks
from liveattr.repurchase.model import RepurchaseModel
from liveattr.repurchase.spread import total_bounds
from liveattr.repurchase.totals import expected_totals

SETS = {
    "cdnow": cdnow,
    "sample": lambda: cdnow(sample=True),
    "retail": online_retail,
    "journey": complete_journey,
}
GROUPS = 10


def tested(data: Set) -> Iterator[pd.DataFrame]:
    """Yield for each cut and horizon the groups: told, interval, came."""
    end = pd.Timestamp(data.until)
    for cut in sorted(data.cuts):
        passed = [h for h in data.horizons if pd.Timestamp(cut) + pd.Timedelta(days=h) <= end]
        rows = landmarks(data.orders, cut, by=data.by)
        now = features_at(data.orders, cut, by=data.by)
        model = fit_repurchase(rows, now=now, horizons=data.horizons)
        came = came_after(data.orders, now, cut, passed, by=data.by, until=data.until)
        for horizon in passed:
            happened = (came[str(horizon)] > 0).to_numpy(float)
            for kind, found in grouped(model, now, horizon, happened):
                keys = {"set": data.name, "cut": cut, "horizon": horizon, "kind": kind}
                yield found.assign(**keys)
        print(f"{data.name} {cut}: drift {model.drift.round(3).tolist()}", file=sys.stderr)


def grouped(
    model: RepurchaseModel, now: pd.DataFrame, horizon: int, happened: np.ndarray
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield tenths, and categories where there are any."""
    p = model.chance(now, [horizon])[:, 0]
    rank = np.argsort(np.argsort(p, kind="stable"), kind="stable")
    kinds = {"tenth": rank * GROUPS // len(p)}
    if "category" in now.columns:
        kinds["category"] = now["category"].to_numpy()
    for kind, groups in kinds.items():
        codes, names = pd.factorize(groups, sort=True)
        found = expected_totals(model, now, groups, horizon)
        came = np.bincount(codes, happened, len(names))
        alone = total_bounds(p, codes)
        yield (
            kind,
            found.assign(
                came=came,
                held=(found["low"] <= came) & (came <= found["high"]),
                alone=(alone["low"] <= came) & (came <= alone["high"]),
            ),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join(SETS))
    names = parser.parse_args().sets.split(",")
    found = pd.concat([part for name in names for part in tested(SETS[name]())])
    found["width"] = (found["high"] - found["low"]) / found["told"]
    by = ["set", "kind", "cut", "horizon"]
    what = {"held": "mean", "alone": "mean", "width": "median", "told": "sum", "came": "sum"}
    print(found.groupby(by).agg(what).round(3).to_string())
    print(found.groupby(["set", "kind", "horizon"]).agg(what).round(3).to_string())
    print(found.groupby(["set", "kind"])[["held", "alone"]].mean().round(3).to_string())
    print(found.groupby("kind")[["held", "alone"]].mean().round(3).to_string())


if __name__ == "__main__":
    main()
