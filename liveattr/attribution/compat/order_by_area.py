"""Choosing an order the way ChannelAttribution does: the penalised area under a curve."""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd

from liveattr.attribution.compat.path_states import number_states, seen
from liveattr.attribution.path_table import Paths
from liveattr.errors import ParameterError, TableError

__all__ = ["order_by_area"]


def order_by_area(
    paths: Paths, max_order: int
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame], int]:
    """Choose the order by how well the last touches tell conversions from nulls, less a penalty.

    Parameters
    ----------
    paths
        Coded path table with conversions and nulls.
    max_order
        Orders from 1 to this are tried, as long as there are more journeys than parameters.

    Returns
    -------
    tuple
        A frame of `order, auc, pauc` up to the order after the best; a dict of their curves
        (`order=1`: `fpr, tpr`, and so on); the order with the highest penalised area.

    Raises
    ------
    ParameterError
        If `max_order` is no whole number from 1.
    TableError
        If there are no conversions or no nulls: then there is nothing to tell apart.

    Notes
    -----
    The score of a path is the conversion rate of all paths that end in the same state, `auc` the
    area under its curve, and for n journeys, m channels and order k

        pauc = 1 - (1 - auc) (n - 1) / (n - p - 1),  p = C(m + k - 1, k)

    The rate is taken from the same paths that it judges, so `auc` rises with the order even in
    noise, and the penalty does not know how many states there really are.
    `liveattr.attribution.choose_order` judges journeys that the chain has not seen.
    """
    if not isinstance(max_order, int) or max_order < 1:
        raise ParameterError(f"max_order: a whole number from 1, not {max_order!r}")
    bought, lost = float(paths.conversions.sum()), float(paths.nulls.sum())
    if bought == 0 or lost == 0:
        raise TableError(
            f"{bought:g} conversions and {lost:g} nulls: an order is chosen by how well both are "
            f"told apart; give markov_model the order yourself"
        )
    n, m = bought + lost, len(seen(paths, counted=True))
    rows: list[tuple[int, float, float]] = []
    curves: dict[str, pd.DataFrame] = {}
    for order in range(1, max_order + 1):
        parameters = comb(m + order - 1, order)
        if n - parameters <= 1:
            break
        curve = _curve(paths, order)
        area = float(np.trapezoid(curve["tpr"], curve["fpr"]))
        rows.append((order, area, 1 - (1 - area) * (n - 1) / (n - parameters - 1)))
        curves[f"order={order}"] = curve
    if not rows:
        raise TableError(f"{n:g} journeys with {m} channels are too few for any order")
    best = max(range(len(rows)), key=lambda at: rows[at][2])
    table = pd.DataFrame(rows[: best + 2], columns=["order", "auc", "pauc"])
    return table, {name: curves[name] for name in list(curves)[: best + 2]}, rows[best][0]


def _curve(paths: Paths, order: int) -> pd.DataFrame:
    """Return how many nulls and conversions have at least a rate, of all of them."""
    last = number_states(paths, order)[paths.starts[1:] - 1]
    counts = pd.DataFrame({"conv": paths.conversions, "null": paths.nulls}).groupby(last).sum()
    counts = counts[counts["conv"] + counts["null"] > 0]
    rate = counts["conv"] / (counts["conv"] + counts["null"])
    above = counts.groupby(rate).sum().sort_index(ascending=False).cumsum()
    start = np.zeros(1)
    return pd.DataFrame(
        {
            "fpr": np.concatenate([start, above["null"] / above["null"].iloc[-1]]),
            "tpr": np.concatenate([start, above["conv"] / above["conv"].iloc[-1]]),
        }
    )
