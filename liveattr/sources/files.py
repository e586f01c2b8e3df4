"""Which files lie below a folder, and which preset reads each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from liveattr.errors import IngestError, did_you_mean
from liveattr.formats import Spec, preset_names, read_preset

__all__ = ["Source", "find_sources"]

_CUSTOM = "preset.yaml"
_DATASETS = ("sample_broadcast",)
"""Folders of `data/raw` that are datasets of the package: loaded by `liveattr demo` only."""

_SKIPPED = (".md", ".yaml", ".yml")
_FIRST = (
    "test_account",
    "consent_act",
    "campaign",
    "broadcast",
    "tracked_link",
    "sku_map",
    "order_header",
    "refund",
)
"""Tables that others refer to: their files are read first, in this order."""


@dataclass(frozen=True)
class Source:
    """One file, with the preset that reads it and its path below the ingested folder."""

    spec: Spec
    path: Path
    name: str

    @cached_property
    def sha256(self) -> str:
        """Hash of the file's content."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @cached_property
    def ingest_id(self) -> str:
        """Id of the batch: the same file read with the same preset, to the letter."""
        text = f"{self.sha256} {self.spec.model_dump_json()}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def find_sources(path: Path, preset: str | None = None) -> list[Source]:
    """Find the files below a folder and the preset of each.

    `data/raw/<preset>/file` and `data/raw/<anything>/preset.yaml` + files are recognised; one file,
    or a folder that is itself named after a preset, works too.

    Raises
    ------
    IngestError
        If nothing is there, or a folder's name is no preset.
    """
    if not path.exists():
        raise IngestError(f"{path} does not exist; put your exports into data/raw/<preset>/")
    if preset is not None:
        spec = read_preset(preset)
        files = [path] if path.is_file() else _files(path)
        return [Source(spec, f, _name(f, path)) for f in files]
    folder = path.parent if path.is_file() else path
    own = _spec_of(folder)
    if own is not None:
        files = [path] if path.is_file() else _files(folder)
        return [Source(own, f, f"{folder.name}/{_name(f, folder)}") for f in files]
    if path.is_file():
        raise IngestError(
            f"{path.name}: its folder {folder.name!r} is no preset; name one with --preset, "
            f"{did_you_mean(folder.name, preset_names())}"
        )
    found: list[Source] = []
    for sub in sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith(".")):
        spec_of_sub = _spec_of(sub)
        if spec_of_sub is None:
            if sub.name in _DATASETS:
                continue
            raise IngestError(
                f"{sub.name!r} in {path.name} is no preset; {did_you_mean(sub.name, preset_names())}; "
                f"or put a {_CUSTOM} of your own into it"
            )
        found += [Source(spec_of_sub, f, f"{sub.name}/{_name(f, sub)}") for f in _files(sub)]
    loose = [f.name for f in _files(path) if f.parent == path]
    if loose:
        raise IngestError(
            f"{loose[0]!r} lies in {path}, which is no preset; move it into {path}/<preset>/ "
            "(`liveattr presets` lists them), or name one with --preset"
        )
    if not found:
        raise IngestError(
            f"there are no files below {path}; put your exports into {path}/<preset>/ "
            "(`liveattr presets` lists them)"
        )
    return sorted(found, key=lambda s: (_rank(s.spec), s.name))


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder and of its folders, such as one a month."""

    def counts(path: Path) -> bool:
        hidden = any(part.startswith((".", "~")) for part in path.relative_to(folder).parts)
        return path.is_file() and not hidden and path.suffix.lower() not in _SKIPPED

    return sorted(path for path in folder.rglob("*") if counts(path))


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix() if file != folder else file.name


def _spec_of(folder: Path) -> Spec | None:
    if (folder / _CUSTOM).exists():
        return read_preset(folder / _CUSTOM)
    return read_preset(folder.name) if folder.name in preset_names() else None


def _rank(spec: Spec) -> int:
    return min((_FIRST.index(t) for t in spec.tables if t in _FIRST), default=len(_FIRST))
