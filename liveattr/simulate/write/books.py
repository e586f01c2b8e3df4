"""Orders laid out as relations for the writers of all shops, and the SQL that they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from liveattr.simulate.buyers import buyer_columns
from liveattr.simulate.order_life import Orders

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.simulate.world import World

__all__ = ["GIFT", "copy_lines", "line_lists", "local_text", "open_books", "seconds"]

GIFT = {"merchant_sku": "GIFT-01", "name": "山茶花旅行小样（赠品）", "spec": "5毫升"}
"""A gift row's goods: no SKU of the catalogue."""

_SURNAMES = "['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴']"
_ZONE_US = 8 * 3_600_000_000


def open_books(
    con: DuckDBPyConnection,
    orders: Orders,
    world: World,
    identifiers: pd.DataFrame,
    place: int,
    extra: Iterable[str] = (),
) -> None:
    """Make the orders of one shop known to a connection.

    Creates the tables `header` (headers with the buyer's columns, `room_id, host_id, live` and
    made-up `receiver, tel_mask`), `line` (lines with the codes, name, unit price of their goods,
    room and host), `claim`, `claim_line`; and for each name in `extra` the frame of that name.
    """
    head = orders.headers[orders.headers["place"] == place].reset_index(drop=True)
    buyers = buyer_columns(head, world, identifiers)
    _register(con, "header_frame", pd.concat([head, buyers], axis=1))
    frames = {"line_frame": orders.lines, "claim_frame": orders.claims}
    frames["claim_line_frame"] = orders.claim_lines
    frames.update({f"{name}_frame": getattr(orders, name) for name in extra})
    frames["goods_frame"] = _goods(world, place)
    rooms = world.calendar[["platform_room_id", "host_id"]].reset_index(drop=True)
    rooms = rooms.astype(pd.ArrowDtype(pa.string()))  # text also where there is no broadcast
    frames["room_frame"] = rooms.assign(broadcast=np.arange(len(rooms)))
    for name, frame in frames.items():
        _register(con, name, frame)
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE header AS
SELECT h.*, r.platform_room_id AS room_id, r.host_id, r.host_id IS NOT NULL AS live,
       {_SURNAMES}[1 + h.person % 10] || '**' AS receiver,
       '138****' || lpad(CAST(h.person % 10000 * 7919 % 10000 AS VARCHAR), 4, '0') AS tel_mask
FROM header_frame AS h LEFT JOIN room_frame AS r ON r.broadcast = h.broadcast""")
    con.execute("""
CREATE OR REPLACE TEMP TABLE line AS
SELECT l.*, h.room_id, h.host_id, h.path, g.merchant_sku, g.name || ' ' || g.spec AS title,
       g.product_id, g.sku_id, l.list_fen // l.qty AS price_fen, h.created_us,
       coalesce(max(l.is_gift) OVER (PARTITION BY l."order"), false) AS brings_gift
FROM line_frame AS l JOIN header AS h USING ("order") JOIN goods_frame AS g ON g.sku = l.sku""")
    for name in ("claim", "claim_line", *extra):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT f.* FROM {name}_frame AS f "
            'SEMI JOIN header USING ("order")'
        )
    for name in ("header_frame", *frames):
        con.unregister(name)


def _register(con: DuckDBPyConnection, name: str, frame: pd.DataFrame) -> None:
    con.register(name, pa.Table.from_pandas(frame, preserve_index=False))


def _goods(world: World, place: int) -> pd.DataFrame:
    name = ("douyin", "channels", "youzan")[place]
    goods = world.goods[["merchant_sku", "name", "spec"]].assign(
        sku=np.arange(len(world.goods)),
        product_id=world.goods[f"product_{name}"],
        sku_id=world.goods[f"sku_{name}"],
    )
    gift = {**GIFT, "sku": -1, "product_id": "90000000000", "sku_id": "90000000001"}
    return pd.concat([goods, pd.DataFrame([gift])], ignore_index=True)


def seconds(column: str) -> str:
    """Return SQL for whole seconds since 1970 of a time in µs; 0 stays 0."""
    return f"CAST({column} // 1000000 AS BIGINT)"


def local_text(column: str) -> str:
    """Return SQL for the local time 2026-01-22 20:15:00 of a time in µs; 0 becomes an empty text."""
    moment = f"make_timestamp({column} + {_ZONE_US})"
    return f"CASE WHEN {column} = 0 THEN '' ELSE strftime({moment}, '%Y-%m-%d %H:%M:%S') END"


def line_lists(items: Mapping[str, str], source: str) -> str:
    """Return SQL for `order` and, under each name, the list of its lines' values as JSON.

    An order has three lines at most; picking them one by one is far quicker than a sorted list.
    """
    cells = ", ".join(f"{sql} AS {name}" for name, sql in items.items())
    picks = ", ".join(
        "list_filter(["
        + ", ".join(f"any_value({name}) FILTER (line = {k})" for k in (1, 2, 3))
        + f"], lambda x: x IS NOT NULL) AS {name}"
        for name in items
    )
    return f'SELECT "order", {picks} FROM (SELECT "order", line, {cells} FROM {source}) GROUP BY "order"'


def copy_lines(con: DuckDBPyConnection, sql: str, path: Path) -> Path:
    """Write the rows of a query as JSON, one a line, in the order of the query."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = str(path).replace("'", "''")
    con.execute(f"COPY ({sql}) TO '{name}' (FORMAT json)")
    return path
