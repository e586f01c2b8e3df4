"""What would not have happened without a broadcast: gross, net, and how sure that is.

`measure_lift` does it on a lake. The functions behind it take frames and arrays, and need none.
"""

from __future__ import annotations

from liveattr.incrementality.calibration import Pooled, pool_rooms
from liveattr.incrementality.series import RoomSeries, room_series
from liveattr.incrementality.stage import measure_lift
from liveattr.incrementality.tipping import tipping_factor

__all__ = [
    "Pooled",
    "RoomSeries",
    "measure_lift",
    "pool_rooms",
    "room_series",
    "tipping_factor",
]
