"""Frames in and out: pandas to Arrow and back without guesses; whole numbers stay whole."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from liveattr.errors import TableError
from liveattr.tables import Table

__all__ = ["arrow_from_pandas", "pandas_from_arrow"]

_DECLARED: dict[tuple[str, bool], Any] = {
    ("bigint", True): "int64",
    ("bigint", False): "Int64",
    ("int", True): "int32",
    ("int", False): "Int32",
    ("bool", True): "bool",
    ("bool", False): "boolean",
}
"""Type and required → pandas dtype, where Arrow's own choice depends on the data."""

_NULLABLE = {
    "int8": "Int8",
    "int16": "Int16",
    "int32": "Int32",
    "int64": "Int64",
    "uint8": "UInt8",
    "uint16": "UInt16",
    "uint32": "UInt32",
    "uint64": "UInt64",
    "bool": "boolean",
}


def arrow_from_pandas(frame: pd.DataFrame, table: Table) -> pa.Table:
    """Turn a frame into Arrow columns; the index is left out, NaN and NaT are null.

    Raises
    ------
    TableError
        If the frame has a column twice, or a column of mixed Python types.
    """
    labels = [str(label) for label in frame.columns]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise TableError(f"table {table.name!r}: the frame has column {twice[0]!r} twice")
    columns = {}
    for label, (_, series) in zip(labels, frame.items(), strict=True):
        try:
            columns[label] = pa.Array.from_pandas(series)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise TableError(
                f"table {table.name!r}, column {label!r}: the values have different types ({error})"
            ) from error
    return pa.table(columns)


def pandas_from_arrow(data: pa.Table, table: Table | None = None) -> pd.DataFrame:
    """Turn Arrow columns into a frame: text is `object`, dates are `datetime.date`.

    Whole numbers stay whole: with `table` a column that may be null is `Int64`, one that may not
    is `int64`, whatever the data; without it `Int64` is taken only where a null occurs. Sums of
    integers (128 bits wide in SQL) come back as 64-bit integers where they fit.
    """
    data = _narrow(data)
    dtypes: dict[str, Any] = {}
    for field, column in zip(data.schema, data.columns, strict=True):
        if table is not None:
            declared = table.column(field.name)
            dtype = _DECLARED.get((declared.type, declared.required))
        else:
            dtype = _NULLABLE.get(str(field.type)) if column.null_count else None
        if dtype is not None:
            dtypes[field.name] = dtype
    columns = [
        _series(column, dtypes.get(field.name))
        for field, column in zip(data.schema, data.columns, strict=True)
    ]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    frame.columns = pd.Index(data.schema.names)
    return frame


def _series(column: pa.ChunkedArray, dtype: str | None) -> pd.Series:
    """Read a column; a nullable dtype is made by Arrow, which never passes through a float."""
    wanted = pd.api.types.pandas_dtype(dtype) if dtype is not None else None
    nullable = isinstance(wanted, pd.api.extensions.ExtensionDtype)
    series: pd.Series = column.to_pandas(types_mapper=(lambda _: wanted) if nullable else None)
    return series


def _narrow(data: pa.Table) -> pa.Table:
    """128-bit whole numbers become 64-bit ones where all of them fit."""
    for at, field in enumerate(data.schema):
        if pa.types.is_decimal(field.type) and field.type.scale == 0:
            try:
                column = data.column(at).cast(pa.int64())
            except pa.ArrowInvalid:
                continue
            data = data.set_column(at, field.name, column)
    return data
