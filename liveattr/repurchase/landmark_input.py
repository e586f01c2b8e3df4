"""Orders and events as the SQL of landmarks takes them: days and amounts as whole numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError, TableError
from liveattr.units import as_day

__all__ = ["day_number", "days_of", "given_events", "given_orders"]

ORDERS = ("person_id", "order_id", "ordered_at", "value_fen", "refunded_fen")
EVENTS = ("person_id", "ts", "kind", "value")
KINDS = ("visit", "watch_minutes", "click", "cart", "jump")
DAY = np.timedelta64(1, "D")
EPOCH = pd.Timestamp("1970-01-01")


def day_number(on: date | str) -> int:
    """Return a day as days since 1970-01-01.

    Raises
    ------
    ParameterError
        If it is no date.
    """
    if isinstance(on, pd.Timestamp) and on == on.normalize():
        on = on.date()
    try:
        return (as_day(on) - EPOCH.date()).days
    except ValueError as error:
        raise ParameterError(f"as_of: {error}") from None


def days_of(moments: Any, zone: str) -> NDArray[np.int64]:
    """Return days since 1970-01-01 of moments (by the zone) or of days; the least number for none."""
    at = pd.Series(pd.to_datetime(moments))
    if at.dt.tz is not None:
        at = at.dt.tz_convert(zone).dt.tz_localize(None)
    return at.to_numpy().astype("datetime64[D]").astype(np.int64)


def given_orders(orders: pd.DataFrame, end: int, *, by: tuple[str, ...], zone: str) -> pd.DataFrame:
    """Return the orders up to a day: `person_id, [category,] day, value, refunded, known, coupon, live`.

    `known`: day from which the refund was known, not before the order's. `coupon`, `live`: 1 or 0, null
    where `orders` does not say.

    Raises
    ------
    TableError
        If a column is missing, or a key or moment is null.
    """
    _check(orders, (*ORDERS, *by), "orders")
    day = days_of(orders["ordered_at"], zone)
    given = orders[list(by)].assign(day=day, known=_known(orders, day, zone))
    given["value"] = orders["value_fen"].to_numpy(np.int64)
    given["refunded"] = orders["refunded_fen"].fillna(0).to_numpy(np.int64)
    given["coupon"] = _flag(orders, "with_coupon")
    given["live"] = _flag(orders, "live")
    return given[day <= end].reset_index(drop=True)


def given_events(events: pd.DataFrame, end: int, *, zone: str) -> pd.DataFrame:
    """Return the events up to a day: `person_id, day, kind, amount` (thousandths).

    Raises
    ------
    TableError
        If a column is missing, or a person or moment is null.
    """
    _check(events, EVENTS, "events", whole=("person_id", "ts", "kind"))
    day = days_of(events["ts"], zone)
    amount = np.rint(events["value"].astype(float).fillna(1.0).to_numpy() * 1000).astype(np.int64)
    given = events[["person_id", "kind"]].assign(day=day, amount=amount)
    return given[(day <= end) & events["kind"].isin(KINDS).to_numpy()].reset_index(drop=True)


def _known(orders: pd.DataFrame, day: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    if "refunded_at" not in orders.columns:
        return day
    return np.maximum(days_of(orders["refunded_at"], zone), day)


def _flag(orders: pd.DataFrame, name: str) -> Any:
    if name not in orders.columns:
        return pd.array([None] * len(orders), dtype="Int64")
    return orders[name].astype("boolean").fillna(False).astype("int64").to_numpy()


def _check(
    frame: pd.DataFrame, names: tuple[str, ...], what: str, whole: tuple[str, ...] | None = None
) -> None:
    for name in names:
        if name not in frame.columns:
            raise TableError(f"{what}: column {name!r} is missing")
    for name in whole or (*names[:3], *names[5:]):
        if frame[name].isna().any():
            raise TableError(f"{what}: {name} is null in some rows; leave these rows out")
