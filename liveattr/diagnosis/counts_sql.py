"""The SQL that counts, for each product of a broadcast, what happened in the room and in the mall after it."""

from __future__ import annotations

from liveattr.ledger import MERCHANT_SKU

__all__ = ["ARRIVED", "BACK", "COUNTS", "ORDERS", "ORDER_DAYS", "OUT", "ROOM", "SHOWN", "STEPS"]

SHOWN = """
CREATE OR REPLACE TEMP TABLE shown AS
SELECT p.broadcast_id, p.sku_id AS merchant_sku, max(p.price_fen) AS room_price_fen,
       max(p.minutes) AS minutes, max(b.business_on) AS business_on,
       least(max(b.business_on) + $days - 1, CAST($as_of AS DATE)) AS to_on,
       min(b.platform) AS platform, min(b.platform_room_id) AS room_id
FROM broadcast_plan AS p JOIN broadcast AS b ON b.broadcast_id = p.broadcast_id
WHERE b.business_on <= CAST($as_of AS DATE) AND b.business_on > CAST($as_of AS DATE) - $span
  AND b.start_at < $end_at AND coalesce(p.state, 'held') = 'held'
GROUP BY p.broadcast_id, p.sku_id"""
"""Products of the broadcasts held in the span; the window is the `$days` days that end on `to_on`."""

STEPS = f"""
CREATE OR REPLACE TEMP TABLE step_day AS
WITH step AS (
    SELECT coalesce(m.merchant_sku, e.sku_id) AS sku, e.name, e.broadcast_id,
           CAST(timezone($zone, e.event_at) AS DATE) AS "on", e.session_id,
           coalesce(e.visitor_token, e.device_token, e.account_token, e.session_id, e.event_id) AS who
    FROM event AS e
    LEFT JOIN ({MERCHANT_SKU}) AS m
      ON m.platform = e.platform AND m.platform_sku_id = e.sku_id AND m.valid_from_at <= e.event_at
     AND (m.valid_to_at IS NULL OR e.event_at < m.valid_to_at)
    WHERE e.event_at < $end_at AND e.event_at >= $from_at
      AND e.name IN ('view_item', 'add_to_cart', 'order_created', 'purchase', 'page_view', 'search')
), deep AS (
    SELECT session_id, count(*) > 1 AS stays FROM step WHERE session_id IS NOT NULL GROUP BY session_id
), visit AS (
    SELECT s.sku, s."on", s.who, max(s.broadcast_id) AS broadcast_id,
           bool_or(s.name = 'view_item') AS seen, bool_or(s.name = 'add_to_cart') AS carted,
           bool_or(s.name IN ('order_created', 'purchase')) AS bought,
           bool_and(s.name = 'view_item' AND NOT coalesce(d.stays, true)) AS bounced
    FROM step AS s LEFT JOIN deep AS d ON d.session_id = s.session_id
    WHERE s.sku IS NOT NULL
    GROUP BY s.sku, s."on", s.who
)
SELECT sku, "on", broadcast_id, count(*) AS visitors, count(*) FILTER (carted) AS carts,
       count(*) FILTER (bought) AS buyers, count(*) FILTER (bounced) AS bounces
FROM visit WHERE seen GROUP BY sku, "on", broadcast_id"""
"""Visitors of a product's page by day. A bounce: the session saw this page and nothing else."""

BACK = """
CREATE OR REPLACE TEMP TABLE claim AS
SELECT platform, shop_id, order_id,
       bool_or(NOT coalesce(before_shipping, false) AND type <> 'before_shipping') AS back,
       bool_or((platform = 'douyin' AND reason_code = '3') OR upper(reason_code) LIKE '%LATE%'
               OR upper(reason_code) LIKE '%DELIVER%' OR reason_code LIKE '%发货%'
               OR reason_code LIKE '%物流%' OR reason_code LIKE '%快递%') AS complains
FROM refund WHERE applied_at < $end_at AND status NOT IN ('withdrawn', 'refused', 'failed')
GROUP BY platform, shop_id, order_id"""
"""Orders with a claim, and whether it is about the delivery."""

