"""Cut money into whole fen by share: the largest remainder, in SQL and in pandas.

Each part gets the floor of its share; the fen that are left go one each to the parts with the
largest remainders, ties in a stated order. So the parts of an amount always sum to it, have its
sign, a larger share never gets less, and the order of the rows changes nothing. Shares are first
rounded to billionths: the noise of floating sums (1/6 + 1/6 against 1/3) must not decide who gets
a fen, and two engines must agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from liveattr.errors import ParameterError
from liveattr.ledger import cut_sql

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SHARE_PARTS", "SHARE_TOLERANCE", "allocate", "cut_sql", "parts_sql"]

SHARE_PARTS = 1_000_000_000
"""Whole parts of a share of 1. A billionth of 10 million yuan is one fen: finer does not matter,
and an amount times its parts still fits 64 bits after the whole multiples are taken out."""

SHARE_TOLERANCE = 1e-6
"""The shares of an amount sum to 1 within this: wide for floating noise, narrow for a lost share."""


def parts_sql(share: str) -> str:
    """Write a share as whole billionths in SQL; the same rounding as `allocate`.

    Examples
    --------
    >>> import duckdb
    >>> duckdb.sql(f"SELECT {parts_sql('CAST(1 AS DOUBLE) / 3')}").fetchall()
    [(333333333,)]
    """
    return f"CAST(floor({share} * {SHARE_PARTS} + 0.5) AS BIGINT)"


def allocate(
    frame: pd.DataFrame,
    *,
    by: Sequence[str],
    order: Sequence[str],
    amount: str = "amount_fen",
    share: str = "share",
) -> pd.Series:
    """Cut amounts into whole fen by share.

    Parameters
    ----------
    frame
        One row per part to be made.
    by
        Columns that say which rows share one amount.
    order
        Columns that break ties between equal remainders: the first gets the fen. With `by` they
        should tell all rows apart.
    amount
        [fen] Integer column, equal on all rows of a group.
    share
        Column of shares from 0 to 1; those of a group sum to 1.

    Returns
    -------
    pandas.Series
        [fen] int64 parts, in the order and with the index of `frame`.

    Raises
    ------
    ParameterError
        If a share is negative or missing, shares do not sum to 1, or a group has two amounts.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"line": ["x"] * 3, "who": ["a", "b", "c"], "amount_fen": -100})
    >>> allocate(rows.assign(share=1 / 3), by=["line"], order=["who"]).tolist()
    [-34, -33, -33]
    """
    import pandas as pd

    if frame.empty:
        return pd.Series([], index=frame.index, dtype="int64", name="part")
    group = frame.groupby(list(by), sort=False, dropna=False).ngroup().to_numpy()
    weight, total = _weights(frame[share].to_numpy(dtype=float), group, share)
    signed = frame[amount].to_numpy(dtype="int64")
    _refuse_two_amounts(signed, group, amount)
    size = np.abs(signed)
    product = (size % total) * weight
    floor, rest = (size // total) * weight + product // total, product % total
    turn = _turns(frame[list(order)], group, rest)
    left = size - np.bincount(group, weights=floor).astype("int64")[group]
    part = np.sign(signed) * (floor + (turn < left))
    return pd.Series(part, index=frame.index, name="part")


def _weights(shares: np.ndarray, group: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's whole parts and the sum of its group's."""
    if np.isnan(shares).any() or (shares < 0).any():
        raise ParameterError(f"column {name!r} has a share that is missing or negative")
    if (np.abs(np.bincount(group, weights=shares) - 1) > SHARE_TOLERANCE).any():
        raise ParameterError(f"column {name!r}: the shares of an amount do not sum to 1")
    parts = np.floor(shares * SHARE_PARTS + 0.5).astype("int64")
    return parts, np.bincount(group, weights=parts).astype("int64")[group]


def _refuse_two_amounts(amounts: np.ndarray, group: np.ndarray, name: str) -> None:
    first = np.full(group.max() + 1, 0, dtype="int64")
    first[group[::-1]] = amounts[::-1]
    if (first[group] != amounts).any():
        raise ParameterError(f"column {name!r}: rows that share an amount have different amounts")


def _turns(ties: pd.DataFrame, group: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Return each row's place in its group, from 0, by remainder (largest first) and ties."""
    keys = ties.assign(_group=group, _rest=-rest).reset_index(drop=True)
    place = keys.sort_values(["_group", "_rest", *ties.columns], kind="stable").index.to_numpy()
    start = np.zeros(group.max() + 1, dtype="int64")
    sizes = np.bincount(group)
    start[1:] = np.cumsum(sizes)[:-1]
    turn = np.empty(len(group), dtype="int64")
    turn[place] = np.arange(len(group)) - start[group[place]]
    return turn
