"""Time and memory of connected components over text identifiers against Splink's clustering.

    pip install splink
    python benchmarks/components.py                              # 1e7 edges, three rounds
    python benchmarks/components.py --edges 1000000 --rounds 1
    python benchmarks/components.py --integers 100000000         # our side only, coded edges

End to end: edges of text in Parquet → one label for each identifier in Parquet. Each contender runs
in a process of its own, side by side in rounds; the clock starts after its imports. Ratios are
medians over rounds. The partitions are compared exactly. Splink runs as it comes (DuckDB takes up to
80 % of memory) and once more held to as much as our side took (`splink lean`), if it can.

The graph: people of 2 to 4 identifiers in random trees, as many repeats of their edges, of which one
per cent ties strangers, and one chain of 200 people.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from liveattr.identity.codes import Codes
from liveattr.identity.components import Components

KINDS = ["device", "mall_account", "openid", "phone", "uid_douyin", "unionid"]
BATCH = 1 << 18
CHAIN = 200
FASTER, LEANER, INCREMENT = 3, 2, 5
"""Targets: times faster and less memory than Splink; rebuild over an increment of one per cent."""
MAX_INTEGER_MB = 8 * 1024
IDS = ["left_kind", "left_id", "right_kind", "right_id"]
PARTS = ["edges_99.parquet", "edges_1.parquet"]


# --- the graph -----------------------------------------------------------------------------------


def make_edges(n_edges: int, seed: int = 4) -> tuple[np.ndarray, np.ndarray, int]:
    rng = np.random.default_rng(seed)
    n_people = max(n_edges // 4, CHAIN)
    size = rng.integers(2, 5, n_people, dtype=np.int8)
    first = np.cumsum(size, dtype=np.int64) - size
    n_nodes = int(first[-1] + size[-1])
    person_first = np.repeat(first, size)
    node = np.arange(n_nodes)
    place = node - person_first
    child = node[place > 0]
    father = person_first[child] + (rng.random(len(child)) * place[child]).astype(np.int64)
    n_repeats = max(n_edges - len(child) - CHAIN, 0)
    pick = rng.integers(0, len(child), n_repeats)
    left, right = father[pick], child[pick]
    strange = rng.random(n_repeats) < 0.01
    right[strange] = rng.integers(0, n_nodes, int(strange.sum()))
    chain = first[:CHAIN]
    left = np.r_[father, left, chain[:-1]].astype(np.int32)
    right = np.r_[child, right, chain[1:]].astype(np.int32)
    order = rng.permutation(len(left))
    return left[order], right[order], n_nodes


def write_text(folder: Path, n_edges: int, digits: int) -> None:
    """Write 99 % and 1 % of the edges as text: kinds, and tokens of so many hexadecimal digits."""
    left, right, _ = make_edges(n_edges)
    cut = len(left) * 99 // 100
    kinds = "[" + ", ".join(f"'{kind}'" for kind in KINDS) + "]"
    ends = ", ".join(
        f"{kinds}[1 + (hash(e.{end}) % {len(KINDS)})::INTEGER] AS {end}_kind, "
        f"left(sha256(e.{end}::VARCHAR), {digits}) AS {end}_id"
        for end in ("left", "right")
    )
    with duckdb.connect() as con:
        for name, part in zip(PARTS, (slice(0, cut), slice(cut, None)), strict=True):
            con.register("edge", pa.table({"left": left[part], "right": right[part]}))
            con.execute(f"COPY (SELECT {ends} FROM edge AS e) TO '{folder / name}'")


def write_integers(folder: Path, n_edges: int) -> None:
    left, right, _ = make_edges(n_edges)
    table = pa.table({"left": left, "right": right})
    del left, right
    pq.write_table(table, folder / "integers.parquet", row_group_size=BATCH * 4)


# --- our side ------------------------------------------------------------------------------------


def add_text(path: Path, codes: Codes, components: Components) -> None:
    with pq.ParquetFile(path, read_dictionary=IDS[::2], pre_buffer=False) as file:
        for batch in file.iter_batches(BATCH, columns=IDS):
            components.add(*codes.encode_edges(batch))


def write_labels(path: Path, codes: Codes, labels: np.ndarray) -> None:
    schema = codes.identifiers(0, 0).schema.append(pa.field("label", pa.int32()))
    with pq.ParquetWriter(path, schema, use_dictionary=["kind"]) as file:
        for start in range(0, len(codes), BATCH):
            part = codes.identifiers(start, min(start + BATCH, len(codes)))
            label = pa.array(labels[start : start + BATCH].astype(np.int32, copy=False))
            file.write_table(part.append_column("label", label))


def ours(folder: Path) -> dict[str, Any]:
    """Text edges to a label for each identifier."""
    codes, components = Codes(), Components()
    for name in PARTS:
        add_text(folder / name, codes, components)
    write_labels(folder / "liveattr.parquet", codes, components.labels())
    return {"components": components.n_components, "identifiers": len(codes)}


def build_and_keep(folder: Path, parts: list[str], store: Path, base: Path | None = None) -> None:
    """Code and join the edges on top of what `base` keeps; keep codes and labels in `store`."""
    codes, components = Codes(), Components()
    if base:
        codes = Codes.load(base / "codes")
        components = Components.load(base / "labels.npy")
    for name in parts:
        add_text(folder / name, codes, components)
    codes.save(store / "codes")
    components.save(store / "labels.npy")


def rebuild(folder: Path) -> dict[str, Any]:
    build_and_keep(folder, PARTS, fresh(folder / "rebuilt"))
    return {}


def increment(folder: Path) -> dict[str, Any]:
    build_and_keep(folder, PARTS[1:], folder / "base", base=folder / "base")
    return {}


def labels_rebuilt(folder: Path) -> dict[str, Any]:
    components = Components()
    for part in ("coded_99", "coded_1"):
        add_integers(folder / f"{part}.parquet", components)
    components.save(folder / "labels_rebuilt.npy")
    return {}


def labels_increment(folder: Path) -> dict[str, Any]:
    components = Components.load(folder / "labels_99.npy")
    add_integers(folder / "coded_1.parquet", components)
    components.save(folder / "labels_increment.npy")
    return {}


def add_integers(path: Path, components: Components) -> None:
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(BATCH):
            components.add(batch["left"].to_numpy(), batch["right"].to_numpy())


def integers(folder: Path) -> dict[str, Any]:
    components = Components()
    add_integers(folder / "integers.parquet", components)
    components.save(folder / "integers.npy")
    return {"components": components.n_components, "identifiers": components.n_nodes}


# --- the other side ------------------------------------------------------------------------------


def splink(folder: Path, memory_mb: float | None = None) -> dict[str, Any]:
    from splink import DuckDBAPI
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    spill = {"temp_directory": str(folder / "spill")}
    limit = {"memory_limit": f"{memory_mb:.0f}MB"} if memory_mb else {}
    with duckdb.connect(config={**spill, **limit}) as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(
            f"CREATE TABLE edge AS SELECT left_kind || ':' || left_id AS id_l, "
            f"right_kind || ':' || right_id AS id_r FROM read_parquet('{folder}/edges_*.parquet')"
        )
        con.execute("CREATE TABLE node AS SELECT id_l AS id FROM edge UNION SELECT id_r FROM edge")
        clusters = cluster_pairwise_predictions_at_threshold(
            con.table("node"), con.table("edge"), DuckDBAPI(connection=con), "id", "id_l", "id_r"
        )
        con.execute(
            f"COPY (SELECT split_part(id, ':', 1) AS kind, split_part(id, ':', 2) AS id, "
            f"cluster_id AS label FROM {clusters.physical_name}) TO '{folder / 'splink.parquet'}'"
        )
    return {}


CONTENDERS: dict[str, Callable[..., dict[str, Any]]] = {
    "liveattr": ours,
    "splink": splink,
    "splink lean": splink,
    "rebuild": rebuild,
    "increment": increment,
    "labels rebuilt": labels_rebuilt,
    "labels increment": labels_increment,
    "integers": integers,
}


# --- measuring -----------------------------------------------------------------------------------


def measure(name: str, folder: Path, memory_mb: float | None) -> None:
    """Run one contender in this process and print what it took as JSON."""
    if name.startswith("splink"):
        import splink  # noqa: F401  (imports are outside the clock)
    else:
        warm_up()
    wall, cpu = time.perf_counter(), _cpu()
    answer = CONTENDERS[name](folder, memory_mb) if memory_mb else CONTENDERS[name](folder)
    took = {"wall_s": time.perf_counter() - wall, "cpu_s": _cpu() - cpu}
    print(json.dumps({**took, "peak_mb": _peak_mb(), **answer}))


def warm_up() -> None:
    """Load the compiled code (numba keeps it on disk), as other sides load theirs on import."""
    codes, components = Codes(), Components()
    edge = pa.table([["a"], ["1"], ["a"], ["2"]], names=IDS)
    components.add(*codes.encode_edges(edge))
    components.labels()
    codes._make_room(10_000, 0)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak_mb() -> float:
    """Peak of this program alone; `ru_maxrss` begins with that of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [row for row in status.read_text().splitlines() if row.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(name: str, folder: Path, memory_mb: float | None = None) -> dict[str, Any] | None:
    command = [sys.executable, __file__, "--contender", name, "--folder", str(folder)]
    command += ["--memory-mb", str(memory_mb)] if memory_mb else []
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"  {name:<17} FAILED: {done.stderr.strip().splitlines()[-1][:100]}", flush=True)
        return None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(
        f"  {name:<17} wall {found['wall_s']:7.2f} s   CPU {found['cpu_s']:7.2f} s   "
        f"peak {found['peak_mb']:6.0f} MB",
        flush=True,
    )
    return found


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def partition(path: Path) -> tuple[int, int, int]:
    """Return identifiers, components and a hash that depends on the partition alone."""
    with duckdb.connect() as con:
        [found] = con.execute(
            f"WITH smallest AS (SELECT label, min(kind || ':' || id) AS name "
            f"FROM read_parquet('{path}') GROUP BY label) "
            f"SELECT count(*), count(DISTINCT label), "
            f"bit_xor(hash(kind || ':' || id || ' ' || name)) "
            f"FROM read_parquet('{path}') JOIN smallest USING (label)"
        ).fetchall()
    return found