ORDERS = """
CREATE OR REPLACE TEMP TABLE paid_order AS
WITH sent AS (
    SELECT platform, order_id, min(state_at) AS shipped_at FROM order_state_event
    WHERE state = 'shipped' AND state_at < $end_at GROUP BY platform, order_id
), line AS (
    SELECT l.platform, l.shop_id, l.order_id, l.merchant_sku AS sku, min(l.paid_on) AS "on",
           min(l.paid_at) AS paid_at, sum(x.list_fen) / sum(x.qty) AS price_fen
    FROM line_ledger AS l JOIN order_line AS x ON x.platform = l.platform AND x.line_id = l.line_id
    WHERE l.counted AND l.paid_at >= $from_at AND l.merchant_sku IS NOT NULL AND l.qty > 0
    GROUP BY l.platform, l.shop_id, l.order_id, l.merchant_sku
), told AS (
    SELECT l.*, l.platform NOT IN ('douyin', 'channels', 'kuaishou', 'taobao') AS mall,
           coalesce(c.back, false) AS back, coalesce(c.complains, false) AS complains,
           CASE WHEN h.finished_at < $end_at
                THEN greatest(CAST(timezone($zone, h.finished_at) AS DATE) - l."on", 0) END AS way_days,
           (epoch_us(s.shipped_at) - epoch_us(l.paid_at)) / 86400000000.0 AS ship_days
    FROM line AS l
    JOIN order_header AS h USING (platform, shop_id, order_id)
    LEFT JOIN claim AS c USING (platform, shop_id, order_id)
    LEFT JOIN sent AS s ON s.platform = l.platform AND s.order_id = l.order_id
)
SELECT * FROM told"""
"""Paid orders of a product; `way_days` is not known before the parcel has come."""

ORDER_DAYS = """
CREATE OR REPLACE TEMP TABLE order_day AS
SELECT sku, "on", count(*) FILTER (mall) AS paid, count(*) FILTER (mall AND back) AS refunded,
       count(*) FILTER (NOT mall) AS room_paid, count(*) FILTER (NOT mall AND back) AS room_refunded,
       count(*) AS parcels, count(*) FILTER (complains OR ship_days > 2) AS late,
       sum(ship_days) AS ship_days, count(ship_days) AS sent,
       sum(price_fen) FILTER (mall) AS price_fen, count(price_fen) FILTER (mall) AS priced
FROM paid_order GROUP BY sku, "on" """
"""Paid orders by product and day of payment."""

ARRIVED = """
CREATE OR REPLACE TEMP TABLE arrived AS
WITH pair AS (
    SELECT DISTINCT merchant_sku, to_on FROM shown
), way AS (
    SELECT p.to_on, o.sku, o.platform,
           coalesce(o.way_days <= date_diff('day', o."on", p.to_on), false) AS came,
           least(coalesce(o.way_days, 30), date_diff('day', o."on", p.to_on), 30) AS days
    FROM pair AS p JOIN paid_order AS o
      ON o.sku = p.merchant_sku AND o."on" <= p.to_on AND o."on" > p.to_on - $days
    WHERE NOT o.back
), day AS (
    SELECT to_on, sku, platform, days, came, unnest(generate_series(0, days)) AS age FROM way
), risk AS (
    SELECT to_on, sku, platform, age, count(*) AS open_,
           count(*) FILTER (came AND age = days) AS came
    FROM day GROUP BY to_on, sku, platform, age
), peer AS (
    SELECT *, sum(open_) OVER w - open_ AS peers_open, sum(came) OVER w - came AS peers_came
    FROM risk WINDOW w AS (PARTITION BY to_on, platform, age)
)
SELECT to_on, sku AS merchant_sku, CAST(sum(came) AS BIGINT) AS arrived,
       sum(open_ * peers_came / peers_open ORDER BY platform, age) AS arrive_expected
FROM peer WHERE peers_open > 0 GROUP BY to_on, sku"""
"""Parcels that came, and how many the peers' daily chance expects of parcels of that age."""

