"""A frame that does not fit its table is refused, with table, column and row."""

import datetime as dt
import decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from liveattr.errors import TableError
from liveattr.lake import Lake

pytestmark = pytest.mark.usefixtures("probe")


def frame(row: dict[str, Any], **columns: Any) -> pd.DataFrame:
    """Three rows; the given columns have the given three values."""
    rows = pd.DataFrame([row, row, row]).assign(id=["1", "2", "3"])
    for name, values in columns.items():
        rows[name] = pd.Series(values, dtype=object) if isinstance(values, list) else values
    return rows


def test_all_types_come_back_as_they_went_in(lake: Lake, full_row: dict[str, Any]) -> None:
    lake.write("probe", pd.DataFrame([full_row]))
    assert lake.table("probe").iloc[0].to_dict() == full_row


def test_nulls_come_back_as_nulls(lake: Lake, full_row: dict[str, Any]) -> None:
    may = [name for name in full_row if name.endswith("_may")]
    lake.write("probe", frame(full_row, **{name: [full_row[name], None, None] for name in may}))
    found = lake.table("probe")
    assert found[may].isna().sum(axis=1).tolist() == [0, 7, 7]
    assert found[may].iloc[0].to_dict() == {name: full_row[name] for name in may}


# --- columns ------------------------------------------------------------------------------------


def test_missing_and_extra_columns(lake: Lake, full_row: dict[str, Any]) -> None:
    good = frame(full_row)
    with pytest.raises(TableError, match="table 'probe': the frame lacks column 'int_may'"):
        lake.write("probe", good.drop(columns="int_may"))
    with pytest.raises(TableError, match="no column 'int_mya'; did you mean 'int_may'"):
        lake.write("probe", good.rename(columns={"int_may": "int_mya"}))
    with pytest.raises(TableError, match="has column 'id' twice"):
        lake.write("probe", pd.concat([good, good[["id"]]], axis=1))
    with pytest.raises(TableError, match="lacks column 'id'"):
        lake.write("probe", good.set_index("id"))
    assert lake.write("probe", good[sorted(good.columns)]) == 0  # in whatever order
    assert lake.versions() == {"probe": 0}


# --- nulls and keys -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text", "bigint", "int", "double", "bool", "at", "on"])
def test_null_in_a_required_column(lake: Lake, full_row: dict[str, Any], kind: str) -> None:
    name = f"{kind}_must"
    bad = frame(full_row, **{name: [full_row[name], None, None]})
    says = rf"table 'probe', column '{name}', row 1 counted from 0 \(id='2'\): is null.*2 rows"
    with pytest.raises(TableError, match=says):
        lake.write("probe", bad)


def test_key_that_comes_twice(lake: Lake, full_row: dict[str, Any]) -> None:
    with pytest.raises(TableError, match=r"key \(id='1'\) comes more than once, in rows 0 and 2"):
        lake.write("probe", frame(full_row, id=["1", "2", "1"]))


# --- types --------------------------------------------------------------------------------------


def refused(lake: Lake, row: dict[str, Any], name: str, values: Any, says: str) -> None:
    with pytest.raises(TableError, match=rf"table 'probe', column '{name}', row \d.*{says}"):
        lake.write("probe", frame(row, **{name: values}))
    assert lake.versions() == {}


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("text_may", [1, 2, 3], "has type BIGINT, expected text; ids are text"),
        ("text_may", [1.5, None, 2], "has type DOUBLE, expected text"),
        ("bigint_may", ["1", None, "2"], "has type VARCHAR, expected bigint"),
        ("bigint_may", [1.0, 1.5, 2.0], "value 1.5 is no whole number"),
        ("bigint_may", [True, False, None], "has type BOOLEAN"),
        ("bigint_may", np.array([1, 2**63, 2], dtype="uint64"), "9223372036854775808 is out of"),
        ("bigint_may", [1.0, 2.0**53 + 2, 3.0], "too large"),
        ("int_may", [1, 2**31, 3], "value 2147483648 is out of range"),
        ("int_may", [1.0, -(2.0**31) - 1, 3.0], "too large"),
        ("int_may", [1.0, float("inf"), 3.0], "is no whole number"),
        ("double_may", [1.0, float("-inf"), 3.0], "is no finite number"),
        ("double_may", [1, 2**53 + 1, 3], "too large for a double"),
        ("double_may", ["0.5", None, None], "has type VARCHAR, expected double"),
        ("bool_may", [0, 1, 1], "has type BIGINT, expected bool"),
        ("at_may", ["2026-01-01", None, None], "expected at; parse the text first"),
        ("at_may", pd.Timestamp("2026-01-01"), r"tz_localize\('Asia/Shanghai'\) in pandas"),
        ("at_may", [pd.Timestamp(2026, 1, 1).to_pydatetime()] * 3, "without zone is refused"),
        ("at_may", [dt.date(2026, 1, 1)] * 3, "has type DATE, expected at"),
        ("at_may", pd.to_datetime([1, 1, 1], utc=True), "is finer than 1 µs"),
        ("on_may", ["2026-01-01", None, None], "expected on; parse the text first"),
        ("on_may", pd.Timestamp("2026-01-01 08:00"), "has a time of day, expected a date"),
        ("on_may", pd.Timestamp("2026-01-01", tz="UTC"), "has type TIMESTAMP WITH TIME ZONE"),
    ],
)
def test_casts_that_could_lose_something(
    lake: Lake, full_row: dict[str, Any], name: str, values: Any, says: str
) -> None:
    refused(lake, full_row, name, values, says)


