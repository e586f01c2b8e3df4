"""Keep what a planner decided: workbook → table `order_override`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.errors import MissingDataError
from liveattr.report.stocking_back import check_overrides, odd_overrides, read_overrides

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["KeptOverrides", "keep_overrides"]

_PLAN = """
SELECT as_of, merchant_sku, demand_p95 FROM order_plan WHERE as_of = $as_of ORDER BY merchant_sku"""
_BEFORE = "SELECT * FROM order_override WHERE as_of = $as_of ORDER BY merchant_sku"
_WHAT = ["merchant_sku", "suggested_qty", "decision_qty", "note", "file_name"]


@dataclass(frozen=True)
class KeptOverrides:
    """What a workbook said.

    Attributes
    ----------
    as_of
        Business date of the plan; null where no product stood in it.
    products
        Products that stood in it.
    rows
        What is kept of it: rows of `order_override`.
    odd
        Decisions that may be slips, see `odd_overrides`.
    """

    as_of: str
    products: int
    rows: pd.DataFrame
    odd: pd.DataFrame

    def __repr__(self) -> str:
        return f"<decisions as of {self.as_of}: {len(self.rows):,} of {self.products:,} products>"


def keep_overrides(
    lake: Lake, path: str | Path, *, read_at: datetime | None = None
) -> KeptOverrides:
    """Read a filled-in workbook and keep its decisions in table `order_override`.

    What it says of its products takes the place of what was kept of them before, an emptied cell
    included; products that do not stand in it stay as they are, so several planners may hand in a
    part each. Reading the same file twice changes nothing.

    Parameters
    ----------
    lake
        The lake that the plan was made in.
    path
        See `read_overrides`.
    read_at
        When; by default now.

    Raises
    ------
    IngestError, MissingDataError
        See `read_overrides` and `check_overrides`; nothing was kept.
    """
    read = read_overrides(path)
    if read.empty:
        raise MissingDataError(f"{Path(path).name} has no product of the order list left")
    as_of = read["as_of"].iloc[0]
    plan = lake.sql(_PLAN, as_of=as_of)
    now = read_at or datetime.now(UTC)
    rows = check_overrides(read, plan, file_name=Path(path).name, read_at=now)
    before = lake.sql(_BEFORE, as_of=as_of)
    kept = _merged(before, rows, set(read["merchant_sku"]))
    lake.write("order_override", kept, mode="replace_where", where={"as_of": as_of})
    return KeptOverrides(str(as_of), len(read), rows, odd_overrides(rows, plan))


def _merged(before: pd.DataFrame, rows: pd.DataFrame, stood: set[str]) -> pd.DataFrame:
    """Put new rows in the place of older ones; an equal one stays with its time."""
    was = before.set_index("merchant_sku")["read_at"].to_dict()
    same = _texts(rows).isin(set(_texts(before)))
    at = rows["merchant_sku"].map(was).where(same, rows["read_at"])
    others = before[~before["merchant_sku"].isin(stood)]
    both = [each.astype(object) for each in (others, rows.assign(read_at=at))]
    return pd.concat(both, ignore_index=True)[[*rows.columns]]


def _texts(rows: pd.DataFrame) -> pd.Series:
    """Return a text a row that is equal where what was decided is equal."""
    known = rows[_WHAT].astype("string").fillna("\x00")
    return known.agg("\x1f".join, axis=1) if len(rows) else pd.Series(dtype="string")