OUT = """
CREATE OR REPLACE TEMP TABLE out_day AS
WITH shot AS (
    SELECT merchant_sku AS sku, warehouse, captured_at,
           coalesce(lead(captured_at) OVER (PARTITION BY merchant_sku, warehouse ORDER BY captured_at),
                    $end_at) AS until_at,
           NOT coalesce(in_stock, on_hand > coalesce(reserved, 0)) AS gone
    FROM stock_snapshot WHERE captured_at < $end_at
), span AS (
    SELECT s.sku, s.warehouse, s.gone, CAST(timezone($zone, s.captured_at) AS DATE) AS from_on,
           CAST(timezone($zone, s.until_at) AS DATE) AS until_on, min(p.eta_on) AS filled_on
    FROM shot AS s
    LEFT JOIN purchase_order AS p
      ON p.merchant_sku = s.sku AND p.received_qty > 0 AND s.gone
     AND p.eta_on >= CAST(timezone($zone, s.captured_at) AS DATE) AND p.eta_on <= CAST($as_of AS DATE)
    GROUP BY ALL
), day AS (
    SELECT sku, warehouse, filled_on, gone,
           CAST(unnest(generate_series(from_on, until_on - 1, INTERVAL 1 DAY)) AS DATE) AS "on"
    FROM span
)
SELECT sku, "on", CASE WHEN bool_and(gone AND (filled_on IS NULL OR filled_on > "on")) THEN 1 ELSE 0 END
       AS gone
FROM day GROUP BY sku, "on" """
"""Whether every warehouse was empty, by product and day; a count holds until the next, or until goods come."""

ROOM = """
CREATE OR REPLACE TEMP TABLE room AS
SELECT s.broadcast_id, s.merchant_sku,
       sum(m.value) FILTER (m.metric = 'exp_pv') AS shows,
       sum(m.value) FILTER (m.metric = 'clk_pv') AS clicks
FROM shown AS s
JOIN broadcast_metric AS m ON m.broadcast_id IN (s.broadcast_id, s.room_id)
JOIN sku_product AS p ON p.merchant_sku = s.merchant_sku AND p.product_id = m.product_id
WHERE m.metric IN ('exp_pv', 'clk_pv') AND m.unit_kind = 'pv'
GROUP BY s.broadcast_id, s.merchant_sku"""
"""How often the room showed a product, and how often it was clicked there."""

