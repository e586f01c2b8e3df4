"""Dated faults of a SKU in the mall: the price, the page, the delivery, the stock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.simulate.knobs import Block, choice, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.world import MALL

if TYPE_CHECKING:
    from liveattr.simulate.parameters import Size

__all__ = ["FAULTS", "Faults", "draw_faults", "empty_shelf", "fault_strength", "raised_prices"]

FAULTS = ("price", "page", "logistics", "stock")
"""Price: dearer in the mall than in the room. Page: the mall's page is broken. Logistics: parcels
are late and come back. Stock: the mall cannot sell it. Price and page make visitors leave."""


ELASTICITY = 3.0


@dataclass(frozen=True)
class Faults(Block):
    """Faults that happen by themselves, where none are given as interventions."""

    count: int = knob(4, 0, 100, "number of faults in the world, kinds in turn")
    days: int = knob(14, 1, 365, "how long a fault lasts", unit="days")
    strength: float = knob(0.6, 0, 1, "share of buyers in the mall that it drives away")
    traces: str = choice(
        "hidden", ("hidden", "shown"), "shown: prices and counts of stock tell of faults, too"
    )


def draw_faults(
    seed: int, size: Size, goods: pd.DataFrame, block: Faults, given: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the faults: `merchant_sku, sku, kind, from_day, to_day (not included), strength`.

    Raises
    ------
    ParameterError
        If a given fault names an unknown SKU or kind, or a strength outside 0 to 1.
    """
    if given is not None:
        return _given(size, goods, given)
    count = block.count if block.on else 0
    number = np.arange(count)
    which, when, _, _ = cells(seed, "faults", number)
    popular = np.argsort(-goods["popularity"].to_numpy(), kind="stable")[:12]
    sku = popular[(which * len(popular)).astype(int)]
    span = max(1, size.days - size.burn_in_days - block.days)
    first = size.burn_in_days + (when * span).astype(int)
    return pd.DataFrame(
        {
            "merchant_sku": goods["merchant_sku"].to_numpy()[sku],
            "sku": sku,
            "kind": np.array(FAULTS)[number % len(FAULTS)],
            "from_day": first,
            "to_day": first + block.days,
            "strength": np.full(count, block.strength),
        }
    )


def _given(size: Size, goods: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    code = dict(zip(goods["merchant_sku"], goods.index, strict=True))
    for column, known in (("sku", list(code)), ("kind", list(FAULTS))):
        wrong = [v for v in given[column] if v not in known]
        if wrong:
            raise ParameterError(
                f"faults: {column} {wrong[0]!r} is not known; {', '.join(known[:12])}"
            )
    if not given["strength"].between(0, 1).all():
        raise ParameterError("faults: strength must be within 0 and 1")
    start = pd.Timestamp(size.start_on)
    return pd.DataFrame(
        {
            "merchant_sku": given["sku"].to_numpy(),
            "sku": given["sku"].map(code).to_numpy().astype(np.int64),
            "kind": given["kind"].to_numpy(),
            "from_day": (pd.to_datetime(given["from_on"]) - start).dt.days.to_numpy(),
            "to_day": (
                pd.to_datetime(given["to_on"]) - start + timedelta(days=1)
            ).dt.days.to_numpy(),
            "strength": given["strength"].to_numpy(dtype=float),
        }
    )


def fault_strength(faults: pd.DataFrame, skus: int, day: int) -> NDArray[np.float64]:
    """Return the strength of each kind of fault on a day, shape (kinds, SKUs)."""
    found = np.zeros((len(FAULTS), skus))
    now = faults[(faults["from_day"] <= day) & (faults["to_day"] > day)]
    for kind, sku, strength in zip(now["kind"], now["sku"], now["strength"], strict=True):
        row = FAULTS.index(kind)
        found[row, sku] = max(found[row, sku], strength)
    return found


def raised_prices(
    prices: NDArray[np.int64], faults: pd.DataFrame, block: Faults
) -> NDArray[np.int64]:
    """Return shelf prices (places, SKUs, days) with the mall's raised by price faults, if these are shown.

    By (1 - strength) ** (-1 / 3): what drives that share of buyers away at an elasticity of 3; whole yuan.
    """
    if block.traces == "hidden":
        return prices
    raised = prices.copy()
    for sku, first, end, strength in _spans(faults, "price"):
        factor = (1.0 - min(strength, 0.99)) ** (-1.0 / ELASTICITY)
        plain = raised[MALL, sku, first:end]
        raised[MALL, sku, first:end] = (plain * factor / 100).round() * 100
    return raised


def empty_shelf(
    seed: int, sku: NDArray[np.int64], day: NDArray[np.int64], faults: pd.DataFrame
) -> NDArray[np.bool_]:
    """Return which counts (a SKU and day each) find nothing to sell: during a stock fault, with its strength."""
    gone = np.zeros(len(sku), dtype=np.bool_)
    for code, first, end, strength in _spans(faults, "stock"):
        during = (sku == code) & (day >= first) & (day < end)
        gone |= during & (cells(seed, "empty shelf", sku, day)[0] < strength)
    return gone


def _spans(faults: pd.DataFrame, kind: str) -> list[tuple[int, int, int, float]]:
    """Return SKU, first day, day after the last, and strength of the faults of a kind."""
    mine = faults[faults["kind"] == kind]
    columns = (mine[name].tolist() for name in ("sku", "from_day", "to_day", "strength"))
    return list(zip(*columns, strict=True))
