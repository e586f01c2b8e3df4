"""By what address a channel reaches a person, and whom another list reached lately."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["ADDRESS_READS", "CHANNELS", "address_of", "capped_people", "purpose_of"]

ADDRESS_READS = ("person_member", "identifier_quarantine")
CHANNELS = {"sms": ("phone",), "wecom": ("unionid", "openid"), "push": ("mall_account", "openid")}
"""Channel → kinds of identifier that it can write to, the best first."""

_ADDRESS = """
SELECT m.person_id, m.kind, m.id AS token
FROM person_member AS m
ANTI JOIN identifier_quarantine AS q ON q.kind = m.kind AND q.id = m.id
WHERE m.known_to_at IS NULL AND m.valid_to_at IS NULL AND list_contains($kinds, m.kind)
  AND list_contains($people, m.person_id)
QUALIFY row_number() OVER (PARTITION BY m.person_id
    ORDER BY list_position($kinds, m.kind), m.known_from_at DESC, m.id) = 1
ORDER BY m.person_id"""

_CAPPED = """
SELECT DISTINCT m.person_id
FROM audience_member AS m JOIN audience AS a ON a.audience_id = m.audience_id
WHERE m.arm IN ('contact', 'holdout')
  AND a.send_from_at > $low AND a.send_from_at < $high
UNION
SELECT DISTINCT p.person_id
FROM audience_member AS m JOIN audience AS a ON a.audience_id = m.audience_id
JOIN person_member AS p ON p.kind = m.kind AND p.id = m.token AND p.known_to_at IS NULL
WHERE m.arm IN ('contact', 'holdout')
  AND a.send_from_at > $low AND a.send_from_at < $high"""


def purpose_of(channel: str) -> str:
    """Return the purpose of a channel.

    Raises
    ------
    ParameterError
        If there is no such channel.
    """
    if channel not in CHANNELS:
        raise ParameterError(f"there is no channel {channel!r}; {did_you_mean(channel, CHANNELS)}")
    return f"recall_{channel}"


def address_of(con: DuckDBPyConnection, people: pd.Series, channel: str) -> pd.DataFrame:
    """Return one address of each person that the channel can write to, as a token.

    Parameters
    ----------
    con
        Connection on which the tables of `ADDRESS_READS` can be read.
    people
        Person ids.
    channel
        A key of `CHANNELS`.

    Returns
    -------
    pandas.DataFrame
        `person_id, kind, token`; who has none is not in it. Of several the one that is known newest.
        Identifiers in quarantine (of many people) address nobody.
    """
    given = {"kinds": list(CHANNELS[channel]), "people": sorted(people.tolist())}
    return con.sql(_ADDRESS, params=given).df()


def capped_people(con: DuckDBPyConnection, send_at: datetime, days: int) -> set[str]:
    """Return who is on another list within so many days before or after a moment.

    Notes
    -----
    Held-out people count as contacted: else the next list would reach them, and the effect of this one
    would be told too small. A person whom identity calls otherwise by now is found by the token.
    """
    if not days:
        return set()
    span = timedelta(days=days)
    found = con.sql(_CAPPED, params={"low": send_at - span, "high": send_at + span}).df()
    return set(found["person_id"].astype(str))
