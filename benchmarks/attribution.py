"""CPU seconds and memory of attribution beside ChannelAttribution 2.2.5 and MAM 2.1.1, in one run.

    python benchmarks/attribution.py                                  # 1e7 journeys, three rounds
    python benchmarks/attribution.py --journeys 100000 --rounds 1     # a minute, to see that it runs

Every call runs in a process of its own. The clock (CPU seconds of all its threads) starts with the data
in memory, as coded columns or as a frame with paths as Arrow text, and after the same call on the
first 1,000 rows, so that compiled code is loaded; what compiling itself takes is said once. Memory is
the peak of the whole process, its libraries and its input included. Ratios are medians over rounds.

The peers get an environment of their own (`--peers`, made when it is missing; ChannelAttribution is
built from source, which takes a C++ compiler). Results are compared: MAM's local Markov credit, its
Shapley value and everybody's rules must be ours; ChannelAttribution's Markov credit is simulated,
and how far it is off is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attribution_data as data
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from liveattr.attribution import Paths, markov, read_paths, rules, shapley

HERE = Path(__file__).parent
PEERS = ["channelattribution==2.2.5", "marketing-attribution-models==2.1.1", "matplotlib"]
SEED = 20260122
WARM = 1_000
SAME = 1e-6
Found = dict[str, Any]


# --- our side ------------------------------------------------------------------------------------


def _markov(order: int, **options: Any) -> Callable[[Any], dict[str, pd.DataFrame]]:
    name = "local" if options.get("allocation") == "local" else f"markov{order}"
    return lambda paths: {name: markov(paths, order, **options)}


def _rules(paths: Any) -> dict[str, pd.DataFrame]:
    coded = read_paths(paths)
    return {rule: rules(coded, rule) for rule in ("first", "last", "linear")}


CALLS: dict[str, Callable[[Any], dict[str, pd.DataFrame]]] = {
    "markov1": _markov(1),
    "markov1 interval": _markov(1, interval=0.95),
    "markov1 people": _markov(1, interval=0.95, cluster="person_id"),
    "local": _markov(1, allocation="local"),
    "markov3": _markov(3),
    "markov3 interval": _markov(3, interval=0.95),
    "rules": _rules,
    "shapley": lambda paths: {"shapley": shapley(paths, "exact_set")},
    "simplified": lambda paths: {"simplified": shapley(paths)},
}


def arrays_of(folder: Path, source: str) -> dict[str, np.ndarray]:
    """Load coded columns, as a store holds them; `distinct` is coded from text here."""
    if source == "coded":
        return {name: np.load(folder / f"{name}.npy") for name in data.COLUMNS}
    paths = read_paths(frame_of(folder, "distinct"))
    return {name: getattr(paths, name) for name in data.COLUMNS}


def frame_of(folder: Path, source: str) -> pd.DataFrame:
    """Load a frame; paths are Arrow text, as pandas 3 has them."""
    table = pq.read_table(folder / f"{source}.parquet")
    text = pd.StringDtype("pyarrow")
    kinds = {field.type: text for field in table.schema if field.name == "path"}
    return table.to_pandas(types_mapper=kinds.get, split_blocks=True, self_destruct=True)


def measure(call: str, folder: Path, source: str, *, warm: bool) -> Found:
    """Run a call in this process."""
    if source in ("coded", "distinct coded"):
        arrays = arrays_of(folder, source)
        channels = (folder / "channels.txt").read_text().split("\n")
        few = arrays["starts"][: WARM + 1]
        part = {name: array[:WARM] for name, array in arrays.items() if array is not None}
        part |= {"starts": few, "codes": arrays["codes"][: few[-1]]}
        if "person" not in part:
            part["person"] = arrays["person"] = None
        small, whole = (lambda: Paths(channels, **part)), (lambda: Paths(channels, **arrays))
    else:
        frame = frame_of(folder, source)
        small, whole = (lambda: frame.head(WARM)), (lambda: frame)
    if not warm:
        return _clock(lambda: CALLS[call](small()))
    CALLS[call](small())
    return _clock(lambda: CALLS[call](whole()))


def _clock(job: Callable[[], dict[str, pd.DataFrame]]) -> Found:
    wall, cpu = time.perf_counter(), time.process_time()
    found = job()
    took = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    credit = {name: frame["conversions"].to_dict() for name, frame in found.items()}
    return {**took, "peak_mb": _peak_mb(), "found": credit}


def _peak_mb() -> float:
    """Peak of this program alone; `ru_maxrss` begins with that of the process that started it."""
    status = Path("/proc/self/status").read_text().splitlines()
    [line] = [row for row in status if row.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


# --- running -------------------------------------------------------------------------------------


class Bench:
    """Runs calls in processes of their own, compares them, and remembers what was missed."""

    def __init__(self, peers: Path | None, rounds: int, only: str) -> None:
        self.peers, self.rounds, self.only, self.ok = peers, rounds, only, True

    def mine(self, call: str, folder: Path, source: str, **environment: str) -> Found:
        command = [sys.executable, __file__, "--contender", call, "--source", source]
        command += ["--folder", str(folder), *(["--first-call"] if environment else [])]
        return self._run("liveattr", command, {**os.environ, **environment})

    def theirs(self, tool: str, job: str, file: Path) -> Found | None:
        if self.peers is None:
            return None
        script = HERE / "attribution_peers.py"
        command = [str(self.peers / "bin/python"), str(script), tool, job, str(file)]
        try:
            return self._run(tool, command, dict(os.environ))
        except RuntimeError as error:
            print(f"  {error}", flush=True)
            return None

    def _run(self, name: str, command: list[str], environment: dict[str, str]) -> Found:
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [f"signal {-done.returncode}"])[-1]
            raise RuntimeError(f"{name} FAILED: {last[:200]}")
        found: Found = json.loads(done.stdout.splitlines()[-1])
        print(
            f"  {name:<19} CPU {found['cpu_s']:8.3f} s   wall {found['wall_s']:8.3f} s   "
            f"peak {found['peak_mb']:6.0f} MB",
            flush=True,
        )
        return found

    def limit(self, what: str, value: float, target: float, unit: str, *, least: bool) -> None:
        holds = value >= target if least else value <= target
        self.ok = self.ok and holds
        bound = "at least" if least else "at most"
        verdict = "OK" if holds else "MISSED"
        print(f"  {what}: {value:.4g} {unit} ({bound} {target:g}: {verdict})", flush=True)

    def against(
        self,
        title: str,
        call: str,
        folder: Path,
        source: str,
        peer: tuple[str, str, Path] | None = None,
        *,
        fewer: float | None = None,
        cpu_s: float | None = None,
        peak_mb: float | None = None,
    ) -> None:
        """Run our call and a peer's in rounds; say ratios, limits and how results differ."""
        if self.only.lower() not in title.lower():
            return
        print(f"\n{title}", flush=True)
        own, ratios, other = [], [], None
        for _ in range(self.rounds):
            own.append(self.mine(call, folder, source))
            other = self.theirs(*peer) if peer else None
            if other:
                ratios.append(other["cpu_s"] / own[-1]["cpu_s"])
        if cpu_s:
            took = statistics.median(each["cpu_s"] for each in own)
            self.limit("liveattr, CPU", took, cpu_s, "s", least=False)
        if peak_mb:
            self.limit("peak", max(each["peak_mb"] for each in own), peak_mb, "MB", least=False)
        if peer and ratios and other:
            ratio = statistics.median(ratios)
            if fewer:
                self.limit(f"fewer CPU s than {peer[0]}", ratio, fewer, "x", least=True)
            else:
                print(f"  {ratio:.1f}x fewer CPU s than {peer[0]}")
            self.compare(own[-1]["found"], other["found"], peer[0])
        elif fewer:
            print(f"  the ratio was not measured (at least {fewer:g}x: MISSED)")
            self.ok = False

    def compare(self, mine: dict[str, Any], theirs: dict[str, Any], tool: str) -> None:
        """Say how far two answers are apart: total absolute difference over the total."""
        for name, credit in mine.items():
            other = theirs.get(name) or theirs.get("markov") or theirs["total"]
            off = sum(abs(other.get(channel, 0.0) - had) for channel, had in credit.items())
            off /= max(sum(abs(had) for had in credit.values()), 1e-300)
            if tool == "channelattribution" and name.startswith("markov"):
                print(f"  {name}: {tool}, simulated, is off by {off:.2%} in total")
            elif tool == "mam" and name.startswith("markov"):
                continue  # it splits path by path, see "local"
            else:
                self.ok = self.ok and off <= SAME
                print(f"  {name}: {'the same' if off <= SAME else f'DIFFERENT, {off:.2%}'}")

    def first_calls(self, folder: Path) -> None:
        print(f"\nFirst call on {WARM:,} journeys as text, without warming up", flush=True)
        with tempfile.TemporaryDirectory() as cache:
            for what in ("compiles", "loads"):
                print(f"  {what} its loops:", end="")
                self.mine("markov1 interval", folder, "raw", NUMBA_CACHE_DIR=cache)

    def intervals(self, folder: Path) -> None:
        """Order 1 without and with an interval, in turns."""
        print("\nIntervals of every Markov share, raw journeys, coded", flush=True)
        took: dict[str, list[float]] = {}
        for _ in range(self.rounds):
            for call in ("markov1", "markov1 interval", "markov1 people"):
                took.setdefault(call, []).append(self.mine(call, folder, "coded")["cpu_s"])
        plain, journeys, people = (statistics.median(each) for each in took.values())
        self.limit("an interval adds, of counting", journeys / plain - 1, 2, "x", least=False)
        self.limit("by person it adds", people / plain - 1, 2, "x", least=False)


