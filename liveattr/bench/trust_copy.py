"""A throw-away copy of a lake with planted broadcasts, and what the whole pipeline makes of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.bench.trust_read import read_credited
from liveattr.lake import open_lake
from liveattr.lake.scratch import new_scratch
from liveattr.settings import Settings
from liveattr.tables import TABLES, get_table

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["Told", "lake_copy", "tell_of"]

_LIFTS = """
SELECT subject, gross, gross_low, gross_high, level FROM lift
WHERE as_of = $as_of AND subject_kind = 'broadcast' AND starts_with(subject, 'trust_') AND chosen
ORDER BY subject"""

_READ_BY_CREDIT = ("credit", "order_line", "broadcast")


@dataclass(frozen=True)
class Told:
    """What the pipeline says of planted broadcasts.

    Attributes
    ----------
    lifts : pandas.DataFrame
        `subject, gross, gross_low, gross_high, level`.
    credited
        Orders placed in their rooms that credit gives to them.
    """

    lifts: pd.DataFrame
    credited: float


@contextmanager
def lake_copy(lake: Lake) -> Iterator[Lake]:
    """Lend a copy of a lake; it is gone after the block, and nothing of it reaches the lake.

    Files of rows are never changed by anybody, so they are linked where the disk allows it and take no
    room; the logs, which grow, are copied. The history of runs stays behind: all stages run.
    """
    folder = new_scratch(lake.path)
    try:
        for name in TABLES:
            if name != "run" and (lake.path / name).is_dir():
                shutil.copytree(lake.path / name, folder / name, copy_function=_link)
        yield open_lake(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _link(source: str, target: str) -> None:
    path = Path(source)
    if path.suffix != ".parquet" or "_delta_log" in path.parts:
        shutil.copy2(source, target)
        return
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copy2(source, target)


def tell_of(
    copy: Lake, rows: Mapping[str, pd.DataFrame], *, as_of: date, settings: Settings
) -> Told:
    """Append rows to a copy, run every stage up to the lift, and return what they say.

    Parameters
    ----------
    copy
        A lake that may be changed.
    rows
        Table → rows to append, see `plant_broadcasts`.
    as_of, settings
        As for the stages.

    Raises
    ------
    ConsentError
        If people may not be resolved: no impact assessment is in force.
    """
    from liveattr.attribution import attribute
    from liveattr.identity import resolve
    from liveattr.incrementality import measure_lift
    from liveattr.journeys import build_journeys
    from liveattr.profit import settle

    for name, frame in rows.items():
        full = frame.reindex(columns=list(get_table(name).names))
        copy.write(name, full, mode="append")
    resolve(copy)
    build_journeys(copy, settings=settings)
    rule = settings.share_rule
    attribute(copy, as_of=as_of, models=(rule,), grain=("campaign",), settings=settings)
    settle(copy, as_of=as_of, rule=rule, settings=settings)
    measure_lift(copy, as_of=as_of, settings=settings)
    with copy.connect(_READ_BY_CREDIT) as con:
        credited = read_credited(con, rule)
    return Told(copy.sql(_LIFTS, as_of=as_of), credited)
