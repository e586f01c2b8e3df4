"""How right people are: pairwise and B-cubed scores against a truth, and how many are linked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import TableError

__all__ = ["ALL", "SCORE_COLUMNS", "evaluate", "match_rates"]

ALL = "(all)"
"""Value of `by` and `stratum` in the row over all identifiers."""

NONE = "(none)"
"""Stratum of identifiers that have none."""

SCORE_COLUMNS = (
    "by",
    "stratum",
    "identifiers",
    "missing",
    "unjudged",
    "people",
    "clusters",
    "biggest",
    "pair_precision",
    "pair_recall",
    "pair_f1",
    "bcubed_precision",
    "bcubed_recall",
    "bcubed_f1",
)
"""Columns of `evaluate`."""

_KEY = ["kind", "id"]


def evaluate(
    members: pd.DataFrame, truth: pd.DataFrame, *, strata: str | Iterable[str] | None = None
) -> pd.DataFrame:
    """Score people against the truth, over all identifiers and by stratum.

    Parameters
    ----------
    members : pandas.DataFrame
        `kind, id, person_id`, one row an identifier, as `resolve_identities` returns them.
    truth : pandas.DataFrame
        `kind, id, person`, one row an identifier; further columns may be strata. Names of persons
        need not resemble those of `members`.
    strata
        Columns of `truth` to score by, one after the other (`"kind"`, `"stratum"`, a platform, a
        tier). Default: only over all.

    Returns
    -------
    pandas.DataFrame
        The columns `SCORE_COLUMNS`; first the row over all, then those of each column of `strata`
        by value. For an identifier i let p be its person in `members`, t its true person, and n(p, t)
        the identifiers they share; sums over the identifiers of the row:

        - `bcubed_precision`: mean of n(p, t) / n(p); `bcubed_recall`: mean of n(p, t) / n(t);
          `bcubed_f1`: their harmonic mean;
        - `pair_precision`: Σ(n(p, t) - 1) / Σ(n(p) - 1), the share of claimed pairs that are true;
          `pair_recall`: Σ(n(p, t) - 1) / Σ(n(t) - 1); `pair_f1`: their harmonic mean. NaN where there is
          no pair to judge;
        - `identifiers`: how many are judged; `people`, `clusters`: true and found persons among them;
          `biggest`: identifiers of the biggest found person that holds one of them, unjudged ones
          included;
        - `missing`: of the judged ones, those that `members` lacks; `unjudged`: identifiers that only
          `members` has (in the row over all, else 0).

    Raises
    ------
    TableError
        If a column is missing, an identifier comes twice in a frame, or a key or person is null.

    Notes
    -----
    An identifier that only the truth knows counts as a person of its own: it was found by nobody, so
    recall suffers and precision does not. One that only `members` has cannot be judged and is left
    out, but for `biggest`. In a stratum the neighbours of an identifier count from whatever stratum
    they are; a pair of two strata is counted in both, so a stratum with a bad neighbour shows it.

    Pairwise scores weigh a person by the square of its identifiers: one welded blob rules them.
    B-cubed weighs every identifier alike, so it is the one to promise. Persons of one identifier that
    are found as such raise B-cubed and leave the pairwise scores alone: look at both. Time grows with
    n log n of the identifiers; no pair is listed.

    Sources: Bagga and Baldwin, "Algorithms for Scoring Coreference Chains" (LREC 1998); Amigó,
    Gonzalo, Artiles and Verdejo, "A comparison of extrinsic clustering evaluation metrics based on
    formal constraints" (Information Retrieval 12, 2009); Manning, Raghavan and Schütze, "Introduction
    to Information Retrieval", section 16.3, for pairs.

    Examples
    --------
    Bagga and Baldwin's first response: two true persons of five and two identifiers are welded.

    >>> truth = pd.DataFrame({"kind": "x", "id": list("123456789ABC"), "person": list("aaaaabbccccc")})
    >>> found = pd.DataFrame({"kind": "x", "id": list("123456789ABC"), "person_id": list("pppppqqqqqqq")})
    >>> evaluate(found, truth)[["bcubed_precision", "bcubed_recall"]].round(2).values.tolist()
    [[0.76, 1.0]]
    """
    columns = _names(strata)
    _check(members, "members", "person_id", ())
    _check(truth, "truth", "person", columns)
    judged = truth.merge(members[[*_KEY, "person_id"]], on=_KEY, how="left")
    unjudged = len(members) - int(judged["person_id"].notna().sum())
    rows = [_row(ALL, ALL, items := _items(judged, members)) | {"unjudged": unjudged}]
    for column in columns:
        values = judged[column].astype(object).where(judged[column].notna(), NONE).astype(str)
        for value, part in items.groupby(values.to_numpy(), sort=True):
            rows.append(_row(column, str(value), part))
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def match_rates(
    members: pd.DataFrame,
    *,
    of: pd.DataFrame | None = None,
    kinds: Sequence[str] | None = None,
    other_kinds: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Count how many identifiers of a kind share a person with one of another kind.

    Parameters
    ----------
    members : pandas.DataFrame
        `kind, id, person_id`, one row an identifier.
    of : pandas.DataFrame, optional
        `kind, id`: only these are counted, each once (the viewers of a room); whom they share a
        person with is looked up among all members. One that is no member counts as not matched.
    kinds, other_kinds
        Kinds that are counted, and kinds that they are matched with. Default: all there are.

    Returns
    -------
    pandas.DataFrame
        `kind, other_kind, n, matched, rate_ppm`, ordered by kinds, one row for two different kinds:
        of `n` identifiers of `kind`, `matched` are in one person with at least one of `other_kind`;
        `rate_ppm` is 1,000,000 matched / n, rounded half up. A kind without identifiers has no row.

    Raises
    ------
    TableError
        If a column is missing, an identifier comes twice in `members`, or a key or person is null.

    Notes
    -----
    A rate says how much is linked, not how much of it is right: `evaluate` does. For rates by tier
    resolve the edges of that tier and better ones, and take the rates of each.

    Examples
    --------
    >>> members = pd.DataFrame(
    ...     [("mall_account", "7", "p1"), ("uid_douyin", "a", "p1"), ("uid_douyin", "b", "p2")],
    ...     columns=["kind", "id", "person_id"])
    >>> match_rates(members).values.tolist()
    [['mall_account', 'uid_douyin', 1, 1, 1000000], ['uid_douyin', 'mall_account', 2, 1, 500000]]
    """
    _check(members, "members", "person_id", ())
    counted = members[[*_KEY, "person_id"]]
    if of is not None:
        _require(of, "of", _KEY)
        counted = of[_KEY].drop_duplicates().merge(counted, on=_KEY, how="left")
    first = sorted(set(counted["kind"])) if kinds is None else list(kinds)
    second = sorted(set(members["kind"])) if other_kinds is None else list(other_kinds)
    holders = {k: members.loc[members["kind"] == k, "person_id"].unique() for k in second}
    rows = []
    for kind in sorted(set(first)):
        persons = counted.loc[counted["kind"] == kind, "person_id"]
        for other in sorted(set(second) - {kind}):
            matched = int(persons.isin(holders[other]).sum())
            rows.append((kind, other, len(persons), matched, _ppm(matched, len(persons))))
    found = pd.DataFrame(rows, columns=["kind", "other_kind", "n", "matched", "rate_ppm"])
    return found[found["n"] > 0].reset_index(drop=True)


