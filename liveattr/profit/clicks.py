"""Orders whose buyer came over a broadcast's link shortly before: who clicked, then bought.

A person of an event or an order is the person of its strongest token (account, unionid, openid,
member card, phone, visitor); a phone or a visitor counts only where `person_member` knows it, any
other token that nobody knows is a person of its own. A link that was altered (signature_ok is
false) counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from liveattr.tables import IDENTIFIER_COLUMNS, account_kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["create_link_clicks"]

_WEAK = ("phone", "visitor")
"""Kinds that stand for a person only where a verified binding put them into person_member."""

_NO_PERSON = ("device",)
"""Kinds that never stand for a person: several people share one."""

_CLICK = """
CREATE OR REPLACE TEMP TABLE click_event AS
SELECT e.platform, e.event_id, e.link_id, t.broadcast_id,
       epoch_us(e.event_at) - coalesce(c.offset_us, 0) AS ts_us,
       e.account_token, e.unionid_token, e.openid_token, e.member_token, e.phone_token,
       e.visitor_token
FROM event AS e
JOIN tracked_link AS t ON t.link_id = e.link_id
LEFT JOIN clock_offset AS c ON c.source = e.source
WHERE t.broadcast_id IS NOT NULL AND t.signature_ok IS DISTINCT FROM false
"""

_BUY = """
CREATE OR REPLACE TEMP TABLE click_order AS
SELECT h.platform, h.shop_id, h.order_id, epoch_us(h.created_at) AS ts_us,
       h.account_token, h.unionid_token, h.openid_token, h.member_token, h.phone_token,
       CAST(NULL AS VARCHAR) AS visitor_token
FROM order_header AS h
WHERE EXISTS (SELECT 1 FROM click_event)
"""

_LAST_CLICK = """
CREATE OR REPLACE TEMP TABLE link_click AS
SELECT platform, shop_id, order_id, broadcast_id, link_id
FROM (
    SELECT o.platform, o.shop_id, o.order_id, e.broadcast_id, e.link_id,
           row_number() OVER (PARTITION BY o.platform, o.shop_id, o.order_id
                              ORDER BY e.ts_us DESC, e.platform, e.event_id) AS turn
    FROM order_person AS p
    JOIN click_order AS o
      ON o.platform = p.platform AND o.shop_id = p.shop_id AND o.order_id = p.order_id
    JOIN event_person AS q ON q.person = p.person
    JOIN click_event AS e ON e.platform = q.platform AND e.event_id = q.event_id
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
        Connection with `event, tracked_link, order_header` and `person_member`.
    hours
        [h] How long before the order (its created_at) a click counts.
    clock_offset_s
        [s] Source → how far its clock is ahead; taken off its event times.

    Notes
    -----
    Columns of `link_click`: `platform, shop_id, order_id, broadcast_id, link_id`. A click at the
    very moment of the order is not before it.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE clock_offset (source VARCHAR, offset_us BIGINT)")
    for source, seconds in sorted(clock_offset_s.items()):
        con.execute("INSERT INTO clock_offset VALUES (?, ?)", [source, round(seconds * 1_000_000)])
    con.execute(_CLICK)
    con.execute(_BUY)
    con.execute(_person_sql(con, "event_person", "click_event", "platform, event_id"))
    con.execute(_person_sql(con, "order_person", "click_order", "platform, shop_id, order_id"))
    con.execute(_LAST_CLICK, {"window_us": hours * 3_600_000_000})
    con.execute(
        "DROP TABLE click_event; DROP TABLE click_order; DROP TABLE event_person;"
        "DROP TABLE order_person; DROP TABLE clock_offset"
    )


def _person_sql(con: DuckDBPyConnection, name: str, relation: str, key: str) -> str:
    """Write the statement that makes a table of the person behind each row of a relation."""
    platforms = con.execute(f"SELECT DISTINCT platform FROM {relation} ORDER BY 1").fetchall()
    account = "".join(f" WHEN '{_text(p)}' THEN '{account_kind(p)}'" for (p,) in platforms)
    kinds = {
        column: f"CASE platform{account} ELSE 'mall_account' END"
        if kind == "account"
        else f"'{kind}'"
        for column, kind in IDENTIFIER_COLUMNS.items()
        if kind not in _NO_PERSON
    }
    tokens = " UNION ALL ".join(
        f"SELECT {key}, {rank} AS rank, {kind} AS kind, {column} AS id FROM {relation} "
        f"WHERE {column} IS NOT NULL"
        for rank, (column, kind) in enumerate(kinds.items())
    )
    weak = ", ".join(f"'{kind}'" for kind in _WEAK)
    return f"""
CREATE OR REPLACE TEMP TABLE {name} AS
WITH member AS (
    SELECT kind, id, max(person_id) AS person_id FROM person_member
    WHERE known_to_at IS NULL GROUP BY kind, id
)
SELECT {key}, person
FROM (
    SELECT {key}, coalesce(m.person_id, t.kind || ':' || t.id) AS person,
           row_number() OVER (PARTITION BY {key} ORDER BY t.rank) AS turn
    FROM ({tokens}) AS t
    LEFT JOIN member AS m ON m.kind = t.kind AND m.id = t.id
    WHERE m.person_id IS NOT NULL OR t.kind NOT IN ({weak})
)
WHERE turn = 1"""


def _text(value: str) -> str:
    return value.replace("'", "''")
