"""People day by day: who watched which broadcast, who visited by himself, who ordered.

Only people whose account on a live platform is tied to their account in the mall: of the others one side
is not seen, so that they would look like viewers who never buy, or buyers who never watch.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import MissingDataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["VISITS", "PersonDays", "read_panel"]

Ints = NDArray[np.int64]

VISITS = ("direct", "search", "shelf")
"""Ways of coming by oneself. They are signs of what a person wants; on the day itself they may also come
of a broadcast, so models may use those of earlier days only."""

FEW_VIEWERS = 200
"""[people × broadcasts] A platform on which fewer are seen does not show who watches."""

_LINKED = """
CREATE OR REPLACE TEMP TABLE linked_person AS
SELECT person, CAST(row_number() OVER (ORDER BY person) - 1 AS INTEGER) AS row
FROM member_code
GROUP BY person
HAVING bool_or(starts_with(kind, 'uid_')) AND bool_or(kind = 'mall_account') AND NOT bool_or(silent)
   AND person NOT IN (SELECT person FROM test_person)"""

_WATCH = """
CREATE OR REPLACE TEMP TABLE watch_seen AS
SELECT DISTINCT t.person, r.room, r.broadcast_id, r.day_on, b.platform
FROM touch AS t
JOIN dimension AS a ON a.kind = 'action' AND a.code = t.action
JOIN dimension AS d ON d.kind = 'broadcast' AND d.code = t.broadcast
JOIN room_day AS r ON r.broadcast_id = d.value
JOIN broadcast AS b ON b.broadcast_id = r.broadcast_id
WHERE starts_with(a.value, 'live_') AND a.value NOT IN ('live_product_click', 'live_link_click')"""

_LINKED_WATCH = """
SELECT l.row AS person, datediff('day', $first, w.day_on) AS day, w.room, w.broadcast_id
FROM watch_seen AS w JOIN linked_person AS l USING (person)
WHERE w.day_on BETWEEN $first AND $last
ORDER BY ALL"""

_FIRST_ON_AIR = """
CREATE OR REPLACE TEMP TABLE first_on_air AS
SELECT r.day_on, epoch_us(min(b.start_at)) AS start_us
FROM room_day AS r JOIN broadcast AS b USING (broadcast_id)
WHERE list_contains($rooms, r.room)
GROUP BY r.day_on"""

_VISIT = """
SELECT l.row AS person, datediff('day', $first, t.day_on) AS day,
       list_position($ways, c.value) - 1 AS kind, count(*) AS n,
       count(*) FILTER (f.start_us IS NULL OR t.ts_us < f.start_us) AS early
FROM (
    SELECT t.*, late_on - CAST(coalesce(make_timestamptz(ts_us) < until_at, false) AS INTEGER) AS day_on
    FROM (SELECT *, CAST(timezone($zone, make_timestamptz(ts_us)) AS DATE) AS late_on FROM touch) AS t
    LEFT JOIN late_hours USING (late_on)
) AS t
JOIN linked_person AS l USING (person)
LEFT JOIN first_on_air AS f USING (day_on)
JOIN dimension AS c ON c.kind = 'channel' AND c.code = t.channel AND list_contains($ways, c.value)
GROUP BY ALL HAVING day BETWEEN 0 AND $days - 1
ORDER BY ALL"""

_ORDER = """
WITH units AS (
    SELECT platform, shop_id, order_id, CAST(max(qty) AS BIGINT) AS qty
    FROM (
        SELECT platform, shop_id, order_id, sum(qty) AS qty FROM order_line
        WHERE NOT coalesce(is_gift, false)
        GROUP BY platform, shop_id, order_id, sku_id
    )
    GROUP BY ALL
)
SELECT l.row AS person, datediff('day', $first, o.day_on) AS day,
       greatest(coalesce(u.qty, 1), 1) AS qty, c.order_key AS key
