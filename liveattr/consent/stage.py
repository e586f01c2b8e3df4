"""The stage `record_consents`, and the requests `grant` and `withdraw`: they alone write the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from liveattr.consent.audit import audit_row, operator_name, write_audit
from liveattr.consent.ledger import START, Head, chain
from liveattr.consent.purposes import ALL, check_action, check_purpose, provided_to
from liveattr.errors import ParameterError
from liveattr.lake import Lake, Summary, run_stage
from liveattr.lake.frames import pandas_from_arrow

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["grant", "record_consents", "withdraw"]

READS = ("consent_act",)
WRITES = ("consent",)
_LOCK = "consent"
"""Who reads the end of the chain and writes behind it, or blanks an entry, holds this lock."""

_TOKEN = re.compile(r"[0-9a-f]{64}")

_PROOF = """concat_ws('/', a.source, a.ingest_id, a.source_row::VARCHAR) || '#' || a.seq"""

_NEW = f"""
SELECT a.subject_kind, a.subject_token, a.purpose, a.action,
       CASE WHEN a.guardian THEN 'guardian' ELSE 'consent' END AS legal_basis,
       a."at" AS effective_at, $now AS recorded_at, a.channel, a.version AS notice_version,
       a.notice_sha256, a.separate_consent, a.recipient, a.guardian, {_PROOF} AS proof,
       $operator AS operator
FROM consent_act AS a
WHERE a.subject_token IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM consent AS c
    WHERE c.subject_kind = a.subject_kind AND c.subject_token = a.subject_token
      AND c.purpose = a.purpose AND c.action = a.action AND c.effective_at = a."at"
      AND c.recipient IS NOT DISTINCT FROM a.recipient
      AND c.guardian IS NOT DISTINCT FROM a.guardian AND ends_with(c.proof, '#' || a.seq))
ORDER BY a."at", try_cast(a.seq AS BIGINT), a.seq"""

_TAKEN_BACK = f"""
SELECT c.subject_kind, c.subject_token, c.purpose, 'expired' AS action, c.legal_basis,
       c.effective_at, $now AS recorded_at, c.channel, c.notice_version, c.notice_sha256,
       c.separate_consent, c.recipient, c.guardian, {_PROOF} AS proof, $operator AS operator
FROM consent AS c
JOIN consent_act AS a
  ON starts_with(c.proof, a.source || '/') AND substr(c.proof, instr(c.proof, '#') + 1) = a.seq
WHERE c.action = 'granted' AND c.subject_token IS NOT NULL
  AND (c.subject_kind, c.subject_token, c.purpose, coalesce(c.recipient, ''), c.effective_at)
      <> (a.subject_kind, a.subject_token, a.purpose, coalesce(a.recipient, ''), a."at")
  AND NOT EXISTS (
    SELECT 1 FROM consent AS e
    WHERE e.action = 'expired' AND e.subject_kind = c.subject_kind
      AND e.subject_token = c.subject_token AND e.purpose = c.purpose
      AND e.effective_at = c.effective_at AND ends_with(e.proof, '#' || a.seq) AND e.seq > c.seq)
