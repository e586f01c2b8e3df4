"""Touches and orders → journeys in long form, one row a touch.

Orders meet touches by an equality of the person and a range of time (a hash join on whole
numbers), then two windows count. Nothing here looks at all touches of a person at once. Where people
are linked by a guess (see `links`), orders meet the touches of the linked in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from liveattr.errors import ParameterError, did_you_mean
from liveattr.journeys.vocabulary import TOUCH_KINDS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["DAY_US", "create_journey", "window_sql"]

DAY_US = 86_400_000_000

_JOURNEY = """
CREATE OR REPLACE TEMP TABLE journey AS
SELECT journey_id, order_key, person,
       CAST(row_number() OVER (PARTITION BY journey_id ORDER BY ts_us, touch_id) AS INTEGER) AS pos,
       CAST(count(*) OVER (PARTITION BY journey_id) AS INTEGER) AS n,
       touch_id, ts_us, order_ts_us, CAST({weight} AS DOUBLE) AS weight
FROM (
    SELECT o.order_key AS journey_id, o.order_key, t.person, t.touch_id, t.ts_us, o.order_ts_us{own}
    FROM order_code AS o
    JOIN touch AS t
      ON t.person = o.person AND t.ts_us < o.cut_us AND t.ts_us >= o.order_ts_us - ({window})
    WHERE NOT o.is_test{guessed}
    UNION ALL
    SELECT b.n + t.person, NULL, t.person, t.touch_id, t.ts_us, NULL{left}
    FROM touch AS t
    CROSS JOIN (SELECT coalesce(max(order_key), 0) AS n FROM order_code) AS b
    CROSS JOIN ({end}) AS d
    LEFT JOIN ({done}) AS x ON x.person = t.person{perhaps}
    WHERE x.person IS NULL AND t.ts_us >= d.end_us - ({window}){still}
)"""

_DONE = """
        SELECT person FROM order_code WHERE person IS NOT NULL
        UNION SELECT person FROM test_person"""
"""SQL: people who have no journey without an order."""

_SURE = dict.fromkeys(("own", "guessed", "left", "perhaps", "still"), "") | {"weight": "1"}
"""What nobody is linked by a guess adds to `_JOURNEY`."""

_GUESSED = {
    "weight": "weight",
    "own": ", 1 AS weight",
    "guessed": """
    UNION ALL
    SELECT o.order_key, o.order_key, o.person, t.touch_id, t.ts_us, o.order_ts_us, l.probability
    FROM order_code AS o
    JOIN {links} AS l ON l.person = o.person
    JOIN touch AS t
      ON t.person = l.viewer AND t.ts_us < o.cut_us AND t.ts_us >= o.order_ts_us - ({window})
    WHERE NOT o.is_test""",
    "left": ", 1 - coalesce(m.probability, 0)",
    "perhaps": """
    LEFT JOIN (
        SELECT l.viewer, max(l.probability) AS probability
        FROM {links} AS l JOIN ({done}) AS x ON x.person = l.person
        GROUP BY l.viewer
    ) AS m ON m.viewer = t.person""",
    "still": " AND coalesce(m.probability, 0) < 1",
}
"""What links add to `_JOURNEY`: the guessed touches, and how much of a person's failure to buy is left."""

_DATA_END = """
SELECT max(ts_us) AS end_us FROM (
    SELECT max(ts_us) AS ts_us FROM touch UNION ALL SELECT max(order_ts_us) FROM order_code)"""


def create_journey(
    con: DuckDBPyConnection,
    *,
    lookback_days: float = 30,
    touch_windows: Mapping[str, float] | None = None,
    links: str | None = None,
) -> None:
    """Create the temporary table `journey` from `touch, order_code, test_person`.

    Parameters
    ----------
    con
        Connection with the three tables (see `sessions` and `dimensions`).
    lookback_days
        [days] Touches that are older than that before an order do not count.
    touch_windows
        Kind of touch → [days], where a kind counts for a shorter time: `view`, `click`,
        `live_watch`. The shorter of the two holds.
    links
        Relation `viewer, person, probability` of guesses that a viewer is a person (two codes, one
        row a pair), as `create_fuzzy_link` makes it. Without it nobody is linked by a guess.

    Raises
    ------
    ParameterError
        If a kind is unknown.

    Notes
    -----
    The columns are those of the lake's table `journey`. A touch belongs to every order of its
    person that it precedes (strictly; see `create_order_code` for orders dated by day) by at most
    its window; exactly the window earlier still counts. Orders of test accounts have no journey,
    orders without a touch have no row.

    People who ordered nothing at all have one journey without an order: their touches of the same
    windows before the end of the data, which is the last touch or order of anybody. Test accounts
    have none. `journey_id` is the order's key, and above those for people without an order.

    Linked touches: the viewer's touches are in the journeys of the person's orders too, by the same
    windows, with the probability as `weight`; all other rows have weight 1, `pos` and `n` count all
    rows, and `person` is who ordered. What the viewer ordered is not changed: links lead from the room
    to the mall, never back. A viewer who ordered nothing may be somebody who did, so the viewer's
    journey without an order has the weight 1 - the greatest probability of being one of those; at 0 it
    is left out. Where neither ordered, each keeps a journey of weight 1: two failures to buy that are
    perhaps one, which no weight can tell.
    """
    window = window_sql(lookback_days, touch_windows or {})
    more = _SURE if links is None else _GUESSED
    known = {"window": window, "links": links, "done": _DONE}
    parts = {name: part.format(**known) for name, part in more.items()}
    con.execute(_JOURNEY.format(window=window, end=_DATA_END, done=_DONE, **parts))


def window_sql(lookback_days: float, touch_windows: Mapping[str, float]) -> str:
    """Write SQL for the window of a touch `t` in µs, by its kind.

    Raises
    ------
    ParameterError
        If a kind is unknown.
    """
    unknown = sorted(set(touch_windows) - set(TOUCH_KINDS))
    if unknown:
        raise ParameterError(
            f"touch_windows: there is no kind of touch {unknown[0]!r}; "
            f"{did_you_mean(unknown[0], TOUCH_KINDS)}"
        )
    whens = " ".join(
        f"WHEN {code} THEN {round(min(lookback_days, touch_windows[kind]) * DAY_US)}"
        for kind, code in TOUCH_KINDS.items()
        if kind in touch_windows
    )
    overall = round(lookback_days * DAY_US)
    return f"CASE t.touch_kind {whens} ELSE {overall} END" if whens else str(overall)