def against_splink(folder: Path, rounds: int) -> bool:
    ratios: dict[str, list[float]] = {"wall_s": [], "cpu_s": [], "peak_mb": []}
    for _ in range(rounds):
        mine, theirs = run("liveattr", folder), run("splink", folder)
        if mine is None or theirs is None:
            return False
        for key, found in ratios.items():
            found.append(theirs[key] / mine[key])
    print(f"  {mine['identifiers']:,} identifiers, {mine['components']:,} people")
    same = partition(folder / "liveattr.parquet") == partition(folder / "splink.parquet")
    print(f"  partitions are {'the same' if same else 'DIFFERENT'}")
    wall, cpu, memory = (statistics.median(found) for found in ratios.values())
    print(
        f"  {wall:.1f}x faster (target {FASTER}x: {_verdict(wall >= FASTER)}), {cpu:.1f}x fewer CPU "
        f"seconds, {memory:.1f}x less memory (target {LEANER}x: {_verdict(memory >= LEANER)})"
    )
    lean = run("splink lean", folder, mine["peak_mb"])
    if lean is not None:
        print(f"  held to our memory, Splink takes {lean['wall_s'] / mine['wall_s']:.1f}x our time")
    return same and wall >= FASTER and memory >= LEANER


def against_rebuild(folder: Path, rounds: int) -> bool:
    """Compare one per cent more with a rebuild: from text to kept codes and labels, and of labels."""
    build_and_keep(folder, PARTS[:1], fresh(folder / "kept"))
    code_edges(folder)
    text, label = [], []
    for _ in range(rounds):
        shutil.copytree(folder / "kept", fresh(folder / "base"), dirs_exist_ok=True)
        took = [
            run(n, folder) for n in ("rebuild", "increment", "labels rebuilt", "labels increment")
        ]
        if None in took:
            return False
        text.append(took[0]["cpu_s"] / took[1]["cpu_s"])  # type: ignore[index]
        label.append(took[2]["cpu_s"] / took[3]["cpu_s"])  # type: ignore[index]
    pairs = [
        ("rebuilt/labels.npy", "base/labels.npy"),
        ("labels_rebuilt.npy", "labels_increment.npy"),
    ]
    same = all((folder / a).read_bytes() == (folder / b).read_bytes() for a, b in pairs)
    same = same and Codes.load(folder / "rebuilt/codes").identifiers().equals(
        Codes.load(folder / "base/codes").identifiers()
    )
    from_text, of_labels = statistics.median(text), statistics.median(label)
    print(
        f"  1 % more: a rebuild takes {from_text:.1f}x its CPU seconds (target {INCREMENT}x: "
        f"{_verdict(from_text >= INCREMENT)}), of the labels alone, files read and written, "
        f"{of_labels:.1f}x; numbers and labels are {'identical' if same else 'DIFFERENT'}"
    )
    return same and from_text >= INCREMENT


