"""The SQL of `audience_features`."""

from __future__ import annotations

from liveattr.identity.lookup import EVENT_KEY

__all__ = ["BOUGHT", "BUYER", "DID", "FEATURES", "GOODS", "ITEM", "KIN", "LATE", "LEFT_OUT"]

_FEWEST = 3
"""[orders] Below, a share says nothing of a person."""

LEFT_OUT = """
CREATE OR REPLACE TEMP TABLE shut_person AS
SELECT person FROM test_person UNION SELECT person FROM member_code WHERE silent"""

GOODS = """
CREATE OR REPLACE TEMP TABLE goods_code AS
SELECT platform, platform_sku_id AS sku_id, arg_max(merchant_sku, (valid_from_at, merchant_sku)) AS goods
FROM sku_map GROUP BY platform, platform_sku_id"""

KIN = """
CREATE OR REPLACE TEMP TABLE kin AS
SELECT merchant_sku AS goods, nullif(trim(category), '') AS category,
       CASE WHEN trim(name) <> '' THEN trim(name) || chr(9) || coalesce(trim(brand), '') END AS spu
FROM product"""
"""What is alike: variants (specifications) of a product have its name and brand."""

BOUGHT = """
CREATE OR REPLACE TEMP TABLE bought AS
WITH back AS (
    SELECT r.platform, r.line_id, sum(r.refund_fen) AS back_fen
    FROM refund_line AS r JOIN refund AS f ON f.platform = r.platform AND f.refund_id = r.refund_id
    WHERE f.done_at < $at GROUP BY r.platform, r.line_id
)
SELECT c.person, c.value AS order_id, h.created_at,
       CASE WHEN h.paid_at < $at THEN h.paid_at END AS paid_at,
       CAST(timezone($zone, h.paid_at) AS DATE) AS paid_on,
       h.status IN ('cancelled', 'closed') AS shut,
       coalesce(g.goods, l.merchant_code, l.product_id, l.sku_id) AS goods,
       l.sub_platform_fen + l.sub_author_fen + l.sub_shop_fen > 0 AS with_coupon,
       coalesce(b.back_fen, 0) > 0 AS came_back,
       coalesce(b.back_fen, 0) > 0 AND b.back_fen >= l.paid_fen AS wholly
FROM order_line AS l
JOIN order_header AS h
  ON h.platform = l.platform AND h.shop_id = l.shop_id AND h.order_id = l.order_id
JOIN order_code AS c
  ON c.value = l.platform || chr(9) || l.shop_id || chr(9) || l.order_id AND c.person IS NOT NULL
ANTI JOIN shut_person AS s ON s.person = c.person
LEFT JOIN goods_code AS g ON g.platform = l.platform AND g.sku_id = l.sku_id
LEFT JOIN back AS b ON b.platform = l.platform AND b.line_id = l.line_id
WHERE h.created_at < $at AND NOT l.is_gift AND NOT h.is_test"""

DID = f"""
CREATE OR REPLACE TEMP TABLE did AS
SELECT m.person, e.name, e.event_at, e.watch_ms, e.link_id,
       coalesce(e.broadcast_id, e.room_id, '')
           || CAST(date_trunc('day', e.event_at - INTERVAL 20 HOUR) AS VARCHAR) AS stay,
       coalesce(e.broadcast_id, b.broadcast_id, k.broadcast_id) AS broadcast_id,
       coalesce(g.goods, e.product_id, k.product_id, e.sku_id) AS goods
FROM event AS e
LEFT JOIN (SELECT id, valid_from_at FROM member_code WHERE kind = 'phone') AS ph
  ON ph.id = e.phone_token AND coalesce(e.event_at >= ph.valid_from_at, true)
JOIN member_code AS m ON m.kind = {EVENT_KEY.kind} AND m.id = {EVENT_KEY.id}
ANTI JOIN shut_person AS s ON s.person = m.person
LEFT JOIN (SELECT link_id, any_value(broadcast_id) AS broadcast_id, any_value(product_id) AS product_id
           FROM tracked_link WHERE coalesce(signature_ok, true) GROUP BY link_id) AS k
  ON k.link_id = e.link_id
LEFT JOIN broadcast AS b
  ON b.broadcast_id = $broadcast AND b.platform = e.platform AND b.platform_room_id = e.room_id
LEFT JOIN goods_code AS g ON g.platform = e.platform AND g.sku_id = e.sku_id
WHERE e.event_at >= $from_at AND e.event_at < $at AND coalesce(e.received_at < $at, true)"""

