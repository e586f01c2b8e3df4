"""The audit log: what passed a gate or was asked for, and what was refused, by reason."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.lake import Lake, code_version
from liveattr.tables import get_table

if TYPE_CHECKING:
    from liveattr.consent.passed import Passed

__all__ = ["audit_row", "operator_name", "read_audit", "write_audit"]

_LOCK = "audit"


def operator_name() -> str:
    """Return the name of the user of this machine, for logs."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user list
        return str(os.getuid())


def audit_row(
    gate: str,
    purpose: str,
    *,
    rows_in: int = 1,
    rows_out: int = 1,
    refused: str = "{}",
    output_sha256: str | None = None,
) -> dict[str, Any]:
    """Make one row of the audit log, without who, when and number: `write_audit` adds these."""
    return {
        "gate": gate,
        "purpose": purpose,
        "rows_in": rows_in,
        "rows_out": rows_out,
        "rows_refused": rows_in - rows_out,
        "refused": refused,
        "output_sha256": output_sha256,
    }


def write_audit(
    lake: Lake,
    rows: Iterable[Mapping[str, Any] | Passed],
    *,
    actor: str | None = None,
    run_id: str | None = None,
) -> int:
    """Append rows to the audit log.

    Parameters
    ----------
    lake
        The lake.
    rows
        Rows of `audit_row`, or what gates returned.
    actor
        Who or what ran it; by default the user of this machine.
    run_id
        Run that they belong to; by default one of its own.

    Returns
    -------
    int
        Rows written. A row holds counts and reasons only, never an identifier.
    """
    plain = [dict(row) if isinstance(row, Mapping) else row.audit for row in rows]
    if not plain:
        return 0
    now = datetime.now(UTC)
    with lake.lock(_LOCK):
        [last] = lake.sql("SELECT coalesce(max(seq), 0) AS seq FROM audit")["seq"]
        frame = pd.DataFrame(plain).assign(
            seq=range(int(last) + 1, int(last) + 1 + len(plain)),
            run_id=run_id or f"{now:%Y%m%dT%H%M%S.%f}-{plain[0]['gate']}-{os.getpid()}",
            actor=actor or operator_name(),
            at=now,
            code_version=code_version(),
        )
        lake.write("audit", frame.reindex(columns=get_table("audit").names), mode="append")
    return len(plain)


def read_audit(lake: Lake, gate: str | None = None) -> pd.DataFrame:
    """Return the audit log, the newest row last; with `gate` only that gate or request."""
    log = lake.table("audit").sort_values("seq", ignore_index=True)
    return log if gate is None else log[log["gate"] == gate].reset_index(drop=True)
