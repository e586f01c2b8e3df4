"""Connected components: the same partition as networkx, whatever the order of the edges."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.identity.union import smallest_reachable

GRAPHS = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40)
    )
)


def reach(n: int, edges: list[tuple[int, int]]) -> list[int]:
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return smallest_reachable(pairs[:, 0], pairs[:, 1], n).tolist()


@settings(deadline=None)
@given(GRAPHS)
def test_same_partition_as_networkx(graph: tuple[int, list[tuple[int, int]]]) -> None:
    n, edges = graph
    peer = nx.Graph(edges)
    peer.add_nodes_from(range(n))
    expected = {node: min(part) for part in nx.connected_components(peer) for node in part}
    assert reach(n, edges) == [expected[node] for node in range(n)]


@settings(deadline=None)
@given(GRAPHS, st.randoms(use_true_random=False))
def test_order_direction_and_repeats_change_nothing(graph, random) -> None:
    n, edges = graph
    other = [(b, a) for a, b in edges] + edges
    random.shuffle(other)
    assert reach(n, other) == reach(n, edges)


def test_no_nodes() -> None:
    assert reach(0, []) == []
