"""All that the planners' report on repurchase says, read once: `repurchase_facts`.

Persons are counted and summed in bands here; none is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr import units
from liveattr.errors import MissingDataError
from liveattr.report.facts_lift import none_of
from liveattr.report.facts_recall import open_at
from liveattr.report.facts_recall_sql import CURRENCY

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["ALL_GOODS", "REPURCHASE_TABLES", "RepurchaseFacts", "known_days", "repurchase_facts"]

REPURCHASE_TABLES = (
    "order_header",
    "repurchase",
    "repurchase_model",
    "repurchase_score",
    "repurchase_week",
)
"""The tables that the report reads; a manifest pins their versions."""

ALL_GOODS = "(all)"
"""Category of all orders together."""

_BANDS = """
SELECT band, count(*) AS people, sum(round(p_30, 9)::DECIMAL(18, 9))::DOUBLE AS buyers_30,
       sum(round(p_90, 9)::DECIMAL(18, 9))::DOUBLE AS buyers_90,
       sum(round(expected_orders, 9)::DECIMAL(24, 9))::DOUBLE AS orders_90,
       sum(expected_value_fen)::BIGINT AS value_90_fen
FROM (
    SELECT *, CASE WHEN p_30 >= 0.5 THEN 1 WHEN p_30 >= 0.2 THEN 2 WHEN p_30 >= 0.1 THEN 3
                   WHEN p_30 >= 0.05 THEN 4 ELSE 5 END AS band
    FROM repurchase WHERE as_of = $as_of
)
GROUP BY band ORDER BY band"""

_ABOUT = """
SELECT count(*) AS people, count(*) FILTER (beyond) AS beyond, max(data_age_days) AS data_age_days,
       count(next_order_on) AS dated
FROM repurchase WHERE as_of = $as_of"""

_REASONS = """
SELECT reason ->> 0 AS name, count(*) AS people,
       count(*) FILTER ((reason ->> 1)::DOUBLE < 0) AS sooner
FROM (
    SELECT unnest(from_json(top_reasons, '["JSON"]')) AS reason
    FROM repurchase WHERE as_of = $as_of AND top_reasons IS NOT NULL
)
GROUP BY ALL ORDER BY people DESC, name"""

_OF_DAY = {
    "model": "FROM repurchase_model WHERE as_of = $as_of",
    "scores": "FROM repurchase_score WHERE as_of = $as_of ORDER BY horizon_days, cut_on, model",
    "weeks": "FROM repurchase_week WHERE as_of = $as_of ORDER BY category, week_on",
}
_DAYS = "SELECT DISTINCT as_of FROM repurchase_model ORDER BY as_of"


@dataclass(frozen=True)
class RepurchaseFacts:
    """What is known of repurchase as of one day; made by `repurchase_facts`.

    Attributes
    ----------
    as_of
        What was asked for.
    currency
        Of most orders.
    model
        The row of `repurchase_model`.
    about
        `people, beyond, dated` [people] and `data_age_days`: of all persons told of.
    bands
        Persons by their chance in 30 days: `band, people, buyers_30, buyers_90, orders_90,
        value_90_fen`.
    reasons
        `name, people, sooner`: what most often brings the next order near or far.
    scores, weeks
        Rows of `repurchase_score` and `repurchase_week`.
    lake, versions
        Where it was read, and at which table versions.
    """

    as_of: date
    currency: str
    model: pd.DataFrame
    about: Mapping[str, Any]
    bands: pd.DataFrame
    reasons: pd.DataFrame
    scores: pd.DataFrame
    weeks: pd.DataFrame
    lake: str
    versions: Mapping[str, int]

    def __repr__(self) -> str:
        return f"<repurchase as of {self.as_of}: {self.about['people']:,} people>"

    @property
    def reason(self) -> str | None:
        """Why there is no number for persons; None where there is one."""
        said = none_of(self.model["reason"].iloc[0])
        return said if self.bands.empty else None

    def whole_weeks(self, n: int = 4) -> pd.DataFrame:
        """Return the next weeks of all goods that are told whole."""
        weeks = self.week_rows()
        return weeks[weeks["days"] >= 7].head(n)

    def week_rows(self, category: str = ALL_GOODS) -> pd.DataFrame:
        """Return the weeks of one category."""
        return self.weeks[self.weeks["category"] == category]


def known_days(lake: Lake) -> list[date]:
    """Return the days that `predict` has run for."""
    if "repurchase_model" not in lake.versions():
        return []
    return [units.as_day(str(on)[:10]) for on in lake.sql(_DAYS)["as_of"]]


def repurchase_facts(
    lake: Lake | str | Path, *, as_of: date | str, versions: Mapping[str, int] | str = ""
) -> RepurchaseFacts:
    """Read all that the report on repurchase says.

    Parameters
    ----------
    lake
        A lake, or the folder of one; the stage `predict` has run for `as_of`.
    as_of
        Business date.
    versions
        Table → version to read, or the same as JSON text; empty reads the newest.

    Raises
    ------
    MissingDataError
        If `predict` has not run for that day.
    """
    day, opened = units.as_day(as_of), open_at(lake, versions)
    read = {n: v for n, v in sorted(opened.versions().items()) if n in REPURCHASE_TABLES}
    with opened.connect(REPURCHASE_TABLES) as con:
        known = {name: _frame(con, text, day) for name, text in _OF_DAY.items()}
        if known["model"].empty:
            days = ", ".join(str(on) for on in known_days(opened)) or "none"
            raise MissingDataError(
                f"repurchase was not predicted as of {day} (there are: {days}); "
                f"liveattr run --as-of {day} makes it"
            )
        about = _frame(con, _ABOUT, day).iloc[0]
        return RepurchaseFacts(
            as_of=day,
            currency=str(con.sql(CURRENCY).fetchall()[0][0]),
            about={str(name): none_of(value) for name, value in about.items()},
            bands=_frame(con, _BANDS, day),
            reasons=_frame(con, _REASONS, day),
            lake=str(opened.path),
            versions=read,
            **known,
        )


def _frame(con: DuckDBPyConnection, text: str, as_of: date) -> pd.DataFrame:
    from liveattr.report.facts_sql import NULLABLE

    found = con.sql(text, params={"as_of": as_of}).to_arrow_table()
    frame: pd.DataFrame = found.to_pandas(types_mapper=NULLABLE.get)
    return frame
