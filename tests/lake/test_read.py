"""Reading: types, versions, snapshots, SQL, and what Delta readers of others see."""

import datetime as dt
import html.parser
import pickle
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from liveattr.errors import ConfigError, LakeError, ParameterError, TableError
from liveattr.lake import Lake, open_lake
from liveattr.lake import lake as lake_module
from liveattr.tables import TABLES, Column, Table


def codes(*numbers: int, value: str = "x") -> pd.DataFrame:
    return pd.DataFrame({"kind": "sku", "code": list(numbers), "value": value})


# --- frames -------------------------------------------------------------------------------------


def test_never_written_table_has_the_declared_columns_and_types(
    lake: Lake, probe: Table, full_row: dict[str, Any]
) -> None:
    empty = lake.table("probe")
    assert tuple(empty.columns) == probe.names and empty.empty
    assert not lake.path.exists()  # reading makes nothing
    lake.write("probe", pd.DataFrame([full_row]))
    pd.testing.assert_series_equal(lake.table("probe").dtypes, empty.dtypes)


def test_types_do_not_depend_on_the_nulls(
    lake: Lake, probe: Table, full_row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.write("probe", pd.DataFrame([full_row]))
    full = lake.table("probe").dtypes
    assert full[["bigint_must", "bigint_may", "int_may", "bool_must", "bool_may"]].map(
        str
    ).tolist() == ["int64", "Int64", "Int32", "bool", "boolean"]
    assert str(full["at_may"]) == "datetime64[us, UTC]"
    assert {full["text_may"], full["on_may"]} == {pd.Series(dtype=object).dtype}
    empty = dict.fromkeys([n for n in probe.names if n.endswith("_may")])
    lake.write("probe", pd.DataFrame([full_row | empty]))
    pd.testing.assert_series_equal(lake.table("probe").dtypes, full)
    monkeypatch.setattr(lake_module, "LARGE_ROWS", 0)  # column by column
    pd.testing.assert_series_equal(lake.table("probe").dtypes, full)


def test_every_declared_table_can_be_read_and_queried_before_it_is_written(lake: Lake) -> None:
    with lake.connect() as con:
        for name, table in TABLES.items():
            assert tuple(lake.table(name).columns) == table.names
            assert con.table(name).columns == list(table.names)
            assert [str(t) for t in con.table(name).types] == [c.sql_type for c in table.columns]


# --- SQL ----------------------------------------------------------------------------------------


def test_sql_keeps_whole_numbers_whole(lake: Lake) -> None:
    found = lake.sql(
        "SELECT sum(x) AS total, x, 1.5 AS half, DATE '2026-01-22' AS day, "
        "TIMESTAMPTZ '2026-01-22 08:00:00+08' AS moment "
        "FROM (VALUES (9007199254740993::BIGINT), (NULL)) AS t(x) GROUP BY x ORDER BY x"
    )
    assert found.total.tolist() == [9007199254740993, pd.NA]
    assert [str(t) for t in found.dtypes] == [
        "Int64",
        "Int64",
        "float64",
        "object",
        "datetime64[us, UTC]",
    ]
    assert found.day[0] == dt.date(2026, 1, 22)
    assert found.moment[0].isoformat() == "2026-01-22T00:00:00+00:00"
    assert lake.sql("SELECT sum(i) AS s FROM range(3) t(i)").dtypes["s"] == "int64"


def test_sql_takes_parameters(lake: Lake) -> None:
    lake.write("dimension", codes(1, 2, 3))
    found = lake.sql(
        "SELECT code, $day AS day FROM dimension WHERE code IN $codes ORDER BY code DESC",
        codes=[1, 3, 9],
        day=dt.date(2026, 1, 1),
    )
    assert found.code.tolist() == [3, 1]
    assert found.day.tolist() == [dt.date(2026, 1, 1)] * 2


def test_sql_may_name_two_columns_alike(lake: Lake) -> None:
    assert lake.sql("SELECT 1 AS a, 2 AS a").to_numpy().tolist() == [[1, 2]]


def test_sql_names_the_table_that_is_not_there(lake: Lake) -> None:
    with pytest.raises(TableError, match="no table 'order_lines'; did you mean 'order_line'"):
        lake.sql("SELECT * FROM order_lines")
    with pytest.raises(ParameterError, match="one query that returns rows"):
        lake.sql("")


def test_sql_sees_no_python_variable(lake: Lake) -> None:
    relation = pd.DataFrame({"a": [1]})
    with pytest.raises(TableError, match="there is no table 'relation'"):
        lake.sql("SELECT * FROM relation")
    assert len(relation) == 1


def test_connection_has_every_table_in_utc_with_bounded_memory(tmp_path: Path) -> None:
    lake = open_lake(tmp_path, memory_limit="123MiB", threads=1)
    lake.write("dimension", codes(1))
    with lake.connect() as con:
        assert con.sql("SELECT code FROM dimension").fetchall() == [(1,)]
        settings = con.sql(
            "SELECT current_setting('TimeZone'), current_setting('memory_limit'), "
            "current_setting('threads')"
        ).fetchall()
        assert settings == [("UTC", "123.0 MiB", 1)]
        lake.write("dimension", codes(2))  # the connection keeps what it saw
        assert con.sql("SELECT code FROM dimension").fetchall() == [(1,)]


def test_query_larger_than_memory_spills_and_cleans_up(tmp_path: Path) -> None:
    lake = open_lake(tmp_path / "lake", memory_limit="25MB", threads=1)
    lake.write("dimension", codes(1))
    with lake.connect() as con:
        con.execute(
            "CREATE TABLE t AS SELECT i, md5(i::VARCHAR) AS a, md5((i + 1)::VARCHAR) AS b "
            "FROM range(400000) s(i) ORDER BY a"
        )
        assert len(list(lake.path.glob("_tmp*"))) == 1
        assert con.sql("SELECT count(*) FROM t").fetchall() == [(400_000,)]
    assert list(lake.path.glob("_tmp*")) == []


# --- versions -----------------------------------------------------------------------------------


def test_old_versions_can_be_read(lake: Lake) -> None:
    for n in range(3):
        lake.write("dimension", codes(n))
    assert [lake.table("dimension", n).code.item() for n in range(3)] == [0, 1, 2]
    with pytest.raises(LakeError, match="'dimension' has no version 3; it has 0 to 2"):
        lake.table("dimension", 3)
    with pytest.raises(LakeError, match="no version -1"):
        lake.table("dimension", -1)
    with pytest.raises(LakeError, match="there is no table in"):
        lake.table("touch", 0)


def test_snapshot_stays_as_it_was(lake: Lake) -> None:
    lake.write("dimension", codes(1))
    pinned = lake.snapshot()
    lake.write("dimension", codes(2))
    lake.write(
        "product", pd.DataFrame([dict.fromkeys(TABLES["product"].names) | {"merchant_sku": "m"}])
    )
    assert pinned.versions() == {"dimension": 0}
    assert pinned.table("dimension").code.tolist() == [1]
    assert pinned.sql("SELECT count(*) AS n FROM product").n.item() == 0
    with pinned.connect() as con:
        assert con.sql("SELECT code FROM dimension").fetchall() == [(1,)]
    again = open_lake(lake.path, versions=pinned.versions())
    assert again.table("dimension").code.tolist() == [1]
    for one in (pinned, again):
        with pytest.raises(LakeError, match="this is a snapshot"):
            one.write("dimension", codes(3))
    with pytest.raises(TableError, match="did you mean 'dimension'"):
        open_lake(lake.path, versions={"dimensions": 0})


def test_version_whose_files_are_gone_says_so(lake: Lake) -> None:
    lake.write("dimension", codes(1))
    pinned = lake.snapshot()
    lake.write("dimension", codes(2))
    DeltaTable(lake.path / "dimension").vacuum(
        retention_hours=0, dry_run=False, enforce_retention_duration=False
    )
    says = "version 0 of table 'dimension' cannot be read any more: an erasure or a clean-up"
    with pytest.raises(LakeError, match=says):
        lake.table("dimension", 0)
    with pytest.raises(LakeError, match=says):
        pinned.sql("SELECT * FROM dimension")
    assert lake.table("dimension").code.tolist() == [2]


def test_lake_made_anew_at_the_same_place(lake: Lake) -> None:
    lake.write("dimension", codes(1))
    assert lake.table("dimension").code.tolist() == [1]
    shutil.rmtree(lake.path)
    lake.write("dimension", codes(2))
    assert lake.table("dimension").code.tolist() == [2]


def test_column_that_is_declared_later(
    lake: Lake, probe: Table, full_row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old versions have it as null; the next write brings the whole table up to date."""
    lake.write("probe", pd.DataFrame([full_row]))
    wider = Column("int_must", "bigint", True, "", "was int")
    columns = [wider if c.name == "int_must" else c for c in probe.columns]
    columns.insert(2, Column("late", "bigint", False, "", "new"))
    monkeypatch.setitem(TABLES, "probe", Table(**{**vars(probe), "columns": tuple(columns)}))
    assert lake.table("probe").late.tolist() == [pd.NA]
    new = full_row | {"id": "2", "late": 7, "int_must": 2**40}
    assert lake.write("probe", pd.DataFrame([new]), mode="append") == 1
    assert lake.table("probe").late.tolist() == [pd.NA, 7]
    assert lake.table("probe").int_must.tolist() == [-7, 2**40]
    assert lake.table("probe", 0).late.tolist() == [pd.NA]
    fields = DeltaTable(lake.path / "probe").schema().fields
    assert [field.name for field in fields][2] == "late"


# --- what others see ----------------------------------------------------------------------------


def test_delta_readers_of_others_see_the_same(lake: Lake, full_row: dict[str, Any]) -> None:
    lake.write("probe", pd.DataFrame([full_row]))
    lake.write("probe", pd.DataFrame([full_row | {"id": "2"}]), mode="append")
    table = DeltaTable(lake.path / "probe")
    data = pa.table(table.scan().to_table() if hasattr(table.scan(), "to_table") else table.scan())
    assert sorted(data["id"].to_pylist()) == ["1", "2"]
    assert data["at_must"].to_pylist() == [full_row["at_must"].to_pydatetime()] * 2
    types = {field.name: str(field.type.type) for field in table.schema().fields}
    assert types["text_may"] == "string" and types["at_may"] == "timestamp"
    assert types["on_may"] == "date" and types["int_may"] == "integer"


def test_rows_of_another_delta_writer_are_read(lake: Lake) -> None:
    lake.write("dimension", codes(1))
    more = pa.table({"kind": ["sku"], "code": [2], "value": ["y"]})
    write_deltalake(lake.path / "dimension", more, mode="append")
    assert sorted(lake.table("dimension").code) == [1, 2]
    assert lake.write("dimension", codes(2, 3), mode="upsert") == 2
    assert sorted(lake.table("dimension").code) == [1, 2, 3]


def test_no_statistics_of_identifiers(lake: Lake, full_row: dict[str, Any]) -> None:
    """The log outlives an erasure, so it has no values; the files have none of tokens."""
    lake.write("probe", pd.DataFrame([full_row]))
    table = DeltaTable(lake.path / "probe")
    actions = pa.table(table.get_add_actions(flatten=True))
    assert actions["num_records"].to_pylist() == [1]
    values = [n for n in actions.column_names if n.startswith(("min", "max", "null_count"))]
    assert {value for name in values for value in actions[name].to_pylist()} <= {None}
    logs = "".join(p.read_text() for p in (lake.path / "probe" / "_delta_log").glob("*.json"))
    assert "f00d" not in logs and "文" not in logs
    assert "token" not in table.metadata().configuration["delta.dataSkippingStatsColumns"]
    (file,) = (lake.path / "probe").glob("*.parquet")
    group = pq.ParquetFile(file).metadata.row_group(0)
    with_statistics = {
        group.column(i).path_in_schema
        for i in range(group.num_columns)
        if group.column(i).statistics is not None
    }
    assert with_statistics == set(TABLES["probe"].names) - {"phone_token"}
    assert group.column(0).compression == "ZSTD"


def test_every_token_column_is_known_as_one() -> None:
    from liveattr.lake.delta import is_identifier

    for table in TABLES.values():
        for column in table.columns:
            if re.match(r"((left|right|mall's|platform's) )?identifier\b", column.meaning):
                assert is_identifier(table, column.name), (table.name, column.name)


# --- opening ------------------------------------------------------------------------------------


def test_open_lake_takes_limits_from_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "liveattr.toml").write_text('memory_limit = "77MiB"\nthreads = 1\n')
    with open_lake().connect() as con:
        assert con.sql("SELECT current_setting('memory_limit')").fetchall() == [("77.0 MiB",)]
    assert open_lake().path == tmp_path / "data" / "lake"
    (tmp_path / "liveattr.toml").write_text("memory_limt = 1\n")
    with pytest.raises(ConfigError, match="did you mean 'memory_limit'"):
        open_lake()


def test_file_is_no_lake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeError, match="is a file, not the folder of a lake"):
        open_lake(tmp_path / "file")


def test_folder_with_quotes_and_spaces(tmp_path: Path) -> None:
    lake = open_lake(tmp_path / 'it\'s a "lake" 湖', memory_limit="200MB", threads=1)
    lake.write("dimension", codes(1))
    with lake.connect() as con:
        lake.write("dimension", con.sql("SELECT kind, 2 AS code, value FROM dimension"))
    assert lake.table("dimension").code.tolist() == [2]


def test_lake_shows_itself_and_travels_to_other_processes(tmp_path: Path) -> None:
    lake = open_lake(tmp_path / "<b>", memory_limit="200MB", threads=1)
    lake.write("dimension", codes(1))
    assert repr(lake).endswith("/<b>': 1 tables>")
    page = lake._repr_html_()
    html.parser.HTMLParser().feed(page)
    assert "&lt;b&gt;" in page and "dimension" in page
    assert pickle.loads(pickle.dumps(lake)).table("dimension").code.tolist() == [1]
