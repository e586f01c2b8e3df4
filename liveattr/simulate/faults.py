"""Dated faults of a SKU in the mall: the price, the page, the delivery, the stock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells

if TYPE_CHECKING:
    from liveattr.simulate.parameters import Size

__all__ = ["FAULTS", "Faults", "draw_faults", "fault_strength"]

FAULTS = ("price", "page", "logistics", "stock")
"""Price: dearer in the mall than in the room. Page: the mall's page is broken. Logistics: parcels
are late and come back. Stock: the mall cannot sell it. Price and page make visitors leave."""


@dataclass(frozen=True)
class Faults(Block):
    """Faults that happen by themselves, where none are given as interventions."""

    count: int = knob(4, 0, 100, "number of faults in the world, kinds in turn")
    days: int = knob(14, 1, 365, "how long a fault lasts", unit="days")
    strength: float = knob(0.6, 0, 1, "share of buyers in the mall that it drives away")


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
