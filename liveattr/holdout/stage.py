"""`assign`: draws arms and keeps them in the lake; who has an arm keeps it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd

from liveattr.holdout.arms import assign_holdout
from liveattr.holdout.salt import load_salt, salt_version
from liveattr.lake import Lake, Summary, run_stage

__all__ = ["assign"]


def assign(
    lake: Lake,
    people: pd.DataFrame | Sequence[str],
    scope: str,
    *,
    share: float = 0.1,
    strata: Sequence[str] = (),
    never_share: float = 0.0,
    at: datetime | None = None,
) -> Summary:
    """Draw arms for people who have none in this scope, and write `holdout_group`.

    Parameters
    ----------
    lake
        The lake.
    people, scope, share, strata, never_share
        See `assign_holdout`; the salt is read from the environment.
    at
        When; default: now.

    Returns
    -------
    Summary
        With the number of people of each arm as a note.

    Raises
    ------
    ConfigError
        If there is no salt.
    ParameterError, TableError
        As `assign_holdout`.
    """
    salt, moment = load_salt(), at or datetime.now(UTC)
    frame = people if isinstance(people, pd.DataFrame) else pd.DataFrame({"person_id": people})
    names = "\n".join(sorted(frame["person_id"].astype(str)))

    def body(lake: Lake) -> Summary:
        before = lake.sql("SELECT * FROM holdout_group WHERE scope = $scope", scope=scope)
        drawn = assign_holdout(
            frame, scope, share=share, salt=salt, at=moment, strata=strata,
            never_share=never_share, before=before,
        )  # fmt: skip
        new = drawn[~drawn["person_id"].isin(before["person_id"])]
        if len(new):
            lake.write("holdout_group", new, mode="append")
        count = drawn["arm"].value_counts().sort_index()
        note = ", ".join(f"{n:,} {arm}" for arm, n in count.items())
        return Summary(rows_in=len(drawn), outputs={"holdout_group": len(new)}, notes=(note,))

    return run_stage(
        lake,
        "assign_holdout",
        options={
            "scope": scope,
            "share": share,
            "strata": list(strata),
            "never_share": never_share,
            "salt_version": salt_version(salt),
            "people": hashlib.sha256(names.encode()).hexdigest(),
        },
        reads=(),
        writes=("holdout_group",),
        body=body,
    )
