"""Paths to the orders of a campaign, their last steps, and how long they took: counts for the report.

An order counts once for each campaign of which a touch precedes it, and once for the whole shop
(campaign_id ''). Only orders with a line that counts and is paid as of the date are there, and only
touches that are surely the buyer's: a row of a fuzzy link (weight below 1) is no part of a path here.
A touch belongs to the campaign of its broadcast, else to the campaign that it names.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from liveattr.attribution.path_steps import create_path_step
from liveattr.consent.suppress import SMALLEST

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = [
    "MOST_PATHS",
    "OTHER",
    "READS",
    "WITHIN",
    "WRITES",
    "create_path_summary",
    "write_path_summary",
]

READS = ("journey", "touch", "dimension", "broadcast")
"""Tables that are read, beside those of `create_line_ledger`."""

WRITES = ("path_total", "path_step", "order_delay")

MOST_PATHS = 30
"""Paths of a campaign that are told apart; the rest is one row."""

OTHER = "(other)"

_MINUTE_US = 60_000_000
_DAY_US = 1440 * _MINUTE_US

WITHIN = {
    "10 min": 10 * _MINUTE_US,
    "1 h": 60 * _MINUTE_US,
    "6 h": 360 * _MINUTE_US,
    "1 d": _DAY_US,
    "3 d": 3 * _DAY_US,
    "7 d": 7 * _DAY_US,
    "14 d": 14 * _DAY_US,
}
"""Words of `order_delay.within` → [µs] the longest delay; a longer one is `later`."""

_ORDER = """
CREATE OR REPLACE TEMP TABLE summary_order AS
SELECT o.code AS order_key, l.net_fen
FROM (
    SELECT platform || chr(9) || shop_id || chr(9) || order_id AS value, sum(net_fen) AS net_fen
    FROM line_ledger GROUP BY platform, shop_id, order_id
    HAVING sum(CASE WHEN counted AND paid_at IS NOT NULL THEN 1 ELSE 0 END) > 0
) AS l
JOIN dimension AS o ON o.kind = 'order' AND o.value = l.value"""

_CAMPAIGN = """
CREATE OR REPLACE TEMP TABLE summary_campaign AS
SELECT CAST(row_number() OVER (ORDER BY campaign_id) - 1 AS INTEGER) AS campaign, campaign_id
FROM (
    SELECT '' AS campaign_id
    UNION SELECT campaign_id FROM broadcast
    UNION SELECT value FROM dimension WHERE kind = 'campaign'
)"""

_TOUCH = """
CREATE OR REPLACE TEMP TABLE summary_touch AS
SELECT j.order_key, j.person, j.pos, j.ts_us, j.order_ts_us, t.channel,
       coalesce(b.campaign, g.campaign) AS campaign
FROM {journey} AS j
JOIN summary_order AS o ON o.order_key = j.order_key
JOIN touch AS t ON t.touch_id = j.touch_id
LEFT JOIN (
    SELECT d.code, c.campaign
    FROM dimension AS d
    JOIN broadcast AS s ON s.broadcast_id = d.value
    JOIN summary_campaign AS c ON c.campaign_id = s.campaign_id
    WHERE d.kind = 'broadcast'
) AS b ON b.code = t.broadcast
LEFT JOIN (
    SELECT d.code, c.campaign
    FROM dimension AS d JOIN summary_campaign AS c ON c.campaign_id = d.value
    WHERE d.kind = 'campaign'
) AS g ON g.code = t.campaign
WHERE j.weight >= 1"""

_SEEN = """
CREATE OR REPLACE TEMP TABLE summary_seen AS
SELECT campaign, order_key, max(ts_us) AS last_us
FROM summary_touch WHERE campaign > 0 GROUP BY campaign, order_key
UNION ALL
SELECT 0, order_key, max(ts_us) FROM summary_touch GROUP BY order_key"""

_STEP = """
CREATE OR REPLACE TEMP TABLE summary_step AS
SELECT order_key, channel,
       row_number() OVER (PARTITION BY order_key ORDER BY pos DESC) AS back
FROM (
    SELECT order_key, pos, channel,
           lag(channel) OVER (PARTITION BY order_key ORDER BY pos) AS before
    FROM summary_touch
)
WHERE before IS NULL OR before <> channel"""

_PATH = """
CREATE OR REPLACE TEMP TABLE summary_path AS
SELECT p.order_key, o.net_fen, h.person, h.order_ts_us, p.path
FROM (
    SELECT s.order_key, string_agg(c.value, ' > ' ORDER BY s.back DESC) AS path
    FROM summary_step AS s
    JOIN dimension AS c ON c.kind = 'channel' AND c.code = s.channel
    GROUP BY s.order_key
) AS p
JOIN summary_order AS o ON o.order_key = p.order_key
JOIN (
    SELECT order_key, max(person) AS person, max(order_ts_us) AS order_ts_us
    FROM summary_touch GROUP BY order_key
) AS h ON h.order_key = p.order_key"""

_PERSON = """
CREATE OR REPLACE TEMP TABLE summary_person AS
SELECT s.campaign, p.path, p.person, count(*) AS n_orders, sum(p.net_fen) AS net_fen
FROM summary_seen AS s
JOIN summary_path AS p ON p.order_key = s.order_key
GROUP BY s.campaign, p.path, p.person"""

_SHOWN = """
CREATE OR REPLACE TEMP TABLE summary_shown AS
WITH ranked AS (
    SELECT campaign, path,
           row_number() OVER (PARTITION BY campaign ORDER BY n_orders DESC, path) AS place
    FROM (
        SELECT campaign, path, sum(n_orders) AS n_orders, count(*) AS people
        FROM summary_person GROUP BY campaign, path
    )
    WHERE people >= {fewest}
), kept AS (
    SELECT campaign, path, place, max(place) OVER (PARTITION BY campaign) AS last
    FROM ranked WHERE place <= {most}
), rest AS (
    SELECT p.campaign, count(DISTINCT p.person) AS people
    FROM summary_person AS p
    LEFT JOIN kept AS k ON k.campaign = p.campaign AND k.path = p.path
    WHERE k.path IS NULL
    GROUP BY p.campaign
)
SELECT k.campaign, k.path
FROM kept AS k
LEFT JOIN rest AS r ON r.campaign = k.campaign
WHERE k.place < k.last OR coalesce(r.people, {fewest}) >= {fewest}"""

_PATH_TOTAL = f"""
CREATE OR REPLACE TEMP TABLE path_total AS
SELECT c.campaign_id, x.path, DATE '{{as_of}}' AS as_of,
       CAST(sum(x.n_orders) AS BIGINT) AS n_orders, CAST(count(*) AS BIGINT) AS people,
       CAST(sum(x.net_fen) AS BIGINT) AS net_fen
