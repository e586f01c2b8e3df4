"""People as tables: members with ids that stay, refusals, quarantine, and what holds for whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from liveattr.consent.states import acts_of_record_sql, create_own_state, strictest_sql
from liveattr.identity.evidence import create_evidence
from liveattr.identity.ids import inherit_ids
from liveattr.identity.people import (
    NO_CONSENT,
    WITHDRAWN,
    People,
    create_identifier,
    resolve_evidence,
    tied_by,
)
from liveattr.identity.resolution import REASONS
from liveattr.identity.tiers import STRENGTH, TIERS
from liveattr.tables import get_table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "MEMBER_TABLES",
    "create_member_tables",
    "create_no_members",
    "create_people",
    "person_id_sql",
]

MEMBER_TABLES = (
    "person_member",
    "person",
    "person_alias",
    "merge_refused",
    "identifier_quarantine",
    "consent_state",
)
"""The temporary tables that are made, with the columns of the lake's tables of the same names."""

DIGITS = 10
"""Digits of a person id: p0000000001."""

_NEVER = np.iinfo(np.int64).min

_REASON = {**dict(enumerate(REASONS)), NO_CONSENT: "no_consent", WITHDRAWN: "withdrawn"}


def person_id_sql(number: str) -> str:
    """Return SQL for the id of the person with a number."""
    return f"'p' || lpad(CAST({number} AS VARCHAR), {DIGITS}, '0')"


def create_people(con: DuckDBPyConnection) -> None:
    """Create the tables of `MEMBER_TABLES` straight from canonical tables, without a lake.

    Parameters
    ----------
    con
        Connection on which `event, order_header, binding, ingest_batch, consent_act` can be read.

    Notes
    -----
    As `resolve` does it, for a connection that has no ledger and no history: the merchant's record of
    consent counts, and all is known since 1970.
    """
    create_own_state(con, f"({acts_of_record_sql()})")
    create_evidence(con)
    con.execute("CREATE OR REPLACE TEMP VIEW evidence_now AS FROM evidence_seen")
    create_identifier(con)
    create_no_members(con)
    create_member_tables(con, resolve_evidence(con), datetime(1970, 1, 1, tzinfo=UTC))


def create_no_members(con: DuckDBPyConnection) -> None:
    """Create `member_before` and `alias_before` without a row: nobody was known before."""
    for name, table in (("member_before", "person_member"), ("alias_before", "person_alias")):
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {_empty(table)}")


def _empty(name: str) -> str:
    columns = ", ".join(
        f'CAST(NULL AS {c.sql_type}) AS "{c.name}"' for c in get_table(name).columns
    )
    return f"SELECT {columns} LIMIT 0"


def create_member_tables(con: DuckDBPyConnection, people: People, known_at: datetime) -> None:
    """Create the tables of `MEMBER_TABLES` from what was resolved.

    Parameters
    ----------
    con
        Connection with `identifier`, `evidence_edge`, `own_state` (see `people`), and `member_before`,
        `alias_before` (rows of `person_member` and `person_alias`, history among them).
    people
        From `resolve_evidence`.
    known_at
        When we know it: begin of the new rows, end of those that do not hold any more.

    Notes
    -----
    People keep their ids (`inherit_ids`); a person that is no more and one that was split off get a row
    of `person_alias`. A row of `person_member` whose person did not change stays as it was.
    """
    _number(con, people)
    con.execute(_MEMBER, {"now": known_at})
    con.execute(_PERSON.format(tier=_whens("min(l.tied)", dict(enumerate(TIERS)))))
    _create_alias(con, known_at)
    _create_refused(con, people, known_at)
    con.execute(_QUARANTINE.format(whens=_whens("held", dict(enumerate(REASONS)))))
    groups = "(SELECT i.kind, i.id, l.shield AS person_id FROM labelled AS l JOIN identifier AS i USING (node))"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE consent_state AS SELECT kind, id, purpose, own, state, since_at, "
        f"seq, why FROM ({strictest_sql('own_state', groups)}) ORDER BY kind, id, purpose"
    )
    con.execute("DROP TABLE labelled; DROP TABLE became")


_BEFORE = """
SELECT i.node, coalesce(CAST(substr(b.person_id, 2) AS BIGINT), -1) AS person,
       i.node AS turn, i.kind
FROM identifier AS i
LEFT JOIN (SELECT kind, id, max(person_id) AS person_id FROM member_before
           WHERE known_to_at IS NULL GROUP BY kind, id) AS b ON b.kind = i.kind AND b.id = i.id
ORDER BY i.node"""

_NEXT = """
SELECT coalesce(max(CAST(substr(person_id, 2) AS BIGINT)), 0) + 1
FROM (SELECT person_id FROM member_before UNION ALL SELECT person_id FROM alias_before
      UNION ALL SELECT old_person_id FROM alias_before)"""

