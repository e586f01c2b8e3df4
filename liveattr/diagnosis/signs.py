"""The signs of a leak, read off the counts of the products of one window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.diagnosis.causes import Signs
from liveattr.diagnosis.rates import Expected, expected_rate

__all__ = ["Read", "price_gap", "read_signs"]

Floats = NDArray[np.float64]

SPREAD_OF_REFUNDS = (0.15, 0.25)
"""Bounds of the natural spread of rates of refunds and complaints: too few to tell it from the counts."""


@dataclass(frozen=True)
class Read:
    """Signs by product, and what is told of them.

    `ratios`: conversion, low, high, and each rate over its peers'; `price_ratio` by row; `expected`
    buyers and `n`, the visitors that the conversion rests on, by product.
    """

    signs: Signs
    ratios: pd.DataFrame
    price_ratio: Floats
    expected: Floats
    n: Floats


def read_signs(rows: pd.DataFrame, at: NDArray[np.int64]) -> Read:
    """Read the signs.

    Parameters
    ----------
    rows
        Counts of one window, sorted by product.
    at
        The product of each row, numbered in that order.
    """
    one = rows.groupby(at).max(numeric_only=True)
    v = {str(name): one[name].to_numpy(float) for name in one}
    tries, usual = _tries(v)
    buys = expected_rate(v["buyers"], tries, v["usual_buyers"], usual)
    ratio, gap = price_gap(rows, at)
    worse = {
        name: _flat(v[part], v[whole])
        for name, part, whole in (
            ("refunds", "refunded", "paid"),
            ("rooms", "room_refunded", "room_paid"),
            ("lates", "late", "parcels"),
        )
    }
    signs = Signs(
        tries=tries,
        buyers=v["buyers"],
        buys=buys,
        worse=(
            (v["refunded"], v["paid"], worse["refunds"]),
            (v["room_refunded"], v["room_paid"], worse["rooms"]),
            (v["late"], v["parcels"], worse["lates"]),
        ),
        gap=gap,
        out=v["out_share"],
        arrived=v["arrived"],
        arrive_expected=v["arrive_expected"],
    )
    ratios = _ratios(v, tries, buys, worse["refunds"])
    return Read(signs, ratios, ratio, tries * np.nan_to_num(buys.rate), v["visitors"])


def _tries(v: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Return of how many the buyers are counted, now and in the past: the same kind in both."""
    if v["bounces"].sum() > 0 and (v["usual_bounces"].sum() > 0 or not v["usual_visitors"].any()):
        return v["buyers"] + v["bounces"], v["usual_buyers"] + v["usual_bounces"]
    return v["visitors"], v["usual_visitors"]


def _flat(hits: Floats, tries: Floats) -> Expected:
    """Return what the peers alone expect: claims of the past have had more time to come."""
    nothing = np.zeros(len(hits))
    return expected_rate(hits, tries, nothing, nothing, *SPREAD_OF_REFUNDS, 0.0)


def price_gap(rows: pd.DataFrame, at: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the price ratio of each row, and of each product the log of it over its peers'.

    A row's peers are the other products of its broadcast; a product's gap is the median of its rows.
    NaN without a price or without peers.
    """
    room, mall = rows["room_price_fen"], rows["mall_price_fen"]
    ratio = mall.where(mall > 0) / room.where(room > 0)
    log = pd.Series(np.log(ratio), rows.index)
    peers = log.groupby(rows["broadcast_id"]).transform(_others_median)
    gap = (log - peers).groupby(at).median()
    return ratio.to_numpy(float), gap.to_numpy(float)


def _others_median(log: pd.Series) -> pd.Series:
    """Return for each value the median of the others."""
    value = log.to_numpy(float)
    table = np.tile(value, (len(value), 1))
    np.fill_diagonal(table, np.nan)
    known = np.isfinite(table).any(axis=1)
    found = np.full(len(value), np.nan)
    found[known] = np.nanmedian(table[known], axis=1)
    return pd.Series(found, log.index)


def _ratios(v: dict[str, Floats], tries: Floats, buys: Expected, refunds: Expected) -> pd.DataFrame:
    from scipy.special import betaincinv

    rate, weight = np.nan_to_num(buys.rate, nan=0.5), np.nan_to_num(buys.weight, nan=1.0)
    a, b = v["buyers"] + weight * rate, tries - v["buyers"] + weight * (1 - rate)
    told = np.isfinite(buys.rate)
    return pd.DataFrame(
        {
            "conversion": np.where(told, a / (a + b) / rate, np.nan),
            "low": np.where(told, betaincinv(a, b, 0.05) / rate, np.nan),
            "high": np.where(told, betaincinv(a, b, 0.95) / rate, np.nan),
            "view_to_cart": _over_peers(v["carts"], v["visitors"]),
            "cart_to_order": _over_peers(v["buyers"], np.maximum(v["carts"], v["buyers"])),
            "bounce": _over_peers(v["bounces"], v["visitors"]),
            "refund_rate": _over_peers(v["refunded"], v["paid"]),
            "late_share": np.where(v["parcels"] > 0, v["late"] / v["parcels"].clip(1), np.nan),
            "days_to_ship": v["ship_days"],
        }
    )


def _over_peers(hits: Floats, tries: Floats) -> Floats:
    """Return a rate over that of the others, both with one hit of the whole added; NaN without any."""
    if hits.sum() <= 0:
        return np.full(len(hits), np.nan)
    rate = hits.sum() / tries.sum()
    own = (hits + 1) / (tries + 1 / rate)
    others = (hits.sum() - hits + 1) / (tries.sum() - tries + 1 / rate)
    found: Floats = np.where(tries > 0, own / others, np.nan)
    return found
