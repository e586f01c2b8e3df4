"""The SQL that makes the daily panel of demand out of the tables of a lake."""

from __future__ import annotations

from liveattr.ledger import MERCHANT_SKU

__all__ = [
    "CALENDAR",
    "CLICKS",
    "DAILY_ROOM",
    "LINES",
    "OUT",
    "PANEL",
    "PLANNED",
    "SHOWS",
    "SKUS",
    "STOCK_STEPS",
    "UNMAPPED",
    "USUAL_PRICE",
]

LINES = """
CREATE OR REPLACE TEMP TABLE demand_line AS
SELECT merchant_sku AS sku_id, paid_at, paid_on, qty, qty_back, paid_fen, net_fen
FROM line_ledger
WHERE counted AND paid_at IS NOT NULL AND merchant_sku IS NOT NULL AND qty > 0"""
"""Paid lines that count, of goods whose code is known."""

UNMAPPED = """
SELECT count(*) AS lines, CAST(coalesce(sum(qty), 0) AS BIGINT) AS units
FROM line_ledger
WHERE counted AND paid_at IS NOT NULL AND merchant_sku IS NULL AND qty > 0"""

USUAL_PRICE = """
CREATE OR REPLACE TEMP TABLE usual_price AS
SELECT sku_id, median(paid_fen / qty) AS usual_fen
FROM demand_line
WHERE paid_on > CAST($as_of AS DATE) - 91 AND paid_fen > 0
GROUP BY sku_id"""

SKUS = """
CREATE OR REPLACE TEMP TABLE demand_sku AS
WITH sold AS (
    SELECT sku_id, min(paid_on) AS sold_on FROM demand_line GROUP BY sku_id
), counted AS (
    SELECT merchant_sku AS sku_id,
           CAST(timezone($zone, min(captured_at)) AS DATE) AS counted_on
    FROM stock_snapshot WHERE captured_at < $end_at AND on_hand > 0 GROUP BY merchant_sku
), span AS (
    SELECT min(paid_on) AS first_on, max(paid_on) AS last_on FROM demand_line
), named AS (
    SELECT merchant_sku AS sku_id FROM product
    UNION SELECT sku_id FROM sold
    UNION SELECT sku_id FROM counted
), dated AS (
    SELECT n.sku_id, p.category, p.price_band, p.launched_on, s.sold_on, c.counted_on
    FROM named AS n
    LEFT JOIN product AS p ON p.merchant_sku = n.sku_id
    LEFT JOIN sold AS s ON s.sku_id = n.sku_id
    LEFT JOIN counted AS c ON c.sku_id = n.sku_id
)
SELECT n.sku_id, coalesce(n.category, '(unknown)') AS category,
       coalesce(n.price_band, '(unknown)') AS price_band, x.last_on,
       least(greatest(x.first_on, CAST($as_of AS DATE) - $longest,
                      least(coalesce(n.launched_on, n.counted_on, n.sold_on), n.sold_on)),
             CAST($as_of AS DATE)) AS from_on,
       coalesce(n.launched_on > CAST($as_of AS DATE) AND n.sold_on IS NULL, false) AS ahead
FROM dated AS n CROSS JOIN span AS x
WHERE x.first_on IS NOT NULL
  AND least(coalesce(n.launched_on, n.counted_on, n.sold_on), n.sold_on) <= CAST($as_of AS DATE) + $ahead_days"""
"""SKUs, and the day from which each could be bought: launched, or sold for the first time, or on hand."""

STOCK_STEPS = """
CREATE OR REPLACE TEMP TABLE stock_step AS
WITH shot AS (
    SELECT merchant_sku AS sku_id, warehouse, captured_at AS "at",
           CASE WHEN in_stock IS NOT DISTINCT FROM false THEN 0
                WHEN on_hand - coalesce(reserved, 0) > 0 THEN on_hand - coalesce(reserved, 0)
                WHEN in_stock THEN NULL
                ELSE 0 END AS pieces
    FROM stock_snapshot WHERE captured_at < $end_at
), moved AS (
    SELECT sku_id, "at",
           coalesce(pieces, 0) - lag(coalesce(pieces, 0), 1, 0) OVER w AS pieces,
           CASE WHEN pieces IS NULL THEN 1 ELSE 0 END
               - lag(CASE WHEN pieces IS NULL THEN 1 ELSE 0 END, 1, 0) OVER w AS untold
    FROM shot WINDOW w AS (PARTITION BY sku_id, warehouse ORDER BY "at")
), total AS (
    SELECT sku_id, "at",
           CASE WHEN sum(sum(untold)) OVER w = 0 THEN sum(sum(pieces)) OVER w END AS pieces
    FROM moved GROUP BY sku_id, "at"
    WINDOW w AS (PARTITION BY sku_id ORDER BY "at")
), step AS (
    SELECT sku_id, "at", 'count' AS what, pieces, 1 AS turn FROM total
    UNION ALL
    SELECT merchant_sku, timezone($zone, CAST(eta_on AS TIMESTAMP)), 'receipt', sum(received_qty), 0
    FROM purchase_order
    WHERE received_qty > 0 AND eta_on <= CAST($as_of AS DATE)
    GROUP BY merchant_sku, eta_on
    UNION ALL
    SELECT sku_id, paid_at, 'sale', -sum(qty), 2 FROM demand_line GROUP BY sku_id, paid_at
), counted AS (
    SELECT *, sum(CASE WHEN what = 'count' THEN 1 ELSE 0 END) OVER (
               PARTITION BY sku_id ORDER BY "at", turn ROWS UNBOUNDED PRECEDING) AS counts
    FROM step
    WHERE sku_id IN (SELECT sku_id FROM total)
)
SELECT sku_id, "at", what, pieces,
       sum(pieces) OVER (PARTITION BY sku_id, counts ORDER BY "at", turn
                         ROWS UNBOUNDED PRECEDING) AS book,
       first_value(pieces) OVER (PARTITION BY sku_id, counts ORDER BY "at", turn) AS opened,
       count(*) FILTER (what = 'sale') OVER (PARTITION BY sku_id)
           / greatest(date_diff('day', min("at") OVER (PARTITION BY sku_id), $end_at), 1)
           AS sales_a_day,
       counts,
       lead("at") OVER s AS next_at, lead(what) OVER s AS next_what,
       lead(pieces) OVER s AS next_pieces
FROM counted
WINDOW s AS (PARTITION BY sku_id ORDER BY "at", turn)"""
"""Counts, receipts and sales of each counted SKU in the order of time, with the book since the last count."""

