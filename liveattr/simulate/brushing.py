"""Orders that no customer placed: fake ones of brushers, tests of the shop's own people, injected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.world import (
    BRUSH,
    BRUSHED,
    CHANNELS,
    DAY_US,
    DIRECT,
    INJECTED,
    LIVE,
    MALL,
    PLACES,
    TEST,
    TESTED,
)

if TYPE_CHECKING:
    from liveattr.simulate.world import Segment, World

__all__ = ["Brushing", "extra_orders"]

_DESIGN = "reference design of the world"
_SECOND_US = 1_000_000
_BRUSHED_FROM, _TESTED_FROM, _INJECTED_FROM = 400_000_000, 800_000_000, 900_000_000
"""First numbers of orders that are no wish of the world; those of wishes are below all of them."""

_TYPES = {
    "order": np.int64, "person": np.int32, "day": np.int16, "created_us": np.int64,
    "path": np.int8, "place": np.int8, "broadcast": np.int16, "sku": np.int16, "qty": np.int16,
    "sku2": np.int16, "qty2": np.int16, "units": np.float32, "first": np.bool_, "kind": np.int8,
}  # fmt: skip


@dataclass(frozen=True)
class Brushing(Block):
    """Fake orders in the rooms and test orders."""

    share: float = knob(0.04, 0, 0.5, "fake orders a true order of a room", source=_DESIGN)
    refunded: float = knob(
        0.5, 0, 1, "of them with the money given back openly; the others are empty parcels"
    )
    test_orders: float = knob(2.0, 0, 300, "orders of each test account", unit="in 30 days")


def extra_orders(segment: Segment, world: World) -> pd.DataFrame:
    """Return orders of `segment`'s days that nobody wished for; columns as `Segment.orders`.

    Brushers copy true orders of the room a few minutes later under accounts of their own, and
    browse nothing. Test accounts buy one piece anywhere. Injected orders are those of the
    interventions; the last channel of their path is the `path`.
    """
    parts = [_brushed(segment, world), _tested(segment, world), _injected(segment, world)]
    frames = [pd.DataFrame(p).astype(_TYPES)[list(_TYPES)] for p in parts]
    return pd.concat(frames, ignore_index=True).sort_values("order", ignore_index=True)


def _brushed(segment: Segment, world: World) -> dict[str, object]:
    block = world.parameters.brushing
    who = np.flatnonzero(world.people["kind"] == BRUSH)
    true = segment.orders
    room = true["path"].isin(LIVE) & (true["place"] != MALL) & (true["broadcast"] >= 0)
    true = true[room & (true["kind"] == 0)]
    copied, account, later, _ = cells(
        world.seed, "brushing", true["person"].to_numpy(), true["day"].to_numpy()
    )
    hit = copied < (block.share if block.on and len(who) else 0.0)
    true, account, later = true[hit], account[hit], later[hit]
    end = world.calendar["end_us"].to_numpy()[true["broadcast"].to_numpy()]
    created = true["created_us"].to_numpy() + (20 + 400 * later).astype(np.int64) * _SECOND_US
    pieces = true["qty"].to_numpy()
    return {
        "order": _BRUSHED_FROM + true["order"].to_numpy(),
        "person": who[(account * len(who)).astype(np.int64)] if len(who) else [],
        "day": true["day"],
        "created_us": np.minimum(created, np.maximum(end - _SECOND_US, true["created_us"])),
        "path": true["path"],
        "place": true["place"],
        "broadcast": true["broadcast"],
        "sku": true["sku"],
        "qty": pieces,
        **_no_more(len(true), pieces, BRUSHED),
    }


def _tested(segment: Segment, world: World) -> dict[str, object]:
    block = world.parameters.brushing
    who = np.flatnonzero(world.people["kind"] == TEST)
    days = np.arange(segment.first_day, segment.last_day + 1)
    person, day = (a.ravel() for a in np.meshgrid(who, days))
    bought, place, sku, when = cells(world.seed, "test orders", person, day)
    hit = bought < (block.test_orders / 30 if block.on else 0.0)
    person, day, place, sku, when = (a[hit] for a in (person, day, place, sku, when))
    old = np.flatnonzero(world.goods["launched_day"].to_numpy() <= 0)
    ones = np.ones(len(person), dtype=np.int64)
    second = (9 * 3600 + when * 8 * 3600).astype(np.int64)
    return {
        "order": _TESTED_FROM + day * 1000 + (person - who[0] if len(who) else 0),
        "person": person,
        "day": day,
        "created_us": world.start_us + day * DAY_US + second * _SECOND_US,
        "path": ones * DIRECT,
        "place": (place * len(PLACES)).astype(np.int64),
        "broadcast": -ones,
        "sku": old[(sku * len(old)).astype(np.int64)],
        "qty": ones,
        **_no_more(len(person), ones, TESTED),
    }


def _injected(segment: Segment, world: World) -> dict[str, object]:
    given = world.interventions.orders
    if given is None:
        given = pd.DataFrame({c: [] for c in ("person", "at", "place", "sku", "path")})
    at = pd.to_datetime(given["at"]).astype("datetime64[us]").astype(np.int64)
    at = at - 8 * 3600 * _SECOND_US  # local time of the shop
    day = (at.to_numpy() - world.start_us) // DAY_US
    mine = (day >= segment.first_day) & (day <= segment.last_day)
    given, day, at = given[mine], day[mine], at[mine]
    place = _codes(given["place"], PLACES, "place")
    sku = _codes(given["sku"], tuple(world.goods["merchant_sku"]), "sku")
    last = [way[-1][0] if len(way) else "" for way in given["path"]]
    ones = np.ones(len(given), dtype=np.int64)
    return {
        "order": _INJECTED_FROM + np.flatnonzero(mine),
        "person": given["person"].to_numpy(dtype=np.int64),
        "day": day,
        "created_us": at.to_numpy(),
        "path": _codes(pd.Series(last, dtype=object), (*CHANNELS, ""), "path"),
        "place": place,
        "broadcast": -ones,
        "sku": sku,
        "qty": ones,
        **_no_more(len(given), ones, INJECTED),
    }


def _codes(words: pd.Series, known: tuple[str, ...], column: str) -> NDArray[np.int64]:
    """Return the codes of words; a code stays as it is."""
    plain = words.astype(object)
    codes: dict[object, int] = dict(zip(known, range(len(known)), strict=True))
    found = plain.map(codes | {i: i for i in range(len(known))})
    if found.isna().any():
        raise ParameterError(
            f"orders: {column} {plain[found.isna()].iloc[0]!r} is not known; {', '.join(known[:12])}"
        )
    return np.asarray(found, dtype=np.int64)


def _no_more(n: int, pieces: object, kind: int) -> dict[str, object]:
    """Return the columns of an order with one line that is no first purchase."""
    return {
        "sku2": np.full(n, -1),
        "qty2": np.zeros(n, dtype=np.int64),
        "units": pieces,
        "first": np.zeros(n, dtype=bool),
        "kind": np.full(n, kind),
    }
