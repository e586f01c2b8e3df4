"""Who of the viewers is who of the mall's visitors, by coincidence alone: ours, rules and Splink.

    pip install 'liveattr[linkage]'            # the rival; without it: --no-splink
    python benchmarks/event_identity.py        # about ten minutes on two cores
    python benchmarks/event_identity.py --seeds 1 --no-demo

Worlds are those of `event_identity_world.py`. Seeds 1 to 20 were used while the method was made;
what is printed comes from seeds 101 to 108 (all contenders) and 101 to 120 (the decoys' estimate),
chosen before. Recall is over linkable people without a tracked link: those who jumped to the mall at
least once. Tracked pairs are left out of everybody's score.

`R at P 0.99` is the recall at the lowest threshold whose precision is 0.99, the threshold that
somebody who knew the truth would set; `promised 1 %` is what `score_links` accepts by its decoys, and
so what a user gets. `uneven` is a harder world: each person's own share of clicks that become jumps,
Beta with mean 0.76 and weight 1.5, so a weight learned for everybody fits nobody.
"""

from __future__ import annotations

import argparse
import time
from importlib.util import find_spec

import numpy as np
import pandas as pd
from event_identity_demo import demo
from event_identity_rivals import rules, splink_pairs
from event_identity_world import Levels, World, make_world

from liveattr.identity.scored import score_links

SEEDS = tuple(range(101, 109))
DECOY_SEEDS = tuple(range(101, 121))
UNEVEN = Levels(jumps_alike=1.5)
PRECISION = 0.99
DEMO: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("default", ()),
    ("full", ()),
    ("full", ("city",)),
    ("full", ("ip", "city")),
)


def truth_of(world: World) -> pd.MultiIndex:
    """Pairs that are to be found."""
    open_ = world.truth[world.truth["linkable"] & ~world.truth["tracked"]]
    return pd.MultiIndex.from_frame(open_[["uid", "visitor"]])


def scores(pairs: pd.DataFrame, world: World) -> dict[str, float]:
    """P, R and F1 of all the pairs, and the recall at a precision of 0.99."""
    tracked = world.tracked
    free = pairs[
        ~pairs["uid"].isin(tracked["uid"]) & ~pairs["visitor"].isin(tracked["visitor"])
    ].sort_values(["score", "uid", "visitor"], ascending=[False, True, True])
    true = truth_of(world)
    hits = np.cumsum(pd.MultiIndex.from_frame(free[["uid", "visitor"]]).isin(true))
    if not len(free) or not hits[-1]:
        return {"P": 0.0, "R": 0.0, "F1": 0.0, "R99": 0.0}
    precision, recall = hits / np.arange(1, len(free) + 1), hits / len(true)
    last = np.append(free["score"].to_numpy()[1:] != free["score"].to_numpy()[:-1], True)
    good = recall[last & (precision >= PRECISION)]
    p, r = precision[-1], recall[-1]
    return {"P": p, "R": r, "F1": 2 * p * r / (p + r), "R99": good.max(initial=0.0)}


def ours(world: World, *, ip: bool, promise: float) -> tuple[dict[str, float], dict[str, float]]:
    """Scores at the threshold of a promised rate, and what was spent."""
    clicks = world.clicks if ip else world.clicks.drop(columns="ip")
    wall, cpu = time.perf_counter(), time.process_time()
    made = score_links(
        clicks, world.views, world.tracked, false_match_rate=promise, on_air=world.on_air
    )
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    links = made.links.rename(columns={"left_id": "uid", "right_id": "visitor"})
    found = scores(links, world)
    found["false"] = 1 - found["P"]
    found["bound"] = float(made.links["false_match_bound"].max())
    at = made.decoys[made.decoys["score"] >= made.threshold]
    found["estimate"] = float(at["false_match_rate"].iloc[-1])
    return found, spent


def contenders(seed: int, *, ip: bool, splink: bool) -> dict[str, dict[str, float]]:
    """Scores and CPU seconds of everybody in the world of a seed."""
    world = make_world(seed)
    clicks = world.clicks if ip else world.clicks.drop(columns="ip")
    found, spent = ours(world, ip=ip, promise=1.0)
    out = {"ours, every mutual best": {**found, **spent}}
    out["ours, promised 1 %"] = ours(world, ip=ip, promise=0.01)[0]
    for name, pairs in rules(clicks, world.views, ip=ip).items():
        out[name] = scores(pairs, world)
    for labels in (True, False) if splink else ():
        found_by, spent = splink_pairs(clicks, world.views, world.tracked, ip=ip, labels=labels)
        for name, pairs in found_by.items():
            out[f"Splink, {'labels' if labels else 'EM'}, {name}"] = {
                **scores(pairs, world),
                **spent,
            }
    return out


def table(rows: list[dict[str, dict[str, float]]]) -> None:
    print(
        f"{'':38s}{'P':>7s}{'R':>7s}{'F1':>7s}{'R at P 0.99':>13s}{'worst':>7s}{'CPU s':>7s}{'s':>6s}"
    )
    for name in rows[0]:
        got = pd.DataFrame([row[name] for row in rows])
        mean = got.mean()
        time_ = "".join(
            f"{mean[c]:{w}.1f}" if c in mean else " " * w for c, w in (("cpu", 7), ("wall", 6))
        )
        print(
            f"{name:38s}{mean['P']:7.3f}{mean['R']:7.3f}{mean['F1']:7.3f}{mean['R99']:13.3f}"
            f"{got['R99'].min():7.3f}{time_}"
        )


def decoys(seeds: tuple[int, ...], levels: Levels | None, *, ip: bool) -> None:
    """Print the estimate from decoys beside the true rate."""
    for promise in (0.01, 0.02, 0.05):
        got = pd.DataFrame(
            [ours(make_world(seed, levels), ip=ip, promise=promise)[0] for seed in seeds]
        )
        ratio = got["bound"] / got["false"].clip(lower=1e-9)
        print(
            f"promise {promise:.2f}: true {got['false'].mean():.4f} (up to {got['false'].max():.4f}),"
            f" estimate {got['estimate'].mean():.4f}, bound {got['bound'].mean():.4f};"
            f" bound below the truth {int((ratio < 1).sum())} of {len(got)} seeds,"
            f" over 3x {int((ratio > 3).sum())}, median {ratio.median():.2f}x;"
            f" recall {got['R'].mean():.3f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many of the seeds")
    parser.add_argument("--no-splink", action="store_true")
    parser.add_argument("--no-demo", action="store_true")
    told = parser.parse_args()
    splink = not told.no_splink and find_spec("splink") is not None
    for ip in (True, False):
        print(f"\n{'IP on both sides' if ip else 'the platform tells no IP'}")
        table([contenders(seed, ip=ip, splink=splink) for seed in SEEDS[: told.seeds]])
        for name, levels in (("decoys", None), ("decoys, uneven", UNEVEN)):
            print(f"{name}:")
            decoys(DECOY_SEEDS[: max(told.seeds * 5 // 2, 1)], levels, ip=ip)
    for visibility, traits in () if told.no_demo else DEMO:
        print(f"\ndemo world, {visibility} {traits}:", demo(visibility, SEEDS[0], traits))


if __name__ == "__main__":
    main()
