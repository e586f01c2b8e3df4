"""The SQL that sums stock, orders to suppliers, terms and money by SKU as of a business date."""

from __future__ import annotations

__all__ = ["COUNTED", "COUNT_LINES", "MONEY", "ON_ORDER", "SUPPLY", "TERMS"]

COUNTED = """
CREATE OR REPLACE TEMP TABLE counted_stock AS
WITH newest AS (
    SELECT merchant_sku AS sku_id, warehouse, captured_at, on_hand, coalesce(reserved, 0) AS reserved,
           row_number() OVER (PARTITION BY merchant_sku, warehouse ORDER BY captured_at DESC) AS turn
    FROM stock_snapshot WHERE captured_at < $end_at
)
SELECT sku_id, max(captured_at) AS counted_at,
       CAST(timezone($zone, max(captured_at)) AS DATE) AS counted_on,
       CAST(sum(on_hand) AS BIGINT) AS on_hand, CAST(sum(reserved) AS BIGINT) AS reserved
FROM newest WHERE turn = 1 GROUP BY sku_id"""
"""The newest count of each warehouse, all warehouses together."""

COUNT_LINES = """
CREATE OR REPLACE TEMP TABLE sold_since AS
SELECT l.sku_id, CAST(sum(l.qty - l.qty_back) AS BIGINT) AS pieces
FROM demand_line AS l JOIN counted_stock AS c ON c.sku_id = l.sku_id
WHERE l.paid_at >= c.counted_at
GROUP BY l.sku_id"""
"""Kept pieces that were paid after the count."""

ON_ORDER = """
CREATE OR REPLACE TEMP TABLE on_order AS
WITH asked AS (
    SELECT merchant_sku AS sku_id, qty, eta_on, ordered_on,
           CASE WHEN $past AND eta_on > CAST($as_of AS DATE) THEN 0
                ELSE coalesce(received_qty, 0) END AS received
    FROM purchase_order WHERE ordered_on <= CAST($as_of AS DATE)
)
SELECT a.sku_id,
       CAST(sum(CASE WHEN coalesce(a.eta_on, a.ordered_on) >= CAST($as_of AS DATE) - $overdue_days
                     THEN greatest(a.qty - a.received, 0) ELSE 0 END) AS BIGINT) AS in_transit,
       CAST(sum(CASE WHEN a.eta_on > c.counted_on AND a.eta_on <= CAST($as_of AS DATE)
                     THEN a.received ELSE 0 END) AS BIGINT) AS received_since
FROM asked AS a LEFT JOIN counted_stock AS c ON c.sku_id = a.sku_id
GROUP BY a.sku_id"""
"""Ordered and not received; and received after the count."""

TERMS = """
CREATE OR REPLACE TEMP TABLE chosen_terms AS
SELECT * FROM (
    SELECT merchant_sku AS sku_id, supplier_id, lead_time_days, review_days, pack, moq, min_order_fen,
           shelf_life_days, unit_cost_fen,
           row_number() OVER (PARTITION BY merchant_sku
                              ORDER BY unit_cost_fen NULLS LAST, lead_time_days, supplier_id) AS turn
    FROM supply_terms
) WHERE turn = 1"""
"""Of several suppliers the cheapest, then the quickest, then the first by name."""

MONEY = """
CREATE OR REPLACE TEMP TABLE sku_money AS
WITH line AS (
    SELECT sku_id, qty, qty_back, net_fen, date_diff('day', paid_on, CAST($as_of AS DATE)) AS age
    FROM demand_line
), sku AS (
    SELECT sku_id,
           sum(CASE WHEN age < $price_days THEN net_fen END) AS net_fen,
           sum(CASE WHEN age < $price_days THEN qty - qty_back END) AS kept,
           sum(CASE WHEN age >= $back_days AND age < $back_days + $price_days THEN qty ELSE 0 END)
               AS old_units,
           sum(CASE WHEN age >= $back_days AND age < $back_days + $price_days THEN qty_back ELSE 0 END)
               AS old_back,
           sum(CASE WHEN age < $back_days THEN qty ELSE 0 END) AS new_units,
           sum(CASE WHEN age < $back_days THEN qty_back ELSE 0 END) AS new_back
    FROM line GROUP BY sku_id
), shop AS (
    SELECT CASE WHEN sum(old_units) > 0 THEN sum(old_back) / sum(old_units)
                WHEN sum(new_units) > 0 THEN sum(new_back) / sum(new_units)
                ELSE 0 END AS share
    FROM sku
)
SELECT s.sku_id,
       CASE WHEN s.kept > 0 THEN CAST(round(s.net_fen / s.kept) AS BIGINT) END AS unit_price_fen,
       greatest((s.old_back + $weight * h.share) / (s.old_units + $weight) * s.new_units
                - s.new_back, 0) AS still_back
FROM sku AS s CROSS JOIN shop AS h"""
"""What a kept piece brought, and the pieces of the newest sales that will still come back."""

SUPPLY = """
WITH cost AS (
    SELECT merchant_sku AS sku_id, arg_max(cogs_fen, valid_from_on) AS cogs_fen
    FROM sku_cogs WHERE valid_from_on <= CAST($as_of AS DATE) GROUP BY merchant_sku
), gone AS (
    SELECT c.sku_id, c.on_hand AS counted, c.reserved,
           c.on_hand + coalesce(o.received_since, 0) - coalesce(s.pieces, 0) AS book
    FROM counted_stock AS c
    LEFT JOIN on_order AS o ON o.sku_id = c.sku_id
    LEFT JOIN sold_since AS s ON s.sku_id = c.sku_id
)
SELECT w.sku_id, p.name, p.category, t.supplier_id,
       greatest(g.book, least(g.counted, g.reserved)) AS on_hand, g.reserved,
       coalesce(o.in_transit, 0) AS in_transit, coalesce(m.still_back, 0.0) AS returns_due,
       coalesce(t.unit_cost_fen, c.cogs_fen) AS unit_cost_fen, m.unit_price_fen, t.lead_time_days,
       t.review_days, t.pack, t.moq, t.min_order_fen, t.shelf_life_days
FROM wanted_sku AS w
LEFT JOIN product AS p ON p.merchant_sku = w.sku_id
LEFT JOIN chosen_terms AS t ON t.sku_id = w.sku_id
LEFT JOIN gone AS g ON g.sku_id = w.sku_id
LEFT JOIN on_order AS o ON o.sku_id = w.sku_id
LEFT JOIN sku_money AS m ON m.sku_id = w.sku_id
LEFT JOIN cost AS c ON c.sku_id = w.sku_id
ORDER BY w.sku_id"""
"""A row a wanted SKU."""
