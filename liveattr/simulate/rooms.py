"""What a platform tells of a whole room: viewers, clicks on goods, orders; no row of a person.

Bots are viewers and fake orders are orders here, as they are on the platforms' own screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from liveattr.simulate.coupons import price_lines
from liveattr.simulate.fates import draw_fates
from liveattr.simulate.streams import cells
from liveattr.simulate.watching import LIVE_NAMES
from liveattr.simulate.world import MALL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from liveattr.simulate.world import Segment, World

__all__ = ["TRAFFIC", "Rooms", "rooms_of"]

TRAFFIC = (
    ("自然流量", "推荐feed", 0.45),
    ("自然流量", "关注", 0.22),
    ("自然流量", "直播广场", 0.10),
    ("自然流量", "短视频引流", 0.08),
    ("自然流量", "搜索", 0.03),
    ("付费流量", "千川PC版", 0.12),
)
"""Kind of traffic, channel, and the share of viewers whom it brings."""


@dataclass(frozen=True)
class Rooms:
    """Aggregates of the broadcasts of a segment, by codes; each frame is ordered by its first columns.

    Attributes
    ----------
    whole
        `broadcast, watch_uv, online_uv (most at once), comment_uv, comments, fans_uv, follows, watch_s
        (mean), click_pv, click_uv, create_pv, create_uv, pay_pv, pay_uv, gmv_fen`.
    products
        `broadcast, sku, exp_pv, click_pv, click_uv, create_pv, pay_pv, gmv_fen`: goods that were shown;
        shown to whoever was there meanwhile.
    traffic
        `broadcast, channel (row of TRAFFIC), watch_pv, pay_pv, gmv_fen`.
    """

    whole: pd.DataFrame
    products: pd.DataFrame
    traffic: pd.DataFrame


def rooms_of(segment: Segment, world: World, stay: pd.DataFrame, live: pd.DataFrame) -> Rooms:
    """Add up what happened in the rooms, whoever may see it person by person.

    Parameters
    ----------
    stay, live
        Stays and events of the rooms, as `watching` returns them.
    """
    placed = _placed(segment, world)
    clicks = _named(live, "live_product_click")
    return Rooms(
        _whole(stay, live, clicks, placed),
        _products(stay, clicks, placed, world),
        _traffic(stay, placed, world),
    )


def _named(live: pd.DataFrame, name: str) -> pd.DataFrame:
    return live.loc[live["name"] == LIVE_NAMES.index(name), ["person", "broadcast", "sku"]]


def _placed(segment: Segment, world: World) -> pd.DataFrame:
    """Return the orders that were placed in the shops of the rooms, and what was paid."""
    orders = segment.orders
    orders = orders[(orders["broadcast"] >= 0) & (orders["place"] != MALL)].reset_index(drop=True)
    lines = price_lines(orders, world)
    paid = draw_fates(orders, lines, world).paid
    money = lines.paid.sum(axis=1) * paid
    columns = orders[["person", "broadcast", "sku"]]
    return columns.assign(paid=paid.astype(np.int64), gmv_fen=money.astype(np.int64))


def _whole(
    stay: pd.DataFrame, live: pd.DataFrame, clicks: pd.DataFrame, placed: pd.DataFrame
) -> pd.DataFrame:
    rooms = stay.groupby("broadcast")
    watched = (stay["leave_us"] - stay["enter_us"]).groupby(stay["broadcast"]).sum()
    comments = _named(live, "live_comment").groupby("broadcast")["person"]
    pay = placed[placed["paid"] > 0].groupby("broadcast")
    create, click = placed.groupby("broadcast"), clicks.groupby("broadcast")["person"]
    viewers = rooms["person"].nunique()
    frame = pd.DataFrame(
        {
            "watch_uv": viewers,
            "online_uv": _most_at_once(stay),
            "comment_uv": comments.nunique(),
            "comments": comments.size(),
            "fans_uv": _named(live, "live_fansclub_join").groupby("broadcast").size(),
            "follows": _named(live, "live_follow").groupby("broadcast").size(),
            "watch_s": watched // 1_000_000 // viewers,
            "click_pv": click.size(),
            "click_uv": click.nunique(),
            "create_pv": create.size(),
            "create_uv": create["person"].nunique(),
            "pay_pv": pay.size(),
            "pay_uv": pay["person"].nunique(),
            "gmv_fen": pay["gmv_fen"].sum(),
        }
    )
    return frame.loc[viewers.index].fillna(0).astype(np.int64).reset_index()


def _most_at_once(stay: pd.DataFrame) -> pd.Series:
    n = len(stay)
    broadcast = np.tile(stay["broadcast"].to_numpy(), 2)
    moment = np.r_[stay["enter_us"].to_numpy(), stay["leave_us"].to_numpy()]
    step = np.r_[np.ones(n, dtype=np.int64), -np.ones(n, dtype=np.int64)]
    order = np.lexsort((step, moment, broadcast))
    there = pd.Series(np.cumsum(step[order]))  # everybody leaves, so each room begins at 0
    return there.groupby(broadcast[order]).max().rename_axis("broadcast")


def _products(
    stay: pd.DataFrame, clicks: pd.DataFrame, placed: pd.DataFrame, world: World
) -> pd.DataFrame:
    slots = world.slots[world.slots["broadcast"].isin(stay["broadcast"].unique())]
    begin = slots["start_us"].to_numpy()
    end = begin + (slots["minutes"].to_numpy() * 60_000_000).astype(np.int64)
    room = slots["broadcast"].to_numpy().astype(np.int64)
    seen = _before(stay, "enter_us", room, end) - _before(stay, "leave_us", room, begin)
    key = ["broadcast", "sku"]
    click = clicks.groupby(key)["person"]
    frame = pd.DataFrame({"exp_pv": seen}, index=pd.MultiIndex.from_frame(slots[key]))
    more = pd.DataFrame(
        {
            "click_pv": click.size(),
            "click_uv": click.nunique(),
            "create_pv": placed.groupby(key).size(),
            "pay_pv": placed.groupby(key)["paid"].sum(),
            "gmv_fen": placed.groupby(key)["gmv_fen"].sum(),
        }
    )
    whole = frame.join(more).fillna(0).astype(np.int64)
    return whole.sort_index().reset_index()


def _before(
    stay: pd.DataFrame, column: str, room: NDArray[np.int64], moment: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count the stays of each room whose begin or end is not after a moment."""
    first = int(stay[column].min()) if len(stay) else 0
    key = np.sort(stay["broadcast"].to_numpy().astype(np.int64) * 2**44 + stay[column] - first)
    last = room * 2**44 + (moment - first).clip(-1, 2**44 - 1)
    found: NDArray[np.int64] = np.searchsorted(key, last, "right") - np.searchsorted(
        key, room * 2**44
    )
    return found.clip(0)


def _traffic(stay: pd.DataFrame, placed: pd.DataFrame, world: World) -> pd.DataFrame:
    ends = np.cumsum([share for _, _, share in TRAFFIC])

    def way(frame: pd.DataFrame) -> NDArray[np.int64]:
        u = cells(world.seed, "traffic", frame["person"].to_numpy(), frame["broadcast"].to_numpy())
        found: NDArray[np.int64] = np.searchsorted(ends, u[0] * ends[-1]).clip(0, len(ends) - 1)
        return found

    key = ["broadcast", "channel"]
    came = stay[["broadcast"]].assign(channel=way(stay)).groupby(key).size()
    bought = placed.assign(channel=way(placed)).groupby(key)[["paid", "gmv_fen"]].sum()
    held = pd.Index(np.unique(stay["broadcast"]))
    every = pd.MultiIndex.from_product([held, range(len(TRAFFIC))], names=key)
    whole = pd.DataFrame({"watch_pv": came, "pay_pv": bought["paid"], "gmv_fen": bought["gmv_fen"]})
    return whole.reindex(every).fillna(0).astype(np.int64).reset_index()
