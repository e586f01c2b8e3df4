"""Files of the Douyin shop: orders, claims, bills, account movements, and the ads that led there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from liveattr.simulate.ads import ADVERTISER, WINDOW_DAYS, ad_orders, ad_report
from liveattr.simulate.order_life import Orders
from liveattr.simulate.write.books import copy_lines, line_lists, local_text, open_books, seconds

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.simulate.world import World

__all__ = ["SHOP_ID", "write_segment"]

SHOP_ID = 46120088
"""Number of the brand's shop on Douyin."""

_SHORT_VIDEO = 6

_LINE = f"""to_json(struct_pack(
    order_id := line_id, parent_order_id := order_id, order_level := 3, trade_type := 0,
    create_time := {seconds("created_us")},
    product_id := CAST(product_id AS BIGINT), product_id_str := product_id, product_name := title,
    sku_id := CAST(sku_id AS BIGINT), code := merchant_sku, out_sku_id := '0', item_num := qty,
    origin_amount := price_fen, sum_amount := list_fen, order_amount := list_fen,
    pay_amount := paid_fen, post_amount := post_fen,
    promotion_amount := list_fen - paid_fen, promotion_shop_amount := shop_fen,
    promotion_platform_amount := platform_fen, promotion_talent_amount := author_fen,
    shop_cost_amount := shop_fen, platform_cost_amount := platform_fen + author_fen,
    only_platform_cost_amount := platform_fen, author_cost_amount := author_fen,
    promotion_pay_amount := 0,
    author_id := coalesce(TRY_CAST(host_id AS BIGINT), 0), author_name := '主播' || host_id,
    room_id := coalesce(CAST(room_id AS BIGINT), 0), room_id_str := coalesce(room_id, '0'),
    video_id := CASE WHEN path = {_SHORT_VIDEO} THEN '73' || lpad(CAST("order" % 40 AS VARCHAR), 17, '0')
                     ELSE '' END,
    c_biz := CASE WHEN host_id IS NULL THEN 8 ELSE 2 END,
    ad_env_type := CASE WHEN host_id IS NULL THEN '' ELSE 'live' END,
    given_product_type := CASE WHEN is_gift THEN 'FREE' WHEN brings_gift THEN 'MASTER' ELSE '' END
    ))"""

_LINES = line_lists(
    {"items": _LINE},
    """(SELECT l.*, h.order_id, CASE WHEN l.line = 1 THEN h.postage_fen ELSE 0 END AS post_fen
    FROM line AS l JOIN header AS h USING ("order"))""",
)

_STATUS = """CASE state WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 3 WHEN 3 THEN 5 ELSE 4 END"""
_MAIN = f"""CASE WHEN state <> 5 THEN {_STATUS} WHEN before_shipping THEN 21
    WHEN finished_us = 0 THEN 22 ELSE 39 END"""

_ORDERS = f"""
SELECT 10000 AS code, 'success' AS msg, struct_pack(shop_order_detail := struct_pack(
    shop_id := {SHOP_ID}, shop_name := '山茶记官方旗舰店', order_id := order_id, order_level := 2,
    order_status := {_STATUS}, main_status := {_MAIN},
    create_time := {seconds("created_us")}, pay_time := {seconds("paid_us")},
    ship_time := {seconds("shipped_us")}, finish_time := {seconds("finished_us")},
    update_time := {seconds("updated_us")}, pay_type := CASE WHEN paid_us > 0 THEN 1 ELSE 0 END,
    order_amount := list_fen, pay_amount := paid_fen, post_amount := postage_fen,
    promotion_amount := shop_fen + platform_fen + author_fen, promotion_pay_amount := 0,
    shop_cost_amount := shop_fen, platform_cost_amount := platform_fen + author_fen,
    only_platform_cost_amount := platform_fen, author_cost_amount := author_fen,
    tax_amount := 0, packing_amount := 0,
    doudian_open_id := account, open_id := '', post_receiver := '',
    mask_post_receiver := receiver, encrypt_post_receiver := '##made-up-receiver##',
    post_tel := '', mask_post_tel := tel_mask, encrypt_post_tel := '$$made-up-phone$$',
    mask_post_addr := struct_pack(province := struct_pack(name := '浙江省', id := '33'),
        city := struct_pack(name := '杭州市', id := '330100'), detail := '山茶路*号'),
    buyer_words := '', seller_words := '', sku_order_list := items)) AS data
FROM header JOIN ({_LINES}) USING ("order") ORDER BY "order"
"""

