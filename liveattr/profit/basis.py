"""Evidence: every reason to think that an order line belongs to a broadcast, best first.

Tiers: explicit_room (the platform wrote the room on the line), tracked_link (the order, or its
buyer shortly before, came over a link of the broadcast), platform_ad (the ad platform says so),
host_time (the host's line, bought while the broadcast ran), window (a planned SKU, bought on the
platform soon after). The first three are hard: one of them takes the whole line.

All evidence is kept; the best one of a line counts, the others carry `superseded_at`. Within a
tier a broadcast that had begun when the order was placed comes before one that had not (rooms
and source codes are used again), then the latest begin, then broadcast_id. Evidence does not
depend on the as-of date, so a report of an earlier day reads the same rows.

Decisions where an order could name several broadcasts: its own link_id alone, if the link is
known and not forged; else its source_code, unless its link is forged; else the latest event of
its person over a link. A source code belongs to `broadcast.source_code` (the broadcast_id itself
where that is null) or to a link that carries it. A link that names only a campaign is no
evidence here; it works through the rule. An ad that led to several broadcasts: that of its latest
hour with spend up to the order, else of its first hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from liveattr.ledger import MERCHANT_SKU
from liveattr.profit.clicks import create_link_clicks

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["CONFIDENCE", "HARD_TIERS", "TIERS", "line_bases"]

TIERS = ("explicit_room", "tracked_link", "platform_ad", "host_time", "window")
"""Tiers of evidence, best first."""

HARD_TIERS = TIERS[:3]
"""Tiers that take the whole line."""

CONFIDENCE = {
    "explicit_room": 1.0,
    "tracked_link": 1.0,
    "platform_ad": 1.0,
    "host_time": 0.5,
    "window": 0.2,
}
"""1 where the platform or a link states it. The others only put the tiers in order: nobody has
measured them, and no money is weighted by them."""

_LINE = f"""
CREATE OR REPLACE TEMP TABLE basis_line AS
SELECT l.platform, l.line_id, l.shop_id, l.order_id, l.sku_id, l.room_id, l.host_id,
       coalesce(l.merchant_code, m.merchant_sku) AS merchant_sku,
       h.created_at, epoch_us(h.created_at) AS ts_us
FROM order_line AS l
JOIN order_header AS h
  ON h.platform = l.platform AND h.shop_id = l.shop_id AND h.order_id = l.order_id
LEFT JOIN ({MERCHANT_SKU}) AS m
  ON l.merchant_code IS NULL AND m.platform = l.platform AND m.platform_sku_id = l.sku_id
 AND m.valid_from_at <= h.created_at
 AND (m.valid_to_at IS NULL OR h.created_at < m.valid_to_at)
WHERE EXISTS (SELECT 1 FROM broadcast)
"""

_SHOW = """
CREATE OR REPLACE TEMP TABLE basis_show AS
SELECT broadcast_id, platform, platform_room_id, host_id, source_code,
       epoch_us(start_at) AS start_us, epoch_us(end_at) AS end_us
FROM broadcast
"""

_ORDER_LINK = """
CREATE OR REPLACE TEMP TABLE order_link AS
WITH good AS (
    SELECT link_id, source_code, broadcast_id FROM tracked_link
    WHERE broadcast_id IS NOT NULL AND signature_ok IS DISTINCT FROM false
), code AS (
    SELECT coalesce(source_code, broadcast_id) AS source_code, broadcast_id FROM basis_show
    UNION
    SELECT source_code, broadcast_id FROM good WHERE source_code IS NOT NULL
), placed AS (
    SELECT h.platform, h.shop_id, h.order_id, h.link_id, h.source_code,
           g.broadcast_id AS link_broadcast,
           coalesce(f.signature_ok, true) AS honest
    FROM order_header AS h
    LEFT JOIN good AS g ON g.link_id = h.link_id
    LEFT JOIN tracked_link AS f ON f.link_id = h.link_id
    WHERE h.link_id IS NOT NULL OR h.source_code IS NOT NULL
)
SELECT platform, shop_id, order_id, link_broadcast AS broadcast_id, link_id AS evidence
FROM placed WHERE link_broadcast IS NOT NULL
UNION
SELECT p.platform, p.shop_id, p.order_id, c.broadcast_id, p.source_code
FROM placed AS p JOIN code AS c ON c.source_code = p.source_code
WHERE p.link_broadcast IS NULL AND p.honest
"""

_ADD_CLICKS = """
INSERT INTO order_link
SELECT c.platform, c.shop_id, c.order_id, c.broadcast_id, c.link_id
FROM link_click AS c
WHERE NOT EXISTS (
    SELECT 1 FROM order_link AS o
    WHERE o.platform = c.platform AND o.shop_id = c.shop_id AND o.order_id = c.order_id)
