"""Tracked links in files: a plan of a shelf comes in, the table `tracked_links` goes out."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from liveattr.errors import ParameterError, did_you_mean
from liveattr.formats import read_preset
from liveattr.sources.links import COLUMNS

__all__ = ["keep_links", "read_plan"]


def read_plan(path: Path | None, given: Mapping[str, str]) -> pd.DataFrame:
    """Read the plan of a shelf, one row a link.

    Parameters
    ----------
    path
        CSV in UTF-8 or GB18030, with the columns of the template `tracked_links` (in English or
        Chinese) as far as they are needed. Without it the plan is the one row `given`.
    given
        Column → text for cells that the file leaves empty.

    Returns
    -------
    pandas.DataFrame
        Texts.

    Raises
    ------
    ParameterError
        If the file is not there, is empty, or has a column that the template does not have.
    """
    if path is None:
        return pd.DataFrame([dict(given)], dtype="object")
    plan = _read(path)
    unknown = sorted({str(name) for name in plan} - set(COLUMNS))
    if unknown:
        raise ParameterError(f"{path}: column {unknown[0]!r}; {did_you_mean(unknown[0], COLUMNS)}")
    if plan.empty:
        raise ParameterError(f"{path} has no row; one row is one link")
    for name, text in given.items():
        own = plan[name] if name in plan else pd.Series("", index=plan.index)
        plan[name] = own.where(own.str.strip() != "", text)
    return plan.drop(columns=["link_id", "link_sig"], errors="ignore")


def keep_links(links: pd.DataFrame, path: Path) -> int:
    """Add links to a table of links; a link that is in it already gets the newer times.

    Parameters
    ----------
    links
        From `make_links`.
    path
        CSV, as the preset `tracked_links` reads it; it is made where it is missing.

    Returns
    -------
    int
        Links that the table has now.

    Raises
    ------
    ParameterError
        If `path` is no `.csv`, or is a table of something else.
    """
    if path.suffix.lower() != ".csv":
        raise ParameterError(f"{path}: links are kept in a .csv file")
    rows = links[list(COLUMNS)]
    if path.exists():
        old = _read(path)
        if not set(COLUMNS) >= set(old) or "link_id" not in old:
            raise ParameterError(f"{path} is no table of links; name another file with --out")
        rows = pd.concat([old.reindex(columns=list(COLUMNS), fill_value=""), rows])
    rows = rows.drop_duplicates("link_id", keep="last")
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f".{path.name}.new")
    # With the mark in front, a Chinese spreadsheet opens the file as UTF-8.
    rows.to_csv(
        whole, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n"
    )
    whole.replace(path)
    return len(rows)


def _read(path: Path) -> pd.DataFrame:
    """Read a CSV as texts; headings of the template, English or Chinese, become its names."""
    names = {
        alias: name
        for name, field in read_preset("tracked_links").fields.items()
        for alias in (*field.aliases, field.zh)
    }
    if not path.is_file():
        raise ParameterError(f"there is no file {path}")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)
        except UnicodeDecodeError:
            continue
        except ValueError as error:  # no columns, or rows of another length
            raise ParameterError(f"{path} is no table: {error}") from error
        return frame.rename(columns=lambda head: names.get(head.strip(), head.strip()))
    raise ParameterError(f"{path} is neither UTF-8 nor GB18030; save it as one of the two")