def _ppm(part: int, whole: int) -> int:
    return (2_000_000 * part + whole) // (2 * whole) if whole else 0


def _names(strata: str | Iterable[str] | None) -> list[str]:
    if strata is None:
        return []
    return [strata] if isinstance(strata, str) else list(strata)


def _check(frame: pd.DataFrame, name: str, person: str, more: Iterable[str]) -> None:
    """Refuse a frame that lacks a column, holds a null key or person, or an identifier twice."""
    needed = [*_KEY, person]
    _require(frame, name, [*needed, *more])
    for column in needed:
        if frame[column].isna().any():
            raise TableError(f"{name}: column {column!r} holds a null; drop or name these rows")
    twice = frame.duplicated(_KEY)
    if twice.any():
        kind, value = frame.loc[twice, _KEY].iloc[0]
        raise TableError(f"{name}: {kind} {value!r} comes twice; an identifier has one person")


def _require(frame: pd.DataFrame, name: str, columns: Iterable[str]) -> None:
    expected = list(columns)
    missing = [c for c in expected if c not in frame.columns]
    if missing:
        raise TableError(f"{name}: column {missing[0]!r} is missing; expected {expected}")


def _items(judged: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Return per judged identifier the sizes n(p), n(t), n(p, t), and what it is counted under."""
    true, _ = pd.factorize(judged["person"])
    found, names = pd.factorize(judged["person_id"])  # -1: not a member
    lost = found < 0
    found = np.where(lost, len(names) + np.cumsum(lost), found)
    whole = members["person_id"].value_counts()
    return pd.DataFrame(
        {
            "true": true,
            "found": found,
            "lost": lost,
            "n_true": _sizes(true),
            "n_found": _sizes(found),
            "n_both": _sizes(found.astype(np.int64) * (int(true.max(initial=0)) + 1) + true),
            "n_whole": judged["person_id"].map(whole).fillna(1).astype(np.int64),
        }
    )


def _sizes(codes: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return for each row how many rows have its code."""
    _, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse])


def _row(by: str, stratum: str, items: pd.DataFrame) -> dict[str, object]:
    both, found, true = items["n_both"], items["n_found"], items["n_true"]
    pair_precision = _ratio((both - 1).sum(), (found - 1).sum())
    pair_recall = _ratio((both - 1).sum(), (true - 1).sum())
    precision = _ratio((both / found).sum(), len(items))
    recall = _ratio((both / true).sum(), len(items))
    return {
        "by": by,
        "stratum": stratum,
        "identifiers": len(items),
        "missing": int(items["lost"].sum()),
        "unjudged": 0,
        "people": items["true"].nunique(),
        "clusters": items["found"].nunique(),
        "biggest": int(items["n_whole"].max()) if len(items) else 0,
        "pair_precision": pair_precision,
        "pair_recall": pair_recall,
        "pair_f1": _harmonic(pair_precision, pair_recall),
        "bcubed_precision": precision,
        "bcubed_recall": recall,
        "bcubed_f1": _harmonic(precision, recall),
    }


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def _harmonic(one: float, other: float) -> float:
    """Return the harmonic mean; 0 where both are 0, NaN where one is not known."""
    return 2 * one * other / (one + other) if one + other != 0 else 0.0
