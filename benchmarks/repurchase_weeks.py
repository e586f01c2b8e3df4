"""Do the weeks that planners are told hold what came? Public shops, all and by category, weeks 1 to 13.

    LIVEATTR_DATA=... python benchmarks/repurchase_weeks.py [--sets cdnow sample retail journey]

At every cut the model is fitted on what was known then, by person. What came: days with an order, of people who had
ordered before the cut, up to 90 days after it; a day with several categories counts once in each. Cut weeks at both
ends are left out.
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

import pandas as pd
from repurchase_coverage import SETS
from repurchase_data import Set

from liveattr.repurchase import expected_weeks, features_at, fit_repurchase, landmarks
from liveattr.repurchase.weeks import ALL

DAYS = 90


def tested(data: Set) -> Iterator[pd.DataFrame]:
    """Yield the weeks of each cut with the orders that came."""
    for cut in sorted(data.cuts):
        now = features_at(data.orders, cut)
        model = fit_repurchase(landmarks(data.orders, cut), now=now)
        told = expected_weeks(model, data.orders, cut, days=DAYS)
        begin = pd.Timestamp(cut)
        came = data.orders[pd.to_datetime(data.orders["ordered_at"]) > begin].copy()
        came["on"] = pd.to_datetime(came["ordered_at"]).dt.normalize()
        came = came[came["person_id"].isin(now["person_id"])]
        came = came[came["on"] <= min(begin + pd.Timedelta(days=DAYS), pd.Timestamp(data.until))]
        came["week_on"] = came["on"] - pd.to_timedelta(came["on"].dt.dayofweek, unit="D")
        parts = [came.drop_duplicates(["person_id", "on"]).assign(category=ALL)]
        if "category" in came:
            parts.append(came.drop_duplicates(["person_id", "category", "on"]))
        counted = pd.concat(parts).groupby(["category", "week_on"]).size().rename("came")
        found = told[told["days"] == 7].merge(counted.reset_index(), how="left")
        found = found[found["week_on"] + pd.Timedelta(days=6) <= pd.Timestamp(data.until)]
        found["came"] = found["came"].fillna(0)
        ahead = (found["week_on"] - begin).dt.days // 7 + 1
        yield found.assign(set=data.name, cut=cut, ahead=ahead)


def main() -> None:
    """Print how often the 80 % intervals hold, and how far off their middle is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS))
    found = pd.concat([part for name in parser.parse_args().sets for part in tested(SETS[name]())])
    found["held"] = (found["low_orders"] <= found["came"]) & (found["came"] <= found["high_orders"])
    found["part"] = (found["category"] == ALL).map({True: "all", False: "categories"})
    found["weeks"] = pd.cut(found["ahead"], [0, 4, 8, 13], labels=["1-4", "5-8", "9-13"])
    found["width"] = found["high_orders"] / found["low_orders"]
    by = ["set", "part"]
    what = {
        "held": "mean",
        "width": "median",
        "expected_orders": "sum",
        "came": "sum",
        "week_on": "size",
    }
    print(found.groupby([*by, "weeks"], observed=True).agg(what).round(3).to_string())
    print(found.groupby(by).agg(what).round(3).to_string())
    print(found.groupby([*by, "cut"])["held"].mean().unstack().round(2).to_string())


if __name__ == "__main__":
    main()
