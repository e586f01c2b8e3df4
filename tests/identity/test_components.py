"""Connected components: the same partition as networkx, however the edges arrive."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import liveattr
from liveattr.errors import LakeError, ParameterError
from liveattr.identity.components import Components, smallest_reachable

Edges = list[tuple[int, int]]
GRAPHS = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40)
    )
)


def split(edges: Edges) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def reach(n: int, edges: Edges) -> list[int]:
    return smallest_reachable(*split(edges), n).tolist()


def expected(n: int, edges: Edges) -> list[int]:
    peer = nx.Graph(edges)
    peer.add_nodes_from(range(n))
    label = {node: min(part) for part in nx.connected_components(peer) for node in part}
    return [label[node] for node in range(n)]


@settings(deadline=None, max_examples=50)
@given(GRAPHS)
def test_same_partition_as_networkx(graph: tuple[int, Edges]) -> None:
    n, edges = graph
    assert reach(n, edges) == expected(n, edges)


@settings(deadline=None, max_examples=50)
@given(GRAPHS, st.randoms(use_true_random=False), st.integers(1, 6))
def test_order_direction_repeats_and_chunks_change_nothing(graph, random, size) -> None:
    n, edges = graph
    other = [(b, a) for a, b in edges] + edges
    random.shuffle(other)
    chunked = Components()
    for start in range(0, len(other), size):
        fewer, before = chunked.n_components, chunked.n_nodes
        unions = chunked.add(*split(other[start : start + size]))
        assert chunked.n_components == fewer + (chunked.n_nodes - before) - unions
        seen = other[: start + size]
        assert chunked.labels().tolist() == expected(max(map(max, seen)) + 1, seen)
    chunked.grow(n)
    assert chunked.labels().tolist() == reach(n, edges)
    assert chunked.n_components == len(set(reach(n, edges)))


def test_one_per_cent_on_stored_labels_is_what_a_rebuild_gives(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    left, right = rng.integers(0, 4_000, (2, 3_000))
    first = Components()
    first.add(left[:-30], right[:-30])
    first.save(tmp_path / "labels.npy")
    stored = Components.load(tmp_path / "labels.npy")
    assert stored.n_components == first.n_components
    apart = stored.copy()
    stored.add(left[-30:].astype(np.int32), right[-30:].astype(np.int32))
    whole = Components()
    whole.add(left, right)
    assert (stored.labels() == whole.labels()).all()
    assert stored.n_components == whole.n_components < apart.n_components
    assert (apart.labels() == first.labels()).all()
    stored.save(tmp_path / "stored.npy")
    whole.save(tmp_path / "whole.npy")
    assert (tmp_path / "stored.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


def test_a_long_chain_from_its_far_end() -> None:
    nodes = np.arange(5_000)
    assert (smallest_reachable(nodes[:0:-1], nodes[-2::-1], 5_000) == 0).all()


def test_wide_labels_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liveattr.identity.components._SMALL", 3)
    grown = Components(3)
    grown.add(*split([(1, 2)]))
    assert grown.labels().dtype == np.int32
    grown.add(*split([(5, 1)]))
    assert grown.labels().dtype == np.int64
    assert grown.labels().tolist() == [0, 1, 1, 3, 4, 1]


def test_no_nodes_and_ends_that_are_no_node() -> None:
    assert reach(0, []) == []
    half = Components(2)
    assert half.add(np.array([4, -1]), np.array([-1, -1])) == 0
    assert half.labels().tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(ParameterError, match=r"right: -2 is no node"):
        half.add(np.array([1]), np.array([-2]))
    with pytest.raises(ParameterError, match="whole numbers"):
        half.add(np.array([1.0]), np.array([2.0]))
    with pytest.raises(ParameterError, match="n_nodes is 2"):
        reach(2, [(0, 2)])


def test_a_file_that_is_no_labelling_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.npy"
    with pytest.raises(LakeError, match="cannot be read"):
        Components.load(path)
    for wrong in ([0, 0, 1], [1, 1], [-1, 0], [0.0, 1.0]):
        np.save(path, np.array(wrong))
        with pytest.raises(LakeError, match="is not a labelling"):
            Components.load(path)


def test_it_runs_where_nothing_can_be_written(tmp_path: Path) -> None:
    """numba keeps compiled code beside the file or in the user's cache; without both it goes on."""
    package = tmp_path / "liveattr"
    (package / "identity").mkdir(parents=True)
    for name in ("compiled.py", "errors.py", "identity/components.py", "identity/kernels.py"):
        shutil.copy(Path(liveattr.__file__).parent / name, package / name)
    (package / "__init__.py").touch()
    (package / "identity" / "__init__.py").touch()
    (
        package / "identity" / "__pycache__"
    ).touch()  # a file where a folder would be: even root fails
    code = "from liveattr.identity import components, kernels; print(kernels.__file__)"
    (tmp_path / "cache").touch()
    there = {"PYTHONPATH": str(tmp_path), "HOME": str(tmp_path / "cache")}
    there |= {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    env = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"} | there
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.stdout == f"{package / 'identity' / 'kernels.py'}\n", done.stderr
