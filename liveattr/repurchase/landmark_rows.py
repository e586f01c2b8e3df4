"""Landmarks: every person at many days in the past, as known then, and how long until the next order.

A model that learns from such rows is told what a seller knows on the day, "she has been silent for 70
days", and asked what the seller asks: will she order in the next 30? Silence is a covariate, so what it
means (gone, or slow) is learnt and not assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from liveattr.errors import MissingDataError, ParameterError
from liveattr.repurchase import landmark_sql as sql
from liveattr.repurchase.landmark_input import day_number, given_events, given_orders
from liveattr.units import SHANGHAI

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["COVARIATES", "features_at", "landmarks"]

COVARIATES = (
    "log_frequency",
    "repeat",
    "log_recency",
    "log_tenure",
    "log_gap",
    "log_mean_value",
    "log_last_value",
    "log_recency_gap",
    "log_orders_30",
    "log_orders_90",
)
"""What every landmark frame has."""

MOST_CATEGORIES = 50
"""So many categories get a column in `landmarks`, the most common; the rest are told by their rhythm."""

EPOCH = np.datetime64("1970-01-01", "D")


def landmarks(
    orders: pd.DataFrame,
    as_of: date | str,
    *,
    step_days: int = 28,
    events: pd.DataFrame | None = None,
    by: Sequence[str] = ("person_id",),
    zone: str = SHANGHAI,
) -> pd.DataFrame:
    """Return each person at days in the past, as known then, and the time to the next order.

    Parameters
    ----------
    orders
        `person_id, order_id, ordered_at, value_fen, refunded_fen`; where known also `refunded_at`
        (missing: known at once), `category`, `with_coupon` and `live` (true or false). `ordered_at` may
        be moments with a zone, or days of the shop.
    as_of
        Day: what was known at its end. Later orders and refunds are not used.
    step_days
        [days] Snapshots lie so far apart, from `as_of - step_days` back to `step_days` after the first
        order of all.
    events
        `person_id, ts, kind, value`; kinds `watch_minutes` [minutes], and `visit` of a broadcast, `click`,
        `cart`, `jump` to the mall [times; no value: once]. Other kinds are not used.
    by
        `("person_id",)`, or `("person_id", "category")`: a person's orders in each category by themselves.
    zone
        Of days, for moments with a zone.

    Returns
    -------
    DataFrame
        In order of `by` and `snapshot_on`, one row a key that had ordered by then: `duration_days`
        [days] from the snapshot to the next day with an order, or to `as_of`; `event`: there was one;
        `frequency` [days with orders after the first], `recency_days` [days from the first to the last
        order], `tenure_days` [days from the first order to the snapshot], as BG/NBD takes them; and
        covariates:

        - `log_frequency` ln(n), n [days with orders]; `repeat` n > 1
        - `log_recency` ln(1 + r), r [days since the last]; `log_tenure` ln(1 + days since the first)
        - `log_gap` ln(g), g = (days from first to last + 30) / n
        - `log_mean_value`, `log_last_value` ln(1 + yuan a day with orders; on the last)
        - `log_recency_gap` ln(1 + r / g); `log_orders_30`, `log_orders_90` ln(1 + n in these days)
        - by category: `category_recency_gap` ln(1 + r / m), `category_gap` ln(1 + m), m [days] the
          category's median gap by then, and `category_<name>` 1 for its own (50 at most learn, all score)
        - with events: `live_visits`, `live_watch`, `live_clicks`, `live_carts`, `live_jumps` ln(1 + sum
          of 30 days); `live_silence` ln(1 + days since the last visit; 365 at most, and without any)
        - `coupon_share`, `live_share`: share of days with orders; `acquired_live`: the first was live

    Raises
    ------
    TableError
        If a column is missing, or a person or moment is null.
    ParameterError
        If `by` or `step_days` is something else.

    Notes
    -----
    A day's orders are one. An order wholly refunded is none from the day on which the refund was known;
    a part refunded is taken off the value from that day. So features of a snapshot never change by what
    is put in later. Whether an order came is judged by what was known at `as_of`: of the last weeks,
    some will still come back.

    Rows of a person repeat each other: intervals must draw people, not rows. A category must have been
    ordered by the person before; first orders in it are not told.

    Source: landmarking, van Houwelingen 2007, Scand. J. Statist. 34, 70-85.

    Examples
    --------
    >>> orders = pd.DataFrame({"person_id": "p", "order_id": ["1", "2"], "value_fen": 900,
    ...     "refunded_fen": 0, "ordered_at": pd.to_datetime(["2026-01-01", "2026-03-01"])})
    >>> landmarks(orders, "2026-03-31")[["snapshot_on", "duration_days", "event"]]
      snapshot_on  duration_days  event
    0  2026-02-03             26   True
    1  2026-03-03             28  False
    """
    if step_days < 1:
        raise ParameterError(f"step_days is {step_days}; it must be 1 or more")
    end = day_number(as_of)
    given = given_orders(orders, end, by=_checked(by), zone=zone)
    first = int(given["day"].min()) if len(given) else end
    snapshots = np.arange(end - step_days, first + step_days - 1, -step_days, dtype=np.int64)
    rows = _frame(given, snapshots, end, sql.OUTCOME, events, _checked(by), zone)
    return _with_categories(rows, MOST_CATEGORIES) if "category" in rows else rows


def features_at(
    orders: pd.DataFrame,
    as_of: date | str,
    *,
    events: pd.DataFrame | None = None,
    by: Sequence[str] = ("person_id",),
    zone: str = SHANGHAI,
) -> pd.DataFrame:
    """Return each person at the end of a day: the rows to be scored, in the columns of `landmarks`.

    Parameters
    ----------
    orders, as_of, events, by, zone
        See `landmarks`; the snapshot is `as_of`.

    Returns
    -------
    DataFrame
        As `landmarks`, without `duration_days` and `event`; everybody who had ordered by `as_of`.

    Raises
    ------
    TableError, ParameterError
        As `landmarks`.
    MissingDataError
        If nobody had ordered by then.
    """
    end = day_number(as_of)
    given = given_orders(orders, end, by=_checked(by), zone=zone)
    if given.empty:
        raise MissingDataError(f"nobody had ordered by {as_of}: the orders are all later, or none")
    rows = _frame(given, np.array([end]), end, sql.SCORING, events, _checked(by), zone)
    rows = rows.drop(columns=["duration_days", "event"])
    return _with_categories(rows, len(rows)) if "category" in rows else rows


def _checked(by: Sequence[str]) -> tuple[str, ...]:
    if tuple(by) not in (("person_id",), ("person_id", "category")):
        raise ParameterError(f"by is {by!r}; ('person_id',) or ('person_id', 'category')")
    return tuple(by)


def _frame(
    given: pd.DataFrame,
    snapshots: np.ndarray,
    end: int,
    outcome: str,
    events: pd.DataFrame | None,
    by: tuple[str, ...],
    zone: str,
) -> pd.DataFrame:
    """Run the SQL on a connection of its own."""
    import duckdb

    with duckdb.connect() as con:
        con.register("given", given)
        con.register("snapshot", pd.DataFrame({"snapshot": snapshots.astype(np.int32)}))
        _create(con, by, outcome, end)
        if events is not None:
            con.register("happened", given_events(events, end, zone=zone))
            con.execute(sql.EVENT)
        query = sql.landmark_sql(
            by,
            events=events is not None,
            coupon=bool(given["coupon"].notna().all()),
            live=bool(given["live"].notna().all()),
        )
        return _dated(con.sql(query, params={"as_of": end}).df(), by)


def _create(con: DuckDBPyConnection, by: tuple[str, ...], outcome: str, end: int) -> None:
    same = " AND ".join(f"k.{name} = g.{name}" for name in by)
    con.execute(sql.KEY.format(by=", ".join(by)))
    con.execute(sql.VERSION.format(same=same))
    con.execute(sql.RFM)
    con.execute(outcome, {"as_of": end} if "$as_of" in outcome else None)
    if "category" in by:
        con.execute(sql.CATEGORY)


def _dated(rows: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Put the snapshot's date in place of its number."""
    days = EPOCH + rows["snapshot"].to_numpy(np.int64).astype("timedelta64[D]")
    rows.insert(len(by), "snapshot_on", pd.to_datetime(days.astype("datetime64[ns]")))
    whole = ["duration_days", "frequency", "recency_days", "tenure_days"]
    return rows.drop(columns="snapshot").astype(dict.fromkeys(whole, "int64"))


def _with_categories(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Add a column for each category, or for the most common."""
    size = rows["category"].value_counts().sort_index()
    kept = size.sort_values(ascending=False, kind="stable").index[:most]
    own = {f"category_{c}": (rows["category"] == c).astype(float) for c in sorted(kept)}
    return pd.concat([rows, pd.DataFrame(own, index=rows.index)], axis=1)
