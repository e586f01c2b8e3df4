"""Several models of the same thing, averaged on the log-odds scale.

Members: Weibull and log-logistic curves on all that was seen; the same learnt from the first weeks after each
snapshot alone and corrected at each horizon (`correct`); BG/NBD. They err in different ways: the
average was better than nearly every member at nearly every cut that was tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import MissingDataError, ParameterError
from liveattr.repurchase.bgnbd import BgNbd, fit_bgnbd
from liveattr.repurchase.correct import Correction, fit_correction, logit
from liveattr.repurchase.outcomes import outcome, watched
from liveattr.repurchase.survival import Fitted

__all__ = [
    "FAMILIES",
    "BgNbdMember",
    "CurveMember",
    "Member",
    "clocks",
    "fit_members",
    "near",
    "prior",
]

Floats = NDArray[np.float64]

FAMILIES = ("weibull", "loglogistic", "cox")
TAIL_DAYS = 10
"""[days] A corrected curve learns from so much more than the longest horizon."""
HALF_WINDOWS = 3
"""With so many whole windows a corrected member weighs as much as a plain one."""
FEWEST_EVENTS = 20
"""Orders without which no curve is fitted."""


@dataclass(frozen=True)
class Options:
    """What is averaged.

    Attributes
    ----------
    families
        Of curves; each is fitted twice, plain and corrected.
    penalizer
        Ridge of the curves.
    bgnbd
        Whether BG/NBD is a member.
    """

    families: tuple[str, ...]
    penalizer: float
    bgnbd: bool = True


class Member(Protocol):
    """One of the averaged."""

    @property
    def name(self) -> str:
        """Name, unique in a blend."""
        ...

    def odds(self, frame: pd.DataFrame, horizons: Sequence[float]) -> Floats:
        """Return log-odds of an order within each horizon."""
        ...

    def windows(self, horizon: int) -> float:
        """Return how many windows it learnt the horizon from; inf: it needs none."""
        ...


@dataclass(frozen=True)
class CurveMember:
    """A survival curve, corrected or not."""

    name: str
    family: str
    curve: Fitted
    correction: Correction | None = None

    def odds(self, frame: pd.DataFrame, horizons: Sequence[float]) -> Floats:
        """Return log-odds of an order within each horizon."""
        found = logit(self.curve.chance(frame, horizons))
        return found if self.correction is None else found + self.correction.shift(frame, horizons)

    def windows(self, horizon: int) -> float:
        """Return how many windows it learnt the horizon from; inf: it needs none."""
        if self.correction is None:
            return np.inf
        return self.correction.windows[self.correction.horizons.index(horizon)]


@dataclass(frozen=True)
class BgNbdMember:
    """BG/NBD."""

    fitted: BgNbd
    name: str = "bgnbd"

    def odds(self, frame: pd.DataFrame, horizons: Sequence[float]) -> Floats:
        """Return log-odds of an order within each horizon."""
        return logit(self.fitted.chance(*clocks(frame), list(horizons)))

    def windows(self, horizon: int) -> float:
        """Return inf: it needs no windows."""
        return np.inf


def clocks(frame: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Return what BG/NBD reads: repeat orders, days from first to last, days from first to now."""
    tenure = frame["tenure_days"].to_numpy(float)
    frequency = frame["frequency"].to_numpy(float)
    silent = np.rint(np.expm1(frame["log_recency"].to_numpy(float)))
    last = np.where(frequency > 0, np.clip(tenure - silent, 0, tenure), 0.0)
    return frequency, last, tenure


def near(landmarks: pd.DataFrame, days: float) -> pd.DataFrame:
    """Return the frame as if everybody had been watched for so many days at most."""
    lasted = landmarks["duration_days"].to_numpy(float)
    return landmarks.assign(
        event=landmarks["event"].to_numpy(bool) & (lasted <= days),
        duration_days=np.minimum(lasted, days),
    )


def fit_curve(family: str, rows: pd.DataFrame, names: Sequence[str], penalizer: float) -> Fitted:
    """Fit one family."""
    if family == "cox":
        from liveattr.repurchase.cox import fit_cox

        return fit_cox(rows, list(names), penalizer=penalizer)
    from liveattr.repurchase.aft import fit_loglogistic, fit_weibull

    if family == "weibull":
        return fit_weibull(rows, list(names), penalizer=penalizer)
    if family == "loglogistic":
        return fit_loglogistic(rows, list(names), penalizer=penalizer)
    raise ParameterError(f"family {family!r}; known are {', '.join(FAMILIES)}, auto")


def fit_members(
    landmarks: pd.DataFrame,
    now: pd.DataFrame,
    names: Sequence[str],
    horizons: Sequence[int],
    options: Options,
) -> list[Member]:
    """Fit all members.

    Parameters
    ----------
    landmarks
        Landmark frame.
    now
        Everybody as known at the end of the data: BG/NBD learns from whole histories.
    names
        Columns of the curves.
    horizons
        [days]
    options
        Which members, with which ridge.

    Raises
    ------
    MissingDataError
        Where fewer than 20 orders followed a snapshot.
    """
    events = int(landmarks["event"].sum())
    if events < FEWEST_EVENTS:
        raise MissingDataError(
            f"only {events} orders followed a snapshot; at least {FEWEST_EVENTS} are needed"
        )
    short = near(landmarks, max(horizons) + TAIL_DAYS)
    members: list[Member] = []
    for family in options.families:
        members.append(
            CurveMember(family, family, fit_curve(family, landmarks, names, options.penalizer))
        )
        curve = fit_curve(family, short, names, options.penalizer)
        correction = fit_correction(landmarks, names, curve.chance, horizons)
        members.append(CurveMember(f"{family}*", family, curve, correction))
    if options.bgnbd:
        try:
            members.append(BgNbdMember(fit_bgnbd(*clocks(now))))
        except MissingDataError:  # nobody came twice: curves alone
            pass
    return members


def prior(members: Sequence[Member], horizon: int) -> Floats:
    """Return weights before any test: equal, corrected members by how many windows taught them."""
    units = [min(m.windows(horizon), np.inf) for m in members]
    weights = np.array([1.0 if np.isinf(u) else u / HALF_WINDOWS for u in units])
    return weights / weights.sum()


def seen_share(landmarks: pd.DataFrame, horizon: int) -> float:
    """Return the share who ordered within the horizon, over all whole windows."""
    whole = landmarks[watched(landmarks) >= horizon]
    return float(outcome(whole, horizon).mean()) if len(whole) else float("nan")
