"""A fitted model of repurchase: members, weights, and what is known of its own doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.repurchase.blend import BgNbdMember, CurveMember, Member
from liveattr.repurchase.correct import between, chance_of
from liveattr.repurchase.counts import Counts
from liveattr.repurchase.spread import Spread

__all__ = ["RepurchaseModel"]

Floats = NDArray[np.float64]

ROWS = 200_000
"""People told at a time: what lies in memory does not grow with their number."""


@dataclass(frozen=True)
class RepurchaseModel:
    """What `fit_repurchase` returns.

    Attributes
    ----------
    members
        The averaged models.
    weights
        Shape (horizons, members); rows add up to 1.
    horizons
        [days] Tested ones; between them weights are straight in log days, outside as at the nearest.
    drift
        Shape (horizons, 2): by how much, in log-odds, the level of everybody and of a tenth of the people
        went up and down from cut to cut beyond chance.
    as_of
        Business date: what was known at its end.
    n_people, n
        People and rows learnt from.
    cuts
        Of the rolling test.
    penalizer
        Ridge of the curves.
    longest_days, longest_silence
        [days] Longest time that a row was watched; longest silence before a snapshot. What lies beyond
        is extrapolated.
    counts
        Orders after the first one; None: not learnt.
    spread
        How far the first plain curve moves when other people are drawn.
    """

    members: tuple[Member, ...]
    weights: Floats
    horizons: tuple[int, ...]
    drift: Floats
    as_of: pd.Timestamp
    n_people: int
    n: int
    cuts: int
    penalizer: float
    longest_days: float
    longest_silence: float
    counts: Counts | None = None
    spread: Spread | None = None

    @property
    def name(self) -> str:
        """Members with a weight, the heaviest first, e.g. `weibull*+bgnbd`; * is a corrected curve."""
        total = self.weights.sum(axis=0)
        order = np.argsort(-total.round(6), kind="stable")
        return "+".join(self.members[i].name for i in order if total[i] > 0)

    @property
    def curve(self) -> CurveMember:
        """The first plain curve: reasons and parameters are told by it."""
        for member in self.members:
            if isinstance(member, CurveMember) and member.correction is None:
                return member
        raise LookupError("a model without a plain curve")

    @property
    def names(self) -> tuple[str, ...]:
        """Covariates of the curves."""
        return tuple(self.curve.curve.names)

    @property
    def bgnbd(self) -> BgNbdMember | None:
        """BG/NBD, where it is a member."""
        return next((m for m in self.members if isinstance(m, BgNbdMember)), None)

    def odds(self, frame: pd.DataFrame, horizons: Sequence[float]) -> Floats:
        """Return log-odds of an order within each horizon; never falling with the horizon.

        Parameters
        ----------
        frame
            Rows of `features_at` or landmarks.
        horizons
            [days]

        Returns
        -------
        Array of shape (rows, horizons).
        """
        order = np.argsort(horizons, kind="stable")
        rising = [horizons[i] for i in order]
        found = np.empty((len(frame), len(rising)))
        for first in range(0, len(frame), ROWS):
            part = aligned(frame.iloc[first : first + ROWS], self.names)
            found[first : first + len(part)] = self._odds(part, rising)
        answer = np.empty_like(found)
        answer[:, order] = np.maximum.accumulate(found, axis=1)
        return answer

    def _odds(self, frame: pd.DataFrame, horizons: Sequence[float]) -> Floats:
        weights = np.array([between(self.horizons, self.weights, h) for h in horizons])
        total = np.zeros((len(frame), len(horizons)))
        for place, member in enumerate(self.members):
            if weights[:, place].any():
                total += weights[:, place] * member.odds(frame, horizons)
        return total

    def chance(self, frame: pd.DataFrame, horizons: Sequence[float] = (30, 60, 90)) -> Floats:
        """Return the chance of an order within each horizon, given the silence so far."""
        return chance_of(self.odds(frame, horizons))

    def expected_orders(
        self, frame: pd.DataFrame, horizons: Sequence[float] = (30, 60, 90)
    ) -> Floats:
        """Return orders to expect within each horizon [orders], shape (rows, horizons)."""
        if self.counts is None:
            raise LookupError("a model without counts: fit it with blend=True")
        return self.counts.expected(self.chance(frame, horizons), frame, horizons)

    def of_member(self, member: Member, frame: pd.DataFrame, horizons: Sequence[float]) -> Floats:
        """Return what one member alone says."""
        return chance_of(member.odds(aligned(frame, self.names), horizons))

    def to_json(self) -> str:
        """Return the model as JSON; see `keep.to_json`."""
        from liveattr.repurchase.keep import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> RepurchaseModel:
        """Return the model that `to_json` wrote; see `keep.from_json`."""
        from liveattr.repurchase.keep import from_json

        return from_json(text)

    def to_sql(
        self,
        horizons: Sequence[int] = (30, 60, 90),
        *,
        table: str = "scoring",
        keys: Sequence[str] = ("person_id",),
    ) -> str:
        """Return a SELECT that tells the chances; see `keep.to_sql`."""
        from liveattr.repurchase.keep import to_sql

        return to_sql(self, horizons, table=table, keys=keys)

    def drift_at(self, horizon: float) -> tuple[float, float]:
        """Return the drift of everybody and of a tenth, log-odds."""
        whole, part = between(self.horizons, self.drift, horizon)
        return float(whole), float(part)


def aligned(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the frame with a column of 0 for each category that it has nobody of."""
    lacking = [n for n in names if n not in frame.columns and n.startswith("category_")]
    return frame.assign(**dict.fromkeys(lacking, 0.0)) if lacking else frame
