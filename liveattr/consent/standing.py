"""Where the people of each row stand: the strictest word on any identifier of the row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from liveattr.consent.purposes import STRICTNESS
from liveattr.errors import ParameterError

__all__ = ["LEVELS", "standing"]

LEVELS = ("none", "granted", "withdrawn", "opted_out", "minor")
"""States and reasons from the mildest to the strictest."""


def standing(
    frame: pd.DataFrame, purpose: str, states: pd.DataFrame, ids: Sequence[tuple[str, str]]
) -> pd.DataFrame:
    """Return for each row who is named in it and what they said.

    Parameters
    ----------
    frame, purpose, states, ids
        As for `pass_gate`.

    Returns
    -------
    pandas.DataFrame
        With the index of `frame`: `known` (bool, an identifier is named), `level` (int, place in
        `LEVELS` of the strictest), `one_side` (bool, all identifiers are of platforms, or none is).

    Raises
    ------
    ParameterError
        If `states` has a state that is none.
    """
    told = _told(states[states["purpose"] == purpose])
    rows = len(frame)
    known, level = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=np.int64)
    platform, mall = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
    for kind, column in ids:
        kinds = kind[1:] if kind.startswith("=") else frame[kind].to_numpy()
        side = pd.DataFrame({"id": frame[column].to_numpy()}).assign(kind=kinds)
        named = side.notna().all(axis="columns").to_numpy()
        keyed = side.astype(object).where(side.notna(), "").astype(str)
        met = keyed.merge(told, how="left", on=["kind", "id"])["level"].fillna(0).to_numpy(np.int64)
        level = np.maximum(level, np.where(named, met, 0))
        uid = keyed["kind"].str.startswith("uid_").to_numpy(dtype=bool)
        known, platform, mall = known | named, platform | (named & uid), mall | (named & ~uid)
    columns = {"known": known, "level": level, "one_side": ~(platform & mall)}
    return pd.DataFrame(columns, index=frame.index)


def _told(about: pd.DataFrame) -> pd.DataFrame:
    """Return `kind, id, level`, one row an identifier: the strictest."""
    if unknown := sorted(set(about["state"]) - set(STRICTNESS)):
        raise ParameterError(f"there is no state {unknown[0]!r}; {', '.join(STRICTNESS)}")
    level = about["state"].map(LEVELS.index).to_numpy(np.int64)
    if "why" in about:
        why = about["why"].map({w: LEVELS.index(w) for w in LEVELS[3:]}).fillna(0)
        shut = (about["state"] == "withdrawn").to_numpy()
        level = np.where(shut, np.maximum(level, why.to_numpy(np.int64)), level)
    keyed = about[["kind", "id"]].astype(str).assign(level=level)
    return keyed.groupby(["kind", "id"], sort=False)["level"].max().reset_index()
