"""People out of identifiers and edges: components, and an id that does not depend on order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from liveattr.errors import TableError
from liveattr.identity.evidence import create_edge, create_identifier
from liveattr.identity.union import smallest_reachable

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

__all__ = ["create_person_member", "resolve_people"]

PERSON_ID_HEX = 24
"""[hex digits] 96 bits: among 10⁹ people two ids are equal with a chance below 10⁻¹⁰."""

_EDGE_COLUMNS = ("left_kind", "left_id", "right_kind", "right_id")

_FRAME_IDENTIFIER = """
CREATE TEMP TABLE identifier AS
SELECT row_number() OVER (ORDER BY kind, id) - 1 AS node, kind, id,
       CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS known_from_at
FROM (SELECT left_kind AS kind, left_id AS id FROM given
      UNION SELECT right_kind, right_id FROM given)
WHERE kind IS NOT NULL AND id IS NOT NULL"""

_FRAME_EDGE = """
CREATE TEMP TABLE edge AS
SELECT DISTINCT l.node AS left_node, r.node AS right_node
FROM given AS g
JOIN identifier AS l ON l.kind = g.left_kind AND l.id = g.left_id
JOIN identifier AS r ON r.kind = g.right_kind AND r.id = g.right_id"""

_MEMBER = f"""
CREATE OR REPLACE TEMP TABLE person_member AS
SELECT i.kind, i.id, p.person_id, i.known_from_at,
       CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS known_to_at,
       CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS valid_from_at,
       CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS valid_to_at
FROM identifier AS i
JOIN component AS c ON c.node = i.node
JOIN (
    SELECT node AS root, 'p' || left(sha256(kind || ':' || id), {PERSON_ID_HEX}) AS person_id
    FROM identifier WHERE node IN (SELECT root FROM component)
) AS p ON p.root = c.root"""


def create_person_member(con: DuckDBPyConnection) -> None:
    """Create the temporary table `person_member` from events, orders and bindings.

    Parameters
    ----------
    con
        Connection on which `event, order_header, binding` can be read.

    Notes
    -----
    Every identifier of `create_identifier` is a member of exactly one person. The columns are
    those of the table `person_member` of the lake; `known_from_at` is the first time that the
    identifier was seen, the other three times are null: nothing is ever un-known here.
    """
    create_identifier(con)
    create_edge(con)
    _create_member(con)


def resolve_people(edges: pd.DataFrame) -> pd.DataFrame:
    """Group identifiers that edges tie together, directly or through others, into people.

    Parameters
    ----------
    edges : pandas.DataFrame
        Text columns `left_kind, left_id, right_kind, right_id`, one row an edge, in any order;
        repeats are fine. A row with a null right side names an identifier without an edge.

    Returns
    -------
    pandas.DataFrame
        `kind, id, person_id`, one row an identifier, ordered by kind and id. `person_id` is "p"
        and a hash of the smallest (kind, id) of the person, so it depends on the set of edges
        only.

    Raises
    ------
    TableError
        If a column is missing.

    Notes
    -----
    This is plain transitive closure: A~B and B~C make A~C. One wrong edge therefore merges two
    people wholly, which is why only exact strong evidence should be given as an edge.

    Examples
    --------
    >>> import pandas as pd
    >>> edges = pd.DataFrame(
    ...     [("openid", "o1", "unionid", "u1"), ("mall_account", "7", "openid", "o1"),
    ...      ("mall_account", "8", None, None)],
    ...     columns=["left_kind", "left_id", "right_kind", "right_id"])
    >>> people = resolve_people(edges)
    >>> people.groupby("person_id").id.agg(list).sort_values().to_list()
    [['7', 'o1', 'u1'], ['8']]
    """
    missing = [c for c in _EDGE_COLUMNS if c not in edges.columns]
    if missing:
        raise TableError(f"edges: column {missing[0]!r} is missing; expected {_EDGE_COLUMNS}")
    given = pa.table({c: pa.array(edges[c], type=pa.string()) for c in _EDGE_COLUMNS})
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.register("given", given)
        con.execute(_FRAME_IDENTIFIER)
        con.execute(_FRAME_EDGE)
        _create_member(con)
        return con.execute("SELECT kind, id, person_id FROM person_member ORDER BY kind, id").df()


def _create_member(con: DuckDBPyConnection) -> None:
    """Make `person_member` from `identifier` and `edge`, and drop these two."""
    [(n_nodes,)] = con.execute("SELECT count(*) FROM identifier").fetchall()
    edge = con.sql("SELECT left_node, right_node FROM edge").to_arrow_table()
    left, right = edge["left_node"].to_numpy(), edge["right_node"].to_numpy()
    root = smallest_reachable(left, right, n_nodes)
    con.register("component", pa.table({"node": np.arange(len(root)), "root": root}))
    con.execute(_MEMBER)
    con.unregister("component")
    con.execute("DROP TABLE edge; DROP TABLE identifier")