@pytest.mark.parametrize(
    ("name", "values", "wanted"),
    [
        ("text_may", pd.Categorical(["a", "b", "a"]), ["a", "b", "a"]),
        ("text_may", pd.array(["a", None, "b"], dtype="string"), ["a", None, "b"]),
        ("text_may", [np.nan] * 3, [None] * 3),
        ("bigint_may", [1.0, np.nan, -(2.0**53)], [1, pd.NA, -(2**53)]),
        ("bigint_may", np.array([1, 2, 3], dtype="uint8"), [1, 2, 3]),
        ("bigint_may", [decimal.Decimal("5")] * 3, [5, 5, 5]),
        ("int_may", [2**31 - 1, -(2**31), 0], [2**31 - 1, -(2**31), 0]),
        ("double_may", [1, 2, 3], [1.0, 2.0, 3.0]),
        ("double_may", [decimal.Decimal("0.1")] * 3, [0.1, 0.1, 0.1]),
        ("bool_may", [True, None, False], [True, pd.NA, False]),
        ("on_may", pd.Timestamp("2026-01-01"), [dt.date(2026, 1, 1)] * 3),
        ("on_may", [dt.date(1, 1, 1), None, dt.date(9999, 12, 31)], None),
    ],
)
def test_casts_that_lose_nothing(
    lake: Lake, full_row: dict[str, Any], name: str, values: Any, wanted: Any
) -> None:
    lake.write("probe", frame(full_row, **{name: values}))
    assert lake.table("probe")[name].tolist() == (values if wanted is None else wanted)


def test_time_of_another_zone_is_the_same_moment(lake: Lake, full_row: dict[str, Any]) -> None:
    here = pd.Timestamp("2026-01-23 01:00", tz="Asia/Shanghai")
    lake.write("probe", frame(full_row, at_may=here))
    found = lake.table("probe").at_may
    assert str(found.dtype) == "datetime64[us, UTC]"
    assert found[0].isoformat() == "2026-01-22T17:00:00+00:00"


def test_mixed_python_types_name_the_column(lake: Lake, full_row: dict[str, Any]) -> None:
    with pytest.raises(TableError, match="column 'text_may': the values have different types"):
        lake.write("probe", frame(full_row, text_may=["a", 1, None]))
    with pytest.raises(TableError, match="column 'bigint_may': the values have different types"):
        lake.write("probe", frame(full_row, bigint_may=[1, 2**70, None]))


def test_sums_of_a_query_fit(lake: Lake, full_row: dict[str, Any]) -> None:
    """A sum of BIGINT is 128 bits wide; it is taken where it fits, refused where it does not."""
    lake.write("probe", frame(full_row, bigint_must=[2**62, 2**62, 2**62]))
    with lake.connect() as con:
        fits = con.sql("SELECT * REPLACE (sum(int_must) OVER () AS bigint_may) FROM probe")
        lake.write("probe", fits)
        too_large = con.sql("SELECT * REPLACE (sum(bigint_must) OVER () AS bigint_may) FROM probe")
        with pytest.raises(TableError, match=r"'bigint_may', row 0.*13835058055282163712"):
            lake.write("probe", too_large)
    assert lake.table("probe").bigint_may.tolist() == [-21, -21, -21]


def test_naive_time_of_a_query_is_refused(lake: Lake, full_row: dict[str, Any]) -> None:
    lake.write("probe", frame(full_row))
    with lake.connect() as con:
        naive = con.sql("SELECT * REPLACE (TIMESTAMP '2026-01-01' AS at_must) FROM probe")
        with pytest.raises(TableError, match="AT TIME ZONE 'Asia/Shanghai' in SQL"):
            lake.write("probe", naive)
        zoned = naive.project(
            "* REPLACE (at_must AT TIME ZONE 'Asia/Shanghai' AS at_must, NULL AS text_may)"
        )
        lake.write("probe", zoned)
    assert lake.table("probe").at_must[0] == pd.Timestamp("2025-12-31 16:00", tz="UTC")
    assert lake.table("probe").text_may.tolist() == [None] * 3


def test_arrow_types(lake: Lake, full_row: dict[str, Any]) -> None:
    data = pa.Table.from_pandas(frame(full_row), preserve_index=False)
    at = data.schema.get_field_index("text_may")
    for array in (
        pa.array(["a", "b", "c"], pa.large_string()),
        pa.array(["a", "b", "c"], pa.string_view()),
        pa.array(["a", "b", "c"]).dictionary_encode(),
    ):
        lake.write("probe", data.set_column(at, "text_may", array))
        assert lake.table("probe").text_may.tolist() == ["a", "b", "c"]
    nested = data.set_column(at, "text_may", pa.array([["a"], [], None]))
    with pytest.raises(TableError, match=r"column 'text_may', row 0.*type VARCHAR\[\]"):
        lake.write("probe", nested)


def test_input_is_left_untouched(lake: Lake, full_row: dict[str, Any]) -> None:
    data = frame(full_row)
    before = data.copy(deep=True)
    lake.write("probe", data)
    pd.testing.assert_frame_equal(data, before)


def test_fault_deep_in_a_large_relation(lake: Lake) -> None:
    with duckdb.connect() as con:
        rows = con.sql(
            "SELECT 'a' AS kind, CASE WHEN i = 250000 THEN 17 ELSE i END AS code, 'v' AS value "
            "FROM range(300000) AS t(i)"
        )
        with pytest.raises(TableError, match=r"code=17\) comes more.*in rows 17 and 250000"):
            lake.write("dimension", rows)
