"""All that the report on a broadcast's recall lists says, read once: `recall_facts`.

Nothing is estimated here. People are counted, never listed; which counts are shown is up to the
sections and tables (gate G6).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from liveattr import units
from liveattr.errors import LiveattrError, MissingDataError, ParameterError, did_you_mean
from liveattr.report import facts_recall_sql as sql
from liveattr.report.facts_lift import none_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["ALL_LISTS", "RECALL_TABLES", "RecallFacts", "known_recalls", "open_at", "recall_facts"]

RECALL_TABLES = (
    "audience",
    "audience_member",
    "broadcast",
    "campaign",
    "order_header",
    "product",
    "recall_result",
)
"""The tables that the report reads; a manifest pins their versions."""

ALL_LISTS = "(all)"
"""Audience id of what all lists brought together."""


@dataclass(frozen=True)
class RecallFacts:
    """What is known of the recall lists of one broadcast as of one day; made by `recall_facts`.

    Attributes
    ----------
    about, as_of, zone
        What was asked for: a broadcast, or a list that is about none.
    title, currency
        Of the broadcast's campaign, else of the list; the title may be empty.
    broadcasts
        The row of `broadcast`; empty for a list about none.
    lists
        Rows of `audience` that were frozen up to the day, by channel and id.
    refused
        `audience_id, reason, people`: whom the consent gate refused.
    why
        `audience_id, name, people, typical`: what made people meet the definition, and the median
        of its number.
    goods
        `audience_id, sku_id, name, people`: the product that each is asked about, most people first.
    removed
        `audience_id, why, people`: taken off the list up to the day.
    results
        Rows of `recall_result` of these lists, the newest up to the day.
    pooled
        The same of all lists of the shop together.
    lake, versions
        Where it was read, and at which table versions.
    """

    about: str
    as_of: date
    zone: str
    title: str
    currency: str
    broadcasts: pd.DataFrame
    lists: pd.DataFrame
    refused: pd.DataFrame
    why: pd.DataFrame
    goods: pd.DataFrame
    removed: pd.DataFrame
    results: pd.DataFrame
    pooled: pd.DataFrame
    lake: str
    versions: Mapping[str, int]

    def __repr__(self) -> str:
        return f"<recall of {self.about!r} as of {self.as_of}: {len(self.lists)} lists>"

    def of(self, frame: pd.DataFrame, audience_id: str) -> pd.DataFrame:
        """Return the rows of one list."""
        return frame[frame["audience_id"] == audience_id]


def known_recalls(lake: Lake, as_of: date, zone: str = units.SHANGHAI) -> list[str]:
    """Return the broadcasts that have lists frozen up to a day, and the lists about none."""
    if "audience" not in lake.versions():
        return []
    return list(lake.sql(sql.ABOUT, as_of=as_of, zone=zone)["about"])


def recall_facts(
    lake: Lake | str | Path,
    about: str,
    *,
    as_of: date | str,
    zone: str = units.SHANGHAI,
    versions: Mapping[str, int] | str = "",
) -> RecallFacts:
    """Read all that the report on recall lists says.

    Parameters
    ----------
    lake
        A lake, or the folder of one.
    about
        A broadcast, or the id of a list that is about no single broadcast.
    as_of
        Business date: lists frozen, people removed and results told up to its end.
    zone
        Of the business dates.
    versions
        Table → version to read, or the same as JSON text; empty reads the newest.

    Raises
    ------
    ParameterError
        If nobody has a list of that name; the message suggests one.
    MissingDataError
        If the lake has no lists up to that day.
    """
    day = units.as_day(as_of)
    opened = open_at(lake, versions)
    read = {name: v for name, v in sorted(opened.versions().items()) if name in RECALL_TABLES}
    asked = {"about": about, "as_of": day, "zone": zone}
    with opened.connect(RECALL_TABLES) as con:
        lists = _frame(con, sql.LISTS, **asked)
        if lists.empty:
            raise _unknown(opened, about, day, zone)
        con.register("asked_list", lists[["audience_id"]])
        shows = _frame(con, sql.BROADCASTS, about=about)
        head = _frame(con, sql.HEAD, about=about)
        until = {"as_of": day, "zone": zone}
        return RecallFacts(
            about=about,
            as_of=day,
            zone=zone,
            title=(none_of(head["title"].iloc[0]) or "") if len(head) else "",
            currency=str(_frame(con, sql.CURRENCY)["currency"].iloc[0]),
            broadcasts=shows,
            lists=lists,
            refused=_frame(con, sql.REFUSED),
            why=_frame(con, sql.WHY),
            goods=_frame(con, sql.GOODS),
            removed=_frame(con, sql.REMOVED, **until),
            results=_frame(con, sql.RESULTS, as_of=day),
            pooled=_frame(con, sql.POOLED, as_of=day),
            lake=str(opened.path),
            versions=read,
        )


def open_at(lake: Lake | str | Path, versions: Mapping[str, int] | str = "") -> Lake:
    """Open a lake at pinned versions; without pins at the newest, held still."""
    from liveattr.lake import Lake, open_lake

    pins = json.loads(versions or "{}") if isinstance(versions, str) else dict(versions)
    if isinstance(lake, Lake) and not pins:
        return lake.snapshot()
    path = lake.path if isinstance(lake, Lake) else lake
    return open_lake(path, versions=pins or None).snapshot()


def _frame(con: DuckDBPyConnection, text: str, **asked: object) -> pd.DataFrame:
    from liveattr.report.facts_sql import NULLABLE

    found = con.sql(text, params=asked or None).to_arrow_table()
    frame: pd.DataFrame = found.to_pandas(types_mapper=NULLABLE.get)
    return frame


def _unknown(lake: Lake, about: str, as_of: date, zone: str) -> LiveattrError:
    """Return the error that says why there is no report on these lists."""
    known = known_recalls(lake, as_of, zone)
    if not known:
        return MissingDataError(
            f"the lake has no recall list up to {as_of}; `liveattr audience build` makes one"
        )
    return ParameterError(f"no list up to {as_of} is about {about!r}; {did_you_mean(about, known)}")
