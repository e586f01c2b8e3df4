"""What holds for one identifier, and what was said about it: for the person who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from liveattr.consent.keeper import current_states
from liveattr.consent.purposes import PURPOSES, STRICTNESS
from liveattr.consent.states import create_own_state

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["consent_history", "consent_status"]


def consent_status(lake: Lake, kind: str, token: str) -> pd.DataFrame:
    """Return what holds for an identifier, purpose by purpose, as of now.

    Returns
    -------
    pandas.DataFrame
        `purpose, own` (what was said for this identifier), `state` (the strictest of the person's),
        `why` (of a state that is not granted), `since_at` (of the own word), `用途 meaning`. All
        purposes, and every recipient that was named.
    """
    with lake.connect(("consent",)) as con:
        create_own_state(con)
        own = con.execute(
            "SELECT purpose, own, since_at FROM own_state WHERE kind = ? AND id = ?", [kind, token]
        ).df()
    states = current_states(lake)
    mine = states[(states["kind"] == kind) & (states["id"] == token)]
    rank = mine["state"].map(STRICTNESS.index)
    strict = (
        mine.assign(rank=rank).sort_values(["rank", "why"]).drop_duplicates("purpose", keep="last")
    )
    named = sorted({*own["purpose"], *strict["purpose"]} - {*PURPOSES})
    every = pd.DataFrame({"purpose": [*PURPOSES, *named]})
    shown = every.merge(own, how="left", on="purpose").merge(
        strict[["purpose", "state", "why"]], how="left", on="purpose"
    )
    meaning = [PURPOSES[p.partition(":")[0]] for p in shown["purpose"]]
    shown["own"], shown["state"] = shown["own"].fillna("none"), shown["state"].fillna("none")
    shown["用途 meaning"] = [f"{one.zh} {one.en}" for one in meaning]
    return shown[["purpose", "own", "state", "why", "since_at", "用途 meaning"]]


def consent_history(lake: Lake, kind: str, token: str) -> pd.DataFrame:
    """Return what the ledger holds about an identifier, without the identifier and the hashes."""
    found = lake.sql(
        "SELECT seq, effective_at, recorded_at, purpose, action, recipient, channel, notice_version, "
        "proof, operator FROM consent WHERE subject_kind = $kind AND subject_token = $token "
        "ORDER BY seq",
        kind=kind,
        token=token,
    )
    return found.dropna(axis="columns", how="all")
