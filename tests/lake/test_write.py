"""What a write does to a table: modes, unchanged content, order, one commit."""

import datetime as dt
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liveattr.errors import LakeError, ParameterError, TableError
from liveattr.lake import Lake, delta, open_lake, plan
from liveattr.tables import TABLES, Table

D1, D2 = dt.date(2026, 1, 22), dt.date(2026, 2, 6)


def codes(*numbers: int, value: str = "x", kind: str = "sku") -> pd.DataFrame:
    return pd.DataFrame({"kind": kind, "code": list(numbers), "value": value})


def totals(as_of: dt.date, **net_fen: int) -> pd.DataFrame:
    frame = pd.DataFrame({"value": list(net_fen), "net_fen": list(net_fen.values())})
    frame = frame.assign(model="last", version="1", grain="channel", as_of=as_of, orders=1.0, n=1)
    return frame.assign(low=None, high=None, level=None)


def lines(order: str, *line_ids: str, **columns: Any) -> pd.DataFrame:
    values = {"text": None, "bigint": 0, "bool": False}
    row = {c.name: values[c.type] for c in TABLES["order_line"].columns}
    row |= {"platform": "douyin", "shop_id": "s", "order_id": order, "trade_kind": "normal"}
    return pd.DataFrame([row | {"line_id": line_id} | columns for line_id in line_ids])


# --- versions and unchanged content -----------------------------------------------------------


def test_first_write_is_version_0_and_each_change_one_more(lake: Lake) -> None:
    assert lake.versions() == {}
    assert lake.write("dimension", codes(1, 2)) == 0
    assert lake.write("dimension", codes(1, 3)) == 1
    assert lake.write("dimension", codes(4), mode="append") == 2
    assert lake.versions() == {"dimension": 2}


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "replace"},
        {"mode": "replace_where", "where": {"kind": "sku"}},
        {"mode": "upsert"},
        {"mode": "upsert", "key": ["kind"]},
    ],
)
def test_same_rows_in_another_order_make_no_version(lake: Lake, options: dict[str, Any]) -> None:
    lake.write("dimension", codes(1, 2, 3))
    assert lake.write("dimension", codes(3, 1, 2), **options) == 0
    assert lake.write("dimension", codes(1, 2), **options) == 0 + (options != {"mode": "upsert"})


def test_values_that_change_places_are_a_change(lake: Lake) -> None:
    lake.write("dimension", pd.DataFrame({"kind": "a", "code": [1, 2], "value": ["x", "y"]}))
    swapped = pd.DataFrame({"kind": "a", "code": [1, 2], "value": ["y", "x"]})
    assert lake.write("dimension", swapped) == 1
    assert lake.table("dimension").value.tolist() == ["y", "x"]


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_nothing_added_makes_no_version(lake: Lake, mode: str) -> None:
    lake.write("dimension", codes(1))
    assert lake.write("dimension", codes(), mode=mode) == 0


def test_empty_table_is_a_version_too(lake: Lake) -> None:
    assert lake.write("dimension", codes()) == 0
    assert lake.write("dimension", codes()) == 0
    assert lake.table("dimension").empty
    assert lake.write("dimension", codes(1), mode="upsert") == 1
    assert lake.write("dimension", codes()) == 2
    assert lake.table("dimension").empty
    assert lake.table("dimension", 1).code.tolist() == [1]


# --- replace_where ------------------------------------------------------------------------------


def test_replace_where_keeps_the_others(lake: Lake) -> None:
    lake.write("credit_total", totals(D1, a=1, b=2), mode="replace_where", where={"as_of": D1})
    lake.write("credit_total", totals(D2, a=3), mode="replace_where", where={"as_of": D2})
    lake.write("credit_total", totals(D1, b=5), mode="replace_where", where={"as_of": D1})
    found = lake.table("credit_total")
    assert set(zip(found.as_of, found.value, found.net_fen, strict=True)) == {
        (D1, "b", 5),
        (D2, "a", 3),
    }
    assert len(lake.table("credit_total", 1)) == 3


def test_replace_where_without_rows_removes_them(lake: Lake) -> None:
    lake.write("credit_total", pd.concat([totals(D1, a=1), totals(D2, a=2)]))
    lake.write("credit_total", totals(D1), mode="replace_where", where={"as_of": D1})
    assert lake.table("credit_total").as_of.tolist() == [D2]


def test_replace_where_on_nulls(lake: Lake, probe: Table, full_row: dict[str, Any]) -> None:
    rows = pd.DataFrame([full_row, full_row | {"id": "2", "text_may": None}])
    lake.write("probe", rows)
    new = pd.DataFrame([full_row | {"id": "3", "text_may": None}])
    lake.write("probe", new, mode="replace_where", where={"text_may": None})
    assert lake.table("probe").id.tolist() == ["1", "3"]