_CLAIMS = f"""
SELECT 10000 AS code, 'success' AS msg, struct_pack(
    process_info := struct_pack(after_sale_info := struct_pack(
        after_sale_id := CAST(claim_id AS BIGINT),
        after_sale_status := CASE state WHEN 0 THEN 6 WHEN 1 THEN 12 ELSE 28 END,
        refund_status := CASE state WHEN 1 THEN 3 ELSE 1 END,
        refund_total_amount := refund_fen, refund_post_amount := postage_fen,
        refund_promotion_amount := 0,
        platform_discount_return_amount := CASE WHEN said THEN platform_fen ELSE 0 END,
        platform_discount_return_status := CASE WHEN state = 1 THEN 1 ELSE 0 END,
        kol_discount_return_amount := CASE WHEN said THEN author_fen ELSE 0 END,
        kol_discount_return_status := CASE WHEN state = 1 THEN 1 ELSE 0 END,
        apply_time := {seconds("applied_us")}, update_time := {seconds("c.updated_us")},
        after_sale_type := CASE type WHEN 'return_refund' THEN 0 WHEN 'refund_only' THEN 1 ELSE 2 END,
        reason := '', reason_code := reason, reason_remark := '',
        after_sale_apply_count := qty, need_return_count := CASE type WHEN 'return_refund' THEN qty ELSE 0 END,
        post_receiver := receiver, post_tel_sec := tel_mask, part_type := 0,
        got_pkg := CASE type WHEN 'before_shipping' THEN 0 ELSE 1 END)),
    order_info := struct_pack(shop_order_id := CAST(order_id AS BIGINT), sku_order_infos := items)) AS data
FROM (SELECT c.*, h.order_id, h.receiver, h.tel_mask
      FROM claim AS c JOIN header AS h USING ("order")) AS c
JOIN (SELECT claim_id, list(struct_pack(
          sku_order_id := CAST(x.line_id AS BIGINT), pay_amount := l.paid_fen, item_quantity := l.qty,
          product_id := CAST(l.product_id AS BIGINT), sku_id := CAST(l.sku_id AS BIGINT),
          shop_sku_code := l.merchant_sku, after_sale_item_count := x.qty) ORDER BY x.line) AS items
      FROM claim_line AS x JOIN line AS l ON l."order" = x."order" AND l.line = x.line
      GROUP BY claim_id) USING (claim_id)
ORDER BY "order", claim_id
"""

_BILL = f"""
SELECT {local_text("settled_us")} AS settle_time,
    'JS' || strftime(make_timestamp(settled_us + 28800000000), '%Y%m%d') || '01' AS request_no,
    order_id AS shop_order_id, line_id AS order_id, trade_type,
    CASE WHEN refund_before_fen > 0 THEN 1 ELSE 0 END AS is_contains_refund_before_settle,
    {local_text("ordered_us")} AS order_time, qty AS goods_count,
    CASE WHEN commission_fen > 0 THEN '精选联盟' ELSE '小店自卖' END AS flow_type_desc,
    '聚合账户' AS pay_type_desc, goods_fen AS total_goods_amount, postage_fen AS post_amount,
    refund_before_fen AS refund_before_settle, platform_fen AS platform_coupon,
    author_fen AS author_coupon, 0 AS zt_pay_promotion, 0 AS zr_pay_promotion,
    income_fen - platform_fen - author_fen AS real_pay_amount, income_fen AS total_income,
    service_fen AS platform_service_fee, commission_fen AS commission, 0 AS good_learn_channel_fee,
    0 AS colonel_service_fee, 0 AS channel_promotion_fee, 0 AS other_sharing_amount,
    service_fen + commission_fen AS total_outcome,
    income_fen - service_fen - commission_fen AS settle_amount, '' AS remark
FROM settlements ORDER BY settled_us, "order", line, trade_type
"""

