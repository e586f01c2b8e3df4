"""Single broadcasts of the demo world, on demand: a second lake where each is a campaign of its own.

In the world's lake a month of a daily room is one campaign, so that an operator reads one page a month.
The statement of one evening asks for other shares of the same orders. So the lake is copied, every
broadcast becomes its own campaign, and the stages after the ingest run there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from liveattr.demo.truth import STAMP, write_known_truth
from liveattr.demo.world import empty_lake, is_made_from, mark
from liveattr.errors import MissingDataError, ParameterError, did_you_mean
from liveattr.lake import Lake, Summary, open_lake
from liveattr.pipeline import stages
from liveattr.settings import FILE_NAME, load_settings
from liveattr.tables import get_table

__all__ = ["check_broadcasts", "single_stages", "singles_of"]

_DERIVED = ("Results", "Working layers")

_BROADCAST = "SELECT * REPLACE (broadcast_id AS campaign_id) FROM broadcast"

_CAMPAIGN = """
    SELECT b.broadcast_id AS campaign_id, 'broadcast' AS kind, b.title, b.start_at, b.end_at,
           c.currency, b.source, b.ingest_id, b.source_row
    FROM broadcast AS b LEFT JOIN campaign AS c ON c.campaign_id = b.campaign_id
"""

_COST = """
    SELECT c.* REPLACE (coalesce(c.broadcast_id, alone.broadcast_id) AS campaign_id)
    FROM campaign_cost AS c
    LEFT JOIN (SELECT campaign_id, min(broadcast_id) AS broadcast_id FROM broadcast
               GROUP BY campaign_id HAVING count(*) = 1) AS alone
      ON alone.campaign_id = c.campaign_id
    WHERE coalesce(c.broadcast_id, alone.broadcast_id) IS NOT NULL
"""


def check_broadcasts(lake: Lake, names: Sequence[str]) -> None:
    """Refuse a broadcast that the world does not have.

    Raises
    ------
    ParameterError
        With the nearest one.
    MissingDataError
        If there is no world yet.
    """
    known = set(lake.sql("SELECT broadcast_id FROM broadcast")["broadcast_id"])
    if not known:
        raise MissingDataError("there is no demo world yet; `liveattr demo world` makes it")
    for name in names:
        if name not in known:
            raise ParameterError(f"there is no broadcast {name!r}; {did_you_mean(name, known)}")


def singles_of(folder: str | Path) -> Lake:
    """Open the lake in which each broadcast of a world is a campaign; it may be empty yet."""
    return open_lake(Path(folder) / "singles" / "lake")


def single_stages(folder: str | Path) -> Iterator[Summary]:
    """Make the lake of single broadcasts from the world's lake, and run every stage in it.

    Parameters
    ----------
    folder
        Of the world; its lake has been run. The caller holds the lock `run` of that lake.

    Yields
    ------
    Summary
        One a stage, the last of them `known_truth`. Costs that a whole month shares belong to no
        single broadcast: they are not given.
    """
    folder = Path(folder)
    here, lake = open_lake(folder / "lake"), singles_of(folder)
    settings_file = lake.path.parent / FILE_NAME
    lake.path.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / FILE_NAME, settings_file)
    read = {n: v for n, v in here.versions().items() if get_table(n).room not in _DERIVED}
    made_from = json.dumps([(folder / STAMP).read_text(encoding="utf-8"), read])
    if not is_made_from(lake, made_from):
        empty_lake(lake)
        _copy(here, lake, list(read))
        mark(lake, made_from)
    settings = load_settings(settings_file)
    yield from stages(lake, settings=settings, from_stage="resolve")
    yield write_known_truth(lake, folder)


def _copy(here: Lake, lake: Lake, names: Sequence[str]) -> None:
    """Copy the tables that sources filled, and make every broadcast its own campaign."""
    changed = {"broadcast": _BROADCAST, "campaign": _CAMPAIGN, "campaign_cost": _COST}
    with here.connect({*names, *changed}) as con:
        for name in names:
            lake.write(name, con.sql(changed.get(name, f"SELECT * FROM {name}")))
