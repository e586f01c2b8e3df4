"""Bills and account movements of the Douyin shop, as they stand at the end of the world."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from liveattr.simulate.coupons import Ints, Lines, cell_of
from liveattr.simulate.fates import Fate
from liveattr.simulate.fees import Fees

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = [
    "COMMISSION",
    "COMMISSION_BACK",
    "INSURANCE",
    "SERVICE_BACK",
    "SUBSIDY_BACK",
    "bill",
    "movements",
]

COMMISSION, COMMISSION_BACK, SERVICE_BACK, SUBSIDY_BACK, INSURANCE = 1, 2, 6, 7, 20
"""Tags of account movements."""

_HOUR_US = 3_600_000_000
_SILENT = 0.4
"""Orders whose fees come back by the account alone; the bill of the others has a reversal."""

LineIds = Callable[[Ints, Ints], pa.Array]


def bill(
    orders: pd.DataFrame,
    lines: Lines,
    fate: Fate,
    fees: Fees,
    order_id: pa.Array,
    line_id: LineIds,
    world: World,
) -> pd.DataFrame:
    """Return the rows of the settlement bill.

    Returns
    -------
    pandas.DataFrame
        `order, order_id, line_id, trade_type` (0 settled, 1 given back later), `settled_us,
        ordered_us, qty, goods_fen, postage_fen, income_fen, service_fen, commission_fen,
        platform_fen, author_fen, refund_before_fen`, what comes back as positive amounts, too.
        Ordered by time, order, line.
    """
    before = np.where(fees.after, 0, fate.back)
    post = np.stack([lines.postage, np.zeros_like(lines.postage)], axis=1)
    post = np.where(before[:, :1] < lines.gross[:, :1], post, 0)
    settled = (fees.base > 0) & (fate.settled_us < world.end_us)[:, None]
    silent = cell_of(world, "bill", orders)[0] < _SILENT
    undone = settled & fees.after & (fate.done_us < world.end_us) & ~silent[:, None]
    back = np.where(fees.after, fate.back, 0)
    went = ~fees.after
    first = {
        "income_fen": fees.base + post,
        "service_fen": fees.service,
        "commission_fen": fees.commission,
        "platform_fen": lines.platform - fate.platform_back * went,
        "author_fen": lines.author - fate.author_back * went,
        "refund_before_fen": fate.paid_back * went,
        "postage_fen": post,
        "goods_fen": lines.listed,
    }
    second = {
        "income_fen": back,
        "service_fen": fees.service_back,
        "commission_fen": fees.commission_back,
        "platform_fen": fate.platform_back,
        "author_fen": fate.author_back,
        "refund_before_fen": np.zeros_like(back),
        "postage_fen": np.zeros_like(back),
        "goods_fen": np.zeros_like(back),
    }
    at = np.repeat(fate.settled_us[:, None], 2, axis=1)
    parts = [
        _rows(orders, settled, 0, at, first, lines, order_id, line_id),
        _rows(orders, undone, 1, fate.done_us, second, lines, order_id, line_id),
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame.sort_values(["settled_us", "order", "line", "trade_type"], ignore_index=True)


def _rows(
    orders: pd.DataFrame,
    which: np.ndarray,
    trade_type: int,
    at: Ints,
    money: dict[str, Ints],
    lines: Lines,
    order_id: pa.Array,
    line_id: LineIds,
) -> pd.DataFrame:
    row, line = np.nonzero(which)
    text = pd.ArrowDtype(pa.string())
    return pd.DataFrame(
        {
            "order": orders["order"].to_numpy()[row],
            "line": (line + 1).astype(np.int8),
            "order_id": pd.Series(order_id.take(pa.array(row)), dtype=text),
            "line_id": pd.Series(line_id(row, line + 1), dtype=text),
            "trade_type": np.full(len(row), trade_type, dtype=np.int8),
            "settled_us": at[row, line],
            "ordered_us": orders["created_us"].to_numpy()[row],
            "qty": lines.qty[row, line],
            **{name: values[row, line] for name, values in money.items()},
        }
    )


def movements(
    orders: pd.DataFrame,
    fate: Fate,
    fees: Fees,
    order_id: pa.Array,
    line_id: LineIds,
    world: World,
) -> pd.DataFrame:
    """Return the account movements: `order, trade_no, at_us, tag, amount_fen, order_id, line_id`.

    Commission (tag 1), freight insurance (20) and subsidies taken back (7) go out; commission (2)
    and service fee (6) come back. Ordered by time and number.
    """
    settled = (fees.base > 0) & (fate.settled_us < world.end_us)[:, None]
    undone = settled & fees.after & (fate.done_us < world.end_us)
    at = np.repeat(fate.settled_us[:, None], 2, axis=1)
    sent = np.stack([fees.insurance, np.zeros_like(fees.insurance)], axis=1)
    sent_at = np.repeat(fate.shipped_us[:, None], 2, axis=1)
    subsidy = fate.platform_back + fate.author_back
    parts = [
        _moves(orders, tag, when, amount * seen, order_id, line_id)
        for tag, when, amount, seen in (
            (COMMISSION, at, fees.commission, settled),
            (COMMISSION_BACK, fate.done_us, fees.commission_back, undone),
            (SERVICE_BACK, fate.done_us, fees.service_back, undone),
            (SUBSIDY_BACK, fate.done_us, subsidy, undone),
            (INSURANCE, sent_at, sent, sent_at < world.end_us),
        )
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame.sort_values(["at_us", "number"], ignore_index=True)


def _moves(
    orders: pd.DataFrame, tag: int, at: Ints, amount: Ints, order_id: pa.Array, line_id: LineIds
) -> pd.DataFrame:
    row, line = np.nonzero(amount)
    text = pd.ArrowDtype(pa.string())
    order = orders["order"].to_numpy()[row].astype(np.int64)
    return pd.DataFrame(
        {
            "order": order,
            "number": order * 1000 + (line + 1) * 100 + tag,
            "at_us": at[row, line],
            "tag": np.full(len(row), tag, dtype=np.int8),
            "amount_fen": amount[row, line],
            "order_id": pd.Series(order_id.take(pa.array(row)), dtype=text),
            "line_id": pd.Series(line_id(row, line + 1), dtype=text),
        }
    )
