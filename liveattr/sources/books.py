"""What became of every file is kept in `ingest_batch`, a few files in one commit.

A file's own tables are written before. If the process dies in between, the next run reads the last
files again and finds that it knows all their rows: nothing is lost, and nothing doubled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from liveattr.lake import Lake
from liveattr.sources.files import Source
from liveattr.tables import TABLES

__all__ = ["Batch", "Books"]

_AT_ONCE = 20
"""Files whose rows are written together: so many are read again after a crash."""


@dataclass(frozen=True)
class Batch:
    """What became of one file; `rows_in = rows_ok + rows_bad + rows_set_aside`.

    `row` is its row of `ingest_batch` without those counts, where there is a new one, and
    `replaces` are the batches that it takes the place of.
    """

    source: Source
    status: str
    rows_in: int = 0
    rows_ok: int = 0
    rows_bad: int = 0
    rows_set_aside: int = 0
    outputs: tuple[tuple[str, int], ...] = ()
    held: tuple[int, ...] = ()
    row: Mapping[str, Any] | None = None
    replaces: tuple[str, ...] = ()


class Books:
    """Batches whose rows wait to be written; `flush` at the end, whatever happens."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._waiting: list[Batch] = []
        self._keys: set[str | None] = {None}

    def before(self, source: Source) -> None:
        """Write what waits if the same content waits: the lake must know it."""
        if any(batch.source.ingest_id == source.ingest_id for batch in self._waiting):
            self.flush()

    def add(self, batch: Batch) -> None:
        """Keep a batch; one with a new key is written at once, as no other key may follow."""
        if batch.row is None:
            return
        self._waiting.append(batch)
        if len(self._waiting) >= _AT_ONCE or batch.row["key_id"] not in self._keys:
            self._keys.add(batch.row["key_id"])
            self.flush()

    def flush(self) -> None:
        """Write the rows, and close the batches that they take the place of."""
        if not self._waiting:
            return
        frame = pd.DataFrame([_row(batch) for batch in self._waiting])
        self._lake.write("ingest_batch", frame, mode="upsert")
        gone = [replaced for batch in self._waiting for replaced in batch.replaces]
        self._waiting = []
        if gone:  # their rows stay, what they held back waits for nobody any more
            known = self._lake.table("ingest_batch")
            closed = known[known.ingest_id.isin(gone)].assign(status="replaced")
            self._lake.write("ingest_batch", closed, mode="upsert")


def _row(batch: Batch) -> dict[str, Any]:
    told = {
        "ingest_id": batch.source.ingest_id,
        "path": batch.source.name,
        "sha256": batch.source.sha256,
        "preset": batch.source.spec.preset,
        "preset_version": batch.source.spec.version,
        "status": batch.status,
        "rows_in": batch.rows_in,
        "rows_ok": batch.rows_ok,
        "rows_bad": batch.rows_bad,
        "rows_set_aside": batch.rows_set_aside,
        "legal_basis": batch.source.spec.legal_basis,
        **(batch.row or {}),
    }
    return {name: told[name] for name in TABLES["ingest_batch"].names}
