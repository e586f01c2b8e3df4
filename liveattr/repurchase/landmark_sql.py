"""The SQL of landmarks: each person as known at the end of some days, and the order that came next.

Days are whole numbers since 1970-01-01, money is whole fen and amounts of events are whole thousandths:
sums are exact, in whatever order they are taken.
"""

from __future__ import annotations

__all__ = [
    "CATEGORY",
    "EVENT",
    "KEY",
    "LIVE",
    "OUTCOME",
    "RFM",
    "SCORING",
    "VERSION",
    "landmark_sql",
]

FAR = 1_000_000
"""A day that never comes, and one that never was if negative."""

KEY = """
CREATE TEMP TABLE landmark_key AS
SELECT CAST(row_number() OVER (ORDER BY {by}) AS INTEGER) AS key, {by}
FROM (SELECT DISTINCT {by} FROM given)"""

VERSION = f"""
CREATE TEMP TABLE version AS
WITH bought AS (
    SELECT k.key, g.day, g.known, g.value, g.refunded, g.coupon, g.live
    FROM given AS g JOIN landmark_key AS k ON {{same}}
), point AS (
    SELECT key, day, day AS since FROM bought
    UNION
    SELECT key, day, known FROM bought WHERE known > day AND refunded <> 0
), state AS (
    SELECT p.key, p.day, p.since,
           count(*) FILTER (b.refunded <= 0 OR b.refunded < b.value OR b.known > p.since) AS orders,
           sum(b.value - CASE WHEN b.known <= p.since THEN b.refunded ELSE 0 END) AS value,
           max(b.coupon) AS coupon, max(b.live) AS live
    FROM point AS p JOIN bought AS b ON b.key = p.key AND b.day = p.day
    GROUP BY p.key, p.day, p.since
)
SELECT key, day, since, CAST(orders > 0 AS INTEGER) AS kept, coupon, live,
       CASE WHEN value > 0 THEN CAST(value AS BIGINT) ELSE 0 END AS value,
       lead(since, 1, {FAR}) OVER (PARTITION BY key, day ORDER BY since) AS until
FROM state"""
"""What a day of orders was worth, and from when to when this was what one knew."""

RFM = """
CREATE TEMP TABLE rfm AS
SELECT v.key, s.snapshot, count(*) AS orders, min(v.day) AS first_day, max(v.day) AS last_day,
       CAST(sum(v.value) AS BIGINT) AS value, max_by(v.value, v.day) AS last_value,
       count(*) FILTER (v.day > s.snapshot - 30) AS orders_30,
       count(*) FILTER (v.day > s.snapshot - 90) AS orders_90,
       sum(v.coupon) AS coupons, sum(v.live) AS live_orders, min_by(v.live, v.day) AS live_first
FROM version AS v JOIN snapshot AS s ON s.snapshot >= v.since AND s.snapshot < v.until
WHERE v.kept = 1
GROUP BY v.key, s.snapshot"""

OUTCOME = f"""
CREATE TEMP TABLE outcome AS
WITH final AS (
    SELECT key, day FROM version WHERE kept = 1 AND since <= $as_of AND until > $as_of
), step AS (
    SELECT key, day, lag(day, 1, -{FAR}) OVER (PARTITION BY key ORDER BY day) AS previous FROM final
)
SELECT t.key, s.snapshot, t.day AS next_day
FROM step AS t JOIN snapshot AS s ON s.snapshot >= t.previous AND s.snapshot < t.day"""
"""The first order after the snapshot that was not wholly refunded by the end."""

SCORING = """
CREATE TEMP TABLE outcome AS
SELECT 0 AS key, 0 AS snapshot, 0 AS next_day WHERE false"""

CATEGORY = """
CREATE TEMP TABLE rhythm AS
WITH gap AS (
    SELECT s.snapshot, k.category,
           v.day - lag(v.day) OVER (PARTITION BY v.key, s.snapshot ORDER BY v.day) AS days
    FROM version AS v
    JOIN snapshot AS s ON s.snapshot >= v.since AND s.snapshot < v.until
    JOIN landmark_key AS k ON k.key = v.key
    WHERE v.kept = 1
), category AS (
    SELECT snapshot, category, median(days) AS days FROM gap GROUP BY snapshot, category
), shop AS (SELECT snapshot, median(days) AS days FROM gap GROUP BY snapshot)
SELECT c.snapshot, c.category, coalesce(c.days, s.days, 30.0) AS gap_days
FROM category AS c JOIN shop AS s ON s.snapshot = c.snapshot"""
"""Median gap of a category in the gaps that ended by the snapshot; without any, that of all categories."""

