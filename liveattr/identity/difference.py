"""What changed between two resolutions: merges, splits, moves, and ids that changed for nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from liveattr.errors import TableError

__all__ = ["Difference", "diff"]


@dataclass(frozen=True)
class Difference:
    """What became of people between two resolutions.

    Attributes
    ----------
    merges : pandas.DataFrame
        `person_id` (after), `was` (before): people that are one now, one row each of them.
    splits : pandas.DataFrame
        `person_id` (before), `became` (after): one row each part.
    moves : pandas.DataFrame
        `kind, id, before, after`: identifiers of both whose person has another id now.
    came, gone : int
        Identifiers that only one of the two has.
    kept : int
        Identifiers of both.
    churn : float
        Share of identifiers of both whose company did not change while the id did. Persistent ids
        have 0.
    """

    merges: pd.DataFrame
    splits: pd.DataFrame
    moves: pd.DataFrame
    came: int
    gone: int
    kept: int
    churn: float

    def _rows(self) -> list[tuple[str, str]]:
        return [
            ("people out of several", f"{self.merges.person_id.nunique():,}"),
            ("people that split", f"{self.splits.person_id.nunique():,}"),
            ("identifiers that moved", f"{len(self.moves):,}"),
            ("identifiers new", f"{self.came:,}"),
            ("identifiers gone", f"{self.gone:,}"),
            ("churn without a reason", f"{100 * self.churn:.1f} %"),
        ]

    def __repr__(self) -> str:
        return f"<Difference: {', '.join(f'{name} {value}' for name, value in self._rows())}>"

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><td style='text-align:left'>{name}</td><td>{value}</td></tr>"
            for name, value in self._rows()
        )
        return f"<table>{cells}</table>"


def diff(before: pd.DataFrame, after: pd.DataFrame) -> Difference:
    """Compare two resolutions.

    Parameters
    ----------
    before, after : pandas.DataFrame
        `kind, id, person_id` (text), each identifier once; other columns are ignored.

    Returns
    -------
    Difference

    Raises
    ------
    TableError
        If a column is missing or an identifier is there twice.

    Notes
    -----
    Judged on the identifiers that both have. Two people merged if each gave an identifier to the
    same person; one person split if its identifiers are with several now. An identifier *moved* if
    the id of its person changed; it *churned* if that happened although the same identifiers are
    together as before.

    Examples
    --------
    >>> import pandas as pd
    >>> name = ["kind", "id", "person_id"]
    >>> was = pd.DataFrame([("phone", "1", "p"), ("openid", "2", "q")], columns=name)
    >>> now = pd.DataFrame([("phone", "1", "p"), ("openid", "2", "p")], columns=name)
    >>> diff(was, now).merges.values.tolist()
    [['p', 'p'], ['p', 'q']]
    """
    old, new = (_checked(frame, name) for frame, name in ((before, "before"), (after, "after")))
    both = old.merge(new, on=["kind", "id"], suffixes=("_old", "_new"))
    both = both.rename(columns={"person_id_old": "before", "person_id_new": "after"})
    pairs = both[["before", "after"]].drop_duplicates()
    parts, origins = pairs.groupby("before").size(), pairs.groupby("after").size()
    merged, split = (set(sizes.index[sizes > 1]) for sizes in (origins, parts))
    moved = both[both.before != both.after]
    same = ~(moved.before.isin(split) | moved.after.isin(merged))
    return Difference(
        merges=_named(pairs[pairs.after.isin(merged)], {"after": "person_id", "before": "was"}),
        splits=_named(pairs[pairs.before.isin(split)], {"before": "person_id", "after": "became"}),
        moves=moved[["kind", "id", "before", "after"]]
        .sort_values(["kind", "id"])
        .reset_index(drop=True),
        came=len(new) - len(both),
        gone=len(old) - len(both),
        kept=len(both),
        churn=int(same.sum()) / len(both) if len(both) else 0.0,
    )


def _named(pairs: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    columns = list(names.values())
    return pairs.rename(columns=names)[columns].sort_values(columns).reset_index(drop=True)


def _checked(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    columns = ["kind", "id", "person_id"]
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise TableError(f"{name}: column {missing[0]!r} is missing; expected {columns}")
    if frame.duplicated(["kind", "id"]).any():
        raise TableError(f"{name}: an identifier is there twice; give one moment of time only")
    return frame[columns]
