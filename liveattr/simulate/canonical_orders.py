"""Orders as the canonical tables would hold them after an ingest, without writing a file.

Identifiers stand as plain text `kind:value` where the lake has tokens of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pyarrow as pa

from liveattr.lake.frames import declared_series
from liveattr.simulate.ads import ADVERTISER, WINDOW_DAYS, ad_orders, ad_report
from liveattr.simulate.order_life import Orders
from liveattr.simulate.world import PLACES, TESTED
from liveattr.simulate.write.books import open_books
from liveattr.simulate.write.douyin import SHOP_ID
from liveattr.simulate.write.youzan import KDT_ID
from liveattr.tables import Column, get_table

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = ["order_frames"]


def _moment(us: str) -> str:
    return f"CASE WHEN {us} > 0 THEN timezone('UTC', make_timestamp({us})) END"


_STATUS = "['created', 'paid', 'shipped', 'finished', 'cancelled', 'closed'][1 + state]"
_HEADER = f"""order_id, {_moment("created_us")} AS created_at, {_moment("paid_us")} AS paid_at,
    {_moment("finished_us")} AS finished_at, paid_fen, postage_fen, 'CNY' AS currency,
    kind = {TESTED} AS is_test"""
_LINE = """line_id, order_id, l.sku_id, merchant_sku AS merchant_code, product_id, title, qty,
    l.list_fen, l.paid_fen, l.platform_fen AS sub_platform_fen, l.author_fen AS sub_author_fen,
    is_gift, 'normal' AS trade_kind"""
_CLAIM_STATUS = "['applied', 'done', 'withdrawn'][1 + c.state]"
_CLAIM_KEYS = f"""claim_id AS refund_id, order_id, {_moment("applied_us")} AS applied_at,
    {_moment("done_us")} AS done_at, refund_fen"""
_CLAIM = f"{_CLAIM_KEYS}, {_CLAIM_STATUS} AS status"
_CLAIMS = 'claim AS c JOIN header AS h USING ("order")'
_LINES = 'line AS l JOIN header AS h USING ("order")'
_CLAIM_LINES = f"{_CLAIMS} JOIN claim_line AS x USING (claim_id)"

_DOUYIN = {
    "order_header": f"""
SELECT {_HEADER}, '{SHOP_ID}' AS shop_id, {_moment("updated_us")} AS updated_at, {_STATUS} AS status,
    CASE WHEN state <> 5 THEN ['1', '2', '3', '5', '4'][1 + state] WHEN before_shipping THEN '21'
        WHEN finished_us = 0 THEN '22' ELSE '39' END AS status_raw,
    'uid_douyin:' || account AS account_token, list_fen AS order_fen, 0 AS tax_fen,
    platform_fen AS sub_platform_fen, author_fen AS sub_author_fen, shop_fen AS sub_shop_fen FROM header""",
    "order_line": f"""
SELECT {_LINE}, '{SHOP_ID}' AS shop_id, l.shop_fen AS sub_shop_fen, l.host_id, l.room_id,
    CASE WHEN l.path = 6 THEN '73' || lpad(CAST("order" % 40 AS VARCHAR), 17, '0') END AS video_id
FROM {_LINES}""",
    "refund": f"""
SELECT {_CLAIM}, type, CASE c.state WHEN 0 THEN '6' WHEN 1 THEN '12' ELSE '28' END AS status_raw,
    {_moment("c.updated_us")} AS updated_at, c.postage_fen, qty, CAST(reason AS VARCHAR) AS reason_code,
    CASE WHEN said THEN c.platform_fen + c.author_fen ELSE 0 END AS subsidy_back_fen,
    type = 'before_shipping' AS before_shipping FROM {_CLAIMS}""",
    "refund_line": f"""
SELECT claim_id AS refund_id, line_id, order_id, x.refund_fen, x.qty,
    CASE WHEN said THEN x.platform_fen + x.author_fen ELSE 0 END AS subsidy_back_fen
FROM {_CLAIM_LINES} QUALIFY count(*) OVER (PARTITION BY claim_id) = 1""",
    "settlement_line": f"""
