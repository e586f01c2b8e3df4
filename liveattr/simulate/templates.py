"""The sheets that the brand fills in by itself, as canonical tables: broadcasts, goods, costs, stock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.costs import bill_rows, broadcast_costs, sum_bills
from liveattr.simulate.faults import empty_shelf
from liveattr.simulate.world import DAY_US, PLACES, World

if TYPE_CHECKING:
    from liveattr.simulate.course import Course, Wishes
    from liveattr.simulate.plan import Draws

__all__ = ["StockBook", "template_frames"]

_TITLES = {"own": "官方直播间", "second": "视频号直播间", "kol": "达人专场"}
_EIGHT_US = 8 * 3_600_000_000
_MINUTE_US = 60_000_000
_EARLY_US = 1_420_041_600_000_000
"""[µs] 2015-01-01 00:00 in Asia/Shanghai: a code that was always so."""


@dataclass
class StockBook:
    """Looks on and counts the stock each seventh morning; keeps the orders to the factory.

    Where faults are shown, goods with a stock fault are counted each morning until the one after it.
    """

    counted: list[pd.DataFrame] = field(default_factory=list)
    ordered: list[pd.DataFrame] = field(default_factory=list)

    def before(self, day: int, course: Course) -> None:
        """Count before the shops open."""
        if day >= course.plan.parameters.size.days:
            return
        sku = np.arange(len(course.on_hand))
        if day % 7:
            sku = _looked_at(course.plan.world, day)
        if len(sku):
            on_hand = course.on_hand[sku]
            self.counted.append(pd.DataFrame({"sku": sku, "day": day, "on_hand": on_hand}))

    def after(self, day: int, course: Course, draws: Draws, wishes: Wishes) -> None:
        """Note what was ordered today."""
        sku = np.flatnonzero(course.asked)
        if day < course.plan.parameters.size.days and len(sku):
            self.ordered.append(pd.DataFrame({"sku": sku, "day": day, "qty": course.asked[sku]}))


def template_frames(world: World, bills: pd.DataFrame, book: StockBook) -> dict[str, pd.DataFrame]:
    """Return the tables of the sheets that a brand fills in.

    Parameters
    ----------
    world
        The world.
    bills
        `costs.parcel_costs` of all segments.
    book
        Counts and orders of the factual course.

    Returns
    -------
    dict of str to pandas.DataFrame
        `campaign, broadcast, broadcast_plan, campaign_cost, product, sku_map, sku_cogs,
        stock_snapshot, supply_terms, purchase_order`, with the columns of the lake's tables.
    """
    goods = world.goods
    return {
        **_broadcasts(world),
        "campaign_cost": _costs(world, bills),
        "product": _products(world),
        "sku_map": _sku_map(goods),
        "sku_cogs": pd.DataFrame(
            {
                "merchant_sku": goods["merchant_sku"],
                "valid_from_on": world.parameters.size.start_on.replace(year=2025, day=1),
                "cogs_fen": goods["cogs_fen"],
            }
        ),
        "stock_snapshot": _counts(world, book),
        "supply_terms": _terms(world),
        "purchase_order": _purchase_orders(world, book),
    }


def at(us: pd.Series | NDArray[np.int64]) -> pd.Series:
    """Return moments [µs, UTC] as timestamps."""
    return pd.Series(pd.to_datetime(np.asarray(us, dtype=np.int64), unit="us", utc=True))


def _broadcasts(world: World) -> dict[str, pd.DataFrame]:
    held = world.calendar[world.calendar["start_us"] < world.end_us]
    frame = held.reset_index(drop=True)
    start = at(frame["start_us"])
    broadcast = frame[
        ["broadcast_id", "campaign_id", "platform", "platform_room_id", "host_id", "account_id"]
    ].copy()
    broadcast["start_at"], broadcast["end_at"] = start, at(frame["end_us"])
    broadcast["business_on"] = pd.to_datetime(frame["start_us"] + _EIGHT_US, unit="us").dt.date
    broadcast["title"], broadcast["source_code"] = frame["title"], frame["source_code"]
    whole = broadcast.assign(kind=frame["campaign_kind"]).groupby("campaign_id", sort=True)
    campaign = whole.agg(
        kind=("kind", "first"), start_at=("start_at", "min"), end_at=("end_at", "max")
    ).reset_index()
    room, when = (
        campaign["campaign_id"].str.split("_", n=1).str[0],
        campaign["campaign_id"].str.split("_", n=1).str[1],
    )
    campaign.insert(2, "title", room.map(_TITLES) + " " + when)
    campaign["currency"] = "CNY"
    slots = world.slots[world.slots["broadcast"].isin(held.index)].reset_index(drop=True)
    plan = pd.DataFrame(
        {
            "broadcast_id": held["broadcast_id"].reindex(slots["broadcast"]).to_numpy(),
            "sku_id": world.goods["merchant_sku"].to_numpy()[slots["sku"]],
            "state": "held",
            "slot": slots["slot"].astype(np.int32),
            "minutes": slots["minutes"].astype(float),
            "price_fen": slots["price_fen"],
            "coupon": None,
        }
    )
    return {"campaign": campaign, "broadcast": broadcast, "broadcast_plan": plan}


def _costs(world: World, bills: pd.DataFrame) -> pd.DataFrame:
    rows = pd.concat(
        [broadcast_costs(world), bill_rows(sum_bills(bills), world)], ignore_index=True
    )
    rows["incurred_at"] = at(rows.pop("incurred_us"))
    return rows.assign(note=None).sort_values("cost_id", ignore_index=True)


def _products(world: World) -> pd.DataFrame:
    goods = world.goods
    launched = pd.Timestamp(world.parameters.size.start_on) + pd.to_timedelta(
        goods["launched_day"].astype(int), unit="D"
    )
    band = pd.cut(goods["price_fen"], [0, 9_900, 19_900, 10**9], labels=["0-99", "100-199", "200+"])
    return pd.DataFrame(
        {
            **{c: goods[c] for c in ("merchant_sku", "name", "spec", "category", "brand")},
            "price_band": band.astype(str),
            "launched_on": launched.dt.date,
        }
    )


def _sku_map(goods: pd.DataFrame) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "platform": place,
                "platform_sku_id": goods[f"sku_{place}"],
                "valid_from_at": at(np.full(len(goods), _EARLY_US)),
                "merchant_sku": goods["merchant_sku"],
                "confidence": 1.0,
                "approved_by": "供应链",
            }
        )
        for place in PLACES
    ]
    return pd.concat(parts, ignore_index=True)


def _looked_at(world: World, day: int) -> NDArray[np.int64]:
    """Return the SKUs that are counted although it is not the day for it."""
    if world.parameters.faults.traces == "hidden":
        return np.zeros(0, dtype=np.int64)
    faults = world.faults[world.faults["kind"] == "stock"]
    now = faults[(faults["from_day"] <= day) & (day <= faults["to_day"])]
    return np.unique(now["sku"].to_numpy().astype(np.int64))


def _counts(world: World, book: StockBook) -> pd.DataFrame:
    rows = pd.concat(book.counted, ignore_index=True)
    if world.parameters.faults.traces == "shown":
        gone = empty_shelf(world.seed, rows["sku"].to_numpy(), rows["day"].to_numpy(), world.faults)
        rows["on_hand"] = rows["on_hand"].mask(gone, 0)
    morning = world.start_us + rows["day"] * DAY_US + 6 * 60 * _MINUTE_US
    return pd.DataFrame(
        {
            "merchant_sku": world.goods["merchant_sku"].to_numpy()[rows["sku"]],
            "warehouse": "main",
            "captured_at": at(morning),
            "on_hand": rows["on_hand"],
            "reserved": 0,
            "in_stock": rows["on_hand"] > 0,
        }
    )


def _terms(world: World) -> pd.DataFrame:
    block, goods = world.parameters.stock, world.goods
    return pd.DataFrame(
        {
            "merchant_sku": goods["merchant_sku"],
            "supplier_id": "S-01",
            "lead_time_days": float(block.lead_days),
            "review_days": float(block.review_days),
            "pack": 1,
            "moq": 0,
            "min_order_fen": 0,
            "shelf_life_days": 1095.0,
            "unit_cost_fen": goods["cogs_fen"],
        }
    )


def _purchase_orders(world: World, book: StockBook) -> pd.DataFrame:
    names = {"sku": int, "day": int, "qty": int}
    rows = (
        pd.concat(book.ordered, ignore_index=True)
        if book.ordered
        else pd.DataFrame(columns=list(names)).astype(names)
    )
    lead, start = world.parameters.stock.lead_days, pd.Timestamp(world.parameters.size.start_on)
    ordered = start + pd.to_timedelta(rows["day"], unit="D")
    eta = start + pd.to_timedelta(rows["day"] + lead, unit="D")
    there = rows["day"] + lead < world.parameters.size.days
    return pd.DataFrame(
        {
            "po_id": "PO-" + ordered.dt.strftime("%Y%m%d"),
            "merchant_sku": world.goods["merchant_sku"].to_numpy()[rows["sku"].astype(int)],
            "qty": rows["qty"],
            "ordered_on": ordered.dt.date,
            "eta_on": eta.dt.date,
            "received_qty": np.where(there, rows["qty"], 0),
        }
    )
