"""The stage `resolve`: what was seen together → evidence → people; and requests that change people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from liveattr.consent import create_own_state, record_consents, require_assessment, write_audit
from liveattr.consent.audit import audit_row
from liveattr.identity.evidence import create_evidence
from liveattr.identity.members import MEMBER_TABLES, create_member_tables
from liveattr.identity.people import PURPOSE, create_identifier, resolve_evidence
from liveattr.identity.tiers import RULE_VERSION
from liveattr.lake import Lake, Summary, run_stage

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["resolve", "standing_sql"]

READS = ("event", "binding", "order_header", "ingest_batch", "consent")
WRITES = ("identity_evidence", *MEMBER_TABLES)

_NOW = """
SELECT max(moment) FROM (
    SELECT max(loaded_at) AS moment FROM ingest_batch
    UNION ALL SELECT max(recorded_at) FROM consent
    UNION ALL SELECT max(recorded_at) FROM identity_evidence
    UNION ALL SELECT max(known_from_at) FROM person_member
    UNION ALL SELECT max(event_at) FROM event UNION ALL SELECT max(created_at) FROM order_header
    UNION ALL SELECT max("at") FROM binding)"""

_PERSONAL = """
SELECT (EXISTS (FROM event) OR EXISTS (FROM order_header))
   AND NOT coalesce((SELECT bool_and(legal_basis = 'research') FROM ingest_batch), false) AS personal"""
"""Whether there is data of the shop's own people: public research data needs no assessment."""

_NEW = """
CREATE OR REPLACE TEMP TABLE evidence_new AS
SELECT s.evidence_id, s.left_kind, s.left_id, s.right_kind, s.right_id, s.evidence, s.tier, s.weight,
       s.n_seen, s.first_at, s.last_at, s.source, s.ingest_id, s.source_row, s.basis,
       CAST(greatest(l.seq, r.seq) AS VARCHAR) AS consent_id, s.rule_version, $now AS recorded_at,
       s.first_at AS valid_from_at, CAST(NULL AS TIMESTAMPTZ) AS valid_to_at
FROM evidence_seen AS s
ANTI JOIN identity_evidence AS k ON k.evidence_id = s.evidence_id
LEFT JOIN own_state AS l ON l.kind = s.left_kind AND l.id = s.left_id
      AND l.purpose = $purpose AND l.own = 'granted'
LEFT JOIN own_state AS r ON r.kind = s.right_kind AND r.id = s.right_id
      AND r.purpose = $purpose AND r.own = 'granted'
ORDER BY s.evidence_id"""


def standing_sql(evidence: str, name: str = "evidence_now") -> str:
    """Return SQL that makes a table of the evidence that stands, of a relation like `identity_evidence`.

    What a mended file replaced does not stand, nor an `unmerge` that was taken back, nor what other rules
    made.
    """
    return f"""
CREATE OR REPLACE TEMP TABLE {name} AS
WITH known AS (FROM {evidence})
SELECT e.* FROM known AS e
LEFT JOIN ingest_batch AS b ON b.ingest_id = e.ingest_id
WHERE e.rule_version = '{RULE_VERSION}' AND b.status IS DISTINCT FROM 'replaced'
  AND (e.tier <> 'X' OR NOT EXISTS (
      SELECT 1 FROM known AS k
      WHERE k.evidence = 'not_same_lifted' AND k.recorded_at >= e.recorded_at
        AND k.left_kind = e.left_kind AND k.left_id = e.left_id
        AND k.right_kind = e.right_kind AND k.right_id = e.right_id))
  AND e.evidence <> 'not_same_lifted'"""


