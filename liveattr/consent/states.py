"""What holds: an identifier's own word for each purpose, and the strictest of a person's.

An identifier's own word is the latest act about it (by `effective_at`, then `seq`) that covers the
purpose: granted, or withdrawn (also by an objection). An `expired` ends a grant and never lifts a
withdrawal. A child (`minor`) has withdrawn everything; from then on only grants of a guardian
count. A grant from the future does not count yet; a withdrawal counts as soon as it is known.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from liveattr.consent.purposes import STRICTNESS, coverage
from liveattr.lake.frames import pandas_from_arrow

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

__all__ = ["acts_of_record_sql", "create_own_state", "person_states", "strictest_sql"]

_RECORD = """
SELECT subject_kind, subject_token, purpose, action, "at" AS effective_at,
       row_number() OVER (ORDER BY "at", try_cast(seq AS BIGINT), seq) AS seq, recipient, guardian
FROM consent_act"""

_SAID = """
CREATE OR REPLACE TEMP TABLE said AS
SELECT a.subject_kind AS kind, a.subject_token AS id, c.purpose, a.action, a.effective_at, a.seq,
       row(a.effective_at, a.seq) AS turn, coalesce(a.guardian, false) AS guardian
FROM {acts} AS a
JOIN consent_cover AS c
  ON c.action = a.action
 AND c.said = CASE WHEN a.purpose = 'provide_to_platform' AND a.recipient IS NOT NULL
                   THEN a.purpose || ':' || a.recipient ELSE a.purpose END
WHERE a.subject_token IS NOT NULL
  AND (a.action <> 'granted' OR $as_of IS NULL OR a.effective_at <= $as_of)"""

_OWN = """
CREATE OR REPLACE TEMP TABLE own_state AS
WITH past AS (
    SELECT kind, id, purpose, max(turn) FILTER (action = 'minor') AS minor,
           max(turn) FILTER (action = 'expired') AS expired
    FROM said WHERE action IN ('minor', 'expired') GROUP BY kind, id, purpose
), word AS (
    SELECT s.kind, s.id, s.purpose, max(s.turn) AS turn, arg_max(s.action, s.turn) AS action,
           any_value(p.expired) AS expired
    FROM said AS s LEFT JOIN past AS p USING (kind, id, purpose)
    WHERE s.action <> 'expired'
      AND (s.action <> 'granted' OR s.guardian OR p.minor IS NULL OR s.turn < p.minor)
    GROUP BY s.kind, s.id, s.purpose
), held AS (
    SELECT *, action = 'granted' AND coalesce(expired > turn, false) AS ended FROM word
)
SELECT kind, id, purpose,
       CASE WHEN ended THEN 'none' WHEN action = 'granted' THEN 'granted' ELSE 'withdrawn' END AS own,
       CASE WHEN ended THEN struct_extract(expired, 1) ELSE struct_extract(turn, 1) END AS since_at,
       CASE WHEN ended THEN struct_extract(expired, 2) ELSE struct_extract(turn, 2) END AS seq,
       CASE WHEN ended THEN 'expired' WHEN action = 'granted' THEN NULL
            WHEN action = 'objected' THEN 'opted_out' ELSE action END AS why