"""

_AD = """
CREATE OR REPLACE TEMP TABLE ad_line AS
WITH ad_order AS (
    SELECT l.platform, l.line_id, l.ts_us AS created_us, a.account, a.ad_id,
           coalesce(epoch_us(a.placed_at), l.ts_us) AS placed_us
    FROM platform_ad_order AS a JOIN basis_line AS l ON l.order_id = a.order_id
    UNION
    SELECT l.platform, l.line_id, l.ts_us, a.account, a.ad_id,
           coalesce(epoch_us(a.placed_at), l.ts_us)
    FROM platform_ad_order AS a JOIN basis_line AS l ON l.line_id = a.order_id
), spent AS (
    SELECT s.account, s.ad_id, epoch_us(s.hour_at) AS hour_us, b.platform, b.broadcast_id,
           b.start_us, false AS by_room
    FROM ad_spend AS s JOIN basis_show AS b ON b.broadcast_id = s.broadcast_id
    UNION ALL
    SELECT s.account, s.ad_id, epoch_us(s.hour_at), b.platform, b.broadcast_id, b.start_us, true
    FROM ad_spend AS s JOIN basis_show AS b ON b.platform_room_id = s.room_id
    WHERE s.broadcast_id IS NULL
), led AS (
    SELECT o.platform, o.line_id, o.account, o.ad_id, s.broadcast_id,
           row_number() OVER (
               PARTITION BY o.platform, o.line_id, o.account, o.ad_id
               ORDER BY s.hour_us <= o.placed_us DESC, abs(s.hour_us - o.placed_us),
                        s.start_us <= o.created_us DESC, s.start_us DESC, s.broadcast_id) AS turn
    FROM ad_order AS o
    JOIN spent AS s ON s.account = o.account AND s.ad_id = o.ad_id
    WHERE NOT s.by_room OR s.platform = o.platform
), on_air AS (
    SELECT o.platform, o.line_id, o.account, o.ad_id, b.broadcast_id,
           row_number() OVER (PARTITION BY o.platform, o.line_id, o.account, o.ad_id
                              ORDER BY b.start_us DESC, b.broadcast_id) AS turn
    FROM ad_order AS o
    JOIN basis_show AS b
      ON b.platform = o.platform AND o.placed_us BETWEEN b.start_us AND b.end_us
    WHERE NOT EXISTS (
        SELECT 1 FROM led AS x
        WHERE x.platform = o.platform AND x.line_id = o.line_id
          AND x.account = o.account AND x.ad_id = o.ad_id)
)
SELECT platform, line_id, broadcast_id, min(ad_id) AS evidence,
       list({'account': account, 'ad_id': ad_id} ORDER BY account, ad_id) AS ads
FROM (SELECT * FROM led WHERE turn = 1 UNION ALL SELECT * FROM on_air WHERE turn = 1)
GROUP BY platform, line_id, broadcast_id
"""

_EVIDENCE = """
CREATE OR REPLACE TEMP TABLE evidence AS
SELECT l.platform, l.line_id, 0 AS tier, b.broadcast_id, l.room_id AS evidence, NULL AS ads
FROM basis_line AS l
JOIN basis_show AS b ON b.platform = l.platform AND b.platform_room_id = l.room_id
UNION ALL
SELECT l.platform, l.line_id, 1, o.broadcast_id, min(o.evidence), NULL
FROM basis_line AS l
JOIN order_link AS o
  ON o.platform = l.platform AND o.shop_id = l.shop_id AND o.order_id = l.order_id
GROUP BY l.platform, l.line_id, o.broadcast_id
UNION ALL
SELECT platform, line_id, 2, broadcast_id, evidence, ads FROM ad_line
UNION ALL
SELECT l.platform, l.line_id, 3, b.broadcast_id, l.host_id, NULL
FROM basis_line AS l
JOIN basis_show AS b ON b.host_id = l.host_id
WHERE l.ts_us BETWEEN b.start_us AND b.end_us + $grace_us
UNION ALL
SELECT l.platform, l.line_id, 4, b.broadcast_id, coalesce(p.sku_id, q.sku_id, 'time'), NULL
FROM basis_line AS l
JOIN show_day AS d ON d.platform = l.platform AND d.day = l.ts_us // 86400000000
JOIN basis_show AS b ON b.broadcast_id = d.broadcast_id
LEFT JOIN broadcast_plan AS p ON p.broadcast_id = d.broadcast_id AND p.sku_id = l.merchant_sku
LEFT JOIN broadcast_plan AS q ON q.broadcast_id = d.broadcast_id AND q.sku_id = l.sku_id
WHERE l.ts_us BETWEEN b.start_us AND b.end_us + $window_us
  AND (NOT d.planned OR p.sku_id IS NOT NULL OR q.sku_id IS NOT NULL)
