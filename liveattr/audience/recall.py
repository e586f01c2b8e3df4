"""`measure_recall`: lists, their arms and the orders since → `recall_result`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.audience.recall_effect import empty_effect, recall_effect
from liveattr.audience.recall_orders import (
    READS,
    count_crossed,
    create_recall_order,
    read_arms,
    read_outcomes,
)
from liveattr.audience.recall_people import ListOutcomes
from liveattr.audience.recall_pool import pooled_effect
from liveattr.errors import ParameterError, did_you_mean
from liveattr.lake import Summary, run_stage
from liveattr.settings import Settings, load_settings
from liveattr.tables import get_table
from liveattr.units import as_day, day_end_at

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["ALL", "RECALL_READS", "measure_recall"]

ALL = "(all)"
"""Audience that stands for all lists pooled."""
RECALL_READS = ("audience", "audience_member", *READS)
_SOON_DAYS = 15

_LISTS = """
SELECT audience_id, send_from_at, expires_at, outcome_days, holdout_share, message_cost_fen,
       coupon_cost_fen, n_contact, n_holdout
FROM audience WHERE frozen_at < $end_at ORDER BY audience_id"""


def measure_recall(
    lake: Lake,
    audience_id: str | None = None,
    *,
    as_of: date | str,
    level: float = 0.95,
    settings: Settings | None = None,
    force: bool = False,
) -> Summary:
    """Measure what lists brought: more buyers, orders and net margin than without the message.

    Parameters
    ----------
    lake
        A lake with frozen lists and the orders since.
    audience_id
        One list; by default all of them, and all pooled as "(all)".
    as_of
        Business date: orders and refunds that were known at its end. Results of other dates stay, so
        those of 15 and 30 days after the window stand beside each other.
    level
        Of the intervals.
    settings
        Zone, refund window, offsets of clocks; by default those of `liveattr.toml`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows in: lists. A note for each list that can be told, and for each that cannot.

    Raises
    ------
    ParameterError
        If there is no such list.

    Notes
    -----
    By intention to treat: everybody counts in the arm that was drawn, whether the message was read, sent
    or not. Orders count that were placed within `outcome_days` of `send_from_at`, in both arms.
    While that window is open there is no number (too_early). "(all)" is there from two lists on;
    lists with a reason against them are not in it. See `recall_effect` and `pooled_effect`.
    """
    known, day = settings or load_settings(), as_day(as_of)
    choices = {
        name: getattr(known, name) for name in ("zone", "refund_window_days", "clock_offset_s")
    }
    return run_stage(
        lake,
        "measure_recall",
        options={"as_of": day, "audience_id": audience_id, "level": level, **choices},
        reads=RECALL_READS,
        writes=("recall_result",),
        body=lambda opened: _body(opened, audience_id, day, level, known),
        force=force,
    )


def _body(
    lake: Lake, audience_id: str | None, as_of: date, level: float, known: Settings
) -> Summary:
    with lake.connect(RECALL_READS) as con:
        end_at = day_end_at(as_of, known.zone)
        lists = con.sql(_LISTS, params={"end_at": end_at}).df()
        wanted = _wanted(lists, audience_id)
        if len(wanted):
            create_recall_order(con, as_of=as_of, settings=known)
        found, told, crossed = [], [], []
        for row in wanted.to_dict("records"):
            rows, one = _one(con, row, end_at, level)
            found.append(rows)
            told += [one] if one is not None else []
            crossed += _crossed(con, row)
    if audience_id is None and len(told) > 1:
        found.append(_whole(told, found, level))
    where: dict[str, object] = {"as_of": as_of}
    where |= {} if audience_id is None else {"audience_id": audience_id}
    frame = _table(found, as_of)
    lake.write("recall_result", frame, mode="replace_where", where=where)
    return Summary(
        rows_in=len(wanted),
        rows_out=len(frame),
        outputs={"recall_result": len(frame)},
        notes=(*_notes(frame), *crossed),
    )


def _wanted(lists: pd.DataFrame, audience_id: str | None) -> pd.DataFrame:
    if audience_id is None:
        return lists
    ids = lists["audience_id"].tolist()
    if audience_id not in ids:
        raise ParameterError(f"there is no list {audience_id!r}; {did_you_mean(audience_id, ids)}")
    return lists[lists["audience_id"] == audience_id]


def _one(
    con: DuckDBPyConnection, row: Mapping[Hashable, Any], end_at: datetime, level: float
) -> tuple[pd.DataFrame, ListOutcomes | None]:
    """Measure one list; return its rows, and what it adds to the pool."""
    name = str(row["audience_id"])
    begin, days = pd.Timestamp(row["send_from_at"]), int(row["outcome_days"])
    left = pd.Timestamp(end_at) - (begin + timedelta(days=days))
    refund_days = max(left // timedelta(days=1), 0)
    arms = read_arms(con, name, begin.to_pydatetime())
    n = arms["arm"].value_counts()
    sizes = {"contact": int(n.get("contact", 0)), "holdout": int(n.get("holdout", 0))}
    if left < timedelta(0):
        found, one = empty_effect("too_early", level, **sizes), None
    else:
        coupon = int(row["coupon_cost_fen"])
        done = read_outcomes(con, from_at=begin.to_pydatetime(), days=days, coupon_fen=coupon)
        share = float(row["holdout_share"]) or None
        one = ListOutcomes(done, arms, float(row["message_cost_fen"]), share)
        found = recall_effect(
            done, arms, message_cost_fen=one.message_cost_fen, share=share, level=level
        )
        one = one if _comparable(found) else None
    return found.assign(audience_id=name, refund_days=refund_days), one


def _comparable(found: pd.DataFrame) -> bool:
    """Say whether a list belongs to the pool: also where nobody bought, so its margin has no interval."""
    return bool(found.loc[found["outcome"] == "bought", "reason"].isna().all())


def _crossed(con: DuckDBPyConnection, row: Mapping[Hashable, Any]) -> list[str]:
    """Say how many of those held out got the message of another list."""
    name, days = str(row["audience_id"]), int(row["outcome_days"])
    begin = pd.Timestamp(row["send_from_at"]).to_pydatetime()
    n = count_crossed(con, name, from_at=begin, days=days)
    text = f"{name}: {n:,} of those held out were contacted by another list; the effect is told too small"
    return [text] if n else []


def _whole(told: list[ListOutcomes], found: list[pd.DataFrame], level: float) -> pd.DataFrame:
    """Pool the lists; refunds have had at least as long as those of the youngest list."""
    youngest = min(int(f["refund_days"].iloc[0]) for f in found if _comparable(f))
    return pooled_effect(told, level=level).assign(audience_id=ALL, refund_days=youngest)


def _table(found: list[pd.DataFrame], as_of: date) -> pd.DataFrame:
    names = list(get_table("recall_result").names)
    if not found:
        return pd.DataFrame(columns=names)
    rows = pd.concat([f.astype({"detectable": object, "reason": object}) for f in found])
    return rows.assign(as_of=as_of)[names].reset_index(drop=True)


def _notes(frame: pd.DataFrame) -> tuple[str, ...]:
    """Say of each list what it brought, or why that cannot be told."""
    rows = frame[frame["outcome"] == "net_margin_fen"]
    return tuple(_note(row) for row in rows.to_dict("records"))


def _note(row: Mapping[Hashable, Any]) -> str:
    head = f"{row['audience_id']}: "
    if row["reason"] is not None and row["reason"] == row["reason"]:
        return f"{head}no number ({row['reason']})"
    total, low, high = (float(row[name]) / 100 for name in ("total", "total_low", "total_high"))
    text = f"{head}net margin {total:+,.2f} yuan [{low:+,.2f}, {high:+,.2f}]"
    text += "" if row["detectable"] else ", not detectable at this size"
    young = int(row["refund_days"]) < _SOON_DAYS
    return text + (f"; refunds have had {row['refund_days']} days" if young else "")
