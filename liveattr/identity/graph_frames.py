"""The frames under an `IdentityGraph`: evidence in one shape, each piece with what became of it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from liveattr.errors import TableError
from liveattr.identity.tiers import TIERS

__all__ = ["EDGE_COLUMNS", "edge_frame", "member_frame", "quarantine_frame", "short"]

_PAIR = ["left_kind", "left_id", "right_kind", "right_id"]
_ABOUT = ["evidence", "tier", "weight", "source", "basis", "rule_version"]
_CLASH = ["reason", "clash_kind", "value_a", "value_b"]
EDGE_COLUMNS = [*_PAIR, *_ABOUT, "n_seen", "first_at", "last_at", *_CLASH]
"""Columns of `edge_frame`."""

_SHOWN = 6
_WHOLE = 10
"""[letters] An id that is no longer is shown whole."""


def short(kind: str, id: str) -> str:
    """Write an identifier so that a person can compare it and nobody can use it.

    Examples
    --------
    >>> short("mall_account", "3fa9c1" + 58 * "0")
    'mall_account·3fa9c1'
    """
    return f"{kind}·{id if len(id) <= _WHOLE else id[:_SHOWN]}"


def edge_frame(evidence: pd.DataFrame, refused: pd.DataFrame) -> pd.DataFrame:
    """Bring evidence into one shape and put the reason beside what was refused.

    Parameters
    ----------
    evidence : pandas.DataFrame
        Rows of the table `identity_evidence`, or the edges that `resolve_identities` takes.
    refused : pandas.DataFrame
        Rows of `merge_refused` (joined by `evidence_id`), or `Resolution.refused` (joined by `edge`,
        the row number of the evidence).

    Returns
    -------
    pandas.DataFrame
        `EDGE_COLUMNS`, ordered; the smaller identifier is on the left. Rows of one pair that say the
        same from the same source are one, with `n_seen` summed. `reason` is "" where the evidence
        counts.
    """
    _need(evidence, [*_PAIR, "tier", "weight"], "evidence")
    frame = evidence.reset_index(drop=True)
    frame = frame[frame["right_id"].notna() & frame["left_id"].notna()]
    moment = frame["observed_at"] if "observed_at" in frame else pd.NaT
    given: dict[str, Any] = {
        "evidence": frame["tier"],
        "source": "",
        "basis": "",
        "rule_version": "",
        "n_seen": 1,
    }
    given |= {"first_at": moment, "last_at": moment}
    frame = frame.assign(**{k: v for k, v in given.items() if k not in frame})
    frame = _with_reasons(frame, refused)
    texts = ["evidence", "source", "basis", "rule_version", *_CLASH]
    frame[texts] = frame[texts].astype(object).where(frame[texts].notna(), "").astype(str)
    frame = _sorted_ends(frame)
    frame["first_at"], frame["last_at"] = (
        pd.to_datetime(frame[c], utc=True).dt.as_unit("us") for c in ("first_at", "last_at")
    )
    keys = [*_PAIR, *_ABOUT, *_CLASH]
    seen = frame.groupby(keys, as_index=False, dropna=False, sort=False)
    done = seen.agg(
        n_seen=("n_seen", "sum"), first_at=("first_at", "min"), last_at=("last_at", "max")
    )
    rank = done["tier"].map({tier: at for at, tier in enumerate(TIERS)})
    done = done.assign(rank=rank, fall=-done["weight"].astype(float))
    order = [*_PAIR, "rank", "fall", *_ABOUT, *_CLASH]
    return done.sort_values(order)[EDGE_COLUMNS].reset_index(drop=True)


def member_frame(members: pd.DataFrame) -> pd.DataFrame:
    """Return `kind, id, person_id`, ordered; of a bitemporal table only what is known now."""
    _need(members, ["kind", "id", "person_id"], "members")
    if "known_to_at" in members:
        members = members[members["known_to_at"].isna()]
    found = members[["kind", "id", "person_id"]].sort_values(["kind", "id"], ignore_index=True)
    if found.duplicated(["kind", "id"]).any():
        raise TableError("members: an identifier is there twice; give one moment of time only")
    return found


def quarantine_frame(quarantined: pd.DataFrame | None) -> pd.DataFrame:
    """Return `kind, id, reason, neighbours, cap`; empty where nothing was given."""
    columns = ["kind", "id", "reason", "neighbours", "cap"]
    if quarantined is None:
        return pd.DataFrame(columns=columns)
    _need(quarantined, columns, "quarantined")
    return quarantined[columns].sort_values(["kind", "id"], ignore_index=True)


def _need(frame: pd.DataFrame, columns: list[str], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise TableError(f"{name}: column {missing[0]!r} is missing; expected {columns}")


def _with_reasons(frame: pd.DataFrame, refused: pd.DataFrame) -> pd.DataFrame:
    """Add `_CLASH`; tiers C and X join nobody even where `refused` does not say so."""
    by_id = "evidence_id" in frame and "evidence_id" in refused
    if not by_id and len(refused) and "edge" not in refused:
        raise TableError(
            "refused: give 'edge' (row of the evidence), or 'evidence_id' in both frames"
        )
    key = "evidence_id" if by_id else "edge"
    frame = frame if by_id else frame.assign(edge=frame.index)
    wanted = [key, "reason", "kind", "value_a", "value_b"]
    why = refused.reindex(columns=wanted).rename(columns={"kind": "clash_kind"})
    if not by_id:
        why["edge"] = why["edge"].astype("int64")
    known = [c for c in _CLASH if c in frame]
    frame = frame.drop(columns=known).merge(why.drop_duplicates(key), on=key, how="left")
    implied = frame["tier"].map({"C": "scored", "X": "not_same"})
    frame["reason"] = frame["reason"].astype(object).where(frame["reason"].notna(), implied)
    return frame


def _sorted_ends(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the smaller identifier on the left."""
    kinds, ids = ("left_kind", "right_kind"), ("left_id", "right_id")
    swap = (frame[kinds[0]] > frame[kinds[1]]) | (
        (frame[kinds[0]] == frame[kinds[1]]) & (frame[ids[0]] > frame[ids[1]])
    )
    for left, right in (kinds, ids):
        frame.loc[swap, [left, right]] = frame.loc[swap, [right, left]].to_numpy()
    return frame
