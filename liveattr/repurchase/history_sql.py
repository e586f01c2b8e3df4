"""The SQL that makes orders and events of people out of the tables of a lake."""

from __future__ import annotations

from liveattr.identity.lookup import EVENT_KEY

__all__ = ["BUYERS", "EVENTS", "LEFT_OUT", "LINE_BACK", "NEWEST", "ORDERS", "UNKNOWN"]

UNKNOWN = "(unknown)"
"""Category of goods that the brand's list does not have."""

LEFT_OUT = """
CREATE OR REPLACE TEMP TABLE left_out AS
SELECT person, min(reason) AS reason
FROM (
    SELECT person, 'test_account' AS reason FROM test_person
    UNION ALL
    SELECT person, 'withdrawn' FROM member_code WHERE silent
)
GROUP BY person"""
"""People of whom nothing is learnt, and why."""

LINE_BACK = """
CREATE OR REPLACE TEMP TABLE line_back AS
WITH moment AS (
    SELECT 'refund' AS what, platform || '/' || refund_id AS key,
           coalesce(done_at, updated_at, applied_at) AS "at"
    FROM refund
    UNION ALL
    SELECT 'account_ledger', platform || '/' || account_trade_no, "at" FROM account_ledger
), part AS (
    SELECT platform, line_id,
           CASE source_table WHEN 'refund_line' THEN 'refund' ELSE source_table END AS what,
           CASE source_table WHEN 'refund_line'
                THEN left(source_key, length(source_key) - length(line_id) - 1)
                ELSE source_key END AS key
    FROM line_refund
)
SELECT p.platform, p.line_id, max(m."at") AS refunded_at
FROM part AS p JOIN moment AS m ON m.what = p.what AND m.key = p.key
GROUP BY p.platform, p.line_id"""
"""When the last of a line's money came back."""

ORDERS = f"""
WITH placed AS (
    SELECT DISTINCT platform, line_id FROM line_basis
    WHERE basis IN ('explicit_room', 'tracked_link') AND superseded_at IS NULL
), line AS (
    SELECT l.platform || chr(9) || l.shop_id || chr(9) || l.order_id AS order_id, l.paid_at, l.qty,
           l.paid_fen, l.paid_fen + l.sub_platform_fen + l.sub_author_fen AS value_fen,
           l.refund_before_fen + l.refund_after_fen AS back_fen, l.subsidy_back_fen,
           b.refunded_at, coalesce(g.category, '{UNKNOWN}') AS category,
           x.sub_platform_fen + x.sub_author_fen + x.sub_shop_fen > 0 AS with_coupon,
           p.line_id IS NOT NULL AS live
    FROM line_ledger AS l
    JOIN order_line AS x ON x.platform = l.platform AND x.line_id = l.line_id
    LEFT JOIN product AS g ON g.merchant_sku = l.merchant_sku
    LEFT JOIN line_back AS b ON b.platform = l.platform AND b.line_id = l.line_id
    LEFT JOIN placed AS p ON p.platform = l.platform AND p.line_id = l.line_id
    WHERE l.counted AND l.paid_at IS NOT NULL
)
SELECT w.person_id, l.order_id, min(l.paid_at) AS ordered_at,
       CAST(sum(l.value_fen) AS BIGINT) AS value_fen,
       CAST(CASE WHEN sum(l.back_fen) > 0 AND sum(l.back_fen) >= sum(l.paid_fen)
                 THEN greatest(sum(l.value_fen), sum(l.back_fen))
                 ELSE sum(l.back_fen) + sum(l.subsidy_back_fen) END AS BIGINT) AS refunded_fen,
       max(l.refunded_at) AS refunded_at, l.category, CAST(sum(l.qty) AS BIGINT) AS quantity,
       bool_or(l.with_coupon) AS with_coupon, bool_or(l.live) AS live
FROM line AS l
JOIN order_code AS c ON c.value = l.order_id
JOIN person_code AS w ON w.person = c.person
ANTI JOIN left_out AS o ON o.person = c.person
GROUP BY w.person_id, l.order_id, l.category
ORDER BY w.person_id, ordered_at, l.order_id, l.category"""

BUYERS = """
SELECT w.person_id, o.reason
FROM (
    SELECT DISTINCT c.person
    FROM line_ledger AS l
    JOIN order_code AS c
      ON c.value = l.platform || chr(9) || l.shop_id || chr(9) || l.order_id
    WHERE l.counted AND l.paid_at IS NOT NULL
) AS b
JOIN person_code AS w ON w.person = b.person
LEFT JOIN left_out AS o ON o.person = b.person
ORDER BY w.person_id"""

EVENTS = f"""
WITH did AS (
    SELECT e.name, e.link_id, coalesce(e.broadcast_id, e.room_id, e.host_id, '') AS room,
           coalesce(e.watch_ms, 0) AS watch_ms, m.person,
           CAST(timezone($zone, e.event_at) AS DATE) AS day_on
    FROM event AS e
    LEFT JOIN (SELECT id, valid_from_at FROM member_code WHERE kind = 'phone') AS ph
      ON ph.id = e.phone_token AND coalesce(e.event_at >= ph.valid_from_at, true)
    JOIN member_code AS m ON m.kind = {EVENT_KEY.kind} AND m.id = {EVENT_KEY.id}
    ANTI JOIN left_out AS o ON o.person = m.person
    WHERE e.event_at < $end_at
      AND (e.name IN ('add_to_cart', 'mall_landing')
           OR (starts_with(e.name, 'live_')
               AND e.name NOT IN ('live_impression', 'live_product_exposure')))
), watched AS (
    SELECT person, day_on, room,
           greatest(sum(watch_ms) FILTER (name = 'live_leave'),
                    sum(watch_ms) FILTER (name <> 'live_leave')) AS watch_ms
    FROM did WHERE starts_with(name, 'live_') GROUP BY person, day_on, room
), kinds AS (
    SELECT person, day_on, 'visit' AS kind, CAST(count(*) AS DOUBLE) AS value
    FROM watched GROUP BY ALL
    UNION ALL
    SELECT person, day_on, 'watch_minutes', CAST(sum(watch_ms) AS BIGINT) / 60000.0
    FROM watched GROUP BY ALL HAVING sum(watch_ms) > 0
    UNION ALL
    SELECT person, day_on,
           CASE name WHEN 'add_to_cart' THEN 'cart' WHEN 'mall_landing' THEN 'jump' ELSE 'click' END,
           CAST(count(*) AS DOUBLE)
    FROM did
    WHERE name IN ('add_to_cart', 'live_product_click', 'live_link_click')
       OR (name = 'mall_landing' AND link_id IS NOT NULL)
    GROUP BY ALL
)
SELECT w.person_id, CAST(k.day_on AS TIMESTAMP) AS ts, k.kind, k.value
FROM kinds AS k JOIN person_code AS w ON w.person = k.person
ORDER BY w.person_id, ts, k.kind"""
"""One row a person, day and kind. Some sources tell the stay on entering, some on leaving, some both."""

NEWEST = """
SELECT CAST(timezone($zone, max("at")) AS DATE) AS newest_on
FROM (
    SELECT max(event_at) AS "at" FROM event WHERE event_at < $end_at
    UNION ALL
    SELECT max(coalesce(paid_at, created_at)) FROM line_ledger
)"""
