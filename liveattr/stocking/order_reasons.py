"""Why a quantity is what it is: codes with numbers, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["REASON_CODES", "Reason", "reasons_json"]

REASON_CODES: dict[str, tuple[str, ...]] = {
    "negative_margin": (),
    "diagnosis_cap": ("cause",),
    "budget": ("units cut",),
    "min_order_too_much": ("fen",),
    "min_order": ("fen",),
    "moq_too_much": ("least order",),
    "moq": ("least order",),
    "pack_too_much": ("pack",),
    "shelf_life": ("days",),
    "stockout": ("days until",),
    "enough": ("cover days",),
    "demand_window": ("days", "mean"),
    "event": ("units",),
    "returns": ("units",),
    "pack": ("pack",),
    "new_sku": (),
    "no_forecast": (),
    "no_stock": (),
    "no_terms": (),
    "no_cost": (),
    "no_price": (),
}
"""Code → what the numbers after it are; the most important first, as in the list of an order.

`*_too_much`: nothing is ordered, since the least that can be bought costs more than it brings.
`no_stock`: the stock is not known and taken as 0.
"""

Reason = tuple[NDArray[np.bool_], Sequence[Any]]
"""Where it holds, and the columns of its numbers."""


def reasons_json(reasons: Mapping[str, Reason], rows: int) -> NDArray[np.object_]:
    """Return a JSON list of [code, number …] for each row, in the order of `REASON_CODES`.

    Numbers are rounded to one place; a text (a cause) is quoted.
    """
    import duckdb

    given: dict[str, Any] = {"row_no": np.arange(rows)}
    parts = []
    for code in REASON_CODES:
        if code not in reasons:
            continue
        where, numbers = reasons[code]
        given[f"{code}_f"] = np.asarray(where, bool)
        texts = []
        for k, column in enumerate(numbers):
            name = f"{code}_{k}"
            texts.append(_put(given, name, column, np.asarray(where, bool)))
        inner = " || ',' || ".join([f"'\"{code}\"'", *texts])
        parts.append(f"CASE WHEN {code}_f THEN '[' || {inner} || ']' END")
    frame = pd.DataFrame(given)
    listed = ", ".join(parts) if parts else "NULL"
    with duckdb.connect() as con:
        con.register("given", frame)
        sql = f"SELECT '[' || concat_ws(',', {listed}) || ']' AS reasons FROM given ORDER BY row_no"
        return con.sql(sql).df()["reasons"].to_numpy(object)


def _put(given: dict[str, Any], name: str, column: Any, where: NDArray[np.bool_]) -> str:
    """Put the column among the given ones; return the SQL that writes it."""
    values = np.asarray(column)
    if values.dtype.kind not in "fiub":
        given[name] = pd.Series(values, dtype=object).where(where, "")
        return f"'\"' || replace(replace({name}, '\\', '\\\\'), '\"', '\\\"') || '\"'"
    given[name] = np.where(where, values, 0).astype(float).round(1)
    whole = f"CAST(CAST({name} AS BIGINT) AS VARCHAR)"
    return f"CASE WHEN {name} = round({name}) THEN {whole} ELSE CAST({name} AS VARCHAR) END"
