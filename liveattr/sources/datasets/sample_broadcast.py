"""A hand-made Douyin broadcast of about 30 orders whose statement was worked out by hand."""

from __future__ import annotations

from pathlib import Path

import liveattr
from liveattr.errors import MissingDataError
from liveattr.sources.datasets.base import Dataset

__all__ = ["DATASET"]

_FOLDER = Path("data", "raw", "sample_broadcast")


def _prepare(raw: Path, path: Path | None) -> Path:
    places = [path] if path is not None else [Path(liveattr.__file__).parents[1] / _FOLDER, _FOLDER]
    found = next((p for p in places if p.is_dir()), None)
    if found is None:
        raise MissingDataError(
            f"the folder {_FOLDER} of the repository is not here; clone it, or give its path"
        )
    return found


DATASET = Dataset(
    name="sample_broadcast",
    title="Sample broadcast",
    origin="made by hand for this project, in the platforms' documented formats; no real shop, no real person",
    licence="Apache-2.0, as the project",
    size="one Douyin broadcast of about 30 orders, and a small second one; January and February 2026",
    columns={"data/raw/sample_broadcast": "one folder a preset; see data/raw/README.md"},
    first_rows="",
    settings="# The sample broadcast uses the defaults.\n",
    prepare=_prepare,
)
