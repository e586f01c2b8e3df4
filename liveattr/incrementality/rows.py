"""Rows of the table `lift`: one a subject and method, with its interval, grade, or reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.incrementality.baseline import Baseline
from liveattr.incrementality.pooled import Rooms, subject_draws
from liveattr.incrementality.shop_days import ShopDays
from liveattr.incrementality.subjects import Subject
from liveattr.incrementality.tipping import tipping_factor
from liveattr.incrementality.verdict import detectable, span, two_sided
from liveattr.tables import get_table

__all__ = ["Row", "baseline_row", "choose", "lift_frame", "pooled_row", "with_net"]

Floats = NDArray[np.float64]
Row = dict[str, Any]

NAMES = tuple(name for name in get_table("lift").names if name != "as_of")


def _blank(method: str, days: ShopDays, subject: Subject, level: float) -> Row:
    orders = days.orders[subject.first : subject.last + 1]
    return dict.fromkeys(NAMES) | {
        "method": method,
        "subject_kind": subject.kind,
        "subject": subject.name,
        "since_on": days.dates[subject.first].date(),
        "until_on": days.dates[subject.last].date(),
        "n": int(orders.sum()),
        "level": level,
        "chosen": False,
    }


def _numbers(draws: Floats, level: float, grade: str) -> Row:
    gross, low, high = span(draws, level)
    return {
        "gross": gross, "gross_low": low, "gross_high": high, "grade": grade,
        "p_value": two_sided(draws), "mde": detectable(draws, level),
    }  # fmt: skip


def with_net(row: Row, draws: Floats | None, factors: Floats | None, level: float) -> Row:
    """Return a row with what stays of its gross effect, from draws of both."""
    if draws is None or factors is None:
        return row
    net, low, high = span(draws * factors, level)
    return row | {"net": net, "net_low": low, "net_high": high, "net_grade": "D"}


def pooled_row(
    rooms: Rooms | None, days: ShopDays, subject: Subject, *, level: float, seed: int
) -> tuple[Row, Floats | None]:
    """Return the row of a subject by rooms over weeks, and the draws behind it."""
    row = _blank("pooled", days, subject, level)
    if rooms is None:
        return row | {"reason": _why(days, subject, None)}, None
    viewed = [room for room in subject.held if room in rooms.viewers.rooms]
    row["people"] = rooms.viewers.people(subject)
    draws = subject_draws(rooms, subject, seed)
    if draws is None:
        return row | {"reason": _why(days, subject, rooms)}, None
    row |= _numbers(draws, level, "C")
    weak = [rooms.series.missing[room] for room in viewed if room in rooms.series.missing]
    row["reason"] = next(iter(weak), None) if viewed else "not_seen"
    if viewed:
        ratio = float(np.mean([rooms.viewers.hazard_ratio[room] for room in viewed]))
        row |= {"hazard_ratio": ratio, "tipping": tipping_factor(ratio)}
    return row, draws


def _why(days: ShopDays, subject: Subject, rooms: Rooms | None) -> str:
    """Say why no room of a subject is identified."""
    missing = rooms.series.missing if rooms is not None else {}
    return next((missing[room] for room in subject.held if room in missing), "few_days")


def baseline_row(base: Baseline, days: ShopDays, subject: Subject) -> tuple[Row, Floats | None]:
    """Return the row of one broadcast by the shop's own series, and the draws behind it."""
    row = _blank("baseline", days, subject, base.level)
    room = next(iter(subject.held))
    if why := base.refusal(room, subject.first):
        return row | {"reason": why}, None
    draws = base.draws(subject.broadcasts[0], room, subject.first)
    placebo = base.placebos[base.shop.kinds[base.shop.rooms.index(room)]]
    return row | _numbers(draws, base.level, "B") | {
        "placebo_rate": placebo.rate,
        "placebo_n": placebo.n,
        "width_factor": placebo.width_factor,
    }, draws  # fmt: skip


def choose(rows: list[Row]) -> list[Row]:
    """Mark the row that statements use among those of one subject.

    Notes
    -----
    The baseline of a single broadcast counts where it could find an effect of the size that the room's
    weeks promise. That does not depend on what it found, so nobody picks the larger of two numbers.
    """
    known = [row for row in rows if row["gross"] is not None]
    pooled = next((row for row in known if row["method"] == "pooled"), None)
    base = next((row for row in known if row["method"] == "baseline"), None)
    best = pooled or base or rows[0]
    if base is not None and pooled is not None and base["mde"] <= pooled["gross"]:
        best = base
    best["chosen"] = True
    return rows


def lift_frame(rows: list[Row]) -> pd.DataFrame:
    """Return rows as a frame with the columns of `lift`, without `as_of`."""
    return pd.DataFrame(rows, columns=list(NAMES))
