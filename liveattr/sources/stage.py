"""`ingest`: raw files in, canonical tables and quarantine out, one batch a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from liveattr.errors import BatchError, IngestError
from liveattr.lake import Lake, Summary, run_stage
from liveattr.progress import track
from liveattr.settings import Settings, load_settings
from liveattr.sources.batch import load_file, refuse_file
from liveattr.sources.books import Batch, Books
from liveattr.sources.files import Source, find_sources
from liveattr.sources.quarantine import retry_orphans
from liveattr.tables import TABLES

__all__ = ["ingest"]


def ingest(
    lake: Lake,
    path: str | Path,
    *,
    preset: str | None = None,
    settings: Settings | None = None,
    demo: bool = False,
) -> Summary:
    """Read raw files into the lake; doing it again changes nothing.

    Parameters
    ----------
    lake
        The lake, from `open_lake`.
    path
        A file, a folder `<preset>/…`, or a folder of such folders (`data/raw`).
    preset
        Name of a preset, or path of a YAML file of your own, where the folder's name does not say.
    demo
        Public data: the fixed public token key is used.

    Returns
    -------
    Summary
        Records in, refused (bad), rows by table; notes say which files failed or wait.

    Raises
    ------
    IngestError
        If there is nothing to read, or a folder's name is no preset.
    BatchError
        If a file cannot be read, or has more bad rows than `bad_share_limit`; every other file is
        loaded before that, and the bad rows are listed in `quarantine_row`. It is tried again
        every time, until it is mended.
    TokenKeyError
        If identifiers must become tokens and the key is missing, or is not the lake's key.
    """
    settings = settings or load_settings()
    sources = find_sources(Path(path), preset)
    batches: list[Batch] = []

    def body(lake: Lake) -> Summary:
        with lake.kept() as lake:
            books = Books(lake)
            try:
                for source in track(sources, "reading files"):
                    books.before(source)
                    batches.append(_load(lake, source, settings, demo))
                    books.add(batches[-1])
            finally:
                books.flush()
            batches.extend(retry_orphans(lake, sources, settings=settings, demo=demo))
        return _summary(batches)

    filled = [n for n, t in TABLES.items() if t.canonical or t.room == "Intake"]
    options = {"batches": sorted(s.ingest_id for s in sources), "limit": settings.bad_share_limit}
    summary = run_stage(
        lake,
        "ingest",
        options=options,
        reads=(),
        writes=filled,
        body=body,
        force=len(_failed(lake, sources)) > 0,
    )
    failed = _failed(lake, sources)
    if len(failed):
        raise BatchError(_failure(failed, settings.bad_share_limit))
    return summary


def _load(lake: Lake, source: Source, settings: Settings, demo: bool) -> Batch:
    try:
        return load_file(lake, source, settings=settings, demo=demo)
    except IngestError as error:  # told at the end; it must not hold up the other files
        return refuse_file(source, str(error))


def _failed(lake: Lake, sources: Sequence[Source]) -> pd.DataFrame:
    """Return the batches of these files that failed: they are tried again every time."""
    batch = lake.table("ingest_batch")
    mine = batch.ingest_id.isin([s.ingest_id for s in sources])
    return batch[mine & (batch.status == "failed")]


def _failure(failed: pd.DataFrame, limit: float) -> str:
    unreadable = [json.loads(notes).get("unreadable") for notes in failed.notes]
    said = [why for why in unreadable if why]
    bad = failed[[not why for why in unreadable]]
    if len(bad):
        files = "; ".join(f"{b.path}: {b.rows_bad} of {b.rows_in} rows" for b in bad.itertuples())
        said.append(
            f"too many bad rows (limit {limit:.0%}), so these files changed no table: {files}. See "
            "them with `liveattr quarantine list`; mend the file or its preset, or raise "
            "bad_share_limit"
        )
    return "; ".join(said)


def _summary(batches: list[Batch]) -> Summary:
    outputs: dict[str, int] = {}
    notes = []
    for batch in batches:
        for name, rows in batch.outputs:
            outputs[name] = outputs.get(name, 0) + rows
        if batch.rows_bad or batch.rows_set_aside or batch.status == "failed":
            notes.append(
                f"{batch.source.name}: {batch.status}, {batch.rows_in} in = {batch.rows_ok} ok + "
                f"{batch.rows_bad} bad + {batch.rows_set_aside} set aside"
            )
    return Summary(
        rows_in=sum(b.rows_in for b in batches),
        rows_refused=sum(b.rows_bad for b in batches),
        outputs={n: outputs[n] for n in TABLES if n in outputs},
        notes=tuple(notes),
    )
