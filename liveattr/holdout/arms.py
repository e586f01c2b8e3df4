"""Who is contacted and who is held out: a salted hash of the person and of what the draw is for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError, TableError
from liveattr.holdout.salt import check_salt, salt_version

__all__ = ["ARMS", "NEVER_SCOPE", "assign_holdout"]

ARMS = ("contact", "holdout", "never")
"""What may happen to a person: contacted, held out of this scope, or never contacted at all."""
NEVER_SCOPE = "(never)"
"""Scope of the group that no campaign contacts."""
_DIGITS = 13
"""Hex digits of a hash that make a number below 1: 52 bits, exact in a double."""


def assign_holdout(
    people: pd.DataFrame | Sequence[str],
    scope: str,
    *,
    share: float = 0.1,
    salt: str,
    at: datetime,
    strata: Sequence[str] = (),
    never_share: float = 0.0,
    before: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Draw arms.

    Parameters
    ----------
    people
        Persons, not accounts: ids, or a frame with `person_id` and the columns of `strata`.
    scope
        What the draw is for, e.g. a recall campaign. Draws of two scopes are independent; calling
        different campaigns by one scope holds the same people out of all of them.
    share
        Of the people that are held out, 0 to below 1.
    salt
        The secret (`load_salt`); at least 32 characters.
    at
        Moment that is written beside the arms; it decides nothing.
    strata
        Columns within whose combinations the share is met to one person; without them the share is met
        on average, and nobody's arm depends on who else is there.
    never_share
        Share of all people whom no scope contacts, the same people in every scope; drawn first.
    before
        Rows `scope, person_id, arm` of earlier draws: people of this scope keep their arm whatever
        share and salt are now.

    Returns
    -------
    pandas.DataFrame
        `scope, person_id, arm` (contact, holdout, never), `salt_version, assigned_at`, one row a
        person in order of `person_id`; the table `holdout_group`. The salt is in no column.

    Raises
    ------
    ParameterError
        If a share or scope is none that can be used, or a person is missing or there twice.
    TableError
        If a column is missing.
    ConfigError
        If the salt is too short.

    Notes
    -----
    u = HMAC-SHA256(salt, "length of scope:scope:person_id") / 2²⁵⁶. Without strata: holdout where
    u < share. With strata: the round(share × n) smallest u of each stratum (of its free places, where
    `before` fills some); one more person then changes the arm of one other at most, so give `before`
    when people are added. Persons that are merged later keep the arm of the id that stays.

    References
    ----------
    RFC 2104 (HMAC); Kohavi, Tang, Xu, Trustworthy Online Controlled Experiments (2020), chapter 14.
    """
    frame = _people(people, scope, strata)
    if not 0 <= share < 1 or not 0 <= never_share < 1:
        raise ParameterError("share and never_share lie from 0 to below 1")
    ids = frame["person_id"]
    kept = _kept(before, scope)
    arm = ids.map(kept).to_numpy(object)
    new = pd.isna(arm)
    if never_share:
        arm[new & (_numbers(ids, NEVER_SCOPE, salt) < never_share)] = "never"
    open_to = pd.isna(arm)
    number = _numbers(ids, scope, salt)
    if strata:
        out = open_to & _smallest(frame[list(strata)], number, arm, open_to, share)
    else:
        out = open_to & (number < share)
    arm[open_to] = "contact"
    arm[out] = "holdout"
    return pd.DataFrame(
        {
            "scope": scope,
            "person_id": ids,
            "arm": arm.astype(str),
            "salt_version": salt_version(salt),
            "assigned_at": pd.Timestamp(at),
        }
    )


def _people(
    people: pd.DataFrame | Sequence[str], scope: str, strata: Sequence[str]
) -> pd.DataFrame:
    """Return persons in order of their ids."""
    frame = people if isinstance(people, pd.DataFrame) else pd.DataFrame({"person_id": people})
    for column in ("person_id", *strata):
        if column not in frame.columns:
            raise TableError(f"people: column {column!r} is missing")
    if not scope.strip() or scope == NEVER_SCOPE:
        raise ParameterError(f"scope {scope!r}: name what the draw is for, e.g. a campaign")
    ids = frame["person_id"]
    if ids.isna().any() or ids.duplicated().any():
        raise ParameterError(
            "people: a person is missing or there twice; draw persons, not accounts"
        )
    return frame.assign(person_id=ids.astype(str)).sort_values("person_id", ignore_index=True)


def _kept(before: pd.DataFrame | None, scope: str) -> dict[str, str]:
    """Return the arms that people of a scope have already."""
    if before is None or before.empty:
        return {}
    rows = before[before["scope"] == scope]
    return dict(zip(rows["person_id"].astype(str), rows["arm"].astype(str), strict=True))


def _numbers(ids: pd.Series, scope: str, salt: str) -> NDArray[np.float64]:
    """Return a number from 0 to below 1 for each person, by scope and salt."""
    import duckdb

    from liveattr.sources.tokens import hmac_sql, use_key

    with duckdb.connect() as con:
        use_key(con, check_salt(salt), "holdout")
        con.register("person", ids.to_frame("person_id").assign(place=np.arange(len(ids))))
        text = hmac_sql("$head || person_id", "holdout")
        query = f"SELECT CAST('0x' || left({text}, {_DIGITS}) AS BIGINT) FROM person ORDER BY place"
        head = f"{len(scope)}:{scope}:"
        found = con.execute(query, {"head": head}).fetchnumpy()
    return np.asarray(next(iter(found.values())), dtype=float) / 16.0**_DIGITS


def _smallest(
    strata: pd.DataFrame,
    number: NDArray[np.float64],
    arm: NDArray[np.object_],
    open_to: NDArray[np.bool_],
    share: float,
) -> NDArray[np.bool_]:
    """Say who is among the smallest numbers that fill the places of a stratum."""
    group = strata.groupby(list(strata.columns), dropna=False, sort=True).ngroup().to_numpy()
    drawn = open_to | np.isin(arm.astype(str), ("contact", "holdout"))
    people = np.bincount(group, drawn)
    places = np.floor(share * people + 0.5) - np.bincount(group, arm == "holdout")
    free = pd.Series(np.where(open_to, number, np.nan))
    rank = free.groupby(group).rank(method="first").to_numpy()
    return np.asarray(rank <= places[group])
