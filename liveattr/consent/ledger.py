"""The ledger of consent: a chain of entries, each with the hash of the one before.

What is hashed is the entry without the identifier and its nonce; `subject_digest`, the SHA-256 of
both, stands for them. So an erasure may blank the identifier and the nonce, the chain still holds,
and nobody can try out identifiers against a digest whose nonce is gone. That is why nonces are
random and not derived from the key: what can be derived again is not erased. The ledger is a
record and no result, so "same input, same bytes" does not hold for it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import pandas as pd

from liveattr.errors import ParameterError
from liveattr.lake.frames import arrow_from_pandas, pandas_from_arrow
from liveattr.tables import Table, get_table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["MADE_HERE", "START", "Head", "chain", "verify"]


class Head(NamedTuple):
    """The end of a chain: number and hash of its last entry."""

    seq: int
    sha256: str


START = Head(0, "0" * 64)
"""Before the first entry."""

MADE_HERE = ("seq", "subject_digest", "nonce", "prev_sha256", "sha256")
"""Columns of the ledger that `chain` fills in."""

_BLANKED = ("subject_token", "nonce")
"""What an erasure takes away."""

_NOT_HASHED = (*_BLANKED, "prev_sha256", "sha256")
_DIGEST = "sha256(nonce || ':' || subject_kind || ':' || subject_token)"


def chain(
    entries: pd.DataFrame, last: Head = START, nonces: Sequence[str] | None = None
) -> pd.DataFrame:
    """Add entries to the end of a chain.

    Parameters
    ----------
    entries
        Columns of the table `consent` but those of `MADE_HERE`, in the order in which they are to
        stand; a column that is left out is null.
    last
        End of the chain so far.
    nonces
        One a row; by default 128 random bits each.

    Returns
    -------
    pandas.DataFrame
        All columns of `consent`: `seq` goes on from `last`, `prev_sha256` of the first is the hash
        of `last`.

    Raises
    ------
    ParameterError
        If an entry has no identifier.

    Notes
    -----
    sha256 = SHA-256 of `prev_sha256` and the entry as JSON: the declared columns in their order,
    without `subject_token, nonce, prev_sha256, sha256`; times are microseconds since 1970 UTC.
    The hashing goes row by row, since each needs the one before.

    Examples
    --------
    >>> now = pd.Timestamp("2026-01-20", tz="UTC")
    >>> act = {"subject_kind": "phone", "subject_token": "ab", "purpose": "recall",
    ...        "action": "granted", "legal_basis": "consent", "effective_at": now, "recorded_at": now}
    >>> one = chain(pd.DataFrame([act, act]))
    >>> one.seq.tolist(), verify(one)
    ([1, 2], None)
    >>> verify(one.assign(action=["granted", "withdrawn"]))
    2
    """
    if "subject_token" not in entries or entries["subject_token"].isna().any():
        raise ParameterError("an entry of the ledger needs the identifier that it is about")
    table = get_table("consent")
    count = len(entries)
    filled = entries.assign(
        seq=range(last.seq + 1, last.seq + count + 1),
        nonce=list(nonces) if nonces is not None else [secrets.token_hex(16) for _ in range(count)],
        subject_digest="",
        prev_sha256="",
        sha256="",
    ).reindex(columns=table.names)
    with duckdb.connect() as con:
        _create_entry(con, filled, table)
        con.execute(f"UPDATE entry SET subject_digest = {_DIGEST}")
        made = pandas_from_arrow(con.sql("FROM entry ORDER BY seq").to_arrow_table())
        hashes = _hashes(last.sha256, _texts(con, table))
    return made.assign(prev_sha256=[last.sha256, *hashes[:-1]][:count], sha256=hashes)


def verify(ledger: pd.DataFrame, last: Head = START) -> int | None:
    """Find the first entry that is not what was written.

    Parameters
    ----------
    ledger
        Rows of `consent` that follow `last`, in any order.
    last
        End of the part that was verified before.

    Returns
    -------
    int or None
        `seq` of the first entry that is missing, doubled or altered; None: the chain holds.

    Notes
    -----
    Every column is held: the hash has all but the identifier and its nonce, the digest has these.
    An erased entry (both are null) is held by its digest alone. What a chain cannot show is that
    entries are missing at its end: `check_ledger` looks for that in the audit log.
    """
    table = get_table("consent")
    if ledger.empty:
        return None
    with duckdb.connect() as con:
        _create_entry(con, ledger.reindex(columns=table.names), table)
        rows = con.execute(
            "SELECT seq, coalesce(prev_sha256, ''), coalesce(sha256, ''), CASE WHEN nonce IS NULL "
            f"AND subject_token IS NULL THEN true ELSE coalesce({_DIGEST} = subject_digest, false) "
            "END FROM entry ORDER BY seq"
        ).fetchall()
        hashes = _hashes(last.sha256, _texts(con, table))
    found = pd.DataFrame(rows, columns=["seq", "prev", "sha256", "digest_holds"])
    due = pd.Series(range(last.seq + 1, last.seq + len(found) + 1))
    whole = (
        (found["seq"] == due)
        & (found["prev"] == pd.Series([last.sha256, *hashes[:-1]]))
        & (found["sha256"] == pd.Series(hashes))
        & found["digest_holds"]
    )
    return None if whole.all() else int(due[~whole].iloc[0])


def _create_entry(con: DuckDBPyConnection, frame: pd.DataFrame, table: Table) -> None:
    con.execute("SET TimeZone = 'UTC'")
    con.register("given", arrow_from_pandas(frame, table))
    columns = ", ".join(f"CAST({c.name} AS {c.sql_type}) AS {c.name}" for c in table.columns)
    con.execute(f"CREATE TEMP TABLE entry AS SELECT {columns} FROM given")


def _texts(con: DuckDBPyConnection, table: Table) -> list[str]:
    """Return the text of every entry that is hashed, in order."""
    parts = ", ".join(
        f"{c.name} := " + (f"epoch_us({c.name})" if c.type == "at" else c.name)
        for c in table.columns
        if c.name not in _NOT_HASHED
    )
    found = con.execute(f"SELECT to_json(struct_pack({parts})) FROM entry ORDER BY seq").fetchall()
    return [text for (text,) in found]


def _hashes(first: str, texts: Iterable[str]) -> list[str]:
    """Hash every text together with the hash before it."""
    made = accumulate(
        texts, lambda prev, text: hashlib.sha256((prev + text).encode()).hexdigest(), initial=first
    )
    return list(made)[1:]