"""

_SHOW_DAY = """
CREATE OR REPLACE TEMP TABLE show_day AS
SELECT b.broadcast_id, b.platform, p.broadcast_id IS NOT NULL AS planned,
       unnest(range(b.start_us // 86400000000, (b.end_us + $window_us) // 86400000000 + 1)) AS day
FROM basis_show AS b
LEFT JOIN (SELECT DISTINCT broadcast_id FROM broadcast_plan) AS p
  ON p.broadcast_id = b.broadcast_id
"""

_BASIS = """
CREATE OR REPLACE TEMP TABLE basis AS
SELECT e.platform, e.line_id, n.basis, e.broadcast_id, e.evidence, n.confidence,
       l.created_at AS decided_at,
       CASE WHEN row_number() OVER best > 1 THEN l.created_at END AS superseded_at,
       e.tier, e.ads, row_number() OVER (PARTITION BY e.platform, e.line_id, n.hard ORDER BY e.tier,
           b.start_us <= l.ts_us DESC, b.start_us DESC, e.broadcast_id) AS turn
FROM evidence AS e
JOIN basis_tier AS n ON n.tier = e.tier
JOIN basis_line AS l ON l.platform = e.platform AND l.line_id = e.line_id
JOIN basis_show AS b ON b.broadcast_id = e.broadcast_id
WINDOW best AS (PARTITION BY e.platform, e.line_id ORDER BY e.tier,
                b.start_us <= l.ts_us DESC, b.start_us DESC, e.broadcast_id)
"""


def line_bases(
    con: DuckDBPyConnection,
    *,
    tracked_link_hours: int = 24,
    host_time_grace_minutes: int = 60,
    window_hours: int = 24,
    clock_offset_s: Mapping[str, float] | None = None,
) -> None:
    """Create the temporary table `basis`: all evidence that ties order lines to broadcasts.

    Parameters
    ----------
    con
        Connection with `order_header, order_line, broadcast, broadcast_plan, tracked_link, event,
        person_member, platform_ad_order, ad_spend` and `sku_map`.
    tracked_link_hours
        [h] A click on a tracked link counts so long before the order. A day: who comes back
        tomorrow over another way was not brought by this click alone.
    host_time_grace_minutes
        [min] After the end of a broadcast in which a line with its host still counts: carts are
        paid when the host says goodbye.
    window_hours
        [h] After the end of a broadcast in which an order may come from it at all; one day, so
        that daily broadcasts overlap little.
    clock_offset_s
        [s] Source → how far its clock is ahead.

    Notes
    -----
    Columns: those of `line_basis`, and `tier` (place in `TIERS`, from 0), `turn` (1 is the best hard
    evidence of a line, and the best soft evidence of it) and `ads` (of platform_ad: account and ad_id
    of every ad of the line that led to the broadcast; `evidence` names one). `superseded_at` is null
    for the one row of a line that counts.
    """
    con.execute(_LINE)
    con.execute(_SHOW)
    create_link_clicks(con, hours=tracked_link_hours, clock_offset_s=clock_offset_s or {})
    con.execute(_ORDER_LINK)
    con.execute(_ADD_CLICKS)
    con.execute(_AD)
    window = {"window_us": window_hours * 3_600_000_000}
    con.execute(_SHOW_DAY, window)
    con.execute(_EVIDENCE, {**window, "grace_us": host_time_grace_minutes * 60_000_000})
    con.execute(_tier_sql())
    con.execute(_BASIS)
    for name in ("basis_line", "basis_show", "basis_tier", "order_link", "link_click", "ad_line"):
        con.execute(f"DROP TABLE {name}")
    con.execute("DROP TABLE show_day; DROP TABLE evidence")


def _tier_sql() -> str:
    rows = ", ".join(
        f"({tier}, '{name}', CAST({CONFIDENCE[name]} AS DOUBLE), {name in HARD_TIERS})"
        for tier, name in enumerate(TIERS)
    )
    return (
        "CREATE OR REPLACE TEMP TABLE basis_tier AS "
        f"SELECT * FROM (VALUES {rows}) AS t (tier, basis, confidence, hard)"
    )
