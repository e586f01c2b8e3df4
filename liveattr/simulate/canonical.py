"""The canonical tables of a world, without the way through files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pandas as pd

from liveattr.simulate.accounts import make_identifiers
from liveattr.simulate.canonical_events import event_frames
from liveattr.simulate.canonical_orders import order_frames
from liveattr.simulate.chronicle import tell
from liveattr.simulate.costs import parcel_costs
from liveattr.simulate.templates import StockBook, template_frames
from liveattr.simulate.world import Segment, World

__all__ = ["canonical_frames"]

_WHOLE = ("consent_act", "test_account", "tracked_link")
"""Tables of the whole world that come with each segment."""


def canonical_frames(
    world: World, segments: Sequence[Segment], book: StockBook
) -> dict[str, pd.DataFrame]:
    """Return what an ingest of the world's files would put into the lake.

    Parameters
    ----------
    world, segments
        A world that was lived through.
    book
        Its counts of stock.

    Returns
    -------
    dict of str to pandas.DataFrame
        Table → rows. Token columns hold "kind:value", the text under the HMAC; `source, ingest_id,
        source_row` are absent.
    """
    identifiers = make_identifiers(world)
    parts: dict[str, list[pd.DataFrame]] = defaultdict(list)
    bills = []
    for segment in segments:
        chapter = tell(segment, world, identifiers)
        bills.append(parcel_costs(chapter.segment.orders, world))
        found = order_frames(chapter.orders, world, identifiers)
        found |= event_frames(chapter.behaviour, world, identifiers)
        for name, frame in found.items():
            parts[name].append(frame)
    tables = {name: _joined(name, frames) for name, frames in parts.items()}
    return tables | template_frames(world, pd.concat(bills, ignore_index=True), book)


def _joined(name: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Join the parts of a table; what every segment repeats stands once."""
    whole = [f for f in frames if len(f)] or frames[:1]
    return whole[0] if name in _WHOLE else pd.concat(whole, ignore_index=True)
