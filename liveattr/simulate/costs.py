"""What the brand pays besides the platform's fees: shows, crews, samples, and the carrier's bills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.coupons import price_lines
from liveattr.simulate.fates import RETURN, draw_fates
from liveattr.simulate.fees import charge
from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.world import DAY_US, KOL, OWN, SECOND, World

__all__ = ["Costs", "bill_rows", "broadcast_costs", "parcel_costs", "sum_bills"]

_NF = "ours; no public norm was found"
_HOUR_US = 3_600_000_000
_ZONE_US = 8 * _HOUR_US
_NONE = (
    "slot_fee",
    "crew",
    "samples",
    "gifts",
    "agency_fee",
    "plugin",
    "write_off",
    "compensation",
)


@dataclass(frozen=True)
class Costs(Block):
    """Fixed costs of broadcasts; they grow with the size of the brand's public."""

    slot_fee_fen: float = knob(
        30, 0, 10**6, "slot fee of a show, for each person of the world", unit="fen", source=_NF
    )
    kol_samples_fen: float = knob(
        2, 0, 10**6, "samples of a show, for each person", unit="fen", source=_NF
    )
    own_crew_fen: float = knob(
        4,
        0,
        10**6,
        "host, crew and studio of an own broadcast, for each person",
        unit="fen",
        source=_NF,
    )
    second_crew_fen: float = knob(
        2.5, 0, 10**6, "… of a broadcast of the second room", unit="fen", source=_NF
    )
    own_samples_fen: float = knob(
        0.4, 0, 10**6, "samples of an own broadcast, for each person", unit="fen", source=_NF
    )


def broadcast_costs(world: World) -> pd.DataFrame:
    """Return the costs of broadcasts and, as 0, those that a campaign does not have.

    Returns
    -------
    pandas.DataFrame
        `cost_id, campaign_id, broadcast_id (or None), line, amount_fen, incurred_us`: of broadcasts
        that began before the end of the files.
    """
    block, people = world.parameters.costs, world.real
    held = world.calendar[world.calendar["start_us"] < world.end_us]
    fixed = {
        (KOL, "slot_fee"): block.slot_fee_fen,
        (KOL, "samples"): block.kol_samples_fen,
        (OWN, "crew"): block.own_crew_fen,
        (OWN, "samples"): block.own_samples_fen,
        (SECOND, "crew"): block.second_crew_fen,
        (SECOND, "samples"): block.own_samples_fen,
    }
    parts = []
    for (channel, line), each in fixed.items():
        mine = held[held["channel"] == channel]
        amount = round(each * people) if block.on else 0
        parts.append(_rows(mine, line, np.full(len(mine), amount), mine["start_us"]))
    first = held.drop_duplicates("campaign_id")
    for line in _NONE:
        without = first[[(int(c), line) not in fixed for c in first["channel"]]]
        nothing = _rows(without, line, np.zeros(len(without)), without["start_us"])
        parts.append(
            nothing.assign(broadcast_id=None, cost_id="C-" + without["campaign_id"] + "-" + line)
        )
    return pd.concat(parts, ignore_index=True)


def _rows(
    held: pd.DataFrame, line: str, amount: NDArray[np.generic], at: pd.Series
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cost_id": "C-" + held["broadcast_id"] + "-" + line,
            "campaign_id": held["campaign_id"],
            "broadcast_id": held["broadcast_id"],
            "line": line,
            "amount_fen": amount.astype(np.int64),
            "incurred_us": at.to_numpy(dtype=np.int64),
        }
    )


def parcel_costs(orders: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return the carrier's and the cashier's monthly bills for orders placed through broadcasts.

    Parameters
    ----------
    orders
        As `Segment.orders`.

    Returns
    -------
    pandas.DataFrame
        `campaign_id, line (freight_out, packing, return_freight, payment_fee), month, amount_fen`:
        what happened before the end of the files, to be summed over segments.
    """
    mine = orders[orders["broadcast"] >= 0].reset_index(drop=True)
    lines = price_lines(mine, world)
    fate = draw_fates(mine, lines, world)
    fees = charge(mine, lines, fate, world)
    campaign = world.calendar["campaign_id"].to_numpy()[mine["broadcast"].to_numpy()]
    back = np.where(fate.claim == RETURN, fate.done_us, 0).max(axis=1, initial=0)
    found = [
        _bill(campaign, "freight_out", fees.freight, fate.shipped_us, world),
        _bill(campaign, "packing", fees.packing, fate.shipped_us, world),
        _bill(campaign, "return_freight", fees.return_freight, back, world),
        _bill(campaign, "payment_fee", fees.payment, fate.paid_us, world),
    ]
    return sum_bills(pd.concat(found, ignore_index=True))


def _bill(campaign, line: str, fen, at_us, world: World) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    due = (fen > 0) & (at_us < world.end_us)
    local = pd.to_datetime(at_us[due] + _ZONE_US, unit="us")
    return pd.DataFrame(
        {
            "campaign_id": campaign[due],
            "line": line,
            "month": local.strftime("%Y-%m"),
            "amount_fen": fen[due].astype(np.int64),
        }
    )


def sum_bills(bills: pd.DataFrame) -> pd.DataFrame:
    """Add up bills of the same campaign, line and month."""
    keys = ["campaign_id", "line", "month"]
    return bills.groupby(keys, sort=True)[["amount_fen"]].sum().reset_index()


def bill_rows(bills: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return summed bills as rows of costs, due on the last evening of their month."""
    last = pd.to_datetime(bills["month"] + "-01") + pd.offsets.MonthEnd(0)
    at = last.astype("datetime64[us]").astype(np.int64) - _ZONE_US + DAY_US - _HOUR_US
    return pd.DataFrame(
        {
            "cost_id": "B-" + bills["campaign_id"] + "-" + bills["month"] + "-" + bills["line"],
            "campaign_id": bills["campaign_id"],
            "broadcast_id": None,
            "line": bills["line"],
            "amount_fen": bills["amount_fen"],
            "incurred_us": np.minimum(at.to_numpy(), world.end_us - _HOUR_US),
        }
    )
