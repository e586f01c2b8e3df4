"""Orders whose buyer came over a broadcast's link shortly before: who clicked, then bought.

The person of an event or an order is that of its strongest identifier (`liveattr.identity`); an
identifier that nobody knows is a person of its own. A link that was altered (signature_ok is
false) counts for nothing, nor does a click of somebody who took consent to attribution back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from liveattr.identity.lookup import EVENT_KEY, KNOWN_MEMBER, ORDER_KEY
from liveattr.units import time_us_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["create_link_clicks"]

_MEMBER = f"CREATE OR REPLACE TEMP TABLE click_member AS {KNOWN_MEMBER}"

_PHONE = "(SELECT id, valid_from_at FROM click_member WHERE kind = 'phone')"

_CLICK = f"""
CREATE OR REPLACE TEMP TABLE link_event AS
SELECT e.platform, e.event_id, e.link_id, t.broadcast_id, {{moment}} AS ts_us,
       coalesce(m.person_id, {EVENT_KEY.kind} || ':' || {EVENT_KEY.id}) AS person
FROM event AS e
JOIN tracked_link AS t ON t.link_id = e.link_id
LEFT JOIN {_PHONE} AS ph
  ON ph.id = e.phone_token AND coalesce(e.event_at >= ph.valid_from_at, true)
LEFT JOIN click_member AS m ON m.kind = {EVENT_KEY.kind} AND m.id = {EVENT_KEY.id}
WHERE t.broadcast_id IS NOT NULL AND t.signature_ok IS DISTINCT FROM false
  AND coalesce(NOT m.silent, true)
"""

_BUY = f"""
CREATE OR REPLACE TEMP TABLE link_order AS
SELECT o.platform, o.shop_id, o.order_id, {{moment}} AS ts_us,
       coalesce(m.person_id, {ORDER_KEY.kind} || ':' || {ORDER_KEY.id}) AS person
FROM order_header AS o
LEFT JOIN {_PHONE} AS ph
  ON ph.id = o.phone_token AND coalesce(o.created_at >= ph.valid_from_at, true)
LEFT JOIN click_member AS m ON m.kind = {ORDER_KEY.kind} AND m.id = {ORDER_KEY.id}
WHERE EXISTS (SELECT 1 FROM link_event)
"""

_LAST_CLICK = """
CREATE OR REPLACE TEMP TABLE link_click AS
SELECT platform, shop_id, order_id, broadcast_id, link_id
FROM (
    SELECT o.platform, o.shop_id, o.order_id, e.broadcast_id, e.link_id,
           row_number() OVER (PARTITION BY o.platform, o.shop_id, o.order_id
                              ORDER BY e.ts_us DESC, e.platform, e.event_id) AS turn
    FROM link_order AS o
    JOIN link_event AS e ON e.person = o.person
    WHERE e.ts_us < o.ts_us AND e.ts_us >= o.ts_us - $window_us
)
WHERE turn = 1
"""


def create_link_clicks(
    con: DuckDBPyConnection, *, hours: int, clock_offset_s: Mapping[str, float]
) -> None:
    """Create `link_click`: for each order the broadcast of its buyer's latest link click.

    Parameters
    ----------
    con
        Connection with `event, tracked_link, order_header, person_member, identifier_quarantine` and
        `consent_state`.
    hours
        [h] How long before the order (its created_at) a click counts.
    clock_offset_s
        [s] Source → how far its clock is ahead; taken off its times.

    Notes
    -----
    Columns of `link_click`: `platform, shop_id, order_id, broadcast_id, link_id`. A click at the
    very moment of the order is not before it.
    """
    con.execute(_MEMBER)
    con.execute(_CLICK.format(moment=time_us_sql("e.event_at", "e.source", clock_offset_s)))
    con.execute(_BUY.format(moment=time_us_sql("o.created_at", "o.source", clock_offset_s)))
    con.execute(_LAST_CLICK, {"window_us": hours * 3_600_000_000})
    con.execute("DROP TABLE click_member; DROP TABLE link_event; DROP TABLE link_order")
