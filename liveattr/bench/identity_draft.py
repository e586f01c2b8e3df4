"""Identifiers and edges as whole numbers while a world of identities is made; frames at the end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from liveattr.identity.tiers import EVIDENCE

__all__ = ["CLEAN", "DAY", "DAYS", "MINUTE", "NOBODY", "Draft", "Ints"]

Ints = NDArray[np.int64]

NOBODY = -1
"""Owner of an identifier that is nobody's: it becomes a person of its own."""

CLEAN = "clean"
"""Stratum of persons whom no fault touches."""

MINUTE = 60_000_000
DAY = 1440 * MINUTE
"""[µs]"""

DAYS = 182
"""Days that the world lasts, from 2026-01-01."""

_BEGIN = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000

_NAME = """
SELECT node, kind,
       CASE WHEN text IS NOT NULL THEN text
            WHEN kind = 'phone' THEN '15' || lpad(CAST(CAST(
                 (CAST(node AS HUGEINT) * 736880277 + ?) % 1000000000 AS BIGINT) AS VARCHAR), 9, '0')
            ELSE left(md5(? || kind || ':' || node), 16) END AS id
FROM drafted ORDER BY node"""
"""Ids tell nothing of owner or order: the factor has no divisor in common with 10⁹."""


class Draft:
    """What was seen so far, and whose every identifier is.

    Notes
    -----
    Persons are numbers from 0; `person_of` of a node may be changed by a fault (a device is sold).
    """

    def __init__(self, n_persons: int, seed: int) -> None:
        self.seed = seed
        self.rng = np.random.default_rng([seed, 0])
        self.stratum = np.full(n_persons, CLEAN, dtype=object)
        self.same_owner = np.full(n_persons, "", dtype=object)
        self.person_of = np.empty(0, dtype=np.int64)
        self._made: list[tuple[int, str, str | None, str]] = []  # how many, kind, text, stratum
        self._rows: list[tuple[Ints, Ints, Ints, NDArray[np.int8]]] = []
        self.shifts: list[str] = []
        self._words = list(EVIDENCE)

    def people(self, n: int) -> Ints:
        """Return `n` persons more."""
        first = len(self.stratum)
        self.stratum = np.concatenate([self.stratum, np.full(n, CLEAN, dtype=object)])
        self.same_owner = np.concatenate([self.same_owner, np.full(n, "", dtype=object)])
        return np.arange(first, first + n)

    def new(
        self, kind: str, person: Ints | int, *, text: str | None = None, stratum: str = CLEAN
    ) -> Ints:
        """Return a new identifier for every person; `stratum` counts only for nobody's."""
        owner = np.atleast_1d(np.asarray(person, dtype=np.int64))
        first, many = len(self.person_of), len(owner)
        self.person_of = np.concatenate([self.person_of, owner])
        self._made.append((many, kind, text, stratum))
        return np.arange(first, first + many)

    def see(self, left: Ints, right: Ints, evidence: str, at: Ints) -> None:
        """Add an edge a row, at `at` [µs since the world began]."""
        word = np.full(len(left), self._words.index(evidence), dtype=np.int8)
        self._rows.append((np.asarray(left), np.asarray(right), np.asarray(at), word))

    def often(
        self,
        left: Ints,
        right: Ints,
        evidence: str,
        times: tuple[int, int],
        *,
        since: Ints | int = 0,
        until: Ints | int = DAYS * DAY,
    ) -> None:
        """Add every edge between `times[0]` and `times[1]` times, at any moment of an interval."""
        many = self.rng.integers(times[0], times[1] + 1, len(left))
        low, high = (np.repeat(np.broadcast_to(t, len(left)), many) for t in (since, until))
        at = low + (self.rng.random(len(low)) * (high - low)).astype(np.int64)
        self.see(np.repeat(left, many), np.repeat(right, many), evidence, at)

    def touch(self, persons: Ints, fault: str) -> None:
        """Say that a fault touches these persons; the last fault to say so stays."""
        self.stratum[persons[persons >= 0]] = fault

    def small(self, most: int) -> NDArray[np.bool_]:
        """Say of each person whether it has at most `most` identifiers."""
        owned = self.person_of[self.person_of >= 0]
        return np.bincount(owned, minlength=len(self.stratum)) <= most

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return edges and truth; see `make_faults`."""
        left, right, at, word = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        rng = np.random.default_rng([self.seed, 999])
        if "clock_skew" in self.shifts:
            at = at + rng.choice([-5, 0, 5], len(at)) * MINUTE
        if "disorder" in self.shifts:
            left, right, at, word = _disorder(rng, left, right, at, word)
        else:
            order = np.argsort(at, kind="stable")
            left, right, at, word = left[order], right[order], at[order], word[order]
        many, *cells = zip(*self._made, strict=True)
        kind, text, stratum = (np.repeat(np.array(c, dtype=object), many) for c in cells)
        name = self._names(kind, text)
        edges = pd.DataFrame(
            {
                "left_kind": kind[left],
                "left_id": name[left],
                "right_kind": kind[right],
                "right_id": name[right],
                "tier": np.array([s.tier for s in EVIDENCE.values()], dtype=object)[word],
                "weight": np.array([s.weight for s in EVIDENCE.values()])[word],
                "observed_at": pd.to_datetime(at + _BEGIN, unit="us", utc=True),
                "evidence": np.array(self._words, dtype=object)[word],
            }
        )
        truth = pd.DataFrame({"kind": kind, "id": name, **self._owners(stratum)})
        seen = np.zeros(len(kind), dtype=np.bool_)
        seen[left] = seen[right] = True
        return edges, truth[seen].reset_index(drop=True)

    def _names(self, kind: NDArray[np.object_], text: NDArray[np.object_]) -> NDArray[np.object_]:
        drafted = pa.table(
            {
                "node": np.arange(len(kind)),
                "kind": pa.array(kind, type=pa.string()),
                "text": pa.array(text, type=pa.string()),
            }
        )
        with duckdb.connect() as con:
            con.register("drafted", drafted)
            named = con.execute(_NAME, [int(self.rng.integers(10**9)), f"{self.seed}:"]).df()
        found: NDArray[np.object_] = named["id"].to_numpy(dtype=object)
        return found

    def _owners(self, stratum: NDArray[np.object_]) -> dict[str, NDArray[Any]]:
        """Return person, stratum and same owner of every identifier."""
        nobody = self.person_of == NOBODY
        somebody = np.where(nobody, 0, self.person_of)
        return {
            "person": np.where(nobody, len(self.stratum) + np.cumsum(nobody), somebody),
            "stratum": np.where(nobody, stratum, self.stratum[somebody]),
            "same_owner": np.where(nobody, "", self.same_owner[somebody]),
        }


def _disorder(
    rng: np.random.Generator, left: Ints, right: Ints, at: Ints, word: NDArray[np.int8]
) -> tuple[Ints, Ints, Ints, NDArray[np.int8]]:
    """Repeat a fifth of the rows, turn a quarter around, and put them in any order."""
    rows = np.concatenate([np.arange(len(at)), rng.integers(0, len(at), len(at) // 5)])
    rng.shuffle(rows)
    turned = rng.random(len(rows)) < 0.25
    one, other = left[rows], right[rows]
    return np.where(turned, other, one), np.where(turned, one, other), at[rows], word[rows]
