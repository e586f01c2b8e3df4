"""What part of each subject's gross orders is net: from the histories of known buyers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import MissingDataError
from liveattr.incrementality.bands import shape_of
from liveattr.incrementality.pooled import Rooms
from liveattr.incrementality.subjects import Subject
from liveattr.incrementality.viewers import Known

__all__ = ["NetShare", "net_shares"]

Floats = NDArray[np.float64]

UNSEEN_SPREAD = 0.06
"""A room whose viewers are not seen takes the buyers of its days for its own; the range is so much wider
on both sides."""
UNSEEN_PART = 0.2
"""Part of each order on its days that is then taken as due to it; the share hardly depends on it."""


@dataclass(frozen=True)
class NetShare:
    """Net ÷ gross.

    Attributes
    ----------
    middle, low, high
        The share and its range.
    level
        Of the range.
    """

    middle: float
    low: float
    high: float
    level: float

    def draws(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw shares: a normal of two halves between the ends of the range, at most 1."""
        z = rng.standard_normal(n) / NormalDist().inv_cdf((1 + self.level) / 2)
        side = np.where(z > 0, self.high - self.middle, self.middle - self.low)
        return np.asarray((self.middle + z * side).clip(max=1.0))


def net_shares(
    known: Known | None,
    rooms: Rooms | None,
    subjects: Sequence[Subject],
    *,
    level: float,
    seed: int = 0,
) -> dict[str, NetShare]:
    """Return the net share of each room and campaign, by `kind name`.

    Parameters
    ----------
    known
        Linked people; None, or too few who order again: nothing is said.
    rooms
        The posterior, for how long broadcasts are remembered.
    subjects
        Of any kinds; broadcasts take the share of their campaign, so they are left out.
    level, seed
        Of the range, and what decides its draws.
    """
    if known is None:
        return {}
    from liveattr.incrementality.frailty import fit_frailty, read_histories
    from liveattr.incrementality.net import net_factors

    panel = known.panel
    orders = pd.DataFrame(
        {"person": panel.order_person, "day": panel.order_day, "qty": panel.order_qty}
    )
    watched = np.bincount(panel.seen_person, minlength=panel.people) if panel.rooms else None
    histories = read_histories(orders, days=panel.days, people=panel.people, watched=watched)
    wanted = [one for one in subjects if one.kind != "broadcast"]
    weights = pd.concat([_weights(known, rooms, one) for one in wanted], ignore_index=True)
    if weights.empty:
        return {}
    try:
        fit = fit_frailty(histories)
    except MissingDataError:
        return {}
    found = net_factors(fit, weights, level=level, horizons=(), seed=seed)
    dark = {_key(one) for one in wanted if not _seen(known, one)}
    columns = (found[name].tolist() for name in ("subject", "factor", "low", "high"))
    return {
        name: NetShare(middle, low - wide, min(high + wide, 1.0), level)
        for name, middle, low, high in zip(*columns, strict=True)
        for wide in [UNSEEN_SPREAD if name in dark else 0.0]
    }


def _key(subject: Subject) -> str:
    return f"{subject.kind} {subject.name}"


def _seen(known: Known, subject: Subject) -> bool:
    return bool(set(subject.held) & set(known.panel.rooms))


def _weights(known: Known, rooms: Rooms | None, subject: Subject) -> pd.DataFrame:
    """Return which part of whose orders is due to a subject."""
    panel, split = known.panel, known.split
    if _seen(known, subject):
        mine = split[split["broadcast_id"].isin(subject.broadcasts)]
        found = mine.groupby(["person", "day"])["weight"].sum().reset_index()
    else:
        shape = shape_of(rooms, subject)[panel.order_day]
        part = UNSEEN_PART * shape / shape.max()
        every = pd.DataFrame({"person": panel.order_person, "day": panel.order_day, "weight": part})
        found = every.groupby(["person", "day"])["weight"].max().reset_index()
    return found.assign(subject=_key(subject), weight=found["weight"].clip(0, 1))
