"""Files of the mall on Youzan: trades with their refunds; yuan as text, card money in fen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.simulate.order_life import Orders
from liveattr.simulate.write.books import copy_lines, line_lists, local_text, open_books

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.simulate.world import World

__all__ = ["KDT_ID", "write_segment", "yuan"]

KDT_ID = "41002026"
"""Number of the mall on Youzan."""


def yuan(fen: str) -> str:
    """Return SQL that writes an amount in fen as yuan with two decimals."""
    return f"format('{{}}.{{:02d}}', {fen} // 100, {fen} % 100)"


_LINE = f"""to_json(struct_pack(
    oid := line_id, item_id := product_id, sku_id := sku_id, outer_sku_id := merchant_sku,
    outer_item_id := '', title := title, num := qty, price := {yuan("price_fen")},
    total_fee := {yuan("list_fen")}, payment := {yuan("paid_fen")}, is_present := is_gift,
    buyer_messages := ''))"""

_LINES = line_lists({"items": _LINE}, "line")

_REFUNDS = f"""
SELECT "order", list(struct_pack(
    refund_id := claim_id, refund_fee := {yuan("refund_fen")},
    refund_time := {local_text("applied_us")},
    refund_state := CASE state WHEN 0 THEN 1 WHEN 1 THEN 60 ELSE 50 END, refund_type := 1,
    refund_fund := CASE WHEN state = 1 THEN
        [struct_pack(refund_account_time := {local_text("done_us")}, status := 2)] ELSE [] END,
    oids := oids) ORDER BY claim_id) AS refunds,
    sum(refund_fen) FILTER (state = 1) AS back_fen, max(updated_us) AS claimed_us
FROM claim JOIN (
    SELECT claim_id, list(struct_pack(oid := line_id) ORDER BY line) AS oids
    FROM claim_line GROUP BY claim_id) USING (claim_id)
GROUP BY "order"
"""

_CARD = '("order" * 7919 % 100 < 8 AND paid_us > 0)'
"""Orders paid in part with a stored value card."""

_STATUS = """CASE state WHEN 0 THEN 'WAIT_BUYER_PAY' WHEN 1 THEN 'WAIT_SELLER_SEND_GOODS'
    WHEN 2 THEN 'WAIT_BUYER_CONFIRM_GOODS' WHEN 3 THEN 'TRADE_SUCCESS' ELSE 'TRADE_CLOSED' END"""

_TRADES = f"""
SELECT struct_pack(
    order_info := struct_pack(tid := order_id, node_kdt_id := '{KDT_ID}', status := {_STATUS},
        type := 0, created := {local_text("created_us")}, pay_time := {local_text("paid_us")},
        consign_time := {local_text("shipped_us")}, success_time := {local_text("finished_us")},
        update_time := {local_text("greatest(updated_us, coalesce(claimed_us, 0))")},
        refund_state := CASE WHEN back_fen IS NULL THEN 0 WHEN state = 5 THEN 12 ELSE 2 END,
        order_extra := struct_pack(marketing_order_source := '', buyer_name := receiver)),
    pay_info := struct_pack(total_fee := {yuan("list_fen")}, payment := {yuan("paid_fen")},
        real_payment := {yuan("paid_fen")}, post_fee := {yuan("postage_fen")},
        deduction_pay := CASE WHEN {_CARD} THEN paid_fen // 2 ELSE 0 END,
        deduction_real_pay := CASE WHEN {_CARD} THEN paid_fen - paid_fen // 2 ELSE 0 END),
    source_info := struct_pack(source := struct_pack(
        platform := CASE WHEN openid IS NULL THEN 'browser' ELSE 'wx' END)),
    buyer_info := struct_pack(yz_open_id := account, outer_user_id := coalesce(openid, ''),
        buyer_phone := coalesce(phone, ''), fans_nickname := receiver),
    address_info := struct_pack(receiver_name := receiver, receiver_tel := tel_mask,
        delivery_address := '山茶路*号'),
    orders := items) AS full_order_info, coalesce(refunds, []) AS refund_order
FROM header JOIN ({_LINES}) USING ("order") LEFT JOIN ({_REFUNDS}) USING ("order")
ORDER BY "order"
"""


def write_segment(
    con: DuckDBPyConnection,
    orders: Orders,
    world: World,
    identifiers: pd.DataFrame,
    folder: Path,
    number: int,
) -> list[Path]:
    """Write one segment's `youzan_trades` below `folder`; return the path."""
    open_books(con, orders, world, identifiers, 2)
    if not con.sql("SELECT 1 FROM header LIMIT 1").fetchall():
        return []
    return [copy_lines(con, _TRADES, folder / "youzan_trades" / f"trades_{number:03d}.jsonl")]
