"""Made-up demand whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

FIRST = pd.Timestamp("2026-01-05")


def days_of(count: int, start: int = 0) -> pd.DatetimeIndex:
    return pd.date_range(FIRST + pd.Timedelta(days=start), periods=count)


def series(
    name: str, units: Sequence[float] | np.ndarray, *, in_stock: bool | np.ndarray = True
) -> pd.DataFrame:
    """One SKU by day, with a promotion on the first three days of each fortnight."""
    count = len(units)
    frame = {"sku_id": name, "on": days_of(count), "units": np.asarray(units, float)}
    return pd.DataFrame({**frame, "in_stock": in_stock, "promo": promo(count)})


def promo(count: int, start: int = 0) -> np.ndarray:
    return ((np.arange(start, start + count) % 14) < 3).astype(float)


def plan(start: int, count: int = 28) -> pd.DataFrame:
    """The days ahead of a history of `start` days."""
    return pd.DataFrame({"on": days_of(count, start), "promo": promo(count, start)})


def shop(
    rng: np.random.Generator, skus: int = 20, days: int = 240, lift: float = 3.0
) -> tuple[pd.DataFrame, np.ndarray]:
    """Poisson demand of SKUs of several sizes, and its mean by SKU and day, 28 days longer."""
    level = np.exp(rng.normal(1.5, 0.8, skus))
    weekday = np.exp(0.3 * np.sin(2 * np.pi * days_of(days + 28).dayofweek.to_numpy() / 7))
    mean = level[:, None] * weekday * np.where(promo(days + 28) > 0, lift, 1.0)
    units = rng.poisson(mean[:, :days])
    frames = [series(f"S{i:02d}", row) for i, row in enumerate(units)]
    return pd.concat(frames, ignore_index=True), mean