OUT = """
CREATE OR REPLACE TEMP TABLE out_day AS
WITH book AS (
    SELECT *, coalesce(next_at, $end_at) AS to_at,
           max(book) OVER (PARTITION BY sku_id, counts) AS highest,
           what = 'sale' AND counts > 0 AND opened IS NOT NULL AS told
    FROM stock_step
), spell AS (
    SELECT sku_id, "at" AS from_at, to_at
    FROM book
    WHERE (what = 'count' AND pieces <= 0)
       OR (next_what = 'count' AND next_pieces <= 0 AND what IN ('sale', 'receipt'))
       OR (told AND book <= 0 AND next_what <> 'sale')
       OR (told AND book = 0 AND next_what IS NULL)
       OR (told AND book <= greatest($few_pieces, $few_share * highest)
           AND epoch(to_at - "at") / 86400 * sales_a_day >= $silent)
)
SELECT DISTINCT sku_id,
       unnest(generate_series(CAST(timezone($zone, from_at) AS DATE),
                              CAST(timezone($zone, to_at - INTERVAL 1 MICROSECOND) AS DATE),
                              INTERVAL 1 DAY))::DATE AS "on"
FROM spell WHERE to_at > from_at"""
"""Days on any part of which it could not be bought."""

DAILY_ROOM = """
CREATE OR REPLACE TEMP TABLE daily_room AS
WITH held AS (
    SELECT platform, coalesce(account_id, host_id, '') AS account, business_on AS "on"
    FROM broadcast
    WHERE business_on <= CAST($as_of AS DATE) AND business_on > CAST($as_of AS DATE) - 91
), seen AS (
    SELECT platform, account, count(DISTINCT "on") AS days,
           date_diff('day', min("on"), CAST($as_of AS DATE)) + 1 AS span
    FROM held GROUP BY platform, account
)
SELECT platform, account FROM seen WHERE span >= 7 AND days * 3 >= span"""
"""Accounts that are on air on at least a third of their days: what they bring is every day's demand."""

SHOWS = f"""
CREATE OR REPLACE TEMP TABLE show_sku AS
WITH room AS (
    SELECT b.broadcast_id, b.platform, b.start_at, b.business_on AS "on", b.host_id, d.account IS NULL AS is_show,
           epoch(b.end_at) / 60.0 - epoch(b.start_at) / 60.0 AS long_min
    FROM broadcast AS b
    LEFT JOIN daily_room AS d
      ON d.platform = b.platform AND d.account = coalesce(b.account_id, b.host_id, '')
    WHERE b.business_on BETWEEN CAST($from_on AS DATE) AND CAST($to_on AS DATE)
), plan AS (
    SELECT p.broadcast_id, coalesce(k.sku_id, m.merchant_sku, p.sku_id) AS sku_id,
           p.minutes, p.price_fen, count(*) OVER (PARTITION BY p.broadcast_id) AS many
    FROM broadcast_plan AS p
    JOIN room AS r ON r.broadcast_id = p.broadcast_id
    LEFT JOIN demand_sku AS k ON k.sku_id = p.sku_id
    LEFT JOIN ({MERCHANT_SKU}) AS m
      ON m.platform = r.platform AND m.platform_sku_id = p.sku_id
     AND m.valid_from_at <= r.start_at AND (m.valid_to_at IS NULL OR r.start_at < m.valid_to_at)
), whole AS (
    SELECT r.* FROM room AS r
    WHERE NOT EXISTS (SELECT 1 FROM plan AS p WHERE p.broadcast_id = r.broadcast_id)
)
SELECT p.sku_id, r."on", r.is_show, r.host_id, r.broadcast_id,
       coalesce(p.minutes, r.long_min / p.many) AS minutes, p.price_fen
FROM room AS r JOIN plan AS p ON p.broadcast_id = r.broadcast_id
UNION ALL
SELECT s.sku_id, w."on", true, w.host_id, w.broadcast_id, 0.0, NULL
FROM whole AS w CROSS JOIN demand_sku AS s
WHERE w.is_show"""
"""A row a broadcast and SKU: the plan's code is the merchant's, else the platform's. A show without running
order is a show for every SKU, without minutes."""

