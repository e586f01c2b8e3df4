"""What would not have happened without a broadcast: gross, net, and how sure that is.

`measure_lift` does it on a lake. The functions behind it take frames and arrays, and need none:

- A, drawn at random: `plan_off_days`, `analyse_off_days` (people in arms: `liveattr.holdout`);
- B, single broadcasts: `broadcast_lift`; any series: `causal_effect`;
- C, rooms over weeks: `room_series` (days on and off air), `fit_hazard` (viewers), `pool_rooms` (both);
- D, what was only brought forward: `fit_frailty`, `net_factors`;
- `tipping_factor`: how strong hidden intent would have to be.
"""

from __future__ import annotations

from liveattr.incrementality.baseline import broadcast_lift
from liveattr.incrementality.calibration import Pooled, pool_rooms
from liveattr.incrementality.causal_impact import Effect, causal_effect
from liveattr.incrementality.exposure_effect import HazardFit, fit_hazard
from liveattr.incrementality.frailty import FrailtyFit, fit_frailty, read_histories
from liveattr.incrementality.memory import memory_of
from liveattr.incrementality.net import net_factors
from liveattr.incrementality.off_days import analyse_off_days
from liveattr.incrementality.planner import OffDayPlan, plan_off_days
from liveattr.incrementality.series import RoomSeries, room_series
from liveattr.incrementality.stage import measure_lift
from liveattr.incrementality.tipping import tipping_factor

__all__ = [
    "Effect",
    "FrailtyFit",
    "HazardFit",
    "OffDayPlan",
    "Pooled",
    "RoomSeries",
    "analyse_off_days",
    "broadcast_lift",
    "causal_effect",
    "fit_frailty",
    "fit_hazard",
    "measure_lift",
    "memory_of",
    "net_factors",
    "plan_off_days",
    "pool_rooms",
    "read_histories",
    "room_series",
    "tipping_factor",
]
