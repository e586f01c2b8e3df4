"""Look for tokens and values in bytes, and open what packs them: Parquet, gzip, zip, workbooks."""

from __future__ import annotations

import gzip
import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

__all__ = ["Needles", "found_in"]

_CHUNK = 1 << 26
"""[bytes] A file is read in parts of this size."""
_OVERLAP = 1 << 12
"""[bytes] Parts share so much, so that nothing is cut in two: no identifier is longer."""

_SHORTEST = {False: 6, True: 4}
"""[characters] Shorter values stand everywhere by chance; as tokens they are found all the same."""

_PACKED = (".zip", ".xlsx", ".docx")
_HEX = re.compile(rb"[0-9a-f]{64,}")
_DIGITS = re.compile(rb"[0-9]{7,}")


@dataclass(frozen=True)
class Needles:
    """Tokens and values to look for.

    Attributes
    ----------
    tokens
        Tokens of the lake.
    values
        What people gave: it is looked for as it is, as a bare and a full phone number, and as JSON,
        HTML, addresses of the web and UTF-16 would write it; shorter ones than six characters are not
        looked for.
    whole
        A value counts only where no letter or digit stands beside it: for what is removed for good.
    """

    tokens: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    whole: bool = False

    @cached_property
    def _forms(self) -> dict[bytes, tuple[str, int]]:
        """Spelling → what it is, and the number of the token or value."""
        found = {t.encode(): ("token", i) for i, t in enumerate(self.tokens)}
        for i, value in enumerate(self.values):
            forms = _spellings(value, _SHORTEST[self.whole])
            found |= {form: ("value", i) for form in forms}
        return found

    @cached_property
    def _parts(self) -> tuple[list[tuple[re.Pattern[bytes], list[int]]], list[bytes]]:
        """Spellings that are runs of hex or digits are looked up run by run, the others one by one."""
        runs, rest = [], list(self._forms)
        for pattern in (_HEX, _DIGITS):
            mine = [form for form in rest if pattern.fullmatch(form)]
            rest = [form for form in rest if not pattern.fullmatch(form)]
            if mine:
                runs.append((pattern, sorted({len(form) for form in mine})))
        return runs, rest

    def find(self, data: bytes) -> set[tuple[str, int]]:
        """Return what is in the data: (`token` or `value`, its number)."""
        runs, rest = self._parts
        found = {self._forms[form] for form in rest if form in data and self._stands(form, data)}
        for pattern, lengths in runs:
            for run in set(pattern.findall(data)):
                for part in [run] if self.whole and pattern is _DIGITS else _parts_of(run, lengths):
                    if part in self._forms:
                        found.add(self._forms[part])
        return found

    def _stands(self, form: bytes, data: bytes) -> bool:
        """Say whether a spelling that is in the data stands on its own there, if it must."""
        if not self.whole or self._forms[form][0] == "token":
            return True
        alone = rb"(?<![0-9A-Za-z])" + re.escape(form) + rb"(?![0-9A-Za-z])"
        return re.search(alone, data) is not None


def _parts_of(run: bytes, lengths: Sequence[int]) -> Iterator[bytes]:
    """Yield the parts of a run that are as long as something that is looked for."""
    for n in lengths:
        yield from (run[i : i + n] for i in range(len(run) - n + 1))


def _spellings(value: str, shortest: int) -> set[bytes]:
    """Return the ways in which a value may stand in a file."""
    text = value.strip()
    bare = re.sub(r"[\s()+-]", "", text)
    bare = re.sub(r"^(0086|86)(?=1[3-9]\d{9}$)", "", bare)
    texts = {text}
    if re.fullmatch(r"1[3-9]\d{9}", bare):
        texts |= {
            bare,
            f"86{bare}",
            f"0086{bare}",
            f"{bare[:3]}-{bare[3:7]}-{bare[7:]}",
            f"{bare[:3]} {bare[3:7]} {bare[7:]}",
        }
    texts |= {t.split("/", 1)[1] for t in list(texts) if "/" in t}  # mall accounts: platform/id
    texts |= {
        form
        for t in list(texts)
        for form in (json.dumps(t)[1:-1], t.replace("/", "\\/"), html.escape(t), quote(t, safe=""))
    }
    encodings = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
    return {t.encode(e, "ignore") for t in texts if len(t) >= shortest for e in encodings}


def found_in(path: Path, needles: Needles) -> set[tuple[str, int]]:
    """Return which needles a file holds, packed or not.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        return _found(file, path.name, needles)


def _found(file: BinaryIO, name: str, needles: Needles) -> set[tuple[str, int]]:
    suffix = Path(name).suffix.lower()
    try:
        if suffix == ".parquet":
            return _union(needles.find(text) for text in _parquet_texts(file))
        if suffix == ".gz":
            with gzip.open(file) as inner:
                return _found(io.BytesIO(inner.read()), name[: -len(suffix)], needles)
        if suffix in _PACKED:
            with zipfile.ZipFile(file) as archive:
                parts = (n for n in archive.namelist() if not n.endswith("/"))
                return _union(_found(io.BytesIO(archive.read(n)), n, needles) for n in parts)
    except (pa.ArrowInvalid, zipfile.BadZipFile, gzip.BadGzipFile, EOFError):
        file.seek(0)  # a damaged file: what can be read of it is read
    return _union(needles.find(part) for part in _chunks(file))


def _union(parts: Iterable[set[tuple[str, int]]]) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for part in parts:
        found |= part
    return found


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    kept = b""
    while data := file.read(_CHUNK):
        yield kept + data
        kept = data[-_OVERLAP:]


def _parquet_texts(file: BinaryIO) -> Iterator[bytes]:
    """Yield the values of every column, each once a batch, and the file's own notes."""
    reader = pq.ParquetFile(file)
    yield "\n".join(_notes(reader)).encode()
    for batch in reader.iter_batches():
        for column in batch.columns:
            yield "\n".join(_texts(column)).encode()


def _notes(reader: pq.ParquetFile) -> Iterator[str]:
    """Yield what is written beside the values: names, key-value notes, statistics."""
    meta = reader.metadata
    for key, value in (meta.metadata or {}).items():
        yield f"{key.decode(errors='ignore')} {value.decode(errors='ignore')}"
    for group in range(meta.num_row_groups):
        for at in range(meta.num_columns):
            stats = meta.row_group(group).column(at).statistics
            if stats is not None and stats.has_min_max:
                yield f"{stats.min} {stats.max}"


def _texts(column: pa.Array) -> Sequence[str]:
    if pa.types.is_nested(column.type):
        return [json.dumps(v, default=str) for v in column.to_pylist() if v is not None]
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return [v.decode(errors="ignore") for v in column.to_pylist() if v is not None]
    text = pc.unique(column).drop_null().cast(pa.string())
    return [str(v) for v in text.to_pylist()]
