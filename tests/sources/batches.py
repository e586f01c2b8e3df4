"""What tests of presets ask about one file: its batch, and what became of which record."""

import json
from pathlib import Path

from liveattr.lake import Lake
from tests.sources.looking import FIXTURES


def records_in(file: Path) -> int | None:
    """Count the records of a file of lines without our reader; None where a line may be many."""
    if file.suffix not in (".jsonl", ".csv"):
        return None
    lines = [line for line in file.read_bytes().split(b"\n") if line.strip()]
    return len(lines) - (file.suffix == ".csv")


def batch(lake: Lake, name: str) -> dict:
    """Return one batch; whatever came in is in a table or in quarantine."""
    row = lake.table("ingest_batch").set_index("path").loc[name]
    assert row.rows_in == row.rows_ok + row.rows_bad + row.rows_set_aside
    assert records_in(FIXTURES / row.preset / name) in (None, row.rows_in)
    held = lake.table("quarantine_row").query("path == @name")
    assert len(held) == row.rows_bad + row.rows_set_aside
    assert held.expected.sum() == row.rows_set_aside
    return {**row.to_dict(), "notes": json.loads(row.notes)}


def codes(lake: Lake, name: str) -> dict[int, tuple[str, str | None]]:
    """Return record of the file → (reason code, field)."""
    held = lake.table("quarantine_row").query("path == @name").sort_values("source_row")
    return {int(r.source_row): (r.reason_code, r.field) for r in held.itertuples()}
