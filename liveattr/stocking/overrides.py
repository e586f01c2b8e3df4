"""Was it worth changing the suggestion? What each quantity cost, given the demand that came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import TableError

__all__ = ["STATUSES", "OverrideScore", "score_overrides"]

Floats = NDArray[np.float64]

STATUSES = {
    "scored": "its window is over and its cost is known",
    "open": "its window is not over yet",
    "no_plan": "no order of this day and SKU is in the plan",
    "no_demand": "nothing is known of its demand in the window",
    "no_cost": "its cost is not known, so no money can be told",
}
FEWEST = 10
"""Changed orders below which no interval is told."""
NEEDED = {
    "overrides": ("as_of", "sku_id", "suggested_qty", "decision_qty"),
    "plan": ("as_of", "sku_id", "days", "available", "unit_short_cost", "unit_over_cost"),
    "demand": ("sku_id", "on", "units"),
}


@dataclass(frozen=True)
class OverrideScore:
    """What changing the suggestions was worth (forecast value added, in money)."""

    skus: pd.DataFrame
    """as_of, sku_id, status, suggested_qty, decision_qty, demand_units [pieces], suggested_cost_fen,
    decided_cost_fen, value_fen (what the change saved), verdict (better, worse, even, unchanged; null:
    not scored); sorted by as_of, sku_id."""
    changed: int
    """Orders that were decided otherwise than suggested."""
    scored: int
    """Of these, whose cost can be told."""
    better: int
    worse: int
    suggested_cost_fen: int
    """Of the scored ones, had the suggestion been ordered."""
    decided_cost_fen: int
    value_fen: int
    """Suggested less decided: above 0, the planners saved money."""
    interval_fen: tuple[int, int] | None
    """90 % of `value_fen`; None below 10 scored changes: too few to tell."""


def score_overrides(
    overrides: pd.DataFrame,
    plan: pd.DataFrame,
    demand: pd.DataFrame,
) -> OverrideScore:
    """Score what planners decided instead, once the days have passed.

    Parameters
    ----------
    overrides
        as_of, sku_id, suggested_qty, decision_qty [pieces]; unchanged ones may be among them.
    plan
        as_of, sku_id, days, available [pieces], unit_short_cost, unit_over_cost; if there: returns_due. As
        `plan_orders` gives it.
    demand
        sku_id, on, units [pieces wanted that day, before refunds]; if there: in_stock. The last day of
        the frame is the last one known; a day without a row had no demand.

    Returns
    -------
    OverrideScore
        By SKU and in all; money only of orders that were changed and whose window is over.

    Raises
    ------
    TableError
        A column is missing, or a day and SKU stands twice in `overrides` or `plan`.

    Notes
    -----
    Cost of a quantity = unit_short × max(D - x, 0) + unit_over × max(x - D, 0), x = what there was + the
    quantity, D = demand of the days after `as_of`, as many as the order had to last. A piece costs what the
    plan took it to cost on its day, by the merchant's own rules then.

    Days on which it could not be bought (in_stock false) are not days without demand: D is that of the
    other days in proportion; without any such day the order is `no_demand`. Assumes that what was
    decided was bought and came in time. The interval takes orders as independent; those of one day
    share what happened on it, so it is too narrow when few days are scored.

    References
    ----------
    Gilliland, Forecast value added analysis, SAS Institute (2013), with cost in place of error.

    Examples
    --------
    >>> day = pd.Timestamp("2026-03-01")
    >>> ours = pd.DataFrame({"as_of": [day], "sku_id": ["a"], "suggested_qty": [10], "decision_qty": [14]})
    >>> plan = pd.DataFrame({"as_of": [day], "sku_id": ["a"], "days": [1], "available": [0],
    ...     "unit_short_cost": [3500.0], "unit_over_cost": [100.0]})
    >>> came = pd.DataFrame({"sku_id": ["a"], "on": [day + pd.Timedelta(days=1)], "units": [12]})
    >>> found = score_overrides(ours, plan, came)
    >>> found.suggested_cost_fen, found.decided_cost_fen, found.value_fen  # 2 × 3500, 2 × 100
    (7000, 200, 6800)
    """
    for name, frame in (("overrides", overrides), ("plan", plan), ("demand", demand)):
        _check(name, frame)
    rows = _joined(overrides, plan, demand)
    short, over = (rows[name].to_numpy(float) for name in ("unit_short_cost", "unit_over_cost"))
    status = np.select(
        [
            rows["days"].isna(),
            rows["open"].fillna(True),
            rows["came"].isna(),
            np.isnan(short + over),
        ],
        ["no_plan", "open", "no_demand", "no_cost"],
        "scored",
    )
    there, came = (
        (rows["available"] + rows["returns_due"].fillna(0.0)).to_numpy(float),
        rows["came"].to_numpy(float),
    )
    told = pd.DataFrame(
        {
            "as_of": rows["as_of"],
            "sku_id": rows["sku_id"],
            "status": status,
            "suggested_qty": rows["suggested_qty"].astype("int64"),
            "decision_qty": rows["decision_qty"].astype("int64"),
            "demand_units": came,
        }
    )
    for name, qty in (("suggested", "suggested_qty"), ("decided", "decision_qty")):
        gap = came - there - told[qty].to_numpy(float)
        fen = np.round(short * np.maximum(gap, 0.0) + over * np.maximum(-gap, 0.0))
        told[f"{name}_cost_fen"] = pd.Series(fen).where(status == "scored").astype("Int64")
    told["value_fen"] = told["suggested_cost_fen"] - told["decided_cost_fen"]
    told["verdict"] = _verdict(told)
    return _in_all(told)


def _check(name: str, frame: pd.DataFrame) -> None:
    lacking = [column for column in NEEDED[name] if column not in frame]
    if lacking:
        raise TableError(f"{name} lacks the columns {', '.join(lacking)}")
    if name != "demand" and frame.duplicated(["as_of", "sku_id"]).any():
        raise TableError(f"{name}: a day and SKU stands there twice")


_JOINED = """
WITH last AS (SELECT max(day) AS day FROM came),
each AS (
    SELECT o.as_of, o.sku_id, o.suggested_qty, o.decision_qty, p.days, p.available, p.returns_due,
           p.unit_short_cost, p.unit_over_cost
    FROM ours AS o LEFT JOIN plan AS p ON p.as_of = o.as_of AND p.sku_id = o.sku_id
)
SELECT e.as_of, e.sku_id, e.suggested_qty, e.decision_qty, e.days, e.available, e.returns_due,
       e.unit_short_cost, e.unit_over_cost,
       sum(c.units) FILTER (WHERE c.in_stock) AS units,
       count(*) FILTER (WHERE NOT c.in_stock) AS lost,
       coalesce(max(l.day) < max(e.as_of) + max(e.days), TRUE) AS "open",
       max(k.known) AS known
