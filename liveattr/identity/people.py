"""Evidence and consent → people, on one DuckDB connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from liveattr.identity.coding import Coded
from liveattr.identity.components import smallest_reachable
from liveattr.identity.evidence import LONE_COLUMNS, MOMENT, kind_sql
from liveattr.identity.resolution import REASONS, Partition, resolve_coded
from liveattr.identity.tiers import EXCLUSIVE, OWNED, TIERS, is_platform

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "NO_CONSENT",
    "PURPOSE",
    "WITHDRAWN",
    "People",
    "create_identifier",
    "resolve_evidence",
    "tied_by",
]

PURPOSE = "attribution"
"""What people are joined for."""

NO_CONSENT, WITHDRAWN = len(REASONS), len(REASONS) + 1
"""Codes of refusal beyond those of `resolution.REASONS`."""

ONE_NAME_SPACE = 0.01
"""A platform whose orders and events have so large a share of their identifiers in common has one name
space; else its orders and its events call a person by two names, and a person has one of each."""

_NO_TIME = np.iinfo(np.int64).min


@dataclass(frozen=True)
class People:
    """Who is one person, as whole numbers; nodes are those of the table `identifier`.

    Attributes
    ----------
    coded
        The evidence as edges.
    evidence : numpy.ndarray of int64, shape (n_edges,)
        Row of `evidence_edge` that an edge comes from.
    shield
        People whether they agreed or not. It serves to find whom a withdrawal protects, nothing else.
    found
        People that may be joined.
    reason : numpy.ndarray of int8, shape (n_edges,)
        As `found.reason`, NO_CONSENT and WITHDRAWN among them.
    """

    coded: Coded
    evidence: NDArray[np.int64]
    shield: Partition
    found: Partition
    reason: NDArray[np.int8]


def create_identifier(con: DuckDBPyConnection) -> None:
    """Create `identifier`: `node, kind, id, space, first_at`.

    Parameters
    ----------
    con
        Connection with `event, order_header` and the table `evidence_now`.

    Notes
    -----
    Every identifier of a person that was seen alone or in evidence, numbered from 0 in the order of
    kind and id. `space` (null: not exclusive) is where its platform calls people by such a name: kind,
    platform and, where orders and events have two vocabularies, which of them. `first_at` is when it
    was first seen.
    """
    lone = " UNION ALL ".join(
        f"SELECT {kind_sql(c)} AS kind, {c} AS id, platform, '{table}' AS place, {MOMENT[table]} AS seen_at "
        f"FROM {table}"
        for table, columns in LONE_COLUMNS.items()
        for c in columns
    )
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE lone AS
SELECT kind, id, platform, bool_or(place = 'event') AS in_event,
       bool_or(place = 'order_header') AS in_order, min(seen_at) AS seen_at
FROM ({lone}) WHERE id IS NOT NULL GROUP BY kind, id, platform""")
    exclusive = ", ".join(f"'{kind}'" for kind in EXCLUSIVE)
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE identifier AS
WITH vocabulary AS (
    SELECT kind, platform,
           count(*) FILTER (in_event AND in_order) <= {ONE_NAME_SPACE} * least(
               count(*) FILTER (in_event), count(*) FILTER (in_order)) AS two
    FROM lone GROUP BY kind, platform
), seen AS (
    SELECT l.kind, l.id, l.seen_at,
           l.kind || '/' || l.platform || CASE WHEN v.two AND in_event AND NOT in_order THEN '/event'
                                               ELSE '' END AS space
    FROM lone AS l JOIN vocabulary AS v USING (kind, platform)
    UNION ALL SELECT left_kind, left_id, first_at, NULL FROM evidence_now
    UNION ALL SELECT right_kind, right_id, first_at, NULL FROM evidence_now
)
SELECT row_number() OVER (ORDER BY kind, id) - 1 AS node, kind, id,
       CASE WHEN kind IN ({exclusive}) THEN min(space) END AS space, min(seen_at) AS first_at
FROM seen GROUP BY kind, id""")
    con.execute("DROP TABLE lone")


def resolve_evidence(con: DuckDBPyConnection, *, caps: Mapping[str, int] | None = None) -> People:
    """Join the identifiers of `evidence` into people, as far as consent goes.

    Parameters
    ----------
    con
        Connection with `identifier`, `evidence_now` (columns of `identity_evidence`) and `own_state`
        (`liveattr.consent.create_own_state`).
    caps
        Kind → most distinct neighbours, where it is not to be learned.

    Notes
    -----
    First everybody is joined whom the evidence joins: the shield. Who said no to `attribution` for one
    identifier has said it for all of that person: nothing of theirs is joined. Evidence between a
    platform and the merchant's own side counts if the record itself, research, or a grant of either
    side carries it; a grant speaks for all identifiers that are one person on its side.
    """
    coded, evidence = _edges(con)
    own = _own_state(con, len(coded.kind))
    shield = resolve_coded(coded, exclusive=EXCLUSIVE, owned=OWNED, caps=caps)
    said_no = _any(own < 0, shield.label)
    platform = np.array([is_platform(name) for name in coded.kinds], dtype=np.bool_)[coded.kind]
    cross = platform[coded.left] != platform[coded.right]
    withdrawn = said_no[coded.left] | said_no[coded.right]
    side = resolve_coded(coded, exclusive=EXCLUSIVE, owned=OWNED, caps=caps, counts=~cross)
    agreed = _any(own > 0, side.label)
    free = _carried(con, evidence)
    unasked = cross & ~free & ~(agreed[coded.left] | agreed[coded.right])
    counts = ~withdrawn & ~unasked
    found = resolve_coded(coded, exclusive=EXCLUSIVE, owned=OWNED, caps=caps, counts=counts)
    reason = found.reason.copy()
    open_ = (reason == 0) & (coded.tier < TIERS.index("C"))
    reason[open_ & unasked] = NO_CONSENT
    reason[open_ & withdrawn] = WITHDRAWN
    return People(coded, evidence, shield, found, reason)


def _any(yes: NDArray[np.bool_], label: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each node whether anybody with its label is marked."""
    marked = np.zeros(len(label), dtype=np.bool_)
    marked[label[yes]] = True
    return marked[label]


