"""What every data set states, and how its raw files are made once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

__all__ = ["Dataset", "file_stamp", "make_once"]


@dataclass(frozen=True)
class Dataset:
    """Facts of a data set.

    Attributes
    ----------
    columns
        File → its columns with units.
    first_rows
        The first rows as text, to recognise the data by.
    settings
        Text of the `liveattr.toml` that fits the data, with the reasons.
    prepare
        Writes raw files into a folder (given: that folder, and a path or None) and returns the
        folder to ingest.
    """

    name: str
    title: str
    origin: str
    licence: str
    size: str
    columns: dict[str, str]
    first_rows: str
    settings: str
    prepare: Callable[[Path, Path | None], Path]

    def __str__(self) -> str:
        lines = [f"{self.title} ({self.name})", f"  {self.size}", f"  origin: {self.origin}"]
        lines += [f"  licence: {self.licence}", *(f"  {k}: {v}" for k, v in self.columns.items())]
        return "\n".join([*lines, "", self.first_rows.strip("\n")])


def file_stamp(*paths: Path) -> str:
    """Return a hash of names and contents of files."""
    found = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            found.update(
                f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode()
            )
    return found.hexdigest()


def make_once(raw: Path, stamp: str, queries: dict[str, str]) -> None:
    """Write each query's rows to a Parquet file below `raw`, unless the stamp says it is done."""
    done = raw / ".stamp"
    text = hashlib.sha256((stamp + repr(sorted(queries.items()))).encode()).hexdigest()
    if done.exists() and done.read_text() == text:
        return
    with duckdb.connect() as con:
        for name, query in queries.items():
            target = raw / name
            target.parent.mkdir(parents=True, exist_ok=True)
            con.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    done.write_text(text)
