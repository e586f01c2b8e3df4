"""Aggregates of rooms as the lake would hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from liveattr.simulate.rooms import TRAFFIC
from liveattr.simulate.world import DAY_US
from liveattr.tables import get_table

if TYPE_CHECKING:
    from liveattr.simulate.rooms import Rooms
    from liveattr.simulate.world import World

__all__ = ["room_frame"]

_EIGHT_HOURS_US = 28_800_000_000
_WHOLE = {
    "watch_uv": (("new_watch_uv", "uv"), ("cumulative_audience_count", "uv")),
    "online_uv": (("max_online_watch_uv", "uv"),),
    "comment_uv": (("comment_uv", "uv"),),
    "comments": (("new_comment_count", "pv"),),
    "fans_uv": (("new_fans_club_uv", "uv"),),
    "follows": (("new_follow_count", "uv"),),
    "watch_s": (("average_watch_seconds_per_audience", "s"),),
    "click_pv": (("total_clk_pv", "pv"),),
    "click_uv": (("total_clk_uv", "uv"),),
    "create_pv": (("total_create_pv", "pv"),),
    "create_uv": (("total_create_uv", "uv"),),
    "pay_pv": (("total_pay_pv", "pv"),),
    "pay_uv": (("total_pay_uv", "uv"),),
    "gmv_fen": (("total_gmv", "fen"),),
}
_PRODUCT = {
    "exp_pv": (("exp_pv", "pv"),),
    "click_pv": (("clk_pv", "pv"),),
    "click_uv": (("clk_uv", "uv"),),
    "create_pv": (("create_pv", "pv"),),
    "pay_pv": (("pay_pv", "pv"),),
    "gmv_fen": (("gmv", "fen"),),
}
_TRAFFIC = {
    "watch_pv": (("watch_pv", "pv"),),
    "pay_pv": (("pay_orders", "pv"),),
    "gmv_fen": (("pay_amount", "fen"),),
}
"""Column of a frame of `Rooms` → metrics and their units."""

_Metrics = Mapping[str, tuple[tuple[str, str], ...]]


def room_frame(rooms: Rooms, world: World) -> pd.DataFrame:
    """Return the rows of `broadcast_metric` of a segment, without `ingest_id` and `source_row`."""
    calendar = world.calendar
    start = calendar["start_us"]
    facts = pd.DataFrame(
        {
            "room": calendar["platform_room_id"],
            "broadcast_id": calendar["broadcast_id"],
            "douyin": calendar["platform"] == "douyin",
            "start_us": start // 1_000_000 * 1_000_000,
            "length_s": (calendar["end_us"] - start) // 1_000_000,
            "day_us": (start + _EIGHT_HOURS_US) // DAY_US * DAY_US - _EIGHT_HOURS_US,
        }
    )
    parts = [
        _long(rooms.whole, _WHOLE, facts, "(all)", "(all)"),
        _long(rooms.products, _PRODUCT, facts, "(all)", world.goods["product_channels"]),
        _long(rooms.traffic, _TRAFFIC, facts, [f"{a}/{b}" for a, b, _ in TRAFFIC], "(all)"),
    ]
    table = get_table("broadcast_metric")
    columns = [c for c in table.names if c not in ("ingest_id", "source_row")]
    whole = pd.concat(parts, ignore_index=True)[columns]
    return whole.sort_values(list(table.key), ignore_index=True)


def _long(
    frame: pd.DataFrame,
    metrics: _Metrics,
    facts: pd.DataFrame,
    channel: str | list[str],
    product: str | pd.Series,
) -> pd.DataFrame:
    """Return one row a metric of the rooms whose platform has this frame."""
    compass = isinstance(channel, list)
    frame = frame[facts["douyin"].to_numpy()[frame["broadcast"]] == compass]
    at = facts.loc[frame["broadcast"]]
    told = {
        "broadcast_id": at["broadcast_id" if compass else "room"].to_numpy(),
        "grain_start_at": pd.to_datetime(
            at["day_us" if compass else "start_us"].to_numpy(), unit="us", utc=True
        ),
        "grain_s": 86_400 if compass else at["length_s"].to_numpy(),
        "channel": np.array(channel, dtype=object)[frame["channel"]] if compass else channel,
        "product_id": product if isinstance(product, str) else product.loc[frame["sku"]].to_numpy(),
        "source": "compass_live_traffic" if compass else "wechat_live_dashboard",
    }
    parts = [
        pd.DataFrame(
            {**told, "metric": metric, "unit_kind": unit, "value": frame[column].to_numpy()}
        )
        for column, named in metrics.items()
        for metric, unit in named
    ]
    return pd.concat(parts, ignore_index=True)
