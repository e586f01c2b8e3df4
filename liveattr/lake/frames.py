"""Frames in and out: pandas to Arrow and back without guesses; whole numbers stay whole."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from liveattr.errors import TableError
from liveattr.tables import Column, Table

__all__ = ["arrow_from_pandas", "declared_series", "pandas_from_arrow"]

_DECLARED = {
    ("bigint", False): "Int64",
    ("int", False): "Int32",
    ("bool", False): "boolean",
}
"""Type and required → pandas dtype, where pandas' own choice would depend on the nulls."""

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


def pandas_from_arrow(data: pa.Table) -> pd.DataFrame:
    """Turn the result of a query into a frame: text is `object`, dates are `datetime.date`.

    Whole numbers stay whole: a column with a null is `Int64`, not a float, and sums of integers
    (128 bits wide in SQL) come back as 64-bit integers where they fit. Decimals are floats.
    """
    frame = pd.DataFrame(
        {at: _series(*_undeclared(column)) for at, column in enumerate(data.columns)}, copy=False
    )
    frame.columns = pd.Index(data.schema.names)  # last, since a query may name two columns alike
    return frame


def declared_series(values: pa.ChunkedArray, column: Column) -> pd.Series:
    """Turn a column of a table into a series whose dtype the declaration decides, not the data."""
    return _series(values, _DECLARED.get((column.type, column.required)))


def _series(values: pa.ChunkedArray, dtype: str | None) -> pd.Series:
    """Read a column; a nullable dtype is made by Arrow, which never passes through a float."""
    wanted = pd.api.types.pandas_dtype(dtype) if dtype is not None else None
    series: pd.Series = values.to_pandas(types_mapper=(lambda _: wanted) if wanted else None)
    return series


def _undeclared(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str | None]:
    values = _narrow(values)
    return values, _NULLABLE.get(str(values.type)) if values.null_count else None


def _narrow(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole numbers of 128 bits become 64-bit ones where all of them fit, decimals become floats."""
    if not pa.types.is_decimal(values.type):
        return values
    if values.type.scale:
        return values.cast(pa.float64())
    try:
        return values.cast(pa.int64())
    except pa.ArrowInvalid:
        return values
