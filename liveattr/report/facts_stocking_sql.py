"""Queries of the stocking report; `$as_of` is the business date, `$cut_at` the moment of its end."""

from __future__ import annotations

__all__ = ["DAYS", "OF_DAY"]

DAYS = "SELECT DISTINCT as_of FROM order_plan ORDER BY as_of"

_BLIND = "model_used = 'none'"
_EXTRA = f"CASE WHEN {_BLIND} THEN 0 ELSE greatest(available - demand_p95, 0) END"
"""Without a forecast nobody knows whether it is too much."""

_PLAN = f"""
SELECT * EXCLUDE (in_time), in_time IS TRUE AS runs_out,
       CASE WHEN {_BLIND} THEN 'blind'
            WHEN available <= 0 AND demand_mean > 0 THEN 'out'
            WHEN in_time THEN 'low'
            WHEN extra > 0 THEN 'over'
            ELSE 'fine' END AS state
FROM (
    SELECT *, stockout_on <= $as_of + days AS in_time, floor({_EXTRA})::BIGINT AS extra,
           round({_EXTRA} * unit_cost_fen)::BIGINT AS tied_fen
    FROM order_plan WHERE as_of = $as_of
)
ORDER BY stockout_on NULLS LAST, amount_fen DESC NULLS LAST, merchant_sku"""

_FORECAST = """
SELECT merchant_sku, from_on, quantile, units FROM demand_forecast
WHERE as_of = $as_of AND days = 1 ORDER BY merchant_sku, from_on, quantile"""

_SHOWS = """
SELECT DISTINCT business_on FROM broadcast WHERE business_on > $as_of ORDER BY business_on"""

# A planned product without a forecast stays, its numbers unknown. `left_units`: what is left of the
# available on the morning of the day, where each day before takes the mean of its middle quantiles.
_EVENTS = """
WITH planned AS (
    SELECT DISTINCT b.broadcast_id, b.business_on, b.start_at, b.title, b.host_id,
           p.sku_id AS merchant_sku, p.slot, p.price_fen
    FROM broadcast AS b JOIN broadcast_plan AS p USING (broadcast_id)
    WHERE b.business_on > $as_of
),
daily AS (
    SELECT merchant_sku, from_on,
           max(units) FILTER (abs(quantile - 0.5) < 1e-6) AS p50,
           max(units) FILTER (abs(quantile - 0.8) < 1e-6) AS p80,
           max(units) FILTER (abs(quantile - 0.95) < 1e-6) AS p95,
           avg(units) FILTER (quantile > 0.09 AND quantile < 0.91) AS middle
    FROM demand_forecast WHERE as_of = $as_of AND days = 1 GROUP BY ALL
),
quiet AS (
    SELECT d.merchant_sku, median(d.p50) AS ordinary FROM daily AS d
    ANTI JOIN planned AS s ON s.merchant_sku = d.merchant_sku AND s.business_on = d.from_on
    GROUP BY ALL
),
running AS (
    SELECT merchant_sku, from_on, p50, p80, p95,
           coalesce(sum(middle) OVER (
               PARTITION BY merchant_sku ORDER BY from_on
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM daily
)
SELECT s.*, o.name, o.category,
       count(*) OVER (PARTITION BY s.merchant_sku, s.business_on) AS shows_that_day,
       q.ordinary, r.p50, r.p80, r.p95,
       greatest(o.available - r.before, 0) AS left_units,
       greatest(r.p80 - greatest(o.available - r.before, 0), 0) AS short_p80
FROM planned AS s
LEFT JOIN order_plan AS o ON o.as_of = $as_of AND o.merchant_sku = s.merchant_sku
LEFT JOIN running AS r ON r.merchant_sku = s.merchant_sku AND r.from_on = s.business_on
LEFT JOIN quiet AS q ON q.merchant_sku = s.merchant_sku
ORDER BY s.business_on, s.start_at, s.broadcast_id, s.slot NULLS LAST, s.merchant_sku"""

_OVERRIDE = """
SELECT o.*, p.unit_cost_fen FROM order_override AS o
LEFT JOIN order_plan AS p USING (as_of, merchant_sku)
WHERE o.as_of = $as_of ORDER BY o.merchant_sku"""

_CAUSES = """
SELECT d.*, p.name FROM diagnosis AS d LEFT JOIN order_plan AS p USING (as_of, merchant_sku)
WHERE d.as_of = $as_of ORDER BY d.strength DESC NULLS LAST, d.merchant_sku, d.broadcast_id"""

_BACKTEST = """
SELECT * FROM demand_backtest WHERE as_of = $as_of ORDER BY demand_class, metric, model"""

_SOURCES = """
SELECT 'orders' AS source, CAST(timezone($zone, max(created_at)) AS DATE) AS newest_on,
       count(*) AS n FROM order_header WHERE created_at < $cut_at
UNION ALL
SELECT 'stock', CAST(timezone($zone, max(captured_at)) AS DATE), count(*)
FROM stock_snapshot WHERE captured_at < $cut_at
UNION ALL
SELECT 'purchases', max(ordered_on), count(*) FROM purchase_order WHERE ordered_on <= $as_of
UNION ALL
SELECT 'terms', NULL, count(*) FROM supply_terms
UNION ALL
SELECT 'broadcasts', max(business_on), count(*) FROM broadcast WHERE business_on > $as_of"""

OF_DAY = {
    "plan": _PLAN,
    "forecast": _FORECAST,
    "shows": _SHOWS,
    "events": _EVENTS,
    "backtest": _BACKTEST,
    "overrides": _OVERRIDE,
    "causes": _CAUSES,
    "sources": f"SELECT * FROM ({_SOURCES}) AS s ORDER BY source",
}
"""Name of a frame of `StockingFacts` → query."""
