"""Journeys for `attribution.py` and `attribution_coverage.py`: people with a taste and an intent.

A person has an intent (normal) and a favourite channel. Each journey is a walk over the channels by one
matrix, which goes to the favourite now and then; its length is geometric. It converts by a logistic law
of the channels it met and of the intent; money is lognormal and also grows with intent, and some of it
comes back. So journeys of one person are alike in length, channels, success and worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from liveattr.attribution import Paths

PART = 500_000
"""Journeys that are made at a time."""
LONGEST = 100
DAY_S = 86_400.0
COLUMNS = ("codes", "starts", "conversions", "value", "nulls", "person")
NAMES = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """Attributes: names; mean length of a journey; cumulated first and next channel; pull of each."""

    channels: tuple[str, ...]
    length: float
    first: Floats
    following: Floats
    pull: Floats
    favourite: float = 0.25
    chance: float = -2.2
    of_intent: float = 0.8


def make_world(n_channels: int, *, seed: int, length: float = 4.0) -> World:
    """Draw a world: few channels are frequent, some are followed by others, some do harm."""
    rng = np.random.default_rng(seed)
    names = NAMES if n_channels <= len(NAMES) else [f"channel {i:03}" for i in range(n_channels)]
    frequent = 1 / np.arange(1, n_channels + 1)
    frequent /= frequent.sum()
    following = rng.dirichlet(frequent * 12 + 0.05, n_channels)
    return World(
        channels=tuple(sorted(names[:n_channels])),
        length=length,
        first=np.cumsum(rng.permutation(frequent)),
        following=np.cumsum(following, axis=1),
        pull=rng.normal(0.25, 0.45, n_channels),
    )


def journeys(
    world: World, intent: Floats, favourite: Ints, person: Ints, rng: np.random.Generator
) -> Paths:
    """Walk one journey for each place of `intent`, `favourite` and `person`."""
    n, n_channels = len(person), len(world.channels)
    length = np.minimum(rng.geometric(1 / world.length, n), LONGEST)
    touches = np.zeros((n, int(length.max())), np.int32)
    steps = (world.following + np.arange(n_channels)[:, None]).ravel()
    alive = np.arange(n)
    for step in range(touches.shape[1]):
        alive = alive[length[alive] > step]
        u = rng.random(len(alive))
        if step == 0:
            drawn = np.searchsorted(world.first, u)
        else:
            before = touches[alive, step - 1]
            drawn = np.searchsorted(steps, before + u) - before * n_channels
        drawn = np.minimum(drawn, n_channels - 1)
        liked = rng.random(len(alive)) < world.favourite
        touches[alive, step] = np.where(liked, favourite[alive], drawn)
    inside = np.arange(touches.shape[1]) < length[:, None]
    codes = touches[inside]
    starts = np.append(0, np.cumsum(length))
    buys = rng.random(n) < _chance(world, codes, length, intent)
    worth = np.exp(rng.normal(4 + 0.3 * intent, 0.8)) * (rng.random(n) > 0.1)
    return Paths(
        channels=world.channels,
        codes=codes,
        starts=starts,
        conversions=buys,
        value=np.where(buys, worth.round(2), 0.0),
        nulls=~buys,
        person=person,
    )


def _chance(world: World, codes: NDArray[np.int32], length: Ints, intent: Floats) -> Floats:
    """Probability of a conversion, by the channels met (each once) and the intent."""
    row = np.repeat(np.arange(len(length)), length)
    met = np.unique(row * len(world.channels) + codes)
    channel = met % len(world.channels)
    pull = np.bincount(
        met // len(world.channels), weights=world.pull[channel], minlength=len(length)
    )
    return 1 / (1 + np.exp(-(world.chance + pull + world.of_intent * intent)))


def people(world: World, n: int, rng: np.random.Generator) -> Paths:
    """Draw `n` people with all their journeys, and the age of each touch."""
    intent = rng.normal(size=n)
    favourite = np.minimum(np.searchsorted(world.first, rng.random(n)), len(world.channels) - 1)
    times = 1 + rng.poisson(1.2 * np.exp(0.3 * intent))
    person = np.repeat(np.arange(n), times)
    found = journeys(world, intent[person], favourite[person], person, rng)
    gaps = rng.exponential(1.5 * DAY_S, len(found.codes))
    later = np.cumsum(gaps[::-1])[::-1]
    ends = np.append(later, 0.0)[found.starts[1:]]
    ages = later - np.repeat(ends, found.lengths)
    return Paths(
        **{name: getattr(found, name) for name in ("channels", *COLUMNS)}, age_s=np.maximum(ages, 0)
    )


# --- files for the clocks ------------------------------------------------------------------------


def parts(world: World, n: int, seed: int) -> Iterator[Paths]:
    """Make `n` journeys of people with some three each."""
    rng = np.random.default_rng(seed)
    for begin in range(0, n, PART):
        size = min(PART, n - begin)
        n_people = size // 3 + 1
        person = np.sort(rng.integers(0, n_people, size))
        intent = rng.normal(size=n_people)
        favourite = np.minimum(
            np.searchsorted(world.first, rng.random(n_people)), len(world.channels) - 1
        )
        found = journeys(world, intent[person], favourite[person], person, rng)
        yield found


def write_journeys(folder: Path, world: World, n: int, *, seed: int, texts: bool = True) -> None:
    """Write coded columns (`.npy`), the same as text (`raw.parquet`), and the distinct paths."""
    coded: dict[str, list[NDArray]] = {name: [] for name in COLUMNS}
    writer, n_touches, n_people = None, 0, 0
    for part in parts(world, n, seed):
        for name in COLUMNS:
            coded[name].append(getattr(part, name))
        coded["starts"][-1] = part.starts[1:] + n_touches
        coded["person"][-1] = part.person + n_people
        n_touches += len(part.codes)
        n_people = int(coded["person"][-1][-1]) + 1
        if texts:
            table = as_text(part)
            writer = writer or pq.ParquetWriter(folder / "raw.parquet", table.schema)
            writer.write_table(table)
    if writer:
        writer.close()
    coded["starts"].insert(0, np.zeros(1, np.int64))
    for name, arrays in coded.items():
        np.save(folder / f"{name}.npy", np.concatenate(arrays))
    (folder / "channels.txt").write_text("\n".join(world.channels))
    (folder / "size.txt").write_text(f"{n:,} journeys, {n_touches:,} touches")


def as_text(paths: Paths) -> pa.Table:
    names = pa.DictionaryArray.from_arrays(paths.codes, list(paths.channels)).cast(pa.string())
    lists = pa.ListArray.from_arrays(paths.starts.astype(np.int32), names)
    return pa.table(
        {
            "path": pc.binary_join(lists, " > "),
            "conversions": paths.conversions.astype(np.int64),
            "value": paths.value,
            "nulls": paths.nulls.astype(np.int64),
        }
    )


def write_distinct(folder: Path) -> int:
    """Write each path once with its totals; return how many there are."""
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT path, sum(conversions)::BIGINT AS conversions, round(sum(value), 2) AS "
            f"value, sum(nulls)::BIGINT AS nulls FROM read_parquet('{folder}/raw.parquet') "
            f"GROUP BY path ORDER BY path) TO '{folder}/distinct.parquet' (FORMAT parquet)"
        )
    return pq.ParquetFile(folder / "distinct.parquet").metadata.num_rows
