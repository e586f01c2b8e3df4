"""Live through a world and write it segment by segment, while the next ones are lived and told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from liveattr.simulate.accounts import make_identifiers
from liveattr.simulate.chronicle import Chapter, tell
from liveattr.simulate.costs import parcel_costs, sum_bills
from liveattr.simulate.effects import Detail
from liveattr.simulate.knobs import describe_blocks
from liveattr.simulate.noise import clock_truth
from liveattr.simulate.planted import plant
from liveattr.simulate.planted_events import plant_events
from liveattr.simulate.story import Telling
from liveattr.simulate.templates import template_frames
from liveattr.simulate.world import World
from liveattr.simulate.write import channels, douyin, events, hooks, people, youzan
from liveattr.simulate.write.templates import write_templates
from liveattr.simulate.write.truth import order_truth, people_truth, write_frame, write_ownership

__all__ = ["write_world"]

_T = TypeVar("_T")


def write_world(world: World, raw: Path, told: Path, detail: Detail) -> dict[str, int]:
    """Write raw files below `raw` and the truth below `told`; returns `events` and `orders` written.

    One thread lives and tells, another one writes the segment before: no byte depends on it.
    """
    identifiers = make_identifiers(world)
    telling = Telling(world, detail)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
        scribe = _Scribe(con, world, identifiers, raw, told)
        told_of = (tell(segment, world, identifiers) for segment in telling.segments())
        for chapter in _ahead(told_of):
            scribe(chapter)
        scribe.close()
        people.write_people(con, world, identifiers, raw)
    write_ownership(world, identifiers, told / "identifiers.parquet")
    write_templates(template_frames(world, scribe.bills, telling.book), raw)
    planted = pd.concat([plant(world, raw), plant_events(world, raw)], ignore_index=True)
    planted.to_csv(told / "planted.csv", index=False, lineterminator="\n")
    facts = {
        "clocks": clock_truth(world),
        "faults": world.faults.drop(columns="sku"),
        "parameters": describe_blocks(world.parameters).astype(str),
        "people": people_truth(world),
        **_given(world),
        **_truth_tables(telling),
    }
    for name, frame in facts.items():
        write_frame(frame, told / f"{name}.parquet")
    return {"events": scribe.events, "orders": scribe.orders}


class _Scribe:
    """Writes one segment after the other."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        world: World,
        identifiers: pd.DataFrame,
        raw: Path,
        told: Path,
    ) -> None:
        self._con, self._world, self._identifiers, self._raw = con, world, identifiers, raw
        self._truth = told / "orders.parquet"
        self._writer: pq.ParquetWriter | None = None
        self.bills = pd.DataFrame({"campaign_id": [], "line": [], "month": [], "amount_fen": []})
        self.events = self.orders = 0

    def __call__(self, chapter: Chapter) -> None:
        _write_chapter(self._con, chapter, self._world, self._identifiers, self._raw)
        bills = parcel_costs(chapter.segment.orders, self._world)
        self.bills = sum_bills(pd.concat([self.bills, bills]) if len(self.bills) else bills)
        table = pa.Table.from_pandas(order_truth(chapter.orders), preserve_index=False)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._truth, table.schema)
        self._writer.write_table(table)
        self.orders += len(chapter.segment.orders)
        self.events += len(chapter.behaviour.live) + len(chapter.behaviour.mall)
        pa.default_memory_pool().release_unused()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _ahead(items: Iterator[_T]) -> Iterator[_T]:
    """Yield items; while one of them is at work, the next one is made in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def _write_chapter(
    con: duckdb.DuckDBPyConnection,
    chapter: Chapter,
    world: World,
    identifiers: pd.DataFrame,
    raw: Path,
) -> None:
    number = chapter.segment.number
    for shop in (douyin, channels, youzan, hooks):
        shop.write_segment(con, chapter.orders, world, identifiers, raw, number)
    events.write_segment(con, chapter.behaviour, world, raw, number)


def _truth_tables(telling: Telling) -> dict[str, pd.DataFrame]:
    truth = telling.truth()
    return {f.name: getattr(truth, f.name) for f in fields(truth)}


def _given(world: World) -> dict[str, pd.DataFrame]:
    """Return the interventions, each as the table that was given."""
    given = world.interventions
    found = {"messages": given.messages, "injected": given.orders}
    return {name: frame for name, frame in found.items() if frame is not None}
