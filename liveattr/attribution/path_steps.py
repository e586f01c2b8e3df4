"""The last steps to the orders of a campaign, for a picture of flows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["EARLIER", "ORDER", "START", "create_path_step"]

START, EARLIER, ORDER = "(start)", "(earlier)", "(order)"

_PATH_STEP = f"""
CREATE OR REPLACE TEMP TABLE path_step AS
WITH near AS (
    SELECT order_key, channel, back,
           lead(channel) OVER (PARTITION BY order_key ORDER BY back) AS before,
           lead(channel, 2) OVER (PARTITION BY order_key ORDER BY back) AS long_before
    FROM summary_step WHERE back <= 5
), step AS (
    SELECT order_key, 1 AS pos, channel AS from_, CAST(NULL AS INTEGER) AS to_, false AS longer
    FROM near WHERE back = 1
    UNION ALL
    SELECT order_key, back + 1, before, channel, back = 3 AND long_before IS NOT NULL
    FROM near WHERE back <= 3
), counted AS (
    SELECT s.campaign, x.pos, CASE WHEN x.longer THEN NULL ELSE x.from_ END AS from_, x.to_,
           x.longer, count(*) AS n_orders
    FROM summary_seen AS s JOIN step AS x ON x.order_key = s.order_key
    GROUP BY s.campaign, x.pos, CASE WHEN x.longer THEN NULL ELSE x.from_ END, x.to_, x.longer
)
SELECT c.campaign_id, CAST(x.pos AS INTEGER) AS pos,
       CASE WHEN x.longer THEN '{EARLIER}' ELSE coalesce(f.value, '{START}') END AS from_channel,
       coalesce(t.value, '{ORDER}') AS to_channel, DATE '{{as_of}}' AS as_of,
       CAST(x.n_orders AS BIGINT) AS n_orders
FROM counted AS x
JOIN summary_campaign AS c ON c.campaign = x.campaign
LEFT JOIN dimension AS f ON f.kind = 'channel' AND f.code = x.from_
LEFT JOIN dimension AS t ON t.kind = 'channel' AND t.code = x.to_
ORDER BY c.campaign_id, x.pos, from_channel, to_channel"""


def create_path_step(con: DuckDBPyConnection, as_of: date) -> None:
    """Create the temporary table `path_step`.

    Parameters
    ----------
    con
        Connection with `dimension`, and of `liveattr.attribution.path_summary`: `summary_step`
        (order_key, channel, back: 1 is the touch next to the order), `summary_seen` (campaign,
        order_key) and `summary_campaign` (campaign, campaign_id).
    as_of
        Business date: the column of that name.

    Notes
    -----
    Of a path c1 > … > cm, repeats in a row taken as one, pos 1 is cm → (order) and pos 2 is
    c(m-1) → cm, up to pos 4. A path of fewer than 4 touches has the step (start) → c1. Pos 4 of a path
    of exactly 4 comes from its first touch, of a longer one from (earlier). The orders that come from a
    channel at pos 1, 2 or 3 are those that go to it at the next pos.
    """
    con.execute(_PATH_STEP.format(as_of=as_of))