def _edges(con: DuckDBPyConnection) -> tuple[Coded, NDArray[np.int64]]:
    """Read the evidence as edges: one for its first moment, and one for its last if it is another."""
    con.execute("""
CREATE OR REPLACE TEMP TABLE evidence_edge AS
SELECT row_number() OVER (ORDER BY e.evidence_id) - 1 AS row, e.evidence_id, l.node AS left_node,
       r.node AS right_node, e.tier, e.weight, e.basis, epoch_us(e.first_at) AS first_us,
       epoch_us(e.last_at) AS last_us
FROM evidence_now AS e
JOIN identifier AS l ON l.kind = e.left_kind AND l.id = e.left_id
JOIN identifier AS r ON r.kind = e.right_kind AND r.id = e.right_id""")
    tiers = " ".join(f"WHEN '{tier}' THEN {code}" for code, tier in enumerate(TIERS))
    got = con.sql(f"""
SELECT row, left_node, right_node, CAST(CASE tier {tiers} END AS TINYINT) AS tier, weight,
       coalesce(us, {_NO_TIME}) AS us
FROM (SELECT *, first_us AS us FROM evidence_edge
      UNION ALL SELECT *, last_us FROM evidence_edge WHERE last_us > first_us)
ORDER BY row, us""").to_arrow_table()
    left, right, tier, weight, us = (
        got[c].to_numpy() for c in ("left_node", "right_node", "tier", "weight", "us")
    )
    nodes = con.sql("""
SELECT dense_rank() OVER (ORDER BY kind) - 1 AS kind,
       CASE WHEN space IS NULL THEN -1 ELSE dense_rank() OVER (ORDER BY space) END AS space
FROM identifier ORDER BY node""").to_arrow_table()
    kinds = con.sql("SELECT DISTINCT kind FROM identifier ORDER BY kind").fetchall()
    coded = Coded(
        tuple(kind for (kind,) in kinds),
        nodes["kind"].to_numpy(),
        np.empty(nodes.num_rows, dtype=object),
        nodes["space"].to_numpy().astype(np.int32),
        left,
        right,
        tier,
        weight,
        us,
    )
    return coded, got["row"].to_numpy()


def _own_state(con: DuckDBPyConnection, n_nodes: int) -> NDArray[np.int8]:
    """Return 1 (granted), -1 (withdrawn) or 0 for each identifier and the purpose of joining."""
    got = con.sql(
        "SELECT i.node, CASE s.own WHEN 'granted' THEN 1 WHEN 'withdrawn' THEN -1 ELSE 0 END AS own "
        "FROM own_state AS s JOIN identifier AS i ON i.kind = s.kind AND i.id = s.id "
        "WHERE s.purpose = $purpose",
        params={"purpose": PURPOSE},
    ).to_arrow_table()
    own = np.zeros(n_nodes, dtype=np.int8)
    own[got["node"].to_numpy()] = got["own"].to_numpy()
    return own


def _carried(con: DuckDBPyConnection, evidence: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each edge whether its own record or research carries it, without anybody's grant."""
    got = con.sql("SELECT basis IN ('row', 'research') AS free FROM evidence_edge ORDER BY row")
    return got.to_arrow_table()["free"].to_numpy()[evidence]


def tied_by(people: People) -> NDArray[np.int8]:
    """Return for each node the weakest tier that its person needs to tie a UID to a mall account.

    0, 1, 2 are A, A-, B; 9 where the person has no such tie. Evidence that was refused ties nothing.
    """
    coded, label = people.coded, people.found.label
    kinds = np.array(coded.kinds, dtype=object)
    ends = [
        np.array([is_platform(name) for name in kinds], dtype=np.bool_)[coded.kind],
        (kinds == "mall_account")[coded.kind] if len(kinds) else np.zeros(0, dtype=np.bool_),
    ]
    inside = (people.reason == 0) & (label[coded.left] == label[coded.right])
    tied = np.full(len(label), 9, dtype=np.int8)
    for tier in (2, 1, 0):
        some = inside & (coded.tier <= tier)
        part = smallest_reachable(coded.left[some], coded.right[some], len(label))
        both = _any(ends[0], part) & _any(ends[1], part)
        tied[_any(both, label)] = tier
    return tied
