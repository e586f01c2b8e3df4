"""Write a world: raw files in the platforms' formats, and the truth in a folder beside them."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

import duckdb
import numpy as np
import pandas as pd

from liveattr.errors import ParameterError
from liveattr.simulate.accounts import identifier_truth, make_identifiers
from liveattr.simulate.chronicle import Chapter, tell
from liveattr.simulate.costs import parcel_costs, sum_bills
from liveattr.simulate.draw import make_world
from liveattr.simulate.effects import Detail
from liveattr.simulate.knobs import describe_blocks
from liveattr.simulate.noise import clock_truth
from liveattr.simulate.planted import plant
from liveattr.simulate.planted_events import plant_events
from liveattr.simulate.story import Telling
from liveattr.simulate.templates import template_frames
from liveattr.simulate.world import CHANNELS, PLACES, Interventions, World
from liveattr.simulate.write import channels, douyin, events, hooks, people, youzan
from liveattr.simulate.write.templates import write_templates

__all__ = ["WorldSummary", "simulate"]

_MARK = ".world.json"
_BYTES_A_PERSON_DAY = 260
"""[bytes] Measured on the demo as JSON lines, with room to spare; Parquet takes a quarter of it."""
_ORDER_KINDS = ("wish", "brush", "test", "injected")
_PEOPLE_KINDS = ("person", "brush", "bot", "test")


@dataclass(frozen=True)
class WorldSummary:
    """What was written.

    Attributes
    ----------
    raw, truth
        Folders.
    events, orders
        Rows of the event files, orders in the order files.
    files, size_mb
        Number and size [MB] of the raw files.
    """

    raw: Path
    truth: Path
    preset: str
    seed: int
    persons: int
    days: int
    events: int
    orders: int
    files: int
    size_mb: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"world {self.preset!r}, seed {self.seed}: {self.persons:,} persons, {self.days} days\n"
            f"  {self.events:,} events, {self.orders:,} orders in {self.files} files "
            f"({self.size_mb:,.0f} MB) in {self.seconds:,.1f} s\n"
            f"  raw files: {self.raw}\n  truth, kept apart: {self.truth}"
        )


def simulate(
    out: str | Path,
    preset: str = "demo",
    *,
    seed: int = 7,
    values: Mapping[str, Any] | None = None,
    interventions: Interventions | None = None,
    truth: bool = True,
) -> WorldSummary:
    """Simulate a world and write it: `out/<format>/…`, and the truth to `truth/` beside `out`.

    Parameters
    ----------
    out
        Folder of raw files. An older world in it is replaced; anything else there is an error.
    preset
        `tiny` (200 persons, 60 days), `demo` (20,000 persons, 150 days), `medium` (500,000), `large`
        (5 million).
    seed
        The same seed, preset, values and version give the same bytes.
    values
        `block.parameter` → value; `describe_parameters` lists them.
    interventions
        Calendar, messages, orders and faults put in from outside.
    truth
        Whether the effects of channels, shows and broadcasts are worked out (most of the time).

    Returns
    -------
    WorldSummary
        What was written.

    Raises
    ------
    ParameterError
        If a preset, parameter or intervention is wrong, the folder holds something else, or the disk
        is too small.

    Notes
    -----
    Files that are there are worlds of chance: no real person, shop or order is in them.
    """
    begin, folder = time.perf_counter(), Path(out)
    world = make_world(preset, seed=seed, values=values, interventions=interventions)
    _make_room(folder, world)
    work = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(work, ignore_errors=True)
    raw, told = work / "raw", work / "truth"
    raw.mkdir(parents=True)
    told.mkdir()
    rows = _write(world, raw, told, cast(Detail, world.parameters.size.truth if truth else "none"))
    _sign(raw, preset, seed, world)
    for made, place in ((raw, folder), (told, folder.with_name("truth"))):
        shutil.rmtree(place, ignore_errors=True)
        made.rename(place)
    shutil.rmtree(work)
    files = [p for p in folder.rglob("*") if p.is_file() and p.name != _MARK]
    return WorldSummary(
        raw=folder,
        truth=folder.with_name("truth"),
        preset=preset,
        seed=seed,
        persons=world.real,
        days=world.parameters.size.days,
        events=rows["events"],
        orders=rows["orders"],
        files=len(files),
        size_mb=sum(p.stat().st_size for p in files) / 1e6,
        seconds=time.perf_counter() - begin,
    )


def _make_room(folder: Path, world: World) -> None:
    """Refuse to write over anything but a world, and on too small a disk."""
    if folder.name == "truth":
        raise ParameterError(f"{folder}: the truth goes there; name another folder, such as raw")
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise ParameterError(
            f"{folder} holds files that are no simulated world; name an empty folder"
        )
    size = world.parameters.size
    share = 1.0 if size.file_format == "jsonl" else 0.25
    need = int(size.persons * size.days * _BYTES_A_PERSON_DAY * share)
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    free = shutil.disk_usage(there).free
    if free < need:
        raise ParameterError(
            f"{there}: this world takes about {need / 1e9:,.1f} GB and {free / 1e9:,.1f} GB are free; "
            "make room, name another folder, or take a smaller preset"
        )


def _write(world: World, raw: Path, told: Path, detail: Detail) -> dict[str, int]:
    identifiers = make_identifiers(world)
    telling = Telling(world, detail)
    bills: list[pd.DataFrame] = []
    orders: list[pd.DataFrame] = []
    rows = {"events": 0, "orders": 0}
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
        for segment in telling.segments():
            chapter = tell(segment, world, identifiers)
            _write_chapter(con, chapter, world, identifiers, raw)
            bills.append(sum_bills(parcel_costs(chapter.segment.orders, world)))
            orders.append(_order_truth(chapter))
            rows["orders"] += len(chapter.segment.orders)
            rows["events"] += len(chapter.behaviour.live) + len(chapter.behaviour.mall)
        people.write_people(con, world, identifiers, raw)
    sheets = template_frames(world, pd.concat(bills, ignore_index=True), telling.book)
    write_templates(sheets, raw)
    facts = {
        "orders": pd.concat(orders, ignore_index=True),
        "identifiers": identifier_truth(world, identifiers),
        "planted": pd.concat([plant(world, raw), plant_events(world, raw)], ignore_index=True),
        "clocks": clock_truth(world),
        "faults": world.faults.drop(columns="sku"),
        "parameters": describe_blocks(world.parameters).astype(str),
        **_given(world),
        **_truth_tables(telling),
    }
    for name, frame in facts.items():
        frame.to_parquet(told / f"{name}.parquet", index=False)
    facts["planted"].to_csv(told / "planted.csv", index=False, lineterminator="\n")
    return rows


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


def _order_truth(chapter: Chapter) -> pd.DataFrame:
    """Return who placed each order, through what, and of what kind it is."""
    headers = chapter.orders.headers
    names = np.array([*CHANNELS, "direct"])
    return pd.DataFrame(
        {
            "platform": np.array(PLACES)[headers["place"].to_numpy()],
            "order_id": headers["order_id"].astype(str),
            "person": headers["person"].to_numpy(),
            "kind": np.array(_ORDER_KINDS)[headers["kind"].to_numpy()],
            "path": names[headers["path"].to_numpy()],
        }
    )


def _truth_tables(telling: Telling) -> dict[str, pd.DataFrame]:
    truth, world = telling.truth(), telling.world
    kind = np.array(_PEOPLE_KINDS)[world.people["kind"].to_numpy()]
    people_ = world.people.assign(kind=kind).reset_index()
    return {f.name: getattr(truth, f.name) for f in fields(truth)} | {"people": people_}


def _given(world: World) -> dict[str, pd.DataFrame]:
    """Return the interventions, each as the table that was given."""
    given = world.interventions
    found = {"messages": given.messages, "injected": given.orders}
    return {name: frame for name, frame in found.items() if frame is not None}


def _sign(raw: Path, preset: str, seed: int, world: World) -> None:
    facts = {
        "preset": preset,
        "seed": seed,
        "persons": world.real,
        "truth": world.parameters.size.truth,
    }
    (raw / _MARK).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