FROM held"""

_RANK = "list_position({}, {})".format([*STRICTNESS], "{}")


def acts_of_record_sql() -> str:
    """Return SQL for the acts of the merchant's record `consent_act`, where there is no ledger.

    Columns: `subject_kind, subject_token, purpose, action, effective_at, seq, recipient, guardian`,
    as `create_own_state` takes them.
    """
    return _RECORD


def create_own_state(
    con: DuckDBPyConnection, acts: str = "consent", as_of: datetime | None = None
) -> None:
    """Create the temporary table `own_state`: each identifier's own word for each purpose.

    Parameters
    ----------
    con
        A connection.
    acts
        A relation, or a query in brackets, with the columns `subject_kind, subject_token, purpose,
        action, effective_at, seq, recipient, guardian`: the ledger `consent`, or
        `f"({acts_of_record_sql()})"`. Rows without an identifier (erased) are passed over.
    as_of
        Moment; a grant that begins later does not count. Without it every grant counts.

    Notes
    -----
    `own_state`: `kind, id, purpose, own` (granted, withdrawn, none), `since_at, seq` of the act that
    decides, and `why`: withdrawn, opted_out, minor, expired, or null where granted. One row for each
    identifier and purpose about which something was said; about which nothing was said is `none`.
    A word about a purpose is a word about its parts (`liveattr.consent.purposes.covers`).
    """
    named = con.execute(
        f"SELECT DISTINCT a.recipient FROM {acts} AS a WHERE a.recipient IS NOT NULL ORDER BY 1"
    ).fetchall()
    _create_cover(con, [recipient for (recipient,) in named if recipient.strip()])
    con.execute(_SAID.format(acts=acts), {"as_of": as_of})
    con.execute(_OWN)
    con.execute("DROP TABLE said; DROP TABLE consent_cover")


def _create_cover(con: DuckDBPyConnection, recipients: list[str]) -> None:
    columns = zip(*coverage(recipients), strict=True)
    cover = pa.table(dict(zip(("action", "said", "purpose"), map(list, columns), strict=True)))
    con.register("cover_given", cover)
    con.execute("CREATE OR REPLACE TEMP TABLE consent_cover AS FROM cover_given")
    con.unregister("cover_given")


def strictest_sql(own: str = "own_state", groups: str = "person_group") -> str:
    """Return SQL for the state of every identifier: the strictest of its person's.

    Parameters
    ----------
    own
        Relation like `own_state`.
    groups
        Relation with `kind, id, person_id`: which identifiers are protected together. An identifier
        that is in no group stands alone; of one in several the strictest counts.

    Returns
    -------
    str
        A query with `kind, id, purpose, own, state, since_at, seq, why`: `state` is withdrawn where
        any identifier of the person has withdrawn, else granted where any has granted, else none;
        `why` is the reason of a state that is not granted. An identifier about whose person nothing
        was said has no row: it is `none`.
    """
    rank = _RANK.format("o.own")
    return f"""
WITH placed AS (
    SELECT DISTINCT kind, id, person_id AS person FROM {groups}
    UNION ALL
    SELECT DISTINCT o.kind, o.id, row(o.kind, o.id)::VARCHAR FROM {own} AS o
    ANTI JOIN {groups} AS g ON g.kind = o.kind AND g.id = o.id
), person AS (
    SELECT p.person, o.purpose, max(row({rank}, o.why)) AS strict
    FROM placed AS p JOIN {own} AS o ON o.kind = p.kind AND o.id = p.id
    GROUP BY p.person, o.purpose
), one AS (
    SELECT p.kind, p.id, s.purpose, max(s.strict) AS strict
    FROM placed AS p JOIN person AS s USING (person)
    GROUP BY p.kind, p.id, s.purpose
)
SELECT n.kind, n.id, n.purpose, coalesce(o.own, 'none') AS own,
       list_extract({[*STRICTNESS]}, struct_extract(n.strict, 1)) AS state, o.since_at, o.seq,
       struct_extract(n.strict, 2) AS why
FROM one AS n LEFT JOIN {own} AS o ON o.kind = n.kind AND o.id = n.id AND o.purpose = n.purpose"""


def person_states(own: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Return the state of every identifier: the strictest of its person's.

    Parameters
    ----------
    own
        `kind, id, purpose, own, since_at, seq, why`, as `create_own_state` makes them; the last three
        may be missing.
    members
        `kind, id, person_id`.

    Returns
    -------
    pandas.DataFrame
        `kind, id, purpose, own, state, since_at, seq, why`, ordered by kind, id and purpose.

    Notes
    -----
    A merge can only make a state stricter where somebody has withdrawn, and a split gives each side
    its own back, since nothing but `own` is kept.

    Examples
    --------
    >>> import pandas as pd
    >>> own = pd.DataFrame({"kind": ["phone", "openid"], "id": ["p", "o"],
    ...                     "purpose": "attribution", "own": ["granted", "withdrawn"]})
    >>> one = pd.DataFrame({"kind": ["phone", "openid"], "id": ["p", "o"], "person_id": "x"})
    >>> person_states(own, one).state.tolist()
    ['withdrawn', 'withdrawn']
    >>> person_states(own, one.assign(person_id=["x", "y"])).state.tolist()
    ['withdrawn', 'granted']
    """
    lacking = {c: None for c in ("since_at", "seq", "why") if c not in own}
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.register("own_given", pa.Table.from_pandas(own.assign(**lacking), preserve_index=False))
        con.register(
            "members_given",
            pa.Table.from_pandas(members[["kind", "id", "person_id"]], preserve_index=False),
        )
        typed = (
            "(SELECT kind::VARCHAR AS kind, id::VARCHAR AS id, purpose, own, since_at::TIMESTAMPTZ AS "
            "since_at, seq::BIGINT AS seq, why::VARCHAR AS why FROM own_given)"
        )
        found = con.sql(f"{strictest_sql(typed, 'members_given')} ORDER BY kind, id, purpose")
        return pandas_from_arrow(found.to_arrow_table())
