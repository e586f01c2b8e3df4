"""From what a person gives us to everything that we know them by."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import duckdb
import pandas as pd
import pyarrow as pa

from liveattr.errors import ParameterError, did_you_mean
from liveattr.lake import Lake
from liveattr.sources import tokens
from liveattr.sources.lake_keys import lake_key
from liveattr.tables import IDENTIFIER_COLUMNS, LIVE_PLATFORMS

__all__ = ["KINDS", "check_kind", "find_identifiers", "token_of", "tokens_of"]

KINDS = (
    *(f"uid_{platform}" for platform in LIVE_PLATFORMS),
    "mall_account",
    *(kind for kind in IDENTIFIER_COLUMNS.values() if kind != "account"),
    "link_token",
)
"""Kinds of identifiers that a person may name."""

_MEMBERS = """
WITH member AS (
    SELECT kind, id, person_id, coalesce(protected_id, person_id) AS whole
    FROM person_member WHERE known_to_at IS NULL),
person AS (
    SELECT DISTINCT s.subject, m.whole FROM subject AS s
    JOIN member AS m ON m.kind = s.kind AND m.id = s.id)
SELECT p.subject, m.kind, m.id, m.person_id
FROM person AS p JOIN member AS m ON m.whole = p.whole
UNION ALL
SELECT s.subject, s.kind, s.id, NULL FROM subject AS s
WHERE s.subject NOT IN (SELECT subject FROM person)
ORDER BY ALL"""


def check_kind(kind: str) -> str:
    """Return a kind of identifier.

    Raises
    ------
    ParameterError
        If there is no such kind.
    """
    if kind not in KINDS:
        raise ParameterError(
            f"there is no kind of identifier {kind!r}; {did_you_mean(kind, KINDS)}"
        )
    return kind


def token_of(lake: Lake, kind: str, value: str) -> str:
    """Return the token under which a lake knows a value.

    Parameters
    ----------
    lake
        The lake; its key is used.
    kind
        Kind of identifier, as `phone`.
    value
        As the person gives it; a phone in any spelling, a mall account with its platform in front:
        `youzan/123`. It goes nowhere from here.

    Raises
    ------
    ParameterError
        If there is no such kind, or the value cannot be one.
    TokenKeyError
        If the key is missing or not the lake's.
    """
    return tokens_of(lake, [kind], [value])[0]


def tokens_of(lake: Lake, kinds: Sequence[str], values: Sequence[str]) -> list[str]:
    """Return the tokens of many values, as `token_of` does; an error says which row it is, from 1."""
    asked = [(check_kind(kind), value.strip()) for kind, value in zip(kinds, values, strict=True)]
    for row, (kind, value) in enumerate(asked, start=1):
        if kind == "mall_account" and "/" not in value:
            raise ParameterError(
                f"row {row}: a mall account is written with its platform: youzan/123, mall/123"
            )
    given = pa.table({"kind": [k for k, _ in asked], "v": [v for _, v in asked]})
    normal = f"CASE kind WHEN 'phone' THEN {tokens.phone_sql('v')} ELSE nullif(v, '') END"
    with duckdb.connect() as con:
        tokens.use_key(con, lake_key(lake))
        con.register("given", given)
        con.execute(
            "CREATE TEMP TABLE normal AS SELECT row_number() OVER () AS n, kind, "
            f"{normal} AS v FROM given"
        )
        text = tokens.hmac_sql("kind || ':' || v")
        made = con.execute(
            f"SELECT kind, CASE WHEN v IS NOT NULL THEN {text} END FROM normal ORDER BY n"
        ).fetchall()
    for row, (kind, token) in enumerate(made, start=1):
        if token is None:
            raise ParameterError(f"row {row}: the value given is no {kind}: it can be in no lake")
    return [str(token) for _, token in made]


def find_identifiers(lake: Lake, subjects: pd.DataFrame) -> pd.DataFrame:
    """Find all identifiers of the people who have the identifiers given.

    Parameters
    ----------
    lake
        The lake; without a `person_member` only the given identifiers are found.
    subjects : pandas.DataFrame
        `kind, id`, tokens, one row a person asked for.

    Returns
    -------
    pandas.DataFrame
        `subject` (row of `subjects`, from 0), `kind, id, person_id`; null where the lake knows no
        person with that identifier: then it is the only one. Ordered by subject, kind and id.

    Notes
    -----
    Identifiers that are protected together (`person_member.protected_id`) are found together: whoever
    took consent back, or never gave it, is erased whole. A device or phone that several people used is a
    member of its last owner only.
    """
    asked = subjects[["kind", "id"]].reset_index(drop=True).rename_axis("subject").reset_index()
    given = pa.table(
        {
            "subject": pa.array(asked.subject, pa.int64()),
            "kind": pa.array(asked["kind"], pa.string()),
            "id": pa.array(asked["id"], pa.string()),
        }
    )
    with closing(lake.connect(["person_member"])) as con:
        con.register("subject", given)
        return con.sql(_MEMBERS).to_arrow_table().to_pandas()
