"""`liveattr doctor`: is the installation, the key, the lake and the data in order, and what to do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pandas as pd
from packaging.requirements import Requirement

from liveattr.errors import LiveattrError
from liveattr.lake import open_lake
from liveattr.settings import load_settings
from liveattr.sources import list_quarantine
from liveattr.sources.files import find_sources
from liveattr.sources.tokens import KEY_VARIABLE, load_key

__all__ = ["doctor"]

Finding = tuple[str, str, str]
"""What was looked at; `ok`, `todo` or `wrong`; what was found or what to do."""


def doctor(lake: str | Path = "data/lake", raw: str | Path = "data/raw") -> pd.DataFrame:
    """Check the installation, keys, lake and data.

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
        *_lake(Path(lake)),
        *_browser(),
    ]
    return pd.DataFrame(found, columns=["check", "verdict", "what"])


def _installation() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    right = sys.version_info >= (3, 11)
    yield (
        "Python",
        "ok" if right else "wrong",
        version if right else f"{version}; needs 3.11 or later",
    )
    wrong = []
    for text in metadata.requires("liveattr") or []:
        need = Requirement(text)
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        try:
            there = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{need.name} is missing")
            continue
        if not need.specifier.contains(there, prereleases=True):
            wrong.append(f"{need.name} {there}, needs {need.specifier}")
    yield (
        (
            "packages",
            "wrong",
            "; ".join(wrong) + ": run `make report` or `make test`, they install the lock",
        )
        if wrong
        else ("packages", "ok", "all required packages fit")
    )


def _settings() -> Iterator[Finding]:
    try:
        settings = load_settings()
        yield (
            "settings",
            "ok",
            f"zone {settings.zone}, memory {settings.memory_limit}, {settings.threads} threads",
        )
    except LiveattrError as error:
        yield "settings", "wrong", str(error)


def _key() -> Iterator[Finding]:
    try:
        load_key()
        yield "token key", "ok", f"{KEY_VARIABLE} is set"
    except LiveattrError as error:
        yield "token key", "wrong" if os.environ.get(KEY_VARIABLE) else "todo", str(error)


def _raw(raw: Path) -> Iterator[Finding]:
    try:
        sources = find_sources(raw)
        yield (
            "raw files",
            "ok",
            f"{len(sources)} files of {len({s.spec.preset for s in sources})} presets",
        )
    except LiveattrError as error:
        yield "raw files", "todo", str(error)


def _lake(path: Path) -> Iterator[Finding]:
    if not path.is_dir():
        yield (
            "lake",
            "todo",
            f"{path} is empty; run `liveattr run`, or `liveattr demo` to see how it looks",
        )
        return
    try:
        lake = open_lake(path)
        versions = lake.versions()
        rows = lake.sql("SELECT count(*) AS n FROM order_header").n.item()
        yield "lake", "ok", f"{len(versions)} tables, {rows:,} orders"
        held = list_quarantine(lake)
        bad = int(held.loc[~held.expected, "rows"].sum()) if len(held) else 0
        say = (
            f"{bad:,} rows are held back; see `liveattr quarantine list`"
            if bad
            else "nothing is held back as bad"
        )
        yield "quarantine", "todo" if bad else "ok", say
        missing = lake.sql("SELECT count(*) AS n FROM sku_cogs").n.item() == 0
        say = (
            "no cost of goods: fill `liveattr template sku_cogs` for a true ROI"
            if missing
            else "given"
        )
        yield "cost of goods", "todo" if missing else "ok", say
    except LiveattrError as error:
        yield "lake", "wrong", str(error)


def _browser() -> Iterator[Finding]:
    there = shutil.which("chromium") or os.environ.get("CHROMIUM")
    say = "found" if there else "not found: only the tests that look at pages need it"
    yield "chromium", "ok" if there else "todo", say