COUNTS = """
WITH step AS (
    SELECT sku, "on", sum(visitors) AS visitors, sum(carts) AS carts, sum(buyers) AS buyers,
           sum(bounces) AS bounces FROM step_day GROUP BY sku, "on"
), pair AS (
    SELECT DISTINCT merchant_sku, to_on FROM shown
), now AS (
    SELECT p.merchant_sku, p.to_on, sum(s.visitors) AS visitors, sum(s.carts) AS carts,
           sum(s.buyers) AS buyers, sum(s.bounces) AS bounces
    FROM pair AS p JOIN step AS s
      ON s.sku = p.merchant_sku AND s."on" <= p.to_on AND s."on" > p.to_on - $days
    GROUP BY p.merchant_sku, p.to_on
), usual AS (
    SELECT p.merchant_sku, p.to_on, sum(s.visitors) AS usual_visitors, sum(s.buyers) AS usual_buyers,
           sum(s.bounces) AS usual_bounces
    FROM pair AS p JOIN step AS s
      ON s.sku = p.merchant_sku AND s."on" <= p.to_on - $days AND s."on" > p.to_on - $days - $past
    GROUP BY p.merchant_sku, p.to_on
), bought AS (
    SELECT p.merchant_sku, p.to_on, sum(o.paid) AS paid, sum(o.refunded) AS refunded,
           sum(o.room_paid) AS room_paid, sum(o.room_refunded) AS room_refunded,
           sum(o.parcels) AS parcels, sum(o.late) AS late,
           sum(o.ship_days) / nullif(sum(o.sent), 0) AS ship_days,
           sum(o.price_fen) / nullif(sum(o.priced), 0) AS mall_price_fen
    FROM pair AS p JOIN order_day AS o
      ON o.sku = p.merchant_sku AND o."on" <= p.to_on AND o."on" > p.to_on - $days
    GROUP BY p.merchant_sku, p.to_on
), gone AS (
    SELECT p.merchant_sku, p.to_on, avg(o.gone) AS out_share
    FROM pair AS p JOIN out_day AS o
      ON o.sku = p.merchant_sku AND o."on" <= p.to_on AND o."on" > p.to_on - $days
    GROUP BY p.merchant_sku, p.to_on
), came AS (
    SELECT broadcast_id, sku AS merchant_sku, sum(visitors) AS came
    FROM step_day WHERE broadcast_id IS NOT NULL GROUP BY broadcast_id, sku
)
SELECT s.broadcast_id, s.merchant_sku, g.category, s.to_on, s.minutes,
       CAST(r.shows AS DOUBLE) AS shows, CAST(coalesce(r.clicks, c.came) AS DOUBLE) AS clicks,
       CAST(coalesce(n.visitors, 0) AS DOUBLE) AS visitors, CAST(coalesce(n.carts, 0) AS DOUBLE) AS carts,
       CAST(coalesce(n.buyers, 0) AS DOUBLE) AS buyers, CAST(coalesce(n.bounces, 0) AS DOUBLE) AS bounces,
       CAST(coalesce(u.usual_visitors, 0) AS DOUBLE) AS usual_visitors,
       CAST(coalesce(u.usual_buyers, 0) AS DOUBLE) AS usual_buyers,
       CAST(coalesce(u.usual_bounces, 0) AS DOUBLE) AS usual_bounces,
       CAST(coalesce(b.paid, 0) AS DOUBLE) AS paid, CAST(coalesce(b.refunded, 0) AS DOUBLE) AS refunded,
       CAST(coalesce(b.room_paid, 0) AS DOUBLE) AS room_paid,
       CAST(coalesce(b.room_refunded, 0) AS DOUBLE) AS room_refunded,
       CAST(coalesce(a.arrived, 0) AS DOUBLE) AS arrived,
       CAST(coalesce(a.arrive_expected, 0) AS DOUBLE) AS arrive_expected,
       CAST(coalesce(b.parcels, 0) AS DOUBLE) AS parcels, CAST(coalesce(b.late, 0) AS DOUBLE) AS late,
       b.ship_days, CAST(b.mall_price_fen AS DOUBLE) AS mall_price_fen,
       CAST(s.room_price_fen AS DOUBLE) AS room_price_fen, o.out_share
FROM shown AS s
LEFT JOIN product AS g ON g.merchant_sku = s.merchant_sku
LEFT JOIN room AS r ON r.broadcast_id = s.broadcast_id AND r.merchant_sku = s.merchant_sku
LEFT JOIN came AS c ON c.broadcast_id = s.broadcast_id AND c.merchant_sku = s.merchant_sku
LEFT JOIN now AS n ON n.merchant_sku = s.merchant_sku AND n.to_on = s.to_on
LEFT JOIN usual AS u ON u.merchant_sku = s.merchant_sku AND u.to_on = s.to_on
LEFT JOIN bought AS b ON b.merchant_sku = s.merchant_sku AND b.to_on = s.to_on
LEFT JOIN arrived AS a ON a.merchant_sku = s.merchant_sku AND a.to_on = s.to_on
LEFT JOIN gone AS o ON o.merchant_sku = s.merchant_sku AND o.to_on = s.to_on
ORDER BY s.broadcast_id, s.merchant_sku"""
"""One row a broadcast and product."""