FROM each AS e
CROSS JOIN last AS l
LEFT JOIN (SELECT sku_id, 1 AS known FROM came GROUP BY sku_id) AS k ON k.sku_id = e.sku_id
LEFT JOIN came AS c
       ON c.sku_id = e.sku_id AND c.day > e.as_of AND c.day <= e.as_of + e.days
GROUP BY e.as_of, e.sku_id, e.suggested_qty, e.decision_qty, e.days, e.available, e.returns_due,
         e.unit_short_cost, e.unit_over_cost
ORDER BY e.as_of, e.sku_id"""


def _joined(overrides: pd.DataFrame, plan: pd.DataFrame, demand: pd.DataFrame) -> pd.DataFrame:
    """One row an override: its plan, and `came`, the demand of its window (NaN: not known)."""
    import duckdb

    came = pd.DataFrame({"sku_id": demand["sku_id"], "units": _number(demand, "units")})
    came["day"] = _day(demand["on"])
    stock = demand["in_stock"] if "in_stock" in demand else pd.Series(True, demand.index)
    came["in_stock"] = stock.fillna(False).astype(bool) & np.isfinite(came["units"])
    came["units"] = came["units"].where(came["in_stock"], 0.0)
    numbers = (*NEEDED["plan"][2:], "returns_due")
    planned = pd.DataFrame({"sku_id": plan["sku_id"], "as_of": _day(plan["as_of"])})
    planned = planned.assign(**{name: _number(plan, name) for name in numbers})
    ours = pd.DataFrame({"sku_id": overrides["sku_id"], "as_of": _day(overrides["as_of"])})
    ours = ours.assign(**{name: _number(overrides, name) for name in NEEDED["overrides"][2:]})
    with duckdb.connect() as con:
        for name, frame in (("came", came), ("plan", planned), ("ours", ours)):
            con.register(name, frame)
        rows = con.sql(_JOINED).df()
    seen = rows["days"] - rows["lost"]
    units = rows["units"].fillna(0.0) * rows["days"] / seen.where(seen > 0)
    rows["came"] = units.where(rows["known"].notna())
    rows["as_of"] = pd.to_datetime(rows["as_of"], unit="D")
    return rows


def _day(values: pd.Series) -> NDArray[np.int64]:
    return pd.to_datetime(values).to_numpy("datetime64[D]").astype(np.int64)


def _number(frame: pd.DataFrame, name: str) -> Floats:
    if name not in frame:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(float, na_value=np.nan)


def _verdict(told: pd.DataFrame) -> NDArray[np.object_]:
    value = told["value_fen"].astype("Float64").fillna(0).to_numpy(float)
    same = (told["suggested_qty"] == told["decision_qty"]).to_numpy()
    words = np.select([same, value > 0, value < 0], ["unchanged", "better", "worse"], "even")
    scored = (told["status"] == "scored").to_numpy()
    return np.where(scored, words.astype(object), np.array(None, object))


def _in_all(told: pd.DataFrame) -> OverrideScore:
    changed = told["suggested_qty"] != told["decision_qty"]
    some = told[changed & (told["status"] == "scored")]
    value = some["value_fen"].to_numpy("int64")
    return OverrideScore(
        skus=told,
        changed=int(changed.sum()),
        scored=len(some),
        better=int((value > 0).sum()),
        worse=int((value < 0).sum()),
        suggested_cost_fen=int(some["suggested_cost_fen"].sum()),
        decided_cost_fen=int(some["decided_cost_fen"].sum()),
        value_fen=int(value.sum()),
        interval_fen=_interval(value),
    )


def _interval(value: NDArray[np.int64]) -> tuple[int, int] | None:
    """90 % of the sum, from how much the orders differ."""
    if len(value) < FEWEST:
        return None
    from scipy.stats import t

    half = t.ppf(0.95, len(value) - 1) * value.std(ddof=1) * np.sqrt(len(value))
    return int(np.floor(value.sum() - half)), int(np.ceil(value.sum() + half))
