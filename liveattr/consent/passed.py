"""What a gate lets through: only a gate can make it, and who uses it asks for the gate by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from liveattr.consent.audit import audit_row
from liveattr.errors import ConsentError

__all__ = ["Passed", "frame_sha256", "seal"]

_SEAL = object()


@dataclass(frozen=True)
class Passed:
    """Rows that passed a gate; made by `pass_gate`, never directly.

    A function that needs rows of a gate takes a `Passed` and no frame, and begins with
    `rows = passed.rows_for("G5", "recall_sms")`: rows of no gate, of another gate, purpose or
    recipient, or changed since, are an error and no audience.

    Attributes
    ----------
    gate, purpose
        What was asked.
    frame
        The rows that passed, in their order. Of G6 all rows: the small ones are `hidden`.
    refused
        The other rows, with the column `reason`.
    audit
        The row of the audit log: counts and reasons, no identifier.
    recipient
        Who gets the data; null: nobody but the shop and those who work for it.
    """

    gate: str
    purpose: str
    frame: pd.DataFrame
    refused: pd.DataFrame
    audit: Mapping[str, Any]
    recipient: str | None = None
    _seal: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self._seal is not _SEAL:
            raise ConsentError("only `pass_gate` says what passed; give it the rows")

    def rows_for(self, gate: str, purpose: str, recipient: str | None = None) -> pd.DataFrame:
        """Return the rows, if they passed this gate for this purpose and recipient.

        Raises
        ------
        ConsentError
            If they passed another gate, or are not the rows that passed.
        """
        asked = (gate, purpose, recipient)
        if asked != (self.gate, self.purpose, self.recipient):
            here = ", ".join(filter(None, (self.gate, self.purpose, self.recipient)))
            there = ", ".join(filter(None, asked))
            raise ConsentError(f"these rows passed {here}; what is done needs {there}")
        if frame_sha256(self.frame) != self.audit["output_sha256"]:
            raise ConsentError(f"these rows were changed after gate {gate}; pass them again")
        return self.frame

    def __str__(self) -> str:
        why = ", ".join(
            f"{n:,} {reason}" for reason, n in json.loads(self.audit["refused"]).items()
        )
        told = (
            f"{self.gate} {self.purpose}: {self.audit['rows_out']:,} of {self.audit['rows_in']:,}"
        )
        return f"{told} rows passed" + (f"; refused: {why}" if why else "")


def seal(
    gate: str,
    purpose: str,
    passed: pd.DataFrame,
    refused: pd.DataFrame,
    *,
    rows_in: int,
    recipient: str | None,
) -> Passed:
    """Make a `Passed` with its row of the audit log; for gates only."""
    counts = refused["reason"].value_counts().sort_index()
    row = audit_row(
        gate,
        purpose if recipient is None else f"{purpose} to {recipient}",
        rows_in=rows_in,
        rows_out=rows_in - len(refused),
        refused=json.dumps({str(reason): int(n) for reason, n in counts.items()}),
        output_sha256=frame_sha256(passed),
    )
    return Passed(gate, purpose, passed, refused, row, recipient, _SEAL)


def frame_sha256(frame: pd.DataFrame) -> str:
    """Return a hash of the rows of a frame; the order of rows and the index do not matter."""
    rows = pd.util.hash_pandas_object(frame.astype(str), index=False).to_numpy(copy=True)
    rows.sort()
    head = "\n".join(map(str, frame.columns)).encode()
    return hashlib.sha256(head + rows.tobytes()).hexdigest()
