"""Files of whole rooms: the dashboard of Channels, the compass of Douyin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.simulate.rooms import TRAFFIC

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.simulate.rooms import Rooms
    from liveattr.simulate.world import World

__all__ = ["write_rooms"]

_DASHBOARD = """
SELECT c.platform_room_id AS export_id, c.start_us // 1000000 AS create_time,
       c.start_us // 1000000 AS start_time, (c.end_us - c.start_us) // 1000000 AS live_duration,
       {'live_dashboard_data': {'summary': {
           'new_watch_uv': w.watch_uv, 'max_online_watch_uv': w.online_uv,
           'comment_uv': w.comment_uv, 'new_fans_club_uv': w.fans_uv}}} AS live_dashboard_data,
       {'total_gmv': w.gmv_fen, 'total_pay_pv': w.pay_pv, 'total_pay_uv': w.pay_uv,
        'total_create_pv': w.create_pv, 'total_create_uv': w.create_uv,
        'total_clk_pv': w.click_pv, 'total_clk_uv': w.click_uv,
        'cumulative_audience_count': w.watch_uv,
        'average_watch_seconds_per_audience': w.watch_s, 'new_follow_count': w.follows,
        'new_comment_count': w.comments} AS live_ec_data_summary,
       {'spu_data_list': list({
           'product_id': g.product, 'base_data': {'spu_name': g.name}, 'exp_pv': p.exp_pv,
           'clk_pv': p.click_pv, 'clk_uv': p.click_uv, 'create_pv': p.create_pv,
           'pay_pv': p.pay_pv, 'gmv': p.gmv_fen} ORDER BY p.sku)} AS single_live_ec_spu_data_page_v2
FROM room_whole AS w
JOIN room_calendar AS c ON c.broadcast = w.broadcast AND c.platform = 'channels'
JOIN room_products AS p ON p.broadcast = w.broadcast
JOIN room_goods AS g ON g.sku = p.sku
GROUP BY ALL
ORDER BY create_time, export_id"""

_COMPASS = """
SELECT strftime(make_timestamp(c.start_us + 28800000000), '%Y-%m-%d') AS bizDate,
       c.account_id AS account_name, c.platform_room_id AS roomId, c.broadcast_id,
       y.flow AS flowChannel, y.name AS channelName, t.watch_pv AS audience,
       t.pay_pv AS transactionOrderNumber,
       printf('%d.%02d', t.gmv_fen // 100, t.gmv_fen % 100) AS dealAmount
FROM room_traffic AS t
JOIN room_calendar AS c ON c.broadcast = t.broadcast AND c.platform = 'douyin'
JOIN room_ways AS y ON y.channel = t.channel
ORDER BY c.start_us, c.broadcast_id, t.channel"""


def write_rooms(
    con: DuckDBPyConnection, rooms: Rooms, world: World, folder: Path, number: int
) -> list[Path]:
    """Write `wechat_live_dashboard` (JSONL) and `compass_live_traffic` (CSV) of a segment."""
    ways = [(i, flow, name) for i, (flow, name, _) in enumerate(TRAFFIC)]
    goods = world.goods.reset_index()[["sku", "name", "product_channels"]]
    frames = {
        "room_whole": rooms.whole,
        "room_products": rooms.products,
        "room_traffic": rooms.traffic,
        "room_calendar": world.calendar.reset_index(),
        "room_goods": goods.rename(columns={"product_channels": "product"}),
        "room_ways": pd.DataFrame(ways, columns=["channel", "flow", "name"]),
    }
    for name, frame in frames.items():
        con.register(name, frame)
    written = []
    for name, query, shape in (
        (f"wechat_live_dashboard/lives_{number:03d}.jsonl", _DASHBOARD, "FORMAT json"),
        (f"compass_live_traffic/traffic_{number:03d}.csv", _COMPASS, "FORMAT csv, HEADER"),
    ):
        file = folder / name
        if con.sql(f"SELECT 1 FROM ({query}) LIMIT 1").fetchall():
            file.parent.mkdir(parents=True, exist_ok=True)
            to = str(file).replace("'", "''")
            con.execute(f"COPY ({query}) TO '{to}' ({shape})")
            written.append(file)
    for name in frames:
        con.unregister(name)
    return written
