"""When who is on air, and what is shown when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError
from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.world import CHANNELS, DAY_US, KOL, LIVE, OWN, PLACES, SECOND, SHOP_OF

if TYPE_CHECKING:
    from liveattr.simulate.catalogue import Goods
    from liveattr.simulate.parameters import Size

__all__ = ["Calendar", "draw_calendar", "draw_slots"]

_DESIGN = "reference design of the world"
_MINUTE_US = 60_000_000
_TITLE = {OWN: "山茶记官方直播间", SECOND: "山茶记视频号直播间", KOL: "达人专场"}
_PREFIX = {OWN: "own", SECOND: "second", KOL: "kol"}
_LETTER = {OWN: "A", SECOND: "B", KOL: "K"}


@dataclass(frozen=True)
class Calendar(Block):
    """On-air days of the rooms; `on=False` is a world without broadcasts."""

    own_share: float = knob(0.75, 0, 1, "days on which the own room is on air", source=_DESIGN)
    second_share: float = knob(0.50, 0, 1, "days of the second room", source=_DESIGN)
    kol_gap_low: int = knob(
        8, 1, 400, "shortest time between two KOL shows", unit="days", source=_DESIGN
    )
    kol_gap_high: int = knob(
        14, 1, 400, "longest time between two shows", unit="days", source=_DESIGN
    )
    own_minutes: int = knob(180, 5, 1440, "length of a broadcast of the own room", unit="min")
    second_minutes: int = knob(150, 5, 1440, "length in the second room", unit="min")
    kol_minutes: int = knob(240, 5, 1440, "length of a KOL show; may cross midnight", unit="min")
    own_skus: int = knob(10, 1, 24, "SKUs shown in the own room")
    second_skus: int = knob(8, 1, 24, "SKUs shown in the second room")
    kol_skus: int = knob(6, 1, 24, "SKUs shown in a KOL show")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kol_gap_low > self.kol_gap_high:
            raise ParameterError(
                f"Calendar.kol_gap_low = {self.kol_gap_low} is above kol_gap_high = {self.kol_gap_high}"
            )


def draw_calendar(
    seed: int, size: Size, block: Calendar, given: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the broadcasts in order of their begin; columns as `World.calendar`.

    Parameters
    ----------
    seed, size, block
        Of the world. Days after the last one are planned too, as far as the world goes on.
    given
        `channel, start_at, minutes` in place of the drawn ones.

    Raises
    ------
    ParameterError
        If a given broadcast has no known room, or a room has two on one day.
    """
    rows = _drawn(seed, size, block) if given is None else _given(size, given)
    frame = pd.DataFrame(rows, columns=["channel", "day", "minute", "minutes"])
    frame = frame.sort_values(["day", "minute", "channel"], ignore_index=True)
    twice = frame[frame.duplicated(["channel", "day"])]
    if len(twice):
        one = twice.iloc[0]
        day = size.start_on + timedelta(days=int(one["day"]))
        raise ParameterError(
            f"{CHANNELS[int(one['channel'])]} has two broadcasts on {day}; join them to one"
        )
    return _named(seed, size, frame.astype(np.int64))


def _drawn(seed: int, size: Size, block: Calendar) -> list[tuple[int, int, int, int]]:
    if not block.on:
        return []
    days = np.arange(size.all_days)
    rows: list[tuple[int, int, int, int]] = []
    for channel, share, begin, minutes in (
        (OWN, block.own_share, 19 * 60 + 30, block.own_minutes),
        (SECOND, block.second_share, 14 * 60, block.second_minutes),
    ):
        held, jitter, _, _ = cells(seed, "on air", days, channel)
        rows += [
            (channel, int(d), begin + 5 * int(jitter[d] * 6), minutes) for d in days[held < share]
        ]
    gap = block.kol_gap_high - block.kol_gap_low + 1
    first, steps, late, _ = cells(seed, "show", days)
    day = int(first[0] * block.kol_gap_high)
    while day < size.all_days:
        rows.append((KOL, day, 20 * 60 + 30 * int(late[day] * 3), block.kol_minutes))
        day += block.kol_gap_low + int(steps[day] * gap)
    return rows


