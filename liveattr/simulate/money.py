"""The money of each order in the end: what the truth counts, and what the files must add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from liveattr.simulate.coupons import Money, price_lines
from liveattr.simulate.fates import KEPT, draw_fates
from liveattr.simulate.fees import charge

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = ["Money", "order_money"]


def order_money(orders: pd.DataFrame, world: World, *, as_of_us: int | None = None) -> pd.DataFrame:
    """Work out the money of orders, each from its own row alone.

    Parameters
    ----------
    orders
        As `Segment.orders`, of any world.
    as_of_us
        [µs, UTC] Only what happened before it; None: everything, however late.

    Returns
    -------
    pandas.DataFrame
        Aligned with `orders` [fen]: `paid` (bool); `gross_fen`: goods money of the buyer and both
        subsidies; `refund_fen`: the same kinds of money given back; `net_fen` = gross - refund;
        `cogs_fen`: of goods that stay with the buyer; `commission_fen`, `service_fee_fen`: less
        what came back (`service_fee_fen` holds the payment fee of shops without a bill);
        `freight_fen` = outbound + packing + insurance + return; `margin_fen` = net - cogs -
        commission - service - freight. For the costs that no platform file carries:
        `payment_fee_fen`, `freight_out_fen`, `packing_fen`, `return_freight_fen`.

        Orders of brushers and testers have their money as the books show it.
    """
    lines = price_lines(orders, world)
    fate = draw_fates(orders, lines, world)
    fees = charge(orders, lines, fate, world)
    end = np.iinfo(np.int64).max if as_of_us is None else as_of_us
    paid = fate.paid & (fate.paid_us < end)
    sent = paid & (fate.shipped_us < end)
    settled = paid & (fate.settled_us < end)
    back = (fate.claim != KEPT) & (fate.done_us < end) & paid[:, None]
    gross = lines.gross.sum(axis=1) * paid
    refund = (fate.back * back).sum(axis=1)
    unit = world.goods["cogs_fen"].to_numpy()[lines.sku]
    kept = lines.qty - fate.pieces_back * back
    cogs = (unit * kept).sum(axis=1) * paid
    late = back & settled[:, None] & fees.after
    service = ((fees.service * settled[:, None]) - fees.service_back * late).sum(axis=1)
    commission = ((fees.commission * settled[:, None]) - fees.commission_back * late).sum(axis=1)
    payment = fees.payment * paid
    came = fees.return_freight * back.any(axis=1)
    out, packing, insurance = (x * sent for x in (fees.freight, fees.packing, fees.insurance))
    freight = out + packing + insurance + came
    service = service + payment
    net = gross - refund
    return pd.DataFrame(
        {
            "paid": paid,
            "gross_fen": gross,
            "refund_fen": refund,
            "net_fen": net,
            "cogs_fen": cogs,
            "commission_fen": commission,
            "service_fee_fen": service,
            "freight_fen": freight,
            "margin_fen": net - cogs - commission - service - freight,
            "payment_fee_fen": payment,
            "freight_out_fen": out,
            "packing_fen": packing,
            "return_freight_fen": came,
        },
        index=orders.index,
    )
