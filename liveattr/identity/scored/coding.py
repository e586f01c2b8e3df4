"""Events of both sides as whole numbers: texts are coded once, joins and models work on the codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError

__all__ = ["CLICK_COLUMNS", "TRAITS", "VIEW_COLUMNS", "Coded", "code_events"]

TRAITS = ("product", "ip", "ua", "city")
"""What may agree between two events."""

CLICK_COLUMNS = ("uid", "at", "broadcast", *TRAITS)
"""Columns of events on the platform's side; the traits may be missing."""

VIEW_COLUMNS = ("visitor", "at", *TRAITS)
"""Columns of events in the mall; the traits may be missing."""


@dataclass(frozen=True)
class Coded:
    """Events as codes, ordered by person and moment, so no result depends on the order of rows.

    Attributes
    ----------
    clicks
        `uid, broadcast, product, ip, ua, city` as codes (-1: not known) and `us` [µs since 1970, UTC].
    views
        `visitor, product, ip, ua, city` and `us` in the same way.
    texts
        Column → text of each code, in order of the text.
    """

    clicks: pd.DataFrame
    views: pd.DataFrame
    texts: dict[str, NDArray[np.object_]]


def code_events(
    clicks: pd.DataFrame, views: pd.DataFrame, on_air: pd.DataFrame | None = None
) -> Coded:
    """Code the events of both sides.

    Parameters
    ----------
    clicks, views, on_air
        As `find_coincidences` takes them.

    Returns
    -------
    Coded
        Without the rows that name nobody, no moment or no broadcast.

    Raises
    ------
    ParameterError
        A column that is needed is missing.
    """
    _needs(clicks, ("uid", "at", "broadcast"), "clicks")
    _needs(views, ("visitor", "at"), "views")
    if on_air is not None:
        _needs(on_air, ("broadcast", "product", "from_at", "to_at"), "on_air")
        clicks = _with_on_air(clicks, on_air)
    frames = {
        "clicks": clicks.dropna(subset=["uid", "at", "broadcast"]),
        "views": views.dropna(subset=["visitor", "at"]),
    }
    out = {name: pd.DataFrame({"us": _micros(frame["at"])}) for name, frame in frames.items()}
    texts = {}
    for column in ("uid", "visitor", "broadcast", *TRAITS):
        own = {n: f[column] for n, f in frames.items() if column in f.columns}
        codes, texts[column] = _codes(list(own.values()))
        for name, code in zip(own, codes, strict=True):
            out[name][column] = code
    for name in out:
        for column in TRAITS:
            if column not in out[name]:
                out[name][column] = np.full(len(out[name]), -1, dtype=np.int32)
    return Coded(_ordered(out["clicks"], "uid"), _ordered(out["views"], "visitor"), texts)


def _needs(frame: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise ParameterError(f"{name} have no column {missing[0]!r}")


def _micros(at: pd.Series) -> NDArray[np.int64]:
    moment = pd.to_datetime(at, utc=True).dt.as_unit("us")
    return moment.to_numpy(dtype="datetime64[us]").astype(np.int64)


def _codes(columns: list[pd.Series]) -> tuple[list[NDArray[np.int32]], NDArray[np.object_]]:
    """Return codes of columns that share one list of texts, in order of the text."""
    if not columns:
        return [], np.array([], dtype=object)
    every = pd.concat(columns, ignore_index=True)
    code, found = pd.factorize(every)
    names = np.asarray(found, dtype=object).astype(str).astype(object)
    order = np.argsort(names, kind="stable")
    rank = np.empty(len(order) + 1, dtype=np.int32)
    rank[order], rank[-1] = np.arange(len(order), dtype=np.int32), -1
    parts = np.split(rank[code], np.cumsum([len(c) for c in columns])[:-1])
    return parts, names[order]


def _ordered(frame: pd.DataFrame, who: str) -> pd.DataFrame:
    rest = [c for c in frame.columns if c not in (who, "us")]
    keys = [frame[c].to_numpy() for c in [*reversed(rest), "us", who]]
    return frame.iloc[np.lexsort(keys)].reset_index(drop=True)


def _with_on_air(clicks: pd.DataFrame, on_air: pd.DataFrame) -> pd.DataFrame:
    """Return the clicks, those without a product with what was on air in their room."""
    clicks = clicks.reset_index(drop=True)
    if "product" not in clicks:
        clicks["product"] = None
    bare = clicks.index[clicks["product"].isna() & clicks["at"].notna()]
    if not len(bare) or on_air.empty:
        return clicks
    asked = pd.DataFrame(
        {
            "row": bare,
            "room": clicks.loc[bare, "broadcast"].astype(str),
            "us": _micros(clicks.loc[bare, "at"]),
        }
    )
    plan = pd.DataFrame(
        {
            "room": on_air["broadcast"].astype(str),
            "product": on_air["product"].astype(str),
            "from_us": _micros(on_air["from_at"]),
            "to_us": _micros(on_air["to_at"]),
        }
    )
    with duckdb.connect() as con:
        con.register("asked", asked)
        con.register("plan", plan)
        shown = con.sql(
            """
            SELECT "row", min(product) AS product
            FROM asked JOIN plan USING (room) WHERE us >= from_us AND us < to_us
            GROUP BY "row" ORDER BY "row" """
        ).df()
    clicks["product"] = clicks["product"].astype(object)
    clicks.loc[shown["row"], "product"] = shown["product"].to_numpy(dtype=object)
    return clicks