def code_edges(folder: Path) -> None:
    """Write the edges as numbers, and the labels of 99 % of them."""
    codes, components = Codes(), Components()
    for name, coded in zip(PARTS, ("coded_99", "coded_1"), strict=True):
        schema = pa.schema({"left": pa.int32(), "right": pa.int32()})
        with (
            pq.ParquetFile(folder / name) as file,
            pq.ParquetWriter(folder / f"{coded}.parquet", schema) as out,
        ):
            for batch in file.iter_batches(BATCH, columns=IDS):
                left, right = codes.encode_edges(batch)
                out.write_table(pa.table({"left": left, "right": right}))
        if coded == "coded_99":
            add_integers(folder / "coded_99.parquet", components)
            components.save(folder / "labels_99.npy")


def only_integers(folder: Path) -> bool:
    found = run("integers", folder)
    if found is None:
        return False
    print(
        f"  {found['identifiers']:,} nodes, {found['components']:,} components, peak at most "
        f"{MAX_INTEGER_MB} MB: {_verdict(found['peak_mb'] <= MAX_INTEGER_MB)}"
    )
    return bool(found["peak_mb"] <= MAX_INTEGER_MB)


def _verdict(ok: bool) -> str:
    return "holds" if ok else "MISSED"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edges", type=int, default=10_000_000)
    parser.add_argument("--digits", type=int, default=64, help="of a token; 64 as in the lake")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--integers", type=int, help="so many coded edges, our side only")
    parser.add_argument("--skip-splink", action="store_true")
    parser.add_argument("--folder", type=Path, help="where the generated files are kept")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--memory-mb", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--make", choices=["text", "integers"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contender:
        measure(given.contender, given.folder, given.memory_mb)
        return 0
    if given.make == "text":
        write_text(given.folder, given.edges, given.digits)
        return 0
    if given.make == "integers":
        write_integers(given.folder, given.edges)
        return 0
    root = given.folder or Path(tempfile.gettempdir()) / "liveattr-benchmark"
    print(f"{os.cpu_count()} cores, DuckDB {duckdb.__version__}")
    n_edges, kind = (given.integers, "integers") if given.integers else (given.edges, "text")
    folder = fresh(root / f"components_{kind}_{n_edges}")
    print(f"{n_edges:,} edges, {kind}", flush=True)
    make = [sys.executable, __file__, "--make", kind, "--folder", str(folder)]
    make += ["--edges", str(n_edges), "--digits", str(given.digits)]
    subprocess.run(make, check=True)
    if given.integers:
        return 0 if only_integers(folder) else 1
    ok = given.skip_splink or against_splink(folder, given.rounds)
    return 0 if against_rebuild(folder, given.rounds) and ok else 1


if __name__ == "__main__":
    sys.exit(main())
