"""What the platform keeps of an order, and what it gives back when goods come back later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from liveattr.simulate.coupons import Flags, Ints, Lines
from liveattr.simulate.fates import KEPT, RETURN, Fate
from liveattr.simulate.world import KOL, OWN

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = ["Fees", "charge"]

_DOUYIN, _CHANNELS, _MALL = range(3)
_MILLION = 1_000_000


@dataclass(frozen=True)
class Fees:
    """Costs as the bills show them, without a cut at any date; (n, 2) by line, (n,) by parcel.

    `base` is the goods money that is settled (refunds before it are taken off), `service` and
    `commission` what the platform keeps of it, `service_back` and `commission_back` what a refund
    after settlement brings back. `payment` is the fee of shops without a bill, never given back.
    """

    base: Ints
    service: Ints
    commission: Ints
    service_back: Ints
    commission_back: Ints
    after: Flags
    payment: Ints
    freight: Ints
    packing: Ints
    insurance: Ints
    return_freight: Ints


def charge(orders: pd.DataFrame, lines: Lines, fate: Fate, world: World) -> Fees:
    """Charge fees and freight; an order that is not paid is charged nothing."""
    block = world.parameters.money
    place, path = orders["place"].to_numpy(), orders["path"].to_numpy()
    bill = fate.paid & (place == _DOUYIN)
    after = (fate.claim != KEPT) & (fate.done_us >= fate.settled_us[:, None])
    base = (lines.gross - np.where(after, 0, fate.back)) * bill[:, None]
    rate = np.select(
        [path == KOL, path == OWN], [_ppm(block.kol_commission), _ppm(block.own_commission)], 0
    )
    service = base * _ppm(block.service_fee) // _MILLION
    commission = base * rate[:, None] // _MILLION
    back = np.where(after, fate.back, 0)
    below = np.maximum(base, 1)
    fee = np.select(
        [place == _CHANNELS, place == _MALL], [_ppm(block.channels_fee), _ppm(block.mall_fee)], 0
    )
    paid = (lines.paid.sum(axis=1) + lines.postage) * fate.paid
    sent = fate.paid & ~fate.cancelled
    came = ((fate.claim == RETURN).any(axis=1) & sent & (place != _DOUYIN)).astype(np.int64)
    return Fees(
        base,
        service,
        commission,
        service * back // below,
        commission * back // below,
        after & bill[:, None],
        paid * fee // _MILLION,
        sent * block.freight_fen,
        sent * block.packing_fen,
        sent * (place == _DOUYIN) * block.insurance_fen,
        came * block.return_freight_fen,
    )


def _ppm(share: float) -> int:
    return round(share * _MILLION)
