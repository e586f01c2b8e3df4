"""True ROI: the one formula of statements, of lifts, and of the truth of simulated worlds."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["ratio_ppm", "true_roi"]


def true_roi(revenue: pd.Series, variable_cost: pd.Series, fixed_cost: pd.Series) -> pd.Series:
    """Return (R + V) / -F: what each yuan of fixed cost brought back; break-even is 1.

    Parameters
    ----------
    revenue
        [fen] R: money that came in and stayed.
    variable_cost
        [fen] V: what the sold pieces cost; signed, so a cost is negative.
    fixed_cost
        [fen] F: what the campaign cost anyway; a cost is negative.

    Returns
    -------
    pandas.Series
        [ppm] Int64, half to even; null where there is no fixed cost.

    Notes
    -----
    With costs written as positive numbers it is (R - V) / F, section 4 of the reference on platforms.
    The formula does not know whose orders R and V are of: those that a rule credits (`statement`), those
    that would not have come otherwise (`lift_statement`), or the true ones of a world (`known_truth`).

    Examples
    --------
    >>> true_roi(pd.Series([10_000]), pd.Series([-4_000]), pd.Series([-3_000])).tolist()
    [2000000]
    """
    return ratio_ppm(revenue + variable_cost, -fixed_cost)


def ratio_ppm(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Return part / whole in whole ppm, half to even; null where whole is 0 (as `units.ppm`).

    Parameters
    ----------
    part, whole
        Whole numbers with the same index. They may be nullable.

    Returns
    -------
    pandas.Series
        [ppm] Int64.
    """
    zero = whole == 0
    divisor = whole.abs().mask(zero, 1)
    scaled = part.abs() * 1_000_000
    floor, twice = scaled // divisor, (scaled % divisor) * 2
    up = (twice > divisor) | ((twice == divisor) & (floor % 2 == 1))
    value = (floor + up) * np.sign(part) * np.sign(whole)
    return value.astype("Int64").mask(zero)