_MOVES = f"""
SELECT 'DZ' || number AS account_trade_no, {local_text("at_us")} AS bill_time,
    CASE WHEN tag IN (2, 6) THEN 0 ELSE 1 END AS fund_flow,
    CASE WHEN tag IN (2, 6) THEN '入账' ELSE '出账' END AS fund_flow_desc,
    amount_fen AS account_amount, tag AS account_bill_desc_tag,
    CASE tag WHEN 1 THEN '达人佣金' WHEN 2 THEN '达人佣金退款' WHEN 6 THEN '技术服务费返还'
        WHEN 7 THEN '平台补贴追缴' ELSE '运费险扣减货款' END AS account_bill_desc,
    line_id AS order_id, order_id AS shop_order_id, '{SHOP_ID}' AS shop_id,
    '聚合支付' AS account_type_desc, '' AS remark
FROM ledger ORDER BY at_us, number
"""

_REPORT = f"""
SELECT {local_text("hour_us")} AS stat_datetime, {ADVERTISER} AS advertiser_id, ad_id,
    spend_fen / 100 AS stat_cost, shows AS show_cnt, clicks AS click_cnt,
    enters AS luban_live_enter_cnt, claimed_orders AS pay_order_count,
    claimed_fen / 100 AS pay_order_amount, coalesce(CAST(room_id AS BIGINT), 0) AS room_id
FROM report ORDER BY hour_us, ad_id
"""

_CLAIMED = f"""
SELECT CAST(order_id AS BIGINT) AS order_id, ad_id,
    CASE WHEN broadcast < 0 THEN '商品卡投放' ELSE '直播间投放' END AS ad_name,
    {local_text("created_us")} AS order_place_time, CASE WHEN paid THEN 'PAID' ELSE 'UNPAID' END AS is_pay,
    CASE WHEN direct THEN 'DIRECT' ELSE 'INDIRECT' END AS pay_type,
    CASE WHEN broadcast < 0 THEN 'QIANCHUAN_PROMOTE' ELSE 'RECOMMEND_LIVE' END AS order_flow_source,
    {ADVERTISER} AS advertiser_id, {WINDOW_DAYS} AS optimization_time_scope
FROM claimed ORDER BY "order"
"""


def write_segment(
    con: DuckDBPyConnection,
    orders: Orders,
    world: World,
    identifiers: pd.DataFrame,
    folder: Path,
    number: int,
) -> list[Path]:
    """Write one segment's Douyin files below `folder`; return their paths.

    `doudian_orders`, `doudian_aftersale`, `doudian_settle_v3`, `doudian_account_ledger`,
    `qianchuan_report`, `qianchuan_orders`. A kind of which there is nothing has no file.
    """
    open_books(con, orders, world, identifiers, 0, ("settlements", "ledger"))
    con.register("report", pa.Table.from_pandas(ad_report(orders, world), preserve_index=False))
    con.register("claimed", pa.Table.from_pandas(ad_orders(orders, world), preserve_index=False))
    paths = []
    for preset, name, source, sql in (
        ("doudian_orders", "orders", "header", _ORDERS),
        ("doudian_aftersale", "claims", "claim", _CLAIMS),
        ("doudian_settle_v3", "bill", "settlements", _BILL),
        ("doudian_account_ledger", "account", "ledger", _MOVES),
        ("qianchuan_report", "ads", "report", _REPORT),
        ("qianchuan_orders", "orders", "claimed", _CLAIMED),
    ):
        if con.sql(f"SELECT 1 FROM {source} LIMIT 1").fetchall():
            paths.append(copy_lines(con, sql, folder / preset / f"{name}_{number:03d}.jsonl"))
    con.unregister("report")
    con.unregister("claimed")
    return paths
