"""Which goods matter and which are steady: ABC by money, XYZ by variation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from liveattr.errors import TableError

__all__ = ["A_SHARE", "B_SHARE", "X_BELOW", "Y_TO", "abc_xyz"]

A_SHARE, B_SHARE = 0.80, 0.95
X_BELOW, Y_TO = 0.5, 1.0


def abc_xyz(goods: pd.DataFrame) -> pd.DataFrame:
    """Grade goods by the money wanted and by how steadily it is wanted.

    Parameters
    ----------
    goods
        sku_id; value_fen: money wanted in a day, any common unit; weekly_cv: standard deviation /
        mean of the units of weeks.

    Returns
    -------
    pandas.DataFrame
        sku_id, abc, xyz in the order of `goods`. abc: A the goods that bring the first 80 % of the
        money (the one that crosses it belongs to it), B to 95 %, C the rest and whatever brings none
        or whose value is not known. xyz: X below 0.5, Y to 1, Z beyond or not known.

    Raises
    ------
    TableError
        A column is missing.

    Notes
    -----
    Goods of equal value are ordered by their id, so the result does not hang on the order of rows.
    The limits are the usual convention; they say nothing about what a class should cost.

    Examples
    --------
    >>> goods = pd.DataFrame({"sku_id": ["a", "b", "c"], "value_fen": [90.0, 8, 2], "weekly_cv": [0.1, 0.7, None]})
    >>> abc_xyz(goods).to_dict("list")
    {'sku_id': ['a', 'b', 'c'], 'abc': ['A', 'B', 'C'], 'xyz': ['X', 'Y', 'Z']}
    """
    lacking = [name for name in ("sku_id", "value_fen", "weekly_cv") if name not in goods]
    if lacking:
        raise TableError(f"goods lacks the columns {', '.join(lacking)}")
    value = pd.to_numeric(goods["value_fen"], errors="coerce").to_numpy(float, na_value=np.nan)
    value = np.where(np.isfinite(value), np.maximum(value, 0.0), 0.0)
    order = np.lexsort((goods["sku_id"].astype(str).to_numpy(), -value))
    before = np.empty(len(value))
    before[order] = np.cumsum(value[order]) - value[order]
    total = value.sum() * (1 - 1e-12)
    found = [(value > 0) & (before < A_SHARE * total), (value > 0) & (before < B_SHARE * total)]
    varies = pd.to_numeric(goods["weekly_cv"], errors="coerce").to_numpy(float, na_value=np.nan)
    return pd.DataFrame(
        {
            "sku_id": goods["sku_id"].to_numpy(),
            "abc": np.select(found, ["A", "B"], "C"),
            "xyz": np.select([varies < X_BELOW, varies <= Y_TO], ["X", "Y"], "Z"),
        }
    )
