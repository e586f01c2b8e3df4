"""Is the ledger whole: no entry altered, none taken out, also none at its end."""

from __future__ import annotations

from dataclasses import dataclass

from liveattr.consent.ledger import verify
from liveattr.lake import Lake

__all__ = ["LedgerCheck", "check_ledger"]


@dataclass(frozen=True)
class LedgerCheck:
    """What is known of the ledger's wholeness.

    Attributes
    ----------
    entries, erased
        Entries, and how many of them had their identifier erased.
    broken_seq
        First entry that is missing or altered; null: the chain holds.
    missing_end
        The audit log knows of entries that are not there any more.
    """

    entries: int
    erased: int
    broken_seq: int | None
    missing_end: bool

    @property
    def ok(self) -> bool:
        """Whether nothing is amiss."""
        return self.broken_seq is None and not self.missing_end


def check_ledger(lake: Lake) -> LedgerCheck:
    """Check that no entry of the ledger was altered or taken out.

    The chain shows this for all entries but the last ones; that those are there is seen from the
    audit log, which keeps the hash of the end at each request.
    """
    ledger = lake.table("consent")
    ends = lake.sql(
        "SELECT DISTINCT output_sha256 FROM audit WHERE gate IN ('record', 'withdraw', 'grant') "
        "AND output_sha256 IS NOT NULL"
    )["output_sha256"]
    return LedgerCheck(
        entries=len(ledger),
        erased=int(ledger["subject_token"].isna().sum()),
        broken_seq=verify(ledger),
        missing_end=not set(ends) <= set(ledger["sha256"]),
    )
