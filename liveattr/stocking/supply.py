"""What is there, what is on its way and on what terms more can be had: the stock that an order is planned on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from liveattr.stocking import supply_sql as sql
from liveattr.units import SHANGHAI, day_end_at

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["SUPPLY_READS", "read_supply"]

SUPPLY_READS = (
    "order_header",
    "order_line",
    "refund",
    "refund_line",
    "account_ledger",
    "sku_map",
    "product",
    "sku_cogs",
    "stock_snapshot",
    "supply_terms",
    "purchase_order",
)
"""Tables that are read."""
OVERDUE_DAYS = 60
"""[days] So long after it was expected an order to a supplier is still waited for."""
PRICE_DAYS = 90
"""[days] Sales that the price and the share that comes back rest on."""
BACK_DAYS = 30
"""[days] After so many days hardly anything comes back."""
BACK_WEIGHT = 50.0
"""[pieces] The shop's share that comes back counts as so many pieces of each SKU."""
RECENT_DAYS = 91
"""[days] Means and weeks look back no further."""
FEWEST_DAYS = 4
"""[days] In stock, that a week needs to count; and weeks that a variation needs."""
COLUMNS = tuple(
    """sku_id name category supplier_id on_hand reserved in_transit returns_due mean_7 mean_30 weekly_cv
    unit_cost_fen unit_price_fen lead_time_days review_days pack moq min_order_fen shelf_life_days""".split()
)
TEXTS = ("sku_id", "name", "category", "supplier_id")


def read_supply(
    con: DuckDBPyConnection,
    as_of: date,
    panel: pd.DataFrame,
    zone: str = SHANGHAI,
    *,
    default_lead_days: float,
    default_review_days: float,
) -> pd.DataFrame:
    """Read the stock of every SKU of a panel, as `plan_orders` takes it.

    Parameters
    ----------
    con
        Connection on which the tables of `SUPPLY_READS` can be read, after `read_panel` of the same day
        (or `create_demand_lines`): the ledger is made once for all that read it.
    as_of
        Business date: what was known at its end.
    panel
        As `read_panel` gives it for `as_of`: sku_id, on, units, in_stock.
    zone
        The shop's zone.
    default_lead_days, default_review_days
        [days] Where no terms are given; they only decide how much of the returns falls in the window.
        The columns stay null, so that the plan can say that terms are missing.

    Returns
    -------
    pandas.DataFrame
        A row a SKU, sorted: sku_id, name, category, supplier_id, on_hand, reserved, in_transit,
        returns_due [pieces], mean_7, mean_30 [pieces a day], weekly_cv, unit_cost_fen, unit_price_fen,
        lead_time_days, review_days, pack, moq [pieces], min_order_fen, shelf_life_days. Numbers are
        floats, NaN where not known: on_hand and reserved of a SKU that was never counted.

    Notes
    -----
    On hand is the newest count of each warehouse, summed, carried on to the end of `as_of`: plus what
    came in since, less kept pieces that were paid since; not below what was reserved (or counted, where
    that is less). Sales are not told by warehouse: they count from the newest count of any of them.

    In transit is what was ordered by `as_of` less what was received. A purchase order says how much was
    received but not when, so its receipt counts on the day on which it was expected. Where the lake has
    orders after `as_of`, receipts expected later are unknown yet; else goods that came early are
    received. 60 days after it was expected, nothing more is waited for.

    Of several suppliers: the least unit cost, then the least lead time, then the name. The cost is that
    of the terms, else the newest of `sku_cogs`. The price is what a kept piece of the last 90 days
    brought after refunds, with subsidies of others; fees and commissions are not taken off.

    Returning = max(0, r × pieces of the last 30 days - those of them back already) × min(1, window / 30);
    r = (back + 50 × the shop's share) / (sold + 50) over the 90 days before these 30. Every piece counts
    as sellable; the policy's `returns_share` cuts that. Pieces that the window itself sells come back
    too: they are not in it.

    Means are over the last 7 and 30 days on which it could be bought, of the last 91. The variation is
    over weeks counted back from `as_of` with at least four such days, their mean per day; four weeks at
    least.
    """
    end = {"end_at": day_end_at(as_of, zone)}
    con.execute(sql.COUNTED, {**end, "zone": zone})
    con.execute(sql.COUNT_LINES)
    later = "SELECT count(*) > 0 FROM order_header WHERE created_at >= $end_at"
    [(past,)] = con.sql(later, params=end).fetchall()
    con.execute(sql.ON_ORDER, {"as_of": as_of, "past": past, "overdue_days": OVERDUE_DAYS})
    con.execute(sql.TERMS)
    days = {"price_days": PRICE_DAYS, "back_days": BACK_DAYS, "weight": BACK_WEIGHT}
    con.execute(sql.MONEY, {"as_of": as_of, **days})
    stock = _wanted(con, as_of, panel)
    window = stock["lead_time_days"].fillna(default_lead_days)
    window = window + stock["review_days"].fillna(default_review_days)
    stock["returns_due"] *= (window / BACK_DAYS).clip(0.0, 1.0)
    pace = _pace(panel, as_of).reindex(stock["sku_id"]).reset_index(drop=True)
    return pd.concat([stock, pace], axis=1)[list(COLUMNS)]


def _wanted(con: DuckDBPyConnection, as_of: date, panel: pd.DataFrame) -> pd.DataFrame:
    """Return what the tables tell of the SKUs of a panel."""
    skus = pd.DataFrame({"sku_id": panel["sku_id"].unique()}).astype(object)
    con.execute("CREATE OR REPLACE TEMP TABLE wanted_sku (sku_id TEXT)")
    con.register("given_sku", skus)
    con.execute("INSERT INTO wanted_sku SELECT sku_id FROM given_sku")
    con.unregister("given_sku")
    stock = con.sql(sql.SUPPLY, params={"as_of": as_of}).df()
    for name in stock:
        if name in TEXTS:
            told = stock[name].astype(object)
            stock[name] = np.where(told.notna(), told, np.array(None, object))
        else:
            stock[name] = stock[name].astype("float64")
    return stock


def _pace(panel: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return mean_7, mean_30 and weekly_cv by SKU, from days on which it could be bought."""
    age = (pd.Timestamp(as_of) - pd.to_datetime(panel["on"])).dt.days
    recent = panel.loc[panel["in_stock"] & (age >= 0) & (age < RECENT_DAYS), ["sku_id", "units"]]
    recent = recent.assign(age=age).sort_values(["sku_id", "age"], kind="stable")
    turn = recent.groupby("sku_id").cumcount()
    pace = {f"mean_{n}": recent[turn < n].groupby("sku_id")["units"].mean() for n in (7, 30)}
    weeks = recent.assign(week=recent["age"] // 7).groupby(["sku_id", "week"])["units"]
    week = weeks.agg(["mean", "size"])
    told = (
        week.loc[week["size"] >= FEWEST_DAYS, "mean"].groupby("sku_id").agg(["mean", "std", "size"])
    )
    known = (told["size"] >= FEWEST_DAYS) & (told["mean"] > 0)
    return pd.DataFrame({**pace, "weekly_cv": (told["std"] / told["mean"]).where(known)})
