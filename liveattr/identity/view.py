"""`open_graph`: people of a lake as graphs, read by person and never as a whole.

It reads the lake and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.errors import ParameterError
from liveattr.identity.graph import IdentityGraph
from liveattr.identity.graph_frames import short
from liveattr.identity.stage import standing_sql

if TYPE_CHECKING:
    import networkx as nx

    from liveattr.identity.draw import Picture
    from liveattr.identity.explain import Explanation
    from liveattr.identity.graph import Identifier
    from liveattr.lake import Lake

__all__ = ["LakeGraph", "open_graph"]

_TABLES = (
    "identity_evidence", "ingest_batch", "person_member", "merge_refused", "identifier_quarantine",
)  # fmt: skip

_NEAR = standing_sql(
    """(
    SELECT * FROM identity_evidence AS e
    WHERE EXISTS (FROM wanted AS w WHERE w.kind = e.left_kind AND w.id = e.left_id)
       OR EXISTS (FROM wanted AS w WHERE w.kind = e.right_kind AND w.id = e.right_id))""",
    "near",
)

_WIDER = """
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT kind, id FROM wanted
UNION SELECT left_kind, left_id FROM near UNION SELECT right_kind, right_id FROM near"""

_OF_PEOPLE = """
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT kind, id FROM person_member
WHERE known_to_at IS NULL AND person_id IN (SELECT unnest($persons))"""

_MEMBER = """
SELECT w.kind, w.id, coalesce(m.person_id, '') AS person_id
FROM wanted AS w
LEFT JOIN person_member AS m ON m.kind = w.kind AND m.id = w.id AND m.known_to_at IS NULL"""

MOST = 100_000
"""[pieces of evidence] More are not read at once."""


def open_graph(lake: Lake) -> LakeGraph:
    """Look at the people of a lake.

    Parameters
    ----------
    lake
        A lake on which `resolve` ran.

    Returns
    -------
    LakeGraph
        Its methods read what they show, person by person; nothing is kept.
    """
    return LakeGraph(lake)


class LakeGraph:
    """The people of a lake as graphs; made by `open_graph`.

    Each method reads the part of the lake that it shows and hands it to `IdentityGraph`, whose
    methods of the same name say the rest. It shows the lake as of each call.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def __repr__(self) -> str:
        return f"<LakeGraph of {self._lake!r}>"

    def person_of(self, kind: str, id: str) -> str:
        """Return the person of an identifier.

        Raises
        ------
        ParameterError
            If the lake does not know the identifier.
        """
        found = self._lake.sql(
            """
            SELECT person_id FROM person_member
            WHERE kind = $kind AND id = $id AND known_to_at IS NULL""",
            kind=kind,
            id=id,
        )
        if found.empty:
            raise ParameterError(
                f"there is no identifier {short(kind, id)} among the lake's people"
            )
        return str(found["person_id"].iloc[0])

    def read(self, persons: Iterable[str]) -> IdentityGraph:
        """Read people, what touches them and what was refused, as an `IdentityGraph`.

        Raises
        ------
        ParameterError
            If the lake has none of them, or they have more than 100,000 pieces of evidence.
        """
        return self._read(sorted(set(persons)), None, 1)

    def person(self, person_id: str) -> nx.MultiGraph:
        """Return one person: its identifiers and the evidence that made them one."""
        return self.read([person_id]).person(person_id)

    def subgraph(self, persons: Iterable[str]) -> nx.MultiGraph:
        """Return several people as one graph."""
        wanted = list(persons)
        return self.read(wanted).subgraph(wanted)

    def ego(self, identifier: Identifier, hops: int = 1) -> nx.MultiGraph:
        """Return what stands around an identifier, refused evidence too (attribute `reason`)."""
        self.person_of(*identifier)
        return self._read([], identifier, hops).ego(identifier, hops)

    def bridges(self, person_id: str) -> list[tuple[Identifier, Identifier]]:
        """Return pairs whose evidence alone holds the person together."""
        return self.read([person_id]).bridges(person_id)

    def articulation_points(self, person_id: str) -> list[Identifier]:
        """Return identifiers without which the person falls apart."""
        return self.read([person_id]).articulation_points(person_id)

    def minimum_cut(self, a: Identifier, b: Identifier) -> pd.DataFrame:
        """Return the weakest evidence that ties two identifiers, within six steps of their people."""
        persons = [self.person_of(*each) for each in (a, b)]
        return self._read(persons, None, 6).minimum_cut(a, b)

    def explain(self, a: Identifier, b: Identifier) -> Explanation:
        """Say whether two identifiers are one person, by what evidence, and what was refused."""
        return self.read([self.person_of(*each) for each in (a, b)]).explain(a, b)

    def draw(self, person_id: str, lang: str = "zh") -> Picture:
        """Draw one person and the evidence (`zh` or `en`)."""
        return self.read([person_id]).draw(person_id, lang)

    def draw_refused(self, kind: str, id: str, lang: str = "zh") -> Picture:
        """Draw a quarantined identifier and some of those that it would have joined."""
        self.person_of(kind, id)
        return self._read([], (kind, id), 1).draw_refused(kind, id, lang)

    def _read(self, persons: list[str], around: Identifier | None, hops: int) -> IdentityGraph:
        """Read people, or what is around an identifier: evidence up to `hops` steps away."""
        with self._lake.connect(_TABLES) as con:
            con.execute(_OF_PEOPLE, {"persons": persons})
            if around is not None:
                con.execute("INSERT INTO wanted VALUES (?, ?)", list(around))
            [(found,)] = con.execute("SELECT count(*) FROM wanted").fetchall()
            if not found:
                raise ParameterError(f"the lake has no person {', '.join(persons[:3])}")
            wide = 0
            for _ in range(max(hops, 1)):
                con.execute(_NEAR)
                con.execute(_WIDER)
                [(rows,)] = con.execute("SELECT count(*) FROM near").fetchall()
                if rows > MOST:
                    raise ParameterError(
                        f"{rows:,} pieces of evidence are tied to that: more than {MOST:,} are not read "
                        "at once. Take fewer people or fewer hops"
                    )
                if rows == wide:
                    break
                wide = rows
            members = con.sql(_MEMBER).df()
            evidence = con.sql("FROM near").df()
            refused = con.sql(
                "SELECT r.* FROM merge_refused AS r SEMI JOIN near USING (evidence_id)"
            ).df()
            held = con.sql(
                "SELECT q.* FROM identifier_quarantine AS q SEMI JOIN wanted USING (kind, id)"
            ).df()
        return IdentityGraph(members, evidence, refused, held)