SELECT 'JS' || strftime(make_timestamp(settled_us + 28800000000), '%Y%m%d') || '01' AS request_no,
    line_id, order_id, trade_type, {_moment("settled_us")} AS settled_at, turn * income_fen AS income_fen,
    turn * (service_fen + commission_fen) AS outcome_fen,
    turn * (income_fen - service_fen - commission_fen) AS settle_fen,
    turn * service_fen AS service_fee_fen, turn * commission_fen AS commission_fen,
    0 AS channel_fee_fen, 0 AS colonel_fee_fen, 0 AS other_fee_fen, turn * platform_fen AS sub_platform_fen,
    turn * author_fen AS sub_author_fen, refund_before_fen
FROM (SELECT *, CASE WHEN trade_type = 0 THEN 1 ELSE -1 END AS turn FROM settlements)""",
    "account_ledger": f"""
SELECT 'DZ' || number AS account_trade_no, {_moment("at_us")} AS "at", amount_fen, line_id AS order_id,
    CASE WHEN tag IN (2, 6) THEN 'in' ELSE 'out' END AS direction,
    CASE tag WHEN 1 THEN 'commission' WHEN 2 THEN 'commission_back' WHEN 6 THEN 'service_fee_back'
        WHEN 7 THEN 'subsidy_back' ELSE 'freight_insurance' END AS tag,
    CASE tag WHEN 1 THEN '达人佣金' WHEN 2 THEN '达人佣金退款' WHEN 6 THEN '技术服务费返还'
        WHEN 7 THEN '平台补贴追缴' ELSE '运费险扣减货款' END AS tag_raw FROM ledger""",
    "ad_spend": f"""
SELECT '{ADVERTISER}' AS account, CAST(ad_id AS VARCHAR) AS ad_id, {_moment("hour_us")} AS hour_at, room_id,
    spend_fen, shows, clicks, enters AS live_enters, claimed_fen AS attributed_pay_fen,
    claimed_orders AS attributed_orders FROM report""",
    "platform_ad_order": f"""
SELECT '{ADVERTISER}' AS account, order_id, CAST(ad_id AS VARCHAR) AS ad_id, {WINDOW_DAYS} AS window_days,
    {_moment("created_us")} AS placed_at, paid AS is_pay,
    CASE WHEN direct THEN 'direct' ELSE 'indirect' END AS pay_type,
    CASE WHEN broadcast < 0 THEN 'QIANCHUAN_PROMOTE' ELSE 'RECOMMEND_LIVE' END AS flow_source FROM claimed""",
}

_CHANNELS = {
    "order_header": f"""
SELECT {_HEADER}, '(default)' AS shop_id, {_moment("updated_us")} AS updated_at, {_STATUS} AS status,
    ['10', '20', '30', '100', '250', '200'][1 + state] AS status_raw, 'openid:' || account AS openid_token,
    'unionid:' || unionid AS unionid_token, list_fen + postage_fen AS order_fen, 0 AS sub_platform_fen,
    author_fen AS sub_author_fen, shop_fen AS sub_shop_fen, updated_us // 1000000 * 4 + 3 AS version
FROM header""",
    "order_line": f"""
SELECT {_LINE}, '(default)' AS shop_id, l.shop_fen AS sub_shop_fen, l.host_id, l.room_id FROM {_LINES}""",
    "refund": f"""
SELECT {_CLAIM_KEYS}, CASE type WHEN 'return_refund' THEN type ELSE 'refund_only' END AS type,
    CASE WHEN c.state = 0 AND type = 'return_refund' THEN 'running' ELSE {_CLAIM_STATUS} END AS status,
    CASE WHEN c.state = 2 THEN 'USER_CANCELD' WHEN type = 'return_refund' THEN
        CASE c.state WHEN 1 THEN 'MERCHANT_RETURN_SUCCESS' ELSE 'USER_WAIT_RETURN' END
        WHEN c.state = 1 THEN 'MERCHANT_REFUND_SUCCESS' ELSE 'MERCHANT_PROCESSING' END AS status_raw,
    {_moment("c.updated_us")} AS updated_at, 0 AS postage_fen, 0 AS subsidy_back_fen, qty,
    ['OTHERS', 'NO_REASON_7_DAYS', 'QUALITY_ISSUE', 'DELIVERY_LATE', 'OTHERS'][1 + reason] AS reason_code,
    false AS before_shipping FROM {_CLAIMS}""",
    "refund_line": f"""
SELECT claim_id AS refund_id, line_id, order_id, x.refund_fen, 0 AS subsidy_back_fen, x.qty
FROM {_CLAIM_LINES}""",
}

_CHANGED = """greatest(updated_us, coalesce((
    SELECT max(q.updated_us) FROM claim AS q WHERE q."order" = header."order"), 0))"""

_MALL = {
    "order_header": f"""
