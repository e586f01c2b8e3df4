"""All that the planners' report on stocking says, read once: `stocking_facts`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr import units
from liveattr.errors import MissingDataError
from liveattr.report.facts_overrides import past_decisions, score_past
from liveattr.report.facts_recall import open_at
from liveattr.report.facts_recall_sql import CURRENCY
from liveattr.report.facts_stocking_sql import DAYS, OF_DAY

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake
    from liveattr.stocking.overrides import OverrideScore

__all__ = ["STOCKING_TABLES", "StockingFacts", "planned_days", "stocking_facts"]

STOCKING_TABLES = (
    "account_ledger",
    "broadcast",
    "broadcast_plan",
    "demand_backtest",
    "demand_forecast",
    "diagnosis",
    "event",
    "order_header",
    "order_line",
    "order_override",
    "order_plan",
    "product",
    "purchase_order",
    "refund",
    "refund_line",
    "sku_map",
    "stock_snapshot",
    "supply_terms",
)
"""The tables that the report reads, those of past demand too; a manifest pins their versions."""


@dataclass(frozen=True)
class StockingFacts:
    """What is known of stocking as of one day; made by `stocking_facts`.

    Attributes
    ----------
    as_of
        What was asked for.
    currency
        Of most orders.
    plan
        Rows of `order_plan`, those that run out first at the head, with `runs_out` (at the mean,
        within lead time plus review period), `extra` [pieces] available beyond `demand_p95`, and
        `tied_fen`, their cost (null without one), and `state`: `out` (nothing available), `low` (runs
        out), `over` (has extra), `blind` (no forecast), `fine`.
    forecast
        Single days of `demand_forecast`: `merchant_sku, from_on, quantile, units`.
    shows
        `business_on` of broadcasts after `as_of`.
    events
        One row a planned broadcast and product: `broadcast_id, business_on, start_at, title, host_id,
        merchant_sku, name, slot, price_fen`, `p50, p80, p95` [pieces] of the whole day, `ordinary`
        (median of its other days), `left_units` of the available on that morning, `short_p80`.
    backtest, overrides, causes
        Rows of `demand_backtest`, `order_override` (with `unit_cost_fen`) and `diagnosis` (with
        `name`); empty where there are none.
    scores
        What changes of earlier suggestions were worth, where their days are over; None: none are.
    sources
        What was read of the lake: `source, newest_on, n` rows known at the end of `as_of`.
    zone
        Of the business dates.
    lake, versions
        Where it was read, and at which table versions.
    """

    as_of: date
    currency: str
    plan: pd.DataFrame
    forecast: pd.DataFrame
    shows: pd.DataFrame
    events: pd.DataFrame
    backtest: pd.DataFrame
    overrides: pd.DataFrame
    causes: pd.DataFrame
    sources: pd.DataFrame
    scores: OverrideScore | None
    zone: str
    lake: str
    versions: Mapping[str, int]

    def __repr__(self) -> str:
        return f"<stocking as of {self.as_of}: {len(self.plan):,} SKUs>"

    @property
    def to_order(self) -> pd.DataFrame:
        """The SKUs that something is suggested for."""
        return self.plan[self.plan["suggested_qty"] > 0]

    @property
    def running_out(self) -> pd.DataFrame:
        """The SKUs that run out within lead time plus review period."""
        return self.plan[self.plan["runs_out"].astype(bool)]

    @property
    def too_much(self) -> pd.DataFrame:
        """The SKUs with whole pieces beyond what is wanted, the dearest first."""
        found = self.plan[self.plan["extra"] > 0]
        names = ["tied_fen", "extra", "merchant_sku"]
        return found.sort_values(names, ascending=[False, False, True], na_position="last")


def planned_days(lake: Lake) -> list[date]:
    """Return the days that orders were planned for."""
    if "order_plan" not in lake.versions():
        return []
    return [units.as_day(str(on)[:10]) for on in lake.sql(DAYS)["as_of"]]


def stocking_facts(
    lake: Lake | str | Path,
    *,
    as_of: date | str,
    versions: Mapping[str, int] | str = "",
    zone: str = units.SHANGHAI,
) -> StockingFacts:
    """Read all that the report on stocking says.

    Parameters
    ----------
    lake
        A lake, or the folder of one; orders were planned for `as_of`.
    as_of
        Business date.
    versions
        Table → version to read, or the same as JSON text; empty reads the newest.
    zone
        Of the business dates.

    Raises
    ------
    MissingDataError
        If no orders were planned for that day.
    """
    day, opened = units.as_day(as_of), open_at(lake, versions)
    read = {n: v for n, v in sorted(opened.versions().items()) if n in STOCKING_TABLES}
    with opened.connect(STOCKING_TABLES) as con:
        given = {"as_of": day, "zone": zone, "cut_at": units.day_end_at(day, zone)}
        known = {name: _frame(con, text, given) for name, text in OF_DAY.items()}
        past = past_decisions(con, day)
        if known["plan"].empty:
            days = ", ".join(str(on) for on in planned_days(opened)) or "none"
            raise MissingDataError(
                f"no orders were planned as of {day} (there are: {days}); "
                f"liveattr stocking plan --as-of {day} makes them"
            )
        return StockingFacts(
            as_of=day,
            currency=str(con.sql(CURRENCY).fetchall()[0][0]),
            scores=_scores(opened, past, day, zone),
            zone=zone,
            lake=str(opened.path),
            versions=read,
            **known,
        )


def _scores(lake: Lake, past: pd.DataFrame, as_of: date, zone: str) -> OverrideScore | None:
    """Score past decisions; the demand of the shop is read only where there are any."""
    if past.empty:
        return None
    from liveattr.stocking.demand import PANEL_READS, read_panel

    with lake.connect(PANEL_READS) as con:
        return score_past(past, read_panel(con, as_of, zone), as_of)


def _frame(con: DuckDBPyConnection, text: str, given: Mapping[str, Any]) -> pd.DataFrame:
    from liveattr.report.facts_sql import NULLABLE

    used = {name: value for name, value in given.items() if f"${name}" in text}
    found = con.sql(text, params=used or None).to_arrow_table()
    frame: pd.DataFrame = found.to_pandas(types_mapper=NULLABLE.get)
    return frame
