"""Write a world: raw files in the platforms' formats, and the truth in a folder beside them."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from liveattr.errors import ParameterError
from liveattr.simulate.draw import make_world
from liveattr.simulate.effects import Detail
from liveattr.simulate.world import Interventions, World
from liveattr.simulate.writing import write_world

__all__ = ["WorldSummary", "simulate"]

_MARK = ".world.json"
_BYTES_A_PERSON_DAY = 260
"""[bytes] Measured on the demo as JSON lines, with room to spare; Parquet takes a quarter of it."""


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
    rows = write_world(
        world, raw, told, cast(Detail, world.parameters.size.truth if truth else "none")
    )
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
    if not (folder / _MARK).exists():
        for place in (folder, folder.with_name("truth")):
            if place.exists() and (not place.is_dir() or any(place.iterdir())):
                raise ParameterError(f"{place} holds files of something else; name another folder")
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


def _sign(raw: Path, preset: str, seed: int, world: World) -> None:
    facts = {
        "preset": preset,
        "seed": seed,
        "persons": world.real,
        "truth": world.parameters.size.truth,
    }
    (raw / _MARK).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
