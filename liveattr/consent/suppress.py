"""Small cells of a report are hidden, and enough of the others that nobody can subtract them out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api import types

from liveattr.errors import ParameterError

__all__ = ["SMALLEST", "small_cells", "suppress_small"]

SMALLEST = 5
"""[people] Fewer are not shown."""


def small_cells(
    frame: pd.DataFrame, count_column: str, k: int = SMALLEST, within: Sequence[str] = ()
) -> pd.Series:
    """Say which rows of a report must be hidden.

    Parameters
    ----------
    frame
        One row a cell.
    count_column
        Column with the number of people in the cell (not orders, not money).
    k
        Fewest people that are shown.
    within
        Columns of the total that is shown beside the cells; cells with equal values add up to one.

    Returns
    -------
    pandas.Series of bool
        True: hide.

    Raises
    ------
    ParameterError
        If `k` is under 2, or a count is missing or negative.

    Notes
    -----
    A cell with 0 < n < k is hidden. Where a total hides at least one, the next smaller cells that are
    not empty are hidden too, until two or more are hidden and hold k people together: so total minus
    shown cells gives away no group under k. Empty cells stay. It is the least that protects one total;
    a table with totals in both directions needs a call for each, and a total under k must be hidden
    where it stands. Source: Hundepool et al., Statistical Disclosure Control (2012), ch. 4.

    Examples
    --------
    >>> cells = pd.DataFrame({"city": list("abcd"), "people": [3, 40, 9, 0]})
    >>> small_cells(cells, "people").tolist()
    [True, False, True, False]
    """
    if k < 2:
        raise ParameterError(f"k = {k}: from 2 on a cell can hide somebody")
    counts = frame[count_column]
    if counts.isna().any() or (counts < 0).any():
        raise ParameterError(f"column {count_column!r}: a number of people is missing or negative")
    labels = [c for c in frame.columns if c != count_column and c not in within]
    ranked = frame.reset_index(drop=True)
    order = ranked.astype(dict.fromkeys(labels, str)).sort_values([count_column, *labels]).index
    people = counts.to_numpy()[order]
    sheet = pd.DataFrame({"people": people, "filled": (people > 0).astype(int)})
    totals = [ranked[c].to_numpy()[order] for c in within] or [np.zeros(len(sheet))]
    groups = sheet.groupby(totals, dropna=False, sort=False)
    before = groups["people"].cumsum() - sheet["people"]
    place = groups["filled"].cumsum()
    small = sheet["people"].between(1, k - 1)
    touched = small.groupby(totals, dropna=False, sort=False).transform("any")
    hide = (sheet["people"] > 0) & touched & (small | (place <= 2) | (before < k))
    return pd.Series(hide.to_numpy(), index=order).sort_index().set_axis(frame.index)


def suppress_small(
    frame: pd.DataFrame,
    count_column: str,
    k: int = SMALLEST,
    *,
    within: Sequence[str] = (),
    hide: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Hide the small cells of a report.

    Parameters
    ----------
    frame, count_column, k, within
        As for `small_cells`.
    hide
        Columns that are blanked in a hidden row, besides the count; by default every numeric one,
        since the money of three people is theirs too.

    Returns
    -------
    pandas.DataFrame
        The same rows with the column `hidden`; what is hidden is null.

    Examples
    --------
    >>> cells = pd.DataFrame({"city": ["a", "b", "c"], "people": [3, 40, 9]})
    >>> suppress_small(cells, "people").hidden.tolist()
    [True, False, True]
    """
    hidden = small_cells(frame, count_column, k, within)
    numbers = [
        c
        for c in frame.columns
        if types.is_numeric_dtype(frame[c])
        and not types.is_bool_dtype(frame[c])
        and c not in within
    ]
    blank = {count_column, *(numbers if hide is None else hide)}
    out = frame.assign(hidden=hidden)
    for column in sorted(blank):
        values = frame[column]
        whole = types.is_integer_dtype(values)
        out[column] = (values.astype("Int64") if whole else values).mask(hidden)
    return out