ORDER BY c.seq"""
"""A grant that the record now tells of somebody or something else never was one."""


def record_consents(lake: Lake, *, force: bool = False) -> Summary:
    """Write into the ledger what the merchant recorded and the ledger does not hold yet.

    Parameters
    ----------
    lake
        A lake with `consent_act`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows in: acts of the record. Rows out: new entries. An act that is in the ledger already (the
        same number and content, in whatever file it came) is not written again; one that was
        corrected becomes a new entry, which stands as the later one.
    """
    return run_stage(
        lake, "record_consents", options={}, reads=READS, writes=WRITES, body=_record, force=force
    )


def _record(lake: Lake) -> Summary:
    operator, now = operator_name(), datetime.now(UTC)

    def new(con: DuckDBPyConnection) -> pd.DataFrame:
        values = {"now": now, "operator": operator}
        parts = [con.sql(sql, params=values).to_arrow_table() for sql in (_TAKEN_BACK, _NEW)]
        return pandas_from_arrow(pa.concat_tables(parts))

    added, head = _append(lake, new)
    if len(added):
        rows = [
            audit_row("record", str(purpose), rows_in=n, rows_out=n, output_sha256=head.sha256)
            for purpose, n in added["purpose"].value_counts(sort=False).sort_index().items()
        ]
        write_audit(lake, rows)
    [(acts,)] = lake.sql("SELECT count(*) FROM consent_act").to_numpy().tolist()
    return Summary(
        rows_in=acts,
        outputs={"consent": len(added)},
        notes=(f"the ledger of consent has {head.seq:,} entries",),
    )


def withdraw(
    lake: Lake,
    kind: str,
    token: str,
    purpose: str = ALL,
    *,
    at: datetime | None = None,
    action: str = "withdrawn",
    channel: str | None = None,
    operator: str | None = None,
    proof: str | None = None,
) -> int:
    """Write into the ledger that somebody took a consent back; the next run leaves them out.

    Parameters
    ----------
    lake
        The lake.
    kind, token
        The identifier: its kind, and its token (never the value itself).
    purpose
        A purpose, or `all`.
    at
        When. By default now, or later where the ledger holds a later grant: it must count.
    action
        `withdrawn`, `objected` (refused marketing without having been asked), `minor` (a child) or
        `expired`.
    channel
        Where it was said.
    operator
        Who writes it; by default the user of this machine.
    proof
        Where the proof is.

    Returns
    -------
    int
        Number of the entry.

    Raises
    ------
    ParameterError
        If the purpose or action is unknown, or `token` is no token: nothing is written then.
    """
    if check_action(action) == "granted":
        raise ParameterError("a grant is written with `grant`")
    entry = {
        "purpose": check_purpose(purpose, every=True),
        "action": action,
        "legal_basis": "consent",
        "channel": channel,
        "proof": proof,
    }
    return _request(lake, "withdraw", kind, token, entry, at, operator)


def grant(
    lake: Lake,
    kind: str,
    token: str,
    purpose: str,
    *,
    at: datetime | None = None,
    channel: str | None = None,
    notice_version: str | None = None,
    notice_sha256: str | None = None,
    separate_consent: bool | None = None,
    recipient: str | None = None,
    guardian: bool = False,
    operator: str | None = None,
    proof: str | None = None,
) -> int:
    """Write into the ledger that somebody agreed.

    Parameters
    ----------
    lake, kind, token, at, channel, operator, proof
        As for `withdraw`.
    purpose
        One purpose; there is no grant of `all`.
    notice_version, notice_sha256
        The text that was agreed to.
    separate_consent
        Asked on its own: `provide_to_platform` and `sensitive` must be.
    recipient
        Who gets the data; `provide_to_platform` must name it.
    guardian
        Given by a guardian, for a child.

    Returns
    -------
    int
        Number of the entry.

    Raises
    ------
    ParameterError
        If the purpose is unknown or lacks what it needs, or `token` is no token.
    """
    check_purpose(purpose)
    if purpose == "provide_to_platform":
        provided_to(recipient or "")
    if purpose in ("provide_to_platform", "sensitive") and not separate_consent:
        raise ParameterError(f"{purpose} must be asked on its own: separate_consent=True")
    entry = {
        "purpose": purpose,
        "action": "granted",
        "legal_basis": "guardian" if guardian else "consent",
        "channel": channel,
        "notice_version": notice_version,
        "notice_sha256": notice_sha256,
        "separate_consent": separate_consent,
        "recipient": recipient,
        "guardian": guardian or None,
        "proof": proof,
    }
    return _request(lake, "grant", kind, token, entry, at, operator)


def _request(
    lake: Lake,
    gate: str,
    kind: str,
    token: str,
    entry: dict[str, Any],
    at: datetime | None,
    operator: str | None,
) -> int:
    """Write one entry that somebody asked for, and its row in the audit log."""
    if not _TOKEN.fullmatch(token):
        raise ParameterError(
            "an identifier comes to the ledger as a token (64 hex digits), never as the value itself; "
            "`liveattr consent` makes it one"
        )
    if at is not None and at.tzinfo is None:
        raise ParameterError("`at` needs a zone, as in datetime.now(UTC)")
    now, who = datetime.now(UTC), operator or operator_name()

    def new(con: DuckDBPyConnection) -> pd.DataFrame:
        # A withdrawal must count, so it comes after a grant that was dated ahead.
        later = con.execute(
            "SELECT max(effective_at) FROM consent WHERE subject_kind = ? AND subject_token = ?",
            [kind, token],
        ).fetchall()[0][0]
        moment = at or (now if gate == "grant" else max(now, later or now))
        told = {"subject_kind": kind, "subject_token": token, **entry}
        return pd.DataFrame([{**told, "effective_at": moment, "recorded_at": now, "operator": who}])

    _, head = _append(lake, new)
    row = audit_row(gate, entry["purpose"], output_sha256=head.sha256)
    write_audit(lake, [row], actor=who)
    return head.seq


def _append(
    lake: Lake, new: Callable[[DuckDBPyConnection], pd.DataFrame]
) -> tuple[pd.DataFrame, Head]:
    """Add entries behind the end of the chain; nobody else can meanwhile."""
    with lake.lock(_LOCK):
        with lake.connect(("consent", "consent_act")) as con:
            end = con.execute("SELECT seq, sha256 FROM consent ORDER BY seq DESC LIMIT 1")
            found = end.fetchall()
            last = Head(*found[0]) if found else START
            entries = new(con)
        if entries.empty:
            return entries, last
        added = chain(entries, last)
        lake.write("consent", added, mode="append")
        return added, Head(int(added["seq"].iloc[-1]), str(added["sha256"].iloc[-1]))
