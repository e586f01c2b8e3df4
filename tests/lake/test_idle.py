"""A DuckDB that waits for its next use brings nothing with it from the last one."""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from liveattr.errors import TableError
from liveattr.lake import Lake, idle


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[duckdb.DuckDBPyConnection]:
    """Every DuckDB that was started; none waits at first."""
    idle.close_idle()
    real, found = idle._start, []

    def start(*given: Any) -> duckdb.DuckDBPyConnection:
        found.append(real(*given))
        return found[-1]

    monkeypatch.setattr(idle, "_start", start)
    return found


def test_many_reads_and_writes_start_two(
    lake: Lake, full_row: dict[str, Any], started: list[duckdb.DuckDBPyConnection]
) -> None:
    for n in range(3):
        lake.write("probe", pd.DataFrame([full_row | {"id": str(n)}]), mode="append")
        assert len(lake.table("probe")) == n + 1
        assert lake.sql("SELECT count(*) AS n FROM probe").n.item() == n + 1
        with lake.kept() as kept:
            assert kept.sql("SELECT max(id) AS id FROM main.probe").id.item() == str(n)
    assert len(started) == 2
    assert [p.name for p in lake.path.iterdir() if p.name.startswith("_tmp")] == []


def test_each_lake_sees_its_own_tables(
    lake: Lake, full_row: dict[str, Any], started: list[duckdb.DuckDBPyConnection], tmp_path: Path
) -> None:
    other = Lake(tmp_path / "other", None, "500MB", 2)
    lake.write("probe", pd.DataFrame([full_row]))
    assert (len(lake.table("probe")), len(other.table("probe"))) == (1, 0)
    assert len(started) == 2
    with pytest.raises(TableError, match="there is no table 'probes'"):
        other.sql("SELECT * FROM probes")


def test_what_a_query_makes_is_gone(lake: Lake) -> None:
    count = "SELECT count(*) AS n FROM left_over"
    assert lake.sql("CREATE TABLE left_over AS SELECT 1; " + count).n.item() == 1
    with pytest.raises(TableError):
        lake.sql(count)
    lake.sql("CREATE TABLE left_over AS SELECT 1")
    with pytest.raises(TableError):
        lake.sql(count)


def test_one_that_failed_or_spilled_or_worked_long_is_closed(
    started: list[duckdb.DuckDBPyConnection], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle, "SHORT_S", 100)
    with pytest.raises(KeyError), idle.lend("1GB", 1, "read", tmp_path / "a") as con:
        raise KeyError
    with pytest.raises(duckdb.ConnectionException):
        con.execute("SELECT 1")
    with idle.lend("20MB", 1, "read", tmp_path / "b") as con:
        con.execute("SET threads = 1")
        con.execute("CREATE TEMP TABLE t AS SELECT md5(range::VARCHAR) AS x FROM range(800000)")
        assert (tmp_path / "b").is_dir()
    assert list(tmp_path.iterdir()) == [] and idle._idle == {}
    monkeypatch.setattr(idle, "SHORT_S", 0)
    with idle.lend("1GB", 1, "read", tmp_path / "c"):
        pass
    assert idle._idle == {} and len(started) == 3


def test_two_at_once_are_two(started: list[duckdb.DuckDBPyConnection], tmp_path: Path) -> None:
    with idle.lend("1GB", 1, "read", tmp_path / "a") as one:
        with idle.lend("1GB", 1, "read", tmp_path / "b") as two:
            assert one is not two
    with idle.lend("1GB", 1, "read", tmp_path / "c") as again:
        assert again is two and len(started) == 2
    idle.close_idle()
    assert idle._idle == {}
