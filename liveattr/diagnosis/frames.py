"""The counts that are given, made whole; the result, typed as its table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError

__all__ = ["COLUMNS", "clean_counts", "typed"]

KEYS = ["broadcast_id", "merchant_sku"]
COUNTS = (
    "visitors", "carts", "buyers", "bounces", "usual_visitors", "usual_buyers", "usual_bounces", "paid",
    "refunded", "room_paid", "room_refunded", "parcels", "late", "arrived", "arrive_expected",
)  # fmt: skip
"""Where nothing is told, there were none."""
MEASURES = (
    "shows", "clicks", "minutes", "ship_days", "mall_price_fen", "room_price_fen", "out_share",
)  # fmt: skip
"""Where nothing is told, nothing is known."""
_PARTS = (
    ("carts", "visitors"), ("buyers", "visitors"), ("bounces", "visitors"),
    ("usual_buyers", "usual_visitors"), ("usual_bounces", "usual_visitors"), ("refunded", "paid"),
    ("room_refunded", "room_paid"), ("late", "parcels"),
)  # fmt: skip
COLUMNS = (
    "broadcast_id", "merchant_sku", "shows", "clicks", "visitors", "carts", "buyers", "paid", "refunded",
    "late", "heat", "conversion", "low", "high", "price_ratio", "out_share", "cause", "strength",
    "evidence", "n",
)  # fmt: skip


def clean_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the keys, `to_on` and every number, not below 0 and no part above its whole.

    Raises
    ------
    ParameterError
        A key column is missing, or a row stands there twice.
    """
    lacking = [key for key in KEYS if key not in frame]
    if lacking:
        raise ParameterError(f"frame lacks {', '.join(lacking)}; one row a broadcast and product")
    if frame.duplicated(KEYS).any():
        raise ParameterError("frame has a broadcast and product twice; add their counts up first")
    rows = frame[KEYS].reset_index(drop=True)
    rows["to_on"] = pd.to_datetime(frame["to_on"]).to_numpy() if "to_on" in frame else pd.NaT
    for name in (*COUNTS, *MEASURES):
        rows[name] = _number(frame, name)
    rows[list(COUNTS)] = rows[list(COUNTS)].fillna(0.0)
    for part, whole in _PARTS:
        rows[part] = np.minimum(rows[part], rows[whole])
    rows["out_share"] = rows["out_share"].clip(upper=1.0)
    return rows


def _number(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame:
        return np.full(len(frame), np.nan)
    value = pd.to_numeric(frame[name], errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(value) & (value >= 0), value, np.nan)


def typed(found: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the table in their types, sorted by key."""
    whole = found.reindex(columns=list(COLUMNS)).sort_values(KEYS, ignore_index=True)
    for name in ("shows", "clicks"):
        whole[name] = pd.to_numeric(whole[name]).round().astype("Int64")
    for name in ("visitors", "carts", "buyers", "paid", "refunded", "late", "n"):
        whole[name] = pd.to_numeric(whole[name]).fillna(0).round().astype("int64")
    for name in ("heat", "conversion", "low", "high", "price_ratio", "out_share", "strength"):
        whole[name] = pd.to_numeric(whole[name]).astype("float64")
    for name in (*KEYS, "cause", "evidence"):
        whole[name] = whole[name].astype(object)
    return whole