def test_rows_outside_where_are_refused(lake: Lake) -> None:
    with pytest.raises(TableError, match="1 rows do not match where="):
        lake.write("credit_total", totals(D2, a=1), mode="replace_where", where={"as_of": D1})


def test_key_of_a_row_outside_where_is_refused(lake: Lake) -> None:
    lake.write("dimension", codes(1, value="old"))
    with pytest.raises(TableError, match=r"kind='sku', code=1.*already.*does not match"):
        lake.write("dimension", codes(1, value="new"), mode="replace_where", where={"value": "new"})


# --- upsert and append --------------------------------------------------------------------------


def test_upsert_replaces_equal_keys_and_adds_others(lake: Lake) -> None:
    lake.write("dimension", codes(1, 2, 3, value="old"))
    lake.write("dimension", codes(2, 4, value="new"), mode="upsert")
    found = lake.table("dimension")
    assert dict(zip(found.code, found.value, strict=True)) == {
        1: "old",
        3: "old",
        2: "new",
        4: "new",
    }
    assert found.code.tolist() == [1, 3, 2, 4]  # what stays keeps its order, what comes is last


def test_upsert_by_owner_takes_away_all_rows_of_the_owner(lake: Lake) -> None:
    owner = TABLES["order_line"].part_of
    lake.write("order_line", pd.concat([lines("A", "a1", "a2", "a3"), lines("B", "b1")]))
    lake.write("order_line", lines("A", "a1", "a9"), mode="upsert", key=owner)
    assert sorted(lake.table("order_line").line_id) == ["a1", "a9", "b1"]


def test_upsert_by_owner_cannot_take_a_row_of_another_owner(lake: Lake) -> None:
    lake.write("order_line", lines("B", "b1"))
    with pytest.raises(TableError, match=r"line_id='b1'.*belongs to another owner"):
        lake.write("order_line", lines("A", "b1"), mode="upsert", key=TABLES["order_line"].part_of)


def test_append_refuses_a_known_key(lake: Lake) -> None:
    lake.write("dimension", codes(1, 2))
    with pytest.raises(TableError, match=r"key \(kind='sku', code=2\) is in the table already"):
        lake.write("dimension", codes(2, 3), mode="append")
    assert lake.versions() == {"dimension": 0}


def test_only_files_that_change_are_written_again(lake: Lake) -> None:
    for n in range(4):
        lake.write("dimension", codes(*range(n * 10, n * 10 + 10)), mode="append")
    before = {file.name for file in (lake.path / "dimension").glob("*.parquet")}
    lake.write("dimension", codes(15, value="new"), mode="upsert")
    written = {file.name for file in (lake.path / "dimension").glob("*.parquet")} - before
    rows = [len(pd.read_parquet(lake.path / "dimension" / name)) for name in written]
    assert rows == [10]
    assert len(lake.table("dimension")) == 40


