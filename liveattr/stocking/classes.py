"""Classes of demand: how often something is wanted, and how much the wanted amounts differ."""

from __future__ import annotations

import numpy as np
import pandas as pd

from liveattr.stocking.panel import demand_matrices

__all__ = ["classes_of", "demand_class"]

SELDOM = 1.32
"""[steps between steps with demand] Above: intermittent or lumpy."""
UNEVEN = 0.49
"""[squared coefficient of variation of the amounts] Above: erratic or lumpy."""
NEW_BELOW = 14
"""[steps in which it could be bought] Below: new."""
EVENT_SHARE = 0.5
"""More than this share of the units came on event steps that are fewer than half: event."""


def demand_class(history: pd.DataFrame) -> pd.DataFrame:
    """Class of each SKU of a history.

    Parameters
    ----------
    history : DataFrame
        sku_id, on, units, in_stock and covariates, as of `forecast_demand`.

    Returns
    -------
    DataFrame
        sku_id, demand_class (smooth, intermittent, erratic, lumpy, event, new), adi [steps], cv2.

    Notes
    -----
    The borders 1.32 and 0.49 are of Syntetos, Boylan and Croston (2005), J. Oper. Res. Soc. 56, 495-503. They
    were found for other forecasts than ours: use the class to group scores, not to choose by name.
    """
    from liveattr.stocking.columns import main_event

    if history.empty:
        return pd.DataFrame({"sku_id": [], "demand_class": [], "adi": [], "cv2": []})
    panel = demand_matrices(history, pd.DataFrame(), 1)
    name, adi, cv2 = classes_of(panel.units, main_event(panel).flag[:, : panel.past])
    return pd.DataFrame({"sku_id": panel.skus, "demand_class": name, "adi": adi, "cv2": cv2})


def classes_of(units: np.ndarray, flag: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Class, mean steps between demands and squared variation of amounts, of a matrix SKU × step."""
    cut, on = units[:, -182:], flag[:, -182:]
    told, positive = np.isfinite(cut).sum(1), np.nan_to_num(cut) > 0
    times = positive.sum(1)
    adi = told / np.maximum(times, 1)
    amount = np.where(positive, np.nan_to_num(cut), 0.0)
    mean = amount.sum(1) / np.maximum(times, 1)
    variance = np.where(positive, (amount - mean[:, None]) ** 2, 0.0).sum(1) / np.maximum(times, 1)
    cv2 = variance / np.maximum(mean, 1e-9) ** 2
    often, even = adi < SELDOM, cv2 < UNEVEN
    name = np.select(
        [often & even, often, even], ["smooth", "erratic", "intermittent"], "lumpy"
    ).astype(object)
    shown = np.isfinite(cut) & (on > 0)
    part = np.where(shown, amount, 0.0).sum(1) / np.maximum(amount.sum(1), 1e-9)
    name[(part > EVENT_SHARE) & (shown.sum(1) * 2 < told)] = "event"
    name[np.isfinite(units).sum(1) < NEW_BELOW] = "new"
    return name, adi, cv2
