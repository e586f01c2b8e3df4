"""What followed a snapshot, read off a landmark frame; and the frame as it would have been earlier."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import MissingDataError, TableError

__all__ = ["censor_at", "data_end", "outcome", "snapshot_days", "watched"]

Floats = NDArray[np.float64]
NEEDED = (
    "person_id",
    "snapshot_on",
    "duration_days",
    "event",
    "frequency",
    "recency_days",
    "tenure_days",
)


def data_end(landmarks: pd.DataFrame) -> pd.Timestamp:
    """Return the day up to which orders are known: the farthest that any row looks."""
    _check(landmarks)
    return pd.Timestamp((snapshot_days(landmarks) + _durations(landmarks)).max())


def snapshot_days(landmarks: pd.DataFrame) -> pd.Series:
    """Return `snapshot_on` as timestamps."""
    return pd.to_datetime(landmarks["snapshot_on"])


def watched(landmarks: pd.DataFrame) -> NDArray[np.int64]:
    """Return [days] from each row's snapshot to the end of the data."""
    days = data_end(landmarks) - snapshot_days(landmarks)
    return days.dt.days.to_numpy(dtype=np.int64)


def outcome(landmarks: pd.DataFrame, horizon: int) -> Floats:
    """Return 1 where an order came within the horizon, else 0; only for rows watched that long."""
    came = landmarks["event"].to_numpy(bool) & (
        landmarks["duration_days"].to_numpy(float) <= horizon
    )
    return came.astype(np.float64)


def censor_at(landmarks: pd.DataFrame, cut: pd.Timestamp) -> pd.DataFrame:
    """Return the rows as they stood at the end of an earlier day: later orders were not known.

    Parameters
    ----------
    landmarks
        Landmark frame.
    cut
        Rows of snapshots before it remain; who ordered after it counts as silent until then.
    """
    days = snapshot_days(landmarks)
    rows = landmarks[(days < cut).to_numpy()].copy()
    seen = (cut - snapshot_days(rows)).dt.days.to_numpy(float)
    lasted = rows["duration_days"].to_numpy(float)
    rows["event"] = rows["event"].to_numpy(bool) & (lasted <= seen)
    rows["duration_days"] = np.minimum(lasted, seen)
    return rows


def _durations(landmarks: pd.DataFrame) -> pd.Series:
    return pd.to_timedelta(landmarks["duration_days"], unit="D")


def _check(landmarks: pd.DataFrame) -> None:
    for name in NEEDED:
        if name not in landmarks.columns:
            raise TableError(f"landmarks: column {name!r} is missing; `landmarks(...)` makes it")
    if not len(landmarks):
        raise MissingDataError(
            "landmarks has no rows: the orders reach back less than two snapshots"
        )
