"""Who meets a definition, and why: pure, on `audience_features`."""

from __future__ import annotations

import json
from collections.abc import Hashable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from liveattr.audience.definition import Definition
from liveattr.errors import ParameterError

__all__ = ["expected_rate", "first_moment", "next_morning", "select_people"]

_OPENS, _CLOSES = time(9), time(21)


def select_people(features: pd.DataFrame, definition: Definition) -> pd.DataFrame:
    """Return the people who meet a definition, one row each.

    Parameters
    ----------
    features
        `audience_features`.
    definition
        The definition.

    Returns
    -------
    pandas.DataFrame
        `person_id, sku_id, score, why` (JSON) and `excluded` (bool), sorted by score, highest first,
        then by person. Of several products the one with most interest: unpaid, carts, jumps, clicks,
        views, in this order.

    Raises
    ------
    ParameterError
        If an expression of the definition cannot be computed.

    Notes
    -----
    Expressions see these columns and nothing else: no file, no other table. Whoever is excluded by one
    of their products is excluded.
    """
    lacking = [c for c in definition.why if c not in features.columns]
    if lacking:
        raise ParameterError(f"{definition.name}: why: there is no column {lacking[0]!r}")
    query = f"""
SELECT * EXCLUDE (met), bool_or(excluded) OVER (PARTITION BY person_id) AS out
FROM (SELECT *, ({definition.where}) AS met, coalesce(({definition.exclude}), false) AS excluded,
             CAST(({definition.score}) AS DOUBLE) AS list_score FROM audience_features)
WHERE met
QUALIFY row_number() OVER (PARTITION BY person_id
    ORDER BY unpaid DESC, carts DESC, jumps DESC, clicks DESC, views DESC, sku_id NULLS LAST) = 1
ORDER BY list_score DESC NULLS LAST, person_id"""
    used = {k: v for k, v in definition.parameters.items() if f"${k}" in query}
    with duckdb.connect(config={"enable_external_access": False, "threads": 1}) as con:
        con.register("audience_features", features)
        try:
            found = con.sql(query, params=used).df() if used else con.sql(query).df()
        except duckdb.Error as error:
            raise ParameterError(f"definition {definition.name}: {error}") from error
    why = [_why(row, definition.why) for row in found.to_dict("records")]
    rows = found[["person_id", "sku_id"]].assign(score=found["list_score"], why=why)
    return rows.assign(excluded=found["out"].astype(bool))


def _why(row: dict[Hashable, Any], names: tuple[str, ...]) -> str:
    known = {n: row[n] for n in names if row[n] is not None and row[n] == row[n] and row[n] != 0}
    return json.dumps({n: round(float(v), 4) for n, v in known.items()})


def expected_rate(features: pd.DataFrame, people: pd.Series, days: int) -> float | None:
    """Return the expected share of some people who order within some days if nobody writes to them.

    Notes
    -----
    Mean of 1 - (1 - p_30)^(days / 30) where the model of repurchase knows them; others count with the
    share of all in `features` who ordered within the 7 days before the window. None: nobody ordered.
    """
    one = features.drop_duplicates("person_id")
    one = one[one["person_id"].isin(people)]
    if one.empty:
        return None
    week = float((features.drop_duplicates("person_id")["orders_before"] > 0).mean())
    told = 1 - (1 - one["p_30"].astype(float)) ** (days / 30)
    rate = float(told.fillna(1 - (1 - week) ** (days / 7)).mean())
    return rate if 0 < rate < 1 else None


def first_moment(at: datetime, zone: str) -> datetime:
    """Return the first moment from `at` on that lies outside the quiet hours (21:00 to 09:00).

    Examples
    --------
    >>> from datetime import UTC
    >>> print(first_moment(datetime(2026, 1, 22, 0, 0, tzinfo=UTC), "Asia/Shanghai"))
    2026-01-22 09:00:00+08:00
    """
    local = at.astimezone(ZoneInfo(zone))
    if local.time() >= _CLOSES:
        local += timedelta(days=1)
        return local.replace(hour=_OPENS.hour, minute=0, second=0, microsecond=0)
    if local.time() < _OPENS:
        return local.replace(hour=_OPENS.hour, minute=0, second=0, microsecond=0)
    return local


def next_morning(end: datetime, zone: str) -> datetime:
    """Return the first 08:00 that is an hour or more after the end: a show may run past midnight."""
    ready = end.astimezone(ZoneInfo(zone)) + timedelta(hours=1)
    morning = ready.replace(hour=8, minute=0, second=0, microsecond=0)
    return morning if morning >= ready else morning + timedelta(days=1)
