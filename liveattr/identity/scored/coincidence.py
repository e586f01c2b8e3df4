"""Event coincidences: a click in a live room, and a visit to the mall seconds later.

A pair of events says something only where it is rare, so the search is narrow: both within a window,
and two of product, address, device and city agree. A model is trained on all that a window holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.identity.scored.coding import TRAITS, code_events

__all__ = ["agreements", "coincide", "find_coincidences", "shared_traits"]

_PAIRS = (
    ("product", "ua"), ("product", "city"), ("product", "ip"), ("ip", "ua"), ("ip", "city"),
    ("ua", "city"),
)  # fmt: skip
_BLOCKS = {0: ((),), 1: tuple((trait,) for trait in TRAITS), 2: _PAIRS}
"""Traits that agree; a pair of events is taken from the first block that holds it."""


def find_coincidences(
    clicks: pd.DataFrame,
    views: pd.DataFrame,
    *,
    window_s: float = 120.0,
    on_air: pd.DataFrame | None = None,
    agreeing: int = 2,
) -> pd.DataFrame:
    """Find pairs of a platform event and a mall event that stand close in time and agree.

    Parameters
    ----------
    clicks
        Events on the platform's side: `uid, at, broadcast` and, where known, `product, ip, ua, city`.
        Rows without a uid, a moment or a broadcast say nothing.
    views
        Events in the mall: `visitor, at` and, where known, `product, ip, ua, city`.
    window_s
        [s] A view counts from the moment of the click to this much later.
    on_air
        `broadcast, product, from_at, to_at` (to_at excluded): what a click without a product is
        taken to mean.
    agreeing
        How many of product, IP, UA and city must be equal at least: 0 (all that the window holds), 1
        or 2. What is null agrees with nothing.

    Returns
    -------
    DataFrame
        `uid, visitor, broadcast, clicked_at, viewed_at, delay_s`, then `product, ip, ua, city`: 1
        equal, 0 not, null where a side does not know. Ordered by all of these.

    Notes
    -----
    Both sides' clocks must agree within a second or two: correct a known offset before. A view that
    comes before its click (a clock that runs behind) is not found.
    """
    coded = code_events(clicks, views, on_air)
    found = coincide(coded.clicks, coded.views, window_s=window_s, agreeing=agreeing)
    click, view = coded.clicks.iloc[found["click"]], coded.views.iloc[found["view"]]
    out = pd.DataFrame(
        {
            "uid": coded.texts["uid"][click["uid"]],
            "visitor": coded.texts["visitor"][view["visitor"]],
            "broadcast": coded.texts["broadcast"][click["broadcast"]],
            "clicked_at": pd.to_datetime(click["us"].to_numpy(), unit="us", utc=True),
            "viewed_at": pd.to_datetime(view["us"].to_numpy(), unit="us", utc=True),
            "delay_s": found["delay_s"],
        }
    )
    for trait in TRAITS:
        told = found[trait].astype("Int8")
        out[trait] = told.mask(told < 0)
    return out.sort_values(list(out.columns), ignore_index=True)


def shared_traits(clicks: pd.DataFrame, views: pd.DataFrame) -> list[str]:
    """Return the traits that both sides know of some coded events."""
    return [t for t in TRAITS if (clicks[t] >= 0).any() and (views[t] >= 0).any()]


def coincide(
    clicks: pd.DataFrame,
    views: pd.DataFrame,
    *,
    window_s: float = 120.0,
    agreeing: int = 2,
    key: str | None = None,
) -> pd.DataFrame:
    """Find coincidences of coded events (`coding.Coded`); with a key, only where it is equal.

    Returns
    -------
    DataFrame
        `click, view` (row numbers), `uid, visitor, broadcast, delay_s` and for each trait 1 (equal),
        0 (not) or -1 (a side does not know). Ordered by click and view.
    """
    if agreeing not in _BLOCKS:
        raise ParameterError(f"agreeing must be 0, 1 or 2, not {agreeing}")
    blocks = _BLOCKS[agreeing]
    width = round(window_s * 1e6)
    with duckdb.connect(config={"threads": 2}) as con:
        con.execute("SET python_enable_replacements = false")
        con.register("given_click", clicks.assign(click=np.arange(len(clicks), dtype=np.int32)))
        con.register("given_view", views.assign(view=np.arange(len(views), dtype=np.int32)))
        con.execute(f"CREATE TEMP TABLE click AS SELECT *, us // {width} AS slot FROM given_click")
        con.execute(
            f"""
            CREATE TEMP TABLE view AS
            SELECT *, us // {width} - back AS slot FROM given_view CROSS JOIN range(2) AS r (back)"""
        )
        traits = ", ".join(
            f"CASE WHEN c.{t} < 0 OR v.{t} < 0 THEN -1 ELSE CAST(c.{t} = v.{t} AS INT) END::TINYINT"
            f" AS {t}"
            for t in TRAITS
        )
        parts = " UNION ALL ".join(
            _block(blocks, n, traits, width, key) for n in range(len(blocks))
        )
        return con.sql(f"{parts} ORDER BY click, view").df()


def _block(
    blocks: Sequence[tuple[str, ...]], number: int, traits: str, width: int, key: str | None
) -> str:
    """Write the join of one block, without what an earlier block has found."""
    keys = ["c.slot = v.slot", *([f"c.{key} = v.{key}"] if key else [])]
    keys += [_equal(blocks[number])] if blocks[number] else []
    seen = [f"NOT ({_equal(earlier)})" for earlier in blocks[:number]]
    return f"""
        SELECT c.click, v.view, c.uid, v.visitor, c.broadcast, (v.us - c.us) / 1e6 AS delay_s, {traits}
        FROM click AS c JOIN view AS v ON {" AND ".join(keys)}
        WHERE {" AND ".join([f"v.us - c.us BETWEEN 0 AND {width}", *seen])}"""


def _equal(keys: tuple[str, ...]) -> str:
    return " AND ".join(f"c.{k} = v.{k} AND c.{k} >= 0" for k in keys)


def agreements(found: pd.DataFrame) -> NDArray[np.integer]:
    """Return how many traits are equal in each coincidence."""
    return np.sum([found[trait].to_numpy() == 1 for trait in TRAITS], axis=0)
