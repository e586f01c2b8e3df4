"""Journeys in whole numbers, from sessions, from paths as text, or from lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from liveattr.attribution.compat.columns import column, flags, numbers
from liveattr.attribution.path_table import Paths
from liveattr.errors import ParameterError, TableError

__all__ = ["Journeys", "from_lists", "from_sessions", "journeys_of_rows"]

HOUR_S = 3600.0
DAY_H = 24.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Journeys:
    """Journeys with what became of them.

    Attributes
    ----------
    ids
        Name of each journey.
    channels
        Names by code, in alphabetical order.
    codes, starts
        Channel of each touch, and where each journey begins.
    hours
        [h] How long before the last touch, or the conversion; None if nobody knows.
    converted, weight, value : numpy.ndarray, shape (n_journeys,)
        Whether it converted, how many journeys it stands for, and what one of them is worth.
    """

    ids: NDArray[np.object_]
    channels: tuple[str, ...]
    codes: NDArray[np.int32]
    starts: NDArray[np.int64]
    hours: Floats | None
    converted: NDArray[np.bool_]
    weight: Floats
    value: Floats

    @cached_property
    def paths(self) -> Paths:
        """The path table of these journeys."""
        return Paths(
            channels=self.channels,
            codes=self.codes,
            starts=self.starts,
            conversions=np.where(self.converted, self.weight, 0.0),
            value=self.value * self.weight,
            nulls=np.where(self.converted, 0.0, self.weight),
            age_s=None if self.hours is None else self.hours * HOUR_S,
        )

    def lists(self, per_touch: Floats) -> pd.Series:
        """Return numbers of touches as a list for each journey."""
        return pd.Series([part.tolist() for part in np.split(per_touch, self.starts[1:-1])])

    @property
    def frame(self) -> pd.DataFrame:
        """`journey_id, channels, time_till_conv` (lists), `has_conversion, weight, conversion_value`."""
        none = [[None] * n for n in np.diff(self.starts).tolist()]
        return pd.DataFrame(
            {
                "journey_id": self.ids,
                "channels": self.paths.frame()["path"],
                "time_till_conv": none if self.hours is None else self.lists(self.hours),
                "has_conversion": self.converted,
                "weight": self.weight,
                "conversion_value": self.value,
            }
        )


def from_sessions(
    frame: pd.DataFrame,
    *,
    who: Sequence[str],
    when: str,
    channel: str,
    converted: str | None,
    value: str | float | None = None,
    split: bool = False,
) -> Journeys:
    """Put the sessions of each person in order of time.

    Parameters
    ----------
    frame
        One row a session.
    who, when, channel
        Columns: whose it is, its moment, its channel.
    converted
        Column that says whether it converted; None if every journey did.
    value
        Column whose sum is the worth of a journey, or what a conversion is worth; 1 by default.
    split
        Whether a new journey begins after each conversion.

    Notes
    -----
    Sessions of one moment: those that converted come last, the others in order of channel. So the
    result does not depend on the order of rows.
    """
    people, moment = _people(frame, who), _moments(frame, when)
    codes, channels = _coded(_text(column(frame, "channels_colname", channel), channel))
    bought = (
        np.ones(len(frame), bool)
        if converted is None
        else flags(frame, "journey_with_conv_colname", converted)
    )
    order = np.lexsort((codes, bought, moment, people))
    people, moment, codes, bought = people[order], moment[order], codes[order], bought[order]
    new = np.diff(people, prepend=-1) != 0
    if split:
        new[1:] |= bought[:-1]
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(people))
    hours = (np.repeat(moment[ends - 1], ends - starts) - moment) / (HOUR_S * 1e6)
    success = np.logical_or.reduceat(bought, starts)
    if isinstance(value, str):
        worth = np.add.reduceat(numbers(frame, "conversion_value", value)[order], starts)
    else:
        worth = np.where(success, 1.0 if value is None else float(value), 0.0)
    return Journeys(
        ids=_names(frame, who, order[starts], people[starts], split=split),
        channels=channels,
        codes=codes,
        starts=np.append(starts, len(people)),
        hours=hours,
        converted=success,
        weight=np.ones(len(starts)),
        value=worth,
    )


def _people(frame: pd.DataFrame, who: Sequence[str]) -> NDArray[np.int64]:
    if not who:
        raise ParameterError("user_id_colname: sessions need the column that says whose they are")
    for name in who:
        if column(frame, "user_id_colname", name).isna().any():
            row = int(np.flatnonzero(frame[name].isna())[0])
            raise TableError(f"column {name!r}, row {row}: nobody")
    if not len(frame):
        raise TableError("df: there are no rows")
    return frame.groupby(list(who)).ngroup().to_numpy().astype(np.int64)


def _moments(frame: pd.DataFrame, when: str) -> NDArray[np.int64]:
    """Return moments in microseconds."""
    given = pd.to_datetime(column(frame, "datetime_colname", when), errors="coerce", utc=True)
    if given.isna().any():
        row = int(np.flatnonzero(given.isna())[0])
        raise TableError(f"column {when!r}, row {row}: {frame[when].iloc[row]!r} is no moment")
    naive = given.dt.tz_localize(None)
    return naive.to_numpy().astype("datetime64[us]").astype(np.int64)


def _names(
    frame: pd.DataFrame,
    who: Sequence[str],
    rows: NDArray[np.int64],
    people: NDArray[np.int64],
    *,
    split: bool,
) -> NDArray[np.object_]:
    """Return what journeys are called: their person, and with `split` `_J` and a count from 0."""
    given = frame[list(who)].iloc[rows].astype(str)
    text = given.iloc[:, 0]
    for name in given.columns[1:]:
        text = text + "/" + given[name]
    if split:
        text = (
            text + "_J" + pd.Series(people, index=text.index).groupby(people).cumcount().astype(str)
        )
    return text.to_numpy(dtype=object)


def from_lists(
    frame: pd.DataFrame,
    *,
    channel: str,
    sep: str,
    ids: NDArray[np.object_],
    hours: str | None,
    converted: NDArray[np.bool_],
    weight: Floats,
    value: Floats,
) -> Journeys:
    """Take paths as text with a separator of any length, or as lists."""
    lists = _lists(column(frame, "channels_colname", channel), channel, sep, pa.large_string())
    codes, channels = _coded(lists.flatten(), channel)
    starts = lists.offsets.to_numpy().astype(np.int64)
    times = None
    if hours is not None:
        given = _lists(column(frame, "time_till_conv_colname", hours), hours, sep, pa.float64())
        if not np.array_equal(given.offsets.to_numpy(), starts):
            row = int(np.flatnonzero(np.diff(given.offsets.to_numpy()) != np.diff(starts))[0])
            raise TableError(f"column {hours!r}, row {row}: one time for each touch of the path")
        times = given.flatten().to_numpy(zero_copy_only=False)
        bad = np.flatnonzero(~(np.isfinite(times) & (times >= 0)))
        if len(bad):
            row = int(np.searchsorted(starts, bad[0], side="right")) - 1
            raise TableError(f"column {hours!r}, row {row}: {times[bad[0]]} is no number of hours")
    return Journeys(ids, channels, codes, starts, times, converted, weight, value)


def journeys_of_rows(
    frame: pd.DataFrame,
    channels: str,
    converted: str | None,
    value: float | str,
    times: str | None,
    who: Sequence[str],
    sep: str,
) -> Journeys:
    """Take one row a journey; without times, touches a day apart (`skip_column`: none)."""
    n = len(frame)
    named = column(frame, "group_channels_by_id_list", who[0]) if who else frame.index
    won = np.ones(n, bool) if converted is None else flags(frame, "journey_with_conv", converted)
    if isinstance(value, str):
        worth = numbers(frame, "conversion_value", value)
    else:
        worth = np.where(won, float(value), 0.0)
    made = from_lists(
        frame,
        channel=channels,
        sep=sep,
        ids=named.astype(str).to_numpy(dtype=object),
        hours=None if times == "skip_column" else times,
        converted=won,
        weight=np.ones(n),
        value=worth,
    )
    if times is not None:
        return made
    lengths = np.diff(made.starts)
    left = np.repeat(made.starts[1:], lengths) - np.arange(made.starts[-1]) - 1.0
    return replace(made, hours=(left * DAY_H).astype(np.float64))


def _lists(given: pd.Series, name: str, sep: str, kind: pa.DataType) -> pa.LargeListArray:
    """Return a column of text or lists as lists."""
    missing = np.flatnonzero(given.isna())
    if not len(given) or len(missing):
        row = f"column {name!r}, row {missing[0]}: it is missing" if len(missing) else "df: no rows"
        raise TableError(row)
    try:
        if isinstance(given.iloc[0], str):
            text = pa.array(given.astype(object), pa.large_string())
            parts = pc.split_pattern(text, pattern=sep)
            inner = pc.utf8_trim_whitespace(parts.flatten())
            return pa.LargeListArray.from_arrays(_long(parts), inner.cast(kind))
        return pa.array(given.astype(object), pa.large_list(kind))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise TableError(
            f"column {name!r}: all are text with {sep!r} between touches, or all lists ({error})"
        ) from error


def _long(parts: pa.Array) -> pa.Array:
    return parts.offsets.cast(pa.int64())


def _text(given: pd.Series, name: str) -> pa.Array:
    missing = np.flatnonzero(given.isna())
    if len(missing):
        raise TableError(f"column {name!r}, row {missing[0]}: no channel")
    return pa.array(given.astype(object).astype(str), pa.large_string())


def _coded(names: pa.Array, name: str = "channels") -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return codes and channels in alphabetical order."""
    coded = names.dictionary_encode()
    given = [str(each).strip() for each in coded.dictionary.to_pylist()]
    if coded.null_count or "" in given:
        raise TableError(f"column {name!r}: the name of a channel is empty")
    channels = tuple(sorted(set(given)))
    place = {each: code for code, each in enumerate(channels)}
    lookup = np.array([place[each] for each in given], np.int32)
    return lookup[coded.indices.to_numpy(zero_copy_only=False)], channels
