"""Of which orders a lift is made: the way down from a campaign's number."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.incrementality.pooled import Viewers
from liveattr.incrementality.shop_days import ShopDays
from liveattr.incrementality.subjects import Subject

__all__ = ["KEYS", "order_weights"]

KEYS = ["platform", "shop_id", "order_id"]
USUAL = 0.5
"""Part of an order that is due to the broadcast in which it was placed, where viewers tell nothing."""


def order_weights(
    days: ShopDays,
    campaign: Subject,
    viewers: Viewers,
    placed: pd.DataFrame,
    orders: pd.DataFrame,
    shape: NDArray[np.float64],
    gross: float,
) -> pd.DataFrame:
    """Return which part of each order is due to a campaign.

    Parameters
    ----------
    days, campaign, viewers
        The shop, the campaign, and what viewers say.
    placed
        `platform, shop_id, order_id, broadcast_id`: orders that are tied to a broadcast by hard evidence.
    orders
        `platform, shop_id, order_id, day`: all paid orders.
    shape
        How the campaign's orders spread over days, see `shape_of`.
    gross
        [orders] Its lift.

    Returns
    -------
    pandas.DataFrame
        `campaign_id, platform, shop_id, order_id, weight`, weights positive.

    Notes
    -----
    Where viewers are seen: their orders, by how much likelier each was. Else the orders placed in the
    broadcasts, `USUAL` each. Else every order of these days alike, so that the weights sum to `gross`. The
    sum of the weights is the part of the lift whose orders are known; it need not be the lift.
    """
    found = _of(viewers.orders, campaign)
    if found.empty:
        found = _of(placed.assign(weight=USUAL), campaign).drop_duplicates(KEYS)
    if found.empty:
        chance = shape[orders["day"]]
        near = chance > 0
        part = chance[near] / days.orders[orders.loc[near, "day"]] * max(gross, 0.0)
        found = orders.loc[near, KEYS].assign(weight=part.clip(max=1.0))
    found = found[found["weight"] > 0].groupby(KEYS)["weight"].sum().reset_index()
    return found.assign(campaign_id=campaign.name)[["campaign_id", *KEYS, "weight"]]


def _of(rows: pd.DataFrame, campaign: Subject) -> pd.DataFrame:
    if rows.empty:
        return pd.DataFrame(columns=[*KEYS, "weight"])
    return rows.loc[rows["broadcast_id"].isin(campaign.broadcasts), [*KEYS, "weight"]]
