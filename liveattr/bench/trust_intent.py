"""Hidden intent: how strong it would have to be to explain a room's effect away. Frame in, rows out."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd

from liveattr.bench.trust_rules import Range, TrustRow, judge, not_run
from liveattr.incrementality.tipping import tipping_factor

__all__ = ["STRONG_INTENT", "hidden_intent"]

TEST = "hidden_intent"
STRONG_INTENT = 1.75
"""In the simulated worlds with the strongest hidden intent viewers' effects come out a fifth too large;
intent that makes watching and buying so many times likelier does that (`tipping_factor(1.22)`)."""
WEAK_INTENT = 1.5
"""If so little may be enough, the room's effect is not safe from intent."""


class _Room(NamedTuple):
    subject: str
    hazard_ratio: float
    people: float
    gross: float
    gross_low: float
    gross_high: float


def hidden_intent(rooms: pd.DataFrame) -> list[TrustRow]:
    """Judge the tipping factor of each room.

    Parameters
    ----------
    rooms : pandas.DataFrame
        `subject, hazard_ratio, people, gross, gross_low, gross_high`: lifts that come from viewers.

    Returns
    -------
    list of TrustRow
        `found`: how many times likelier hidden intent must make both watching and buying to take all
        of the effect away, and its interval from the ends of the gross lift, with HR - 1 in proportion to
        it. More than `STRONG_INTENT` passes.

    Notes
    -----
    It is no proof that there is no such intent; it says how much of it the result bears.
    """
    if rooms.empty:
        return [not_run(TEST, "no room's lift comes from its viewers", unit="odds")]
    columns = list(_Room._fields)
    found = rooms[columns].dropna(subset=["hazard_ratio", "gross"]).sort_values("subject")
    return [_judged(_Room(*row)) for row in found.itertuples(index=False)]


def _judged(room: _Room) -> TrustRow:
    excess = room.hazard_ratio - 1
    low, high = (
        tipping_factor(max(1 + excess * end / room.gross, 1.0)) if room.gross > 0 else 1.0
        for end in (room.gross_low, room.gross_high)
    )
    people = 0 if pd.isna(room.people) else int(room.people)
    return judge(
        TEST,
        (tipping_factor(max(room.hazard_ratio, 1.0)), low, high),
        Range(STRONG_INTENT, math.inf, bad_low=WEAK_INTENT),
        wanted=STRONG_INTENT,
        n=people,
        unit="odds",
        note=f"a viewer is {room.hazard_ratio:.2f} times as likely to buy; n: people seen",
        subject=room.subject,
    )
