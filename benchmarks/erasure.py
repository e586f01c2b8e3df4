"""What it costs to erase 1,000 people, against resolving the identity of everybody once.

    python benchmarks/erasure.py                      # the demo world of data/demo/world, made if missing
    python benchmarks/erasure.py --people 100 --folder data/demo/world_tiny

On a copy of a world's lake: `resolve(force=True)` three times with all evidence known, then
`forget_many` of people drawn by lot, in the same process and with the same threads, then a scan of
every file. Judge by CPU seconds where other work takes a core. Ends with code 1 where the scan finds a
token of the erased, or where the erasure costs as much as the resolution.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from liveattr.consent import sample_assessments
from liveattr.demo import demo_world
from liveattr.identity import resolve
from liveattr.lake import Lake, open_lake
from liveattr.subjects import Needles, find_identifiers, forget_many, scan

SEED = 20260122


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what a call gives, its wall seconds and its CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - wall, time.process_time() - cpu


def lake_of(folder: Path | None) -> Path:
    """Return the folder of a world's lake, made where it is missing."""
    if folder is not None:
        return folder / "lake"
    return demo_world().path


def measure(lake: Lake, people: int) -> bool:
    """Measure both on one lake, print it, and say whether the targets are met."""
    lake.write("impact_assessment", sample_assessments())
    resolve(lake, force=True)  # the first run writes the evidence
    times = [timed(lambda: resolve(lake, force=True))[1:] for _ in range(3)]
    wall, cpu = min(t[0] for t in times), min(t[1] for t in times)
    print(f"resolve, all people       {wall:6.2f} s wall  {cpu:6.2f} s CPU (best of 3)")
    members = lake.table("person_member").query("known_to_at.isnull()")
    lots = members.drop_duplicates("person_id").sample(people, random_state=SEED)
    asked = lots[["kind", "id"]].reset_index(drop=True)
    ids = find_identifiers(lake, asked)
    needles = Needles(tuple(ids["id"]))
    before = len(scan(lake, needles, reports=None))
    done, wall_e, cpu_e = timed(lambda: forget_many(lake, asked, out=None))
    print(f"forget_many, {people:,} people  {wall_e:6.2f} s wall  {cpu_e:6.2f} s CPU")
    print(
        f"erasure / resolution      {wall_e / wall:6.2f} wall    {cpu_e / cpu:6.2f} CPU, target < 1"
    )
    after = len(scan(lake, needles, reports=None))
    print(f"the scan found {before:,} places of {len(ids):,} identifiers before, {after:,} after")
    print(done)
    return before > 0 and after == 0 and cpu_e < cpu


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="of a world, with lake/ in it")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    source = lake_of(options.folder)
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        copy = Path(folder) / "lake"
        shutil.copytree(source, copy)
        good = measure(open_lake(copy, threads=options.threads), options.people)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
