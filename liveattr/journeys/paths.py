"""Touches and orders → journeys in long form, one row a touch.

Orders meet touches by an equality of the person and a range of time (a hash join on whole
numbers), then two windows count. Nothing here looks at all touches of a person at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from liveattr.errors import ParameterError, did_you_mean
from liveattr.journeys.vocabulary import TOUCH_KINDS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["DAY_US", "create_journey"]

DAY_US = 86_400_000_000

_JOURNEY = """
CREATE OR REPLACE TEMP TABLE journey AS
SELECT journey_id, order_key, person,
       CAST(row_number() OVER (PARTITION BY journey_id ORDER BY ts_us, touch_id) AS INTEGER) AS pos,
       CAST(count(*) OVER (PARTITION BY journey_id) AS INTEGER) AS n,
       touch_id, ts_us, order_ts_us, CAST(1 AS DOUBLE) AS weight
FROM (
    SELECT o.order_key AS journey_id, o.order_key, t.person, t.touch_id, t.ts_us, o.order_ts_us
    FROM order_code AS o
    JOIN touch AS t
      ON t.person = o.person AND t.ts_us < o.cut_us AND t.ts_us >= o.order_ts_us - ({window})
    WHERE NOT o.is_test
    UNION ALL
    SELECT b.n + t.person, NULL, t.person, t.touch_id, t.ts_us, NULL
    FROM touch AS t
    CROSS JOIN (SELECT coalesce(max(order_key), 0) AS n FROM order_code) AS b
    CROSS JOIN ({end}) AS d
    LEFT JOIN (
        SELECT person FROM order_code WHERE person IS NOT NULL
        UNION SELECT person FROM test_person
    ) AS x ON x.person = t.person
    WHERE x.person IS NULL AND t.ts_us >= d.end_us - ({window})
)"""

_DATA_END = """
SELECT max(ts_us) AS end_us FROM (
    SELECT max(ts_us) AS ts_us FROM touch UNION ALL SELECT max(order_ts_us) FROM order_code)"""


def create_journey(
    con: DuckDBPyConnection,
    *,
    lookback_days: float = 30,
    touch_windows: Mapping[str, float] | None = None,
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
    """
    window = _window_sql(lookback_days, touch_windows or {})
    con.execute(_JOURNEY.format(window=window, end=_DATA_END))


def _window_sql(lookback_days: float, touch_windows: Mapping[str, float]) -> str:
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
