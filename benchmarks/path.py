"""Time and memory of the path (people, touches, journeys, credit) against plain pandas.

    python benchmarks/path.py                        # 1e6 and 1e7 generated events
    python benchmarks/path.py --events 1000000 --skip-naive

Two starts, the same for both sides: canonical Parquet files as a lake holds them, and events that
are coded and bucketed by person already. Each contender runs in a process of its own; the clock
starts after its imports. Every answer is compared exactly; a difference ends the run with code 1, and
so does a missed target. The targets are for 1e7 events and a machine that does nothing else: where
other work takes the second core, the ratio of CPU seconds says more than that of wall seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from liveattr.attribution import CreditPlan, create_credit, credit_totals
from liveattr.identity import create_people
from liveattr.journeys import (
    code_events,
    create_dimension,
    create_journey,
    create_member_code,
    create_order_code,
    create_place,
    create_test_person,
    create_touch,
)
from liveattr.settings import load_settings
from liveattr.tables import get_table

AS_OF = date(2026, 6, 30)
ZONE = "Asia/Shanghai"
MEMORY_LIMIT = "1GB"
LOOKBACK_DAYS = 30
KEPT = ("facet", "text_code", "order_code", "person_code", "test_person")
"""What the coded layer holds beside the events."""
TARGETS = {"canonical": 12, "coded": 25}
"""Start → how many times faster than pandas, at `TARGET_EVENTS`."""
TARGET_EVENTS = 10_000_000
MAX_MB = 1500
"""Peak memory of our side at `TARGET_EVENTS`."""


def connect(folder: Path, spill: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": str(spill)})
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    for table in ("campaign", "test_account", "consent_act", "ingest_batch"):
        nulls = ", ".join(f'NULL::{c.sql_type} AS "{c.name}"' for c in get_table(table).columns)
        con.execute(f"CREATE TABLE {table} AS SELECT {nulls} WHERE false")
    con.execute(
        "INSERT INTO ingest_batch (ingest_id, legal_basis) VALUES ('generated', 'research')"
    )
    for file in sorted(folder.glob("*.parquet")):
        con.execute(f"CREATE VIEW {file.stem} AS FROM read_parquet('{file}')")
    return con


def code(con: duckdb.DuckDBPyConnection, coded: Path) -> None:
    create_people(con)
    create_member_code(con)
    create_test_person(con)
    create_order_code(con, zone=ZONE)
    create_place(con)
    code_events(con, coded)


def journeys_and_credit(con: duckdb.DuckDBPyConnection, coded: Path) -> dict[str, Any]:
    create_touch(con, coded)
    create_journey(con, lookback_days=LOOKBACK_DAYS)
    create_dimension(con)
    plan = CreditPlan()
    fits = create_credit(con, plan)
    by_channel = credit_totals(con, plan, ["channel"], fits=fits)
    return {
        "people": one(con, "SELECT count(*) FROM person_code"),
        "touches": one(con, "SELECT count(*) FROM touch"),
        "journey_rows": one(con, "SELECT count(*) FROM journey"),
        "converted_orders": one(con, "SELECT count(DISTINCT order_key) FROM journey"),
        "null_journeys": one(
            con, "SELECT count(DISTINCT journey_id) FROM journey WHERE order_key IS NULL"
        ),
        "credit_fen": dict(
            zip(by_channel.model + " " + by_channel.channel, by_channel.net_fen, strict=True)
        ),
    }


def one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    [(number,)] = con.execute(query).fetchall()
    return int(number)


def liveattr_canonical(folder: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        with connect(folder, Path(scratch) / "spill") as con:
            code(con, Path(scratch) / "coded")
            return journeys_and_credit(con, Path(scratch) / "coded")


def liveattr_coded(folder: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        with connect(folder / "coded_layer", Path(scratch)) as con:
            return journeys_and_credit(con, folder / "coded_layer" / "coded")


def naive_canonical(folder: Path) -> dict[str, Any]:
    import naive_path

    return naive_path.from_canonical(folder)


def naive_coded(folder: Path) -> dict[str, Any]:
    import naive_path

    return naive_path.from_coded(folder / "coded_layer")


CONTENDERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "liveattr canonical": liveattr_canonical,
    "liveattr coded": liveattr_coded,
    "naive canonical": naive_canonical,
    "naive coded": naive_coded,
}


def make_inputs(folder: Path, n_events: int) -> None:
    """Write the canonical files and, with the functions of the path itself, the coded layer."""
    from generate import make_world

    make_world(folder, n_events)
    layer = folder / "coded_layer"
    shutil.rmtree(layer, ignore_errors=True)
    layer.mkdir()
    with connect(folder, folder / "spill") as con:
        code(con, layer / "coded")
        for name in KEPT:
            con.execute(f"COPY {name} TO '{layer / name}.parquet' (FORMAT parquet)")
    shutil.copy(folder / "line_ledger.parquet", layer)


def measure(name: str, folder: Path) -> None:
    """Run one contender in this process and print what it took as JSON."""
    if name.startswith("naive"):
        import naive_path  # noqa: F401  (imports are outside the clock)
    load_settings()
    wall, cpu = time.perf_counter(), _cpu()
    answer = CONTENDERS[name](folder)
    took = {"wall_s": time.perf_counter() - wall, "cpu_s": _cpu() - cpu}
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**took, "peak_mb": peak_mb, "answer": answer}))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run(name: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--contender", name, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    print(
        f"  {name:<20} wall {found['wall_s']:7.2f} s   CPU {found['cpu_s']:7.2f} s   "
        f"peak {found['peak_mb']:6.0f} MB",
        flush=True,
    )
    return found


def compare(n_events: int, folder: Path, skip_naive: bool) -> bool:
    """Run all contenders on one world; return whether answers and targets hold."""
    print(f"\n{n_events:,} events", flush=True)
    subprocess.run(
        [sys.executable, __file__, "--make", str(n_events), "--folder", str(folder)], check=True
    )
    names = [n for n in CONTENDERS if not (skip_naive and n.startswith("naive"))]
    found = {name: run(name, folder) for name in names}
    answers = {json.dumps(f["answer"], sort_keys=True) for f in found.values()}
    if len(answers) > 1:
        for name, result in found.items():
            print(name, json.dumps(result["answer"], sort_keys=True))
        print("  THE ANSWERS DIFFER")
        return False
    answer = found["liveattr canonical"]["answer"]
    shown = ", ".join(f"{v:,} {k}" for k, v in answer.items() if isinstance(v, int))
    print(f"  same answer: {shown}; {len(answer['credit_fen'])} sums of credit, to the fen")
    ok = _memory(n_events, found)
    return ok if skip_naive else _ratios(n_events, found) and ok


def _memory(n_events: int, found: dict[str, Any]) -> bool:
    peak = max(f["peak_mb"] for name, f in found.items() if name.startswith("liveattr"))
    ok = peak <= MAX_MB
    print(f"  peak memory {peak:.0f} MB{_verdict(n_events, f'at most {MAX_MB}', ok)}")
    return ok or n_events != TARGET_EVENTS


def _ratios(n_events: int, found: dict[str, Any]) -> bool:
    all_hold = True
    for start, target in TARGETS.items():
        ours, theirs = found[f"liveattr {start}"], found[f"naive {start}"]
        wall, cpu, memory = (theirs[k] / ours[k] for k in ("wall_s", "cpu_s", "peak_mb"))
        all_hold = all_hold and wall >= target
        print(
            f"  from {start:<9} {wall:5.1f}x faster"
            f"{_verdict(n_events, f'at least {target}x', wall >= target)}, "
            f"{cpu:4.1f}x fewer CPU seconds, {memory:4.1f}x less memory"
        )
    return all_hold or n_events != TARGET_EVENTS


def _verdict(n_events: int, target: str, ok: bool) -> str:
    if n_events != TARGET_EVENTS:
        return ""
    return f" (target {target}: {'holds' if ok else 'MISSED'})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--skip-naive", action="store_true", help="time our side only")
    parser.add_argument("--folder", type=Path, help="where the generated files are kept")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contender:
        measure(given.contender, given.folder)
        return 0
    if given.make:
        make_inputs(given.folder, given.make)
        return 0
    root = given.folder or Path(tempfile.gettempdir()) / "liveattr-benchmark"
    print(f"{os.cpu_count()} cores, DuckDB {duckdb.__version__}, memory limit {MEMORY_LIMIT}")
    results = [compare(n, root / f"events_{n}", given.skip_naive) for n in given.events]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
