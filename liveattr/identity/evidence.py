"""Which identifiers there are, and which two of them belong to one person: SQL over the tables.

Strong now: `account`, `unionid`, `openid`, `member_card`. Two of them on one event or order row are
an edge, and so is a `binding` row whose evidence is in `STRONG_EVIDENCE`. The phone on an order is
unverified and a device may be shared: neither is an edge.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from liveattr.tables import IDENTIFIER_COLUMNS, LIVE_PLATFORMS, account_kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "STRONG_COLUMNS",
    "STRONG_EVIDENCE",
    "create_edge",
    "create_identifier",
    "kind_sql",
]

STRONG_EVIDENCE = ("login", "phone_verified", "unionid", "link_login", "member_card")
"""Evidence of a `binding` row that makes two identifiers one person."""

STRONG_COLUMNS = ("account_token", "unionid_token", "openid_token", "member_token")
"""Token columns of `event` and `order_header` that each name a person."""

NEVER_A_PERSON = ("device",)
"""Kinds that are no person, whatever the evidence: a device is used by a family."""


def kind_sql(column: str, platform: str = "platform") -> str:
    """Write the SQL expression for the kind of identifier in a token column.

    Examples
    --------
    >>> kind_sql("unionid_token")
    "'unionid'"
    """
    if column != "account_token":
        return f"'{IDENTIFIER_COLUMNS[column]}'"
    whens = " ".join(f"WHEN '{p}' THEN '{account_kind(p)}'" for p in LIVE_PLATFORMS)
    return f"CASE {platform} {whens} ELSE '{account_kind('')}' END"


def create_identifier(con: DuckDBPyConnection) -> None:
    """Create the temporary table `identifier`: `node, kind, id, known_from_at`.

    Parameters
    ----------
    con
        Connection on which `event, order_header, binding` can be read.

    Notes
    -----
    One row for each identifier that is or may be a person: the strong ones of events and orders,
    the visitors of events, and both sides of a binding with strong evidence. `node` counts from 0
    in the order of kind and id; `known_from_at` is the first time that it was seen.
    """
    parts = [
        f"SELECT {kind_sql(column)} AS kind, {column} AS id, event_at AS seen_at FROM event"
        for column in (*STRONG_COLUMNS, "visitor_token")
    ]
    parts += [
        f"SELECT {kind_sql(column)}, {column}, created_at FROM order_header"
        for column in STRONG_COLUMNS
    ]
    parts += [
        f"SELECT {side}_kind, {side}_token, seen_at FROM ({_STRONG_BINDING})"
        for side in ("left", "right")
    ]
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE identifier AS
SELECT row_number() OVER (ORDER BY kind, id) - 1 AS node, kind, id, known_from_at
FROM (
    SELECT kind, id, min(seen_at) AS known_from_at
    FROM ({" UNION ALL ".join(parts)})
    WHERE id IS NOT NULL
    GROUP BY kind, id
)""")


def create_edge(con: DuckDBPyConnection) -> None:
    """Create the temporary table `edge`: `left_node, right_node`, from the table `identifier`.

    Parameters
    ----------
    con
        Connection with `identifier` (see `create_identifier`), `event, order_header, binding`.
    """
    parts = [f"SELECT left_kind, left_token, right_kind, right_token FROM ({_STRONG_BINDING})"]
    parts += [
        f"SELECT DISTINCT {kind_sql(left)}, {left}, {kind_sql(right)}, {right} FROM {table} "
        f"WHERE {left} IS NOT NULL AND {right} IS NOT NULL"
        for table in ("event", "order_header")
        for left, right in combinations(STRONG_COLUMNS, 2)
    ]
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE edge AS
SELECT DISTINCT l.node AS left_node, r.node AS right_node
FROM ({" UNION ALL ".join(parts)}) AS e
JOIN identifier AS l ON l.kind = e.left_kind AND l.id = e.left_token
JOIN identifier AS r ON r.kind = e.right_kind AND r.id = e.right_token""")


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


_STRONG_BINDING = f"""
SELECT left_kind, left_token, right_kind, right_token, "at" AS seen_at FROM binding
WHERE evidence IN ({_quoted(STRONG_EVIDENCE)})
  AND left_kind NOT IN ({_quoted(NEVER_A_PERSON)})
  AND right_kind NOT IN ({_quoted(NEVER_A_PERSON)})"""