_MEMBER = f"""
CREATE OR REPLACE TEMP TABLE person_member AS
WITH now AS (
    SELECT i.kind, i.id, {person_id_sql("l.person")} AS person_id,
           CASE WHEN l.since_us > {_NEVER} THEN make_timestamptz(l.since_us) END AS valid_from_at,
           {person_id_sql("min(l.person) OVER (PARTITION BY l.shield)")} AS protected_id
    FROM labelled AS l JOIN identifier AS i USING (node)
), held AS (
    SELECT b.* REPLACE (n.protected_id AS protected_id) FROM member_before AS b
    JOIN now AS n ON n.kind = b.kind AND n.id = b.id AND n.person_id = b.person_id
     AND n.valid_from_at IS NOT DISTINCT FROM b.valid_from_at
    WHERE b.known_to_at IS NULL
)
SELECT kind, id, person_id, known_from_at, known_to_at, valid_from_at, valid_to_at, protected_id FROM (
    SELECT * REPLACE (CAST(NULL AS VARCHAR) AS protected_id) FROM member_before
    WHERE known_to_at IS NOT NULL AND known_from_at < $now
    UNION ALL SELECT * FROM held
    UNION ALL
    SELECT b.* REPLACE ($now AS known_to_at, CAST(NULL AS VARCHAR) AS protected_id) FROM member_before AS b
    ANTI JOIN held AS h ON h.kind = b.kind AND h.id = b.id
    WHERE b.known_to_at IS NULL AND b.known_from_at < $now
    UNION ALL
    SELECT n.kind, n.id, n.person_id, $now, NULL, n.valid_from_at, NULL, n.protected_id FROM now AS n
    ANTI JOIN held AS h ON h.kind = n.kind AND h.id = n.id
)
ORDER BY kind, id, known_from_at"""

_PERSON = f"""
CREATE OR REPLACE TEMP TABLE person AS
SELECT {person_id_sql("l.person")} AS person_id, count(*) AS identifiers,
       count(*) FILTER (starts_with(i.kind, 'uid_')) AS platforms,
       count(*) FILTER (i.kind = 'mall_account') AS malls, {{tier}} AS tier
FROM labelled AS l JOIN identifier AS i USING (node)
GROUP BY l.person ORDER BY 1"""

_QUARANTINE = """
CREATE OR REPLACE TEMP TABLE identifier_quarantine AS
SELECT i.kind, i.id, {whens} AS reason, l.neighbours, l.cap
FROM labelled AS l JOIN identifier AS i USING (node)
WHERE l.held > 0 ORDER BY i.kind, i.id"""


def _number(con: DuckDBPyConnection, people: People) -> None:
    """Create `labelled` (what holds for each node) and `became` (aliases)."""
    found = con.sql(_BEFORE).to_arrow_table()
    [(next_number,)] = con.execute(_NEXT).fetchall()
    kinds = found["kind"].combine_chunks().dictionary_encode()
    strength = np.array([STRENGTH.get(str(k), 4) for k in kinds.dictionary], dtype=np.int64)
    done = inherit_ids(
        people.found.label,
        found["person"].to_numpy(),
        strength[kinds.indices.to_numpy()] if len(strength) else np.empty(0, dtype=np.int64),
        found["turn"].to_numpy(),
        next_number,
    )
    part = people.found
    capped = part.held == REASONS.index("capped")
    columns = {
        "node": np.arange(len(part.label)),
        "person": done.person,
        "shield": people.shield.label,
        "since_us": part.since,
        "tied": tied_by(people),
        "held": part.held,
        "neighbours": part.neighbours,
        "cap": pa.array(part.cap, mask=~capped),
    }
    old_new = np.concatenate([done.merged, done.split])
    why = ["merge"] * len(done.merged) + ["split_from"] * len(done.split)
    became = {"old": old_new[:, 0], "person": old_new[:, 1], "why": pa.array(why, pa.string())}
    for name, table in (("labelled", pa.table(columns)), ("became", pa.table(became))):
        con.register("given_rows", table)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM given_rows")
        con.unregister("given_rows")


def _create_alias(con: DuckDBPyConnection, known_at: datetime) -> None:
    con.execute(
        f"""
CREATE OR REPLACE TEMP TABLE person_alias AS
SELECT old_person_id, person_id, why, min("at") AS "at" FROM (
    SELECT * FROM alias_before
    UNION ALL
    SELECT {person_id_sql("old")}, {person_id_sql("person")}, why, $now FROM became
) GROUP BY old_person_id, person_id, why ORDER BY old_person_id, person_id, why""",
        {"now": known_at},
    )


def _create_refused(con: DuckDBPyConnection, people: People, known_at: datetime) -> None:
    """Create `merge_refused`: one row a piece of evidence, of its first edge that was refused."""
    edge = np.flatnonzero(people.reason)
    edge = edge[np.unique(people.evidence[edge], return_index=True)[1]]
    a, b = people.found.clash_a[edge], people.found.clash_b[edge]
    rows = {"row": people.evidence[edge], "code": people.reason[edge], "a": a, "b": b}
    con.register("given_rows", pa.table(rows))
    con.execute(
        f"""
CREATE OR REPLACE TEMP TABLE merge_refused AS
SELECT $run_id AS run_id, e.evidence_id, l.kind AS left_kind, l.id AS left_id,
       r.kind AS right_kind, r.id AS right_id, {_whens("g.code", _REASON)} AS reason,
       a.kind AS kind, a.id AS value_a, b.id AS value_b
FROM given_rows AS g
JOIN evidence_edge AS e ON e.row = g.row
JOIN identifier AS l ON l.node = e.left_node
JOIN identifier AS r ON r.node = e.right_node
LEFT JOIN identifier AS a ON a.node = g.a
LEFT JOIN identifier AS b ON b.node = g.b
ORDER BY e.evidence_id""",
        {"run_id": f"resolve-{known_at:%Y%m%dT%H%M%S.%f}"},
    )
    con.unregister("given_rows")


def _whens(value: str, words: dict[int, str]) -> str:
    whens = " ".join(f"WHEN {code} THEN '{word}'" for code, word in words.items() if word)
    return f"CASE {value} {whens} END"