FROM (
    SELECT p.campaign, coalesce(s.path, '{OTHER}') AS path, p.person,
           sum(p.n_orders) AS n_orders, sum(p.net_fen) AS net_fen
    FROM summary_person AS p
    LEFT JOIN summary_shown AS s ON s.campaign = p.campaign AND s.path = p.path
    GROUP BY p.campaign, coalesce(s.path, '{OTHER}'), p.person
) AS x
JOIN summary_campaign AS c ON c.campaign = x.campaign
GROUP BY c.campaign_id, x.path
ORDER BY c.campaign_id, x.path"""

_PLACE = "CASE {} ELSE {} END".format(
    " ".join(
        f"WHEN p.order_ts_us - s.last_us <= {us} THEN {place}"
        for place, us in enumerate(WITHIN.values(), start=1)
    ),
    len(WITHIN) + 1,
)
_WORDS = ", ".join(f"({place}, '{word}')" for place, word in enumerate((*WITHIN, "later"), start=1))

_ORDER_DELAY = f"""
CREATE OR REPLACE TEMP TABLE order_delay AS
SELECT c.campaign_id, w.within, DATE '{{as_of}}' AS as_of, CAST(x.pos AS INTEGER) AS pos,
       CAST(x.n_orders AS BIGINT) AS n_orders
FROM (
    SELECT s.campaign, {_PLACE} AS pos, count(*) AS n_orders
    FROM summary_seen AS s JOIN summary_path AS p ON p.order_key = s.order_key
    GROUP BY s.campaign, {_PLACE}
) AS x
JOIN summary_campaign AS c ON c.campaign = x.campaign
JOIN (VALUES {_WORDS}) AS w (pos, within) ON w.pos = x.pos
ORDER BY c.campaign_id, x.pos"""

_PARTS = ("order", "campaign", "touch", "seen", "step", "path", "person", "shown")


def create_path_summary(
    con: DuckDBPyConnection,
    as_of: date,
    *,
    journey: str = "journey",
    most: int = MOST_PATHS,
    fewest: int = SMALLEST,
) -> None:
    """Create the temporary tables `path_total, path_step, order_delay`.

    Parameters
    ----------
    con
        Connection with the tables of `READS`, and `line_ledger` as of the date
        (`liveattr.ledger.create_line_ledger`).
    as_of
        Business date: the column of that name. What counts is in `line_ledger`.
    journey
        Relation with the columns of `journey` that is read in its place, e.g. of shorter windows.
    most
        Paths of a campaign that are told apart, the most frequent (of equal ones the first by text).
    fewest
        [people] A path of fewer is in `(other)`.

    Notes
    -----
    The columns are those of the lake's tables. For each campaign `n_orders` of path_total, of
    order_delay, and of path_step at pos 1 and at pos 2 have the same sum: its orders with a touch.
    If `(other)` itself would be of fewer than `fewest` people, the rarest path that is told apart goes
    into it; only a campaign with fewer people than that has a smaller row.

    order_delay: from the last touch of the campaign to the order; exactly 10 minutes is `10 min`. Only
    delays that occur have a row.

    path_step: see `liveattr.attribution.path_steps`.
    """
    for statement in (
        _ORDER,
        _CAMPAIGN,
        _TOUCH.format(journey=journey),
        _SEEN,
        _STEP,
        _PATH,
        _PERSON,
    ):
        con.execute(statement)
    con.execute(_SHOWN.format(most=most, fewest=fewest))
    con.execute(_PATH_TOTAL.format(as_of=as_of))
    con.execute(_ORDER_DELAY.format(as_of=as_of))
    create_path_step(con, as_of)
    for part in _PARTS:
        con.execute(f"DROP TABLE summary_{part}")


def write_path_summary(
    lake: Lake, con: DuckDBPyConnection, as_of: date, *, journey: str = "journey"
) -> dict[str, int]:
    """Make the three tables of `WRITES` and write them into the lake, in place of those of the date.

    Parameters
    ----------
    lake
        The lake.
    con, as_of, journey
        As for `create_path_summary`.

    Returns
    -------
    dict
        Table → rows written.
    """
    create_path_summary(con, as_of, journey=journey)
    rows = {}
    for name in WRITES:
        made = con.sql(f"FROM {name}")
        lake.write(name, made, mode="replace_where", where={"as_of": as_of})
        [(rows[name],)] = con.execute(f"SELECT count(*) FROM {name}").fetchall()
        con.execute(f"DROP TABLE {name}")
    return rows
