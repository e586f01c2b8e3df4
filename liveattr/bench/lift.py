"""Estimators of lift: what `liveattr.incrementality` says of rooms, campaigns and broadcasts.

Gross estimates are told under `…_gross`, net ones under `…_net`; each is judged against both truths, and
means only its own.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.bench.estimators import estimator
from liveattr.bench.evidence import Evidence
from liveattr.incrementality.verdict import span

__all__ = ["chosen_lift", "hazard_lift", "series_lift"]

_SAYS = {
    "baseline": "single broadcasts against the shop's own days",
    "pooled": "days on and off air and viewers together",
    "chosen": "the row that statements stand on",
}
_WANTED = {"baseline": "campaign broadcast", "pooled": "room campaign broadcast"}


def chosen_lift(
    evidence: Evidence, rng: np.random.Generator, *, method: str, horizon: str
) -> pd.DataFrame:
    """Return rows of `lift` of one method, or the chosen ones, as estimates of a horizon.

    Parameters
    ----------
    evidence
        The world's tables; what is measured of them is kept, so only the first of these estimators pays.
    rng
        Not used: lift has its own seed.
    method
        baseline, pooled, or chosen.
    horizon
        gross or net.
    """
    rows = evidence.lift.rows
    mine = rows[rows["chosen"] if method == "chosen" else rows["method"] == method]
    mine = mine[mine[horizon].notna()]
    names = {"low": f"{horizon}_low", "high": f"{horizon}_high"}
    return pd.DataFrame(
        {
            "subject_kind": mine["subject_kind"],
            "subject": _as_world(evidence, mine),
            "measure": "orders",
            "estimate": mine[horizon].astype(float),
            **{end: mine[name].astype(float) for end, name in names.items()},
        }
    )


def series_lift(evidence: Evidence, rng: np.random.Generator) -> pd.DataFrame:
    """Return gross effects of rooms from their days on and off air alone."""
    rooms = evidence.lift.rooms
    if rooms is None:
        return _of_rooms(evidence, {})
    series = rooms.series
    return _of_rooms(evidence, {r: series.totals(r, rooms.told[r]) for r in series.rooms})


def hazard_lift(evidence: Evidence, rng: np.random.Generator) -> pd.DataFrame:
    """Return gross effects of rooms from viewers alone, with the plain interval that is never shown."""
    rooms = evidence.lift.rooms
    if rooms is None:
        return _of_rooms(evidence, {})
    return _of_rooms(evidence, dict(zip(rooms.viewers.rooms, rooms.viewers.effects.T, strict=True)))


def _of_rooms(evidence: Evidence, draws: dict[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Return estimates of rooms with the interval of their draws."""
    rows = [(room, *span(each, evidence.settings.lift_level)) for room, each in draws.items()]
    found = pd.DataFrame(rows, columns=["subject", "estimate", "low", "high"])
    found = found.assign(subject_kind="room", measure="orders")
    return found.assign(subject=_as_world(evidence, found))


def _as_world(evidence: Evidence, rows: pd.DataFrame) -> pd.Series:
    """Return subjects by the names that the truth gives rooms."""
    assert evidence.rooms is not None
    held = evidence.lift.shop.broadcasts.merge(evidence.rooms.df(), on="campaign_id")
    names = held.groupby("room_x")["room_y"].first()
    return rows["subject"].where(rows["subject_kind"] != "room", rows["subject"].map(names))


for _method, _says in _SAYS.items():
    for _horizon in ("gross", "net"):
        estimator(
            f"{_method}_{_horizon}",
            rows=_WANTED.get(_method, "room campaign broadcast"),
            says=f"{_says}, {_horizon}",
        )(partial(chosen_lift, method=_method, horizon=_horizon))
estimator("series_gross", rows="room", says="days on and off air alone, gross")(series_lift)
estimator("hazard_gross", rows="room", says="viewers alone, not corrected, gross")(hazard_lift)
