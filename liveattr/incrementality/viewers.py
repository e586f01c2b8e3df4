"""What viewers say of each room and broadcast, ready to be pooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import MissingDataError
from liveattr.incrementality.exposure_effect import fit_hazard
from liveattr.incrementality.order_split import room_orders, split_orders
from liveattr.incrementality.panel import PersonDays, read_panel
from liveattr.incrementality.pooled import NOBODY, Viewers
from liveattr.incrementality.series import FEW_DAYS
from liveattr.incrementality.shop_days import ShopDays

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.settings import Settings

__all__ = ["FEW_PEOPLE", "Known", "read_people", "viewers_of"]

FEW_PEOPLE = 200
"""[people] Linked; of fewer no model is fitted."""
FEW_ORDERS = 200
"""[orders] Of linked people; of fewer neither."""
LEAST = 0.5
"""[orders] Smallest effect of a room that viewers may tell."""


@dataclass(frozen=True)
class Known:
    """People who are known on both sides, and what became of their orders.

    Attributes
    ----------
    panel
        Their days.
    viewers
        What their watching says.
    split
        As `split_orders` returns.
    """

    panel: PersonDays
    viewers: Viewers
    split: pd.DataFrame


def read_people(
    con: DuckDBPyConnection, days: ShopDays, *, since: int, settings: Settings, draws: int = 4000
) -> Known | None:
    """Return what is known of viewers; None where there are too few people or days to say anything.

    Parameters
    ----------
    con
        Connection as for `read_panel`.
    days, since
        The shop, and from which day on broadcasts are told.
    settings
        Zone and seed.
    draws
        Of the effects.
    """
    if days.days < FEW_DAYS:
        return None
    try:
        panel = read_panel(con, days.first_on, days.days, zone=settings.zone)
    except MissingDataError:
        return None
    if panel.people < FEW_PEOPLE or len(panel.order_day) < FEW_ORDERS:
        return None
    if not panel.rooms:
        return Known(panel, NOBODY, pd.DataFrame())
    fit = fit_hazard(panel, draws=draws, seed=settings.lift_seed)
    split, effects = split_orders(fit, panel, since=since), room_orders(fit, panel, since=since)
    return Known(panel, viewers_of(con, panel, split, effects, fit.hazard_ratio), split)


def viewers_of(
    con: DuckDBPyConnection,
    panel: PersonDays,
    split: pd.DataFrame,
    effects: NDArray[np.float64],
    hazard_ratio: dict[str, float],
) -> Viewers:
    """Put what the hazard found into the form in which it is pooled.

    Notes
    -----
    Effects below `LEAST` become that: the bias of viewers is a factor, and nothing times a factor is
    nothing.
    """
    by_broadcast = split.groupby("broadcast_id")["weight"].sum()
    names = con.sql("SELECT order_key, value FROM order_code WHERE order_key IS NOT NULL").df()
    value = (
        split["order_key"].map(names.set_index("order_key")["value"]).str.split("\t", expand=True)
    )
    parts = {"platform": value[0], "shop_id": value[1], "order_id": value[2]}
    names_of = np.array(panel.broadcasts, dtype=object)
    return Viewers(
        rooms=panel.rooms,
        effects=effects.clip(min=LEAST),
        by_broadcast={str(name): float(n) for name, n in by_broadcast.items()},
        hazard_ratio=hazard_ratio,
        seen=pd.DataFrame(
            {"broadcast_id": names_of[panel.seen_broadcast], "person": panel.seen_person}
        ),
        orders=split[["broadcast_id", "weight"]].assign(**parts),
    )
