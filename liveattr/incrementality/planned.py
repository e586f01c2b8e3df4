"""Rows of grade A: rooms whose evenings off air were drawn by lot."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from liveattr.incrementality.calendar_file import read_plan
from liveattr.incrementality.off_day_shop import days_frame, held_rooms
from liveattr.incrementality.off_days import analyse_off_days
from liveattr.incrementality.rows import NAMES
from liveattr.incrementality.shop_days import ShopDays
from liveattr.settings import Settings

__all__ = ["plan_marks", "with_plans"]


def plan_marks(paths: Sequence[str]) -> list[str]:
    """Return each plan's path with a hash of its content: another plan is another result."""
    return [f"{path} {hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]}" for path in paths]


def with_plans(rows: pd.DataFrame, shop: ShopDays, settings: Settings) -> pd.DataFrame:
    """Return rows of `lift` with those of planned rooms; where they have a number, the room stands on it.

    Parameters
    ----------
    rows
        Columns of `lift` without `as_of`.
    shop
        Behind them.
    settings
        `off_day_plans`, level, festivals, seed. Of two plans of one room the later named counts.

    Raises
    ------
    ParameterError, TableError
        If a plan cannot be read or does not fit the days.
    """
    days, held = days_frame(shop, settings.festivals), held_rooms(shop)
    found = [
        analyse_off_days(
            days, read_plan(path), held=held, level=settings.lift_level, seed=settings.lift_seed
        )
        for path in settings.off_day_plans
    ]
    if not found:
        return rows
    planned = pd.concat(found, ignore_index=True).drop_duplicates("subject", keep="last")
    planned = planned.assign(chosen=planned["gross"].notna()).reindex(columns=list(NAMES))
    best = planned.loc[planned["chosen"], "subject"]
    beaten = (rows["subject_kind"] == "room") & rows["subject"].isin(best)
    kept = rows.assign(chosen=rows["chosen"] & ~beaten)
    return pd.DataFrame(
        [*kept.to_dict("records"), *planned.to_dict("records")], columns=list(NAMES)
    )
