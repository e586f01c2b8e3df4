"""What viewers say of each room and broadcast, ready to be pooled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.incrementality.pooled import NOBODY, Viewers
from liveattr.incrementality.shop_days import ShopDays

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.settings import Settings

__all__ = ["read_viewers"]


def read_viewers(
    con: DuckDBPyConnection, days: ShopDays, since: int, settings: Settings
) -> Viewers:
    """Return what viewers say; `NOBODY` where no platform shows them."""
    return NOBODY
