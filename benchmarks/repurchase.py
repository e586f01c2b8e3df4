"""Who buys again, and when: scores on three public shops, at several cuts each, beside the rows to beat.

    LIVEATTR_DATA=… python benchmarks/repurchase.py
    LIVEATTR_DATA=… python benchmarks/repurchase.py --sets online_retail --out scores.csv
    LIVEATTR_DATA=… python benchmarks/repurchase.py --sets cdnow --every 10   # a cut every ten days: less chance

One code path and one setting. At every cut the model knows what was known at its end; the last cut is that
of the published table. Prints mean log loss, calibration error and bias over the cuts, the paired
bootstrap by people of ours less each row at the last cut, and how often 80 % intervals of group totals
hold the number that came.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from repurchase_data import Set, cdnow, complete_journey, online_retail
from repurchase_rows import ROWS

from liveattr.repurchase.backtests import CHOSEN, Backtest, backtest, came_after
from liveattr.repurchase.landmark_rows import features_at
from liveattr.repurchase.metrics import ece, log_loss, log_losses, paired_bootstrap
from liveattr.repurchase.totals import expected_totals

SETS = {
    "cdnow": cdnow,
    "cdnow_tenth": lambda: cdnow(sample=True),
    "online_retail": online_retail,
    "complete_journey": complete_journey,
}
PUBLISHED = {
    "CDNOW": {30: 0.2246, 60: 0.3248, 90: 0.3806},
    "CDNOW 1/10": {30: 0.2072, 60: 0.3050, 90: 0.3617},
    "Online Retail": {30: 0.5116, 60: 0.5916, 90: 0.5958},
    "Complete Journey": {30: 0.4852},
}
LONG = 273
"""[days] The holdout of CDNOW."""


def rows_at(data: Set, cut: str, horizons: list[int], skip: set[str]) -> dict[str, np.ndarray]:
    """Return what each row to beat says of everybody."""
    return {
        name: tell(data.orders, cut, horizons, data.by)
        for name, tell in ROWS.items()
        if name not in skip
    }


def scored(data: Set, test: Backtest, skip: set[str]) -> pd.DataFrame:
    """Return scores of ours and of each row at each cut and horizon; losses are kept by person."""
    found = []
    for cut in data.cuts:
        mine = test.people[test.people["cut_on"] == pd.Timestamp(cut)].reset_index(drop=True)
        horizons = [h for h in data.horizons if mine[f"came_{h}"].notna().all()]
        said = rows_at(data, cut, horizons, skip)
        said |= {"ours": mine[[f"{CHOSEN}_{h}" for h in horizons]].to_numpy(float)}
        for name, chance in said.items():
            for place, horizon in enumerate(horizons):
                came = (mine[f"came_{horizon}"] > 0).to_numpy(float)
                p = chance[:, place]
                found.append(
                    {
                        "row": name,
                        "cut_on": cut,
                        "horizon": horizon,
                        "log_loss": log_loss(p, came),
                        "ece": ece(p, came),
                        "told_by_came": p.sum() / came.sum(),
                        "losses": log_losses(p, came),
                        "told": p,
                        "came": came,
                        "person": mine["person_id"].to_numpy(),
                    }
                )
    return pd.DataFrame(found)


def paired(name: str, scores: pd.DataFrame, last: str) -> pd.DataFrame:
    """Return ours less each row at the last cut."""
    at = scores[scores["cut_on"] == last].set_index(["row", "horizon"])
    rows = []
    for row, horizon in at.index:
        if row == "ours":
            continue
        one, other = at.loc[("ours", horizon)], at.loc[(row, horizon)]
        found = paired_bootstrap(one["losses"], other["losses"], one["person"], draws=1000)
        rows.append(
            {
                "row": row,
                "horizon": horizon,
                "ours": one["log_loss"],
                "theirs": other["log_loss"],
                "published": PUBLISHED[name].get(horizon, np.nan),
                "difference": found[0],
                "low": found[1],
                "high": found[2],
            }
        )
    return pd.DataFrame(rows).sort_values(["horizon", "theirs"])


def paired_ece(scores: pd.DataFrame, draws: int = 400) -> pd.DataFrame:
    """Return the mean ECE over cuts of ours less each row, 95 % by people drawn anew (Poisson weights).

    A person has one weight at all cuts; groups stay those of the chances that were told.
    """
    people = pd.unique(np.concatenate(scores["person"].to_list()))
    place = pd.Series(np.arange(len(people)), index=people)
    drawn = np.random.default_rng(17).poisson(1.0, (draws, len(people))).astype(np.float64)
    drawn[0] = 1.0  # as it was
    found = {}
    for one in scores.itertuples(index=False):
        weight = drawn[:, place[one.person].to_numpy()]
        group = np.argsort(np.argsort(one.told, kind="stable"), kind="stable") * 10 // len(one.told)
        off = np.stack(
            [(weight * (one.told - one.came))[:, group == g].sum(1) for g in range(10)], axis=1
        )
        size = np.stack([weight[:, group == g].sum(1) for g in range(10)], axis=1)
        key = (one.row, one.horizon)
        found.setdefault(key, []).append(np.abs(off / np.maximum(size, 1.0)).mean(1))
    mean = {key: np.mean(parts, axis=0) for key, parts in found.items()}
    rows = []
    for (row, horizon), theirs in mean.items():
        if row == "ours":
            continue
        gap = mean["ours", horizon] - theirs
        low, high = np.quantile(gap, [0.025, 0.975])
        rows.append(
            {"row": row, "horizon": horizon, "ours": mean["ours", horizon][0], "theirs": theirs[0]}
            | {"difference": gap[0], "low": low, "high": high}
        )
    return pd.DataFrame(rows).sort_values(["horizon", "theirs"])


def covered(data: Set, test: Backtest) -> pd.DataFrame:
    """Return whether 80 % intervals of tenths (or categories) hold what came."""
    found = []
    for cut in data.cuts:
        model = test.models[cut]
        now = features_at(data.orders, cut, by=data.by)
        came = came_after(data.orders, now, cut, data.horizons, by=data.by, until=data.until)
        for horizon in data.horizons:
            if pd.Timestamp(cut) + pd.Timedelta(days=horizon) > pd.Timestamp(data.until):
                continue
            p = model.chance(now, [horizon])[:, 0]
            tenth = np.argsort(np.argsort(p, kind="stable"), kind="stable") * 10 // len(p)
            groups = {"tenths": tenth, "all": np.zeros(len(p), int)}
            if "category" in data.by:
                groups["categories"] = now["category"].to_numpy()
            for kind, group in groups.items():
                told = expected_totals(model, now, group, horizon).set_index("group")
                real = (came[str(horizon)] > 0).groupby(group).sum().reindex(told.index)
                inside = (real >= told["low"]) & (real <= told["high"])
                found.append(
                    {"groups": kind, "horizon": horizon, "held": inside.mean(), "cut": cut}
                )
    return pd.DataFrame(found)


def counts(data: Set, test: Backtest) -> pd.DataFrame:
    """Return orders told / came - 1 of ours and BG/NBD."""
    known = test.scores[test.scores["orders_told"].notna()]
    bias = (known["orders_told"] / known["orders_came"] - 1).rename("bias")
    table = pd.concat([known[["model", "cut_on", "horizon_days"]], bias], axis=1)
    grouped = table.groupby(["horizon_days", "model"])["bias"]
    last = table[table["cut_on"] == pd.Timestamp(data.cuts[-1])]
    return pd.DataFrame(
        {
            "mean": grouped.mean(),
            "mean_of_absolute": grouped.apply(lambda b: b.abs().mean()),
            "last_cut": last.groupby(["horizon_days", "model"])["bias"].mean(),
        }
    )


def long_bias(data: Set, test: Backtest) -> float:
    """Return orders told / came - 1 in the 273 days after the last cut."""
    cut = data.cuts[-1]
    now = features_at(data.orders, cut, by=data.by)
    came = came_after(data.orders, now, cut, [LONG], by=data.by, until=data.until)
    told = test.models[cut].expected_orders(now, [LONG]).sum()
    return float(told / came[str(LONG)].sum() - 1)


def show(data: Set, skip: set[str]) -> pd.DataFrame:
    """Print everything of one set."""
    begun = time.process_time()
    test = backtest(
        data.orders, data.cuts, horizons=data.horizons, by=data.by, until=data.until, models=()
    )
    spent = time.process_time() - begun
    print(f"\n## {data.name}: {len(data.cuts)} cuts, backtest of ours {spent:.0f} CPU s")
    for cut, model in test.models.items():
        print(f"{cut}  {model.name}  {model.cuts} rolling cuts, ridge {model.penalizer:g}")
    scores = scored(data, test, skip)
    mean = scores.groupby(["row", "horizon"])[["log_loss", "ece", "told_by_came"]].mean()
    print("\nMean over cuts\n", mean.unstack().round(4).to_string())
    last = scores[scores["cut_on"] == data.cuts[-1]].groupby(["row", "horizon"])
    print("\nLast cut\n", last[["log_loss", "ece"]].mean().unstack().round(4).to_string())
    print("\nOurs less theirs at the last cut, 95 % by people")
    print(paired(data.name, scores, data.cuts[-1]).round(4).to_string(index=False))
    print("\nMean ECE over cuts, ours less theirs, 95 % by people")
    print(paired_ece(scores).round(4).to_string(index=False))
    print("\nOrders told / came - 1\n", counts(data, test).round(3).to_string())
    if data.name.startswith("CDNOW"):
        print(f"\nin {LONG} days: {long_bias(data, test):+.3f}")
    ranks = test.scores[test.scores["model"] == CHOSEN].groupby("horizon_days")["auc"]
    print("\nAUC of ours, mean and last:", ranks.mean().round(4).to_dict())
    print(test.comparison.groupby("model")[["c_index", "ibs"]].mean().round(4).to_string())
    held = covered(data, test)
    print("\n80 % intervals of group totals hold, share of groups over all cuts")
    print(held.groupby(["groups", "horizon"])["held"].mean().unstack().round(3).to_string())
    return scores.drop(columns=["losses", "person", "told", "came"]).assign(set=data.name)


def often(data: Set, every: int) -> list[str]:
    """Return a cut every so many days, up to the last one."""
    first, last = (pd.Timestamp(end) for end in (min(data.cuts), data.cuts[-1]))
    return [f"{day:%F}" for day in pd.date_range(last, first, freq=f"-{every}D")[::-1]]


def main() -> None:
    """Print all sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS))
    parser.add_argument("--skip", nargs="*", default=[], help="rows to leave out")
    parser.add_argument("--every", type=int, help="[days] between cuts, from the first to the last")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    sets = [SETS[name]() for name in given.sets]
    if given.every:
        sets = [replace(each, cuts=often(each, given.every)) for each in sets]
    frames = [show(each, set(given.skip)) for each in sets]
    if given.out:
        pd.concat(frames).to_csv(given.out, index=False)


if __name__ == "__main__":
    main()
