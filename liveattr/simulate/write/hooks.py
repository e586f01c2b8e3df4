"""Messages that the shops push, as a receiver keeps them: late, twice, and out of order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.order_life import Orders
from liveattr.simulate.streams import cells
from liveattr.simulate.world import DAY_US
from liveattr.simulate.write.books import copy_lines, local_text, seconds
from liveattr.simulate.write.douyin import SHOP_ID
from liveattr.simulate.write.youzan import KDT_ID, yuan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.simulate.world import World

__all__ = ["DOUDIAN_SECRET", "YOUZAN_SECRET", "Hooks", "write_segment"]

DOUDIAN_SECRET = "liveattr-public-demo-secret-doudian"
YOUZAN_SECRET = "liveattr-public-demo-secret-youzan"
"""Secrets of the demo's apps; public, so they prove nothing but the arithmetic. To have the
signatures checked, put them into LIVEATTR_DOUDIAN_SECRET and LIVEATTR_YOUZAN_SECRET."""

_APP = "6800000000000000001"
_CLIENT = "50535be20334f52771"
_DESIGN = "reference design of the world"
_MINUTE_US = 60_000_000
_TEXT = pd.ArrowDtype(pa.string())


@dataclass(frozen=True)
class Hooks(Block):
    """How badly messages travel; with `on=False` each comes once, at once, and in order."""

    twice: float = knob(0.02, 0, 1, "messages that come again", source=_DESIGN)
    late_minutes: float = knob(40, 0, 10**5, "mean lateness", unit="min", source=_DESIGN)
    days_late: float = knob(0.01, 0, 1, "messages more than a day late", source=_DESIGN)


_CREATED, _PAID, _SENT, _DONE, _CLOSED, _CLAIMED, _REFUNDED, _WITHDRAWN = range(8)
"""Kinds of messages."""

_DOUDIAN = f"""
WITH told AS (
    SELECT *, [100, 101, 102, 103, 106, 200, 206, 207][1 + kind] AS tag FROM message WHERE place = 0
), body AS (
    SELECT *, CAST(to_json([struct_pack(
        tag := CAST(tag AS VARCHAR), msg_id := number || ':0:' || tag, data := CAST(CASE
        WHEN kind = {_CREATED} THEN to_json(struct_pack(biz := 2, create_time := {seconds("at_us")},
            order_status := 1, order_type := 0, p_id := oid, s_ids := [oid], shop_id := {SHOP_ID}))
        WHEN kind = {_PAID} THEN to_json(struct_pack(biz := 2, order_status := 2, order_type := 0,
            p_id := oid, pay_amount := amount_fen, pay_time := {seconds("at_us")}, pay_type := 1,
            s_ids := [oid], shop_id := {SHOP_ID}))
        WHEN kind = {_SENT} THEN to_json(struct_pack(biz := 2, order_status := 3, p_id := oid,
            receiver_msg := struct_pack("name" := '**', tel := '138****0000'), s_ids := [oid],
            shop_id := {SHOP_ID}, update_time := {seconds("at_us")}))
        WHEN kind = {_DONE} THEN to_json(struct_pack(biz := 2, complete_time := {seconds("at_us")},
            order_status := 5, p_id := oid, s_ids := [oid], shop_id := {SHOP_ID}))
        WHEN kind = {_CLOSED} THEN to_json(struct_pack(biz := 2, cancel_reason := '超时未支付',
            cancel_time := {seconds("at_us")}, order_status := 4, p_id := oid, shop_id := {SHOP_ID}))
        WHEN kind = {_REFUNDED} THEN to_json(struct_pack(aftersale_id := claim, aftersale_status := 12,
            p_id := oid, refund_amount := amount_fen, shop_id := {SHOP_ID},
            success_time := {seconds("at_us")}, update_time := {local_text("at_us")}))
        ELSE to_json(struct_pack(aftersale_id := claim,
            aftersale_status := CASE WHEN kind = {_CLAIMED} THEN 6 ELSE 28 END,
            apply_time := {seconds("at_us")}, p_id := oid, shop_id := {SHOP_ID},
            update_time := {local_text("at_us")})) END AS VARCHAR))]) AS VARCHAR) AS body
    FROM (SELECT *, CAST(order_id AS BIGINT) AS oid, CAST(claim_id AS BIGINT) AS claim FROM told)
)
SELECT strftime(make_timestamp(received_us + 28800000000), '%Y-%m-%dT%H:%M:%S.%g+08:00') AS received_at,
    struct_pack("app-id" := '{_APP}',
        "event-sign" := md5('{_APP}' || body || '{DOUDIAN_SECRET}')) AS headers, body
