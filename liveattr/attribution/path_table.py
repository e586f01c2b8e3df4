"""The path table: journeys of a kind in a row, with how many bought, for how much, and how many not.

Every function of this room takes the table as a frame, or coded as `Paths`. Inside, touches are whole
numbers path after path; names appear again in the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from liveattr.errors import TableError, did_you_mean

__all__ = ["Paths", "read_paths"]

CHUNK = 500_000
"""[rows] of text that are coded at a time, so that memory stays bounded."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Paths:
    """A path table in whole numbers; made by `read_paths`, or of arrays by hand.

    Attributes
    ----------
    channels
        Names by code, each once.
    codes : numpy.ndarray of int32, shape (n_touches,)
        Channel of each touch, path after path, earliest first.
    starts : numpy.ndarray of int64, shape (n_paths + 1,)
        Where each path begins in `codes`; the last one is the number of touches.
    conversions, value, nulls : numpy.ndarray of float64, shape (n_paths,)
        Totals of each row: how many bought, what it was worth, how many did not buy.
    age_s : numpy.ndarray of float64, shape (n_touches,), or None
        [s] How long before the order each touch was.
    person : numpy.ndarray of int64, shape (n_paths,), or None
        Whose journeys these are, as codes from 0.

    Examples
    --------
    >>> Paths(("live", "sms"), [0, 1, 0], [0, 2, 3], [1, 0], [30.0, 0.0], [0, 1]).text(0)
    'live > sms'
    """

    channels: tuple[str, ...]
    codes: NDArray[np.int32]
    starts: NDArray[np.int64]
    conversions: Floats
    value: Floats
    nulls: Floats
    age_s: Floats | None = None
    person: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "channels", tuple(self.channels))
        put(self, "codes", np.ascontiguousarray(self.codes, np.int32))
        put(self, "starts", np.ascontiguousarray(self.starts, np.int64))
        for name in ("conversions", "value", "nulls"):
            put(self, name, np.ascontiguousarray(getattr(self, name), np.float64))
        if self.age_s is not None:
            put(self, "age_s", np.ascontiguousarray(self.age_s, np.float64))
        if self.person is not None:
            put(self, "person", np.ascontiguousarray(self.person, np.int64))
        _check(self)

    def __repr__(self) -> str:
        return (
            f"<Paths: {len(self):,} rows, {len(self.codes):,} touches of {len(self.channels):,} "
            f"channels; {self.conversions.sum():,.10g} conversions, {self.nulls.sum():,.10g} nulls>"
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Touches of each path."""
        return np.diff(self.starts)

    def with_columns(self, **columns: NDArray[Any] | None) -> Paths:
        """Return the same paths with other columns, which are right and are not checked again."""
        made = copy(self)
        for name, values in columns.items():
            object.__setattr__(made, name, values)
        return made

    def text(self, row: int) -> str:
        """Return a path as text."""
        codes = self.codes[self.starts[row] : self.starts[row + 1]]
        return " > ".join(self.channels[code] for code in codes)

    def frame(self) -> pd.DataFrame:
        """Return the table as a frame: `path` (lists), `conversions, value, nulls`, and what it has."""
        names = np.array(self.channels, dtype=object)[self.codes]
        cuts = self.starts[1:-1]
        out = {
            "path": [list(part) for part in np.split(names, cuts)] if len(self) else [],
            "conversions": self.conversions,
            "value": self.value,
            "nulls": self.nulls,
        }
        frame = pd.DataFrame(out)
        if self.age_s is not None:
            ages = np.split(self.age_s, cuts) if len(self) else []
            frame["age_s"] = [list(part) for part in ages]
        if self.person is not None:
            frame["person_id"] = self.person
        return frame


def _check(paths: Paths) -> None:
    """Refuse arrays that do not fit together, and numbers that mean nothing."""
    starts, n = paths.starts, len(paths)
    if not len(starts) or starts[0] != 0 or starts[-1] != len(paths.codes):
        raise TableError("starts: begins with 0 and ends with the number of touches")
    if n and int(np.diff(starts).min()) < 1:
        row = int(np.flatnonzero(np.diff(starts) < 1)[0])
        raise TableError(f"paths, row {row}: a path has at least one touch; leave empty ones out")
    if len(paths.codes) and not 0 <= paths.codes.min() <= paths.codes.max() < len(paths.channels):
        raise TableError("codes: each is the place of a name in channels")
    if len(set(paths.channels)) != len(paths.channels):
        raise TableError("channels: a name is there twice")
    for name in ("conversions", "value", "nulls"):
        numbers = getattr(paths, name)
        if numbers.shape != (n,):
            raise TableError(f"column {name!r}: {len(numbers)} numbers for {n} paths")
        least = 0.0 if name != "value" else -np.inf
        if n == 0 or (np.isfinite(numbers.sum()) and numbers.min() >= least):
            continue
        bad = ~np.isfinite(numbers) | (numbers < least)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            rest = "" if name == "value" else " that is not negative"
            raise TableError(f"column {name!r}, row {row}: {numbers[row]} is no number{rest}")
    weight = paths.conversions + paths.nulls
    if n and weight.min() == 0 and (lost := (weight == 0) & (paths.value != 0)).any():
        row = int(np.flatnonzero(lost)[0])
        raise TableError(
            f"column 'value', row {row}: {paths.value[row]:g} without a conversion or a null; "
            f"say how many journeys it belongs to"
        )
    if paths.age_s is not None and paths.age_s.shape != paths.codes.shape:
        raise TableError(f"age_s: {len(paths.age_s)} ages for {len(paths.codes)} touches")
    if paths.person is not None and paths.person.shape != (n,):
        raise TableError(f"person: {len(paths.person)} for {n} paths")


def read_paths(
    paths: pd.DataFrame | Paths,
    *,
    sep: str = ">",
    cluster: str | None = None,
) -> Paths:
    """Check a path table and code it.

    Parameters
    ----------
    paths
        One row a path, or a kind of path: `path` (text such as `live > sms`, or a list of names),
        `conversions`; `value` and `nulls` are 0 where they are missing. Counts and values may be
        fractions, values also negative. Optional: `age_s` (a list: seconds of each touch before
        the order). `Paths` are handed through.
    sep
        One character between names in text. A list may hold names with that character.
    cluster
        Column that says whose journey a row is, usually `person_id`.

    Returns
    -------
    Paths
        Channels in alphabetical order; blanks around names are gone.

    Raises
    ------
    TableError
        If a column is missing, a path or a name is empty, a count is negative, a number is missing
        or infinite, or ages do not fit their path. The message names row and column.
    """
    if isinstance(paths, Paths):
        if cluster is not None and paths.person is None:
            raise TableError("cluster: these Paths have no person")
        return paths if cluster is not None else paths.with_columns(person=None)
    if not isinstance(paths, pd.DataFrame):
        raise TableError(f"paths: a pandas frame or Paths, not {type(paths).__name__}")
    wanted = ["path", "conversions", *([cluster] if cluster is not None else [])]
    for name in wanted:
        if name not in paths.columns:
            hint = did_you_mean(name, map(str, paths.columns)) if len(paths.columns) else ""
            raise TableError(f"paths: column {name!r} is missing; {hint}")
    codes, starts, names = _code_paths(paths["path"], sep)
    codes, channels = _in_order(codes, names)
    n = len(paths)
    return Paths(
        channels=channels,
        codes=codes,
        starts=starts,
        conversions=_numbers(paths, "conversions"),
        value=_numbers(paths, "value") if "value" in paths.columns else np.zeros(n),
        nulls=_numbers(paths, "nulls") if "nulls" in paths.columns else np.zeros(n),
        age_s=_ages(paths["age_s"], starts) if "age_s" in paths.columns else None,
        person=None if cluster is None else _persons(paths[cluster]),
    )


def _numbers(paths: pd.DataFrame, name: str) -> Floats:
    try:
        return paths[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise TableError(f"column {name!r}: these are no numbers ({error})") from error


def _persons(column: pd.Series) -> NDArray[np.int64]:
    if column.isna().any():
        row = int(np.flatnonzero(column.isna())[0])
        raise TableError(
            f"column {column.name!r}, row {row}: nobody; give whom you do not know a name of his own"
        )
    codes, _ = pd.factorize(column)
    return codes.astype(np.int64)


def _code_paths(
    column: pd.Series, sep: str
) -> tuple[NDArray[np.int32], NDArray[np.int64], list[str]]:
    """Return codes, starts and names; of lists or of text."""
    if len(sep) != 1 or ord(sep) >= 128:
        raise TableError(f"sep: one plain character, not {sep!r}")
    if not len(column):
        return np.empty(0, np.int32), np.zeros(1, np.int64), []
    if column.isna().any():
        raise TableError(f"column 'path', row {int(np.flatnonzero(column.isna())[0])}: no path")
    first = column.iloc[0]
    parts = [
        _code_chunk(column.iloc[at : at + CHUNK], at, sep, as_list=not isinstance(first, str))
        for at in range(0, len(column), CHUNK)
    ]
    if len(parts) == 1:
        return parts[0]
    place: dict[str, int] = {}
    for _, _, names in parts:
        for name in names:
            place.setdefault(name, len(place))
    codes = np.concatenate(
        [np.array([place[n] for n in names], np.int32)[codes] for codes, _, names in parts]
    )
    ends = np.cumsum([0] + [int(starts[-1]) for _, starts, _ in parts])
    moved = [starts[1:] + end for (_, starts, _), end in zip(parts, ends, strict=False)]
    return codes, np.concatenate([np.zeros(1, np.int64), *moved]), list(place)


def _code_chunk(
    column: pd.Series, offset: int, sep: str, *, as_list: bool
) -> tuple[NDArray[np.int32], NDArray[np.int64], list[str]]:
    from liveattr.attribution.path_text import code_text

    try:
        kind = pa.large_list(pa.string()) if as_list else pa.large_string()
        given = pa.array(column, type=kind, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise TableError(
            f"column 'path': all are text such as 'live > sms', or all lists of names ({error})"
        ) from error
    if isinstance(given, pa.ChunkedArray):
        given = given.combine_chunks()
    if not as_list:
        codes, starts, names, empty = code_text(given, sep)
        if empty >= 0:
            text = column.iloc[empty]
            raise TableError(f"column 'path', row {offset + empty}: a name is empty in {text!r}")
        return codes, starts, names
    coded = given.flatten().dictionary_encode()
    if coded.null_count:
        raise TableError("column 'path': a name in a list is missing")
    offsets = given.offsets.to_numpy()
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    names = [name.strip() for name in coded.dictionary.to_pylist()]
    if "" in names:
        raise TableError("column 'path': a name in a list is empty")
    return codes, (offsets - offsets[0]).astype(np.int64), names


def _in_order(
    codes: NDArray[np.int32], names: Sequence[str]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Renumber so that names are in alphabetical order and each is there once."""
    cleaned = [name.strip() for name in names]
    channels = tuple(sorted(set(cleaned)))
    place = {name: code for code, name in enumerate(channels)}
    lookup: ArrayLike = [place[name] for name in cleaned]
    return np.array(lookup, np.int32)[codes] if len(names) else codes, channels


def _ages(column: pd.Series, starts: NDArray[np.int64]) -> Floats:
    """Flatten the ages; they fit their paths, touch by touch."""
    if not len(column):
        return np.empty(0)
    try:
        given = pa.array(column, type=pa.large_list(pa.float64()), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise TableError(f"column 'age_s': a list of seconds for each path ({error})") from error
    if isinstance(given, pa.ChunkedArray):
        given = given.combine_chunks()
    offsets = given.offsets.to_numpy()
    wrong = np.diff(offsets) != np.diff(starts)
    if given.null_count:
        wrong |= ~np.asarray(given.is_valid())
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise TableError(f"column 'age_s', row {row}: one age for each touch of the path")
    ages = given.flatten().to_numpy(zero_copy_only=False)
    if not np.isfinite(ages).all() or (len(ages) and ages.min() < 0):
        at = int(np.flatnonzero(~np.isfinite(ages) | (ages < 0))[0])
        row = int(np.searchsorted(starts, at, side="right")) - 1
        raise TableError(f"column 'age_s', row {row}: {ages[at]} is no age; a touch comes before")
    return ages
