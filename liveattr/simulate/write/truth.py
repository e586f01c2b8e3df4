"""Files of the truth, as Parquet; big ones in slices of persons or segments, never all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from liveattr.simulate.ownership import OWNERSHIP, identifier_truth
from liveattr.simulate.world import CHANNELS, PLACES

if TYPE_CHECKING:
    from pathlib import Path

    from liveattr.simulate.order_life import Orders
    from liveattr.simulate.world import World

__all__ = ["order_truth", "people_truth", "write_frame", "write_ownership"]

_ORDER_KINDS = ("wish", "brush", "test", "injected")
_PEOPLE_KINDS = ("person", "brush", "bot", "test")
_SLICE = 200_000
"""[persons] Whose identifiers are in memory a second time while their truth is written."""


def write_ownership(world: World, identifiers: pd.DataFrame, path: Path) -> None:
    """Write the truth of identifiers: slices of persons, each as `identifier_truth` gives it."""
    with pq.ParquetWriter(path, OWNERSHIP, use_dictionary=["kind"]) as writer:
        for first in range(0, len(identifiers), _SLICE):
            writer.write_table(identifier_truth(world, identifiers, first, first + _SLICE))


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame without its index."""
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)


def people_truth(world: World) -> pd.DataFrame:
    """Return `World.people` with the person's number, and words for the kinds."""
    kind = _words(_PEOPLE_KINDS, world.people["kind"])
    return world.people.assign(kind=kind).reset_index()


def order_truth(orders: Orders) -> pd.DataFrame:
    """Return who placed each order, through what, and of what kind it is."""
    headers = orders.headers
    return pd.DataFrame(
        {
            "platform": _words(PLACES, headers["place"]),
            "order_id": headers["order_id"],
            "person": headers["person"],
            "kind": _words(_ORDER_KINDS, headers["kind"]),
            "path": _words((*CHANNELS, "direct"), headers["path"]),
        }
    )


def _words(words: tuple[str, ...], codes: pd.Series) -> pd.Categorical:
    return pd.Categorical.from_codes(codes.to_numpy(), pd.Index(words))  # type: ignore[arg-type]