def _given(size: Size, given: pd.DataFrame) -> list[tuple[int, int, int, int]]:
    rows = []
    rooms = {CHANNELS[c]: c for c in LIVE}
    columns = (given["channel"], pd.to_datetime(given["start_at"]), given["minutes"])
    for room, at, minutes in zip(*columns, strict=True):
        if room not in rooms:
            raise ParameterError(f"calendar: {room!r} is no room; known are {', '.join(rooms)}")
        day = (at.normalize() - pd.Timestamp(size.start_on)).days
        if not 0 <= day < size.all_days:
            raise ParameterError(
                f"calendar: {at} is outside the world, which begins on {size.start_on}"
            )
        rows.append((rooms[room], day, at.hour * 60 + at.minute, int(minutes)))
    return rows


def _named(seed: int, size: Size, frame: pd.DataFrame) -> pd.DataFrame:
    start = size.start_us + frame["day"] * DAY_US + frame["minute"] * _MINUTE_US
    on = pd.to_datetime(pd.Timestamp(size.start_on)) + pd.to_timedelta(frame["day"], unit="D")
    channel = frame["channel"].to_numpy()
    letter = pd.Series(channel).map(_LETTER)
    number = pd.Series(channel).groupby(channel).cumcount() % 3 + 1
    host = pd.Series(channel).map({OWN: "73100001", SECOND: "sphNative01"})
    host = host.where(channel != KOL, "8820000" + number.astype(str))
    month, day = on.dt.strftime("%Y-%m"), on.dt.strftime("%Y%m%d")
    shop = np.array([SHOP_OF[int(c)] for c in channel], dtype=int)
    digits = np.arange(len(frame))
    high, low = (cells(seed, "room number", digits)[:2] * 10**9).astype(np.int64)
    room = [f"7{a:09d}{b:09d}" for a, b in zip(high, low, strict=True)]
    return pd.DataFrame(
        {
            "broadcast_id": "live_" + day + "_" + letter,
            "channel": channel.astype(np.int8),
            "day": frame["day"].to_numpy().astype(np.int16),
            "start_us": start.to_numpy().astype(np.int64),
            "end_us": (start + frame["minutes"] * _MINUTE_US).to_numpy().astype(np.int64),
            "campaign_id": np.where(
                channel == KOL, "kol_" + day, pd.Series(channel).map(_PREFIX) + "_" + month
            ),
            "campaign_kind": np.where(channel == KOL, "show", "series"),
            "title": pd.Series(channel).map(_TITLE) + " " + on.dt.strftime("%m月%d日"),
            "platform": np.array(PLACES)[shop],
            "platform_room_id": room,
            "host_id": host.to_numpy(),
            "account_id": np.where(
                channel == KOL,
                host,
                pd.Series(channel).map(
                    {OWN: "shancha_douyin", SECOND: "shancha_channels", KOL: ""}
                ),
            ),
            "source_code": "live_" + day + "_" + letter,
        },
        index=pd.RangeIndex(len(frame), name="broadcast"),
    )


def draw_slots(
    seed: int, calendar: pd.DataFrame, goods: pd.DataFrame, block: Calendar, prices: Goods
) -> pd.DataFrame:
    """Return what each broadcast shows and when; columns as `World.slots`, in running order."""
    if calendar.empty:
        names = ["broadcast", "sku", "slot", "start_us", "minutes", "price_fen"]
        return pd.DataFrame(columns=names).astype(np.int64)
    count = {OWN: block.own_skus, SECOND: block.second_skus, KOL: block.kol_skus}
    factor = {OWN: prices.room_price, SECOND: prices.room_price, KOL: prices.kol_price}
    sku = np.arange(len(goods))
    parts = []
    columns = (calendar[c].tolist() for c in ("channel", "day", "start_us", "end_us"))
    for code, (channel, day, start_us, end_us) in enumerate(zip(*columns, strict=True)):
        # The most popular goods come more often: exponential clocks (Efraimidis, Spirakis 2006).
        clock = -np.log(cells(seed, "running order", sku, code)[0]) / goods["popularity"].to_numpy()
        clock[goods["launched_day"].to_numpy() > day] = np.inf
        shown = np.argsort(clock, kind="stable")[: count[channel]]
        shown = shown[np.isfinite(clock[shown])]
        minutes = (end_us - start_us) / _MINUTE_US / len(shown)
        begin = start_us + (np.arange(len(shown)) * minutes * _MINUTE_US).astype(np.int64)
        price = (goods["price_fen"].to_numpy()[shown] * factor[channel] / 100).round() * 100
        parts.append(
            pd.DataFrame(
                {
                    "broadcast": code,
                    "sku": shown,
                    "slot": np.arange(1, len(shown) + 1),
                    "start_us": begin,
                    "minutes": minutes,
                    "price_fen": price.astype(np.int64),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