ITEM = """
CREATE OR REPLACE TEMP TABLE item AS
WITH visitor AS (
    SELECT DISTINCT person FROM did WHERE $broadcast IS NULL OR broadcast_id = $broadcast
), planned AS (
    SELECT DISTINCT coalesce(g.goods, p.sku_id) AS goods
    FROM broadcast_plan AS p
    LEFT JOIN broadcast AS b ON b.broadcast_id = p.broadcast_id
    LEFT JOIN goods_code AS g ON g.platform = b.platform AND g.sku_id = p.sku_id
    WHERE p.broadcast_id = $broadcast
), seen AS (
    SELECT person, goods,
           count(*) FILTER (name IN ('live_product_click', 'live_link_click')) AS clicks,
           count(*) FILTER (name = 'mall_landing' AND link_id IS NOT NULL) AS jumps,
           count(*) FILTER (name = 'view_item') AS views,
           count(*) FILTER (name IN ('add_to_cart', 'begin_checkout')) AS carts,
           0 AS unpaid
    FROM did WHERE goods IS NOT NULL GROUP BY person, goods
    UNION ALL
    SELECT person, goods, 0, 0, 0, 0,
           count(DISTINCT order_id) FILTER (paid_at IS NULL AND NOT shut AND created_at >= $from_at)
    FROM bought
    WHERE goods IS NOT NULL AND (created_at >= $from_at OR paid_at >= $from_at)
    GROUP BY person, goods
), product AS (
    SELECT person, goods, sum(clicks) AS clicks, sum(jumps) AS jumps, sum(views) AS views,
           sum(carts) AS carts, sum(unpaid) AS unpaid
    FROM seen
    WHERE $broadcast IS NULL OR goods IN (FROM planned) OR NOT EXISTS (FROM planned)
    GROUP BY person, goods
), kept AS (
    SELECT DISTINCT b.person, b.order_id, b.goods, k.spu, k.category
    FROM bought AS b LEFT JOIN kin AS k ON k.goods = b.goods
    WHERE b.paid_at >= $from_at AND NOT b.wholly AND b.goods IS NOT NULL
), alike AS (
    SELECT p.person, p.goods,
           count(DISTINCT b.order_id) FILTER (b.goods = p.goods OR b.spu = k.spu) AS bought,
           count(DISTINCT b.order_id)
               FILTER (b.goods = p.goods OR b.spu = k.spu OR b.category = k.category) AS bought_like
    FROM product AS p
    JOIN kept AS b ON b.person = p.person
    LEFT JOIN kin AS k ON k.goods = p.goods
    GROUP BY p.person, p.goods
), anything AS (
    SELECT person, count(DISTINCT order_id) AS orders FROM bought
    WHERE paid_at >= $from_at AND NOT wholly GROUP BY person
), loose AS (
    SELECT person, count(*) FILTER (name IN ('live_product_click', 'live_link_click')) AS clicks,
           count(*) FILTER (name = 'mall_landing' AND link_id IS NOT NULL) AS jumps
    FROM did
    WHERE goods IS NULL AND ($broadcast IS NULL OR broadcast_id = $broadcast) GROUP BY person
)
SELECT p.*, coalesce(a.bought, 0) AS bought, coalesce(a.bought_like, 0) AS bought_like
FROM product AS p
SEMI JOIN visitor AS v ON v.person = p.person
LEFT JOIN alike AS a ON a.person = p.person AND a.goods = p.goods
UNION ALL
SELECT v.person, NULL, coalesce(l.clicks, 0), coalesce(l.jumps, 0), 0, 0, 0,
       coalesce(y.orders, 0), coalesce(y.orders, 0)
FROM visitor AS v
LEFT JOIN loose AS l ON l.person = v.person
LEFT JOIN anything AS y ON y.person = v.person"""
"""Clicks without a product stand in the row without one; there any order counts as bought."""

