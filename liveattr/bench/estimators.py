"""Estimators by name: what each of them says that a room, campaign or channel brought.

An estimator is a function of the evidence and a generator; it sees nothing of the truth. To add
one, decorate it and import its module in `liveattr.bench`:

    @estimator("half", rows="room", says="half of all orders, to show the form")
    def half(evidence, rng): ...
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from liveattr.bench.evidence import Evidence
from liveattr.errors import ParameterError, TableError, did_you_mean

__all__ = [
    "COLUMNS",
    "ORACLE",
    "Estimator",
    "chosen",
    "estimate",
    "estimator",
    "estimators",
    "frame_of",
]

ORACLE = "oracle"
"""Name of the row that is computed from the truth; no estimator may have it."""

COLUMNS = ("subject_kind", "subject", "measure", "estimate", "low", "high")
"""Columns of an estimate; `low` and `high` are NaN where there is no interval."""

KINDS = ("room", "channel", "campaign", "broadcast")
"""Kinds of subjects that the truth knows."""

Function = Callable[[Evidence, np.random.Generator], pd.DataFrame]


@dataclass(frozen=True)
class Estimator:
    """One estimator.

    Attributes
    ----------
    name
        Its name in tables.
    rows
        Kinds of subjects for which it gives rows.
    says
        What it does, in half a sentence.
    function
        `(evidence, rng) → DataFrame` with the columns `COLUMNS`.
    """

    name: str
    rows: tuple[str, ...]
    says: str
    function: Function

    @property
    def stamp(self) -> str:
        """The name; of an estimator from outside the package with a hash of its source."""
        function = self.function.func if isinstance(self.function, partial) else self.function
        if function.__module__.startswith("liveattr."):
            return self.name
        try:
            source = inspect.getsource(function)
        except OSError:  # typed at a prompt
            source = repr((function.__code__.co_code, function.__code__.co_names))
        return f"{self.name} {hashlib.sha256(source.encode()).hexdigest()[:8]}"


_KNOWN: dict[str, Estimator] = {}


def estimator(name: str, *, rows: str, says: str) -> Callable[[Function], Function]:
    """Register a function as an estimator.

    Parameters
    ----------
    name
        Its name; a second one of the same name is an error.
    rows
        Kinds of subjects for which it gives rows, e.g. `"room channel"`.
    says
        What it does, in half a sentence; tables show it.
    """
    kinds = tuple(rows.split())
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ParameterError(
            f"estimator {name!r}: there is no kind of subject {unknown[0]!r}; "
            f"{did_you_mean(unknown[0], KINDS)}"
        )
    if name in _KNOWN or name == ORACLE:
        raise ParameterError(f"there is an estimator {name!r} already")

    def keep(function: Function) -> Function:
        _KNOWN[name] = Estimator(name, kinds, says, function)
        return function

    return keep


def estimators() -> dict[str, Estimator]:
    """Return all estimators by name, in the order in which they were registered."""
    return dict(_KNOWN)


def chosen(names: Iterable[str] | None) -> tuple[Estimator, ...]:
    """Return the estimators that were asked for, without repeats; None means all.

    Raises
    ------
    ParameterError
        If there is no such estimator, or none is named.
    """
    if names is None:
        return tuple(_KNOWN.values())
    asked = tuple(dict.fromkeys(n.strip() for n in names if n.strip() not in ("", ORACLE)))
    for name in asked:
        if name not in _KNOWN:
            raise ParameterError(f"there is no estimator {name!r}; {did_you_mean(name, _KNOWN)}")
    if not asked:
        raise ParameterError(f"name at least one estimator; known are: {', '.join(_KNOWN)}")
    return tuple(_KNOWN[name] for name in asked)


def estimate(one: Estimator, evidence: Evidence, seed: int) -> pd.DataFrame:
    """Run one estimator and check the form of what it returns.

    Parameters
    ----------
    one
        Which.
    evidence
        What it may see.
    seed
        Seed of its generator; the name is part of it, so the order of estimators does not matter.

    Returns
    -------
    pandas.DataFrame
        The columns `COLUMNS`. A subject without a row is one for which it gives no number.

    Raises
    ------
    TableError
        If a column is missing, a kind was not announced, a subject comes twice, a number is
        infinite, or an interval is upside down or has one end.
    """
    name = one.name
    rng = np.random.default_rng([seed, *name.encode()])
    found = one.function(evidence, rng)
    missing = [column for column in COLUMNS if column not in found.columns]
    if missing:
        raise TableError(f"estimator {name!r}: column {missing[0]!r} is missing")
    found = found[list(COLUMNS)].reset_index(drop=True)
    numbers = found[["estimate", "low", "high"]].astype(float)
    wrong = {
        "kinds that it did not announce": ~found["subject_kind"].isin(one.rows),
        "a subject twice": found.duplicated(["subject_kind", "subject", "measure"]),
        "an estimate that is no number": ~np.isfinite(numbers["estimate"]),
        "an interval with one end": numbers["low"].isna() != numbers["high"].isna(),
        "an interval upside down": numbers["low"] > numbers["high"],
    }
    for what, rows in wrong.items():
        if rows.any():
            raise TableError(f"estimator {name!r} gives {what}: {found[rows].iloc[0].to_dict()}")
    return found.assign(**numbers)


def frame_of(kind: str, numbers: pd.Series, measure: str = "orders") -> pd.DataFrame:
    """Return estimates without intervals, from numbers by subject.

    Examples
    --------
    >>> frame_of("room", pd.Series({"kol": 3.0})).estimate.tolist()
    [3.0]
    """
    return pd.DataFrame(
        {
            "subject_kind": kind,
            "subject": numbers.index.astype(str),
            "measure": measure,
            "estimate": numbers.to_numpy(dtype=float),
            "low": np.nan,
            "high": np.nan,
        }
    )
