"""Stock and supply terms as numbers that can be planned with; what was missing is marked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from liveattr.errors import TableError
from liveattr.stocking.policy import OrderPolicy

__all__ = ["clean_stock", "order_windows"]

TEXTS = ("name", "category", "supplier_id")
NUMBERS = (
    "on_hand", "reserved", "in_transit", "returns_due", "mean_7", "mean_30", "weekly_cv",
    "unit_cost_fen", "unit_price_fen", "lead_time_days", "review_days", "pack", "moq",
    "min_order_fen", "shelf_life_days",
)  # fmt: skip
MOST = 1e9
"""[pieces] Numbers of stock and packs beyond are taken for this."""
LONGEST = 3650
"""[days] And lead times beyond for this."""


def order_windows(stock: pd.DataFrame, policy: OrderPolicy | None = None) -> pd.DataFrame:
    """Tell for each SKU how long an order must last, before it is forecast.

    Parameters
    ----------
    stock
        sku_id, lead_time_days, review_days; the latter two may be missing.
    policy
        Gives what is missing.

    Returns
    -------
    pandas.DataFrame
        sku_id; lead_days ≥ 0; window_days = lead + review, ≥ 1: what is ordered today arrives after the
        lead time, and the next order, placed a review later, one lead time after that. Sorted by sku_id.
        Forecast both windows for `plan_orders` (a window of 0 days needs none).
    """
    goods = clean_stock(stock, policy or OrderPolicy())
    days = {"lead_days": goods["lead"], "window_days": goods["lead"] + goods["review"]}
    return pd.DataFrame({"sku_id": goods["sku_id"], **days}).astype(
        {"lead_days": "int64", "window_days": "int64"}
    )


def clean_stock(stock: pd.DataFrame, policy: OrderPolicy) -> pd.DataFrame:
    """Return one row a SKU, sorted, with finite numbers and a flag for each thing not known.

    A stock on hand below 0 stays: it is owed. Reserved, in transit and returns_due below 0, and what is
    no number, count as 0; of returns_due the policy's share is left. Without lead time: that of the
    policy, flag `no_terms`. A missing review period is the policy's, a missing pack 1, a missing least
    order none: no flag, as suppliers without them are usual. `cost`, `price`, `shelf` are NaN where not
    known or not positive.

    Raises
    ------
    TableError
        sku_id or on_hand is missing, or a SKU stands there twice.
    """
    _check(stock)
    found = pd.DataFrame({"sku_id": stock["sku_id"].to_numpy()})
    for name in TEXTS:
        known = (
            stock[name].astype(object) if name in stock else pd.Series(None, stock.index, object)
        )
        found[name] = np.where(known.notna(), known, np.array(None, object))
    for name in NUMBERS:
        found[name] = _number(stock, name)
    found = found.sort_values("sku_id", kind="stable", ignore_index=True)
    found["no_stock"] = found["on_hand"].isna()
    lead, cost, price = (found[n] for n in ("lead_time_days", "unit_cost_fen", "unit_price_fen"))
    found["no_terms"] = ~(lead >= 0)
    found["lead"] = _days(lead.where(lead >= 0), policy.lead_time_days)
    review = found["review_days"]
    found["review"] = _days(review.where(review >= 1), policy.review_days)
    found["on_hand"] = found["on_hand"].fillna(0.0).round().clip(-MOST, MOST)
    for name in ("reserved", "in_transit"):
        found[name] = found[name].fillna(0.0).round().clip(0.0, MOST)
    found["returns_due"] = policy.returns_share * found["returns_due"].fillna(0.0).clip(0.0, MOST)
    found["pack"] = np.ceil(found["pack"].fillna(1.0)).clip(1.0, MOST)
    found["moq"] = np.ceil(found["moq"].fillna(0.0)).clip(0.0, MOST)
    found["min_order_fen"] = found["min_order_fen"].fillna(0.0).clip(0.0, None)
    found["cost"] = cost.where(cost >= 0).round()
    found["price"] = price.where(price >= 0)
    found["shelf"] = found["shelf_life_days"].where(found["shelf_life_days"] > 0)
    return found


def _check(stock: pd.DataFrame) -> None:
    lacking = [name for name in ("sku_id", "on_hand") if name not in stock]
    if lacking:
        raise TableError(f"stock lacks the columns {', '.join(lacking)}")
    twice = stock.loc[stock["sku_id"].duplicated(), "sku_id"]
    if len(twice):
        raise TableError(f"stock: one row a SKU, but {twice.iloc[0]!r} stands there twice")


def _number(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame:
        return np.full(len(frame), np.nan)
    told = pd.to_numeric(frame[name], errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(told), told, np.nan)


def _days(days: pd.Series, otherwise: int) -> pd.Series:
    return np.ceil(days.fillna(float(otherwise))).clip(0, LONGEST)
