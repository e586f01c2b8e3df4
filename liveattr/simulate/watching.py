"""What viewers do in a live room: they come, stay, like, comment, follow, click, and go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.clicks import leads
from liveattr.simulate.jump import slot_at
from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.visits import LOST, NONE, ORDERED, event_number, visit_key
from liveattr.simulate.world import BOT, OWN, SECOND, World

__all__ = ["LIVE_NAMES", "Watching", "live_events", "stays"]

LIVE_NAMES = (
    "live_enter", "live_leave", "live_like", "live_comment", "live_gift", "live_follow",
    "live_fansclub_join", "live_product_click", "live_cart_open", "live_link_click",
)  # fmt: skip
"""Events of a room in the order of their codes; each happens at most once in a stay."""

_ENTER, _LEAVE, _LIKE, _COMMENT, _GIFT, _FOLLOW, _FANS, _CLICK, _CART, _LINK = range(10)
_SECOND_US = 1_000_000


@dataclass(frozen=True)
class Watching(Block):
    """A stay in a room; `on=False`: people come and go and do nothing else."""

    dwell_s: float = knob(150.0, 5, 7200, "median of the time that a viewer stays", unit="s")
    dwell_sigma: float = knob(1.2, 0, 3, "… standard deviation of its logarithm")
    like: float = knob(0.20, 0, 1, "viewers who like")
    comment: float = knob(0.07, 0, 1, "viewers who comment")
    gift: float = knob(0.008, 0, 1, "viewers who give a gift")
    follow: float = knob(0.03, 0, 1, "viewers without it who begin to follow")
    fansclub: float = knob(0.004, 0, 1, "viewers who join the fan club")
    warm: float = knob(0.5, -3, 3, "log-odds of each for each sd of affinity")
    buys: float = knob(1.2, -3, 5, "log-odds of each for who orders or wished to")


def stays(frame: pd.DataFrame, world: World, click: NDArray[np.bool_]) -> pd.DataFrame:
    """Return when viewers came, clicked and went; one row a visit of a live room.

    Parameters
    ----------
    frame
        Visits of live rooms, as `visits.visits` returns.
    click
        Which of them click on goods.

    Returns
    -------
    pandas.DataFrame
        The columns of `frame` and `enter_us, leave_us, click_us` (-1: none) [µs, UTC], whole
        milliseconds, inside the broadcast. The moment of an order or a wish lies inside the stay.
    """
    block, aim = world.parameters.watching, frame["aim"].to_numpy()
    at = cells(world.seed, "stay", *_address(frame))
    broadcast = frame["broadcast"].to_numpy()
    begin = world.calendar["start_us"].to_numpy()[broadcast]
    end = world.calendar["end_us"].to_numpy()[broadcast]
    normal = np.sqrt(-2 * np.log(at[0])) * np.cos(2 * np.pi * at[1])
    dwell = block.dwell_s * np.exp(block.dwell_sigma * normal)
    dwell = (dwell.clip(2, 12 * 3600) * _SECOND_US).astype(np.int64)
    enter = begin + (at[2] * 0.98 * (end - begin)).astype(np.int64)
    aimed = (aim == ORDERED) | (aim == LOST)
    goal, lead = frame["aim_us"].to_numpy(), leads(at[2:4], world)
    came = goal - np.maximum(lead + 5 * _SECOND_US, (dwell * at[3]).astype(np.int64))
    enter = np.where(aimed, np.maximum(came, begin), enter)
    enter = np.where((aim != NONE) & ~aimed, np.maximum(goal - dwell // 2, begin), enter)
    last = np.where(aim != NONE, np.maximum(end, goal + 1000), end)
    leave = np.maximum(enter + dwell, np.where(aim != NONE, goal + 20 * _SECOND_US, 0))
    enter, leave = enter // 1000 * 1000, np.minimum(leave, last) // 1000 * 1000
    span = np.where(aimed, np.minimum(goal, leave), leave) - enter
    clicks = np.where(
        aimed, np.maximum(goal - lead, enter + span // 10), enter + (at[3] * span).astype(np.int64)
    )
    clicks = np.where((aim != NONE) & ~aimed, goal, clicks).clip(enter, leave) // 1000 * 1000
    return frame.assign(enter_us=enter, leave_us=leave, click_us=np.where(click, clicks, -1))


def live_events(stay: pd.DataFrame, world: World, jumps: NDArray[np.int32]) -> pd.DataFrame:
    """Return everything that viewers do in rooms, whoever sees it.

    Parameters
    ----------
    stay
        As `stays` returns.
    jumps
        The link by which each leaves for the mall, -1 for none.

    Returns
    -------
    pandas.DataFrame
        `event uint64, person int32, day int16, ts_us int64, name int8 (code in LIVE_NAMES),
        broadcast int16, sku int16 (-1), link int32 (-1), watch_ms int32 (-1), number int32 (-1: likes,
        gifts or characters), value_fen int32 (-1)`.
    """
    n, enter = len(stay), stay["enter_us"].to_numpy()
    leave, click = stay["leave_us"].to_numpy(), stay["click_us"].to_numpy()
    acts, when, much = _acts(stay, world)
    clicks, jumped = click >= 0, jumps >= 0
    cart = clicks & (when[3] < 0.5)
    everybody = np.ones(n, dtype=bool)
    parts = [(_ENTER, everybody, enter), (_LEAVE, everybody, leave), (_CLICK, clicks, click)]
    parts += [(_CART, cart, click), (_LINK, jumped, click + 900_000)]
    span = np.maximum(leave - enter - 2_000_000, 0)
    for number, (act, does) in enumerate(acts.items()):
        moment = (when[number % 4] + number * 0.37) % 1
        parts.append(
            (act, does, enter + 1_000_000 + (moment * span).astype(np.int64) // 1000 * 1000)
        )
    rows = np.concatenate([np.flatnonzero(does) for _, does, _ in parts])
    name = np.concatenate([np.full(int(does.sum()), code, np.int8) for code, does, _ in parts])
    ts = np.concatenate([moment[does] for _, does, moment in parts])
    on_goods = np.isin(name, (_CLICK, _LINK))
    slot = slot_at(
        world, *(stay[c].to_numpy()[rows[on_goods]] for c in ("broadcast", "click_us", "sku"))
    )
    sku = np.full(len(rows), -1, dtype=np.int16)
    sku[on_goods] = world.slots["sku"].to_numpy()[slot] if len(slot) else -1
    numbers = np.full(len(rows), -1, dtype=np.int32)
    for code, low, high in ((_LIKE, 1, 30), (_COMMENT, 2, 28), (_GIFT, 1, 5)):
        mine = name == code
        numbers[mine] = low + (much[rows[mine]] * (high - low)).astype(np.int32)
    watched = np.where(name == _LEAVE, (leave - enter)[rows] // 1000, -1)
    return pd.DataFrame(
        {
            "event": event_number(visit_key(stay)[rows], name),
            "person": stay["person"].to_numpy()[rows],
            "day": stay["day"].to_numpy()[rows],
            "ts_us": ts,
            "name": name,
            "broadcast": stay["broadcast"].to_numpy()[rows],
            "sku": sku,
            "link": np.where(name == _LINK, jumps[rows], -1).astype(np.int32),
            "watch_ms": watched.astype(np.int32),
            "number": numbers,
            "value_fen": np.where(name == _GIFT, numbers * 10, -1).astype(np.int32),
        }
    )


def _acts(
    stay: pd.DataFrame, world: World
) -> tuple[dict[int, NDArray[np.bool_]], NDArray[np.float64], NDArray[np.float64]]:
    """Return who does what, four uniforms a stay for the moments, and one for how much."""
    block, people = world.parameters.watching, world.people
    person, channel = stay["person"].to_numpy(), stay["channel"].to_numpy()
    when = cells(world.seed, "when in the stay", *_address(stay))
    if not block.on:
        return {}, when, when[0]
    first = cells(world.seed, "acts in the stay", *_address(stay))
    warmth = block.warm * people["affinity"].to_numpy()[person]
    warmth = warmth + block.buys * (stay["aim"].to_numpy() != NONE)
    follows = np.where(channel == OWN, people["follows_own"].to_numpy()[person], False)
    follows |= np.where(channel == SECOND, people["follows_second"].to_numpy()[person], False)
    bot = people["kind"].to_numpy()[person] == BOT
    rest = (first[3] * 64) % 1  # a second number of the same uniform
    acts = {
        _LIKE: bot | (first[0] < _share(block.like, warmth)),
        _COMMENT: (first[1] < _share(block.comment, warmth)) | (bot & (first[1] < 0.3)),
        _GIFT: ~bot & (first[2] < _share(block.gift, warmth)),
        _FOLLOW: ~follows & (first[3] < _share(block.follow, warmth)),
        _FANS: ~bot & (rest < _share(block.fansclub, warmth)),
    }
    return acts, when, np.where(bot, 0.999, (when[2] * 64) % 1)


def _share(base: float, warmth: NDArray[np.float64]) -> NDArray[np.float64]:
    if base <= 0:
        return np.zeros(len(warmth))
    odds = base / max(1 - base, 1e-9) * np.exp(warmth)
    out: NDArray[np.float64] = odds / (1 + odds)
    return out


def _address(frame: pd.DataFrame) -> tuple[NDArray[np.integer], ...]:
    return tuple(frame[c].to_numpy() for c in ("person", "day", "channel", "serial"))
