"""What commands print of a stage and of reports."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from liveattr.console import complain, say

if TYPE_CHECKING:
    from liveattr.lake import Summary
    from liveattr.report import ReportResult

__all__ = ["complain_of", "tell_reports", "tell_stage"]


def tell_stage(summary: Summary) -> None:
    """Print what a stage did; of one that had nothing to do its name."""
    say(str(summary).splitlines()[0] if summary.skipped else str(summary))


def tell_reports(made: list[ReportResult], out: Path, name: str = "") -> bool:
    """Print how many reports there are; return whether one failed."""
    old, failed = sum(r.skipped for r in made), complain_of(made)
    days = ", ".join(sorted({str(r.as_of) for r in made}))
    head = f"{name}: " if name else ""
    say(
        f"{head}reports as of {days}: {len(made) - old - failed} made, {old} up to date, "
        f"{failed} failed; {out / 'index.html'}"
    )
    return failed > 0


def complain_of(made: Iterable[ReportResult]) -> int:
    """Say which reports failed, why and where the rest of it lies; return how many."""
    failed = [result for result in made if not result.ok]
    for result in failed:
        why = [line for line in result.error.splitlines() if line.strip()] or ["no reason given"]
        complain(
            f"the report of {result.campaign_id!r} ({result.lang}) failed: {why[-1].strip()}; "
            f"see {result.path / 'error.txt'}"
        )
    return len(failed)