EVENT = f"""
CREATE TEMP TABLE doing AS
WITH daily AS (
    SELECT person_id, day,
           sum(CASE WHEN kind = 'visit' THEN amount ELSE 0 END) AS visits,
           sum(CASE WHEN kind = 'watch_minutes' THEN amount ELSE 0 END) AS watch,
           sum(CASE WHEN kind = 'click' THEN amount ELSE 0 END) AS clicks,
           sum(CASE WHEN kind = 'cart' THEN amount ELSE 0 END) AS carts,
           sum(CASE WHEN kind = 'jump' THEN amount ELSE 0 END) AS jumps
    FROM happened GROUP BY person_id, day
), recent AS (
    SELECT d.person_id, s.snapshot, sum(visits) AS visits, sum(watch) AS watch,
           sum(clicks) AS clicks, sum(carts) AS carts, sum(jumps) AS jumps
    FROM daily AS d JOIN snapshot AS s ON s.snapshot >= d.day AND s.snapshot < d.day + 30
    GROUP BY d.person_id, s.snapshot
), step AS (
    SELECT person_id, day, lead(day, 1, {FAR}) OVER (PARTITION BY person_id ORDER BY day) AS until
    FROM (SELECT DISTINCT person_id, day FROM happened
          WHERE kind IN ('visit', 'watch_minutes'))
), seen AS (
    SELECT t.person_id, s.snapshot, t.day
    FROM step AS t JOIN snapshot AS s ON s.snapshot >= t.day AND s.snapshot < t.until
)
SELECT coalesce(r.person_id, n.person_id) AS person_id, coalesce(r.snapshot, n.snapshot) AS snapshot,
       r.visits, r.watch, r.clicks, r.carts, r.jumps, n.day AS seen_day
FROM recent AS r
FULL JOIN seen AS n ON n.person_id = r.person_id AND n.snapshot = r.snapshot"""

LIVE = """
       ln(1 + coalesce(e.visits, 0) / 1000.0) AS live_visits,
       ln(1 + coalesce(e.watch, 0) / 1000.0) AS live_watch,
       ln(1 + coalesce(e.clicks, 0) / 1000.0) AS live_clicks,
       ln(1 + coalesce(e.carts, 0) / 1000.0) AS live_carts,
       ln(1 + coalesce(e.jumps, 0) / 1000.0) AS live_jumps,
       ln(1.0 + least(coalesce(r.snapshot - e.seen_day, 365), 365)) AS live_silence"""

_BASE = """
WITH known AS (
    SELECT *, snapshot - last_day AS recency, snapshot - first_day AS tenure,
           (last_day - first_day + 30.0) / orders AS gap
    FROM rfm
)
SELECT {keys}, r.snapshot,
       coalesce(o.next_day, $as_of) - r.snapshot AS duration_days, o.next_day IS NOT NULL AS event,
       CAST(r.orders - 1 AS BIGINT) AS frequency, r.last_day - r.first_day AS recency_days,
       r.tenure AS tenure_days,
       ln(CAST(r.orders AS DOUBLE)) AS log_frequency,
       CAST(r.orders > 1 AS DOUBLE) AS repeat,
       ln(1.0 + r.recency) AS log_recency, ln(1.0 + r.tenure) AS log_tenure, ln(r.gap) AS log_gap,
       ln(1 + r.value / 100.0 / r.orders) AS log_mean_value,
       ln(1 + r.last_value / 100.0) AS log_last_value,
       ln(1 + r.recency / r.gap) AS log_recency_gap,
       ln(1.0 + r.orders_30) AS log_orders_30, ln(1.0 + r.orders_90) AS log_orders_90{more}
FROM known AS r
JOIN landmark_key AS k ON k.key = r.key
LEFT JOIN outcome AS o ON o.key = r.key AND o.snapshot = r.snapshot{joins}
ORDER BY r.key, r.snapshot"""


def landmark_sql(by: tuple[str, ...], *, events: bool, coupon: bool, live: bool) -> str:
    """Write the query that makes covariates out of the tables above.

    Parameters
    ----------
    by
        Columns of the key.
    events, coupon, live
        Whether there are events; whether orders say that a coupon was used, that they were placed live.
    """
    more, joins = "", ""
    if "category" in by:
        more += ",\n       ln(1 + r.recency / c.gap_days) AS category_recency_gap"
        more += ",\n       ln(1 + c.gap_days) AS category_gap"
        joins += "\nJOIN rhythm AS c ON c.snapshot = r.snapshot AND c.category = k.category"
    if events:
        more += "," + LIVE
        joins += "\nLEFT JOIN doing AS e ON e.person_id = k.person_id AND e.snapshot = r.snapshot"
    if coupon:
        more += ",\n       CAST(r.coupons AS DOUBLE) / r.orders AS coupon_share"
    if live:
        more += ",\n       CAST(r.live_orders AS DOUBLE) / r.orders AS live_share"
        more += ",\n       CAST(r.live_first AS DOUBLE) AS acquired_live"
    return _BASE.format(keys=", ".join(f"k.{name}" for name in by), more=more, joins=joins)