FROM body ORDER BY received_us, number, again
"""

_TYPES = """['trade_TradeCreate', 'trade_TradeBuyerPay', 'trade_TradeSellerShip', 'trade_TradeSuccess',
    'trade_TradeClose', 'trade_refund_BuyerCreated', 'trade_refund_RefundSuccess',
    'trade_refund_RefundClosed']"""
_STATES = """['WAIT_BUYER_PAY', 'WAIT_SELLER_SEND_GOODS', 'WAIT_BUYER_CONFIRM_GOODS', 'TRADE_SUCCESS',
    'TRADE_CLOSED', 'WAIT_SELLER_AGREE', 'SUCCESS', 'CLOSED']"""

_YOUZAN = f"""
WITH told AS (
    SELECT *, url_encode(CAST(CASE WHEN kind < {_CLAIMED} THEN
            to_json(struct_pack(tid := order_id, payment := {yuan("amount_fen")},
                update_time := {local_text("at_us")}))
        ELSE to_json(struct_pack(tid := order_id, refund_id := claim_id,
            refunded_fee := {yuan("amount_fen")}, update_time := {local_text("at_us")})) END AS VARCHAR)) AS msg
    FROM message WHERE place = 2
), signed AS (
    SELECT *, md5('{_CLIENT}' || msg || '{YOUZAN_SECRET}') AS sign FROM told
)
SELECT strftime(make_timestamp(received_us + 28800000000), '%Y-%m-%dT%H:%M:%S.%g+08:00') AS received_at,
    struct_pack("Event-Sign" := sign, "Content-Type" := 'application/json') AS headers,
    CAST(to_json(struct_pack(client_id := '{_CLIENT}', id := order_id, kdt_id := {KDT_ID},
        kdt_name := '山茶记', mode := 1, msg := msg, msg_id := 'm' || number, root_kdt_id := {KDT_ID},
        "sendCount" := again, sign := sign, status := {_STATES}[1 + kind], test := false,
        type := {_TYPES}[1 + kind], version := at_us // 1000)) AS VARCHAR) AS body
FROM signed ORDER BY received_us, number, again
"""


def write_segment(
    con: DuckDBPyConnection,
    orders: Orders,
    world: World,
    identifiers: pd.DataFrame,
    folder: Path,
    number: int,
) -> list[Path]:
    """Write one segment's `doudian_push` and `youzan_push` below `folder`; return the paths.

    Every change of an order or claim is a message, received by the end of the world or never.
    """
    con.register("message", pa.Table.from_pandas(_messages(orders, world), preserve_index=False))
    paths = []
    for preset, place, sql in (("doudian_push", 0, _DOUDIAN), ("youzan_push", 2, _YOUZAN)):
        if con.sql(f"SELECT 1 FROM message WHERE place = {place} LIMIT 1").fetchall():
            paths.append(copy_lines(con, sql, folder / preset / f"messages_{number:03d}.jsonl"))
    con.unregister("message")
    return paths


def _messages(orders: Orders, world: World) -> pd.DataFrame:
    """Return every message as it is received, copies included.

    Columns: `number` (of the message), `again` (0 or 1), `kind, place, order_id, claim_id, at_us,
    amount_fen, received_us`.
    """
    head, claim = orders.headers, orders.claims
    moments = ["created_us", "paid_us", "shipped_us", "finished_us"]
    unpaid = head["closed_us"].where(head["state"] == 4, 0)
    parts = [_told(head, kind, head[name]) for kind, name in enumerate(moments)]
    parts.append(_told(head, _CLOSED, unpaid))
    claim = claim.merge(head[["order", "order_id", "place"]], on="order")
    ended = claim["updated_us"].where(claim["state"] == 2, 0)
    for kind, at in (
        (_CLAIMED, claim["applied_us"]),
        (_REFUNDED, claim["done_us"]),
        (_WITHDRAWN, ended),
    ):
        parts.append(_told(claim, kind, at))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[(frame["at_us"] > 0) & (frame["place"] != 1)].reset_index(drop=True)
    return _received(frame, world)


def _told(frame: pd.DataFrame, kind: int, at: pd.Series) -> pd.DataFrame:
    is_claim = "claim_id" in frame
    order = frame["order"].to_numpy(dtype=np.int64)
    second = (frame["claim_id"].str[-2:] == "20").to_numpy(dtype=np.int64) if is_claim else 0
    return pd.DataFrame(
        {
            "number": order * 100 + second * 10 + kind,
            "kind": np.full(len(frame), kind, dtype=np.int8),
            "place": frame["place"],
            "order_id": frame["order_id"],
            "claim_id": frame["claim_id"]
            if is_claim
            else pd.Series(index=frame.index, dtype=_TEXT),
            "at_us": at,
            "amount_fen": frame["refund_fen"] if is_claim else frame["paid_fen"],
        }
    )


def _received(frame: pd.DataFrame, world: World) -> pd.DataFrame:
    """Add when each message comes, and the copies."""
    block = world.parameters.hooks
    number = frame["number"].to_numpy()
    late, kept, more, twice = cells(world.seed, "hooks", number // 100, number % 100)
    minutes = -block.late_minutes * np.log(late)
    days = np.where(kept < block.days_late, DAY_US * (1 + 2 * late), 0)
    travel = np.where(days > 0, days, minutes * _MINUTE_US) if block.on else np.zeros(len(frame))
    first = frame["at_us"].to_numpy() + travel.astype(np.int64) // 1000 * 1000 + 300_000
    frame = frame.assign(again=0, received_us=first)
    copies = frame[(twice < block.twice) & block.on].copy()
    wait = (5_000_000 + more * 320_000_000).astype(np.int64)[copies.index] // 1000 * 1000
    copies["again"], copies["received_us"] = 1, copies["received_us"] + wait
    frame = pd.concat([frame, copies], ignore_index=True)
    return frame[frame["received_us"] < world.end_us]
