"""Who came, by which channel, with what in mind: exposures, orders and lost wishes in one table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.world import BRUSHED, CHANNELS, DIRECT, INJECTED, LIVE, Segment, World

__all__ = ["LOST", "NONE", "ORDERED", "TOUCHED", "event_number", "visit_key", "visits"]

NONE, ORDERED, LOST, TOUCHED = range(4)
"""What a visit is for: nothing, an order, a wish that came to nothing, a touch put in from outside."""

_COLUMNS = ("person", "day", "channel", "broadcast", "serial", "aim", "aim_us", "place", "sku")
_SCRAMBLE = np.uint64(0x9E3779B97F4A7C15)
_MINUTE_US = 60_000_000
_EIGHT_HOURS_US = 8 * 3600 * 1_000_000


def visits(segment: Segment, world: World) -> pd.DataFrame:
    """Return every exposure of a segment, with what it led to.

    Returns
    -------
    pandas.DataFrame
        `person int32, day int16, channel int8, broadcast int16 (-1), serial int8, aim int8 (NONE,
        ORDERED, LOST, TOUCHED), aim_us int64 (moment of the order, the wish or the touch; -1), place
        int8 (-1), sku int16 (-1), sku2 int16 (-1), qty int32, order int64 (-1)`, in the order of the
        exposures; orders, wishes and injected touches without an exposure come at the end. `serial`
        tells visits of one person, day and channel apart. Who found one thing gone and ordered
        another in its place has one visit. Brushed orders have no visit; an injected one has its
        touches as they were given, and comes directly itself.
    """
    met = _exposures(segment)
    orders = segment.orders[segment.orders["kind"] != BRUSHED]
    at = _place_of(orders["order"].to_numpy(), met["order"].to_numpy())
    _aim(met, at[at >= 0], orders[at >= 0], ORDERED)
    lost = segment.lost
    key = _triple(met["person"], met["day"], met["channel"])
    on = _place_of(_triple(lost["person"], lost["day"], lost["path"]), key)
    aims = np.r_[met["aim"].to_numpy(), NONE]  # the last one is for -1
    free = (on >= 0) & (aims[on] == NONE) & ~pd.Series(on).duplicated().to_numpy()
    _aim(met, on[free], lost[free], LOST)
    rest = orders[at < 0]
    own_way = np.where(rest["kind"] == INJECTED, DIRECT, rest["path"])  # its touches stand apart
    more = [
        _alone(rest.assign(path=own_way), ORDERED),
        _alone(lost[on < 0], LOST),
        _touches(segment, world),
    ]
    more = [frame for frame in more if len(frame)]
    if not more:
        return met
    extra = pd.concat(more, ignore_index=True)
    extra["serial"] = extra.groupby(["person", "day", "channel"]).cumcount() + 2
    return pd.concat([met, extra.astype(met.dtypes)], ignore_index=True)


def visit_key(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Return a number of at most 45 bits that no other visit of the world has."""
    serial = frame["serial"].to_numpy().astype(np.int64)
    return _triple(frame["person"], frame["day"], frame["channel"]) * 32 + serial


def event_number(key: NDArray[np.int64], number: NDArray[np.integer] | int) -> NDArray[np.uint64]:
    """Return the scrambled number of the n-th event (below 256) of a visit: no two are equal."""
    whole = key.astype(np.uint64) * np.uint64(256) + np.asarray(number).astype(np.uint64)
    mixed: NDArray[np.uint64] = (whole ^ (whole >> np.uint64(29))) * _SCRAMBLE
    return mixed ^ (mixed >> np.uint64(32))


def _exposures(segment: Segment) -> pd.DataFrame:
    e, n = segment.exposures, len(segment.exposures)
    return pd.DataFrame(
        {
            "person": e["person"].to_numpy().astype(np.int32),
            "day": e["day"].to_numpy().astype(np.int16),
            "channel": e["channel"].to_numpy().astype(np.int8),
            "broadcast": e["broadcast"].to_numpy().astype(np.int16),
            "serial": e["navigated"].to_numpy().astype(np.int8),
            "aim": np.zeros(n, dtype=np.int8),
            "aim_us": np.full(n, -1, dtype=np.int64),
            "place": np.full(n, -1, dtype=np.int8),
            "sku": np.full(n, -1, dtype=np.int16),
            "sku2": np.full(n, -1, dtype=np.int16),
            "qty": np.zeros(n, dtype=np.int32),
            "order": e["order"].to_numpy().astype(np.int64),
        }
    )


