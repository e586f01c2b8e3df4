"""Look at quarantined records, and bring them back: `release` re-reads them from the raw file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from liveattr.errors import IngestError
from liveattr.lake import Lake
from liveattr.settings import Settings, load_settings
from liveattr.sources.batch import load_file
from liveattr.sources.books import Batch
from liveattr.sources.checks import WAIVABLE
from liveattr.sources.files import Source, find_sources

_WAITING = "released_at IS NULL AND ingest_id NOT IN (SELECT ingest_id FROM ingest_batch WHERE status = 'replaced')"
"""Rows that still wait: of a file that was mended since, the new batch tells."""

__all__ = ["list_quarantine", "release", "retry_orphans", "show_quarantine"]


def list_quarantine(lake: Lake) -> pd.DataFrame:
    """Count the records that are held back.

    Returns
    -------
    pandas.DataFrame
        `ingest_id, path, preset, reason_code, field, rows, expected`, most rows first.
    """
    return lake.sql(
        "SELECT ingest_id, path, preset, reason_code, field, count(*) AS rows, expected FROM quarantine_row "
        f"WHERE {_WAITING} GROUP BY ALL ORDER BY expected, rows DESC, path, reason_code, field"
    )


def show_quarantine(
    lake: Lake, ingest_id: str | None = None, *, code: str | None = None
) -> pd.DataFrame:
    """Show the records that are held back, with what is wrong.

    Returns
    -------
    pandas.DataFrame
        One row a record: `path, source_row, reason_code, field, value_redacted, detail, waits_for,
        expected, ingest_id`; `expected` are totals and rows that wait, not mistakes.
    """
    return lake.sql(
        "SELECT path, source_row, reason_code, field, value_redacted, detail, waits_for, expected, ingest_id "
        f"FROM quarantine_row WHERE {_WAITING} AND ($id IS NULL OR ingest_id = $id) "
        "AND ($code IS NULL OR reason_code = $code) ORDER BY path, source_row",
        id=ingest_id,
        code=code,
    )


def release(
    lake: Lake,
    raw: str | Path,
    *,
    ingest_id: str | None = None,
    code: str | None = None,
    accept: bool = False,
    settings: Settings | None = None,
    demo: bool = False,
) -> pd.DataFrame:
    """Read quarantined records again and load those that are right now.

    Parameters
    ----------
    raw
        The folder (or file) that was ingested.
    ingest_id, code
        Only this batch, only this reason code.
    accept
        You have looked at them and they are right: checks that only doubt a record (SUM_MISMATCH,
        TIME_ORDER, UNIT_SUSPECT, REFUND_GT_PAID, DUP_CONFLICT) are not made. A value that cannot be
        read stays out.

    Returns
    -------
    pandas.DataFrame
        `path, records, released, held`, one row a file.

    Raises
    ------
    IngestError
        If a file is not there any more, or is not the file that was read.
    """
    held = show_quarantine(lake, ingest_id, code=code)
    sources = {s.ingest_id: s for s in find_sources(Path(raw))} if len(held) else {}
    gone = sorted(set(held.loc[~held.ingest_id.isin(list(sources)), "path"]))
    if gone:
        raise IngestError(
            f"{gone[0]} is not below {raw} any more, or has changed; ingest it again instead"
        )
    failed = set(lake.sql("SELECT ingest_id FROM ingest_batch WHERE status = 'failed'").ingest_id)
    if failed & set(held.ingest_id):
        path = held.loc[held.ingest_id.isin(list(failed)), "path"].iloc[0]
        raise IngestError(
            f"{path} failed as a whole, so none of its rows is in a table: mend it, or raise "
            "bad_share_limit, and ingest it again"
        )
    codes = WAIVABLE if accept else ()
    told = []
    for batch_id, part in held.groupby("ingest_id", sort=True):
        rows = [int(r) for r in part.source_row]
        batch = _release(
            lake, sources[str(batch_id)], rows, codes, settings or load_settings(), demo
        )
        told.append(
            (sources[str(batch_id)].name, len(rows), batch.rows_ok, len(rows) - batch.rows_ok)
        )
    return pd.DataFrame(told, columns=["path", "records", "released", "held"])


def _release(
    lake: Lake,
    source: Source,
    rows: Sequence[int],
    waived: Collection[str],
    settings: Settings,
    demo: bool,
) -> Batch:
    """Load some records of a batch again; those that pass are marked and counted as loaded."""
    batch = load_file(lake, source, settings=settings, demo=demo, rows=rows, waived=waived)
    quarantine = lake.table("quarantine_row")
    mine = quarantine.ingest_id.eq(source.ingest_id)
    passed = mine & quarantine.source_row.isin(set(rows) - set(batch.held))
    done = quarantine[passed].assign(released_at=pd.Timestamp.now("UTC"))
    lake.write("quarantine_row", done, mode="upsert")
    still = quarantine[mine & quarantine.released_at.isna() & ~passed]
    row = lake.table("ingest_batch").query("ingest_id == @source.ingest_id").copy()
    row["rows_set_aside"] = int(still.expected.sum())
    row["rows_bad"] = len(still) - int(still.expected.sum())
    row["rows_ok"] = row.rows_in - len(still)
    lake.write("ingest_batch", row, mode="upsert")
    return batch


def retry_orphans(
    lake: Lake, sources: Sequence[Source], *, settings: Settings, demo: bool
) -> list[Batch]:
    """Load orphans whose order has come since, of the files that are at hand."""
    waiting = lake.sql(
        "SELECT q.ingest_id, list(q.source_row ORDER BY q.source_row) AS rows FROM quarantine_row q WHERE "
        f"q.reason_code = 'ORPHAN' AND {_WAITING} AND (q.waits_for IN (SELECT order_id FROM order_header) "
        "OR q.waits_for IN (SELECT line_id FROM order_line)) GROUP BY 1 ORDER BY 1"
    )
    at_hand = {s.ingest_id: s for s in sources}
    return [
        _release(lake, at_hand[batch], [int(r) for r in rows], (), settings, demo)
        for batch, rows in zip(waiting["ingest_id"], waiting["rows"], strict=True)
        if batch in at_hand
    ]
