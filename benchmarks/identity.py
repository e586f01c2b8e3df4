"""People against the truth in worlds that weld them, beside simpler ways and networkx.

    python benchmarks/identity.py                       # 100,000 persons, three seeds: about ten minutes
    python benchmarks/identity.py --persons 20000 --seeds 5 --harder

First all faults at once, one world a seed, then each fault alone with the first seed. A missed target,
or a refusal whose reason does not hold, ends the run with code 1. `--harder` adds the four faults
that are not promised; they are judged by nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import pandas as pd

from liveattr.bench.identity import OURS, TOGETHER, identity_bench, wide
from liveattr.bench.identity_faults import ALL, FAULTS, HARDER, make_faults
from liveattr.identity.evaluation import evaluate
from liveattr.identity.resolution import resolve_identities

SEEDS = (20_261, 20_262, 20_263)
"""Not those that anything was tuned with."""

LEAST_PRECISION, LEAST_RECALL, MOST_NODES = 0.999, 0.995, 20


def networkx_components(edges: pd.DataFrame) -> list[set[tuple[str, str]]]:
    """Everything that is connected, as a data scientist would first write it."""
    left = zip(edges["left_kind"], edges["left_id"], strict=True)
    right = zip(edges["right_kind"], edges["right_id"], strict=True)
    graph = nx.Graph()
    graph.add_edges_from(zip(left, right, strict=True))
    return list(nx.connected_components(graph))


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    return time.perf_counter() - wall, time.process_time() - cpu, made


def speed(n_persons: int, seed: int) -> None:
    """Print time from the same frame of texts to people: ours with caps, owners and refusals."""
    resolve_identities(make_faults(500, seed=1).edges)  # compiled code is outside the clock
    edges = make_faults(n_persons, seed=seed).edges
    wall, cpu, found = timed(lambda: resolve_identities(edges))
    nx_wall, nx_cpu, parts = timed(lambda: networkx_components(edges))
    print(f"\n{len(edges):,} edges, {len(found.members):,} identifiers, from a frame of texts")
    print(f"  resolve_identities    wall {wall:6.1f} s   CPU {cpu:6.1f} s   {found!r}")
    print(
        f"  networkx components   wall {nx_wall:6.1f} s   CPU {nx_cpu:6.1f} s   {len(parts):,} people"
    )
    print(f"  ours {nx_cpu / cpu:.1f}x fewer CPU seconds, {nx_wall / wall:.1f}x faster", flush=True)


def strata(n_persons: int, seed: int, faults: tuple[str, ...]) -> None:
    """Print what each fault does to the persons whom it touches, all faults at once."""
    world = make_faults(n_persons, seed=seed, faults=faults)
    found = evaluate(resolve_identities(world.edges).members, world.truth, strata="stratum")
    columns = ["stratum", "identifiers", "people", "clusters", "biggest"]
    columns += ["pair_precision", "pair_recall", "bcubed_precision", "bcubed_recall"]
    print(f"\nall faults at once, seed {seed}: persons by the rarest fault that touched them")
    print(found[columns].round(4).to_string(index=False), flush=True)


def judge(found: pd.DataFrame, *, promised: bool = True) -> bool:
    ours = found[found["method"] == OURS]
    print(wide(found).to_string(index=False), flush=True)
    verdicts = {
        f"B-cubed precision at least {LEAST_PRECISION}": (
            ours["bcubed_precision"].min(),
            (ours["bcubed_precision"] >= LEAST_PRECISION).all(),
        ),
        f"B-cubed recall at least {LEAST_RECALL}": (
            ours["bcubed_recall"].min(),
            (ours["bcubed_recall"] >= LEAST_RECALL).all(),
        ),
        f"no person above {MOST_NODES} identifiers": (
            ours["biggest"].max(),
            (ours["biggest"] <= MOST_NODES).all(),
        ),
        "every refusal explained": (
            int((ours["refused"] - ours["explained"]).sum()),
            (ours["refused"] == ours["explained"]).all(),
        ),
    }
    for words, (worst, holds) in verdicts.items():
        verdict = ("holds" if holds else "MISSED") if promised else "not promised"
        print(f"  {words}: worst {worst:.5g} ({verdict})")
    return not promised or all(holds for _, holds in verdicts.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--harder", action="store_true", help="the faults beyond the promise, too")
    parser.add_argument("--skip-alone", action="store_true", help="only all faults at once")
    asked = parser.parse_args()
    print(f"{asked.persons:,} persons; {TOGETHER[1:-1]} at once: {', '.join(ALL)}", flush=True)
    ok = judge(identity_bench(asked.persons, seeds=asked.seeds, faults=ALL, alone=False))
    strata(asked.persons, asked.seeds[0], ALL)
    speed(asked.persons, asked.seeds[0])
    if not asked.skip_alone:
        print(f"\neach fault alone, seed {asked.seeds[0]}", flush=True)
        alone = [
            identity_bench(asked.persons, seeds=asked.seeds[:1], faults=[name], alone=False).assign(
                fault=name
            )
            for name in ALL
        ]
        ok = judge(pd.concat(alone, ignore_index=True)) and ok
    if asked.harder:
        print("\nwith the harder faults: " + ", ".join(HARDER), flush=True)
        every = tuple(FAULTS)
        found = identity_bench(asked.persons, seeds=asked.seeds, faults=every, alone=False)
        judge(found, promised=False)
        strata(asked.persons, asked.seeds[0], every)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
