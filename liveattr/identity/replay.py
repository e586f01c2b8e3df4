"""People made anew from the evidence, in the order in which the lake learned it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.consent import create_own_state
from liveattr.identity.members import create_member_tables, create_no_members
from liveattr.identity.people import create_identifier, resolve_evidence
from liveattr.identity.stage import standing_sql
from liveattr.lake.frames import pandas_from_arrow

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["replay_members"]

_READS = (
    "event",
    "order_header",
    "ingest_batch",
    "consent",
    "identity_evidence",
    "person_member",
)

_MOMENTS = """
SELECT recorded_at AS moment FROM identity_evidence UNION SELECT known_from_at FROM person_member
UNION SELECT known_to_at FROM person_member WHERE known_to_at IS NOT NULL ORDER BY moment"""

_LATER = """
CREATE OR REPLACE TEMP TABLE identifier AS
SELECT row_number() OVER (ORDER BY i.kind, i.id) - 1 AS node, i.kind, i.id, i.space, i.first_at
FROM identifier AS i
SEMI JOIN (FROM person_member WHERE known_from_at <= $moment) AS m ON m.kind = i.kind AND m.id = i.id"""


def replay_members(lake: Lake) -> pd.DataFrame:
    """Rebuild `person_member` from nothing but evidence and the ledger, step by recorded step.

    Parameters
    ----------
    lake
        The lake; it is read and not changed.

    Returns
    -------
    pandas.DataFrame
        As the table `person_member`, history among it. It equals the table: the same people have the
        same ids, whatever was merged, split and withdrawn on the way.

    Notes
    -----
    Each moment at which the lake learned something is lived through again, with the evidence and the
    acts of consent that were known then. When an identifier without evidence became known is taken from
    the table itself. It can differ from the table where rows of the past were changed since: a file that
    was replaced, an erasure, a cap given by hand, or a platform that turned out to have one name space
    instead of two.
    """
    with lake.connect(_READS) as con:
        create_no_members(con)
        for (moment,) in con.sql(_MOMENTS).fetchall():
            _step(con, moment)
        found = con.sql("FROM member_before ORDER BY kind, id, known_from_at").to_arrow_table()
        return pandas_from_arrow(found)


def _step(con: DuckDBPyConnection, moment: datetime) -> None:
    """Live through one moment: `member_before` and `alias_before` become what was known then."""
    then = con.execute("SELECT epoch_us($moment)", {"moment": moment}).fetchall()[0][0]
    known = f"recorded_at <= make_timestamptz({then})"
    create_own_state(con, f"(SELECT * FROM consent WHERE {known})", moment)
    con.execute(standing_sql(f"(SELECT * FROM identity_evidence WHERE {known})"))
    create_identifier(con)
    con.execute(_LATER, {"moment": moment})
    create_member_tables(con, resolve_evidence(con), moment)
    for before, table in (("member_before", "person_member"), ("alias_before", "person_alias")):
        con.execute(f"CREATE OR REPLACE TEMP TABLE {before} AS FROM temp.{table}")
        con.execute(f"DROP TABLE temp.{table}")
