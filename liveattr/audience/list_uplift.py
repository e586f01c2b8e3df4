"""What past lists teach about whom their message changes: members, why they were listed, what they did."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.audience.recall_orders import READS, create_recall_order, read_outcomes
from liveattr.audience.uplift import Uplift, fit_uplift
from liveattr.errors import MissingDataError
from liveattr.settings import Settings, load_settings
from liveattr.units import as_day, day_end_at

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["list_features", "list_uplift"]

_LISTS = """
SELECT audience_id, send_from_at, outcome_days FROM audience
WHERE definition = $definition AND send_from_at + to_days(CAST(outcome_days AS INTEGER)) <= $end_at
ORDER BY audience_id"""

_MEMBERS = """
SELECT person_id, arm, score, why FROM audience_member
WHERE audience_id = $audience_id AND arm IN ('contact', 'holdout') ORDER BY person_id"""


def list_uplift(
    lake: Lake,
    definition: str,
    *,
    as_of: date | str,
    settings: Settings | None = None,
    permutations: int = 199,
    seed: int = 7,
) -> Uplift:
    """Learn from all past lists of a definition whom the message made buy.

    Parameters
    ----------
    lake
        A lake with lists and the orders since.
    definition
        Name of the definition.
    as_of
        Business date: lists whose window was over at its end.
    settings
        Zone, refund window, offsets of clocks; by default those of `liveattr.toml`.
    permutations, seed
        See `fit_uplift`.

    Returns
    -------
    Uplift
        Its `score` takes what `list_features(members, uplift.names)` makes of a new list. Unless it is
        usable it gives nulls: then a list is best filled at random within its definition.

    Raises
    ------
    MissingDataError
        If no list of this definition has been over.

    Notes
    -----
    Features are what was frozen with the list (`score` and the numbers of `why`), so nothing that
    the message caused is among them. Somebody on two lists counts twice, with a draw for each.
    """
    known, day = settings or load_settings(), as_day(as_of)
    with lake.connect(("audience", "audience_member", *READS)) as con:
        params = {"definition": definition, "end_at": day_end_at(day, known.zone)}
        lists = con.sql(_LISTS, params=params).df().to_dict("records")
        if not lists:
            raise MissingDataError(
                f"no list of {definition!r} was over by {day}: build one, send it, wait for its window"
            )
        create_recall_order(con, as_of=day, settings=known)
        rows = pd.concat([_people(con, one) for one in lists], ignore_index=True)
    features = list_features(rows).assign(person_id=rows["person_id"])
    return fit_uplift(
        features,
        rows[["person_id", "arm"]],
        rows[["person_id", "bought"]],
        permutations=permutations,
        seed=seed,
    )


def list_features(members: pd.DataFrame, names: Sequence[str] | None = None) -> pd.DataFrame:
    """Return what was frozen of each member as number columns.

    Parameters
    ----------
    members
        `score, why` as in the table `audience_member`.
    names
        Columns that are wanted, e.g. `Uplift.names`; default: all that there are, in order.

    Returns
    -------
    pandas.DataFrame
        `score` and `why_` + name for each number in `why`, aligned with `members`, 0 where there is
        none.
    """
    whys = json.loads("[" + ",".join(members["why"].fillna("{}")) + "]")
    found = pd.DataFrame(whys, index=members.index).add_prefix("why_")
    found = found.apply(pd.to_numeric, errors="coerce").dropna(axis="columns", how="all")
    found["score"] = members["score"].astype(float)
    columns = sorted(found.columns) if names is None else list(names)
    return found.reindex(columns=columns).astype(float).fillna(0.0)


def _people(con: DuckDBPyConnection, one: Mapping[Hashable, Any]) -> pd.DataFrame:
    """Return the members of a list with what they did; ids carry the list, for people on several."""
    name = str(one["audience_id"])
    members = con.sql(_MEMBERS, params={"audience_id": name}).df()
    begin = pd.Timestamp(one["send_from_at"]).to_pydatetime()
    done = read_outcomes(con, from_at=begin, days=int(one["outcome_days"]))
    bought = members["person_id"].isin(done.loc[done["bought"], "person_id"])
    return members.assign(bought=bought, person_id=name + "\t" + members["person_id"].astype(str))
