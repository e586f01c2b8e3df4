"""Public data as first-class data sets: each states origin, licence, size and columns.

A data set is loaded into a lake of its own, `data/demo/<name>/lake`, with the public demo key; it
never touches `data/raw` or `data/lake`.

Examples
--------
>>> from liveattr.sources import datasets
>>> datasets.info("complete_journey").licence.split(";")[0]
'package: MIT'
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from liveattr.errors import ParameterError, did_you_mean
from liveattr.lake import Lake, open_lake
from liveattr.settings import Settings, load_settings
from liveattr.sources.datasets import complete_journey, online_retail, sample_broadcast
from liveattr.sources.datasets.base import Dataset
from liveattr.sources.stage import ingest

__all__ = ["DATASETS", "Dataset", "home", "info", "list_datasets", "load", "settings_of"]

DATASETS: dict[str, Dataset] = {
    d.name: d for d in (sample_broadcast.DATASET, complete_journey.DATASET, online_retail.DATASET)
}
"""The data sets by name."""

_SETTINGS = "liveattr.toml"


def info(name: str) -> Dataset:
    """Return what is known of a data set; an unknown name is an error with a suggestion."""
    if name not in DATASETS:
        raise ParameterError(f"there is no data set {name!r}; {did_you_mean(name, DATASETS)}")
    return DATASETS[name]


def list_datasets() -> pd.DataFrame:
    """List the data sets.

    Returns
    -------
    pandas.DataFrame
        `name, title, size, licence, origin`.
    """
    rows = [(d.name, d.title, d.size, d.licence, d.origin) for d in DATASETS.values()]
    return pd.DataFrame(rows, columns=["name", "title", "size", "licence", "origin"])


def home() -> Path:
    """Return the folder that demos are kept in: `data/demo` of the project that we stand in.

    The project is the nearest folder above the working folder with a `pyproject.toml` or a
    `liveattr.toml`, so that a notebook in `notebooks/` finds the demos of the repository; else it is
    the working folder.
    """
    here = Path.cwd()
    marks = ("pyproject.toml", _SETTINGS)
    project = next((p for p in (here, *here.parents) if any((p / m).exists() for m in marks)), here)
    return project / "data" / "demo"


def load(name: str, root: str | Path | None = None, *, path: str | Path | None = None) -> Lake:
    """Load a data set into a lake of its own, `<root>/<name>/lake`; again it changes nothing.

    Parameters
    ----------
    name
        `sample_broadcast`, `complete_journey` or `online_retail`.
    root
        Folder of demos; by default `home()`.
    path
        Where the data is, for data sets that are not part of the package (`online_retail`: the full
        set; without it, or `LIVEATTR_DATA`, the committed excerpt is loaded).

    Returns
    -------
    Lake
        The lake of the data set.

    Raises
    ------
    ParameterError
        If there is no such data set.
    MissingDataError
        If its files are not there; the message says how to get them.
    """
    dataset = info(name)
    folder = Path(root or home()) / name
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    (folder / _SETTINGS).write_text(dataset.settings, encoding="utf-8")
    raw = dataset.prepare(folder / "raw", Path(path) if path is not None else None)
    lake = open_lake(folder / "lake")
    ingest(lake, raw, settings=settings_of(name, root), demo=True)
    return lake


def settings_of(name: str, root: str | Path | None = None) -> Settings:
    """Return the settings that belong to a loaded data set (`<root>/<name>/liveattr.toml`)."""
    return load_settings(Path(root or home()) / info(name).name / _SETTINGS)