def peers_at(folder: Path) -> Path | None:
    """Make the peers' environment where it is missing; None if that fails."""
    python = folder / "bin/python"
    if not python.exists():
        print(f"making an environment for {', '.join(PEERS)}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *PEERS, "pyarrow"]
        if subprocess.run(install).returncode:
            print("the peers could not be installed: our side only")
            return None
    return folder


def make(folder: Path, n: int, *, n_channels: int = 12, distinct: bool = False) -> Path:
    """Write the journeys of a size, unless they are there; in a process of its own."""
    if not (folder / "size.txt").exists():
        folder.mkdir(parents=True, exist_ok=True)
        world = data.make_world(n_channels, seed=SEED)
        data.write_journeys(folder, world, n, seed=SEED + n)
    n_paths = f", {data.write_distinct(folder):,} distinct paths" if distinct else ""
    print(f"{n_channels} channels: {(folder / 'size.txt').read_text()}{n_paths}", flush=True)
    return folder


def race(bench: Bench, root: Path, n: int) -> None:
    million = min(n, 1_000_000)
    raw = make(root / f"raw_{n}", n)
    some = make(root / f"raw_{million}", million, distinct=True)
    wide = make(root / f"wide_{million}", million, n_channels=500)
    text, paths = raw / "raw.parquet", some / "distinct.parquet"
    ca, mam = "channelattribution", "mam"
    if not bench.only:
        bench.first_calls(some)
    bench.against(
        "Markov, order 1, raw journeys, coded",
        *("markov1", raw, "coded", (ca, "markov1", text)),
        **{"fewer": 40, "cpu_s": 0.5, "peak_mb": 1000},
    )
    bench.against(
        "Markov, order 1, raw journeys as text",
        *("markov1", raw, "raw", (ca, "markov1", text)),
        **{"fewer": 6, "peak_mb": 2500},
    )
    bench.against(
        "Markov, order 1, distinct paths as text, path by path",
        *("local", some, "distinct", (mam, "markov1", paths)),
    )
    bench.against(
        "Markov, order 3, distinct paths as text",
        *("markov3", some, "distinct", (ca, "markov3", paths)),
        **{"fewer": 10, "cpu_s": 0.6},
    )
    bench.against(
        "Shapley, exact sets of any size, distinct paths as text",
        *("shapley", some, "distinct", (mam, "shapley", paths)),
        fewer=8,
    )
    bench.against("Shapley, simplified, raw journeys, coded", "simplified", raw, "coded")
    bench.against(
        "Markov, order 1, 500 channels, coded",
        *("markov1", wide, "coded", (ca, "markov1", wide / "raw.parquet")),
        cpu_s=2,
    )
    if bench.only in ("", "interval"):
        bench.intervals(raw)
    bench.against(
        "Rules first, last and linear, raw journeys, coded",
        *("rules", raw, "coded", (ca, "rules", text)),
    )
    bench.against(
        "Rules first, last and linear, distinct paths as text",
        *("rules", some, "distinct", (mam, "rules", paths)),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--journeys", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the journeys are kept")
    parser.add_argument("--peers", type=Path, help="environment of the peers")
    parser.add_argument("--only", default="", help="jobs with this in their title; or: interval")
    parser.add_argument("--skip-peers", action="store_true")
    parser.add_argument("--contender", choices=CALLS, help=argparse.SUPPRESS)
    parser.add_argument("--source", help=argparse.SUPPRESS)
    parser.add_argument("--first-call", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contender:
        found = measure(given.contender, given.folder, given.source, warm=not given.first_call)
        print(json.dumps(found))
        return 0
    root = given.folder or Path(tempfile.gettempdir()) / "liveattr-benchmark"
    root.mkdir(parents=True, exist_ok=True)
    peers = None if given.skip_peers else peers_at(given.peers or root / "attribution_peers")
    bench = Bench(peers, given.rounds, given.only)
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, seed {SEED}")
    race(bench, root / "attribution", given.journeys)
    print("\nall targets that were measured hold" if bench.ok else "\nMISSED: see above")
    return 0 if bench.ok else 1


if __name__ == "__main__":
    sys.exit(main())
