"""Columns of a frame that somebody else's call names."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError, TableError, did_you_mean

__all__ = ["as_pandas", "column", "flags", "numbers"]


def as_pandas(frame: object, argument: str) -> pd.DataFrame:
    """Return a frame of pandas or polars as pandas."""
    if isinstance(frame, pd.DataFrame):
        return frame
    turn = getattr(frame, "to_pandas", None)
    if turn is None:
        raise ParameterError(f"{argument}: a pandas or polars frame, not {type(frame).__name__}")
    out = turn()
    assert isinstance(out, pd.DataFrame)
    return out


def column(frame: pd.DataFrame, argument: str, name: str | None) -> pd.Series:
    """Return a column, or say which argument is wrong."""
    if not isinstance(name, str) or name not in frame.columns:
        hint = did_you_mean(str(name), map(str, frame.columns)) if len(frame.columns) else ""
        raise ParameterError(f"{argument}: there is no column {name!r}; {hint}")
    return frame[name]


def flags(frame: pd.DataFrame, argument: str, name: str | None) -> NDArray[np.bool_]:
    """Return a column of True and False, or of 1 and 0."""
    given = pd.to_numeric(column(frame, argument, name), errors="coerce")
    known = given.isin([0, 1]).to_numpy()
    if not known.all():
        row = int(np.flatnonzero(~known)[0])
        raise TableError(
            f"column {name!r}, row {row}: {frame[name].iloc[row]!r} is not True or False"
        )
    return given.to_numpy(dtype=bool)


def numbers(frame: pd.DataFrame, argument: str, name: str | None) -> NDArray[np.float64]:
    """Return a column of numbers; 0 where one is missing."""
    try:
        out = column(frame, argument, name).to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise TableError(f"column {name!r}: these are no numbers ({error})") from error
    return np.where(np.isnan(out), 0.0, out)