BUYER = f"""
CREATE OR REPLACE TEMP TABLE buyer AS
WITH whole AS (
    SELECT person, order_id, min(paid_at) AS paid_at, min(paid_on) AS paid_on,
           bool_or(with_coupon) AS with_coupon, bool_or(came_back) AS came_back,
           bool_and(wholly) AS wholly
    FROM bought WHERE paid_at IS NOT NULL GROUP BY person, order_id
), gap AS (
    SELECT person, date_diff('day', lag(paid_on) OVER (PARTITION BY person ORDER BY paid_on), paid_on)
               AS days
    FROM (SELECT DISTINCT person, paid_on FROM whole WHERE NOT wholly)
), rhythm AS (
    SELECT person, median(days) AS days FROM gap WHERE days IS NOT NULL
    GROUP BY person HAVING count(*) >= 2
), total AS (
    SELECT person, count(*) FILTER (NOT wholly) AS orders,
           count(*) FILTER (NOT wholly AND paid_at >= $from_at) AS orders_since,
           count(*) FILTER (NOT wholly AND paid_at >= $week_at AND paid_at < $from_at)
               AS orders_before,
           count(*) FILTER (NOT wholly AND with_coupon) AS coupon_orders,
           CASE WHEN count(*) >= {_FEWEST} THEN count(*) FILTER (came_back) / count(*) END
               AS return_share,
           date_diff('day', max(paid_on) FILTER (NOT wholly), CAST(timezone($zone, $at) AS DATE))
               AS recency_days
    FROM whole GROUP BY person
), moments AS (
    SELECT sum(coupon_orders) / nullif(sum(orders), 0) AS mean,
           sum(coupon_orders * (coupon_orders - 1)) FILTER (orders >= 2)
               / nullif(sum(orders * (orders - 1)) FILTER (orders >= 2), 0) AS square
    FROM total
), prior AS (
    SELECT mean, CASE WHEN square - mean * mean <= 0 OR square IS NULL THEN 1000.0
        ELSE least(greatest(mean * (1 - mean) / (square - mean * mean) - 1, 0.5), 1000.0) END AS weight
    FROM moments
)
SELECT t.*, coalesce(r.days, (SELECT median(days) FROM gap WHERE days IS NOT NULL)) AS gap_days,
       CASE WHEN t.orders >= {_FEWEST}
            THEN (t.coupon_orders + p.mean * p.weight) / (t.orders + p.weight) END AS coupon_share
FROM total AS t CROSS JOIN prior AS p LEFT JOIN rhythm AS r ON r.person = t.person"""

FEATURES = """
WITH stayed AS (
    SELECT person, greatest(
               coalesce(sum(watch_ms) FILTER (name = 'live_leave'), 0),
               coalesce(sum(watch_ms) FILTER (name <> 'live_leave'), 0),
               CASE WHEN max(watch_ms) IS NULL AND max(event_at) - min(event_at) < INTERVAL 12 HOURS
                    THEN date_diff('millisecond', min(event_at), max(event_at)) END) / 1000.0
               AS watch_s,
           count(*) FILTER (name = 'live_comment') AS comments
    FROM did
    WHERE starts_with(name, 'live_') AND name NOT IN ('live_impression', 'live_product_exposure')
      AND ($broadcast IS NULL OR broadcast_id = $broadcast)
    GROUP BY person, stay
), watched AS (
    SELECT person, sum(watch_s) AS watch_s, sum(comments) AS comments FROM stayed GROUP BY person
), row_of AS (
    FROM item
    UNION ALL
    SELECT person, NULL, 0, 0, 0, 0, 0, orders_since, orders_since FROM buyer
    WHERE $broadcast IS NULL AND person NOT IN (SELECT person FROM item WHERE goods IS NULL)
)
SELECT w.person_id, i.goods AS sku_id, coalesce(d.watch_s, 0.0) AS watch_s,
       CAST(coalesce(d.comments, 0) AS BIGINT) AS comments, CAST(i.clicks AS BIGINT) AS clicks,
       CAST(i.jumps AS BIGINT) AS jumps, CAST(i.views AS BIGINT) AS views,
       CAST(i.carts AS BIGINT) AS carts, CAST(i.unpaid AS BIGINT) AS unpaid,
       CAST(i.bought AS BIGINT) AS bought, CAST(i.bought_like AS BIGINT) AS bought_like,
       coalesce(b.orders_since, 0) AS orders_since,
       coalesce(b.orders, 0) AS orders, coalesce(b.orders_before, 0) AS orders_before,
       coalesce(b.coupon_orders, 0) AS coupon_orders, b.coupon_share, b.return_share, b.recency_days,
       b.gap_days, p.p_30, p.p_60, p.p_90, CAST(NULL AS DOUBLE) AS p_product_7
FROM row_of AS i
JOIN person_code AS w ON w.person = i.person
LEFT JOIN watched AS d ON d.person = i.person
LEFT JOIN buyer AS b ON b.person = i.person
LEFT JOIN (FROM repurchase WHERE as_of = $as_of) AS p ON p.person_id = w.person_id
ORDER BY w.person_id, sku_id NULLS LAST"""

LATE = "SELECT count(*) FROM event WHERE event_at >= $from_at AND event_at < $at AND received_at >= $at"