def resolve(
    lake: Lake,
    *,
    caps: Mapping[str, int] | None = None,
    force: bool = False,
    today: date | None = None,
) -> Summary:
    """Say which identifiers are one person, as far as consent goes.

    Parameters
    ----------
    lake
        A lake with `event, binding, order_header`, and in `consent_act` who agreed to what.
    caps
        Kind → most distinct neighbours of an identifier; learned where it is not given.
    force
        Run although nothing has changed.
    today
        Day on which an impact assessment of the purpose `attribution` must be in force.

    Returns
    -------
    Summary
        Rows in: evidence. Rows refused: evidence that joins nobody. Notes: people, refusals by
        reason, and how many identifiers are apart because somebody took consent back.

    Raises
    ------
    ConsentError
        If no impact assessment of `attribution` is in force. A lake of public research data alone
        needs none.

    Notes
    -----
    Writes `identity_evidence` (append-only), `person_member` (bitemporal: `known_from_at` and
    `known_to_at` are when the lake learned it), `person_alias`, `merge_refused`,
    `identifier_quarantine`, `consent_state` and `audit`.

    See Also
    --------
    resolve_identities : the same on a frame of edges.
    """
    if lake.sql(_PERSONAL)["personal"].item():
        require_assessment(lake, PURPOSE, today or datetime.now(UTC).date())
    record_consents(lake)

    def body(lake: Lake) -> Summary:
        return _body(lake, caps)

    options = {"caps": dict(caps) if caps else None, "purpose": PURPOSE}
    return run_stage(
        lake, "resolve", options=options, reads=READS, writes=WRITES, body=body, force=force
    )


def _body(lake: Lake, caps: Mapping[str, int] | None) -> Summary:
    with lake.connect((*READS, *WRITES)) as con:
        [(now,)] = con.execute(_NOW).fetchall()
        now = now or datetime(1970, 1, 1, tzinfo=UTC)
        create_own_state(con, "consent", now)
        create_evidence(con)
        con.execute(_NEW, {"now": now, "purpose": PURPOSE})
        con.execute(standing_sql("(FROM identity_evidence UNION ALL FROM evidence_new)"))
        create_identifier(con)
        con.execute("CREATE TEMP TABLE member_before AS FROM person_member")
        con.execute("CREATE TEMP TABLE alias_before AS FROM person_alias")
        create_member_tables(con, resolve_evidence(con, caps=caps), now)
        [(new,)] = con.execute("SELECT count(*) FROM evidence_new").fetchall()
        if new:
            lake.write("identity_evidence", con.sql("FROM evidence_new"), mode="append")
        for name in MEMBER_TABLES:
            lake.write(name, con.sql(f"FROM {name}"))
        return _tell(lake, con, new)


def _tell(lake: Lake, con: DuckDBPyConnection, new: int) -> Summary:
    """Count what passed the gates G2 and G3, keep it in the audit log and say it."""
    [(pieces, members, people, apart)] = con.execute("""
SELECT (SELECT count(*) FROM evidence_now WHERE tier NOT IN ('C', 'X')),
       count(*), count(DISTINCT person_id),
       (SELECT count(*) FROM consent_state WHERE purpose = 'attribution' AND state = 'withdrawn')
FROM person_member WHERE known_to_at IS NULL""").fetchall()
    why = dict(
        con.sql(
            "SELECT reason, count(*) FROM merge_refused GROUP BY reason ORDER BY reason"
        ).fetchall()
    )
    [(no_basis,)] = con.execute("SELECT sum(n) FROM evidence_refused").fetchall()
    refused = sum(why.values())
    rows = [
        audit_row(
            "G2", PURPOSE, rows_in=new + no_basis, rows_out=new,
            refused=json.dumps({"no_basis": no_basis} if no_basis else {}),
        ),
        audit_row(
            "G3", PURPOSE, rows_in=pieces, rows_out=pieces - refused, refused=json.dumps(why)
        ),
    ]  # fmt: skip
    write_audit(lake, rows, actor="resolve")
    said = ", ".join(f"{reason} {n:,}" for reason, n in why.items())
    return Summary(
        rows_in=pieces,
        rows_refused=refused,
        outputs={"identity_evidence": new, "person_member": members},
        notes=(
            f"{members:,} identifiers are {people:,} people",
            *([f"evidence that joins nobody: {said}"] * bool(refused)),
            *([f"{apart:,} identifiers stand alone: consent was taken back"] * bool(apart)),
        ),
    )