def test_many_small_files_are_merged(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MANY_FILES", 5)
    for n in range(12):
        lake.write("dimension", codes(n), mode="append")
    con = lake.connect()
    text = con.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'dimension'").fetchall()
    con.close()
    assert text[0][0].count(".parquet") <= 5
    assert lake.table("dimension").code.tolist() == list(range(12))


def test_large_table_has_several_files(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta, "FILE_BYTES", 1000)
    with duckdb.connect() as con:
        rows = "SELECT 'a' AS kind, i AS code, i::VARCHAR AS value FROM range(300000) AS t(i)"
        lake.write("dimension", con.sql(rows))
    files = sorted((lake.path / "dimension").glob("*.parquet"))
    assert len(files) == 3
    assert lake.table("dimension").code.is_monotonic_increasing
    lake.write("dimension", codes(200_000, kind="a", value="new"), mode="upsert")
    written = sorted(set((lake.path / "dimension").glob("*.parquet")) - set(files))
    assert sum(len(pd.read_parquet(file)) for file in written) == len(pd.read_parquet(files[1]))
    assert len(lake.table("dimension")) == 300_000


# --- order --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [10, 300_000])
def test_replace_keeps_the_order_of_the_data(lake: Lake, rows: int) -> None:
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        data = con.sql(
            f"SELECT 'a' AS kind, (i * 7919) % 1000003 AS code, i::VARCHAR AS value "
            f"FROM range({rows}) AS t(i)"
        )
        lake.write("dimension", data)
    assert lake.table("dimension").value.astype("int64").is_monotonic_increasing
    half = lake.sql("SELECT * REPLACE ('-' || value AS value) FROM dimension WHERE code % 2 = 0")
    lake.write("dimension", half, mode="upsert")
    found = lake.table("dimension").value.astype("int64")
    assert found[found >= 1].is_monotonic_increasing
    assert found[found < 0].is_monotonic_decreasing
    assert len(found) == rows
    assert (found.iloc[-len(half) :] <= 0).all()


# --- what may be written ------------------------------------------------------------------------


def test_every_kind_of_data_writes_the_same(lake: Lake, tmp_path: Any) -> None:
    frame = codes(1, 2, 3)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with duckdb.connect() as con:
        con.register("frame", frame)
        for data in (table, table.to_reader(), con.sql("FROM frame"), con.table("frame")):
            assert lake.write("dimension", data) == 0
            pd.testing.assert_frame_equal(lake.table("dimension"), frame)


def test_relation_of_the_lake_itself(lake: Lake) -> None:
    lake.write("dimension", codes(1, 2))
    with lake.connect() as con:
        lake.write("dimension", con.sql("SELECT kind, code + 1 AS code, value FROM dimension"))
    assert lake.table("dimension").code.tolist() == [2, 3]


def test_other_data_are_refused(lake: Lake) -> None:
    with pytest.raises(ParameterError, match="cannot write a list"):
        lake.write("dimension", [{"kind": "a"}])  # type: ignore[arg-type]


def test_mode_where_and_key_go_together(lake: Lake) -> None:
    with pytest.raises(ParameterError, match="did you mean 'upsert'"):
        lake.write("dimension", codes(1), mode="upset")
    with pytest.raises(ParameterError, match="`where` is given with mode 'replace_where'"):
        lake.write("dimension", codes(1), where={"kind": "sku"})
    with pytest.raises(ParameterError, match="`where` is given with mode 'replace_where'"):
        lake.write("dimension", codes(1), mode="replace_where")
    with pytest.raises(ParameterError, match="takes no `key`"):
        lake.write("dimension", codes(1), key=["kind"])
    with pytest.raises(TableError, match="no column 'kin'; did you mean 'kind'"):
        lake.write("dimension", codes(1), mode="upsert", key=["kin"])
    with pytest.raises(ParameterError, match="'qty' may be null, so it can be no key"):
        lake.write("refund", pd.DataFrame(), mode="upsert", key=["qty"])
    with pytest.raises(TableError, match="there is no table 'dimensions'"):
        lake.write("dimensions", codes(1))
    with pytest.raises(ParameterError, match=r"not 1\.5"):
        lake.write("dimension", codes(1), mode="replace_where", where={"code": 1.5})


def test_interrupted_commit_changes_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.write("dimension", codes(1))

    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("liveattr.lake.delta._commit_actions", interrupt)
        with pytest.raises(KeyboardInterrupt):
            lake.write("dimension", codes(2))
    assert lake.table("dimension").code.tolist() == [1]
    assert lake.write("dimension", codes(3)) == 1
    assert lake.table("dimension").code.tolist() == [3]


def test_foreign_writer_is_noticed(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who does not know our lock commits between our look and our commit."""
    lake.write("dimension", codes(1))
    real = delta._commit_actions

    def late(*arguments: Any) -> None:
        monkeypatch.setattr(delta, "_commit_actions", real)
        base = delta.read_version(lake.path / "dimension", 0)
        delta.commit(lake.path / "dimension", TABLES["dimension"], [], base=base)
        real(*arguments)

    monkeypatch.setattr(delta, "_commit_actions", late)
    with pytest.raises(LakeError, match="was not written, it stays as it was"):
        lake.write("dimension", codes(2))
    assert lake.table("dimension").code.tolist() == [1]


# --- a table is a dictionary by key --------------------------------------------------------------

_rows = st.dictionaries(st.integers(0, 5), st.sampled_from("xyz"), max_size=4)
_steps = st.lists(
    st.tuples(
        st.sampled_from(["replace", "replace_where", "upsert"]), st.sampled_from("ab"), _rows
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=_steps)
def test_table_is_what_a_dictionary_would_be(
    steps: list[tuple[str, str, dict[int, str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lake = open_lake(tmp_path_factory.mktemp("lake"), memory_limit="500MB", threads=1)
    model: dict[tuple[str, int], str] = {}
    version = -1
    for mode, kind, rows in steps:
        new = {(kind, code): value for code, value in rows.items()}
        if mode == "replace":
            wanted = new
        elif mode == "upsert":
            wanted = model | new
        else:
            wanted = {key: value for key, value in model.items() if key[0] != kind} | new
        frame = pd.DataFrame(
            {"kind": kind, "code": list(rows), "value": list(rows.values())}
        ).astype({"code": "int64"})
        where = {"kind": kind} if mode == "replace_where" else None
        version += wanted != model or version < 0
        assert lake.write("dimension", frame, mode=mode, where=where) == version
        model = wanted
        found = lake.table("dimension")
        assert len(found) == len(model)
        assert (
            dict(zip(zip(found.kind, found.code, strict=True), found.value, strict=True)) == model
        )