def _triple(person: pd.Series, day: pd.Series, channel: pd.Series) -> NDArray[np.int64]:
    key: NDArray[np.int64] = (
        person.to_numpy().astype(np.int64) * 4096 + day.to_numpy().astype(np.int64)
    ) * 16 + channel.to_numpy().astype(np.int64)
    return key


def _place_of(wanted: NDArray[np.int64], among: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each wanted key stands among others, -1 where it does not."""
    rows = np.flatnonzero(among >= 0)
    rows = rows[np.argsort(among[rows], kind="stable")]
    if not len(rows):
        return np.full(len(wanted), -1)
    at = np.searchsorted(among[rows], wanted).clip(0, len(rows) - 1)
    found: NDArray[np.int64] = np.where(among[rows[at]] == wanted, rows[at], -1)
    return found


def _aim(met: pd.DataFrame, at: NDArray[np.int64], told: pd.DataFrame, aim: int) -> None:
    """Write into the visits at some rows what they were for."""
    for column, value in _told(told, aim).items():
        values = met[column].to_numpy().copy()
        values[at] = value
        met[column] = values


def _told(told: pd.DataFrame, aim: int) -> dict[str, NDArray[np.generic] | int]:
    pieces = told["qty"].to_numpy().astype(np.int32)
    if "qty2" in told:
        pieces = pieces + told["qty2"].to_numpy() * (told["sku2"].to_numpy() >= 0)
    return {
        "aim": aim,
        "aim_us": told["created_us"].to_numpy(),
        "place": told["place"].to_numpy(),
        "sku": told["sku"].to_numpy(),
        "sku2": told["sku2"].to_numpy() if "sku2" in told else -1,
        "qty": pieces,
        "order": told["order"].to_numpy() if "order" in told else -1,
    }


def _alone(told: pd.DataFrame, aim: int) -> pd.DataFrame:
    """Return visits of orders or wishes that no exposure tells of."""
    columns = {"person": told["person"], "day": told["day"], "channel": told["path"]}
    frame = pd.DataFrame(
        {**columns, "broadcast": told["broadcast"], "serial": 0, **_told(told, aim)}
    )
    return frame.reset_index(drop=True)


def _touches(segment: Segment, world: World) -> pd.DataFrame:
    """Return the touch paths of injected orders as visits with a fixed moment."""
    orders, given = segment.orders, world.interventions.orders
    if given is None or not (orders["kind"] == INJECTED).any():
        return pd.DataFrame()
    local = pd.to_datetime(given["at"]).dt.tz_localize("UTC").astype("datetime64[us, UTC]")
    path = given.assign(created_us=local.astype(np.int64) - _EIGHT_HOURS_US)
    path = path.merge(orders.loc[orders["kind"] == INJECTED, ["person", "created_us", "day"]])
    path = path.explode("path").dropna(subset="path").reset_index(drop=True)
    if path.empty:
        return pd.DataFrame()
    channel = path["path"].str[0].map({name: i for i, name in enumerate(CHANNELS)})
    moment = path["created_us"] - (path["path"].str[1].astype(float) * _MINUTE_US).astype(np.int64)
    first = np.array([_on_air(world, int(c), int(t)) for c, t in zip(channel, moment, strict=True)])
    frame = pd.DataFrame(
        {
            "person": path["person"],
            "day": (moment - world.start_us) // (86_400 * 1_000_000),
            "channel": channel,
            "broadcast": first,
            "serial": 0,
            "aim": TOUCHED,
            "aim_us": moment,
            "place": 2,
            "sku": -1,
            "sku2": -1,
            "qty": 0,
            "order": -1,
        }
    )
    live = frame["channel"].isin(LIVE)
    return frame[(~live | (frame["broadcast"] >= 0)) & (frame["day"] >= 0)]


def _on_air(world: World, channel: int, moment: int) -> int:
    """Return the broadcast of a room that is on air at a moment, -1 for none."""
    c = world.calendar
    on = (c["channel"] == channel) & (c["start_us"] <= moment) & (moment < c["end_us"])
    return int(c.index[on][0]) if on.any() else -1
