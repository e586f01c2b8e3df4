"""Files of the Channels shop: orders and claims."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.simulate.order_life import Orders
from liveattr.simulate.write.books import copy_lines, line_lists, open_books, seconds

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.simulate.world import World

__all__ = ["write_segment"]

_SHORT_VIDEO = 6

_LINE = """to_json(struct_pack(
    product_id := product_id, sku_id := sku_id, sku_code := merchant_sku, out_sku_id := '',
    title := title, sku_cnt := qty, sale_price := price_fen, market_price := price_fen,
    real_price := paid_fen, estimate_price := paid_fen, is_discounted := list_fen > paid_fen,
    merchant_discounted_price := shop_fen, finder_discounted_price := author_fen,
    on_aftersale_sku_cnt := 0, finish_aftersale_sku_cnt := 0,
    is_free_gift := CASE WHEN is_gift THEN 1 ELSE 0 END))"""

_SOURCE = """CASE WHEN host_id IS NOT NULL THEN to_json(struct_pack(
    sku_id := sku_id, account_type := 1, account_id := host_id, sale_channel := 0)) END"""

_LINES = line_lists({"items": _LINE, "sources": _SOURCE}, "line")

_STATUS = "CASE state WHEN 0 THEN 10 WHEN 1 THEN 20 WHEN 2 THEN 30 WHEN 3 THEN 100 WHEN 4 THEN 250 ELSE 200 END"

_ORDERS = f"""
SELECT order_id, {_STATUS} AS status, account AS openid, unionid,
    {seconds("created_us")} AS create_time, {seconds("updated_us")} AS update_time,
    false AS is_present,
    struct_pack(
        product_infos := items,
        pay_info := struct_pack(payment_method := 1, pay_time := {seconds("paid_us")},
            transaction_id := '42' || order_id),
        price_info := struct_pack(product_price := list_fen, order_price := paid_fen,
            freight := postage_fen, is_change_freight := false, discounted_price := shop_fen,
            is_discounted := shop_fen > 0, original_order_price := list_fen + postage_fen,
            merchant_receieve_price := paid_fen, merchant_discounted_price := shop_fen,
            finder_discounted_price := author_fen),
        delivery_info := struct_pack(deliver_method := 0, address_info := struct_pack(
            user_name := receiver, tel_number := tel_mask, detail_info := '山茶路*号')),
        ext_info := struct_pack(customer_notes := '', merchant_notes := '',
            confirm_receipt_time := {seconds("finished_us")}, finder_id := coalesce(host_id, ''),
            live_id := coalesce(room_id, ''),
            order_scene := CASE WHEN live THEN 2 WHEN path = {_SHORT_VIDEO} THEN 3 ELSE 5 END,
            commission_handling_progress := 1),
        sharer_info := struct_pack(sharer_openid := '', share_scene := 0, handling_progress := 1),
        source_infos := sources) AS order_detail
FROM header JOIN ({_LINES}) USING ("order") ORDER BY "order"
"""

_CLAIMS = f"""
SELECT claim_id AS after_sale_order_id,
    CASE WHEN c.state = 2 THEN 'USER_CANCELD'
         WHEN type = 'return_refund' THEN
             CASE c.state WHEN 1 THEN 'MERCHANT_RETURN_SUCCESS' ELSE 'USER_WAIT_RETURN' END
         WHEN c.state = 1 THEN 'MERCHANT_REFUND_SUCCESS' ELSE 'MERCHANT_PROCESSING' END AS status,
    h.account AS openid, h.unionid, h.order_id,
    struct_pack(product_id := l.product_id, sku_id := l.sku_id, count := c.qty) AS product_info,
    struct_pack("desc" := '', receive_product := type <> 'before_shipping', tel_number := h.tel_mask) AS details,
    struct_pack(amount := x.refund_fen, refund_reason := reason) AS refund_info,
    {seconds("applied_us")} AS create_time, {seconds("c.updated_us")} AS update_time,
    ['OTHERS', 'NO_REASON_7_DAYS', 'QUALITY_ISSUE', 'DELIVERY_LATE', 'OTHERS'][1 + reason] AS reason,
    '' AS reason_text, CASE type WHEN 'return_refund' THEN 'RETURN' ELSE 'REFUND' END AS type
FROM claim AS c
JOIN claim_line AS x USING (claim_id)
JOIN line AS l ON l."order" = x."order" AND l.line = x.line
JOIN header AS h ON h."order" = c."order"
ORDER BY c."order", claim_id
"""


def write_segment(
    con: DuckDBPyConnection,
    orders: Orders,
    world: World,
    identifiers: pd.DataFrame,
    folder: Path,
    number: int,
) -> list[Path]:
    """Write one segment's `wechat_orders` and `wechat_aftersale` below `folder`; return the paths.

    A claim names one SKU, so postage that goes back before shipping is not on it.
    """
    open_books(con, orders, world, identifiers, 1)
    paths = []
    for preset, name, source, sql in (
        ("wechat_orders", "orders", "header", _ORDERS),
        ("wechat_aftersale", "claims", "claim", _CLAIMS),
    ):
        if con.sql(f"SELECT 1 FROM {source} LIMIT 1").fetchall():
            paths.append(copy_lines(con, sql, folder / preset / f"{name}_{number:03d}.jsonl"))
    return paths
