"""Queries of the recall report; `asked_list` holds the ids of the lists that it is about."""

from __future__ import annotations

__all__ = [
    "ABOUT",
    "BROADCASTS",
    "CURRENCY",
    "GOODS",
    "HEAD",
    "LISTS",
    "POOLED",
    "REFUSED",
    "REMOVED",
    "RESULTS",
    "WHY",
]

_KNOWN = "timezone($zone, frozen_at)::DATE <= $as_of"

ABOUT = f"""
SELECT DISTINCT coalesce(broadcast_id, audience_id) AS about FROM audience WHERE {_KNOWN}
ORDER BY about"""

LISTS = f"""
FROM audience WHERE coalesce(broadcast_id, audience_id) = $about AND {_KNOWN}
ORDER BY channel, audience_id"""

BROADCASTS = """
SELECT broadcast_id, platform, host_id, start_at, end_at FROM broadcast WHERE broadcast_id = $about"""

HEAD = """
SELECT c.title FROM broadcast AS b JOIN campaign AS c USING (campaign_id) WHERE b.broadcast_id = $about"""

CURRENCY = """
SELECT coalesce(
    (SELECT currency FROM (
        SELECT currency, count(*) AS n FROM order_header GROUP BY currency ORDER BY n DESC, currency
    ) LIMIT 1), 'CNY') AS currency"""

REFUSED = """
SELECT audience_id, each.key AS reason, each.value AS people
FROM (
    SELECT audience_id, unnest(map_entries(refused::JSON::MAP(VARCHAR, BIGINT))) AS each
    FROM audience SEMI JOIN asked_list USING (audience_id) WHERE refused IS NOT NULL
)
ORDER BY audience_id, people DESC, reason"""

WHY = """
WITH said AS (
    SELECT audience_id, unnest(map_entries(why::JSON::MAP(VARCHAR, VARCHAR))) AS each
    FROM audience_member SEMI JOIN asked_list USING (audience_id)
    WHERE why IS NOT NULL AND arm <> 'never'
)
SELECT audience_id, name, count(*) AS people, median(value) AS typical
FROM (SELECT audience_id, each.key AS name, try_cast(each.value AS DOUBLE) AS value FROM said)
WHERE value IS NULL OR value <> 0
GROUP BY audience_id, name ORDER BY audience_id, people DESC, name"""

GOODS = """
SELECT m.audience_id, m.sku_id, any_value(p.name) AS name, count(*) AS people
FROM audience_member AS m SEMI JOIN asked_list USING (audience_id)
LEFT JOIN (SELECT sku_id, min(name) AS name FROM product GROUP BY sku_id) AS p USING (sku_id)
WHERE m.sku_id IS NOT NULL AND m.arm <> 'never'
GROUP BY m.audience_id, m.sku_id ORDER BY m.audience_id, people DESC, m.sku_id"""

REMOVED = """
SELECT audience_id, coalesce(removed_why, 'other') AS why, count(*) AS people
FROM audience_member SEMI JOIN asked_list USING (audience_id)
WHERE removed_at IS NOT NULL AND timezone($zone, removed_at)::DATE <= $as_of
GROUP BY ALL ORDER BY audience_id, people DESC, why"""

_NEWEST = """
FROM recall_result {only} WHERE as_of <= $as_of {more}
QUALIFY as_of = max(as_of) OVER (PARTITION BY audience_id)
ORDER BY audience_id, outcome"""

RESULTS = _NEWEST.format(only="SEMI JOIN asked_list USING (audience_id)", more="")
POOLED = _NEWEST.format(only="", more="AND audience_id = '(all)'")