FROM shop_order AS o
JOIN order_code AS c ON c.value = o.platform || chr(9) || o.shop_id || chr(9) || o.order_id
JOIN linked_person AS l USING (person)
LEFT JOIN units AS u USING (platform, shop_id, order_id)
WHERE o.day_on BETWEEN $first AND $last AND c.order_key IS NOT NULL
ORDER BY ALL"""


@dataclass(frozen=True)
class PersonDays:
    """Linked people over a span of days; all arrays of a group are aligned and sorted by person and day.

    Attributes
    ----------
    first_on, days, people
        Business date of day 0, number of days, number of linked people. People are numbered from 0.
    person_code
        Person → code in `dimension`.
    order_person, order_day, order_qty, order_key
        Paid orders in all shops of the brand: units of the SKU bought most (a second SKU does not make
        the first last longer), and the code in `dimension`.
    seen_person, seen_day, seen_room, seen_broadcast
        Watching as far as the platforms show it: places in `rooms` and in `broadcasts`. The day is that
        of the broadcast.
    visit_person, visit_day, visit_kind, visit_n, visit_early
        Own visits, see `VISITS`: how many on the day, and of them before any of `rooms` went on air.
    rooms
        Rooms whose viewers are seen.
    broadcasts
        Their broadcasts.
    on_air
        Shape (rooms, days).
    all_orders
        [orders] Shape (days,): paid orders of the brand, of linked people or not.
    caught
        Room → (linked people who came from its broadcasts into the mall, of them seen watching). The first
        is known without the platform's push, so the second tells what share of viewers the push shows.
    """

    first_on: date
    days: int
    people: int
    person_code: Ints
    order_person: Ints
    order_day: Ints
    order_qty: Ints
    order_key: Ints
    seen_person: Ints
    seen_day: Ints
    seen_room: Ints
    seen_broadcast: Ints
    visit_person: Ints
    visit_day: Ints
    visit_kind: Ints
    visit_n: Ints
    visit_early: Ints
    rooms: tuple[str, ...]
    broadcasts: tuple[str, ...]
    on_air: NDArray[np.bool_]
    all_orders: Ints
    caught: dict[str, tuple[int, int]]

    @property
    def linked_orders(self) -> Ints:
        """[orders] Shape (days,): paid orders of linked people."""
        return np.bincount(self.order_day, minlength=self.days)


def read_panel(
    con: DuckDBPyConnection, first_on: date, days: int, *, zone: str = "Asia/Shanghai"
) -> PersonDays:
    """Read the days of linked people.

    Parameters
    ----------
    con
        Connection with `touch`, `dimension`, `broadcast`, `order_line`; `member_code`, `order_code` and
        `test_person` (`liveattr.journeys.dimensions`); `shop_order`, `late_hours` and `room_day`
        (`liveattr.incrementality.shop_days`).
    first_on, days
        First business date and number of days.
    zone
        The shop's zone: it decides what day a visit is of.

    Returns
    -------
    PersonDays
        Rooms of a platform that does not show who watches are not in it.

    Raises
    ------
    MissingDataError
        If nobody is linked.

    Notes
    -----
    Linked is who has an account on a live platform and one in the mall, and took no consent back. A click
    that leads out of a room does not make a viewer: buyers click more, so that would count buying twice.
    """
    span = {
        "first": first_on,
        "last": (pd.Timestamp(first_on) + pd.Timedelta(days=days - 1)).date(),
    }
    con.execute(_LINKED)
    con.execute(_WATCH)
    person_code = con.sql("SELECT person FROM linked_person ORDER BY row").df()["person"]
    if person_code.empty:
        raise MissingDataError("nobody has an account both on a live platform and in the mall")
    watch = con.sql(_LINKED_WATCH, params=span).df()
    rooms, broadcasts = _seen_rooms(con), _seen_broadcasts(con, span)
    watch = watch[
        watch["room"].isin(rooms) & watch["broadcast_id"].isin(broadcasts["broadcast_id"])
    ]
    held = broadcasts[broadcasts["room"].isin(rooms)]
    names = tuple(sorted(held["broadcast_id"]))
    orders = con.sql(_ORDER, params=span).df()
    con.execute(_FIRST_ON_AIR, {"rooms": list(rooms)})
    ways = {"first": first_on, "zone": zone, "ways": list(VISITS), "days": days}
    visits = con.sql(_VISIT, params=ways).df()
    return PersonDays(
        first_on=first_on,
        days=days,
        people=len(person_code),
        person_code=_ints(person_code),
        **{f"order_{name}": _ints(orders[name]) for name in ("person", "day", "qty", "key")},
        seen_person=_ints(watch["person"]),
        seen_day=_ints(watch["day"]),
        seen_room=_places(watch["room"], rooms),
        seen_broadcast=_places(watch["broadcast_id"], names),
        **{
            f"visit_{name}": _ints(visits[name]) for name in ("person", "day", "kind", "n", "early")
        },
        rooms=rooms,
        broadcasts=names,
        on_air=_on_air(held, rooms, days),
        all_orders=_all_orders(con, span, days),
        caught=_caught(con, rooms),
    )


def _seen_rooms(con: DuckDBPyConnection) -> tuple[str, ...]:
    """Return the rooms of platforms that show who watches."""
    found = con.sql(
        "SELECT DISTINCT room FROM room_day JOIN broadcast USING (broadcast_id) WHERE platform IN "
        f"(SELECT platform FROM watch_seen GROUP BY platform HAVING count(*) >= {FEW_VIEWERS}) "
        "AND room IN (SELECT room FROM watch_seen)"
    ).df()
    return tuple(sorted(found["room"]))


def _seen_broadcasts(con: DuckDBPyConnection, span: dict[str, date]) -> pd.DataFrame:
    return con.sql(
        "SELECT broadcast_id, room, datediff('day', $first, day_on) AS day FROM room_day "
        "WHERE day_on BETWEEN $first AND $last ORDER BY ALL",
        params=span,
    ).df()


def _on_air(held: pd.DataFrame, rooms: tuple[str, ...], days: int) -> NDArray[np.bool_]:
    found = np.zeros((len(rooms), days), dtype=bool)
    found[_places(held["room"], rooms), held["day"]] = True
    return found


def _all_orders(con: DuckDBPyConnection, span: dict[str, date], days: int) -> Ints:
    counted = con.sql(
        "SELECT datediff('day', $first, day_on) AS day, count(*) AS n FROM shop_order "
        "WHERE day_on BETWEEN $first AND $last GROUP BY ALL",
        params=span,
    ).df()
    found = np.zeros(days, dtype=np.int64)
    found[counted["day"]] = counted["n"]
    return found


def _caught(con: DuckDBPyConnection, rooms: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """Count who came from a broadcast into the mall, and who of them was seen watching it."""
    found = con.sql("""
SELECT r.room, count(*) AS came, count(w.person) AS seen
FROM (
    SELECT DISTINCT t.person, d.value AS broadcast_id
    FROM touch AS t
    JOIN linked_person USING (person)
    JOIN dimension AS a ON a.kind = 'action' AND a.code = t.action
     AND (NOT starts_with(a.value, 'live_') OR a.value = 'live_link_click')
    JOIN dimension AS c ON c.kind = 'channel' AND c.code = t.channel AND c.value = 'live'
    JOIN dimension AS d ON d.kind = 'broadcast' AND d.code = t.broadcast
) AS m
JOIN room_day AS r USING (broadcast_id)
LEFT JOIN watch_seen AS w ON w.person = m.person AND w.broadcast_id = m.broadcast_id
GROUP BY r.room""").df()
    known = {row.room: (int(row.came), int(row.seen)) for row in found.itertuples()}
    return {room: known.get(room, (0, 0)) for room in rooms}


def _places(values: pd.Series, names: tuple[str, ...]) -> Ints:
    return pd.Index(names).get_indexer(pd.Index(values)).astype(np.int64)


def _ints(values: pd.Series) -> Ints:
    return values.to_numpy(dtype=np.int64)