SELECT {_HEADER}, '{KDT_ID}' AS shop_id, {_moment(_CHANGED)} AS updated_at,
    CASE WHEN state = 4 THEN 'closed' ELSE {_STATUS} END AS status,
    ['WAIT_BUYER_PAY', 'WAIT_SELLER_SEND_GOODS', 'WAIT_BUYER_CONFIRM_GOODS', 'TRADE_SUCCESS',
        'TRADE_CLOSED', 'TRADE_CLOSED'][1 + state] AS status_raw,
    'mall_account:youzan/' || account AS account_token, 'phone:+86' || phone AS phone_token,
    'openid:' || openid AS openid_token, list_fen AS order_fen FROM header""",
    "order_line": f"SELECT {_LINE}, '{KDT_ID}' AS shop_id FROM {_LINES}",
    "refund": f"""
SELECT {_CLAIM}, '{KDT_ID}' AS shop_id,
    CASE type WHEN 'before_shipping' THEN type ELSE 'other' END AS type,
    CASE c.state WHEN 0 THEN '1' WHEN 1 THEN '60' ELSE '50' END AS status_raw, c.postage_fen,
    {_moment('greatest(h.updated_us, max(c.updated_us) OVER (PARTITION BY "order"))')} AS updated_at,
    0 AS subsidy_back_fen, type = 'before_shipping' AS before_shipping FROM {_CLAIMS}""",
    "refund_line": f"""
SELECT claim_id AS refund_id, x.line_id, order_id, '{KDT_ID}' AS shop_id, x.refund_fen,
    0 AS subsidy_back_fen, CASE WHEN x.refund_fen >= l.paid_fen THEN l.qty ELSE 0 END AS qty
FROM {_CLAIM_LINES} JOIN line AS l ON l.line_id = x.line_id
QUALIFY count(*) OVER (PARTITION BY claim_id) = 1""",
}

_SHOPS = (_DOUYIN, _CHANNELS, _MALL)
_TABLES = tuple(_DOUYIN)
_PROVENANCE = ("source", "ingest_id", "source_row")


def order_frames(
    orders: Orders, world: World, identifiers: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return the canonical tables of some orders.

    Parameters
    ----------
    orders
        From `live_on`.
    identifiers
        From `make_identifiers`.

    Returns
    -------
    dict
        `order_header, order_line, refund, refund_line, settlement_line, account_ledger, ad_spend,
        platform_ad_order`, with the columns and types of `liveattr.tables` except those
        of provenance, ordered by key. Tokens are texts `kind:value`.
    """
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.register("report", pa.Table.from_pandas(ad_report(orders, world), preserve_index=False))
    con.register("claimed", pa.Table.from_pandas(ad_orders(orders, world), preserve_index=False))
    parts: dict[str, list[pa.Table]] = {name: [] for name in _TABLES}
    for place, tables in enumerate(_SHOPS):
        extra = ("settlements", "ledger") if place == 0 else ()
        open_books(con, orders, world, identifiers, place, extra)
        for name, sql in tables.items():
            parts[name].append(_read(con, name, sql, place))
    con.close()
    return {name: _frame(name, tables) for name, tables in parts.items()}


def _read(con: duckdb.DuckDBPyConnection, name: str, sql: str, place: int) -> pa.Table:
    """Run the SQL of a table and fill the columns that it leaves out."""
    there = set(con.sql(sql).columns)
    fixed = {"platform": f"'{PLACES[place]}'", "shop_id": "'(default)'"}
    cells = []
    for column in _columns(name):
        value = f't."{column.name}"' if column.name in there else fixed.get(column.name, "NULL")
        if column.name not in there and column.required and column.type == "bigint":
            value = "0"
        cells.append(f'CAST({value} AS {column.sql_type}) AS "{column.name}"')
    return con.sql(f"SELECT {', '.join(cells)} FROM ({sql}) AS t").to_arrow_table()


def _frame(name: str, parts: list[pa.Table]) -> pd.DataFrame:
    table = get_table(name)
    whole = pa.concat_tables(parts)
    whole = whole.sort_by([(key, "ascending") for key in table.key])
    columns = {c.name: declared_series(whole[c.name], c) for c in _columns(name)}
    return pd.DataFrame(columns, copy=False)


def _columns(name: str) -> list[Column]:
    return [c for c in get_table(name).columns if c.name not in _PROVENANCE]
