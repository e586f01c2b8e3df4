"""SKU match: which touches of an order may be credited with which of its lines.

A touch that names a product counts for the lines of that product (match "product") or of its category
(match "category"); a touch that names none counts for every line. So a click on a lipstick earns
nothing of the soap in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.errors import ParameterError, did_you_mean
from liveattr.ledger import MERCHANT_SKU

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["MATCHES", "MATCH_READS", "create_line_path", "line_path_sql"]

MATCHES = ("product", "category")

MATCH_READS = ("journey", "touch", "dimension", "order_line", "sku_map", "product")
"""Tables that are read, beside the temporary table `line_ledger`."""

BEGINNING, END = -(2**62), 2**62
"""[µs] Before and after every moment."""

_LINE = """
CREATE OR REPLACE TEMP TABLE match_line AS
SELECT CAST(row_number() OVER (ORDER BY l.platform, l.line_id) AS BIGINT) AS line_key,
       l.platform, l.line_id, o.code AS order_key, l.sku_id, x.product_id,
       CASE WHEN l.merchant_sku IS NOT NULL THEN 'm' || chr(9) || l.merchant_sku
            WHEN l.sku_id IS NOT NULL THEN 's' || chr(9) || l.platform || chr(9) || l.sku_id
            END AS good,
       p.category
FROM line_ledger AS l
JOIN dimension AS o
  ON o.kind = 'order'
 AND o.value = l.platform || chr(9) || l.shop_id || chr(9) || l.order_id
JOIN order_line AS x ON x.platform = l.platform AND x.line_id = l.line_id
LEFT JOIN product AS p ON p.merchant_sku = l.merchant_sku"""

_NAMED = f"""
CREATE OR REPLACE TEMP TABLE match_named AS
WITH sku AS (
    SELECT code, value FROM dimension WHERE kind = 'sku'
), mapped AS (
    SELECT platform, platform_sku_id, merchant_sku,
           CASE WHEN valid_from_at = min(valid_from_at) OVER same THEN {BEGINNING}
                ELSE epoch_us(valid_from_at) END AS from_us,
           coalesce(epoch_us(valid_to_at), {END}) AS to_us
    FROM ({MERCHANT_SKU})
    WINDOW same AS (PARTITION BY platform, platform_sku_id)
), named AS (
    SELECT s.code, 'm' || chr(9) || m.merchant_sku AS good, m.from_us, m.to_us
    FROM sku AS s JOIN mapped AS m ON m.platform_sku_id = s.value
    UNION
    SELECT s.code, 'm' || chr(9) || s.value, {BEGINNING}, {END}
    FROM sku AS s
    JOIN (SELECT merchant_sku FROM product UNION SELECT merchant_sku FROM line_ledger) AS m
      ON m.merchant_sku = s.value
    UNION
    SELECT s.code, l.good, {BEGINNING}, {END}
    FROM sku AS s
    JOIN (SELECT DISTINCT platform, sku_id, good FROM match_line) AS l ON l.sku_id = s.value
    LEFT JOIN (SELECT DISTINCT platform, platform_sku_id FROM sku_map) AS m
      ON m.platform = l.platform AND m.platform_sku_id = l.sku_id
    WHERE m.platform_sku_id IS NULL
    UNION
    SELECT s.code, l.good, {BEGINNING}, {END}
    FROM sku AS s
    JOIN (SELECT DISTINCT product_id, good FROM match_line) AS l ON l.product_id = s.value
    WHERE l.good IS NOT NULL
)
SELECT n.code, n.good, p.category, n.from_us, n.to_us
FROM named AS n
LEFT JOIN product AS p ON 'm' || chr(9) || p.merchant_sku = n.good"""

_SAME = {
    "product": "g.good = l.good",
    "category": "(g.good = l.good OR g.category = l.category)",
}

_LINE_PATH = """
WITH path AS (
    SELECT j.order_key, j.pos, j.ts_us, j.touch_id, j.weight, t.sku, d.value AS channel
    FROM {journey} AS j
    JOIN touch AS t ON t.touch_id = j.touch_id
    JOIN dimension AS d ON d.kind = 'channel' AND d.code = t.channel
    WHERE j.order_key IS NOT NULL
), kept AS (
    SELECT l.line_key, l.platform, l.line_id, p.order_key, p.pos, p.ts_us, p.touch_id,
           p.channel, p.weight
    FROM match_line AS l
    JOIN path AS p ON p.order_key = l.order_key
    WHERE p.sku IS NULL
    UNION ALL
    SELECT DISTINCT l.line_key, l.platform, l.line_id, p.order_key, p.pos, p.ts_us, p.touch_id,
           p.channel, p.weight
    FROM match_line AS l
    JOIN path AS p ON p.order_key = l.order_key
    JOIN match_named AS g
      ON g.code = p.sku AND g.from_us <= p.ts_us AND p.ts_us < g.to_us AND {same}
)
SELECT line_key, platform, line_id, order_key,
       CAST(row_number() OVER (PARTITION BY line_key ORDER BY pos) AS INTEGER) AS pos,
       CAST(count(*) OVER (PARTITION BY line_key) AS INTEGER) AS n,
       ts_us, touch_id, channel, weight
FROM kept"""


def create_line_path(con: DuckDBPyConnection, match: str, *, journey: str = "journey") -> None:
    """Create the temporary tables `match_line` and `line_path`.

    Parameters
    ----------
    con
        Connection with the tables of `MATCH_READS`, and `line_ledger` (`create_line_ledger`).
    match
        product or category.
    journey
        Relation with the columns of `journey` that is read in its place.

    Raises
    ------
    ParameterError
        If `match` is neither.

    Notes
    -----
    - `match_line`: `line_key, platform, line_id, order_key, sku_id, product_id, good, category`, one row
      for each line of `line_ledger` whose order is in `dimension`; `line_key` counts from 1 in the order
      of platform and line_id.
    - `line_path`: `line_key, platform, line_id, order_key, pos, n, ts_us, touch_id, channel, weight`: the
      rows of `journey` that count for the line, with `pos` and `n` counted anew. A line of which no
      touch counts has no row: it is (unattributed).

    What a touch names may be the platform's SKU or product, or the merchant's code; a touch does not
    say of which platform, so the number is looked up on all of them: in `sku_map` as valid at the time
    of the touch (the first mapping also before it began), in `product`, and among the lines: the
    SKU of a line that `sku_map` does not know, and its product, of which every SKU counts. A number that
    is another product elsewhere counts for both. A number that nobody knows counts for no line.

    Lines without a merchant's code are known by platform and SKU; lines without either are credited
    only to touches that name no product. An unknown category matches the same product only.
    """
    query = line_path_sql(match, journey)
    con.execute(_LINE)
    con.execute(_NAMED)
    con.execute(f"CREATE OR REPLACE TEMP TABLE line_path AS {query}")
    con.execute("DROP TABLE match_named")


def line_path_sql(match: str, journey: str = "journey") -> str:
    """Write SQL for `line_path` from `journey, touch, dimension, match_line, match_named`.

    Raises
    ------
    ParameterError
        If `match` is neither product nor category.
    """
    if match not in MATCHES:
        raise ParameterError(f"there is no match {match!r}; {did_you_mean(match, MATCHES)}")
    return _LINE_PATH.format(same=_SAME[match], journey=journey)
