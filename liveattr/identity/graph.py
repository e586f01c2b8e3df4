"""`IdentityGraph`: people as networkx graphs, one at a time; the engine is elsewhere, this is a view."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError, TableError
from liveattr.identity.difference import Difference, diff
from liveattr.identity.graph_frames import edge_frame, member_frame, quarantine_frame, short

if TYPE_CHECKING:
    import networkx as nx

    from liveattr.identity.draw import Picture
    from liveattr.identity.explain import Explanation

__all__ = ["Identifier", "IdentityGraph"]

Identifier = tuple[str, str]
"""(kind, id)."""

LIMIT = 100_000
"""Identifiers from which on networkx is the wrong tool."""

_ATTRIBUTES = (
    "evidence", "tier", "weight", "n_seen", "first_at", "last_at", "source", "basis", "rule_version",
    "reason",
)  # fmt: skip


class IdentityGraph:
    """Identifiers, the evidence between them, and the people that came out of it.

    Parameters
    ----------
    members : pandas.DataFrame
        `kind, id, person_id`, as `Resolution.members` or the table `person_member`.
    evidence : pandas.DataFrame
        Rows of `identity_evidence`, or the edges that were given to `resolve_identities`.
    refused : pandas.DataFrame
        `Resolution.refused`, or rows of `merge_refused`.
    quarantined : pandas.DataFrame, optional
        `Resolution.quarantined`, or rows of `identifier_quarantine`.

    Raises
    ------
    TableError
        If a column is missing.

    Notes
    -----
    Nodes of the graphs are pairs (kind, id) with the attributes `kind, id, label` (shortened),
    `person_id`, and `held` (why it joins nobody, else ""). Edges carry `evidence, tier, weight`
    (log2), `n_seen, first_at, last_at, source, basis, rule_version`, and `reason` (why it was
    refused, else "").

    Examples
    --------
    >>> from liveattr.identity import resolve_identities
    >>> edges = pd.DataFrame([("mall_account", "7", "openid", "o1", "A", 11.0, pd.NaT)], columns=[
    ...     "left_kind", "left_id", "right_kind", "right_id", "tier", "weight", "observed_at"])
    >>> found = resolve_identities(edges)
    >>> graph = IdentityGraph(found.members, edges, found.refused, found.quarantined)
    >>> sorted(graph.person(graph.person_of("openid", "o1")))
    [('mall_account', '7'), ('openid', 'o1')]
    """

    def __init__(
        self,
        members: pd.DataFrame,
        evidence: pd.DataFrame,
        refused: pd.DataFrame,
        quarantined: pd.DataFrame | None = None,
    ) -> None:
        self.members = member_frame(members)
        self.evidence = edge_frame(evidence, refused)
        self.quarantined = quarantine_frame(quarantined)

    def __repr__(self) -> str:
        return (
            f"<IdentityGraph: {len(self.members):,} identifiers, "
            f"{self.members.person_id.nunique():,} people, {len(self.evidence):,} pieces of evidence>"
        )

    def person_of(self, kind: str, id: str) -> str:
        """Return the person of an identifier.

        Raises
        ------
        ParameterError
            If the identifier is not there.
        """
        found = self._person.get((kind, id))
        if found is None:
            raise ParameterError(f"there is no identifier {short(kind, id)} in this graph")
        return str(found)

    def person(self, person_id: str) -> nx.MultiGraph:
        """Return one person: its identifiers and the evidence that made them one.

        Raises
        ------
        ParameterError
            If there is no such person.

        Notes
        -----
        A device that belongs to somebody else now may have tied two identifiers together while it
        was this person's: it is then there too, with the `person_id` of its present owner.
        """
        if person_id not in self._people:
            raise ParameterError(f"there is no person {person_id!r} in this graph")
        nodes = self._people[person_id]
        return self._graph(nodes | self._borrowed(nodes))

    def subgraph(self, persons: Iterable[str]) -> nx.MultiGraph:
        """Return several people as one graph; evidence between them that was refused is left out."""
        import networkx as nx

        return nx.compose_all([nx.MultiGraph(), *(self.person(each) for each in persons)])

    def ego(self, identifier: Identifier, hops: int = 1) -> nx.MultiGraph:
        """Return what stands around an identifier, refused evidence too (attribute `reason`).

        Raises
        ------
        ParameterError
            If the identifier is not there, or more than 100,000 identifiers are so near.
        """
        self.person_of(*identifier)
        return self._graph(self._reach({identifier}, hops), refused=True)

    def bridges(self, person_id: str) -> list[tuple[Identifier, Identifier]]:
        """Return pairs whose evidence alone holds the person together, ordered."""
        import networkx as nx

        simple = nx.Graph(self.person(person_id))
        found = (
            (left, right) if left < right else (right, left) for left, right in nx.bridges(simple)
        )
        return sorted(found)

    def articulation_points(self, person_id: str) -> list[Identifier]:
        """Return identifiers without which the person falls apart, ordered."""
        import networkx as nx

        return sorted(nx.articulation_points(nx.Graph(self.person(person_id))))

    def minimum_cut(self, a: Identifier, b: Identifier) -> pd.DataFrame:
        """Return the weakest evidence that ties two identifiers, refused evidence too.

        Parameters
        ----------
        a, b
            Two identifiers, e.g. two accounts of which a person has one at most.

        Returns
        -------
        pandas.DataFrame
            Rows of `evidence`; without them nothing leads from a to b. Empty: nothing does now. The
            sum of `weight` is the smallest possible. Evidence that they are *not* one person does
            not tie.
        """
        import networkx as nx

        for each in (a, b):
            self.person_of(*each)
        if a == b:
            raise ParameterError("a cut needs two identifiers")
        near = self._reach({a}, None)
        if b not in near:
            return self.evidence.iloc[:0]
        graph = nx.Graph()
        graph.add_nodes_from(sorted(near))
        rows = self._rows_of(near)
        rows = rows[rows["tier"] != "X"]
        ends = self._ends.loc[rows.index]
        capacity: dict[tuple[Identifier, Identifier], float] = {}
        for pair, weight in zip(_pairs(ends), rows["weight"].astype(float), strict=True):
            capacity[pair] = capacity.get(pair, 0.0) + max(weight, 1e-6)
        for (left, right), weight in sorted(capacity.items()):
            graph.add_edge(left, right, capacity=weight)
        _, (side, _) = nx.minimum_cut(graph, a, b)
        cut = ends["left"].isin(side) != ends["right"].isin(side)
        return rows[cut.to_numpy()].reset_index(drop=True)

    def to_networkx(self, limit: int = LIMIT, *, force: bool = False) -> nx.MultiGraph:
        """Return everything, refused evidence too (attribute `reason`).

        Raises
        ------
        ParameterError
            If there are more than `limit` identifiers and `force` is false.
        """
        if len(self.members) > limit and not force:
            raise ParameterError(
                f"{len(self.members):,} identifiers are more than {limit:,}: networkx would be slow and "
                "large. Take person(), ego() or subgraph(), or force=True"
            )
        return self._graph(self._person.keys(), refused=True)

    def diff(self, other: IdentityGraph) -> Difference:
        """Compare with a later resolution; see `diff`."""
        return diff(self.members, other.members)

    def explain(self, a: Identifier, b: Identifier) -> Explanation:
        """Say whether two identifiers are one person, by what evidence, and what was refused."""
        from liveattr.identity.explain import explain

        return explain(self, a, b)

    def draw(self, person_id: str, lang: str = "zh") -> Picture:
        """Draw one person and the evidence, refused evidence too (`zh` or `en`)."""
        from liveattr.identity.draw import draw_person

        return draw_person(self, person_id, lang)

    def draw_refused(self, kind: str, id: str, lang: str = "zh") -> Picture:
        """Draw a quarantined identifier and some of those that it would have joined."""
        from liveattr.identity.draw import draw_refused

        return draw_refused(self, kind, id, lang)

    def touching(self, nodes: Iterable[Identifier]) -> pd.DataFrame:
        """Return the rows of `evidence` with an end among `nodes`."""
        at = self._at(nodes)
        return self.evidence.loc[at]

    def held(self, identifier: Identifier) -> pd.Series | None:
        """Return why an identifier joins nobody: `reason, neighbours, cap`; None: it may join."""
        at = self._held.get(identifier)
        return None if at is None else self.quarantined.iloc[at]

    @cached_property
    def _person(self) -> dict[Identifier, str]:
        keys = zip(self.members["kind"], self.members["id"], strict=True)
        return dict(zip(keys, self.members["person_id"], strict=True))

    @cached_property
    def _people(self) -> dict[str, set[Identifier]]:
        people: dict[str, set[Identifier]] = {}
        for identifier, person in self._person.items():
            people.setdefault(person, set()).add(identifier)
        return people

    @cached_property
    def _held(self) -> dict[Identifier, int]:
        keys = zip(self.quarantined["kind"], self.quarantined["id"], strict=True)
        return {key: at for at, key in enumerate(keys)}

    @cached_property
    def _ends(self) -> pd.DataFrame:
        """`left, right`: the ends of the evidence as pairs."""
        edges = self.evidence
        sides = {
            side: list(zip(edges[f"{side}_kind"], edges[f"{side}_id"], strict=True))
            for side in ("left", "right")
        }
        return pd.DataFrame(sides, index=edges.index, dtype=object)

    @cached_property
    def _incident(self) -> dict[Identifier, list[int]]:
        incident: dict[Identifier, list[int]] = {}
        for side in ("left", "right"):
            for at, node in enumerate(self._ends[side]):
                incident.setdefault(node, []).append(at)
        unknown = incident.keys() - self._person.keys()
        if unknown:
            raise TableError(
                f"members: identifier {short(*min(unknown))} of the evidence is missing"
            )
        return incident

    def _at(self, nodes: Iterable[Identifier]) -> list[int]:
        return sorted({at for node in nodes for at in self._incident.get(node, ())})

    def _rows_of(self, nodes: Iterable[Identifier]) -> pd.DataFrame:
        """Return the rows of `evidence` with both ends among `nodes`."""
        wanted = set(nodes)
        ends = self._ends.loc[self._at(wanted)]
        both = ends["left"].isin(wanted) & ends["right"].isin(wanted)
        return self.evidence.loc[ends.index[both.to_numpy(dtype=bool)]]

    def _reach(self, start: set[Identifier], hops: int | None) -> set[Identifier]:
        """Return all within so many steps over evidence that says "one person", refused or not."""
        seen, edge, step = set(start), set(start), 0
        ties = (self.evidence["tier"] != "X").to_numpy()
        while edge and (hops is None or step < hops):
            at = [row for row in self._at(edge) if ties[row] or hops is not None]
            ends = self._ends.loc[at]
            edge = (set(ends["left"]) | set(ends["right"])) - seen
            seen |= edge
            step += 1
            if len(seen) > LIMIT:
                raise ParameterError(
                    f"more than {LIMIT:,} identifiers are tied to {short(*min(start))}"
                )
        return seen

    def _borrowed(self, nodes: set[Identifier]) -> set[Identifier]:
        """Return identifiers that others own now, without which the person is not connected."""
        import networkx as nx

        inner = self._graph(nodes)
        parts = list(nx.connected_components(inner))
        if len(parts) < 2:
            return set()
        part = {node: at for at, nodes_of in enumerate(parts) for node in nodes_of}
        rows = self.touching(nodes)
        ends = self._ends.loc[rows.index[(rows["reason"] == "").to_numpy(dtype=bool)]]
        meets: dict[Identifier, set[int]] = {}
        for left, right in _pairs(ends):
            inside, outside = (left, right) if left in part else (right, left)
            if outside not in part:
                meets.setdefault(outside, set()).add(part[inside])
        return {node for node, met in meets.items() if len(met) > 1}

    def _graph(self, nodes: Iterable[Identifier], *, refused: bool = False) -> nx.MultiGraph:
        """Build the graph of `nodes` and of the evidence among them that counts, or of all of it."""
        import networkx as nx

        graph = nx.MultiGraph()
        for node in sorted(nodes):
            held = self.held(node)
            graph.add_node(
                node, kind=node[0], id=node[1], label=short(*node), person_id=self._person[node],
                held="" if held is None else str(held["reason"]),
            )  # fmt: skip
        rows = self._rows_of(graph)
        rows = rows if refused else rows[rows["reason"] == ""]
        ends = self._ends.loc[rows.index]
        for left, right, row in zip(
            ends["left"], ends["right"], rows[list(_ATTRIBUTES)].to_dict("records"), strict=True
        ):
            graph.add_edge(left, right, **_plain(row))
        return graph


def _pairs(ends: pd.DataFrame) -> Iterable[tuple[Identifier, Identifier]]:
    return zip(ends["left"], ends["right"], strict=True)


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Turn numpy numbers into Python's, so that a graph can be written as JSON or GraphML."""
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in row.items()}