PLANNED = """
CREATE OR REPLACE TEMP TABLE planned AS
SELECT s.sku_id, s."on", max(CASE WHEN s.is_show THEN 1.0 ELSE 0.0 END) AS live_show,
       sum(s.minutes ORDER BY s.broadcast_id) AS live_minutes,
       coalesce(least(greatest(min(s.price_fen) / any_value(u.usual_fen), 0.2), 2.0), 1.0)
           AS price_ratio,
       max_by(s.host_id, (s.minutes, s.broadcast_id)) FILTER (s.is_show AND s.host_id IS NOT NULL)
           AS host
FROM show_sku AS s LEFT JOIN usual_price AS u ON u.sku_id = s.sku_id
GROUP BY s.sku_id, s."on\""""
"""What broadcasts plan for a SKU on a day."""

CLICKS = f"""
CREATE OR REPLACE TEMP TABLE click_day AS
SELECT coalesce(m.merchant_sku, e.sku_id) AS sku_id,
       CAST(timezone($zone, e.event_at) AS DATE) AS "on", count(*) AS clicks
FROM event AS e
LEFT JOIN ({MERCHANT_SKU}) AS m
  ON m.platform = e.platform AND m.platform_sku_id = e.sku_id AND m.valid_from_at <= e.event_at
 AND (m.valid_to_at IS NULL OR e.event_at < m.valid_to_at)
WHERE e.sku_id IS NOT NULL AND e.name IN ('live_product_click', 'view_item')
  AND e.event_at < $end_at
GROUP BY ALL"""
"""How often it was clicked in a room, or its page opened."""

PANEL = """
WITH day AS (
    SELECT sku_id, category, price_band, ahead, last_on,
           unnest(generate_series(from_on, CAST($as_of AS DATE), INTERVAL 1 DAY))::DATE AS "on"
    FROM demand_sku
), sold AS (
    SELECT sku_id, paid_on AS "on", CAST(sum(qty) AS BIGINT) AS units,
           CAST(sum(qty - qty_back) AS BIGINT) AS net_units
    FROM demand_line GROUP BY sku_id, paid_on
), known AS (
    SELECT d.sku_id, d."on", coalesce(s.units, 0) AS units, coalesce(s.net_units, 0) AS net_units,
           NOT d.ahead AND d."on" <= d.last_on AS told, o.sku_id IS NOT NULL AS "out",
           coalesce(p.live_show, 0.0) AS live_show, coalesce(p.live_minutes, 0.0) AS live_minutes,
           coalesce(p.price_ratio, 1.0) AS price_ratio, p.host,
           CASE WHEN e.from_on <= d."on" THEN coalesce(c.clicks, 0) END AS clicks,
           d.category, d.price_band
    FROM day AS d
    CROSS JOIN (SELECT min("on") AS from_on FROM click_day) AS e
    LEFT JOIN sold AS s ON s.sku_id = d.sku_id AND s."on" = d."on"
    LEFT JOIN out_day AS o ON o.sku_id = d.sku_id AND o."on" = d."on"
    LEFT JOIN planned AS p ON p.sku_id = d.sku_id AND p."on" = d."on"
    LEFT JOIN click_day AS c ON c.sku_id = d.sku_id AND c."on" = d."on"
), usual AS (
    SELECT *, avg(units) FILTER (told AND NOT "out") OVER (PARTITION BY sku_id, live_show) AS usual
    FROM known
)
SELECT sku_id, CAST("on" AS TIMESTAMP) AS "on", units, net_units,
       told AND (NOT "out" OR coalesce(units > 0 AND units >= usual, false)) AS in_stock,
       live_show, live_minutes, price_ratio, clicks, host, category, price_band
FROM usual
ORDER BY sku_id, "on\""""

CALENDAR = """
SELECT s.sku_id, CAST(d."on" AS TIMESTAMP) AS "on", coalesce(p.live_show, 0.0) AS live_show,
       coalesce(p.live_minutes, 0.0) AS live_minutes, coalesce(p.price_ratio, 1.0) AS price_ratio,
       p.host
FROM demand_sku AS s
CROSS JOIN (
    SELECT unnest(generate_series(CAST($from_on AS DATE), CAST($to_on AS DATE),
                                  INTERVAL 1 DAY))::DATE AS "on"
) AS d
LEFT JOIN planned AS p ON p.sku_id = s.sku_id AND p."on" = d."on"
ORDER BY s.sku_id, d."on\""""
