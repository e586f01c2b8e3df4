"""Goods that a room did not show: they should not sell better because of it. Frames in, row out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.bench.trust_rules import LEVEL, Range, TrustRow, judge, not_run

__all__ = ["GOOD_PART", "never_shown"]

TEST = "never_shown"
FEW_DAYS = 4
"""[days] On air, and off air, that a room must have."""
FEW_ORDERS = 200
"""[orders] On both kinds of days together."""
NEAR_DAYS = 21
"""[days] Off-air days so near are what a day on air is compared with: demand drifts."""
GOOD_PART = 0.7
"""Goods off the list may have this part of the rise: people who came for one thing buy another (halo)."""
DRAWS = 1000


def never_shown(
    sold: pd.DataFrame, shown: pd.DataFrame, *, room: str, seed: int, level: float = LEVEL
) -> TrustRow:
    """Compare the goods on a day's list with those that are not on it.

    Parameters
    ----------
    sold : pandas.DataFrame
        `day, sku, n`: paid orders of a SKU by day [orders]; days without a sale may be missing.
    shown : pandas.DataFrame
        `day, sku`: what the room had on its list on the days on which it was on air.
    room
        Its name.
    seed
        Decides the draws.
    level
        Of the interval.

    Returns
    -------
    TrustRow
        `found`: rise of the goods off the list as a share of the rise of those on it. 0: only what was
        shown sold better; 1: everything rose alike, as after a festival or a rise of demand that the
        room had nothing to do with. Up to `GOOD_PART` passes.

    Notes
    -----
    Expected of a SKU on a day on air is its mean on the off-air days within three weeks. A rise is
    Σ sold / Σ expected - 1 over the days on air; its interval comes from drawing these days anew. It is a
    negative control with a known weakness, halo: some who come because of the broadcast buy what was not
    in it. So 0 is not asked for, and a high share alone does not prove a fault.
    """
    days = _by_day(sold, shown)
    if isinstance(days, str):
        return not_run(TEST, days, subject=room)
    on, off = (_rises(days, kind, seed) for kind in ("on", "off"))
    tail = (1 - level) / 2
    if np.quantile(on[1], tail) <= 0:
        note = "the goods on the list did not surely sell better either"
        return TrustRow(room, TEST, None, 0.0, None, GOOD_PART, len(days), "unsure", "share", note)
    low, high = np.quantile(off[1] / on[1], [tail, 1 - tail])
    return judge(
        TEST,
        (float(off[0] / on[0]), float(low), float(high)),
        Range(-np.inf, GOOD_PART, bad_high=1.0),
        wanted=0.0,
        n=len(days),
        unit="share",
        note=f"on the list +{on[0]:.0%}, off it {off[0]:+.0%}; halo may be part of it",
        subject=room,
    )


def _by_day(sold: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame | str:
    """Return for each day on air what was sold and expected on and off the list, or what is missing."""
    if shown.empty or sold.empty:
        return "needs the list of goods of each broadcast (broadcast_plan), and orders"
    first, last = int(sold["day"].min()), int(sold["day"].max())
    skus = pd.Index(sorted(set(sold["sku"])))
    counts = np.zeros((last - first + 1, len(skus)))
    place = sold["day"].to_numpy() - first, skus.get_indexer(sold["sku"])
    np.add.at(counts, place, sold["n"].to_numpy(dtype=float))
    inside = shown[shown["sku"].isin(skus) & shown["day"].between(first, last)]
    listed = np.zeros(counts.shape, dtype=bool)
    listed[inside["day"].to_numpy() - first, skus.get_indexer(inside["sku"])] = True
    air = np.isin(np.arange(first, last + 1), shown["day"].to_numpy())
    expected = _expected(counts, air)
    usable = np.flatnonzero(air & ~np.isnan(expected).any(axis=1) & listed.any(axis=1))
    usable = usable[~listed[usable].all(axis=1)]
    if len(usable) < FEW_DAYS or counts[usable].sum() < FEW_ORDERS:
        return (
            f"needs {FEW_DAYS} days on air with a list, {FEW_DAYS} off air near them, goods that were "
            f"not on the list, and {FEW_ORDERS} orders"
        )
    on = listed[usable]
    parts = {
        "on": (counts[usable] * on, expected[usable] * on),
        "off": (counts[usable] * ~on, expected[usable] * ~on),
    }
    return pd.DataFrame(
        {
            f"{kind}_{what}": values.sum(axis=1)
            for kind, pair in parts.items()
            for what, values in zip(("sold", "expected"), pair, strict=True)
        }
    )


def _expected(counts: NDArray[np.float64], air: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return each SKU's mean on the off-air days near a day; NaN where there are too few."""
    padded = np.vstack([np.zeros(counts.shape[1]), np.cumsum(counts * ~air[:, None], axis=0)])
    known = np.concatenate([[0], np.cumsum(~air)])
    day = np.arange(len(air))
    begin, end = (day - NEAR_DAYS).clip(0), (day + NEAR_DAYS + 1).clip(max=len(air))
    n = (known[end] - known[begin]).astype(float)
    n[n < FEW_DAYS] = np.nan
    return np.asarray((padded[end] - padded[begin]) / n[:, None])


def _rises(days: pd.DataFrame, kind: str, seed: int) -> tuple[float, NDArray[np.float64]]:
    """Return the rise and draws of it; the same days are drawn for both kinds."""
    sold, expected = days[f"{kind}_sold"].to_numpy(), days[f"{kind}_expected"].to_numpy()
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(days), (DRAWS, len(days)))
    below = expected[drawn].sum(axis=1)
    above = sold[drawn].sum(axis=1)
    rise = np.divide(above, below, out=np.ones_like(above), where=below > 0) - 1
    return float(sold.sum() / max(expected.sum(), 1e-9) - 1), rise
